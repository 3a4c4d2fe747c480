"""Find the first of many outlines that holds a place."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from coveragekit.visibility.jit import kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

__all__ = ["CLOSE", "NONE", "band_sides", "first_around"]

NONE = -1
# Too near to a side to be sure: whoever asks finds out exactly.
CLOSE = -2
# Well above what rounding moves a side in coordinates of some million metres.
_NEAR_M = 1e-5


@kernel
def band_sides(
    sides: Floats, side_ptr: Ints, boxes: Floats, bands: Ints
) -> tuple[Ints, Ints, NDArray[np.int32]]:
    """
    List for each band of each outline the sides that come into it.

    Parameters
    ----------
    sides
        Sides of all outlines, ``ax, ay, bx, by``, metres, shape ``(n, 4)``.
    side_ptr
        Where the sides of each outline begin.
    boxes
        minx, miny, maxx, maxy of each outline.
    bands
        Into how many bands of equal height each outline is cut, at least 1.

    Returns
    -------
    tuple of numpy.ndarray
        Where the bands of each outline begin, the lowest first; where the sides of each
        band begin in the third; and those sides.
    """
    count = len(bands)
    band_ptr = np.zeros(count + 1, np.int64)
    for outline in range(count):
        band_ptr[outline + 1] = band_ptr[outline] + bands[outline]
    ptr = np.zeros(band_ptr[count] + 1, np.int64)
    listed = np.empty(0, np.int32)
    at = ptr
    for filling in (False, True):
        for outline in range(count):
            low, high = boxes[outline, 1], boxes[outline, 3]
            most = bands[outline] - 1
            per_m = bands[outline] / max(high - low, _NEAR_M)
            for side in range(side_ptr[outline], side_ptr[outline + 1]):
                ay, by = sides[side, 1], sides[side, 3]
                first = int((min(ay, by) - _NEAR_M - low) * per_m)
                last = int((max(ay, by) + _NEAR_M - low) * per_m)
                for band in range(max(first, 0), min(last, most) + 1):
                    k = band_ptr[outline] + band
                    if filling:
                        listed[at[k]] = side
                        at[k] += 1
                    else:
                        ptr[k + 1] += 1
        if not filling:
            for k in range(len(ptr) - 1):
                ptr[k + 1] += ptr[k]
            listed = np.empty(ptr[-1], np.int32)
            at = ptr[:-1].copy()
    return band_ptr, ptr, listed


@kernel
def first_around(
    places: Floats,
    sides: Floats,
    boxes: Floats,
    band_ptr: Ints,
    ptr: Ints,
    listed: NDArray[np.int32],
    cell_ptr: Ints,
    in_cell: NDArray[np.int32],
    frame: tuple[float, float, float],
    shape: tuple[int, int],
) -> NDArray[np.int32]:
    """
    Give the first outline around each place.

    Parameters
    ----------
    places
        x and y, metres, shape ``(n, 2)``.
    sides, boxes
        As :func:`band_sides` takes them.
    band_ptr, ptr, listed
        What :func:`band_sides` gave.
    cell_ptr, in_cell
        Outlines by cell of a grid, ascending, as :func:`box_cells` gives them.
    frame, shape
        Lower left corner and side of a cell; rows and columns of the grid.

    Returns
    -------
    numpy.ndarray
        Row of the outline; ``NONE``; or ``CLOSE`` where a place is so near to a side
        that rounding could put it on the other.
    """
    n_rows, n_cols = shape
    x0, y0, cell = frame
    out = np.full(places.shape[0], NONE, dtype=np.int32)
    for n in range(places.shape[0]):
        x, y = places[n, 0], places[n, 1]
        i, j = int(np.floor((x - x0) / cell)), int(np.floor((y - y0) / cell))
        if i < 0 or j < 0 or i >= n_cols or j >= n_rows:
            continue
        k = j * n_cols + i
        for at in range(cell_ptr[k], cell_ptr[k + 1]):
            outline = in_cell[at]
            low, high = boxes[outline, 1], boxes[outline, 3]
            if (
                x < boxes[outline, 0] - _NEAR_M
                or x > boxes[outline, 2] + _NEAR_M
                or y < low - _NEAR_M
                or y > high + _NEAR_M
            ):
                continue
            first = band_ptr[outline]
            bands = band_ptr[outline + 1] - first
            band = int((y - low) * (bands / max(high - low, _NEAR_M)))
            k2 = first + min(max(band, 0), bands - 1)
            odd = False
            for s in range(ptr[k2], ptr[k2 + 1]):
                side = listed[s]
                ax, ay = sides[side, 0], sides[side, 1]
                bx, by = sides[side, 2], sides[side, 3]
                if x > max(ax, bx) + _NEAR_M:
                    continue
                straddles = (ay <= y) != (by <= y)
                if x < min(ax, bx) - _NEAR_M:
                    if straddles:
                        odd = not odd
                    continue
                if y < min(ay, by) - _NEAR_M or y > max(ay, by) + _NEAR_M:
                    continue
                dx, dy = bx - ax, by - ay
                left = dx * (y - ay) - dy * (x - ax)
                if abs(left) <= _NEAR_M * (abs(dx) + abs(dy) + _NEAR_M):
                    out[n] = CLOSE
                    break
                if straddles and (left > 0.0) == (dy > 0.0):
                    odd = not odd
            if out[n] == CLOSE:
                break
            if odd:
                out[n] = outline
                break
    return out
