"""Places along lines."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely import LineString, Point

from coveragekit.coverage.along import places_along
from coveragekit.errors import InputError


def lines_of(*lines: object) -> np.ndarray:
    made = np.empty(len(lines), dtype=object)
    made[:] = lines
    return made


def test_a_place_beyond_an_end_is_the_end() -> None:
    bent = lines_of(LineString([(0, 0), (4, 0), (4, 3)]), LineString([(9, 9), (9, 5)]))

    found = places_along(bent, [0, 0, 1, 1], [-1.0, 8.0, 0.0, 1.0])

    assert found.tolist() == [[0.0, 0.0], [4.0, 3.0], [9.0, 9.0], [9.0, 8.0]]


def test_no_lines_have_no_places() -> None:
    assert places_along(lines_of(), [], []).shape == (0, 2)


@pytest.mark.parametrize("wrong", [Point(0, 0), LineString(), None])
def test_only_a_line_can_be_walked(wrong: object) -> None:
    with pytest.raises(InputError, match=r"line 1 is .*allowed: LineStrings"):
        places_along(lines_of(LineString([(0, 0), (1, 0)]), wrong), [0], [0.5])


place = st.tuples(st.floats(0.0, 900.0), st.floats(0.0, 900.0))


@given(
    lines=st.lists(st.lists(place, min_size=2, max_size=9), min_size=1, max_size=5),
    shares=st.lists(st.floats(-0.1, 1.1), min_size=1, max_size=9),
)
def test_the_very_places_that_shapely_gives(lines: list, shares: list) -> None:
    every = lines_of(*(LineString(np.add(one, (5e5, 4.6e6))) for one in lines))
    line = np.repeat(np.arange(len(every)), len(shares))
    at_m = np.tile(shares, len(every)) * shapely.length(every)[line]
    at_m = np.maximum(at_m, 0.0)  # shapely counts what is negative from the end

    found = places_along(every, line, at_m)

    expected = shapely.line_interpolate_point(every[line], at_m)
    assert found == pytest.approx(shapely.get_coordinates(expected), abs=1e-9)
