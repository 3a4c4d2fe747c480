"""Fill the columns of times: read, zoned, checked, and put in order."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from coveragekit.errors import InputError
from coveragekit.sources.dates import DAY_S, HOUR_S
from coveragekit.sources.fill import is_mistaken
from coveragekit.sources.loaded import counted
from coveragekit.sources.raw import missing
from coveragekit.sources.times import Times, day_order, parse_times
from coveragekit.sources.zones import to_utc

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from numpy.typing import NDArray

    from coveragekit.model import Table
    from coveragekit.sources.aliases import Aliases, Rule
    from coveragekit.sources.draft import Draft
    from coveragekit.sources.loaded import Ledger

__all__ = ["fill_times"]

_EVENTS = frozenset({"incidents", "calls"})
_EARLIEST_EVENT, _EARLIEST, _LATEST = 1950, 1800, 2200
_CALL_ORDER = ("dispatched_at", "arrived_at", "closed_at")
_BEGIN, _END = "occurred_from", "occurred_to"


@dataclass(slots=True)
class _Clock:
    """What the steps of one table's times share."""

    draft: Draft
    ledger: Ledger
    table: str
    times: dict[str, Times]
    utc: dict[str, NDArray[np.int64]]


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
    order = _order(draft, aliases, rules, ledger=ledger)
    clock = _Clock(draft, ledger, layout.name, {}, {})
    for name, rule in rules.items():
        of_day = None if rule.clock is None else draft.frame[rule.clock]
        column = draft.frame[rule.columns[0]]
        times = parse_times(column, of_day, order=order, unit=aliases.time_unit)
        bad, blank = times.unreadable & ~times.given, missing(column)
        if is_mistaken(bad, blank, rule=rule, column=name, ledger=ledger):
            continue
        clock.times[name] = _checked(clock, name, times, rule=rule)
        zone = aliases.time_zone or time_zone
        clock.utc[name] = _in_utc(clock, name, zone)
    if layout.name == "incidents" and {_BEGIN, _END} <= set(clock.times):
        _order_span(clock)
    if layout.name == "calls" and "received_at" in clock.times:
        _order_call(clock)
    for name, times in clock.times.items():
        draft.columns[name] = _series(clock.utc[name], times.given)
        draft.assume(name, times.given & (times.resolution_s >= HOUR_S))
    if {_BEGIN, _END} & set(clock.times):
        _fill_span(clock)


def _there(rule: Rule, draft: Draft) -> bool:
    return bool(rule.columns) and rule.columns[0] in draft.frame.columns


def _order(
    draft: Draft, aliases: Aliases, rules: Mapping[str, Rule], *, ledger: Ledger
) -> str:
    if aliases.time_order is not None:
        return aliases.time_order
    names = [rule.columns[0] for rule in rules.values()]
    found = day_order(draft.frame[name] for name in names)
    if found is None:
        first = draft.frame[names[0]].dropna()
        message = (
            f"{ledger.source}: every date in {', '.join(names)} (such as "
            f"{str(first.iloc[0])!r}) can be read with the month or the day first; "
            'say which in an alias table: time_order = "mdy" or "dmy", see: '
            f"coveragekit columns {ledger.source}"
        )
        raise InputError(message)
    return found


def _checked(clock: _Clock, name: str, times: Times, *, rule: Rule) -> Times:
    draft, ledger = clock.draft, clock.ledger
    where, cells = ", ".join(rule.needs), _cells(draft, rule)
    for mask, detail in (
        (times.unreadable & ~times.given, "not a time"),
        (times.unreadable & times.given, "no time of day; the day is kept"),
    ):
        ledger.add(
            draft.rows[mask],
            cause=f"{name} cannot be read",
            column=where,
            values=cells[mask],
            detail=detail,
            action="cell left empty",
        )
    times = _shifted_centuries(clock, name, times)
    event = clock.table in _EVENTS
    earliest = _EARLIEST_EVENT if event else _EARLIEST
    latest = dt.datetime.now(tz=dt.UTC).year + 1 if event else _LATEST
    wrong = times.given & ((times.year < earliest) | (times.year > latest))
    ledger.add(
        draft.rows[wrong],
        cause="impossible year",
        column=where,
        values=cells[wrong],
        detail=f"{name}; allowed: {earliest} to {latest}",
        action="cell left empty",
    )
    return times.without(wrong)


def _cells(draft: Draft, rule: Rule) -> NDArray[np.object_]:
    cells = draft.frame[rule.columns[0]].astype("str").to_numpy(dtype=object)
    if rule.clock is None:
        return np.asarray(cells, dtype=object)
    clock = draft.frame[rule.clock].astype("str").to_numpy(dtype=object)
    both = [f"{one} {two}" for one, two in zip(cells, clock, strict=True)]
    return np.array(both, dtype=object)


def _shifted_centuries(clock: _Clock, name: str, times: Times) -> Times:
    """Mend a column in which most years are written as 02xx: 0220 for 2020."""
    odd = times.given & (times.year >= 200) & (times.year <= 299)
    if odd.sum() <= times.given.sum() / 2:
        return times
    stamps = times.seconds.astype("datetime64[s]")
    months = stamps.astype("datetime64[M]")
    rest = stamps - months.astype("datetime64[s]")
    later = months + np.timedelta64(1800 * 12, "M")
    moved = (later.astype("datetime64[s]") + rest).astype(np.int64)
    clock.ledger.notice(
        f"years of {name} in {clock.ledger.source} are written as 02xx: read as 20xx "
        f"in {counted(int(odd.sum()), 'row')} and marked assumed"
    )
    clock.draft.assume(name, odd)
    return replace(
        times,
        seconds=np.where(odd, moved, times.seconds),
        year=np.where(odd, times.year + 1800, times.year),
    )


def _in_utc(clock: _Clock, name: str, zone: str | None) -> NDArray[np.int64]:
    times, ledger = clock.times[name], clock.ledger
    local = times.given & ~times.fixed
    if not local.any():
        return times.seconds
    if zone is None:
        message = (
            f"{ledger.source}: the times of {name} state no time zone; give the one "
            'they are in, such as time_zone="America/New_York" (on the command '
            "line: --time-zone America/New_York)"
        )
        raise InputError(message)
    utc, twice, never = to_utc(times.seconds, local, zone)
    exact = times.resolution_s < DAY_S
    for mask, cause, detail in (
        (twice & exact, "local hour comes twice", "the first of the two"),
        (never & exact, "local hour does not exist", "the first after the gap"),
    ):
        _note_doubt(clock, name, mask, cause=cause, detail=f"{detail} ({zone})")
    return np.where(times.fixed, times.seconds, utc)


def _note_doubt(
    clock: _Clock, name: str, mask: NDArray[np.bool_], *, cause: str, detail: str
) -> None:
    if not mask.any():
        return
    clock.ledger.add(
        clock.draft.rows[mask],
        cause=cause,
        column=name,
        values=_stamps(clock.times[name].seconds[mask]),
        detail=f"taken: {detail}",
        action="repaired",
    )
    clock.draft.assume(name, mask)
    clock.ledger.notice(
        f"{clock.ledger.source}: {cause}, times of {name}: {int(mask.sum())}; taken as "
        f"{detail} and marked assumed"
    )


def _stamps(seconds: NDArray[np.int64]) -> list[str]:
    return [str(one) for one in seconds.astype("datetime64[s]")]


def _open_s(times: Times) -> NDArray[np.int64]:
    """Give the seconds until the last moment that a stated day or hour leaves open."""
    wide = times.resolution_s >= HOUR_S
    return np.where(wide, times.resolution_s - 1, 0).astype(np.int64)


def _order_span(clock: _Clock) -> None:
    """Swap ends that stand before their beginnings."""
    begin, end = clock.times[_BEGIN], clock.times[_END]
    first, second = clock.utc[_BEGIN], clock.utc[_END]
    wrong = begin.given & end.given & (second + _open_s(end) < first)
    values = zip(_stamps(first[wrong]), _stamps(second[wrong]), strict=True)
    clock.ledger.add(
        clock.draft.rows[wrong],
        cause="end before begin",
        column=f"{_BEGIN}, {_END}",
        values=[f"{one} / {two}" for one, two in values],
        detail="swapped (values in UTC)",
        action="repaired",
    )
    for name, own, other in ((_BEGIN, begin, end), (_END, end, begin)):
        clock.draft.assume(name, wrong)
        resolution_s = np.where(wrong, other.resolution_s, own.resolution_s)
        clock.times[name] = replace(own, resolution_s=resolution_s)
    clock.utc[_BEGIN] = np.where(wrong, second, first)
    clock.utc[_END] = np.where(wrong, first, second)


def _fill_span(clock: _Clock) -> None:
    """Let the span of an occurrence cover the day or hour that is left open."""
    draft = clock.draft
    begin, end = clock.times.get(_BEGIN), clock.times.get(_END)
    given = np.zeros(len(draft), dtype=bool)
    last = np.zeros(len(draft), dtype=np.int64)
    if end is not None:
        given, last = end.given, clock.utc[_END] + _open_s(end)
    if begin is not None:
        alone = begin.given & (begin.resolution_s >= HOUR_S) & ~given
        last = np.where(alone, clock.utc[_BEGIN] + _open_s(begin), last)
        draft.assume(_END, alone)
        given = given | alone
    draft.columns[_END] = _series(last, given)


def _order_call(clock: _Clock) -> None:
    """Leave empty what a call has done before it was received."""
    received = clock.times["received_at"]
    for name in _CALL_ORDER:
        times = clock.times.get(name)
        if times is None:
            continue
        before = clock.utc[name] + _open_s(times) < clock.utc["received_at"]
        wrong = received.given & times.given & before
        clock.ledger.add(
            clock.draft.rows[wrong],
            cause="before the call was received",
            column=name,
            values=_stamps(clock.utc[name][wrong]),
            detail="values in UTC",
            action="cell left empty",
        )
        clock.times[name] = times.without(wrong)


def _series(seconds: NDArray[np.int64], given: NDArray[np.bool_]) -> pd.Series[Any]:
    import pandas as pd

    stamps = np.where(given, seconds, 0).astype("datetime64[s]")
    stamps[~given] = np.datetime64("NaT")
    return pd.Series(stamps).dt.tz_localize("UTC")
