"""Draw cameras as they may really hang and look, as far as records may be off."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from coveragekit.coverage.hanging import Walls, hang
from coveragekit.coverage.poses import Poses
from coveragekit.crs import check_same

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd
    from numpy.typing import NDArray

    from coveragekit.visibility import Obstacles
    from coveragekit.visibility.cameras import North

    Floats = NDArray[np.float64]

__all__ = ["draw", "draw_cameras"]


def draw_cameras(
    cameras: gpd.GeoDataFrame,
    rng: np.random.Generator,
    obstacles: Obstacles | None = None,
    *,
    north: North = "true",
    mount_depth_m: float = 6.0,
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
    mount_depth_m
        How deep inside a building a camera may be drawn and still look out of it.

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

    What is known of a camera stays so: one that the mounting rule puts on a wall is
    drawn on a wall and does not look into its building, one on a pole is drawn in the
    open. One recorded in the open near a facade that faces its way hangs on it in some
    of the scenes, the more of them the nearer it is for the error of its place. Place
    and bearing are drawn again until that holds, up to 24 times; then it stays where it
    is recorded.

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
    if obstacles is not None:
        check_same(obstacles.crs, cameras.crs, "obstacles and cameras")
        return draw(poses, rng, Walls.of(poses, obstacles, mount_depth_m))[0]
    lenses = poses.lenses(rng)
    xy, bearing = poses.places(rng, np.arange(len(poses.xy)))
    return _table(poses, xy, {"bearing_deg": bearing, **lenses})


def draw(
    poses: Poses, rng: np.random.Generator, walls: Walls
) -> tuple[gpd.GeoDataFrame, pd.DataFrame]:
    """
    Draw one scene's cameras, and say how they hang.

    Parameters
    ----------
    poses
        The cameras.
    rng
        Where the random numbers come from.
    walls
        The buildings, and what is known of where the cameras hang.

    Returns
    -------
    tuple
        The table as drawn, and for the visibility functions ``x``, ``y`` and ``mount``.
    """
    import pandas as pd

    lenses = poses.lenses(rng)
    xy, bearing, words = hang(poses, rng, walls)
    frame = {"x": xy[:, 0], "y": xy[:, 1], "mount": words}
    mounting = pd.DataFrame(frame, index=poses.cameras.index)
    return _table(poses, xy, {"bearing_deg": bearing, **lenses}), mounting


def _table(poses: Poses, xy: Floats, columns: dict[str, Floats]) -> gpd.GeoDataFrame:
    import geopandas as gpd

    drawn = poses.cameras.copy(deep=False)
    for name, values in columns.items():
        if name in drawn.columns:
            drawn[name] = values
    points = gpd.points_from_xy(xy[:, 0], xy[:, 1], crs=drawn.crs)
    return drawn.set_geometry(points)
