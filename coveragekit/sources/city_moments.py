"""Draw when things happen in the made-up city: by season, weekday and hour."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from coveragekit.sources.city_rules import city_rules, draw_index
from coveragekit.sources.synth_draws import made_up

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["draw_days", "draw_hours", "to_utc"]

_DAYS_A_YEAR = 365.25


def draw_days(
    span: tuple[pd.Timestamp, pd.Timestamp], count: int, rng: np.random.Generator
) -> NDArray[np.int64]:
    """
    Give days of a period, more in summer and before weekends, fewer each year.

    Parameters
    ----------
    span
        First moment, and the first after the last, UTC.
    count
        How many.
    rng
        Generator of random numbers.

    Returns
    -------
    numpy.ndarray
        Days since the first, shape ``(count,)``.

    Examples
    --------
    >>> day = pd.Timestamp("2024-01-01", tz="UTC")
    >>> span = day, day + pd.Timedelta(days=1)
    >>> draw_days(span, 2, np.random.default_rng(0)).tolist()
    [0, 0]
    """
    rules = city_rules()["incidents"]
    days = pd.date_range(span[0], periods=(span[1] - span[0]).days, freq="D")
    weight = np.array(rules["months"])[days.month - 1]
    weight = weight * np.array(rules["weekdays"])[days.day_of_week]
    years = np.arange(len(days)) / _DAYS_A_YEAR
    weight = weight * (1.0 + rules["yearly_change"]) ** years
    return draw_index(weight, count, rng).astype(np.int64)


def draw_hours(
    patterns: NDArray[np.object_], rng: np.random.Generator
) -> NDArray[np.int64]:
    """
    Give seconds of the local day by patterns of its hours.

    Parameters
    ----------
    patterns
        Name of a pattern of the simulator's data for each.
    rng
        Generator of random numbers.

    Returns
    -------
    numpy.ndarray
        Seconds since midnight, 0 <= s < 86400.

    Examples
    --------
    >>> one = draw_hours(np.array(["shops"], dtype=object), np.random.default_rng(0))
    >>> bool(7 * 3600 <= one[0] < 23 * 3600)
    True
    """
    hours = np.zeros(len(patterns), dtype=np.int64)
    for name, weights in made_up()["hours"].items():
        mine = np.flatnonzero(patterns == name)
        hours[mine] = draw_index(weights, len(mine), rng)
    return hours * 3600 + rng.integers(0, 3600, len(patterns))


def to_utc(
    days: NDArray[np.int64], seconds: NDArray[np.int64], first: pd.Timestamp
) -> pd.DatetimeIndex:
    """
    Give local days and seconds as moments.

    Parameters
    ----------
    days
        Days since the first.
    seconds
        Seconds since local midnight.
    first
        The first local midnight, UTC.

    Returns
    -------
    pandas.DatetimeIndex
        UTC; an hour that a change of clocks leaves out moves to the next there is.

    Examples
    --------
    >>> first = pd.Timestamp("2024-01-01 05:00", tz="UTC")
    >>> str(to_utc(np.array([1]), np.array([3600]), first)[0])
    '2024-01-02 06:00:00+00:00'
    """
    zone = city_rules()["where"]["time_zone"]
    midnight = np.datetime64(first.tz_convert(zone).tz_localize(None), "s")
    local = midnight + (days * 86400 + seconds).astype("timedelta64[s]")
    named = pd.DatetimeIndex(local).tz_localize(
        zone, ambiguous=np.zeros(len(local), dtype=bool), nonexistent="shift_forward"
    )
    return pd.DatetimeIndex(named.tz_convert("UTC")).as_unit("us")
