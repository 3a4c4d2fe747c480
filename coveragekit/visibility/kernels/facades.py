"""Facades: which parts of walls are exposed, and which of them a camera faces."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from coveragekit.visibility.jit import kernel
from coveragekit.visibility.kernels.grid import TOUCH_M, winding

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from coveragekit.visibility.kernels.grid import Index

    Floats = NDArray[np.float64]

__all__ = ["box", "is_corner", "nearest_exposed", "take_first", "wall_at", "way_out"]

# A wall is judged exposed by a place this far in front of it.
_FRONT_M = 2.0 * TOUCH_M
# How far a place on a facade keeps from where another wall crosses it.
_MARGIN_M = 1e-3
# Facades whose normals differ by more than a degree make a corner.
_SAME_WAY = 0.99985


@kernel
def wall_at(x: float, y: float, index: Index) -> int:
    """Give the building whose wall a place is on, the first by id, or -1."""
    i = int(np.floor((x - index.x0) / index.cell))
    j = int(np.floor((y - index.y0) / index.cell))
    if i < 0 or j < 0 or i >= index.nx or j >= index.ny:
        return -1
    k = j * index.nx + i
    best = -1
    for n in range(index.ptr[k], index.ptr[k + 1]):
        s = index.idx[n]
        ax, ay = index.walls[s, 0] - x, index.walls[s, 1] - y
        bx, by = index.walls[s, 2] - x, index.walls[s, 3] - y
        if min(ax, bx) > TOUCH_M or max(ax, bx) < -TOUCH_M:
            continue
        if min(ay, by) > TOUCH_M or max(ay, by) < -TOUCH_M:
            continue
        wx, wy = bx - ax, by - ay
        share = min(max(-(ax * wx + ay * wy) / (wx * wx + wy * wy), 0.0), 1.0)
        dx, dy = ax + share * wx, ay + share * wy
        own = index.owner[s]
        if dx * dx + dy * dy <= TOUCH_M * TOUCH_M and (
            best < 0 or index.rank[own] < index.rank[best]
        ):
            best = own
    return best


@kernel
def _front(
    index: Index,
    place: tuple[float, float],
    beyond: tuple[float, float],
    stand: tuple[float, float],
) -> int:
    """
    Tell what is before a place on a wall: 0 no open air, 1 no room, 2 room to stand.

    ``beyond`` is the step just off the wall, ``stand`` the step to where a camera would
    stand. In a loop, because every call of :func:`winding` is compiled once more.
    """
    for step in range(2):
        px = place[0] + (beyond[0] if step == 0 else stand[0])
        py = place[1] + (beyond[1] if step == 0 else stand[1])
        if winding(px, py, index) > 0 or wall_at(px, py, index) >= 0:
            return step
    return 2


@kernel
def box(x: float, y: float, reach: float, index: Index) -> tuple[int, int, int, int]:
    """Give the cells that a box round a place covers, none of them outside the grid."""
    i0 = max(int(np.floor((x - reach - index.x0) / index.cell)), 0)
    i1 = min(int(np.floor((x + reach - index.x0) / index.cell)), index.nx - 1)
    j0 = max(int(np.floor((y - reach - index.y0) / index.cell)), 0)
    j1 = min(int(np.floor((y + reach - index.y0) / index.cell)), index.ny - 1)
    return i0, i1, j0, j1


@kernel
def _shut(
    c: tuple[float, float], d: tuple[float, float], clear: float
) -> tuple[float, float]:
    """
    Give which part of a line comes closer than ``clear`` to a wall; from > to if none.

    The ends of the wall are given along the line and off it. With no distance at all,
    the part is where the two cross, and a millimetre either way.
    """
    low, high = np.inf, -np.inf
    if clear <= 0.0:
        if abs(c[1]) <= TOUCH_M:
            low, high = min(low, c[0]), max(high, c[0])
        if abs(d[1]) <= TOUCH_M:
            low, high = min(low, d[0]), max(high, d[0])
        if (c[1] > 0.0) != (d[1] > 0.0):
            at = c[0] + c[1] / (c[1] - d[1]) * (d[0] - c[0])
            low, high = min(low, at), max(high, at)
        return low - _MARGIN_M, high + _MARGIN_M
    # A circle about each end, and the two sides of the band between them.
    if abs(c[1]) < clear:
        half = np.sqrt(clear * clear - c[1] * c[1])
        low, high = min(low, c[0] - half), max(high, c[0] + half)
    if abs(d[1]) < clear:
        half = np.sqrt(clear * clear - d[1] * d[1])
        low, high = min(low, d[0] - half), max(high, d[0] + half)
    ex, ey = d[0] - c[0], d[1] - c[1]
    size = np.hypot(ex, ey)
    for side in range(-1, 2, 2):
        ox, oy = -side * clear * ey / size, side * clear * ex / size
        from_c, from_d = c[1] + oy, d[1] + oy
        if (from_c > 0.0) != (from_d > 0.0):
            at = c[0] + ox + from_c / (from_c - from_d) * ex
            low, high = min(low, at), max(high, at)
    return low, high


@kernel
def nearest_exposed(
    index: Index,
    s: int,
    place: tuple[float, float],
    size: tuple[float, float, float, float],
    shut: Floats,
) -> tuple[float, float]:
    """
    Give where along a wall its exposed part is nearest to a place, and how near.

    Parameters
    ----------
    index
        Walls and their grid.
    s
        The wall.
    place
        The place.
    size
        Mounting depth, stand-off, how far a camera must keep from all other walls, and
        the distance beyond which the answer does not matter.
    shut
        Scratch of two columns.

    Returns
    -------
    tuple of float
        Metres from the wall's first end, and the distance: infinite where no part
        within the depth is exposed, -1 where ``shut`` is too short.

    Notes
    -----
    Two lines run before the wall: one close to it, one at the stand-off. Where other
    walls cross the first or come close to the second, they shut it. What is between is
    open or built over as a whole, and one place of it tells.
    """
    depth, stand_off, clear, bound = size
    x, y = place
    ax, ay = index.walls[s, 0] - x, index.walls[s, 1] - y
    wx = index.walls[s, 2] - index.walls[s, 0]
    wy = index.walls[s, 3] - index.walls[s, 1]
    length = np.hypot(wx, wy)
    wx /= length
    wy /= length
    # The building is on the right of the wall's way: its outward normal is to the left.
    nx, ny = -wy, wx
    off = abs(ax * nx + ay * ny)
    foot = -(ax * wx + ay * wy)
    if off > depth:
        return 0.0, np.inf
    half = np.sqrt(depth * depth - off * off)
    low, high = max(0.0, foot - half), min(length, foot + half)
    if low > high:
        return 0.0, np.inf
    at = min(max(foot, low), high)
    if np.hypot(at - foot, off) >= bound:
        return 0.0, np.inf

    count = 0
    mx, my = x + ax + at * wx, y + ay + at * wy
    reach = max(high - at, at - low) + 2.0 * stand_off + TOUCH_M
    i0, i1, j0, j1 = box(mx, my, reach, index)
    for line in range(2):
        ahead = _FRONT_M if line == 0 else stand_off
        keep = 0.0 if line == 0 else clear
        lx, ly = x + ax + ahead * nx, y + ay + ahead * ny
        for j in range(j0, j1 + 1):
            for i in range(i0, i1 + 1):
                k = j * index.nx + i
                for n in range(index.ptr[k], index.ptr[k + 1]):
                    s2 = index.idx[n]
                    cx, cy = index.walls[s2, 0] - lx, index.walls[s2, 1] - ly
                    dx, dy = index.walls[s2, 2] - lx, index.walls[s2, 3] - ly
                    start, end = _shut(
                        (cx * wx + cy * wy, cx * nx + cy * ny),
                        (dx * wx + dy * wy, dx * nx + dy * ny),
                        keep,
                    )
                    if start > end or end < low or start > high:
                        continue
                    if count == len(shut):
                        return 0.0, -1.0
                    m = count
                    while m > 0 and shut[m - 1, 0] > start:
                        shut[m, 0], shut[m, 1] = shut[m - 1, 0], shut[m - 1, 1]
                        m -= 1
                    shut[m, 0], shut[m, 1] = start, end
                    count += 1

    best_at, best = 0.0, np.inf
    start = low
    for n in range(count + 1):
        end = high if n == count else shut[n, 0]
        if start <= end:
            at = min(max(foot, start), end)
            distance = np.hypot(at - foot, off)
            if distance < min(best, bound):
                ex, ey = x + ax + at * wx, y + ay + at * wy
                beyond = (_FRONT_M * nx, _FRONT_M * ny)
                stand = (stand_off * nx, stand_off * ny)
                if _front(index, (ex, ey), beyond, stand) == 2:
                    best_at, best = at, distance
        if n < count:
            start = max(start, shut[n, 1])
    return best_at, best


@kernel
def take_first(keys: Floats) -> bool:
    """Tell whether the candidate of row 0 comes before that of row 1, and keep it."""
    for n in range(keys.shape[1]):
        if keys[0, n] > keys[1, n]:
            return False
        if keys[0, n] < keys[1, n]:
            for m in range(n, keys.shape[1]):
                keys[1, m] = keys[0, m]
            return True
    return False


@kernel
def way_out(
    index: Index,
    place: tuple[float, float],
    way: tuple[float, float],
    sizes: tuple[float, float],
    keys: Floats,
) -> tuple[int, float]:
    """
    Give the exposed wall by which the ray along the bearing first leaves, and where.

    ``keys`` is scratch of two rows.
    """
    x, y = place
    ux, uy = way
    depth, stand_off = sizes
    best, best_at = -1, 0.0
    keys[1, 0] = np.inf
    reach = depth + TOUCH_M
    i0, i1, j0, j1 = box(x, y, reach, index)
    for j in range(j0, j1 + 1):
        for i in range(i0, i1 + 1):
            k = j * index.nx + i
            for n in range(index.ptr[k], index.ptr[k + 1]):
                s = index.idx[n]
                ax, ay = index.walls[s, 0] - x, index.walls[s, 1] - y
                wx = index.walls[s, 2] - index.walls[s, 0]
                wy = index.walls[s, 3] - index.walls[s, 1]
                length = np.hypot(wx, wy)
                wx /= length
                wy /= length
                nx, ny = -wy, wx
                align = ux * nx + uy * ny
                if align <= 1e-6:
                    continue
                t = (ax * nx + ay * ny) / align
                if t < -TOUCH_M or t > depth:
                    continue
                at = (t * ux - ax) * wx + (t * uy - ay) * wy
                if at < -TOUCH_M or at > length + TOUCH_M:
                    continue
                at = min(max(at, 0.0), length)
                fx, fy = x + ax + at * wx, y + ay + at * wy
                keys[0, 0] = np.round(t / TOUCH_M)
                if keys[0, 0] > keys[1, 0]:
                    continue
                # Off the wall along the bearing: a ray that only comes out to run along
                # another wall has not left.
                off = _FRONT_M / align
                stand = (stand_off * nx, stand_off * ny)
                front = _front(index, (fx, fy), (off * ux, off * uy), stand)
                if front == 0:
                    continue
                keys[0, 1] = 2.0 - front
                keys[0, 2] = -np.round(align * 1e9)
                keys[0, 3] = -np.round(length / TOUCH_M)
                keys[0, 4] = fx
                keys[0, 5] = fy
                keys[0, 6] = index.rank[index.owner[s]]
                if take_first(keys):
                    best, best_at = s, at
    # Only the first way out counts. With no room before it, there is none.
    if best >= 0 and keys[1, 1] > 0.0:
        best = -1
    return best, best_at


@kernel
def is_corner(index: Index, s: int, fx: float, fy: float, stand_off: float) -> bool:
    """Tell whether another exposed facade meets this one within the stand-off."""
    ax, ay = index.walls[s, 0] - fx, index.walls[s, 1] - fy
    wx = index.walls[s, 2] - index.walls[s, 0]
    wy = index.walls[s, 3] - index.walls[s, 1]
    length = np.hypot(wx, wy)
    i0, i1, j0, j1 = box(fx, fy, stand_off, index)
    for j in range(j0, j1 + 1):
        for i in range(i0, i1 + 1):
            k = j * index.nx + i
            for n in range(index.ptr[k], index.ptr[k + 1]):
                s2 = index.idx[n]
                vx = index.walls[s2, 2] - index.walls[s2, 0]
                vy = index.walls[s2, 3] - index.walls[s2, 1]
                size = np.hypot(vx, vy)
                if wx * vx + wy * vy >= _SAME_WAY * length * size:
                    continue
                # Where it ends on the line of this facade, if it does.
                for end in range(2):
                    ex = index.walls[s2, 2 * end] - fx
                    ey = index.walls[s2, 2 * end + 1] - fy
                    off = abs(wx * (ey - ay) - wy * (ex - ax))
                    if off > TOUCH_M * length or np.hypot(ex, ey) > stand_off:
                        continue
                    # A little way along it and before it: is that open air?
                    along = min(_MARGIN_M, 0.5 * size) * (1.0 - 2.0 * end) / size
                    px = fx + ex + along * vx - _FRONT_M * vy / size
                    py = fy + ey + along * vy + _FRONT_M * vx / size
                    if winding(px, py, index) <= 0:
                        return True
    return False
