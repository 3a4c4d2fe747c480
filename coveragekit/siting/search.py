"""Search for the best choice: greedy, swaps, and chains of ruin and recreate."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from coveragekit.siting.kernels.search import fill, in_order, recreate, swap
from coveragekit.siting.kernels.state import Pairs, Rules, State, add, refresh
from coveragekit.siting.merging import pairs_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from coveragekit.siting.steps import Clock, Work

    Floats = NDArray[np.float64]
    Flags = NDArray[np.bool_]

__all__ = [
    "GRAIN",
    "Ground",
    "anneal",
    "copied",
    "empty_state",
    "first_choice",
    "ordered",
    "polish",
    "state_of",
]

# A chain is looked at after so many steps: about a tenth of a second.
_CHUNK: Final = 20_000_000
# Swaps end by themselves; should rounding ever keep them going, they end here.
_MANY: Final = 2_000_000_000
# A gain that is no more than this share of all there is to gain is rounding.
GRAIN: Final = 1e-11
# How much worse a choice may be taken, as a share of what a site adds on average.
_WARM: Final = 0.003
_COOL: Final = 0.0001
# Steps of one cooling, for each site and each that is chosen.
_CYCLE: Final = 250.0
_MOST_CYCLES: Final = 20


class Ground(NamedTuple):
    """
    What is searched: merged demand, or the part of it that a few sites cover.

    Parameters
    ----------
    pairs
        Which site covers which demand.
    worth
        What the first, second ... look at each demand is worth, never rising.
    rules
        What a choice may be.
    """

    pairs: Pairs
    worth: Floats
    rules: Rules


def empty_state(ground: Ground) -> State:
    """
    Give a state in which the required sites are chosen, and nothing else.

    Parameters
    ----------
    ground
        The question.

    Returns
    -------
    State
        As the kernels take it.

    Examples
    --------
    >>> from coveragekit.siting.problem import problem_of
    >>> asked = problem_of(np.ones((3, 2), bool), [1, 2, 3], (1.0,), choose=1)
    >>> ground = Ground(asked.merged.pairs, asked.merged.worth, asked.rules)
    >>> empty_state(ground).gain.tolist()
    [6.0, 6.0]
    """
    pairs, worth, rules = ground
    rows, levels = worth.shape
    sites = len(rules.cost)
    sure = not pairs.site_chance.size
    state = State(
        chosen=rules.fixed.copy(),
        looks=np.zeros(rows if sure else 0, np.int32),
        chance=np.zeros((0 if sure else rows, levels)),
        need=np.zeros(rows),
        gain=np.zeros(sites),
        owned=np.zeros(len(rules.cap), np.int64),
        totals=np.zeros(3),
    )
    refresh(*ground, state)
    return state


def state_of(ground: Ground, chosen: Flags) -> State:
    """
    Give the state of a choice.

    Parameters
    ----------
    ground
        The question.
    chosen
        The choice; the required sites are not added to it.

    Returns
    -------
    State
        As the kernels take it.

    Examples
    --------
    >>> from coveragekit.siting.problem import problem_of
    >>> asked = problem_of(np.ones((3, 2), bool), [1, 2, 3], (1.0,), choose=1)
    >>> ground = Ground(asked.merged.pairs, asked.merged.worth, asked.rules)
    >>> state_of(ground, np.array([True, False])).gain.tolist()
    [0.0, 0.0]
    """
    return empty_state(ground._replace(rules=ground.rules._replace(fixed=chosen)))


def copied(state: State) -> State:
    """
    Give a copy of a state that may be changed.

    Parameters
    ----------
    state
        The state.

    Returns
    -------
    State
        With arrays of its own.

    Examples
    --------
    >>> state = State._make(np.zeros(1) for _ in State._fields)
    >>> copied(state).gain is state.gain
    False
    """
    return State._make(part.copy() for part in state)


def first_choice(ground: Ground) -> State:
    """
    Choose greedily, by gain and (with a budget) by gain for cost, and swap.

    Parameters
    ----------
    ground
        The question.

    Returns
    -------
    State
        The better of the choices.

    Notes
    -----
    With a budget the best single site is a choice as well: greedy alone may spend
    everything on trifles (Khuller, Moss and Naor 1999).
    """
    rules = ground.rules
    least = GRAIN * float(ground.worth.sum())
    found = []
    for by_cost in (0, 1) if rules.budget != np.inf else (0,):
        state = empty_state(ground)
        fill(*ground, state, by_cost, least)
        polish(ground, state=state)
        found.append(state)
    if rules.budget != np.inf:
        state = empty_state(ground)
        free = ~state.chosen & ~rules.barred
        free &= state.totals[1] + rules.cost <= rules.budget
        full = (rules.owner >= 0) & np.append(state.owned >= rules.cap, False)[
            rules.owner
        ]
        free &= ~full
        if free.any() and state.totals[0] < rules.choose:
            add(
                *ground,
                state,
                int(np.argmax(np.where(free, state.gain, -1.0))),
            )
            fill(*ground, state, 1, least)
            polish(ground, state=state)
            found.append(state)
    return max(found, key=lambda state: float(state.totals[2]))


def polish(
    ground: Ground,
    *,
    state: State,
    tried: Flags | None = None,
    limit: int = _MANY,
) -> None:
    """
    Fill what is left and swap while that gains.

    Parameters
    ----------
    ground
        The question.
    state
        The choice; changed.
    tried
        The sites that may be given up; all where ``None``.
    limit
        Stop after about so many steps.
    """
    rules = ground.rules
    least = GRAIN * float(ground.worth.sum())
    fill(*ground, state, int(rules.budget != np.inf), least)
    given = np.ones(len(rules.cost), np.bool_) if tried is None else tried.copy()
    swap(*ground, state, given, least, limit)
    fill(*ground, state, 0, least)


def anneal(
    ground: Ground,
    *,
    start: Flags,
    seeds: list[int],
    work: Work,
    clock: Clock,
) -> Flags:
    """
    Ruin and recreate in several chains, each by itself.

    Parameters
    ----------
    ground
        The question.
    start
        The choice to begin from.
    seeds
        One a chain, not 0.
    work
        How many steps each takes.
    clock
        Cuts off.

    Returns
    -------
    numpy.ndarray
        The best choice of all chains; that of the first where some are as good.

    Notes
    -----
    What a chain finds depends on its seed alone, not on when it runs: the chains may
    take turns on one processor or have one each.
    """

    def chain(seed: int) -> tuple[float, Flags]:
        return _chain(ground, start=start, seed=seed, work=work, clock=clock)

    with ThreadPoolExecutor(max_workers=len(seeds)) as pool:
        found = list(pool.map(chain, seeds))
    return max(found, key=lambda one: one[0])[1]


def _chain(
    ground: Ground,
    *,
    start: Flags,
    seed: int,
    work: Work,
    clock: Clock,
) -> tuple[float, Flags]:
    state = state_of(ground, start)
    best, value = start.copy(), float(state.totals[2])
    luck = np.array([seed], np.uint64)
    typical = value / max(float(state.totals[0]), 1.0)
    if value <= 0.0 or state.totals[0] <= ground.rules.fixed.sum():
        return value, best
    # from warm to cool and again, as often as there is time for a cycle of that size
    long = _CYCLE * len(ground.rules.cost) * float(state.totals[0])
    cycles = min(max(round(work.search / long), 1), _MOST_CYCLES)
    cycle, done = work.search // cycles, 0
    while done < cycle * cycles and not clock.is_over():
        if done % cycle == 0:
            state = state_of(ground, best)
        steps = min(_CHUNK, cycle - done % cycle)
        heats = [
            typical * _WARM * (_COOL / _WARM) ** (at / cycle)
            for at in (done % cycle, done % cycle + steps)
        ]
        _, value = recreate(
            *ground, state, best, value, luck, heats[0], heats[1], steps
        )
        done += steps
        # what was added and taken away leaves a trace of rounding
        refresh(*ground, state)
    state.chosen[:] = best
    refresh(*ground, state)
    polish(ground, state=state)
    return float(state.totals[2]), state.chosen


def ordered(ground: Ground, *, chosen: Flags) -> tuple[NDArray[np.int64], Floats]:
    """
    Put a choice in order: the site first that adds most to those before it.

    Parameters
    ----------
    ground
        The question.
    chosen
        The choice.

    Returns
    -------
    order
        The chosen sites.
    gains
        What each adds to those before it; never rising.
    """
    part = _chosen_part(ground, np.flatnonzero(chosen))
    order = np.empty(int(chosen.sum()), np.int64)
    gains = np.empty(len(order))
    in_order(*part, empty_state(part), order, gains)
    return np.flatnonzero(chosen)[order], gains


def _chosen_part(ground: Ground, sites: NDArray[np.int64]) -> Ground:
    """Give the question as if there were no sites but these, all of them free."""
    from scipy.sparse import csc_array

    pairs, worth, rules = ground
    sizes = np.diff(pairs.site_ptr)[sites]
    ptr = np.concatenate([[0], np.cumsum(sizes)])
    at = np.arange(ptr[-1]) + np.repeat(pairs.site_ptr[sites] - ptr[:-1], sizes)
    rows, row = np.unique(pairs.demand[at], return_inverse=True)
    sure = not pairs.site_chance.size
    data = np.ones(len(at), np.bool_) if sure else pairs.site_chance[at]
    form = csc_array((data, row, ptr), shape=(len(rows), len(sites))).tocsr()
    free = rules._replace(
        cost=rules.cost[sites],
        owner=np.full(len(sites), -1, np.int32),
        fixed=np.zeros(len(sites), np.bool_),
        barred=np.zeros(len(sites), np.bool_),
    )
    return Ground(pairs_of(form, sure=sure), worth[rows], free)
