"""The section along a line of sight: ground, roofs, and what first stands over it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from coveragekit.errors import InputError
from coveragekit.visibility.lookouts import look_over
from coveragekit.visibility.relief import check_target, target_places

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd
    from numpy.typing import NDArray

    from coveragekit.visibility.cameras import North
    from coveragekit.visibility.surface import Surface

__all__ = ["Profile", "first_rises", "sight_profile"]


@dataclass(frozen=True, slots=True, eq=False)
class Profile:
    """
    The section from a camera to a place: ground, roofs and the line of sight.

    Parameters
    ----------
    distance_m
        How far each sample is from the lens on the map, metres, shape ``(n,)``: first
        the lens, last the place, between them where the line of sight is looked at.
    x, y
        Where each sample is.
    ground_m, top_m, sight_m
        Height of the ground, of the roof (or ground) and of the line of sight there.
    eye_m, target_m
        Height of the lens and of the target.
    free
        Whether nothing stands between.
    blocked_at_m
        Distance of the sample that first hides the target, not-a-number if none does.
    """

    distance_m: NDArray[np.float64]
    x: NDArray[np.float64]
    y: NDArray[np.float64]
    ground_m: NDArray[np.float64]
    top_m: NDArray[np.float64]
    sight_m: NDArray[np.float64]
    eye_m: float
    target_m: float
    free: bool
    blocked_at_m: float


def sight_profile(
    point_xy: tuple[float, float],
    camera: gpd.GeoDataFrame,
    surface: Surface,
    *,
    target_height_m: float = 1.5,
    north: North = "true",
    mounting: pd.DataFrame | None = None,
) -> Profile:
    """
    Give the section along the line of sight from one camera to one place.

    Parameters
    ----------
    point_xy
        The place, metres, in the CRS of the surface.
    camera
        A table of one row, as :func:`who_sees_relief` takes it. Field of view and range
        are not looked at here: only what stands on the line.
    surface
        Ground and roofs.
    target_height_m
        How far the target stands above the ground, metres, ``>= 0``.
    north
        What ``bearing_deg`` counts from: ``"true"`` or ``"grid"`` north.
    mounting
        What :func:`coveragekit.visibility.mount` gave for this row; worked out from the
        surface if ``None``.

    Returns
    -------
    Profile
        Its ``free`` is what :func:`who_sees_relief` would say of a camera that looks
        all round and far enough, unless it stands inside something higher.

    Raises
    ------
    CRSError
        The CRS is missing, not in metres, or not that of the surface.
    InputError
        Not one camera, or one that cannot be used; a place off the surface.

    Examples
    --------
    >>> import geopandas as gpd
    >>> from shapely import Point, box
    >>> from coveragekit.visibility import Surface
    >>> wall = gpd.GeoDataFrame(
    ...     {"height_m": [3.0]}, geometry=[box(10, -5, 11, 5)], crs="EPSG:32616"
    ... )
    >>> camera = gpd.GeoDataFrame(
    ...     {"mount_height_m": [6.0], "bearing_deg": [90.0], "hfov_deg": [90.0],
    ...      "range_m": [50.0]}, geometry=[Point(0.5, 0.5)], crs="EPSG:32616",
    ... )
    >>> surface = Surface.from_buildings(wall)
    >>> sight_profile((15.5, 0.5), camera, surface, target_height_m=0.0).blocked_at_m
    10.0
    """
    import geopandas as gpd

    from coveragekit.visibility.kernels.relief import TIE_M

    if len(camera) != 1:
        message = f"camera has {len(camera)} rows; allowed: a table of one row"
        raise InputError(message)
    target = check_target(target_height_m)
    point = gpd.GeoSeries.from_xy([point_xy[0]], [point_xy[1]], crs=surface.crs)
    to_column, to_row, height = target_places(point, surface, target)[0]
    # Any field of view will do: it is not asked for here.
    aimed = camera.assign(hfov_deg=360.0, range_m=1.0)
    lookouts = look_over(aimed, surface, north=north, mounting=mounting)
    column, row, eye = map(float, lookouts.views[0, :3])
    share = _samples((column, row), (to_column, to_row))
    columns = column + share * (to_column - column)
    rows = row + share * (to_row - row)
    ground = _between(surface.ground_m, columns, rows)
    top = _between(surface.top_m, columns, rows)
    sight = eye + share * (height - eye)
    cell = surface.cell_m
    far = np.hypot(to_column - column, to_row - row) * cell
    over = top[1:-1] > sight[1:-1] + TIE_M
    first = 1 + int(np.argmax(over)) if over.any() else -1
    west, north_edge = float(surface.frame[0]), float(surface.frame[1])
    return Profile(
        distance_m=share * far,
        x=west + (columns + 0.5) * cell,
        y=north_edge - (rows + 0.5) * cell,
        ground_m=ground,
        top_m=top,
        sight_m=sight,
        eye_m=eye,
        target_m=float(height),
        free=first < 0,
        blocked_at_m=float(share[first] * far) if first > 0 else float("nan"),
    )


def first_rises(
    point_xy: tuple[float, float],
    cameras: gpd.GeoDataFrame,
    surface: Surface,
    *,
    target_height_m: float = 1.5,
    north: North = "true",
    mounting: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """
    Give for many cameras what first stands over their line to one place.

    Parameters
    ----------
    point_xy
        The place, metres, in the CRS of the surface.
    cameras
        As :func:`sight_profile` takes one.
    surface, target_height_m, north
        As :func:`sight_profile` takes them.
    mounting
        What :func:`coveragekit.visibility.mount` gave for these cameras, or ``None``.

    Returns
    -------
    pandas.DataFrame
        On the index of the cameras: ``blocked_at_m`` (distance from the lens,
        not-a-number where the line is free), ``x`` and ``y`` of that place, and
        ``is_roof``: a building stands there, not the ground alone.

    Raises
    ------
    CRSError
        The CRS is missing, not in metres, or not that of the surface.
    InputError
        A camera that cannot be used, or a place off the surface.

    Examples
    --------
    >>> import geopandas as gpd
    >>> from shapely import Point, box
    >>> from coveragekit.visibility import Surface
    >>> wall = gpd.GeoDataFrame(
    ...     {"height_m": [3.0]}, geometry=[box(10, -5, 11, 5)], crs="EPSG:32616"
    ... )
    >>> camera = gpd.GeoDataFrame(
    ...     {"mount_height_m": [6.0], "bearing_deg": [90.0]},
    ...     geometry=[Point(0.5, 0.5)], crs="EPSG:32616",
    ... )
    >>> surface = Surface.from_buildings(wall)
    >>> made = first_rises((15.5, 0.5), camera, surface, target_height_m=0.0)
    >>> float(made["blocked_at_m"][0]), bool(made["is_roof"][0])
    (10.0, True)
    """
    import geopandas as gpd
    import pandas as pd

    from coveragekit.visibility.kernels import relief as kernels

    target = check_target(target_height_m)
    point = gpd.GeoSeries.from_xy([point_xy[0]], [point_xy[1]], crs=surface.crs)
    place = target_places(point, surface, target)[0]
    aimed = cameras.assign(hfov_deg=360.0, range_m=1.0)
    views = look_over(aimed, surface, north=north, mounting=mounting).views
    blocks = kernels.first_rises(surface.top_m, views[:, :3].copy(), place)
    found = ~np.isnan(blocks[:, 0])
    cell, (west, north_edge) = surface.cell_m, map(float, surface.frame[:2])
    roof = np.zeros(len(blocks), np.bool_)
    # The line is between two cells there: either may be the one that rises.
    for side in (np.floor(blocks[found]), np.ceil(blocks[found])):
        i, j = side.astype(np.int64).T
        roof[found] |= surface.top_m[j, i] > surface.ground_m[j, i]
    away = np.hypot(*(blocks - views[:, :2]).T) * cell
    return pd.DataFrame(
        {
            "blocked_at_m": away,
            "x": west + (blocks[:, 0] + 0.5) * cell,
            "y": north_edge - (blocks[:, 1] + 0.5) * cell,
            "is_roof": roof,
        },
        index=cameras.index,
    )


def _samples(
    start: tuple[float, float], end: tuple[float, float]
) -> NDArray[np.float64]:
    """Give the shares of a line at which the walk of the kernel looks, and its ends."""
    run = np.subtract(end, start)
    axis = 1 if abs(run[1]) > abs(run[0]) else 0
    if run[axis] == 0.0:
        return np.array([0.0, 1.0])
    first, last = (int(np.floor(place[axis] + 0.5)) for place in (start, end))
    step = 1 if run[axis] > 0.0 else -1
    crossed = np.arange(first + step, last, step)
    between = (crossed - start[axis]) / run[axis]
    return np.concatenate([[0.0], between, [1.0]])


def _between(
    layer: NDArray[np.float32], columns: NDArray[np.float64], rows: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Give a layer between the centres of cells, as the kernel reads it."""
    i, j = np.floor(columns).astype(np.int64), np.floor(rows).astype(np.int64)
    u, v = columns - i, rows - j
    right = np.minimum(i + 1, layer.shape[1] - 1)
    below = np.minimum(j + 1, layer.shape[0] - 1)
    upper = layer[j, i].astype(np.float64)
    upper = np.where(u > 0.0, upper + u * (layer[j, right] - upper), upper)
    lower = layer[below, i].astype(np.float64)
    lower = np.where(u > 0.0, lower + u * (layer[below, right] - lower), lower)
    return np.where(v > 0.0, upper + v * (lower - upper), upper)
