"""Whether a place that no camera may look into could be in a camera's picture."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from sqlalchemy import select

from coveragekit.registry.schema import camera
from coveragekit.registry.zones import zones_at

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from shapely import Polygon
    from sqlalchemy import Connection, Row

__all__ = ["may_see", "with_zone_in_view"]

_M_PER_DEG: Final = 111_320.0
# Where a camera's own figures are missing, more is taken than most cameras have.
_RANGE_M: Final = 200.0
_HFOV_DEG: Final = 130.0
_BEARING_ERROR_DEG: Final = 20.0
_POSITION_ERROR_M: Final = 10.0
_STEP_DEG: Final = 5.0
_ROUND_DEG: Final = 360.0
# the chords of an arc reach out a little farther than the arc
_FARTHER: Final = 1.01
_COLUMNS: Final = (
    "kind",
    "lon",
    "lat",
    "bearing_deg",
    "hfov_deg",
    "range_m",
    "position_error_m",
    "bearing_error_deg",
    "hfov_error_deg",
)


def with_zone_in_view(
    connection: Connection, camera_ids: Collection[str], at: datetime
) -> frozenset[str]:
    """
    Give the cameras in whose pictures a privacy zone could be.

    Parameters
    ----------
    connection
        A connection to the registry.
    camera_ids
        The cameras.
    at
        When; only the zones of that time count.

    Returns
    -------
    frozenset of str
        Their ids. Walls are not asked: a zone behind one counts as in view.
    """
    zones = zones_at(connection, at)
    if not zones or not camera_ids:
        return frozenset()
    boxes = [(one.ring, _box(one.ring)) for one in zones]
    columns = [camera.c[name] for name in ("camera_id", *_COLUMNS)]
    query = select(*columns).where(camera.c.camera_id.in_(sorted(camera_ids)))
    found = set()
    for row in connection.execute(query):
        near = [ring for ring, box in boxes if _is_near(row, box)]
        if near:
            sector = _sector(row)
            if any(_meets(row, ring, sector) for ring in near):
                found.add(row.camera_id)
    return frozenset(found)


def may_see(row: Row[tuple[object, ...]], rings: Sequence[Sequence[object]]) -> bool:
    """
    Tell whether a camera could see any of a place, walls left out.

    Parameters
    ----------
    row
        Place, direction, field of view, range and errors of a camera; those that are
        missing are taken as larger than most cameras have, and a camera that turns or
        whose direction is unknown looks all around.
    rings
        The place as GeoJSON has it: ``[[[lon, lat], ...], ...]``.

    Returns
    -------
    bool
        Whether the place and the sector of the camera touch.
    """
    return _is_near(row, _box(rings)) and _meets(row, rings, _sector(row))


def _meets(
    row: Row[tuple[object, ...]],
    rings: Sequence[Sequence[object]],
    sector: Polygon,
) -> bool:
    from shapely import Polygon

    lon, lat = float(row.lon), float(row.lat)
    east_m = _M_PER_DEG * math.cos(math.radians(lat))

    def metres(ring: Sequence[Sequence[float]]) -> list[tuple[float, float]]:
        return [((x - lon) * east_m, (y - lat) * _M_PER_DEG) for x, y, *_ in ring]

    shell, *holes = [metres(ring) for ring in rings]  # type: ignore[arg-type]
    return bool(Polygon(shell, holes).intersects(sector))


def _box(rings: Sequence[Sequence[object]]) -> tuple[float, float, float, float]:
    """Give west, south, east and north of a place, degrees."""
    outline: Sequence[Sequence[float]] = rings[0]  # type: ignore[assignment]
    lons, lats = [one[0] for one in outline], [one[1] for one in outline]
    return min(lons), min(lats), max(lons), max(lats)


def _is_near(
    row: Row[tuple[object, ...]], box: tuple[float, float, float, float]
) -> bool:
    """Tell, without any geometry, whether a place could be within a camera's reach."""
    west, south, east, north = box
    lon, lat = float(row.lon), float(row.lat)
    east_m = _M_PER_DEG * math.cos(math.radians(lat))
    far_m = _FARTHER * (row.range_m or _RANGE_M)
    far_m += _FARTHER * (row.position_error_m or _POSITION_ERROR_M)
    beside_m = max(west - lon, lon - east) * east_m
    above_m = max(south - lat, lat - north) * _M_PER_DEG
    return max(beside_m, above_m) <= far_m


def _sector(row: Row[tuple[object, ...]]) -> Polygon:
    """Give the ground that the camera might look at, metres from where it stands."""
    from shapely import Point, Polygon

    reach_m = row.range_m or _RANGE_M
    slack_m = row.position_error_m or _POSITION_ERROR_M
    all_round = row.bearing_deg is None or row.kind in {"ptz", "fisheye", "unknown"}
    wide_deg = row.hfov_deg or _HFOV_DEG
    wide_deg += 2 * (row.bearing_error_deg or _BEARING_ERROR_DEG)
    wide_deg += row.hfov_error_deg or 0.0
    if all_round or wide_deg >= _ROUND_DEG:
        return Point(0.0, 0.0).buffer(reach_m + slack_m)
    steps = max(1, math.ceil(wide_deg / _STEP_DEG))
    # the chord of a step lies inside its arc: a little farther out holds it
    out_m = reach_m / math.cos(math.radians(wide_deg / steps / 2))
    angles = [
        math.radians(row.bearing_deg - wide_deg / 2 + wide_deg * step / steps)
        for step in range(steps + 1)
    ]
    arc = [(out_m * math.sin(one), out_m * math.cos(one)) for one in angles]
    return Polygon([(0.0, 0.0), *arc]).buffer(slack_m)
