"""Whether a consent still rests on somebody who may speak for the place."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import Date, and_, exists, literal, not_, or_, select

from coveragekit.errors import ConsentError
from coveragekit.registry.column_types import UtcTime
from coveragekit.registry.schema import authority, camera, consent, owner, site

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import ColumnElement, Connection, Row

    from coveragekit.registry.consent_rules import Act

__all__ = [
    "basis_column",
    "basis_ends_at",
    "check_owner",
    "known_facts",
    "signed_as_listed",
]


def check_owner(connection: Connection, device: Row[Any], *, act: Act) -> None:
    """
    Refuse an agreement for a camera of which nobody is the owner who could agree.

    Parameters
    ----------
    connection
        A connection to the registry.
    device
        The camera.
    act
        What shall be done; without a text that was shown nobody agrees to anything.

    Raises
    ------
    ConsentError
        If its place has no owner, or is the agency's own.
    """
    if act.text is None:
        return
    query = (
        select(owner.c.kind)
        .join(site, site.c.owner_id == owner.c.owner_id)
        .where(site.c.site_id == device.site_id)
    )
    kind = connection.execute(query).scalar_one_or_none()
    if kind is None:
        message = (
            f"camera {device.camera_id} has no owner on file who could agree; give it "
            "a site, and the site its owner, first"
        )
        raise ConsentError(message)
    if kind == "agency":
        message = (
            f"camera {device.camera_id} is the agency's own: it needs nobody's consent"
        )
        raise ConsentError(message)


def known_facts(
    connection: Connection, device: Row[Any], *, act: Act, now: datetime
) -> set[str]:
    """
    Give what holds of a camera and its place, of all that a move may demand.

    Parameters
    ----------
    connection
        A connection to the registry.
    device
        The camera.
    act
        What shall be done.
    now
        The present.

    Returns
    -------
    set of str
        ``"own_feed"``, ``"authority"``, both or neither. An owner's place of which no
        authority is listed can be registered by the signer's own word, and not
        integrated.
    """
    known = set() if device.cloud_only else {"own_feed"}
    if act.text is None:
        return known
    listed = _listed(connection, device)
    until = max(act.expires_at or now, now)
    if not listed and act.scope is None:
        return known | {"authority"}
    good = [row for row in _of_signer(listed, act.signer) if _holds(row, now)]
    if any(row.to_on is None or _end(row) > until for row in good):
        known.add("authority")
    return known


def signed_as_listed(connection: Connection, device: Row[Any], *, act: Act) -> Act:
    """
    Write the signer's name as the authority over the place has it.

    Parameters
    ----------
    connection
        A connection to the registry.
    device
        The camera.
    act
        What shall be done.

    Returns
    -------
    Act
        The same act; blanks and capitals of the signer's name are those listed.
    """
    found = _of_signer(_listed(connection, device), act.signer)
    return replace(act, signer=found[0].signer) if found else act


def basis_ends_at(
    connection: Connection, row: Row[Any], *, now: datetime
) -> datetime | None:
    """
    Give when a consent loses what it rests on.

    Parameters
    ----------
    connection
        A connection to the registry.
    row
        The consent.
    now
        The present.

    Returns
    -------
    datetime.datetime | None
        When the last authority of who agreed ends, or the camera was taken down; where
        another owner has the place, when that was changed last; ``None`` if no end is
        known.

    Notes
    -----
    A consent rests on an authority of who signed, under the owner of the place. A
    registered camera of whose place no authority is listed rests on the signer's word.
    """
    device = _device(connection, row.camera_id)
    ends = [] if device.removed_at is None else [device.removed_at]
    listed = _listed(connection, device)
    holding = [
        one for one in listed if one.signer == row.signed_by and _holds(one, now)
    ]
    is_integrated = row.scope_live or row.scope_recorded or row.scope_ptz
    if not holding and (listed or is_integrated):
        changed = [device.changed_at, *(one.changed_at for one in listed)]
        changed += [one.site_changed_at for one in listed]
        ends.append(min(now, max(changed)))
    elif holding and all(one.to_on is not None for one in holding):
        ends.append(max(_end(one) for one in holding))
    return max(min(ends), row.state_at) if ends else None


def basis_column(now: datetime) -> ColumnElement[bool]:
    """
    Give whether consents still have what they rest on, for a query over many.

    Parameters
    ----------
    now
        The present, with a time zone.

    Returns
    -------
    sqlalchemy.ColumnElement
        Over the table ``consent``: as ``basis_ends_at`` says of one.
    """
    device, place, listed = camera.alias(), site.alias(), authority.alias()
    today = literal(now.astimezone(UTC).date(), Date())
    mine = device.c.camera_id == consent.c.camera_id
    is_down = (
        exists()
        .where(mine, device.c.removed_at <= literal(now, UtcTime()))
        .correlate(consent)
    )
    is_integrated = or_(
        consent.c.scope_live, consent.c.scope_recorded, consent.c.scope_ptz
    )
    is_listed = exists().where(
        mine,
        listed.c.site_id == device.c.site_id,
    )
    holds = exists().where(
        mine,
        place.c.site_id == device.c.site_id,
        listed.c.site_id == device.c.site_id,
        listed.c.owner_id == place.c.owner_id,
        or_(listed.c.from_on.is_(None), listed.c.from_on <= today),
        or_(listed.c.to_on.is_(None), listed.c.to_on >= today),
        listed.c.signer == consent.c.signed_by,
    )
    unlisted = and_(not_(is_integrated), not_(is_listed.correlate(consent)))
    return and_(not_(is_down), or_(holds.correlate(consent), unlisted))


def _device(connection: Connection, camera_id: str) -> Row[Any]:
    query = select(camera).where(camera.c.camera_id == camera_id)
    return connection.execute(query).one()


def _listed(connection: Connection, device: Row[Any]) -> Sequence[Any]:
    """Give who may speak for the place, and whether it is for its present owner."""
    is_owners = site.c.owner_id == authority.c.owner_id
    query = (
        select(
            authority,
            is_owners.label("is_owners"),
            site.c.changed_at.label("site_changed_at"),
        )
        .join(site, site.c.site_id == authority.c.site_id)
        .where(authority.c.site_id == device.site_id)
    )
    return connection.execute(query).all()


def _of_signer(rows: Sequence[Any], signer: str | None) -> list[Any]:
    return [row for row in rows if _bare(row.signer) == _bare(signer)]


def _bare(name: str | None) -> str:
    return " ".join((name or "").casefold().split())


def _holds(row: Any, now: datetime) -> bool:  # noqa: ANN401 - a row of two tables
    """Whether it speaks for the present owner and has begun."""
    has_begun = row.from_on is None or row.from_on <= now.astimezone(UTC).date()
    return bool(row.is_owners and has_begun)


def _end(row: Any) -> datetime:  # noqa: ANN401 - a row of two tables
    return datetime.combine(row.to_on + timedelta(days=1), time(), UTC)
