"""Reach owners: their contacts, and requests for footage."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import select

from coveragekit.access.opening import the_door
from coveragekit.errors import AccessRefused
from coveragekit.registry import requests as asked_for
from coveragekit.registry.consent import effective_state_column
from coveragekit.registry.consent_rules import Act, tier_of
from coveragekit.registry.received import digest_file, receive
from coveragekit.registry.request_rows import FootageRequest, footage_requests
from coveragekit.registry.request_rules import Ask
from coveragekit.registry.requests import Batch, LeftOut
from coveragekit.registry.schema import camera, consent, contact, owner, site

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from pathlib import Path

    from sqlalchemy import Row, Select

    from coveragekit.access.door import Door
    from coveragekit.access.people import Purpose, User

__all__ = [
    "Ask",
    "Batch",
    "FootageRequest",
    "LeftOut",
    "OwnerContact",
    "contacts",
    "list_requests",
    "move_request",
    "receive_file",
    "request_footage",
]

# What an owner who left may still be reached for.
_ALWAYS: Final = frozenset({"owner_request", "administration"})


@dataclass(frozen=True, slots=True)
class OwnerContact:
    """
    How to reach the owner of one camera.

    Parameters
    ----------
    camera_id
        The camera.
    owner_id, owner
        The owner, and what it is called.
    language
        The owner's language.
    contact_id
        The person's id.
    name, phone, email, best_time
        The person, where to call, and when.
    can_export
        Whether this person can copy footage off the recorder.
    """

    camera_id: str
    owner_id: str
    owner: str
    language: str | None
    contact_id: str
    name: str | None
    phone: str | None
    email: str | None
    best_time: str | None
    can_export: bool


def contacts(
    user: User,
    purpose: Purpose,
    camera_ids: Sequence[str],
    *,
    registry: Door | str | Path | None = None,
) -> tuple[OwnerContact, ...]:
    """
    Give how to reach the owners of cameras; each one given is on record by its id.

    Parameters
    ----------
    user
        Who asks.
    purpose
        What for.
    camera_ids
        The cameras.
    registry
        A door, or what ``open_door`` takes.

    Returns
    -------
    tuple of OwnerContact
        By camera, those who can copy footage first. Owners who withdrew, or never
        agreed, are left out, unless it is for a wish of their own.

    Raises
    ------
    AccessRefused
        The policy does not allow it; that is on record.
    """
    with the_door(registry) as door, door.reading(user, "see_contact", purpose) as work:
        rows = work.connection.execute(_contacts(camera_ids, work.latest)).all()
        found = tuple(
            _told(row)
            for row in rows
            if purpose.code in _ALWAYS or _may_be_reached(row, purpose)
        )
        work.object_type = "contact"
        ids = {one.contact_id for one in found} | {one.camera_id for one in found}
        work.object_ids = tuple(sorted(ids))
        work.rows = len(found)
        work.parameters = {"asked": len(camera_ids)}
    return found


def _contacts(camera_ids: Sequence[str], now: datetime) -> Select[Any]:
    return (
        select(
            camera.c.camera_id,
            owner.c.owner_id,
            owner.c.name.label("owner"),
            owner.c.kind.label("owner_kind"),
            owner.c.language,
            contact.c.contact_id,
            contact.c.name,
            contact.c.phone,
            contact.c.email,
            contact.c.best_time,
            contact.c.can_export,
            effective_state_column(now).label("state"),
        )
        .select_from(camera)
        .join(site, site.c.site_id == camera.c.site_id)
        .join(owner, owner.c.owner_id == site.c.owner_id)
        .join(contact, contact.c.owner_id == owner.c.owner_id)
        .outerjoin(consent, consent.c.camera_id == camera.c.camera_id)
        .where(
            camera.c.camera_id.in_(list(camera_ids)),
            camera.c.removed_at.is_(None),
            contact.c.purged_at.is_(None),
        )
        .order_by(camera.c.camera_id, contact.c.can_export.desc(), contact.c.contact_id)
    )


def _may_be_reached(row: Row[Any], purpose: Purpose) -> bool:
    if row.state is None:
        return bool(row.owner_kind == "agency")
    # Whom the agency has invited it may call about that, and about nothing else.
    invited = row.state == "invited" and purpose.code == "recruitment"
    return invited or tier_of(row.state) is not None


def _told(row: Row[Any]) -> OwnerContact:
    said = dict(row._mapping)  # noqa: SLF001 - the documented way to a row's names
    del said["owner_kind"], said["state"]
    return OwnerContact(**{**said, "can_export": bool(said["can_export"])})


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
        What for; its case number and offence are those of the requests where ``ask``
        names none.
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
    ask = replace(
        ask,
        case_number=ask.case_number or purpose.case_number,
        offence=ask.offence or purpose.offence,
    )
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
            raise AccessRefused(reason)
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
        The requests.

    Raises
    ------
    AccessRefused
        The policy does not allow it; that is on record.
    """
    with (
        the_door(registry) as door,
        door.reading(user, "read_registry", purpose) as work,
    ):
        found = footage_requests(
            work.connection, batch_id=batch_id, camera_id=camera_id, states=states
        )
        work.object_type = "request"
        work.object_ids = tuple(one.request_id for one in found)
        work.rows = len(found)
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
