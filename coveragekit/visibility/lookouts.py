"""Cameras over a surface as the kernels take them: checked, placed, with their view."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from coveragekit.errors import InputError
from coveragekit.visibility.cameras import (
    check_numbers,
    check_points,
    grid_bearings,
    name_keys,
    ways_of,
)
from coveragekit.visibility.mounting import MOUNTS, check_mounting

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd
    from numpy.typing import NDArray

    from coveragekit.optics import Footprints
    from coveragekit.visibility.cameras import North
    from coveragekit.visibility.surface import Surface

__all__ = [
    "STANDS",
    "Lookouts",
    "check_on_surface",
    "look_over",
    "look_over_arrays",
]

# As numbered by the kernel.
STANDS = ("open", "roof", "facade", "inside")
# As deep as the mounting rule looks; and as far as a mounted place may lie in a cell
# that its building covers.
_DEPTH_M = 6.0
_WITHIN_CELLS = 2.0


@dataclass(frozen=True, slots=True, eq=False)
class Lookouts:
    """
    Cameras over a surface as the kernels take them.

    Parameters
    ----------
    views
        Per camera: column, row (from the centre of the first cell), height of the lens,
        direction ahead (east, north), cosine and sine of half the angle of view, 1 for
        the whole circle, reach and dead radius in metres, 1 for a camera that sees
        nothing; shape ``(n, 11)``.
    planes
        Half planes that cut the view, shape ``(n, 4, 3)``; ``(n, 0, 3)`` for none.
    stands
        Numbers into ``STANDS``.
    shift_m
        How far each camera was moved from where it is drawn, metres.
    """

    views: NDArray[np.float64]
    planes: NDArray[np.float64]
    stands: NDArray[np.uint8]
    shift_m: NDArray[np.float64]


def look_over(
    cameras: gpd.GeoDataFrame,
    surface: Surface,
    *,
    footprints: Footprints | None = None,
    north: North = "true",
    mounting: pd.DataFrame | None = None,
) -> Lookouts:
    """
    Give cameras, checked and placed, as the kernels take them.

    Parameters
    ----------
    cameras
        As :func:`coveragekit.visibility.viewsheds` takes them.
    surface
        In the CRS of the cameras.
    footprints
        Of ``coveragekit.optics.footprints``; ``hfov_deg`` and ``range_m`` are not read
        where they are given.
    north
        What ``bearing_deg`` counts from: ``"true"`` or ``"grid"``.
    mounting
        Of :func:`coveragekit.visibility.mount` for these cameras, or ``None``.

    Returns
    -------
    Lookouts
        One row per camera, in their order.

    Raises
    ------
    CRSError
        The CRS is missing, not in metres, or not that of the surface.
    InputError
        A column is missing or a value out of range, a camera is off the surface or
        over unknown ground; the rows are named.

    Notes
    -----
    A lens is ``mount_height_m`` above the ground where the camera is drawn. If that is
    above the roof of its cell it stays there. If not, the mounting rule moves it out:
    to the place that ``mounting`` says, and, without one or where that place lies in a
    cell that the building covers, to the centre of the cell by which its axis first
    leaves what is higher, else of the nearest lower cell that is not behind it.

    Examples
    --------
    >>> import geopandas as gpd
    >>> from shapely import Point, box
    >>> from coveragekit.visibility import Surface
    >>> house = gpd.GeoDataFrame(geometry=[box(0, 0, 10, 8)], crs="EPSG:32616")
    >>> camera = gpd.GeoDataFrame(
    ...     {"mount_height_m": [4.0], "bearing_deg": [90.0], "hfov_deg": [90.0],
    ...      "range_m": [50.0]}, geometry=[Point(9.5, 4.5)], crs="EPSG:32616",
    ... )
    >>> made = look_over(camera, Surface.from_buildings(house), north="grid")
    >>> STANDS[made.stands[0]], made.shift_m.tolist()
    ('facade', [1.0])
    """
    xy = check_points(cameras, surface, "cameras")
    height = check_numbers(
        cameras, "mount_height_m", "0 to 500 metres above ground", low=-1e-9, high=500.0
    )
    bearing = grid_bearings(cameras, xy, north=north)
    drawn = surface.cells_of(xy)
    check_on_surface(drawn, surface, cameras, what="cameras")
    views = np.zeros((len(xy), 11))
    planes = _aim(views, cameras, bearing, footprints=footprints)
    mounted = None
    if mounting is not None:
        place, kinds = check_mounting(mounting, cameras.index)
        mounted = surface.cells_of(place), kinds
        check_on_surface(mounted[0], surface, cameras, what="mounted cameras")
    lookouts = _stood(
        views, planes, drawn, surface=surface, poses=(bearing, height), mounted=mounted
    )
    unknown = np.isnan(lookouts.views[:, 2])
    if unknown.any():
        message = (
            "cameras: the ground is unknown (no data) under "
            f"{name_keys(cameras, unknown)}; give terrain that covers them (several "
            "files for --terrain lie side by side), or leave those cameras out"
        )
        raise InputError(message)
    return lookouts


def look_over_arrays(
    xy: NDArray[np.float64],
    poses: tuple[NDArray[np.float64], NDArray[np.float64]],
    footprints: Footprints,
    *,
    surface: Surface,
    mounted: tuple[NDArray[np.float64], NDArray[np.uint8]],
) -> Lookouts:
    """
    Give cameras that are arrays and no table as the kernels take them.

    Parameters
    ----------
    xy
        Where the cameras are drawn, metres, on the surface, shape ``(n, 2)``.
    poses
        Bearings, degrees clockwise from the grid's north (not-a-number where unknown),
        and heights of the lenses above the ground, metres.
    footprints
        One for each camera, of :func:`coveragekit.optics.footprint_arrays`.
    surface
        Ground and roofs.
    mounted
        Places on the surface, metres, and kinds, of
        :func:`coveragekit.visibility.mounting.mount_arrays`.

    Returns
    -------
    Lookouts
        One row per camera, in their order; the very ones that :func:`look_over` gives
        of a table of these cameras. Over unknown ground a lens has no height
        (not-a-number) and sees nothing.

    Examples
    --------
    >>> import geopandas as gpd
    >>> from coveragekit.optics import Footprints
    >>> from coveragekit.visibility import Surface
    >>> ground = gpd.GeoDataFrame(geometry=[], crs="EPSG:32616")
    >>> surface = Surface.from_buildings(ground, bounds=(0, 0, 9, 9))
    >>> planes = np.full((1, 4, 3), (0.0, 0.0, np.inf))
    >>> shown = Footprints(*np.full((2, 1), 45.0), np.zeros(1), planes=planes)
    >>> xy, poses = np.array([[1.5, 7.5]]), (np.zeros(1), np.full(1, 4.0))
    >>> hung = xy, np.zeros(1, np.uint8)
    >>> look_over_arrays(xy, poses, shown, surface=surface, mounted=hung).views[0, :3]
    array([1., 1., 4.])
    """
    bearing, height = poses
    views = np.zeros((len(xy), 11))
    half, reach, near, planes = _shown(footprints)
    _write_aim(views, bearing, (half, reach, near))
    return _stood(
        views,
        planes,
        surface.cells_of(xy),
        surface=surface,
        poses=(bearing, height),
        mounted=(surface.cells_of(mounted[0]), mounted[1]),
    )


def check_on_surface(
    places: NDArray[np.float64],
    surface: Surface,
    table: gpd.GeoDataFrame | gpd.GeoSeries,
    *,
    what: str,
) -> None:
    """
    Refuse places beyond the centres of the outermost cells.

    Parameters
    ----------
    places
        Columns and rows from the centre of the first cell, shape ``(n, 2)``.
    surface
        The surface.
    table
        Their table, to name rows of.
    what
        What they are, for the message.

    Raises
    ------
    InputError
        The surface does not reach a place; the rows are named.

    Examples
    --------
    >>> import geopandas as gpd
    >>> from shapely import Point
    >>> from coveragekit.visibility import Surface
    >>> point = gpd.GeoSeries([Point(1.5, 7.5)], crs="EPSG:32616")
    >>> surface = Surface.from_buildings(point.to_frame().iloc[:0], bounds=(0, 0, 9, 9))
    >>> check_on_surface(np.ones((1, 2)), surface, point, what="points")
    """
    rows, columns = surface.ground_m.shape
    most = np.array([columns - 1.0, rows - 1.0])
    off = np.asarray(~((places >= 0.0) & (places <= most)).all(axis=1))
    if off.any():
        west, south, east, north = surface.bounds
        message = (
            f"{what}: the surface does not reach {name_keys(table, off)}; it covers "
            f"x {west:.0f} to {east:.0f} and y {south:.0f} to {north:.0f} metres; make "
            "it with larger bounds=, or leave them out"
        )
        raise InputError(message)


def _aim(
    views: NDArray[np.float64],
    cameras: gpd.GeoDataFrame,
    bearing: NDArray[np.float64],
    *,
    footprints: Footprints | None,
) -> NDArray[np.float64]:
    """Write directions and limits of the fields of view, and give what cuts them."""
    unknown = np.isnan(bearing)
    if footprints is None:
        hfov = check_numbers(
            cameras, "hfov_deg", "more than 0, at most 360 degrees", low=0.0, high=360.0
        )
        most = float(np.finfo(np.float64).max)
        reach = check_numbers(
            cameras, "range_m", "metres, more than 0, finite", low=0.0, high=most
        )
        half, near = np.where(unknown, 180.0, 0.5 * hfov), np.zeros(len(cameras))
        planes = np.empty((len(cameras), 0, 3))
    else:
        half, reach, near, planes = _of_footprints(footprints, cameras, unknown)
    _write_aim(views, bearing, (half, reach, near))
    return planes


def _write_aim(
    views: NDArray[np.float64],
    bearing: NDArray[np.float64],
    limits: tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]],
) -> None:
    half, reach, near = limits
    unknown = np.isnan(bearing)
    views[:, 3:5] = np.where(unknown[:, None], (0.0, 1.0), ways_of(bearing))
    views[:, 5], views[:, 6] = np.cos(np.radians(half)), np.sin(np.radians(half))
    views[:, 7] = half >= 180.0
    views[:, 8], views[:, 9] = reach, near


def _of_footprints(
    footprints: Footprints, cameras: gpd.GeoDataFrame, unknown: NDArray[np.bool_]
) -> tuple[NDArray[np.float64], ...]:
    if len(footprints.reach_m) != len(cameras):
        message = (
            f"footprints are of {len(footprints.reach_m)} cameras, not of these "
            f"{len(cameras)}; pass what optics.footprints gave for these very cameras"
        )
        raise InputError(message)
    half, reach, near, planes = _shown(footprints)
    cut = np.isfinite(planes[:, :, 2]).any(axis=1)
    faults = {
        # One that sees nothing, such as by night without a lamp, looks no way at all.
        "look one way, though the bearing is unknown": (
            unknown & (reach > 0.0) & ((half < 180.0) | cut)
        ),
        "have no finite reach": ~np.isfinite(reach),
    }
    for what, wrong in faults.items():
        if wrong.any():
            message = (
                f"the footprints of {name_keys(cameras, wrong)} {what}; pass "
                "what optics.footprints gave for these very cameras"
            )
            raise InputError(message)
    return half, reach, near, planes


def _shown(footprints: Footprints) -> tuple[NDArray[np.float64], ...]:
    return (
        np.asarray(footprints.half_angle_deg, dtype=np.float64),
        np.asarray(footprints.reach_m, dtype=np.float64),
        np.asarray(footprints.near_m, dtype=np.float64),
        np.array(footprints.planes, dtype=np.float64, order="C"),
    )


def _stood(
    views: NDArray[np.float64],
    planes: NDArray[np.float64],
    drawn: NDArray[np.float64],
    *,
    surface: Surface,
    poses: tuple[NDArray[np.float64], NDArray[np.float64]],
    mounted: tuple[NDArray[np.float64], NDArray[np.uint8]] | None,
) -> Lookouts:
    """Write places and heights of lenses into the views, and say what they stand on."""
    from coveragekit.visibility.kernels.surface import settle

    bearing, height = poses
    inside = np.zeros(len(drawn), np.bool_)
    depths = np.full(len(drawn), _DEPTH_M / surface.cell_m)
    hung = drawn
    if mounted is not None:
        hung, kinds = mounted
        inside = kinds == MOUNTS.index("inside")
        # Where the exact rule sees open ground, the nearest lower cell is close by.
        depths[:] = _WITHIN_CELLS
    places, eyes, stands = settle(
        surface.ground_m,
        surface.top_m,
        drawn,
        hung,
        ways_of(bearing),
        height,
        inside,
        depths,
    )
    views[:, :2], views[:, 2] = places, eyes
    blind = (views[:, 8] <= 0.0) | np.isnan(eyes)
    views[:, 10] = (stands == STANDS.index("inside")) | blind
    shift = np.hypot(*(places - drawn).T) * surface.cell_m
    return Lookouts(views, planes, stands, shift)
