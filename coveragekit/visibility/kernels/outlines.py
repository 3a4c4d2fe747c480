"""The outlines of patches of cells: rings along the edges of cells."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from coveragekit.visibility.jit import kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Flags = NDArray[np.uint8]

__all__ = ["trace_windows"]

# East, north, west, south: steps of columns and rows.
_STEPS = ((1, 0), (0, -1), (-1, 0), (0, 1))


@kernel
def _label(cells: Flags, rows: int, columns: int, labels: NDArray[np.int32]) -> None:
    """Write the number of each cell's patch, of cells that share edges, from 1."""
    stack = np.empty(rows * columns, np.int64)
    labels[:] = 0
    patch = 0
    for start in range(rows * columns):
        if cells[start] == 0 or labels[start] != 0:
            continue
        patch += 1
        labels[start] = patch
        stack[0] = start
        held = 1
        while held > 0:
            held -= 1
            cell = stack[held]
            j, i = cell // columns, cell % columns
            for side in range(4):
                y, x = j + _STEPS[side][1], i + _STEPS[side][0]
                if 0 <= y < rows and 0 <= x < columns:
                    near = y * columns + x
                    if cells[near] != 0 and labels[near] == 0:
                        labels[near] = patch
                        stack[held] = near
                        held += 1


@kernel
def _is_set(cells: Flags, rows: int, columns: int, j: int, i: int) -> bool:
    return 0 <= j < rows and 0 <= i < columns and cells[j * columns + i] != 0


@kernel
def _grown(array: Ints, used: int, more: int) -> Ints:
    """Give the array, or a larger one with the same rows, with room for some more."""
    if used + more <= len(array):
        return array
    made = np.empty((2 * len(array) + more, array.shape[1]), np.int64)
    made[:used] = array[:used]
    return made


@kernel
def _close(
    way: Ints, back: int, held: int, corners: Ints, used: int, ring: Ints
) -> int:
    """Write a closed ring, its size and whether it is a hole; give what is used."""
    area = 0
    for n in range(back, held):
        corners[used, 0], corners[used, 1] = way[n, 0], way[n, 1]
        used += 1
        m = n + 1 if n + 1 < held else back
        area += way[n, 1] * way[m, 0] - way[n, 0] * way[m, 1]
    corners[used, 0], corners[used, 1] = way[back, 0], way[back, 1]
    ring[0], ring[3] = held - back + 1, 0 if area > 0 else 1
    return used + 1


@kernel
def trace_windows(windows: Ints, ptr: Ints, bits: Flags) -> tuple[Ints, Ints]:
    """
    Give the rings around the cells that cameras see.

    Parameters
    ----------
    windows
        Per camera: first row and column, rows and columns.
    ptr, bits
        Cells of each camera, as :func:`see_windows` writes them.

    Returns
    -------
    tuple of numpy.ndarray
        Corners of all rings (column and row of the cell to the south-east), each ring
        closed, cells on the left of the way; and per ring its size, camera, patch, and
        1 for a hole.

    Notes
    -----
    Where two cells touch at a corner only, the way keeps to its own cell. A ring that
    comes to the same corner twice is parted there, so that every ring is simple.
    """
    corners = np.empty((1024, 2), np.int64)
    rings = np.empty((256, 4), np.int64)
    used, made = 0, 0
    for camera in range(len(windows)):
        row0, column0 = windows[camera, 0], windows[camera, 1]
        rows, columns = windows[camera, 2], windows[camera, 3]
        if rows == 0:
            continue
        count = rows * columns
        cells = np.zeros(count, np.uint8)
        for bit in range(count):
            byte = bits[ptr[camera] + (bit >> 3)]
            cells[bit] = 1 if byte & (128 >> (bit & 7)) else 0
        labels = np.empty(count, np.int32)
        _label(cells, rows, columns, labels)
        # A ring has a way east along the south side of a cell: begin there.
        begun = np.zeros(count, np.uint8)
        place = np.full((rows + 1) * (columns + 1), -1, np.int64)
        way = np.empty(((rows + 1) * (columns + 1) + 1, 2), np.int64)
        for start in range(count):
            j0, i0 = start // columns, start % columns
            if cells[start] == 0 or begun[start] != 0:
                continue
            if _is_set(cells, rows, columns, j0 + 1, i0):
                continue
            y, x, side, held = j0 + 1, i0, 0, 0
            first = True
            while first or not (y == j0 + 1 and x == i0 and side == 0):
                first = False
                if side == 0:
                    begun[(y - 1) * columns + x] = 1
                y += _STEPS[side][1]
                x += _STEPS[side][0]
                # The cells ahead on the left and on the right.
                left_j = y - 1 if side <= 1 else y
                left_i = x if side in (0, 3) else x - 1
                right_j = y - 1 if side in (1, 2) else y
                right_i = x if side <= 1 else x - 1
                left = _is_set(cells, rows, columns, left_j, left_i)
                if left and not _is_set(cells, rows, columns, right_j, right_i):
                    continue
                corner = y * (columns + 1) + x
                back = place[corner]
                if back >= 0:
                    # Here before: what was walked since is a ring of its own.
                    corners = _grown(corners, used, held - back + 1)
                    rings = _grown(rings, made, 1)
                    rings[made, 1], rings[made, 2] = camera, labels[start]
                    used = _close(way, back, held, corners, used, rings[made])
                    made += 1
                    for n in range(back + 1, held):
                        at = way[n, 1] - row0
                        place[at * (columns + 1) + way[n, 0] - column0] = -1
                    held = back + 1
                else:
                    place[corner] = held
                    way[held, 0], way[held, 1] = x + column0, y + row0
                    held += 1
                side = (side + 1) % 4 if not left else (side + 3) % 4
            # What is left is the last ring.
            corners = _grown(corners, used, held + 1)
            rings = _grown(rings, made, 1)
            rings[made, 1], rings[made, 2] = camera, labels[start]
            used = _close(way, 0, held, corners, used, rings[made])
            made += 1
            for n in range(held):
                at = way[n, 1] - row0
                place[at * (columns + 1) + way[n, 0] - column0] = -1
    return corners[:used], rings[:made]
