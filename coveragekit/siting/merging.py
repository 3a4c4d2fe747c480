"""Merge demand that the same sites cover, so that it is looked at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from coveragekit.siting.kernels.merging import row_marks, rows_differ
from coveragekit.siting.kernels.state import Pairs

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.sparse import csr_array

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

__all__ = ["Merged", "merge", "pairs_of"]


class Merged(NamedTuple):
    """
    Demand of which no two rows are covered alike.

    Parameters
    ----------
    pairs
        Which site covers which row.
    group
        The row of each given demand; -1 where no site covers it, or it is worth
        nothing.
    worth
        What the first, second ... look at each row is worth.
    area
        The area of each row, -1 for none.
    """

    pairs: Pairs
    group: Ints
    worth: Floats
    area: Ints


def merge(cover: csr_array, worth: Floats, area: Ints) -> Merged:
    """
    Merge demand that the same sites cover with the same chances, in the same area.

    Parameters
    ----------
    cover
        Points x sites, bool or chances above 0, sites in order within each row.
    worth
        What the first, second ... look at each point is worth, shape ``(points, n)``.
    area
        The area of each point, -1 for none.

    Returns
    -------
    Merged
        Rows in the order in which they first come; nothing is lost by it, as worths
        add up.

    Examples
    --------
    >>> from scipy.sparse import csr_array
    >>> cover = csr_array(np.array([[1, 1], [0, 0], [1, 1]], dtype=bool))
    >>> found = merge(cover, np.array([[1.0], [5.0], [2.0]]), np.zeros(3, np.int64))
    >>> found.group.tolist(), found.worth.tolist()
    ([0, -1, 0], [[3.0]])
    """
    ptr = cover.indptr.astype(np.int64)
    site = cover.indices.astype(np.int32)
    chance = np.empty(0)
    if cover.dtype != np.bool_:
        chance = np.ascontiguousarray(cover.data, dtype=np.float64)
    like = _alike(ptr, site, chance, area=area, sites=cover.shape[1])
    kept = (np.diff(ptr) > 0) & (worth[:, 0] > 0.0)
    firsts, group = np.unique(like[kept], return_inverse=True)
    given = np.full(len(area), -1, dtype=np.int64)
    given[kept] = group
    total = np.column_stack(
        [
            np.bincount(group, weights=worth[kept, level], minlength=len(firsts))
            for level in range(worth.shape[1])
        ]
    )
    pairs = pairs_of(cover[firsts], sure=not chance.size)
    return Merged(pairs, given, np.asarray(total, np.float64), area[firsts])


def _alike(
    ptr: Ints, site: NDArray[np.int32], chance: Floats, *, area: Ints, sites: int
) -> Ints:
    """Give for each row the first that is covered as it is."""
    bits = chance.view(np.uint64)
    keys = np.random.default_rng(20240613).integers(1, 2**63, sites, dtype=np.uint64)
    marks = np.empty(len(area), np.uint64)
    row_marks(ptr, site, bits, area, keys, marks)
    _, first, group = np.unique(marks, return_index=True, return_inverse=True)
    like = first[group].astype(np.int64)
    differs = np.empty(len(area), np.bool_)
    rows_differ(ptr, site, bits, area, like, differs)
    # Rows that only look alike stay by themselves.
    like[differs] = np.flatnonzero(differs)
    return like


def pairs_of(rows: csr_array, *, sure: bool) -> Pairs:
    """
    Give the pairs of a matrix from both sides.

    Parameters
    ----------
    rows
        Demand x sites.
    sure
        Whether each pair is sure, whatever the matrix holds.

    Returns
    -------
    Pairs
        As the kernels take them.

    Examples
    --------
    >>> from scipy.sparse import csr_array
    >>> pairs_of(csr_array(np.eye(2, dtype=bool)), sure=True).site.tolist()
    [0, 1]
    """
    columns = rows.tocsc()
    none = np.empty(0)
    return Pairs(
        site_ptr=columns.indptr.astype(np.int64),
        demand=columns.indices.astype(np.int32),
        site_chance=none if sure else columns.data.astype(np.float64),
        demand_ptr=rows.indptr.astype(np.int64),
        site=rows.indices.astype(np.int32),
        demand_chance=none if sure else rows.data.astype(np.float64),
    )
