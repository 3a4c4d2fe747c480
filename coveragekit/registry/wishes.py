"""How an owner leaves by the form: with a receipt's code and a contact on file."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from coveragekit.errors import InputError
from coveragekit.registry import schema
from coveragekit.registry.consent import history, move, standing_of
from coveragekit.registry.consent_rules import Act, consent_machine, effective
from coveragekit.registry.opening import now as clock_time
from coveragekit.registry.owners import list_contacts, same_contact
from coveragekit.registry.receipts import Receipt, clean_code
from coveragekit.registry.submissions import (
    Submission,
    get_submission,
    list_submissions,
    take_back,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection, Row

__all__ = ["Leaving", "Withdrawal", "still_standing", "withdraw", "withdraw_all"]


@dataclass(frozen=True, slots=True)
class Leaving:
    """
    One thing that an owner took back, now or before.

    Parameters
    ----------
    at
        When, UTC.
    place
        Address of the place, if one is known; no person.
    camera_id
        The camera that left.
    submission_id
        The form that was taken back before anybody decided on it.
    receipt
        Proof that the camera left; a form that still waited needs none.
    """

    at: datetime
    place: str | None = None
    camera_id: str | None = None
    submission_id: str | None = None
    receipt: Receipt | None = None


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """
    What came of an owner's wish to leave.

    Parameters
    ----------
    found
        All that is taken back, what was taken back before included: empty where code
        and contact do not fit.
    ended
        Ids of the cameras and forms that were taken back now.
    unfit
        Ids of the cameras and forms that the code stands for, where the contact is not
        the one on file. For the agency's desk, never for who typed it.
    """

    found: tuple[Leaving, ...] = ()
    ended: tuple[str, ...] = ()
    unfit: tuple[str, ...] = ()


def withdraw(connection: Connection, receipt: str, contact: str) -> Withdrawal:
    """
    Take back all that a receipt stands for, as the owner wishes.

    Parameters
    ----------
    connection
        From ``Registry.write``.
    receipt
        Code of a submission, or of a consent.
    contact
        E-mail address or telephone number that the owner gave.

    Returns
    -------
    Withdrawal
        What was taken back, and what the code stands for though the contact is another.

    Notes
    -----
    A camera that left before is told again with the receipt it got then, so that a page
    that was lost, or sent twice, shows the same.
    """
    try:
        code = clean_code(receipt)
    except InputError:
        return Withdrawal()
    wish = _Wish()
    _forms(connection, wish, code, contact=contact)
    for row in _cameras_of(connection, code):
        stands = _may_leave(connection, row.camera_id)
        if not _reaches(connection, row.owner_id, contact):
            wish.unfit += [row.camera_id] if stands else []
            continue
        proof = _leave(connection, row) if stands else _past(connection, row.camera_id)
        wish.ended += [row.camera_id] if stands else []
        if proof is not None:
            wish.found.append(_told(proof, row.address))
    return Withdrawal(tuple(wish.found), tuple(wish.ended), tuple(wish.unfit))


def still_standing(connection: Connection, ids: Sequence[str]) -> tuple[str, ...]:
    """
    Give which cameras and forms have not been taken back yet.

    Parameters
    ----------
    connection
        From ``Registry.read`` or ``Registry.write``.
    ids
        Ids of cameras and submissions.

    Returns
    -------
    tuple of str
        In the order given; what is in no registry is left out.
    """
    camera, submission = schema.camera.c, schema.submission.c
    cameras = select(camera.camera_id).where(camera.camera_id.in_(list(ids)))
    known = set(connection.execute(cameras).scalars())
    waiting = select(submission.submission_id).where(
        submission.submission_id.in_(list(ids)), submission.state == "waiting"
    )
    waits = set(connection.execute(waiting).scalars())
    return tuple(
        one
        for one in ids
        if one in waits or (one in known and _may_leave(connection, one))
    )


def withdraw_all(connection: Connection, ids: Sequence[str]) -> tuple[Leaving, ...]:
    """
    Take back cameras and forms for owners whom the desk has reached.

    Parameters
    ----------
    connection
        From ``Registry.write``.
    ids
        Ids of cameras and submissions; those that were taken back meanwhile are left.

    Returns
    -------
    tuple of Leaving
        What was taken back.
    """
    done = []
    rows = {row.camera_id: row for row in _owned(connection, list(ids))}
    for one in still_standing(connection, ids):
        if one in rows:
            done.append(_told(_leave(connection, rows[one]), rows[one].address))
        else:
            done.append(_take_back(connection, get_submission(connection, one)))
    return tuple(done)


@dataclass(slots=True)
class _Wish:
    """A withdrawal that is being put together."""

    found: list[Leaving] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)
    unfit: list[str] = field(default_factory=list)


def _forms(connection: Connection, wish: _Wish, code: str, *, contact: str) -> None:
    """Take back a form that waits; one that was taken back before is told again."""
    table = schema.submission.c
    where = (table.receipt == code, table.state.in_(("waiting", "withdrawn")))
    for sent in list_submissions(connection, *where, limit=1).rows:
        one = sent.submission_id
        people = (sent.payload or {}).get("contact", {})
        if sent.state == "withdrawn" and sent.decided_at is not None:
            wish.found.append(Leaving(sent.decided_at, submission_id=one))
        elif any(same_contact(contact, people.get(by)) for by in ("email", "phone")):
            wish.found.append(_take_back(connection, sent))
            wish.ended.append(one)
        else:
            wish.unfit.append(one)


def _take_back(connection: Connection, sent: Submission) -> Leaving:
    address = (sent.payload or {}).get("site", {}).get("address")
    done = take_back(connection, sent)
    at = done.decided_at or clock_time(connection)
    return Leaving(at, address, submission_id=sent.submission_id)


def _leave(connection: Connection, row: Row[Any]) -> Receipt:
    act = Act(side="owner", name=row.owner_id or "(owner)", role="owner")
    return move(connection, row.camera_id, "withdrawn", act=act)


def _past(connection: Connection, camera_id: str) -> Receipt | None:
    """Give the receipt of a camera's last change."""
    events = history(connection, camera_id)
    return events[-1].receipt if events else None


def _told(proof: Receipt, address: str | None) -> Leaving:
    return Leaving(proof.at, address, camera_id=proof.camera_id, receipt=proof)


def _may_leave(connection: Connection, camera_id: str) -> bool:
    """Whether there is a consent that its owner has not taken back."""
    now = clock_time(connection)
    state = effective(standing_of(connection, camera_id, now=now), now).state
    return any(
        one.to == "withdrawn" for one in consent_machine().allowed(state, "owner")
    )


def _owned(connection: Connection, camera_ids: Sequence[str]) -> Sequence[Any]:
    """Give cameras with their owner and address."""
    camera, site = schema.camera.c, schema.site.c
    query = (
        select(camera.camera_id, site.owner_id, site.address)
        .outerjoin_from(schema.camera, schema.site, site.site_id == camera.site_id)
        .where(camera.camera_id.in_(camera_ids))
    )
    return connection.execute(query.order_by(camera.camera_id)).all()


def _cameras_of(connection: Connection, code: str) -> Sequence[Any]:
    """Give the cameras, with owner and address, that a code stands for."""
    event, consent = schema.consent_event.c, schema.consent.c
    by_consent = (
        select(consent.camera_id)
        .join_from(
            schema.consent_event,
            schema.consent,
            consent.consent_id == event.consent_id,
        )
        .where(event.receipt == code)
    )
    by_form = (
        select(schema.camera.c.camera_id)
        .join_from(
            schema.submission,
            schema.site,
            schema.site.c.owner_id == schema.submission.c.owner_id,
        )
        .join(schema.camera, schema.camera.c.site_id == schema.site.c.site_id)
        .where(
            schema.submission.c.receipt == code,
            schema.submission.c.state == "accepted",
        )
    )
    # one after the other: either of them alone is found by its index
    ids = {
        *connection.execute(by_consent).scalars(),
        *connection.execute(by_form).scalars(),
    }
    return [row for row in _owned(connection, sorted(ids)) if row.owner_id]


def _reaches(connection: Connection, owner_id: str, contact: str) -> bool:
    """Whether this is how one reaches the owner."""
    page = list_contacts(connection, schema.contact.c.owner_id == owner_id, limit=50)
    return any(
        same_contact(contact, one.email) or same_contact(contact, one.phone)
        for one in page.rows
    )
