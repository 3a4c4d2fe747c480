"""Buildings and water of an OpenStreetMap file: outlines with their holes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from coveragekit.sources.osm_rows import Rows, measured, polygons_of, source_id
from coveragekit.sources.osm_tags import (
    classes,
    is_underground,
    parse_length_m,
    parse_number,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from coveragekit.sources.osm_scan import Outline, Scan

__all__ = ["building_rows", "water_rows"]

_HIGHEST_M = 1000.0
_MOST_LEVELS = 250.0


def building_rows(scan: Scan) -> Rows:
    """
    Give the buildings of a scan: footprints whose walls reach the ground.

    Parameters
    ----------
    scan
        What one pass over the file found.

    Returns
    -------
    Rows
        One row a polygon (a relation with two outer rings gives two). Refused by
        cause: no walls, not built, below the ground, begins above people's heads,
        parts missing from the file, crossing rings, drawn again by a relation.
    """
    rows = Rows()
    wanted = [o for o in scan.outlines if _is_building(o.tags)]
    whole = {o.osm_id for o in wanted if o.kind == "relation" and o.fault is None}
    for outline, shape in zip(wanted, polygons_of(wanted), strict=True):
        rows.offered += 1
        name = source_id(outline.kind, outline.osm_id)
        relation = scan.outer_ways.get(outline.osm_id)
        if outline.kind == "way" and relation in whole:
            rows.refuse(
                name, "drawn again by a relation", detail=f"relation/{relation}"
            )
        elif not _refused_by_tag(rows, name, outline.tags):
            if outline.fault is not None:
                rows.refuse(name, outline.fault)
            else:
                _add_parts(rows, outline, shape)
    _refuse_loose(rows, scan)
    return rows


def _is_building(tags: Mapping[str, str]) -> bool:
    value = tags.get("building")
    return value is not None and value not in classes("buildings")["not_one"]


def _refused_by_tag(rows: Rows, name: str, tags: Mapping[str, str]) -> bool:
    rules = classes("buildings")
    value = tags["building"]
    if value in rules["without_walls"]:
        rows.refuse(name, "no walls", tag="building", value=value)
    elif value in rules["not_there"]:
        rows.refuse(name, "not built", tag="building", value=value)
    elif is_underground(tags):
        tag = "location" if tags.get("location") == "underground" else "layer"
        rows.refuse(name, "below the ground", tag=tag, value=tags[tag])
    else:
        return _begins_high(rows, name, tags)
    return True


def _begins_high(rows: Rows, name: str, tags: Mapping[str, str]) -> bool:
    rules = classes("buildings")
    height_m = parse_length_m(tags.get("min_height"))
    tag = "min_height"
    if height_m is None:
        level = parse_number(tags.get("building:min_level"))
        tag = "building:min_level"
        height_m = None if level is None else level * rules["storey_m"]
    if height_m is None or height_m <= rules["passable_below_m"]:
        return False
    rows.refuse(name, "begins above people's heads", tag=tag, value=tags[tag])
    return True


def _add_parts(rows: Rows, outline: Outline, shape: Any) -> None:  # noqa: ANN401 - shapely
    name, tags = source_id(outline.kind, outline.osm_id), outline.tags
    height, levels = tags.get("height"), tags.get("building:levels")
    height_m = _within(parse_length_m(height), _HIGHEST_M)
    storeys = _within(parse_number(levels), _MOST_LEVELS)
    measured(rows, name, "height", text=height, value=height_m)
    measured(rows, name, "building:levels", text=levels, value=storeys)
    kind = tags["building"]
    category = kind if kind not in classes("buildings")["says_nothing"] else None
    parts = list(shape.geoms)
    for number, part in enumerate(parts, start=1):
        key = name if len(parts) == 1 else f"{name}/{number}"
        record = {
            "building_id": key,
            "height_m": height_m,
            "levels": storeys,
            "category": category,
        }
        rows.add(record, part)


def _within(value: float | None, highest: float) -> float | None:
    return value if value is not None and 0.0 <= value <= highest else None


def _refuse_loose(rows: Rows, scan: Scan) -> None:
    for way in scan.loose:
        # A piece of a relation's outline is that relation's affair.
        if _is_building(way.tags) and way.osm_id not in scan.outer_ways:
            rows.offered += 1
            value = way.tags["building"]
            name = source_id("way", way.osm_id)
            rows.refuse(name, "outline not closed", tag="building", value=value)


def water_rows(scan: Scan) -> Rows:
    """
    Give the lakes, ponds and river areas of a scan.

    Parameters
    ----------
    scan
        What one pass over the file found.

    Returns
    -------
    Rows
        One row an object. Refused by cause: below the ground, parts missing from the
        file, crossing rings.

    Notes
    -----
    The sea is not among them: OpenStreetMap draws only its coastline, which an
    extract cuts off.
    """
    rows = Rows()
    wanted = [o for o in scan.outlines if _is_water(o.tags)]
    for outline, shape in zip(wanted, polygons_of(wanted), strict=True):
        rows.offered += 1
        name = source_id(outline.kind, outline.osm_id)
        if is_underground(outline.tags) or outline.tags.get("covered") == "yes":
            rows.refuse(name, "below the ground or covered")
        elif outline.fault is not None:
            rows.refuse(name, outline.fault)
        else:
            single = shape.geoms[0] if len(shape.geoms) == 1 else shape
            rows.add({"water_id": name, "name": outline.tags.get("name")}, single)
    return rows


def _is_water(tags: Mapping[str, str]) -> bool:
    rules = classes("water")
    if {tags.get("water"), tags.get("basin")} & set(rules["not_water"]):
        return False
    keys = ("natural", "waterway", "landuse")
    return any(tags.get(key) in rules[key] for key in keys)
