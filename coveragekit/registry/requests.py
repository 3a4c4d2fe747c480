"""Footage requests: one for each camera that may have seen it, draft to outcome."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import and_, func, select

from coveragekit.errors import ConflictError, InputError
from coveragekit.registry.consent import effective_state_column
from coveragekit.registry.consent_rules import Act, tier_of
from coveragekit.registry.machine import NOTHING
from coveragekit.registry.opening import now as clock_time
from coveragekit.registry.request_rows import (
    FootageRequest,
    footage_requests,
    one_request,
    told_request,
    write_drafts,
    write_move,
)
from coveragekit.registry.request_rules import (
    OUTCOMES,
    Ask,
    deadline_of,
    is_reminder_due,
    request_machine,
)
from coveragekit.registry.schema import (
    camera,
    consent,
    new_id,
    owner,
    received_file,
    recorder,
    request,
    site,
)

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from sqlalchemy import Connection, Row

__all__ = [
    "Batch",
    "LeftOut",
    "due_reminders",
    "move_request",
    "request_footage",
    "run_request_clock",
]

_MOST: Final = 500
_AT_ONCE: Final = 500
_ASKED: Final = ("sent", "reminded", "answered")
CLOCK: Final = Act(side="clock", name="clock", role="system")


@dataclass(frozen=True, slots=True)
class LeftOut:
    """
    A camera that is not asked for, and why.

    Parameters
    ----------
    camera_id
        The camera.
    reason
        Why not, in words.
    """

    camera_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class Batch:
    """
    What one click made.

    Parameters
    ----------
    batch_id
        Id of all requests made together.
    requests
        The requests, those whose footage goes first at the top.
    left_out
        Cameras that are not asked for.
    """

    batch_id: str
    requests: tuple[FootageRequest, ...]
    left_out: tuple[LeftOut, ...]


def request_footage(
    connection: Connection,
    camera_ids: Iterable[str],
    ask: Ask,
    *,
    act: Act,
    even_overwritten: bool = False,
) -> Batch:
    """
    Draft requests for the footage of all cameras that may have seen something.

    Parameters
    ----------
    connection
        A connection that writes.
    camera_ids
        The cameras, at most 500.
    ask
        What is asked for.
    act
        Who asks, with side ``"agency"``.
    even_overwritten
        Whether owners are asked whose footage is overwritten by what they said.

    Returns
    -------
    Batch
        The requests, and every camera that is left out with the reason.

    Raises
    ------
    InputError
        If there are none or too many cameras, one is not in the registry, or the
        stretch of time has not begun.

    Notes
    -----
    Left out is a camera without a consent in force, one whose footage of that time is
    overwritten, and one for which an open request overlaps that time.
    """
    now = clock_time(connection)
    ids = tuple(dict.fromkeys(camera_ids))
    if not 0 < len(ids) <= _MOST:
        message = f"{len(ids)} cameras; allowed: 1 to {_MOST} in one request"
        raise InputError(message)
    if ask.from_at > now:
        message = (
            f"the stretch from {ask.from_at.isoformat()} has not begun; allowed: "
            "footage that is there already"
        )
        raise InputError(message)
    devices = _devices(connection, ids, now)
    asked = _already_asked(connection, ids, ask)
    batch_id = new_id("batch")
    drafted: list[FootageRequest] = []
    left_out: list[LeftOut] = []
    for camera_id in ids:
        device = devices[camera_id]
        deadline_at = deadline_of(ask, device.kept_days, now)
        reason = asked.get(camera_id) or _why_not(device)
        if reason is None and _is_gone(deadline_at, now):
            reason = f"overwritten since {_plain(deadline_at)} by what the owner said"
            # whoever asks all the same believes that it may be there yet
            reason, deadline_at = (None, None) if even_overwritten else (reason, None)
        if reason is not None:
            left_out.append(LeftOut(camera_id, reason))
            continue
        facts = {"tier"} if tier_of(device.consent_state) else set()
        machine = request_machine()
        machine.find(NOTHING, "drafted", by=act.side, facts=facts)
        drafted.append(
            FootageRequest(
                request_id=new_id("request"),
                batch_id=batch_id,
                camera_id=camera_id,
                ask=ask,
                state="drafted",
                language=device.language or "en",
                deadline_at=deadline_at,
                sent_at=None,
                changed_at=now,
                reminders=0,
                outcome=None,
                revision=1,
            )
        )
    write_drafts(connection, drafted, ask=ask, act=act)
    last = max((ask.to_at, now))
    drafted.sort(key=lambda one: (one.deadline_at is None, one.deadline_at or last))
    return Batch(batch_id, tuple(drafted), tuple(left_out))


def move_request(
    connection: Connection,
    request_id: str,
    to: str,
    *,
    act: Act,
    outcome: str | None = None,
    revision: int | None = None,
) -> FootageRequest:
    """
    Move a request, with its history and a line of the log.

    Parameters
    ----------
    connection
        A connection that writes.
    request_id
        The request.
    to
        State to move to.
    act
        Who does what; ``"owner"`` where the owner's answer is noted.
    outcome
        Where it is closed: none, useful, arrest, charge or unknown.
    revision
        Revision that the user saw, where one was seen.

    Returns
    -------
    FootageRequest
        The request then.

    Raises
    ------
    InputError
        If there is no such request, the move is not allowed, or lacks what it demands.
    ConflictError
        If somebody changed the request since it was seen.
    """
    now = clock_time(connection)
    before = one_request(connection, request_id)
    if revision is not None and before.revision != revision:
        message = (
            f"request {request_id} was changed at {before.changed_at.isoformat()} "
            "since you saw it; look at it anew"
        )
        raise ConflictError(message)
    if act.side == "clock":
        message = "the clock moves requests by itself; allowed: owner, agency"
        raise InputError(message)
    if outcome is not None and (outcome not in OUTCOMES or to != "closed"):
        message = (
            f"outcome {outcome!r} of a request that is {to}; allowed: "
            f"{', '.join(OUTCOMES)}, when it is closed"
        )
        raise InputError(message)
    before = _catch_up(connection, before, now)
    facts = _facts(connection, before, outcome, now=now)
    request_machine().find(before.state, to, by=act.side, facts=facts)
    return write_move(connection, before, _moved(before, to, outcome, now=now), act=act)


def due_reminders(connection: Connection) -> tuple[FootageRequest, ...]:
    """
    Give the requests whose owners should be asked again now.

    Parameters
    ----------
    connection
        A connection to the registry.

    Returns
    -------
    tuple of FootageRequest
        Those whose footage goes first at the top. Cameras without a consent in force
        are not among them.
    """
    now = clock_time(connection)
    waiting = footage_requests(connection, states=_ASKED, most=100_000)
    due = [
        one
        for one in waiting
        if is_reminder_due(one.changed_at, one.reminders, one.deadline_at, now=now)
    ]
    found = _devices(connection, tuple({one.camera_id for one in due}), now)
    return tuple(one for one in due if tier_of(found[one.camera_id].consent_state))


def run_request_clock(connection: Connection) -> tuple[FootageRequest, ...]:
    """
    Write down which requests came too late: their footage is overwritten.

    Parameters
    ----------
    connection
        A connection that writes.

    Returns
    -------
    tuple of FootageRequest
        The requests that are overdue now.
    """
    now = clock_time(connection)
    machine = request_machine()
    states = [name for name in machine.states if machine.allowed(name, "clock")]
    query = select(request).where(
        and_(request.c.state.in_(states), request.c.deadline_at <= now)
    )
    rows = connection.execute(query.order_by(request.c.request_id)).all()
    return tuple(_catch_up(connection, told_request(row), now) for row in rows)


def _devices(
    connection: Connection, ids: tuple[str, ...], now: datetime
) -> dict[str, Row[Any]]:
    """Give what a request rests on, for each camera."""
    found: dict[str, Row[Any]] = {}
    for start in range(0, len(ids), _AT_ONCE):
        query = (
            select(
                camera.c.camera_id,
                camera.c.removed_at,
                func.coalesce(camera.c.retention_days, recorder.c.retention_days).label(
                    "kept_days"
                ),
                effective_state_column(now).label("consent_state"),
                owner.c.language,
            )
            .outerjoin(consent, consent.c.camera_id == camera.c.camera_id)
            .outerjoin(recorder, recorder.c.recorder_id == camera.c.recorder_id)
            .outerjoin(site, site.c.site_id == camera.c.site_id)
            .outerjoin(owner, owner.c.owner_id == site.c.owner_id)
            .where(camera.c.camera_id.in_(ids[start : start + _AT_ONCE]))
        )
        rows: Iterable[Any] = connection.execute(query)
        found |= {row.camera_id: row for row in rows}
    missing = [one for one in ids if one not in found]
    if missing:
        message = f"no camera {', '.join(missing[:5])} in this registry; look at the id"
        raise InputError(message)
    return found


def _why_not(device: Row[Any]) -> str | None:
    if device.removed_at is not None:
        return f"taken down at {_plain(device.removed_at)}"
    if tier_of(device.consent_state or NOTHING) is None:
        state = device.consent_state or "no consent"
        return f"no consent in force: {state}"
    return None


def _plain(moment: datetime | None) -> str:
    return "an unknown time" if moment is None else f"{moment:%Y-%m-%d %H:%M} UTC"


def _is_gone(deadline_at: datetime | None, now: datetime) -> bool:
    return deadline_at is not None and deadline_at <= now


def _already_asked(
    connection: Connection, ids: tuple[str, ...], ask: Ask
) -> dict[str, str]:
    is_open = [
        name for name, state in request_machine().states.items() if state.is_open
    ]
    overlaps = and_(request.c.from_at < ask.to_at, request.c.to_at > ask.from_at)
    query = (
        select(request)
        .where(request.c.camera_id.in_(ids), request.c.state.in_(is_open), overlaps)
        .order_by(request.c.request_id)
    )
    rows = connection.execute(query)
    return {row.camera_id: f"asked already: {row.request_id}" for row in rows}


def _facts(
    connection: Connection, one: FootageRequest, outcome: str | None, *, now: datetime
) -> set[str]:
    device = _devices(connection, (one.camera_id,), now)[one.camera_id]
    query = select(func.count()).select_from(received_file)
    files = connection.execute(
        query.where(received_file.c.request_id == one.request_id)
    ).scalar_one()
    facts = {"tier"} if tier_of(device.consent_state or NOTHING) else set()
    facts |= {"file"} if files else set()
    return facts | ({"outcome"} if outcome else set())


def _moved(
    one: FootageRequest, to: str, outcome: str | None, *, now: datetime
) -> FootageRequest:
    at = max(now, one.changed_at)
    return replace(
        one,
        state=to,
        sent_at=at if to == "sent" else one.sent_at,
        changed_at=at,
        reminders=one.reminders + (to == "reminded"),
        outcome=outcome or one.outcome,
        revision=one.revision + 1,
    )


def _catch_up(
    connection: Connection, one: FootageRequest, now: datetime
) -> FootageRequest:
    times = {"deadline_at": one.deadline_at}
    due = request_machine().due(one.state, one.changed_at, times, now=now)
    if due is None:
        return one
    step, moment = due
    act = replace(CLOCK, reason=f"{step.words} Due {moment.isoformat()}.")
    moved = _moved(one, step.to, None, now=moment)
    return write_move(connection, one, moved, act=act)
