"""Say when it is dark at one place on earth, by the sun."""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from coveragekit.coverage.times import offsets, seconds, spans, years_of
from coveragekit.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from coveragekit.coverage.times import Times

__all__ = [
    "CIVIL_TWILIGHT_DEG",
    "dark_share",
    "darkness_by_hour",
    "is_dark",
    "turns",
]

CIVIL_TWILIGHT_DEG = 6.0
_DAY_S = 86_400.0
_NOON_MIN = 720.0
_QUARTER_S = 900.0
# A night shorter than this is none: the seconds that the noons of a polar day drift.
_NO_NIGHT_S = 60.0


def is_dark(
    times: Times,
    lon: float,
    lat: float,
    *,
    depression_deg: float = CIVIL_TWILIGHT_DEG,
) -> NDArray[np.bool_]:
    """
    Tell at which times it is dark at a place.

    Parameters
    ----------
    times
        Each with a time zone, or missing.
    lon, lat
        The place, degrees east and north, EPSG:4326.
    depression_deg
        How far below the horizon the sun's centre stands when dark begins, degrees,
        0 to 18.

    Returns
    -------
    numpy.ndarray
        True from dusk until before dawn; False where the time is missing.

    Raises
    ------
    InputError
        Times without a zone, a place that is none, or another depression.

    Notes
    -----
    Six degrees end civil twilight: until then people and things outdoors are told
    apart without lamps (about 3 lux), and street lamps and the infrared lamps of
    cameras are switched at about that light. Cloud, terrain and street lighting are
    left out. The sun is the library astral's, without refraction, as almanacs define
    twilight; crossings agree with the U.S. Naval Observatory's within a minute, but for
    the one or two nights of under an hour next to a season of white nights.

    Examples
    --------
    >>> import pandas as pd
    >>> noon_and_midnight = pd.to_datetime(["2024-06-20T17:30Z", "2024-06-21T05:30Z"])
    >>> is_dark(noon_and_midnight, -84.39, 33.75).tolist()
    [False, True]
    """
    at = seconds(times)
    turned = turns(at, at, lon=lon, lat=lat, depression_deg=depression_deg)
    return np.asarray(np.searchsorted(turned, at, side="right") % 2 == 1) & ~np.isnan(
        at
    )


def dark_share(
    occurred_from: Times,
    occurred_to: Times,
    *,
    lon: float,
    lat: float,
    depression_deg: float = CIVIL_TWILIGHT_DEG,
) -> NDArray[np.float64]:
    """
    Give how much of the span in which each event may have happened was dark.

    Parameters
    ----------
    occurred_from, occurred_to
        Earliest and latest possible times, each with a time zone; see
        :func:`coveragekit.coverage.spans` for missing and swapped ones.
    lon, lat
        The place, degrees east and north, EPSG:4326: one for all events of a study.
    depression_deg
        How far below the horizon the sun's centre stands when dark begins, degrees,
        0 to 18.

    Returns
    -------
    numpy.ndarray
        0 to 1, by the exact times of dusk and dawn; 0 or 1 for a single moment;
        not-a-number where both times are missing.

    Raises
    ------
    InputError
        Times without a zone, a place that is none, or another depression.

    Examples
    --------
    >>> import pandas as pd
    >>> begin = pd.to_datetime(["2024-03-20T16:00Z"])
    >>> end = begin + pd.Timedelta(hours=24)
    >>> dark_share(begin, end, lon=-84.39, lat=33.75).round(2)
    array([0.46])
    """
    begin, end, _ = spans(occurred_from, occurred_to)
    turned = turns(begin, end, lon=lon, lat=lat, depression_deg=depression_deg)
    length = end - begin
    moment = np.searchsorted(turned, begin, side="right") % 2 == 1
    share = np.where(moment, 1.0, 0.0)
    spread = length > 0.0
    passed = _dark_before(turned, end[spread]) - _dark_before(turned, begin[spread])
    share[spread] = np.clip(passed / length[spread], 0.0, 1.0)
    share[np.isnan(begin)] = np.nan
    return share


def darkness_by_hour(
    lon: float,
    lat: float,
    *,
    time_zone: str,
    year: int,
    depression_deg: float = CIVIL_TWILIGHT_DEG,
) -> NDArray[np.float64]:
    """
    Give how often it is dark in each local hour of the day, over a year.

    Parameters
    ----------
    lon, lat
        The place, degrees east and north, EPSG:4326.
    time_zone
        Zone of the local clock, a name of the IANA data base.
    year
        The year, 1900 to 2199.
    depression_deg
        How far below the horizon the sun's centre stands when dark begins, degrees,
        0 to 18.

    Returns
    -------
    numpy.ndarray
        Mean share of the hour that is dark, 0 to 1, shape ``(24,)``, local midnight
        first.

    Raises
    ------
    InputError
        A place that is none, no zone of that name, or another year.

    Examples
    --------
    >>> dark = darkness_by_hour(-84.39, 33.75, time_zone="America/New_York", year=2024)
    >>> dark[[0, 12, 19]].round(2).tolist()
    [1.0, 0.0, 0.4]
    """
    if not 1900 <= year <= 2199:
        message = f"year is {year}; allowed: 1900 to 2199"
        raise InputError(message)
    # Clocks differ from UTC by whole quarters of an hour, so each lies in one hour.
    quarter_s = np.arange(_new_year(year), _new_year(year + 1), _QUARTER_S)
    hour = offsets(time_zone, quarter_s).local(quarter_s) // 3600.0 % 24.0
    after_s = quarter_s + _QUARTER_S
    turned = turns(quarter_s, after_s, lon=lon, lat=lat, depression_deg=depression_deg)
    dark_s = _dark_before(turned, after_s) - _dark_before(turned, quarter_s)
    of = hour.astype(np.int64)
    total = np.bincount(of, minlength=24) * _QUARTER_S
    return np.asarray(np.bincount(of, weights=dark_s, minlength=24) / total)


def turns(
    begin_s: NDArray[np.float64],
    end_s: NDArray[np.float64],
    *,
    lon: float,
    lat: float,
    depression_deg: float = CIVIL_TWILIGHT_DEG,
) -> NDArray[np.float64]:
    """
    Give every dusk and dawn of the years that some spans touch.

    Parameters
    ----------
    begin_s, end_s
        The spans, seconds since 1970 UTC; not-a-number is passed over.
    lon, lat
        The place, degrees east and north, EPSG:4326.
    depression_deg
        How far below the horizon the sun's centre stands when dark begins, degrees.

    Returns
    -------
    numpy.ndarray
        Dusk, dawn, dusk and so on, seconds since 1970 UTC, never falling: it is dark
        after an odd number of them. Where the sun does not cross the line, dusk and
        dawn of a night, or dawn and dusk of a day, coincide.

    Raises
    ------
    InputError
        A place that is none, another depression, or a year outside 1800 to 2199.

    Examples
    --------
    >>> midnight = np.array([1_718_859_600.0])
    >>> turned = turns(midnight, midnight, lon=-84.39, lat=33.75)
    >>> int(np.searchsorted(turned, midnight[0]) % 2)
    1
    """
    _check_place(lon, lat, depression_deg)
    known = ~np.isnan(begin_s)
    if not known.any():
        return np.empty(0)
    first, last = years_of(begin_s[known]) - 1, years_of(end_s[known]) + 1
    edge = np.zeros(int(last.max() - first.min()) + 2, dtype=np.int64)
    np.add.at(edge, first - first.min(), 1)
    np.add.at(edge, last - first.min() + 1, -1)
    wanted = np.flatnonzero(np.cumsum(edge[:-1]) > 0) + int(first.min())
    runs = np.split(wanted, np.flatnonzero(np.diff(wanted) > 1) + 1)
    tables = [
        [_greenwich(lat, int(year), depression_deg) for year in run] for run in runs
    ]
    return np.concatenate(
        [
            _turns_of_run(int(run[0]), table, lon)
            for run, table in zip(runs, tables, strict=True)
        ]
    )


def _check_place(lon: float, lat: float, depression_deg: float) -> None:
    if not (-180.0 <= lon <= 180.0 and -90.0 <= lat <= 90.0):
        message = (
            f"the place is lon {lon:g}, lat {lat:g}; allowed: -180 to 180 and -90 to "
            "90 degrees (is it in metres, or the wrong way round?)"
        )
        raise InputError(message)
    if not 0.0 <= depression_deg <= 18.0:
        message = f"depression_deg is {depression_deg:g}; allowed: 0 to 18"
        raise InputError(message)


def _turns_of_run(
    first_year: int,
    tables: list[tuple[NDArray[np.float64], NDArray[np.float64]]],
    lon: float,
) -> NDArray[np.float64]:
    dawn = np.concatenate([table[0] for table in tables])
    dusk = np.concatenate([table[1] for table in tables])
    day = np.arange(dawn.size, dtype=np.float64)
    # Solar time at a longitude is that of Greenwich so much of a day earlier.
    there = day - lon / 360.0
    noon_s = _new_year(first_year) + day * _DAY_S - 240.0 * lon
    dawn_s = noon_s + 60.0 * np.interp(there, day, dawn)
    dusk_s = noon_s + 60.0 * np.interp(there, day, dusk)
    night = np.stack([dusk_s[:-1], dawn_s[1:]], axis=1)
    none = night[:, 1] - night[:, 0] < _NO_NIGHT_S
    night[none] = night[none].mean(axis=1, keepdims=True)
    return night.ravel()


def _new_year(year: int) -> float:
    return float(np.datetime64(f"{year:04d}-01-01", "s").astype(np.int64))


@lru_cache(maxsize=1024)
def _greenwich(
    lat: float, year: int, depression_deg: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Give dawn and dusk at longitude 0 of each date, minutes after its midnight."""
    # On other longitudes astral 3.2 gives, near midnight UTC, the event of a day off.
    dawns, duskes = [], []
    today = date(year, 1, 1)
    while today.year == year:
        dawn, dusk = _dawn_and_dusk(today, lat, depression_deg)
        dawns.append(dawn)
        duskes.append(dusk)
        today += timedelta(days=1)
    return np.array(dawns), np.array(duskes)


def _dawn_and_dusk(
    today: date, lat: float, depression_deg: float
) -> tuple[float, float]:
    from astral import Observer, SunDirection
    from astral.sun import elevation, noon, time_at_elevation

    observer = Observer(lat, 0.0, 0.0)
    highest = noon(observer, today)
    noon_min = highest.hour * 60.0 + highest.minute + highest.second / 60.0

    def crossing(direction: SunDirection) -> float:
        found = time_at_elevation(
            observer, -depression_deg, today, direction, with_refraction=False
        )
        ahead = (found.date() - today).days * 1440.0
        return float(ahead + found.hour * 60 + found.minute + found.second / 60.0)

    try:
        return crossing(SunDirection.RISING), crossing(SunDirection.SETTING)
    except ValueError:
        # The sun does not cross the line on this date: dark, or light, all day.
        high = elevation(observer, highest, with_refraction=False)
        half = 0.0 if high < -depression_deg else _NOON_MIN
        return noon_min - half, noon_min + half


def _dark_before(
    turned: NDArray[np.float64], at_s: NDArray[np.float64]
) -> NDArray[np.float64]:
    lengths = np.diff(turned)
    lengths[1::2] = 0.0
    total = np.concatenate([[0.0], np.cumsum(lengths)])
    return np.asarray(np.interp(at_s, turned, total)) if turned.size else at_s * 0.0
