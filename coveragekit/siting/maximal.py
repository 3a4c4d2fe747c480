"""Choose the best sites, and prove how good the choice is."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from coveragekit.siting.bounds import bound_from, most_paid
from coveragekit.siting.exact import solve_exactly
from coveragekit.siting.floors import Keeper, refuse
from coveragekit.siting.merging import pairs_of
from coveragekit.siting.plan import Kept, Plan, plan_of
from coveragekit.siting.prices import find_prices, to_points
from coveragekit.siting.problem import problem_of
from coveragekit.siting.search import Ground, anneal, first_choice, polish, state_of
from coveragekit.siting.steps import Clock, work_of

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Mapping, Sequence

    from numpy.typing import ArrayLike, NDArray

    from coveragekit.siting.kernels.state import Rules
    from coveragekit.siting.prices import Prices
    from coveragekit.siting.problem import Problem
    from coveragekit.siting.steps import Effort, Work

    Flags = NDArray[np.bool_]
    Floats = NDArray[np.float64]

__all__ = ["maximal_cover"]

# Shares below this are rounding.
_SOME: Final = 1e-9
# Questions of so few pairs are asked of HiGHS at once.
_TINY: Final = 3_000


def maximal_cover(  # noqa: PLR0913 -- each term goes by its name
    cover: Any,  # noqa: ANN401 -- any of scipy's sparse forms, or an array
    weights: ArrayLike,
    *,
    choose: int | None = None,
    costs: ArrayLike | None = None,
    budget: float | None = None,
    required: Iterable[int] = (),
    refused: Iterable[int] = (),
    owners: Sequence[Hashable] | None = None,
    owner_cap: int | Mapping[Any, int] | None = None,
    areas: Sequence[Hashable] | None = None,
    floors: float | Mapping[Any, float] | None = None,
    level_values: ArrayLike = (1.0,),
    rng: np.random.Generator | int = 0,
    effort: Effort = "normal",
    time_limit_s: float | None = None,
) -> Plan:
    """
    Give the sites that together cover most, and a proof of how good they are.

    Parameters
    ----------
    cover
        Which site covers which point, sparse (or an array), shape ``(points, sites)``:
        bool, or how surely, 0 to 1, each site independent of the others.
    weights
        What covering each point is worth, 0 or more.
    choose
        How many sites to choose at most, 1 or more; ``budget`` alone decides where
        ``None``.
    costs
        What each site costs, 0 or more.
    budget
        What the chosen sites may cost together.
    required, refused
        Numbers of sites that must and must not be chosen.
    owners
        Who owns each site, ``None`` for nobody in particular.
    owner_cap
        How many sites of one owner may be chosen: one number for all, or one for each
        owner that has a cap. With one owner for all aims of a camera and a cap of 1,
        each camera is aimed once.
    areas
        In which area each point lies, ``None`` for none.
    floors
        The share of each area's weight that must be covered at least once, 0 to 1: one
        for all areas, or one for each area that has a floor.
    level_values
        What the first, second ... look at a point counts, never rising: ``(1.0,)``
        where one is enough, ``(1.0, 0.4)`` where a second is worth two fifths. Or one
        row a point, shape ``(points, levels)``.
    rng
        A random generator, or a seed for one.
    effort
        ``quick`` (about 2 s of one processor for 3 million pairs), ``normal`` (about
        20 s) or ``thorough`` (about 75 s).
    time_limit_s
        Cut off after so many seconds; ``None`` for no limit. The plan says so.

    Returns
    -------
    Plan
        The choice, in order of gain, its value, the bound, and what proves it.

    Raises
    ------
    InputError
        The terms cannot be, contradict each other, or no choice that keeps the floors
        was found; with the sites or areas in question.

    Notes
    -----
    Maximal covering location (Church and ReVelle 1974). Equal demand is merged; a
    greedy choice is improved by swaps; multipliers found by primal-dual steps prove a
    bound, and name the few sites that matter; among these, neighbourhoods are ruined
    and recreated, with simulated annealing. Small questions then go to HiGHS. The same
    input, seed and effort give the same plan on any number of processors.

    Backup coverage counts looks: with chances, the expected value over how many of the
    chosen sites do cover a point. Owner caps, floors and must-haves hold exactly.

    References
    ----------
    Church, R. and ReVelle, C. (1974): The maximal covering location problem. Papers of
    the Regional Science Association 32.

    Examples
    --------
    >>> cover = np.array([[1, 1, 0], [1, 0, 0], [0, 1, 1], [0, 0, 1]], dtype=bool)
    >>> plan = maximal_cover(cover, [4.0, 2.0, 3.0, 2.0], choose=2)
    >>> plan.selected.tolist(), plan.value, plan.proof
    ([0, 2], 11.0, 'the best possible')
    """
    clock, work = Clock(time_limit_s), work_of(effort)
    problem = problem_of(
        cover,
        weights,
        level_values,
        choose=choose,
        costs=costs,
        budget=budget,
        required=required,
        refused=refused,
        owners=owners,
        owner_cap=owner_cap,
        areas=areas,
        floors=floors,
    )
    draws = np.random.default_rng(rng).integers(1, 2**63, work.chains, dtype=np.int64)
    seeds = [int(draw) for draw in draws]
    free = None
    if problem.terms.areas:
        free = _solve(_unfloored(problem), work, seeds=seeds, clock=clock).value
    return _solve(problem, work, seeds=seeds, clock=clock, free=free)


def _unfloored(problem: Problem) -> Problem:
    """Give the same question without floors."""
    none = np.empty(0)
    terms = replace(
        problem.terms,
        areas=(),
        area=np.full_like(problem.terms.area, -1),
        floors=none,
        weights=none,
    )
    merged = problem.merged._replace(area=np.full_like(problem.merged.area, -1))
    return replace(problem, terms=terms, merged=merged)


def _solve(
    problem: Problem,
    work: Work,
    *,
    seeds: list[int],
    clock: Clock,
    free: float | None = None,
) -> Plan:
    """Search, prove, and ask HiGHS where the question is small."""
    merged, rules = problem.merged, problem.rules
    ground = Ground(merged.pairs, merged.worth, rules)
    first = first_choice(ground)
    keeper = Keeper(problem) if problem.terms.areas else None
    prices = find_prices(
        problem,
        first.chosen,
        enough=float(first.totals[2]) if keeper is None else 0.0,
        rounds=min(work.rounds, max(work.prices // max(len(merged.pairs.site), 1), 1)),
        clock=clock,
    )
    chosen, priced = first.chosen, ground
    if keeper is not None:
        priced = keeper.priced(keeper.search(prices.areas, clock))
        chosen = chosen if keeper.best is None else keeper.best
    multipliers = to_points(problem, prices)
    bound = bound_from(multipliers, problem.cover, problem.worth, terms=problem.terms)
    pay = prices.pay - prices.toll * rules.cost
    asked = _Asked(problem, ground, keeper)
    if len(merged.pairs.site) <= _TINY or (keeper is not None and keeper.best is None):
        chosen, cap = asked.exactly(chosen, bound, pay=pay, work=work, clock=clock)
    else:
        cap = np.inf
    for part in work.parts(len(merged.pairs.site)):
        if asked.is_best(chosen, min(bound, cap)):
            break
        found = _refine(priced, chosen, prices, work=part, seeds=seeds, clock=clock)
        chosen = asked.better(chosen, found)
        chosen, more = asked.exactly(chosen, bound, pay=pay, work=part, clock=clock)
        cap = min(cap, more)
    kept = Kept(
        problem,
        state_of(ground, chosen),
        pay,
        bound - most_paid(pay, rules),
        cap,
    )
    ended = "time limit" if clock.has_cut else "effort"
    return plan_of(kept, multipliers, stopped_by=ended, free=free)


def _refine(
    ground: Ground,
    chosen: Flags,
    prices: Prices,
    *,
    work: Work,
    seeds: list[int],
    clock: Clock,
) -> Flags:
    """Ruin and recreate among the sites that the multipliers favour."""
    rules = ground.rules
    kept = (prices.share > _SOME) | chosen | rules.fixed
    # where shares name but a few, the best paid join them
    favoured = np.where(rules.barred, -np.inf, prices.pay - prices.toll * rules.cost)
    most = np.argsort(-favoured, kind="stable")[: 2 * int(chosen.sum()) + 100]
    kept[most] = True
    kept &= ~rules.barred
    core = np.flatnonzero(kept)
    part = _among(ground, core)
    starts = [chosen[core]]
    rounded = _rounded(part, prices.share[core])
    starts.append(rounded)
    start = max(starts, key=lambda one: float(state_of(part, one).totals[2]))
    best = anneal(part, start=start, seeds=seeds, work=work, clock=clock)
    whole = np.zeros_like(chosen)
    whole[core[best]] = True
    state = state_of(ground, whole)
    polish(ground, state=state)
    return state.chosen


def _rounded(part: Ground, share: NDArray[np.float64]) -> Flags:
    """Give the choice of what the relaxed question chooses most of, with swaps."""
    rules = part.rules
    chosen = rules.fixed.copy()
    count, cost = int(chosen.sum()), float(rules.cost[chosen].sum())
    owned = np.bincount(
        rules.owner[chosen & (rules.owner >= 0)], minlength=len(rules.cap)
    )
    for site in np.argsort(-share, kind="stable"):
        owner = rules.owner[site]
        if count >= rules.choose or share[site] <= _SOME:
            break
        over = cost + rules.cost[site] > rules.budget
        if chosen[site] or over or (owner >= 0 and owned[owner] >= rules.cap[owner]):
            continue
        chosen[site] = True
        count, cost = count + 1, cost + float(rules.cost[site])
        if owner >= 0:
            owned[owner] += 1
    state = state_of(part, chosen)
    polish(part, state=state)
    return state.chosen


def _among(ground: Ground, core: NDArray[np.int64]) -> Ground:
    """Give the question among a part of the sites."""
    from scipy.sparse import csr_array

    pairs, rules = ground.pairs, ground.rules
    sure = not pairs.demand_chance.size
    data = np.ones(len(pairs.site), np.bool_) if sure else pairs.demand_chance
    form = csr_array(
        (data, pairs.site, pairs.demand_ptr), shape=(len(ground.worth), len(rules.cost))
    )
    fewer = rules._replace(
        cost=rules.cost[core],
        owner=rules.owner[core],
        fixed=rules.fixed[core],
        barred=rules.barred[core],
    )
    return Ground(pairs_of(form[:, core], sure=sure), ground.worth, fewer)


class _Asked:
    """A question, and which of two choices is the better answer to it."""

    def __init__(self, problem: Problem, ground: Ground, keeper: Keeper | None) -> None:
        self.problem, self.ground, self.keeper = problem, ground, keeper

    def value(self, chosen: Flags) -> float:
        return float(state_of(self.ground, chosen).totals[2])

    def is_best(self, chosen: Flags, bound: float) -> bool:
        return self.value(chosen) >= bound * (1.0 - 1e-9)

    def better(self, chosen: Flags, found: Flags) -> Flags:
        """Give the better of two choices, of those that keep the floors."""
        if self.keeper is not None:
            self.keeper.take(found)
            return chosen if self.keeper.best is None else self.keeper.best
        return found if self.value(found) > self.value(chosen) else chosen

    def exactly(
        self,
        chosen: Flags,
        bound: float,
        *,
        pay: Floats,
        work: Work,
        clock: Clock,
    ) -> tuple[Flags, float]:
        """
        Let HiGHS look among the sites that a better choice could hold, if few.

        Gives the better choice, and a bound.
        """
        lacks = self.keeper is not None and self.keeper.best is None
        value = -np.inf if lacks else self.value(chosen)
        rules = _narrowed(self.problem.rules, pay, bound - value)
        pairs = int(np.diff(self.ground.pairs.site_ptr)[~rules.barred].sum())
        undecided = int((~rules.barred & ~rules.fixed).sum())
        small = pairs <= work.pairs and undecided <= work.sites and not clock.is_over()
        cap, is_proved = np.inf, False
        if small and value < bound * (1.0 - _SOME):
            terms = replace(self.problem.terms, rules=rules)
            found = solve_exactly(replace(self.problem, terms=terms), work.nodes, clock)
            # no choice among the other sites is better than this one
            cap = max(value if found.is_infeasible else found.bound, value)
            is_proved = found.is_infeasible
            if found.chosen is not None:
                chosen = self.better(chosen, found.chosen)
        if self.keeper is not None and self.keeper.best is None:
            raise refuse(self.problem, self.keeper.reached, is_proved=is_proved)
        return chosen, cap


def _narrowed(rules: Rules, pay: Floats, gap: float) -> Rules:
    """
    Bar and require the sites without and with which nothing better can be had.

    To choose a site against its pay lowers the bound by what the pay falls short of
    the least that is chosen; where that is more than the gap, it is not worth a look.
    """
    free = ~rules.fixed & ~rules.barred
    room = rules.choose - int(rules.fixed.sum())
    if not np.isfinite(gap) or room < 1:
        return rules
    slack = gap * (1.0 + _SOME)
    plain = not rules.cap.size and rules.budget == np.inf
    ranked = -np.sort(-pay[free])
    least = max(float(ranked[room - 1]), 0.0) if plain and len(ranked) >= room else 0.0
    following = max(float(ranked[room]), 0.0) if len(ranked) > room else 0.0
    out = free & (pay < least - slack)
    needed = free & (pay - following > slack) if plain else np.zeros_like(free)
    return rules._replace(barred=rules.barred | out, fixed=rules.fixed | needed)
