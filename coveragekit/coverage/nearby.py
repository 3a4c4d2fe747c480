"""Keep walls and lines in a grid, to find the building over a place and lines near."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from coveragekit.coverage.kernels.places import (
    box_cells,
    building_over,
    nearest_lines,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from coveragekit.visibility import Obstacles

__all__ = ["Walls", "grid_over", "near_lines", "walls_by_building"]

_CELL_M = 32.0
_CELLS_MOST = 4_000_000


class Walls(NamedTuple):
    """
    Walls by building, and the buildings by cell, as the kernels take them.

    Parameters
    ----------
    ends
        Walls sorted by building, ``ax, ay, bx, by``, metres; the building is on the
        right of the way from a to b.
    ptr
        Where the walls of each building begin.
    rank
        Place of each building in the order of their ids.
    cell_ptr, in_cell
        Buildings by cell of a grid.
    frame, shape
        Lower left corner and side of a cell; rows and columns of the grid.
    """

    ends: NDArray[np.float64]
    ptr: NDArray[np.int64]
    rank: NDArray[np.int32]
    cell_ptr: NDArray[np.int64]
    in_cell: NDArray[np.int32]
    frame: tuple[float, float, float]
    shape: tuple[int, int]

    def over(self, places: NDArray[np.float64]) -> NDArray[np.int32]:
        """
        Give the building over each place, -1 in the open.

        Parameters
        ----------
        places
            x and y, metres, shape ``(n, 2)``.

        Returns
        -------
        numpy.ndarray
            Row of the building, shape ``(n,)``.
        """
        return building_over(
            places,
            self.ends,
            self.ptr,
            self.rank,
            self.cell_ptr,
            self.in_cell,
            self.frame,
            self.shape,
        )


def walls_by_building(obstacles: Obstacles) -> Walls:
    """
    Give the walls sorted by building, ready to be asked which one lies over a place.

    Parameters
    ----------
    obstacles
        The buildings.

    Returns
    -------
    Walls
        Their walls.

    Examples
    --------
    >>> import geopandas as gpd
    >>> import numpy as np
    >>> from shapely import box
    >>> from coveragekit.visibility import Obstacles
    >>> house = gpd.GeoDataFrame(geometry=[box(0, 0, 10, 8)], crs="EPSG:32616")
    >>> walls = walls_by_building(Obstacles.from_buildings(house))
    >>> walls.over(np.array([[5.0, 4.0], [11.0, 4.0]])).tolist()
    [0, -1]
    """
    order = np.argsort(obstacles.owner, kind="stable")
    ends, owner = np.ascontiguousarray(obstacles.walls[order]), obstacles.owner[order]
    count = len(obstacles.building_ids)
    ptr = np.searchsorted(owner, np.arange(count + 1)).astype(np.int64)
    boxes = np.full((count, 4), np.nan)
    low, high = (
        np.minimum(ends[:, :2], ends[:, 2:]),
        np.maximum(ends[:, :2], ends[:, 2:]),
    )
    with_walls = np.unique(owner)
    if len(with_walls):
        starts = ptr[with_walls]
        boxes[with_walls, :2] = np.minimum.reduceat(low, starts)
        boxes[with_walls, 2:] = np.maximum.reduceat(high, starts)
    frame, shape = grid_over(boxes[with_walls])
    cell_ptr, in_cell = box_cells(boxes, frame, shape)
    return Walls(ends, ptr, obstacles.rank, cell_ptr, in_cell, frame, shape)


def grid_over(
    boxes: NDArray[np.float64],
) -> tuple[tuple[float, float, float], tuple[int, int]]:
    """
    Give a grid over boxes, whose cells are so large that there are not too many.

    Parameters
    ----------
    boxes
        minx, miny, maxx and maxy of each, metres, shape ``(n, 4)``.

    Returns
    -------
    tuple
        Lower left corner and side of a cell, metres; rows and columns.

    Examples
    --------
    >>> import numpy as np
    >>> grid_over(np.array([[1.0, 1.0, 31.0, 63.0]]))
    ((0.0, 0.0, 32.0), (3, 2))
    """
    if len(boxes) == 0:
        return (0.0, 0.0, _CELL_M), (1, 1)
    low = boxes[:, :2].min(axis=0) - 1.0
    extent = boxes[:, 2:].max(axis=0) + 1.0 - low
    cell = max(_CELL_M, float(np.sqrt(extent.prod() / _CELLS_MOST)))
    shape = int(extent[1] // cell) + 1, int(extent[0] // cell) + 1
    return (float(low[0]), float(low[1]), cell), shape


def near_lines(
    places: NDArray[np.float64],
    lines: NDArray[np.object_],
    *,
    count: int,
    limit_m: float,
) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
    """
    Give the nearest lines to each place, and the nearest point of each of them.

    Parameters
    ----------
    places
        x and y, metres, shape ``(n, 2)``.
    lines
        LineStrings.
    count
        How many lines to find.
    limit_m
        How far to look, metres.

    Returns
    -------
    tuple of numpy.ndarray
        Lines, shape ``(n, count)``, nearest first, -1 where there are no more; and
        their nearest points, shape ``(n, count, 2)``. Ties go to the lower line.

    Examples
    --------
    >>> import numpy as np
    >>> from shapely import LineString
    >>> street = np.array([LineString([(0, 0), (90, 0)])], dtype=object)
    >>> here = np.array([[5.0, 4.0]])
    >>> near_lines(here, street, count=1, limit_m=50.0)[1].tolist()
    [[[5.0, 0.0]]]
    """
    import shapely

    xy, line = shapely.get_coordinates(lines, return_index=True)
    together = line[1:] == line[:-1]
    pieces = np.hstack([xy[:-1], xy[1:]])[together]
    line_of = line[1:][together].astype(np.int32)
    real = np.any(pieces[:, :2] != pieces[:, 2:], axis=1)
    pieces, line_of = np.ascontiguousarray(pieces[real]), line_of[real]
    if len(pieces) == 0 or len(places) == 0:
        none = np.full((len(places), count), -1, dtype=np.int32)
        return none, np.full((len(places), count, 2), np.nan)
    corners = np.hstack(
        [
            np.minimum(pieces[:, :2], pieces[:, 2:]),
            np.maximum(pieces[:, :2], pieces[:, 2:]),
        ]
    )
    frame, shape = grid_over(corners)
    ptr, idx = box_cells(corners, frame, shape)
    return nearest_lines(
        places, pieces, line_of, ptr, idx, frame, shape, count, limit_m
    )
