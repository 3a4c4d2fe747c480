"""Read columns of times: text, numbers or times, with what they leave open."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np

from coveragekit.sources.dates import (
    DAY_S,
    Moment,
    is_open_date,
    parse_clock,
    parse_moment,
)
from coveragekit.sources.raw import distinct_cells, missing
from coveragekit.sources.values import as_text

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd
    from numpy.typing import NDArray

__all__ = ["Times", "day_order", "parse_times"]

_EPOCH = date(1970, 1, 1).toordinal()
# Workbooks count days from here, so that day 1 is the first of January 1900 (their
# leap day of that year, which never was, is in the count).
_EXCEL_EPOCH = date(1899, 12, 30).toordinal()
_PLAIN_NUMBER = re.compile(r"[0-9]+(?:\.[0-9]+)?")


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
        Whether the cell says something that is not a time, wholly or in part.
    year
        The year as written, 0 where nothing is given.
    """

    seconds: NDArray[np.int64]
    given: NDArray[np.bool_]
    resolution_s: NDArray[np.int64]
    fixed: NDArray[np.bool_]
    unreadable: NDArray[np.bool_]
    year: NDArray[np.int64]

    def without(self, mask: NDArray[np.bool_]) -> Times:
        """
        Give the times without some of them.

        Parameters
        ----------
        mask
            Which become "not given".

        Returns
        -------
        Times
            New times.
        """
        given = self.given & ~mask
        seconds = np.where(given, self.seconds, 0)
        return replace(self, seconds=seconds, given=given, fixed=self.fixed & given)


def day_order(columns: Iterable[pd.Series[Any]]) -> str | None:
    """
    Give the order of month and day that the dates of a file prove.

    Parameters
    ----------
    columns
        Columns that may hold dates.

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
        _, distinct = distinct_cells(column)
        for text in distinct:
            parts = is_open_date(text) if isinstance(text, str) else None
            if parts is not None:
                open_dates += 1
                month_first += parts[0] <= 12 < parts[1]
                day_first += parts[1] <= 12 < parts[0]
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
    import pandas as pd

    if pd.api.types.is_datetime64_any_dtype(column.dtype):
        times = _from_typed(column)
    else:
        codes, distinct = distinct_cells(column)
        cells = [_moment(cell, order, unit) for cell in distinct]
        times = _from_cells(cells, codes, missing(column))
    return _all_midnight(times) if clock is None else _with_clock(times, clock)


def _from_cells(
    cells: list[Moment | None], codes: NDArray[np.intp], blank: NDArray[np.bool_]
) -> Times:
    nothing = Moment(0, 1, 0, fixed=False)
    table = np.array([cell or nothing for cell in (*cells, None)], dtype=np.int64)
    readable = np.array([cell is not None for cell in (*cells, None)], dtype=bool)
    given = readable[codes] & ~blank
    rows = np.where(given[:, None], table[codes], np.array(nothing, dtype=np.int64))
    return Times(
        seconds=rows[:, 0],
        given=given,
        resolution_s=rows[:, 1],
        fixed=rows[:, 3].astype(bool),
        unreadable=~readable[codes] & ~blank,
        year=rows[:, 2],
    )


def _from_typed(column: pd.Series[Any]) -> Times:
    zoned = column.dt.tz is not None
    utc = column.dt.tz_convert("UTC").dt.tz_localize(None) if zoned else column
    given = np.asarray(utc.notna(), dtype=bool)
    stamps = utc.to_numpy().astype("datetime64[s]")
    years = stamps.astype("datetime64[Y]").astype(np.int64) + 1970
    return Times(
        seconds=np.where(given, stamps.astype(np.int64), 0),
        given=given,
        resolution_s=np.ones(len(column), dtype=np.int64),
        fixed=np.full(len(column), zoned) & given,
        unreadable=np.zeros(len(column), dtype=bool),
        year=np.where(given, years, 0),
    )


def _all_midnight(times: Times) -> Times:
    """Take a column whose every clock time is 00:00:00 for a column of dates."""
    stated = times.given & (times.resolution_s < DAY_S)
    distinct = np.unique(times.seconds[stated])
    if len(distinct) < 2 or (distinct % DAY_S).any():
        return times
    return replace(
        times,
        resolution_s=np.where(stated, DAY_S, times.resolution_s),
        fixed=times.fixed & ~stated,
    )


def _moment(cell: object, order: str, unit: str | None) -> Moment | None:
    if isinstance(cell, str):
        text = cell.strip()
        found = parse_moment(text, order) if unit is None else None
        if found is None and _PLAIN_NUMBER.fullmatch(text):
            return _of_number(float(text), unit)
        return found
    if isinstance(cell, int | float | np.number) and not isinstance(cell, bool):
        return _of_number(float(cell), unit)
    return parse_moment(cell.isoformat(), order) if isinstance(cell, date) else None


def _of_number(number: float, unit: str | None) -> Moment | None:
    if not np.isfinite(number):
        return None
    unit = unit or _unit_by_size(number)
    if unit == "excel":
        seconds = round((number + _EXCEL_EPOCH - _EPOCH) * DAY_S)
        step = DAY_S if float(number).is_integer() else 1
        return Moment(seconds, step, _year_of(seconds), fixed=False)
    if unit in {"ms", "s"}:
        seconds = int(number // (1000 if unit == "ms" else 1))
        return Moment(seconds, 1, _year_of(seconds), fixed=True)
    return parse_moment(str(int(number))) if float(number).is_integer() else None


def _unit_by_size(number: float) -> str | None:
    """Tell milliseconds, seconds and a workbook's days by size; 20210520 is a date."""
    for low, high, unit in (
        (1e11, 1e14, "ms"),
        (1e8, 1e11, "s"),
        (10_000.0, 80_000.0, "excel"),
    ):
        if low <= number < high:
            return unit
    return None


def _year_of(seconds: int) -> int:
    years = np.datetime64(seconds, "s").astype("datetime64[Y]").astype(np.int64)
    return int(years) + 1970


def _with_clock(days: Times, clock: pd.Series[Any]) -> Times:
    codes, distinct = distinct_cells(as_text(clock))
    found = [parse_clock(str(word)) for word in distinct]
    table = np.array([one or (0, DAY_S) for one in (*found, None)], dtype=np.int64)
    bad = np.array([*(one is None for one in found), False], dtype=bool)
    midnight = days.seconds - days.seconds % DAY_S
    return replace(
        days,
        seconds=np.where(days.given, midnight + table[codes, 0], 0),
        resolution_s=np.where(days.given, table[codes, 1], 1),
        fixed=np.zeros(len(codes), dtype=bool),
        unreadable=days.unreadable | (bad[codes] & days.given),
    )
