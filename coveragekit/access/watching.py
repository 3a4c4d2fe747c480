"""Watch the watchers: read and check the log, count looks, review emergencies."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import takewhile
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import func, select

from coveragekit.access.opening import the_door
from coveragekit.access.signing import copied_to, public_keys
from coveragekit.registry.audit import Entry, Written, about, read_log
from coveragekit.registry.audit_check import Verdict, verify
from coveragekit.registry.audit_guard import (
    grant_statements,
    missing_guards,
    rights_beyond,
)
from coveragekit.registry.checkpoints import (
    checkpoint_file,
    checkpoint_folder,
    read_checkpoints,
)
from coveragekit.registry.schema import audit_entry

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime
    from pathlib import Path

    from sqlalchemy import Connection, Select

    from coveragekit.access.door import Door
    from coveragekit.access.people import Purpose, User

__all__ = [
    "Entry",
    "LookCount",
    "Verdict",
    "Written",
    "checkpoints_of",
    "count_looks",
    "grant_statements",
    "public_keys",
    "read_audit",
    "verify_audit",
]


_COPY: Final = (
    "this is a copy to look at, no registry in use: up to line {} it is as that one, "
    "and nobody signs what it writes since; its own checkpoints came out of the "
    "archive with it and are named with --checkpoints FILE"
)


@dataclass(frozen=True, slots=True)
class LookCount:
    """
    How often something was done, or refused, in a stretch of time.

    Parameters
    ----------
    action
        What.
    kind
        ``"human"``, ``"unattended"`` (a rule looked and nobody asked) or ``"system"``:
        never added up.
    result
        ``"allowed"``, ``"refused"``, ``"done"`` or ``"failed"``.
    count
        How often.
    """

    action: str
    kind: str
    result: str
    count: int


def read_audit(
    user: User,
    purpose: Purpose,
    *,
    registry: Door | str | Path | None = None,
    **asked: Any,  # noqa: ANN401 - the filters of read_log
) -> tuple[Written, ...]:
    """
    Read lines of the audit log; that is a line of its own.

    Parameters
    ----------
    user
        Who reads.
    purpose
        What for.
    registry
        A door, or what ``open_door`` takes.
    **asked
        ``after_seq``, ``limit``, ``actor``, ``action``, ``object_id``, ``result``,
        ``case_number``, ``since`` and ``until``.

    Returns
    -------
    tuple of Written
        The lines, the oldest first.

    Raises
    ------
    AccessRefused
        The policy does not allow it; that is on record.
    """
    with the_door(registry) as door, door.reading(user, "read_audit", purpose) as work:
        found = read_log(work.connection, **asked)
        work.object_type = "audit_entry"
        work.parameters = {"asked": {name: str(one) for name, one in asked.items()}}
        work.rows = len(found)
        if found:
            work.parameters |= {"first": found[0].seq, "last": found[-1].seq}
    return found


def checkpoints_of(door: Door) -> Path:
    """
    Give the file that holds the checkpoints of a door's registry.

    Parameters
    ----------
    door
        The door.

    Returns
    -------
    pathlib.Path
        The file, whether it is there or not.
    """
    folder = checkpoint_folder() if door.signer is None else door.signer.folder
    return checkpoint_file(folder, door.registry.registry_id)


def verify_audit(
    user: User,
    purpose: Purpose,
    *,
    checkpoints: Path | None = None,
    keys: Collection[str] | None = None,
    registry: Door | str | Path | None = None,
) -> Verdict:
    """
    Check the whole audit log, and name the first line that is not as it was written.

    Parameters
    ----------
    user
        Who checks.
    purpose
        What for.
    checkpoints
        A file of checkpoints, such as an auditor's own copy; the registry's where it is
        not given.
    keys
        Public keys to trust; those that the log records where not given.
    registry
        A door, or what ``open_door`` takes.

    Returns
    -------
    Verdict
        What was found.

    Raises
    ------
    AccessRefused
        The policy does not allow it; that is on record.
    InputError
        The file of checkpoints was changed by hand.
    """
    with (
        the_door(registry) as door,
        door.reading(user, "verify_audit", purpose) as work,
    ):
        signed = read_checkpoints(checkpoints or checkpoints_of(door))
        copied = copied_to(work.connection)
        if copied is not None and checkpoints is None:
            # Those after it speak of the registry in use, which went on by itself.
            signed = tuple(takewhile(lambda one: one.seq <= copied, signed))
        found = verify(work.connection, signed, keys=keys)
        if copied is not None:
            found = replace(found, words=(_COPY.format(copied), *found.words))
        rights = rights_beyond(work.connection)
        beside = _beside(work.connection, rights)
        found = replace(found, words=(*found.words, *beside))
        work.object_type = "audit_entry"
        work.rows = found.entries
        work.parameters = {
            "ok": found.ok,
            "what": found.what,
            "first_bad": found.first_bad,
            "complete": found.complete,
            "proved_to": found.proved_to,
            "rights_beyond": list(rights),
        }
    return found


def _beside(connection: Connection, rights: Sequence[str]) -> list[str]:
    """Say what in the database itself guards the log less than it should."""
    words = []
    gone = missing_guards(connection)
    if gone:
        words.append(
            f"guards of the log were taken out of the database: {', '.join(gone)}; "
            "look who could do that, and put them back by a restore"
        )
    if rights and connection.dialect.name == "postgresql":
        more = ", ".join(rights)
        words.append(
            f"the user of this database may do more to the log than add ({more}); have "
            "the desks sign on as another: coveragekit registry grants ROLE"
        )
    return words


def count_looks(
    user: User,
    purpose: Purpose,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    camera_id: str | None = None,
    registry: Door | str | Path | None = None,
) -> tuple[LookCount, ...]:
    """
    Count what was done and refused; looks of people and of rules stand apart.

    Parameters
    ----------
    user
        Who asks.
    purpose
        What for.
    since, until
        From this time on, and before that one.
    camera_id
        Only about this camera.
    registry
        A door, or what ``open_door`` takes.

    Returns
    -------
    tuple of LookCount
        By action, kind and result.

    Raises
    ------
    AccessRefused
        The policy does not allow it; that is on record.
    """
    with the_door(registry) as door, door.reading(user, "read_audit", purpose) as work:
        query = _counting(since, until, camera_id)
        found = tuple(LookCount(*row) for row in work.connection.execute(query))
        work.object_type = "audit_entry"
        work.parameters = {"counted": True}
        work.rows = sum(one.count for one in found)
    return found


def _counting(
    since: datetime | None, until: datetime | None, camera_id: str | None
) -> Select[Any]:
    table = audit_entry.c
    parts = (table.action, table.kind, table.result)
    query = select(*parts, func.count()).group_by(*parts).order_by(*parts)
    if since is not None:
        query = query.where(table.at >= since)
    if until is not None:
        query = query.where(table.at < until)
    if camera_id is not None:
        query = query.where(about(camera_id))
    return query
