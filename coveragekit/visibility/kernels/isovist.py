"""Isovists: what walls leave of each camera's sector, exactly, as rings of vertices."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from coveragekit.visibility.jit import kernel
from coveragekit.visibility.kernels.gather import BINS, gather, hidden, open_depth

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from coveragekit.visibility.kernels.grid import Index

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int32]

__all__ = ["isovist_rings"]

# Intervals narrower than this (about radians) are left out: cracks between outlines
# that should touch, and radial edges that would cross once rounded to map coordinates.
_NARROW = 1e-8
_TIE = 1e-9
_BUCKETS = 64
_PER_KEY = _BUCKETS / 4.0


@kernel
def _sort_events(
    keys: Floats, what: Ints, count: int, spare: Floats, spare_what: Ints, start: Ints
) -> None:
    """Sort the first events by key (0 to 4), in place: into buckets, then by moving."""
    for bucket in range(_BUCKETS + 1):
        start[bucket] = 0
    for n in range(count):
        spare[n], spare_what[n] = keys[n], what[n]
        start[int(keys[n] * _PER_KEY) + 1] += 1
    for bucket in range(_BUCKETS):
        start[bucket + 1] += start[bucket]
    for n in range(count):
        bucket = int(spare[n] * _PER_KEY)
        keys[start[bucket]], what[start[bucket]] = spare[n], spare_what[n]
        start[bucket] += 1
    for n in range(1, count):
        key, value = keys[n], what[n]
        m = n
        while m > 0 and keys[m - 1] > key:
            keys[m], what[m] = keys[m - 1], what[m - 1]
            m -= 1
        keys[m], what[m] = key, value


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

    Long on purpose, as its pieces share the state of the sweep.

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
    The walls that :func:`gather` lists, less those that turned out hidden, are swept:
    between two successive ends of walls the set of walls does not change, and the
    nearest is the one whose dual vector has the largest product with the direction. It
    is verified at both ends of the interval, which is split where overlapping walls
    cross.
    """
    depth = np.empty(BINS, np.float64)
    stack = np.empty((4 * len(index.level_at) + 4, 3), np.int32)
    limit = found.shape[0]
    bins = np.empty(limit, np.int32)
    keys = np.empty(2 * limit + 8, np.float64)
    what = np.empty(2 * limit + 8, np.int32)
    active = np.empty(limit, np.int32)
    spare = np.empty(2 * limit + 8, np.float64)
    spare_what = np.empty(2 * limit + 8, np.int32)
    start = np.empty(_BUCKETS + 2, np.int32)
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
        ring_at = at

        view = open_depth(eyes, camera, depth)
        met = gather(
            index,
            eyes,
            camera,
            1 if opaque[camera] == 1 else 0,
            view,
            camera,
            depth,
            edges,
            stack,
            stamp,
            found,
            bins,
        )
        if met < 0:
            return camera, 2
        span = view[1]

        # Drop what turned out hidden; list the ends of what is left.
        events = 0
        on = 0
        for n in range(met):
            if hidden(bins[n] // BINS, bins[n] % BINS, found[n, 8], depth):
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
        _sort_events(keys, what, events, spare, spare_what, start)
        keys[events], what[events] = span, -4
        events += 1

        # Sweep. A ring has at most two vertices per change of wall.
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
            out[at, 0], out[at, 1] = out[ring_at, 0], out[ring_at, 1]
            at += 1
        suspect[camera] = doubt
        ends[camera] = at
    return eyes.shape[0], 0
