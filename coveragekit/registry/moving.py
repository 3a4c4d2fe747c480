"""Bring cameras in from the rows of a file, after a dry run if one is wanted."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import insert, select, update

from coveragekit.errors import Fault, InputError, TableError
from coveragekit.registry import schema
from coveragekit.registry.camera_rows import unfit
from coveragekit.registry.moving_owners import Owners, even
from coveragekit.registry.moving_rows import Draft, known_columns, read_row
from coveragekit.registry.opening import now
from coveragekit.registry.schema import new_id
from coveragekit.registry.values import check_text

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
        Its number, from 1 after the header.
    what
        ``"added"``, ``"changed"``, ``"same"`` or ``"refused"``.
    camera_id
        The camera in the registry; ``None`` where the row was refused.
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
    added, changed, same, refused
        How many rows each was true of.
    owners, sites, contacts
        How many were made with them.
    notices
        What else there is to know, a sentence each.
    """

    rows: tuple[RowReport, ...]
    dry_run: bool
    added: int
    changed: int
    same: int
    refused: int
    owners: int
    sites: int
    contacts: int
    notices: tuple[str, ...]


def import_cameras(
    connection: Connection,
    rows: Iterable[Mapping[str, object]],
    *,
    by: str,
    source: str,
    agency: str | None = None,
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
    one with its ``source`` and ``source_id``, else a new one. An empty cell changes
    nothing. A row with faults is left out, and the others are taken. A row whose
    ``revision`` is not the camera's is refused: somebody changed it since the file was
    written. ``access`` never makes a consent: registered and integrated are said by
    consents alone.
    """
    names = check_text(by, "the user's name"), check_text(source, "the source's name")
    if not all(names):
        message = "an import needs the user's name and the name of the source"
        raise InputError(message)
    inner = connection.begin_nested()
    importing = _Importing(connection, names[0], names[1], agency=agency)
    for chunk in _chunks(enumerate(rows, start=1)):
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
        self, connection: Connection, by: str, source: str, *, agency: str | None
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
                if old is None:
                    new.append(self._added(draft))
                else:
                    self._change(draft, old)
            except TableError as error:
                self._refuse(draft.row, error.faults)
        self._owners.flush()
        if new:
            self._connection.execute(insert(schema.camera), even(schema.camera, new))

    def report(self, *, dry_run: bool) -> Imported:
        """Give the report on all rows."""
        rows = tuple(self._reports[number] for number in sorted(self._reports))
        counts = Counter(row.what for row in rows)
        return Imported(
            rows=rows,
            dry_run=dry_run,
            added=counts["added"],
            changed=counts["changed"],
            same=counts["same"],
            refused=counts["refused"],
            owners=self._owners.made["owner"],
            sites=self._owners.made["site"],
            contacts=self._owners.made["contact"],
            notices=tuple(self._notices()),
        )

    def _notices(self) -> Iterator[str]:
        known = known_columns()
        unread = [name for name in self._unread if name not in known]
        if unread:
            shown = ", ".join(name[:40] for name in sorted(unread)[:20])
            yield f"{len(unread)} columns are not read: {shown}"
        if self._unkeyed:
            yield (
                f"{self._unkeyed} rows have no source_id: imported again, they would "
                "be added again"
            )
        if self._consents:
            yield (
                f"{self._consents} rows call themselves registered or integrated; a "
                "file makes no consent: enter each with its text, signer and date"
            )
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
            seen, once = str(keys[-1])[:60], f"once; row {first[0]} has it"
            self._refuse(draft.row, [Fault(draft.row, "source_id", seen, once)])
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

    def _added(self, draft: Draft) -> dict[str, Any]:
        values = dict(draft.camera)
        missing = [name for name in _NEEDED if name not in values]
        if missing:
            raise _refusal(
                *(Fault(draft.row, name, "missing", "a number") for name in missing)
            )
        self._check(draft, values)
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
        if not values:
            return
        values |= {"revision": old.revision + 1, "changed_at": self._moment}
        values |= {"changed_by": self._by, "changed_what": list(columns)}
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
