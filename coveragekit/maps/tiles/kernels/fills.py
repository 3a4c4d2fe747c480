"""Scan polygons onto pixels, counting the part of each pixel that they cover."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from coveragekit.visibility.jit import kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = [
    "FULL",
    "LINES",
    "SUB",
    "corners",
    "crossings",
    "fill",
]

SUB = 1024
"""Steps of a coordinate within a pixel; windows shift by whole steps, so that whatever
is drawn is the same in every window."""
LINES = 64
"""Most scanlines in a pixel."""
FULL = SUB * SUB * LINES
"""What a view that surely sees all of a pixel adds to it."""


@kernel
def crossings(
    across: NDArray[np.float64],
    down: NDArray[np.float64],
    level: NDArray[np.int64],
    ends: NDArray[np.int64],
    step: int,
    first: int,
    last: int,
    starts: NDArray[np.int64],
    found: NDArray[np.float64],
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """
    Give where the scanlines from the first to the last cross the rings of a polygon.

    Parameters
    ----------
    across, down
        Corners of all rings one after another, whole steps.
    level
        Room to work in, as long.
    ends
        Where each ring begins, and where the last ends.
    step
        Distance of scanlines, a power of two; line ``s`` lies at ``(s + 0.5) * step``.
    first, last
        Numbers of the scanlines.
    starts, found
        Room to work in, given back, larger where it was too small.

    Returns
    -------
    tuple
        Where each scanline's crossings begin, from the first line's to the end of the
        last one's, and the crossings, ascending within a line.

    Notes
    -----
    A corner on a scanline belongs to the line's southern side. Rings are closed even
    where their last corner is not their first.
    """
    lines = last - first + 1
    if starts.size < lines + 2:
        starts = np.empty(2 * lines + 2, dtype=np.int64)
    for line in range(lines + 2):
        starts[line] = 0
    # For each corner the first line, counted from the first asked for, that lies at it
    # or below: an edge crosses those from one corner's to before the other's.
    per_step = 1.0 / step
    for corner in range(ends[ends.size - 1]):
        at_line = np.ceil(down[corner] * per_step - 0.5) - first
        level[corner] = int(min(max(at_line, 0.0), float(lines)))
    # How many edges begin and end at each line becomes, in two sums, where each line's
    # crossings begin; filling them in moves each beginning to its end.
    for ring in range(ends.size - 1):
        before = level[max(ends[ring + 1] - 1, ends[ring])]
        for corner in range(ends[ring], ends[ring + 1]):
            one, two = before, level[corner]
            before = two
            if one != two:
                starts[min(one, two) + 1] += 1
                starts[max(one, two) + 1] -= 1
    running = 0
    total = 0
    for line in range(lines):
        running += starts[line + 1]
        starts[line + 1] = total
        total += running
    if found.size < total:
        found = np.empty(2 * total, dtype=np.float64)
    for ring in range(ends.size - 1):
        before = ends[ring + 1] - 1
        for corner in range(ends[ring], ends[ring + 1]):
            one, two = before, corner
            before = corner
            if level[one] == level[two]:
                continue
            if level[one] > level[two]:
                one, two = two, one
            wide = across[two] - across[one]
            high = down[two] - down[one]
            for line in range(level[one], level[two]):
                at = starts[line + 1]
                # All numbers but the quotient are whole, so that it comes out the same
                # in every window.
                below = (line + first + 0.5) * step - down[one]
                found[at] = across[one] + np.floor(below * wide / high + 0.5)
                starts[line + 1] = at + 1
    starts[0] = 0
    for line in range(lines):
        for i in range(starts[line] + 1, starts[line + 1]):
            moved = found[i]
            j = i - 1
            while j >= starts[line] and found[j] > moved:
                found[j + 1] = found[j]
                j -= 1
            found[j + 1] = moved
    return starts, found


@kernel
def corners(
    xy: NDArray[np.float64],
    ring_ptr: NDArray[np.int64],
    row_ptr: NDArray[np.int64],
    row: int,
    grid: NDArray[np.float64],
    across: NDArray[np.float64],
    down: NDArray[np.float64],
    level: NDArray[np.int64],
) -> tuple[
    NDArray[np.float64],
    NDArray[np.float64],
    NDArray[np.int64],
    NDArray[np.int64],
    float,
    float,
]:
    """
    Give the corners of a row in whole steps of a window.

    Parameters
    ----------
    xy, ring_ptr, row_ptr
        The shapes.
    row
        Which of them.
    grid
        Steps per unit of the map, and the steps at the window's left and top.
    across, down, level
        Room to work in, given back, larger where it was too small.

    Returns
    -------
    tuple
        Corners across and down, room for their levels, where each ring begins, and the
        least and greatest of the corners down (infinite where there are none).
    """
    rings = row_ptr[row + 1] - row_ptr[row]
    first, last = ring_ptr[row_ptr[row]], ring_ptr[row_ptr[row + 1]]
    if across.size < last - first:
        across = np.empty(2 * (last - first), dtype=np.float64)
        down = np.empty(2 * (last - first), dtype=np.float64)
        level = np.empty(2 * (last - first), dtype=np.int64)
    ends = np.empty(rings + 1, dtype=np.int64)
    for ring in range(rings + 1):
        ends[ring] = ring_ptr[row_ptr[row] + ring] - first
    high, low = np.inf, -np.inf
    for corner in range(first, last):
        y = np.floor(xy[corner, 1] * grid[0] + 0.5) - grid[2]
        across[corner - first] = np.floor(xy[corner, 0] * grid[0] + 0.5) - grid[1]
        down[corner - first] = y
        high, low = min(high, y), max(low, y)
    return across, down, level, ends, high, low


@kernel
def fill(
    out: NDArray[np.int32],
    xy: NDArray[np.float64],
    ring_ptr: NDArray[np.int64],
    row_ptr: NDArray[np.int64],
    rows: NDArray[np.int64],
    grid: NDArray[np.float64],
    lines: int,
) -> None:
    """
    Add to each pixel the part of it that polygons cover.

    Parameters
    ----------
    out
        Two columns more than the window, changed in place: differences from left to
        right; summed along rows, ``SUB * lines`` is a pixel that one polygon covers.
    xy, ring_ptr, row_ptr
        Polygons: what an odd number of rings goes round.
    rows
        Which of them.
    grid
        Steps per unit of the map, and the steps at the window's left and top.
    lines
        Scanlines in a pixel, a power of two up to ``LINES``.
    """
    height, width = out.shape[0], out.shape[1] - 2
    step = SUB // lines
    across = np.empty(256, dtype=np.float64)
    down = np.empty(256, dtype=np.float64)
    level = np.empty(256, dtype=np.int64)
    starts = np.empty(256, dtype=np.int64)
    found = np.empty(1024, dtype=np.float64)
    for row in rows:
        across, down, level, ends, high, low = corners(
            xy, ring_ptr, row_ptr, row, grid, across, down, level
        )
        if not high < low:
            continue
        first = int(max(np.ceil(high / step - 0.5), 0.0))
        last = int(min(np.ceil(low / step - 0.5) - 1.0, height * lines - 1.0))
        if last < first:
            continue
        starts, found = crossings(
            across, down, level, ends, step, first, last, starts, found
        )
        for line in range(first, last + 1):
            into = out[line // lines]
            sign = 1
            for i in range(starts[line - first], starts[line - first + 1]):
                x = int(min(max(found[i], 0.0), float(width * SUB)))
                part = x % SUB
                into[x // SUB] += sign * (SUB - part)
                into[x // SUB + 1] += sign * part
                sign = -sign
