"""Ask owners for footage, and keep count of what it brought."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from coveragekit.access.finding import touched
from coveragekit.access.opening import the_door
from coveragekit.errors import AccessRefused
from coveragekit.registry import requests as asked_for
from coveragekit.registry.consent_rules import Act
from coveragekit.registry.received import digest_file, receive
from coveragekit.registry.request_rows import FootageRequest, footage_requests
from coveragekit.registry.request_rules import Ask, overwrite_words
from coveragekit.registry.request_yield import Yield, yield_report
from coveragekit.registry.requests import Batch, LeftOut

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from pathlib import Path

    from coveragekit.access.door import Door
    from coveragekit.access.people import Purpose, User

__all__ = [
    "Ask",
    "Batch",
    "FootageRequest",
    "LeftOut",
    "Yield",
    "due_reminders",
    "footage_yield",
    "list_requests",
    "move_request",
    "overwrite_words",
    "receive_file",
    "request_footage",
]


def request_footage(
    user: User,
    purpose: Purpose,
    camera_ids: Sequence[str],
    *,
    ask: Ask,
    registry: Door | str | Path | None = None,
) -> Batch:
    """
    Draft requests to the owners of all cameras that may have seen something.

    Parameters
    ----------
    user
        Who asks.
    purpose
        What for; its case number and offence are those of the requests.
    camera_ids
        The cameras.
    ask
        Which stretch of time of which place.
    registry
        A door, or what ``open_door`` takes.

    Returns
    -------
    Batch
        The requests, and every camera that is left out with the reason.

    Raises
    ------
    AccessRefused
        None of the cameras may be asked for; each refusal is on record.
    InputError
        The cameras or the stretch cannot be asked for.
    """
    # What the policy has looked at is what the owner is told.
    ask = replace(ask, case_number=purpose.case_number, offence=purpose.offence)
    with the_door(registry) as door:
        decided = door.may_each(user, "request_footage", camera_ids, purpose)
        allowed = [str(one.camera_id) for one in decided if one.allowed]
        refused = [
            LeftOut(str(one.camera_id), one.reason)
            for one in decided
            if not one.allowed
        ]
        if not allowed:
            reason = refused[0].reason if refused else "no camera is named"
            lacks = decided[0].lacks if decided else ()
            raise AccessRefused(reason).lacking(*lacks)
        act = Act(side="agency", name=user.name, role=user.role)
        with door.registry.write() as connection:
            # It asks for each owner's consent once more, in the same transaction.
            batch = asked_for.request_footage(connection, allowed, ask, act=act)
    return replace(batch, left_out=(*refused, *batch.left_out))


def list_requests(
    user: User,
    purpose: Purpose,
    *,
    batch_id: str | None = None,
    camera_id: str | None = None,
    states: Sequence[str] = (),
    registry: Door | str | Path | None = None,
) -> tuple[FootageRequest, ...]:
    """
    List footage requests, those whose footage goes first at the top.

    Parameters
    ----------
    user
        Who asks.
    purpose
        What for.
    batch_id, camera_id
        Only those made together, and of one camera.
    states
        Only those in one of these states.
    registry
        A door, or what ``open_door`` takes.

    Returns
    -------
    tuple of FootageRequest
        The requests, 1,000 at most.

    Raises
    ------
    AccessRefused
        The policy does not allow it; that is on record.
    """
    with (
        the_door(registry) as door,
        door.reading(user, "work_requests", purpose) as work,
    ):
        found = footage_requests(
            work.connection, batch_id=batch_id, camera_id=camera_id, states=states
        )
        touched(work, "request", *found)
    return found


def move_request(  # noqa: PLR0913 - which one, where to, and who said so
    user: User,
    purpose: Purpose,
    request_id: str,
    *,
    to: str,
    side: str = "agency",
    reason: str | None = None,
    outcome: str | None = None,
    revision: int | None = None,
    registry: Door | str | Path | None = None,
) -> FootageRequest:
    """
    Move a footage request: sent, reminded, answered, refused, closed with its outcome.

    Parameters
    ----------
    user
        Who enters it.
    purpose
        What for.
    request_id
        The request.
    to
        The state.
    side
        Whose doing it is: ``"agency"``, or ``"owner"`` for an answer.
    reason
        Why, in words.
    outcome
        Where it is closed: none, useful, arrest, charge or unknown.
    revision
        Revision that the user saw, where one was seen.
    registry
        A door, or what ``open_door`` takes.

    Returns
    -------
    FootageRequest
        The request then.

    Raises
    ------
    AccessRefused
        The policy does not allow it; that is on record.
    InputError
        There is no such request, or it may not be moved there.
    ConflictError
        Somebody changed it in between.
    """
    act = Act(side=side, name=user.name, role=user.role, reason=reason)
    with the_door(registry) as door, door.doing(user, "work_requests", purpose) as work:
        moved = asked_for.move_request(
            work.connection, request_id, to, act=act, outcome=outcome, revision=revision
        )
        work.object_type = "request"
        work.object_ids = (request_id, moved.camera_id)
        work.parameters = {"to": moved.state, "side": side, "outcome": outcome}
    return moved


def receive_file(
    user: User,
    purpose: Purpose,
    request_id: str,
    *,
    file: Path,
    registry: Door | str | Path | None = None,
) -> FootageRequest:
    """
    Note that a file arrived for a request, by its digest.

    Parameters
    ----------
    user
        Who received it.
    purpose
        What for.
    request_id
        The request.
    file
        The file; it is read and not kept.
    registry
        A door, or what ``open_door`` takes.

    Returns
    -------
    FootageRequest
        The request then.

    Raises
    ------
    AccessRefused
        The policy does not allow it; that is on record.
    InputError
        There is no such request, or it waits for no file.
    """
    digest = digest_file(file)
    act = Act(side="agency", name=user.name, role=user.role)
    with the_door(registry) as door, door.doing(user, "work_requests", purpose) as work:
        found = receive(work.connection, request_id, digest, act=act)
        work.object_type = "request"
        work.object_ids = (request_id,)
        work.digest = digest.sha256
    return found


def due_reminders(
    user: User, purpose: Purpose, *, registry: Door | str | Path | None = None
) -> tuple[FootageRequest, ...]:
    """
    Give the requests whose owners should be asked again now.

    Parameters
    ----------
    user
        Who asks.
    purpose
        What for.
    registry
        A door, or what ``open_door`` takes.

    Returns
    -------
    tuple of FootageRequest
        Those whose footage goes first at the top.

    Raises
    ------
    AccessRefused
        The policy does not allow it; that is on record.
    """
    with (
        the_door(registry) as door,
        door.reading(user, "work_requests", purpose) as work,
    ):
        found = asked_for.due_reminders(work.connection)
        touched(work, "request", *found)
    return found


def footage_yield(
    user: User,
    purpose: Purpose,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    registry: Door | str | Path | None = None,
) -> tuple[Yield, dict[str, Yield]]:
    """
    Give what requests brought, in all and for each camera.

    Parameters
    ----------
    user
        Who asks.
    purpose
        What for.
    since, until
        Only requests sent from then, and before then.
    registry
        A door, or what ``open_door`` takes.

    Returns
    -------
    tuple of Yield and dict of Yield
        In all, and by ``camera_id``.

    Raises
    ------
    AccessRefused
        The policy does not allow it; that is on record.
    """
    with (
        the_door(registry) as door,
        door.reading(user, "read_registry", purpose) as work,
    ):
        found = yield_report(work.connection, since=since, until=until)
        work.object_type = "request"
        work.rows = found[0].sent
    return found
