"""Places of an OpenStreetMap file: shops, offices, eating houses, public houses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from coveragekit.crs import check_same
from coveragekit.sources.osm_rows import Rows, polygons_of, source_id
from coveragekit.sources.osm_tags import classes, parse_address

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas as gpd

    from coveragekit.sources.osm_scan import Scan

__all__ = ["in_buildings", "place_rows"]


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
        elif not _closed(rows, name, spot.tags):
            rows.add(_record(name, spot.tags, category), shapely.Point(spot.lonlat))
    _add_areas(rows, scan)
    return rows


def in_buildings(
    places: gpd.GeoDataFrame, buildings: gpd.GeoDataFrame
) -> gpd.GeoDataFrame:
    """
    Give places with the building that each stands in.

    Parameters
    ----------
    places, buildings
        The tables of these names, in one CRS.

    Returns
    -------
    geopandas.GeoDataFrame
        The places with ``building_id`` filled in where a footprint holds the point; of
        several footprints the smallest.

    Raises
    ------
    CRSError
        The tables have different CRS.

    Examples
    --------
    >>> from coveragekit import model
    >>> len(in_buildings(model.empty("places"), model.empty("buildings")))
    0
    """
    import numpy as np
    import shapely

    check_same(places.crs, buildings.crs, "places and buildings")
    shapes = np.asarray(buildings.geometry.array)
    place, building = shapely.STRtree(shapes).query(
        np.asarray(places.geometry.array), predicate="within"
    )
    # The last one written stays: large footprints first, so that the smallest does.
    order = np.argsort(-shapely.area(shapes[building]), kind="stable")
    names = np.full(len(places), None, dtype=object)
    names[place[order]] = buildings["building_id"].to_numpy(dtype=object)[
        building[order]
    ]
    return places.assign(building_id=names)


def _add_areas(rows: Rows, scan: Scan) -> None:
    wanted = [o for o in scan.outlines if _category(o.tags) is not None]
    for outline, shape in zip(wanted, polygons_of(wanted), strict=True):
        rows.offered += 1
        name = source_id(outline.kind, outline.osm_id)
        category = _category(outline.tags)
        if category is None or _closed(rows, name, outline.tags):
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


def _closed(rows: Rows, name: str, tags: Mapping[str, str]) -> bool:
    category = _category(tags) or ""
    key, _, value = category.partition("=")
    if value in classes("places")["closed"]:
        rows.refuse(name, "closed", tag=key, value=value)
        return True
    for tag in ("disused", "abandoned", "vacant"):
        if tags.get(tag) == "yes":
            rows.refuse(name, "closed", tag=tag, value="yes")
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
