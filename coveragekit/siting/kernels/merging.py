"""Find demand that the same sites cover with the same chances."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from coveragekit.visibility.jit import kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["row_marks", "rows_differ"]


@kernel
def row_marks(
    ptr: NDArray[np.int64],
    site: NDArray[np.int32],
    bits: NDArray[np.uint64],
    area: NDArray[np.int64],
    keys: NDArray[np.uint64],
    out: NDArray[np.uint64],
) -> None:
    """
    Write one number a row that equal rows share and others hardly ever do.

    Parameters
    ----------
    ptr, site
        The sites that cover each demand.
    bits
        Their chances, bit by bit; empty where all are sure.
    area
        The area of each demand.
    keys
        A random number a site.
    out
        One a row; written.
    """
    odd = np.uint64(0x9E3779B97F4A7C15)
    for i in range(ptr.size - 1):
        mark = np.uint64(area[i] + 2) * odd
        for at in range(ptr[i], ptr[i + 1]):
            one = keys[site[at]]
            if bits.size:
                one = (one ^ bits[at]) * odd
                one ^= one >> np.uint64(29)
            mark += one
        out[i] = mark


@kernel
def rows_differ(
    ptr: NDArray[np.int64],
    site: NDArray[np.int32],
    bits: NDArray[np.uint64],
    area: NDArray[np.int64],
    like: NDArray[np.int64],
    out: NDArray[np.bool_],
) -> None:
    """
    Write which rows are not like the one they are held to be like.

    Parameters
    ----------
    ptr, site
        The sites that cover each demand, in order.
    bits
        Their chances, bit by bit; empty where all are sure.
    area
        The area of each demand.
    like
        A row for each row.
    out
        One a row; written.
    """
    for i in range(ptr.size - 1):
        first, other = ptr[i], ptr[like[i]]
        length = ptr[i + 1] - first
        differs = area[i] != area[like[i]] or ptr[like[i] + 1] - other != length
        if not differs:
            for at in range(length):
                if site[first + at] != site[other + at]:
                    differs = True
                if bits.size and bits[first + at] != bits[other + at]:
                    differs = True
        out[i] = differs
