"""Choose what a map shows, so that a box is seen whole."""

from __future__ import annotations

import math
from dataclasses import dataclass

from coveragekit.errors import InputError

__all__ = ["View", "fit_view"]

_TILE_PX = 256.0


@dataclass(frozen=True, slots=True)
class View:
    """
    What a map shows.

    Parameters
    ----------
    lat, lon
        Its middle, degrees.
    zoom
        Web map zoom, 0 (the world) to 20.
    """

    lat: float
    lon: float
    zoom: int

    @property
    def center(self) -> tuple[float, float]:
        """Give the middle as Leaflet wants it: (latitude, longitude)."""
        return self.lat, self.lon


def fit_view(
    bounds: tuple[float, float, float, float],
    *,
    width_px: float = 760.0,
    height_px: float = 560.0,
    max_zoom: int = 19,
) -> View:
    """
    Give the closest view in which a box is seen whole.

    Parameters
    ----------
    bounds
        ``(west, south, east, north)``, degrees.
    width_px, height_px
        Size of the map on the screen, > 0.
    max_zoom
        Closest zoom wanted, for a box that is a point.

    Returns
    -------
    View
        Its middle and zoom.

    Raises
    ------
    InputError
        The box is not finite, or the size is not positive.

    Examples
    --------
    >>> fit_view((24.93, 60.16, 24.95, 60.17)).zoom
    15
    """
    if not (
        all(math.isfinite(edge) for edge in bounds) and min(width_px, height_px) > 0
    ):
        message = (
            f"a view needs a finite box and a size above 0; got {bounds} on "
            f"{width_px} by {height_px} pixels"
        )
        raise InputError(message)
    west, south, east, north = bounds
    top, bottom = _mercator(north), _mercator(south)
    scales = [
        size / (_TILE_PX * span)
        for size, span in (
            (width_px, (east - west) / 360.0),
            (height_px, bottom - top),
        )
        if span > 0.0
    ]
    zoom = math.floor(math.log2(min(scales))) if scales else max_zoom
    middle = _latitude((top + bottom) / 2.0)
    return View(middle, (west + east) / 2.0, max(0, min(zoom, max_zoom)))


def _mercator(lat: float) -> float:
    radians = math.radians(max(-85.0, min(85.0, lat)))
    return 0.5 - math.asinh(math.tan(radians)) / (2.0 * math.pi)


def _latitude(y: float) -> float:
    return math.degrees(math.atan(math.sinh(math.pi * (1.0 - 2.0 * y))))
