"""Take privacy zones in, all of a file or none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from coveragekit.access.opening import the_door
from coveragekit.access.trying import only_tried
from coveragekit.registry.rows import MOST_ROWS
from coveragekit.registry.zone_files import parse_zones
from coveragekit.registry.zones import add_zone, list_zones

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from sqlalchemy import Connection

    from coveragekit.access.door import Door
    from coveragekit.access.people import Purpose, User

__all__ = ["ZonesTaken", "import_zones", "parse_zones"]


@dataclass(frozen=True, slots=True)
class ZonesTaken:
    """
    What became of the zones of a file.

    Parameters
    ----------
    zone_ids
        Those that were added.
    same
        How many the registry has already, just so.
    """

    zone_ids: tuple[str, ...]
    same: int


def import_zones(
    user: User,
    purpose: Purpose,
    zones: Sequence[Mapping[str, Any]],
    *,
    dry_run: bool = False,
    registry: Door | str | Path | None = None,
) -> ZonesTaken:
    """
    Add privacy zones, all of them or none.

    Parameters
    ----------
    user
        Who brings them in.
    purpose
        What for.
    zones
        As ``parse_zones`` reads them.
    dry_run
        Whether to only say what would be added.
    registry
        A door, or what ``open_door`` takes.

    Returns
    -------
    ZonesTaken
        What was added; one of the same outline, name and times is not added again. Of
        a dry run the ids are never given.

    Raises
    ------
    AccessRefused
        The policy does not allow it; that is on record.
    InputError
        A zone cannot be kept; none was.
    """
    with the_door(registry) as door, door.doing(user, "edit_zones", purpose) as work:
        known = _known(work.connection)
        new: list[Mapping[str, Any]] = []
        for zone in zones:
            if _look(zone) not in known:
                known.add(_look(zone))
                new.append(zone)
        with only_tried(work, dry_run=dry_run):
            made = tuple(
                add_zone(work.connection, dict(zone), by=user.name).zone_id
                for zone in new
            )
        work.object_type = "privacy_zone"
        work.object_ids = () if dry_run else made
        work.rows = len(made)
    return ZonesTaken(made, len(zones) - len(new))


def _known(connection: Connection) -> set[str]:
    found: set[str] = set()
    after = None
    while True:
        page = list_zones(connection, after=after, limit=MOST_ROWS)
        found |= {
            _look(
                {"name": one.name, "ring": one.ring, "from_at": one.from_at}
                | {"to_at": one.to_at}
            )
            for one in page.rows
        }
        after = page.after
        if after is None:
            return found


def _look(zone: Mapping[str, Any]) -> str:
    """Give what tells a zone from others: outline, name and times."""
    times = [zone.get(name) for name in ("from_at", "to_at")]
    rings = [[list(map(float, place)) for place in ring] for ring in zone["ring"]]
    return repr((rings, (zone.get("name") or "").strip(), times))
