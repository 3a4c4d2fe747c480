"""Turn given times, spans and time zones into numbers that can be counted with."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from coveragekit.errors import InputError

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    import pandas as pd
    from numpy.typing import NDArray

    Times = pd.Series[Any] | pd.DatetimeIndex | list[datetime]

__all__ = ["Offsets", "Spans", "offsets", "seconds", "spans", "years_of", "zone"]

# No zone has changed its clocks and back within three days.
_STEP_S = 3 * 86_400
_EARLIEST, _LATEST = 1800, 2199


class Spans(NamedTuple):
    """
    Between when and when each event may have happened.

    Parameters
    ----------
    begin_s
        Earliest possible time, seconds since 1970 UTC; not-a-number where unknown.
    end_s
        Latest possible time, not before ``begin_s``.
    swapped
        How many were given with the later time first.
    """

    begin_s: NDArray[np.float64]
    end_s: NDArray[np.float64]
    swapped: int


class Offsets(NamedTuple):
    """
    How far the clocks of a zone are ahead of UTC, piece by piece.

    Parameters
    ----------
    start_s
        When each piece begins, seconds since 1970 UTC, rising.
    ahead_s
        Seconds to add to UTC for the local clock.
    """

    start_s: NDArray[np.float64]
    ahead_s: NDArray[np.float64]

    def local(self, at_s: NDArray[np.float64]) -> NDArray[np.float64]:
        """Give the local clock, in seconds since 1970, at times of UTC."""
        piece = np.searchsorted(self.start_s, at_s, side="right") - 1
        return np.asarray(at_s + self.ahead_s[np.maximum(piece, 0)])


def spans(occurred_from: Times, occurred_to: Times) -> Spans:
    """
    Give the span of time in which each event may have happened.

    Parameters
    ----------
    occurred_from
        Earliest possible times, each with a time zone; may be missing.
    occurred_to
        Latest possible times, likewise and as many.

    Returns
    -------
    Spans
        A missing end counts as the begin and a missing begin as the end; where both
        are missing both are not-a-number. Spans given backwards are turned round, and
        counted in ``swapped``.

    Raises
    ------
    InputError
        Times without a time zone, or of another number.

    Examples
    --------
    >>> import pandas as pd
    >>> begin = pd.to_datetime(["2024-05-01T10:00Z", "2024-05-01T12:00Z"])
    >>> end = pd.to_datetime(["2024-05-01T11:00Z", "2024-05-01T11:00Z"])
    >>> found = spans(begin, end)
    >>> (found.end_s - found.begin_s).tolist(), found.swapped
    ([3600.0, 3600.0], 1)
    """
    begin = seconds(occurred_from, "occurred_from")
    end = seconds(occurred_to, "occurred_to")
    if begin.shape != end.shape:
        message = (
            f"there are {begin.size} times occurred_from and {end.size} occurred_to; "
            "allowed: one of each for every event"
        )
        raise InputError(message)
    return Spans(
        begin_s=np.fmin(begin, end),
        end_s=np.fmax(begin, end),
        swapped=int(np.count_nonzero(begin > end)),
    )


def seconds(times: Times, what: str = "times") -> NDArray[np.float64]:
    """
    Give times as seconds since 1970 UTC.

    Parameters
    ----------
    times
        Each with a time zone, or missing.
    what
        What the times are, for the message.

    Returns
    -------
    numpy.ndarray
        Seconds; not-a-number where missing.

    Raises
    ------
    InputError
        Not times, times without a time zone, or times of several zones.

    Examples
    --------
    >>> import pandas as pd
    >>> seconds(pd.to_datetime(["1970-01-01T00:01Z", None])).tolist()
    [60.0, nan]
    """
    import pandas as pd

    try:
        index = pd.DatetimeIndex(times)
    except (ValueError, TypeError) as error:
        message = (
            f"{what} cannot be read as times ({error}); allowed: times that all carry "
            "the same time zone; convert with pandas.to_datetime(..., utc=True)"
        )
        raise InputError(message) from error
    if index.tz is None:
        if index.isna().all():
            return np.full(len(index), np.nan)
        seen = index[index.notna()][0]
        message = (
            f"{what} have no time zone, such as {seen}; allowed: times with a zone; "
            "say which with tz_localize, as reading a table with time_zone= does"
        )
        raise InputError(message)
    utc = index.tz_convert("UTC").tz_localize(None).to_numpy("datetime64[us]")
    told = utc.astype(np.int64) / 1e6
    told[np.isnat(utc)] = np.nan
    return told


def zone(time_zone: str) -> ZoneInfo:
    """
    Give the time zone of a name.

    Parameters
    ----------
    time_zone
        A name of the IANA data base, such as ``America/New_York``.

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
    >>> zone("Europe/Helsinki").key
    'Europe/Helsinki'
    """
    from zoneinfo import ZoneInfo

    try:
        return ZoneInfo(time_zone)
    except (KeyError, ValueError, OSError) as error:
        message = (
            f"time_zone is {time_zone!r}; allowed: a name of the IANA data base, such "
            "as 'America/New_York' or 'UTC'"
        )
        raise InputError(message) from error


def offsets(time_zone: str, at_s: NDArray[np.float64]) -> Offsets:
    """
    Give how far a zone's clocks are ahead of UTC over the years of some times.

    Parameters
    ----------
    time_zone
        A name of the IANA data base.
    at_s
        Seconds since 1970 UTC; not-a-number is passed over.

    Returns
    -------
    Offsets
        A piece for each change of the clocks, exact to the second.

    Raises
    ------
    InputError
        No zone has that name.

    Examples
    --------
    >>> pieces = offsets("Europe/Helsinki", np.array([1.72e9]))
    >>> (pieces.ahead_s / 3600.0).tolist()
    [2.0, 3.0, 2.0]
    """
    zone(time_zone)
    known = at_s[~np.isnan(at_s)]
    if not known.size:
        return _pieces(time_zone, 1970, 1970)
    first, last = years_of(np.array([known.min(), known.max()]))
    return _pieces(time_zone, int(first), int(last))


def years_of(at_s: NDArray[np.float64]) -> NDArray[np.int64]:
    """
    Give the year, of UTC, that each time lies in.

    Parameters
    ----------
    at_s
        Seconds since 1970 UTC, none missing.

    Returns
    -------
    numpy.ndarray
        Years.

    Raises
    ------
    InputError
        A year before 1800 or after 2199: a mark such as 9999 for "open".

    Examples
    --------
    >>> years_of(np.array([0.0])).tolist()
    [1970]
    """
    days = at_s.astype("datetime64[s]")
    years = np.asarray(days.astype("datetime64[Y]").astype(np.int64) + 1970)
    wrong = (years < _EARLIEST) | (years > _LATEST)
    if wrong.any():
        message = (
            f"{np.count_nonzero(wrong)} times lie outside the years {_EARLIEST} to "
            f"{_LATEST}, such as {days[wrong][0]}; leave unknown times empty"
        )
        raise InputError(message)
    return years


@lru_cache(maxsize=32)
def _pieces(time_zone: str, first: int, last: int) -> Offsets:
    clocks = zone(time_zone)

    def ahead(at: int) -> float:
        local = datetime.fromtimestamp(at, clocks).utcoffset()
        return local.total_seconds() if local is not None else 0.0

    at = _new_year(first)
    until = _new_year(last + 1)
    starts, aheads = [float(at)], [ahead(at)]
    while at < until:
        after = min(at + _STEP_S, until)
        if ahead(after) != aheads[-1]:
            low, high = at, after
            while high - low > 1:
                middle = (low + high) // 2
                if ahead(middle) == aheads[-1]:
                    low = middle
                else:
                    high = middle
            starts.append(float(high))
            aheads.append(ahead(high))
        at = after
    return Offsets(np.array(starts), np.array(aheads))


def _new_year(year: int) -> int:
    return int(np.datetime64(f"{year:04d}-01-01", "s").astype(np.int64))
