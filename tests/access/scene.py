"""People, an owner, a site and cameras with whatever consent a test wants."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from coveragekit.access import Door, Purpose, Scope, User, consent_text
from coveragekit.registry import cameras, consent, owners, shares, sites
from coveragekit.registry.consent_rules import Act

KIM = User("kim", "officer", "proxy")
DEE = User("dee", "dispatcher", "proxy")
SUE = User("sue", "supervisor", "proxy")
ANN = User("ann", "administrator", "proxy")
AUD = User("aud", "auditor", "proxy")
PAT = User("pat", "planner", "proxy")
NOBODY = User("", "officer", "token")

CALL = Purpose("call", case_number="26-0417")
CASE = Purpose("investigation", offence="120", case_number="26-0417")
OFFICE = Purpose("administration")
OVERSIGHT = Purpose("oversight")
EMERGENCY = Purpose("call", emergency=True)
EVERYTHING = Scope(live=True, recorded=True, ptz=True)
LON, LAT = -84.39, 33.75


@dataclass
class Scene:
    """A registry with one owner and one site."""

    door: Door
    owner_id: str = ""
    site_id: str = ""
    contact_id: str = ""
    made: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        with self.door.registry.write() as connection:
            owner = owners.add_owner(
                connection, {"name": "Corner Shop", "kind": "business"}, by="test"
            )
            self.owner_id = owner.owner_id
            person = {
                "owner_id": owner.owner_id,
                "name": "Canary Owner",
                "phone": "404-555-0199",
                "email": "canary@example.org",
                "can_export": True,
            }
            self.contact_id = owners.add_contact(
                connection, person, by="test"
            ).contact_id
            place = {
                "owner_id": owner.owner_id,
                "kind": "business",
                "address": "12 Peachtree St",
                "lon": LON,
                "lat": LAT,
            }
            self.site_id = sites.add_site(connection, place, by="test").site_id
            signs = {
                "site_id": self.site_id,
                "owner_id": owner.owner_id,
                "capacity": "owner",
                "signer": "Canary Owner",
            }
            sites.add_authority(connection, signs, by="test")

    def camera(self, **values: Any) -> str:
        """Add a camera of which nobody agreed to anything."""
        with self.door.registry.write() as connection:
            made = cameras.add_camera(
                connection,
                {
                    "site_id": self.site_id,
                    "lon": LON,
                    "lat": LAT,
                    "kind": "dome",
                    **values,
                },
                by="test",
            )
        self.made.append(made.camera_id)
        return made.camera_id

    def move(self, camera_id: str, to: str, **told: Any) -> None:
        """Move a consent by the rules."""
        side = told.pop("side", "owner")
        kind = {"registered": "registration", "integrated": "integration"}.get(to)
        if told.pop("signs", True) and kind:
            told |= {"signer": "Canary Owner", "text": consent_text(kind, "en")}
        act = Act(side=side, name=self.owner_id, role="owner", **told)
        with self.door.registry.write() as connection:
            consent.move(connection, camera_id, to, act=act)

    def registered(self, **values: Any) -> str:
        """Add a camera that its owner registered."""
        camera_id = self.camera(**values)
        self.move(camera_id, "registered")
        return camera_id

    def integrated(
        self,
        scope: Scope = EVERYTHING,
        *,
        expires_at: datetime | None = None,
        **values: Any,
    ) -> str:
        """Add a camera that its owner integrated, for a month if nothing is said."""
        camera_id = self.registered(**values)
        self.move(camera_id, "offered", side="agency")
        end = expires_at or self.door.registry.clock() + timedelta(days=30)
        self.move(camera_id, "integrated", scope=scope, expires_at=end)
        return camera_id

    def share(self, **values: Any) -> str:
        """Share a camera or the site."""
        with self.door.registry.write() as connection:
            return shares.add_share(connection, values, by="test").share_id

    def revoke(self, share_id: str) -> None:
        """End a share."""
        now = self.door.registry.clock()
        with self.door.registry.write() as connection:
            shares.change_share(
                connection, share_id, {"revoked_at": now}, revision=1, by="test"
            )
