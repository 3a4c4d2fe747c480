"""Which cameras can be looked at by a program, and when each was looked at last."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from sqlalchemy import and_, func, or_, select

from coveragekit.registry import schema
from coveragekit.registry.camera_feeds import feeds_of
from coveragekit.registry.opening import now

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime

    from sqlalchemy import Connection

__all__ = [
    "LoginKept",
    "ProbeRow",
    "devices_of",
    "logins_kept",
    "opened_since",
    "probe_rows",
]

_AT_ONCE: Final = 300
_LOGIN: Final = "login"


@dataclass(frozen=True, slots=True)
class ProbeRow:
    """
    A camera that has a feed, and whose owner agreed when it was last written.

    Parameters
    ----------
    camera_id
        The camera.
    device
        What stands for the one device that its picture comes from: cameras that have it
        in common are looked at one after the other. Never shown.
    probed_at
        When it was looked at last.
    is_refused
        Whether its login was refused then.
    """

    camera_id: str
    device: str = field(repr=False)
    probed_at: datetime | None
    is_refused: bool


@dataclass(frozen=True, slots=True)
class LoginKept:
    """
    Where a camera's login is, and when that or its feed was changed last.

    Parameters
    ----------
    store, reference
        Where it is; ``None`` where there is none.
    changed_at
        When its row or that of its feed was changed.
    """

    store: str | None
    reference: str | None = field(repr=False)
    changed_at: datetime


def probe_rows(connection: Connection) -> tuple[ProbeRow, ...]:
    """
    List the cameras that a program may come to look at; each is asked for by itself.

    Parameters
    ----------
    connection
        From ``Registry.read``.

    Returns
    -------
    tuple of ProbeRow
        Those with a feed that stand, are not only planned, and are integrated by what
        was last written, or the agency's own.
    """
    camera, health, consent = (
        one.c for one in (schema.camera, schema.health, schema.consent)
    )
    of_agency = and_(consent.state.is_(None), schema.owner.c.kind == "agency")
    query = (
        select(
            camera.camera_id,
            camera.feed_ref,
            health.probed_at,
            health.fault,
            health.status,
        )
        .select_from(schema.camera)
        .outerjoin(schema.health, health.camera_id == camera.camera_id)
        .outerjoin(schema.consent, consent.camera_id == camera.camera_id)
        .outerjoin(schema.site, schema.site.c.site_id == camera.site_id)
        .outerjoin(schema.owner, schema.owner.c.owner_id == schema.site.c.owner_id)
        .where(
            camera.removed_at.is_(None),
            camera.feed_ref.is_not(None),
            camera.planned.is_not(True),
            or_(consent.state == "integrated", of_agency),
        )
        .order_by(camera.camera_id)
    )
    rows = connection.execute(query).all()
    feed = schema.feed.c
    devices = {
        name: _device(name, address)
        for name, address in connection.execute(select(feed.name, feed.address))
    }
    return tuple(
        ProbeRow(
            camera_id,
            devices.get(ref) or devices.get(ref.rpartition("/")[0]) or ref,
            probed_at,
            fault == _LOGIN and status == "offline",
        )
        for camera_id, ref, probed_at, fault, status in rows
    )


def devices_of(connection: Connection, camera_ids: Collection[str]) -> dict[str, str]:
    """
    Give what stands for the devices of some cameras.

    Parameters
    ----------
    connection
        From ``Registry.read``.
    camera_ids
        The cameras.

    Returns
    -------
    dict of str to str
        By camera; never to be shown.
    """
    ids = sorted(camera_ids)
    return {
        camera_id: _device(one.feed.name, one.feed.address)
        for first in range(0, len(ids), _AT_ONCE)
        for camera_id, one in feeds_of(
            connection, ids[first : first + _AT_ONCE]
        ).items()
    }


def _device(name: str, address: str) -> str:
    host = address.partition("://")[2].partition("/")[0].partition("?")[0]
    before, colon, port = host.rpartition(":")
    return (before if colon and port.isdigit() else host) or name


def logins_kept(
    connection: Connection, camera_ids: Collection[str]
) -> Mapping[str, LoginKept]:
    """
    Tell where the logins of some cameras are and when they were changed.

    Parameters
    ----------
    connection
        From ``Registry.read``.
    camera_ids
        The cameras.

    Returns
    -------
    mapping of str to LoginKept
        By camera; those without a feed are left out.
    """
    ids = sorted(camera_ids)
    table, camera = schema.credential.c, schema.camera.c
    is_of = or_(
        table.camera_id == camera.camera_id, table.recorder_id == camera.recorder_id
    )
    found: dict[str, LoginKept] = {}
    for first in range(0, len(ids), _AT_ONCE):
        some = ids[first : first + _AT_ONCE]
        query = (
            select(camera.camera_id, func.max(table.changed_at))
            .select_from(schema.camera)
            .join(schema.credential, is_of)
            .where(camera.camera_id.in_(some))
            .group_by(camera.camera_id)
        )
        changed = {row[0]: row[1] for row in connection.execute(query)}
        for camera_id, one in feeds_of(connection, some).items():
            moments = (one.feed.changed_at, changed.get(camera_id))
            at = max(moment for moment in moments if moment is not None)
            found[camera_id] = LoginKept(one.store, one.reference, at)
    return found


def opened_since(connection: Connection, action: str) -> int:
    """
    Count the cameras that were looked at after the last line that says so.

    Parameters
    ----------
    connection
        From ``Registry.read``.
    action
        What the lines have as their action.

    Returns
    -------
    int
        More than 0 where a round was ended before it could write its line.
    """
    entry, health = schema.audit_entry.c, schema.health.c
    last = (
        select(func.max(entry.at))
        .where(entry.action == action, entry.result == "done")
        .scalar_subquery()
    )
    query = select(func.count()).where(
        # a clock that ran ahead may have dated some after the present
        health.probed_at <= now(connection),
        or_(last.is_(None), health.probed_at > last),
    )
    return int(connection.execute(query).scalar_one())
