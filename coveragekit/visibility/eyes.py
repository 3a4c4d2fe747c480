"""Cameras as the kernels take them: checked, mounted and turned into arrays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from coveragekit.errors import InputError
from coveragekit.visibility.cameras import (
    North,
    check_numbers,
    check_points,
    grid_bearings,
    name_rows,
    ways_of,
)
from coveragekit.visibility.mounting import check_mounting, mount_arrays

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd
    from numpy.typing import NDArray

    from coveragekit.optics import Footprints
    from coveragekit.visibility.obstacles import Obstacles

    Labels = pd.Index[Any] | NDArray[np.int64]

__all__ = ["Eyes", "arc_step", "look", "look_arrays"]

# Narrower than this a wedge has no width left once its edges are rounded.
_HFOV_LEAST_DEG = 1e-6
# Columns of the rows, as coveragekit.visibility.kernels.cuts has them.
_PLANE_COUNT, _NEAR, _PLANES, _COLUMNS = 11, 12, 13, 25
# So much wider, in degrees, is the sector round planes, whose corners it would graze.
_SLACK_DEG = 1e-4
# A dead zone of a smaller radius than this, metres, is none.
_NEAR_LEAST_M = 1e-3
# How far a camera that stands on the wall of its room is put off it.
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
        arc step, 1 for more than half a turn, how many planes cut the view, radius of
        the dead zone, and four planes (a, b, c): kept is where ``a x + b y <= c``, from
        the camera; shape ``(n, 25)``.
    opaque
        Per camera: 0 walls hide from outside, 1 from both sides (it stands in a
        room), 2 it sees nothing.
    """

    rows: NDArray[np.float64]
    opaque: NDArray[np.uint8]

    @classmethod
    def none(cls) -> Eyes:
        """
        Give no cameras at all.

        Returns
        -------
        Eyes
            No rows.

        Examples
        --------
        >>> Eyes.none().rows.shape
        (0, 25)
        """
        return cls(np.empty((0, _COLUMNS)), np.empty(0, np.uint8))

    @property
    def are_cut(self) -> bool:
        """Whether a plane or a dead zone cuts the view of any of them."""
        return bool((self.rows[:, _PLANE_COUNT : _NEAR + 1] > 0.0).any())


def look(
    cameras: gpd.GeoDataFrame,
    obstacles: Obstacles,
    mounting: pd.DataFrame | None,
    *,
    north: North,
    chord_tolerance_m: float = 0.05,
    footprints: Footprints | None = None,
) -> Eyes:
    """
    Give cameras, checked and mounted, as the kernels take them.

    Parameters
    ----------
    cameras
        Points with ``bearing_deg`` and, without footprints, ``hfov_deg`` and
        ``range_m``.
    obstacles
        In the CRS of the cameras.
    mounting
        Of :func:`coveragekit.visibility.mount` for these cameras; worked out if
        ``None``.
    north
        What ``bearing_deg`` counts from: ``"true"`` or ``"grid"``.
    chord_tolerance_m
        How far a chord of the range's arc may lie inside it, metres.
    footprints
        One for each camera, of :func:`coveragekit.optics.footprints`.

    Returns
    -------
    Eyes
        One row per camera, in their order.

    Raises
    ------
    CRSError
        The CRS is missing, not in metres, or not that of the obstacles.
    InputError
        A column is missing or a value out of range; the rows are named. Or the
        footprints are not those of these cameras.

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
    xy = check_points(cameras, obstacles, "cameras")
    sector = _sectors(cameras, footprints, chord_tolerance_m)
    bearing = grid_bearings(cameras, xy, north=north)
    if mounting is None:
        placed, kinds, _ = mount_arrays(xy, bearing, obstacles)
    else:
        placed, kinds = check_mounting(mounting, cameras.index)
    return _eyes(
        (placed, kinds),
        bearing,
        sector,
        obstacles=obstacles,
        chord_tolerance_m=chord_tolerance_m,
        cut=None if footprints is None else (footprints, cameras.index),
    )


def look_arrays(
    mounted: tuple[NDArray[np.float64], NDArray[np.uint8]],
    bearing_deg: NDArray[np.float64],
    footprints: Footprints,
    *,
    obstacles: Obstacles,
    chord_tolerance_m: float = 0.05,
) -> Eyes:
    """
    Give cameras that are arrays and no table as the kernels take them.

    Parameters
    ----------
    mounted
        Places and kinds, of :func:`coveragekit.visibility.mounting.mount_arrays`.
    bearing_deg
        Degrees clockwise from the grid's north, not-a-number where unknown.
    footprints
        One for each camera, of :func:`coveragekit.optics.footprint_arrays`.
    obstacles
        The buildings.
    chord_tolerance_m
        How far a chord of the range's arc may lie inside it, metres.

    Returns
    -------
    Eyes
        One row per camera, in their order; the very ones that :func:`look` gives of a
        table of these cameras.

    Raises
    ------
    InputError
        The footprints are not those of these cameras.

    Examples
    --------
    >>> import geopandas as gpd
    >>> from coveragekit.optics import Footprints
    >>> from coveragekit.visibility import Obstacles
    >>> nothing = gpd.GeoDataFrame(geometry=[], crs="EPSG:32616")
    >>> ground = Obstacles.from_buildings(nothing)
    >>> planes = np.full((1, 4, 3), (0.0, 0.0, np.inf))
    >>> shown = Footprints(*np.full((2, 1), 45.0), np.zeros(1), planes=planes)
    >>> mounted = np.array([[1.0, 2.0]]), np.zeros(1, np.uint8)
    >>> look_arrays(mounted, np.zeros(1), shown, obstacles=ground).rows[0, :3]
    array([ 1.,  2., 45.])
    """
    rows = np.arange(len(bearing_deg))
    sector = _sectors_shown(footprints, rows, chord_tolerance_m)
    return _eyes(
        mounted,
        bearing_deg,
        sector,
        obstacles=obstacles,
        chord_tolerance_m=chord_tolerance_m,
        cut=(footprints, rows),
    )


def _eyes(
    mounted: tuple[NDArray[np.float64], NDArray[np.uint8]],
    bearing: NDArray[np.float64],
    sector: tuple[NDArray[np.float64], NDArray[np.float64]],
    *,
    obstacles: Obstacles,
    chord_tolerance_m: float,
    cut: tuple[Footprints, Labels] | None,
) -> Eyes:
    """Write the rows of cameras; with footprints those name their labels in errors."""
    (placed, kinds), (hfov, reach) = mounted, sector
    rows = np.zeros((len(placed), _COLUMNS))
    rows[:, :2], rows[:, 2] = placed, reach
    full = np.isnan(bearing) | (hfov >= 360.0 - _HFOV_LEAST_DEG)
    half = np.radians(np.maximum(hfov, _HFOV_LEAST_DEG)) / 2.0
    # Counter-clockwise from the x axis, as the kernels turn.
    middle = np.radians(np.where(full, 0.0, 90.0 - bearing))
    start, end = np.where(full, 0.0, middle - half), np.where(full, 0.0, middle + half)
    rows[:, 3], rows[:, 4] = np.cos(start), np.sin(start)
    rows[:, 5], rows[:, 6] = np.cos(end), np.sin(end)
    rows[:, 7] = full
    step = arc_step(reach, chord_tolerance_m)
    rows[:, 8], rows[:, 9] = np.cos(step), np.sin(step)
    rows[:, 10] = hfov > 180.0
    opaque = _settle(rows, kinds, bearing, obstacles=obstacles)
    if cut is not None:
        _cut(rows, cut[1], bearing, footprints=cut[0])
        opaque[reach <= 0.0] = 2
    return Eyes(rows, opaque)


def _sectors(
    cameras: gpd.GeoDataFrame, footprints: Footprints | None, chord_tolerance_m: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Give the angle and the reach of the sector that bounds each camera's view."""
    if footprints is None:
        hfov = check_numbers(
            cameras, "hfov_deg", "more than 0, at most 360 degrees", low=0.0, high=360.0
        )
        most = float(np.finfo(np.float64).max)
        reach = check_numbers(
            cameras, "range_m", "metres, more than 0, finite", low=0.0, high=most
        )
        return hfov, reach
    return _sectors_shown(footprints, cameras.index, chord_tolerance_m)


def _sectors_shown(
    footprints: Footprints, labels: Labels, chord_tolerance_m: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    if len(footprints) != len(labels):
        message = (
            f"there are {len(footprints)} footprints for {len(labels)} cameras; "
            "allowed: one for each, in their order (see Footprints.take)"
        )
        raise InputError(message)
    wrong = ~((footprints.reach_m >= 0.0) & np.isfinite(footprints.reach_m))
    if wrong.any():
        message = (
            f"footprints: reach_m is {footprints.reach_m[wrong][0]:g} in "
            f"{name_rows(labels[wrong])}; allowed: metres, 0 or more, finite"
        )
        raise InputError(message)
    cuts = np.isfinite(footprints.planes[:, 2:, 2]).any(axis=1)
    half = footprints.half_angle_deg + np.where(cuts, _SLACK_DEG, 0.0)
    # Where the planes alone end the view, chords of the arc must not clip its corners.
    slack = np.where(_ends_by_planes(footprints), 1.01 * chord_tolerance_m, 0.0)
    return np.minimum(2.0 * half, 360.0), footprints.reach_m + slack


def _ends_by_planes(footprints: Footprints) -> NDArray[np.bool_]:
    """Tell whose far corners are all within reach, so that the reach cuts nothing."""
    near, far, right, left = np.moveaxis(footprints.planes, 1, 0)
    closed = np.isfinite(far[:, 2]) & (far[:, 1] == 1.0) & (footprints.reach_m > 0.0)
    corners = np.empty((len(footprints), 4))
    width = np.tan(np.radians(np.minimum(footprints.half_angle_deg, 89.9)))
    for n, edge in enumerate((far[:, 2], -near[:, 2])):
        for m, side in enumerate((right, left)):
            bounded = np.isfinite(edge) & (side[:, 0] != 0.0)
            ahead = np.where(np.isfinite(edge), edge, 0.0)
            across = np.where(bounded, side[:, 0], 1.0)
            from_side = (
                np.where(bounded, side[:, 2], 0.0) - side[:, 1] * ahead
            ) / across
            off = np.where(bounded, from_side, width * ahead)
            corners[:, 2 * n + m] = np.hypot(ahead, off)
    return np.asarray(closed & (corners.max(axis=1) <= footprints.reach_m * (1 + 1e-9)))


def _cut(
    rows: NDArray[np.float64],
    labels: Labels,
    bearing: NDArray[np.float64],
    *,
    footprints: Footprints,
) -> None:
    """Write the dead zones, and the planes turned from the bearing to the grid."""
    planes = footprints.planes
    used = np.isfinite(planes[:, :, 2])
    wrong = np.isnan(bearing) & (footprints.reach_m > 0.0)
    wrong &= used.any(axis=1) | (footprints.half_angle_deg < 180.0)
    if wrong.any():
        rows_named = name_rows(labels[wrong])
        message = (
            f"cameras: bearing_deg is missing in {rows_named}, but their footprints "
            "look one way; allowed: footprints made of these very cameras"
        )
        raise InputError(message)
    near = footprints.near_m
    rows[:, _NEAR] = np.where(near >= _NEAR_LEAST_M, near, 0.0)
    rows[:, _PLANE_COUNT] = used.sum(axis=1)
    # Those that cut come first.
    first = np.argsort(~used, axis=1, kind="stable")
    planes = np.take_along_axis(planes, first[:, :, None], axis=1)
    turn = np.radians(np.where(np.isnan(bearing), 0.0, bearing))[:, None]
    cos, sin = np.cos(turn), np.sin(turn)
    rows[:, _PLANES::3] = planes[:, :, 0] * cos + planes[:, :, 1] * sin
    rows[:, _PLANES + 1 :: 3] = planes[:, :, 1] * cos - planes[:, :, 0] * sin
    rows[:, _PLANES + 2 :: 3] = planes[:, :, 2]


def arc_step(
    reach: NDArray[np.float64], chord_tolerance_m: float
) -> NDArray[np.float64]:
    """
    Give the angle between the ends of chords that lie close to their arc.

    Parameters
    ----------
    reach
        Radius of each arc, metres, 0 or more.
    chord_tolerance_m
        How far a chord may lie inside, metres, > 0.

    Returns
    -------
    numpy.ndarray
        Radians, at most a twelfth of a turn.

    Raises
    ------
    InputError
        The tolerance is zero, negative or not finite.

    Examples
    --------
    >>> arc_step(np.array([100.0]), 0.05).round(4)
    array([0.0632])
    """
    if not (np.isfinite(chord_tolerance_m) and chord_tolerance_m > 0.0):
        message = (
            f"chord_tolerance_m is {chord_tolerance_m}; allowed: metres, more than 0"
        )
        raise InputError(message)
    safe = np.where(reach > 0.0, reach, 1.0)
    step = 2.0 * np.arccos(np.maximum(1.0 - chord_tolerance_m / safe, 0.0))
    # At most a twelfth of a turn, so that a circle stays round, whatever its range.
    return np.clip(step, 1e-4, np.pi / 6.0)


def _settle(
    rows: NDArray[np.float64],
    kinds: NDArray[np.uint8],
    bearing: NDArray[np.float64],
    *,
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
