"""Which cameras a list is asked for, and the fast way to find them among many."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import exists, or_, select

from coveragekit.registry import schema
from coveragekit.registry.consent import effective_state_column
from coveragekit.registry.opening import now
from coveragekit.registry.places import ids_in_box, on_globe
from coveragekit.registry.values import LONGEST_TEXT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from sqlalchemy import Column, ColumnElement, Connection, Select

__all__ = ["CameraFilter", "conditions"]

_FEW: Final = 2000
# What a consent becomes without anybody writing it down.
_BY_CLOCK: Final = frozenset({"expired", "lapsed"})


@dataclass(frozen=True, slots=True)
class CameraFilter:
    """
    Which cameras to list; what is not given does not matter.

    Parameters
    ----------
    owner_id
        Owner of their site.
    site_id
        Their site.
    recorder_id
        Their recorder.
    kinds
        One of these kinds.
    states
        Their consent is in one of these states, by the clock.
    source
        Where their rows came from.
    box
        West, south, east and north, degrees.
    words
        Part of the name or the address, in any case of ASCII letters.
    removed
        Whether cameras that were taken down are listed too.
    """

    owner_id: str | None = None
    site_id: str | None = None
    recorder_id: str | None = None
    kinds: tuple[str, ...] = ()
    states: tuple[str, ...] = ()
    source: str | None = None
    box: tuple[float, float, float, float] | None = None
    words: str | None = None
    removed: bool = False


def conditions(
    connection: Connection, wanted: CameraFilter, *, at: datetime | None = None
) -> tuple[ColumnElement[bool], ...]:
    """
    Give what cameras have to fulfil, as a query of them by their ids finds it fast.

    Parameters
    ----------
    connection
        From ``Registry.read`` or ``Registry.write``.
    wanted
        Which cameras.
    at
        The time by which their consent is told; the registry's clock where not given.

    Returns
    -------
    tuple of sqlalchemy.ColumnElement
        To be used in a query of ``camera``.

    Raises
    ------
    InputError
        The box is not on the globe.

    Notes
    -----
    Each camera is asked in the order of the ids, which soon finds enough for a page:
    sorting all that fulfil it would take longer. Where an index knows that at most
    2,000 may fulfil it, only those are asked.
    """
    standing = schema.camera.c.removed_at.is_(None)
    where: list[ColumnElement[bool]] = [] if wanted.removed else [standing]
    for few, each in _questions(connection, wanted, at or now(connection)):
        where.append(each)
        ids = connection.execute(few.limit(_FEW + 1)).scalars().all()
        if len(ids) <= _FEW:
            where.append(schema.camera.c.camera_id.in_(ids))
    return tuple(where)


def _questions(
    connection: Connection, wanted: CameraFilter, at: datetime
) -> Iterator[tuple[Select[tuple[Any]], ColumnElement[bool]]]:
    """Give for each question those who may fulfil it, and the test of one camera."""
    table = schema.camera.c
    ids = select(table.camera_id)
    for column, value in (
        (table.site_id, wanted.site_id),
        (table.recorder_id, wanted.recorder_id),
        (table.source, wanted.source),
    ):
        if value is not None:
            yield ids.where(column == value), _unindexed(column) == value
    if wanted.kinds:
        kinds = wanted.kinds
        yield ids.where(table.kind.in_(kinds)), _unindexed(table.kind).in_(kinds)
    if wanted.owner_id is not None:
        site = schema.site.c
        owned = site.owner_id == wanted.owner_id
        few = ids.join_from(schema.camera, schema.site).where(owned)
        yield few, exists().where(site.site_id == table.site_id, owned)
    if wanted.states:
        yield _agreed(wanted.states, at)
    if wanted.box is not None:
        yield ids_in_box(connection, wanted.box), on_globe(wanted.box)
    if wanted.words:
        said = _says(connection, wanted.words)
        yield ids.where(said), said


def _agreed(
    states: tuple[str, ...], at: datetime
) -> tuple[Select[tuple[Any]], ColumnElement[bool]]:
    """Ask for the state by the clock, of few where the clock makes none of these."""
    consent = schema.consent.c
    by_clock = effective_state_column(at).in_(states)
    may_be = by_clock if set(states) & _BY_CLOCK else consent.state.in_(states)
    few = select(consent.camera_id).where(may_be)
    return few, exists().where(consent.camera_id == schema.camera.c.camera_id, by_clock)


def _unindexed(column: Column[Any]) -> ColumnElement[str]:
    """Give a column so that no index of it is used."""
    return column.op("||")("")


def _says(connection: Connection, words: str) -> ColumnElement[bool]:
    part = words[:LONGEST_TEXT]
    for letter in ("\\", "%", "_"):
        part = part.replace(letter, f"\\{letter}")
    columns = (schema.camera.c.name, schema.camera.c.address)
    if connection.dialect.name == "postgresql":
        return or_(*(c.ilike(f"%{part}%", escape="\\") for c in columns))
    # SQLite's own LIKE knows no case of ASCII letters, and is fast
    return or_(*(c.like(f"%{part}%", escape="\\") for c in columns))
