"""Combine, for each point, what the cameras that see it give together."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from coveragekit.visibility.jit import kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["miss_by_row"]


@kernel
def miss_by_row(
    row_ptr: NDArray[np.int64],
    columns: NDArray[np.int64],
    sees: NDArray[np.bool_],
    probability: NDArray[np.float64],
) -> NDArray[np.float64]:
    """
    Give for each row of a sparse matrix the product of 1 - p over its columns.

    Parameters
    ----------
    row_ptr, columns, sees
        The matrix, as SciPy's CSR arrays hold it.
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
                product *= 1.0 - probability[columns[at]]
        miss[row] = product
    return miss
