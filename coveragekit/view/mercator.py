"""Web Mercator as a unit square: x to the east, y to the south, both from 0 to 1."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["LATITUDE_LIMIT_DEG", "scale", "to_lonlat", "to_merc"]

EARTH_M: Final = 2.0 * np.pi * 6378137.0
# Here the square ends: arctan(sinh(pi)).
LATITUDE_LIMIT_DEG: Final = float(np.degrees(np.arctan(np.sinh(np.pi))))


def to_merc(lon: ArrayLike, lat: ArrayLike) -> NDArray[np.float64]:
    """
    Give places of the globe as places of the unit square.

    Parameters
    ----------
    lon, lat
        Degrees of WGS 84, any shape that fits together; latitudes beyond the square are
        taken to its edge.

    Returns
    -------
    numpy.ndarray
        Shape ``(..., 2)``: x from 180 degrees west, y from the north.

    Examples
    --------
    >>> to_merc(0.0, 0.0).tolist()
    [0.5, 0.5]
    >>> to_merc([-180.0, 180.0], 0.0)[:, 0].tolist()
    [0.0, 1.0]
    """
    lon, lat = np.broadcast_arrays(np.asarray(lon, float), np.asarray(lat, float))
    merc = np.empty((*lon.shape, 2))
    merc[..., 0] = (lon + 180.0) / 360.0
    inner = np.clip(lat, -LATITUDE_LIMIT_DEG, LATITUDE_LIMIT_DEG)
    merc[..., 1] = 0.5 - np.arcsinh(np.tan(np.radians(inner))) / (2.0 * np.pi)
    return merc


def to_lonlat(merc: ArrayLike) -> NDArray[np.float64]:
    """
    Give places of the unit square as places of the globe.

    Parameters
    ----------
    merc
        Shape ``(..., 2)``, as :func:`to_merc` gives them.

    Returns
    -------
    numpy.ndarray
        Longitude and latitude, degrees of WGS 84, shape ``(..., 2)``.

    Examples
    --------
    >>> to_lonlat([0.5, 0.5]).tolist()
    [0.0, 0.0]
    >>> to_lonlat(to_merc(-87.35, 41.59)).round(9).tolist()
    [-87.35, 41.59]
    """
    merc = np.asarray(merc, float)
    lonlat = np.empty(merc.shape)
    lonlat[..., 0] = merc[..., 0] * 360.0 - 180.0
    lonlat[..., 1] = np.degrees(np.arctan(np.sinh((0.5 - merc[..., 1]) * 2.0 * np.pi)))
    return lonlat


def scale(merc: ArrayLike) -> NDArray[np.float64]:
    """
    Give how long a metre is in the unit square, at places.

    Parameters
    ----------
    merc
        Shape ``(..., 2)``.

    Returns
    -------
    numpy.ndarray
        Units of the square per metre, shape ``(...)``.

    Examples
    --------
    >>> round(1.0 / float(scale([0.5, 0.5])))
    40075017
    """
    lat = np.radians(to_lonlat(merc)[..., 1])
    return np.asarray(1.0 / (EARTH_M * np.cos(lat)))
