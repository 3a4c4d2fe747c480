"""Walk around cells that belong together, and leave out corners that matter little."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from coveragekit.visibility.jit import kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Corners = NDArray[np.int32]

__all__ = ["keep_corners", "trace"]

_EAST, _SOUTH, _WEST, _NORTH = 0, 1, 2, 3


@kernel
def _next_way(part: Corners, mine: int, y: int, x: int, way: int) -> int:
    """Give the way to go on at a corner, keeping a part to the right."""
    if way == _EAST:
        left_y, left_x, right_y, right_x = y - 1, x, y, x
    elif way == _SOUTH:
        left_y, left_x, right_y, right_x = y, x, y, x - 1
    elif way == _WEST:
        left_y, left_x, right_y, right_x = y, x - 1, y - 1, x - 1
    else:
        left_y, left_x, right_y, right_x = y - 1, x - 1, y - 1, x
    rows, columns = part.shape
    # To the left where two cells meet at a corner: so no ring touches itself.
    if 0 <= left_y < rows and 0 <= left_x < columns and part[left_y, left_x] == mine:
        return (way + 3) & 3
    if (
        0 <= right_y < rows
        and 0 <= right_x < columns
        and part[right_y, right_x] == mine
    ):
        return way
    return (way + 1) & 3


@kernel
def trace(part: Corners) -> tuple[Corners, Ints, Corners]:
    """
    Give the rings around the parts of a raster.

    Parameters
    ----------
    part
        Number of the part that each cell is in, -1 for none; cells of one part hang
        together by their sides.

    Returns
    -------
    tuple of numpy.ndarray
        Column and row of the corners of all rings, each once, clockwise around the
        part; where each ring begins; and the part of each ring. Of one part the ring
        around it comes first, then those around its holes.
    """
    rows, columns = part.shape
    walked = np.zeros(part.shape, np.uint8)
    corners = np.empty((1 << 12, 2), np.int32)
    ptr = np.zeros(1 << 10, np.int64)
    part_of = np.empty(1 << 10, np.int32)
    used, rings = 0, 0
    for row in range(rows):
        for column in range(columns):
            mine = part[row, column]
            if mine < 0 or walked[row, column]:
                continue
            if row > 0 and part[row - 1, column] == mine:
                continue
            y, x, way = row, column, _EAST
            while True:
                if way == _EAST:
                    walked[y, x] = 1
                    x += 1
                elif way == _SOUTH:
                    y += 1
                elif way == _WEST:
                    x -= 1
                else:
                    y -= 1
                after = _next_way(part, mine, y, x, way)
                if after != way:
                    if used == len(corners):
                        more = np.empty((2 * used, 2), np.int32)
                        more[:used] = corners
                        corners = more
                    corners[used, 0] = x
                    corners[used, 1] = y
                    used += 1
                way = after
                if y == row and x == column and way == _EAST:
                    break
            if rings + 1 == len(ptr):
                longer = np.zeros(2 * len(ptr), np.int64)
                longer[: rings + 1] = ptr
                ptr = longer
                wider = np.empty(2 * len(part_of), np.int32)
                wider[:rings] = part_of[:rings]
                part_of = wider
            part_of[rings] = mine
            rings += 1
            ptr[rings] = used
    return corners[:used].copy(), ptr[: rings + 1].copy(), part_of[:rings].copy()


@kernel
def _off_chord2(corners: Corners, at: int, a: int, b: int) -> float:
    """Give the squared distance of a corner from the straight way between two."""
    ax, ay = float(corners[a, 0]), float(corners[a, 1])
    dx, dy = corners[b, 0] - ax, corners[b, 1] - ay
    px, py = corners[at, 0] - ax, corners[at, 1] - ay
    long2 = dx * dx + dy * dy
    along = (px * dx + py * dy) / long2 if long2 > 0.0 else 0.0
    along = min(max(along, 0.0), 1.0)
    px -= along * dx
    py -= along * dy
    return float(px * px + py * py)


@kernel
def keep_corners(
    corners: Corners, ptr: Ints, most_off: float, fewest: int
) -> NDArray[np.bool_]:
    """
    Tell which corners rings need to stay within a distance of what they are.

    Parameters
    ----------
    corners, ptr
        Rings, as :func:`trace` gives them.
    most_off
        How far a corner left out may lie off the ring, cells.
    fewest
        How many corners are left to each ring at least, which has no fewer.

    Returns
    -------
    numpy.ndarray
        A flag for each corner.

    Notes
    -----
    Douglas and Peucker's way, from the first corner and the one farthest from it. A
    ring that comes out with too few corners is done again with half the distance.
    """
    kept = np.zeros(len(corners), np.bool_)
    stack = np.empty((64, 2), np.int64)
    for ring in range(len(ptr) - 1):
        first, last = ptr[ring], ptr[ring + 1]
        far, far2 = first, -1.0
        for at in range(first + 1, last):
            apart2 = _off_chord2(corners, at, first, first)
            if apart2 > far2:
                far, far2 = at, apart2
        off = most_off
        while True:
            kept[first:last] = False
            kept[first] = kept[far] = True
            count, depth = 2, 2
            stack[0, 0], stack[0, 1] = first, far
            stack[1, 0], stack[1, 1] = far, last
            while depth > 0:
                depth -= 1
                a, b = stack[depth, 0], stack[depth, 1]
                end = first if b == last else b
                worst, worst2 = a, off * off
                for at in range(a + 1, b):
                    away2 = _off_chord2(corners, at, a, end)
                    if away2 > worst2:
                        worst, worst2 = at, away2
                if worst == a:
                    continue
                kept[worst] = True
                count += 1
                if depth + 2 > len(stack):
                    deeper = np.empty((2 * len(stack), 2), np.int64)
                    deeper[:depth] = stack[:depth]
                    stack = deeper
                stack[depth, 0], stack[depth, 1] = a, worst
                stack[depth + 1, 0], stack[depth + 1, 1] = worst, b
                depth += 2
            if count >= fewest:
                break
            off *= 0.5
    return kept
