"""Take ground heights into a study: read, cut to the study, written in metres."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from coveragekit.errors import InputError
from coveragekit.study.folder import file_digest
from coveragekit.study.settings import Input

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import geopandas as gpd

    from coveragekit.sources import Terrain

__all__ = ["read_ground", "terrain_inputs", "write_terrain"]

# As far as a camera beside the study area may stand and look into it.
MARGIN_M: Final = 500.0
BOX_TABLES: Final = ("buildings", "streets")


def read_ground(
    paths: Sequence[Path], tables: Mapping[str, gpd.GeoDataFrame], *, crs: str
) -> Terrain:
    """
    Read the ground heights around a study's buildings and streets.

    Parameters
    ----------
    paths
        GeoTIFF files.
    tables
        The tables of the study.
    crs
        Its local CRS.

    Returns
    -------
    Terrain
        Heights in metres.

    Raises
    ------
    SourceError
        A file that cannot be read, or holds nothing of the study.
    InputError
        Heights whose unit is not known or contradicts itself, or a raster that does not
        reach the study.
    """
    from coveragekit.sources import read_terrain

    boxes = [
        tables[name].to_crs(crs).total_bounds
        for name in BOX_TABLES
        if name in tables and len(tables[name])
    ]
    if not boxes:
        message = "there are neither buildings nor streets to cut the terrain to"
        raise InputError(message)
    bounds = (
        min(float(box[0]) for box in boxes) - MARGIN_M,
        min(float(box[1]) for box in boxes) - MARGIN_M,
        max(float(box[2]) for box in boxes) + MARGIN_M,
        max(float(box[3]) for box in boxes) + MARGIN_M,
    )
    return read_terrain(list(paths), crs=crs, bounds=bounds)


def terrain_inputs(paths: Sequence[Path], terrain: Terrain) -> tuple[Input, ...]:
    """
    Say where the ground heights of a study came from.

    Parameters
    ----------
    paths
        The files.
    terrain
        What was read from them.

    Returns
    -------
    tuple of Input
        One for each file; the first carries what was repaired or assumed.
    """
    cells = int(terrain.heights_m.size)
    return tuple(
        Input(
            table="terrain",
            file=path.name,
            sha256=file_digest(path),
            offered=0 if number else cells,
            kept=0 if number else cells,
            notices=() if number else tuple(terrain.notices),
        )
        for number, path in enumerate(paths)
    )


def write_terrain(terrain: Terrain, path: Path) -> None:
    """
    Write ground heights as a GeoTIFF that says its unit.

    Parameters
    ----------
    terrain
        The heights.
    path
        The file.
    """
    import rasterio
    from affine import Affine

    rows, columns = terrain.heights_m.shape
    profile: dict[str, Any] = {
        "driver": "GTiff",
        "dtype": "float32",
        "count": 1,
        "height": rows,
        "width": columns,
        "crs": terrain.crs,
        "transform": Affine(*terrain.transform),
        "nodata": float("nan"),
        "compress": "deflate",
        "predictor": 3,
    }
    with rasterio.open(path, "w", **profile) as raster:
        raster.write(terrain.heights_m, 1)
        raster.units = ("metre",)
