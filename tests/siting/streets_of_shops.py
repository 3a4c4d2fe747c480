"""Hand-made towns whose facades, corners and courts anyone can see."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from shapely import LineString, Point, Polygon, box

from coveragekit.visibility import Obstacles

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["CRS", "houses", "places", "roads", "walls"]

CRS = "EPSG:32616"
# Large coordinates, as on real maps; near the middle of the zone, so that true north
# is grid north to a thousandth of a degree.
X, Y = 500_000.0, 3_735_000.0


def moved(shape: shapely.Geometry) -> shapely.Geometry:
    """Give a shape drawn at the origin where real maps have it."""
    return shapely.transform(shape, lambda xy: np.add(xy, (X, Y)))


def houses(shapes: Mapping[str, Polygon | Sequence[float]]) -> gpd.GeoDataFrame:
    """Give buildings by id, drawn as boxes or polygons at the origin."""
    drawn = [
        moved(one if isinstance(one, Polygon) else box(*one)) for one in shapes.values()
    ]
    ids = pd.Series(list(shapes), dtype="str")
    return gpd.GeoDataFrame({"building_id": ids}, geometry=drawn, crs=CRS)


def walls(shapes: Mapping[str, Polygon | Sequence[float]]) -> Obstacles:
    """Give the obstacles of :func:`houses`."""
    return Obstacles.from_buildings(houses(shapes))


def roads(lines: Mapping[str, Sequence[tuple[float, float]]]) -> gpd.GeoDataFrame:
    """Give public streets by name; a name that begins with ``foot`` is a footway."""
    kinds = ["footway" if name.startswith("foot") else "residential" for name in lines]
    return gpd.GeoDataFrame(
        {"highway": kinds, "name": list(lines)},
        geometry=[moved(LineString(one)) for one in lines.values()],
        crs=CRS,
    )


def places(
    points: Mapping[str, tuple[float, float]], **columns: Sequence[object]
) -> gpd.GeoDataFrame:
    """Give businesses by id."""
    return gpd.GeoDataFrame(
        {"place_id": list(points), **columns},
        geometry=[moved(Point(one)) for one in points.values()],
        crs=CRS,
    )
