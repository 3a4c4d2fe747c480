"""Bring cameras in from the rows of a file, after a dry run if one is wanted."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from itertools import count, islice
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import insert, select, update

from coveragekit.errors import Fault, InputError, TableError
from coveragekit.registry import schema
from coveragekit.registry.camera_rows import unfit
from coveragekit.registry.moving_far import Spots
from coveragekit.registry.moving_owners import Owners, even
from coveragekit.registry.moving_rows import Draft, known_columns, read_row
from coveragekit.registry.moving_twins import Twins
from coveragekit.registry.opening import now
from coveragekit.registry.schema import new_id
from coveragekit.registry.values import check_text, counted, shown
from coveragekit.registry.written_status import changed_columns

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime

    from sqlalchemy import Connection, Row

__all__ = ["Imported", "RowReport", "import_cameras"]

_CHUNK: Final = 500
_TABLE: Final = "cameras"
_NEEDED: Final = ("lon", "lat")
_KEPT: Final = tuple(
    column for column in schema.camera.columns if column.name != "camera_no"
)
_NAMES: Final = tuple(column.name for column in _KEPT)


@dataclass(frozen=True, slots=True)
class RowReport:
    """
    What became of one row of a file.

    Parameters
    ----------
    row
        Its number, from 1 after the header, or its line where lines were told.
    what
        ``"added"``, ``"changed"``, ``"same"``, ``"double"`` (left out, for it is just
        like a camera of another source) or ``"refused"``.
    camera_id
        The camera in the registry; ``None`` where the row was refused, and where a dry
        run gave it no id.
    columns
        Which columns were changed.
    faults
        Why it was refused.
    """

    row: int
    what: str
    camera_id: str | None = None
    columns: tuple[str, ...] = ()
    faults: tuple[Fault, ...] = ()


@dataclass(frozen=True, slots=True)
class Imported:
    """
    What became of the rows of a file.

    Parameters
    ----------
    rows
        One report for each row, in the order of the file.
    dry_run
        Whether nothing was kept.
    added, changed, same, doubles, refused
        How many rows each was true of.
    owners, sites, contacts
        How many were made with them.
    notices
        What else there is to know, a sentence each.
    like_sources
        Sources of the cameras that the doubles are just like, the most frequent first.
    """

    rows: tuple[RowReport, ...]
    dry_run: bool
    added: int
    changed: int
    same: int
    doubles: int
    refused: int
    owners: int
    sites: int
    contacts: int
    notices: tuple[str, ...]
    like_sources: tuple[str, ...] = ()


def import_cameras(  # noqa: PLR0913 - the rows, and how to take them
    connection: Connection,
    rows: Iterable[Mapping[str, object]],
    *,
    by: str,
    source: str,
    agency: str | None = None,
    again: bool = False,
    lines: Iterable[int] | None = None,
    dry_run: bool = False,
) -> Imported:
    """
    Add and change cameras by the rows of a file, and report on every row.

    Parameters
    ----------
    connection
        From ``Registry.write``.
    rows
        One mapping for each row, from names of columns to cells: text, or what a reader
        made of it. Read are the columns of a camera, ``geometry`` for ``lon`` and
        ``lat``, ``owner_name``, ``owner_kind``, ``site_name``, ``site_address``,
        ``site_kind``, ``contact_name``, ``contact_phone``, ``contact_email``,
        ``access`` and ``revision``.
    by
        Name of the user.
    source
        Name of the file or portal; with ``source_id`` it tells which camera a row is.
    agency
        Name of the agency that owns the cameras with ``access`` public.
    again
        Whether rows are added, too, that are just like cameras that are there already.
    lines
        Line of the file of each row; they are counted from 1 where it is not given.
    dry_run
        Whether all is undone again once the report is made.

    Returns
    -------
    Imported
        The report.

    Raises
    ------
    InputError
        The name of the user or the source is missing or cannot be kept.

    Notes
    -----
    A row is the camera with its ``camera_id`` if the registry has that one, else the
    one with its ``source`` and ``source_id``, else a new one; but a new one that is
    just like a camera of another source (place, name, kind, direction) is most likely
    the same file under another name, and is left out unless ``again`` is said. An empty
    cell changes nothing. A row with faults is left out, and the others are taken. A row
    whose ``revision`` is not the camera's is refused: somebody changed it since the
    file was written. ``access`` never makes a consent: registered and integrated are
    said by consents alone.
    """
    names = check_text(by, "the user's name"), check_text(source, "the source's name")
    if not all(names):
        message = "an import needs the user's name and the name of the source"
        raise InputError(message)
    inner = connection.begin_nested()
    counter = count(1) if lines is None else lines
    unit = "row" if lines is None else "line"
    importing = _Importing(
        connection, names[0], names[1], agency=agency, again=again, unit=unit
    )
    for chunk in _chunks(zip(counter, rows, strict=lines is not None)):
        importing.take(chunk)
    if dry_run:
        inner.rollback()
    else:
        inner.commit()
    return importing.report(dry_run=dry_run)


def _chunks(
    rows: Iterator[tuple[int, Mapping[str, object]]],
) -> Iterator[list[tuple[int, Mapping[str, object]]]]:
    while chunk := list(islice(rows, _CHUNK)):
        yield chunk


class _Importing:
    """One import under way."""

    def __init__(
        self,
        connection: Connection,
        by: str,
        source: str,
        *,
        agency: str | None,
        again: bool,
        unit: str,
    ) -> None:
        self._connection = connection
        self._by = by
        self._source = source
        self._moment: datetime = now(connection)
        self._owners = Owners(connection, by, agency=agency)
        self._reports: dict[int, RowReport] = {}
        self._seen: dict[object, int] = {}
        self._unread: Counter[str] = Counter()
        self._pointed: set[tuple[str, object]] = set()
        self._unkeyed = 0
        self._consents = 0
        self._twins = None if again else Twins(connection)
        self._spots = Spots(connection, unit=unit)
        self._unit = unit

    def take(self, chunk: list[tuple[int, Mapping[str, object]]]) -> None:
        """Take some rows."""
        drafts = [draft for draft in self._drafts(chunk) if self._is_first(draft)]
        by_id, by_source = self._existing(drafts)
        new: list[dict[str, Any]] = []
        for draft in drafts:
            camera = draft.camera
            old = by_id.get(camera.get("camera_id"))
            if old is None and "source_id" in camera:
                old = by_source.get(_key(camera))
            try:
                if old is not None:
                    self._change(draft, old)
                elif not self._is_double(draft):
                    new.append(self._added(draft))
            except TableError as error:
                self._refuse(draft.row, error.faults)
        self._owners.flush()
        if new:
            self._connection.execute(insert(schema.camera), even(schema.camera, new))

    def report(self, *, dry_run: bool) -> Imported:
        """Give the report on all rows."""
        rows = tuple(self._reports[number] for number in sorted(self._reports))
        if dry_run:  # their ids were undone with them
            rows = tuple(
                replace(one, camera_id=None) if one.what == "added" else one
                for one in rows
            )
        counts = Counter(row.what for row in rows)
        return Imported(
            rows=rows,
            dry_run=dry_run,
            added=counts["added"],
            changed=counts["changed"],
            same=counts["same"],
            doubles=counts["double"],
            refused=counts["refused"],
            owners=self._owners.made["owner"],
            sites=self._owners.made["site"],
            contacts=self._owners.made["contact"],
            notices=tuple(self._notices()),
            like_sources=() if self._twins is None else self._twins.sources,
        )

    def _notices(self) -> Iterator[str]:
        known = known_columns()
        unread = [name for name in self._unread if name not in known]
        if unread:
            names = ", ".join(shown(name)[1:-1] for name in sorted(unread)[:20])
            be = "is" if len(unread) == 1 else "are"
            yield f"{counted(len(unread), 'column')} {be} not read: {names}"
        if self._unkeyed:
            has = "has" if self._unkeyed == 1 else "have"
            yield (
                f"{counted(self._unkeyed, 'row')} {has} no source_id: where its name, "
                "place or direction changes, it would be added as another camera"
            )
        if self._consents:
            says = "calls itself" if self._consents == 1 else "call themselves"
            yield (
                f"{counted(self._consents, 'row')} {says} registered or integrated; a "
                "file makes no consent: enter each with its text, signer and date"
            )
        yield from self._spots.notices()
        yield from self._owners.notices()

    def _drafts(self, chunk: list[tuple[int, Mapping[str, object]]]) -> Iterator[Draft]:
        for number, given in chunk:
            self._unread.update(str(name) for name in given)
            try:
                yield read_row(number, given, self._source)
            except TableError as error:
                self._refuse(number, error.faults)

    def _is_first(self, draft: Draft) -> bool:
        camera = draft.camera
        keys: list[object] = [camera["camera_id"]] if "camera_id" in camera else []
        if "source_id" in camera:
            keys.append(_key(camera))
        else:
            self._unkeyed += 1
        first = [self._seen[key] for key in keys if key in self._seen]
        if first:
            name = "source_id" if "source_id" in camera else "camera_id"
            once = f"once in a file; {self._unit} {first[0]} has it"
            seen = " ".join(filter(None, (camera[name], camera.get("sector"))))[:60]
            self._refuse(draft.row, [Fault(draft.row, name, seen, once)])
            return False
        self._seen.update(dict.fromkeys(keys, draft.row))
        return True

    def _existing(
        self, drafts: list[Draft]
    ) -> tuple[dict[object, Row[Any]], dict[object, Row[Any]]]:
        table = schema.camera.c
        ids = [d.camera["camera_id"] for d in drafts if "camera_id" in d.camera]
        keyed = [d.camera for d in drafts if "source_id" in d.camera]
        query = select(*_KEPT)
        found = list(self._connection.execute(query.where(table.camera_id.in_(ids))))
        for source in sorted({camera["source"] for camera in keyed}):
            names = [one["source_id"] for one in keyed if one["source"] == source]
            where = (table.source == source, table.source_id.in_(names))
            found += self._connection.execute(query.where(*where))
        by_source: dict[object, Row[Any]] = {_key(_named(row)): row for row in found}
        return {row.camera_id: row for row in found}, by_source

    def _is_double(self, draft: Draft) -> bool:
        """Leave out a new row that is just like a camera that is there already."""
        missing = [name for name in _NEEDED if name not in draft.camera]
        if missing:
            raise _refusal(
                *(Fault(draft.row, name, "missing", "a number") for name in missing)
            )
        self._check(draft, draft.camera)
        twin = None if self._twins is None else self._twins.take(draft.camera)
        if twin is not None:
            self._reports[draft.row] = RowReport(draft.row, "double", twin)
        return twin is not None

    def _added(self, draft: Draft) -> dict[str, Any]:
        values = dict(draft.camera)
        if draft.access in {"registered", "integrated"}:
            self._consents += 1
        site_id = self._owners.site_of(draft, values)
        if site_id is not None:
            values["site_id"] = site_id
        values["camera_id"] = new_id("camera")
        stamp = {"revision": 1, "made_at": self._moment, "changed_at": self._moment}
        first = {"kind": "unknown", "status": "unknown", "changed_by": self._by}
        if draft.access == "planned":
            values["planned"] = True
        report = RowReport(draft.row, "added", values["camera_id"])
        self._reports[draft.row] = report
        self._spots.add(draft.row, values["lon"], values["lat"])
        return {**first, **values, **stamp}

    def _change(self, draft: Draft, old: Row[Any]) -> None:
        if draft.revision not in (None, old.revision):
            words = f"{old.revision}: {old.changed_by} changed it at {old.changed_at}"
            raise _refusal(Fault(draft.row, "revision", str(draft.revision), words))
        kept = _named(old)
        self._check(draft, {**kept, **draft.camera})
        values = {
            name: value
            for name, value in draft.camera.items()
            if value != kept[name] and name not in {"camera_id", "source", "source_id"}
        }
        if draft.access == "planned" and not old.planned:
            values["planned"] = True
        if old.site_id not in (None, values.pop("site_id", old.site_id)):
            allowed = "the site where it is; another owner has to agree anew"
            seen = str(draft.camera["site_id"])[:60]
            raise _refusal(Fault(draft.row, "site_id", seen, allowed))
        if old.site_id is None:
            site_id = self._owners.site_of(draft, {**kept, **draft.camera})
            values |= {"site_id": site_id} if site_id is not None else {}
        what = "changed" if values else "same"
        columns = tuple(sorted(values))
        self._reports[draft.row] = RowReport(draft.row, what, old.camera_id, columns)
        if {"lon", "lat"} & values.keys():
            place = {**kept, **values}
            self._spots.add(draft.row, place["lon"], place["lat"])
        if not values:
            return
        values |= {"revision": old.revision + 1, "changed_at": self._moment}
        told = changed_columns(self._connection, old.camera_id, columns)
        values |= {"changed_by": self._by, "changed_what": told}
        self._owners.flush()
        where = schema.camera.c.camera_id == old.camera_id
        self._connection.execute(update(schema.camera).where(where).values(values))

    def _check(self, draft: Draft, camera: Mapping[str, Any]) -> None:
        """Refuse a row that points to nothing, or whose parts do not fit."""
        for column in (schema.site.c.site_id, schema.recorder.c.recorder_id):
            pointed = draft.camera.get(column.name)
            if pointed is None or (column.name, pointed) in self._pointed:
                continue
            query = select(column).where(column == pointed)
            if self._connection.execute(query).first() is None:
                allowed = f"a {column.table.name} that is in the registry"
                raise _refusal(
                    Fault(draft.row, column.name, str(pointed)[:60], allowed)
                )
            self._pointed.add((column.name, pointed))
        told = unfit(camera)
        if told is not None:
            raise _refusal(Fault(draft.row, *told))

    def _refuse(self, number: int, faults: list[Fault]) -> None:
        self._reports[number] = RowReport(number, "refused", faults=tuple(faults))


def _key(camera: Mapping[str, Any]) -> tuple[object, ...]:
    """Give what tells a camera in its source: a pole may have several, by sector."""
    return camera["source"], camera["source_id"], camera.get("sector") or ""


def _named(row: Row[Any]) -> dict[str, Any]:
    return dict(zip(_NAMES, row, strict=True))


def _refusal(*faults: Fault) -> TableError:
    return TableError(_TABLE, list(faults))
