"""Turn clock times of a zone into UTC, and tell those it has twice or never."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np

from coveragekit.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["check_zone", "to_utc"]


def check_zone(time_zone: str) -> ZoneInfo:
    """
    Give a time zone by its name.

    Parameters
    ----------
    time_zone
        Name in the IANA database, such as ``America/New_York``.

    Returns
    -------
    zoneinfo.ZoneInfo
        The zone.

    Raises
    ------
    InputError
        No zone has that name.

    Examples
    --------
    >>> check_zone("Europe/Helsinki").key
    'Europe/Helsinki'
    """
    try:
        return ZoneInfo(time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        message = (
            f"there is no time zone {time_zone!r}; allowed: IANA names such as "
            "America/New_York or UTC"
        )
        raise InputError(message) from error


def to_utc(
    seconds: NDArray[np.int64], given: NDArray[np.bool_], time_zone: str
) -> tuple[NDArray[np.int64], NDArray[np.bool_], NDArray[np.bool_]]:
    """
    Give UTC for clock times of a zone, and which of them the zone has twice or never.

    Parameters
    ----------
    seconds
        Seconds since 1970 on the zone's clock.
    given
        Where there is a time.
    time_zone
        Name in the IANA database.

    Returns
    -------
    utc : numpy.ndarray of int
        Seconds since 1970 in UTC. Of an hour that comes twice the first is taken; a
        time that the clock skips becomes the first after the gap.
    twice : numpy.ndarray of bool
        Where the clock shows this time twice.
    never : numpy.ndarray of bool
        Where the clock never shows this time.

    Raises
    ------
    InputError
        No zone has that name.

    Examples
    --------
    >>> noon = np.array([1_577_880_000])
    >>> int(to_utc(noon, np.array([True]), "America/New_York")[0][0] - noon[0]) // 3600
    5
    """
    import pandas as pd

    zone = check_zone(time_zone)
    clock = np.where(given, seconds, 0)
    # A place in the range of doubt is asked once, however many rows share it.
    distinct, places = np.unique(clock, return_inverse=True)
    stamps = pd.Series(distinct.astype("datetime64[s]")).dt
    first = np.ones(len(distinct), dtype=bool)
    full = stamps.tz_localize(zone, ambiguous=first, nonexistent="shift_forward")
    once = stamps.tz_localize(zone, ambiguous="NaT", nonexistent="shift_forward")
    real = stamps.tz_localize(zone, ambiguous=first, nonexistent="NaT")
    plain = full.dt.tz_convert("UTC").dt.tz_localize(None).to_numpy()
    utc = plain.astype("datetime64[s]").astype(np.int64)
    twice = np.asarray(once.isna(), dtype=bool)
    never = np.asarray(real.isna(), dtype=bool)
    return np.where(given, utc[places], 0), twice[places] & given, never[places] & given
