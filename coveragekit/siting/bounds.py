"""Prove how good any choice can be, from one multiplier for each point."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from coveragekit.errors import InputError
from coveragekit.siting.numbers import numbers_of
from coveragekit.siting.problem import cover_of_sites, worth_of
from coveragekit.siting.tangents import intercepts, pair_weights, row_curves
from coveragekit.siting.terms import terms_of

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray
    from scipy.sparse import csr_array

    from coveragekit.siting.kernels.state import Rules
    from coveragekit.siting.terms import Terms

    Floats = NDArray[np.float64]

__all__ = ["Multipliers", "bound_from", "most_paid", "verify_bound"]


@dataclass(frozen=True, slots=True, eq=False)
class Multipliers:
    """
    Prices that prove a bound; keep them with a plan, so that others can check it.

    Parameters
    ----------
    demand
        One a point: what a site is paid for covering it, 0 or more.
    areas
        One an area with a floor, in the order in which the areas first come: what its
        floor adds to the worth of a first look there, as a share of it.
    budget
        What a unit of cost is worth.
    """

    demand: Floats
    areas: Floats
    budget: float


def verify_bound(
    multipliers: Multipliers,
    cover: Any,  # noqa: ANN401 -- any of scipy's sparse forms, or an array
    weights: ArrayLike,
    *,
    level_values: ArrayLike = (1.0,),
    **terms: Any,  # noqa: ANN401 -- those of maximal_cover
) -> float:
    """
    Give what no choice of sites can exceed, in one pass over who covers what.

    Parameters
    ----------
    multipliers
        As a plan holds them; any others of the same shape prove something as well,
        only less.
    cover, weights, level_values
        As in :func:`coveragekit.siting.maximal_cover`.
    **terms
        The other keywords of :func:`coveragekit.siting.maximal_cover` that say what a
        choice may be: ``choose``, ``costs``, ``budget`` and so on.

    Returns
    -------
    float
        An upper bound of the value of every plan that keeps the terms.

    Raises
    ------
    InputError
        The question cannot be, or a multiplier is missing, negative or too many.

    Notes
    -----
    Lagrangian relaxation. With the price v of a point, looks at it are worth no more
    than a constant and v for each look (a tangent); so a choice is worth no more than
    all constants and what its sites are paid. The best paid sites that may be chosen
    are found by sorting. Nothing here knows how the prices were found.

    Examples
    --------
    >>> cover = np.array([[1, 0], [1, 1], [0, 1]], dtype=bool)
    >>> prices = Multipliers(np.array([2.0, 1.0, 1.0]), np.empty(0), 0.0)
    >>> verify_bound(prices, cover, [2.0, 2.0, 1.0], choose=1)
    4.0
    """
    checked = cover_of_sites(cover)
    worth = worth_of(weights, level_values, checked.shape[0])
    found = terms_of(checked.shape, worth, **terms)
    return bound_from(multipliers, checked, worth, terms=found)


def bound_from(
    multipliers: Multipliers, cover: csr_array, worth: Floats, *, terms: Terms
) -> float:
    """
    Give the bound of a question that has been checked.

    Parameters
    ----------
    multipliers
        The prices.
    cover
        Points x sites, bool or chances above 0, in order.
    worth
        What the first, second ... look at each point is worth.
    terms
        What a choice may be.

    Returns
    -------
    float
        An upper bound of the value of every plan.

    Raises
    ------
    InputError
        A multiplier is missing, negative or too many.

    Examples
    --------
    >>> from coveragekit.siting.problem import problem_of
    >>> asked = problem_of(np.eye(3, dtype=bool), [1, 2, 3], (1.0,), choose=2)
    >>> prices = Multipliers(np.array([1.0, 2.0, 3.0]), np.empty(0), 0.0)
    >>> bound_from(prices, asked.cover, asked.worth, terms=asked.terms)
    5.0
    """
    slope = numbers_of(multipliers.demand, len(worth), name="multiplier of point")
    extra = numbers_of(
        multipliers.areas, len(terms.areas), name="multiplier of area with a floor"
    )
    if not (np.isfinite(multipliers.budget) and multipliers.budget >= 0.0):
        message = f"the budget's multiplier is {multipliers.budget}; allowed: 0 or more"
        raise InputError(message)
    if len(extra):
        held = terms.area >= 0
        worth = worth.copy()
        worth[held, 0] += worth[held, 0] * extra[terms.area[held]]
    chance = np.empty(0) if cover.dtype == np.bool_ else cover.data
    least = row_curves(cover.indptr, chance, worth.shape[1])
    row = np.repeat(np.arange(len(worth)), np.diff(cover.indptr))
    paid = slope[row]
    if chance.size:
        paid = paid * pair_weights(chance, least[row] > 0.0)
    pay: Floats = np.zeros(cover.shape[1])
    pay += np.bincount(cover.indices, weights=paid, minlength=cover.shape[1])
    total = float(intercepts(worth, slope, least).sum())
    total -= float(extra @ terms.floors)
    if terms.rules.budget != np.inf:
        total += multipliers.budget * terms.rules.budget
        pay = pay - multipliers.budget * terms.rules.cost
    return total + most_paid(pay, terms.rules)


def most_paid(pay: Floats, rules: Rules) -> float:
    """
    Give the most that sites which may be chosen together are paid, whatever they cost.

    Parameters
    ----------
    pay
        What each site is paid.
    rules
        What a choice may be.

    Returns
    -------
    float
        The sum of what the required are paid, and the best of the rest.

    Examples
    --------
    >>> from coveragekit.siting.terms import terms_of
    >>> terms = terms_of((1, 3), np.ones((1, 1)), choose=2, required=[0])
    >>> most_paid(np.array([-1.0, 4.0, 5.0]), terms.rules)
    4.0
    """
    total = float(pay[rules.fixed].sum())
    free = np.flatnonzero(~rules.fixed & ~rules.barred & (pay > 0.0))
    if rules.cap.size:
        free = _within_caps(free, pay, rules)
    room = rules.choose - int(rules.fixed.sum())
    best = pay[free]
    if room <= 0:
        return total
    if len(best) > room:
        best = np.partition(best, len(best) - room)[len(best) - room :]
    return total + float(best.sum())


def _within_caps(
    free: NDArray[np.int64], pay: Floats, rules: Rules
) -> NDArray[np.int64]:
    """Leave of each owner the best paid, as many as its cap still lets."""
    owner = rules.owner[free]
    order = np.lexsort((-pay[free], owner))
    free, owner = free[order], owner[order]
    rank = np.arange(len(free)) - np.searchsorted(owner, owner)
    taken = rules.fixed & (rules.owner >= 0)
    left = rules.cap - np.bincount(rules.owner[taken], minlength=len(rules.cap))
    return free[(owner < 0) | (rank < left[owner])]
