"""Small made files for the readers' tests, and short ways to ask what came of them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import geopandas as gpd
from shapely import LineString, Point, Polygon

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from coveragekit.sources import Loaded

# Corners of Atlanta, so that no rule about likely places stirs.
PLACES = ((-84.39, 33.75), (-84.38, 33.76), (-84.37, 33.77))


def write_text(path: Path, text: str, encoding: str = "utf-8") -> Path:
    """Write a text and give the path."""
    path.write_bytes(text.encode(encoding))
    return path


def write_rows(path: Path, header: str, *rows: str) -> Path:
    """Write a CSV of a header and rows and give the path."""
    return write_text(path, "\n".join([header, *rows]) + "\n")


def write_features(path: Path, *features: tuple[Any, dict[str, Any]]) -> Path:
    """Write a GeoJSON of raw geometries (any nonsense allowed) and properties."""
    content = {
        "type": "FeatureCollection",
        "features": [
            {"type": "Feature", "properties": properties, "geometry": geometry}
            for geometry, properties in features
        ],
    }
    return write_text(path, json.dumps(content))


def outline(*rings: Sequence[Sequence[float]]) -> dict[str, Any]:
    """Give a raw polygon."""
    return {"type": "Polygon", "coordinates": [list(ring) for ring in rings]}


def square(lon: float, lat: float, side: float = 0.001) -> list[list[float]]:
    """Give the closed ring of a square by its south-west corner."""
    east, north = lon + side, lat + side
    return [[lon, lat], [east, lat], [east, north], [lon, north], [lon, lat]]


def three_cameras() -> gpd.GeoDataFrame:
    """Give three cameras as a file of shapes would hold them."""
    return gpd.GeoDataFrame(
        {"camera_id": ["a", "b", "c"], "name": ["Älä", "Main & 5th", 'the "old" one']},
        geometry=[Point(place) for place in PLACES],
        crs="EPSG:4326",
    )


def three_buildings() -> gpd.GeoDataFrame:
    """Give three squares with heights, one with a courtyard."""
    shapes = [Polygon(square(*place)) for place in PLACES]
    inner = square(PLACES[0][0] + 0.0004, PLACES[0][1] + 0.0004, 0.0002)
    shapes[0] = Polygon(square(*PLACES[0]), [inner])
    return gpd.GeoDataFrame(
        {"building_id": ["a", "b", "c"], "height_m": [12.5, None, 3.0]},
        geometry=shapes,
        crs="EPSG:4326",
    )


def two_streets() -> gpd.GeoDataFrame:
    """Give two lines with a class."""
    return gpd.GeoDataFrame(
        {"street_id": ["s1", "s2"], "highway": ["residential", "primary"]},
        geometry=[LineString(PLACES[:2]), LineString(PLACES[1:])],
        crs="EPSG:4326",
    )


def faults(loaded: Loaded) -> list[tuple[int, str, str]]:
    """Give row, cause and action of everything rejected, in order."""
    book = loaded.rejected
    return list(zip(book["row"].tolist(), book["cause"], book["action"], strict=True))


def told(loaded: Loaded, words: str) -> bool:
    """Tell whether a notice has the words in it."""
    return any(words in notice for notice in loaded.notices)
