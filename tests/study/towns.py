"""A small town whose coverage can be worked out by hand."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import pandas as pd
from shapely import LineString, Point, Polygon, affinity, box

from coveragekit import model
from coveragekit.sources.loaded import REJECTED_COLUMNS, Loaded
from coveragekit.study import Study, write_study

CRS = "EPSG:32616"
# The central meridian of the zone, so that grid north is true north to 1e-4 degrees.
ORIGIN = (500_000.0, 3_735_000.0)


def at(x: float, y: float) -> Point:
    """Give a place of the town, metres from its south-west corner."""
    return Point(ORIGIN[0] + x, ORIGIN[1] + y)


def moved(shape: Polygon | LineString) -> Polygon | LineString:
    """Move a shape of the town to where the town lies."""
    return affinity.translate(shape, *ORIGIN)


def loaded(name: str, frame: gpd.GeoDataFrame, **facts: object) -> Loaded:
    """Give a frame as a reader hands it over."""
    table = model.conform(name, frame.to_crs(4326))
    model.check(name, table)
    rejected = pd.DataFrame(columns=list(REJECTED_COLUMNS), dtype="object")
    provenance = {
        "file": f"{name}.geojson",
        "rows_offered": len(table),
        "rows_kept": len(table),
        "licence": "test",
        **facts,
    }
    return Loaded(table, rejected, (), provenance)


def buildings() -> gpd.GeoDataFrame:
    """Two houses: west 10..40 x 22..40, east 60..90 x 22..40."""
    shapes = [moved(box(10, 22, 40, 40)), moved(box(60, 22, 90, 40))]
    return gpd.GeoDataFrame({"building_id": ["west", "east"]}, geometry=shapes, crs=CRS)


def streets() -> gpd.GeoDataFrame:
    """One street along y = 10 from x = 0 to 100, one across at x = 50."""
    lines = [
        moved(LineString([(0, 10), (50, 10), (100, 10)])),
        moved(LineString([(50, 10), (50, 60)])),
    ]
    return gpd.GeoDataFrame(
        {
            "street_id": ["main", "cross"],
            "name": ["Main Street", "Cross Street"],
            "highway": ["residential", "residential"],
        },
        geometry=lines,
        crs=CRS,
    )


def cameras() -> gpd.GeoDataFrame:
    """
    One at the crossing that looks east, 90 degrees wide, 30 m deep at 62.5 px/m.

    As high as what it looks at, so that it has no dead zone: it sees a triangle.
    """
    return gpd.GeoDataFrame(
        {
            "camera_id": ["c1"],
            "name": ["Crossing"],
            "kind": ["bullet"],
            "bearing_deg": [90.0],
            "hfov_deg": [90.0],
            "width_px": [3750],
            "mount_height_m": [1.5],
            "tilt_deg": [0.0],
            "access": ["public"],
        },
        geometry=[at(50, 10)],
        crs=CRS,
    )


def incidents() -> gpd.GeoDataFrame:
    """One on Main Street in view, one in the east house, one behind the west house."""
    return gpd.GeoDataFrame(
        {
            "incident_id": ["street", "house", "behind"],
            "category": ["AUTO THEFT", "AUTO THEFT", "AUTO THEFT"],
            "occurred_from": pd.to_datetime(
                ["2022-01-01", "2022-01-31", "2022-03-02"], utc=True
            ),
        },
        geometry=[at(70, 10), at(75, 26), at(25, 45)],
        crs=CRS,
    )


def make_town(folder: Path, **changes: gpd.GeoDataFrame) -> Study:
    """Make the town's study."""
    frames = {
        "buildings": buildings(),
        "streets": streets(),
        "cameras": cameras(),
        "incidents": incidents(),
        **changes,
    }
    return write_study(
        folder, [(name, loaded(name, frame)) for name, frame in frames.items()]
    )
