"""Multiply and sum the cells of polygons that were scanned once, for many groups."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from coveragekit.visibility.jit import kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["multiply_spans", "sum_by_rows", "take_spans"]


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


@kernel
def sum_by_rows(
    inside: NDArray[np.uint8],
    runs: NDArray[np.int32],
    begin: NDArray[np.int64],
    values: NDArray[np.float32],
    shape: tuple[int, int],
) -> NDArray[np.float64]:
    """
    Give for each group the sum over cells of 1 - the product of what covers them.

    Parameters
    ----------
    inside
        Not 0 where the cell counts, of the shape; all count where it has no cells.
    runs, begin
        As :func:`coveragekit.coverage.kernels.raster.scan` gives them.
    values
        One for each group and geometry, in the order in which they were scanned; those
        of the value 1 cover nothing.
    shape
        Rows and columns of the raster.

    Returns
    -------
    numpy.ndarray
        One for each group.

    Notes
    -----
    Row by row, so that only one row of cells is ever at hand.
    """
    groups = values.shape[0]
    total = np.zeros(groups)
    count = runs.shape[0]
    owner = np.empty(count, dtype=np.int32)
    for at in range(values.shape[1]):
        owner[begin[at] : begin[at + 1]] = at
    ptr = np.zeros(shape[0] + 1, dtype=np.int64)
    for run in range(count):
        ptr[runs[run, 0] + 1] += 1
    for row in range(shape[0]):
        ptr[row + 1] += ptr[row]
    place = ptr[:-1].copy()
    by_row = np.empty(count, dtype=np.int64)
    for run in range(count):
        by_row[place[runs[run, 0]]] = run
        place[runs[run, 0]] += 1
    miss = np.ones(shape[1], dtype=np.float32)
    for row in range(shape[0]):
        for group in range(groups):
            for at in range(ptr[row], ptr[row + 1]):
                run = by_row[at]
                value = values[group, owner[run]]
                if value != 1.0:
                    for column in range(runs[run, 1], runs[run, 2]):
                        miss[column] *= value
            part = 0.0
            for at in range(ptr[row], ptr[row + 1]):
                run = by_row[at]
                if values[group, owner[run]] != 1.0:
                    for column in range(runs[run, 1], runs[run, 2]):
                        left = miss[column]
                        if left != 1.0:
                            if inside.size == 0 or inside[row, column] != 0:
                                part += 1.0 - left
                            miss[column] = 1.0
            total[group] += part
    return total
