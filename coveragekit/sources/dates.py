"""Read the text of one date or clock time, in the spellings that exports use."""

from __future__ import annotations

import re
from datetime import date
from typing import NamedTuple

__all__ = ["DAY_S", "HOUR_S", "Moment", "is_open_date", "parse_clock", "parse_moment"]

DAY_S = 86_400
HOUR_S = 3_600
_MINUTE_S = 60
_EPOCH = date(1970, 1, 1).toordinal()
_NOON = 12

_MONTH_NAMES = "jan feb mar apr may jun jul aug sep oct nov dec"
_MONTHS = {name: place for place, name in enumerate(_MONTH_NAMES.split(), start=1)}
_YEAR = r"(?P<y>\d{4}|\d{2})(?!\d)"
_DATES = (
    re.compile(r"(?P<y>\d{4})[-/.](?P<m>\d{1,2})[-/.](?P<d>\d{1,2})"),
    re.compile(r"(?P<y>\d{4})(?P<m>\d{2})(?P<d>\d{2})(?!\d)"),
    re.compile(rf"(?P<a>\d{{1,2}})(?P<s>[-/.])(?P<b>\d{{1,2}})(?P=s){_YEAR}"),
    re.compile(rf"(?P<d>\d{{1,2}})[- ](?P<n>[A-Za-z]{{3,9}})\.?[-, ]+{_YEAR}"),
    re.compile(r"(?P<n>[A-Za-z]{3,9})\.? (?P<d>\d{1,2}),? (?P<y>\d{4})"),
)
_CLOCK = re.compile(
    r"(?P<h>\d{1,2}):(?P<mi>\d{2})(?::(?P<s>\d{2})(?:[.,]\d{1,9})?)?"
    r"\s*(?P<ap>[AaPp])?\.?(?(ap)[Mm]\.?)"
)
_CLOCK_SHORT = re.compile(r"(?P<h>\d{1,2})\s*(?P<ap>[AaPp])\.?[Mm]\.?")
_CLOCK_DIGITS = re.compile(r"(?P<h>\d{1,2})(?P<mi>\d{2})(?P<s>\d{2})?")
_CLOCK_HOUR = re.compile(r"(?P<h>\d{1,2})")
_ZONE = re.compile(r"(?P<z>Z|UTC|GMT|(?P<sign>[+-])(?P<zh>\d{2}):?(?P<zm>\d{2})?)")
_OPEN = re.compile(r"\s*(\d{1,2})([-/])(\d{1,2})\2(?:\d{4}|\d{2})(?!\d)")


class Moment(NamedTuple):
    """
    A time as a text states it.

    ``seconds`` since 1970 on the text's own clock (UTC where ``fixed``);
    ``resolution_s`` is what it leaves open, a day, an hour, a minute or a second;
    ``year`` is the year as written.
    """

    seconds: int
    resolution_s: int
    year: int
    fixed: bool


def is_open_date(text: str) -> tuple[int, int] | None:
    """
    Give the two short parts of a date whose order is a matter of country.

    Parameters
    ----------
    text
        A date, perhaps with a time after it.

    Returns
    -------
    tuple of int or None
        First and second part; ``None`` where the text leaves nothing open.

    Examples
    --------
    >>> is_open_date("5/20/2021 10:00"), is_open_date("2021-05-20")
    ((5, 20), None)
    """
    found = _OPEN.match(text)
    return None if found is None else (int(found[1]), int(found[3]))


def parse_moment(text: str, order: str = "mdy") -> Moment | None:
    """
    Give the time that a text states.

    Parameters
    ----------
    text
        A date with or without a clock time and an offset from UTC.
    order
        ``mdy`` or ``dmy`` for dates such as ``1/2/2021``; parts joined by points have
        the day first in any case.

    Returns
    -------
    Moment or None
        ``None`` where the text is not a time.

    Examples
    --------
    >>> parse_moment("2021-05-20T24:00Z").seconds == parse_moment("2021-05-21").seconds
    True
    >>> parse_moment("2/30/2021") is None
    True
    """
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
        # The pivot that spreadsheets and POSIX use.
        year += 2000 if year < 69 else 1900
    if "a" in parts:
        first, second = int(parts["a"]), int(parts["b"])
        day_first = order == "dmy" or parts["s"] == "."
        month, day = (second, first) if day_first else (first, second)
    else:
        day = int(parts["d"])
        named = _MONTHS.get(parts.get("n", "")[:3].lower(), 0)
        month = int(parts["m"]) if "m" in parts else named
    try:
        return date(year, month, day).toordinal() - _EPOCH, year
    except ValueError:
        return None


def _with_clock(day: int, year: int, rest: str) -> Moment | None:
    rest = rest.removeprefix("T").removeprefix("t").strip(" ,")
    if not rest or _ZONE.fullmatch(rest):
        return Moment(day * DAY_S, DAY_S, year, fixed=False)
    clock = _CLOCK.match(rest) or _CLOCK_SHORT.match(rest)
    time = None if clock is None else _seconds(clock.groupdict())
    if clock is None or time is None:
        return None
    tail = rest[clock.end() :].strip()
    zone = _ZONE.fullmatch(tail)
    if tail and zone is None:
        return None
    offset = 0 if zone is None else _offset_s(zone)
    return Moment(day * DAY_S + time[0] - offset, time[1], year, zone is not None)


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
        if not 1 <= hour <= _NOON:
            return None
        hour = hour % _NOON + (_NOON if half == "p" else 0)
    time = hour * HOUR_S + minute * _MINUTE_S + second
    if minute > 59 or second > 60 or time > DAY_S:
        return None
    if parts.get("s") is not None:
        return time, 1
    return time, _MINUTE_S if parts.get("mi") is not None else HOUR_S


def parse_clock(text: str) -> tuple[int, int] | None:
    """
    Give the seconds since midnight that a text states, and what they leave open.

    Parameters
    ----------
    text
        Such as ``7:21:00 PM``, ``18:25``, ``0020``, ``5 pm`` or ``17``.

    Returns
    -------
    tuple of int or None
        Seconds, and 1, 60 or 3,600; ``None`` where the text is no time of day.

    Examples
    --------
    >>> parse_clock("0020"), parse_clock("17"), parse_clock("24:00"), parse_clock("T")
    ((1200, 60), (61200, 3600), (86400, 60), None)
    """
    for pattern in (_CLOCK, _CLOCK_SHORT, _CLOCK_HOUR, _CLOCK_DIGITS):
        found = pattern.fullmatch(text)
        if found is not None:
            return _seconds(found.groupdict())
    return None
