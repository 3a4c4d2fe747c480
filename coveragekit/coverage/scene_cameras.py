"""Draw cameras as they may really hang and look, as far as records may be off."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from coveragekit.coverage.poses import Poses
from coveragekit.crs import check_same

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd
    from numpy.typing import NDArray

    from coveragekit.visibility import Obstacles
    from coveragekit.visibility.cameras import North

    Floats = NDArray[np.float64]

__all__ = ["Walls", "draw", "draw_cameras"]

_TRIES = 16


def draw_cameras(
    cameras: gpd.GeoDataFrame,
    rng: np.random.Generator,
    obstacles: Obstacles | None = None,
    *,
    north: North = "true",
) -> gpd.GeoDataFrame:
    """
    Draw one scene: the cameras as they may really hang and look.

    Parameters
    ----------
    cameras
        The table in a CRS in metres, with the errors that
        :func:`coveragekit.coverage.camera_errors` fills in. Rows of one ``camera_id``
        are views of one camera. A row of unknown bearing with 1 in a column
        ``probability`` looks all round, and keeps its unknown bearing.
    rng
        Where the random numbers come from.
    obstacles
        The buildings, in the same CRS, which say where a camera can hang; without them
        places are drawn as if there were none.
    north
        What ``bearing_deg`` counts from: ``"true"`` or ``"grid"`` north.

    Returns
    -------
    geopandas.GeoDataFrame
        The table with points, ``bearing_deg``, ``tilt_deg``, ``hfov_deg``,
        ``vfov_deg``, ``mount_height_m`` and ``range_m`` as drawn, and ``width_px`` and
        ``ir_range_m`` where they were assumed. With obstacles the points are where the
        cameras hang by :func:`coveragekit.visibility.mount`.

    Raises
    ------
    CRSError
        A CRS is missing, not in metres, or not that of the other.
    InputError
        A column of errors is missing, or an error where its value is known.

    Notes
    -----
    Places are normal along each axis, bearings normal and wrapped, uniform where
    unknown; field of view, height, tilt and range are normal, cut off where they could
    not be (nothing at or below 0; a lens stays on its side of 180 degrees). The tilt's
    error is the lesser of its kind's and the bearing's. Where we assumed the value
    itself, half of the error's variance is common to all cameras of the kind.

    What is known of a camera stays so: one that hangs on a wall is drawn on a wall, and
    one that looks out of its building is not drawn looking into it. Place and bearing
    are drawn again until that holds, up to 16 times; then it stays where it is said to
    be.

    Examples
    --------
    >>> import geopandas as gpd, numpy as np
    >>> from shapely import Point
    >>> from coveragekit.coverage import camera_errors
    >>> one = gpd.GeoDataFrame(
    ...     {"bearing_deg": [350.0], "hfov_deg": [90.0], "range_m": [30.0]},
    ...     geometry=[Point(500000, 0)], crs="EPSG:32616")
    >>> drawn = [draw_cameras(camera_errors(one), np.random.default_rng(seed))
    ...     for seed in range(200)]
    >>> bool(28.0 < np.mean([float(scene["range_m"][0]) for scene in drawn]) < 32.0)
    True
    """
    poses = Poses.of(cameras, north=north)
    walls = None
    if obstacles is not None:
        check_same(obstacles.crs, cameras.crs, "obstacles and cameras")
        walls = Walls.of(poses, obstacles)
    return draw(poses, rng, walls)[0]


@dataclass(frozen=True, slots=True)
class Walls:
    """
    The buildings, and what is known of where the cameras hang.

    Parameters
    ----------
    obstacles
        The buildings.
    indoors
        Rows that see their own room only as they are recorded.
    on_wall
        Rows that hang on a facade as they are recorded.
    """

    obstacles: Obstacles
    indoors: NDArray[np.bool_]
    on_wall: NDArray[np.bool_]

    @classmethod
    def of(cls, poses: Poses, obstacles: Obstacles) -> Self:
        """
        Say where cameras hang as they are recorded.

        Parameters
        ----------
        poses
            The cameras.
        obstacles
            The buildings.

        Returns
        -------
        Walls
            For these cameras.
        """
        from coveragekit.visibility.mounting import MOUNTS, mount_arrays

        every = np.arange(len(poses.xy))
        bearing = poses.grid_bearings(poses.middle["bearing_deg"], every)
        kinds = mount_arrays(poses.xy, bearing, obstacles)[1]
        inside = kinds == MOUNTS.index("inside")
        return cls(obstacles, inside, ~inside & (kinds != MOUNTS.index("open")))


def draw(
    poses: Poses, rng: np.random.Generator, walls: Walls | None
) -> tuple[gpd.GeoDataFrame, pd.DataFrame | None]:
    """
    Draw one scene's cameras, and say how they hang.

    Parameters
    ----------
    poses
        The cameras.
    rng
        Where the random numbers come from.
    walls
        The buildings; ``None`` for none.

    Returns
    -------
    tuple
        The table as drawn, and for the visibility functions ``x``, ``y`` and ``mount``.
    """
    import geopandas as gpd
    import pandas as pd

    lenses = poses.lenses(rng)
    every = np.arange(len(poses.xy))
    mounting = None
    if walls is None:
        xy, bearing = poses.places(rng, every)
    else:
        xy, bearing, words = _hang(poses, rng, walls)
        frame = {"x": xy[:, 0], "y": xy[:, 1], "mount": words}
        mounting = pd.DataFrame(frame, index=poses.cameras.index)
    drawn = poses.cameras.copy(deep=False)
    for name, values in {"bearing_deg": bearing, **lenses}.items():
        if name in drawn.columns:
            drawn[name] = values
    points = gpd.points_from_xy(xy[:, 0], xy[:, 1], crs=drawn.crs)
    return drawn.set_geometry(points), mounting


def _hang(
    poses: Poses, rng: np.random.Generator, walls: Walls
) -> tuple[Floats, Floats, NDArray[Any]]:
    from coveragekit.visibility.mounting import MOUNTS, mount_arrays

    opened, inside = MOUNTS.index("open"), MOUNTS.index("inside")
    count = len(poses.xy)
    xy, bearing = np.empty((count, 2)), np.empty(count)
    kinds = np.empty(count, np.uint8)
    rows = np.arange(count)
    for attempt in range(_TRIES + 1):
        if len(rows) == 0:
            break
        there, bearing[rows] = poses.places(rng, rows)
        if attempt == _TRIES:
            there = poses.xy[rows]
        facing = poses.grid_bearings(bearing[rows], rows)
        xy[rows], kinds[rows], _ = mount_arrays(there, facing, walls.obstacles)
        wrong = (kinds[rows] == inside) & ~walls.indoors[rows]
        wrong |= (kinds[rows] == opened) & walls.on_wall[rows]
        again = np.zeros(int(poses.view_of.max()) + 1, np.bool_)
        again[poses.view_of[rows[wrong]]] = True
        rows = rows[again[poses.view_of[rows]]]
    return xy, bearing, np.array(MOUNTS, dtype=object)[kinds]
