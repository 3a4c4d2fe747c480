"""What is seen and unseen by hour, category, area and day, and how counts change."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

import numpy as np

from coveragekit.dashboards.planner.changes import Change, Days, changes_of
from coveragekit.dashboards.planner.filters import day_number
from coveragekit.dashboards.planner.kernels.masks import IN_AREA, IN_POLYGON
from coveragekit.dashboards.planner.kernels.tallies import tally_events, tally_hours

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from coveragekit.dashboards.planner.filters import Filters
    from coveragekit.dashboards.planner.stages import Stages
    from coveragekit.dashboards.planner.terms import Terms

__all__ = ["Series", "series_of"]

_WEEK: Final = 168


@dataclass(frozen=True, slots=True, eq=False)
class Series:
    """
    What there is and what is seen of it, part by part.

    Parameters
    ----------
    name
        ``incidents`` or ``calls``.
    filters
        What is chosen; each part is added up but for the filter of that very part.
    hours
        By hour of the week, Monday first, shape ``(168, 2)``: how many, and how many of
        them are seen.
    untimed
        How many that pass are in no hour, their time being unknown.
    words, categories
        Words of the categories, and the same by category.
    area_kind, area_rows, areas
        Kind of the areas and their rows in the store, and the same by area.
    months, by_month
        First day of each month, and the same by month.
    changes
        How counts of the last days compare with others.
    has_scenes
        Whether headlines may be medians of scenes, which what is seen here never is.
    withholds
        Whether events that may not be told of a small place are in no area.
    """

    name: str
    filters: Filters
    hours: NDArray[np.float64]
    untimed: float
    words: tuple[str, ...]
    categories: NDArray[np.float64]
    area_kind: str | None
    area_rows: tuple[int, ...]
    areas: NDArray[np.float64]
    months: tuple[date, ...]
    by_month: NDArray[np.float64]
    changes: tuple[Change, ...]
    has_scenes: bool = False
    withholds: bool = False


def series_of(
    stages: Stages,
    filters: Filters,
    terms: Terms,
    *,
    name: str,
    area_kind: str | None = None,
) -> Series | None:
    """
    Give what is seen and unseen of events by hour, category, area and month.

    Parameters
    ----------
    stages
        What the counts are made of.
    filters
        What is chosen.
    terms
        What there is in the city.
    name
        ``incidents`` or ``calls``.
    area_kind
        The kind of areas to add up by; where ``None`` that of the filter, or the first.

    Returns
    -------
    Series or None
        ``None`` where the study has no such events.
    """
    events = stages.events(name)
    if events is None:
        return None
    own = filters.area[0] if filters.area is not None else None
    kind = area_kind or own or next(iter(terms.area_kinds), None)
    column = stages.kind_column(kind) if kind is not None else -1
    told = stages.store.meta[name]
    words = tuple(str(one) for one in told["categories"])
    first, last = _span(told)
    by_category = np.zeros((len(words), 2))
    by_area = np.zeros((len(stages.store.areas), 2))
    by_day = np.zeros(((last - first).days + 1 if first and last else 0, 3))
    fails = stages.event_fails(name, filters)
    chance = stages.event_chance(name, filters)

    def tally(
        failing: NDArray[np.uint8],
        categories: NDArray[np.float64],
        areas: NDArray[np.float64],
        *,
        days: NDArray[np.float64],
    ) -> None:
        tally_events(
            *(failing, stages.hour_share(name, filters)[0], events.counted, chance),
            *(events.category, events.area, column, IN_AREA if kind == own else 0),
            *(events.from_min, day_number(first) if first else 0),
            *(categories, areas, days),
        )

    tally(fails, by_category, by_area, days=by_day)
    if stages.withholds(name) and not filters.has_place:
        # An area is a small place; an outline round it would tell the difference.
        by_area[:] = 0.0
        hidden = np.where(events.protected, fails | np.uint8(IN_POLYGON), fails)
        unused = np.zeros_like(by_category)
        tally(hidden, unused, by_area, days=np.zeros_like(by_day))
    hours = np.zeros((_WEEK, 2))
    untimed = tally_hours(
        fails, events.counted, chance, events.from_min, events.to_min, hours
    )
    rows = tuple(one.row for one in terms.areas if one.kind == kind)
    months, by_month = _months(first, by_day) if first else ((), np.zeros((0, 2)))
    changes = changes_of(Days(first, by_day), filters.date_to) if first else ()
    return Series(
        name=name,
        filters=filters,
        hours=hours,
        untimed=float(untimed),
        words=words,
        categories=by_category,
        area_kind=kind,
        area_rows=rows,
        areas=by_area[list(rows)],
        months=months,
        by_month=by_month,
        changes=changes,
        has_scenes=stages.store.scenes is not None,
        withholds=stages.withholds(name),
    )


def _span(told: dict[str, str]) -> tuple[date | None, date | None]:
    first, last = told.get("from_day"), told.get("to_day")
    if not first or not last:
        return None, None
    return date.fromisoformat(first), date.fromisoformat(last)


def _months(
    first: date, by_day: NDArray[np.float64]
) -> tuple[tuple[date, ...], NDArray[np.float64]]:
    """Add days up to months."""
    last = first + timedelta(days=len(by_day) - 1)
    months = [first.replace(day=1)]
    while (after := (months[-1] + timedelta(days=31)).replace(day=1)) <= last:
        months.append(after)
    starts = [max((one - first).days, 0) for one in months]
    return tuple(months), np.add.reduceat(by_day[:, :2], starts, axis=0)
