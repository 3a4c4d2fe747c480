"""Footprints on flat ground."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from coveragekit.errors import InputError
from coveragekit.optics import (
    axial_depth_m,
    ground_footprint,
    pixel_density_px_per_m,
    sector_area_m2,
    shadow_end_m,
)

VECTORS: dict[str, Any] = json.loads(
    (Path(__file__).parent / "vectors.json").read_text("utf-8")
)
# The reference is rounded to six decimals.
REL, ABS = VECTORS["tolerance"], 1e-6


@pytest.mark.parametrize("row", VECTORS["footprint"])
def test_footprints_match_the_reference(row) -> None:
    view = ground_footprint(
        row["H"],
        row["tilt"],
        hfov_deg=row["hfov"],
        vfov_deg=row["vfov"],
        target_height_m=row["h"],
    )

    assert view.near_m == pytest.approx(row["near"], rel=REL, abs=ABS)
    assert view.near_width_m == pytest.approx(row["near_width"], rel=REL)
    if row["far"] is None:
        assert view.far_m == view.far_width_m == view.area_m2 == np.inf
    else:
        assert view.far_m == pytest.approx(row["far"], rel=REL)
        assert view.far_width_m == pytest.approx(row["far_width"], rel=REL)
        assert view.area_m2 == pytest.approx(row["area"], rel=REL)


def test_corners_of_a_4_m_camera_tilted_30_degrees_match_the_reference() -> None:
    view = ground_footprint(4, 30, hfov_deg=52, vfov_deg=30)

    expected = [[-2.665, 4.0], [2.665, 4.0], [7.281, 14.928], [-7.281, 14.928]]
    assert view.corners_m == pytest.approx(np.array(expected), abs=5e-4)


@pytest.mark.parametrize(
    ("distance_m", "density"),
    [(4.0, 480.297), (6.928203, 328.049), (10.0, 246.184), (14.928, 175.803)],
)
def test_density_on_the_ground_follows_from_axial_depth(distance_m, density) -> None:
    # product reference: 2560 px, 52 degrees, 4 m high, tilted 30 degrees.
    depth = axial_depth_m(distance_m, 4.0, 30.0)

    seen = pixel_density_px_per_m(2560, 52.0, depth)

    assert seen == pytest.approx(density, abs=5e-4)


@pytest.mark.parametrize(
    ("height", "tilt", "vfov", "level", "near", "far"),
    [
        (3, 15, 60, 1.6, 1.400, math.inf),
        (6, 20, 35, 0.0, 7.819, 137.423),
        (6, 20, 35, 1.6, 5.734, 100.777),
        (5, 10, 59, 0.0, 6.065, math.inf),
    ],
)
def test_near_and_far_edges_match_the_reference(
    height, tilt, vfov, level, near, far
) -> None:
    view = ground_footprint(
        height, tilt, hfov_deg=60, vfov_deg=vfov, target_height_m=level
    )

    assert view.near_m == pytest.approx(near, abs=5e-4)
    assert view.far_m == pytest.approx(far, abs=5e-4)


def test_a_camera_that_looks_straight_down_sees_behind_its_foot() -> None:
    # 10 m up, 60 x 40 degrees: a rectangle of 2 x 10 tan 30 by 2 x 10 tan 20.
    view = ground_footprint(10, 90, hfov_deg=60, vfov_deg=40)

    half = 10 * math.tan(math.radians(20))
    assert view.near_m == pytest.approx(-half)
    assert view.far_m == pytest.approx(half)
    assert view.dead_zone_m == 0.0
    width = 20 * math.tan(math.radians(30))
    assert view.area_m2 == pytest.approx(width * 2 * half)


def test_a_camera_that_looks_up_sees_no_ground() -> None:
    view = ground_footprint(3, -40, hfov_deg=60, vfov_deg=40)

    assert view.near_m == view.far_m == np.inf
    assert view.area_m2 == 0.0


def test_an_upper_edge_exactly_on_the_horizon_is_unlimited() -> None:
    assert ground_footprint(3, 30, hfov_deg=60, vfov_deg=60).far_m == np.inf
    # As numbers 0.1 + 0.2 is a hair more than 0.3.
    assert ground_footprint(3, 0.1 + 0.2, hfov_deg=60, vfov_deg=0.6).far_m == np.inf


def test_the_dead_zone_is_the_ground_before_the_near_edge() -> None:
    view = ground_footprint([4.0, 4.0], [30.0, 85.0], hfov_deg=52, vfov_deg=30)

    assert view.dead_zone_m == pytest.approx([4.0, 0.0])


def test_an_unknown_height_gives_an_unknown_footprint_and_harms_no_other() -> None:
    view = ground_footprint([4.0, np.nan], 30, hfov_deg=52, vfov_deg=30)

    assert np.isnan(view.near_m).tolist() == [False, True]
    assert np.isnan(view.area_m2).tolist() == [False, True]


@pytest.mark.parametrize("row", VECTORS["sector"])
def test_sectors_match_the_reference(row) -> None:
    area = sector_area_m2(
        row["fov"],
        row["r"],
        dead_zone_m=row.get("r_in", 0.0),
        arc_segments=row.get("n"),
    )

    assert area == pytest.approx(row["area"], rel=REL)


@pytest.mark.parametrize("row", VECTORS["shadow"])
def test_shadows_of_walls_match_the_reference(row) -> None:
    end = shadow_end_m(row["H"], row["wall"], row["at"], target_height_m=row["h"])

    assert end == pytest.approx(row["to"], rel=REL)


def test_a_wall_as_high_as_the_lens_hides_for_ever() -> None:
    assert shadow_end_m([3.0, 2.0], 3.0, 10.0).tolist() == [np.inf, np.inf]


def test_a_level_above_the_wall_is_not_hidden_by_it() -> None:
    assert shadow_end_m(6.0, 1.5, 10.0, target_height_m=1.6) == 10.0


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: ground_footprint(1.2, 0, hfov_deg=9, vfov_deg=9, target_height_m=2),
            r"target_height_m is 0\.8 m above the lens",
        ),
        (
            lambda: ground_footprint(3, 91, hfov_deg=9, vfov_deg=9),
            r"tilt_deg is 91; allowed: -90 to 90",
        ),
        (
            lambda: ground_footprint(3, 10, hfov_deg=180, vfov_deg=9),
            r"hfov_deg is 180; allowed: more than 0, less than 180",
        ),
        (
            lambda: ground_footprint(0, 10, hfov_deg=9, vfov_deg=9),
            r"mount_height_m is 0",
        ),
        (lambda: sector_area_m2(90, 10, dead_zone_m=11), r"dead_zone_m is 11"),
        (lambda: sector_area_m2(90, 10, arc_segments=0), r"arc_segments is 0"),
        (lambda: shadow_end_m(6, 0, 10), r"wall_height_m is 0"),
    ],
)
def test_impossible_poses_are_refused_with_the_value_seen(call, message) -> None:
    with pytest.raises(InputError, match=message):
        call()


@given(
    height=st.floats(2, 30),
    tilt=st.floats(-10, 80),
    hfov=st.floats(10, 120),
    vfov=st.floats(10, 100),
    across=st.floats(-0.999, 0.999),
    down=st.floats(-0.999, 0.999),
)
def test_rays_of_the_picture_fall_into_the_footprint(
    height, tilt, hfov, vfov, across, down
) -> None:
    # An independent witness: cast the ray of one picture point to the ground.
    t = math.radians(tilt)
    right = across * math.tan(math.radians(hfov) / 2)
    below = down * math.tan(math.radians(vfov) / 2)
    ahead = math.cos(t) - below * math.sin(t)
    drop = math.sin(t) + below * math.cos(t)
    assume(drop > 1e-3)
    x, y = height * right / drop, height * ahead / drop

    view = ground_footprint(height, tilt, hfov_deg=hfov, vfov_deg=vfov)

    assert view.near_m - 1e-9 <= y <= view.far_m + 1e-9
    depth = axial_depth_m(y, height, tilt)
    assert abs(x) <= depth * math.tan(math.radians(hfov) / 2) + 1e-9
