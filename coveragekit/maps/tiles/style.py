"""Colours, widths and classes of everything that is drawn into tiles."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from coveragekit.maps.tokens import DARK, LIGHT, MULTIPLICITY

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

__all__ = [
    "CHOROPLETH",
    "DENSITY_STEPS",
    "GAIN",
    "PARTS",
    "POINT",
    "RANKS",
    "Ink",
    "at_zoom",
    "density_colours",
    "ink",
    "multiplicity_colours",
    "rgb",
    "street_width_px",
    "streets_shown",
]

RANKS: Final = 8
"""Classes of streets: 0 a motorway, 7 a path."""
_STOPS: Final = (10.0, 12.0, 13.0, 14.0, 15.0, 16.0, 17.0, 18.0, 19.0)
# Width of each class of street at those zooms, CSS pixels; 0: not drawn yet.
_WIDTHS: Final = (
    (1.6, 2.6, 3.4, 4.4, 6.0, 9.0, 14.0, 24.0, 42.0),
    (1.4, 2.3, 3.0, 4.0, 5.4, 8.0, 12.5, 21.0, 37.0),
    (1.2, 2.0, 2.7, 3.6, 4.9, 7.2, 11.5, 19.0, 34.0),
    (0.8, 1.6, 2.2, 3.1, 4.3, 6.4, 10.5, 17.0, 30.0),
    (0.0, 1.2, 1.7, 2.5, 3.7, 5.6, 9.5, 15.0, 26.0),
    (0.0, 0.0, 0.9, 1.6, 2.8, 4.6, 8.0, 13.0, 23.0),
    (0.0, 0.0, 0.0, 0.8, 1.5, 2.6, 4.6, 7.5, 13.0),
    (0.0, 0.0, 0.0, 0.0, 0.8, 1.2, 1.8, 2.8, 4.4),
)


def at_zoom(zoom: float, stops: tuple[float, ...], values: tuple[float, ...]) -> float:
    """
    Give a value that changes from zoom to zoom.

    Parameters
    ----------
    zoom
        Where it is wanted; the first or last value holds beyond the stops.
    stops
        Zooms, ascending.
    values
        One for each.

    Returns
    -------
    float
        On the straight line between two stops.

    Examples
    --------
    >>> at_zoom(13.5, (13.0, 14.0), (0.0, 1.0))
    0.5
    """
    return float(np.interp(zoom, stops, values))


def street_width_px(zoom: float) -> NDArray[np.float64]:
    """
    Give the width of each class of street.

    Parameters
    ----------
    zoom
        Of the map.

    Returns
    -------
    numpy.ndarray
        CSS pixels, shape ``(8,)``; 0 for a class that is not drawn at this zoom.

    Examples
    --------
    >>> street_width_px(12.0).tolist()
    [2.6, 2.3, 2.0, 1.6, 1.2, 0.0, 0.0, 0.0]
    """
    wide = np.array([np.interp(zoom, _STOPS, one) for one in _WIDTHS])
    wide[wide < 0.45] = 0.0
    return wide


def streets_shown(zoom: float) -> NDArray[np.bool_]:
    """
    Tell which classes of street are drawn.

    Parameters
    ----------
    zoom
        Of the map.

    Returns
    -------
    numpy.ndarray
        Shape ``(8,)``: the major ones first, all from zoom 15 on.

    Examples
    --------
    >>> streets_shown(10.0).sum(), streets_shown(15.0).sum()
    (np.int64(4), np.int64(8))
    """
    return street_width_px(zoom) > 0.0


@dataclass(frozen=True, slots=True)
class Ink:
    """
    The colours of the ground, by hex.

    Parameters
    ----------
    ground, water, building, building_line
        Of surfaces, and of the edge of buildings.
    street, casing, path
        Of streets, of the edge that sets them off, and of paths.
    outline
        Of the study area's edge.
    accent, gap, quiet, text, halo
        Of what is chosen, of gaps and losses, of areas, of names and what is round
        them.
    """

    ground: str
    water: str
    building: str
    building_line: str
    street: str
    casing: str
    path: str
    outline: str
    accent: str
    gap: str
    quiet: str
    text: str
    halo: str


def _ink(tokens: Mapping[str, str], casing: str, path: str) -> Ink:
    return Ink(
        tokens["map"],
        tokens["water"],
        tokens["building"],
        tokens["building-line"],
        tokens["street"],
        casing,
        path,
        tokens["quiet"],
        tokens["accent"],
        tokens["gap"],
        tokens["quiet"],
        tokens["ink"],
        tokens["panel"] if tokens is LIGHT else tokens["map"],
    )


_DAY: Final = _ink(LIGHT, "#cbd2da", "#ffffff")
_NIGHT: Final = _ink(DARK, "#10141a", "#2b3440")


def ink(*, dark: bool) -> Ink:
    """
    Give the colours of a theme.

    Parameters
    ----------
    dark
        For a dark ground.

    Returns
    -------
    Ink
        Its colours.

    Examples
    --------
    >>> ink(dark=False).street
    '#ffffff'
    """
    return _NIGHT if dark else _DAY


def rgb(colour: str) -> tuple[float, float, float]:
    """
    Give a hex colour as parts of 1.

    Parameters
    ----------
    colour
        Such as ``"#ff8000"``.

    Returns
    -------
    tuple of float
        Red, green, blue.

    Examples
    --------
    >>> rgb("#ff0000")
    (1.0, 0.0, 0.0)
    """
    red, green, blue = (int(colour[i : i + 2], 16) / 255.0 for i in (1, 3, 5))
    return red, green, blue


PARTS: Final = 8
"""Steps of opacity for places of which only a part is seen, at far zooms."""


def multiplicity_colours(
    *, dark: bool, far: bool
) -> tuple[NDArray[np.float64], NDArray[np.float32]]:
    """
    Give the classes of the coverage ramp.

    Parameters
    ----------
    dark
        For a dark ground.
    far
        Whether a cell may be seen in part: what is below 1 then has the more opacity
        the more of it is seen.

    Returns
    -------
    tuple of numpy.ndarray
        Least value of each class, the first a little above 0, and the colours times
        opacity, shape ``(k, 4)``.

    Examples
    --------
    >>> lows, colours = multiplicity_colours(dark=False, far=False)
    >>> lows[1:].tolist()
    [1.0, 2.0, 3.0, 5.0, 9.0]
    """
    lows, colours = [], []
    for step in MULTIPLICITY:
        tint = rgb(step.dark_colour if dark else step.colour)
        if step.low > 0.0:
            lows.append(step.low)
            colours.append((*tint, step.opacity))
        elif far:
            most = MULTIPLICITY[1].opacity
            for part in range(PARTS):
                lows.append(max(part / PARTS, 1e-6))
                colours.append((*tint, most * (part + 0.5) / PARTS))
        else:
            lows.append(1e-6)
            colours.append((*tint, step.opacity))
    return np.array(lows), _premultiplied(colours)


def _premultiplied(
    colours: list[tuple[float, float, float, float]],
) -> NDArray[np.float32]:
    rgba = np.array(colours, np.float32)
    rgba[:, :3] *= rgba[:, 3:]
    return rgba


DENSITY_STEPS: Final = 48
_VIOLET: Final = ((0.76, 0.62, 0.90), (0.56, 0.30, 0.74), (0.30, 0.06, 0.46))
_VIOLET_DARK: Final = ((0.42, 0.24, 0.62), (0.68, 0.42, 0.88), (0.95, 0.84, 1.0))


_WASH_ZOOMS: Final = (16.0, 18.0)


def density_colours(*, dark: bool, zoom: float = 0.0) -> NDArray[np.float32]:
    """
    Give the ramp of densities: clear where there is nothing, then ever fuller.

    Parameters
    ----------
    dark
        For a dark ground.
    zoom
        Of the map: near, the whole map lies in one wash, which is to be seen through.

    Returns
    -------
    numpy.ndarray
        Red, green, blue and opacity, 0 to 1, colours not multiplied, shape
        ``(DENSITY_STEPS + 1, 4)``.

    Examples
    --------
    >>> density_colours(dark=True)[0].tolist()
    [0.0, 0.0, 0.0, 0.0]
    """
    along = np.linspace(0.0, 1.0, DENSITY_STEPS + 1)
    stops = np.array(_VIOLET_DARK if dark else _VIOLET)
    out = np.zeros((DENSITY_STEPS + 1, 4), np.float32)
    for band in range(3):
        out[:, band] = np.interp(along, (0.0, 0.55, 1.0), stops[:, band])
    fade = at_zoom(zoom, _WASH_ZOOMS, (1.0, 0.4))
    out[:, 3] = fade * np.interp(along, (0.0, 0.3, 1.0), (0.0, 0.42, 0.86))
    out[0] = 0.0
    return out


CHOROPLETH: Final = tuple((one.colour, one.dark_colour) for one in MULTIPLICITY[1:])
"""Cividis in five steps, for values of areas on a light and on a dark ground."""
GAIN: Final = ("#0072B2", "#4fb3ea")
"""What a change adds, on a light and on a dark ground."""
POINT: Final = ("#6a2c91", "#c98cf0")
"""A single incident or call, on a light and on a dark ground."""
