"""Say in words what a reader has chosen."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from coveragekit.dashboards.planner.filters import Filters
    from coveragekit.dashboards.planner.terms import Terms

__all__ = ["day_words", "hour_words", "month_words", "parts", "words"]

_DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS: Final = (
    *("Jan", "Feb", "Mar", "Apr", "May", "Jun"),
    *("Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
)
_NAMED: Final = 3
_ALL_DAY: Final = 24


def words(filters: Filters, terms: Terms) -> str:
    """
    Give all that is chosen as one line, for headers and prints.

    Parameters
    ----------
    filters
        What is chosen.
    terms
        What there is in the city.

    Returns
    -------
    str
        Parts with ``;`` between; the cameras, the light and their state at the end.

    Examples
    --------
    >>> from coveragekit.dashboards.planner.filters import Filters
    >>> from coveragekit.dashboards.planner.terms import Terms
    >>> words(Filters(light="night"), Terms(bands=("observe",)))
    'whole city; observe; public + integrated + registered, by night, as designed'
    """
    chosen = [text for _, text in parts(filters, terms)]
    if not filters.has_place:
        chosen.insert(0, "whole city")
    band = terms.band if filters.band is None else filters.band
    named = [terms.bands[band]] if band < len(terms.bands) else []
    return "; ".join([*chosen, *named, filters.choice.words])


def parts(filters: Filters, terms: Terms) -> tuple[tuple[str, str], ...]:
    """
    Give what narrows down the counts, part by part.

    Parameters
    ----------
    filters
        What is chosen.
    terms
        What there is in the city.

    Returns
    -------
    tuple
        For each part that is chosen what ``Filters.cleared`` calls it, and its words.

    Examples
    --------
    >>> from datetime import date
    >>> from coveragekit.dashboards.planner.filters import Filters
    >>> from coveragekit.dashboards.planner.terms import Terms
    >>> parts(Filters(date_from=date(2025, 1, 1)), Terms())
    (('dates', 'from 2025-01-01'),)
    """
    found = []
    if filters.area is not None:
        area = terms.area(filters.area[1])
        found.append(("area", area.name or area.key if area else "one area"))
    if filters.polygon is not None:
        found.append(("polygon", "drawn area"))
    if filters.has_days:
        found.append(("dates", day_words(filters.date_from, filters.date_to)))
    if filters.hours is not None:
        found.append(("hours", hour_words(filters.hours)))
    if filters.categories is not None:
        every = len(terms.categories)
        found.append(("categories", _few(filters.categories, every, "categories")))
    if filters.call_types is not None:
        every = len(terms.call_types)
        found.append(("call_types", _few(filters.call_types, every, "kinds of calls")))
    return tuple(found)


def day_words(first: date | None, last: date | None) -> str:
    """
    Give a range of days in words.

    Parameters
    ----------
    first, last
        Its ends; ``None`` where open.

    Returns
    -------
    str
        Its days as the header and the fields write them, year first.

    Examples
    --------
    >>> from datetime import date
    >>> day_words(date(2025, 1, 1), date(2025, 3, 31))
    '2025-01-01 to 2025-03-31'
    >>> day_words(None, date(2025, 3, 31)), day_words(None, None)
    ('until 2025-03-31', 'all days')
    """
    if first is None:
        return "all days" if last is None else f"until {last.isoformat()}"
    if last is None:
        return f"from {first.isoformat()}"
    if first == last:
        return first.isoformat()
    return f"{first.isoformat()} to {last.isoformat()}"


def month_words(day: date) -> str:
    """
    Give the month of a day in words.

    Parameters
    ----------
    day
        Any day of it.

    Returns
    -------
    str
        Its short name and the year.

    Examples
    --------
    >>> from datetime import date
    >>> month_words(date(2025, 3, 1))
    'Mar 2025'
    """
    # Not strftime: its names of months follow the machine's language.
    return f"{_MONTHS[day.month - 1]} {day.year}"


def hour_words(hours: Sequence[bool]) -> str:
    """
    Give chosen hours of the week in words.

    Parameters
    ----------
    hours
        A flag for each hour, Monday 0 to 1 o'clock first.

    Returns
    -------
    str
        Days and hours where each of those days has the same hours, else how many.

    Examples
    --------
    >>> hour_words([day < 5 and 18 <= hour for day in range(7) for hour in range(24)])
    'Mon-Fri 18:00-24:00'
    """
    count = sum(hours)
    rows = [tuple(hours[day * 24 : day * 24 + 24]) for day in range(7)]
    chosen = [row for row in rows if any(row)]
    if not chosen:
        return "no hour of the week"
    if len(set(chosen)) > 1:
        return f"{count} of {len(hours)} hours of the week"
    days = _spans([any(row) for row in rows])
    named = ", ".join(
        _DAYS[first] if first == last else f"{_DAYS[first]}-{_DAYS[last]}"
        for first, last in days
    )
    spans = _spans(chosen[0])
    clock = ", ".join(f"{first:02d}:00-{last + 1:02d}:00" for first, last in spans)
    if len(chosen) == len(rows):
        return clock
    return named if sum(chosen[0]) == _ALL_DAY else f"{named} {clock}"


def _spans(flags: Sequence[bool]) -> list[tuple[int, int]]:
    """Give the first and the last of each run of flags that are set."""
    runs = [
        [at for at, _ in run]
        for is_set, run in groupby(enumerate(flags), key=lambda pair: pair[1])
        if is_set
    ]
    return [(run[0], run[-1]) for run in runs]


def _few(chosen: frozenset[str], every: int, noun: str) -> str:
    if not chosen:
        return f"none of the {noun}"
    if len(chosen) <= _NAMED:
        return ", ".join(sorted(chosen))
    return f"{len(chosen)} of {every} {noun}"
