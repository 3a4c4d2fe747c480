"""What is seen by hour of the day and week, ready to be drawn."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final, TypeVar

import numpy as np

from coveragekit.dashboards.planner.basis import (
    AS_GIVEN,
    BUILT_WITH,
    figure_sentence,
)
from coveragekit.dashboards.planner.chart_states import shown_counts
from coveragekit.maps.figures import amount, percent

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["DAYS", "hours_state"]

DAYS: Final = (
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
    "Sunday",
)
_SERIES: Final = {
    "incidents": "Incidents",
    "calls": "Calls",
    "street_length": "Street",
}
_COUNTED: Final = frozenset({"incidents", "calls"})
_BASIS_THEN: Final = (
    "by the cameras active and recording then, by day or night as it was"
)
_BASIS_NOW: Final = "by the cameras that record at that hour, by day or night"
_HOURS: Final = 24
_TOO_FEW: Final = "too few"
_WEEK: Final = 168

Value = TypeVar("Value")


def hours_state(
    summary: Mapping[str, Any], *, least: int = 0, left: bool = False
) -> dict[str, Any]:
    """
    Give the shares by local hour, of all days and of each, as the page takes them.

    Parameters
    ----------
    summary
        The study's ``summary.json``.
    least
        Counts of events below it, but for 0, are not told; where an hour of a day of
        the week has so few, there are only all days.
    left
        Whether cameras have left since the build, with which it was counted.

    Returns
    -------
    dict
        ``series``: for incidents, calls and streets that have them ``key``, ``label``,
        ``basis`` and ``days``, each day with ``label``, 24 ``share`` (``None`` where
        nothing happened), their ``texts``, 24 ``count`` and the ``words`` that sum it
        up. No series where the study has no hours.

    Notes
    -----
    A week has 168 hours from Monday 00:00. The share of an hour over several days is
    weighted by what happened then.

    Examples
    --------
    >>> hours_state({"shares": {}})["series"]
    []
    """
    made = []
    since = f" {BUILT_WITH}" if left else ""
    as_given = ", as given" if summary.get("scenes") else ""
    for key, label in _SERIES.items():
        by_hour = (summary["shares"].get(key) or {}).get("by_hour")
        if by_hour and len(by_hour["value"]) == _WEEK and any(by_hour["weight"]):
            made.append(
                {
                    "key": key,
                    "label": label,
                    "counted": key in _COUNTED,
                    "basis": f"{_basis(key, by_hour, summary)}{since}",
                    "days": _days(
                        by_hour["value"],
                        by_hour["weight"],
                        label=f"{label} seen{as_given}",
                        least=least if key in _COUNTED else 0,
                    ),
                }
            )
    return {"series": made}


def _basis(key: str, by_hour: Mapping[str, Any], summary: Mapping[str, Any]) -> str:
    title = f"{_SERIES[key]}, as given" if summary.get("scenes") else _SERIES[key]
    default = _BASIS_THEN if key in _COUNTED else _BASIS_NOW
    said = figure_sentence(title, by_hour, default=default)
    return f"{said} {AS_GIVEN}" if summary.get("scenes") else said


def _days(
    values: Sequence[float | None],
    weights: Sequence[float],
    *,
    label: str,
    least: int,
) -> list[dict[str, Any]]:
    rows = [range(day * _HOURS, (day + 1) * _HOURS) for day in range(len(DAYS))]
    every = [[row[hour] for row in rows] for hour in range(_HOURS)]
    days = [_day("All days", values, weights, hours=every, least=least)]
    # One of seven that is kept back could be told from the six and all of them.
    if shown_counts(np.array(weights, np.float64), least).all():
        for name, row in zip(DAYS, rows, strict=True):
            hours = [[hour] for hour in row]
            days.append(_day(name, values, weights, hours=hours, least=0))
    for day in days:
        named = "all days" if day is days[0] else day["label"]
        day["words"] = f"{label}, {named}: {_summed_up(day)}"
    return days


def _day(
    label: str,
    values: Sequence[float | None],
    weights: Sequence[float],
    *,
    hours: Sequence[Sequence[int]],
    least: int,
) -> dict[str, Any]:
    share, count = [], []
    for group in hours:
        known = [hour for hour in group if values[hour] is not None and weights[hour]]
        total = math.fsum(weights[hour] for hour in known)
        seen = math.fsum(weights[hour] * (values[hour] or 0.0) for hour in known)
        share.append(seen / total if total > 0.0 else None)
        count.append(math.fsum(weights[hour] for hour in group))
    told = shown_counts(np.array(count, np.float64), least).tolist()
    shown = [one if is_told else None for one, is_told in zip(share, told, strict=True)]
    texts = ["none" if one is None else percent(one) for one in share]
    return {
        "label": label,
        "share": shown,
        "texts": _kept_back(texts, told, _TOO_FEW),
        "count": _kept_back(count, told, 0.0),
        "counts": _kept_back([amount(one) for one in count], told, _TOO_FEW),
        "marks": _extremes(shown),
        "words": "",
    }


def _kept_back(given: list[Value], told: list[bool], instead: Value) -> list[Value]:
    return [
        one if is_told else instead for one, is_told in zip(given, told, strict=True)
    ]


def _extremes(share: Sequence[float | None]) -> list[int]:
    """Give the hours in which the least and the most is seen, the first of equals."""
    known = [(round(one, 4), hour) for hour, one in enumerate(share) if one is not None]
    if not known:
        return []
    return [min(known)[1], min(known, key=lambda pair: (-pair[0], pair[1]))[1]]


def _summed_up(day: Mapping[str, Any]) -> str:
    if not day["marks"]:
        is_few = _TOO_FEW in day["counts"]
        return "too few to be told." if is_few else "nothing happened."
    low, high = day["marks"]
    texts = day["texts"]
    if texts[low] == texts[high]:
        return f"{texts[low]} at every hour."
    return (
        f"least at {low:02d}:00 ({texts[low]}), most at {high:02d}:00 ({texts[high]})."
    )
