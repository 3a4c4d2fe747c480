"""Choose the local metric CRS, refuse the wrong one, turn bearings between norths."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from coveragekit.errors import CRSError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray
    from pyproj import CRS, Transformer

__all__ = [
    "WGS84",
    "check_metric",
    "check_same",
    "check_true_scale",
    "grid_convergence_deg",
    "local_crs",
    "to_grid_bearing_deg",
]

WGS84 = "EPSG:4326"
_POLAR_LAT_DEG = 84.0
_SOUTH_POLAR_LAT_DEG = -80.0


def local_crs(*, lon: float, lat: float) -> CRS:
    """
    Give the projected CRS in metres that a study around this place works in.

    Parameters
    ----------
    lon
        Longitude of the study's middle, degrees east, -180 to 180.
    lat
        Latitude of the study's middle, degrees north, -90 to 90.

    Returns
    -------
    pyproj.CRS
        The UTM zone on WGS 84 (near the poles: UPS). Its EPSG code is known to every
        GIS; lengths are right within 0.1 %, and bearings are turned by
        :func:`to_grid_bearing_deg`.

    Raises
    ------
    CRSError
        A longitude or latitude that is not finite or out of range.

    Examples
    --------
    >>> local_crs(lon=-84.35, lat=33.75).to_epsg()
    32616
    """
    from pyproj import CRS

    if not (np.isfinite(lon) and -180.0 <= lon <= 180.0):
        message = f"longitude {lon} is out of range; allowed: -180 to 180 degrees east"
        raise CRSError(message)
    if not (np.isfinite(lat) and -90.0 <= lat <= 90.0):
        message = f"latitude {lat} is out of range; allowed: -90 to 90 degrees north"
        raise CRSError(message)
    if lat > _POLAR_LAT_DEG:
        return CRS.from_epsg(32661)
    if lat < _SOUTH_POLAR_LAT_DEG:
        return CRS.from_epsg(32761)
    zone = min(int((lon + 180.0) // 6.0) + 1, 60)
    return CRS.from_epsg((32600 if lat >= 0.0 else 32700) + zone)


def check_metric(crs: object, what: str) -> CRS:
    """
    Refuse a CRS in which one unit is not one metre on the ground plane.

    Parameters
    ----------
    crs
        Anything that ``pyproj`` understands, or ``None``.
    what
        What has this CRS, for the message.

    Returns
    -------
    pyproj.CRS
        The CRS, parsed.

    Raises
    ------
    CRSError
        No CRS, an unknown one, a geographic one, or one in feet.

    Examples
    --------
    >>> check_metric("EPSG:32616", "cameras").name
    'WGS 84 / UTM zone 16N'
    """
    from pyproj import CRS
    from pyproj.exceptions import CRSError as PyprojCRSError

    if crs is None:
        message = (
            f"{what} have no CRS; a projected CRS in metres is needed: set it with "
            "set_crs, then use to_crs (coveragekit.crs.local_crs proposes one)"
        )
        raise CRSError(message)
    try:
        parsed = CRS.from_user_input(crs)
    except PyprojCRSError as error:
        message = f"{what}: {crs!r} is not a CRS that pyproj knows"
        raise CRSError(message) from error
    if not parsed.is_projected:
        message = (
            f"{what} are in {parsed.name} (degrees); metres are needed: use "
            "to_crs(coveragekit.crs.local_crs(lon=..., lat=...))"
        )
        raise CRSError(message)
    unit = parsed.axis_info[0].unit_name
    if unit != "metre":
        message = (
            f"{what} are in {parsed.name}, whose unit is the {unit}; metres are "
            "needed: use to_crs with a CRS in metres"
        )
        raise CRSError(message)
    return parsed


def check_true_scale(crs: object, *, lon: float, lat: float) -> CRS:
    """
    Refuse a CRS whose metres are not metres on the ground of a place.

    Parameters
    ----------
    crs
        Anything that ``pyproj`` understands.
    lon, lat
        The place, degrees.

    Returns
    -------
    pyproj.CRS
        The CRS, parsed.

    Raises
    ------
    CRSError
        The CRS is not one in metres, or stretches lengths there by more than 1 %, as
        Web Mercator does nearly everywhere and a UTM zone does far from its middle.

    Examples
    --------
    >>> check_true_scale("EPSG:32616", lon=-84.35, lat=33.75).to_epsg()
    32616
    """
    from pyproj import Proj

    parsed = check_metric(crs, "the coordinates of the study")
    factors = Proj(parsed).get_factors(lon, lat)
    scales = (factors.meridional_scale, factors.parallel_scale)
    worst = max(scales, key=lambda scale: abs(scale - 1.0))
    if not abs(worst - 1.0) <= 0.01:
        message = (
            f"{parsed.name} stretches lengths {worst:.3f} times at {lon:.3f}, {lat:.3f}"
            " (longitude, latitude); allowed: at most 1 %: leave the CRS out, so that "
            "the local UTM zone is taken"
        )
        raise CRSError(message)
    return parsed


def check_same(first: object, second: object, what: str) -> None:
    """
    Refuse two tables whose CRS differ; nothing is reprojected in silence.

    Parameters
    ----------
    first, second
        The two CRS, as ``pyproj`` understands them.
    what
        The two things compared, for the message, such as ``"cameras and buildings"``.

    Raises
    ------
    CRSError
        The two differ, or one is missing.

    Examples
    --------
    >>> check_same("EPSG:32616", "EPSG:32616", "cameras and buildings")
    """
    from pyproj import CRS

    if first is None or second is None:
        message = f"{what}: one of them has no CRS; set both, to the same"
        raise CRSError(message)
    one, two = CRS.from_user_input(first), CRS.from_user_input(second)
    if one != two:
        message = (
            f"{what} have different CRS: {one.name} and {two.name}; "
            "bring both to the same with to_crs"
        )
        raise CRSError(message)


def grid_convergence_deg(
    x: ArrayLike, y: ArrayLike, crs: object
) -> NDArray[np.float64]:
    """
    Give the bearing of grid north, clockwise from true north, at places of a CRS.

    Parameters
    ----------
    x, y
        Coordinates in ``crs``, arrays of one shape.
    crs
        A projected CRS.

    Returns
    -------
    numpy.ndarray
        Degrees, the shape of ``x``; 1.7 degrees in Helsinki's UTM zone, so that
        leaving it out turns a 100 m view by 3 m at its far end.

    Raises
    ------
    CRSError
        The CRS is missing, geographic or not in metres.

    Notes
    -----
    The meridian is followed 0.0001 degrees (about 11 m) to the north and projected
    back, so that any projection works.

    Examples
    --------
    >>> import numpy as np
    >>> bool(abs(grid_convergence_deg([500000.0], [4e6], "EPSG:32616")[0]) < 1e-9)
    True
    """
    parsed = check_metric(crs, "the places")
    forward, back = _transformers(parsed.to_wkt())
    x_array, y_array = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
    lon, lat = back.transform(x_array, y_array)
    x_north, y_north = forward.transform(lon, np.asarray(lat) + 1e-4)
    x_here, y_here = forward.transform(lon, lat)
    east = np.asarray(x_north) - np.asarray(x_here)
    north = np.asarray(y_north) - np.asarray(y_here)
    turned = -np.degrees(np.arctan2(east, north))
    return np.asarray(turned, dtype=np.float64)


def to_grid_bearing_deg(
    bearing_deg: ArrayLike, x: ArrayLike, y: ArrayLike, *, crs: object
) -> NDArray[np.float64]:
    """
    Turn bearings from true north into bearings from the grid north of a CRS.

    Parameters
    ----------
    bearing_deg
        Degrees clockwise from true north; not-a-number stays so.
    x, y
        Where each bearing is taken, in ``crs``.
    crs
        A projected CRS in metres.

    Returns
    -------
    numpy.ndarray
        Degrees clockwise from the positive y axis, 0 <= b < 360.

    Raises
    ------
    CRSError
        The CRS is missing, geographic or not in metres.

    Examples
    --------
    >>> to_grid_bearing_deg([90.0], [500000.0], [4e6], crs="EPSG:32616").round(6)
    array([90.])
    """
    convergence_deg = grid_convergence_deg(x, y, crs)
    bearing = np.asarray(bearing_deg, dtype=np.float64)
    return np.mod(bearing - convergence_deg, 360.0)


@lru_cache(maxsize=8)
def _transformers(wkt: str) -> tuple[Transformer, Transformer]:
    from pyproj import Transformer

    forward = Transformer.from_crs(WGS84, wkt, always_xy=True)
    back = Transformer.from_crs(wkt, WGS84, always_xy=True)
    return forward, back
