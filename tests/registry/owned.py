"""Cameras that somebody owns, as tests of consent and requests need them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection

from coveragekit.registry import cameras, owners, sites
from coveragekit.registry.consent import move
from coveragekit.registry.consent_rules import Act, Scope
from coveragekit.registry.texts import consent_text

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
LIVE = Scope(live=True)


@dataclass(frozen=True)
class Owned:
    """One owner with one site and one camera on it."""

    owner_id: str
    site_id: str
    camera_id: str


def agency(**more) -> Act:
    """Give an act of the agency."""
    return Act(side="agency", name="kim", role="recruiter", **more)


def by_owner(owned: Owned, **more) -> Act:
    """Give an act of the owner, entered by the owner."""
    return Act(side="owner", name=owned.owner_id, role="owner", **more)


def agreed(owned: Owned, kind: str, **more) -> Act:
    """Give the owner's agreement to a text."""
    text = consent_text(kind, more.pop("language", "en"))
    return by_owner(owned, text=text, signer="Ana Ruiz", **more)


def own_camera(connection: Connection, **camera) -> Owned:
    """Add an owner, a site, the owner's authority over it, and a camera."""
    language = camera.pop("language", "es")
    authority = camera.pop("authority", {})
    owner = owners.add_owner(
        connection,
        {"name": "Corner Shop", "kind": "business", "language": language},
        by="kim",
    )
    site = sites.add_site(
        connection,
        {"owner_id": owner.owner_id, "name": "Shop", "kind": "business"},
        by="kim",
    )
    if authority is not None:
        values = {
            "site_id": site.site_id,
            "owner_id": owner.owner_id,
            "capacity": "tenant",
            "signer": "Ana Ruiz",
            **authority,
        }
        sites.add_authority(connection, values, by="kim")
    values = {"site_id": site.site_id, "kind": "dome", "lon": -84.35, "lat": 33.75}
    device = cameras.add_camera(connection, values | camera, by="kim")
    return Owned(owner.owner_id, site.site_id, device.camera_id)


def registered(connection: Connection, **camera) -> Owned:
    """Add a camera that its owner registered."""
    owned = own_camera(connection, **camera)
    move(connection, owned.camera_id, "registered", act=agreed(owned, "registration"))
    return owned


def integrated(connection: Connection, *, days: float = 365, **camera) -> Owned:
    """Add a camera that its owner integrated until some days after noon."""
    owned = registered(connection, **camera)
    move(connection, owned.camera_id, "offered", act=agency())
    end = NOON + timedelta(days=days)
    act = agreed(owned, "integration", scope=LIVE, expires_at=end)
    move(connection, owned.camera_id, "integrated", act=act)
    return owned
