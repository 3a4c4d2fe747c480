"""Keep floors per area: price what they ask for until a choice keeps them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from coveragekit.errors import InputError
from coveragekit.siting.search import Ground, first_choice, polish, state_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from coveragekit.siting.kernels.state import State
    from coveragekit.siting.problem import Problem
    from coveragekit.siting.steps import Clock

    Floats = NDArray[np.float64]
    Flags = NDArray[np.bool_]

__all__ = ["Keeper", "first_looks", "refuse"]

_ROUNDING: Final = 1e-9
_ROUNDS: Final = 24
_HALVINGS: Final = 8


def first_looks(problem: Problem, state: State) -> Floats:
    """
    Give what a choice covers at least once in each area that has a floor.

    Parameters
    ----------
    problem
        The question.
    state
        The choice.

    Returns
    -------
    numpy.ndarray
        In units of weight, one an area.
    """
    if problem.merged.pairs.site_chance.size:
        seen = 1.0 - state.chance[:, 0]
    else:
        seen = (state.looks > 0).astype(np.float64)
    held = problem.merged.area >= 0
    covered = np.zeros(len(problem.terms.areas))
    worth = problem.merged.worth[held, 0] * seen[held]
    np.add.at(covered, problem.merged.area[held], worth)
    return covered


class Keeper:
    """
    Finds choices that keep the floors, and remembers the best.

    Parameters
    ----------
    problem
        The question, with floors.
    """

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        merged = problem.merged
        self.ground = Ground(merged.pairs, merged.worth, problem.rules)
        self.best: Flags | None = None
        self.value = -np.inf
        self.reached = np.zeros(len(problem.terms.areas))

    def priced(self, areas: Floats) -> Ground:
        """
        Give the demand with first looks in each area worth more.

        Parameters
        ----------
        areas
            How much more, as a share.

        Returns
        -------
        Ground
            The same pairs at other worths.
        """
        worth = self.ground.worth.copy()
        worth[:, 0] *= 1.0 + np.append(areas, 0.0)[self.problem.merged.area]
        return self.ground._replace(worth=worth)

    def take(self, chosen: Flags) -> Floats:
        """
        Look at a choice, and keep it if it is the best that keeps all floors.

        Parameters
        ----------
        chosen
            The choice.

        Returns
        -------
        numpy.ndarray
            What is short of each floor, in units of weight; 0 where it is kept.
        """
        floors = self.problem.terms.floors
        state = state_of(self.ground, chosen)
        reached = first_looks(self.problem, state)
        self.reached = np.maximum(self.reached, reached)
        short = np.maximum(floors * (1.0 - _ROUNDING) - reached, 0.0)
        value = float(state.totals[2])
        if not short.any() and value > self.value:
            self.best, self.value = chosen.copy(), value
        return np.asarray(short)

    def search(self, areas: Floats, clock: Clock) -> Floats:
        """
        Raise prices where floors are missed, then lower them while all are kept.

        Parameters
        ----------
        areas
            The prices to begin with.
        clock
            Cuts off.

        Returns
        -------
        numpy.ndarray
            The lowest prices found at which a choice kept the floors.
        """
        prices = areas.copy()
        for _ in range(_ROUNDS):
            short = self.take(first_choice(self.priced(prices)).chosen)
            if not short.any() or clock.is_over():
                break
            missed = short > 0.0
            prices[missed] = 1.6 * prices[missed] + 0.2
        low, high = 0.0, 1.0
        for _ in range(_HALVINGS):
            if self.best is None or clock.is_over():
                break
            middle = 0.5 * (low + high)
            ground = self.priced(middle * prices)
            state = state_of(ground, self.best)
            polish(ground, state=state)
            if self.take(state.chosen).any():
                low = middle
            else:
                high = middle
        return high * prices


def refuse(problem: Problem, reached: Floats, *, is_proved: bool) -> InputError:
    """
    Say that floors cannot be kept, and which.

    Parameters
    ----------
    problem
        The question.
    reached
        The most that was covered in each area by any choice.
    is_proved
        Whether it is certain that no choice keeps them.

    Returns
    -------
    InputError
        To be raised.
    """
    terms = problem.terms
    lines = []
    for at, name in enumerate(terms.areas):
        if reached[at] < terms.floors[at] * (1.0 - _ROUNDING):
            most, floor = (
                reached[at] / terms.weights[at],
                terms.floors[at] / terms.weights[at],
            )
            lines.append(f"{name!r}: floor {floor:.1%}, reached {most:.1%} at most")
    each = "; ".join(lines) or "each can be kept by itself, but not all together"
    sure = (
        "no choice keeps the floors"
        if is_proved
        else "no choice that keeps the floors was found"
    )
    message = f"{sure} ({each}); lower them, or raise choose or the budget"
    return InputError(message)
