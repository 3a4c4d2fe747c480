"""Isovists: what walls leave of each camera's sector, exactly, as rings of vertices."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from coveragekit.visibility.jit import kernel
from coveragekit.visibility.kernels.grid import Index

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int32]

__all__ = ["BINS", "bin_edges", "isovist_rings", "pseudo_angle"]

BINS = 256
_PER_TURN = BINS / 4.0
# Intervals narrower than this (about radians) are left out: cracks between outlines
# that should touch, and radial edges that would cross once rounded to map coordinates.
_NARROW = 1e-8
_TIE = 1e-9


def bin_edges() -> Floats:
    """
    Give the unit direction of the lower edge of each bin of the angular depth buffer.

    Returns
    -------
    numpy.ndarray
        Shape ``(BINS + 1, 2)``; the last row is the first again.

    Examples
    --------
    >>> bin_edges()[0]
    array([1., 0.])
    """
    k = np.arange(BINS + 1) / _PER_TURN
    x = np.where(k <= 2.0, 1.0 - k, k - 3.0)
    y = np.where(k <= 2.0, 1.0, -1.0) * (1.0 - np.abs(x))
    edges = np.stack([x, y], axis=1)
    made: Floats = edges / np.hypot(x, y)[:, None]
    return made


@kernel
def pseudo_angle(x: float, y: float) -> float:
    """Give a number that grows with the angle of (x, y), from 0 to below 4."""
    if y >= 0.0:
        return 1.0 - x / (abs(x) + y)
    k = 3.0 + x / (abs(x) - y)
    return k if k < 4.0 else 0.0


@kernel
def _hidden(first: int, last: int, inverse: float, depth: Floats) -> bool:
    """Tell whether the bins first to last all end nearer than 1 / inverse."""
    j = first
    while True:
        if depth[j] <= inverse:
            return False
        if j == last:
            return True
        j = (j + 1) & (BINS - 1)


@kernel
def _block_hidden(
    left: float, low: float, right: float, high: float, depth: Floats
) -> bool:
    """Tell whether a rectangle beside the camera is hidden, from its two silhouettes."""
    if left > 0.0:
        ax, ay = left, low
        bx, by = left, high
        if low > 0.0:
            ax = right
        elif high < 0.0:
            bx = right
    elif right < 0.0:
        ax, ay = right, high
        bx, by = right, low
        if low > 0.0:
            bx = left
        elif high < 0.0:
            ax = left
    elif low > 0.0:
        ax, ay = right, low
        bx, by = left, low
    else:
        ax, ay = left, high
        bx, by = right, high
    dx = max(left, 0.0, -right)
    dy = max(low, 0.0, -high)
    first = int(pseudo_angle(ax, ay) * _PER_TURN)
    last = int(pseudo_angle(bx, by) * _PER_TURN)
    return _hidden(first, last, 1.0 / np.sqrt(dx * dx + dy * dy), depth)


@kernel
def _sort_events(keys: Floats, what: Ints, count: int) -> None:
    """Sort events by key, in place (shellsort: there are few)."""
    gap = 1
    while gap < count // 3:
        gap = 3 * gap + 1
    while gap > 0:
        for n in range(gap, count):
            key, value = keys[n], what[n]
            m = n
            while m >= gap and keys[m - gap] > key:
                keys[m] = keys[m - gap]
                what[m] = what[m - gap]
                m -= gap
            keys[m] = key
            what[m] = value
        gap //= 3


@kernel
def isovist_rings(
    index: Index,
    eyes: Floats,
    opaque: NDArray[np.uint8],
    first: int,
    edges: Floats,
    stamp: Ints,
    found: Floats,
    out: Floats,
    ends: NDArray[np.int64],
    suspect: NDArray[np.uint8],
) -> tuple[int, int]:
    """
    Write the isovist ring of each camera from ``first`` on, until done or full.

    Long on purpose: the pieces share two dozen values per wall, and splitting costs a
    fifth of the speed.

    Parameters
    ----------
    index
        Walls and their grid.
    eyes
        Per camera: x, y, range, start direction x, y, end direction x, y (unit,
        counter-clockwise from start to end), 1 if the whole circle, cosine and sine of
        the arc step; shape ``(n, 10)``.
    opaque
        Per camera: 0 walls hide from outside (front faces), 1 from both sides, 2 it
        sees nothing.
    first
        The camera to start with.
    edges
        Of :func:`bin_edges`.
    stamp
        Scratch, one per wall, holding no number ``>= first``.
    found
        Scratch for the walls met, shape ``(m, 9)``.
    out
        Where the vertices go, shape ``(v, 2)``, in map coordinates.
    ends
        Per camera: where its ring ends in ``out``.
    suspect
        Per camera: 1 where a piece of the ring is so short that rounding could have
        spoilt it, so that its validity should be checked.

    Returns
    -------
    tuple of int
        The camera that was not finished (``n`` when all are done), and why: 0 done,
        1 ``out`` is full, 2 ``found`` is full.

    Notes
    -----
    Walls are met near to far through a quadtree over the grid, front to back, so that
    what comes later cannot hide what came before. An angular buffer of inverse depths
    drops blocks and walls that are wholly hidden. What is left is swept: between two
    successive ends of walls the set of walls does not change, and the nearest is the
    one whose dual vector ``w`` (``w . p = 1`` on the wall's line) has the largest
    product with the direction. It is verified at both ends of the interval, which is
    split where overlapping walls cross.
    """
    depth = np.empty(BINS, np.float64)
    stack = np.empty((4 * len(index.level_at) + 4, 3), np.int32)
    limit = found.shape[0]
    order = np.empty(limit, np.int32)
    keys = np.empty(2 * limit + 8, np.float64)
    what = np.empty(2 * limit + 8, np.int32)
    active = np.empty(limit, np.int32)
    top_level = len(index.level_at) - 2
    walls = index.walls
    room = out.shape[0]
    at = ends[first - 1] if first > 0 else 0

    for camera in range(first, eyes.shape[0]):
        if opaque[camera] == 2:
            ends[camera] = at
            continue
        cx, cy, reach = eyes[camera, 0], eyes[camera, 1], eyes[camera, 2]
        sx, sy = eyes[camera, 3], eyes[camera, 4]
        ex, ey = eyes[camera, 5], eyes[camera, 6]
        full = eyes[camera, 7] > 0.0
        step_cos, step_sin = eyes[camera, 8], eyes[camera, 9]
        both = opaque[camera] == 1
        reach2 = reach * reach
        ring_at = at

        # The depth buffer: open to the range inside the field of view, else closed.
        k_start, span = 0.0, 4.0
        if full:
            depth[:] = 1.0 / reach
        else:
            k_start = pseudo_angle(sx, sy)
            k_end = pseudo_angle(ex, ey)
            span = k_end - k_start
            if span <= 0.0:
                span += 4.0
            depth[:] = np.inf
            j = int(k_start * _PER_TURN)
            stop = int(k_end * _PER_TURN)
            if span > 3.9 and stop == j:
                depth[:] = 1.0 / reach
            while True:
                depth[j] = 1.0 / reach
                if j == stop:
                    break
                j = (j + 1) & (BINS - 1)

        # Pass 1: gather walls, near to far.
        met = 0
        stack[0, 0], stack[0, 1], stack[0, 2] = top_level, 0, 0
        height = 1
        while height > 0:
            height -= 1
            level, j, i = stack[height, 0], stack[height, 1], stack[height, 2]
            across = ((index.nx - 1) >> level) + 1
            if index.pyramid[index.level_at[level] + j * across + i] == 0:
                continue
            side = index.cell * (1 << level)
            left = index.x0 + i * side - cx
            low = index.y0 + j * side - cy
            right, high = left + side, low + side
            dx = max(left, 0.0, -right)
            dy = max(low, 0.0, -high)
            if dx * dx + dy * dy >= reach2:
                continue
            outside = dx > 0.0 or dy > 0.0
            if outside and _block_hidden(left, low, right, high, depth):
                continue
            if level > 0:
                # Children pushed far to near. The camera's side of the middle lines
                # decides: a ray never comes back over one of them.
                up = ((index.ny - 1) >> (level - 1)) + 1
                across = ((index.nx - 1) >> (level - 1)) + 1
                near_i = 1 if left + 0.5 * side < 0.0 else 0
                near_j = 1 if low + 0.5 * side < 0.0 else 0
                for n in range(4):
                    ci = 2 * i + (near_i if n >= 2 else 1 - near_i)
                    cj = 2 * j + (near_j if n % 2 == 1 else 1 - near_j)
                    if ci < across and cj < up:
                        stack[height, 0] = level - 1
                        stack[height, 1] = cj
                        stack[height, 2] = ci
                        height += 1
                continue
            k = j * index.nx + i
            for n in range(index.ptr[k], index.ptr[k + 1]):
                s = index.idx[n]
                if stamp[s] == camera:
                    continue
                stamp[s] = camera
                ax, ay = walls[s, 0] - cx, walls[s, 1] - cy
                bx, by = walls[s, 2] - cx, walls[s, 3] - cy
                c = ax * by - ay * bx
                if both and c < 0.0:
                    ax, ay, bx, by, c = bx, by, ax, ay, -c
                if c <= 1e-12:
                    continue
                wx, wy = bx - ax, by - ay
                length2 = wx * wx + wy * wy
                along = -(ax * wx + ay * wy)
                a2, b2 = ax * ax + ay * ay, bx * bx + by * by
                foot2 = c * c / length2
                near2 = foot2
                if along <= 0.0:
                    near2 = a2
                elif along >= length2:
                    near2 = b2
                if near2 >= reach2:
                    continue
                if a2 > reach2 or b2 > reach2:
                    middle = along / length2
                    half = np.sqrt((reach2 - foot2) / length2)
                    px, py = ax, ay
                    if a2 > reach2:
                        ax = px + (middle - half) * wx
                        ay = py + (middle - half) * wy
                    if b2 > reach2:
                        bx = px + (middle + half) * wx
                        by = py + (middle + half) * wy
                ka, kb = pseudo_angle(ax, ay), pseudo_angle(bx, by)
                width = kb - ka
                if width < 0.0:
                    width += 4.0
                # No wall spans half a turn; one that seems to is a rounded sliver.
                if width < 1e-10 or width > 2.0 + 1e-9:
                    continue
                ra, rb = ka - k_start, kb - k_start
                if ra < 0.0:
                    ra += 4.0
                if rb < 0.0:
                    rb += 4.0
                if ra <= rb and ra >= span:
                    continue
                ja, jb = int(ka * _PER_TURN), int(kb * _PER_TURN)
                inverse = 1.0 / np.sqrt(near2)
                if _hidden(ja, jb, inverse, depth):
                    continue
                dual_x, dual_y = wy / c, -wx / c
                if ja != jb:
                    j2 = (ja + 1) & (BINS - 1)
                    here = dual_x * edges[j2, 0] + dual_y * edges[j2, 1]
                    while j2 != jb:
                        ahead = dual_x * edges[j2 + 1, 0] + dual_y * edges[j2 + 1, 1]
                        least = here if here < ahead else ahead
                        if least > depth[j2]:
                            depth[j2] = least
                        here = ahead
                        j2 = (j2 + 1) & (BINS - 1)
                if met == limit:
                    return camera, 2
                found[met, 0], found[met, 1] = ra, rb
                found[met, 2], found[met, 3] = dual_x, dual_y
                found[met, 4], found[met, 5] = ax, ay
                found[met, 6], found[met, 7] = bx, by
                found[met, 8] = inverse
                order[met] = ja * BINS + jb
                met += 1

        # Pass 2: drop what turned out hidden; list the ends of what is left.
        events = 0
        on = 0
        for n in range(met):
            if _hidden(order[n] // BINS, order[n] % BINS, found[n, 8], depth):
                continue
            ra, rb = found[n, 0], found[n, 1]
            if ra > rb:
                active[on] = n
                on += 1
            if ra < span:
                keys[events], what[events] = ra, 2 * n
                events += 1
            if rb < span:
                keys[events], what[events] = rb, 2 * n + 1
                events += 1
        for quarter in range(1, 4):
            if quarter < span:
                keys[events], what[events] = float(quarter), -quarter
                events += 1
        _sort_events(keys, what, events)
        keys[events], what[events] = span, -4
        events += 1

        # Pass 3: sweep. A ring has at most two vertices per change of wall.
        ux, uy, k_u = sx, sy, 0.0
        last_x, last_y = sx, sy
        start_x, start_y = 0.0, 0.0
        arc_x, arc_y = 0.0, 0.0
        now = -2
        doubt = 0
        for event in range(events):
            code = what[event]
            if code >= 0:
                n = code // 2
                vx, vy = found[n, 4], found[n, 5]
                if code % 2 == 1:
                    vx, vy = found[n, 6], found[n, 7]
                size = abs(vx) + abs(vy)
                vx /= size
                vy /= size
            elif code == -1:
                vx, vy = -sy, sx
            elif code == -2:
                vx, vy = -sx, -sy
            elif code == -3:
                vx, vy = sy, -sx
            else:
                vx, vy = ex, ey

            if keys[event] - k_u > _NARROW:
                end_x, end_y = vx, vy
                tries = 0
                while True:
                    vx, vy = end_x, end_y
                    best = -1
                    if on > 0:
                        mx, my = ux + vx, uy + vy
                        top = 0.0
                        for m in range(on):
                            n = active[m]
                            value = found[n, 2] * mx + found[n, 3] * my
                            if value > top:
                                top = value
                                best = n
                    # Split where a wall that is nearer at one end crosses the nearest.
                    again = best >= 0 and on > 1
                    while again:
                        again = False
                        bx, by = found[best, 2], found[best, 3]
                        at_u = (bx * ux + by * uy) * (1.0 + _TIE)
                        at_v = (bx * vx + by * vy) * (1.0 + _TIE)
                        for m in range(on):
                            n = active[m]
                            wx, wy = found[n, 2], found[n, 3]
                            if wx * ux + wy * uy <= at_u and wx * vx + wy * vy <= at_v:
                                continue
                            tx, ty = by - wy, wx - bx
                            if tx * (ux + vx) + ty * (uy + vy) < 0.0:
                                tx, ty = -tx, -ty
                            size = abs(tx) + abs(ty)
                            tx /= size
                            ty /= size
                            if (
                                ux * ty - uy * tx > _NARROW
                                and tx * vy - ty * vx > _NARROW
                                and tries < 64 + 8 * on
                            ):
                                tries += 1
                                vx, vy = tx, ty
                                mx, my = ux + vx, uy + vy
                                top = 0.0
                                for m2 in range(on):
                                    n2 = active[m2]
                                    value = found[n2, 2] * mx + found[n2, 3] * my
                                    if value > top:
                                        top = value
                                        best = n2
                                again = True
                                break

                    # Emit the interval from u to v.
                    if at + 8 > room:
                        return camera, 1
                    if best != now:
                        if now != -2:
                            if now >= 0:
                                size = found[now, 2] * last_x + found[now, 3] * last_y
                            else:
                                size = np.sqrt(last_x**2 + last_y**2) / reach
                            px, py = last_x / size, last_y / size
                            gap = (px - start_x) ** 2 + (py - start_y) ** 2
                            if gap > 1e-18:
                                out[at, 0], out[at, 1] = px + cx, py + cy
                                at += 1
                            if gap < 1e-12:
                                doubt = 1
                        if best >= 0:
                            size = found[best, 2] * ux + found[best, 3] * uy
                        else:
                            size = np.sqrt(ux * ux + uy * uy) / reach
                        start_x, start_y = ux / size, uy / size
                        close = False
                        if at > ring_at:
                            gap = (out[at - 1, 0] - cx - start_x) ** 2
                            gap += (out[at - 1, 1] - cy - start_y) ** 2
                            close = gap < 1e-14
                        if not close:
                            out[at, 0], out[at, 1] = start_x + cx, start_y + cy
                            at += 1
                        arc_x, arc_y = start_x, start_y
                        now = best
                    if best < 0:
                        while True:
                            tx = arc_x * step_cos - arc_y * step_sin
                            ty = arc_x * step_sin + arc_y * step_cos
                            # Not if it would end up beside the end of the interval.
                            if tx * vy - ty * vx <= 1e-6 * reach:
                                break
                            if at + 8 > room:
                                return camera, 1
                            out[at, 0], out[at, 1] = tx + cx, ty + cy
                            at += 1
                            arc_x, arc_y = tx, ty
                    last_x, last_y = vx, vy
                    if tries == 0 or (vx == end_x and vy == end_y):
                        break
                    ux, uy = vx, vy

            if code >= 0:
                n = code // 2
                if code % 2 == 0:
                    active[on] = n
                    on += 1
                else:
                    for m in range(on):
                        if active[m] == n:
                            on -= 1
                            active[m] = active[on]
                            break
            ux, uy, k_u = vx, vy, keys[event]

        # Close: the end of the last piece, the camera of a wedge, the first vertex.
        if now != -2:
            if now >= 0:
                size = found[now, 2] * last_x + found[now, 3] * last_y
            else:
                size = np.sqrt(last_x**2 + last_y**2) / reach
            px, py = last_x / size, last_y / size
            if (px - start_x) ** 2 + (py - start_y) ** 2 < 1e-12:
                doubt = 1
            close = False
            if full:
                gap = (out[ring_at, 0] - cx - px) ** 2
                gap += (out[ring_at, 1] - cy - py) ** 2
                close = gap < 1e-14
            if not close:
                out[at, 0], out[at, 1] = px + cx, py + cy
                at += 1
            if not full:
                out[at, 0], out[at, 1] = cx, cy
                at += 1
            if at - ring_at < 3:
                at = ring_at
            else:
                out[at, 0], out[at, 1] = out[ring_at, 0], out[ring_at, 1]
                at += 1
        suspect[camera] = doubt
        ends[camera] = at
    return eyes.shape[0], 0
