"""Keep what a choice of sites is worth, and what each more would add, up to date."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from coveragekit.visibility.jit import kernel

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Pairs", "Rules", "State", "add", "drop", "loss", "refresh"]


class Pairs(NamedTuple):
    """
    Which site covers which demand, from both sides.

    Chances are empty where every pair is sure.
    """

    site_ptr: NDArray[np.int64]
    demand: NDArray[np.int32]
    site_chance: NDArray[np.float64]
    demand_ptr: NDArray[np.int64]
    site: NDArray[np.int32]
    demand_chance: NDArray[np.float64]


class Rules(NamedTuple):
    """What a choice may be: one row a site, one row an owner, and two limits."""

    cost: NDArray[np.float64]
    owner: NDArray[np.int32]
    cap: NDArray[np.int64]
    fixed: NDArray[np.bool_]
    barred: NDArray[np.bool_]
    choose: int
    budget: float


class State(NamedTuple):
    """
    A choice of sites and what follows from it; changed by the kernels.

    ``looks`` counts the chosen that cover a demand (sure pairs only), ``chance`` says
    how surely none, one, two ... of them do (uncertain pairs only), ``need`` what one
    more sure look is worth, and ``gain`` what each site would add. ``owned`` counts by
    owner; ``totals`` holds the number chosen, what they cost, and what they are worth.
    """

    chosen: NDArray[np.bool_]
    looks: NDArray[np.int32]
    chance: NDArray[np.float64]
    need: NDArray[np.float64]
    gain: NDArray[np.float64]
    owned: NDArray[np.int64]
    totals: NDArray[np.float64]


@kernel
def _need_from_row(
    pairs: Pairs, worth: NDArray[np.float64], state: State, i: int, out: int
) -> float:
    """
    Give what one more look at an uncertain demand is worth without the site ``out``.

    Writes the chances of none, one, two ... into the row as it goes.
    """
    levels = worth.shape[1]
    row = state.chance[i]
    row[0] = 1.0
    for t in range(1, levels):
        row[t] = 0.0
    for at in range(pairs.demand_ptr[i], pairs.demand_ptr[i + 1]):
        j = pairs.site[at]
        if j == out or not state.chosen[j]:
            continue
        p = pairs.demand_chance[at]
        for t in range(levels - 1, 0, -1):
            row[t] = row[t] * (1.0 - p) + row[t - 1] * p
        row[0] *= 1.0 - p
    total = 0.0
    for t in range(levels):
        total += worth[i, t] * row[t]
    return total


@kernel
def _spread(pairs: Pairs, state: State, i: int, change: float) -> int:
    """Raise what each site adds that covers a demand; give the number of steps."""
    first, last = pairs.demand_ptr[i], pairs.demand_ptr[i + 1]
    if pairs.demand_chance.size:
        for at in range(first, last):
            state.gain[pairs.site[at]] += change * pairs.demand_chance[at]
    else:
        for at in range(first, last):
            state.gain[pairs.site[at]] += change
    return int(last - first)


@kernel
def add(
    pairs: Pairs, worth: NDArray[np.float64], rules: Rules, state: State, j: int
) -> int:
    """
    Choose a site.

    Parameters
    ----------
    pairs, worth, rules
        The question; `worth` is what the first, second ... look at each demand is
        worth, never rising.
    state
        The choice so far; changed.
    j
        The site, not yet chosen.

    Returns
    -------
    int
        How many steps it took.
    """
    levels = worth.shape[1]
    sure = pairs.site_chance.size == 0
    steps = pairs.site_ptr[j + 1] - pairs.site_ptr[j]
    state.totals[2] += state.gain[j]
    for at in range(pairs.site_ptr[j], pairs.site_ptr[j + 1]):
        i = pairs.demand[at]
        if sure:
            state.looks[i] += 1
            n = state.looks[i]
            after = worth[i, n] if n < levels else 0.0
        else:
            p = pairs.site_chance[at]
            row = state.chance[i]
            for t in range(levels - 1, 0, -1):
                row[t] = row[t] * (1.0 - p) + row[t - 1] * p
            row[0] *= 1.0 - p
            after = 0.0
            for t in range(levels):
                after += worth[i, t] * row[t]
        change = after - state.need[i]
        if change != 0.0:
            state.need[i] = after
            steps += _spread(pairs, state, i, change)
    state.chosen[j] = True
    state.totals[0] += 1.0
    state.totals[1] += rules.cost[j]
    if rules.owner[j] >= 0:
        state.owned[rules.owner[j]] += 1
    return int(steps)


@kernel
def drop(
    pairs: Pairs, worth: NDArray[np.float64], rules: Rules, state: State, j: int
) -> int:
    """
    Give up a chosen site.

    Parameters
    ----------
    pairs, worth, rules
        The question; `worth` is what the first, second ... look at each demand is
        worth, never rising.
    state
        The choice so far; changed.
    j
        The site, chosen.

    Returns
    -------
    int
        How many steps it took.
    """
    levels = worth.shape[1]
    sure = pairs.site_chance.size == 0
    steps = pairs.site_ptr[j + 1] - pairs.site_ptr[j]
    for at in range(pairs.site_ptr[j], pairs.site_ptr[j + 1]):
        i = pairs.demand[at]
        if sure:
            state.looks[i] -= 1
            n = state.looks[i]
            after = worth[i, n] if n < levels else 0.0
        else:
            after = _need_from_row(pairs, worth, state, i, j)
            steps += pairs.demand_ptr[i + 1] - pairs.demand_ptr[i]
        change = after - state.need[i]
        if change != 0.0:
            state.need[i] = after
            steps += _spread(pairs, state, i, change)
    state.chosen[j] = False
    state.totals[0] -= 1.0
    state.totals[1] -= rules.cost[j]
    state.totals[2] -= state.gain[j]
    if rules.owner[j] >= 0:
        state.owned[rules.owner[j]] -= 1
    return int(steps)


@kernel
def loss(
    pairs: Pairs,
    worth: NDArray[np.float64],
    state: State,
    j: int,
    extra: NDArray[np.float64],
    touched: NDArray[np.int32],
) -> tuple[float, int, int]:
    """
    Give what a chosen site adds to the rest, and what others would add without it.

    Parameters
    ----------
    pairs
        The question.
    worth
        What the first, second ... look at each demand is worth, never rising.
    state
        The choice so far; left as it was.
    j
        The site, chosen.
    extra
        Zero for each site; what each would add more, once ``j`` is gone, is written.
    touched
        The sites with such an extra, the first so many.

    Returns
    -------
    lost
        What the choice would be worth less without the site.
    count
        How many sites are touched.
    steps
        How many steps it took.
    """
    levels = worth.shape[1]
    sure = pairs.site_chance.size == 0
    lost, count = 0.0, 0
    steps = pairs.site_ptr[j + 1] - pairs.site_ptr[j]
    for at in range(pairs.site_ptr[j], pairs.site_ptr[j + 1]):
        i = pairs.demand[at]
        if sure:
            n = state.looks[i] - 1
            without = worth[i, n] if n < levels else 0.0
            lost += without
        else:
            without = _need_from_row(pairs, worth, state, i, j)
            _need_from_row(pairs, worth, state, i, -1)
            lost += without * pairs.site_chance[at]
            steps += 2 * (pairs.demand_ptr[i + 1] - pairs.demand_ptr[i])
        change = without - state.need[i]
        if change <= 0.0:
            continue
        first, last = pairs.demand_ptr[i], pairs.demand_ptr[i + 1]
        steps += last - first
        for beside in range(first, last):
            k = pairs.site[beside]
            if extra[k] == 0.0:
                touched[count] = k
                count += 1
            extra[k] += change if sure else change * pairs.demand_chance[beside]
    return lost, count, int(steps)


@kernel
def refresh(
    pairs: Pairs, worth: NDArray[np.float64], rules: Rules, state: State
) -> None:
    """
    Work out everything anew from which sites are chosen.

    Parameters
    ----------
    pairs, worth, rules
        The question; `worth` is what the first, second ... look at each demand is
        worth, never rising.
    state
        ``chosen`` is read, all else written.
    """
    levels = worth.shape[1]
    sure = pairs.site_chance.size == 0
    total = 0.0
    for i in range(pairs.demand_ptr.size - 1):
        if sure:
            n = 0
            for at in range(pairs.demand_ptr[i], pairs.demand_ptr[i + 1]):
                n += state.chosen[pairs.site[at]]
            state.looks[i] = n
            state.need[i] = worth[i, n] if n < levels else 0.0
            for t in range(min(n, levels)):
                total += worth[i, t]
        else:
            state.need[i] = _need_from_row(pairs, worth, state, i, -1)
            # P(more than t) adds the worth of look t
            below = 0.0
            for t in range(levels):
                below += state.chance[i, t]
                total += worth[i, t] * max(1.0 - below, 0.0)
    state.owned[:] = 0
    state.totals[0], state.totals[1] = 0.0, 0.0
    for j in range(pairs.site_ptr.size - 1):
        gain = 0.0
        for at in range(pairs.site_ptr[j], pairs.site_ptr[j + 1]):
            need = state.need[pairs.demand[at]]
            gain += need if sure else need * pairs.site_chance[at]
        state.gain[j] = gain
        if state.chosen[j]:
            state.totals[0] += 1.0
            state.totals[1] += rules.cost[j]
            if rules.owner[j] >= 0:
                state.owned[rules.owner[j]] += 1
    state.totals[2] = total
