"""How much work an effort is, and a clock that only cuts off."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import Final, Literal

from coveragekit.errors import InputError

__all__ = ["EFFORTS", "Clock", "Effort", "Work", "work_of"]

_BRIEF: Final = 40_000_000
# A question of so many times the pairs that HiGHS is asked may shrink to them.
_SMALL: Final = 10

Effort = Literal["quick", "normal", "thorough"]


@dataclass(frozen=True, slots=True)
class Work:
    """
    How much is done, in steps, which are the same on every machine.

    Parameters
    ----------
    prices
        Pairs looked at while multipliers are sought.
    rounds
        The most rounds of that.
    search
        Steps of each of the chains of ruin and recreate.
    chains
        How many there are, each with luck of its own.
    nodes
        Branches that HiGHS may look into, where it is asked.
    pairs, sites
        The most pairs and undecided sites of a question that HiGHS is asked.
    """

    prices: int
    rounds: int
    search: int
    chains: int
    nodes: int
    pairs: int
    sites: int

    def parts(self, pairs: int) -> tuple[Work, ...]:
        """
        Give the work in parts: a first one may be all that a small question needs.

        Parameters
        ----------
        pairs
            How many pairs the question has.

        Returns
        -------
        tuple
            One or two.

        Examples
        --------
        >>> len(work_of("normal").parts(100)), len(work_of("normal").parts(10**7))
        (2, 1)
        """
        if pairs > _SMALL * self.pairs or self.search <= _BRIEF:
            return (self,)
        return (replace(self, search=_BRIEF), self)


EFFORTS: Final[dict[Effort, Work]] = {
    "quick": Work(160_000_000, 1500, 40_000_000, 1, 200, 30_000, 60),
    "normal": Work(1_200_000_000, 4000, 500_000_000, 2, 2_000, 60_000, 120),
    "thorough": Work(3_000_000_000, 10_000, 2_000_000_000, 2, 50_000, 120_000, 300),
}


def work_of(effort: Effort) -> Work:
    """
    Give how much work an effort is.

    Parameters
    ----------
    effort
        ``quick``, ``normal`` or ``thorough``.

    Returns
    -------
    Work
        In steps.

    Raises
    ------
    InputError
        There is no such effort.

    Examples
    --------
    >>> work_of("quick").chains
    1
    """
    if effort not in EFFORTS:
        message = f"effort is {effort!r}; allowed: {', '.join(map(repr, EFFORTS))}"
        raise InputError(message)
    return EFFORTS[effort]


class Clock:
    """
    A time limit: it decides nothing but when to stop.

    Parameters
    ----------
    limit_s
        Seconds from now; ``None`` for no limit.
    """

    def __init__(self, limit_s: float | None) -> None:
        if limit_s is not None and not limit_s > 0.0:
            message = f"time_limit_s is {limit_s}; allowed: more than 0 seconds"
            raise InputError(message)
        self._end = None if limit_s is None else time.monotonic() + limit_s
        self.has_cut = False

    @property
    def left_s(self) -> float | None:
        """Seconds left, 0 or more; ``None`` where there is no limit."""
        return None if self._end is None else max(self._end - time.monotonic(), 0.0)

    def is_over(self) -> bool:
        """
        Tell whether the time is over, and note that something was cut off by it.

        Returns
        -------
        bool
            False for ever where there is no limit.

        Examples
        --------
        >>> Clock(None).is_over()
        False
        """
        if self._end is not None and time.monotonic() >= self._end:
            self.has_cut = True
        return self.has_cut
