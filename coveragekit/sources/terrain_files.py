"""Heights from one GeoTIFF, safely, in metres."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from coveragekit.errors import (
    CRSError,
    InputError,
    SourceChanged,
    SourceUnavailable,
)
from coveragekit.sources.vertical import METRES, file_unit

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray
    from pyproj import CRS

__all__ = [
    "MOST_CELLS",
    "Affine6",
    "Ask",
    "Box",
    "Part",
    "box_words",
    "place_of",
    "read_part",
]

Affine6 = tuple[float, float, float, float, float, float]
Box = tuple[float, float, float, float]

_MAGIC = (b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+")
# These heights take 400 MB.
MOST_CELLS = 100_000_000
# From below the Dead Sea's shore to above Everest, metres.
_LOWEST_M, _HIGHEST_M = -450.0, 8900.0
_AROUND_CELLS = 2
# No neighbour files, no remote or virtual sources: the bytes of this file alone.
_OPTIONS = {
    "GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR",
    "GDAL_PAM_ENABLED": "NO",
    "CPL_VSIL_CURL_ALLOWED_EXTENSIONS": "none",
    "GTIFF_HONOUR_NEGATIVE_SCALEY": "YES",
}


@dataclass(frozen=True, slots=True)
class Ask:
    """
    What is wanted of a file.

    Parameters
    ----------
    crs
        CRS of ``bounds``; that of the file where ``None``.
    bounds
        minx, miny, maxx, maxy; all of the file where ``None``.
    unit
        The unit that the caller gave, or ``None``.
    room
        How many cells may be read.
    """

    crs: object
    bounds: Box | None
    unit: str | None
    room: int


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """
    The heights of one file and where they lie.

    Parameters
    ----------
    name
        Name of the file.
    heights
        Metres, not-a-number where unknown.
    transform, crs
        As those of ``coveragekit.sources.Terrain``.
    unit
        The unit that they were in.
    notices
        What was converted or assumed.
    """

    name: str
    heights: NDArray[np.float32]
    transform: Affine6
    crs: CRS
    unit: str
    notices: tuple[str, ...]


def read_part(path: Path, ask: Ask) -> Part | None:
    """
    Give the heights of a file within the bounds.

    Parameters
    ----------
    path
        The file.
    ask
        What is wanted of it.

    Returns
    -------
    Part or None
        ``None`` where the file has no cell within the bounds.

    Raises
    ------
    CRSError
        It has no CRS, or none of places.
    InputError
        It is no GeoTIFF, its unit or heights cannot be used, or it is too large.
    SourceChanged
        It has more than one band, or no numbers.
    SourceUnavailable
        It is not there, or damaged.
    """
    _check_file(path)
    import rasterio
    from rasterio.errors import NotGeoreferencedWarning, RasterioError

    with rasterio.Env(**_OPTIONS), warnings.catch_warnings():
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        try:
            with rasterio.open(path, driver="GTiff") as dataset:
                return _take(dataset, path.name, ask)
        except RasterioError as error:
            message = (
                f"{path.name} cannot be read as a GeoTIFF: {error}; it may be damaged "
                "or cut short: fetch it again"
            )
            raise SourceUnavailable(message) from error


def box_words(box: Box, crs: object) -> str:
    """
    Give where a box lies, by longitude and latitude.

    Parameters
    ----------
    box
        minx, miny, maxx, maxy.
    crs
        Its CRS.

    Returns
    -------
    str
        Degrees east and north.

    Examples
    --------
    >>> box_words((-84.5, 33.5, -84.0, 34.0), "EPSG:4326")
    'longitude -84.500 to -84.000, latitude 33.500 to 34.000'
    """
    from pyproj import Transformer

    turn = Transformer.from_crs(crs, "EPSG:4326", always_xy=True)
    minx, miny, maxx, maxy = map(float, box)
    west, south, east, north = turn.transform_bounds(minx, miny, maxx, maxy)
    return f"longitude {west:.3f} to {east:.3f}, latitude {south:.3f} to {north:.3f}"


def place_of(path: Path) -> str:
    """
    Give where a GeoTIFF lies, by longitude and latitude.

    Parameters
    ----------
    path
        A file that :func:`read_part` has read.

    Returns
    -------
    str
        Degrees east and north.
    """
    import rasterio

    with rasterio.Env(**_OPTIONS), rasterio.open(path, driver="GTiff") as dataset:
        flat, _ = _crs_of(dataset, path.name)
        return box_words(tuple(dataset.bounds), flat)


def _check_file(path: Path) -> None:
    if not path.exists():
        message = (
            f"there is no file {path}; check the path (addresses on the web are not "
            "read: fetch the file first)"
        )
        raise SourceUnavailable(message)
    if not path.is_file():
        message = f"{path} is no file; give the GeoTIFF itself"
        raise InputError(message)
    try:
        with path.open("rb") as stream:
            head = stream.read(4)
    except OSError as error:
        message = f"{path} cannot be read: {error.strerror or error}"
        raise SourceUnavailable(message) from error
    if head not in _MAGIC:
        message = (
            f"{path.name} is no GeoTIFF; allowed: GeoTIFF (.tif) with the heights of "
            "the ground, as national map services give them: other rasters can be "
            "saved as GeoTIFF in any GIS"
        )
        raise InputError(message)


def _take(dataset: Any, name: str, ask: Ask) -> Part | None:  # noqa: ANN401
    if dataset.count != 1:
        message = (
            f"{name} has {dataset.count} bands; allowed: one band of heights: take it "
            f"out with gdal_translate -b 1 {name} terrain.tif"
        )
        raise SourceChanged(message)
    kind = np.dtype(dataset.dtypes[0])
    if kind.kind not in "iuf":
        message = f"{name} holds {kind}; allowed: whole or decimal numbers"
        raise SourceChanged(message)
    flat, heights_crs = _crs_of(dataset, name)
    window = _window(dataset, flat, ask, name=name)
    if window is None:
        return None
    # What a damaged file holds may overflow, or be no number at all: it is not known.
    with np.errstate(invalid="ignore", over="ignore"):
        values = dataset.read(1, window=window, masked=True).astype(np.float32)
        heights = np.ma.filled(values, np.float32(np.nan))
        heights *= np.float32(dataset.scales[0])
        heights += np.float32(dataset.offsets[0])
    heights[~np.isfinite(heights)] = np.nan
    unit, notices = file_unit(dataset, name, heights_crs, flat=flat, given=ask.unit)
    heights *= np.float32(METRES[unit])
    _check_believable(heights, name, unit)
    if notices and not np.isnan(heights).all():
        least, most = float(np.nanmin(heights)), float(np.nanmax(heights))
        notices = tuple(f"{each}: {least:,.0f} to {most:,.0f} m" for each in notices)
    a, b, c, d, e, f = tuple(dataset.transform)[:6]
    right, down = window.col_off, window.row_off
    transform = (a, b, c + a * right + b * down, d, e, f + d * right + e * down)
    return Part(name, heights, transform, flat, unit, notices)


def _crs_of(dataset: Any, name: str) -> tuple[CRS, CRS | None]:  # noqa: ANN401
    """Give the CRS of x and y, and that of heights where there is one."""
    from pyproj import CRS

    if dataset.crs is None or dataset.transform.is_identity:
        message = (
            f"{name} does not say where it lies (no CRS or no corner); write both into "
            f"it: gdal_translate -a_srs EPSG:... -a_ullr ... {name} terrain.tif"
        )
        raise CRSError(message)
    whole = CRS.from_wkt(dataset.crs.to_wkt())
    parts = whole.sub_crs_list
    flat = parts[0] if parts else whole.to_2d()
    if not (flat.is_projected or flat.is_geographic):
        message = f"{name} is in {flat.name}, which is no place on a map"
        raise CRSError(message)
    return flat, parts[1] if len(parts) > 1 else None


def _window(dataset: Any, flat: CRS, ask: Ask, *, name: str) -> Any:  # noqa: ANN401
    """Give the window of the bounds, ``None`` where there is nothing in it."""
    from rasterio.windows import Window

    width, height = dataset.width, dataset.height
    low, high = np.zeros(2), np.array([width, height], dtype=np.float64)
    if ask.bounds is not None:
        from pyproj import CRS, Transformer

        box = ask.bounds
        if ask.crs is not None:
            turn = Transformer.from_crs(
                CRS.from_user_input(ask.crs), flat, always_xy=True
            )
            minx, miny, maxx, maxy = map(float, box)
            box = turn.transform_bounds(minx, miny, maxx, maxy, densify_pts=21)
        corners = [(box[n], box[m]) for n in (0, 2) for m in (1, 3)]
        a, b, c, d, e, f = tuple(dataset.transform)[:6]
        area = a * e - b * d
        x, y = np.array(corners).T
        cells = np.stack(
            [(e * (x - c) - b * (y - f)) / area, (a * (y - f) - d * (x - c)) / area]
        )
        if not np.isfinite(cells).all():
            return None
        low = np.maximum(np.floor(cells.min(axis=1)) - _AROUND_CELLS, low)
        high = np.minimum(np.ceil(cells.max(axis=1)) + _AROUND_CELLS, high)
    size = high - low
    if (size <= 0.0).any():
        return None
    if size.prod() > ask.room:
        message = (
            f"{name}: {size[0]:,.0f} x {size[1]:,.0f} cells are asked for; allowed: "
            f"{MOST_CELLS:,} cells in all: give a file cut to the place "
            "(gdalwarp -te), or a coarser one (gdalwarp -tr)"
        )
        raise InputError(message)
    return Window(*map(int, (*low, *size)))


def _check_believable(heights: NDArray[np.float32], name: str, unit: str) -> None:
    known = heights[~np.isnan(heights)]
    if known.size == 0:
        return
    least, most = float(known.min()), float(known.max())
    if least < _LOWEST_M or most > _HIGHEST_M:
        odd = least if least < _LOWEST_M else most
        raw = odd / METRES[unit]
        message = (
            f"{name}: heights from {least:,.6g} to {most:,.6g} m, taking its numbers "
            f"for {unit}; allowed: {_LOWEST_M:g} to {_HIGHEST_M:g} m. If {raw:,.6g} "
            f"stands for no data, say so: gdal_translate -a_nodata {raw:.10g} {name} "
            "terrain.tif; if the unit is another, write it into the file: "
            f"gdal_edit.py -units ft {name}"
        )
        raise InputError(message)
