"""Alias tables: which column of a source feeds which column of a table, and how."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from coveragekit import model
from coveragekit.errors import InputError
from coveragekit.sources.values import UNITS

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Aliases", "Place", "RowRule", "Rule", "parse_aliases"]

_TOP = frozenset(
    {
        *("name", "also", "about", "table", "signature", "never_read", "licence"),
        *(
            "attribution",
            "origin",
            "time_zone",
            "place_zone",
            "time_order",
            "time_unit",
            "columns",
        ),
        *("geometry", "set_aside", "reject", "extra", "notice", "osm_tags"),
    }
)
_PLACE = frozenset({"lon", "lat", "x", "y", "shape", "crs", "near"})
_RULE = frozenset(
    {
        *("column", "columns", "constant", "join", "separator", "map", "otherwise"),
        *("prefix", "patterns", "unit", "date", "time", "weekdays", "optional"),
    }
)
_ROW_RULE = frozenset({"column", "values", "pattern", "cause", "empty"})


@dataclass(frozen=True, slots=True)
class Rule:
    """
    How one column of a table is filled.

    Parameters
    ----------
    columns
        Columns of the source, the first that says something counts.
    constant
        The same value in every row, instead of columns.
    join
        Columns whose texts are joined.
    separator
        What stands between them.
    words
        Word of the source to word of the table.
    otherwise
        Word for those that ``words`` does not have.
    prefix
        Text put before each value.
    patterns
        Pairs of a pattern and the word that it means; the first that is found counts.
    unit
        Unit of plain numbers in the source, where it is not the column's own.
    clock
        Column with the time of day, where ``columns`` holds dates.
    weekdays
        Seven columns, Monday first, with opening hours.
    optional
        Whether the source may lack the columns.
    why
        How the rule was found, for people.
    """

    columns: tuple[str, ...] = ()
    constant: Any = None
    join: tuple[str, ...] = ()
    separator: str = "-"
    words: Mapping[str, str] = field(default_factory=dict)
    otherwise: str | None = None
    prefix: str = ""
    patterns: tuple[tuple[str, str], ...] = ()
    unit: str | None = None
    clock: str | None = None
    weekdays: tuple[str, ...] = ()
    optional: bool = False
    why: str = ""

    @property
    def needs(self) -> tuple[str, ...]:
        """Columns of the source that the rule reads."""
        clock = () if self.clock is None else (self.clock,)
        return (*self.columns, *self.join, *clock, *self.weekdays)


@dataclass(frozen=True, slots=True)
class Place:
    """
    Where in a source the coordinates stand.

    Parameters
    ----------
    x, y
        Columns of coordinates: longitude and latitude, or easting and northing.
    shape
        Column with shapes as text (WKT, GeoJSON) or as hexadecimal WKB.
    crs
        CRS of the coordinates, or ``None`` where the file must tell.
    near
        Box ``(minx, miny, maxx, maxy)`` in degrees in which the rows are expected; it
        tells swapped or mirrored coordinates from right ones, and leaves nothing out.
    """

    x: str | None = None
    y: str | None = None
    shape: str | None = None
    crs: str | None = None
    near: tuple[float, float, float, float] | None = None


@dataclass(frozen=True, slots=True)
class RowRule:
    """
    Which rows of a source are not taken.

    Parameters
    ----------
    column
        Column that decides.
    words
        Its values, case and punctuation do not matter.
    pattern
        A pattern looked for in it, beside ``words``.
    empty
        Whether rows are meant that say nothing in it.
    cause
        Why, in a few words.
    """

    column: str
    words: tuple[str, ...] = ()
    pattern: str | None = None
    empty: bool = False
    cause: str = ""


@dataclass(frozen=True, slots=True)
class Aliases:
    """
    An alias table.

    Parameters
    ----------
    name
        Its name.
    table
        Table of the model that it feeds.
    columns
        Column of the table to the rule that fills it.
    place
        Where the coordinates stand.
    also
        Further names that it answers to.
    about
        What source it is for, in a sentence.
    signature
        Columns by which a source is recognised as the one it is for.
    never_read
        Columns that are dropped before anything else: feed addresses, contacts.
    reject
        Rows that are left out as faults.
    set_aside
        Rows that are of another table and no fault.
    extra
        Further columns that are kept (for tables that keep any).
    licence, attribution, origin
        Terms of the source, whom to name, and where it is published.
    time_zone
        Zone of its clock times, or ``None``.
    place_zone
        Zone of the place itself, where the clock of the source is another.
    time_order
        ``mdy`` or ``dmy`` for short dates, ``None`` where the file must prove it.
    time_unit
        ``ms``, ``s`` or ``excel`` for times that are numbers, ``None`` to find out.
    notice
        What people should know of the source.
    osm_tags
        Whether the columns are OpenStreetMap tags, to be read by that project's rules.
    """

    name: str
    table: str
    columns: Mapping[str, Rule] = field(default_factory=dict)
    place: Place = field(default_factory=Place)
    also: tuple[str, ...] = ()
    about: str = ""
    signature: tuple[str, ...] = ()
    never_read: tuple[str, ...] = ()
    reject: tuple[RowRule, ...] = ()
    set_aside: tuple[RowRule, ...] = ()
    extra: tuple[str, ...] = ()
    licence: str | None = None
    attribution: str | None = None
    origin: str | None = None
    time_zone: str | None = None
    place_zone: str | None = None
    time_order: str | None = None
    time_unit: str | None = None
    notice: str | None = None
    osm_tags: bool = False

    @property
    def needs(self) -> tuple[str, ...]:
        """Columns without which a source is not the one this table is for."""
        names = [
            name
            for rule in self.columns.values()
            if not rule.optional
            for name in rule.needs
        ]
        place = (self.place.x, self.place.y, self.place.shape)
        names.extend(name for name in place if name is not None)
        return tuple(dict.fromkeys(names))


def parse_aliases(text: str, where: str) -> Aliases:
    r"""
    Give an alias table from its TOML text.

    Parameters
    ----------
    text
        The TOML.
    where
        Name of the file, for messages.

    Returns
    -------
    Aliases
        The alias table.

    Raises
    ------
    InputError
        The text is not TOML, or holds a key, table, column, unit or CRS that is not
        known.

    Examples
    --------
    >>> parsed = parse_aliases('table = "water"\n[columns]\nname = "NAME"', "w.toml")
    >>> parsed.columns["name"].columns
    ('NAME',)
    """
    try:
        block = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        message = f"{where} is not TOML: {error}"
        raise InputError(message) from error
    try:
        return _parse(block, where)
    except (KeyError, TypeError, ValueError, IndexError, re.error) as error:
        if isinstance(error, InputError):
            raise
        message = f"{where} holds a value of the wrong kind or lacks one: {error!r}"
        raise InputError(message) from error


def _parse(block: dict[str, Any], where: str) -> Aliases:
    _refuse_unknown(block, _TOP, where)
    name = block.get("table")
    if not isinstance(name, str):
        message = f'{where} does not say which table it feeds; add: table = "cameras"'
        raise InputError(message)
    layout = model.table(name)
    columns = {}
    for column, line in block.get("columns", {}).items():
        if column not in layout.columns:
            allowed = ", ".join(layout.columns)
            message = f"{where}: {name} has no column {column!r}; allowed: {allowed}"
            raise InputError(message)
        unit = layout.columns[column].unit or ""
        columns[column] = _rule(line, unit, f"{where}, {column}")
    return Aliases(
        name=str(block.get("name", where)),
        table=name,
        columns=columns,
        place=_place(block.get("geometry", {}), where),
        also=_texts(block.get("also", [])),
        about=str(block.get("about", "")),
        signature=_texts(block.get("signature", [])),
        never_read=_texts(block.get("never_read", [])),
        reject=_row_rules(block.get("reject", []), where),
        set_aside=_row_rules(block.get("set_aside", []), where),
        extra=_texts(block.get("extra", [])),
        licence=block.get("licence"),
        attribution=block.get("attribution"),
        origin=block.get("origin"),
        time_zone=block.get("time_zone"),
        place_zone=block.get("place_zone"),
        time_order=_one_of(block.get("time_order"), ("mdy", "dmy", "ymd"), where),
        time_unit=_one_of(block.get("time_unit"), ("ms", "s", "excel"), where),
        notice=block.get("notice"),
        osm_tags=bool(block.get("osm_tags", False)),
    )


def _rule(line: Any, unit: str, where: str) -> Rule:  # noqa: ANN401 - any TOML value
    if isinstance(line, str):
        return Rule(columns=(line,))
    if isinstance(line, list):
        return Rule(columns=_texts(line))
    if not isinstance(line, dict):
        message = f"{where}: {line!r} is not allowed; give the name of a column"
        raise InputError(message)
    _refuse_unknown(line, _RULE, where)
    given = line.get("unit")
    if given is not None and (given, unit) not in UNITS:
        allowed = ", ".join(one for one, to in UNITS if to == unit) or "none"
        message = f"{where}: unit {given!r} is not allowed; allowed: {allowed}"
        raise InputError(message)
    columns = [line[key] for key in ("column", "date") if key in line]
    columns.extend(line.get("columns", []))
    return Rule(
        columns=_texts(columns),
        constant=line.get("constant"),
        join=_texts(line.get("join", [])),
        separator=str(line.get("separator", "-")),
        words={str(key): str(word) for key, word in line.get("map", {}).items()},
        otherwise=line.get("otherwise"),
        prefix=str(line.get("prefix", "")),
        patterns=tuple((_pattern(one), two) for one, two in line.get("patterns", [])),
        unit=given,
        clock=line.get("time"),
        weekdays=_texts(line.get("weekdays", [])),
        optional=bool(line.get("optional", False)),
    )


def _pattern(text: str) -> str:
    return re.compile(text, re.IGNORECASE).pattern


def _place(block: dict[str, Any], where: str) -> Place:
    _refuse_unknown(block, _PLACE, f"{where}, geometry")
    near = block.get("near")
    return Place(
        x=block.get("lon", block.get("x")),
        y=block.get("lat", block.get("y")),
        shape=block.get("shape"),
        crs=block.get("crs"),
        near=None if near is None else _box(near),
    )


def _box(near: list[float]) -> tuple[float, float, float, float]:
    minx, miny, maxx, maxy = (float(corner) for corner in near)
    return minx, miny, maxx, maxy


def _row_rules(blocks: list[dict[str, Any]], where: str) -> tuple[RowRule, ...]:
    rules = []
    for block in blocks:
        _refuse_unknown(block, _ROW_RULE, where)
        rules.append(
            RowRule(
                column=str(block["column"]),
                words=_texts(block.get("values", [])),
                pattern=_pattern(block["pattern"]) if "pattern" in block else None,
                empty=bool(block.get("empty", False)),
                cause=str(block.get("cause", "not wanted")),
            )
        )
    return tuple(rules)


def _texts(values: Any) -> tuple[str, ...]:  # noqa: ANN401 - any TOML value
    return tuple(str(value) for value in values)


def _one_of(value: Any, allowed: tuple[str, ...], where: str) -> str | None:  # noqa: ANN401
    if value is None or value in allowed:
        return None if value is None else str(value)
    message = f"{where}: {value!r} is not allowed; allowed: {', '.join(allowed)}"
    raise InputError(message)


def _refuse_unknown(block: dict[str, Any], known: frozenset[str], where: str) -> None:
    unknown = sorted(set(block) - known)
    if unknown:
        message = (
            f"{where}: {', '.join(unknown)} is not known; "
            f"allowed: {', '.join(sorted(known))}"
        )
        raise InputError(message)
