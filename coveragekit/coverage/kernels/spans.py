"""Multiply and sum the cells of polygons that were scanned once, for many groups."""

from __future__ import annotations

from typing import TYPE_CHECKING

from coveragekit.visibility.jit import kernel

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["multiply_spans", "take_spans"]


@kernel
def multiply_spans(
    out: NDArray[np.float32],
    runs: NDArray[np.int32],
    begin: NDArray[np.int64],
    values: NDArray[np.float32],
) -> None:
    """
    Multiply the cells of each geometry's runs by its value.

    Parameters
    ----------
    out
        A raster; changed in place.
    runs, begin
        As :func:`coveragekit.coverage.kernels.raster.scan` gives them.
    values
        One for each geometry, in the order in which they were scanned.
    """
    for at in range(values.size):
        value = values[at]
        if value == 1.0:
            continue
        for run in range(begin[at], begin[at + 1]):
            cells = out[runs[run, 0]]
            for column in range(runs[run, 1], runs[run, 2]):
                cells[column] *= value


@kernel
def take_spans(
    miss: NDArray[np.float32],
    inside: NDArray[np.uint8],
    runs: NDArray[np.int32],
    begin: NDArray[np.int64],
    values: NDArray[np.float32],
) -> float:
    """
    Give the sum of 1 - miss over the cells of runs, each once, and set them to 1.

    Parameters
    ----------
    miss
        Probability that no camera sees the cell, 1 where none was burnt; changed in
        place.
    inside
        Not 0 where the cell counts.
    runs, begin
        As :func:`coveragekit.coverage.kernels.raster.scan` gives them.
    values
        One for each geometry; the cells of those with the value 1 are left as they are.

    Returns
    -------
    float
        The sum.
    """
    total = 0.0
    for at in range(values.size):
        if values[at] == 1.0:
            continue
        # One sum a geometry keeps the error of long sums small.
        part = 0.0
        for run in range(begin[at], begin[at + 1]):
            row = runs[run, 0]
            for column in range(runs[run, 1], runs[run, 2]):
                left = miss[row, column]
                if left != 1.0:
                    if inside[row, column] != 0:
                        part += 1.0 - left
                    miss[row, column] = 1.0
        total += part
    return total
