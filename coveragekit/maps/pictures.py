"""Render rasters and big tables as pictures that lie exactly on a web map."""

from __future__ import annotations

import base64
import io
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from coveragekit.errors import InputError
from coveragekit.maps.tokens import DARK, DENSITY_RGB, LIGHT, MULTIPLICITY, PROBABILITY

if TYPE_CHECKING:
    from pathlib import Path

    import geopandas as gpd
    import xarray as xr
    from affine import Affine
    from numpy.typing import NDArray

__all__ = [
    "LIMIT_PX",
    "Picture",
    "density_picture",
    "multiplicity_picture",
    "probability_picture",
    "raster_picture",
    "shapes_picture",
]

LIMIT_PX = 4096
"""Longest side of a picture; what would be larger is drawn coarser."""

_WEB = "EPSG:3857"
_DENSITY_STEPS = 32
_DENSITY_OPACITY = 0.72


@dataclass(frozen=True, slots=True)
class Picture:
    """
    A PNG and the box on which it lies.

    Parameters
    ----------
    png
        The file's bytes; its rows and columns are even in Web Mercator, which is what a
        web map stretches it in.
    south, west, north, east
        Its edges, degrees.
    """

    png: bytes
    south: float
    west: float
    north: float
    east: float

    @property
    def url(self) -> str:
        """Give the picture as a ``data:`` address, so that no host is asked for it."""
        return "data:image/png;base64," + base64.b64encode(self.png).decode("ascii")

    @property
    def bounds(self) -> tuple[tuple[float, float], tuple[float, float]]:
        """Give the corners as Leaflet wants them: (south, west), (north, east)."""
        return (self.south, self.west), (self.north, self.east)


def multiplicity_picture(
    path: Path, *, dark: bool = False, limit_px: int = LIMIT_PX
) -> Picture:
    """
    Give the coverage raster of a study as a picture in the steps of the legend.

    Parameters
    ----------
    path
        ``multiplicity.tif``: sums of seeing probabilities in a projected CRS.
    dark
        For a map on a dark ground.
    limit_px
        Longest side of the picture, at least 16.

    Returns
    -------
    Picture
        Places that no camera sees, and those outside, are clear.

    Raises
    ------
    InputError
        A limit below 16 pixels.

    Notes
    -----
    Each pixel shows the raster cell in which its middle falls; nothing is averaged, so
    that no class appears that the raster does not have.
    """
    import rasterio

    with rasterio.open(path) as source:
        return raster_picture(
            source.read(1).astype(np.float32),
            transform=tuple(source.transform)[:6],
            crs=source.crs.to_wkt(),
            dark=dark,
            limit_px=limit_px,
        )


def probability_picture(
    path: Path, *, dark: bool = False, limit_px: int = LIMIT_PX
) -> Picture:
    """
    Give how likely it is that each place is seen, more opaque where it is more sure.

    Parameters
    ----------
    path
        ``seen_probability.tif``: probabilities in a projected CRS.
    dark
        For a map on a dark ground.
    limit_px
        Longest side of the picture, at least 16.

    Returns
    -------
    Picture
        Places that are never seen, and those outside, are clear.

    Raises
    ------
    InputError
        A limit below 16 pixels.
    """
    import rasterio

    colour = (DARK if dark else LIGHT)["accent"]
    steps = [(one.low, _rgba(colour, one.opacity)) for one in PROBABILITY]
    with rasterio.open(path) as source:
        return _stepped(
            source.read(1, masked=True).astype(np.float32).filled(np.nan),
            tuple(source.transform)[:6],
            source.crs.to_wkt(),
            steps=steps,
            limit_px=limit_px,
        )


def raster_picture(
    values: NDArray[np.float32] | xr.DataArray,
    *,
    transform: tuple[float, ...],
    crs: str,
    dark: bool = False,
    limit_px: int = LIMIT_PX,
) -> Picture:
    """
    Give an array of seeing probabilities, summed, as a picture in the legend's steps.

    Parameters
    ----------
    values
        Rows by columns; not-a-number outside the study area.
    transform
        The six numbers of the affine transform from column and row to ``crs``.
    crs
        The CRS, as ``rasterio`` understands it.
    dark
        For a map on a dark ground.
    limit_px
        Longest side of the picture, at least 16.

    Returns
    -------
    Picture
        Clear where the value is 0 or not a number.

    Raises
    ------
    InputError
        A limit below 16 pixels.
    """
    steps = [
        (step.low, _rgba(step.dark_colour if dark else step.colour, step.opacity))
        for step in MULTIPLICITY
    ]
    return _stepped(
        np.asarray(values, dtype=np.float32),
        transform,
        crs,
        steps=steps,
        limit_px=limit_px,
    )


def _stepped(
    source: NDArray[np.float32],
    transform: tuple[float, ...],
    crs: str,
    *,
    steps: list[tuple[float, tuple[int, int, int, int]]],
    limit_px: int,
) -> Picture:
    """Draw each pixel in the colour of the step that its cell's value falls in."""
    from affine import Affine
    from rasterio.enums import Resampling
    from rasterio.warp import reproject

    if limit_px < 16:
        message = f"a picture of {limit_px} pixels is too small; allowed: 16 or more"
        raise InputError(message)
    affine = Affine(*transform)
    west, south, east, north = _web_box(affine, source.shape, crs)
    cell = max(east - west, north - south) / min(limit_px, max(source.shape))
    columns = max(1, math.ceil((east - west) / cell))
    rows = max(1, math.ceil((north - south) / cell))
    drawn = np.zeros((rows, columns), dtype=np.float32)
    reproject(
        source,
        drawn,
        src_transform=affine,
        src_crs=crs,
        dst_transform=Affine(cell, 0.0, west, 0.0, -cell, north),
        dst_crs=_WEB,
        dst_nodata=np.nan,
        resampling=Resampling.nearest,
    )
    colours = [(0, 0, 0, 0)] + [colour for _, colour in steps]
    # As exact as the raster, so that a value on a border belongs to the upper step.
    lows = np.array([low for low, _ in steps[1:]], dtype=np.float32)
    classes = np.where(
        np.nan_to_num(drawn) > 0.0, np.searchsorted(lows, drawn, side="right") + 1, 0
    )
    box = (west, north - rows * cell, west + columns * cell, north)
    return _picture(classes.astype(np.uint8), colours, box)


def density_picture(
    points: gpd.GeoSeries, *, bandwidth_m: float = 60.0, cell_m: float = 12.0
) -> Picture | None:
    """
    Give points as a smooth density, so that no single one can be read off.

    Parameters
    ----------
    points
        Points in EPSG:4326; missing and empty ones are left out.
    bandwidth_m
        Standard deviation of the Gaussian kernel, metres on the ground, > 0.
    cell_m
        Size of a cell, metres on the ground, > 0; larger where the picture would exceed
        its limit.

    Returns
    -------
    Picture or None
        ``None`` where there are no points.

    Raises
    ------
    InputError
        A bandwidth or cell that is not positive.

    Notes
    -----
    The opacity grows with the square root of the density, from clear to the most
    incident-laden place of the picture.
    """
    from pyproj import Transformer
    from scipy.ndimage import gaussian_filter

    if not (bandwidth_m > 0.0 and cell_m > 0.0):
        message = (
            f"bandwidth {bandwidth_m} m and cell {cell_m} m must be positive numbers"
        )
        raise InputError(message)
    there = points[~(points.isna() | points.is_empty)]
    if there.empty:
        return None
    stretch = 1.0 / np.cos(np.radians(float(there.y.mean())))
    x, y = Transformer.from_crs(4326, 3857, always_xy=True).transform(there.x, there.y)
    x, y = np.asarray(x), np.asarray(y)
    margin, cell = 3.0 * bandwidth_m * stretch, cell_m * stretch
    west, south = x.min() - margin, y.min() - margin
    span = max(x.max() + margin - west, y.max() + margin - south)
    cell = max(cell, span / LIMIT_PX)
    columns = math.ceil((x.max() + margin - west) / cell)
    rows = math.ceil((y.max() + margin - south) / cell)
    north = south + rows * cell
    counts = np.zeros((rows, columns))
    np.add.at(
        counts, (((north - y) // cell).astype(int), ((x - west) // cell).astype(int)), 1
    )
    smooth = gaussian_filter(counts, bandwidth_m * stretch / cell, mode="constant")
    level = np.sqrt(smooth / smooth.max())
    classes = np.round(level * _DENSITY_STEPS).astype(np.uint8)
    colours = [
        (*DENSITY_RGB, round(255 * _DENSITY_OPACITY * i / _DENSITY_STEPS))
        for i in range(_DENSITY_STEPS + 1)
    ]
    return _picture(classes, colours, (west, south, west + columns * cell, north))


def shapes_picture(
    frame: gpd.GeoDataFrame, colour: str, *, opacity: float = 1.0
) -> Picture | None:
    """
    Give a table that is too big for GeoJSON as one picture.

    Parameters
    ----------
    frame
        Polygons or lines in EPSG:4326; missing and empty ones are left out.
    colour
        Hex colour.
    opacity
        0 (clear) to 1.

    Returns
    -------
    Picture or None
        ``None`` where there is nothing to draw.
    """
    from affine import Affine
    from rasterio.features import rasterize

    shapes = frame.geometry[~(frame.geometry.isna() | frame.geometry.is_empty)]
    if shapes.empty:
        return None
    web = shapes.to_crs(_WEB)
    west, south, east, north = web.total_bounds
    cell = max(east - west, north - south, 1.0) / LIMIT_PX
    columns = max(1, math.ceil((east - west) / cell))
    rows = max(1, math.ceil((north - south) / cell))
    drawn = rasterize(
        ((shape, 1) for shape in web),
        out_shape=(rows, columns),
        transform=Affine(cell, 0.0, west, 0.0, -cell, north),
        all_touched=True,
        dtype="uint8",
    )
    box = (west, north - rows * cell, west + columns * cell, north)
    return _picture(drawn, [(0, 0, 0, 0), _rgba(colour, opacity)], box)


def _web_box(
    affine: Affine, shape: tuple[int, ...], crs: str
) -> tuple[float, float, float, float]:
    from rasterio.warp import transform_bounds

    rows, columns = shape
    a, b, c, d, e, f = tuple(affine)[:6]
    xs = [c + a * i + b * j for i in (0, columns) for j in (0, rows)]
    ys = [f + d * i + e * j for i in (0, columns) for j in (0, rows)]
    box = transform_bounds(crs, _WEB, min(xs), min(ys), max(xs), max(ys))
    return box[0], box[1], box[2], box[3]


def _rgba(colour: str, opacity: float) -> tuple[int, int, int, int]:
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return red, green, blue, round(255 * opacity)


def _picture(
    classes: NDArray[np.uint8],
    colours: list[tuple[int, int, int, int]],
    box: tuple[float, float, float, float],
) -> Picture:
    from PIL import Image
    from pyproj import Transformer

    rows, columns = classes.shape
    image = Image.frombytes("P", (columns, rows), classes.astype(np.uint8).tobytes())
    image.putpalette([part for colour in colours for part in colour[:3]])
    file = io.BytesIO()
    clear = bytes(colour[3] for colour in colours)
    image.save(file, "PNG", transparency=clear, optimize=False, compress_level=6)
    back = Transformer.from_crs(3857, 4326, always_xy=True)
    west, south = back.transform(box[0], box[1])
    east, north = back.transform(box[2], box[3])
    return Picture(file.getvalue(), south, west, north, east)
