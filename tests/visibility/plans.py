"""Small plans for tests: houses, cameras and points in metres, on the grid's north."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import geopandas as gpd
import pandas as pd
from shapely.geometry import Point

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shapely.geometry.base import BaseGeometry

__all__ = ["CRS", "FULL", "cameras", "houses", "points"]

CRS = "EPSG:32616"
FULL = (math.nan, 360.0, 50.0)


def houses(
    *shapes: BaseGeometry | None, ids: Sequence[str] | None = None
) -> gpd.GeoDataFrame:
    """Give buildings with ids a, b, c, or those given."""
    names = ids or [chr(ord("a") + number) for number in range(len(shapes))]
    return gpd.GeoDataFrame(
        {"building_id": pd.Series(names, dtype="str")}, geometry=list(shapes), crs=CRS
    )


def cameras(*rows: tuple[float, float, float, float, float]) -> gpd.GeoDataFrame:
    """Give cameras from rows of x, y, bearing, field of view and range."""
    return gpd.GeoDataFrame(
        {
            "bearing_deg": pd.Series([row[2] for row in rows], dtype="float64"),
            "hfov_deg": pd.Series([row[3] for row in rows], dtype="float64"),
            "range_m": pd.Series([row[4] for row in rows], dtype="float64"),
        },
        geometry=[Point(row[0], row[1]) for row in rows],
        crs=CRS,
    )


def points(*places: tuple[float, float]) -> gpd.GeoSeries:
    """Give points from pairs of x, y."""
    return gpd.GeoSeries([Point(*place) for place in places], crs=CRS)
