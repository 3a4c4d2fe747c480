"""A plan: which sites, what each adds, how good it is at least, and what if not."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from coveragekit.errors import InputError
from coveragekit.siting.bounds import most_paid
from coveragekit.siting.floors import first_looks, refuse
from coveragekit.siting.kernels.state import drop
from coveragekit.siting.search import Ground, copied, ordered, polish

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping

    from numpy.typing import NDArray

    from coveragekit.siting.bounds import Multipliers
    from coveragekit.siting.kernels.state import Rules, State
    from coveragekit.siting.problem import Problem

    Floats = NDArray[np.float64]

__all__ = ["Kept", "Plan", "plan_of"]

# Swaps after a refusal are tried for so many steps: some milliseconds.
_AFTER_REFUSAL: Final = 600_000


@dataclass(frozen=True, slots=True, eq=False)
class Kept:
    """
    What a plan keeps so that it can be changed in no time.

    Parameters
    ----------
    problem
        The question.
    state
        The choice and what each more site would add.
    pay
        What each site is paid by the multipliers, less the toll on its cost.
    rest
        The part of the bound that does not hang on which sites may be chosen.
    cap
        A bound known otherwise, from HiGHS; infinite where there is none.
    """

    problem: Problem
    state: State
    pay: Floats
    rest: float
    cap: float


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """
    The sites to choose, and a proof of how good they are.

    Parameters
    ----------
    selected
        Numbers of the sites, the one first that adds most to those before it.
    gains
        What each adds to those before it; never rising.
    value
        What they are worth together.
    bound
        What no choice that keeps the terms exceeds.
    multipliers
        What proves the bound: see :func:`coveragekit.siting.verify_bound`. Where
        HiGHS proved a lower one, ``proved_by`` says so.
    stopped_by
        ``proof`` (it is the best), ``effort`` (as much was done as was asked for) or
        ``time limit`` (it was cut off; another run may find more).
    proved_by
        ``multipliers`` or ``HiGHS``.
    cost
        What the sites cost together; 0 where no costs were given.
    total
        What the demand would be worth if all of it were looked at as often as counts.
    floors
        For each area with a floor: the share asked for, and the share covered at least
        once.
    value_without_floors
        What the best plan found is worth that keeps no floors; ``None`` without any.
    """

    selected: NDArray[np.int64]
    gains: Floats
    value: float
    bound: float
    multipliers: Multipliers
    stopped_by: str
    proved_by: str
    cost: float
    total: float
    floors: Mapping[Hashable, tuple[float, float]]
    value_without_floors: float | None
    _kept: Kept = field(repr=False)

    @property
    def at_least_share(self) -> float:
        """How good the plan is at least, of the best possible: 0 to 1, rounded down."""
        if self.bound <= 0.0 or self.value >= self.bound:
            return 1.0
        return math.floor(1000.0 * self.value / self.bound) / 1000.0

    @property
    def proof(self) -> str:
        """How good the plan is, in words."""
        if self.stopped_by == "proof":
            return "the best possible"
        return f"at least {100.0 * self.at_least_share:.1f} % of the best possible"

    @property
    def covered_share(self) -> float:
        """What the plan is worth, of what all the demand is worth: 0 to 1."""
        return self.value / self.total if self.total > 0.0 else 0.0

    @property
    def price_of_fairness(self) -> float:
        """What the floors cost in value; 0 without any."""
        if self.value_without_floors is None:
            return 0.0
        return max(self.value_without_floors - self.value, 0.0)

    @property
    def further_gains(self) -> Floats:
        """What each site would add to the plan; 0 for those in it."""
        state = self._kept.state
        return np.where(state.chosen, 0.0, np.maximum(state.gain, 0.0))

    def without(self, *sites: int) -> Plan:
        """
        Give the plan after refusals: the best sites in place of those that are lost.

        Parameters
        ----------
        *sites
            Numbers of sites that cannot be had, in the plan or not.

        Returns
        -------
        Plan
            The changed plan, in milliseconds. The bound is proved by the same
            multipliers, with ``refused`` among the terms.

        Raises
        ------
        InputError
            A site is required or unknown, none is left, or a floor cannot be kept.

        Notes
        -----
        What is lost is filled by what now adds most, and sites nearby are swapped
        while that gains. The rest of the plan stays as it is, as it may have been
        agreed on; choose anew for the best.

        Examples
        --------
        >>> from coveragekit.siting import maximal_cover
        >>> cover = np.array([[1, 0, 0], [0, 1, 0], [0, 0, 1]], dtype=bool)
        >>> plan = maximal_cover(cover, [5.0, 3.0, 1.0], choose=2)
        >>> plan.selected.tolist(), plan.without(0).selected.tolist()
        ([0, 1], [1, 2])
        """
        kept = self._kept
        terms = kept.problem.terms
        rules = _barred(terms.rules, sites)
        problem = replace(kept.problem, terms=replace(terms, rules=rules))
        ground = Ground(problem.merged.pairs, problem.merged.worth, rules)
        state = copied(kept.state)
        lost = [site for site in dict.fromkeys(sites) if state.chosen[site]]
        if lost:
            beside = _beside(ground, lost)
            for site in lost:
                drop(*ground, state, site)
            polish(ground, state=state, tried=beside, limit=_AFTER_REFUSAL)
        changed = replace(kept, problem=problem, state=state)
        if problem.terms.areas:
            reached = first_looks(problem, state)
            if (reached < terms.floors * (1.0 - 1e-9)).any():
                raise refuse(problem, reached, is_proved=False)
        return plan_of(
            changed,
            self.multipliers,
            stopped_by=self.stopped_by if self.stopped_by != "proof" else "effort",
            free=self.value_without_floors,
        )


def _barred(rules: Rules, sites: tuple[int, ...]) -> Rules:
    barred = rules.barred.copy()
    for site in sites:
        if not 0 <= site < len(barred):
            message = f"there is no site {site}; allowed: 0 to {len(barred) - 1}"
            raise InputError(message)
        if rules.fixed[site]:
            message = f"site {site} is required; choose anew without requiring it"
            raise InputError(message)
        barred[site] = True
    if barred.all():
        message = f"no site is left to choose from: all {len(barred)} are refused"
        raise InputError(message)
    return rules._replace(barred=barred)


def _beside(ground: Ground, lost: list[int]) -> NDArray[np.bool_]:
    """Give the sites that share demand with those lost."""
    pairs = ground.pairs
    near = np.zeros(len(ground.rules.cost), dtype=np.bool_)
    for site in lost:
        for i in pairs.demand[pairs.site_ptr[site] : pairs.site_ptr[site + 1]]:
            near[pairs.site[pairs.demand_ptr[i] : pairs.demand_ptr[i + 1]]] = True
    return near


def plan_of(
    kept: Kept,
    multipliers: Multipliers,
    *,
    stopped_by: str,
    free: float | None,
) -> Plan:
    """
    Give the plan that a choice is.

    Parameters
    ----------
    kept
        The choice, and what its bound hangs on.
    multipliers
        What proves the bound.
    stopped_by
        Why the search ended, where nothing proves that it need not go on.
    free
        What could be had without floors; ``None`` without any.

    Returns
    -------
    Plan
        The plan.
    """
    problem, state = kept.problem, kept.state
    merged, terms, rules = problem.merged, problem.terms, problem.rules
    ground = Ground(merged.pairs, merged.worth, rules)
    order, gains = ordered(ground, chosen=state.chosen)
    value = math.fsum(gains)
    proved = kept.rest + most_paid(kept.pay, rules)
    bound = max(min(proved, kept.cap), value)
    is_best = value >= bound * (1.0 - 1e-9)
    reached = first_looks(problem, state) if terms.areas else ()
    shares = {
        name: (float(floor / weight), float(seen / weight))
        for name, floor, weight, seen in zip(
            terms.areas, terms.floors, terms.weights, reached, strict=True
        )
    }
    return Plan(
        selected=order,
        gains=gains,
        value=value,
        bound=bound,
        multipliers=multipliers,
        stopped_by="proof" if is_best else stopped_by,
        proved_by="HiGHS" if kept.cap < proved * (1.0 - 1e-9) else "multipliers",
        cost=math.fsum(rules.cost[order]),
        total=problem.total,
        floors=shares,
        value_without_floors=None if free is None else max(free, value),
        _kept=kept,
    )
