"""Check tables of cameras and points, and give their columns as arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, Protocol

import numpy as np

from coveragekit.crs import check_metric, check_same, to_grid_bearing_deg
from coveragekit.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable

    import geopandas as gpd
    import pandas as pd
    from numpy.typing import NDArray
    from pyproj import CRS

__all__ = [
    "HasCRS",
    "North",
    "check_numbers",
    "check_points",
    "grid_bearings",
    "name_keys",
    "name_rows",
    "ways_of",
]

North = Literal["true", "grid"]

_ROWS_NAMED = 8
_KEYS = ("camera_id", "building_id", "incident_id", "call_id", "place_id")


class HasCRS(Protocol):
    """What hides: walls, or a surface."""

    @property
    def crs(self) -> CRS:
        """Projected CRS in metres."""


def check_points(
    points: gpd.GeoDataFrame | gpd.GeoSeries, obstacles: HasCRS, what: str
) -> NDArray[np.float64]:
    """
    Give the coordinates of points in the CRS of the obstacles, or refuse them.

    Parameters
    ----------
    points
        Points, none missing or empty.
    obstacles
        What they are to be seen with.
    what
        What the points are, for the message.

    Returns
    -------
    numpy.ndarray
        Shape ``(n, 2)``, metres.

    Raises
    ------
    CRSError
        The CRS is missing, not in metres, or not that of the obstacles.
    InputError
        A geometry is missing, empty, no point or not finite; the rows are named.

    Examples
    --------
    >>> import geopandas as gpd
    >>> from coveragekit.visibility import Obstacles
    >>> nothing = gpd.GeoDataFrame(geometry=[], crs="EPSG:32616")
    >>> check_points(nothing, Obstacles.from_buildings(nothing), "cameras").shape
    (0, 2)
    """
    import shapely

    check_metric(points.crs, what)
    check_same(points.crs, obstacles.crs, f"{what} and obstacles")
    geometry = np.asarray(points.geometry.array)
    wrong = shapely.get_type_id(geometry) != 0
    wrong |= shapely.is_empty(geometry)
    if wrong.any():
        rows = name_keys(points, wrong)
        message = f"{what}: {rows} has no point; allowed: one Point in every row"
        raise InputError(message)
    xy = shapely.get_coordinates(geometry)
    wrong = np.asarray(~np.isfinite(xy).all(axis=1))
    if wrong.any():
        rows = name_keys(points, wrong)
        message = f"{what}: {rows} has coordinates that are not finite"
        raise InputError(message)
    return xy


def name_rows(labels: pd.Index[Any] | NDArray[Any]) -> str:
    """
    Give the labels of rows as words for a message, the first eight by name.

    Parameters
    ----------
    labels
        Index labels.

    Returns
    -------
    str
        Such as ``"row 3, 17"``.

    Examples
    --------
    >>> import pandas as pd
    >>> name_rows(pd.Index([3, 17]))
    'row 3, 17'
    """
    shown = ", ".join(str(label) for label in labels[:_ROWS_NAMED])
    more = len(labels) - _ROWS_NAMED
    return f"row {shown}" + (f" and {more} more" if more > 0 else "")


def name_keys(table: gpd.GeoDataFrame | gpd.GeoSeries, wrong: NDArray[np.bool_]) -> str:
    """
    Give the rows of a table as words for a message, by their id where there is one.

    Parameters
    ----------
    table
        Cameras, buildings or points.
    wrong
        Which rows are meant.

    Returns
    -------
    str
        Such as ``"camera_id pole-7"``, or ``"row 3"`` in a table without ids.

    Examples
    --------
    >>> import geopandas as gpd
    >>> two = gpd.GeoDataFrame({"camera_id": ["a", "b"]}, geometry=[None, None])
    >>> name_keys(two, np.array([False, True]))
    'camera_id b'
    """
    import pandas as pd

    columns = table.columns if isinstance(table, pd.DataFrame) else ()
    for key in _KEYS:
        if key in columns:
            ids = pd.Index(table.loc[wrong, key].astype("str").unique())
            return name_rows(ids).replace("row", key, 1)
    return name_rows(table.index[wrong])


def check_numbers(
    cameras: gpd.GeoDataFrame, column: str, allowed: str, *, low: float, high: float
) -> NDArray[np.float64]:
    """
    Give a column of numbers, or refuse it with the rows that are out of range.

    Parameters
    ----------
    cameras
        Table of cameras.
    column
        Name of the column.
    allowed
        What is allowed, in words, for the message.
    low, high
        Every value must be above ``low`` and at most ``high``.

    Returns
    -------
    numpy.ndarray
        The column, shape ``(n,)``.

    Raises
    ------
    InputError
        The column is missing, holds no numbers, or one is missing or out of range.

    Examples
    --------
    >>> import geopandas as gpd
    >>> one = gpd.GeoDataFrame({"range_m": [50]}, geometry=[None])
    >>> check_numbers(one, "range_m", "more than 0", low=0.0, high=1e9)
    array([50.])
    """
    _check_columns(cameras, [column])
    values = _as_floats(cameras, column)
    wrong = ~((values > low) & (values <= high))
    if wrong.any():
        rows = name_keys(cameras, wrong)
        message = (
            f"cameras: {column} is {values[wrong][0]:g} in {rows}; "
            f"allowed: {allowed}; coveragekit.model.fill_camera_defaults fills what "
            "is missing"
        )
        raise InputError(message)
    return values


def _check_columns(cameras: gpd.GeoDataFrame, columns: Iterable[str]) -> None:
    missing = [column for column in columns if column not in cameras.columns]
    if missing:
        message = (
            f"cameras have no column {', '.join(missing)}; seen: "
            f"{', '.join(map(str, cameras.columns))}"
        )
        raise InputError(message)


def _as_floats(cameras: gpd.GeoDataFrame, column: str) -> NDArray[np.float64]:
    try:
        given = cameras[column].to_numpy(dtype=np.float64, na_value=np.nan)
        return np.asarray(given, dtype=np.float64)
    except (TypeError, ValueError) as error:
        message = f"cameras: {column} holds what is no number: {error}"
        raise InputError(message) from error


def grid_bearings(
    cameras: gpd.GeoDataFrame, xy: NDArray[np.float64], *, north: North
) -> NDArray[np.float64]:
    """
    Give each camera's bearing from the grid's north, not-a-number where unknown.

    Parameters
    ----------
    cameras
        Table with ``bearing_deg``, degrees clockwise.
    xy
        Where the cameras are, in the table's CRS.
    north
        What ``bearing_deg`` counts from: ``"true"`` or ``"grid"``.

    Returns
    -------
    numpy.ndarray
        Degrees clockwise from the y axis, shape ``(n,)``.

    Raises
    ------
    InputError
        No such column, an infinite bearing, or another word for north.

    Examples
    --------
    >>> import geopandas as gpd, numpy as np
    >>> from shapely import Point
    >>> one = gpd.GeoDataFrame(
    ...     {"bearing_deg": [370.0]}, geometry=[Point(5e5, 4e6)], crs="EPSG:32616"
    ... )
    >>> grid_bearings(one, np.array([[5e5, 4e6]]), north="grid")
    array([10.])
    """
    if north not in ("true", "grid"):
        message = f"north is {north!r}; allowed: 'true' or 'grid'"
        raise InputError(message)
    _check_columns(cameras, ["bearing_deg"])
    bearing = _as_floats(cameras, "bearing_deg")
    wrong = np.isinf(bearing)
    if wrong.any():
        rows = name_keys(cameras, wrong)
        message = (
            f"cameras: bearing_deg is infinite in {rows}; allowed: degrees clockwise "
            "from north, or missing where unknown"
        )
        raise InputError(message)
    known = ~np.isnan(bearing)
    if north == "true" and known.any():
        turned = bearing.copy()
        turned[known] = to_grid_bearing_deg(
            bearing[known], xy[known, 0], xy[known, 1], crs=cameras.crs
        )
        return turned
    return np.mod(bearing, 360.0)


def ways_of(bearing_deg: NDArray[np.float64]) -> NDArray[np.float64]:
    """
    Give the unit direction of bearings from the grid's north.

    Parameters
    ----------
    bearing_deg
        Degrees clockwise, not-a-number where unknown.

    Returns
    -------
    numpy.ndarray
        East and north, shape ``(n, 2)``, not-a-number where unknown.

    Examples
    --------
    >>> import numpy as np
    >>> ways_of(np.array([90.0])).round(6) + 0.0
    array([[1., 0.]])
    """
    turn = np.radians(bearing_deg)
    return np.stack([np.sin(turn), np.cos(turn)], axis=1)
