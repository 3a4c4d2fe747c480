"""Measure how a place lies to each camera's view: what fits, and by how much not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from coveragekit.optics import seen_density_px_per_m

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd
    from numpy.typing import NDArray

    from coveragekit.optics import Footprints

    Floats = NDArray[np.float64]

__all__ = ["TOUCH_M", "Pose", "measure_view", "pose_of"]

# Within a micrometre of an edge is within the view, as for lines of sight.
TOUCH_M: Final = 1e-6
_SAME_EDGE_M: Final = 1e-6


@dataclass(frozen=True, slots=True)
class Pose:
    """
    Where one place lies, seen from each camera.

    Parameters
    ----------
    distance_m
        Over ground, from where the camera hangs.
    turn_deg
        From the middle of the view, clockwise, -180 to 180; 0 where the bearing is not
        known.
    is_known
        Whether the bearing is known.
    """

    distance_m: Floats
    turn_deg: Floats
    is_known: NDArray[np.bool_]

    @property
    def right_m(self) -> Floats:
        """How far to the right of the middle of the view."""
        return np.asarray(self.distance_m * np.sin(np.radians(self.turn_deg)))

    @property
    def ahead_m(self) -> Floats:
        """How far along the middle of the view; below 0 behind the camera."""
        return np.asarray(self.distance_m * np.cos(np.radians(self.turn_deg)))


def pose_of(
    place: tuple[float, float], cameras: gpd.GeoDataFrame, mounting: pd.DataFrame
) -> Pose:
    """
    Give where a place lies, seen from each camera.

    Parameters
    ----------
    place
        Its x and y, metres.
    cameras
        Cameras with ``bearing_deg`` from true north, in a metric CRS.
    mounting
        Where each hangs.

    Returns
    -------
    Pose
        One entry a camera.

    Examples
    --------
    >>> import geopandas as gpd, pandas as pd
    >>> from shapely import Point
    >>> one = gpd.GeoDataFrame({"bearing_deg": [90.0]},
    ...     geometry=[Point(500000, 0)], crs="EPSG:32616")
    >>> hung = pd.DataFrame({"x": [500000.0], "y": [0.0]})
    >>> pose_of((500000.0, -8.0), one, hung).turn_deg.round(3)
    array([90.])
    """
    from coveragekit.visibility.cameras import grid_bearings

    x, y = place
    east = x - mounting["x"].to_numpy(dtype=np.float64)
    north = y - mounting["y"].to_numpy(dtype=np.float64)
    xy = cameras.geometry.get_coordinates().to_numpy()
    bearing = grid_bearings(cameras, xy, north="true")
    known = ~np.isnan(bearing)
    towards = np.degrees(np.arctan2(east, north))
    turn = (towards - np.where(known, bearing, towards) + 180.0) % 360.0 - 180.0
    return Pose(np.hypot(east, north), np.where(known, turn, 0.0), known)


def measure_view(
    cameras: gpd.GeoDataFrame,
    pose: Pose,
    footprints: Footprints | None,
    *,
    target_height_m: float,
) -> dict[str, NDArray[Any]]:
    """
    Give by how much a place misses each camera's view, and how sharp it would be.

    Parameters
    ----------
    cameras
        The cameras; without footprints their ``range_m`` and ``hfov_deg`` bound the
        view.
    pose
        Where the place lies from each.
    footprints
        The views by day, a row for each camera; ``None``: plain sectors.
    target_height_m
        What is looked at, metres above the ground.

    Returns
    -------
    dict
        For each camera: ``distance_m``; ``beyond_m`` past the reach,
        ``off_angle_deg`` past the side, ``above_m`` past the upper edge of the picture,
        each 0 where within; ``dead_zone_m`` and ``view_ends_m``, where the picture's
        lower and upper edge meet the target's level in the middle of the view, 0 and
        infinite where they do not; ``is_below``, whether the place lies in the dead
        zone; ``is_useless``, whether its picture serves the purpose nowhere;
        ``pixel_density_px_per_m``.
    """
    count = len(cameras)
    ends = np.full(count, np.inf)
    if footprints is None:
        half = cameras["hfov_deg"].to_numpy(dtype=np.float64) / 2.0
        beyond = pose.distance_m - cameras["range_m"].to_numpy(dtype=np.float64)
        off = _off_sector(pose, half)
        above, dead = np.zeros(count), np.zeros(count)
        below = np.zeros(count, dtype=np.bool_)
    else:
        ends = _view_ends_m(cameras, target_height_m)
        excess = _excess_m(footprints.planes, pose)
        past_reach = _past_reach_m(cameras, pose, footprints)
        # One edge stands for what comes first: too few pixels, or the picture's end.
        by_picture = np.isclose(footprints.reach_m, ends, rtol=0.0, atol=_SAME_EDGE_M)
        far_by_picture = _edge_ahead_m(footprints.planes[:, 1]) >= ends - _SAME_EDGE_M
        beyond = np.maximum(
            np.where(by_picture, 0.0, past_reach),
            np.where(far_by_picture, 0.0, excess[:, 1]),
        )
        above = np.maximum(
            np.where(by_picture, past_reach, 0.0),
            np.where(far_by_picture, excess[:, 1], 0.0),
        )
        off = np.maximum(
            _off_sector(pose, _half_angle_deg(cameras, footprints)),
            _off_sides(cameras, pose, excess, target_height_m=target_height_m),
        )
        dead = np.maximum(footprints.near_m, -_edge_ahead_m(footprints.planes[:, 0]))
        dead = np.where(np.isfinite(dead), np.maximum(dead, 0.0), 0.0)
        below = pose.distance_m < footprints.near_m - TOUCH_M
        below |= excess[:, 0] > TOUCH_M
    useless = np.zeros(count) if footprints is None else footprints.reach_m == 0.0
    level = None if footprints is None else target_height_m
    return {
        "distance_m": pose.distance_m,
        "is_useless": np.asarray(useless, dtype=np.bool_),
        "beyond_m": np.where(beyond <= TOUCH_M, 0.0, beyond),
        "off_angle_deg": off,
        "above_m": np.where(above <= TOUCH_M, 0.0, above),
        "dead_zone_m": dead,
        "view_ends_m": ends,
        "is_below": below,
        "pixel_density_px_per_m": _density(cameras, pose, off, target_height_m=level),
    }


def _density(
    cameras: gpd.GeoDataFrame,
    pose: Pose,
    off: Floats,
    *,
    target_height_m: float | None,
) -> Floats:
    """
    Give the pixels on the place, by its true depth where the heights count.

    Beside the picture they are those that the camera would give if it looked that way.
    """
    if target_height_m is None:
        plain = seen_density_px_per_m(cameras, pose.distance_m)
        return np.asarray(plain, dtype=np.float64)
    density = seen_density_px_per_m(
        cameras,
        pose.distance_m,
        off_axis_deg=np.where(off > 0.0, 0.0, pose.turn_deg),
        target_height_m=target_height_m,
    )
    return np.asarray(density, dtype=np.float64)


def _past_reach_m(
    cameras: gpd.GeoDataFrame, pose: Pose, footprints: Footprints
) -> Floats:
    """Give how far past its reach a place lies, where that is more than its picture."""
    cut_by_planes = np.isfinite(footprints.planes[:, 1, 2])
    # A picture cut by planes has a far corner, and only a range given ends it sooner.
    given = _numbers(cameras, "range_m")
    is_range = np.isclose(footprints.reach_m, given, rtol=0.0, atol=_SAME_EDGE_M)
    past = pose.distance_m - footprints.reach_m
    return np.where(cut_by_planes & ~is_range, 0.0, past)


def _half_angle_deg(cameras: gpd.GeoDataFrame, footprints: Footprints) -> Floats:
    """Give half of each view's angle; a view of no reach has that of its lens."""
    lens = _numbers(cameras, "hfov_deg") / 2.0
    half: Floats = np.where(footprints.reach_m > 0.0, footprints.half_angle_deg, lens)
    return half


def _off_sector(pose: Pose, half_deg: Floats) -> Floats:
    """Give the degrees by which a place is past the side of a sector."""
    off = np.abs(pose.turn_deg) - half_deg
    slack = np.degrees(TOUCH_M / np.maximum(pose.distance_m, TOUCH_M))
    return np.where(~pose.is_known | (off <= slack), 0.0, off)


def _off_sides(
    cameras: gpd.GeoDataFrame, pose: Pose, excess: Floats, *, target_height_m: float
) -> Floats:
    """Give the degrees by which a place is past the side of a tilted picture."""
    tilt, drop = _aim(cameras, target_height_m)
    depth = pose.ahead_m * np.cos(tilt) + drop * np.sin(tilt)
    half = _numbers(cameras, "hfov_deg") / 2.0
    off = np.degrees(np.arctan2(np.abs(pose.right_m), depth)) - half
    is_past = excess[:, 2:].max(axis=1) > TOUCH_M
    # By rounding the angle may still be within where the plane says that it is not.
    return np.where(is_past, np.maximum(off, 1e-9), 0.0)


def _excess_m(planes: Floats, pose: Pose) -> Floats:
    """Give how far the place lies past each half plane, metres, 0 for unused ones."""
    a, b, c = planes[:, :, 0], planes[:, :, 1], planes[:, :, 2]
    length = np.hypot(a, b)
    used = length > 0.0
    past = a * pose.right_m[:, None] + b * pose.ahead_m[:, None] - c
    return np.where(used, past / np.where(used, length, 1.0), 0.0)


def _edge_ahead_m(planes: Floats) -> Floats:
    """Give where a half plane b * ahead <= c cuts the middle of the view."""
    b, c = planes[:, 1], planes[:, 2]
    used = b != 0.0
    cut: Floats = np.where(used, c / np.where(used, np.abs(b), 1.0), np.inf)
    return cut


def _aim(cameras: gpd.GeoDataFrame, target_height_m: float) -> tuple[Floats, Floats]:
    """Give tilt (radians) and height over the target; level where that is not above."""
    drop = np.maximum(_numbers(cameras, "mount_height_m") - target_height_m, 0.0)
    tilt = np.radians(_numbers(cameras, "tilt_deg"))
    return np.where(drop > 0.0, tilt, 0.0), np.asarray(drop)


def _view_ends_m(cameras: gpd.GeoDataFrame, target_height_m: float) -> Floats:
    """Give where the upper edge of a picture comes down to the target's level."""
    tilt, drop = _aim(cameras, target_height_m)
    lowest = tilt - np.radians(_numbers(cameras, "vfov_deg")) / 2.0
    looks_down = (lowest > 1e-12) & (lowest < np.pi / 2.0) & (drop > 0.0)
    slope = np.tan(np.where(looks_down, lowest, np.pi / 4.0))
    ends: Floats = np.where(looks_down, drop / slope, np.inf)
    return ends


def _numbers(cameras: gpd.GeoDataFrame, name: str) -> Floats:
    return np.asarray(cameras[name].to_numpy(dtype=np.float64, na_value=np.nan))
