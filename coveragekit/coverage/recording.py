"""Say in which hours of the week each camera records."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from coveragekit.coverage.times import zone
from coveragekit.errors import Fault, InputError, TableError

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

__all__ = ["Recording", "recording", "recording_matrix", "recording_week"]

_TABLE = "cameras"
_HOURS = 168
_HOUR_S = 3600.0
_SUN = re.compile(r"\b(sunrise|sunset|dawn|dusk)\b", re.IGNORECASE)
_PUBLIC_HOLIDAY = re.compile(r"\bPH\b")
_SCHOOL_HOLIDAY = re.compile(r"\bSH\b")
_FORM = (
    "OpenStreetMap's opening-hours form, such as '24/7', 'Mo-Fr 08:00-18:00' or "
    "'22:00-06:00'"
)


class Recording(NamedTuple):
    """
    In which hours of the week cameras record, each pattern of hours kept once.

    Parameters
    ----------
    weeks
        Share of each local hour of the week recorded, 0 to 1, shape ``(k, 168)``,
        Monday 0 to 1 o'clock first.
    week_of
        Which row of ``weeks`` each camera has, shape ``(n,)``.
    assumed
        True for the cameras whose hours are not known, and taken as always.
    """

    weeks: NDArray[np.float64]
    week_of: NDArray[np.int64]
    assumed: NDArray[np.bool_]


def recording_week(
    recording_hours: str,
    time_zone: str,
    *,
    lon: float | None = None,
    lat: float | None = None,
    year: int = 2025,
) -> NDArray[np.float64]:
    """
    Give how much of each local hour of the week is recorded.

    Parameters
    ----------
    recording_hours
        The hours in OpenStreetMap's opening-hours form, local clock.
    time_zone
        Zone of the local clock, a name of the IANA data base.
    lon, lat
        The place, degrees east and north, EPSG:4326; needed only for hours that go by
        the sun or by public holidays (those of the country of the place).
    year
        The year whose 52 weeks, from its first Monday, are averaged, 1970 to 2100.

    Returns
    -------
    numpy.ndarray
        0 to 1, shape ``(168,)``, Monday 0 to 1 o'clock first.

    Raises
    ------
    InputError
        A text that cannot be read, one that needs the place where none is given, or
        school holidays, which no source tells.

    Notes
    -----
    Hours that change with the season, the sun or holidays come out as the share of the
    year's weeks in which they are recorded. What the text calls unknown counts as not
    recorded. Read by the library opening-hours-py.

    Examples
    --------
    >>> week = recording_week("Mo-Fr 08:30-18:00", "America/New_York")
    >>> week[[7, 8, 9, 18]].tolist()
    [0.0, 0.5, 1.0, 0.0]
    """
    _, offered = _allowed(recording_hours, lon, lat)
    if offered is not None:
        message = f"recording_hours is {recording_hours!r}; allowed: {offered}"
        raise InputError(message)
    if not 1970 <= year <= 2100:
        message = f"year is {year}; allowed: 1970 to 2100"
        raise InputError(message)
    zone(time_zone)
    place = (lat, lon) if lat is not None and lon is not None else None
    return _week(recording_hours.strip(), time_zone, place=place, year=year).copy()


def recording(
    cameras: pd.DataFrame,
    time_zone: str,
    *,
    lon: float | None = None,
    lat: float | None = None,
    year: int = 2025,
) -> Recording:
    """
    Give in which hours of the week each camera records.

    Parameters
    ----------
    cameras
        Column ``recording_hours``; missing means always, which is assumed.
    time_zone
        Zone of the local clock, a name of the IANA data base.
    lon, lat
        The place, degrees east and north, EPSG:4326; see :func:`recording_week`.
    year
        The year whose weeks are averaged.

    Returns
    -------
    Recording
        The patterns, and which camera has which; cameras with the same text share one.

    Raises
    ------
    TableError
        Texts that cannot be read: every such camera, and its text.
    InputError
        No such column, no zone of that name, or another year.

    Examples
    --------
    >>> import pandas as pd
    >>> two = pd.DataFrame({"recording_hours": [None, "Sa,Su 00:00-24:00"]})
    >>> found = recording(two, "America/New_York")
    >>> found.weeks[found.week_of].sum(axis=1).tolist(), found.assumed.tolist()
    ([168.0, 48.0], [True, False])
    """
    import pandas as pd

    if "recording_hours" not in cameras.columns:
        message = (
            "cameras have no column 'recording_hours'; coveragekit.model.conform gives "
            "every column of the table"
        )
        raise InputError(message)
    zone(time_zone)
    texts = cameras["recording_hours"]
    assumed = texts.isna().to_numpy(dtype=np.bool_)
    week_of, found = pd.factorize(texts.where(~assumed, "24/7").astype(object))
    distinct = [str(each) for each in found]
    reasons = [_allowed(text, lon, lat)[1] for text in distinct]
    faults = [
        Fault(_key(cameras, row), "recording_hours", repr(distinct[code]), reason)
        for row, code in enumerate(week_of)
        if (reason := reasons[code]) is not None
    ]
    if faults:
        raise TableError(_TABLE, faults)
    weeks = [
        recording_week(text, time_zone, lon=lon, lat=lat, year=year)
        for text in distinct
    ]
    return Recording(
        weeks=np.array(weeks, dtype=np.float64).reshape(-1, _HOURS),
        week_of=week_of.astype(np.int64),
        assumed=assumed,
    )


def recording_matrix(
    cameras: pd.DataFrame,
    time_zone: str,
    *,
    lon: float | None = None,
    lat: float | None = None,
    year: int = 2025,
) -> NDArray[np.float64]:
    """
    Give how much of each local hour of the week each camera records.

    Parameters
    ----------
    cameras
        Column ``recording_hours``; missing means always, which is assumed.
    time_zone
        Zone of the local clock, a name of the IANA data base.
    lon, lat
        The place, degrees east and north, EPSG:4326; see :func:`recording_week`.
    year
        The year whose weeks are averaged.

    Returns
    -------
    numpy.ndarray
        0 to 1, shape ``(n, 168)``, Monday 0 to 1 o'clock first. For many cameras
        :func:`recording` is smaller.

    Raises
    ------
    TableError
        Texts that cannot be read: every such camera, and its text.
    InputError
        No such column, no zone of that name, or another year.

    Examples
    --------
    >>> import pandas as pd
    >>> night = pd.DataFrame({"recording_hours": ["22:00-06:00"]})
    >>> recording_matrix(night, "America/New_York").sum()
    np.float64(56.0)
    """
    found = recording(cameras, time_zone, lon=lon, lat=lat, year=year)
    return found.weeks[found.week_of]


def _allowed(text: str, lon: float | None, lat: float | None) -> tuple[str, str | None]:
    """Give the text, and what would be allowed in its stead, if it cannot be used."""
    from opening_hours import validate

    if not validate(text.strip()):
        return text, _FORM
    bare = re.sub(r'"[^"]*"', "", text)
    if _SCHOOL_HOLIDAY.search(bare):
        return text, f"{_FORM}; school holidays (SH) are not known here"
    if (lon is None or lat is None) and _SUN.search(bare):
        return text, f"{_FORM}; hours by the sun need the place, lon= and lat="
    if (lon is None or lat is None) and _PUBLIC_HOLIDAY.search(bare):
        return text, f"{_FORM}; public holidays (PH) need the place, lon= and lat="
    return text, None


def _key(cameras: pd.DataFrame, row: int) -> int | str:
    if "camera_id" in cameras.columns:
        return str(cameras["camera_id"].iloc[row])
    label = cameras.index[row]
    return label if isinstance(label, int | str) else str(label)


@lru_cache(maxsize=4096)
def _week(
    text: str, time_zone: str, *, place: tuple[float, float] | None, year: int
) -> NDArray[np.float64]:
    from opening_hours import OpeningHours, State

    new_year = date(year, 1, 1)
    monday = new_year + timedelta(days=-new_year.weekday() % 7)
    begin = datetime(monday.year, monday.month, monday.day)  # noqa: DTZ001 - local clock
    end = begin + timedelta(weeks=52)
    # Told no zone, the library goes by the local clock, which never skips an hour; only
    # the sun needs the zone.
    hours = (
        OpeningHours(text)
        if place is None
        else OpeningHours(text, timezone=zone(time_zone), coords=place)
    )
    edges = np.arange(52 * _HOURS + 1, dtype=np.float64) * _HOUR_S
    recorded = np.zeros(52 * _HOURS)
    for since, until, state, _ in hours.intervals(begin, end):
        if state != State.OPEN:
            continue
        first = (since.replace(tzinfo=None) - begin).total_seconds()
        last = (until.replace(tzinfo=None) - begin).total_seconds()
        recorded += _overlap(edges, first, last)
    share = np.minimum(recorded / _HOUR_S, 1.0)
    return np.asarray(share.reshape(52, _HOURS).mean(axis=0))


def _overlap(
    edges: NDArray[np.float64], first: float, last: float
) -> NDArray[np.float64]:
    both = np.minimum(edges[1:], last) - np.maximum(edges[:-1], first)
    return np.asarray(np.maximum(both, 0.0))
