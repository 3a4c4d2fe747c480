"""Places of an OpenStreetMap file: shops, offices, eating houses, public houses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from coveragekit.sources.osm_rows import Rows, polygons_of, source_id
from coveragekit.sources.osm_tags import classes, parse_address

if TYPE_CHECKING:
    from collections.abc import Mapping

    from coveragekit.sources.osm_scan import Scan

__all__ = ["place_rows"]


def place_rows(scan: Scan) -> Rows:
    """
    Give the places of a scan: where somebody is behind a door.

    Parameters
    ----------
    scan
        What one pass over the file found.

    Returns
    -------
    Rows
        One row an object; an area stands as a point inside it. Refused by cause:
        closed, parts missing from the file, crossing rings, no valid position.

    Notes
    -----
    Which values of which keys count is data. What only ``disused:`` or ``abandoned:``
    tags tell is not a place. Benches, bins and parking spaces are not places either and
    are not counted as refused.
    """
    import shapely

    rows = Rows()
    for spot in scan.spots:
        category = _category(spot.tags)
        if category is None:
            continue
        rows.offered += 1
        name = source_id("node", spot.osm_id)
        if spot.lonlat is None:
            rows.refuse(name, "no valid position")
        elif not _closed(rows, name, spot.tags, category):
            rows.add(_record(name, spot.tags, category), shapely.Point(spot.lonlat))
    _add_areas(rows, scan)
    return rows


def _add_areas(rows: Rows, scan: Scan) -> None:
    wanted = [o for o in scan.outlines if _category(o.tags) is not None]
    for outline, shape in zip(wanted, polygons_of(wanted), strict=True):
        rows.offered += 1
        name = source_id(outline.kind, outline.osm_id)
        category = _category(outline.tags)
        if category is None or _closed(rows, name, outline.tags, category):
            continue
        if outline.fault is not None:
            rows.refuse(name, outline.fault)
        else:
            rows.add(_record(name, outline.tags, category), _inside(shape))


def _inside(shape: Any) -> Any:  # noqa: ANN401 - shapely
    """Give a point inside the largest part."""
    return max(shape.geoms, key=lambda part: part.area).representative_point()


def _category(tags: Mapping[str, str]) -> str | None:
    rules = classes("places")
    for key in rules["order"]:
        value = tags.get(key)
        if value is not None and (key in rules["all_of"] or value in rules[key]):
            return f"{key}={value}"
    return None


def _closed(rows: Rows, name: str, tags: Mapping[str, str], category: str) -> bool:
    key, _, value = category.partition("=")
    if value in classes("places")["closed"]:
        rows.refuse(name, "closed", key, value=value)
        return True
    for tag in ("disused", "abandoned", "vacant"):
        if tags.get(tag) == "yes":
            rows.refuse(name, "closed", tag, value="yes")
            return True
    return False


def _record(name: str, tags: Mapping[str, str], category: str) -> dict[str, Any]:
    return {
        "place_id": name,
        "name": tags.get("name") or tags.get("brand"),
        "category": category,
        "address": parse_address(tags),
        "opening_hours": tags.get("opening_hours"),
    }
