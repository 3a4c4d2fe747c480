"""Small surfaces and cameras with heights for tests, on the grid's north."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import shapely

from coveragekit.visibility import Surface, Viewsheds
from coveragekit.visibility.zones import Zones
from tests.visibility.plans import CRS, cameras

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["ALL_ROUND", "cell_centres", "cells_seen", "lookouts", "raster_surface"]

ALL_ROUND = (math.nan, 360.0)


def raster_surface(
    ground: ArrayLike, rise: ArrayLike = 0.0, *, cell: float = 1.0
) -> Surface:
    """Give a surface whose south-west corner is the origin."""
    heights = np.array(ground, dtype=np.float32)
    top = (heights + np.asarray(rise, dtype=np.float32)).astype(np.float32)
    return Surface.from_arrays(
        {
            "ground_m": heights,
            "top_m": top,
            "frame": np.array([0.0, len(heights) * cell, cell]),
            "counts": np.zeros(4, np.int64),
            **Zones.none().to_arrays(),
        },
        crs=CRS,
    )


def lookouts(
    *rows: tuple[float, float, float, float, float, float],
) -> gpd.GeoDataFrame:
    """Give cameras from rows of x, y, height, bearing, field of view and range."""
    flat = cameras(*((x, y, *view) for x, y, _, *view in rows))
    return flat.assign(mount_height_m=[row[2] for row in rows])


def cells_seen(made: Viewsheds, place: int = 0) -> NDArray[np.bool_]:
    """Give the cells of the whole surface that a camera sees."""
    whole = np.zeros(made.surface.top_m.shape, np.bool_)
    row, column, rows, columns = made.windows[place]
    whole[row : row + rows, column : column + columns] = made.cells(place)
    return whole


def cell_centres(surface: Surface) -> gpd.GeoSeries:
    """Give the centres of all cells, row by row from the north."""
    west, north, cell = surface.frame
    rows, columns = np.indices(surface.top_m.shape)
    x, y = west + (columns + 0.5) * cell, north - (rows + 0.5) * cell
    return gpd.GeoSeries(shapely.points(x.ravel(), y.ravel()), crs=surface.crs)
