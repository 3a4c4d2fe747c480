"""Bring shapes, texts and places of a study into the form of the view store."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from coveragekit.crs import WGS84
from coveragekit.view import Ragged, Texts, mercator, morton

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray
    from pyproj import Transformer

    Floats = NDArray[np.float64]

__all__ = [
    "local_to_merc",
    "lonlat_to_local",
    "morton_order",
    "ragged_of",
    "spread",
    "take",
    "texts_of",
]


@cache
def _to_lonlat(crs: str) -> Transformer:
    from pyproj import Transformer

    return Transformer.from_crs(crs, WGS84, always_xy=True)


def local_to_merc(xy: Floats, crs: str) -> Floats:
    """
    Give places of the local CRS in the unit square of Web Mercator.

    Parameters
    ----------
    xy
        Metres, shape ``(n, 2)``.
    crs
        The local CRS.

    Returns
    -------
    numpy.ndarray
        Shape ``(n, 2)``.
    """
    lon, lat = _to_lonlat(crs).transform(xy[:, 0], xy[:, 1])
    return mercator.to_merc(lon, lat)


def lonlat_to_local(lonlat: Floats, crs: str) -> Floats:
    """
    Give places of the globe in the local CRS.

    Parameters
    ----------
    lonlat
        Degrees of WGS 84, shape ``(n, 2)``.
    crs
        The local CRS.

    Returns
    -------
    numpy.ndarray
        Metres, shape ``(n, 2)``.
    """
    lon, lat = lonlat[:, 0], lonlat[:, 1]
    x, y = _to_lonlat(crs).transform(lon, lat, direction="INVERSE")
    return np.column_stack([x, y])


def ragged_of(shapes: Any, *, crs: str | None = None) -> Ragged:  # noqa: ANN401 - an array of shapes
    """
    Give polygons or lines as the view store has them.

    Parameters
    ----------
    shapes
        Polygons or lines, many-part ones too; missing ones have no corner.
    crs
        Their CRS; EPSG:4326 where ``None``.

    Returns
    -------
    Ragged
        In the unit square of Web Mercator, in their order.
    """
    import shapely

    given = np.array(shapes, dtype=object)
    given[shapely.is_missing(given) | shapely.is_empty(given)] = None
    lines = np.isin(shapely.get_type_id(given), (1, 2, 5)).any()
    given[shapely.is_missing(given)] = (
        shapely.MultiLineString() if lines else shapely.MultiPolygon()
    )
    if len(given) == 0:
        nothing = np.zeros(1, np.int64)
        return Ragged.with_boxes(np.empty((0, 2)), nothing, nothing)
    _, corners, offsets = shapely.to_ragged_array(given, include_z=False)
    starts = [one.astype(np.int64) for one in offsets]
    if lines:
        every = np.arange(len(given) + 1, dtype=np.int64)
        row_ptr = starts[1] if len(starts) > 1 else every
    else:
        row_ptr = starts[1][starts[2]] if len(starts) > 2 else starts[1]
    merc = mercator.to_merc(*corners.T) if crs is None else local_to_merc(corners, crs)
    return Ragged.with_boxes(merc, starts[0], row_ptr)


def texts_of(column: pd.Series[Any]) -> Texts:
    """
    Give a column of texts as the view store has them.

    Parameters
    ----------
    column
        Texts; missing ones become empty.

    Returns
    -------
    Texts
        In their order.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    whole = pa.array(column, type=pa.large_string(), from_pandas=True)
    whole = pc.fill_null(whole, "")
    if isinstance(whole, pa.ChunkedArray):
        whole = whole.combine_chunks()
    _, offsets, blob = whole.buffers()
    starts = np.frombuffer(offsets, np.int64)[
        whole.offset : whole.offset + len(whole) + 1
    ]
    taken = np.frombuffer(blob or b"", np.uint8)[starts[0] : starts[-1]]
    return Texts(taken, starts - starts[0])


def morton_order(shape: Ragged) -> NDArray[np.intp]:
    """
    Give the order in which shapes near each other stand near each other.

    Parameters
    ----------
    shape
        The shapes.

    Returns
    -------
    numpy.ndarray
        Rows by the Morton keys of the middles of their boxes; those without a corner
        come last.
    """
    middle = (shape.box[:, :2] + shape.box[:, 2:]) / 2.0
    return np.argsort(morton.keys(np.nan_to_num(middle, nan=1.0)), kind="stable")


def take(shape: Ragged, rows: NDArray[np.intp]) -> Ragged:
    """
    Give some rows of shapes.

    Parameters
    ----------
    shape
        The shapes.
    rows
        Their rows, in the order wanted.

    Returns
    -------
    Ragged
        Those rows.
    """
    rings, row_ptr = spread(shape.row_ptr, rows)
    corners, ring_ptr = spread(shape.ring_ptr, rings)
    return Ragged(shape.xy[corners], ring_ptr, row_ptr, shape.box[rows])


def spread(
    ptr: NDArray[Any], rows: NDArray[np.intp]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """
    Give the entries of some rows of a ragged table.

    Parameters
    ----------
    ptr
        Where each row's entries begin, and where the last one's end.
    rows
        The rows wanted.

    Returns
    -------
    tuple of numpy.ndarray
        The entries in the order of the rows, and where each row's begin among them.

    Examples
    --------
    >>> entries, ptr = spread(np.array([0, 2, 3]), np.array([1, 0]))
    >>> entries.tolist(), ptr.tolist()
    ([2, 0, 1], [0, 1, 3])
    """
    sizes = ptr[rows + 1] - ptr[rows]
    starts = np.zeros(len(rows) + 1, np.int64)
    np.cumsum(sizes, out=starts[1:])
    entries = np.arange(starts[-1]) + np.repeat(ptr[rows] - starts[:-1], sizes)
    return entries, starts
