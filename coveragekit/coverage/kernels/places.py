"""Find the streets near a point, and where a line leaves a building."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from coveragekit.visibility.jit import kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["box_cells", "building_over", "gap_to_walls", "last_exit", "nearest_lines"]

# Well more than rounding adds to a square.
_MORE = 1.0 + 1e-9


@kernel
def box_cells(
    boxes: NDArray[np.float64],
    frame: tuple[float, float, float],
    shape: tuple[int, int],
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """
    List for each cell of a grid the boxes that touch it.

    Parameters
    ----------
    boxes
        minx, miny, maxx, maxy, all within the grid, shape ``(n, 4)``.
    frame, shape
        Lower left corner and side of a cell; rows and columns of the grid.

    Returns
    -------
    tuple of numpy.ndarray
        The boxes of cell ``k``, counted row by row from below and ascending, are
        ``second[first[k]:first[k + 1]]``.
    """
    n_rows, n_cols = shape
    x0, y0, cell = frame
    ptr = np.zeros(n_rows * n_cols + 1, dtype=np.int64)
    inside = np.empty(0, dtype=np.int32)
    place = ptr
    for filling in (False, True):
        for box in range(boxes.shape[0]):
            if not boxes[box, 0] <= boxes[box, 2]:
                continue
            i_from = max(int((boxes[box, 0] - x0) / cell), 0)
            i_to = min(int((boxes[box, 2] - x0) / cell), n_cols - 1)
            j_from = max(int((boxes[box, 1] - y0) / cell), 0)
            j_to = min(int((boxes[box, 3] - y0) / cell), n_rows - 1)
            for j in range(j_from, j_to + 1):
                for i in range(i_from, i_to + 1):
                    k = j * n_cols + i
                    if filling:
                        inside[place[k]] = box
                        place[k] += 1
                    else:
                        ptr[k + 1] += 1
        if not filling:
            for k in range(n_rows * n_cols):
                ptr[k + 1] += ptr[k]
            inside = np.empty(ptr[-1], dtype=np.int32)
            place = ptr[:-1].copy()
    return ptr, inside


@kernel
def building_over(
    places: NDArray[np.float64],
    walls: NDArray[np.float64],
    wall_ptr: NDArray[np.int64],
    rank: NDArray[np.int32],
    cell_ptr: NDArray[np.int64],
    in_cell: NDArray[np.int32],
    frame: tuple[float, float, float],
    shape: tuple[int, int],
) -> NDArray[np.int32]:
    """
    Give the building over each place, the first by rank where several overlap.

    Parameters
    ----------
    places
        x and y, metres, shape ``(n, 2)``.
    walls
        Walls sorted by building, ``ax, ay, bx, by``.
    wall_ptr
        Where the walls of each building begin.
    rank
        Place of each building in the order of their ids.
    cell_ptr, in_cell
        Buildings by cell, as :func:`box_cells` gives them.
    frame, shape
        Lower left corner and side of a cell; rows and columns of the grid.

    Returns
    -------
    numpy.ndarray
        Building of each place, -1 in the open.
    """
    n_rows, n_cols = shape
    x0, y0, cell = frame
    out = np.full(places.shape[0], -1, dtype=np.int32)
    for n in range(places.shape[0]):
        x, y = places[n, 0], places[n, 1]
        i, j = int(np.floor((x - x0) / cell)), int(np.floor((y - y0) / cell))
        if i < 0 or j < 0 or i >= n_cols or j >= n_rows:
            continue
        k = j * n_cols + i
        for at in range(cell_ptr[k], cell_ptr[k + 1]):
            building = in_cell[at]
            if out[n] >= 0 and rank[out[n]] < rank[building]:
                continue
            odd = False
            for s in range(wall_ptr[building], wall_ptr[building + 1]):
                ay, by = walls[s, 1], walls[s, 3]
                if (ay <= y) != (by <= y):
                    ax, bx = walls[s, 0], walls[s, 2]
                    if ax + (y - ay) / (by - ay) * (bx - ax) > x:
                        odd = not odd
            if odd:
                out[n] = building
    return out


@kernel
def nearest_lines(
    places: NDArray[np.float64],
    pieces: NDArray[np.float64],
    line_of: NDArray[np.int32],
    ptr: NDArray[np.int64],
    idx: NDArray[np.int32],
    frame: tuple[float, float, float],
    shape: tuple[int, int],
    count: int,
    limit: float,
) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
    """
    Give the nearest lines to each place, and the nearest point of each of them.

    Parameters
    ----------
    places
        x and y, metres, shape ``(n, 2)``.
    pieces
        Straight pieces of all lines, ``ax, ay, bx, by``, shape ``(m, 4)``.
    line_of
        Line that each piece belongs to.
    ptr, idx
        Pieces by cell, as :func:`box_cells` gives them.
    frame, shape
        Lower left corner and side of a cell; rows and columns of the grid.
    count
        How many lines to find.
    limit
        How far to look, metres.

    Returns
    -------
    tuple of numpy.ndarray
        Lines, shape ``(n, count)``, nearest first, -1 where there are no more; and
        their nearest points, shape ``(n, count, 2)``. Ties go to the lower line.
    """
    n_rows, n_cols = shape
    x0, y0, cell = frame
    found = np.full((places.shape[0], count), -1, dtype=np.int32)
    where = np.full((places.shape[0], count, 2), np.nan)
    apart = np.empty(count)
    rings = int(np.ceil(limit / cell)) + 1
    for place in range(places.shape[0]):
        px, py = places[place, 0], places[place, 1]
        i, j = int(np.floor((px - x0) / cell)), int(np.floor((py - y0) / cell))
        in_x, in_y = px - x0 - i * cell, py - y0 - j * cell
        margin = min(in_x, cell - in_x, in_y, cell - in_y)
        apart[:] = limit
        for ring in range(rings + 1):
            # All pieces nearer than this have been looked at.
            if ring > 0 and apart[count - 1] < margin + (ring - 1) * cell:
                break
            for row in range(j - ring, j + ring + 1):
                if row < 0 or row >= n_rows:
                    continue
                step = 1 if abs(row - j) == ring else max(2 * ring, 1)
                for column in range(i - ring, i + ring + 1, step):
                    if column < 0 or column >= n_cols:
                        continue
                    k = row * n_cols + column
                    for at in range(ptr[k], ptr[k + 1]):
                        s = idx[at]
                        ax, ay = pieces[s, 0], pieces[s, 1]
                        dx, dy = pieces[s, 2] - ax, pieces[s, 3] - ay
                        along = (px - ax) * dx + (py - ay) * dy
                        along = min(max(along / (dx * dx + dy * dy), 0.0), 1.0)
                        x, y = ax + along * dx, ay + along * dy
                        # Most pieces are too far, which needs no root to be found out.
                        far2 = (px - x) * (px - x) + (py - y) * (py - y)
                        if far2 > apart[count - 1] * apart[count - 1] * _MORE:
                            continue
                        far = np.hypot(px - x, py - y)
                        line = line_of[s]
                        slot = count
                        for other in range(count):
                            if found[place, other] == line:
                                slot = other
                                break
                        if slot == count:
                            slot = count - 1
                            if far > apart[slot] or (
                                far == apart[slot]
                                and (found[place, slot] >= 0)
                                and line > found[place, slot]
                            ):
                                continue
                        elif far >= apart[slot]:
                            continue
                        while slot > 0 and (
                            found[place, slot - 1] < 0
                            or far < apart[slot - 1]
                            or (
                                far == apart[slot - 1] and line < found[place, slot - 1]
                            )
                        ):
                            apart[slot] = apart[slot - 1]
                            found[place, slot] = found[place, slot - 1]
                            where[place, slot, 0] = where[place, slot - 1, 0]
                            where[place, slot, 1] = where[place, slot - 1, 1]
                            slot -= 1
                        apart[slot] = far
                        found[place, slot] = line
                        where[place, slot, 0] = x
                        where[place, slot, 1] = y
    return found, where


@kernel
def last_exit(
    places: NDArray[np.float64],
    targets: NDArray[np.float64],
    building: NDArray[np.int32],
    walls: NDArray[np.float64],
    wall_ptr: NDArray[np.int64],
) -> NDArray[np.float64]:
    """
    Give how far from each place the line to its target last meets a building.

    Parameters
    ----------
    places, targets
        x and y, metres, shape ``(n, 2)``.
    building
        Building asked about, one for each place.
    walls
        Walls sorted by building, ``ax, ay, bx, by``.
    wall_ptr
        Where the walls of each building begin.

    Returns
    -------
    numpy.ndarray
        Metres from the place, 0 to the target's distance; -1 where no wall is met.
    """
    out = np.full(places.shape[0], -1.0)
    for n in range(places.shape[0]):
        px, py = places[n, 0], places[n, 1]
        ux, uy = targets[n, 0] - px, targets[n, 1] - py
        length = np.hypot(ux, uy)
        if not length > 0.0:
            continue
        ux, uy = ux / length, uy / length
        for s in range(wall_ptr[building[n]], wall_ptr[building[n] + 1]):
            ax, ay = walls[s, 0] - px, walls[s, 1] - py
            bx, by = walls[s, 2] - px, walls[s, 3] - py
            left_a, left_b = ux * ay - uy * ax, ux * by - uy * bx
            along_a, along_b = ux * ax + uy * ay, ux * bx + uy * by
            if left_a * left_b > 0.0:
                continue
            if left_a == left_b:
                along = max(along_a, along_b)
                if along > length:
                    along = min(along_a, along_b)
            else:
                part = left_a / (left_a - left_b)
                along = along_a + part * (along_b - along_a)
            if 0.0 <= along <= length and along > out[n]:
                out[n] = along
    return out


@kernel
def gap_to_walls(
    places: NDArray[np.float64],
    building: NDArray[np.int32],
    walls: NDArray[np.float64],
    wall_ptr: NDArray[np.int64],
) -> NDArray[np.float64]:
    """
    Give the distance from each place to the nearest wall of one building.

    Parameters
    ----------
    places
        x and y, metres, shape ``(n, 2)``.
    building
        Building asked about, one for each place.
    walls
        Walls sorted by building, ``ax, ay, bx, by``.
    wall_ptr
        Where the walls of each building begin.

    Returns
    -------
    numpy.ndarray
        Metres.
    """
    out = np.full(places.shape[0], np.inf)
    for n in range(places.shape[0]):
        px, py = places[n, 0], places[n, 1]
        for s in range(wall_ptr[building[n]], wall_ptr[building[n] + 1]):
            ax, ay = walls[s, 0], walls[s, 1]
            dx, dy = walls[s, 2] - ax, walls[s, 3] - ay
            along = (px - ax) * dx + (py - ay) * dy
            along = min(max(along / (dx * dx + dy * dy), 0.0), 1.0)
            apart = np.hypot(px - ax - along * dx, py - ay - along * dy)
            out[n] = min(out[n], apart)
    return out
