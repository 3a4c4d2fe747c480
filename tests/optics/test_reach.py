"""Effective ranges of camera tables."""

from __future__ import annotations

import itertools
import math

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely import Point

from coveragekit import model
from coveragekit.errors import InputError
from coveragekit.optics import bands, effective_range_m, seen_density_px_per_m

KINDS = ["bullet", "dome", "turret", "ptz", "fisheye", "alpr", "doorbell", "unknown"]


def table(**columns) -> gpd.GeoDataFrame:
    count = len(next(iter(columns.values())))
    ids = {"camera_id": [f"c{row}" for row in range(count)]}
    frame = gpd.GeoDataFrame(
        ids | columns, geometry=[Point(0, 0)] * count, crs="EPSG:4326"
    )
    return model.conform("cameras", frame)


def test_the_range_is_the_lesser_of_the_source_and_the_optics() -> None:
    # 1920 px at 90 degrees hold 62.5 px/m out to 15.36 m.
    cameras = table(
        kind=["bullet"] * 3,
        width_px=[1920] * 3,
        hfov_deg=[90.0] * 3,
        range_m=[10.0, 100.0, np.nan],
    ).set_index(pd.Index([7, 5, 3]))
    before = cameras.copy()

    reach = effective_range_m(cameras, 62.5)

    assert reach.tolist() == pytest.approx([10.0, 15.36, 15.36])
    assert reach.index.tolist() == [7, 5, 3]
    assert reach.name == "effective_range_m"
    pd.testing.assert_frame_equal(cameras, before)


def test_type_defaults_give_sane_ranges_for_every_kind() -> None:
    cameras = model.fill_camera_defaults(table(kind=KINDS))

    reach = dict(zip(KINDS, effective_range_m(cameras, 62.5), strict=True))

    assert reach["unknown"] == pytest.approx(
        1920 / (2 * 62.5 * math.tan(math.radians(35)))
    )
    assert reach["bullet"] == pytest.approx(2688 / (62.5 * math.radians(98)))
    assert reach["alpr"] == pytest.approx(
        1920 / (2 * 62.5 * math.tan(math.radians(14)))
    )
    assert reach["doorbell"] == pytest.approx(1536 / (62.5 * math.radians(150)))
    # product reference: R 1500, 3 m high, 62.5 px/m tangential.
    assert reach["fisheye"] == pytest.approx(21.922, abs=5e-4)
    assert all(5.0 < value < 70.0 for value in reach.values())


def test_a_fisheye_on_a_wall_is_an_f_theta_lens() -> None:
    cameras = table(kind=["fisheye"], width_px=[3000], hfov_deg=[180.0])

    assert effective_range_m(cameras, 62.5)[0] == pytest.approx(3000 / (62.5 * math.pi))


def test_an_all_round_camera_that_is_no_fisheye_needs_no_height() -> None:
    cameras = table(kind=["unknown"], width_px=[1920], hfov_deg=[360.0])

    assert effective_range_m(cameras, 62.5)[0] == pytest.approx(
        1920 / (62.5 * 2 * math.pi)
    )


@pytest.mark.parametrize("column", ["width_px", "hfov_deg"])
def test_missing_optics_are_refused_naming_the_remedy(column) -> None:
    cameras = table(kind=["bullet"] * 2, width_px=[1920] * 2, hfov_deg=[90.0] * 2)
    cameras.loc[1, column] = None

    with pytest.raises(
        InputError,
        match=rf"{column} is missing in 1 of 2 cameras \(first: row 1\).*"
        r"fill_camera_defaults",
    ):
        effective_range_m(cameras, 62.5)


def test_a_fisheye_without_a_height_is_refused_and_another_kind_is_not() -> None:
    cameras = table(
        kind=["bullet", "fisheye"], width_px=[3000, 3000], hfov_deg=[90.0, 360.0]
    )

    with pytest.raises(InputError, match=r"mount_height_m is missing in 1 of 2"):
        effective_range_m(cameras, 62.5)


def test_a_missing_column_is_refused() -> None:
    cameras = pd.DataFrame({"width_px": [1920], "hfov_deg": [90.0]})

    with pytest.raises(InputError, match=r"no column 'kind'.*model\.conform"):
        effective_range_m(cameras, 62.5)


def test_a_density_of_zero_is_refused() -> None:
    cameras = table(kind=["bullet"], width_px=[1920], hfov_deg=[90.0])

    with pytest.raises(InputError, match="density_px_per_m is 0"):
        effective_range_m(cameras, 0.0)


def test_no_cameras_have_no_ranges() -> None:
    reach = effective_range_m(model.empty("cameras"), 62.5)

    assert len(reach) == 0
    assert reach.dtype == np.float64


@given(
    rows=st.lists(
        st.tuples(
            st.sampled_from(KINDS),
            st.integers(100, 8_000),
            st.floats(5, 360),
            st.one_of(st.none(), st.floats(1, 500)),
            st.floats(0.5, 20),
        ),
        min_size=1,
        max_size=8,
    )
)
def test_finer_purposes_never_reach_further_and_never_beyond_the_source(rows) -> None:
    kind, width, hfov, given_range, height = zip(*rows, strict=True)
    cameras = table(
        kind=kind,
        width_px=width,
        hfov_deg=hfov,
        range_m=pd.array(given_range, dtype="Float64"),
        mount_height_m=height,
    )

    by_band = [effective_range_m(cameras, density) for density in bands().values()]

    limit = cameras["range_m"].fillna(np.inf)
    for coarse, fine in itertools.pairwise(by_band):
        assert (fine <= coarse + 1e-9).all()
        assert (coarse <= limit).all()


def test_at_its_effective_range_every_kind_has_the_density_asked_for() -> None:
    cameras = model.fill_camera_defaults(table(kind=KINDS))

    seen = seen_density_px_per_m(cameras, effective_range_m(cameras, 62.5))

    assert seen.tolist() == pytest.approx([62.5] * len(KINDS))
    assert seen.name == "pixel_density_px_per_m"


def test_density_is_unknown_without_optics_and_infinite_at_the_lens() -> None:
    cameras = table(kind=["bullet"] * 2, width_px=[1920, None], hfov_deg=[90.0] * 2)

    assert np.isnan(seen_density_px_per_m(cameras, [10.0, 10.0])[1])
    assert seen_density_px_per_m(cameras, [0.0, 10.0])[0] == np.inf


# By true depth, with heights and tilt.


def posed(**changes: object) -> pd.DataFrame:
    """Give the camera of the reference: 4 m up, 30 degrees down, 52 wide, 2560 px."""
    values = {
        "kind": "bullet",
        "width_px": 2560,
        "hfov_deg": 52.0,
        "tilt_deg": 30.0,
        "mount_height_m": 4.0,
    }
    return pd.DataFrame({name: [value] for name, value in (values | changes).items()})


def test_density_falls_with_true_axial_depth() -> None:
    # 480.297 / 328.049 / 246.184 / 175.803 px/m, ray-cast in the reference
    seen = seen_density_px_per_m(
        pd.concat([posed()] * 4, ignore_index=True),
        [4.0, 6.928203, 10.0, 14.928],
        target_height_m=0.0,
    )

    assert seen.tolist() == pytest.approx([480.297, 328.049, 246.184, 175.803], 1e-5)


def test_to_the_side_the_depth_is_less_than_the_distance() -> None:
    ahead, aside, behind = (
        seen_density_px_per_m(
            posed(tilt_deg=0.0), [10.0], off_axis_deg=off, target_height_m=0.0
        )[0]
        for off in (0.0, 60.0, 120.0)
    )

    assert aside == pytest.approx(2.0 * ahead)
    assert behind == 0.0


def test_a_wide_lens_counts_the_slant_range_to_any_side() -> None:
    camera = posed(hfov_deg=120.0, mount_height_m=5.5)
    slant = 5.0  # 3 along the ground, 4 down to 1.5 m

    seen = seen_density_px_per_m(camera, [3.0], off_axis_deg=40.0, target_height_m=1.5)

    assert seen[0] == pytest.approx(2560 / (slant * np.radians(120.0)))


def test_a_ceiling_fisheye_counts_the_lesser_of_its_two_densities() -> None:
    camera = posed(kind="fisheye", hfov_deg=360.0, width_px=3000, mount_height_m=3.0)

    flat = seen_density_px_per_m(camera, [5.0])
    true = seen_density_px_per_m(camera, [5.0], target_height_m=0.0)
    at_foot = seen_density_px_per_m(camera, [0.0], target_height_m=0.0)
    level = seen_density_px_per_m(camera, [5.0], target_height_m=3.0)

    assert flat[0] == pytest.approx(196.787, abs=1e-3)
    assert true[0] == pytest.approx(84.258, abs=1e-3)
    assert at_foot[0] == pytest.approx(3000 / np.pi / 3.0)
    assert level[0] == 0.0


def test_a_target_at_the_height_of_the_lens_is_seen_as_if_it_looked_level() -> None:
    door = posed(kind="doorbell", mount_height_m=1.2, tilt_deg=20.0)

    above = seen_density_px_per_m(door, [10.0], target_height_m=1.5)

    assert above[0] == seen_density_px_per_m(door, [10.0])[0]
