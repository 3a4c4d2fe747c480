"""The audit log: lines only ever added, each holding the digest of the last."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, Literal

from sqlalchemy import Text, select, type_coerce

from coveragekit.errors import InputError
from coveragekit.registry.audit_digest import digest_of, first_digest, time_text
from coveragekit.registry.column_types import canonical_json
from coveragekit.registry.opening import now as clock_time
from coveragekit.registry.opening import registry_id
from coveragekit.registry.schema import audit_entry

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sqlalchemy import ColumnElement, Connection, Row, Select

__all__ = [
    "ACCEPTED",
    "CLOCK",
    "CORRECTED",
    "FURTHEST",
    "KINDS",
    "RESULTS",
    "Entry",
    "Written",
    "about",
    "append",
    "digest_of",
    "first_digest",
    "last_entry",
    "read_log",
    "time_text",
]

Kind = Literal["human", "unattended", "system"]
Result = Literal["allowed", "refused", "done", "failed"]
KINDS: Final = ("human", "unattended", "system")
RESULTS: Final = ("allowed", "refused", "done", "failed")
CLOCK: Final = "clock_said"
"""The parameter that holds what the clock said where that is not the line's time."""
FURTHEST: Final = timedelta(days=35)
"""How long after the last line a clock is believed without an administrator's word."""
ACCEPTED: Final = "accept_clock"
"""The action of an administrator who says that the clock is right after all."""
CORRECTED: Final = "clock_corrected"
"""The action of an administrator from which the log's time counts anew."""
# Whoever does one of these answers for the clock.
_ANSWERS: Final = frozenset({ACCEPTED, CORRECTED, "restore"})
_LONGEST: Final = 2_000
_LONGEST_PARAMETERS: Final = 100_000
_MOST: Final = 100_000


@dataclass(frozen=True, slots=True)
class Entry:
    """
    What a line of the log says.

    Parameters
    ----------
    actor
        Name of who did it.
    role
        Role of the actor.
    kind
        ``"human"``, ``"system"``, or ``"unattended"`` where a rule looked.
    action
        What was done, such as ``"view_live"``.
    object_type
        What the ids are of, such as ``"camera"``.
    object_ids
        Ids, never contents: an owner who is erased leaves the log as it is.
    purpose, offence, case_number, legal_basis
        What it was for, and on which grounds.
    parameters
        What else was asked: texts, numbers, lists and mappings; no contents.
    result
        ``"allowed"``, ``"refused"``, ``"done"`` or ``"failed"``.
    reason
        Why, in words.
    rows
        How many rows were given.
    digest
        SHA-256 of what was given.
    recipient
        To whom it went, where that is somebody else.

    Raises
    ------
    InputError
        An unknown kind or result, or a text that is empty where one is needed, too
        long, or cannot be written.

    Examples
    --------
    >>> Entry("kim", "officer", "human", "view_live", "camera", ("cam_1",)).result
    'done'
    """

    actor: str
    role: str
    kind: Kind
    action: str
    object_type: str
    object_ids: tuple[str, ...] = ()
    purpose: str | None = field(default=None, kw_only=True)
    offence: str | None = field(default=None, kw_only=True)
    case_number: str | None = field(default=None, kw_only=True)
    legal_basis: str | None = field(default=None, kw_only=True)
    parameters: Mapping[str, Any] = field(default_factory=dict, kw_only=True)
    result: Result = field(default="done", kw_only=True)
    reason: str | None = field(default=None, kw_only=True)
    rows: int | None = field(default=None, kw_only=True)
    digest: str | None = field(default=None, kw_only=True)
    recipient: str | None = field(default=None, kw_only=True)

    def __post_init__(self) -> None:
        _check_one_of("kind", self.kind, KINDS)
        _check_one_of("result", self.result, RESULTS)
        for name in ("actor", "role", "action", "object_type"):
            if not getattr(self, name):
                message = f"a line of the audit log needs its {name}; it is empty"
                raise InputError(message)
        for one in fields(self):
            value = getattr(self, one.name)
            if isinstance(value, str):
                _check_text(one.name, value)
        for one_id in self.object_ids:
            _check_text("object_ids", one_id)
        written = canonical_json(dict(self.parameters))
        _check_text("parameters", written, longest=_LONGEST_PARAMETERS)
        if canonical_json(json.loads(written)) != written:
            message = "parameters would read back otherwise; give their names as texts"
            raise InputError(message)


@dataclass(frozen=True, slots=True)
class Written:
    """
    A line of the log as it was written.

    Parameters
    ----------
    seq
        Its number, from 1, without a hole.
    at
        When, UTC; never before the line before it.
    entry
        What it says.
    prev_hash
        Digest of the line before it.
    hash
        Digest of this line.
    """

    seq: int
    at: datetime
    entry: Entry
    prev_hash: str
    hash: str


def _check_one_of(name: str, value: str, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        message = f"{name} {value!r} is unknown; allowed: {', '.join(allowed)}"
        raise InputError(message)


def _check_text(name: str, value: str, *, longest: int = _LONGEST) -> None:
    if len(value) > longest:
        message = (
            f"{name} has {len(value):,} characters; the audit log takes at most "
            f"{longest:,}: give what identifies it, not what it holds"
        )
        raise InputError(message)
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        message = f"{name} holds half a character; give it as whole Unicode text"
        raise InputError(message) from None
    if "\x00" in value:
        message = f"{name} holds a NUL character, which no database keeps; leave it out"
        raise InputError(message)


_LAST: Final[Select[Any]] = (
    select(audit_entry.c.seq, audit_entry.c.at, audit_entry.c.hash)
    .order_by(audit_entry.c.seq.desc())
    .limit(1)
)


def last_entry(connection: Connection) -> tuple[int, datetime | None, str]:
    """
    Give number, time and digest of the last line.

    Parameters
    ----------
    connection
        A connection to the registry.

    Returns
    -------
    tuple of int, datetime.datetime and str
        0, ``None`` and the digest that stands before the first line where the log is
        empty.
    """
    row = connection.execute(_LAST).first()
    if row is None:
        return 0, None, first_digest(registry_id(connection))
    return int(row.seq), row.at, str(row.hash)


def append(connection: Connection, entry: Entry, *, now: datetime | None = None) -> int:
    """
    Add a line to the log, in the caller's own transaction.

    Parameters
    ----------
    connection
        A connection that writes. What it changes and the line that says so are kept
        together or not at all.
    entry
        What the line says.
    now
        What the clock says; the registry's own where it is not given.

    Returns
    -------
    int
        Number of the line.

    Raises
    ------
    InputError
        The clock's time has no zone.

    Notes
    -----
    Whoever writes is the only one until their transaction ends (``Registry.write``),
    and the table takes no line that does not follow the last one. A line is never
    earlier than the one before it, nor more than 35 days later: where the clock ran
    back or leapt ahead, the line takes the time of the one before it and says in its
    parameter ``clock_said`` what the clock said. Only an administrator's word, written
    down as ``accept_clock``, ``clock_corrected`` or ``restore``, moves the log's time
    further, and ``clock_corrected`` alone moves it back.
    """
    now = now or clock_time(connection)
    if now.tzinfo is None:
        message = (
            f"the clock's time {now.isoformat()} has no zone; give one with a zone"
        )
        raise InputError(message)
    seq, last_at, last_hash = last_entry(connection)
    at = now.astimezone(UTC)
    parameters = dict(entry.parameters)
    if last_at is not None and not _is_believed(entry, at, last_at):
        parameters[CLOCK] = time_text(at)
        at = last_at
    line = {one.name: getattr(entry, one.name) for one in fields(entry)}
    line |= {
        "seq": seq + 1,
        "object_ids": list(entry.object_ids),
        "parameters": parameters,
        "prev_hash": last_hash,
    }
    hashed = digest_of(registry_id(connection), {**line, "at": time_text(at)})
    connection.execute(audit_entry.insert(), {**line, "at": at, "hash": hashed})
    return seq + 1


def _is_believed(entry: Entry, at: datetime, last_at: datetime) -> bool:
    is_done = entry.result == "done"
    if at < last_at:
        return is_done and entry.action == CORRECTED
    return at - last_at <= FURTHEST or (is_done and entry.action in _ANSWERS)


def about(object_id: str) -> ColumnElement[bool]:
    """
    Give the condition that a line is about an object.

    Parameters
    ----------
    object_id
        Id of the object.

    Returns
    -------
    sqlalchemy.ColumnElement
        Over the table ``audit_entry``.
    """
    ids = type_coerce(audit_entry.c.object_ids, Text)
    return ids.contains(canonical_json(object_id), autoescape=True)


def read_log(  # noqa: PLR0913 - one filter for each question people ask of a log
    connection: Connection,
    *,
    after_seq: int = 0,
    limit: int = 1_000,
    actor: str | None = None,
    action: str | None = None,
    object_id: str | None = None,
    result: str | None = None,
    case_number: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> tuple[Written, ...]:
    """
    Give lines of the log, the oldest first.

    Parameters
    ----------
    connection
        A connection to the registry.
    after_seq
        Only lines after this number: the last one of the page before.
    limit
        At most so many, 1 to 100,000.
    actor, action
        Only lines that say this.
    object_id
        Only lines about this object.
    result, case_number
        Only lines that say this.
    since, until
        Only lines from this time on, and before that one.

    Returns
    -------
    tuple of Written
        The lines.

    Raises
    ------
    InputError
        The limit is out of range, or a filter is no text that a log could hold.
    """
    if not 1 <= limit <= _MOST:
        message = f"a log gives 1 to {_MOST:,} lines at a time; seen: {limit}"
        raise InputError(message)
    wanted = {
        "actor": actor,
        "action": action,
        "result": result,
        "case_number": case_number,
    }
    query = select(audit_entry).where(audit_entry.c.seq > after_seq)
    for name, value in wanted.items():
        if value is not None:
            _check_text(name, value)
            query = query.where(audit_entry.c[name] == value)
    if object_id is not None:
        _check_text("object_id", object_id)
        query = query.where(about(object_id))
    if since is not None:
        query = query.where(audit_entry.c.at >= since)
    if until is not None:
        query = query.where(audit_entry.c.at < until)
    query = query.order_by(audit_entry.c.seq).limit(limit)
    return tuple(_written(connection.execute(query)))


def _written(rows: Any) -> Iterator[Written]:  # noqa: ANN401 - SQLAlchemy's result
    names = [one.name for one in fields(Entry)]
    row: Row[Any]
    for row in rows:
        told = {name: getattr(row, name) for name in names}
        told["object_ids"] = tuple(told["object_ids"])
        yield Written(row.seq, row.at, Entry(**told), row.prev_hash, row.hash)
