"""Say how far each camera of a table serves a purpose."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from coveragekit.optics.columns import known, looks_down, numbers
from coveragekit.optics.lens import (
    fisheye_density_px_per_m,
    fisheye_range_m,
    pixel_density_px_per_m,
    range_for_density_m,
)

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import ArrayLike

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
    cameras: pd.DataFrame, distance_m: ArrayLike
) -> pd.Series[float]:
    """
    Give the pixels per metre that each camera puts on a target at a distance.

    Parameters
    ----------
    cameras
        The model's camera table: ``kind``, ``width_px``, ``hfov_deg`` and, for
        fisheyes, ``mount_height_m``.
    distance_m
        One for each camera, metres, 0 or more.

    Returns
    -------
    pandas.Series
        ``pixel_density_px_per_m`` on the index of ``cameras``; not-a-number where the
        optics are unknown, infinite at no distance.

    Raises
    ------
    InputError
        A column is missing, or a number in it is out of range.

    Notes
    -----
    The inverse of :func:`effective_range_m`: the target is in the middle of the
    picture, its ground distance taken for its axial depth.

    Examples
    --------
    >>> import pandas as pd
    >>> columns = {"kind": ["bullet"], "width_px": [1920], "hfov_deg": [90.0]}
    >>> one = pd.DataFrame(columns | {"mount_height_m": [4.0]})
    >>> seen_density_px_per_m(one, [10.0]).round(2).tolist()
    [96.0]
    """
    import pandas as pd

    width, hfov = numbers(cameras, "width_px"), numbers(cameras, "hfov_deg")
    distance = np.asarray(distance_m, dtype=np.float64)
    safe = np.where(distance > 0.0, distance, 1.0)
    density = np.array(pixel_density_px_per_m(width, hfov, safe))
    down = looks_down(cameras, hfov)
    if down.any():
        height = numbers(cameras, "mount_height_m")[down]
        density[down] = fisheye_density_px_per_m(width[down] / 2.0, height, safe[down])
    density[~(distance > 0.0) & ~np.isnan(density)] = np.inf
    return pd.Series(density, index=cameras.index, name="pixel_density_px_per_m")
