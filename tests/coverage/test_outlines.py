"""Outlines around cells."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from shapely import box

from coveragekit.coverage.grid import Grid
from coveragekit.coverage.outlines import outlines


def grid_of(cells: np.ndarray, size: float = 1.0) -> Grid:
    rows, columns = cells.shape
    return Grid(0.0, rows * size, rows, columns, size)


def drawn(*rows: str) -> np.ndarray:
    return np.array(
        [[-1 if one == "." else int(one) for one in row] for row in rows], np.int32
    )


def cell_boxes(cells: np.ndarray, number: int) -> shapely.Geometry:
    rows = len(cells)
    return shapely.union_all(
        [
            box(column, rows - row - 1, column + 1, rows - row)
            for row, column in np.argwhere(cells == number).tolist()
        ]
    )


def test_a_hole_is_cut_out_and_a_corner_alone_does_not_join() -> None:
    cells = drawn("000.", "0.0.", "000.", "...0")

    (shape,) = outlines(cells, grid_of(cells), 1, most_off=0.0)

    assert shape.geom_type == "MultiPolygon"
    assert sorted(len(part.interiors) for part in shape.geoms) == [0, 1]
    assert shape.area == 9.0


def test_a_part_that_meets_itself_at_a_corner_stays_valid() -> None:
    cells = drawn("0000", "0.00", "0.0.", "00.0", "0000")

    (shape,) = outlines(cells, grid_of(cells), 1, most_off=0.0)

    assert shape.is_valid
    assert shape.equals(cell_boxes(cells, 0))


def test_stairs_become_a_slope_within_a_cell() -> None:
    cells = np.where(np.tri(40, dtype=np.bool_), 0, -1).astype(np.int32)

    exact, simple = (
        outlines(cells, grid_of(cells, 2.0), 1, most_off=off)[0] for off in (0.0, 1.0)
    )

    assert len(exact.exterior.coords) > 80
    assert len(simple.exterior.coords) <= 6
    assert shapely.hausdorff_distance(simple, exact) <= 2.0


def test_one_cell_stays_a_square() -> None:
    cells = drawn("...", ".0.", "...")

    (shape,) = outlines(cells, grid_of(cells), 1)

    assert shape.equals(box(1, 1, 2, 2))


def test_no_numbers_have_no_outlines() -> None:
    assert len(outlines(drawn("..", ".."), grid_of(drawn("..", "..")), 0)) == 0


@given(
    hnp.arrays(
        np.int32,
        st.tuples(st.integers(1, 9), st.integers(1, 9)),
        elements=st.integers(-1, 2),
    )
)
def test_exact_outlines_hold_their_very_cells_and_simple_ones_nearly(
    cells: np.ndarray,
) -> None:
    known = np.unique(cells[cells >= 0])
    number = np.searchsorted(known, cells).astype(np.int32)
    number[cells < 0] = -1
    grid = grid_of(cells)

    exact = outlines(number, grid, len(known), most_off=0.0)
    simple = outlines(number, grid, len(known))

    assert shapely.is_valid(exact).all()
    assert shapely.is_valid(simple).all()
    for row, shape in enumerate(exact):
        expected = cell_boxes(number, row)
        assert shape.equals(expected)
        assert shape.area == pytest.approx((number == row).sum())
        assert not simple[row].is_empty
        assert shapely.hausdorff_distance(simple[row], expected) <= 2.0
