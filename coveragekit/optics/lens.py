"""Turn lens and sensor into field of view, and field of view into pixel density."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from coveragekit.errors import InputError
from coveragekit.optics._checks import between, positive

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import ArrayLike, NDArray

__all__ = [
    "Projection",
    "fisheye_density_px_per_m",
    "fisheye_floor_range_m",
    "fisheye_range_m",
    "hfov_deg",
    "hfov_from_lens",
    "pixel_density_px_per_m",
    "range_for_density_m",
]

Projection = Literal["auto", "pinhole", "f-theta"]

WIDEST_PINHOLE_DEG = 90.0
_NEWTON_STEPS = 60


def hfov_deg(
    sensor_width_mm: ArrayLike, focal_length_mm: ArrayLike
) -> NDArray[np.float64]:
    """
    Give the field of view of a pinhole lens; with sensor heights, the vertical one.

    Parameters
    ----------
    sensor_width_mm
        Width of the sensor's used part, mm, > 0. Pixel pitch times pixel count is the
        best source (1920 x 2.9 um = 5.568 mm); tables by "inches" differ by 4 %.
    focal_length_mm
        Focal length, mm, > 0; broadcast against the width.

    Returns
    -------
    numpy.ndarray
        Degrees, 0 to 180 exclusive; a NumPy scalar for scalars.

    Raises
    ------
    InputError
        A width or focal length is zero, negative or infinite.

    Notes
    -----
    2 atan(w / 2f). Lenses shorter than about 3 mm show more than this, as they bend
    straight lines; where a data sheet states an angle, the angle is the better source.

    Examples
    --------
    >>> float(hfov_deg(5.568, 4.0).round(3))
    69.676
    """
    width = positive("sensor_width_mm", sensor_width_mm)
    focal = positive("focal_length_mm", focal_length_mm)
    return np.degrees(2.0 * np.arctan(width / (2.0 * focal)))


def hfov_from_lens(cameras: pd.DataFrame) -> pd.Series[float]:
    """
    Give each camera's field of view: as given, else from its sensor and focal length.

    Parameters
    ----------
    cameras
        Columns ``hfov_deg``, ``sensor_width_mm`` and ``focal_length_mm``; any of them
        may be missing or hold not-a-number.

    Returns
    -------
    pandas.Series
        ``hfov_deg`` on the index of ``cameras``; not-a-number where neither is known.

    Raises
    ------
    InputError
        A sensor width or focal length is zero, negative or infinite.

    Notes
    -----
    A given angle is never changed, even where sensor and focal length contradict it.

    Examples
    --------
    >>> import pandas as pd
    >>> one = {"hfov_deg": [None], "sensor_width_mm": [4.8], "focal_length_mm": [4.0]}
    >>> hfov_from_lens(pd.DataFrame(one)).round(1).tolist()
    [61.9]
    """
    import pandas as pd

    def column(name: str) -> NDArray[np.float64]:
        if name not in cameras.columns:
            return np.full(len(cameras), np.nan)
        return cameras[name].to_numpy(dtype=np.float64, na_value=np.nan)

    given = column("hfov_deg")
    computed = hfov_deg(column("sensor_width_mm"), column("focal_length_mm"))
    filled = np.where(np.isnan(given), computed, given)
    return pd.Series(filled, index=cameras.index, name="hfov_deg")


def pixel_density_px_per_m(
    width_px: ArrayLike,
    hfov_deg: ArrayLike,
    distance_m: ArrayLike,
    *,
    projection: Projection = "auto",
) -> NDArray[np.float64]:
    """
    Give the pixels per metre on a target square to the axis, in the picture's middle.

    Parameters
    ----------
    width_px
        Picture width, pixels, > 0.
    hfov_deg
        Horizontal field of view, degrees, > 0 to 360 (pinhole: less than 180).
    distance_m
        Axial depth of the target, metres, > 0 (see :func:`axial_depth_m`: neither the
        slant range nor the distance on the ground).
    projection
        ``pinhole``: P = N / (2 z tan(HFOV/2)). ``f-theta``: P = N / (z HFOV). ``auto``:
        pinhole to 90 degrees, f-theta above.

    Returns
    -------
    numpy.ndarray
        Pixels per metre; a NumPy scalar for scalars.

    Raises
    ------
    InputError
        A value out of range, or a pinhole of 180 degrees and more.

    Notes
    -----
    Real lenses wider than about 90 degrees are f-theta (equidistant): a 2.8 mm lens on
    a 5.6 mm sensor is sold as 115 degrees, which a pinhole would reach on a sensor of
    8.8 mm only. Of the two ways to allow for it (f-theta from the angle, or the density
    from the focal length and the angle for the extent alone) the first is used: it
    needs no focal length, which few camera lists have, and the two differ by 1 % in
    that case (95.66 against 96.55 px/m at 10 m with 1920 pixels), while a pinhole from
    the angle gives 61.16. The two models do not meet: at 90 degrees f-theta gives 27 %
    more than a pinhole, so an 89-degree lens ranks below one of 91 degrees.

    References
    ----------
    IEC 62676-4 (the bands); pixel counts per metre as in every maker's planning guide.

    Examples
    --------
    >>> float(pixel_density_px_per_m(1920, 90.0, 10.0).round(3))
    96.0
    """
    per_m = _px_per_unit_distance(width_px, hfov_deg, projection)
    return np.asarray(per_m / positive("distance_m", distance_m))[()]


def range_for_density_m(
    width_px: ArrayLike,
    hfov_deg: ArrayLike,
    density_px_per_m: ArrayLike,
    *,
    projection: Projection = "auto",
) -> NDArray[np.float64]:
    """
    Give how far a camera still puts that many pixels on each metre of a target.

    Parameters
    ----------
    width_px
        Picture width, pixels, > 0.
    hfov_deg
        Horizontal field of view, degrees, > 0 to 360 (pinhole: less than 180).
    density_px_per_m
        Pixels per metre asked for, > 0, such as :func:`band_density_px_per_m` gives.
    projection
        As in :func:`pixel_density_px_per_m`.

    Returns
    -------
    numpy.ndarray
        Axial depth, metres; a NumPy scalar for scalars.

    Raises
    ------
    InputError
        A value out of range, or a pinhole of 180 degrees and more.

    Notes
    -----
    The inverse of :func:`pixel_density_px_per_m`; its Notes say which model holds when.

    Examples
    --------
    >>> float(range_for_density_m(1920, 90.0, 62.5).round(2))
    15.36
    """
    per_m = _px_per_unit_distance(width_px, hfov_deg, projection)
    return np.asarray(per_m / positive("density_px_per_m", density_px_per_m))[()]


def _px_per_unit_distance(
    width_px: ArrayLike, hfov: ArrayLike, projection: Projection
) -> NDArray[np.float64]:
    width = positive("width_px", width_px)
    angle = between("hfov_deg", positive("hfov_deg", hfov), low=0.0, high=360.0)
    if projection not in {"auto", "pinhole", "f-theta"}:
        message = f"projection is {projection!r}; allowed: 'auto', 'pinhole', 'f-theta'"
        raise InputError(message)
    if projection == "pinhole" and np.any(angle >= 180.0):
        message = (
            f"hfov_deg is {np.nanmax(angle):g}; a pinhole lens stays below 180 "
            "degrees: use projection='f-theta'"
        )
        raise InputError(message)
    equidistant = width / np.radians(angle)
    if projection == "f-theta":
        return equidistant
    widest = 180.0 if projection == "pinhole" else WIDEST_PINHOLE_DEG
    half = np.radians(np.minimum(angle, widest)) / 2.0
    pinhole = width / (2.0 * np.tan(half))
    return np.where(angle > widest, equidistant, pinhole)


def fisheye_density_px_per_m(
    image_radius_px: ArrayLike,
    mount_height_m: ArrayLike,
    distance_m: ArrayLike,
    *,
    direction: Literal["tangential", "radial"] = "tangential",
) -> NDArray[np.float64]:
    """
    Give the pixels per metre on the floor below a fisheye that looks straight down.

    Parameters
    ----------
    image_radius_px
        Pixels from the picture's middle to its edge at 90 degrees off the axis, > 0.
    mount_height_m
        Lens above the floor, metres, > 0.
    distance_m
        From the foot of the camera, along the floor, metres, > 0.
    direction
        ``tangential`` (across the line of sight, the width of a person) or ``radial``
        (along it, on the floor).

    Returns
    -------
    numpy.ndarray
        Pixels per metre; a NumPy scalar for scalars.

    Raises
    ------
    InputError
        A value is zero, negative or infinite, or the direction is unknown.

    Notes
    -----
    Equidistant picture r = k theta with k = R / (pi/2) and theta = atan(d / H):
    tangential k theta / d, radial k H / (H^2 + d^2).

    Examples
    --------
    >>> float(fisheye_density_px_per_m(1500, 3.0, 5.0).round(2))
    196.79
    """
    radius = positive("image_radius_px", image_radius_px)
    height = positive("mount_height_m", mount_height_m)
    distance = positive("distance_m", distance_m)
    if direction not in {"tangential", "radial"}:
        message = f"direction is {direction!r}; allowed: 'tangential', 'radial'"
        raise InputError(message)
    px_per_rad = radius / (np.pi / 2.0)
    if direction == "radial":
        return px_per_rad * height / (height**2 + distance**2)
    return px_per_rad * np.arctan2(distance, height) / distance


def fisheye_range_m(
    image_radius_px: ArrayLike, mount_height_m: ArrayLike, density_px_per_m: ArrayLike
) -> NDArray[np.float64]:
    """
    Give how far along the floor a fisheye that looks down keeps a tangential density.

    Parameters
    ----------
    image_radius_px
        Pixels from the picture's middle to its edge at 90 degrees off the axis, > 0.
    mount_height_m
        Lens above the floor, metres, 0 or more.
    density_px_per_m
        Pixels per metre asked for, > 0.

    Returns
    -------
    numpy.ndarray
        Metres from the foot; 0 where not even the foot reaches that density.

    Raises
    ------
    InputError
        A value out of range.

    Notes
    -----
    Tangential density falls with distance; k atan(d / H) = P d is solved by Newton's
    method from d = R / P, where the left side is at most P d, so that it comes down
    to the root from above and never passes it.

    Examples
    --------
    >>> fisheye_range_m(1500, 3.0, [25.0, 250.0]).round(3)
    array([58.027,  3.   ])
    """
    radius = positive("image_radius_px", image_radius_px)
    height = between("mount_height_m", mount_height_m, low=0.0, high=np.inf)
    density = positive("density_px_per_m", density_px_per_m)
    px_per_rad = radius / (np.pi / 2.0)
    distance = np.asarray(radius / density + 0.0 * height)
    for _ in range(_NEWTON_STEPS):
        excess = density * distance - px_per_rad * np.arctan2(distance, height)
        across = height**2 + distance**2
        slope = density - px_per_rad * height / np.where(across > 0.0, across, 1.0)
        step = excess / np.where(slope > 0.0, slope, np.inf)
        distance = np.maximum(distance - step, 0.0)
    reached = px_per_rad > density * height
    return np.where(reached | np.isnan(distance), distance, 0.0)[()]


def fisheye_floor_range_m(
    image_radius_px: ArrayLike, mount_height_m: ArrayLike, density_px_per_m: ArrayLike
) -> NDArray[np.float64]:
    """
    Give how far a fisheye that looks down keeps a density in both directions.

    Parameters
    ----------
    image_radius_px
        Pixels from the picture's middle to its edge at 90 degrees off the axis, > 0.
    mount_height_m
        Lens above the level looked at, metres, 0 or more.
    density_px_per_m
        Pixels per metre asked for, > 0.

    Returns
    -------
    numpy.ndarray
        Metres from the foot; 0 where not even the foot reaches that density, and where
        the level is the lens's own, of which only the edge is seen.

    Raises
    ------
    InputError
        A value out of range.

    Notes
    -----
    The radial density k H / (H^2 + d^2) is the lesser of the two everywhere, as
    atan(x) >= x / (1 + x^2): P is kept to d = sqrt(k H / P - H^2).

    Examples
    --------
    >>> float(fisheye_floor_range_m(1500, 3.0, 84.258499).round(4))
    5.0
    """
    radius = positive("image_radius_px", image_radius_px)
    height = between("mount_height_m", mount_height_m, low=0.0, high=np.inf)
    density = positive("density_px_per_m", density_px_per_m)
    px_per_rad = radius / (np.pi / 2.0)
    return np.sqrt(np.maximum(px_per_rad * height / density - height**2, 0.0))
