"""Check that nobody changed, removed, moved or cut off lines of the audit log."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Text, select, type_coerce
from sqlalchemy.exc import DBAPIError

from coveragekit.errors import InputError
from coveragekit.registry.audit import CORRECTED, digest_of, first_digest, time_text
from coveragekit.registry.audit_proofs import Proofs, weigh
from coveragekit.registry.column_types import Json, UtcTime, canonical_json
from coveragekit.registry.opening import registry_id
from coveragekit.registry.schema import audit_entry

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection, Select

    from coveragekit.registry.checkpoints import Checkpoint

__all__ = ["RECORD_KEY", "Verdict", "goes_on", "verify"]

RECORD_KEY: Final = "record_key"
"""The action whose line records the public key of one who signs checkpoints."""
_SIGNER: Final = {
    "actor": "(signer)",
    "role": "system",
    "kind": "system",
    "action": RECORD_KEY,
    "result": "done",
}
_CORRECTOR: Final = {
    "role": "administrator",
    "kind": "human",
    "action": CORRECTED,
    "result": "done",
}
_PAGE: Final = 1_000
_BY_THE_LOG: Final = (
    "the keys are those that the log itself records; give the one that was written "
    "down when the registry was made (--key) to rule out that all was made anew"
)
# How far a line may have been renumbered and still be told from a changed one.
_FURTHEST: Final = 200


@dataclass(frozen=True, slots=True)
class Verdict:
    """
    What a check of the audit log found.

    Parameters
    ----------
    ok
        Whether nothing speaks against the log.
    entries
        How many lines were found in good order before the first bad one.
    first_bad
        Number of the first line that was changed, removed, moved or cut off.
    what
        ``"changed"``, ``"removed"``, ``"reordered"``, ``"unreadable"``, ``"cut"``,
        ``"hashed anew"`` or ``"checkpoint"`` (the checkpoints themselves were touched).
    complete
        Whether a signed checkpoint proves of every line, the last one too, that nothing
        was cut off or hashed anew.
    proved_to
        The last line that a checkpoint proves.
    words
        All of it in words.
    """

    ok: bool
    entries: int
    first_bad: int | None
    what: str | None
    complete: bool
    proved_to: int | None
    words: tuple[str, ...]


@dataclass(slots=True)
class _Line:
    """One line as the database holds it: nothing believed, nothing decoded."""

    seq: Any
    said: dict[str, Any]
    hash: Any
    fault: str | None = None

    def follows(self, registry: str, seq: int, before: str) -> bool:
        return (
            self.fault is None
            and self.seq == seq
            and self.said["prev_hash"] == before
            and self.digest(registry) == self.hash
        )

    def digest(self, registry: str, *, seq: int | None = None) -> str | None:
        said = self.said if seq is None else {**self.said, "seq": seq}
        try:
            return digest_of(registry, said)
        except (InputError, UnicodeEncodeError):
            return None


def _says(line: _Line, wanted: Mapping[str, str]) -> bool:
    """Whether a line was written by who may, and not by somebody who says so."""
    return {name: line.said[name] for name in wanted} == wanted


def _corrected(line: _Line) -> str:
    told = line.said["parameters"] or {}
    return (
        f"line {line.seq}: {line.said['actor']} corrected the clock; the "
        f"{told.get('lines')} lines from {told.get('first_wrong')} on were written by "
        "one that was ahead"
    )


class _Unreadable(Exception):  # noqa: N818 - never leaves this module
    """The database cannot give the line with this number."""

    def __init__(self, seq: int, cause: str) -> None:
        super().__init__(cause)
        self.seq = seq


def verify(
    connection: Connection,
    checkpoints: Sequence[Checkpoint] = (),
    *,
    keys: Collection[str] | None = None,
) -> Verdict:
    """
    Check the whole audit log, and name the first line that is not as it was written.

    Parameters
    ----------
    connection
        A connection that reads the registry.
    checkpoints
        Signed checkpoints, as ``read_checkpoints`` gives them. Without one nobody can
        tell that lines were cut off the end, or the whole chain made anew.
    keys
        Public keys to trust; those that the log itself records where not given. An
        auditor gives the ones written down when the registry was made.

    Returns
    -------
    Verdict
        What was found.

    Notes
    -----
    Every line is read as raw text and hashed again: one changed byte is found. A line
    is "changed" where its own digest differs; "removed" where numbers are missing or
    were closed up; "reordered" where the line that belongs here stands elsewhere. Time
    runs back nowhere but where an administrator corrected the clock, which is told.

    Examples
    --------
    >>> from coveragekit.registry.opening import Registry
    >>> import tempfile, pathlib
    >>> folder = tempfile.TemporaryDirectory()
    >>> place = pathlib.Path(folder.name) / "registry.sqlite"
    >>> with Registry.open(place, create=True) as registry, registry.read() as reader:
    ...     found = verify(reader)
    >>> found.ok, found.complete
    (True, False)
    >>> folder.cleanup()
    """
    registry = registry_id(connection)
    proofs = Proofs(registry, checkpoints)
    seq, before, at = 0, first_digest(registry), ""
    trusted: set[str] = set() if keys is None else set(keys)
    notes: list[str] = []
    try:
        for line in _lines(connection):
            if not line.follows(registry, seq + 1, before):
                return _broken(connection, line, seq=seq, before=before)
            if _says(line, _CORRECTOR):
                notes.append(_corrected(line))
            elif line.said["at"] < at:
                words = f"line {seq + 1} is earlier than the line before it"
                return _bad(seq, seq + 1, "changed", words=words)
            seq, before, at = seq + 1, str(line.hash), line.said["at"]
            proofs.pass_line(seq, before)
            if keys is None and _says(line, _SIGNER):
                trusted.update(line.said["object_ids"])
    except _Unreadable as error:
        words = f"line {error.seq} cannot be read any more ({error})"
        return _bad(seq, error.seq, "unreadable", words=words)
    found = weigh(proofs, trusted, last=seq)
    beside = (_BY_THE_LOG,) if keys is None and found.complete else ()
    return Verdict(
        found.ok,
        seq,
        found.first_bad,
        found.what,
        complete=found.complete and found.proved_to == seq,
        proved_to=found.proved_to,
        words=(*found.words, *beside, *notes),
    )


def goes_on(connection: Connection, seq: int, digest: str) -> bool:
    """
    Whether the log still holds a line, and all lines after it hang on it.

    Parameters
    ----------
    connection
        A connection that reads the registry.
    seq
        Number of the line; 0 is before the first.
    digest
        Its digest as it was signed.

    Returns
    -------
    bool
        ``False`` where it was changed, cut off, or something after it was.
    """
    registry = registry_id(connection)
    if seq == 0:
        held: str | None = first_digest(registry)
    else:
        query = select(audit_entry.c.hash).where(audit_entry.c.seq == seq)
        held = connection.execute(query).scalar_one_or_none()
    if held != digest:
        return False
    try:
        for line in _lines(connection, after=seq):
            if not line.follows(registry, seq + 1, digest):
                return False
            seq, digest = seq + 1, str(line.hash)
    except _Unreadable:
        return False
    return True


def _bad(seq: int, first_bad: int, what: str, *, words: str) -> Verdict:
    told = (
        (words, f"the {seq:,} lines before it are in good order") if seq else (words,)
    )
    return Verdict(
        ok=False,
        entries=seq,
        first_bad=first_bad,
        what=what,
        complete=False,
        proved_to=None,
        words=told,
    )


def _broken(connection: Connection, line: _Line, *, seq: int, before: str) -> Verdict:
    """Tell what became of the line that should follow line ``seq``."""
    registry = registry_id(connection)
    wanted = seq + 1
    moved = _moved_to(connection, before, wanted=wanted)
    if moved is not None:
        words = f"line {wanted} stands as line {moved} now: lines were reordered"
        return _bad(seq, wanted, "reordered", words=words)
    if not isinstance(line.seq, int) or line.seq < wanted:
        words = f"a line with the number {line.seq} was put in before line {wanted}"
        return _bad(seq, wanted, "changed", words=words)
    if line.seq != wanted:
        last = line.seq - 1
        which = f"line {wanted} is" if last <= wanted else f"lines {wanted}-{last} are"
        return _bad(seq, wanted, "removed", words=f"{which} gone: removed")
    if line.fault is None and line.digest(registry) == line.hash and seq:
        # whole in itself, but it followed another line than the one before it now
        words = f"line {seq} was changed and its digest made anew"
        return _bad(seq - 1, seq, "changed", words=words)
    for distance in range(1, _FURTHEST):
        if line.digest(registry, seq=wanted + distance) == line.hash:
            count = f"{distance} lines" if distance > 1 else "one line"
            words = f"from line {wanted} on {count} removed and the rest renumbered"
            return _bad(seq, wanted, "removed", words=words)
    detail = f" ({line.fault})" if line.fault else ""
    return _bad(seq, wanted, "changed", words=f"line {wanted} was changed{detail}")


def _moved_to(connection: Connection, before: str, *, wanted: int) -> int | None:
    """Give where the line stands that was written after the line with this digest."""
    registry = registry_id(connection)
    query = _query(connection).where(audit_entry.c.prev_hash == before)
    try:
        rows = connection.execute(query).all()
    except DBAPIError:
        return None
    for row in rows:
        line = _line(row)
        if line.seq != wanted and line.digest(registry, seq=wanted) == line.hash:
            return int(line.seq)
    return None


def _query(connection: Connection) -> Select[Any]:
    """Ask for the columns as the database holds them, not as Python would read them."""
    raw = (Json, UtcTime) if connection.dialect.name == "sqlite" else (Json,)
    return select(
        *(
            type_coerce(column, Text).label(column.name)
            if isinstance(column.type, raw)
            else column
            for column in audit_entry.columns
        )
    )


def _lines(connection: Connection, *, after: int | None = None) -> Iterator[_Line]:
    ordered = _query(connection).order_by(audit_entry.c.seq)
    if after is None:  # from the smallest number there is, though it should be 1
        after = -(2**62)
    size = _PAGE
    while True:
        page = ordered.where(audit_entry.c.seq > after).limit(size)
        try:
            rows = connection.execute(page).all()
        except DBAPIError as error:
            if size == 1:
                seq = max(after, 0) + 1
                raise _Unreadable(seq, type(error.orig).__name__) from None
            size = 1  # find the one line that it is
            continue
        for row in rows:
            yield _line(row)
        if len(rows) < size:
            return
        after = rows[-1].seq


def _line(row: Any) -> _Line:  # noqa: ANN401 - SQLAlchemy's row
    said = dict(row._mapping)  # noqa: SLF001 - the documented way to a row's names
    hashed = said.pop("hash")
    line = _Line(said["seq"], said, hashed)
    if not isinstance(said["at"], str):
        said["at"] = _moment_text(said["at"])
    for name in ("object_ids", "parameters"):
        text = said[name]
        try:
            said[name] = json.loads(text)
            whole = canonical_json(said[name]) == text
        except (ValueError, TypeError, RecursionError):
            whole = False
        if not whole:
            line.fault = f"its {name} are not as they were written"
            said[name] = None
    return line


def _moment_text(moment: datetime) -> str:
    return time_text(moment)
