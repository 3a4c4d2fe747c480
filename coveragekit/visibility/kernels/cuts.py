"""Cuts of a footprint: what its planes and its dead zone take from an isovist."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from coveragekit.visibility.jit import kernel
from coveragekit.visibility.kernels.grid import TOUCH_M

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["COLUMNS", "NEAR", "PLANES", "PLANE_COUNT", "cut_away", "cut_rings"]

# Columns of the cameras' rows: how many planes cut, the radius of the dead zone, and
# the planes (a, b, c): a place (x, y) from the camera is kept where a x + b y <= c.
PLANE_COUNT = 11
NEAR = 12
PLANES = 13
COLUMNS = PLANES + 12
# Squared metres within which two vertices are one.
_SAME = 1e-14
# Squared metres within which two vertices are so close that rounding may spoil a ring.
_CLOSE = 1e-8
# A piece of a smaller area than this, square metres, is left out.
_SPECK = 1e-9


@kernel
def cut_away(eyes: Floats, camera: int, dx: float, dy: float) -> bool:
    """Tell whether a step from a camera ends where its picture does not show it."""
    near = eyes[camera, NEAR] - TOUCH_M
    if near > 0.0 and dx * dx + dy * dy < near * near:
        return True
    at = PLANES
    for _ in range(int(eyes[camera, PLANE_COUNT])):
        if eyes[camera, at] * dx + eyes[camera, at + 1] * dy > (
            eyes[camera, at + 2] + TOUCH_M
        ):
            return True
        at += 3
    return False


@kernel
def _keep(ring: Floats, count: int, a: float, b: float, c: float, made: Floats) -> int:
    """
    Write what a half plane with the camera in it keeps of a ring; give how much.

    Round the camera the ring turns but one way, so that what is left is one ring too.
    """
    used = 0
    px, py = ring[count - 1, 0], ring[count - 1, 1]
    before = a * px + b * py - c
    for n in range(count):
        qx, qy = ring[n, 0], ring[n, 1]
        after = a * qx + b * qy - c
        if (before > 0.0) != (after > 0.0):
            share = before / (before - after)
            made[used, 0] = px + share * (qx - px)
            made[used, 1] = py + share * (qy - py)
            used += 1
        if after <= 0.0:
            made[used, 0], made[used, 1] = qx, qy
            used += 1
        px, py, before = qx, qy, after
    return used


@kernel
def _inside(
    lines: Floats, far: int, near: float, p: Floats, q: Floats, spans: Floats
) -> int:
    """
    Write which shares of a step from p to q the far lines and the dead zone leave.

    Returns
    -------
    int
        How many spans: none, one, or two either side of the dead zone.
    """
    low, high = 0.0, 1.0
    for k in range(far):
        a, b, c = lines[k, 0], lines[k, 1], lines[k, 2]
        before = a * p[0] + b * p[1] - c
        after = a * q[0] + b * q[1] - c
        if before > 0.0 and after > 0.0:
            return 0
        if before > 0.0:
            low = max(low, before / (before - after))
        elif after > 0.0:
            high = min(high, before / (before - after))
    if low >= high:
        return 0
    spans[0, 0], spans[0, 1] = low, high
    if near <= 0.0:
        return 1
    dx, dy = q[0] - p[0], q[1] - p[1]
    size = dx * dx + dy * dy
    if size <= 0.0:
        return 1 if p[0] * p[0] + p[1] * p[1] >= near * near else 0
    along = -(p[0] * dx + p[1] * dy) / size
    root = along * along - (p[0] * p[0] + p[1] * p[1] - near * near) / size
    if root <= 0.0:
        return 1
    half = np.sqrt(root)
    many = 0
    for side in range(2):
        start = low if side == 0 else max(low, along + half)
        end = min(high, along - half) if side == 0 else high
        if start < end:
            spans[many, 0], spans[many, 1] = start, end
            many += 1
    return many


@kernel
def _corners_of(lines: Floats, far: int, found: Floats) -> int:
    """Give the corners where lines that the camera is beyond cross, and how many."""
    many = 0
    for i in range(far):
        for j in range(i + 1, far):
            cross = lines[i, 0] * lines[j, 1] - lines[i, 1] * lines[j, 0]
            if abs(cross) < 1e-12:
                continue
            x = (lines[i, 2] * lines[j, 1] - lines[j, 2] * lines[i, 1]) / cross
            y = (lines[j, 2] * lines[i, 0] - lines[i, 2] * lines[j, 0]) / cross
            kept = True
            for k in range(far):
                off = lines[k, 0] * x + lines[k, 1] * y - lines[k, 2]
                if k not in (i, j) and off > 0.0:
                    kept = False
            if kept:
                found[many, 0], found[many, 1] = x, y
                many += 1
    return many


@kernel
def _walk_back(
    piece: Floats, used: int, corners: Floats, many: int, near: float, step: float
) -> int:
    """Close a piece along the near side of the view, from its end to its start."""
    if used == 0:
        return 0
    sx, sy = piece[0, 0], piece[0, 1]
    x, y = piece[used - 1, 0], piece[used - 1, 1]
    if near > 0.0:
        turn = np.arctan2(sx * y - sy * x, sx * x + sy * y)
        # A piece of no width may seem to run backwards.
        if turn < -1e-9:
            turn += 2.0 * np.pi
        begin = np.arctan2(y, x)
        steps = int(np.ceil(turn / step))
        for n in range(1, steps):
            angle = begin - turn * n / steps
            piece[used, 0], piece[used, 1] = near * np.cos(angle), near * np.sin(angle)
            used += 1
        return used
    while True:
        best = -1
        for n in range(many):
            cx, cy = corners[n, 0], corners[n, 1]
            if cx * y - cy * x <= 1e-12 or sx * cy - sy * cx <= 1e-12:
                continue
            if best < 0 or corners[best, 0] * cy - corners[best, 1] * cx > 0.0:
                best = n
        if best < 0:
            return used
        x, y = corners[best, 0], corners[best, 1]
        piece[used, 0], piece[used, 1] = x, y
        used += 1


@kernel
def _note(
    piece: Floats,
    size: int,
    place: tuple[float, float],
    camera: int,
    out: Floats,
    at: int,
    made: NDArray[np.int64],
    used: int,
) -> tuple[int, int]:
    """Write a closed ring without repeated vertices, unless nothing is left of it."""
    begin = at
    doubt = 0
    for n in range(size):
        x, y = piece[n, 0], piece[n, 1]
        if at > begin:
            gap = (out[at - 1, 0] - place[0] - x) ** 2
            gap += (out[at - 1, 1] - place[1] - y) ** 2
            if gap < _SAME:
                continue
            doubt = 1 if gap < _CLOSE else doubt
        out[at, 0], out[at, 1] = x + place[0], y + place[1]
        at += 1
    while at - begin > 1:
        gap = (out[at - 1, 0] - out[begin, 0]) ** 2
        gap += (out[at - 1, 1] - out[begin, 1]) ** 2
        if gap >= _SAME:
            doubt = 1 if gap < _CLOSE else doubt
            break
        at -= 1
    area = 0.0
    for n in range(begin + 1, at - 1):
        ax, ay = out[n, 0] - out[begin, 0], out[n, 1] - out[begin, 1]
        bx, by = out[n + 1, 0] - out[begin, 0], out[n + 1, 1] - out[begin, 1]
        area += 0.5 * (ax * by - ay * bx)
    if area < _SPECK:
        return begin, used
    out[at, 0], out[at, 1] = out[begin, 0], out[begin, 1]
    made[used, 0], made[used, 1] = at + 1, camera
    made[used, 2], made[used, 3] = 0, doubt
    return at + 1, used + 1


@kernel
def cut_rings(
    eyes: Floats,
    rings: Floats,
    ends: NDArray[np.int64],
    first: int,
    chord: float,
    work: Floats,
    out: Floats,
    made: NDArray[np.int64],
) -> tuple[int, int, int]:
    """
    Write what planes and dead zones leave of isovists, from camera ``first`` on.

    Long on purpose, as its steps share the state of the walk round a ring.

    Parameters
    ----------
    eyes
        Cameras, as :func:`isovist_rings` takes them, with the columns of this module.
    rings, ends
        What :func:`isovist_rings` wrote.
    first
        The camera to start with.
    chord
        How far a chord of the dead zone's arc may lie inside it, metres.
    work
        Scratch, shape ``(2, w, 2)``.
    out
        Where the vertices go, shape ``(v, 2)``.
    made
        One row per ring: where it ends in ``out``, its camera, 1 for a hole (of the
        ring before it), 1 where its validity should be checked; shape ``(r, 4)``.

    Returns
    -------
    tuple of int
        The camera that was not finished (the number of cameras when all are done), how
        many rings there are in ``made``, and why it stopped: 0 done, 1 one of the three
        arrays is too short.

    Notes
    -----
    An isovist turns round its camera one way. Half planes with the camera in them leave
    one ring. Those without it and the dead zone cut away all up to a curve that turns
    the same way: every stretch of the ring beyond that curve is a piece of its own,
    closed along the curve. With neither, or with no wall nearer than the dead zone, a
    camera that sees all round has a hole.
    """
    lines = np.empty((4, 3))
    corners = np.empty((6, 2))
    spans = np.empty((2, 2))
    used, at = 0, 0
    for camera in range(first, eyes.shape[0]):
        start = ends[camera - 1] if camera > 0 else 0
        count = ends[camera] - start - 1
        if count < 3:
            continue
        near = eyes[camera, NEAR]
        step = np.pi / 6.0
        if near > chord:
            step = min(step, max(2.0 * np.arccos(1.0 - chord / near), 1e-4))
        arc = int(2.0 * np.pi / step) + 2
        room = 16 * count + 64
        if work.shape[1] < 2 * room + arc or out.shape[0] - at < 6 * room + 2 * arc:
            return camera, used, 1
        if made.shape[0] - used < room:
            return camera, used, 1
        place = (eyes[camera, 0], eyes[camera, 1])
        ring, other = work[0], work[1]
        for n in range(count):
            ring[n, 0] = rings[start + n, 0] - place[0]
            ring[n, 1] = rings[start + n, 1] - place[1]

        far = 0
        for k in range(int(eyes[camera, PLANE_COUNT])):
            a = eyes[camera, PLANES + 3 * k]
            b = eyes[camera, PLANES + 3 * k + 1]
            c = eyes[camera, PLANES + 3 * k + 2]
            if c < -TOUCH_M:
                lines[far, 0], lines[far, 1], lines[far, 2] = a, b, c
                far += 1
            else:
                count = _keep(ring, count, a, b, max(c, 0.0), other)
                ring, other = other, ring
        if count < 3:
            continue
        if far == 0 and near <= 0.0:
            at, used = _note(ring, count, place, camera, out, at, made, used)
            continue

        # Start where the view does not begin yet: at the camera itself for a wedge.
        begin, most = -1, 0.0
        for n in range(count):
            x, y = ring[n, 0], ring[n, 1]
            off = near * near - x * x - y * y if far == 0 else -np.inf
            for k in range(far):
                off = max(off, lines[k, 0] * x + lines[k, 1] * y - lines[k, 2])
            if off > most:
                most, begin = off, n
        shift = 0.0
        if begin < 0 and far == 0:
            # No vertex is that close; perhaps the middle of an edge is.
            for n in range(count):
                m = n + 1 if n + 1 < count else 0
                if _inside(lines, 0, near, ring[n], ring[m], spans) == 2:
                    begin, shift = n, 0.5 * (spans[0, 1] + spans[1, 0])
                    break
        if begin < 0:
            at, used = _note(ring, count, place, camera, out, at, made, used)
            if near > 0.0:
                steps = max(int(np.ceil(2.0 * np.pi / step)), 6)
                for n in range(steps + 1):
                    angle = 2.0 * np.pi * (n % steps) / steps
                    out[at, 0] = place[0] + near * np.cos(angle)
                    out[at, 1] = place[1] + near * np.sin(angle)
                    at += 1
                made[used, 0], made[used, 1], made[used, 2] = at, camera, 1
                made[used, 3] = made[used - 1, 3]
                used += 1
            continue

        many = _corners_of(lines, far, corners)
        size = 0
        # An edge cut at the start is walked twice: its end first, its beginning last.
        for n in range(count + (1 if shift > 0.0 else 0)):
            i = (begin + n) % count
            j = (i + 1) % count
            found = _inside(lines, far, near, ring[i], ring[j], spans)
            if found == 0 or spans[0, 0] > 0.0:
                size = _walk_back(other, size, corners, many, near, step)
                at, used = _note(other, size, place, camera, out, at, made, used)
                size = 0
            for s in range(found):
                low, high = spans[s, 0], spans[s, 1]
                if shift > 0.0 and n == 0 and high <= shift:
                    continue
                if shift > 0.0 and n == count and low >= shift:
                    continue
                dx, dy = ring[j, 0] - ring[i, 0], ring[j, 1] - ring[i, 1]
                if size == 0:
                    other[0, 0] = ring[i, 0] + low * dx
                    other[0, 1] = ring[i, 1] + low * dy
                    size = 1
                other[size, 0] = ring[i, 0] + high * dx
                other[size, 1] = ring[i, 1] + high * dy
                size += 1
                if high < 1.0:
                    size = _walk_back(other, size, corners, many, near, step)
                    at, used = _note(other, size, place, camera, out, at, made, used)
                    size = 0
        size = _walk_back(other, size, corners, many, near, step)
        at, used = _note(other, size, place, camera, out, at, made, used)
    return eyes.shape[0], used, 0
