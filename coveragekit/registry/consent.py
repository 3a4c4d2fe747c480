"""Consent as it is kept: moves with receipts, the state by the clock, the history."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import and_, case, not_, or_, select

from coveragekit.errors import ConflictError, InputError, RegistryError
from coveragekit.registry import audit
from coveragekit.registry.basis import (
    basis_column,
    check_owner,
    known_facts,
    signed_as_listed,
)
from coveragekit.registry.consent_rows import (
    check_camera,
    read_camera,
    read_consent,
    read_standing,
    told_receipt,
    write_change,
)
from coveragekit.registry.consent_rules import (
    Act,
    Standing,
    consent_machine,
    effective,
    next_state,
    tier_of,
)
from coveragekit.registry.opening import now as clock_time
from coveragekit.registry.opening import registry_id
from coveragekit.registry.receipts import Receipt, clean_code
from coveragekit.registry.schema import consent, consent_event

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Connection, Row

__all__ = [
    "Checked",
    "Event",
    "camera_tier",
    "check_receipt",
    "effective_state_column",
    "history",
    "move",
    "run_clock",
    "standing_of",
]

CLOCK: Final = Act(side="clock", name="clock", role="system")


@dataclass(frozen=True, slots=True)
class Event:
    """
    One change in the history of a consent.

    Parameters
    ----------
    receipt
        What changed, with its code.
    by_name, by_role
        Who entered it, in which role.
    reason
        Why, in words.
    signed_by
        Who agreed.
    """

    receipt: Receipt
    by_name: str
    by_role: str
    reason: str | None
    signed_by: str | None


@dataclass(frozen=True, slots=True)
class Checked:
    """
    What a receipt is worth.

    Parameters
    ----------
    receipt
        The facts as the registry holds them now.
    is_true
        Whether they are still the ones that the code stands for.
    state
        State of the consent now.
    """

    receipt: Receipt
    is_true: bool
    state: str


def move(
    connection: Connection,
    camera_id: str,
    to: str,
    *,
    act: Act,
    now: datetime | None = None,
    revision: int | None = None,
) -> Receipt:
    """
    Move the consent of a camera, with its history, its receipt and a line of the log.

    Parameters
    ----------
    connection
        A connection that writes; all is kept together or not at all.
    camera_id
        The camera. Its consent is made with the first move.
    to
        State to move to.
    act
        Who does what.
    now
        The present; the registry's own clock where it is not given.
    revision
        Revision of the consent that the user saw, where one was seen.

    Returns
    -------
    Receipt
        What the owner gets.

    Raises
    ------
    ConsentError
        If the camera is not there, or the machine does not allow the move; the message
        says what is allowed.
    ConflictError
        If somebody changed the consent since it was seen.

    Notes
    -----
    What has fallen due by the clock is written down first. No event is ever earlier
    than the one before it, even where the clock runs back.
    """
    now = now or clock_time(connection)
    device = read_camera(connection, camera_id)
    row = read_consent(connection, camera_id)
    if revision is not None and row is not None and row.revision != revision:
        message = (
            f"the consent of camera {camera_id} was changed by {row.changed_by} at "
            f"{row.changed_at.isoformat()} since you saw it; look at it anew"
        )
        raise ConflictError(message)
    if row is not None:
        row = _catch_up(connection, row, now)
        now = max(now, row.state_at)
    standing = read_standing(connection, row, now=now)
    check_camera(device, to)
    check_owner(connection, device, act=act)
    act = signed_as_listed(connection, device, act=act)
    known = known_facts(connection, device, act=act, now=now)
    moved = next_state(standing, to, act, now=now, known=known)
    return write_change(
        connection, row, camera_id, steps=(standing, moved, act), moment=now
    )


def standing_of(
    connection: Connection, camera_id: str, *, now: datetime | None = None
) -> Standing:
    """
    Give how the consent of a camera was written last.

    Parameters
    ----------
    connection
        A connection to the registry.
    camera_id
        The camera.
    now
        The present; the registry's own clock where it is not given.

    Returns
    -------
    Standing
        To be moved on by the clock with ``effective``.

    Raises
    ------
    ConsentError
        If there is no such camera.
    """
    read_camera(connection, camera_id)
    moment = now or clock_time(connection)
    return read_standing(connection, read_consent(connection, camera_id), now=moment)


def camera_tier(
    connection: Connection, camera_id: str, *, now: datetime | None = None
) -> str | None:
    """
    Give what a camera counts as now.

    Parameters
    ----------
    connection
        A connection to the registry.
    camera_id
        The camera.
    now
        The present; the registry's own clock where it is not given.

    Returns
    -------
    str | None
        ``"registered"``, ``"integrated"``, or ``None`` where it may not be used.

    Raises
    ------
    ConsentError
        If there is no such camera.
    """
    now = now or clock_time(connection)
    return tier_of(effective(standing_of(connection, camera_id, now=now), now).state)


def effective_state_column(now: datetime) -> ColumnElement[str]:
    """
    Give the state of a consent by the clock, for a query over many.

    Parameters
    ----------
    now
        The present, with a time zone.

    Returns
    -------
    sqlalchemy.ColumnElement
        Over the table ``consent``: ``"expired"`` where the end has come, ``"lapsed"``
        where nobody who agreed has authority over the place any more or the camera is
        down. Its tier is that of ``effective``; invitations and offers that ran out
        without an answer change no tier and read as they were written.
    """
    machine = consent_machine()
    ends = [name for name in machine.states if _can_expire(name)]
    is_over = and_(consent.c.expires_at <= now, consent.c.state.in_(ends))
    is_baseless = and_(consent.c.state.in_(ends), not_(basis_column(now)))
    return case((is_over, "expired"), (is_baseless, "lapsed"), else_=consent.c.state)


def run_clock(
    connection: Connection, *, now: datetime | None = None, sure: bool = False
) -> tuple[Receipt, ...]:
    """
    Write down every move that the clock has made.

    Parameters
    ----------
    connection
        A connection that writes.
    now
        The present; the registry's own clock where it is not given.
    sure
        Whether the clock is right although the log's last line is long ago.

    Returns
    -------
    tuple of Receipt
        One for each move, in the order of the camera ids.

    Raises
    ------
    RegistryError
        The clock is far ahead of the log: a wrong one would end every consent.
    """
    now = now or clock_time(connection)
    _check_clock(connection, now, sure=sure)
    clocked = [
        and_(consent.c.state == move.origin, consent.c.state_at <= now - wait)
        for move in consent_machine().moves
        if move.after_days is not None
        for wait in (timedelta(days=move.after_days),)
    ]
    is_due = or_(effective_state_column(now) != consent.c.state, *clocked)
    query = select(consent).where(is_due).order_by(consent.c.camera_id)
    receipts: list[Receipt] = []
    for row in connection.execute(query).all():
        receipts += _clock_moves(connection, row, now)
    return tuple(receipts)


def history(connection: Connection, camera_id: str) -> tuple[Event, ...]:
    """
    Give every change of a camera's consent, oldest first.

    Parameters
    ----------
    connection
        A connection to the registry.
    camera_id
        The camera.

    Returns
    -------
    tuple of Event
        Empty where there never was a consent.
    """
    query = (
        select(consent_event, consent.c.camera_id)
        .join(consent, consent.c.consent_id == consent_event.c.consent_id)
        .where(consent.c.camera_id == camera_id)
        .order_by(consent_event.c.number)
    )
    name = registry_id(connection)
    return tuple(
        Event(
            told_receipt(row, name),
            row.by_name,
            row.by_role,
            row.reason,
            signed_by=row.signed_by,
        )
        for row in connection.execute(query)
    )


def check_receipt(
    connection: Connection, code: str, *, now: datetime | None = None
) -> Checked:
    """
    Look up what a receipt stands for.

    Parameters
    ----------
    connection
        A connection to the registry.
    code
        The code, however it was typed.
    now
        The present; the registry's own clock where it is not given.

    Returns
    -------
    Checked
        The facts, whether they are still the ones of the code, and the state now.

    Raises
    ------
    InputError
        If it is no code, or no receipt of this registry has it.
    """
    now = now or clock_time(connection)
    cleaned = clean_code(code)
    query = (
        select(consent_event, consent.c.camera_id)
        .join(consent, consent.c.consent_id == consent_event.c.consent_id)
        .where(consent_event.c.receipt == cleaned)
    )
    row = connection.execute(query).first()
    if row is None:
        message = f"no receipt here has the code {cleaned}; look at it letter by letter"
        raise InputError(message)
    receipt = told_receipt(row, registry_id(connection))
    standing = effective(standing_of(connection, row.camera_id, now=now), now)
    return Checked(receipt, receipt.code == cleaned, standing.state)


def _can_expire(state: str) -> bool:
    return any(move.at for move in consent_machine().allowed(state, "clock"))


def _check_clock(connection: Connection, now: datetime, *, sure: bool) -> None:
    last_at = audit.last_entry(connection)[1]
    if not sure and last_at is not None and now - last_at > audit.FURTHEST:
        message = (
            f"the clock says {now.isoformat(timespec='minutes')}, and the last line of "
            f"the log is of {last_at.isoformat(timespec='minutes')}: if the clock is "
            "right, say that you are sure; nothing was done"
        )
        raise RegistryError(message)


def _catch_up(connection: Connection, row: Row[Any], now: datetime) -> Row[Any]:
    if not _clock_moves(connection, row, now):
        return row
    caught = read_consent(connection, row.camera_id)
    assert caught is not None
    return caught


def _clock_moves(connection: Connection, row: Row[Any], now: datetime) -> list[Receipt]:
    receipts: list[Receipt] = []
    machine = consent_machine()
    while True:
        standing = read_standing(connection, row, now=now)
        assert standing.since is not None
        times = {
            "expires_at": standing.expires_at,
            "basis_ends_at": standing.basis_ends_at,
        }
        due = machine.due(standing.state, standing.since, times, now=now)
        if due is None:
            return receipts
        step, moment = due
        moved = effective(standing, moment)
        act = replace(CLOCK, reason=f"{step.words} Due {moment.isoformat()}.")
        steps = (standing, moved, act)
        receipts.append(
            write_change(connection, row, row.camera_id, steps=steps, moment=moment)
        )
        caught = read_consent(connection, row.camera_id)
        assert caught is not None
        row = caught
