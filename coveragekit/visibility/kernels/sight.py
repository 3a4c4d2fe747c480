"""Which camera sees which point: many points against many cameras."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from coveragekit.visibility.jit import kernel
from coveragekit.visibility.kernels.gather import (
    BINS,
    PER_TURN,
    block_hidden,
    gather,
    open_depth,
    pseudo_angle,
)
from coveragekit.visibility.kernels.grid import TOUCH_M
from coveragekit.visibility.kernels.lines import in_sector, is_blocked

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from coveragekit.visibility.kernels.grid import Index

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int32]

__all__ = ["seen_points", "sort_points", "transpose"]

# From this many points on it pays to gather a camera's walls first.
_MANY = 32
# What lies this far behind the depth of its bin is hidden for sure.
_SURE_M = 0.1


@kernel
def _reaches(
    eyes: Floats, camera: int, mx: float, my: float, half: float, wide: int
) -> bool:
    """Tell whether the sector of a camera may come to a square."""
    dx, dy = mx - eyes[camera, 0], my - eyes[camera, 1]
    gap_x, gap_y = max(abs(dx) - half, 0.0), max(abs(dy) - half, 0.0)
    reach = eyes[camera, 2] + TOUCH_M
    if gap_x * gap_x + gap_y * gap_y > reach * reach:
        return False
    if wide == 1:
        return True
    # A wedge of up to half a turn lies in two half planes.
    sx, sy = eyes[camera, 3], eyes[camera, 4]
    ex, ey = eyes[camera, 5], eyes[camera, 6]
    after = sx * dy - sy * dx + half * (abs(sx) + abs(sy)) >= -TOUCH_M
    before = dx * ey - dy * ex + half * (abs(ex) + abs(ey)) >= -TOUCH_M
    return bool(after and before)


@kernel
def _cells(
    eyes: Floats, camera: int, frame: Floats, shape: tuple[int, int]
) -> tuple[int, int, int, int]:
    """Give the cells of a grid of points that the box of a camera's reach covers."""
    ny, nx = shape
    x0, y0, cell = frame[0], frame[1], frame[2]
    x, y, reach = eyes[camera, 0], eyes[camera, 1], eyes[camera, 2] + TOUCH_M
    i0 = int(max(np.floor((x - reach - x0) / cell), 0.0))
    i1 = int(min(np.floor((x + reach - x0) / cell), nx - 1.0))
    j0 = int(max(np.floor((y - reach - y0) / cell), 0.0))
    j1 = int(min(np.floor((y + reach - y0) / cell), ny - 1.0))
    return i0, i1, j0, j1


@kernel
def _bracket(
    eyes: Floats,
    camera: int,
    view: tuple[float, float],
    walls: tuple[int, Floats, Ints],
    edges: Floats,
    depth: Floats,
    near: Floats,
) -> None:
    """
    Give for each bin the inverse distance before which nothing stands.

    Also opens the bins next to the field of view, whose edges count as seen. ``walls``
    is what :func:`gather` found: how many, and its two arrays.
    """
    met, found, bins = walls
    for j in range(BINS):
        near[j] = 0.0
    for n in range(met):
        wx, wy, inverse = found[n, 2], found[n, 3], found[n, 8]
        j, last = bins[n] // BINS, bins[n] % BINS
        here = wx * edges[j, 0] + wy * edges[j, 1]
        while True:
            ahead = wx * edges[j + 1, 0] + wy * edges[j + 1, 1]
            # Within a bin a wall is at most this much nearer than at its two edges.
            most = min(max(here, ahead) * 1.001, inverse)
            near[j] = max(near[j], most)
            if j == last:
                break
            here = ahead
            j = (j + 1) & (BINS - 1)
    if eyes[camera, 7] <= 0.0:
        before = (int(view[0] * PER_TURN) - 1) & (BINS - 1)
        after = (int((view[0] + view[1]) * PER_TURN) + 1) & (BINS - 1)
        depth[before] = 0.0
        depth[after] = 0.0
        near[before] = np.inf
        near[after] = np.inf


@kernel
def seen_points(
    index: Index,
    eyes: Floats,
    opaque: NDArray[np.uint8],
    order: NDArray[np.int64],
    points: Floats,
    frame: Floats,
    shape: tuple[int, int],
    ptr: NDArray[np.int64],
    first: int,
    edges: Floats,
    stamp: Ints,
    found: Floats,
    counts: NDArray[np.int64],
    out: Ints,
) -> tuple[int, int, int]:
    """
    Write the points that each camera sees, from place ``first`` of an order on.

    Parameters
    ----------
    index
        Walls and their grid.
    eyes, opaque
        Cameras, as :func:`isovist_rings` takes them; column 10 of ``eyes`` is 1 for a
        field of view of more than half a turn.
    order
        The order to take the cameras in, neighbours together.
    points
        Shape ``(n, 2)``, sorted by cell.
    frame, shape
        Grid over the points: lower left corner and side of a cell; rows and columns.
    ptr
        Points of cell ``k``: ``ptr[k]`` to ``ptr[k + 1]``.
    first
        The place in ``order`` to start at.
    edges, stamp, found
        As :func:`gather` takes them; ``stamp`` holds no number ``>= first``.
    counts
        Per place in ``order``: how many points the camera sees.
    out
        Where the points go, those of one camera together.

    Returns
    -------
    tuple of int
        The place that was not finished (the length of ``order`` when all are done),
        how much of ``out`` is used, and why it stopped: 0 done, 1 ``out`` is full, 2
        ``found`` is full.

    Notes
    -----
    A camera with many points around it fills an angular buffer of inverse depths from
    the walls. Cells and points clearly behind what fills their bins are hidden, points
    clearly before all walls of their bin are seen; every other point, and each near an
    edge, is decided by its own line of sight, walked cell by cell through the grid.
    """
    depth = np.empty(BINS, np.float64)
    near = np.empty(BINS, np.float64)
    stack = np.empty((4 * len(index.level_at) + 4, 3), np.int32)
    bins = np.empty(found.shape[0], np.int32)
    half = 0.5 * frame[2] + TOUCH_M
    used = 0
    for place in range(first, len(order)):
        camera = order[place]
        if opaque[camera] == 2:
            continue
        x, y = eyes[camera, 0], eyes[camera, 1]
        both = 1 if opaque[camera] == 1 else 0
        wide = 1 if eyes[camera, 7] > 0.0 or eyes[camera, 10] > 0.0 else 0
        i0, i1, j0, j1 = _cells(eyes, camera, frame, shape)
        if i1 < i0 or j1 < j0:  # no point is near, and i1 may lie off the grid
            continue
        around = 0
        for j in range(j0, j1 + 1):
            around += ptr[j * shape[1] + i1 + 1] - ptr[j * shape[1] + i0]
        if around == 0:
            continue
        if used + around > len(out):
            return place, used, 1
        buffered = around >= _MANY
        if buffered:
            view = open_depth(eyes, camera, depth)
            met = gather(
                index,
                eyes,
                camera,
                both,
                view,
                place,
                depth,
                edges,
                stack,
                stamp,
                found,
                bins,
            )
            if met < 0:
                return place, used, 2
            _bracket(eyes, camera, view, (met, found, bins), edges, depth, near)
        before = used
        for j in range(j0, j1 + 1):
            for i in range(i0, i1 + 1):
                k = j * shape[1] + i
                if ptr[k] == ptr[k + 1]:
                    continue
                mx = frame[0] + (i + 0.5) * frame[2]
                my = frame[1] + (j + 0.5) * frame[2]
                if not _reaches(eyes, camera, mx, my, half, wide):
                    continue
                left, right = mx - half - _SURE_M - x, mx + half + _SURE_M - x
                low, high = my - half - _SURE_M - y, my + half + _SURE_M - y
                outside = left > 0.0 or right < 0.0 or low > 0.0 or high < 0.0
                if buffered and outside and block_hidden(left, low, right, high, depth):
                    continue
                for p in range(ptr[k], ptr[k + 1]):
                    dx, dy = points[p, 0] - x, points[p, 1] - y
                    if not in_sector(eyes, camera, dx, dy):
                        continue
                    far2 = dx * dx + dy * dy
                    if buffered and far2 > _SURE_M * _SURE_M:
                        j3 = int(pseudo_angle(dx, dy) * PER_TURN)
                        clear = 1.0 + 1e-4 + _SURE_M * depth[j3]
                        if far2 * depth[j3] * depth[j3] > clear * clear:
                            continue
                        clear = 1.0 - 1e-4 - _SURE_M * near[j3]
                        if clear > 0.0 and far2 * near[j3] * near[j3] < clear * clear:
                            out[used] = p
                            used += 1
                            continue
                    if not is_blocked(index, x, y, dx, dy, both):
                        out[used] = p
                        used += 1
        counts[place] = used - before
    return len(order), used, 0


@kernel
def sort_points(
    xy: Floats, frame: Floats, shape: tuple[int, int]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Give the points of all cells, and where each cell's start, with the end."""
    ny, nx = shape
    cells = np.empty(len(xy), np.int64)
    ptr = np.zeros(nx * ny + 1, np.int64)
    for p in range(len(xy)):
        i = min(int((xy[p, 0] - frame[0]) / frame[2]), nx - 1)
        j = min(int((xy[p, 1] - frame[1]) / frame[2]), ny - 1)
        cells[p] = j * nx + i
        ptr[cells[p] + 1] += 1
    for k in range(nx * ny):
        ptr[k + 1] += ptr[k]
    at = ptr[:-1].copy()
    rows = np.empty(len(xy), np.int64)
    for p in range(len(xy)):
        rows[at[cells[p]]] = p
        at[cells[p]] += 1
    return rows, ptr


@kernel
def transpose(
    cameras: NDArray[np.int64],
    counts: NDArray[np.int64],
    seen: Ints,
    rows: NDArray[np.int64],
    size: int,
) -> tuple[NDArray[np.int64], Ints]:
    """
    Give the cameras of each point from the points of each camera.

    Parameters
    ----------
    cameras
        Places, in the order of their pieces of ``seen``, such that their cameras
        ascend.
    counts
        How many points each place has.
    seen
        Points, place after place.
    rows
        Row of each point in the result.
    size
        How many rows there are.

    Returns
    -------
    tuple of numpy.ndarray
        Where each row starts, with the end, and the cameras of all rows, ascending.
    """
    start = np.zeros(len(counts) + 1, np.int64)
    for place in range(len(counts)):
        start[place + 1] = start[place] + counts[place]
    ptr = np.zeros(size + 1, np.int64)
    for n in range(len(seen)):
        ptr[rows[seen[n]] + 1] += 1
    for row in range(size):
        ptr[row + 1] += ptr[row]
    at = ptr[:-1].copy()
    made = np.empty(len(seen), np.int32)
    for camera in range(len(cameras)):
        place = cameras[camera]
        for n in range(start[place], start[place + 1]):
            row = rows[seen[n]]
            made[at[row]] = camera
            at[row] += 1
    return ptr, made
