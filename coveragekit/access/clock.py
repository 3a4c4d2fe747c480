"""What falls due by the clock, and what an administrator says of a wrong one."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, timedelta
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import func, select, update

from coveragekit.access.deciding import decide
from coveragekit.access.facts import listed_as, lists_people
from coveragekit.access.opening import the_door
from coveragekit.access.people import Purpose
from coveragekit.access.questions import Question
from coveragekit.access.recording import NOBODY, UNKNOWN, latest_time, noting_clock
from coveragekit.errors import AccessRefused, RegistryError
from coveragekit.model import roles
from coveragekit.registry import consent as consents
from coveragekit.registry.audit import ACCEPTED, CORRECTED, Entry, append, last_entry
from coveragekit.registry.consent_rules import consent_machine
from coveragekit.registry.requests import run_request_clock
from coveragekit.registry.schema import audit_entry, consent

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from pathlib import Path

    from sqlalchemy import Connection

    from coveragekit.access.door import Door
    from coveragekit.access.people import User

__all__ = ["Corrected", "accept_clock", "correct_clock", "run_clock"]

_ACTION: Final = "set_clock"
_OFFICE: Final = Purpose("administration")
_HEALS: Final = timedelta(minutes=5)
"""A difference that passes by itself before anybody could correct it."""
_NAMED: Final = 500
_DAILY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Corrected:
    """
    What was found when the clock was corrected.

    Parameters
    ----------
    first_wrong
        Number of the first line that the wrong clock wrote.
    lines
        How many lines were written by it, and after it until now.
    ended
        Cameras whose consent ended by it. It stays ended: their owners have to be
        asked anew, for nobody else can say that they still agree.
    """

    first_wrong: int
    lines: int
    ended: tuple[str, ...]


def run_clock(registry: Door | str | Path | None = None) -> Mapping[str, int]:
    """
    Write down what has fallen due by the clock: consents that ended, late requests.

    Parameters
    ----------
    registry
        A door, or what ``open_door`` takes.

    Returns
    -------
    mapping
        How many ``consents`` and ``requests`` moved. What is allowed does not wait for
        it: a consent that has ended opens nothing, written down or not. Where the log
        has had no line for a day it gets one, which says that the clock goes on.

    Raises
    ------
    RegistryError
        The clock is far ahead of the log; that is on record, and nothing was ended.
    """
    with (
        the_door(registry) as door,
        noting_clock(door.registry, actor="clock", role="system", action="run_clock"),
        door.registry.write() as connection,
    ):
        now = door.registry.clock()
        latest_time(connection, now)
        _, last_at, _ = last_entry(connection)
        moved = consents.run_clock(connection)
        late = run_request_clock(connection)
        if last_at is None or now - last_at >= _DAILY:
            # so that a quiet month makes nobody doubt the clock
            entry = Entry("clock", "system", "system", "run_clock", "registry")
            append(connection, entry, now=now)
    return {"consents": len(moved), "requests": len(late)}


def accept_clock(user: User, *, registry: Door | str | Path | None = None) -> None:
    """
    Say that the clock is right though the log's last line is long ago.

    Parameters
    ----------
    user
        Who says so, an administrator.
    registry
        A door, or what ``open_door`` takes.

    Raises
    ------
    AccessRefused
        The policy does not let the user say so; that is on record.
    """
    with the_door(registry) as door:
        with door.registry.write() as connection:
            reason = _refusal(connection, door, user)
            entry = _entry(user, ACCEPTED, door, reason=reason)
            append(connection, entry)
        if reason is not None:
            raise AccessRefused(reason)


def correct_clock(
    user: User,
    *,
    first_wrong: int | None = None,
    registry: Door | str | Path | None = None,
) -> Corrected:
    """
    Have the log's time count anew, after a clock that was ahead wrote lines in it.

    Parameters
    ----------
    user
        Who says so, an administrator, while the clock is right again.
    first_wrong
        Number of the first line that the wrong clock wrote, as the refusal without it
        names it: so nobody corrects more than they have looked at.
    registry
        A door, or what ``open_door`` takes.

    Returns
    -------
    Corrected
        What the wrong clock did.

    Raises
    ------
    AccessRefused
        The policy does not let the user say so; that is on record.
    RegistryError
        No line is ahead of the clock, or the first that is has another number.

    Notes
    -----
    Lines stay as they were written: the log can only be added to. From the line that
    this writes on, its time is the latest that is known, and every later check of the
    log tells which lines a wrong clock wrote.
    """
    with the_door(registry) as door:
        with door.registry.write() as connection:
            reason = _refusal(connection, door, user)
            if reason is None:
                return _correct(connection, door, user, first_wrong=first_wrong)
            append(connection, _entry(user, CORRECTED, door, reason=reason))
        raise AccessRefused(reason)


def _correct(
    connection: Connection, door: Door, user: User, *, first_wrong: int | None
) -> Corrected:
    now = door.registry.clock().astimezone(UTC)
    first, at = _first_ahead(connection, now)
    last, _, _ = last_entry(connection)
    if first is None or at is None:
        message = (
            f"the clock says {now:%Y-%m-%d %H:%M} UTC, and no line of the log is ahead "
            "of it: there is nothing to correct"
        )
        raise RegistryError(message)
    if first_wrong != first:
        message = (
            f"if the clock is right now ({now:%Y-%m-%d %H:%M} UTC), one that was ahead "
            f"wrote the lines from {first} ({at:%Y-%m-%d %H:%M} UTC) to {last}; look "
            f"at them, then run: coveragekit registry clock --correct {first}"
        )
        raise RegistryError(message)
    ended = _ended_since(connection, first)
    # what was dated ahead would else stay the latest that is known of its consent
    connection.execute(
        update(consent)
        .where(consent.c.state_at > now)
        .values(state_at=now, changed_at=now, revision=consent.c.revision + 1)
    )
    told = {"first_wrong": first, "lines": last - first + 1}
    entry = _entry(user, CORRECTED, door, told=told, ended=ended)
    append(connection, entry, now=now)
    return Corrected(first, last - first + 1, ended)


def _refusal(connection: Connection, door: Door, user: User) -> str | None:
    """Give why the policy does not let a user speak for the clock, if it does not."""
    now = door.registry.clock().astimezone(UTC)
    question = Question(
        user,
        _ACTION,
        _OFFICE,
        now=now,
        latest=now,
        listed=listed_as(connection, user),
        lists_people=lists_people(connection),
    )
    ruling = decide(door.policy, question)
    return None if ruling.allowed else ruling.reason


def _entry(
    user: User,
    action: str,
    door: Door,
    *,
    reason: str | None = None,
    told: Mapping[str, Any] | None = None,
    ended: tuple[str, ...] = (),
) -> Entry:
    return Entry(
        user.name or NOBODY,
        user.role if user.role in roles() else UNKNOWN,
        "human",
        action,
        "camera" if ended else "registry",
        ended if len(ended) <= _NAMED else (),
        purpose=_OFFICE.code,
        parameters={"policy": door.policy.name, "source": user.source, **(told or {})},
        result="done" if reason is None else "refused",
        reason=reason,
        rows=len(ended) if told else None,
        digest=hashlib.sha256("\n".join(ended).encode()).hexdigest() if ended else None,
    )


def _first_ahead(
    connection: Connection, now: datetime
) -> tuple[int | None, datetime | None]:
    """Give the first line that is ahead of the clock, since the last correction."""
    table = audit_entry.c
    corrected = select(func.coalesce(func.max(table.seq), 0)).where(
        table.action == CORRECTED, table.result == "done"
    )
    since = connection.execute(corrected).scalar_one()
    query = (
        select(table.seq, table.at)
        .where(table.seq > since, table.at > now + _HEALS)
        .order_by(table.seq)
        .limit(1)
    )
    row = connection.execute(query).first()
    return (None, None) if row is None else (int(row.seq), row.at)


def _ended_since(connection: Connection, first: int) -> tuple[str, ...]:
    """Give the cameras whose consent the clock ended from a line on."""
    table = audit_entry.c
    query = select(table.object_ids).where(
        table.seq >= first, table.action == "consent_move", table.kind == "system"
    )
    found = {ids[0] for ids in connection.execute(query).scalars()}
    ends = [name for name, state in consent_machine().states.items() if state.is_end]
    still = select(consent.c.camera_id).where(consent.c.state.in_(ends))
    return tuple(sorted(found & set(connection.execute(still).scalars())))
