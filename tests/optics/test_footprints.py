"""Footprints: what a camera's picture shows of the level of its targets."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coveragekit.errors import InputError
from coveragekit.optics import (
    Footprints,
    footprints,
    night_range_m,
    range_for_density_m,
)
from tests.strategies import examples

VECTORS = json.loads((Path(__file__).parent / "vectors.json").read_text("utf-8"))


def camera(**changes: Any) -> pd.DataFrame:
    """Give one camera: 60 by 35 degrees, 20 degrees down, six metres up."""
    values: dict[str, Any] = {
        "kind": "bullet",
        "bearing_deg": 0.0,
        "tilt_deg": 20.0,
        "hfov_deg": 60.0,
        "vfov_deg": 35.0,
        "width_px": 1920,
        "mount_height_m": 6.0,
        "range_m": np.nan,
        "ir_range_m": np.nan,
    }
    return pd.DataFrame({name: [value] for name, value in (values | changes).items()})


def edges(view: Footprints) -> tuple[float, ...]:
    """Give near and far edge and their widths, from the planes of one camera."""
    near, far, right, left = view.planes[0]
    ahead = np.array([-near[2], far[2]])
    reach_right = (right[2] - right[1] * ahead) / right[0]
    reach_left = (left[2] - left[1] * ahead) / left[0]
    return (*map(float, ahead), *map(float, reach_right - reach_left))


@pytest.mark.parametrize("vector", VECTORS["footprint"])
def test_the_planes_are_the_trapezoid_of_the_vectors(vector: dict[str, Any]) -> None:
    view = footprints(
        camera(
            mount_height_m=vector["H"],
            tilt_deg=vector["tilt"],
            hfov_deg=vector["hfov"],
            vfov_deg=vector["vfov"],
        ),
        1e-3,
        target_height_m=vector["h"],
    )

    near, far, near_width, far_width = edges(view)

    assert near == pytest.approx(vector["near"], abs=1e-3)
    assert near_width == pytest.approx(vector["near_width"], abs=1e-3)
    if vector["far"] is None:
        assert far > 1e4
        return
    assert far == pytest.approx(vector["far"], abs=1e-3)
    assert far_width == pytest.approx(vector["far_width"], abs=1e-3)
    area = (near_width + far_width) / 2.0 * (far - near)
    assert area == pytest.approx(vector["area"], abs=1e-3)
    assert view.reach_m[0] == pytest.approx(np.hypot(far, far_width / 2.0))
    half = np.degrees(np.arctan2(near_width / 2.0, near))
    assert view.half_angle_deg[0] == pytest.approx(half)


def test_density_counts_by_axial_depth_and_not_by_distance_on_the_ground() -> None:
    # 30 degrees down from 5.5 m at faces: z = ahead cos 30 + 4 sin 30
    view = footprints(camera(tilt_deg=30.0, mount_height_m=5.5, vfov_deg=40.0), 125.0)

    deepest = float(range_for_density_m(1920, 60.0, 125.0))
    assert edges(view)[1] == pytest.approx((deepest - 2.0) / np.cos(np.pi / 6))


def test_another_light_than_day_and_night_is_refused() -> None:
    with pytest.raises(InputError, match=r"light is 'dusk'; allowed: 'day', 'night'"):
        footprints(camera(), 62.5, light="dusk")  # type: ignore[arg-type]


# Every way a camera can look.


def holds(view: Footprints, right: float, ahead: float) -> bool:
    """Tell whether a place is in the view of the one camera, limit by limit."""
    away = np.hypot(right, ahead)
    turn = abs(np.degrees(np.arctan2(right, ahead)))
    planes = view.planes[0]
    kept = planes[:, 0] * right + planes[:, 1] * ahead <= planes[:, 2] + 1e-9
    return bool(
        turn <= view.half_angle_deg[0] + 1e-9
        and view.near_m[0] - 1e-9 <= away <= view.reach_m[0] + 1e-9
        and kept.all()
    )


def is_uncut(view: Footprints) -> bool:
    return bool(np.isinf(view.planes[..., 2]).all())


def test_beside_a_tilted_camera_the_view_is_wider_and_far_away_narrower() -> None:
    view = footprints(camera(vfov_deg=60.0, tilt_deg=40.0), 1.0, target_height_m=0.0)
    near, far, near_width, far_width = edges(view)

    assert near_width / near > 2.0 * np.tan(np.radians(30.0)) > far_width / far


def test_a_picture_that_looks_past_its_own_foot_sees_all_round_it() -> None:
    # 75 + 35 / 2 is 92.5 degrees: the lower edge lies 2.5 degrees behind the foot
    view = footprints(camera(tilt_deg=75.0), 1.0, target_height_m=0.0)

    assert view.half_angle_deg.tolist() == [180.0]
    assert -view.planes[0, 0, 2] == pytest.approx(-6.0 * np.tan(np.radians(2.5)))
    assert holds(view, 0.0, 0.0)
    assert holds(view, 0.0, -0.26)
    assert not holds(view, 0.0, -0.27)


def test_straight_down_the_view_is_a_rectangle_about_the_foot() -> None:
    view = footprints(camera(tilt_deg=90.0), 1.0, target_height_m=1.0)

    half_wide = 5.0 * np.tan(np.radians(30.0))
    half_high = 5.0 * np.tan(np.radians(17.5))
    assert edges(view) == pytest.approx(
        (-half_high, half_high, 2.0 * half_wide, 2.0 * half_wide)
    )
    assert view.reach_m[0] == pytest.approx(np.hypot(half_wide, half_high))


def test_straight_down_all_of_the_floor_is_at_one_depth_and_in_or_out() -> None:
    depth = float(range_for_density_m(1920, 60.0, 125.0))
    low = camera(tilt_deg=90.0, mount_height_m=depth - 0.01)
    high = camera(tilt_deg=90.0, mount_height_m=depth + 0.01)

    assert footprints(low, 125.0, target_height_m=0.0).reach_m[0] > 1.0
    assert footprints(high, 125.0, target_height_m=0.0).reach_m[0] == 0.0


@pytest.mark.parametrize("tilt", [-17.5, -40.0, -90.0])
@pytest.mark.parametrize("hfov", [60.0, 120.0])
def test_a_picture_above_the_horizon_shows_nothing_of_the_ground(
    tilt: float, hfov: float
) -> None:
    view = footprints(camera(tilt_deg=tilt, hfov_deg=hfov), 1.0)

    assert view.reach_m.tolist() == view.half_angle_deg.tolist() == [0.0]
    assert view.near_m.tolist() == [0.0]
    assert is_uncut(view)


def test_a_picture_tilted_up_shows_the_far_ground_below_its_horizon() -> None:
    view = footprints(camera(tilt_deg=-10.0), 10.0, target_height_m=0.0)

    # the lower edge is 7.5 degrees down
    assert -view.planes[0, 0, 2] == pytest.approx(6.0 / np.tan(np.radians(7.5)))
    assert holds(view, 0.0, 46.0)
    assert not holds(view, 0.0, 45.0)


@pytest.mark.parametrize("height", [1.5, 1.2, 0.0])
@pytest.mark.parametrize("tilt", [0.0, 40.0, -40.0, 90.0])
def test_a_lens_not_above_the_level_counts_as_one_that_looks_level(
    height: float, tilt: float
) -> None:
    view = footprints(camera(mount_height_m=height, tilt_deg=tilt), 62.5)

    depth = float(range_for_density_m(1920, 60.0, 62.5))
    assert view.half_angle_deg[0] == pytest.approx(30.0)
    assert view.reach_m[0] == pytest.approx(depth / np.cos(np.radians(30.0)))
    assert view.planes[0, 1].tolist() == pytest.approx([0.0, 1.0, depth])
    assert np.isinf(view.planes[0, [0, 2, 3], 2]).all()


def test_a_wide_lens_has_a_plain_sector_with_a_round_dead_zone() -> None:
    view = footprints(camera(hfov_deg=98.0, vfov_deg=52.0, tilt_deg=15.0), 62.5)

    slant = 1920 / np.radians(98.0) / 62.5
    assert view.half_angle_deg.tolist() == [49.0]
    assert view.near_m[0] == pytest.approx(4.5 / np.tan(np.radians(41.0)))
    assert view.reach_m[0] == pytest.approx(np.sqrt(slant**2 - 4.5**2))
    assert is_uncut(view)


def test_a_wide_lens_that_looks_down_ends_where_its_picture_does() -> None:
    view = footprints(camera(hfov_deg=98.0, vfov_deg=52.0, tilt_deg=60.0), 10.0)

    assert view.reach_m[0] == pytest.approx(4.5 / np.tan(np.radians(34.0)))


def test_a_camera_of_unknown_bearing_has_the_middle_of_its_view_all_round() -> None:
    known = footprints(camera(), 62.5)
    round_ = footprints(camera(bearing_deg=np.nan), 62.5)

    near, far, _, _ = edges(known)
    assert round_.half_angle_deg.tolist() == [180.0]
    assert round_.near_m[0] == pytest.approx(near)
    assert round_.reach_m[0] == pytest.approx(far)
    assert is_uncut(round_)


def test_a_ceiling_fisheye_shows_the_floor_where_both_densities_suffice() -> None:
    fisheye = camera(
        kind="fisheye", hfov_deg=360.0, vfov_deg=180.0, width_px=3000, mount_height_m=3
    )

    view = footprints(fisheye, 84.258499, target_height_m=0.0)
    high = footprints(fisheye, 400.0, target_height_m=0.0)

    assert view.reach_m[0] == pytest.approx(5.0, abs=1e-6)
    assert view.half_angle_deg.tolist() == [180.0]
    assert view.near_m.tolist() == [0.0]
    assert high.reach_m.tolist() == [0.0]


def test_by_night_nothing_is_seen_beyond_the_lamp_and_nothing_without_one() -> None:
    table = pd.concat(
        [camera(ir_range_m=ir) for ir in (30.0, np.nan, 0.0, 1e3)], ignore_index=True
    )

    day = footprints(table, 62.5)
    night = footprints(table, 62.5, light="night")

    assert night.reach_m[0] == pytest.approx(21.0)
    assert night.reach_m[1:3].tolist() == [0.0, 0.0]
    assert night.reach_m[3] == day.reach_m[3]
    assert np.array_equal(night.planes[0], day.planes[0])


def test_a_range_short_of_the_near_edge_leaves_nothing() -> None:
    near = edges(footprints(camera(), 62.5))[0]

    short = footprints(camera(range_m=near - 0.01), 62.5)
    long = footprints(camera(range_m=near + 0.01), 62.5)

    assert short.reach_m.tolist() == [0.0]
    assert long.reach_m[0] == pytest.approx(near + 0.01)


def test_each_camera_may_have_a_density_of_its_own() -> None:
    two = pd.concat([camera()] * 2, ignore_index=True)

    both = footprints(two, [62.5, 125.0])

    assert both.reach_m[0] == footprints(camera(), 62.5).reach_m[0]
    assert both.reach_m[1] == footprints(camera(), 125.0).reach_m[0]


@examples(60)
@given(
    tilt=st.floats(-60.0, 90.0),
    hfov=st.floats(1.0, 90.0),
    vfov=st.floats(1.0, 120.0),
    height=st.floats(0.5, 30.0),
    density=st.sampled_from([12.5, 62.5, 250.0]),
)
def test_the_sector_encloses_the_trapezoid_and_touches_it(
    tilt: float, hfov: float, vfov: float, height: float, density: float
) -> None:
    changes = {"tilt_deg": tilt, "hfov_deg": hfov, "vfov_deg": vfov}
    view = footprints(camera(**changes, mount_height_m=height), density)
    if view.reach_m[0] == 0.0 or np.isinf(view.planes[0, 2, 2]):
        return

    near, far, near_width, far_width = edges(view)

    right = np.array([near_width, far_width]) / 2.0
    ahead = np.array([near, far])
    assert near < far
    assert np.hypot(right, ahead).max() == pytest.approx(view.reach_m[0])
    if near > 0.0:
        half = np.degrees(np.arctan2(right, ahead)).max()
        assert half == pytest.approx(view.half_angle_deg[0])
    else:
        assert view.half_angle_deg[0] == 180.0


@examples(30)
@given(
    tilt=st.floats(-20.0, 80.0),
    hfov=st.sampled_from([20.0, 60.0, 90.0, 98.0, 180.0]),
    height=st.floats(0.5, 12.0),
    right=st.floats(-60.0, 60.0),
    ahead=st.floats(-10.0, 60.0),
)
def test_what_serves_a_finer_purpose_serves_a_coarser_one(
    tilt: float, hfov: float, height: float, right: float, ahead: float
) -> None:
    table = camera(tilt_deg=tilt, hfov_deg=hfov, mount_height_m=height)

    seen = [
        holds(footprints(table, density), right, ahead) for density in (250, 62, 12)
    ]

    assert seen == sorted(seen)


# What cannot be used.


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"tilt_deg": np.nan}, "tilt_deg is missing in 1 of 1 cameras"),
        ({"vfov_deg": np.nan}, "vfov_deg is missing"),
        ({"hfov_deg": 361.0}, "hfov_deg is 361; allowed: 0 to 360"),
        ({"vfov_deg": 0.0}, "vfov_deg is 0; allowed: more than 0"),
        ({"tilt_deg": 91.0}, "tilt_deg is 91; allowed: -90 to 90"),
        ({"mount_height_m": -1.0}, "mount_height_m is -1; allowed: 0 to"),
        ({"width_px": 0}, "width_px is 0"),
    ],
)
def test_a_number_that_cannot_be_used_is_refused(
    changes: dict[str, Any], told: str
) -> None:
    with pytest.raises(InputError, match=told):
        footprints(camera(**changes), 62.5)


def test_a_missing_column_or_a_senseless_level_is_refused() -> None:
    with pytest.raises(InputError, match="cameras have no column 'vfov_deg'"):
        footprints(camera().drop(columns="vfov_deg"), 62.5)
    with pytest.raises(InputError, match="no column 'ir_range_m'"):
        footprints(camera().drop(columns="ir_range_m"), 62.5, light="night")
    for level in (-0.1, np.inf, np.nan):
        with pytest.raises(InputError, match=f"target_height_m is {level}; allowed"):
            footprints(camera(), 62.5, target_height_m=level)


def test_no_cameras_have_no_footprints() -> None:
    assert len(footprints(camera().iloc[:0], 62.5)) == 0


def test_footprints_can_be_taken_apart_and_kept_as_arrays(tmp_path: Path) -> None:
    table = pd.concat(
        [camera(tilt_deg=tilt) for tilt in (10.0, 20.0, 90.0)], ignore_index=True
    )
    views = footprints(table, 62.5)
    for name, array in views.to_arrays().items():
        np.save(tmp_path / f"{name}.npy", array)

    mapped = Footprints.from_arrays(
        {path.stem: np.load(path, mmap_mode="r") for path in tmp_path.glob("*.npy")}
    )

    assert np.array_equal(mapped.planes, views.planes)
    for rows in ([2, 0], [True, False, True], slice(1, None), []):
        taken = mapped.take(rows)
        chosen = np.arange(3)[rows if rows != [] else slice(0)]
        assert taken.reach_m.tolist() == views.reach_m[chosen].tolist()
        assert taken.planes.shape == (len(chosen), 4, 3)


def test_arrays_that_do_not_belong_together_are_refused() -> None:
    arrays = footprints(camera(), 62.5).to_arrays()

    with pytest.raises(InputError, match=r"planes has shape \(4, 3\); allowed: \(1, 4"):
        Footprints.from_arrays(arrays | {"planes": arrays["planes"][0]})
    with pytest.raises(InputError, match="no array near_m; allowed: all of half_angle"):
        Footprints.from_arrays({k: v for k, v in arrays.items() if k != "near_m"})
    with pytest.raises(InputError, match="row 0 has planes and a round dead zone"):
        Footprints.from_arrays(arrays | {"near_m": np.array([2.0])})


# Lamps.


def test_lamps_are_believed_to_seven_tenths_unless_told_otherwise() -> None:
    table = camera(ir_range_m=50.0)

    assert night_range_m(table).tolist() == pytest.approx([35.0])
    assert night_range_m(table, derate=1.0).tolist() == [50.0]
    for share in (0.0, 1.01, np.nan):
        with pytest.raises(
            InputError, match=f"derate is {share}; allowed: more than 0"
        ):
            night_range_m(table, derate=share)
    with pytest.raises(InputError, match="ir_range_m is -1; allowed: 0 to"):
        night_range_m(camera(ir_range_m=-1.0))
