"""Count points in cells, smooth the counts, and stamp symbols at points."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from coveragekit.maps.tiles.kernels.fills import SUB
from coveragekit.visibility.jit import kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["blur", "count_points", "discs", "stamp"]


@kernel
def count_points(
    out: NDArray[np.float32],
    merc: NDArray[np.float64],
    weights: NDArray[np.float32] | NDArray[np.uint8],
    slices: NDArray[np.int64],
    per_unit: float,
    left: int,
    top: int,
) -> None:
    """
    Add the weights of points to the cells in which they lie.

    Parameters
    ----------
    out
        Rows by columns, changed in place.
    merc
        Points, shape ``(n, 2)``.
    weights
        One for each point.
    slices
        First and last row (not taken) of each slice, shape ``(k, 2)``.
    per_unit
        Cells per unit of the map.
    left, top
        Numbers of the first column and row of cells.
    """
    height, width = out.shape
    for number in range(slices.shape[0]):
        for point in range(slices[number, 0], slices[number, 1]):
            weight = np.float32(weights[point])
            if weight == 0.0:
                continue
            column = int(np.floor(merc[point, 0] * per_unit)) - left
            row = int(np.floor(merc[point, 1] * per_unit)) - top
            if 0 <= column < width and 0 <= row < height:
                out[row, column] += weight


@kernel
def blur(
    counts: NDArray[np.float32],
    down: NDArray[np.float64],
    across: NDArray[np.float64],
    sigma: float,
    reach: int,
) -> NDArray[np.float32]:
    """
    Give the density of counted cells at places, by a Gaussian kernel.

    Parameters
    ----------
    counts
        Rows by columns of cells.
    down, across
        Rows and columns of the places, in cells from the first one's edge.
    sigma
        Standard deviation of the kernel, cells.
    reach
        How many cells away still count.

    Returns
    -------
    numpy.ndarray
        Per cell, shape ``(len(down), len(across))``.
    """
    height, width = counts.shape
    norm = 1.0 / (sigma * np.sqrt(2.0 * np.pi))
    tall = np.zeros((down.size, width), dtype=np.float32)
    for i in range(down.size):
        middle = int(np.floor(down[i]))
        into = tall[i]
        for row in range(max(middle - reach, 0), min(middle + reach + 1, height)):
            off = (row + 0.5 - down[i]) / sigma
            factor = np.float32(norm * np.exp(-0.5 * off * off))
            cells = counts[row]
            for column in range(width):
                into[column] += factor * cells[column]
    # The second sum runs down columns of the turned array, so that both are quick.
    turned = np.ascontiguousarray(tall.T)
    smooth = np.zeros((across.size, down.size), dtype=np.float32)
    for i in range(across.size):
        middle = int(np.floor(across[i]))
        into = smooth[i]
        for column in range(max(middle - reach, 0), min(middle + reach + 1, width)):
            off = (column + 0.5 - across[i]) / sigma
            factor = np.float32(norm * np.exp(-0.5 * off * off))
            cells = turned[column]
            for row in range(down.size):
                into[row] += factor * cells[row]
    return np.ascontiguousarray(smooth.T)


@kernel
def discs(
    out: NDArray[np.float32],
    merc: NDArray[np.float64],
    weights: NDArray[np.float32] | NDArray[np.uint8],
    slices: NDArray[np.int64],
    grid: NDArray[np.float64],
    radius: float,
    opacity: float,
) -> None:
    """
    Multiply what shows through by what each point's disc lets through.

    Parameters
    ----------
    out
        Rows by columns, 1 at first, changed in place.
    merc, weights, slices
        As :func:`count_points` has them.
    grid
        Steps per unit of the map, and the steps at the window's left and top.
    radius
        Of a disc, pixels.
    opacity
        Of the disc of a point of weight 1, below 1; less where the weight is less.
    """
    height, width = out.shape
    for number in range(slices.shape[0]):
        for point in range(slices[number, 0], slices[number, 1]):
            if weights[point] <= 0.0:
                continue
            strength = opacity * min(float(weights[point]), 1.0)
            x = (np.floor(merc[point, 0] * grid[0] + 0.5) - grid[1]) / SUB
            y = (np.floor(merc[point, 1] * grid[0] + 0.5) - grid[2]) / SUB
            first = max(int(np.floor(x - radius - 1.0)), 0)
            last = min(int(np.ceil(x + radius + 1.0)), width - 1)
            top = max(int(np.floor(y - radius - 1.0)), 0)
            bottom = min(int(np.ceil(y + radius + 1.0)), height - 1)
            for row in range(top, bottom + 1):
                for column in range(first, last + 1):
                    off_x, off_y = column + 0.5 - x, row + 0.5 - y
                    cover = radius + 0.5 - np.sqrt(off_x * off_x + off_y * off_y)
                    if cover > 0.0:
                        out[row, column] *= 1.0 - strength * min(cover, 1.0)


@kernel
def stamp(
    out: NDArray[np.float32],
    merc: NDArray[np.float64],
    rows: NDArray[np.int64],
    which: NDArray[np.int64],
    stamps: NDArray[np.float32],
    grid: NDArray[np.float64],
) -> None:
    """
    Draw a small picture at each point, one over the other.

    Parameters
    ----------
    out
        Rows by columns by red, green, blue and opacity, colours times opacity, changed
        in place.
    merc
        Points, shape ``(n, 2)``.
    rows
        Which of them, the undermost first.
    which
        For each of ``rows`` the picture's number.
    stamps
        The pictures, colours times opacity, shape ``(k, size, size, 4)``.
    grid
        Steps per unit of the map, and the steps at the window's left and top.
    """
    height, width = out.shape[0], out.shape[1]
    size = stamps.shape[1]
    for number in range(rows.size):
        point = rows[number]
        x = (np.floor(merc[point, 0] * grid[0] + 0.5) - grid[1]) / SUB
        y = (np.floor(merc[point, 1] * grid[0] + 0.5) - grid[2]) / SUB
        left = int(np.floor(x - size / 2.0 + 0.5))
        top = int(np.floor(y - size / 2.0 + 0.5))
        picture = stamps[which[number]]
        for row in range(max(top, 0), min(top + size, height)):
            for column in range(max(left, 0), min(left + size, width)):
                dot = picture[row - top, column - left]
                if dot[3] > 0.0:
                    through = np.float32(1.0) - dot[3]
                    for band in range(4):
                        out[row, column, band] = (
                            out[row, column, band] * through + dot[band]
                        )
