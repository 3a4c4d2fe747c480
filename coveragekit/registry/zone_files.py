"""Read privacy zones that somebody drew in a map program and saved as GeoJSON."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING, Any, Final

from coveragekit.errors import Fault, InputError, TableError
from coveragekit.registry.zones import check_rings

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["parse_zones"]

_FROM: Final = ("from", "from_at", "valid_from", "start")
_TO: Final = ("to", "to_at", "valid_to", "end")
_NAMES: Final = ("name", "Name", "NAME", "title")
_TABLE: Final = "privacy_zones"
_WGS84: Final = ("CRS84", "4326")


def parse_zones(text: str) -> tuple[dict[str, Any], ...]:
    """
    Read privacy zones.

    Parameters
    ----------
    text
        GeoJSON with polygons, longitude before latitude. Their ``name``, ``from`` and
        ``to`` (a day, or a time with its zone) are read; all else is left alone.

    Returns
    -------
    tuple of dict
        ``name``, ``ring``, ``from_at`` and ``to_at`` of each; of several polygons in
        one feature each is a zone.

    Raises
    ------
    InputError
        If it is no GeoJSON, is of other coordinates, or holds no polygon.
    TableError
        If zones cannot be kept: every fault with the number of its feature.

    Examples
    --------
    >>> shape = {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 0]]]}
    >>> one = {"type": "Feature", "geometry": shape,
    ...     "properties": {"name": "School", "to": "2027-06-30"}}
    >>> zone, = parse_zones(json.dumps(one))
    >>> zone["name"], zone["to_at"].date().isoformat()
    ('School', '2027-06-30')
    """
    found: list[dict[str, Any]] = []
    faults: list[Fault] = []
    for number, feature in enumerate(_features(_read(text)), start=1):
        told = feature.get("properties")
        said = told if isinstance(told, dict) else {}
        times: dict[str, datetime | None] = {}
        for name, keys in (("from_at", _FROM), ("to_at", _TO)):
            value = next((said[key] for key in keys if said.get(key)), None)
            try:
                times[name] = _moment(value)
            except InputError as error:
                faults.append(Fault(number, keys[0], str(value)[:40], str(error)))
        named = next((str(said[key]) for key in _NAMES if said.get(key)), None)
        rings = _rings(number, feature.get("geometry"), faults)
        found.extend({"name": named, "ring": ring, **times} for ring in rings)
    if faults:
        raise TableError(_TABLE, faults)
    if not found:
        message = "there is no polygon in it; draw the zones as areas"
        raise InputError(message)
    return tuple(found)


def _read(text: str) -> Mapping[str, Any]:
    try:
        data = json.loads(text.removeprefix("\ufeff"))
    except (ValueError, RecursionError) as error:
        message = f"this is no GeoJSON: {str(error)[:120]}"
        raise InputError(message) from None
    if not isinstance(data, dict):
        message = "this is no GeoJSON: it has to begin with a collection of features"
        raise InputError(message)
    named = json.dumps(data.get("crs") or "")
    if data.get("crs") and not any(code in named for code in _WGS84):
        message = (
            f"its coordinates are of {named[:80]}; allowed: longitude and latitude "
            "(EPSG:4326): save it so"
        )
        raise InputError(message)
    return data


def _features(data: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    listed = data.get("features")
    if data.get("type") == "FeatureCollection" and isinstance(listed, list):
        return [one if isinstance(one, dict) else {} for one in listed]
    if data.get("type") == "Feature":
        return [data]
    return [{"geometry": data}]


def _rings(number: int, geometry: object, faults: list[Fault]) -> Iterator[Any]:
    shape = geometry if isinstance(geometry, dict) else {}
    kind, given = shape.get("type"), shape.get("coordinates")
    polygons = {"Polygon": [given], "MultiPolygon": given}.get(str(kind))
    if not isinstance(polygons, list):
        seen = str(kind)[:40] if kind else "nothing"
        faults.append(Fault(number, "geometry", seen, "Polygon, MultiPolygon"))
        return
    for polygon in polygons:
        flat = _flat(polygon)
        try:
            check_rings(flat)
        except InputError as error:
            faults.append(Fault(number, "geometry", str(kind), str(error)))
        else:
            yield flat


def _flat(polygon: object) -> object:
    """Leave heights out, which some programs write for each corner."""
    if not isinstance(polygon, list):
        return polygon
    return [
        [one[:2] if isinstance(one, list) else one for one in ring]
        if isinstance(ring, list)
        else ring
        for ring in polygon
    ]


def _moment(value: object) -> datetime | None:
    if value is None:
        return None
    text = str(value).strip()
    try:
        day = date.fromisoformat(text)
    except ValueError:
        pass
    else:
        return datetime.combine(day, time(), UTC)
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        read = None
    if read is None or read.tzinfo is None:
        message = "a day such as 2026-11-22, or a time such as 2026-11-22T18:05:00Z"
        raise InputError(message)
    return read.astimezone(UTC)
