"""What the page's numbers are: each a share, its interval, its whole and its basis."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from coveragekit.dashboards.planner.filters import Filters

__all__ = ["Figure", "FilterCounts", "GapRow", "Left", "Numbers", "Rate"]


@dataclass(frozen=True, slots=True)
class Figure:
    """
    One share for what a reader has chosen.

    Parameters
    ----------
    key
        ``street_length``, ``area``, ``incidents``, ``incidents_all`` or ``calls``.
    value
        The share, 0 to 1: the median of scenes where there is an interval, else as
        given; ``None`` of nothing, or where it may not be shown.
    low, high
        Its interval, or ``None``.
    nominal
        As given: with every camera exactly as its source gives it.
    naive
        What a plain count of points in views would say, or ``None``.
    total
        What it is a share of, in ``unit``.
    unit
        ``m``, ``m2``, ``incidents`` or ``calls``.
    basis
        What it rests on, in words.
    why
        Why there is no value, or no interval; empty where there is.
    of_study
        Whether it is the very figure of the study's summary.
    """

    key: str
    value: float | None
    low: float | None
    high: float | None
    nominal: float | None
    naive: float | None
    total: float
    unit: str
    basis: str
    why: str = ""
    of_study: bool = False


@dataclass(frozen=True, slots=True)
class Left:
    """
    How many events a filter leaves.

    Parameters
    ----------
    left
        How many, by their share where hours are chosen.
    total
        How many there are.
    untimed
        How many have no time.
    by_category
        Word of each category to how many of it are left but for the filter of
        categories.
    """

    left: float
    total: int
    untimed: int
    by_category: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class FilterCounts:
    """
    What a filter leaves, for the panel that it is chosen in.

    Parameters
    ----------
    filters
        The filter.
    incidents, calls
        How many are left; ``None`` where the study has none.
    empty
        Why nothing is left, in a sentence; empty where something is.
    told
        What has to be said of the filter, such as of events without a time.
    least
        Counts below it, but for 0, may not be shown.
    """

    filters: Filters
    incidents: Left | None
    calls: Left | None
    empty: str
    told: tuple[str, ...]
    least: int = 0


@dataclass(frozen=True, slots=True)
class Numbers:
    """
    The numbers of one choice.

    Parameters
    ----------
    filters
        The choice.
    figures
        Name of each share that the study has to its figure.
    told
        What has to be said of all of them.
    """

    filters: Filters
    figures: Mapping[str, Figure] = field(default_factory=dict)
    told: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rate:
    """
    How many events a year, as far as that may be told.

    Parameters
    ----------
    value
        The rate; NaN where none is known, ``None`` where it may not be told.
    below
        What a rate that is not told is less than.
    """

    value: float | None
    below: float = 0.0


@dataclass(frozen=True, slots=True)
class GapRow:
    """
    One gap for what a reader has chosen.

    Parameters
    ----------
    row
        Its row in the store.
    rank
        From 1, the most demanded first.
    gap_id, name
        Its key and its name.
    incidents_per_year, calls_per_year
        What happens there unseen in a year, of what passes the filter; ``None`` where
        that stands for so few events that it may not be told.
    incidents_low, incidents_median, incidents_high
        Median of the first over the scenes, and its interval; ``None`` where none was
        computed for the choice.
    street_m, area_m2
        Its size.
    incidents_below, calls_below
        What a rate that is not told is less than, a year.
    """

    row: int
    rank: int
    gap_id: str
    name: str
    incidents_per_year: float | None
    calls_per_year: float | None
    incidents_low: float | None
    incidents_median: float | None
    incidents_high: float | None
    street_m: float
    area_m2: float
    incidents_below: float = 0.0
    calls_below: float = 0.0
