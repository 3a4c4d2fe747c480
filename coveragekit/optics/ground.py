"""Lay a camera's view on flat ground: near edge, far edge, width, area, shadow."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from coveragekit.errors import InputError
from coveragekit.optics._checks import between, positive

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    _Edge = tuple[NDArray[np.float64], NDArray[np.float64]]

__all__ = [
    "Footprint",
    "axial_depth_m",
    "ground_footprint",
    "sector_area_m2",
    "shadow_end_m",
]


class Footprint(NamedTuple):
    """
    The trapezoid of level ground in a picture, in metres from the camera's foot.

    Parameters
    ----------
    near_m
        Ground distance of the lower edge; negative where it lies behind the foot,
        infinite where the whole picture is above the horizon.
    far_m
        Ground distance of the upper edge; infinite where it is at or above the horizon.
    near_width_m, far_width_m
        Widths of the two edges.
    area_m2
        Area of the trapezoid, infinite with ``far_m``; 0 where no ground is seen.
    corners_m
        Shape ``(..., 4, 2)``: (right of the axis, ahead) of near left, near right, far
        right and far left.
    """

    near_m: NDArray[np.float64]
    far_m: NDArray[np.float64]
    near_width_m: NDArray[np.float64]
    far_width_m: NDArray[np.float64]
    area_m2: NDArray[np.float64]
    corners_m: NDArray[np.float64]

    @property
    def dead_zone_m(self) -> NDArray[np.float64]:
        """Ground in front of the foot that the picture misses, metres, 0 or more."""
        return np.maximum(self.near_m, 0.0)


def axial_depth_m(
    ground_distance_m: ArrayLike,
    mount_height_m: ArrayLike,
    tilt_deg: ArrayLike,
    *,
    target_height_m: ArrayLike = 0.0,
) -> NDArray[np.float64]:
    """
    Give the depth along the optical axis of a point on the picture's centre line.

    Parameters
    ----------
    ground_distance_m
        From the camera's foot to the point's foot, metres.
    mount_height_m
        Lens above the ground, metres.
    tilt_deg
        Axis below the horizontal, degrees, -90 to 90.
    target_height_m
        Point above the ground, metres.

    Returns
    -------
    numpy.ndarray
        Metres; pixel density and width follow from this, not from the slant range.

    Raises
    ------
    InputError
        A tilt out of range.

    Notes
    -----
    z = d cos t + (H - h) sin t.

    Examples
    --------
    >>> float(axial_depth_m(10.0, 4.0, 30.0).round(4))
    10.6603
    """
    tilt = np.radians(between("tilt_deg", tilt_deg, low=-90.0, high=90.0))
    drop = np.asarray(mount_height_m, dtype=np.float64) - np.asarray(target_height_m)
    distance = np.asarray(ground_distance_m, dtype=np.float64)
    return np.asarray(distance * np.cos(tilt) + drop * np.sin(tilt))[()]


def ground_footprint(
    mount_height_m: ArrayLike,
    tilt_deg: ArrayLike,
    *,
    hfov_deg: ArrayLike,
    vfov_deg: ArrayLike,
    target_height_m: ArrayLike = 0.0,
) -> Footprint:
    """
    Give the trapezoid that a picture shows of level ground, or of a level above it.

    Parameters
    ----------
    mount_height_m
        Lens above the ground, metres, > 0.
    tilt_deg
        Axis below the horizontal, degrees, -90 to 90.
    hfov_deg, vfov_deg
        Fields of view of a pinhole lens, degrees, > 0 and < 180.
    target_height_m
        The level looked at, metres above the ground and below the lens (1.6: faces).

    Returns
    -------
    Footprint
        Near and far edge, widths, area and corners, the arguments' broadcast shape.

    Raises
    ------
    InputError
        A value out of range, or a level at or above the lens.

    Notes
    -----
    near = (H - h) / tan(t + V/2), far = (H - h) / tan(t - V/2) where t > V/2; an edge
    row has axial depth z = (H - h) cos(V/2) / sin(t +- V/2) and width 2 z tan(HFOV/2).
    Obstacles and the range of a purpose are for other functions to cut.

    Examples
    --------
    >>> view = ground_footprint(4.0, 30.0, hfov_deg=52.0, vfov_deg=30.0)
    >>> [round(float(value), 3) for value in (view.near_m, view.far_m, view.area_m2)]
    [4.0, 14.928, 108.692]
    """
    drop = positive("mount_height_m", mount_height_m) - np.asarray(target_height_m)
    if np.any(drop <= 0.0):
        message = (
            f"target_height_m is {-np.nanmin(drop):g} m above the lens or level with "
            "it; allowed: below mount_height_m"
        )
        raise InputError(message)
    tilt = np.radians(between("tilt_deg", tilt_deg, low=-90.0, high=90.0))
    half_h = _half_angle("hfov_deg", hfov_deg)
    half_v = _half_angle("vfov_deg", vfov_deg)
    near = _edge(drop, tilt + half_v, half_v=half_v, half_h=half_h)
    far = _edge(drop, tilt - half_v, half_v=half_v, half_h=half_h)
    return Footprint(
        near_m=near[0][()],
        far_m=far[0][()],
        near_width_m=near[1][()],
        far_width_m=far[1][()],
        area_m2=_trapezoid_area(near, far)[()],
        corners_m=_corners(near, far),
    )


def _half_angle(name: str, degrees: ArrayLike) -> NDArray[np.float64]:
    angle = positive(name, degrees)
    if np.any(angle >= 180.0):
        message = f"{name} is {np.nanmax(angle):g}; allowed: more than 0, less than 180"
        raise InputError(message)
    return np.radians(angle) / 2.0


def _edge(
    drop: NDArray[np.float64],
    depression: NDArray[np.float64],
    *,
    half_v: NDArray[np.float64],
    half_h: NDArray[np.float64],
) -> _Edge:
    """Ground distance and width of one edge row; infinite at or above the horizon."""
    # Sums of angles such as 15 + 60/2 - 45 leave rounding dust around the horizon.
    below = depression > 1e-12
    safe = np.where(below, depression, np.pi / 2.0)
    distance = np.where(below, drop * np.cos(safe) / np.sin(safe), np.inf)
    depth = drop * np.cos(half_v) / np.sin(safe)
    width = np.where(below, 2.0 * depth * np.tan(half_h), np.inf)
    unknown = np.isnan(depression + drop + half_h)
    distance, width = np.broadcast_arrays(
        np.where(unknown, np.nan, distance), np.where(unknown, np.nan, width)
    )
    return distance, width


def _trapezoid_area(near: _Edge, far: _Edge) -> NDArray[np.float64]:
    seen = np.isfinite(near[0])
    length = np.where(seen, far[0] - np.where(seen, near[0], 0.0), 0.0)
    width = np.where(seen, near[1] + far[1], 0.0)
    return np.where(np.isnan(near[0]), np.nan, length * width / 2.0)


def _corners(near: _Edge, far: _Edge) -> NDArray[np.float64]:
    right = [-near[1] / 2.0, near[1] / 2.0, far[1] / 2.0, -far[1] / 2.0]
    ahead = [near[0], near[0], far[0], far[0]]
    return np.stack([np.stack(right, axis=-1), np.stack(ahead, axis=-1)], axis=-1)


def sector_area_m2(
    hfov_deg: ArrayLike,
    range_m: ArrayLike,
    *,
    dead_zone_m: ArrayLike = 0.0,
    arc_segments: int | None = None,
) -> NDArray[np.float64]:
    """
    Give the area of a view on open ground: a sector without its dead zone.

    Parameters
    ----------
    hfov_deg
        Horizontal field of view, degrees, > 0 to 360.
    range_m
        Reach, metres, > 0.
    dead_zone_m
        Radius at the foot that is not seen, metres, 0 to ``range_m``.
    arc_segments
        Chords that stand for the arcs, at least 1; ``None`` for the true arcs.

    Returns
    -------
    numpy.ndarray
        Square metres.

    Raises
    ------
    InputError
        A value out of range.

    Notes
    -----
    n chords lose (fov - n sin(fov / n)) r^2 / 2.

    Examples
    --------
    >>> float(sector_area_m2(90.0, 30.0).round(3))
    706.858
    """
    angle = between("hfov_deg", positive("hfov_deg", hfov_deg), low=0.0, high=360.0)
    reach = positive("range_m", range_m)
    dead = np.asarray(dead_zone_m, dtype=np.float64)
    if np.any((dead < 0.0) | (dead > reach)):
        message = f"dead_zone_m is {dead.flat[0]:g}; allowed: 0 to range_m"
        raise InputError(message)
    turn = np.radians(angle)
    if arc_segments is not None:
        if arc_segments < 1:
            message = f"arc_segments is {arc_segments}; allowed: at least 1"
            raise InputError(message)
        turn = arc_segments * np.sin(turn / arc_segments)
    return turn * (reach**2 - dead**2) / 2.0


def shadow_end_m(
    mount_height_m: ArrayLike,
    wall_height_m: ArrayLike,
    wall_distance_m: ArrayLike,
    *,
    target_height_m: ArrayLike = 0.0,
) -> NDArray[np.float64]:
    """
    Give how far from the camera the ground behind a wall stays hidden.

    Parameters
    ----------
    mount_height_m
        Lens above the ground, metres, > 0.
    wall_height_m
        Top of the wall above the ground, metres, > 0.
    wall_distance_m
        From the camera's foot to the wall, metres, > 0.
    target_height_m
        The level looked at, metres above the ground (1.6: faces).

    Returns
    -------
    numpy.ndarray
        Metres from the camera's foot: the wall's own distance where the level is above
        its top, infinite where the wall is as high as the lens or higher.

    Raises
    ------
    InputError
        A height or distance is zero, negative or infinite.

    Examples
    --------
    >>> float(shadow_end_m(6.0, 3.0, 10.0))
    20.0
    """
    height = positive("mount_height_m", mount_height_m)
    wall = positive("wall_height_m", wall_height_m)
    distance = positive("wall_distance_m", wall_distance_m)
    level = np.asarray(target_height_m, dtype=np.float64)
    over = height > wall
    end = distance * (height - level) / np.where(over, height - wall, 1.0)
    hidden = np.where(over, end, np.inf)
    return np.where(level >= wall, distance, hidden)[()]
