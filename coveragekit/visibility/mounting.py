"""The mounting rule: where a camera drawn on or in a building looks out from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from coveragekit.errors import InputError
from coveragekit.visibility.cameras import (
    North,
    check_points,
    grid_bearings,
    name_rows,
    ways_of,
)

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd
    from numpy.typing import NDArray

    from coveragekit.visibility.obstacles import Obstacles

__all__ = ["MOUNTS", "check_mounting", "mount", "mount_arrays"]

MOUNTS = ("open", "facade", "corner", "inside")
_DEPTH_M = 6.0
_STAND_OFF_M = 0.1
_SHORTEST_M = 1e-3


def mount(
    cameras: gpd.GeoDataFrame,
    obstacles: Obstacles,
    *,
    mount_depth_m: float = _DEPTH_M,
    stand_off_m: float = _STAND_OFF_M,
    north: North = "true",
) -> pd.DataFrame:
    """
    Give the place that each camera looks out from, and how far it was moved there.

    Parameters
    ----------
    cameras
        Points with ``bearing_deg`` (degrees clockwise, missing where unknown), in the
        CRS of the obstacles.
    obstacles
        The buildings.
    mount_depth_m
        How deep inside a building a camera may be drawn and still look out of it,
        metres, ``>= 0``.
    stand_off_m
        How far off the facade it is put, metres, at least a millimetre.
    north
        What ``bearing_deg`` counts from: ``"true"`` or ``"grid"`` north.

    Returns
    -------
    pandas.DataFrame
        On the index of the cameras: ``x``, ``y`` (metres), ``mount``,
        ``mount_shift_m`` and ``mount_building`` (id of the building it is mounted on or
        stands in, else ``None``). ``mount`` is ``open`` (in the open air: not moved),
        ``facade`` or ``corner`` (moved out), or ``inside`` (too deep, or facing no
        facade: not moved, and it sees its own room only).

    Raises
    ------
    CRSError
        The CRS is missing, not in metres, or not that of the obstacles.
    InputError
        A point, bearing or keyword that cannot be used; the rows are named.

    Notes
    -----
    The facade is the one by which the ray along the bearing first leaves all
    footprints, if that is no further than the depth; else the nearest exposed one whose
    outward normal is within 90 degrees of the bearing; with an unknown bearing, the
    nearest exposed one. Exposed is what lies outside every footprint. A camera within a
    micrometre of a wall is on it. Ties never go by the order of rows.

    Examples
    --------
    >>> import geopandas as gpd
    >>> from shapely import Point, box
    >>> from coveragekit.visibility import Obstacles
    >>> shop = gpd.GeoDataFrame(
    ...     {"building_id": ["shop"]}, geometry=[box(0, 0, 10, 8)], crs="EPSG:32616"
    ... )
    >>> camera = gpd.GeoDataFrame(
    ...     {"bearing_deg": [90.0]}, geometry=[Point(9, 4)], crs="EPSG:32616"
    ... )
    >>> walls = Obstacles.from_buildings(shop)
    >>> mount(camera, walls, north="grid")[["x", "mount", "mount_building"]]
          x   mount mount_building
    0  10.1  facade           shop
    """
    import pandas as pd

    xy = check_points(cameras, obstacles, "cameras")
    bearing = grid_bearings(cameras, xy, north=north)
    placed, kinds, owner = mount_arrays(
        xy, bearing, obstacles, mount_depth_m=mount_depth_m, stand_off_m=stand_off_m
    )
    ids = [None if row < 0 else str(obstacles.building_ids[row]) for row in owner]
    return pd.DataFrame(
        {
            "x": placed[:, 0],
            "y": placed[:, 1],
            "mount": pd.Series(
                np.array(MOUNTS, dtype=object)[kinds], dtype="str"
            ).array,
            "mount_shift_m": np.hypot(*(placed - xy).T),
            "mount_building": pd.Series(ids, dtype="str").array,
        },
        index=cameras.index,
    )


def mount_arrays(
    xy: NDArray[np.float64],
    bearing_deg: NDArray[np.float64],
    obstacles: Obstacles,
    *,
    mount_depth_m: float = _DEPTH_M,
    stand_off_m: float = _STAND_OFF_M,
) -> tuple[NDArray[np.float64], NDArray[np.uint8], NDArray[np.int32]]:
    """
    Apply the mounting rule to arrays.

    Parameters
    ----------
    xy
        Where the cameras are drawn, metres, shape ``(n, 2)``.
    bearing_deg
        Degrees clockwise from the grid's north, not-a-number where unknown.
    obstacles
        The buildings.
    mount_depth_m, stand_off_m
        As :func:`mount` takes them.

    Returns
    -------
    tuple of numpy.ndarray
        Places, shape ``(n, 2)``; kinds, numbers into ``MOUNTS``; rows of buildings, -1
        for none.

    Raises
    ------
    InputError
        A depth or stand-off out of range.

    Examples
    --------
    >>> import geopandas as gpd, numpy as np
    >>> from coveragekit.visibility import Obstacles
    >>> nothing = gpd.GeoDataFrame(geometry=[], crs="EPSG:32616")
    >>> ground = Obstacles.from_buildings(nothing)
    >>> mount_arrays(np.array([[1.0, 2.0]]), np.array([0.0]), ground)[1]
    array([0], dtype=uint8)
    """
    from coveragekit.visibility.kernels.mounting import mount_cameras

    if not (np.isfinite(mount_depth_m) and mount_depth_m >= 0.0):
        message = f"mount_depth_m is {mount_depth_m}; allowed: metres, 0 or more"
        raise InputError(message)
    if not (np.isfinite(stand_off_m) and stand_off_m >= _SHORTEST_M):
        message = (
            f"stand_off_m is {stand_off_m}; allowed: metres, {_SHORTEST_M} or more"
        )
        raise InputError(message)
    count = len(xy)
    placed = np.empty((count, 2))
    kinds = np.empty(count, np.uint8)
    owner = np.empty(count, np.int32)
    shut = np.empty((256, 2))
    sizes = (float(mount_depth_m), float(stand_off_m))
    # A copy: kernels are compiled for arrays that can be written, and only those.
    ways, places = ways_of(bearing_deg), np.array(xy, dtype=np.float64)
    done = 0
    while done < count:
        done = mount_cameras(
            obstacles.index, places, ways, sizes, done, shut, placed, kinds, owner
        )
        shut = np.empty((2 * len(shut), 2))
    return placed, kinds, owner


def check_mounting(
    mounting: pd.DataFrame, index: pd.Index[Any]
) -> tuple[NDArray[np.float64], NDArray[np.uint8]]:
    """
    Give the places and kinds of a table of :func:`mount`, or refuse it.

    Parameters
    ----------
    mounting
        Table with ``x``, ``y`` and ``mount``.
    index
        Index of the cameras that it must be for.

    Returns
    -------
    tuple of numpy.ndarray
        Places, shape ``(n, 2)``, and numbers into ``MOUNTS``.

    Raises
    ------
    InputError
        It is for other cameras, lacks a column or has an unknown mount.

    Examples
    --------
    >>> import pandas as pd
    >>> made = pd.DataFrame({"x": [1.0], "y": [2.0], "mount": ["open"]})
    >>> check_mounting(made, made.index)[1]
    array([0], dtype=uint8)
    """
    if not mounting.index.equals(index):
        message = (
            f"mounting has {len(mounting)} rows that are not those of the "
            f"{len(index)} cameras; pass what mount gave for these very cameras"
        )
        raise InputError(message)
    missing = {"x", "y", "mount"}.difference(mounting.columns)
    if missing:
        message = f"mounting lacks {', '.join(sorted(missing))}; pass what mount gave"
        raise InputError(message)
    words = mounting["mount"].to_numpy(dtype=object)
    kinds = np.full(len(words), len(MOUNTS), np.uint8)
    for number, word in enumerate(MOUNTS):
        kinds[words == word] = number
    unknown = kinds == len(MOUNTS)
    if unknown.any():
        message = (
            f"mounting: {words[unknown][0]!r} in {name_rows(index[unknown])}; "
            f"allowed: {', '.join(MOUNTS)}"
        )
        raise InputError(message)
    xy = mounting[["x", "y"]].to_numpy(dtype=np.float64)
    if not np.isfinite(xy).all():
        message = "mounting: x or y is not finite; pass what mount gave"
        raise InputError(message)
    return xy, kinds
