"""Give how many events are expected to be seen, and how far that may be off."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from coveragekit.coverage.shares import checked_weights
from coveragekit.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["Expected", "expected_covered"]

# A share's variance may pass P (1 - P) by the rounding of both.
_ROUNDING = 1e-6


class Expected(NamedTuple):
    """
    How many of some points are expected to be seen.

    Parameters
    ----------
    expected
        The mean, in units of the weights.
    variance
        Its variance, in units of the weights squared.
    """

    expected: float
    variance: float


def expected_covered(
    probability: ArrayLike,
    weights: ArrayLike | None = None,
    *,
    blocks: ArrayLike | None = None,
    block_variance: ArrayLike | None = None,
) -> Expected:
    """
    Give how many points are expected to be seen, and how far that number may be off.

    Parameters
    ----------
    probability
        How surely each point is seen, 0 to 1; not-a-number (outside the study area) is
        left out.
    weights
        One for each point, 0 or more; 1 each where ``None``.
    blocks
        What tells the block of each point: those that share a support, such as
        ``Supports.support_of``; ``None`` to take all as independent.
    block_variance
        Variance of each point's probability, 0 to P (1 - P), where coverage itself is
        uncertain: over scenes, or :func:`coveragekit.coverage.covered_variance`. Given
        with ``blocks``.

    Returns
    -------
    Expected
        The sum of w P, and its variance: the sum of w^2 P (1 - P), and for each block
        (sum of w s)^2 - sum of w^2 s^2, with s^2 the block's variance.

    Raises
    ------
    InputError
        Another length, a weight below 0, no probability, or blocks or variances that
        cannot be.

    Notes
    -----
    Let C be the share of a block that is seen, with mean P and variance s^2, as where a
    camera's bearing is not known. Given C, points of the block are seen independently
    of each other, each with chance C. One point then has the variance
    E[C (1 - C)] + Var(C) = P (1 - P), and two of them the covariance Var(C) = s^2,
    which the second term adds up. If coverage is certain, s is 0 and so is that term.
    Points of different blocks are taken as independent; where one uncertain camera
    looks over several blocks the true variance is larger, and scenes tell it.

    Examples
    --------
    >>> expected_covered([1.0, 0.5, 0.0])
    Expected(expected=1.5, variance=0.25)

    Two in one block that is seen whole or not at all are seen both or not at all:

    >>> expected_covered([0.5, 0.5], blocks=[7, 7], block_variance=[0.25, 0.25])
    Expected(expected=1.0, variance=1.0)
    """
    chances = np.asarray(probability, dtype=np.float64)
    loads = checked_weights(weights, len(chances))
    known = ~np.isnan(chances)
    if ((chances[known] < 0.0) | (chances[known] > 1.0)).any():
        low, high = chances[known].min(), chances[known].max()
        message = f"probability is {low:g} to {high:g}; allowed: 0-1"
        raise InputError(message)
    alone = chances * (1.0 - chances)
    variance = float(np.einsum("i,i,i", loads[known], loads[known], alone[known]))
    if blocks is not None or block_variance is not None:
        block, spread = _checked_blocks(blocks, block_variance, alone)
        load = (loads * np.sqrt(spread))[known]
        together = np.bincount(block[known], weights=load)
        variance += float((together**2).sum() - (load**2).sum())
    return Expected(
        expected=float(np.einsum("i,i", loads[known], chances[known])),
        variance=variance,
    )


def _checked_blocks(
    blocks: ArrayLike | None,
    block_variance: ArrayLike | None,
    most: NDArray[np.float64],
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Give the block of each point, numbered from 0, and its variance."""
    if blocks is None or block_variance is None:
        message = (
            "blocks and block_variance belong together; allowed: both or neither, as "
            "a common block matters only where its coverage is uncertain"
        )
        raise InputError(message)
    block, spread = np.asarray(blocks), np.asarray(block_variance, dtype=np.float64)
    for name, given in {"blocks": block, "block_variance": spread}.items():
        if given.shape != most.shape:
            message = (
                f"{name} has the shape {given.shape}; allowed: one for each of the "
                f"{len(most)} points"
            )
            raise InputError(message)
    wrong = ~np.isnan(most) & ~((spread >= 0.0) & (spread <= most + _ROUNDING))
    if wrong.any():
        row = int(np.flatnonzero(wrong)[0])
        message = (
            f"block_variance is {spread[row]:g} in position {row}; allowed: 0 to "
            f"P (1 - P), which is {most[row]:g} there"
        )
        raise InputError(message)
    number = np.unique(block, return_inverse=True)[1]
    return number.ravel().astype(np.int64), spread
