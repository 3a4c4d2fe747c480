"""Reach owners: whom to call about which camera."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import select

from coveragekit.access.opening import the_door
from coveragekit.registry.consent import effective_state_column
from coveragekit.registry.consent_rules import tier_of
from coveragekit.registry.schema import camera, consent, contact, owner, site

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from pathlib import Path

    from sqlalchemy import Row, Select

    from coveragekit.access.door import Door
    from coveragekit.access.people import Purpose, User

__all__ = ["ALWAYS", "OwnerContact", "contacts"]

# What an owner who left may still be reached for.
ALWAYS: Final = frozenset({"owner_request", "administration"})


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
        rule = door.policy.rules.get("look_up_people")
        is_desk = rule is not None and user.role in rule.roles
        everybody = is_desk and purpose.code in ALWAYS
        rows = work.connection.execute(_contacts(camera_ids, work.latest)).all()
        found = tuple(
            _told(row) for row in rows if everybody or _may_be_reached(row, purpose)
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
