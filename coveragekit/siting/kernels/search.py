"""Choose sites: the greedy start, swaps, and ruin and recreate."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from coveragekit.siting.kernels.state import Pairs, Rules, State, add, drop, loss
from coveragekit.visibility.jit import kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["fill", "in_order", "recreate", "swap"]

# Beyond this share of all there is to gain, a difference is more than rounding.
_GRAIN = 1e-10
_MOST_RUINED = 12


@kernel
def _random(seed: NDArray[np.uint64]) -> float:
    """Give a number from 0 to 1 and move on; xorshift, the same on every machine."""
    x = seed[0]
    x ^= x << np.uint64(13)
    x ^= x >> np.uint64(7)
    x ^= x << np.uint64(17)
    seed[0] = x
    return float(x >> np.uint64(11)) * (1.0 / 9007199254740992.0)


@kernel
def _fits(rules: Rules, state: State, k: int, out: int) -> bool:
    """Tell whether a site may be chosen, once the site ``out`` (if any) is gone."""
    if state.chosen[k] or rules.barred[k]:
        return False
    freed = rules.cost[out] if out >= 0 else 0.0
    if state.totals[1] - freed + rules.cost[k] > rules.budget:
        return False
    owner = rules.owner[k]
    if owner >= 0 and state.owned[owner] >= rules.cap[owner]:
        return out >= 0 and rules.owner[out] == owner
    return True


@kernel
def _best(
    rules: Rules, state: State, by_cost: int, blink: float, seed: NDArray[np.uint64]
) -> int:
    """Give the site that adds most (for its cost), or -1; with some luck, another."""
    best, most = -1, 0.0
    for k in range(state.gain.size):
        score = state.gain[k]
        if by_cost > 0:
            score /= max(rules.cost[k], 1e-300)
        if score <= most or not _fits(rules, state, k, -1):
            continue
        if blink > 0.0 and _random(seed) < blink:
            continue
        best, most = k, score
    return best


@kernel
def fill(
    pairs: Pairs,
    worth: NDArray[np.float64],
    rules: Rules,
    state: State,
    by_cost: int,
    least: float,
) -> int:
    """
    Choose the best site, again and again, while one fits and adds something.

    Parameters
    ----------
    pairs, worth, rules
        The question; `worth` is what the first, second ... look at each demand is
        worth, never rising.
    state
        The choice so far; changed.
    by_cost
        1 where a gain counts for its cost, else 0.
    least
        A gain that is no more than this is rounding.

    Returns
    -------
    int
        How many steps it took.
    """
    seed = np.ones(1, np.uint64)
    steps = 0
    while state.totals[0] < rules.choose:
        steps += state.gain.size
        k = _best(rules, state, by_cost, 0.0, seed)
        if k < 0 or state.gain[k] <= least:
            break
        steps += add(pairs, worth, rules, state, k)
    return steps


@kernel
def in_order(
    pairs: Pairs,
    worth: NDArray[np.float64],
    rules: Rules,
    state: State,
    order: NDArray[np.int64],
    gains: NDArray[np.float64],
) -> int:
    """
    Choose every site that may be chosen, the one that adds most first.

    Parameters
    ----------
    pairs, worth, rules
        The question; `worth` is what the first, second ... look at each demand is
        worth, never rising.
    state
        The choice so far; changed.
    order, gains
        One a site; which was chosen when and what it added is written.

    Returns
    -------
    int
        How many were chosen.
    """
    count = 0
    while True:
        best = -1
        for k in range(state.gain.size):
            if state.chosen[k] or rules.barred[k]:
                continue
            if best < 0 or state.gain[k] > state.gain[best]:
                best = k
        if best < 0:
            return count
        order[count], gains[count] = best, max(state.gain[best], 0.0)
        add(pairs, worth, rules, state, best)
        count += 1


@kernel
def _swap_for(
    pairs: Pairs,
    worth: NDArray[np.float64],
    rules: Rules,
    state: State,
    j: int,
    rest: int,
    extra: NDArray[np.float64],
    touched: NDArray[np.int32],
) -> tuple[int, float, int]:
    """
    Give the best site in place of ``j``, what the swap gains, and the steps it took.

    ``rest`` is the best of those that do not overlap with ``j``; -1 where owners or
    costs decide who fits, so that all have to be looked at.
    """
    lost, count, steps = loss(pairs, worth, state, j, extra, touched)
    best, most = -1, 0.0
    if rest >= 0:
        best, most = rest, state.gain[rest] + extra[rest]
        for at in range(count):
            k = touched[at]
            total = state.gain[k] + extra[k]
            if total > most and _fits(rules, state, k, j):
                best, most = k, total
    else:
        steps += state.gain.size
        for k in range(state.gain.size):
            total = state.gain[k] + extra[k]
            if total > most and _fits(rules, state, k, j):
                best, most = k, total
    for at in range(count):
        extra[touched[at]] = 0.0
    return best, most - lost, steps


@kernel
def swap(
    pairs: Pairs,
    worth: NDArray[np.float64],
    rules: Rules,
    state: State,
    tried: NDArray[np.bool_],
    least: float,
    limit: int,
) -> tuple[int, bool]:
    """
    Give up one site for a better one, again and again, until no such swap gains.

    Parameters
    ----------
    pairs, worth, rules
        The question; `worth` is what the first, second ... look at each demand is
        worth, never rising.
    state
        The choice so far; changed.
    tried
        The sites that may be given up, where they are chosen; those that come are
        tried as well.
    least
        A gain that is no more than this is rounding.
    limit
        Stop after about so many steps.

    Returns
    -------
    steps
        How many steps it took.
    settled
        Whether no swap gains any more.
    """
    sites = state.gain.size
    extra = np.zeros(sites)
    touched = np.empty(sites, np.int32)
    seed = np.ones(1, np.uint64)
    plain = rules.budget == np.inf and rules.cap.size == 0
    rest = _best(rules, state, 0, 0.0, seed) if plain else -1
    steps, idle, j = sites, 0, 0
    while idle <= sites:
        j = j + 1 if j + 1 < sites else 0
        idle += 1
        if not tried[j] or not state.chosen[j] or rules.fixed[j]:
            continue
        if steps >= limit:
            return steps, False
        k, profit, taken = _swap_for(
            pairs, worth, rules, state, j, rest, extra, touched
        )
        steps += taken
        if k < 0 or profit <= least:
            continue
        steps += drop(pairs, worth, rules, state, j)
        steps += add(pairs, worth, rules, state, k)
        tried[k] = True
        if not plain:
            # what the swap set free may pay for one more
            steps += fill(pairs, worth, rules, state, 1, least)
        else:
            steps += sites
            rest = _best(rules, state, 0, 0.0, seed)
        idle = 0
    return steps, True


@kernel
def _neighbours(
    pairs: Pairs,
    rules: Rules,
    state: State,
    first: int,
    wanted: int,
    found: NDArray[np.int32],
    seed: NDArray[np.uint64],
) -> int:
    """Walk at random from a chosen site to others near it; give how many there are."""
    found[0] = first
    count, at = 1, first
    for _ in range(8 * wanted):
        if count >= wanted:
            break
        begin, end = pairs.site_ptr[at], pairs.site_ptr[at + 1]
        if begin == end:
            break
        i = pairs.demand[begin + int(_random(seed) * (end - begin))]
        begin, end = pairs.demand_ptr[i], pairs.demand_ptr[i + 1]
        at = pairs.site[begin + int(_random(seed) * (end - begin))]
        begin, end = pairs.site_ptr[at], pairs.site_ptr[at + 1]
        i = pairs.demand[begin + int(_random(seed) * (end - begin))]
        for beside in range(pairs.demand_ptr[i], pairs.demand_ptr[i + 1]):
            k = pairs.site[beside]
            if not state.chosen[k] or rules.fixed[k] or count >= wanted:
                continue
            known = False
            for other in range(count):
                known = known or found[other] == k
            if not known:
                found[count] = k
                count += 1
    return count


@kernel
def recreate(
    pairs: Pairs,
    worth: NDArray[np.float64],
    rules: Rules,
    state: State,
    best: NDArray[np.bool_],
    best_value: float,
    seed: NDArray[np.uint64],
    heat: float,
    end_heat: float,
    limit: int,
) -> tuple[int, float]:
    """
    Ruin a neighbourhood and fill it anew, and keep what is better, or hardly worse.

    Parameters
    ----------
    pairs, worth, rules
        The question; `worth` is what the first, second ... look at each demand is
        worth, never rising.
    state
        The choice so far; changed, at the end not always the best one seen.
    best, best_value
        The best choice seen, and what it is worth; the former is written.
    seed
        One number, not 0, that says how luck falls; changed.
    heat, end_heat
        How much worse a choice may be taken, at the start and at the end.
    limit
        Stop after about so many steps.

    Returns
    -------
    steps
        How many steps it took.
    best_value
        What the best choice seen is worth.
    """
    sites = state.gain.size
    members = np.empty(sites, np.int32)
    count = 0
    for j in range(sites):
        if state.chosen[j] and not rules.fixed[j]:
            members[count] = j
            count += 1
    gone = np.empty(_MOST_RUINED, np.int32)
    come = np.empty(sites, np.int32)
    place = np.empty(sites, np.int32)
    for at in range(count):
        place[members[at]] = at
    steps = 0
    bounded = rules.budget != np.inf
    while steps < limit and count > 0:
        warm = heat * (end_heat / heat) ** (steps / limit)
        before = state.totals[2]
        first = members[int(_random(seed) * count)]
        wanted = min(2 + int(_random(seed) * (_MOST_RUINED - 2)), count)
        out = _neighbours(pairs, rules, state, first, wanted, gone, seed)
        for at in range(out):
            steps += drop(pairs, worth, rules, state, gone[at])
        by_cost = 1 if bounded and _random(seed) < 0.5 else 0
        fresh = 0
        while state.totals[0] < rules.choose:
            steps += sites // 4
            k = _best(rules, state, by_cost, 0.1, seed)
            if k < 0:
                break
            come[fresh] = k
            fresh += 1
            steps += add(pairs, worth, rules, state, k)
        floor = before + warm * math.log(_random(seed) + 1e-300)
        if state.totals[2] < floor:
            for at in range(fresh):
                steps += drop(pairs, worth, rules, state, come[fresh - 1 - at])
            for at in range(out):
                steps += add(pairs, worth, rules, state, gone[at])
            state.totals[2] = before
            continue
        # members: those gone make room for those that came
        for at in range(out):
            spot = place[gone[at]]
            count -= 1
            members[spot] = members[count]
            place[members[spot]] = spot
        for at in range(fresh):
            members[count] = come[at]
            place[come[at]] = count
            count += 1
        if state.totals[2] > best_value * (1.0 + _GRAIN):
            best_value = state.totals[2]
            best[:] = state.chosen
    return steps, best_value
