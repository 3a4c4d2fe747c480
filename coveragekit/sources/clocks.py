"""Fill the columns of times: read, zoned, checked, and put in order."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import numpy as np

from coveragekit.errors import InputError
from coveragekit.sources.times import (
    DAY_S,
    HOUR_S,
    Times,
    day_order,
    parse_times,
    to_utc,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from numpy.typing import NDArray

    from coveragekit.model import Table
    from coveragekit.sources.aliases import Aliases, Rule
    from coveragekit.sources.draft import Draft
    from coveragekit.sources.loaded import Ledger

__all__ = ["fill_times"]

_EARLIEST_EVENT, _EARLIEST = 1950, 1800
_LATEST = 2200
_EVENTS = frozenset({"incidents", "calls"})
_SPAN = ("occurred_from", "occurred_to")
_CALL_ORDER = ("dispatched_at", "arrived_at", "closed_at")


def fill_times(
    draft: Draft,
    aliases: Aliases,
    layout: Table,
    *,
    time_zone: str | None,
    ledger: Ledger,
) -> None:
    """
    Fill every column of times, in place of the draft.

    Parameters
    ----------
    draft
        The rows; its ``columns`` and ``assumed`` are added to.
    aliases
        The alias table.
    layout
        The table.
    time_zone
        Zone of clock times where the alias table has none.
    ledger
        The book: unreadable times and impossible years leave the cell empty; ends
        before beginnings are swapped.

    Raises
    ------
    InputError
        A clock time without a zone and no zone given; dates that could be read with
        the month first or the day first; a zone that is not known.
    """
    rules = {
        name: rule
        for name, rule in aliases.columns.items()
        if layout.columns[name].type == "time" and _there(rule, draft)
    }
    if not rules:
        return
    order = _order(draft, aliases, rules, ledger.source)
    zone = aliases.time_zone or time_zone
    read: dict[str, Times] = {}
    for name, rule in rules.items():
        clock = None if rule.clock is None else draft.frame[rule.clock]
        times = parse_times(
            draft.frame[rule.columns[0]], clock, order=order, unit=aliases.time_unit
        )
        read[name] = _checked(times, name, rule, draft, layout.name, ledger)
    utc = {
        name: _in_utc(times, name, zone, draft, ledger) for name, times in read.items()
    }
    if layout.name == "incidents":
        _order_span(read, utc, draft, ledger)
    if layout.name == "calls":
        _order_call(read, utc, draft, ledger)
    for name, times in read.items():
        if name not in _SPAN:
            draft.assume(name, times.given & (times.resolution_s >= HOUR_S))
        draft.columns[name] = _series(utc[name], times.given)
    _fill_span(read, utc, draft)


def _there(rule: Rule, draft: Draft) -> bool:
    return bool(rule.columns) and rule.columns[0] in draft.frame.columns


def _order(
    draft: Draft, aliases: Aliases, rules: Mapping[str, Rule], source: str
) -> str:
    if aliases.time_order is not None:
        return aliases.time_order
    names = [rule.columns[0] for rule in rules.values()]
    found = day_order(draft.frame[name] for name in names)
    if found is None:
        first = draft.frame[names[0]].dropna()
        message = (
            f"{source}: every date in {', '.join(names)} (such as "
            f"{str(first.iloc[0])!r}) can be read with the month or with the day first; "
            'say which in an alias table: time_order = "mdy" or "dmy", see: '
            f"coveragekit columns {source}"
        )
        raise InputError(message)
    return found


def _checked(  # noqa: PLR0917 - what a cell's fault is written with
    times: Times, name: str, rule: Rule, draft: Draft, table: str, ledger: Ledger
) -> Times:
    cells = _cells(draft, rule)
    bad = times.unreadable
    partly = bad & times.given
    for mask, detail in (
        (bad & ~times.given, "not a time"),
        (partly, "the time of day cannot be read; the day is kept"),
    ):
        ledger.add(
            draft.rows[mask],
            cause=f"{name} cannot be read",
            column=", ".join(rule.needs),
            values=cells[mask],
            detail=detail,
            action="cell left empty",
        )
    times = _shifted_centuries(times, name, draft, ledger)
    earliest = _EARLIEST_EVENT if table in _EVENTS else _EARLIEST
    latest = dt.datetime.now(tz=dt.UTC).year + 1 if table in _EVENTS else _LATEST
    wrong = times.given & ((times.year < earliest) | (times.year > latest))
    ledger.add(
        draft.rows[wrong],
        cause="impossible year",
        column=", ".join(rule.needs),
        values=cells[wrong],
        detail=f"{name}; allowed: {earliest} to {latest}",
        action="cell left empty",
    )
    given = times.given & ~wrong
    return Times(
        np.where(given, times.seconds, 0),
        given,
        times.resolution_s,
        times.fixed & given,
        times.unreadable,
        times.year,
    )


def _cells(draft: Draft, rule: Rule) -> NDArray[np.object_]:
    cells = draft.frame[rule.columns[0]].astype("str").to_numpy(dtype=object)
    if rule.clock is None:
        return cells
    clock = draft.frame[rule.clock].astype("str").to_numpy(dtype=object)
    both = [f"{one} {two}" for one, two in zip(cells, clock, strict=True)]
    return np.array(both, dtype=object)


def _shifted_centuries(times: Times, name: str, draft: Draft, ledger: Ledger) -> Times:
    """Mend a column in which most years are written as 02xx: 0220 for 2020."""
    odd = times.given & (times.year >= 200) & (times.year <= 299)
    if odd.sum() <= times.given.sum() / 2:
        return times
    stamps = times.seconds.astype("datetime64[s]")
    months = stamps.astype("datetime64[M]")
    rest = stamps - months.astype("datetime64[s]")
    moved = (months + np.timedelta64(1800 * 12, "M")).astype("datetime64[s]") + rest
    ledger.notice(
        f"{int(odd.sum())} years of {name} in {ledger.source} are written as 02xx; "
        "read as 20xx and marked assumed"
    )
    draft.assume(name, odd)
    return Times(
        np.where(odd, moved.astype(np.int64), times.seconds),
        times.given,
        times.resolution_s,
        times.fixed,
        times.unreadable,
        np.where(odd, times.year + 1800, times.year),
    )


def _in_utc(
    times: Times, name: str, zone: str | None, draft: Draft, ledger: Ledger
) -> NDArray[np.int64]:
    local = times.given & ~times.fixed
    if not local.any():
        return times.seconds
    if zone is None:
        message = (
            f"{ledger.source}: the times of {name} state no time zone; give the one "
            'they are in, such as time_zone="America/New_York"'
        )
        raise InputError(message)
    utc, twice, never = to_utc(times.seconds, local, zone)
    exact = times.resolution_s < DAY_S
    for mask, cause, detail in (
        (twice & exact, "local hour comes twice", "the first of the two is taken"),
        (
            never & exact,
            "local hour does not exist",
            "the first after the gap is taken",
        ),
    ):
        stamps = np.datetime_as_string(times.seconds[mask].astype("datetime64[s]"))
        ledger.add(
            draft.rows[mask],
            cause=cause,
            column=name,
            values=np.asarray(stamps, dtype=object),
            detail=f"{zone}: {detail}",
            action="repaired",
        )
        draft.assume(name, mask)
        if mask.any():
            ledger.notice(
                f"{int(mask.sum())} times of {name} in {ledger.source}: {cause} "
                f"({zone}); {detail} and marked assumed"
            )
    return np.where(times.fixed, times.seconds, utc)


def _order_span(
    read: dict[str, Times],
    utc: dict[str, NDArray[np.int64]],
    draft: Draft,
    ledger: Ledger,
) -> None:
    """Swap ends that stand before their beginnings, as far as both are exact."""
    if not all(name in read for name in _SPAN):
        return
    begin, end = (read[name] for name in _SPAN)
    last = utc["occurred_to"] + _open_s(end)
    wrong = begin.given & end.given & (last < utc["occurred_from"])
    if not wrong.any():
        return
    cells = [
        f"{one} / {two}"
        for one, two in zip(
            np.datetime_as_string(utc["occurred_from"][wrong].astype("datetime64[s]")),
            np.datetime_as_string(utc["occurred_to"][wrong].astype("datetime64[s]")),
            strict=True,
        )
    ]
    ledger.add(
        draft.rows[wrong],
        cause="end before begin",
        column="occurred_from, occurred_to",
        values=cells,
        detail="swapped (values in UTC)",
        action="repaired",
    )
    for name in _SPAN:
        draft.assume(name, wrong)
    first, second = utc["occurred_from"].copy(), utc["occurred_to"].copy()
    utc["occurred_from"] = np.where(wrong, second, first)
    utc["occurred_to"] = np.where(wrong, first, second)
    read["occurred_from"], read["occurred_to"] = (
        _with_resolution(begin, np.where(wrong, end.resolution_s, begin.resolution_s)),
        _with_resolution(end, np.where(wrong, begin.resolution_s, end.resolution_s)),
    )


def _with_resolution(times: Times, resolution_s: NDArray[np.int64]) -> Times:
    return Times(
        times.seconds,
        times.given,
        resolution_s,
        times.fixed,
        times.unreadable,
        times.year,
    )


def _open_s(times: Times) -> NDArray[np.int64]:
    """Give the seconds until the last moment that a stated day or hour leaves open."""
    wide = times.resolution_s >= HOUR_S
    return np.where(wide, times.resolution_s - 1, 0).astype(np.int64)


def _fill_span(
    read: dict[str, Times], utc: dict[str, NDArray[np.int64]], draft: Draft
) -> None:
    """Let the span of an occurrence cover the day or hour that the source leaves open."""
    begin = read.get("occurred_from")
    if begin is None:
        return
    wide = begin.given & (begin.resolution_s >= HOUR_S)
    draft.assume("occurred_from", wide)
    count = len(draft)
    end = read.get("occurred_to")
    given = np.zeros(count, dtype=bool) if end is None else end.given
    last = np.zeros(count, dtype=np.int64)
    if end is not None:
        last = utc["occurred_to"] + _open_s(end)
        draft.assume("occurred_to", end.given & (end.resolution_s >= HOUR_S))
    only_begin = wide & ~given
    last = np.where(only_begin, utc["occurred_from"] + _open_s(begin), last)
    draft.assume("occurred_to", only_begin)
    draft.columns["occurred_to"] = _series(last, given | only_begin)


def _order_call(
    read: dict[str, Times],
    utc: dict[str, NDArray[np.int64]],
    draft: Draft,
    ledger: Ledger,
) -> None:
    """Leave empty what a call has done before it was received."""
    received = read.get("received_at")
    if received is None:
        return
    for name in _CALL_ORDER:
        if name not in read:
            continue
        both = received.given & read[name].given
        wrong = both & (utc[name] + _open_s(read[name]) < utc["received_at"])
        stamps = np.datetime_as_string(utc[name][wrong].astype("datetime64[s]"))
        ledger.add(
            draft.rows[wrong],
            cause="before the call was received",
            column=name,
            values=np.asarray(stamps, dtype=object),
            detail="values in UTC",
            action="cell left empty",
        )
        times = read[name]
        read[name] = Times(
            times.seconds,
            times.given & ~wrong,
            times.resolution_s,
            times.fixed,
            times.unreadable,
            times.year,
        )


def _series(seconds: NDArray[np.int64], given: NDArray[np.bool_]) -> pd.Series[Any]:
    import pandas as pd

    stamps = np.where(given, seconds, 0).astype("datetime64[s]")
    stamps[~given] = np.datetime64("NaT")
    return pd.Series(stamps).dt.tz_localize("UTC")
