"""Find places on facades, the streets they face, and whose part they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from coveragekit.visibility.jit import kernel
from coveragekit.visibility.kernels.grid import TOUCH_M, winding
from coveragekit.visibility.kernels.lines import is_blocked

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from coveragekit.visibility.kernels.grid import Index

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

__all__ = ["facade_spots", "faced_streets", "keep_apart", "nearest_group", "open_spots"]

# Needles of less than about 30 degrees have no place before their point.
_NEEDLE = 0.15


@kernel
def facade_spots(
    walls: Floats,
    wall_ptr: Ints,
    buildings: Ints,
    spacing: float,
    least: float,
    off: float,
    turn_cos: float,
) -> tuple[Floats, Floats, Floats, Ints]:
    """
    Give places before the walls of buildings, and before their corners.

    Parameters
    ----------
    walls
        Walls sorted by building, ``ax, ay, bx, by``; the building is on the right.
    wall_ptr
        Where the walls of each building begin.
    buildings
        The buildings asked about.
    spacing
        Longest piece of wall that one place stands for, metres.
    least
        Shortest wall that counts, metres.
    off
        How far before the wall the places are, metres.
    turn_cos
        Cosine of the least turn between two walls that make a corner.

    Returns
    -------
    tuple of numpy.ndarray
        Places; the outward normals of the wall or of both walls of a corner, shape
        ``(n, 4)`` (the same twice on a wall); metres of wall (0 at a corner); and
        which of ``buildings``.
    """
    count = 0
    xy = np.empty((0, 2))
    normals = np.empty((0, 4))
    length = np.empty(0)
    whose = np.empty(0, dtype=np.int64)
    for filling in (False, True):
        if filling:
            xy = np.empty((count, 2))
            normals = np.empty((count, 4))
            length = np.empty(count)
            whose = np.empty(count, dtype=np.int64)
            count = 0
        for n in range(len(buildings)):
            first, last = wall_ptr[buildings[n]], wall_ptr[buildings[n] + 1]
            for s in range(first, last):
                ax, ay, bx, by = walls[s, 0], walls[s, 1], walls[s, 2], walls[s, 3]
                long = np.hypot(bx - ax, by - ay)
                if long < least:
                    continue
                nx, ny = -(by - ay) / long, (bx - ax) / long
                # Odd, so that one is in the middle of the wall.
                pieces = int(np.ceil(long / spacing - 1e-9)) | 1
                for piece in range(pieces):
                    if filling:
                        part = (piece + 0.5) / pieces
                        xy[count, 0] = ax + part * (bx - ax) + off * nx
                        xy[count, 1] = ay + part * (by - ay) + off * ny
                        normals[count, 0], normals[count, 1] = nx, ny
                        normals[count, 2], normals[count, 3] = nx, ny
                        length[count] = long / pieces
                        whose[count] = n
                    count += 1
                # The corner at its end, where the ring goes on and turns right.
                for t in range(first, last):
                    if walls[t, 0] != bx or walls[t, 1] != by:
                        continue
                    dx, dy = walls[t, 2] - bx, walls[t, 3] - by
                    size = np.hypot(dx, dy)
                    if size < least:
                        continue
                    mx, my = -dy / size, dx / size
                    same = nx * mx + ny * my
                    convex = nx * my - ny * mx < 0.0
                    if not convex or same > turn_cos or 1.0 + same < _NEEDLE:
                        continue
                    if filling:
                        far = off / (1.0 + same)
                        xy[count, 0] = bx + far * (nx + mx)
                        xy[count, 1] = by + far * (ny + my)
                        normals[count, 0], normals[count, 1] = nx, ny
                        normals[count, 2], normals[count, 3] = mx, my
                        length[count] = 0.0
                        whose[count] = n
                    count += 1
    return xy, normals, length, whose


@kernel
def open_spots(index: Index, xy: Floats, off: float) -> NDArray[np.bool_]:
    """Tell which places are in the open, with room all round: walls keep ``off``."""
    out = np.zeros(len(xy), dtype=np.bool_)
    clear = off - 2.0 * TOUCH_M
    for n in range(len(xy)):
        x, y = xy[n, 0], xy[n, 1]
        i0 = max(int(np.floor((x - off - index.x0) / index.cell)), 0)
        i1 = min(int(np.floor((x + off - index.x0) / index.cell)), index.nx - 1)
        j0 = max(int(np.floor((y - off - index.y0) / index.cell)), 0)
        j1 = min(int(np.floor((y + off - index.y0) / index.cell)), index.ny - 1)
        free = True
        for j in range(j0, j1 + 1):
            for i in range(i0, i1 + 1):
                k = j * index.nx + i
                for m in range(index.ptr[k], index.ptr[k + 1]):
                    s = index.idx[m]
                    ax, ay = index.walls[s, 0] - x, index.walls[s, 1] - y
                    wx = index.walls[s, 2] - index.walls[s, 0]
                    wy = index.walls[s, 3] - index.walls[s, 1]
                    share = -(ax * wx + ay * wy) / (wx * wx + wy * wy)
                    share = min(max(share, 0.0), 1.0)
                    if np.hypot(ax + share * wx, ay + share * wy) < clear:
                        free = False
        out[n] = free and winding(x, y, index) <= 0
    return out


@kernel
def faced_streets(
    index: Index,
    xy: Floats,
    normals: Floats,
    lines: NDArray[np.int32],
    feet: Floats,
    facing: float,
) -> NDArray[np.int32]:
    """
    Give the nearest street that each normal of a place looks at, and sees.

    Parameters
    ----------
    index
        Walls and their grid.
    xy
        Places before walls, shape ``(n, 2)``.
    normals
        Two outward normals of each, shape ``(n, 4)``.
    lines, feet
        The streets nearest to each place, nearest first, -1 for none, and their
        nearest points, shapes ``(n, k)`` and ``(n, k, 2)``.
    facing
        Least cosine between a normal and the way to the street.

    Returns
    -------
    numpy.ndarray
        Street of either normal, -1 where it faces none, shape ``(n, 2)``.
    """
    out = np.full((len(xy), 2), -1, dtype=np.int32)
    for n in range(len(xy)):
        # Farthest first, so that the nearest is written last.
        for k in range(lines.shape[1] - 1, -1, -1):
            if lines[n, k] < 0:
                continue
            dx, dy = feet[n, k, 0] - xy[n, 0], feet[n, k, 1] - xy[n, 1]
            far = np.hypot(dx, dy)
            first = normals[n, 0] * dx + normals[n, 1] * dy >= facing * far
            second = normals[n, 2] * dx + normals[n, 3] * dy >= facing * far
            if far == 0.0 or not (first or second):
                continue
            if is_blocked(index, xy[n, 0], xy[n, 1], dx, dy, 0):
                continue
            if first:
                out[n, 0] = lines[n, k]
            if second:
                out[n, 1] = lines[n, k]
    return out


@kernel
def nearest_group(
    xy: Floats, building: Ints, group_ptr: Ints, group_xy: Floats
) -> Ints:
    """Give the group of a building that each place is nearest to; ties to the first."""
    out = np.empty(len(xy), dtype=np.int64)
    for n in range(len(xy)):
        best, best_far = -1, np.inf
        for g in range(group_ptr[building[n]], group_ptr[building[n] + 1]):
            far = np.hypot(group_xy[g, 0] - xy[n, 0], group_xy[g, 1] - xy[n, 1])
            if far < best_far - TOUCH_M:
                best, best_far = g, far
        out[n] = best
    return out


@kernel
def keep_apart(
    xy: Floats,
    corner: NDArray[np.bool_],
    ptr: Ints,
    middle: Floats,
    most: int,
    apart: float,
) -> NDArray[np.bool_]:
    """
    Keep of the places of each group those that lie farthest from one another.

    Parameters
    ----------
    xy
        Places, group by group.
    corner
        Which of them are corners: these come first.
    ptr
        Where the places of each group begin.
    middle
        Where each group's business is.
    most
        So many places of a group at most.
    apart
        Places closer together than this are one, metres.

    Returns
    -------
    numpy.ndarray
        Which places are kept; of every group at least one.
    """
    keep = np.zeros(len(xy), dtype=np.bool_)
    for g in range(len(ptr) - 1):
        first, last = ptr[g], ptr[g + 1]
        if first == last:
            continue
        best, best_far, best_corner = -1, np.inf, False
        for n in range(first, last):
            far = np.hypot(xy[n, 0] - middle[g, 0], xy[n, 1] - middle[g, 1])
            if corner[n] and not best_corner:
                best, best_far, best_corner = n, far, True
            elif corner[n] == best_corner and far < best_far - TOUCH_M:
                best, best_far = n, far
        gap = np.full(last - first, np.inf)
        for _ in range(most):
            keep[best] = True
            for n in range(first, last):
                far = np.hypot(xy[n, 0] - xy[best, 0], xy[n, 1] - xy[best, 1])
                gap[n - first] = min(gap[n - first], far)
            best = -1
            for n in range(first, last):
                if gap[n - first] < apart:
                    continue
                if best < 0 or gap[n - first] > gap[best - first] + TOUCH_M:
                    best = n
            if best < 0:
                break
    return keep
