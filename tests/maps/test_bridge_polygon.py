"""An area drawn by hand is judged in plain words."""

from __future__ import annotations

import math

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from coveragekit.maps.bridge_polygon import CORNER_LIMIT, polygon_fault

corners = st.lists(
    st.tuples(st.integers(-9, 9), st.integers(-9, 9)), min_size=3, max_size=8
)


def test_a_square_is_an_area() -> None:
    assert polygon_fault([(0, 0), (1, 0), (1, 1), (0, 1)]) == ""


def test_a_double_click_that_repeats_a_corner_does_no_harm() -> None:
    assert polygon_fault([(0, 0), (1, 0), (1, 0), (1, 1), (0, 1), (0, 0)]) == ""


@pytest.mark.parametrize(
    ("ring", "words"),
    [
        ([], "at least 3 corners; this one has 0"),
        ([(0, 0), (1, 0)], "at least 3 corners; this one has 2"),
        ([(0, 0), (1, 1), (2, 2)], "on one line"),
        ([(0, 0), (1, 1), (2, 2), (5, 5)], "on one line"),
        ([(3, 3)] * 5, "on one line"),
        ([(0, 0), (1, 1), (1, 0), (0, 1)], "crosses itself"),
        ([(0, 0), (math.nan, 1), (1, 0)], "no place on the map"),
        ([(0, 0), (0, 91), (1, 0)], "no place on the map"),
    ],
)
def test_what_is_no_area_is_refused(ring, words: str) -> None:
    assert words in polygon_fault(ring)


def test_an_area_of_very_many_corners_is_refused_and_a_big_one_is_not() -> None:
    turn = np.linspace(0, 2 * np.pi, CORNER_LIMIT + 1, endpoint=False)
    ring = list(zip(np.cos(turn), np.sin(turn), strict=True))

    assert "500 corners; this one has 501" in polygon_fault(ring)
    assert polygon_fault(ring[:CORNER_LIMIT]) == ""


@settings(deadline=None, max_examples=300)
@given(corners)
def test_it_agrees_with_shapely(ring: list[tuple[int, int]]) -> None:
    shape = shapely.Polygon(ring)

    assert (polygon_fault(ring) == "") == (shape.is_valid and shape.area > 0)
