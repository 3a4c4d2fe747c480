"""Bound what looks at a demand are worth by tangents, each with its slope."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Flags = NDArray[np.bool_]

__all__ = ["intercepts", "pair_weights", "row_curves"]

# Where the largest chance of a row would be overrated by more than this, beside the
# smallest, chances are added up as they are.
_MOST_OVERRATED: Final = 1.25
_NEARLY_SURE: Final = 0.999


def row_curves(ptr: NDArray[np.integer], chance: Floats, levels: int) -> Floats:
    """
    Give which rows of demand are bounded by a curve, by their smallest chance.

    Parameters
    ----------
    ptr
        Where the pairs of each row begin.
    chance
        The chance of each pair; empty where all are sure.
    levels
        How many looks count.

    Returns
    -------
    numpy.ndarray
        One a row: the smallest chance where the row follows ``1 - exp(-s)``, 0 where
        chances are added up.

    Examples
    --------
    >>> row_curves(np.array([0, 2, 3]), np.array([0.4, 0.5, 1.0]), 1).tolist()
    [0.4, 0.0]
    """
    rows = len(ptr) - 1
    if not chance.size or levels > 1:
        return np.zeros(rows)
    filled = np.flatnonzero(np.diff(ptr) > 0)
    starts = np.asarray(ptr[:-1])[filled]
    low, high = np.zeros(rows), np.ones(rows)
    low[filled] = np.minimum.reduceat(chance, starts)
    high[filled] = np.maximum.reduceat(chance, starts)
    fits = (high < _NEARLY_SURE) & (low > 0.0)
    overrated = np.full(rows, np.inf)
    rise = -np.log1p(-high[fits]) / high[fits]
    overrated[fits] = rise / (-np.log1p(-low[fits]) / low[fits])
    return np.where(overrated <= _MOST_OVERRATED, low, 0.0)


def pair_weights(chance: Floats, curved: Flags) -> Floats:
    """
    Give what each pair counts on the axis of its row's tangent.

    Parameters
    ----------
    chance
        The chance of each pair; empty where all are sure.
    curved
        Whether the row of each pair follows a curve.

    Returns
    -------
    numpy.ndarray
        ``-log(1 - p)`` where it does, else ``p``; empty where all are sure.

    Examples
    --------
    >>> pair_weights(np.array([0.5, 0.5]), np.array([True, False])).round(3).tolist()
    [0.693, 0.5]
    """
    if not chance.size:
        return chance
    weights = chance.copy()
    weights[curved] = -np.log1p(-chance[curved])
    return weights


def intercepts(worth: Floats, slope: Floats, least: Floats) -> Floats:
    """
    Give where the tangents meet the axis: the most that looks can be above them.

    Parameters
    ----------
    worth
        What the first, second ... look at each demand is worth, never rising.
    slope
        The slope of each tangent, 0 or more.
    least
        As :func:`row_curves` gives it.

    Returns
    -------
    numpy.ndarray
        One a row.

    Notes
    -----
    Looks that are sure to count n times are worth the sum of the n first worths, a
    line with corners; the expected worth of looks that add up to n in expectation is
    no more (Jensen). Its tangent of slope v lies above by the sum of what each worth
    exceeds v. A row whose chances all lie at ``p`` or above takes no sum of
    ``-log(1 - p)`` between 0 and that of its smallest chance; so there the curve
    ``w (1 - exp(-s))`` may be bridged by a straight line.

    Examples
    --------
    >>> intercepts(np.array([[3.0, 1.0]]), np.array([0.5]), np.zeros(1)).tolist()
    [3.0]
    """
    above = np.maximum(worth - slope[:, None], 0.0).sum(axis=1)
    bent = np.flatnonzero(least > 0.0)
    if not bent.size:
        return np.asarray(above)
    full, v, p = worth[bent, 0], slope[bent], least[bent]
    first = -np.log1p(-p)
    # the corner of the bridge: after one look at the smallest chance
    bridge = np.maximum(full * p - v * first, 0.0)
    steep = v < full * (1.0 - p)
    some = np.where(v > 0.0, v, 1.0)
    parts = np.where(full > 0.0, full, 1.0)
    curve = full - v + np.where(v > 0.0, v * np.log(some / parts), 0.0)
    above[bent] = np.where(steep, curve, bridge)
    return np.asarray(above)
