"""Cameras of an OpenStreetMap file, one row for each direction of each pole."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from coveragekit.errors import InputError
from coveragekit.sources.directions import parse_directions
from coveragekit.sources.osm_rows import Rows, measured, source_id
from coveragekit.sources.osm_tags import (
    classes,
    parse_date,
    parse_length_m,
    parse_number,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from coveragekit.sources.osm_scan import Scan, Spot

__all__ = ["camera_rows"]

_HIGHEST_MOUNT_M = 500.0
_STEEPEST_DEG = 90.0


def camera_rows(scan: Scan) -> Rows:
    """
    Give the cameras and licence plate readers of a scan.

    Parameters
    ----------
    scan
        What one pass over the file found.

    Returns
    -------
    Rows
        One row a direction: a pole tagged ``90;180`` is two cameras. Refused by cause:
        not a camera, indoors, no longer used, not drawn as a node, no valid position.

    Notes
    -----
    ``camera:direction`` is preferred to ``direction``. A direction that cannot be read
    leaves the bearing missing and is noted. The width of a range is taken as
    the field of view. ``camera:angle`` is the tilt below the horizontal. Who may use
    the pictures is not in OpenStreetMap: ``access`` is public where the operator is a
    public body or the view is tagged public, else registered, and marked assumed either
    way. Addresses of live pictures are not read.
    """
    import shapely

    rows = Rows()
    for spot in scan.spots:
        if spot.tags.get("man_made") != "surveillance":
            continue
        rows.offered += 1
        name = source_id("node", spot.osm_id)
        if _refused(rows, name, spot.tags):
            continue
        if spot.lonlat is None:
            rows.refuse(name, "no valid position")
            continue
        point = shapely.Point(spot.lonlat)
        for record in _records(rows, name, spot):
            rows.add(record, point)
    for outline in (*scan.outlines, *scan.loose):
        if outline.tags.get("man_made") == "surveillance":
            rows.offered += 1
            name = source_id(outline.kind, outline.osm_id)
            rows.refuse(name, "not drawn as a node")
    return rows


def _watches(tags: Mapping[str, str]) -> set[str]:
    text = tags.get("surveillance:type", "camera")
    return {part.strip().lower() for part in text.split(";")}


def _refused(rows: Rows, name: str, tags: Mapping[str, str]) -> bool:
    rules = classes("cameras")
    if not _watches(tags) & {*rules["cameras"], *rules["plate_readers"]}:
        value = tags["surveillance:type"]
        rows.refuse(name, "not a camera", tag="surveillance:type", value=value)
        return True
    if tags.get("surveillance") == "indoor" or tags.get("indoor") == "yes":
        tag = "indoor" if tags.get("indoor") == "yes" else "surveillance"
        rows.refuse(name, "indoors", tag=tag, value=tags[tag])
        return True
    for tag in ("disused", "abandoned"):
        if tags.get(tag) == "yes":
            rows.refuse(name, "no longer used", tag=tag, value="yes")
            return True
    return False


def _records(rows: Rows, name: str, spot: Spot) -> list[dict[str, Any]]:
    directions = _directions(rows, name, spot.tags)
    common = {
        "name": spot.tags.get("name") or spot.tags.get("ref"),
        "kind": _kind(spot.tags),
        "tilt_deg": _tilt_deg(rows, name, spot.tags),
        "mount_height_m": _mount_height_m(rows, name, spot.tags),
        "access": _access(spot.tags),
        "status": "unknown",
        "active_from": parse_date(spot.tags.get("start_date")),
        "verified_at": parse_date(spot.tags.get("check_date")),
        "assumed": ["access"],
        "source": "openstreetmap",
        "source_id": name,
    }
    several = len(directions) > 1
    return [
        {
            **common,
            "camera_id": f"{name}/{number}" if several else name,
            "bearing_deg": bearing_deg,
            "hfov_deg": width_deg,
            "sector": str(number) if several else None,
        }
        for number, (bearing_deg, width_deg) in enumerate(directions, start=1)
    ]


def _directions(
    rows: Rows, name: str, tags: Mapping[str, str]
) -> list[tuple[float | None, float | None]]:
    for tag in ("camera:direction", "direction"):
        text = tags.get(tag)
        if text is None:
            continue
        try:
            return [*parse_directions(text)]
        except InputError:
            rows.leave_empty(name, "direction cannot be read", tag=tag, value=text)
            return [(None, None)]
    return [(None, None)]


def _kind(tags: Mapping[str, str]) -> str:
    rules = classes("cameras")
    if _watches(tags) & {*rules["plate_readers"]}:
        return "alpr"
    # "fixed" only says that it does not turn, not how it is built.
    kind: str = rules["kinds"].get(tags.get("camera:type", "").lower(), "unknown")
    return kind


def _tilt_deg(rows: Rows, name: str, tags: Mapping[str, str]) -> float | None:
    text = tags.get("camera:angle")
    if text is None:
        return None
    tilt_deg = parse_number(text.rstrip("° "))
    if tilt_deg is not None and 0.0 <= tilt_deg <= _STEEPEST_DEG:
        return tilt_deg
    # Below zero may mean upwards, or downwards by somebody who counts the other way.
    rows.leave_empty(name, "tilt cannot be read", tag="camera:angle", value=text)
    return None


def _mount_height_m(rows: Rows, name: str, tags: Mapping[str, str]) -> float | None:
    text = tags.get("height")
    height_m = parse_length_m(text)
    if height_m is not None and not 0.0 <= height_m <= _HIGHEST_MOUNT_M:
        height_m = None
    return measured(rows, name, "height", text=text, value=height_m)


def _access(tags: Mapping[str, str]) -> str:
    rules = classes("cameras")
    operator = tags.get("operator", "").lower()
    is_public = (
        tags.get("surveillance") == "public"
        or tags.get("operator:type") in rules["public_types"]
        or any(word in operator for word in rules["public_words"])
    )
    return "public" if is_public else "registered"
