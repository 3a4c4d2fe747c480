"""Say how far each camera of a table serves a purpose."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from coveragekit.optics.columns import known, looks_down, numbers
from coveragekit.optics.lens import (
    WIDEST_PINHOLE_DEG,
    fisheye_density_px_per_m,
    fisheye_range_m,
    pixel_density_px_per_m,
    range_for_density_m,
)

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

__all__ = ["effective_range_m", "seen_density_px_per_m"]


def effective_range_m(
    cameras: pd.DataFrame, density_px_per_m: float
) -> pd.Series[float]:
    """
    Give each camera's range for a purpose: its own range or its optics', the lesser.

    Parameters
    ----------
    cameras
        The model's camera table with defaults filled in: ``kind``, ``width_px``,
        ``hfov_deg``, ``range_m`` (missing: not limited by the source) and, for
        fisheyes, ``mount_height_m``.
    density_px_per_m
        Pixels per metre that the purpose asks for, > 0.

    Returns
    -------
    pandas.Series
        ``effective_range_m`` in metres, on the index of ``cameras``. It is 0 only for a
        fisheye mounted so high that not even its foot gets that density.

    Raises
    ------
    InputError
        A column is missing, a camera has no pixel count, angle or (fisheye) height, or
        one of these is out of range.

    Notes
    -----
    Pinhole to 90 degrees, f-theta above. A fisheye of more than 180 degrees looks
    straight down: its range is where the tangential density on the floor is reached,
    with half the picture's width as image radius. One of 180 degrees or less hangs on
    a wall and is treated as any f-theta lens.

    Examples
    --------
    >>> import pandas as pd
    >>> columns = {"kind": ["bullet"], "width_px": [1920], "hfov_deg": [90.0]}
    >>> one = pd.DataFrame(columns | {"range_m": [None], "mount_height_m": [4.0]})
    >>> effective_range_m(one, 62.5).round(2).tolist()
    [15.36]
    """
    import pandas as pd

    every = np.ones(len(cameras), dtype=np.bool_)
    width = known(cameras, "width_px", every)
    hfov = known(cameras, "hfov_deg", every)
    reach = np.array(range_for_density_m(width, hfov, density_px_per_m))
    down = looks_down(cameras, hfov)
    if down.any():
        height = known(cameras, "mount_height_m", down)
        reach[down] = fisheye_range_m(width[down] / 2.0, height[down], density_px_per_m)
    given = numbers(cameras, "range_m")
    reach = np.fmin(reach, given)
    return pd.Series(reach, index=cameras.index, name="effective_range_m")


def seen_density_px_per_m(
    cameras: pd.DataFrame,
    distance_m: ArrayLike,
    *,
    off_axis_deg: ArrayLike = 0.0,
    target_height_m: float | None = None,
) -> pd.Series[float]:
    """
    Give the pixels per metre that each camera puts on a target at a distance.

    Parameters
    ----------
    cameras
        The model's camera table: ``kind``, ``width_px``, ``hfov_deg``; for fisheyes,
        and with a target height, ``mount_height_m``; with a target height ``tilt_deg``.
    distance_m
        On the ground, one for each camera, metres, 0 or more.
    off_axis_deg
        How far the target is to the left or right of the bearing, degrees.
    target_height_m
        Target above the ground, metres. ``None``: heights and tilts are left out, and
        the distance straight ahead counts as the depth.

    Returns
    -------
    pandas.Series
        ``pixel_density_px_per_m`` on the index of ``cameras``; not-a-number where the
        optics are unknown, infinite at no distance, 0 behind the lens.

    Raises
    ------
    InputError
        A column is missing, or a number in it is out of range.

    Notes
    -----
    As :func:`footprints` has it. Pinhole: by the axial depth
    z = d cos(off) cos t + (H - h) sin t. f-theta: by the slant range. A fisheye that
    looks down: the lesser of tangential and radial density on the target's level, or,
    without a target height, the tangential one on the floor. The inverse of
    :func:`effective_range_m` straight ahead and without a target height.

    Examples
    --------
    >>> import pandas as pd
    >>> columns = {"kind": ["bullet"], "width_px": [2560], "hfov_deg": [52.0]}
    >>> one = pd.DataFrame(columns | {"mount_height_m": [4.0], "tilt_deg": [30.0]})
    >>> seen_density_px_per_m(one, [10.0], target_height_m=0.0).round(3).tolist()
    [246.184]
    """
    import pandas as pd

    width, hfov = numbers(cameras, "width_px"), numbers(cameras, "hfov_deg")
    distance = np.asarray(distance_m, dtype=np.float64)
    off = np.radians(np.asarray(off_axis_deg, dtype=np.float64))
    level = target_height_m is None
    down = looks_down(cameras, hfov)
    depth = distance * np.cos(off)
    drop = np.zeros(len(cameras))
    if target_height_m is not None:
        drop = numbers(cameras, "mount_height_m") - target_height_m
        drop = np.maximum(drop, 0.0)
        tilt = np.radians(np.where(drop > 0.0, numbers(cameras, "tilt_deg"), 0.0))
        depth = depth * np.cos(tilt) + drop * np.sin(tilt)
    depth = np.where(hfov > WIDEST_PINHOLE_DEG, np.hypot(distance, drop), depth)
    density = np.array(pixel_density_px_per_m(width, hfov, _positive(depth)))
    density[depth < 0.0] = 0.0
    density[(depth == 0.0) & ~np.isnan(density)] = np.inf
    if down.any():
        away = np.broadcast_to(distance, len(cameras))[down]
        above = numbers(cameras, "mount_height_m")[down] if level else drop[down]
        density[down] = _floor_density(width[down], above, away, tangential=level)
    return pd.Series(density, index=cameras.index, name="pixel_density_px_per_m")


def _floor_density(
    width_px: Floats, above_m: Floats, distance_m: Floats, *, tangential: bool
) -> Floats:
    """Give the density below fisheyes; radially too unless it is left out."""
    radius, away = width_px / 2.0, _positive(distance_m)
    if tangential:
        density = fisheye_density_px_per_m(radius, above_m, away)
        return np.asarray(np.where(distance_m > 0.0, density, np.inf + 0.0 * density))
    # At the foot both are the same, and at the lens's own level the radial one is none.
    height = np.where(above_m > 0.0, above_m, 1.0)
    small = np.where(distance_m > 0.0, away, 1e-9)
    density = fisheye_density_px_per_m(radius, height, small, direction="radial")
    return np.asarray(np.where(above_m == 0.0, 0.0 * density, density))


def _positive(values: Floats) -> Floats:
    return np.asarray(
        np.where(values > 0.0, values, np.where(values <= 0, 1.0, values))
    )
