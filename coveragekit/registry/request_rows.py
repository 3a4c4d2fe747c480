"""Read and write the rows of footage requests and of their history."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from sqlalchemy import and_, select

from coveragekit.errors import ConflictError, InputError
from coveragekit.registry import audit
from coveragekit.registry.machine import NOTHING
from coveragekit.registry.request_rules import Ask, request_machine
from coveragekit.registry.schema import new_id, request, request_event

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from sqlalchemy import Connection, Row

    from coveragekit.registry.consent_rules import Act

__all__ = [
    "FootageRequest",
    "close_unanswered",
    "footage_requests",
    "one_request",
    "told_request",
    "write_drafts",
    "write_move",
]

_ASK = (
    *("from_at", "to_at", "place", "lon", "lat"),
    *("incident_id", "call_id", "case_number", "offence"),
)


@dataclass(frozen=True, slots=True)
class FootageRequest:
    """
    One request to one owner for the footage of one camera.

    Parameters
    ----------
    request_id, batch_id, camera_id
        Its id, that of the requests made with it, and the camera.
    ask
        What is asked for.
    state
        Where it stands.
    language
        The owner's language.
    deadline_at
        When footage is overwritten; ``None`` if nobody knows.
    sent_at, changed_at
        When it was sent first, and changed last.
    reminders
        How many went out.
    outcome
        What came of it, once closed.
    revision
        How often it was changed, from 1.
    """

    request_id: str
    batch_id: str
    camera_id: str
    ask: Ask
    state: str
    language: str
    deadline_at: datetime | None
    sent_at: datetime | None
    changed_at: datetime
    reminders: int
    outcome: str | None
    revision: int


def footage_requests(
    connection: Connection,
    *,
    request_ids: Collection[str] = (),
    batch_id: str | None = None,
    camera_id: str | None = None,
    states: Collection[str] = (),
    most: int = 1_000,
) -> tuple[FootageRequest, ...]:
    """
    Give requests.

    Parameters
    ----------
    connection
        A connection to the registry.
    request_ids
        Only these, if any are given.
    batch_id
        Only those made together.
    camera_id
        Only those for one camera.
    states
        Only those in one of these states, if any are given.
    most
        At most so many.

    Returns
    -------
    tuple of FootageRequest
        Those whose footage goes first at the top; those without a deadline last.
    """
    query = select(request)
    for column, wanted in (
        (request.c.batch_id, batch_id),
        (request.c.camera_id, camera_id),
    ):
        query = query if wanted is None else query.where(column == wanted)
    for column, some in (
        (request.c.request_id, request_ids),
        (request.c.state, states),
    ):
        query = query.where(column.in_(list(some))) if some else query
    order = (request.c.deadline_at.is_(None), request.c.deadline_at)
    rows = connection.execute(query.order_by(*order, request.c.request_id).limit(most))
    return tuple(told_request(row) for row in rows)


def one_request(connection: Connection, request_id: str) -> FootageRequest:
    """
    Give one request.

    Parameters
    ----------
    connection
        A connection to the registry.
    request_id
        Its id.

    Returns
    -------
    FootageRequest
        The request.

    Raises
    ------
    InputError
        If there is none with this id.
    """
    found = footage_requests(connection, request_ids=(request_id,))
    if not found:
        message = f"no request {request_id!r} in this registry; look at its id"
        raise InputError(message)
    return found[0]


def close_unanswered(
    connection: Connection, camera_id: str, *, act: Act, now: datetime
) -> tuple[FootageRequest, ...]:
    """
    Close what an owner who left was still asked for.

    Parameters
    ----------
    connection
        A connection that writes.
    camera_id
        The camera.
    act
        Who closes it.
    now
        The present.

    Returns
    -------
    tuple of FootageRequest
        The requests, closed without an outcome; those whose footage has arrived stay.
    """
    states = request_machine().states
    waiting = [
        name for name, state in states.items() if state.is_open and name != "received"
    ]
    found = footage_requests(connection, camera_id=camera_id, states=waiting)
    closed = []
    for one in found:
        request_machine().find(one.state, "closed", by=act.side, facts={"outcome"})
        after = replace(
            one,
            state="closed",
            outcome="none",
            changed_at=max(now, one.changed_at),
            revision=one.revision + 1,
        )
        closed.append(write_move(connection, one, after, act=act))
    return tuple(closed)


def write_drafts(
    connection: Connection, drafts: Sequence[FootageRequest], *, ask: Ask, act: Act
) -> None:
    """
    Write requests made together, their first event and one line of the log.

    Parameters
    ----------
    connection
        A connection that writes.
    drafts
        The requests; none are written where there are none.
    ask
        What is asked for.
    act
        Who asks.
    """
    if not drafts:
        return
    rows = [
        {
            **{name: getattr(ask, name) for name in _ASK},
            "request_id": one.request_id,
            "batch_id": one.batch_id,
            "camera_id": one.camera_id,
            "state": one.state,
            "language": one.language,
            "deadline_at": one.deadline_at,
            "reminders": 0,
            "made_at": one.changed_at,
            "changed_at": one.changed_at,
            "changed_by": act.name,
        }
        for one in drafts
    ]
    connection.execute(request.insert(), rows)
    connection.execute(
        request_event.insert(), [_event(one, NOTHING, 1, act=act) for one in drafts]
    )
    entry = audit.Entry(
        act.name,
        act.role,
        "human",
        "request_draft",
        "camera",
        tuple(one.camera_id for one in drafts),
        case_number=ask.case_number,
        offence=ask.offence,
        parameters={
            "batch": drafts[0].batch_id,
            "requests": [one.request_id for one in drafts],
            "from_at": audit.time_text(ask.from_at),
            "to_at": audit.time_text(ask.to_at),
        },
        rows=len(drafts),
    )
    audit.append(connection, entry)


def write_move(
    connection: Connection, before: FootageRequest, after: FootageRequest, *, act: Act
) -> FootageRequest:
    """
    Write a request that moved, the event and a line of the log.

    Parameters
    ----------
    connection
        A connection that writes.
    before, after
        The request before and after.
    act
        Who moved it.

    Returns
    -------
    FootageRequest
        The request after.

    Raises
    ------
    ConflictError
        If somebody else changed it meanwhile.
    """
    changed: dict[str, Any] = {
        "state": after.state,
        "sent_at": after.sent_at,
        "changed_at": after.changed_at,
        "changed_by": act.name,
        "reminders": after.reminders,
        "outcome": after.outcome,
        "revision": after.revision,
    }
    if after.state == "closed":
        changed["closed_at"] = after.changed_at
    seen = and_(
        request.c.request_id == before.request_id,
        request.c.revision == before.revision,
    )
    done = connection.execute(request.update().where(seen).values(**changed))
    if done.rowcount != 1:
        message = (
            f"request {before.request_id} was changed by somebody else at this moment; "
            "look at it anew"
        )
        raise ConflictError(message)
    event = _event(after, before.state, after.revision, act=act)
    connection.execute(request_event.insert().values(**event))
    kind: Literal["human", "system"] = "system" if act.role == "system" else "human"
    told = {
        "from": before.state,
        "to": after.state,
        "side": act.side,
        "outcome": after.outcome,
    }
    entry = audit.Entry(
        act.name,
        act.role,
        kind,
        "request_move",
        "request",
        (after.request_id, after.camera_id),
        case_number=after.ask.case_number,
        offence=after.ask.offence,
        parameters=told,
    )
    audit.append(connection, entry)
    return after


def told_request(row: Row[Any]) -> FootageRequest:
    """
    Give a request from its row.

    Parameters
    ----------
    row
        The row.

    Returns
    -------
    FootageRequest
        The request.
    """
    return FootageRequest(
        request_id=row.request_id,
        batch_id=row.batch_id,
        camera_id=row.camera_id,
        ask=Ask(**{name: getattr(row, name) for name in _ASK}),
        state=row.state,
        language=row.language or "en",
        deadline_at=row.deadline_at,
        sent_at=row.sent_at,
        changed_at=row.changed_at,
        reminders=row.reminders,
        outcome=row.outcome,
        revision=row.revision,
    )


def _event(
    one: FootageRequest, origin: str, number: int, *, act: Act
) -> dict[str, Any]:
    return {
        "event_id": new_id("request_event"),
        "request_id": one.request_id,
        "number": number,
        "from_state": origin,
        "to_state": one.state,
        "at": one.changed_at,
        "by_name": act.name,
        "by_role": act.side,
        "reason": act.reason,
        "detail": {"outcome": one.outcome} if one.outcome else None,
    }
