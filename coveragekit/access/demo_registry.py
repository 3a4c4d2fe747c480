"""Write simulated owners, their cameras and their consents into the demo's registry."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from coveragekit.access.agreeing import Scope, change_consent
from coveragekit.access.forms import consent_text
from coveragekit.access.people import Purpose, User
from coveragekit.access.shelves import add_row

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from coveragekit.access.demo_plan import DemoCamera
    from coveragekit.access.door import Door

__all__ = ["fill_registry"]

_BOSS: Final = User("simulated administrator", "administrator", "local")
_OFFICE: Final = Purpose("administration")
_SIGNER: Final = "Simulated owner"
_LASTS: Final = timedelta(days=365)
_MASK: Final = [[0.0, 0.3], [0.45, 0.3], [0.45, 0.75], [0.0, 0.75]]
# A square so small, so near to its camera, that hardly another looks into it.
_ZONE_AHEAD_M: Final = 3.0
_ZONE_HALF_M: Final = 1.0
_DEGREE_M: Final = 111_320.0
_AGENCY: Final = "agency"


@dataclass(frozen=True, slots=True)
class _Desk:
    """The simulated administrator at work."""

    door: Door

    def add(self, kind: str, values: Mapping[str, object]) -> Any:  # noqa: ANN401
        return add_row(_BOSS, _OFFICE, kind, values=values, registry=self.door)

    def agree(self, camera_id: str, to: str, **told: Any) -> None:  # noqa: ANN401
        side = told.pop("side", "owner")
        change_consent(
            _BOSS, _OFFICE, camera_id, to=to, side=side, registry=self.door, **told
        )


def fill_registry(
    door: Door,
    cameras: Iterable[DemoCamera],
    addresses: Mapping[str, Mapping[str, str]],
) -> None:
    """
    Write the demo's cameras into an empty registry, through the door as anybody would.

    Parameters
    ----------
    door
        The registry's door.
    cameras
        The cameras.
    addresses
        By camera, where its pictures come from.

    Raises
    ------
    RegistryError
        It cannot be written.
    """
    desk = _Desk(door)
    agency = desk.add("owner", {"name": "City police (simulated)", "kind": _AGENCY})
    for number, one in enumerate(cameras, 1):
        owner = agency
        if one.part != _AGENCY:
            told = {"name": f"Simulated shop {number}", "kind": "business"}
            owner = desk.add("owner", told)
        _add_camera(desk, one, owner.owner_id, addresses[one.camera_id], number)
        if one.part != _AGENCY:
            _consent(desk, one)
        if one.part == "masked":
            mask = {"camera_id": one.camera_id, "ring": _MASK, "name": "a window"}
            desk.add("picture_mask", mask)
        if one.part == "zone":
            ring = {"name": "Simulated day nursery", "ring": [_ring_ahead(one)]}
            desk.add("privacy_zone", ring)


def _add_camera(  # noqa: PLR0917 - one camera's own things
    desk: _Desk,
    one: DemoCamera,
    owner_id: str,
    addresses: Mapping[str, str],
    number: int,
) -> None:
    where = {"lon": one.lon, "lat": one.lat}
    place = {"owner_id": owner_id, "kind": "business", "address": one.name, **where}
    site = desk.add("site", place)
    signs = {"site_id": site.site_id, "owner_id": owner_id}
    desk.add("authority", {**signs, "capacity": "owner", "signer": _SIGNER})
    feed = f"simulated-{number}"
    desk.add("feed", {"name": feed, **addresses})
    values: dict[str, object] = {
        "camera_id": one.camera_id,
        "site_id": site.site_id,
        "name": one.name,
        "kind": one.kind,
        "feed_ref": feed,
        **where,
    }
    if one.bearing_deg is not None:
        values["bearing_deg"] = one.bearing_deg
    desk.add("camera", values)
    if one.part in {"login", "wrong_login"}:
        kept = {"camera_id": one.camera_id, "store": "file", "reference": one.part}
        desk.add("credential", kept)


def _consent(desk: _Desk, one: DemoCamera) -> None:
    text = consent_text("registration", "en")
    desk.agree(one.camera_id, "registered", signer=_SIGNER, text=text)
    if one.part == "registered":
        return
    desk.agree(one.camera_id, "offered", side="agency")
    desk.agree(
        one.camera_id,
        "integrated",
        signer=_SIGNER,
        text=consent_text("integration", "en"),
        scope=Scope(live=True, recorded=True),
        expires_at=desk.door.registry.clock() + _LASTS,
    )


def _ring_ahead(one: DemoCamera) -> list[list[float]]:
    bearing = math.radians(one.bearing_deg or 0.0)
    wide = _DEGREE_M * math.cos(math.radians(one.lat))
    lon = one.lon + _ZONE_AHEAD_M * math.sin(bearing) / wide
    lat = one.lat + _ZONE_AHEAD_M * math.cos(bearing) / _DEGREE_M
    dx, dy = _ZONE_HALF_M / wide, _ZONE_HALF_M / _DEGREE_M
    corners = ((-dx, -dy), (dx, -dy), (dx, dy), (-dx, dy), (-dx, -dy))
    return [[lon + x, lat + y] for x, y in corners]
