"""Places that no camera may look into."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import or_

from coveragekit.errors import InputError
from coveragekit.registry import schema
from coveragekit.registry.rows import MOST_ROWS, Rows

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

_MOST_CORNERS = 2000


__all__ = [
    "PrivacyZone",
    "add_zone",
    "change_zone",
    "check_rings",
    "get_zone",
    "list_zones",
    "zones_at",
]


@dataclass(frozen=True, slots=True)
class PrivacyZone:
    """
    A place that no camera may look into.

    Parameters
    ----------
    zone_id
        Its id.
    name
        What people call it.
    ring
        Rings as GeoJSON has them: ``[[[lon, lat], ...], ...]``.
    from_at
        Since when.
    to_at
        Until when.
    revision
        How often it was changed, from 1; a change names the one it saw.
    made_at
        When it was added.
    changed_at
        When it was last changed.
    changed_by
        Who changed it last.
    changed_what
        Which columns the last change touched.
    """

    zone_id: str
    name: str | None
    ring: list[list[list[float]]]
    from_at: datetime | None
    to_at: datetime | None
    revision: int
    made_at: datetime
    changed_at: datetime
    changed_by: str
    changed_what: list[str] | None


def _check(row: PrivacyZone) -> None:
    if row.from_at and row.to_at and row.to_at <= row.from_at:
        message = f"a privacy zone cannot end ({row.to_at}) before it begins"
        raise InputError(message)
    check_rings(row.ring)


_ZONES = Rows(schema.privacy_zone, PrivacyZone, check=_check)

add_zone = _ZONES.add
change_zone = _ZONES.change
get_zone = _ZONES.get
list_zones = _ZONES.page


def zones_at(connection: Connection, at: datetime) -> tuple[PrivacyZone, ...]:
    """
    Give the places that no camera may look into at a time.

    Parameters
    ----------
    connection
        From ``Registry.read`` or ``Registry.write``.
    at
        The time, with its zone.

    Returns
    -------
    tuple of PrivacyZone
        By their ids.
    """
    table = schema.privacy_zone.c
    where = (
        or_(table.from_at.is_(None), table.from_at <= at),
        or_(table.to_at.is_(None), table.to_at > at),
    )
    found: list[PrivacyZone] = []
    after = None
    while True:
        page = list_zones(connection, *where, after=after, limit=MOST_ROWS)
        found += page.rows
        after = page.after
        if after is None:
            return tuple(found)


def check_rings(rings: object) -> None:
    """
    Refuse rings that are not one polygon on the globe.

    Parameters
    ----------
    rings
        Coordinates of a GeoJSON polygon: the outline, then its holes, each closed.

    Raises
    ------
    InputError
        They are not closed, have fewer than three corners or more than 2,000, lie
        outside the globe, or cross.

    Examples
    --------
    >>> check_rings([[[0, 0], [1, 0], [1, 1], [0, 0]]])
    """
    import shapely

    outlines = rings if isinstance(rings, list) else []
    corners = 0
    for ring in outlines:
        if not isinstance(ring, list) or not all(_is_place(one) for one in ring):
            message = (
                "a ring of a privacy zone is a list of [lon, lat], degrees, lon from "
                "-180 to 180 and lat from -90 to 90"
            )
            raise InputError(message)
        if len(ring) < 4 or ring[0] != ring[-1]:
            message = (
                "a ring of a privacy zone has at least three corners and ends where it "
                f"begins; this one has {len(ring)} places"
            )
            raise InputError(message)
        corners += len(ring)
    if not 4 <= corners <= _MOST_CORNERS:
        message = (
            f"a privacy zone has 3 to {_MOST_CORNERS:,} corners; seen: {corners}; draw "
            "it, or simplify it"
        )
        raise InputError(message)
    reason = shapely.is_valid_reason(shapely.Polygon(outlines[0], outlines[1:]))
    if reason != "Valid Geometry":
        message = f"the privacy zone crosses itself ({reason}); draw it anew"
        raise InputError(message)


def _is_place(place: object) -> bool:
    if not isinstance(place, list | tuple) or len(place) != 2:
        return False
    if any(
        isinstance(part, bool) or not isinstance(part, int | float) for part in place
    ):
        return False
    return bool(abs(place[0]) <= 180 and abs(place[1]) <= 90)
