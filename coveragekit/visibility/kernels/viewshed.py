"""Viewsheds: the cells of a surface that each camera sees, in packed windows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from coveragekit.visibility.jit import kernel
from coveragekit.visibility.kernels.relief import TIE_M, blocked_at, in_view

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Heights = NDArray[np.float32]
    Flags = NDArray[np.uint8]

__all__ = ["ACCURATE", "FAST", "add_windows", "clear_roofs", "see_windows"]

FAST, ACCURATE = 0, 1
# Rays beside the field of view run on until they are this far off it, in cells.
_BESIDE = 2.5
# Rounding leaves no cell of a diagonal out; some are taken twice.
_DIAGONAL = 1e-9
# Slopes that differ by less, of tie and rounding, are not told apart by beams.
_SURE = 1e-5


@kernel
def _ray_length(
    views: Floats, camera: int, east: float, north: float, whole: float
) -> float:
    """Give how far a ray is needed, in cells: short where it runs beside the view."""
    if views[camera, 7] > 0.0:
        return whole
    ahead = east * views[camera, 3] + north * views[camera, 4]
    right = abs(east * views[camera, 4] - north * views[camera, 3])
    cos, sin = views[camera, 5], views[camera, 6]
    beside = right * cos - ahead * sin
    if beside <= 0.0 and (cos < 0.0 or ahead >= 0.0):
        return whole
    # Ahead of the edge it leaves the view at this angle; behind it, at once.
    along = right * sin + ahead * cos
    if along <= 0.0:
        return _BESIDE
    return float(min(whole, _BESIDE / max(beside, 1e-9)))


@kernel
def _walk_cells(
    surface: tuple[Heights, Heights, float],
    views: Floats,
    planes: Floats,
    camera: int,
    target: float,
    box: tuple[int, int, int, int],
    seen: Flags,
) -> None:
    """
    Mark the cells of a box that the camera sees, each by its own line of sight.

    Lines are taken beam by beam. A beam, two cells wide at its end, carries two slopes
    outward: one that all of what it met reaches, one that none of it exceeds. Most
    targets lie below the first or above the second; the lines to the others are walked.
    """
    ground, top, cell = surface
    flat, width = top.reshape(top.size), top.shape[1]
    x, y, eye = views[camera, 0], views[camera, 1], views[camera, 2]
    row0, column0, rows, columns = box
    own_i, own_j = int(np.floor(x + 0.5)), int(np.floor(y + 0.5))
    reach = views[camera, 8] / cell
    beams = max(int(np.ceil(reach)), 1)
    for side in range(4):
        tall = side >= 2
        step = 1 if side % 2 == 0 else -1
        # Outward goes along the rows of cells, or where tall along the columns.
        middle, off, own, steps = x, y, own_i, (1, width)
        first, last, low, high = column0, column0 + columns - 1, row0, row0 + rows - 1
        most = top.shape[0] - 1
        if tall:
            middle, off, own, steps = y, x, own_j, (width, 1)
            first, last, low, high = low, high, first, last
            most = top.shape[1] - 1
        furthest = last - own if step > 0 else own - first
        for beam in range(beams):
            left = 2.0 * beam / beams - 1.0 - (_DIAGONAL if beam == 0 else 0.0)
            right = 2.0 * (beam + 1) / beams - 1.0
            if beam == beams - 1:
                right += _DIAGONAL
            slope = 0.5 * (left + right)
            stretch = np.sqrt(1.0 + slope * slope)
            if tall:
                east, north = slope / stretch, -step / stretch
            else:
                east, north = step / stretch, -slope / stretch
            length = _ray_length(views, camera, east, north, reach + 1.5)
            surely, maybe, hint = -np.inf, -np.inf, 0
            for n in range(1, min(furthest, int(length / stretch) + 1) + 1):
                at = own + step * n
                far = step * (at - middle)
                start, end = off + left * far, off + right * far
                inverse = 1.0 / far
                for near in range(
                    max(int(np.ceil(start)), low), min(int(np.ceil(end)) - 1, high) + 1
                ):
                    i, j = (near, at) if tall else (at, near)
                    height = max(float(ground[j, i]) + target, float(top[j, i]))
                    rise = (height - eye) * inverse
                    # False for unknown heights, which are never seen.
                    if rise >= surely - _SURE and in_view(
                        views, planes, camera, (i - x) * cell, (y - j) * cell
                    ):
                        found = 0
                        if rise < maybe + _SURE:
                            here = (float(i), float(j), height)
                            found = blocked_at(flat, width, (x, y, eye), here, hint)
                        if found == 0:
                            seen[(j - row0) * columns + i - column0] = 1
                        else:
                            hint = found
                least, greatest = np.inf, -np.inf
                for beside in range(
                    max(int(np.floor(start)), 0), min(int(np.floor(end)) + 1, most) + 1
                ):
                    roof = float(flat[at * steps[0] + beside * steps[1]])
                    least, greatest = min(least, roof), max(greatest, roof)
                    if np.isnan(roof):
                        least = -np.inf
                maybe = max(maybe, (greatest - eye) * inverse)
                surely = max(surely, (least - eye) * inverse)
    if in_view(views, planes, camera, (own_i - x) * cell, (y - own_j) * cell):
        seen[(own_j - row0) * columns + own_i - column0] = 1


@kernel
def _shoot(
    surface: tuple[Heights, Heights, float],
    views: Floats,
    planes: Floats,
    camera: int,
    target: float,
    box: tuple[int, int, int, int],
    seen: Flags,
) -> None:
    """
    Mark the cells of a box that the camera sees, by rays to the rim of its reach.

    Each ray carries the steepest slope met so far. Of the rays that pass a cell the
    nearest to its centre decides, so that every cell is decided once.
    """
    ground, top, cell = surface
    x, y, eye = views[camera, 0], views[camera, 1], views[camera, 2]
    row0, column0, rows, columns = box
    middle_i, middle_j = int(np.floor(x + 0.5)), int(np.floor(y + 0.5))
    left, low = column0 - middle_i, row0 - middle_j
    right, high = left + columns - 1, low + rows - 1
    reach = views[camera, 8] / cell
    rim = max(int(np.ceil(reach)) + 1, 1)
    most_i, most_j = top.shape[1] - 1, top.shape[0] - 1
    for side in range(4):
        tall = side >= 2
        step = 1 if side % 2 == 0 else -1
        furthest = min(rim, (high if step > 0 else -low))
        if not tall:
            furthest = min(rim, (right if step > 0 else -left))
        if furthest < 1:
            continue
        for aim in range(-rim if not tall else 1 - rim, rim + 1 if not tall else rim):
            slope = aim / rim
            stretch = np.sqrt(1.0 + slope * slope)
            if tall:
                east, north = slope / stretch, -step / stretch
            else:
                east, north = step / stretch, -slope / stretch
            length = _ray_length(views, camera, east, north, reach + 1.5)
            steepest = -np.inf
            for n in range(1, min(furthest, int(length / stretch)) + 1):
                across = slope * n
                near = int(np.floor(across + 0.5))
                if tall:
                    if not left <= near <= right:
                        break
                    i, j = middle_i + near, middle_j + step * n
                else:
                    if not low <= near <= high:
                        break
                    i, j = middle_i + step * n, middle_j + near
                inverse = 1.0 / n
                roof = float(top[j, i])
                if int(np.floor(near * rim * inverse + 0.5)) == aim:
                    height = max(float(ground[j, i]) + target, roof)
                    # False where the ground is unknown.
                    if (height - eye + TIE_M) * inverse >= steepest and in_view(
                        views, planes, camera, (i - x) * cell, (y - j) * cell
                    ):
                        seen[(j - row0) * columns + i - column0] = 1
                f = across - near
                if f != 0.0:
                    if tall:
                        beside = min(max(i + (1 if f > 0.0 else -1), 0), most_i)
                        other = float(top[j, beside])
                    else:
                        beside = min(max(j + (1 if f > 0.0 else -1), 0), most_j)
                        other = float(top[beside, i])
                    roof += abs(f) * (other - roof)
                # In this order an unknown roof leaves the slope as it was.
                steepest = max(steepest, (roof - eye) * inverse)
    own = (middle_j - row0) * columns + middle_i - column0
    inside = 0 <= -left < columns and 0 <= -low < rows
    if inside and in_view(
        views, planes, camera, (middle_i - x) * cell, (y - middle_j) * cell
    ):
        seen[own] = 1


@kernel
def _pack(
    seen: Flags, box: tuple[int, int, int, int], window: NDArray[np.int64], out: Flags
) -> int:
    """Write the smallest window of what is seen as bits, and give its bytes."""
    row0, column0, rows, columns = box
    low, high, left, right = rows, -1, columns, -1
    for j in range(rows):
        for i in range(columns):
            if seen[j * columns + i]:
                low, high = min(low, j), j
                left, right = min(left, i), max(right, i)
    if high < 0:
        window[0], window[1], window[2], window[3] = row0, column0, 0, 0
        return 0
    window[0], window[1] = row0 + low, column0 + left
    window[2], window[3] = high - low + 1, right - left + 1
    size = (window[2] * window[3] + 7) // 8
    if size > len(out):
        return -1
    out[:size] = 0
    bit = 0
    for j in range(low, high + 1):
        for i in range(left, right + 1):
            if seen[j * columns + i]:
                out[bit >> 3] |= np.uint8(128 >> (bit & 7))
            bit += 1
    return int(size)


@kernel
def see_windows(
    surface: tuple[Heights, Heights, float],
    views: Floats,
    planes: Floats,
    boxes: NDArray[np.int64],
    target: float,
    mode: int,
    order: NDArray[np.int64],
    first: int,
    scratch: Flags,
    windows: NDArray[np.int64],
    sizes: NDArray[np.int64],
    out: Flags,
) -> tuple[int, int]:
    """
    Write the viewsheds of cameras, from place ``first`` of an order on.

    Parameters
    ----------
    surface
        Ground, tops, and side of a cell in metres.
    views, planes
        Cameras, as :func:`in_view` takes them.
    boxes
        Per camera: row, column, rows and columns that hold its field of view.
    target
        Height of targets above the ground, metres.
    mode
        ``FAST`` or ``ACCURATE``.
    order
        The order to take the cameras in.
    first
        The place in ``order`` to start at.
    scratch
        As many zeros as the largest box has cells.
    windows
        Per camera: row, column, rows and columns of the cells seen; written.
    sizes
        Per place in ``order``: bytes used; written.
    out
        Where the bits go, row by row, the first cell in the highest bit.

    Returns
    -------
    tuple of int
        The place that was not finished (the length of ``order`` when all are done) and
        how much of ``out`` is used.
    """
    used = 0
    for place in range(first, len(order)):
        camera = order[place]
        box = (
            boxes[camera, 0],
            boxes[camera, 1],
            boxes[camera, 2],
            boxes[camera, 3],
        )
        cells = box[2] * box[3]
        seen = scratch[:cells]
        if cells > 0 and views[camera, 10] <= 0.0:
            if mode == ACCURATE:
                _walk_cells(surface, views, planes, camera, target, box, seen)
            else:
                _shoot(surface, views, planes, camera, target, box, seen)
        size = _pack(seen, box, windows[camera], out[used:])
        seen[:] = 0
        if size < 0:
            return place, used
        sizes[place] = size
        used += size
    return len(order), used


@kernel
def add_windows(
    total: Heights,
    corner: tuple[int, int],
    windows: NDArray[np.int64],
    ptr: NDArray[np.int64],
    bits: Flags,
    values: Heights,
) -> None:
    """Add a value to each cell of a raster that a camera sees, camera by camera."""
    rows, columns = total.shape
    for camera in range(len(windows)):
        value = values[camera]
        if value == 0.0:
            continue
        bit, start = 0, ptr[camera]
        for j in range(windows[camera, 2]):
            y = windows[camera, 0] + j - corner[0]
            for i in range(windows[camera, 3]):
                if bits[start + (bit >> 3)] & (128 >> (bit & 7)):
                    x = windows[camera, 1] + i - corner[1]
                    if 0 <= y < rows and 0 <= x < columns:
                        total[y, x] += value
                bit += 1


@kernel
def clear_roofs(
    surface: tuple[Heights, Heights, float],
    windows: NDArray[np.int64],
    ptr: NDArray[np.int64],
    bits: Flags,
) -> None:
    """Clear the bits of cells that a building covers, camera by camera."""
    ground, top, _ = surface
    for camera in range(len(windows)):
        bit, start = 0, ptr[camera]
        for j in range(windows[camera, 0], windows[camera, 0] + windows[camera, 2]):
            first = windows[camera, 1]
            for i in range(first, first + windows[camera, 3]):
                if top[j, i] > ground[j, i]:
                    bits[start + (bit >> 3)] &= np.uint8(255 - (128 >> (bit & 7)))
                bit += 1
