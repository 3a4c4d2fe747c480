"""Turn windows of cells into polygons and rasters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from coveragekit.errors import InputError

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr
    from numpy.typing import ArrayLike, NDArray
    from pyproj import CRS

    from coveragekit.visibility.raising import Box

__all__ = ["chances", "outline_arrays", "outline_cells", "to_raster", "window_extent"]


def outline_cells(
    windows: NDArray[np.int64],
    ptr: NDArray[np.int64],
    bits: NDArray[np.uint8],
    *,
    frame: NDArray[np.float64],
) -> NDArray[np.object_]:
    """
    Give the exact outlines of the cells that each camera sees.

    Parameters
    ----------
    windows, ptr, bits
        As ``Viewsheds`` holds them.
    frame
        West and north edge and side of a cell, metres.

    Returns
    -------
    numpy.ndarray
        Polygons and MultiPolygons, empty where a camera sees nothing.
    """
    import shapely

    xy, ends, rings = outline_arrays(windows, ptr, bits, frame=frame)
    shapes = np.full(len(windows), shapely.Polygon(), dtype=object)
    if len(rings):
        shells = np.append(np.flatnonzero(rings[:, 3] == 0), len(rings))
        owners = rings[shells[:-1], 1]
        seeing, first = np.unique(owners, return_index=True)
        made = shapely.from_ragged_array(
            shapely.GeometryType.MULTIPOLYGON,
            xy,
            (ends, shells, np.append(first, len(owners))),
        )
        single = shapely.get_num_geometries(made) == 1
        made[single] = shapely.get_geometry(made[single], 0)
        shapes[seeing] = made
    return shapes


def outline_arrays(
    windows: NDArray[np.int64],
    ptr: NDArray[np.int64],
    bits: NDArray[np.uint8],
    *,
    frame: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.int64]]:
    """
    Give the exact outlines of the cells that each camera sees, as rings.

    Parameters
    ----------
    windows, ptr, bits, frame
        As :func:`outline_cells` takes them.

    Returns
    -------
    tuple of numpy.ndarray
        Vertices of all rings, metres; where each ring starts, with the end; and per
        ring its size, camera (ascending), patch, and 1 for a hole of the ring before.
    """
    from coveragekit.visibility.kernels.outlines import trace_windows

    corners, rings = trace_windows(windows, ptr, bits)
    # Of each patch of cells first its outline, then its holes.
    order = np.lexsort((rings[:, 3], rings[:, 2], rings[:, 1]))
    starts = (np.cumsum(rings[:, 0]) - rings[:, 0])[order]
    rings = rings[order]
    ends = np.concatenate([[0], np.cumsum(rings[:, 0])])
    taken = np.arange(ends[-1]) + np.repeat(starts - ends[:-1], rings[:, 0])
    west, north, cell = frame
    xy = np.empty((len(taken), 2))
    xy[:, 0] = west + corners[taken, 0] * cell
    xy[:, 1] = north - corners[taken, 1] * cell
    return xy, ends, rings


def window_extent(
    windows: NDArray[np.int64], bounds: Box | None, frame: NDArray[np.float64]
) -> tuple[int, int, int, int]:
    """
    Give the cells of a raster of all windows, or of a box.

    Parameters
    ----------
    windows
        Per camera: first row and column, rows and columns.
    bounds
        minx, miny, maxx, maxy, metres; the box of the windows where ``None``.
    frame
        West and north edge and side of a cell, metres.

    Returns
    -------
    tuple of int
        First row and column, rows and columns, counted on the surface.

    Raises
    ------
    InputError
        Bounds that are no box; none, where no camera sees anything.
    """
    if bounds is None:
        held = windows[windows[:, 2] > 0]
        if len(held) == 0:
            message = (
                "no camera sees anything, so that the extent is unknown; give bounds="
            )
            raise InputError(message)
        low = held[:, :2].min(axis=0)
        size = (held[:, :2] + held[:, 2:]).max(axis=0) - low
        return int(low[0]), int(low[1]), int(size[0]), int(size[1])
    minx, miny, maxx, maxy = map(float, bounds)
    if not (np.isfinite([minx, miny, maxx, maxy]).all()) or (
        maxx < minx or maxy < miny
    ):
        message = (
            f"bounds are ({minx:g}, {miny:g}, {maxx:g}, {maxy:g}); allowed: finite "
            "minx <= maxx and miny <= maxy, metres"
        )
        raise InputError(message)
    west, north, cell = frame
    column = int(np.floor((minx - west) / cell + 1e-6))
    row = int(np.floor((north - maxy) / cell + 1e-6))
    columns = int(np.ceil((maxx - west) / cell - 1e-6)) - column
    rows = int(np.ceil((north - miny) / cell - 1e-6)) - row
    return row, column, max(rows, 1), max(columns, 1)


def chances(
    given: pd.Series[float] | ArrayLike | None, index: pd.Index[Any]
) -> NDArray[np.float32]:
    """
    Give probabilities as an array in the order of the cameras, checked.

    Parameters
    ----------
    given
        A Series on the same index, an array of the same length, or ``None`` for 1.
    index
        Labels of the cameras.

    Returns
    -------
    numpy.ndarray
        0 to 1, float32.

    Raises
    ------
    InputError
        Another index, another length, or a value that is no probability.

    Examples
    --------
    >>> import pandas as pd
    >>> chances([0.5], pd.RangeIndex(1))
    array([0.5], dtype=float32)
    """
    import pandas as pd

    if given is None:
        return np.ones(len(index), np.float32)
    if isinstance(given, pd.Series) and not given.index.equals(index):
        message = (
            "probability has another index than the cameras; allowed: the same labels "
            "in the same order: use probability.reindex(cameras.index)"
        )
        raise InputError(message)
    values = np.asarray(given, dtype=np.float64)
    if values.shape != (len(index),) or not ((values >= 0.0) & (values <= 1.0)).all():
        message = (
            f"probability has the shape {values.shape} or values out of range; "
            f"allowed: 0 to 1 for each of the {len(index)} cameras"
        )
        raise InputError(message)
    return values.astype(np.float32)


def to_raster(
    values: NDArray[Any],
    corner: tuple[int, int],
    frame: NDArray[np.float64],
    *,
    crs: CRS,
    name: str,
) -> xr.DataArray:
    """
    Give values on cells of a surface their coordinates and CRS.

    Parameters
    ----------
    values
        Rows from north to south.
    corner
        Row and column of the first cell on the surface.
    frame
        West and north edge and side of a cell, metres.
    crs
        CRS of the surface.
    name
        Name of what is in it.

    Returns
    -------
    xarray.DataArray
        Dimensions y (falling) and x, the centres of cells in metres; not-a-number is
        declared as "no data" but where the values are flags.
    """
    import rioxarray  # noqa: F401 - gives arrays their accessor `rio`
    import xarray as xr
    from rasterio.transform import Affine

    cell = float(frame[2])
    west = float(frame[0]) + corner[1] * cell
    north = float(frame[1]) - corner[0] * cell
    y = north - (np.arange(values.shape[0]) + 0.5) * cell
    x = west + (np.arange(values.shape[1]) + 0.5) * cell
    array = xr.DataArray(values, dims=("y", "x"), coords={"y": y, "x": x}, name=name)
    north_up = Affine(cell, 0.0, west, 0.0, -cell, north)
    array.rio.write_crs(crs, inplace=True)
    array.rio.write_transform(north_up, inplace=True)
    if values.dtype != np.bool_:
        array.rio.write_nodata(np.nan, inplace=True)
    return array
