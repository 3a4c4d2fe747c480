"""Fields of view, densities and ranges of lenses."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coveragekit.errors import InputError
from coveragekit.optics import (
    fisheye_density_px_per_m,
    fisheye_range_m,
    hfov_deg,
    hfov_from_lens,
    pixel_density_px_per_m,
    range_for_density_m,
)

VECTORS: dict[str, Any] = json.loads(
    (Path(__file__).parent / "vectors.json").read_text("utf-8")
)
REL = VECTORS["tolerance"]

angles = st.floats(1.0, 360.0)
widths = st.integers(1, 10_000)
densities = st.floats(1.0, 2_000.0)


@pytest.mark.parametrize("row", VECTORS["fov"])
def test_field_of_view_matches_the_reference(row) -> None:
    assert hfov_deg(row["w"], row["f"]) == pytest.approx(row["fov"], rel=REL)


@pytest.mark.parametrize("row", VECTORS["range_for_density"])
def test_range_for_a_density_matches_the_reference_for_a_pinhole(row) -> None:
    reach = range_for_density_m(row["N"], row["hfov"], row["ppm"], projection="pinhole")

    assert reach == pytest.approx(row["z"], rel=REL)


@pytest.mark.parametrize(
    "row", [row for row in VECTORS["range_for_density"] if row["hfov"] <= 90]
)
def test_lenses_up_to_90_degrees_are_pinholes_unasked(row) -> None:
    reach = range_for_density_m(row["N"], row["hfov"], row["ppm"])

    assert reach == pytest.approx(row["z"], rel=REL)


@pytest.mark.parametrize("row", VECTORS["fisheye"])
def test_fisheye_densities_match_the_reference(row) -> None:
    args = (row["R"], row["H"], row["d"])

    across = fisheye_density_px_per_m(*args)
    along = fisheye_density_px_per_m(*args, direction="radial")

    assert across == pytest.approx(row["tangential"], rel=REL)
    assert along == pytest.approx(row["radial"], rel=REL)


def test_a_picture_of_1920_pixels_at_90_degrees_puts_96_on_each_metre_at_10() -> None:
    assert pixel_density_px_per_m(1920, 90, 10) == pytest.approx(96.0)


def test_a_2_8_mm_lens_of_115_degrees_is_f_theta() -> None:
    # 1920 px over 2.00713 rad, at 10 m; a pinhole of that angle gives 61.16.
    by_default = pixel_density_px_per_m(1920, 115, 10)
    as_pinhole = pixel_density_px_per_m(1920, 115, 10, projection="pinhole")

    assert by_default == pytest.approx(95.66, abs=0.005)
    assert as_pinhole == pytest.approx(61.16, abs=0.005)


def test_at_exactly_90_degrees_a_lens_is_still_a_pinhole() -> None:
    assert range_for_density_m(1920, 90, 96) == pytest.approx(10.0)
    just_above = np.nextafter(90.0, 91.0)
    assert range_for_density_m(1920, just_above, 96) == pytest.approx(40 / math.pi)


def test_a_narrow_lens_may_be_taken_as_f_theta_on_demand() -> None:
    reach = range_for_density_m(1920, 90, 96, projection="f-theta")

    assert reach == pytest.approx(40 / math.pi)


def test_all_round_views_have_the_density_of_a_circle_of_pixels() -> None:
    # 1920 px around a circle of 2 pi 4 m.
    density = pixel_density_px_per_m(1920, 360, 4)

    assert density == pytest.approx(1920 / (8 * math.pi))


def test_fisheye_ranges_match_the_reference() -> None:
    # product reference: tangential 25 / 62.5 / 125 / 250 px/m.
    reach = fisheye_range_m(1500, 3.0, [25.0, 62.5, 125.0, 250.0])

    assert reach == pytest.approx([58.027, 21.922, 9.711, 3.000], abs=5e-4)


def test_a_fisheye_hung_too_high_has_no_range_at_all() -> None:
    # At the foot the density is k / H = 955 / 10 = 95 px/m.
    assert fisheye_range_m(1500, 10.0, 125.0) == 0.0
    assert fisheye_range_m(1500, 10.0, 95.0) > 0.0


def test_a_fisheye_on_the_floor_sees_every_target_at_90_degrees_off_axis() -> None:
    assert fisheye_range_m(1500, 0.0, 100.0) == pytest.approx(15.0)


def test_scalars_give_scalars_and_arrays_keep_their_shape() -> None:
    assert np.ndim(range_for_density_m(1920, 90, 62.5)) == 0
    assert np.ndim(fisheye_range_m(1500, 3, 62.5)) == 0
    assert np.shape(pixel_density_px_per_m(1920, [[60], [90]], [1, 2, 3])) == (2, 3)
    assert np.shape(hfov_deg([], [])) == (0,)


def test_a_missing_angle_stays_missing_and_harms_no_other() -> None:
    reach = range_for_density_m(1920, [90.0, np.nan, 100.0], 62.5)

    assert np.isnan(reach).tolist() == [False, True, False]


def test_a_missing_field_of_view_is_filled_from_sensor_and_focal_length() -> None:
    cameras = pd.DataFrame(
        {
            "hfov_deg": [75.0, np.nan, np.nan],
            "sensor_width_mm": [4.8, 4.8, np.nan],
            "focal_length_mm": [4.0, 4.0, 4.0],
        },
        index=["given", "computed", "unknown"],
    )
    before = cameras.copy()

    filled = hfov_from_lens(cameras)

    assert filled["given"] == 75.0
    assert filled["computed"] == pytest.approx(61.927513, abs=1e-6)
    assert np.isnan(filled["unknown"])
    pd.testing.assert_frame_equal(cameras, before)


def test_cameras_without_lens_columns_have_no_computed_field_of_view() -> None:
    assert hfov_from_lens(pd.DataFrame({"hfov_deg": [None]})).isna().all()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: hfov_deg(0, 4), r"sensor_width_mm is 0; allowed: more than 0"),
        (lambda: hfov_deg(4.8, -2.8), r"focal_length_mm is -2\.8"),
        (lambda: hfov_deg(np.inf, 4), r"sensor_width_mm is inf"),
        (lambda: pixel_density_px_per_m(0, 90, 1), r"width_px is 0"),
        (lambda: pixel_density_px_per_m(1920, 361, 1), r"hfov_deg is 361.*0 to 360"),
        (lambda: pixel_density_px_per_m(1920, 90, 0), r"distance_m is 0"),
        (lambda: range_for_density_m(1920, 90, -1), r"density_px_per_m is -1"),
        (
            lambda: range_for_density_m(1920, 180, 1, projection="pinhole"),
            r"hfov_deg is 180; a pinhole lens stays below 180",
        ),
        (
            lambda: range_for_density_m(1920, 90, 1, projection="fish"),  # type: ignore[arg-type]
            r"projection is 'fish'; allowed",
        ),
        (
            lambda: fisheye_density_px_per_m(1, 1, 1, direction="up"),  # type: ignore[arg-type]
            r"direction is 'up'; allowed",
        ),
        (lambda: fisheye_range_m(1500, -1, 25), r"mount_height_m is -1"),
    ],
)
def test_impossible_lenses_are_refused_with_the_value_seen(call, message) -> None:
    with pytest.raises(InputError, match=message):
        call()


@given(width=widths, angle=angles, density=densities)
def test_the_density_at_the_range_for_a_density_is_that_density(
    width, angle, density
) -> None:
    reach = range_for_density_m(width, angle, density)

    assert pixel_density_px_per_m(width, angle, reach) == pytest.approx(density)


@given(width=widths, density=densities, more=st.floats(1.01, 10.0))
def test_more_pixels_reach_further_and_more_density_less_far(
    width, density, more
) -> None:
    here = range_for_density_m(width, 70.0, density)

    assert range_for_density_m(width * more, 70.0, density) > here
    assert range_for_density_m(width, 70.0, density * more) < here


@given(
    radius=st.floats(100, 5_000), height=st.floats(0.1, 30), density=st.floats(1, 1_000)
)
def test_a_fisheye_has_its_density_at_its_range(radius, height, density) -> None:
    reach = float(fisheye_range_m(radius, height, density))

    if reach > 1e-6:
        there = fisheye_density_px_per_m(radius, height, reach)
        assert there == pytest.approx(density, rel=1e-6)
    else:
        assert radius / (math.pi / 2) / height <= density * (1 + 1e-6)
