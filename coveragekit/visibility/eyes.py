"""Cameras as the kernels take them: checked, mounted and turned into arrays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from coveragekit.errors import InputError
from coveragekit.visibility.cameras import (
    North,
    check_numbers,
    check_points,
    grid_bearings,
    ways_of,
)
from coveragekit.visibility.mounting import check_mounting, mount_arrays

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd
    from numpy.typing import NDArray

    from coveragekit.visibility.obstacles import Obstacles

__all__ = ["Eyes", "look"]

# Narrower than this a wedge has no width left once its edges are rounded.
_HFOV_LEAST_DEG = 1e-6
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
        arc step, 1 for more than half a turn; shape ``(n, 11)``.
    opaque
        Per camera: 0 walls hide from outside, 1 from both sides (it stands in a
        room), 2 it sees nothing.
    """

    rows: NDArray[np.float64]
    opaque: NDArray[np.uint8]


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
    xy = check_points(cameras, obstacles, "cameras")
    hfov = check_numbers(
        cameras, "hfov_deg", "more than 0, at most 360 degrees", low=0.0, high=360.0
    )
    most = float(np.finfo(np.float64).max)
    reach = check_numbers(
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
    return Eyes(rows, _settle(rows, kinds, bearing, obstacles=obstacles))


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
