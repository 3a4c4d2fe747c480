"""Erase an owner: whatever names it goes, whatever only counts stays."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import func, literal, or_, select

from coveragekit.errors import InputError
from coveragekit.registry import audit
from coveragekit.registry.column_types import UtcTime
from coveragekit.registry.consent import move, standing_of
from coveragekit.registry.consent_rules import consent_machine, effective
from coveragekit.registry.machine import NOTHING
from coveragekit.registry.opening import now as clock_time
from coveragekit.registry.owners import same_contact
from coveragekit.registry.request_rows import footage_requests
from coveragekit.registry.request_rules import request_machine
from coveragekit.registry.requests import move_request
from coveragekit.registry.schema import (
    authority,
    camera,
    consent,
    consent_event,
    contact,
    credential,
    feed,
    owner,
    picture_mask,
    prospect,
    received_file,
    recorder,
    request,
    request_event,
    share,
    site,
    submission,
)

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from sqlalchemy import Column, Connection, Row, Table

    from coveragekit.registry.consent_rules import Act
    from coveragekit.registry.receipts import Receipt

__all__ = ["ERASED", "Erased", "erase_owner"]

ERASED: Final = "(erased)"
_ABOUT: Final = 2
"""Decimals of a degree that are left of a place: about a kilometre."""


@dataclass(frozen=True, slots=True)
class Erased:
    """
    What an erasure took.

    Parameters
    ----------
    owner_id
        The owner.
    site_ids, camera_ids, contact_ids
        What belonged to it.
    submissions
        How many forms were emptied.
    receipts
        For each camera that left by it.
    """

    owner_id: str
    site_ids: tuple[str, ...]
    camera_ids: tuple[str, ...]
    contact_ids: tuple[str, ...]
    submissions: int
    receipts: tuple[Receipt, ...]


def erase_owner(connection: Connection, owner_id: str, *, act: Act) -> Erased:
    """
    Erase an owner.

    Parameters
    ----------
    connection
        A connection that writes; all goes together or nothing.
    owner_id
        The owner.
    act
        Who does it.

    Returns
    -------
    Erased
        Ids of what was erased, and a receipt for each camera that left.

    Raises
    ------
    InputError
        If there is no such owner, or it is erased already.

    Notes
    -----
    Contacts, names, addresses, signers, reasons and forms become empty, devices lose
    their credentials and shares, cameras are taken down and their places rounded to a
    hundredth of a degree. Consents end, open requests are closed. Ids, states, times
    and outcomes stay, and so does the audit log, which never held anything else.
    """
    now = clock_time(connection)
    row = connection.execute(select(owner).where(owner.c.owner_id == owner_id)).first()
    if row is None or row.erased_at is not None:
        why = "is not in this registry" if row is None else "is erased already"
        message = f"owner {owner_id!r} {why}; look at its id"
        raise InputError(message)
    site_ids = _ids(connection, site.c.site_id, site.c.owner_id, among=(owner_id,))
    camera_ids = _ids(connection, camera.c.camera_id, camera.c.site_id, among=site_ids)
    contact_ids = _ids(
        connection, contact.c.contact_id, contact.c.owner_id, among=(owner_id,)
    )
    receipts = _leave(connection, camera_ids, act=act, now=now)
    _close_requests(connection, camera_ids, act=act)
    emptied = _empty_forms(connection, owner_id, by=act.name, now=now)
    change = _Change(connection, act.name, now)
    _erase_people(change, owner_id, site_ids)
    _erase_places(change, site_ids, camera_ids)
    erased = Erased(owner_id, site_ids, camera_ids, contact_ids, emptied, receipts)
    entry = audit.Entry(
        act.name,
        act.role,
        "system" if act.side == "clock" else "human",
        "erase_owner",
        "owner",
        (owner_id, *site_ids, *camera_ids, *contact_ids),
        parameters={"submissions": emptied, "left": len(receipts)},
        rows=1,
    )
    audit.append(connection, entry)
    return erased


@dataclass(frozen=True, slots=True)
class _Change:
    connection: Connection
    by: str
    now: datetime

    def set(
        self, table: Table, column: Column[Any], ids: Collection[str], **values: object
    ) -> None:
        if "revision" in table.c:
            values["revision"] = table.c.revision + 1
            values |= {"changed_at": self.now, "changed_by": self.by}
            values["changed_what"] = ["erased"]
        update = table.update().where(column.in_(list(ids))).values(**values)
        self.connection.execute(update)


def _ids(
    connection: Connection,
    wanted: Column[Any],
    given: Column[Any],
    *,
    among: Collection[str],
) -> tuple[str, ...]:
    query = select(wanted).where(given.in_(list(among))).order_by(wanted)
    return tuple(connection.execute(query).scalars())


def _leave(
    connection: Connection, camera_ids: Collection[str], *, act: Act, now: datetime
) -> tuple[Receipt, ...]:
    wish = replace(act, side="owner", reason=None)
    states = consent_machine().states
    receipts: list[Receipt] = []
    for camera_id in camera_ids:
        state = effective(standing_of(connection, camera_id), now).state
        if state != NOTHING and not states[state].is_end:
            receipts.append(move(connection, camera_id, "withdrawn", act=wish))
    return tuple(receipts)


def _close_requests(
    connection: Connection, camera_ids: Collection[str], *, act: Act
) -> None:
    agency = replace(act, side="agency", reason=None)
    still = [name for name, state in request_machine().states.items() if state.is_open]
    for camera_id in camera_ids:
        for one in footage_requests(connection, camera_id=camera_id, states=still):
            move_request(
                connection, one.request_id, "closed", act=agency, outcome="none"
            )


def _erase_people(change: _Change, owner_id: str, site_ids: Collection[str]) -> None:
    nobody = {"name": None, "phone": None, "email": None, "best_time": None}
    mine = (owner_id,)
    change.set(contact, contact.c.owner_id, mine, **nobody, purged_at=change.now)
    change.set(owner, owner.c.owner_id, mine, name=ERASED, erased_at=change.now)
    change.set(authority, authority.c.owner_id, mine, signer=ERASED)
    change.set(authority, authority.c.site_id, site_ids, signer=ERASED)


def _erase_places(
    change: _Change, site_ids: Collection[str], camera_ids: Collection[str]
) -> None:
    connection = change.connection
    listed = _ids(connection, site.c.place_id, site.c.site_id, among=site_ids)
    places = [place for place in listed if place]
    change.set(prospect, prospect.c.place_id, places, do_not_contact=True)
    nowhere = dict.fromkeys(
        ("name", "address", "lon", "lat", "place_id", "building_id")
    )
    change.set(site, site.c.site_id, site_ids, **nowhere)
    recorders = _ids(
        connection, recorder.c.recorder_id, recorder.c.site_id, among=site_ids
    )
    connection.execute(
        credential.delete().where(
            or_(
                credential.c.camera_id.in_(list(camera_ids)),
                credential.c.recorder_id.in_(list(recorders)),
            )
        )
    )
    for table, column, ids in (
        (share, share.c.camera_id, camera_ids),
        (share, share.c.site_id, site_ids),
    ):
        revoked = func.coalesce(table.c.revoked_at, literal(change.now, UtcTime()))
        change.set(table, column, ids, revoked_at=revoked)
    consents = _ids(
        connection, consent.c.consent_id, consent.c.camera_id, among=camera_ids
    )
    change.set(consent, consent.c.consent_id, consents, signed_by=None)
    change.set(
        consent_event,
        consent_event.c.consent_id,
        consents,
        signed_by=None,
        reason=None,
    )
    asked = _ids(
        connection, request.c.request_id, request.c.camera_id, among=camera_ids
    )
    words = request_event.c.request_id
    change.set(request_event, words, asked, reason=None)
    # what an owner called a file may name the owner; its digest does not
    change.set(received_file, received_file.c.request_id, asked, name=ERASED)
    connection.execute(
        picture_mask.delete().where(picture_mask.c.camera_id.in_(list(camera_ids)))
    )
    query = select(camera).where(camera.c.camera_id.in_(list(camera_ids)))
    for row in connection.execute(query).all():
        connection.execute(feed.delete().where(feed.c.name == row.feed_ref))
        _erase_camera(change, row)


def _erase_camera(change: _Change, row: Row[Any]) -> None:
    named = ("name", "address", "maintainer", "source", "source_id", "feed_ref")
    change.set(
        camera,
        camera.c.camera_id,
        (row.camera_id,),
        **dict.fromkeys(named),
        ptz_presets=None,
        lon=round(row.lon, _ABOUT),
        lat=round(row.lat, _ABOUT),
        removed_at=row.removed_at or change.now,
    )


def _empty_forms(
    connection: Connection, owner_id: str, *, by: str, now: datetime
) -> int:
    """Empty the owner's forms, and those that nobody decided on with its contacts."""
    people = connection.execute(select(contact).where(contact.c.owner_id == owner_id))
    reached = [said for row in people for said in (row.email, row.phone) if said]
    query = select(submission).where(
        or_(submission.c.payload.is_not(None), submission.c.owner_id == owner_id)
    )
    mine = [
        row.submission_id
        for row in connection.execute(query).all()
        if row.owner_id == owner_id or _reaches(row.payload, reached)
    ]
    change = _Change(connection, by, now)
    change.set(submission, submission.c.submission_id, mine, payload=None, reason=None)
    return len(mine)


def _reaches(payload: object, reached: Collection[str]) -> bool:
    """Whether a form names one of these addresses or numbers."""
    person = payload.get("contact") if isinstance(payload, dict) else None
    if not isinstance(person, dict):
        return False
    said = [str(person.get(name) or "") for name in ("email", "phone")]
    return any(same_contact(one, kept) for one in said for kept in reached)
