"""A synthetic city and cameras on its facades: the workload of the promises."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["CRS", "facade_cameras", "street_points", "synthetic_city"]

CRS = "EPSG:32616"
_ORIGIN = (741_000.0, 3_735_000.0)
_PER_SIDE = 4
_LOT_M = 23.9
_STREET_M = 14.0
_SHARE_OF_ELLS = 0.35


def synthetic_city(n_buildings: int, rng: np.random.Generator) -> gpd.GeoDataFrame:
    """
    Give buildings in blocks of four by four, apart from one another, each turned.

    Rectangles, and L shapes for a third of them; 27 % of the ground is built on.
    """
    blocks = math.ceil(n_buildings / _PER_SIDE**2)
    across = math.ceil(math.sqrt(blocks))
    number = np.arange(n_buildings)
    block, lot = number // _PER_SIDE**2, number % _PER_SIDE**2
    pitch = _PER_SIDE * _LOT_M + _STREET_M
    x = (block % across) * pitch + (lot % _PER_SIDE + 0.5) * _LOT_M
    y = (block // across) * pitch + (lot // _PER_SIDE + 0.5) * _LOT_M
    # Half a diagonal stays within half a lot, so that none can touch at any angle.
    width = rng.uniform(13.5, 17.5, n_buildings)
    depth = rng.uniform(13.3, 16.2, n_buildings)
    shapes = shapely.polygons(_outlines(width, depth, rng))
    middle = np.stack([x + _ORIGIN[0], y + _ORIGIN[1]], axis=1)
    turn = rng.uniform(0.0, np.pi / 2.0, n_buildings)
    placed = _placed(shapes, turn, middle)
    ids = pd.Series([f"b{row:06d}" for row in number], dtype="str")
    return gpd.GeoDataFrame({"building_id": ids}, geometry=placed, crs=CRS)


def _outlines(
    width: NDArray[np.float64], depth: NDArray[np.float64], rng: np.random.Generator
) -> list[NDArray[np.float64]]:
    notched = rng.random(len(width)) < _SHARE_OF_ELLS
    notch = rng.uniform(0.3, 0.6, (len(width), 2))
    outlines = []
    for w, d, ell, (nw, nd) in zip(width, depth, notched, notch, strict=True):
        corners = [(0.0, 0.0), (w, 0.0), (w, d), (0.0, d)]
        if ell:
            corners[2:3] = [(w, d * nd), (w * nw, d * nd), (w * nw, d)]
        ring = np.array([*corners, corners[0]]) - (0.5 * w, 0.5 * d)
        outlines.append(shapely.linearrings(ring))
    return outlines


def _placed(
    shapes: NDArray[np.object_], turn: NDArray[np.float64], middle: NDArray[np.float64]
) -> NDArray[np.object_]:
    corners, row = shapely.get_coordinates(shapes, return_index=True)
    cos, sin = np.cos(turn)[row], np.sin(turn)[row]
    turned = np.stack(
        [
            cos * corners[:, 0] - sin * corners[:, 1],
            sin * corners[:, 0] + cos * corners[:, 1],
        ],
        axis=1,
    )
    return shapely.set_coordinates(shapes.copy(), turned + middle[row])


def facade_cameras(
    buildings: gpd.GeoDataFrame,
    n: int,
    rng: np.random.Generator,
    *,
    hfov_deg: float = 360.0,
    range_m: float = 100.0,
    off_m: float = 0.3,
) -> gpd.GeoDataFrame:
    """Give cameras off random facades, looking away from them, known to grid north."""
    rings = shapely.get_exterior_ring(shapely.orient_polygons(buildings.geometry.array))
    corners, ring = shapely.get_coordinates(rings, return_index=True)
    same = ring[1:] == ring[:-1]
    a, b = corners[:-1][same], corners[1:][same]
    taken = rng.integers(0, len(a), n)
    a, b = a[taken], b[taken]
    way = (b - a) / np.hypot(*(b - a).T)[:, None]
    outward = np.stack([way[:, 1], -way[:, 0]], axis=1)
    places = a + rng.uniform(0.05, 0.95, (n, 1)) * (b - a) + off_m * outward
    bearing = np.mod(np.degrees(np.arctan2(outward[:, 0], outward[:, 1])), 360.0)
    return gpd.GeoDataFrame(
        {
            "camera_id": pd.Series([f"c{row:06d}" for row in range(n)], dtype="str"),
            "bearing_deg": bearing,
            "hfov_deg": np.full(n, float(hfov_deg)),
            "range_m": np.full(n, float(range_m)),
        },
        geometry=gpd.points_from_xy(*places.T),
        crs=buildings.crs,
    )


def street_points(
    buildings: gpd.GeoDataFrame, n: int, rng: np.random.Generator
) -> gpd.GeoSeries:
    """Give points anywhere in the city, in the order of chance."""
    minx, miny, maxx, maxy = buildings.total_bounds
    xy = rng.uniform((minx, miny), (maxx, maxy), (n, 2))
    return gpd.GeoSeries(gpd.points_from_xy(*xy.T), crs=buildings.crs)
