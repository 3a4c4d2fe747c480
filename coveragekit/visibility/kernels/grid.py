"""A uniform grid over walls, and which places lie in buildings."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from coveragekit.visibility.jit import kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int32]

__all__ = [
    "SLACK_M",
    "TOUCH_M",
    "Index",
    "building_at",
    "count_cells",
    "fill_cells",
    "fill_pyramid",
    "wind_cells",
    "winding",
]

# Closer than this is "on": a micrometre, a thousand times the rounding of UTM metres.
TOUCH_M = 1e-6
# A wall enters every cell that it comes this close to, so that no rounding of the edge
# of a cell can lose it.
SLACK_M = 1e-5
# The place in a cell whose winding is known: off the middle and off simple fractions,
# where walls of planned towns like to run.
_REF_X = 0.5137
_REF_Y = 0.4871


class Index(NamedTuple):
    """
    Walls and the grid over them, as the kernels take them.

    Parameters
    ----------
    x0, y0
        Lower left corner of the grid, metres.
    cell
        Side of a cell, metres.
    nx, ny
        Cells across and up.
    walls
        Ends ``ax, ay, bx, by`` of each wall, metres, shape ``(n, 4)``; the building is
        on the right of the way from a to b.
    owner
        Row of the building that each wall belongs to.
    rank
        Place of each building in the order of their ids, which settles ties.
    ptr, idx
        The walls of cell ``k``, counted row by row from below, are
        ``idx[ptr[k]:ptr[k + 1]]``.
    wound
        How many footprints lie over the reference point of each cell.
    pyramid
        For each level, whether a block of ``2**level`` cells a side has any wall.
    level_at
        Where each level starts in ``pyramid``; the last entry is its length.
    """

    x0: float
    y0: float
    cell: float
    nx: int
    ny: int
    walls: Floats
    owner: Ints
    rank: Ints
    ptr: Ints
    idx: Ints
    wound: NDArray[np.int16]
    pyramid: NDArray[np.uint8]
    level_at: NDArray[np.int64]


@kernel
def _touches(
    ax: float, ay: float, bx: float, by: float, mx: float, my: float, half: float
) -> bool:
    """Tell whether a wall, in whose box the cell is, comes to the cell itself."""
    nx = by - ay
    ny = ax - bx
    off = abs((mx - ax) * nx + (my - ay) * ny)
    return off <= half * (abs(nx) + abs(ny))


@kernel
def count_cells(
    walls: Floats, x0: float, y0: float, cell: float, shape: tuple[int, int]
) -> Ints:
    """Give the pointer array of the grid: how many walls come before each cell."""
    ny, nx = shape
    ptr = np.zeros(nx * ny + 1, np.int32)
    half = 0.5 * cell + SLACK_M
    for s in range(walls.shape[0]):
        ax, ay, bx, by = walls[s, 0], walls[s, 1], walls[s, 2], walls[s, 3]
        i0 = max(int((min(ax, bx) - SLACK_M - x0) / cell), 0)
        i1 = min(int((max(ax, bx) + SLACK_M - x0) / cell), nx - 1)
        j0 = max(int((min(ay, by) - SLACK_M - y0) / cell), 0)
        j1 = min(int((max(ay, by) + SLACK_M - y0) / cell), ny - 1)
        for j in range(j0, j1 + 1):
            for i in range(i0, i1 + 1):
                mx, my = x0 + (i + 0.5) * cell, y0 + (j + 0.5) * cell
                if _touches(ax, ay, bx, by, mx, my, half):
                    ptr[j * nx + i + 1] += 1
    for k in range(nx * ny):
        ptr[k + 1] += ptr[k]
    return ptr


@kernel
def fill_cells(
    walls: Floats, x0: float, y0: float, cell: float, shape: tuple[int, int], ptr: Ints
) -> Ints:
    """Give the walls of all cells, in the order that :func:`count_cells` counted."""
    ny, nx = shape
    idx = np.empty(ptr[nx * ny], np.int32)
    place = ptr[:-1].copy()
    half = 0.5 * cell + SLACK_M
    for s in range(walls.shape[0]):
        ax, ay, bx, by = walls[s, 0], walls[s, 1], walls[s, 2], walls[s, 3]
        i0 = max(int((min(ax, bx) - SLACK_M - x0) / cell), 0)
        i1 = min(int((max(ax, bx) + SLACK_M - x0) / cell), nx - 1)
        j0 = max(int((min(ay, by) - SLACK_M - y0) / cell), 0)
        j1 = min(int((max(ay, by) + SLACK_M - y0) / cell), ny - 1)
        for j in range(j0, j1 + 1):
            for i in range(i0, i1 + 1):
                mx, my = x0 + (i + 0.5) * cell, y0 + (j + 0.5) * cell
                if _touches(ax, ay, bx, by, mx, my, half):
                    k = j * nx + i
                    idx[place[k]] = s
                    place[k] += 1
    return idx


@kernel
def wind_cells(
    walls: Floats, x0: float, y0: float, cell: float, shape: tuple[int, int]
) -> NDArray[np.int16]:
    """Give how many footprints lie over the reference point of each cell."""
    ny, nx = shape
    wound = np.zeros(nx * ny, np.int16)
    for s in range(walls.shape[0]):
        ax, ay, bx, by = walls[s, 0], walls[s, 1], walls[s, 2], walls[s, 3]
        if ay == by:
            continue
        turn = 1 if by > ay else -1
        j0 = max(int((min(ay, by) - y0) / cell) - 1, 0)
        j1 = min(int((max(ay, by) - y0) / cell) + 1, ny - 1)
        for j in range(j0, j1 + 1):
            y = y0 + (j + _REF_Y) * cell
            if (ay <= y) != (by <= y):
                x = ax + (y - ay) / (by - ay) * (bx - ax)
                i = max(int(np.ceil((x - x0) / cell - _REF_X)), 0)
                if i < nx:
                    wound[j * nx + i] += turn
    for j in range(ny):
        for i in range(1, nx):
            wound[j * nx + i] += wound[j * nx + i - 1]
    return wound


@kernel
def fill_pyramid(
    ptr: Ints, shape: tuple[int, int], level_at: NDArray[np.int64]
) -> NDArray[np.uint8]:
    """Give for each block of each level whether it holds any wall."""
    ny, nx = shape
    pyramid = np.zeros(level_at[-1], np.uint8)
    for k in range(nx * ny):
        pyramid[k] = ptr[k + 1] > ptr[k]
    for level in range(1, len(level_at) - 1):
        below = level_at[level - 1]
        here = level_at[level]
        up, across = (ny + 1) // 2, (nx + 1) // 2
        for j in range(ny):
            for i in range(nx):
                if pyramid[below + j * nx + i]:
                    pyramid[here + (j // 2) * across + i // 2] = 1
        ny, nx = up, across
    return pyramid


@kernel
def winding(x: float, y: float, index: Index) -> int:
    """
    Give how many footprints lie over a place that is on no wall.

    Winding numbers of the outlines add up over all footprints. The winding of one
    place in each cell is known; every wall crossed on the way from there to here, all
    of which the cell lists, adds or takes one.
    """
    i = int(np.floor((x - index.x0) / index.cell))
    j = int(np.floor((y - index.y0) / index.cell))
    if i < 0 or j < 0 or i >= index.nx or j >= index.ny:
        return 0
    k = j * index.nx + i
    total = int(index.wound[k])
    # From here to the place whose winding is known.
    rx = index.x0 + (i + _REF_X) * index.cell - x
    ry = index.y0 + (j + _REF_Y) * index.cell - y
    for n in range(index.ptr[k], index.ptr[k + 1]):
        s = index.idx[n]
        ax, ay = index.walls[s, 0] - x, index.walls[s, 1] - y
        bx, by = index.walls[s, 2] - x, index.walls[s, 3] - y
        if (rx * ay - ry * ax >= 0.0) != (rx * by - ry * bx >= 0.0):
            left_here = ax * by - ay * bx > 0.0
            left_there = (ax - rx) * (by - ry) - (ay - ry) * (bx - rx) > 0.0
            if left_there and not left_here:
                total += 1
            elif left_here and not left_there:
                total -= 1
    return total


@kernel
def building_at(x: float, y: float, index: Index, tally: Ints, touched: Ints) -> int:
    """
    Give the building over a place, the first by id where several overlap, or -1.

    Walks to the left edge of the grid, so that it costs more than :func:`winding`.
    ``tally`` is zero for every building, and is so again afterwards.
    """
    i = min(int(np.floor((x - index.x0) / index.cell)), index.nx - 1)
    j = min(max(int(np.floor((y - index.y0) / index.cell)), 0), index.ny - 1)
    used = 0
    for left in range(i, -1, -1):
        k = j * index.nx + left
        for n in range(index.ptr[k], index.ptr[k + 1]):
            s = index.idx[n]
            ay, by = index.walls[s, 1], index.walls[s, 3]
            if (ay <= y) == (by <= y):
                continue
            ax, bx = index.walls[s, 0], index.walls[s, 2]
            crossing = ax + (y - ay) / (by - ay) * (bx - ax)
            # A wall of several cells counts in the one where the way crosses it.
            at = int(np.floor((crossing - index.x0) / index.cell))
            if crossing < x and min(max(at, 0), index.nx - 1) == left:
                owner = index.owner[s]
                if tally[owner] == 0:
                    touched[used] = owner
                    used += 1
                tally[owner] += 1 if by > ay else -1
    best = -1
    for n in range(used):
        owner = touched[n]
        if tally[owner] > 0 and (best < 0 or index.rank[owner] < index.rank[best]):
            best = owner
        tally[owner] = 0
    return best
