"""Compare the counts of the last days with those before and with a year before."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["LEAST_BASE", "Change", "Days", "change_interval", "changes_of"]

LEAST_BASE: Final = 5
"""A change in per cent is told from so many on."""

LEVEL: Final = 0.9
_Z: Final = 1.6448536269514722  # of a two-sided interval of 90 %
_SPAN_DAYS: Final = 28


@dataclass(frozen=True, slots=True, eq=False)
class Days:
    """
    Counts day by day.

    Parameters
    ----------
    first
        The first day.
    counts
        For each day what passes the filter, what is seen of it, and what there is
        whatever is filtered, shape ``(days, 3)``.
    """

    first: date
    counts: NDArray[np.float64]

    @property
    def last(self) -> date:
        """The last day."""
        return self.first + timedelta(days=len(self.counts) - 1)

    def between(self, first: date, last: date) -> tuple[float, float]:
        """
        Give what passes, and what there is, from one day to another.

        Parameters
        ----------
        first, last
            Both count.

        Returns
        -------
        tuple of float
            Nothing of days that are not there.
        """
        start = max((first - self.first).days, 0)
        stop = max((last - self.first).days + 1, start)
        part = self.counts[start:stop]
        return float(part[:, 0].sum()), float(part[:, 2].sum())


@dataclass(frozen=True, slots=True)
class Change:
    """
    How many there were in some days, and in others to compare them with.

    Parameters
    ----------
    key
        ``before``, ``year`` or ``to_date``.
    now, then
        First and last day of each.
    count, base
        How many passed the filter in each.
    share
        By which share the count is above the base, or ``None`` with ``why``.
    low, high
        Its 90 % interval were the two nothing but chance about steady rates (Poisson).
    why
        Why there is no share.
    """

    key: str
    now: tuple[date, date]
    then: tuple[date, date]
    count: float
    base: float
    share: float | None
    low: float | None
    high: float | None
    why: str = ""


def changes_of(days: Days, last: date | None = None) -> tuple[Change, ...]:
    """
    Compare the last 28 days and the year to date with earlier days.

    Parameters
    ----------
    days
        Counts day by day.
    last
        The last day to look at; the last of the counts where ``None`` or later.

    Returns
    -------
    tuple of Change
        The last 28 days against the 28 before and against those of a year before; the
        year to date against the same days a year before. Nothing where there is no day.
    """
    if not len(days.counts):
        return ()
    end = min(last or days.last, days.last)
    if end < days.first:
        return ()
    start = end - timedelta(days=_SPAN_DAYS - 1)
    before = start - timedelta(days=1)
    ago = _year_before(end)
    new_year = end.replace(month=1, day=1)
    return (
        _change(days, "before", now=(start, end), then=_up_to(before)),
        _change(days, "year", now=(start, end), then=_up_to(ago)),
        _change(
            days, "to_date", now=(new_year, end), then=(_year_before(new_year), ago)
        ),
    )


def change_interval(count: float, base: float) -> tuple[float, float]:
    """
    Give the interval of the change from one count to another, as shares of the base.

    Parameters
    ----------
    count, base
        Two counts of equally long spans, ``base`` more than 0.

    Returns
    -------
    tuple of float
        Its ends, such as -0.2 for a fifth less.

    Notes
    -----
    Given their sum, the first of two Poisson counts is binomial with the share of its
    rate; the interval is Wilson's of that share, 90 %, turned into a ratio of rates.
    Crime varies more than a Poisson count does, so it is the least interval.

    References
    ----------
    Wilson, E. B. (1927). Probable inference, the law of succession, and statistical
    inference. J. American Statistical Association 22(158), 209-212.

    Examples
    --------
    >>> [round(end, 2) for end in change_interval(100, 100)]
    [-0.21, 0.26]
    """
    both = count + base
    share = count / both
    middle = share + _Z**2 / (2.0 * both)
    half = _Z * math.sqrt(share * (1.0 - share) / both + _Z**2 / (4.0 * both**2))
    low, high = ((middle + side * half) / (1.0 + _Z**2 / both) for side in (-1, 1))
    low, high = max(low, 0.0), min(high, 1.0)
    return low / (1.0 - low) - 1.0, math.inf if high >= 1.0 else high / (1.0 - high) - 1


def _up_to(last: date) -> tuple[date, date]:
    return last - timedelta(days=_SPAN_DAYS - 1), last


def _change(
    days: Days, key: str, *, now: tuple[date, date], then: tuple[date, date]
) -> Change:
    count = days.between(*now)[0]
    base, recorded = days.between(*then)
    share = low = high = None
    why = ""
    if then[0] < days.first:
        why = f"the data begin {days.first.isoformat()}"
    elif not recorded:
        why = "nothing is on record for those days"
    elif base < LEAST_BASE:
        why = f"fewer than {LEAST_BASE} then"
    else:
        share = count / base - 1.0
        low, high = change_interval(count, base)
    return Change(key, now, then, count, base, share, low, high, why)


def _year_before(day: date) -> date:
    try:
        return day.replace(year=day.year - 1)
    except ValueError:
        return day.replace(year=day.year - 1, day=28)
