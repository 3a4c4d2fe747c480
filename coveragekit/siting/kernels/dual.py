"""Look for multipliers that prove how good any choice can be: primal-dual steps."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from coveragekit.visibility.jit import kernel

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from coveragekit.siting.kernels.state import Pairs

__all__ = ["cover_of", "project", "rewards", "settle", "worth_at"]


@kernel
def rewards(
    pairs: Pairs,
    slope: NDArray[np.float64],
    weight: NDArray[np.float64],
    first: int,
    last: int,
    out: NDArray[np.float64],
) -> None:
    """
    Write what each site is paid: the sum of the slopes of the demand that it covers.

    Parameters
    ----------
    pairs
        The question.
    slope
        One a demand.
    weight
        Of each pair, by site; each 1 where empty.
    first, last
        The sites to do.
    out
        One a site; those are written.
    """
    for j in range(first, last):
        total = 0.0
        if weight.size:
            for at in range(pairs.site_ptr[j], pairs.site_ptr[j + 1]):
                total += slope[pairs.demand[at]] * weight[at]
        else:
            for at in range(pairs.site_ptr[j], pairs.site_ptr[j + 1]):
                total += slope[pairs.demand[at]]
        out[j] = total


@kernel
def cover_of(
    pairs: Pairs,
    share: NDArray[np.float64],
    weight: NDArray[np.float64],
    out: NDArray[np.float64],
) -> None:
    """
    Write how often each demand is covered by shares of sites.

    Parameters
    ----------
    pairs
        The question.
    share
        One a site; most are 0.
    weight
        Of each pair, by site; each 1 where empty.
    out
        One a demand; written.
    """
    out[:] = 0.0
    for j in range(share.size):
        x = share[j]
        if x == 0.0:
            continue
        if weight.size:
            for at in range(pairs.site_ptr[j], pairs.site_ptr[j + 1]):
                out[pairs.demand[at]] += x * weight[at]
        else:
            for at in range(pairs.site_ptr[j], pairs.site_ptr[j + 1]):
                out[pairs.demand[at]] += x


@kernel
def project(
    share: NDArray[np.float64],
    pay: NDArray[np.float64],
    step: NDArray[np.float64],
    low: NDArray[np.float64],
    high: NDArray[np.float64],
    choose: float,
    toll: float,
    out: NDArray[np.float64],
) -> float:
    """
    Move shares of sites along what they are paid, and back to what may be chosen.

    Parameters
    ----------
    share, pay, step
        The shares so far, what each site is paid, and how far to move for it.
    low, high
        Bounds of each share.
    choose
        The most that they may sum to.
    toll
        What each site had to pay last time so that they did.
    out
        The new shares; written.

    Returns
    -------
    float
        What each site has to pay this time.
    """
    lower, upper = 0.0, 0.0
    # the toll is sought between bounds that first grow from the last one
    reach = max(toll, 1e-9)
    guess = 0.0
    for _ in range(80):
        total = 0.0
        for j in range(share.size):
            x = share[j] + step[j] * (pay[j] - guess)
            total += min(max(x, low[j]), high[j])
        if total > choose:
            lower = guess
            if upper == 0.0:
                guess = reach
                reach *= 2.0
                continue
        elif guess == 0.0:
            break
        else:
            upper = guess
        if upper - lower <= 1e-9 * upper:
            break
        guess = 0.5 * (lower + upper)
    for j in range(share.size):
        x = share[j] + step[j] * (pay[j] - guess)
        out[j] = min(max(x, low[j]), high[j])
    return guess


@kernel
def settle(
    slope: NDArray[np.float64],
    cover: NDArray[np.float64],
    step: NDArray[np.float64],
    worth: NDArray[np.float64],
    least: NDArray[np.float64],
) -> None:
    """
    Move the slope of each demand to where it fits how often the demand is covered.

    Parameters
    ----------
    slope
        One a demand; changed.
    cover
        How often each is covered.
    step
        How far each moves.
    worth
        What the first, second ... look at each demand is worth, never rising.
    least
        The smallest chance of each demand that follows a curve, else 0.

    Notes
    -----
    The slope is that of a tangent to what looks are worth in all; it settles between
    two looks, or on the worth of one of them.
    """
    levels = worth.shape[1]
    for i in range(slope.size):
        if least[i] > 0.0:
            slope[i] = _settle_curve(slope[i], cover[i], step[i], worth[i, 0], least[i])
            continue
        # with n looks worth more than the slope, the slope moves by n - cover
        here = max(slope[i] - step[i] * cover[i], 0.0)
        for n in range(1, levels + 1):
            moved = slope[i] - step[i] * (cover[i] - n)
            if here >= worth[i, n - 1]:
                break
            here = max(here, min(moved, worth[i, n - 1]))
        slope[i] = min(here, worth[i, 0])


@kernel
def _settle_curve(
    slope: float, cover: float, step: float, worth: float, least: float
) -> float:
    """Move the slope of a demand whose looks are worth ``1 - exp(-s)``, bridged."""
    first = -math.log1p(-least)
    steepest = worth * least / first
    bridge = slope + step * (first - cover)
    if bridge >= worth * (1.0 - least):
        return min(bridge, steepest)
    # beyond the bridge: worth * exp(-s) = slope + step * (s - cover), by Newton
    s = first
    for _ in range(8):
        curve = worth * math.exp(-s)
        s += (curve - slope + step * (cover - s)) / (curve + step)
    return worth * math.exp(-s)


@kernel
def worth_at(
    cover: NDArray[np.float64],
    worth: NDArray[np.float64],
    least: NDArray[np.float64],
) -> float:
    """
    Give the most that shares of looks can be worth.

    Parameters
    ----------
    cover
        How often each demand is covered.
    worth
        What the first, second ... look at each demand is worth, never rising.
    least
        The smallest chance of each demand that follows a curve, else 0.

    Returns
    -------
    float
        The sum over the demand.
    """
    total = 0.0
    for i in range(cover.size):
        left = cover[i]
        if least[i] > 0.0:
            first = -math.log1p(-least[i])
            if left < first:
                total += worth[i, 0] * least[i] * left / first
            else:
                total += worth[i, 0] * (1.0 - math.exp(-left))
            continue
        for n in range(worth.shape[1]):
            if left <= 0.0:
                break
            total += worth[i, n] * min(left, 1.0)
            left -= 1.0
    return total
