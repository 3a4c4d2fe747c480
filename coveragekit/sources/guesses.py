"""Guess of an unknown file which table it is and what its columns hold."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from coveragekit import model
from coveragekit.errors import InputError, SourceChanged
from coveragekit.sources.aliases import Aliases, Place, Rule
from coveragekit.sources.presets import match_words, recognise
from coveragekit.sources.raw import missing
from coveragekit.sources.times import parse_times
from coveragekit.sources.values import as_number, plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from coveragekit.sources.raw import Raw

__all__ = ["guess_aliases", "guess_table", "places_by_values"]

_SAMPLED = 500
_MOST = 0.9
# Columns that any table may have say little about which one a file is.
_COMMON = frozenset({"name", "address", "source", "source_id", "assumed", "kind"})
_TELLING = {"cameras": "cam", "incidents": "crime", "calls": "call", "places": "shop"}
_FAMILIES = {
    "Point": {"Point", "MultiPoint"},
    "LineString": {"LineString", "MultiLineString"},
    "Polygon": {"Polygon", "MultiPolygon"},
}
_FIRST_TIME = {"incidents": "occurred_from", "calls": "received_at"}


def guess_table(raw: Raw, name: str) -> str:
    """
    Give the table that a file most likely holds.

    Parameters
    ----------
    raw
        The rows.
    name
        Name of the file; a telling one decides between equals.

    Returns
    -------
    str
        Name of a table.

    Raises
    ------
    SourceChanged
        Nothing speaks for any table.
    """
    columns = [str(column) for column in raw.frame.columns]
    scores = {
        table: _score(raw, columns, table, name=name)
        for table in model.table_names()
        if _shapes_fit(raw, table)
    }
    best = max(scores, key=lambda table: scores[table], default=None)
    if best is None or scores[best] <= 0.0:
        message = (
            f"{name}: nothing tells which table it is; it has: {', '.join(columns)}; "
            f"say which: one of {', '.join(model.table_names())}"
        )
        raise SourceChanged(message)
    return best


def _score(raw: Raw, columns: list[str], table: str, *, name: str) -> float:
    if recognise(columns, table) is not None:
        # A file may fit several: the tags of buildings are also those of places.
        order = model.table_names().index(table)
        return 100.0 - order
    try:
        found = match_words(columns, table, source=name, has_shapes=True)
    except SourceChanged:
        return 0.0
    key = model.table(table).key
    telling = [
        column
        for column in found.columns
        if column not in _COMMON
        and (column != key or plain(found.columns[key].columns[0]) == plain(key))
    ]
    hint = 0.5 if _TELLING.get(table, table[:-1]) in name.lower() else 0.0
    shapes = (
        0.3 if raw.geometry is not None and table in {"buildings", "areas"} else 0.0
    )
    return len(telling) + hint + shapes


def _shapes_fit(raw: Raw, table: str) -> bool:
    kinds = model.table(table).geometry
    if raw.geometry is None:
        return kinds[0] == "Point" or "wkt" in {str(c).lower() for c in raw.frame}
    seen = {shape.geom_type for shape in raw.geometry[:_SAMPLED] if shape is not None}
    if table == "places":
        return bool(seen)
    return bool(seen & _FAMILIES[kinds[0]])


def guess_aliases(raw: Raw, table: str, name: str) -> Aliases:
    """
    Give the alias table proposed for a file: a preset, or by names and values.

    Parameters
    ----------
    raw
        The rows.
    table
        Table of the model.
    name
        Name of the file.

    Returns
    -------
    Aliases
        Each rule says why in its ``why``.

    Raises
    ------
    SourceChanged
        No coordinates are found by name or by value.
    """
    columns = [str(column) for column in raw.frame.columns]
    known = recognise(columns, table)
    if known is not None:
        return known
    shapes = raw.geometry is not None
    place = None if shapes else places_by_values(raw, columns)
    try:
        found = match_words(columns, table, source=name, has_shapes=shapes)
    except SourceChanged:
        if place is None:
            raise
        found = match_words(columns, table, source=name, has_shapes=True)
        found = replace(found, place=place)
    return _with_time(raw, found, columns)


def places_by_values(raw: Raw, columns: Sequence[str]) -> Place | None:
    """
    Give the two columns whose numbers can only be longitudes and latitudes.

    Parameters
    ----------
    raw
        The rows.
    columns
        Columns to look at, in the order of the file.

    Returns
    -------
    Place or None
        ``None`` where not exactly one pair of neighbouring columns fits.
    """
    spans: dict[str, tuple[float, float]] = {}
    for name in columns:
        cells = raw.frame[name].iloc[:_SAMPLED]
        numbers, _ = as_number(cells)
        there = numbers[np.isfinite(numbers) & (numbers != 0.0)]
        fractions = there != np.round(there)
        if len(there) >= _MOST * len(cells) and fractions.mean() >= _MOST:
            spans[name] = (float(np.median(there)), float(np.ptp(there)))
    pairs = []
    for first, second in pairwise(columns):
        if first in spans and second in spans:
            pair = _pair(first, second, spans)
            if pair is not None:
                pairs.append(pair)
    return pairs[0] if len(pairs) == 1 else None


def _pair(
    first: str, second: str, spans: dict[str, tuple[float, float]]
) -> Place | None:
    (one, _), (two, _) = spans[first], spans[second]
    if max(abs(one), abs(two)) > 180.0:
        return None
    if abs(one) > 90.0 or (one < 0.0 < two):
        return Place(x=first, y=second)
    if abs(two) > 90.0 or (two < 0.0 < one):
        return Place(x=second, y=first)
    return None


def _with_time(raw: Raw, found: Aliases, columns: list[str]) -> Aliases:
    """Add the first column of times where names did not tell it."""
    wanted = _FIRST_TIME.get(found.table)
    if wanted is None or wanted in found.columns:
        return found
    used = {name for rule in found.columns.values() for name in rule.needs}
    for name in columns:
        if name in used or name in (found.place.x, found.place.y):
            continue
        cells = raw.frame[name].iloc[:_SAMPLED]
        filled = (~missing(cells)).sum()
        if filled and _read_times(cells) >= _MOST * filled:
            rule = Rule(columns=(name,), why="its values are times")
            return replace(found, columns={**found.columns, wanted: rule})
    return found


def _read_times(cells: object) -> int:
    import pandas as pd

    column = pd.Series(cells)
    if pd.api.types.is_float_dtype(column.dtype):
        return 0
    try:
        times = parse_times(column)
    except InputError:
        return 0
    likely = times.given & (times.year >= 1950) & (times.year <= 2100)
    return int(likely.sum())
