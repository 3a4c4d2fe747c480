"""Say for each camera what it adds, and for each change what is seen after it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from coveragekit.visibility.jit import kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["at_least", "losses", "seen_after"]


@kernel
def losses(
    row_ptr: NDArray[np.int64],
    columns: NDArray[np.int64],
    chance: NDArray[np.float64],
    weights: NDArray[np.float64],
    count: int,
) -> NDArray[np.float64]:
    """
    Give for each column what the rows lose without it.

    Parameters
    ----------
    row_ptr, columns
        The matrix, as SciPy's CSR arrays hold it.
    chance
        How surely the column sees the row, one for each stored entry.
    weights
        One for each row.
    count
        How many columns there are.

    Returns
    -------
    numpy.ndarray
        The sum over rows of weight, p and the product of 1 - p over the other columns.
    """
    lost = np.zeros(count, dtype=np.float64)
    for row in range(row_ptr.size - 1):
        # A camera with p = 1 would be a division by zero: it is counted, not
        # multiplied. Two of them leave nothing to lose.
        certain = 0
        alone = -1
        miss = weights[row]
        for at in range(row_ptr[row], row_ptr[row + 1]):
            if chance[at] >= 1.0:
                certain += 1
                alone = columns[at]
            else:
                miss *= 1.0 - chance[at]
        if certain == 1:
            lost[alone] += miss
        elif certain == 0:
            for at in range(row_ptr[row], row_ptr[row + 1]):
                lost[columns[at]] += miss * chance[at] / (1.0 - chance[at])
    return lost


@kernel
def at_least(
    row_ptr: NDArray[np.int64],
    chance: NDArray[np.float64],
    weights: NDArray[np.float64],
    most: int,
) -> NDArray[np.float64]:
    """
    Give the weight of the rows that at least 1, 2, ... columns see.

    Parameters
    ----------
    row_ptr
        Where each row begins, as SciPy's CSR arrays hold it.
    chance
        How surely the column sees the row, one for each stored entry.
    weights
        One for each row.
    most
        The largest number asked about, 1 or more.

    Returns
    -------
    numpy.ndarray
        Expected weights, shape ``(most,)``.
    """
    total = np.zeros(most, dtype=np.float64)
    # reached[k]: how surely at least k of the columns so far see the row. Kept so,
    # and not as chances of exactly k, a row that k columns surely see gives exactly 1.
    reached = np.empty(most + 1, dtype=np.float64)
    for row in range(row_ptr.size - 1):
        reached[:] = 0.0
        reached[0] = 1.0
        for at in range(row_ptr[row], row_ptr[row + 1]):
            for k in range(most, 0, -1):
                reached[k] += chance[at] * (reached[k - 1] - reached[k])
        for k in range(most):
            total[k] += weights[row] * reached[k + 1]
    return total


@kernel
def seen_after(
    row_ptr: NDArray[np.int64],
    columns: NDArray[np.int64],
    column_ptr: NDArray[np.int64],
    rows: NDArray[np.int64],
    chance: NDArray[np.float64],
    weights: NDArray[np.float64],
    changed: NDArray[np.int64],
    turned_on: NDArray[np.bool_],
) -> NDArray[np.float64]:
    """
    Give what is seen after each of a series of cameras going on or off.

    Parameters
    ----------
    row_ptr, columns
        The matrix, as SciPy's CSR arrays hold it.
    column_ptr, rows
        The same matrix by column.
    chance
        How surely the column sees the row, one for each stored entry by row.
    weights
        One for each row.
    changed, turned_on
        Which column changes, in order, and whether it then counts; all are off before.

    Returns
    -------
    numpy.ndarray
        The sum of weight times P = 1 - prod(1 - p) after each change.
    """
    active = np.zeros(column_ptr.size - 1, dtype=np.bool_)
    seen = np.zeros(weights.size, dtype=np.float64)
    out = np.empty(changed.size, dtype=np.float64)
    # Sums of millions of changes drift; the error of each is carried to the next.
    total, carried = 0.0, 0.0
    for step in range(changed.size):
        camera = changed[step]
        if active[camera] != turned_on[step]:
            active[camera] = turned_on[step]
            for at in range(column_ptr[camera], column_ptr[camera + 1]):
                row = rows[at]
                miss = 1.0
                for other in range(row_ptr[row], row_ptr[row + 1]):
                    if active[columns[other]]:
                        miss *= 1.0 - chance[other]
                part = weights[row] * ((1.0 - miss) - seen[row]) - carried
                after = total + part
                carried = (after - total) - part
                total = after
                seen[row] = 1.0 - miss
        out[step] = total
    return out
