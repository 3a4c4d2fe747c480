"""The incidents and calls of the view store, and the places where they may be."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from coveragekit.coverage.times import spans
from coveragekit.study.events import INCIDENTS
from coveragekit.study.gaps import GAP_OF
from coveragekit.study.places import read_events, read_look, read_supports
from coveragekit.study.points import read_points
from coveragekit.study.view_shapes import (
    local_to_merc,
    lonlat_to_local,
    spread,
    texts_of,
)
from coveragekit.view import Events, Places, mercator, morton

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd
    from numpy.typing import NDArray

    from coveragekit.coverage import Supports
    from coveragekit.study import events as measured
    from coveragekit.study.folder import StudyFolder
    from coveragekit.study.view_places import Placer

__all__ = ["EventTables", "event_tables"]

UNKNOWN_MIN: Final = int(np.iinfo(np.int32).min)
NOT_GIVEN: Final = "not given"
MOST_BASES: Final = 255


@dataclass(frozen=True)
class EventTables:
    """
    One table of events in the store.

    Parameters
    ----------
    places
        Where they may be.
    events
        The events, or ``None`` where there are none.
    meta
        What the numbers in them mean, or ``None``.
    row_of
        Row in the store of each event of the results.
    """

    places: Places
    events: Events | None
    meta: dict[str, Any] | None
    row_of: NDArray[np.intp]


def event_tables(
    study: StudyFolder, folder: Path, events: measured.Events, *, placer: Placer
) -> EventTables:
    """
    Give the tables of incidents or of calls.

    Parameters
    ----------
    study
        The study.
    folder
        A results folder.
    events
        Incidents or calls.
    placer
        Brings places into the store.

    Returns
    -------
    EventTables
        Events in Morton order; supports in that of their first places.
    """
    crs = study.settings.crs
    supports, flags = read_supports(folder, events.table, crs=crs)
    look = read_look(folder, events.table)
    merc = local_to_merc(look.xy, crs)
    rank, order, ptr = _supports_by_place(supports, merc)
    places = placer.table(
        look.xy,
        supports.weight,
        placer.pairs_of(look),
        merc=merc,
        order=order,
        gap=np.load(folder / GAP_OF / f"{events.table}.npy", allow_pickle=False),
    )
    if len(flags) == 0:
        return EventTables(places, None, None, np.empty(0, np.intp))
    rows, lonlat = _event_rows(folder / events.file, events)
    merc = mercator.to_merc(*lonlat.T)
    key = morton.keys(merc)
    by_key = np.argsort(key, kind="stable")
    row_of = np.empty(len(rows), np.intp)
    row_of[by_key] = np.arange(len(rows))
    rows, lonlat = rows.iloc[by_key], lonlat[by_key]
    local = lonlat_to_local(lonlat, crs)
    category, categories = _categories(rows, events)
    begin, end = _minutes(rows, events, study.settings.time_zone)
    basis, bases = _bases(supports)
    columns: dict[str, Any] = {
        "category": category,
        "weight": _weights(rows),
        "support": rank[supports.support_of[by_key]],
        "naive": read_events(folder, events.table, "naive")[by_key],
        "basis": basis[supports.support_of[by_key]],
        "protected": read_events(folder, events.table, "protected")[by_key],
    }
    table = Events(
        key=key[by_key],
        merc=merc[by_key],
        local=local,
        ids=texts_of(rows.iloc[:, 0]),
        counted=flags[by_key],
        from_min=begin,
        to_min=end,
        support_ptr=ptr,
        area=placer.finder.of_places(local),
        **columns,
    )
    facts = json.loads((folder / events.shares_file).read_text("utf-8"))["facts"]
    meta = {
        "categories": categories,
        "bases": bases,
        "count": len(rows),
        "years": facts["years"],
        **_days(begin),
    }
    return EventTables(places, table, meta, row_of)


def _event_rows(
    path: Path, events: measured.Events
) -> tuple[pd.DataFrame, NDArray[np.float64]]:
    """Read columns and places of events, without making a geometry of each."""
    key, column = events.columns[0], _category_column(events)
    names = dict.fromkeys((key, column, "weight", *events.when))
    return read_points(path, [name for name in names if name in events.columns])


def _supports_by_place(
    supports: Supports, merc: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Give each support's new number, the places in that order, and their ptr."""
    count = len(supports.ptr) - 1
    rank = np.empty(count, np.int64)
    first = morton.keys(merc[supports.ptr[:-1]])
    order = np.argsort(first, kind="stable")
    rank[order] = np.arange(count)
    places, ptr = spread(supports.ptr, order)
    return rank, places, ptr


def _categories(
    rows: pd.DataFrame, events: measured.Events
) -> tuple[NDArray[Any], list[str]]:
    import pandas as pd

    given = rows[_category_column(events)].fillna(NOT_GIVEN)
    codes, words = pd.factorize(given, sort=True)
    return codes, [str(word) for word in words]


def _category_column(events: measured.Events) -> str:
    return "category" if events is INCIDENTS else "call_type"


def _weights(rows: pd.DataFrame) -> NDArray[Any]:
    if "weight" not in rows.columns:
        return np.ones(len(rows))
    return np.asarray(rows["weight"].fillna(1.0).to_numpy(dtype=np.float64))


def _minutes(
    rows: pd.DataFrame, events: measured.Events, time_zone: str
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Give the spans of events in minutes of local civil time."""
    import pandas as pd

    begin, end = events.when
    found = spans(rows[begin], rows[end])
    minutes = []
    for seconds in (found.begin_s, found.end_s):
        known = np.isfinite(seconds)
        whole = np.where(known, seconds, 0.0).astype(np.int64)
        utc = pd.DatetimeIndex(whole.astype("datetime64[s]"), tz="UTC")
        local = utc.tz_convert(time_zone).tz_localize(None).as_unit("s")
        civil = np.asarray(local.astype(np.int64)) // 60
        minutes.append(np.where(known, civil, UNKNOWN_MIN).astype(np.int32))
    return minutes[0], minutes[1]


def _bases(supports: Supports) -> tuple[NDArray[Any], list[str]]:
    """Give the number of each support's basis, without reasons if those are many."""
    import pandas as pd

    basis = pd.Series(np.asarray(supports.basis, dtype=object))
    codes, words = pd.factorize(basis, sort=True)
    if len(words) > MOST_BASES:
        codes, words = pd.factorize(basis.str.partition(":")[0], sort=True)
    return codes, [str(word) for word in words]


def _days(begin: NDArray[np.int32]) -> dict[str, str | None]:
    """Give the first and the last day of events; each is of the day when it began."""
    known = begin[begin != UNKNOWN_MIN]
    if not len(known):
        return {"from_day": None, "to_day": None}
    since = datetime(1970, 1, 1, tzinfo=UTC)
    # Not when they ended: one span that is open for long, or a slip of the pen in a
    # year, would put "the last 28 days" where nothing has happened yet.
    ends = {"from_day": known.min(), "to_day": known.max()}
    return {
        name: f"{since + timedelta(minutes=int(minute)):%Y-%m-%d}"
        for name, minute in ends.items()
    }
