"""Read times of many spellings, in a time zone, with what they leave open."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np

from coveragekit.errors import InputError
from coveragekit.sources.raw import missing
from coveragekit.sources.values import as_text

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd
    from numpy.typing import NDArray

__all__ = [
    "DAY_S",
    "HOUR_S",
    "Times",
    "check_zone",
    "day_order",
    "parse_times",
    "to_utc",
]

DAY_S = 86_400
HOUR_S = 3_600
_MINUTE_S = 60
_ORDERS = ("mdy", "dmy", "ymd")
_EPOCH = date(1970, 1, 1).toordinal()
# Days from the first of January 1900 to 1970 as a workbook counts them.
_EXCEL_EPOCH = date(1899, 12, 30).toordinal()

_MONTHS = {
    name: number
    for number, name in enumerate(
        ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"], start=1
    )
}
_DATES = (
    re.compile(r"(?P<y>\d{4})[-/.](?P<m>\d{1,2})[-/.](?P<d>\d{1,2})"),
    re.compile(r"(?P<y>\d{4})(?P<m>\d{2})(?P<d>\d{2})(?![\d])"),
    re.compile(
        r"(?P<a>\d{1,2})(?P<s>[-/.])(?P<b>\d{1,2})(?P=s)(?P<y>\d{4}|\d{2})(?!\d)"
    ),
    re.compile(
        r"(?P<d>\d{1,2})[- ](?P<n>[A-Za-z]{3,9})\.?[-, ]+(?P<y>\d{4}|\d{2})(?!\d)"
    ),
    re.compile(r"(?P<n>[A-Za-z]{3,9})\.? (?P<d>\d{1,2}),? (?P<y>\d{4})"),
)
_CLOCK = re.compile(
    r"(?P<h>\d{1,2}):(?P<mi>\d{2})(?::(?P<s>\d{2})(?:[.,]\d{1,9})?)?"
    r"\s*(?P<ap>[AaPp])?\.?(?(ap)[Mm]\.?)"
)
_CLOCK_SHORT = re.compile(r"(?P<h>\d{1,2})\s*(?P<ap>[AaPp])\.?[Mm]\.?")
_CLOCK_DIGITS = re.compile(r"(?P<h>\d{2})(?P<mi>\d{2})(?P<s>\d{2})?")
_CLOCK_HOUR = re.compile(r"(?P<h>\d{1,2})(?P<mi>(?!))?(?P<s>(?!))?")
_ZONE = re.compile(r"\s*(?P<z>Z|UTC|GMT|(?P<sign>[+-])(?P<zh>\d{2}):?(?P<zm>\d{2})?)")
_AMBIGUOUS = re.compile(r"\s*(\d{1,2})([-/])(\d{1,2})\2(?:\d{4}|\d{2})(?!\d)")


@dataclass(frozen=True, slots=True)
class Times:
    """
    Times of a column, each with how exactly it is stated.

    Parameters
    ----------
    seconds
        Seconds since 1970 on the clock of the source (in UTC where ``fixed``); 0 where
        nothing is given.
    given
        Whether there is a time at all.
    resolution_s
        What the source leaves open: 86,400 for a day, 3,600 for an hour, 60 or 1.
    fixed
        Whether the source states the offset from UTC, so that no zone is needed.
    unreadable
        Whether the cell says something that is not a time.
    year
        The year as written, 0 where nothing is given.
    """

    seconds: NDArray[np.int64]
    given: NDArray[np.bool_]
    resolution_s: NDArray[np.int64]
    fixed: NDArray[np.bool_]
    unreadable: NDArray[np.bool_]
    year: NDArray[np.int64]


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


def day_order(columns: Iterable[pd.Series[Any]]) -> str | None:
    """
    Give the order of month and day that the dates of a file prove.

    Parameters
    ----------
    columns
        Columns of text that may hold dates.

    Returns
    -------
    str or None
        ``mdy`` or ``dmy`` as most dates prove; ``ymd`` where no date leaves the order
        open; ``None`` where every date could be read either way.

    Examples
    --------
    >>> import pandas as pd
    >>> day_order([pd.Series(["5/20/2021", "1/2/2021"])])
    'mdy'
    >>> day_order([pd.Series(["1/2/2021"])]) is None
    True
    """
    month_first = day_first = open_dates = 0
    for column in columns:
        if column.dtype.kind not in "OU" and str(column.dtype) != "str":
            continue
        for text in column.dropna().unique():
            found = _AMBIGUOUS.match(text) if isinstance(text, str) else None
            if found is None:
                continue
            first, second = int(found[1]), int(found[3])
            open_dates += 1
            month_first += first <= 12 < second
            day_first += second <= 12 < first
    if month_first or day_first:
        return "mdy" if month_first >= day_first else "dmy"
    return None if open_dates else "ymd"


def parse_times(
    column: pd.Series[Any],
    clock: pd.Series[Any] | None = None,
    *,
    order: str = "mdy",
    unit: str | None = None,
) -> Times:
    """
    Give the times of a column of dates, with a column of clock times where apart.

    Parameters
    ----------
    column
        Dates or whole times: text, times, or numbers (with ``unit``).
    clock
        Times of day, or ``None`` where ``column`` holds them.
    order
        Order of a date whose parts are all short: ``mdy`` or ``dmy``; ``ymd`` where
        none is open.
    unit
        Of numbers: ``ms`` or ``s`` since 1970 (UTC), or ``excel`` for days as a
        workbook counts them; ``None`` finds out by size.

    Returns
    -------
    Times
        One a row.

    Notes
    -----
    ``24:00`` is the midnight that ends the day. A clock time that cannot be read leaves
    the day, and the row is marked unreadable. A column of times that all fall on
    midnight holds dates.

    Examples
    --------
    >>> import pandas as pd
    >>> found = parse_times(pd.Series(["1/6/2020"]), pd.Series(["24:00"]))
    >>> np.datetime64(int(found.seconds[0]), "s").item().isoformat()
    '2020-01-07T00:00:00'
    """
    days = _parse_days(column, order, unit)
    if clock is None:
        return days
    return _add_clock(days, clock)


def _parse_days(column: pd.Series[Any], order: str, unit: str | None) -> Times:
    import pandas as pd

    if pd.api.types.is_datetime64_any_dtype(column.dtype):
        return _from_typed(column)
    if pd.api.types.is_numeric_dtype(column.dtype):
        return _from_numbers(column, unit)
    blank = missing(column)
    codes, distinct = pd.factorize(column)
    parsed = [_parse_cell(cell, order, unit) for cell in distinct]
    parsed.append((0, 0, 0, False, True))
    table = np.array([row[:3] for row in parsed], dtype=np.int64)
    fixed = np.array([row[3] for row in parsed], dtype=bool)
    bad = np.array([row[4] for row in parsed], dtype=bool)
    given = ~blank & ~bad[codes]
    return _all_midnight(
        Times(
            seconds=np.where(given, table[codes, 0], 0),
            given=given,
            resolution_s=np.where(given, table[codes, 1], 1),
            fixed=fixed[codes] & given,
            unreadable=~blank & bad[codes],
            year=np.where(given, table[codes, 2], 0),
        )
    )


def _all_midnight(times: Times) -> Times:
    """Take a column whose every clock time is 00:00:00 for a column of dates."""
    stated = times.given & (times.resolution_s < DAY_S)
    if stated.sum() < 2 or (times.seconds[stated] % DAY_S).any():
        return times
    if len(np.unique(times.seconds[stated])) < 2:
        return times
    return Times(
        times.seconds,
        times.given,
        np.where(stated, DAY_S, times.resolution_s),
        times.fixed & ~stated,
        times.unreadable,
        times.year,
    )


def _from_typed(column: pd.Series[Any]) -> Times:
    zoned = column.dt.tz is not None
    utc = column.dt.tz_convert("UTC").dt.tz_localize(None) if zoned else column
    given = utc.notna().to_numpy(dtype=bool)
    stamps = utc.to_numpy().astype("datetime64[s]")
    seconds = np.where(given, stamps.astype(np.int64), 0)
    years = stamps.astype("datetime64[Y]").astype(np.int64) + 1970
    count = len(column)
    return _all_midnight(
        Times(
            seconds=seconds,
            given=given,
            resolution_s=np.ones(count, dtype=np.int64),
            fixed=np.full(count, zoned) & given,
            unreadable=np.zeros(count, dtype=bool),
            year=np.where(given, years, 0),
        )
    )


def _from_numbers(column: pd.Series[Any], unit: str | None) -> Times:
    numbers = column.to_numpy(np.float64, na_value=np.nan)
    rows = [_parse_number(number, unit) for number in numbers]
    given = np.array([row is not None for row in rows], dtype=bool)
    table = np.array([row or (0, 1, 0, False) for row in rows], dtype=np.int64)
    table = table.reshape(len(rows), 4)
    return Times(
        seconds=table[:, 0],
        given=given,
        resolution_s=table[:, 1],
        fixed=table[:, 3].astype(bool),
        unreadable=~given & ~np.isnan(numbers),
        year=table[:, 2],
    )


def _parse_number(number: float, unit: str | None) -> tuple[int, int, int, bool] | None:
    if not np.isfinite(number):
        return None
    if unit is None:
        size = abs(number)
        if 1e11 <= size < 1e14:
            unit = "ms"
        elif 1e8 <= size < 1e11:
            unit = "s"
        elif 10_000 <= size < 80_000:
            unit = "excel"
        elif float(number).is_integer() and 18000101 <= number <= 21991231:
            return _digits(str(int(number)))
        else:
            return None
    if unit == "excel":
        seconds = round((number + _EXCEL_EPOCH - _EPOCH) * DAY_S)
        step = DAY_S if float(number).is_integer() else 1
        return seconds, step, _year_of(seconds), False
    seconds = int(number // (1000 if unit == "ms" else 1))
    return seconds, 1, _year_of(seconds), True


def _digits(text: str) -> tuple[int, int, int, bool] | None:
    found = _parse_text(text, "ymd")
    return None if found is None else found


def _year_of(seconds: int) -> int:
    return (
        int(np.datetime64(seconds, "s").astype("datetime64[Y]").astype(np.int64)) + 1970
    )


def _parse_cell(
    cell: object, order: str, unit: str | None
) -> tuple[int, int, int, bool, bool]:
    """Give seconds, resolution, year, fixed and whether the cell cannot be read."""
    nothing = (0, 1, 0, False, True)
    if isinstance(cell, str):
        found = _parse_text(cell.strip(), order)
        if found is None and re.fullmatch(r"[0-9]+(?:\.[0-9]+)?", cell.strip()):
            found = _parse_number(float(cell), unit)
    elif isinstance(cell, int | float | np.number) and not isinstance(cell, bool):
        found = _parse_number(float(cell), unit)
    elif isinstance(cell, date):
        found = _parse_text(cell.isoformat(), order)
    else:
        found = None
    return nothing if found is None else (*found, False)


def _parse_text(text: str, order: str) -> tuple[int, int, int, bool] | None:
    for pattern in _DATES:
        found = pattern.match(text)
        if found is not None:
            day = _day(found.groupdict(), order)
            return None if day is None else _with_clock(*day, text[found.end() :])
    return None


def _day(parts: dict[str, str], order: str) -> tuple[int, int] | None:
    """Give the day since 1970 and the year."""
    year = int(parts["y"])
    if len(parts["y"]) == 2:
        year += 2000 if year < 69 else 1900
    if "a" in parts:
        first, second = int(parts["a"]), int(parts["b"])
        # A point between the parts is the European way; there the day stands first.
        dmy = order == "dmy" or parts["s"] == "."
        month, day = (second, first) if dmy else (first, second)
    else:
        day = int(parts["d"])
        month = (
            int(parts["m"]) if "m" in parts else _MONTHS.get(parts["n"][:3].lower(), 0)
        )
    try:
        return date(year, month, day).toordinal() - _EPOCH, year
    except ValueError:
        return None


def _with_clock(day: int, year: int, rest: str) -> tuple[int, int, int, bool] | None:
    rest = rest.removeprefix("T").removeprefix("t").strip(" ,")
    if not rest:
        return day * DAY_S, DAY_S, year, False
    clock = _CLOCK.match(rest) or _CLOCK_SHORT.match(rest)
    if clock is None:
        zone = _ZONE.fullmatch(rest)
        if zone is None:
            return None
        return day * DAY_S, DAY_S, year, False
    time = _seconds(clock.groupdict())
    tail = rest[clock.end() :].strip()
    if time is None:
        return None
    zone = _ZONE.fullmatch(tail) if tail else None
    if tail and zone is None:
        return None
    offset = 0 if zone is None else _offset_s(zone)
    return day * DAY_S + time[0] - offset, time[1], year, zone is not None


def _offset_s(zone: re.Match[str]) -> int:
    if zone["sign"] is None:
        return 0
    size = int(zone["zh"]) * HOUR_S + int(zone["zm"] or 0) * _MINUTE_S
    return -size if zone["sign"] == "-" else size


def _seconds(parts: dict[str, str | None]) -> tuple[int, int] | None:
    """Give the seconds since midnight and what they leave open."""
    hour, minute = int(parts["h"] or 0), int(parts.get("mi") or 0)
    second = int(parts.get("s") or 0)
    half = (parts.get("ap") or "").lower()
    if half:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if half == "p" else 0)
    if minute > 59 or second > 60 or hour > 24 or (hour == 24 and (minute or second)):
        return None
    if parts.get("s") is not None:
        step = 1
    elif parts.get("mi") is not None:
        step = _MINUTE_S
    else:
        step = HOUR_S
    return hour * HOUR_S + minute * _MINUTE_S + second, step


def _add_clock(days: Times, clock: pd.Series[Any]) -> Times:
    import pandas as pd

    text = as_text(clock)
    codes, distinct = pd.factorize(text)
    found = [_clock_cell(str(word)) for word in distinct]
    seconds = np.array([one[0] if one else 0 for one in found] + [0], dtype=np.int64)
    steps = np.array([one[1] if one else DAY_S for one in found] + [DAY_S], np.int64)
    bad = np.array([one is None for one in found] + [False], dtype=bool)
    midnight = days.seconds - days.seconds % DAY_S
    return Times(
        seconds=np.where(days.given, midnight + seconds[codes], 0),
        given=days.given,
        resolution_s=np.where(days.given, steps[codes], 1),
        fixed=np.zeros(len(codes), dtype=bool),
        unreadable=days.unreadable | (bad[codes] & days.given),
        year=days.year,
    )


def _clock_cell(word: str) -> tuple[int, int] | None:
    for pattern in (_CLOCK, _CLOCK_SHORT):
        found = pattern.fullmatch(word)
        if found is not None:
            return _seconds(found.groupdict())
    if re.fullmatch(r"\d{4}|\d{6}", word):
        digits = _CLOCK_DIGITS.fullmatch(word)
        return None if digits is None else _seconds(digits.groupdict())
    if re.fullmatch(r"\d{3}", word):
        return _seconds({"h": word[0], "mi": word[1:], "s": None})
    hour = _CLOCK_HOUR.fullmatch(word)
    return None if hour is None else _seconds(hour.groupdict())


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
    stamps = pd.Series(np.where(given, seconds, 0).astype("datetime64[s]"))
    plain_utc = stamps.dt.tz_localize(
        zone, ambiguous="NaT", nonexistent="shift_forward"
    )
    strict = stamps.dt.tz_localize(zone, ambiguous="NaT", nonexistent="NaT")
    twice = plain_utc.isna().to_numpy() & given
    never = strict.isna().to_numpy() & ~twice & given
    full = stamps.dt.tz_localize(
        zone, ambiguous=np.ones(len(stamps), dtype=bool), nonexistent="shift_forward"
    )
    utc = full.dt.tz_convert("UTC").dt.tz_localize(None).to_numpy()
    as_seconds = utc.astype("datetime64[s]").astype(np.int64)
    return np.where(given, as_seconds, 0), twice, never
