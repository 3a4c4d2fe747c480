"""Small sums of the steps: a place beside a street, and how wide a view is drawn."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

from coveragekit.server.office import ghost_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from coveragekit.server.finding import Found

__all__ = ["SIDES", "beside", "shown_width"]

SIDES: Final[Mapping[str, tuple[float, float]]] = {
    "n": (0.0, 1.0),
    "e": (1.0, 0.0),
    "s": (0.0, -1.0),
    "w": (-1.0, 0.0),
}
"""Sides of a street: metres to the east and to the north, each 1 long."""
_ASIDE_M: Final = 9.0
_M_PER_DEG: Final = 111_320.0


def beside(found: Found, side: str) -> tuple[float, float]:
    """
    Give a place at one side of a street, for those who cannot move the pin.

    Parameters
    ----------
    found
        What was found.
    side
        One of ``SIDES``; anything else leaves the place where it is.

    Returns
    -------
    tuple of float
        Longitude and latitude.

    Examples
    --------
    >>> from coveragekit.server.finding import Found
    >>> beside(Found("Oak", "street", "Oak", lon=10.0, lat=0.0), "n")[1] > 0.0
    True
    """
    east, north = SIDES.get(side, (0.0, 0.0))
    lat = found.lat + north * _ASIDE_M / _M_PER_DEG
    wide = _M_PER_DEG * math.cos(math.radians(found.lat))
    return found.lon + east * _ASIDE_M / wide, lat


def shown_width(camera: Mapping[str, Any]) -> float:
    """
    Give how wide the view is drawn, degrees.

    Parameters
    ----------
    camera
        One of a draft.

    Returns
    -------
    float
        Horizontal field of view.

    Examples
    --------
    >>> shown_width({"lon": 0.0, "lat": 0.0, "kind": "fisheye"})
    360.0
    """
    if "lon" not in camera:
        return ghost_of({**camera, "lon": 0.0, "lat": 0.0}).hfov_deg
    return ghost_of(camera).hfov_deg
