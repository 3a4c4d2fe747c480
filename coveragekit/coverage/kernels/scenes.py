"""Tell which groups of cameras see each place."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from coveragekit.visibility.jit import kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["groups_by_row", "miss_by_camera"]


@kernel
def groups_by_row(
    row_ptr: NDArray[np.int64],
    columns: NDArray[np.int64],
    groups: NDArray[np.uint64],
) -> NDArray[np.uint64]:
    """
    Give for each row of a sparse matrix the groups that any of its columns is in.

    Parameters
    ----------
    row_ptr, columns
        The matrix, as SciPy's CSR arrays hold it.
    groups
        One for each column: bit ``g`` is set where it is in group ``g``.

    Returns
    -------
    numpy.ndarray
        The bits set in any column of the row.
    """
    out = np.zeros(row_ptr.size - 1, dtype=np.uint64)
    for row in range(out.size):
        bits = out[row]
        for at in range(row_ptr[row], row_ptr[row + 1]):
            bits |= groups[columns[at]]
        out[row] = bits
    return out


@kernel
def miss_by_camera(
    row_ptr: NDArray[np.int64],
    columns: NDArray[np.int64],
    probability: NDArray[np.float64],
    camera: NDArray[np.int64],
) -> NDArray[np.float64]:
    """
    Give for each row of a sparse matrix how surely no camera sees it.

    Parameters
    ----------
    row_ptr, columns
        The matrix, as SciPy's CSR arrays hold it.
    probability
        One for each column; 0 leaves a column out.
    camera
        The camera that each column is a view of.

    Returns
    -------
    numpy.ndarray
        The product over cameras of 1 less the sum over their views, which exclude
        one another.
    """
    miss = np.ones(row_ptr.size - 1, dtype=np.float64)
    for row in range(miss.size):
        for at in range(row_ptr[row], row_ptr[row + 1]):
            if probability[columns[at]] == 0.0:
                continue
            looks = 0.0
            first = True
            for other in range(row_ptr[row], row_ptr[row + 1]):
                if camera[columns[other]] == camera[columns[at]]:
                    if other < at and probability[columns[other]] > 0.0:
                        first = False
                        break
                    looks += probability[columns[other]]
            if first:
                miss[row] *= max(1.0 - looks, 0.0)
    return miss
