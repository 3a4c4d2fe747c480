"""Combine, for each point, what the cameras that see it give together."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from coveragekit.visibility.jit import kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["join_units", "miss_by_row", "seen_by_group"]

# Shares of time that make up the whole of it may fall short by rounding.
_SURE = 1.0 - 1e-9


@kernel
def miss_by_row(
    row_ptr: NDArray[np.int64],
    columns: NDArray[np.int64],
    sees: NDArray[np.bool_] | NDArray[np.float64],
    probability: NDArray[np.float64],
) -> NDArray[np.float64]:
    """
    Give for each row of a sparse matrix the product of 1 - p over its columns.

    Parameters
    ----------
    row_ptr, columns, sees
        The matrix, as SciPy's CSR arrays hold it: whether a column counts in the row,
        or what share of its p.
    probability
        One for each column; 0 leaves a column out.

    Returns
    -------
    numpy.ndarray
        Exactly 0 where a column with p = 1 is set, exactly 1 for an empty row.
    """
    miss = np.ones(row_ptr.size - 1, dtype=np.float64)
    for row in range(miss.size):
        product = 1.0
        for at in range(row_ptr[row], row_ptr[row + 1]):
            if sees[at]:
                product *= 1.0 - probability[columns[at]] * sees[at]
        miss[row] = product
    return miss


@kernel
def seen_by_group(
    row_ptr: NDArray[np.int64],
    columns: NDArray[np.int64],
    sees: NDArray[np.bool_],
    probability: NDArray[np.float64],
    loads: NDArray[np.float64],
) -> NDArray[np.float64]:
    """
    Give for each group of columns the sum over rows of what is seen, by load.

    Parameters
    ----------
    row_ptr, columns, sees
        The matrix, as SciPy's CSR arrays hold it.
    probability
        One for each column and group, shape ``(columns, groups)``; 0 leaves a column
        out of a group.
    loads
        One for each row.

    Returns
    -------
    numpy.ndarray
        Load times 1 - the product of 1 - p, shape ``(groups,)``.
    """
    groups = probability.shape[1]
    total = np.zeros(groups)
    miss = np.ones(groups)
    for row in range(row_ptr.size - 1):
        if row_ptr[row] == row_ptr[row + 1] or loads[row] == 0.0:
            continue
        miss[:] = 1.0
        for at in range(row_ptr[row], row_ptr[row + 1]):
            if sees[at]:
                for group in range(groups):
                    miss[group] *= 1.0 - probability[columns[at], group]
        for group in range(groups):
            total[group] += loads[row] * (1.0 - miss[group])
    return total


@kernel
def join_units(
    row_ptr: NDArray[np.int64],
    columns: NDArray[np.int64],
    sees: NDArray[np.bool_],
    probability: NDArray[np.float64],
    unit_of: NDArray[np.int64],
    count: int,
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """
    Give for each row of a sparse matrix the sum of p over the columns of each unit.

    Parameters
    ----------
    row_ptr, columns, sees
        The matrix, as SciPy's CSR arrays hold it; rows need no order.
    probability
        One for each column.
    unit_of
        The unit of each column, 0 to ``count`` - 1.
    count
        How many units there are.

    Returns
    -------
    tuple
        Row pointer, unit and sum, at most 1: a matrix of rows by units, in each row in
        the order in which units first appear.
    """
    rows = row_ptr.size - 1
    joined_ptr = np.zeros(rows + 1, dtype=np.int64)
    units = np.empty(columns.size, dtype=np.int64)
    chance = np.empty(columns.size, dtype=np.float64)
    met_in = np.full(count, -1, dtype=np.int64)
    place = np.empty(count, dtype=np.int64)
    used = 0
    for row in range(rows):
        for at in range(row_ptr[row], row_ptr[row + 1]):
            if not sees[at]:
                continue
            unit = unit_of[columns[at]]
            if met_in[unit] != row:
                met_in[unit] = row
                place[unit] = used
                units[used] = unit
                chance[used] = 0.0
                used += 1
            chance[place[unit]] += probability[columns[at]]
        joined_ptr[row + 1] = used
        for at in range(joined_ptr[row], used):
            if chance[at] >= _SURE:
                chance[at] = 1.0
    return joined_ptr, units[:used].copy(), chance[:used].copy()
