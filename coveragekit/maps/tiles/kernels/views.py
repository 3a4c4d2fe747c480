"""Sum the views of cameras, each cut by a disc and a line, over cells."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from coveragekit.maps.tiles.kernels.fills import LINES, SUB, corners, crossings
from coveragekit.visibility.jit import kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["add_shapes", "add_views"]


@kernel
def _span(
    out: NDArray[np.int64], row: int, west: float, east: float, value: int, exact: int
) -> None:
    """Add a value from one place of a row to another."""
    width = out.shape[1] - 2
    limit = float(width * SUB)
    start, stop = int(min(max(west, 0.0), limit)), int(min(max(east, 0.0), limit))
    if stop <= start:
        return
    if exact == 0:
        # Cells by their middles.
        one, two = (start + SUB // 2 - 1) // SUB, (stop + SUB // 2 - 1) // SUB
        out[row, one] += value * SUB
        out[row, two] -= value * SUB
        return
    part = start % SUB
    out[row, start // SUB] += value * (SUB - part)
    out[row, start // SUB + 1] += value * part
    part = stop % SUB
    out[row, stop // SUB] -= value * (SUB - part)
    out[row, stop // SUB + 1] -= value * part


@kernel
def _finer(height: float, exact: int) -> int:
    """Give how many scanlines in a cell meet a low shape about eight times."""
    lines = 1
    if exact != 0:
        while lines < LINES and height * lines < 8.0 * SUB:
            lines *= 2
    return lines


@kernel
def add_views(
    out: NDArray[np.int64],
    xy: NDArray[np.float64],
    ring_ptr: NDArray[np.int64],
    row_ptr: NDArray[np.int64],
    rows: NDArray[np.int64],
    foot: NDArray[np.float64],
    bearing: NDArray[np.float32],
    radius: NDArray[np.float64],
    far: NDArray[np.float64],
    probability: NDArray[np.float32],
    grid: NDArray[np.float64],
    exact: int,
) -> None:
    """
    Add the views of cameras, each cut by a disc round its foot and a line across it.

    Parameters
    ----------
    out
        Two columns more than the window, changed in place: differences from left to
        right; summed along rows, ``FULL`` is a cell that one camera surely sees.
    xy, ring_ptr, row_ptr
        The views uncut.
    rows
        Which of them.
    foot
        Where each hangs, shape ``(n, 2)``.
    bearing
        Which way it looks, degrees from the north; NaN where nothing is cut across it.
    radius
        Of the disc, in units of the map.
    far
        Distance of the line along the bearing, in units of the map.
    probability
        How surely each sees what it shows.
    grid
        Steps per unit of the map, and the steps at the window's left and top.
    exact
        0: a cell counts whole where its middle is seen; else by the part that is seen.

    Notes
    -----
    Each cut is convex: a scanline meets it in one interval. Low shapes take more
    scanlines, so that small views at far zooms count by their area.
    """
    height = out.shape[0]
    across = np.empty(256, dtype=np.float64)
    down = np.empty(256, dtype=np.float64)
    level = np.empty(256, dtype=np.int64)
    starts = np.empty(256, dtype=np.int64)
    found = np.empty(1024, dtype=np.float64)
    for row in rows:
        reach = radius[row] * grid[0]
        value = int(np.floor(probability[row] * SUB + 0.5))
        if not reach > 0.0 or value <= 0:
            continue
        across, down, level, ends, high, low = corners(
            xy, ring_ptr, row_ptr, row, grid, across, down, level
        )
        x0 = np.floor(foot[row, 0] * grid[0] + 0.5) - grid[1]
        y0 = np.floor(foot[row, 1] * grid[0] + 0.5) - grid[2]
        high, low = max(high, y0 - reach), min(low, y0 + reach)
        if not high < low:
            continue
        lines = _finer(low - high, exact)
        step = SUB // lines
        first = int(max(np.ceil(high / step - 0.5), 0.0))
        last = int(min(np.ceil(low / step - 0.5) - 1.0, height * lines - 1.0))
        if last < first:
            continue
        turned = np.radians(float(bearing[row]))
        cut = np.isfinite(turned) and np.isfinite(far[row])
        ahead_x = np.sin(turned) if cut else 0.0
        ahead_y = -np.cos(turned) if cut else 0.0
        limit = far[row] * grid[0] if cut else np.inf
        starts, found = crossings(
            across, down, level, ends, step, first, last, starts, found
        )
        value *= LINES // lines
        for line in range(first, last + 1):
            below = (line + 0.5) * step - y0
            half = reach * reach - below * below
            if half <= 0.0:
                continue
            half = np.floor(np.sqrt(half) + 0.5)
            west, east = x0 - half, x0 + half
            if cut:
                room = limit - below * ahead_y
                if ahead_x > 1e-9:
                    east = min(east, x0 + np.floor(room / ahead_x + 0.5))
                elif ahead_x < -1e-9:
                    west = max(west, x0 + np.floor(room / ahead_x + 0.5))
                elif room < 0.0:
                    continue
            if east <= west:
                continue
            begin = starts[line - first]
            for pair in range(begin, starts[line - first + 1] - 1, 2):
                one, two = max(found[pair], west), min(found[pair + 1], east)
                if one < two:
                    _span(out, line // lines, one, two, value, exact)


@kernel
def add_shapes(
    out: NDArray[np.int64],
    xy: NDArray[np.float64],
    ring_ptr: NDArray[np.int64],
    row_ptr: NDArray[np.int64],
    rows: NDArray[np.int64],
    probability: NDArray[np.float32],
    grid: NDArray[np.float64],
    exact: int,
) -> None:
    """
    Add shapes that are cut already, such as the views of cameras that are tried out.

    Parameters
    ----------
    out
        As :func:`add_views` has it.
    xy, ring_ptr, row_ptr
        The shapes.
    rows
        Which of them.
    probability
        How surely each is seen.
    grid
        Steps per unit of the map, and the steps at the window's left and top.
    exact
        As :func:`add_views` has it.
    """
    height = out.shape[0]
    across = np.empty(256, dtype=np.float64)
    down = np.empty(256, dtype=np.float64)
    level = np.empty(256, dtype=np.int64)
    starts = np.empty(256, dtype=np.int64)
    found = np.empty(1024, dtype=np.float64)
    for row in rows:
        value = int(np.floor(probability[row] * SUB + 0.5))
        across, down, level, ends, high, low = corners(
            xy, ring_ptr, row_ptr, row, grid, across, down, level
        )
        if not high < low or value <= 0:
            continue
        lines = _finer(low - high, exact)
        step = SUB // lines
        first = int(max(np.ceil(high / step - 0.5), 0.0))
        last = int(min(np.ceil(low / step - 0.5) - 1.0, height * lines - 1.0))
        if last < first:
            continue
        starts, found = crossings(
            across, down, level, ends, step, first, last, starts, found
        )
        for line in range(first, last + 1):
            begin = starts[line - first]
            for pair in range(begin, starts[line - first + 1] - 1, 2):
                one, two = found[pair], found[pair + 1]
                _span(out, line // lines, one, two, value * (LINES // lines), exact)
