"""Find the multipliers: primal-dual steps with restarts, on the merged demand."""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from coveragekit.siting.bounds import Multipliers, most_paid
from coveragekit.siting.kernels.dual import (
    cover_of,
    project,
    rewards,
    settle,
    worth_at,
)
from coveragekit.siting.tangents import intercepts, pair_weights, row_curves

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from coveragekit.siting.problem import Problem
    from coveragekit.siting.steps import Clock

    Floats = NDArray[np.float64]

__all__ = ["Prices", "find_prices", "to_points"]

_LOOK_EVERY: Final = 20
# Below so many pairs a second thread costs more than it saves.
_WORTH_SHARING: Final = 500_000
# Restart where the gap has shrunk to this, or after this share of all rounds.
_SHRUNK: Final = 0.4
_LONG: Final = 0.36
_TINY: Final = 1e-12


@dataclass(frozen=True, slots=True, eq=False)
class Prices:
    """
    The best multipliers found for the merged demand, and what sites they favour.

    Parameters
    ----------
    bound
        What they prove.
    slope
        One a row of merged demand.
    areas
        One an area with a floor.
    toll
        What a unit of cost is worth.
    pay
        What each site is paid, before costs.
    share
        How much of each site the relaxed question would choose, 0 to 1.
    """

    bound: float
    slope: Floats
    areas: Floats
    toll: float
    pay: Floats
    share: Floats


def find_prices(
    problem: Problem,
    start: NDArray[np.bool_],
    *,
    enough: float,
    rounds: int,
    clock: Clock,
) -> Prices:
    """
    Find multipliers that prove a low bound.

    Parameters
    ----------
    problem
        The question.
    start
        A good choice of sites, to begin from.
    enough
        A bound that need not be lower: what ``start`` is worth.
    rounds
        The most rounds, 1 or more.
    clock
        Cuts off.

    Returns
    -------
    Prices
        The best that were found.

    Notes
    -----
    The linear relaxation as a game: sites take what the demand pays them, the demand
    lowers its prices where it is covered. Both move in turn by diagonally scaled steps
    (Chambolle and Pock 2011, Pock and Chambolle 2011); averages of many rounds are
    begun from anew (Applegate and others 2021). Every set of prices proves a bound, so
    only the best has to be kept.
    """
    game = _Game(problem, start)
    for number in range(1, rounds + 1):
        game.play()
        if number % _LOOK_EVERY == 0 or number == rounds:
            game.look(number)
            if game.best.bound <= enough * (1.0 + 1e-10) or clock.is_over():
                break
    return game.best


class _Average:
    """Sums of what is averaged since the last restart."""

    def __init__(self, *parts: Floats) -> None:
        self.parts = [np.zeros_like(part) for part in parts]
        self.count = 0

    def take(self, *parts: Floats) -> None:
        for total, part in zip(self.parts, parts, strict=True):
            np.add(total, part, out=total)
        self.count += 1

    def give(self) -> list[Floats]:
        return [part / self.count for part in self.parts]


class _Game:
    """The state of the game, and its rounds."""

    def __init__(self, problem: Problem, start: NDArray[np.bool_]) -> None:
        self.problem = problem
        merged, rules = problem.merged, problem.rules
        self.pairs, self.rules = merged.pairs, rules
        rows, levels = merged.worth.shape
        pairs = merged.pairs
        self.least = row_curves(pairs.demand_ptr, pairs.demand_chance, levels)
        curved = self.least[pairs.demand] > 0.0
        self.weight = pair_weights(pairs.site_chance, curved)
        self.held = np.flatnonzero(merged.area >= 0)
        self.first = merged.worth[self.held, 0].copy()
        self.has_budget = rules.budget != np.inf
        self._scale(rows, len(start), problem)
        self.share = start.astype(np.float64)
        self.slope = merged.worth[:, 0].copy()
        self.areas = np.zeros(len(problem.terms.areas))
        self.toll = np.zeros(1)
        self.owners = np.zeros(len(rules.cap))
        self.worth = merged.worth.copy()
        self.cover, self.pay = np.empty(rows), np.empty(len(start))
        cover_of(self.pairs, self.share, self.weight, self.cover)
        # where something covers it already, the next look is worth less
        np.maximum(self.slope * np.exp2(-self.cover), 0.0, out=self.slope)
        self._reward()
        self.spare = np.empty(len(start))
        self.fee, self.heft, self.gap = 0.0, 0.5, np.inf
        self.anchor: tuple[Floats, Floats] | None = None
        self.sums = self._fresh()
        self.best = self._priced(self.slope, self.areas, toll=self.toll, pay=self.pay)

    def _scale(self, rows: int, sites: int, problem: Problem) -> None:
        """Choose how far each share and each price moves: by the size of its row."""
        pairs, rules, worth = self.pairs, self.rules, problem.merged.worth
        size = np.ones(len(pairs.site)) if not self.weight.size else self.weight
        column = np.repeat(np.arange(sites), np.diff(pairs.site_ptr))
        paid: Floats = np.zeros(sites)
        paid += np.bincount(column, size * worth[pairs.demand, 0], minlength=sites)
        in_row = np.bincount(pairs.demand, size, minlength=rows)
        self.price_step = worth[:, 0] / np.maximum(in_row, _TINY)
        typical = float(paid.mean()) if sites else 1.0
        self.toll_step = 0.0
        if self.has_budget and rules.cost.sum() > 0.0:
            unit = typical / float(rules.cost.mean())
            paid = paid + unit * rules.cost
            self.toll_step = unit / float(rules.cost.sum())
        owned = rules.owner >= 0
        members = np.bincount(rules.owner[owned], minlength=len(rules.cap))
        self.owner_step = typical / np.maximum(members, 1)
        paid = paid + typical * owned
        self.share_step = 1.0 / np.maximum(paid, _TINY)
        self.low = rules.fixed.astype(np.float64)
        self.high = (~rules.barred).astype(np.float64)

    def _fresh(self) -> _Average:
        return _Average(
            self.slope, self.areas, self.toll, self.owners, self.pay, self.share
        )

    def _reward(self) -> None:
        """Pay the sites, each by itself: two halves give what the whole does."""
        sites = len(self.pay)
        if len(self.pairs.site) < _WORTH_SHARING:
            rewards(self.pairs, self.slope, self.weight, 0, sites, self.pay)
            return
        half = int(np.searchsorted(self.pairs.site_ptr, len(self.pairs.site) // 2))

        def pay(ends: tuple[int, int]) -> None:
            rewards(self.pairs, self.slope, self.weight, *ends, self.pay)

        with ThreadPoolExecutor(max_workers=2) as pool:
            list(pool.map(pay, ((0, half), (half, sites))))

    def play(self) -> None:
        """Let the sites move, then the prices, and remember both for the average."""
        rules = self.rules
        charge = np.append(self.owners, 0.0)[rules.owner]
        net = np.asarray(self.pay - self.toll[0] * rules.cost - charge, np.float64)
        self.fee = project(
            self.share,
            net,
            np.asarray(self.share_step * self.heft, np.float64),
            self.low,
            self.high,
            float(rules.choose),
            self.fee,
            self.spare,
        )
        ahead = 2.0 * self.spare - self.share
        self.share, self.spare = self.spare, self.share
        cover_of(self.pairs, ahead, self.weight, self.cover)
        self._move_terms(ahead)
        settle(
            self.slope,
            self.cover,
            self.price_step / self.heft,
            self.worth,
            self.least,
        )
        self._reward()
        parts = (self.slope, self.areas, self.toll, self.owners, self.pay, self.share)
        self.sums.take(*parts)

    def _move_terms(self, ahead: Floats) -> None:
        """Move the prices of the budget, of owners' caps and of areas' floors."""
        rules = self.rules
        if self.has_budget:
            over = float(ahead @ rules.cost) - rules.budget
            self.toll[0] = max(self.toll[0] + self.toll_step / self.heft * over, 0.0)
        if len(self.owners):
            owned = rules.owner >= 0
            held = np.bincount(
                rules.owner[owned], ahead[owned], minlength=len(self.owners)
            )
            moved = self.owners + self.owner_step / self.heft * (held - rules.cap)
            np.maximum(moved, 0.0, out=self.owners)
        if len(self.areas):
            terms = self.problem.terms
            area = self.problem.merged.area[self.held]
            seen = np.clip(self.cover[self.held], 0.0, 1.0) * self.first
            short = terms.floors - np.bincount(area, seen, minlength=len(self.areas))
            part = short / np.maximum(terms.weights, _TINY)
            np.maximum(self.areas + 0.3 * part, 0.0, out=self.areas)
            self._reprice()

    def _reprice(self) -> None:
        area = self.problem.merged.area[self.held]
        self.worth[self.held, 0] = self.first * (1.0 + self.areas[area])

    def look(self, number: int) -> None:
        """Keep the better of the last prices and their average; restart in time."""
        slope, areas, toll, owners, pay, share = self.sums.give()
        last = self._priced(self.slope, self.areas, toll=self.toll, pay=self.pay)
        mean = self._priced(slope, areas, toll=toll, pay=pay)
        found = min(last.bound, mean.bound)
        if found < self.best.bound:
            better = mean if mean.bound <= last.bound else last
            self.best = better
        cover_of(self.pairs, share, self.weight, self.cover)
        gap = found - worth_at(self.cover, self.worth, self.least)
        if self.gap == np.inf:
            self.gap = gap
        shrunk = gap < _SHRUNK * self.gap and self.sums.count >= 2 * _LOOK_EVERY
        long = self.sums.count >= max(_LONG * number, 5 * _LOOK_EVERY)
        if not (shrunk or long):
            return
        self.slope, self.areas, self.toll, self.owners = slope, areas, toll, owners
        self.pay, self.share, self.gap = pay, share, gap
        if len(self.areas):
            self._reprice()
        self._weigh_anew()
        self.sums = self._fresh()

    def _weigh_anew(self) -> None:
        """Balance the steps of sites and prices by how far each has come."""
        if self.anchor is not None:
            slope, share = self.anchor
            far = math.sqrt(
                float((((self.share - share) ** 2) / self.share_step).sum())
            )
            up = self.price_step > 0.0
            moved = (self.slope - slope)[up] ** 2 / self.price_step[up]
            price = math.sqrt(float(moved.sum()))
            if far > _TINY and price > _TINY:
                self.heft = math.sqrt(self.heft * far / price)
        self.anchor = (self.slope.copy(), self.share.copy())

    def _priced(
        self, slope: Floats, areas: Floats, *, toll: Floats, pay: Floats
    ) -> Prices:
        """Give what prices prove; with a budget, at the toll that proves most."""
        terms, worth = self.problem.terms, self.problem.merged.worth
        if len(areas):
            worth = worth.copy()
            area = self.problem.merged.area[self.held]
            worth[self.held, 0] = self.first * (1.0 + areas[area])
        fixed = float(intercepts(worth, slope, self.least).sum())
        fixed -= float(areas @ terms.floors)
        cheap, bound = 0.0, most_paid(pay, self.rules)
        if self.has_budget:
            cheap, bound = self._best_toll(pay, float(toll[0]))
        return Prices(
            fixed + bound,
            slope.copy(),
            areas.copy(),
            cheap,
            pay.copy(),
            self.share.copy(),
        )

    def _best_toll(self, pay: Floats, guess: float) -> tuple[float, float]:
        rules = self.rules

        def proved(toll: float) -> float:
            return most_paid(pay - toll * rules.cost, rules) + toll * rules.budget

        costly = rules.cost > 0.0
        rates = pay[costly] / rules.cost[costly]
        low, high = 0.0, max(float(rates.max(initial=0.0)), guess)
        # convex in the toll: the golden section closes in on the least
        golden = (math.sqrt(5.0) - 1.0) / 2.0
        left, right = high - golden * (high - low), low + golden * (high - low)
        at_left, at_right = proved(left), proved(right)
        tolls = {0.0: proved(0.0), guess: proved(guess), left: at_left, right: at_right}
        for _ in range(40):
            if at_left <= at_right:
                high, right, at_right = right, left, at_left
                left = high - golden * (high - low)
                at_left = tolls[left] = proved(left)
            else:
                low, left, at_left = left, right, at_right
                right = low + golden * (high - low)
                at_right = tolls[right] = proved(right)
        best = min(tolls, key=lambda toll: (tolls[toll], toll))
        return best, tolls[best]


def to_points(problem: Problem, prices: Prices) -> Multipliers:
    """
    Share the price of merged demand among the points that it was made of.

    Parameters
    ----------
    problem
        The question.
    prices
        One a row of merged demand.

    Returns
    -------
    Multipliers
        One a point; they prove as much.
    """
    worth, terms, merged = problem.worth, problem.terms, problem.merged
    whole = merged.worth
    if len(prices.areas):
        rise = np.append(prices.areas, 0.0)
        worth, whole = worth.copy(), whole.copy()
        worth[:, 0] *= 1.0 + rise[terms.area]
        whole[:, 0] *= 1.0 + rise[merged.area]
    demand = worth[:, 0].copy()
    inside = np.flatnonzero(merged.group >= 0)
    row = merged.group[inside]
    slope = np.minimum(prices.slope, whole[:, 0])
    # between the worths of two looks, at the same share of the way for all
    look = (whole > slope[:, None]).sum(axis=1)
    edges = np.column_stack([whole[:, 0], whole, np.zeros(len(whole))])
    every = np.arange(len(whole))
    high, low = edges[every, look], edges[every, look + 1]
    way = np.divide(slope - low, high - low, out=np.zeros(len(whole)), where=high > low)
    mine = np.column_stack([worth, np.zeros(len(worth))])[inside]
    at = look[row]
    rows = np.arange(len(inside))
    top = np.where(at > 0, mine[rows, np.maximum(at - 1, 0)], mine[rows, 0])
    base = mine[rows, at]
    demand[inside] = base + way[row] * (top - base)
    return Multipliers(demand, prices.areas.copy(), prices.toll)
