"""The tables of a study: their keys, columns, units and ranges, read from data."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Literal

from coveragekit.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Column", "Table", "table", "table_names"]

ColumnType = Literal["text", "number", "integer", "time", "list"]


@dataclass(frozen=True, slots=True)
class Column:
    """
    What one column holds.

    Parameters
    ----------
    name
        Its name; the unit rides in it.
    type
        ``text``, ``number``, ``integer``, ``time`` (UTC) or ``list`` (of texts).
    about
        One sentence for people.
    required
        Whether a missing value is a fault.
    allowed
        The only texts allowed, or ``None``.
    low, high
        Inclusive bounds, or ``None``.
    above, below
        Exclusive bounds, or ``None``.
    unit
        Unit for people, or ``None``.
    """

    name: str
    type: ColumnType
    about: str
    required: bool = False
    allowed: tuple[str, ...] | None = None
    low: float | None = None
    high: float | None = None
    above: float | None = None
    below: float | None = None
    unit: str | None = None

    @property
    def allowed_words(self) -> str:
        """What a value may be, in words."""
        unit = f" {self.unit}" if self.unit else ""
        if self.allowed is not None:
            return "one of " + ", ".join(self.allowed)
        parts = []
        if self.low is not None:
            parts.append(f"at least {self.low:g}{unit}")
        if self.above is not None:
            parts.append(f"more than {self.above:g}{unit}")
        if self.high is not None:
            parts.append(f"at most {self.high:g}{unit}")
        if self.below is not None:
            parts.append(f"less than {self.below:g}{unit}")
        if parts:
            return " and ".join(parts)
        kinds = {
            "text": "a text",
            "number": "a number",
            "integer": "a whole number",
            "time": "a time",
            "list": "a list of texts",
        }
        return kinds[self.type]


@dataclass(frozen=True, slots=True)
class Table:
    """
    What one table holds.

    Parameters
    ----------
    name
        Its name, which is also its file's name in a study.
    key
        The column that names each row once.
    geometry
        Geometry types allowed.
    columns
        Its columns in order, by name.
    about
        One sentence for people.
    extra
        Whether further columns are kept (populations of areas).
    """

    name: str
    key: str
    geometry: tuple[str, ...]
    columns: Mapping[str, Column]
    about: str
    extra: bool = False


@cache
def _tables() -> dict[str, Table]:
    text = files("coveragekit.model").joinpath("data/tables.toml").read_text("utf-8")
    parsed: dict[str, dict[str, Any]] = tomllib.loads(text)
    return {name: _parse_table(name, block) for name, block in parsed.items()}


def _parse_table(name: str, block: dict[str, Any]) -> Table:
    columns = {}
    for column_name, line in block["columns"].items():
        options = dict(line)
        if "allowed" in options:
            options["allowed"] = tuple(options["allowed"])
        columns[column_name] = Column(name=column_name, **options)
    return Table(
        name=name,
        key=block["key"],
        geometry=tuple(block["geometry"]),
        columns=columns,
        about=block["about"],
        extra=bool(block.get("extra", False)),
    )


def table_names() -> tuple[str, ...]:
    """
    Give the names of all tables of a study.

    Returns
    -------
    tuple of str
        The names, in the order of the data file.

    Examples
    --------
    >>> table_names()[:3]
    ('cameras', 'buildings', 'streets')
    """
    return tuple(_tables())


def table(name: str) -> Table:
    """
    Give what one table holds.

    Parameters
    ----------
    name
        Name of the table, one of :func:`table_names`.

    Returns
    -------
    Table
        Its key, geometry types and columns.

    Raises
    ------
    InputError
        No table has that name.

    Examples
    --------
    >>> table("cameras").columns["bearing_deg"].unit
    'deg'
    """
    try:
        return _tables()[name]
    except KeyError:
        known = ", ".join(_tables())
        message = f"there is no table {name!r}; allowed: {known}"
        raise InputError(message) from None
