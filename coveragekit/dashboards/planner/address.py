"""The address of a view: filters, position and layers, and no data."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qs, quote

from coveragekit.dashboards.planner.page_state import LAYERS, layers_at_first
from coveragekit.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Place", "layers_of", "parts_of", "place_of", "written"]

Place = tuple[float, float, float]
"""Longitude and latitude, degrees, and zoom."""

_LONGEST: Final = 24_000
_ZOOMS: Final = (0.0, 24.0)
_POLES: Final = 85.06  # as far as Web Mercator reaches
_STEP: Final = 100  # opacities are written in per cent
_PLACES: Final = 5  # a metre


def written(
    *,
    filters: str,
    position: Place | None,
    layers: Mapping[str, tuple[bool, float]],
) -> str:
    """
    Write the address of a view.

    Parameters
    ----------
    filters
        What ``Filters.to_address`` gives; empty where nothing is filtered.
    position
        Where the map looks, or ``None``.
    layers
        Key to ``(shown, opacity)``.

    Returns
    -------
    str
        What stands behind the ``#``; what is as at first is left out.

    Examples
    --------
    >>> written(filters="", position=(-84.35, 33.75, 15.0), layers=layers_at_first())
    'at=33.75,-84.35,15'
    """
    parts = []
    if filters:
        parts.append(f"f={quote(filters, safe='.,:;-_~()*!/')}")
    if position is not None:
        lon, lat, zoom = position
        parts.append(f"at={_short(lat)},{_short(lon)},{zoom:g}")
    usual = layers_at_first()
    if any(layers[key] != usual[key] for key in LAYERS):
        shown = [
            f"{key}.{round(_STEP * opacity)}"
            for key, (is_shown, opacity) in layers.items()
            if is_shown
        ]
        parts.append(f"on={','.join(shown)}")
    return "&".join(parts)


def parts_of(text: str) -> dict[str, str]:
    """
    Take an address apart.

    Parameters
    ----------
    text
        What stands behind the ``#``, with or without it.

    Returns
    -------
    dict
        ``f``, ``at`` and ``on`` as far as they are there.

    Raises
    ------
    InputError
        It is longer than any that this page writes.

    Examples
    --------
    >>> parts_of("#at=33.75,-84.35,15&f=l%3Anight")
    {'at': '33.75,-84.35,15', 'f': 'l:night'}
    """
    if len(text) > _LONGEST:
        message = f"the address has {len(text)} characters; allowed: {_LONGEST}"
        raise InputError(message)
    found = parse_qs(text.removeprefix("#"), keep_blank_values=True, max_num_fields=20)
    return {key: values[0] for key, values in found.items() if key in {"f", "at", "on"}}


def place_of(text: str) -> Place:
    """
    Read a position as :func:`written` writes it.

    Parameters
    ----------
    text
        Latitude, longitude and zoom, with commas between.

    Returns
    -------
    tuple of float
        Longitude, latitude and zoom.

    Raises
    ------
    InputError
        It is not three numbers in range.

    Examples
    --------
    >>> place_of("33.75,-84.35,15")
    (-84.35, 33.75, 15.0)
    """
    try:
        lat, lon, zoom = (float(one) for one in text.split(","))
    except ValueError:
        lat = lon = zoom = math.nan
    in_range = abs(lat) <= _POLES and abs(lon) <= 180.0 and _ZOOMS[0] <= zoom
    if not (in_range and zoom <= _ZOOMS[1]):
        message = (
            f"the address names the position {text[:60]!r}; allowed: latitude,"
            "longitude,zoom"
        )
        raise InputError(message)
    return lon, lat, zoom


def layers_of(text: str) -> dict[str, tuple[bool, float]]:
    """
    Read the layers as :func:`written` writes them.

    Parameters
    ----------
    text
        Keys of layers with their opacities, such as ``"base.100,gaps.90"``.

    Returns
    -------
    dict
        Key to ``(shown, opacity)`` of every layer; those not named are not shown. A
        layer that this version does not know is left out.

    Raises
    ------
    InputError
        An opacity that is no number from 0 to 100.

    Examples
    --------
    >>> layers_of("base.100,calls.40")["calls"]
    (True, 0.4)
    """
    found = {key: (False, opacity) for key, (_, opacity) in layers_at_first().items()}
    for one in filter(None, text.split(",")):
        key, _, per_cent = one.partition(".")
        if not (per_cent.isdecimal() and int(per_cent) <= _STEP):
            message = (
                f"the address names the layer {one[:40]!r}; allowed: KEY.OPACITY, the "
                "opacity in per cent"
            )
            raise InputError(message)
        if key in found:
            found[key] = (True, int(per_cent) / _STEP)
    return found


def _short(degrees: float) -> str:
    return f"{degrees:.{_PLACES}f}".rstrip("0").rstrip(".")
