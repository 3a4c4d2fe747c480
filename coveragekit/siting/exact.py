"""Ask HiGHS for the best choice of a small question, and for the proof."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from coveragekit.siting.floors import first_looks
from coveragekit.siting.search import Ground, state_of

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.sparse import csr_array

    from coveragekit.siting.kernels.state import State
    from coveragekit.siting.problem import Problem
    from coveragekit.siting.steps import Clock

    Floats = NDArray[np.float64]
    Flags = NDArray[np.bool_]

__all__ = ["Exact", "solve_exactly"]

_CUT_ROUNDS: Final = 40
_GAP: Final = 1e-9
_INFEASIBLE: Final = 2


@dataclass(frozen=True, slots=True, eq=False)
class Exact:
    """
    What HiGHS found.

    Parameters
    ----------
    chosen
        The best choice found, ``None`` where there is none.
    bound
        What no choice exceeds; infinite where that was not found out.
    is_infeasible
        Whether it is proved that no choice keeps the terms.
    """

    chosen: Flags | None
    bound: float
    is_infeasible: bool


def solve_exactly(problem: Problem, nodes: int, clock: Clock) -> Exact:
    """
    Solve a small question by branch and bound.

    Parameters
    ----------
    problem
        The question.
    nodes
        How many branches HiGHS may look into.
    clock
        Cuts off.

    Returns
    -------
    Exact
        The choice, and how good any other could be.

    Notes
    -----
    Sure pairs: each look at a demand is a variable from 0 to 1, and all of them
    together are at most the number of sites chosen. Uncertain pairs: what a demand is
    worth is at most what a set of sites makes it worth and what each other site would
    add to that; such cuts are added where a choice breaks them, until none does
    (Nemhauser and Wolsey 1981).
    """
    if problem.merged.pairs.site_chance.size:
        return _by_cuts(problem, nodes, clock)
    pairs, worth = problem.merged.pairs, problem.merged.worth
    rows, levels = worth.shape
    from scipy.sparse import csr_array, eye_array, hstack

    covers = csr_array(
        (np.ones(len(pairs.site)), pairs.site, pairs.demand_ptr),
        shape=(rows, len(problem.rules.cost)),
    )
    looks = hstack([eye_array(rows, format="csr")] * levels)
    linked = hstack([-covers, looks], format="csr")
    first = np.zeros((len(problem.terms.areas), rows))
    for at in range(len(first)):
        inside = problem.merged.area == at
        first[at, inside] = worth[inside, 0]
    floors = np.hstack([first, np.zeros((len(first), rows * (levels - 1)))])
    value = worth.T.ravel()
    found = _milp(
        problem,
        value,
        linked,
        limit=np.zeros(rows),
        nodes=nodes,
        clock=clock,
        floors=floors,
        most=np.ones(len(value)),
    )
    return found[0]


def _milp(  # noqa: PLR0913 -- the parts of one programme
    problem: Problem,
    value: Floats,
    linked: csr_array,
    *,
    limit: Floats,
    floors: Floats,
    most: Floats,
    nodes: int,
    clock: Clock,
) -> tuple[Exact, Floats]:
    """Solve for sites (whole) and looks (parts); give the looks' worth as well."""
    from scipy.optimize import Bounds, LinearConstraint, milp
    from scipy.sparse import csr_array, hstack

    rules = problem.rules
    sites, parts = len(rules.cost), len(value)
    rows: list[Any] = [np.ones(sites)]
    tops = [float(rules.choose)]
    if rules.budget != np.inf:
        scale = max(rules.budget, 1e-12)
        rows.append(rules.cost / scale)
        tops.append(1.0)
    for at in range(len(rules.cap)):
        rows.append((rules.owner == at).astype(np.float64))
        tops.append(float(rules.cap[at]))
    sided = hstack([csr_array(np.vstack(rows)), csr_array((len(rows), parts))])
    limits = [
        LinearConstraint(linked, -np.inf, limit),
        LinearConstraint(sided, -np.inf, np.array(tops)),
    ]
    if len(floors):
        held = hstack([csr_array((len(floors), sites)), csr_array(floors)])
        limits.append(LinearConstraint(held, problem.terms.floors * (1 - _GAP), np.inf))
    options: Any = {"node_limit": nodes, "mip_rel_gap": _GAP}
    if clock.left_s is not None:
        options["time_limit"] = max(clock.left_s, 0.01)
    low = np.append(rules.fixed.astype(np.float64), np.zeros(parts))
    high = np.append(1.0 - rules.barred, most)
    found = milp(
        np.append(np.zeros(sites), -value),
        integrality=np.append(np.ones(sites), np.zeros(parts)),
        bounds=Bounds(low, high),
        constraints=limits,
        options=options,
    )
    clock.is_over()
    bound = found.get("mip_dual_bound")
    proved = np.inf if bound is None or not np.isfinite(bound) else -float(bound)
    if found.x is None:
        nothing = Exact(None, proved, found.status == _INFEASIBLE)
        return nothing, np.empty(0)
    chosen = np.asarray(found.x[:sites]) > 0.5
    return Exact(chosen, proved, is_infeasible=False), np.asarray(found.x[sites:])


def _by_cuts(problem: Problem, nodes: int, clock: Clock) -> Exact:
    """Solve a question with chances: cut off what no choice can be worth."""
    from scipy.sparse import csr_array, hstack

    pairs, worth = problem.merged.pairs, problem.merged.worth
    rows, levels = worth.shape
    sites = len(problem.rules.cost)
    ground = Ground(pairs, worth, problem.rules)
    has_floors = bool(problem.terms.areas)
    if has_floors and levels > 1:
        return Exact(None, np.inf, is_infeasible=False)
    floors = np.zeros((len(problem.terms.areas), rows))
    for at in range(len(floors)):
        floors[at, problem.merged.area == at] = 1.0
    cuts, tops = [], []
    best = Exact(None, np.inf, is_infeasible=False)
    chosen = np.zeros(sites, dtype=np.bool_)
    most, value = worth.sum(axis=1), -1.0
    for _ in range(_CUT_ROUNDS):
        base, adds = _cut_at(ground, chosen)
        cuts.append(hstack([-adds, csr_array(np.eye(rows))]))
        tops.append(base)
        from scipy.sparse import vstack

        found, _parts = _milp(
            problem,
            np.ones(rows),
            vstack(cuts, format="csr"),
            limit=np.concatenate(tops),
            floors=floors,
            most=most,
            nodes=nodes,
            clock=clock,
        )
        if found.chosen is None:
            return Exact(best.chosen, min(best.bound, found.bound), found.is_infeasible)
        chosen = found.chosen
        bound = min(best.bound, found.bound)
        reached = float(_cut_at(ground, chosen)[0].sum())
        if reached > value and _keeps_floors(problem, state_of(ground, chosen)):
            value = reached
            best = Exact(chosen, bound, is_infeasible=False)
        else:
            best = Exact(best.chosen, bound, is_infeasible=False)
        if value >= bound * (1.0 - _GAP) or clock.is_over():
            break
    return best


def _keeps_floors(problem: Problem, state: State) -> bool:
    floors = problem.terms.floors * (1.0 - _GAP)
    return bool((first_looks(problem, state) >= floors).all())


def _cut_at(ground: Ground, chosen: Flags) -> tuple[Floats, csr_array]:
    """Give what a choice makes each demand worth, and what each other site adds."""
    from scipy.sparse import csr_array

    state = state_of(ground, chosen)
    below = np.cumsum(state.chance, axis=1)
    base = (ground.worth * np.maximum(1.0 - below, 0.0)).sum(axis=1)
    pairs = ground.pairs
    row = np.repeat(np.arange(len(base)), np.diff(pairs.demand_ptr))
    adds = pairs.demand_chance * state.need[row] * ~chosen[pairs.site]
    form = csr_array(
        (adds, pairs.site, pairs.demand_ptr), shape=(len(base), len(chosen))
    )
    return base, form
