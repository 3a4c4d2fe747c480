"""What a row of a file says about a camera, its site, its owner and whom to call."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from coveragekit.errors import Fault, InputError, TableError
from coveragekit.registry import schema
from coveragekit.registry.cells import is_missing, read_cell
from coveragekit.registry.values import checked, rule, shown, writable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Table

__all__ = ["Draft", "known_columns", "read_row"]

# Columns of a file that speak of something else than the camera itself.
_BESIDE: Final[dict[str, tuple[Table, str]]] = {
    "owner_id": (schema.owner, "owner_id"),
    "owner_name": (schema.owner, "name"),
    "owner_kind": (schema.owner, "kind"),
    "owner_language": (schema.owner, "language"),
    "site_name": (schema.site, "name"),
    "site_address": (schema.site, "address"),
    "site_kind": (schema.site, "kind"),
    "contact_name": (schema.contact, "name"),
    "contact_phone": (schema.contact, "phone"),
    "contact_email": (schema.contact, "email"),
    "contact_best_time": (schema.contact, "best_time"),
    "contact_can_export": (schema.contact, "can_export"),
}
_TIERS: Final = ("public", "registered", "integrated", "planned")
_SAID: Final = frozenset({"access", "revision", "geometry", "consent_state"})
# The registry decides these; a file's word for them is not taken.
_NOT_READ: Final = frozenset({"removed_at", "feed_ref"})
_TABLE: Final = "cameras"
_CAMERA: Final = {
    name: name for name in writable(schema.camera) if name not in _NOT_READ
}


@dataclass(slots=True)
class Draft:
    """
    A row that can be kept.

    Parameters
    ----------
    row
        Its number in the file, or its line.
    camera
        Values of the camera.
    beside
        Values of the owner, the site and the contact, by the name of the table.
    access
        The tier that the file names.
    revision
        The revision that the file saw.
    """

    row: int
    camera: dict[str, Any]
    beside: dict[str, dict[str, Any]] = field(default_factory=dict)
    access: str | None = None
    revision: int | None = None


def known_columns() -> frozenset[str]:
    """
    Give the columns of a file that are read.

    Returns
    -------
    frozenset of str
        Their names.

    Examples
    --------
    >>> {"lon", "owner_name", "contact_phone"} <= known_columns()
    True
    """
    return frozenset({*writable(schema.camera), *_BESIDE, *_SAID}) - _NOT_READ


def read_row(number: int, given: Mapping[str, object], source: str) -> Draft:
    """
    Read one row of a file.

    Parameters
    ----------
    number
        Its number in the file, or its line.
    given
        Its cells by the names of their columns.
    source
        Name of the source, where the row names none.

    Returns
    -------
    Draft
        What the row says.

    Raises
    ------
    TableError
        All that is wrong with it.
    """
    reading = _Reading(number, _with_place(given))
    draft = Draft(number, reading.part(schema.camera, _CAMERA))
    for table in (schema.owner, schema.site, schema.contact):
        names = {name: at[1] for name, at in _BESIDE.items() if at[0] is table}
        part = reading.part(table, names)
        if part:
            draft.beside[table.name] = part
    draft.access = reading.tier()
    draft.revision = reading.revision()
    if reading.faults:
        raise TableError(_TABLE, reading.faults)
    _name_source(draft.camera, source)
    return draft


def _name_source(camera: dict[str, Any], source: str) -> None:
    """Have a row found again by its key in the source, or else by its id there."""
    camera.setdefault("source", source)
    if "source_id" not in camera and "camera_id" in camera:
        camera["source_id"] = camera["camera_id"]


def _with_place(given: Mapping[str, object]) -> Mapping[str, object]:
    point = given.get("geometry")
    if point is None or getattr(point, "geom_type", "") != "Point":
        return given
    if getattr(point, "is_empty", True):
        return given
    return {**given, "lon": getattr(point, "x", None), "lat": getattr(point, "y", None)}


class _Reading:
    """The cells of one row, and what is wrong with them."""

    def __init__(self, number: int, cells: Mapping[str, object]) -> None:
        self._number = number
        self._cells = cells
        self.faults: list[Fault] = []

    def part(self, table: Table, names: Mapping[str, str]) -> dict[str, Any]:
        """Give the cells that speak of one table, by the table's own columns."""
        found: dict[str, Any] = {}
        for name, column in names.items():
            if name not in self._cells:
                continue
            try:
                value = read_cell(table.columns[column], self._cells[name])
            except InputError as error:
                self._refuse(table, name, column, allowed=str(error))
                continue
            if value is not None:
                found[column] = value
        if not found:
            return {}
        try:
            return checked(table, found, whole=False)
        except TableError as error:
            words = {column: name for name, column in names.items()}
            for fault in error.faults:
                named = words.get(fault.column, fault.column)
                self._add(named, fault.value, fault.allowed)
            return {}

    def tier(self) -> str | None:
        """Give the tier that the row names."""
        word = self._cells.get("access")
        if is_missing(word):
            return None
        if word in _TIERS:
            return str(word)
        self._add("access", shown(word), ", ".join(_TIERS))
        return None

    def revision(self) -> int | None:
        """Give the revision that the row saw."""
        word = self._cells.get("revision")
        try:
            value = read_cell(schema.camera.c.revision, word)
        except InputError:
            value = word
        if value is None or isinstance(value, int):
            return value
        self._add("revision", shown(word), "a whole number")
        return None

    def _refuse(self, table: Table, name: str, column: str, *, allowed: str) -> None:
        hidden = rule(table.name, column).get("hidden", False)
        seen = "(not shown)" if hidden else shown(self._cells[name])
        self._add(name, seen, allowed)

    def _add(self, name: str, seen: str, allowed: str) -> None:
        self.faults.append(Fault(self._number, name, seen, allowed))
