"""Spread events over the local hours of the week in which they may have happened."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from coveragekit.coverage.kernels.hours import spread_hours
from coveragekit.coverage.light import CIVIL_TWILIGHT_DEG, turns
from coveragekit.coverage.times import Spans, offsets, seconds, spans
from coveragekit.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray
    from scipy.sparse import csr_array

    from coveragekit.coverage.times import Times

__all__ = [
    "WEEK_HOURS",
    "ByHour",
    "Timing",
    "by_hour",
    "checked_weights",
    "hour_labels",
    "hour_of_week",
    "hour_weights",
    "timing",
]

WEEK_HOURS = 168
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
# 1 January 1970 was a Thursday.
_THURSDAY = 72


@dataclass(frozen=True, slots=True)
class Timing:
    """
    When each event may have happened: the hours of the week, and the light.

    Parameters
    ----------
    begin_s, end_s
        Earliest and latest possible time, seconds since 1970 UTC; not-a-number where
        unknown.
    hours
        Share of each event in each local hour of the week, shape ``(n, 168)``, Monday
        0 to 1 o'clock first; rows sum to 1, or are empty where the time is unknown.
    dark
        The part of that share that is dark, entry for entry in the places of ``hours``.
    swapped
        How many spans were given with the later time first.
    """

    begin_s: NDArray[np.float64]
    end_s: NDArray[np.float64]
    hours: csr_array
    dark: NDArray[np.float64]
    swapped: int

    def __len__(self) -> int:
        return int(self.begin_s.size)

    @property
    def dark_share(self) -> NDArray[np.float64]:
        """How much of each event was dark, 0 to 1; not-a-number where unknown."""
        share = self.row_sums(self.dark)
        share[np.isnan(self.begin_s)] = np.nan
        return np.minimum(share, 1.0)

    def row_sums(self, entries: NDArray[np.float64]) -> NDArray[np.float64]:
        """Give for each event the sum of values that stand one for each entry."""
        rows = np.repeat(np.arange(len(self)), np.diff(self.hours.indptr))
        return _sums(rows, entries, len(self))


class ByHour(NamedTuple):
    """
    A share for each local hour of the week, and how much it rests on.

    Parameters
    ----------
    value
        0 to 1, shape ``(168,)``, Monday 0 to 1 o'clock first; not-a-number where the
        weight is 0.
    weight
        How much of what is counted falls in the hour, shape ``(168,)``.
    """

    value: NDArray[np.float64]
    weight: NDArray[np.float64]


def hour_labels() -> tuple[str, ...]:
    """
    Give what people call each hour of the week.

    Returns
    -------
    tuple of str
        168 of them, Monday 0 to 1 o'clock first.

    Examples
    --------
    >>> labels = hour_labels()
    >>> labels[0], labels[167]
    ('Mon 00-01', 'Sun 23-24')
    """
    return tuple(
        f"{_DAYS[hour // 24]} {hour % 24:02d}-{hour % 24 + 1:02d}"
        for hour in range(WEEK_HOURS)
    )


def hour_of_week(times: Times, time_zone: str) -> NDArray[np.int64]:
    """
    Give the local hour of the week that each time lies in.

    Parameters
    ----------
    times
        Each with a time zone, or missing.
    time_zone
        Zone of the local clock, a name of the IANA data base.

    Returns
    -------
    numpy.ndarray
        0 (Monday 0 to 1 o'clock) to 167, as :func:`hour_labels` names them; -1 where
        the time is missing.

    Raises
    ------
    InputError
        Times without a zone, or no zone of that name.

    Examples
    --------
    >>> import pandas as pd
    >>> monday = pd.to_datetime(["2024-01-01T05:30Z", None])
    >>> hour_of_week(monday, "America/New_York").tolist()
    [0, -1]
    """
    at = seconds(times)
    known = ~np.isnan(at)
    hour = np.full(at.size, -1, dtype=np.int64)
    local = offsets(time_zone, at).local(at[known])
    hour[known] = (np.floor(local / 3600.0).astype(np.int64) + _THURSDAY) % WEEK_HOURS
    return hour


def hour_weights(occurred_from: Times, occurred_to: Times, time_zone: str) -> csr_array:
    """
    Give how much of each event lies in each local hour of the week (aoristic weights).

    Parameters
    ----------
    occurred_from, occurred_to
        Earliest and latest possible times, each with a time zone; see
        :func:`coveragekit.coverage.spans` for missing and swapped ones.
    time_zone
        Zone of the local clock, a name of the IANA data base.

    Returns
    -------
    scipy.sparse.csr_array
        Shape ``(n, 168)``, Monday 0 to 1 o'clock first. Rows sum to 1; a row is empty
        where both times are missing.

    Raises
    ------
    InputError
        Times without a zone, or no zone of that name.

    Notes
    -----
    Each hour gets the share of the span for which the local clock showed it: where
    clocks are put back, the repeated hour counts twice, and an hour that is left out
    gets nothing. A single moment gives 1 to its hour. A span of more than a week says
    nothing about the hour: 1/168 each.

    References
    ----------
    Ratcliffe, J. H. (2000). Aoristic analysis: the spatial interpretation of unspecific
    temporal events. Int. J. Geographical Information Science 14(7), 669-679.

    Examples
    --------
    >>> import pandas as pd
    >>> begin = pd.to_datetime(["2024-01-01T01:50Z"])
    >>> end = pd.to_datetime(["2024-01-01T02:10Z"])
    >>> hour_weights(begin, end, "UTC")[:, [1, 2]].toarray().tolist()
    [[0.5, 0.5]]
    """
    found = spans(occurred_from, occurred_to)
    return _spread(found, time_zone, np.empty(0))[0]


def timing(
    occurred_from: Times,
    occurred_to: Times,
    time_zone: str,
    *,
    lon: float,
    lat: float,
    depression_deg: float = CIVIL_TWILIGHT_DEG,
) -> Timing:
    """
    Give when each event may have happened, by hour of the week and light together.

    Parameters
    ----------
    occurred_from, occurred_to
        Earliest and latest possible times, each with a time zone; see
        :func:`coveragekit.coverage.spans` for missing and swapped ones.
    time_zone
        Zone of the local clock, a name of the IANA data base.
    lon, lat
        The place, degrees east and north, EPSG:4326: one for all events of a study.
    depression_deg
        How far below the horizon the sun's centre stands when dark begins, degrees,
        0 to 18.

    Returns
    -------
    Timing
        The hours as :func:`hour_weights` gives them, each with its dark part.

    Raises
    ------
    InputError
        Times without a zone, no zone of that name, or a place that is none.

    Notes
    -----
    The dark part of an hour is that of the very nights of the span. A span of more than
    a week gives 1/168 to each hour, dark as often as that hour was within the span; its
    dark share may so differ by some percent from that of the span itself.

    Examples
    --------
    >>> import pandas as pd
    >>> begin = pd.to_datetime(["2024-06-20T17:00Z"])
    >>> evening = timing(begin, begin + pd.Timedelta(hours=10), "America/New_York",
    ...                  lon=-84.39, lat=33.75)
    >>> evening.hours.nnz, evening.dark_share.round(2).tolist()
    (10, [0.17])
    """
    found = spans(occurred_from, occurred_to)
    turned = turns(
        found.begin_s, found.end_s, lon=lon, lat=lat, depression_deg=depression_deg
    )
    hours, dark = _spread(found, time_zone, turned)
    return Timing(found.begin_s, found.end_s, hours, dark, found.swapped)


def by_hour(
    p_day: ArrayLike,
    p_night: ArrayLike,
    timing: Timing,
    *,
    weights: ArrayLike | None = None,
) -> ByHour:
    """
    Give the share of events seen in each local hour of the week.

    Parameters
    ----------
    p_day, p_night
        How surely each event is seen by day and by night, 0 to 1; not-a-number (outside
        the study area) leaves an event out.
    timing
        When the events may have happened.
    weights
        One for each event, 0 or more; 1 each where ``None``.

    Returns
    -------
    ByHour
        The share, and the weight of events in the hour.

    Raises
    ------
    InputError
        Another length, or a weight below 0.

    Notes
    -----
    Cameras that record at some hours only need
    :func:`coveragekit.coverage.seen_at_the_time`.

    Examples
    --------
    >>> import pandas as pd
    >>> noon = pd.to_datetime(["2024-01-01T17:30Z"])
    >>> when = timing(noon, noon, "America/New_York", lon=-84.39, lat=33.75)
    >>> found = by_hour([0.5], [0.0], when)
    >>> found.value[12], found.weight.sum()
    (np.float64(0.5), np.float64(1.0))
    """
    day = _one_each(p_day, len(timing), "p_day")
    night = _one_each(p_night, len(timing), "p_night")
    loads = checked_weights(weights, len(timing))
    known = ~(np.isnan(day) | np.isnan(night))
    loads = np.where(known, loads, 0.0)
    rows = np.repeat(np.arange(len(timing)), np.diff(timing.hours.indptr))
    share = timing.hours.data
    day, night = np.nan_to_num(day)[rows], np.nan_to_num(night)[rows]
    seen = (share - timing.dark) * day + timing.dark * night
    return shares_by_hour(timing.hours, seen, loads)


def shares_by_hour(
    hours: csr_array, seen: NDArray[np.float64], weights: NDArray[np.float64]
) -> ByHour:
    """Give the weighted share of what is seen among the entries of each hour."""
    load = np.repeat(weights, np.diff(hours.indptr))
    weight = _sums(hours.indices, load * hours.data, WEEK_HOURS)
    sums = _sums(hours.indices, load * seen, WEEK_HOURS)
    value = np.full(WEEK_HOURS, np.nan)
    np.divide(sums, weight, out=value, where=weight > 0.0)
    return ByHour(np.minimum(value, 1.0), weight)


def checked_weights(weights: ArrayLike | None, count: int) -> NDArray[np.float64]:
    """Give one weight for each event, 1 each where none are given."""
    if weights is None:
        return np.ones(count)
    loads = _one_each(weights, count, "weights")
    wrong = ~((loads >= 0.0) & np.isfinite(loads))
    if wrong.any():
        message = f"a weight is {loads[wrong][0]:g}; allowed: 0 or more, finite"
        raise InputError(message)
    return loads


def _one_each(given: ArrayLike, count: int, what: str) -> NDArray[np.float64]:
    values = np.asarray(given, dtype=np.float64)
    if values.shape != (count,):
        message = (
            f"{what} has the shape {values.shape}; allowed: one for each of the "
            f"{count} events"
        )
        raise InputError(message)
    return values


def _sums(
    of: NDArray[np.integer[Any]], entries: NDArray[np.float64], count: int
) -> NDArray[np.float64]:
    return np.bincount(of, weights=entries, minlength=count).astype(np.float64)


def _spread(
    found: Spans, time_zone: str, turned: NDArray[np.float64]
) -> tuple[csr_array, NDArray[np.float64]]:
    from scipy.sparse import csr_array

    clock = offsets(time_zone, np.concatenate([found.begin_s, found.end_s]))
    row_ptr, hours, shares, dark = spread_hours(
        found.begin_s, found.end_s, clock.start_s, clock.ahead_s, turned
    )
    shape = (found.begin_s.size, WEEK_HOURS)
    return csr_array((shares, hours, row_ptr), shape=shape), dark
