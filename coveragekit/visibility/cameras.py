"""Check a table of cameras, and bring it into the arrays that the kernels take."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from coveragekit.crs import check_metric, check_same, to_grid_bearing_deg
from coveragekit.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable

    import geopandas as gpd
    import pandas as pd
    from numpy.typing import NDArray

    from coveragekit.visibility.obstacles import Obstacles

__all__ = ["Eyes", "North", "check_points", "grid_bearings", "look", "name_rows"]

North = Literal["true", "grid"]

_ROWS_NAMED = 8
# Narrower than this a wedge has no width left once its edges are rounded.
_HFOV_LEAST_DEG = 1e-6
_SIDE_STEP_M = 1e-4


@dataclass(frozen=True, slots=True)
class Eyes:
    """
    Cameras as the kernels take them.

    Parameters
    ----------
    rows
        Per camera: x, y, range, direction where the field of view starts (x, y) and
        ends (x, y), counter-clockwise, 1 for the whole circle, cosine and sine of the
        arc step, 1 for more than half a turn; shape ``(n, 11)``.
    opaque
        Per camera: 0 walls hide from outside, 1 from both sides (it stands in a
        room), 2 it sees nothing.
    """

    rows: NDArray[np.float64]
    opaque: NDArray[np.uint8]


def check_points(
    points: gpd.GeoDataFrame | gpd.GeoSeries, obstacles: Obstacles, what: str
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
        rows = name_rows(points.index[wrong])
        message = f"{what}: {rows} has no point; allowed: one Point in every row"
        raise InputError(message)
    xy = shapely.get_coordinates(geometry)
    wrong = ~np.isfinite(xy).all(axis=1)
    if wrong.any():
        rows = name_rows(points.index[wrong])
        message = f"{what}: {rows} has coordinates that are not finite"
        raise InputError(message)
    return xy


def name_rows(labels: pd.Index[Any]) -> str:
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


def _check_numbers(
    cameras: gpd.GeoDataFrame, column: str, allowed: str, *, low: float, high: float
) -> NDArray[np.float64]:
    _check_columns(cameras, [column])
    values = _as_floats(cameras, column)
    wrong = ~((values > low) & (values <= high))
    if wrong.any():
        rows = name_rows(cameras.index[wrong])
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
        return cameras[column].to_numpy(dtype=np.float64, na_value=np.nan)
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
        rows = name_rows(cameras.index[wrong])
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


def look(
    cameras: gpd.GeoDataFrame,
    obstacles: Obstacles,
    mounting: pd.DataFrame | None,
    *,
    north: North,
    chord_tolerance_m: float = 0.05,
) -> Eyes:
    """
    Give cameras, checked and mounted, as the kernels take them.

    Parameters
    ----------
    cameras
        Points with ``bearing_deg``, ``hfov_deg`` and ``range_m``.
    obstacles
        In the CRS of the cameras.
    mounting
        Of :func:`coveragekit.visibility.mount` for these cameras; worked out if
        ``None``.
    north
        What ``bearing_deg`` counts from: ``"true"`` or ``"grid"``.
    chord_tolerance_m
        How far a chord of the range's arc may lie inside it, metres.

    Returns
    -------
    Eyes
        One row per camera, in their order.

    Raises
    ------
    CRSError
        The CRS is missing, not in metres, or not that of the obstacles.
    InputError
        A column is missing or a value out of range; the rows are named.

    Examples
    --------
    >>> import geopandas as gpd
    >>> from shapely import Point
    >>> from coveragekit.visibility import Obstacles
    >>> one = gpd.GeoDataFrame(
    ...     {"bearing_deg": [0.0], "hfov_deg": [90.0], "range_m": [50.0]},
    ...     geometry=[Point(5e5, 4e6)], crs="EPSG:32616",
    ... )
    >>> ground = Obstacles.from_buildings(one.iloc[:0])
    >>> look(one, ground, None, north="grid").rows[0, 3:7].round(3)
    array([ 0.707,  0.707, -0.707,  0.707])
    """
    from coveragekit.visibility.mounting import check_mounting, mount_arrays

    xy = check_points(cameras, obstacles, "cameras")
    hfov = _check_numbers(
        cameras, "hfov_deg", "more than 0, at most 360 degrees", low=0.0, high=360.0
    )
    most = float(np.finfo(np.float64).max)
    reach = _check_numbers(
        cameras, "range_m", "metres, more than 0, finite", low=0.0, high=most
    )
    bearing = grid_bearings(cameras, xy, north=north)
    if mounting is None:
        placed, kinds, _ = mount_arrays(xy, bearing, obstacles)
    else:
        placed, kinds = check_mounting(mounting, cameras.index)
    rows = np.zeros((len(xy), 11))
    rows[:, :2], rows[:, 2] = placed, reach
    full = np.isnan(bearing) | (hfov >= 360.0 - _HFOV_LEAST_DEG)
    half = np.radians(np.maximum(hfov, _HFOV_LEAST_DEG)) / 2.0
    # Counter-clockwise from the x axis, as the kernels turn.
    middle = np.radians(np.where(full, 0.0, 90.0 - bearing))
    start, end = np.where(full, 0.0, middle - half), np.where(full, 0.0, middle + half)
    rows[:, 3], rows[:, 4] = np.cos(start), np.sin(start)
    rows[:, 5], rows[:, 6] = np.cos(end), np.sin(end)
    rows[:, 7] = full
    step = _arc_step(reach, chord_tolerance_m)
    rows[:, 8], rows[:, 9] = np.cos(step), np.sin(step)
    rows[:, 10] = hfov > 180.0
    return Eyes(rows, _settle(rows, kinds, bearing, obstacles))


def _arc_step(
    reach: NDArray[np.float64], chord_tolerance_m: float
) -> NDArray[np.float64]:
    if not (np.isfinite(chord_tolerance_m) and chord_tolerance_m > 0.0):
        message = (
            f"chord_tolerance_m is {chord_tolerance_m}; allowed: metres, more than 0"
        )
        raise InputError(message)
    step = 2.0 * np.arccos(np.maximum(1.0 - chord_tolerance_m / reach, 0.0))
    # At most a twelfth of a turn, so that a circle stays round, whatever its range.
    return np.clip(step, 1e-4, np.pi / 6.0)


def _settle(
    rows: NDArray[np.float64],
    kinds: NDArray[np.uint8],
    bearing: NDArray[np.float64],
    obstacles: Obstacles,
) -> NDArray[np.uint8]:
    """Give what hides for each camera; those on the wall of their room step off it."""
    from coveragekit.visibility.kernels import mounting as kernels

    opaque = np.zeros(len(rows), np.uint8)
    inside = np.flatnonzero(kinds == kernels.INSIDE)
    if len(inside):
        places = rows[inside, :2].copy()
        ways = ways_of(bearing[inside])
        settled = kernels.step_inside(obstacles.index, places, ways, _SIDE_STEP_M)
        rows[inside, :2] = places
        opaque[inside] = np.where(settled == 1, 1, 2)
    return opaque


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
