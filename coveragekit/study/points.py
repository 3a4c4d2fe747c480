"""Read tables of points: a city's events are a million, and quick to place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from coveragekit import model
from coveragekit.crs import WGS84
from coveragekit.errors import SourceUnavailable

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    import geopandas as gpd
    import pandas as pd
    from numpy.typing import NDArray

    from coveragekit.study.folder import StudyFolder

__all__ = ["local_points", "read_points", "to_points"]

GEOMETRY: Final = "geometry"
# How well-known binary begins for a point in two dimensions, lower bytes first.
POINT_HEAD: Final = b"\x01\x01\x00\x00\x00"


def read_points(
    path: Path, columns: Collection[str] | None = None
) -> tuple[pd.DataFrame, NDArray[np.float64]]:
    """
    Read a GeoParquet file of points, without making a geometry of each.

    Parameters
    ----------
    path
        A file of a study or of its results.
    columns
        Columns to read beside the geometry; all where ``None``.

    Returns
    -------
    tuple
        The columns, and longitude and latitude in degrees, shape ``(n, 2)``.

    Raises
    ------
    SourceUnavailable
        The file is not there or cannot be read.
    """
    import pyarrow.parquet as pq
    from pyarrow import ArrowException

    wanted = None if columns is None else [*columns, GEOMETRY]
    try:
        table = pq.read_table(path, columns=wanted)
        points = table[GEOMETRY].combine_chunks()
    except FileNotFoundError as error:
        message = f"{path} is missing; build the study again: coveragekit build"
        raise SourceUnavailable(message) from error
    except (ArrowException, KeyError, OSError) as error:
        message = f"{path} cannot be read as GeoParquet: {error}"
        raise SourceUnavailable(message) from error
    return table.drop_columns([GEOMETRY]).to_pandas(), _places_of(points)


def _places_of(points: Any) -> NDArray[np.float64]:  # noqa: ANN401 - an Arrow array
    """Give the coordinates of points in well-known binary."""
    import shapely

    head = np.frombuffer(POINT_HEAD, np.uint8)
    size = len(head) + 16
    blob = points.buffers()[2]
    if points.offset == 0 and blob is not None and blob.size == size * len(points):
        whole = np.frombuffer(blob, np.uint8).reshape(-1, size)
        if (whole[:, : len(head)] == head).all():
            return whole[:, len(head) :].copy().view("<f8")
    return shapely.get_coordinates(
        shapely.from_wkb(points.to_numpy(zero_copy_only=False))
    )


def local_points(
    study: StudyFolder, name: str
) -> tuple[gpd.GeoDataFrame, NDArray[np.float64]]:
    """
    Give a table of events in the study's local CRS.

    Parameters
    ----------
    study
        The study.
    name
        ``incidents`` or ``calls``.

    Returns
    -------
    tuple
        The table in metres, without the lists of what was assumed; and the longitude
        and latitude of each row as recorded, degrees, shape ``(n, 2)``.

    Raises
    ------
    SourceUnavailable
        The table's file cannot be read.
    """
    import pyarrow.parquet as pq

    path, crs = study.table_path(name), study.settings.crs
    lists = [
        one.name for one in model.table(name).columns.values() if one.type == "list"
    ]
    if not path.exists():
        table = model.empty(name).drop(columns=lists).to_crs(crs)
        return table, np.empty((0, 2))
    known = [one for one in pq.read_schema(path).names if one not in (*lists, GEOMETRY)]
    rows, lonlat = read_points(path, known)
    table = model.conform(name, to_points(rows, lonlat, crs), leave_out=lists)
    return table, lonlat


def to_points(
    rows: pd.DataFrame, lonlat: NDArray[np.float64], crs: str = WGS84
) -> gpd.GeoDataFrame:
    """
    Give rows their points.

    Parameters
    ----------
    rows
        Columns.
    lonlat
        Longitude and latitude of each row, degrees, shape ``(n, 2)``.
    crs
        The CRS that the points are to be in.

    Returns
    -------
    geopandas.GeoDataFrame
        The rows, with Points in that CRS.
    """
    import geopandas as gpd
    import shapely
    from pyproj import Transformer

    xy = lonlat
    if crs != WGS84:
        transformer = Transformer.from_crs(WGS84, crs, always_xy=True)
        xy = np.column_stack(transformer.transform(*lonlat.T))
    return gpd.GeoDataFrame(rows, geometry=shapely.points(xy), crs=crs)
