"""Draw outlines around the cells of a raster that have one number."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from coveragekit.coverage.kernels.outlines import keep_corners, trace
from coveragekit.coverage.kernels.pieces import label_pieces

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from coveragekit.coverage.grid import Grid

__all__ = ["outlines"]

_FEWEST = 3


def outlines(
    number: NDArray[np.int32], grid: Grid, count: int, *, most_off: float = 1.0
) -> NDArray[np.object_]:
    """
    Give the outlines of the cells that have each number, made simpler.

    Parameters
    ----------
    number
        Number of each cell, -1 for none, of the shape of the grid.
    grid
        Where the cells lie.
    count
        How many numbers there are, each of a cell at least.
    most_off
        How far a corner that is left out may lie off the outline, cells.

    Returns
    -------
    numpy.ndarray
        Valid Polygons, and MultiPolygons where cells do not hang together by their
        sides, in the CRS of the grid, by number.

    Examples
    --------
    >>> import numpy as np
    >>> from coveragekit.coverage.grid import Grid
    >>> grid = Grid(minx=0.0, maxy=4.0, rows=2, columns=3, resolution_m=2.0)
    >>> cells = np.array([[0, 0, -1], [-1, -1, 1]], dtype=np.int32)
    >>> [shape.wkt for shape in outlines(cells, grid, 2)]
    ['POLYGON ((4 4, 4 2, 0 2, 0 4, 4 4))', 'POLYGON ((6 2, 6 0, 4 0, 4 2, 6 2))']
    """
    import shapely

    if count == 0:
        return np.empty(0, dtype=object)
    part, parts = label_pieces(number, 0)
    corners, ptr, part_of = trace(part)
    # By part, the ring around it before those of its holes; parts by their number.
    owner = np.empty(parts, dtype=np.int64)
    owner[part_of] = number[corners[ptr[:-1], 1], corners[ptr[:-1], 0] - 1]
    order = np.lexsort((part_of, owner[part_of]))
    kept = keep_corners(corners, ptr, most_off, _FEWEST)
    simple = _polygons(corners, ptr, order, part_of=part_of, grid=grid, kept=kept)
    wrong = ~shapely.is_valid(simple)
    if wrong.any():
        rank = np.argsort(np.argsort(owner, kind="stable"))
        asked = order[wrong[rank[part_of[order]]]]
        every = np.ones(len(corners), dtype=np.bool_)
        exact = _polygons(corners, ptr, asked, part_of=part_of, grid=grid, kept=every)
        # Rings that would cross: more slowly, with an eye on one another.
        simple[wrong] = shapely.simplify(exact, most_off * grid.resolution_m)
    return _gather(simple, np.sort(owner, kind="stable"), count)


def _polygons(
    corners: NDArray[np.int32],
    ptr: NDArray[np.int64],
    order: NDArray[np.intp],
    *,
    part_of: NDArray[np.int32],
    grid: Grid,
    kept: NDArray[np.bool_],
) -> NDArray[np.object_]:
    """Make a polygon of the rings of each part, in their order, of some corners."""
    import shapely

    size = ptr[order + 1] - ptr[order]
    start = np.concatenate([[0], np.cumsum(size)])
    at = np.arange(start[-1]) + np.repeat(ptr[order] - start[:-1], size)
    ring = np.repeat(np.arange(len(order)), size)[kept[at]]
    column, row = corners[at[kept[at]]].T
    xy = np.column_stack(
        [grid.minx + column * grid.resolution_m, grid.maxy - row * grid.resolution_m]
    )
    # Rings are closed: each ends with its first corner.
    sizes = np.bincount(ring, minlength=len(order))
    begin = np.cumsum(sizes) - sizes
    closed = np.insert(xy, begin + sizes, xy[begin], axis=0)
    ring_ptr = np.concatenate([[0], np.cumsum(sizes + 1)])
    first = np.flatnonzero(np.diff(part_of[order], prepend=-1))
    polygon_ptr = np.append(first, len(order))
    made = shapely.from_ragged_array(
        shapely.GeometryType.POLYGON, closed, (ring_ptr, polygon_ptr)
    )
    return np.asarray(made, dtype=object)


def _gather(
    polygons: NDArray[np.object_], owner: NDArray[np.int64], count: int
) -> NDArray[np.object_]:
    """Put the polygons of one number together; valid, though some touch at corners."""
    import shapely

    several = np.bincount(owner, minlength=count) > 1
    together = several[owner]
    found = np.empty(count, dtype=object)
    found[owner[~together]] = polygons[~together]
    if together.any():
        of = np.searchsorted(np.flatnonzero(several), owner[together])
        many = shapely.multipolygons(polygons[together], indices=of)
        made = np.asarray(many, dtype=object)
        wrong = ~shapely.is_valid(made)
        made[wrong] = shapely.buffer(made[wrong], 0.0)
        found[several] = made
    return found
