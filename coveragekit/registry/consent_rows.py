"""Read and write the rows of consents and of their history."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any, Literal

from sqlalchemy import and_, select

from coveragekit.errors import ConflictError, ConsentError
from coveragekit.registry import audit
from coveragekit.registry.basis import basis_ends_at
from coveragekit.registry.consent_rules import (
    NO_SCOPE,
    Act,
    Scope,
    Standing,
    check_hours,
    consent_machine,
)
from coveragekit.registry.machine import NOTHING
from coveragekit.registry.opening import registry_id
from coveragekit.registry.receipts import Receipt
from coveragekit.registry.request_rows import close_unanswered
from coveragekit.registry.schema import (
    camera,
    consent,
    consent_event,
    new_id,
)

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection, Row

__all__ = [
    "check_camera",
    "read_camera",
    "read_consent",
    "read_standing",
    "told_receipt",
    "write_change",
]


def read_camera(connection: Connection, camera_id: str) -> Row[Any]:
    """
    Give a camera.

    Parameters
    ----------
    connection
        A connection to the registry.
    camera_id
        The camera.

    Returns
    -------
    sqlalchemy.Row
        Its row.

    Raises
    ------
    ConsentError
        If there is no such camera.
    """
    query = select(camera).where(camera.c.camera_id == camera_id)
    row = connection.execute(query).first()
    if row is None:
        message = f"no camera {camera_id!r} in this registry; look at its id"
        raise ConsentError(message)
    return row


def read_consent(connection: Connection, camera_id: str) -> Row[Any] | None:
    """
    Give the consent of a camera as it was written last.

    Parameters
    ----------
    connection
        A connection to the registry.
    camera_id
        The camera.

    Returns
    -------
    sqlalchemy.Row | None
        Its row; ``None`` if there never was one.
    """
    query = select(consent).where(consent.c.camera_id == camera_id)
    return connection.execute(query).first()


def read_standing(
    connection: Connection, row: Row[Any] | None, *, now: datetime
) -> Standing:
    """
    Give how a consent was written last.

    Parameters
    ----------
    connection
        A connection to the registry.
    row
        The consent; ``None`` if there never was one.
    now
        The present.

    Returns
    -------
    Standing
        With who paused it, and from which state, as its history tells.
    """
    if row is None:
        return Standing(NOTHING)
    ends = basis_ends_at(connection, row, now=now)
    standing = Standing(row.state, row.state_at, row.expires_at, basis_ends_at=ends)
    if row.state != "suspended":
        return standing
    columns = (
        consent_event.c.from_state,
        consent_event.c.to_state,
        consent_event.c.by_role,
    )
    query = (
        select(*columns)
        .where(consent_event.c.consent_id == row.consent_id)
        .order_by(consent_event.c.number.desc())
    )
    for event in connection.execute(query):
        paused_by = standing.paused_by | {event.by_role}
        standing = replace(standing, paused_by=paused_by, paused_from=event.from_state)
        if event.from_state != "suspended":
            break
    return standing


def check_camera(device: Row[Any], to: str) -> None:
    """
    Refuse to give a camera that was taken down a consent anew.

    Parameters
    ----------
    device
        The camera.
    to
        State that its consent shall have.

    Raises
    ------
    ConsentError
        If it was taken down and the state is not an end.
    """
    if device.removed_at is not None and to not in ("withdrawn", "lapsed"):
        message = (
            f"camera {device.camera_id} was taken down at "
            f"{device.removed_at.isoformat()}; allowed: withdrawn, lapsed"
        )
        raise ConsentError(message)


def write_change(
    connection: Connection,
    row: Row[Any] | None,
    camera_id: str,
    *,
    steps: tuple[Standing, Standing, Act],
    moment: datetime,
) -> Receipt:
    """
    Write the consent, its event and the line of the log.

    Parameters
    ----------
    connection
        A connection that writes.
    row
        The consent; ``None`` to make it.
    camera_id
        The camera.
    steps
        How it stood, how it stands now, and the act between.
    moment
        When.

    Returns
    -------
    Receipt
        What the owner gets.

    Raises
    ------
    ConflictError
        If somebody else changed the consent meanwhile.
    """
    before, after, act = steps
    consent_id = new_id("consent") if row is None else row.consent_id
    receipt = Receipt(
        registry_id=registry_id(connection),
        event_id=new_id("consent_event"),
        consent_id=consent_id,
        camera_id=camera_id,
        number=_number(connection, row),
        origin=before.state,
        to=after.state,
        side=act.side,
        at=moment,
        text_version=act.text.version if act.text else None,
        language=act.text.language if act.text else None,
        text_digest=act.text.digest if act.text else None,
        scope=_scope_after(row, after, act),
        expires_at=after.expires_at,
    )
    _write_consent(connection, row, receipt, act=act)
    _write_event(connection, receipt, act)
    if consent_machine().states[receipt.to].is_end:
        # who has left is asked for nothing any more, from this very moment
        agency = replace(act, side="agency", reason="The owner has left.")
        bare = replace(agency, text=None, signer=None, scope=None, expires_at=None)
        close_unanswered(connection, camera_id, act=bare, now=moment)
    told = {
        "from": receipt.origin,
        "to": receipt.to,
        "side": act.side,
        "text": receipt.text_version,
        "event": receipt.event_id,
    }
    kind: Literal["human", "system"] = "system" if act.role == "system" else "human"
    entry = audit.Entry(
        act.name,
        act.role,
        kind,
        "consent_move",
        "consent",
        (camera_id, consent_id),
        parameters=told,
        # the code itself is the owner's to show; its digest proves it all the same
        digest=hashlib.sha256(receipt.code.encode()).hexdigest(),
    )
    audit.append(connection, entry)
    return receipt


def _number(connection: Connection, row: Row[Any] | None) -> int:
    if row is None:
        return 1
    query = (
        select(consent_event.c.number)
        .where(consent_event.c.consent_id == row.consent_id)
        .order_by(consent_event.c.number.desc())
        .limit(1)
    )
    return int(connection.execute(query).scalar_one()) + 1


def _scope_after(row: Row[Any] | None, after: Standing, act: Act) -> Scope | None:
    """Give the scope that holds: the one agreed, or while paused the one before."""
    if act.scope is not None:
        return replace(act.scope, hours=check_hours(act.scope.hours))
    is_kept = after.state == "integrated" or after.paused_from == "integrated"
    if row is None or not is_kept:
        return None
    return Scope(
        live=row.scope_live,
        recorded=row.scope_recorded,
        ptz=row.scope_ptz,
        hours=row.hours,
        emergencies_only=row.emergencies_only,
    )


def _write_consent(
    connection: Connection, row: Row[Any] | None, receipt: Receipt, *, act: Act
) -> None:
    scope = receipt.scope or NO_SCOPE
    changed: dict[str, Any] = {
        "state": receipt.to,
        "state_at": receipt.at,
        "scope_live": scope.live,
        "scope_recorded": scope.recorded,
        "scope_ptz": scope.ptz,
        "hours": scope.hours,
        "emergencies_only": scope.emergencies_only,
        "expires_at": receipt.expires_at,
        "changed_at": receipt.at,
        "changed_by": act.name,
    }
    if act.text is not None:
        changed |= {
            "text_version": receipt.text_version,
            "text_digest": receipt.text_digest,
            "language": receipt.language,
            "signed_by": act.signer,
            "given_at": receipt.at,
        }
    if row is None:
        ids = {"consent_id": receipt.consent_id, "camera_id": receipt.camera_id}
        fresh = {"made_at": receipt.at, "revision": 1}
        connection.execute(consent.insert().values(**ids, **changed, **fresh))
        return
    changed["revision"] = row.revision + 1
    seen = and_(
        consent.c.consent_id == row.consent_id, consent.c.revision == row.revision
    )
    done = connection.execute(consent.update().where(seen).values(**changed))
    if done.rowcount != 1:
        message = (
            f"the consent of camera {receipt.camera_id} was changed by somebody else "
            "at this moment; look at it anew"
        )
        raise ConflictError(message)


def _write_event(connection: Connection, receipt: Receipt, act: Act) -> None:
    scope = asdict(receipt.scope) if receipt.scope is not None else None
    connection.execute(
        consent_event.insert().values(
            event_id=receipt.event_id,
            consent_id=receipt.consent_id,
            number=receipt.number,
            from_state=receipt.origin,
            to_state=receipt.to,
            at=receipt.at,
            by_name=act.name,
            by_role=act.side,
            reason=act.reason,
            text_version=receipt.text_version,
            text_digest=receipt.text_digest,
            language=receipt.language,
            signed_by=act.signer,
            scope=scope,
            expires_at=receipt.expires_at,
            receipt=receipt.code,
        )
    )


def told_receipt(row: Row[Any], name: str) -> Receipt:
    """
    Give the receipt of a change from its row.

    Parameters
    ----------
    row
        The event, with the ``camera_id`` of its consent.
    name
        Id of the registry.

    Returns
    -------
    Receipt
        The facts as they are kept now.
    """
    return Receipt(
        registry_id=name,
        event_id=row.event_id,
        consent_id=row.consent_id,
        camera_id=row.camera_id,
        number=row.number,
        origin=row.from_state or NOTHING,
        to=row.to_state,
        side=row.by_role,
        at=row.at,
        text_version=row.text_version,
        language=row.language,
        text_digest=row.text_digest,
        scope=Scope(**row.scope) if row.scope is not None else None,
        expires_at=row.expires_at,
    )
