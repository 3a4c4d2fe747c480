"""The signs of a printed legend, drawn as the map draws them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from coveragekit.maps.tokens import LIGHT
from coveragekit.reports.page import Box

if TYPE_CHECKING:
    from collections.abc import Callable

    from coveragekit.maps.tiles import Entry
    from coveragekit.reports.page import Page

__all__ = ["draw_sign"]

_WIDE = 18.0
_TEXTURES: Final = {"hatch": "//////", "mesh": "xxxxxx", "cross": "+++++"}


def draw_sign(page: Page, at: tuple[float, float], sign: Entry) -> None:
    """
    Draw a sign.

    Parameters
    ----------
    page
        The sheet.
    at
        Left end and middle height, points.
    sign
        The sign.
    """
    x, y = at
    of_camera = _OF_CAMERAS.get(sign.pattern)
    if of_camera is not None:
        of_camera(page, (x + _WIDE / 2.0, y), sign)
        return
    plate = Box(x, y - 3.6, x + _WIDE, y + 3.6)
    colour = sign.colour
    ends = [(x, y), (x + _WIDE, y)]
    if sign.pattern == "line":
        # A white street would not show on white paper without its edge.
        page.line(ends, colour=LIGHT["line"], width=3.6)
        page.line(ends, colour=colour, width=2.2, above=5.1)
    elif sign.pattern == "dashes":
        page.line(ends, colour=colour, width=1.6, dashes=(3.0, 1.6))
    elif sign.pattern in _TEXTURES:
        hatch = _TEXTURES[sign.pattern]
        page.box(plate, edge=colour, width=0.0, hatch=hatch)
        page.box(plate, edge=colour, width=0.8, above=3.2)
    else:
        page.box(plate, fill=LIGHT["panel"], above=2.9)
        page.box(plate, fill=colour, opacity=sign.opacity)
        page.box(plate, edge=LIGHT["line"], width=0.5, above=3.2)


def _disc(page: Page, at: tuple[float, float], sign: Entry) -> None:
    page.disc(*at, 3.0, fill=sign.colour, opacity=sign.opacity)


def _ring(page: Page, at: tuple[float, float], sign: Entry) -> None:
    page.disc(*at, 2.6, edge=sign.colour, width=1.5)


def _square(page: Page, at: tuple[float, float], sign: Entry) -> None:
    x, y = at
    square = Box(x - 2.8, y - 2.8, x + 2.8, y + 2.8)
    page.box(square, fill=sign.colour, opacity=sign.opacity)


def _diamond(page: Page, at: tuple[float, float], sign: Entry) -> None:
    x, y = at
    tips = [(x, y + 3.6), (x + 3.6, y), (x, y - 3.6), (x - 3.6, y), (x, y + 3.6)]
    page.area(tips, fill=sign.colour)


def _slash(page: Page, at: tuple[float, float], sign: Entry) -> None:
    x, y = at
    page.disc(x, y, 2.6, edge=sign.colour, width=1.0)
    ends = [(x - 3.9, y - 3.9), (x + 3.9, y + 3.9)]
    page.line(ends, colour=sign.colour, width=1.0, above=5.1)


def _halo(page: Page, at: tuple[float, float], sign: Entry) -> None:
    x, y = at
    page.disc(x, y, 1.8, fill=sign.colour)
    turn = np.linspace(0.0, 2.0 * np.pi, 49)
    ring = np.column_stack([x + 3.9 * np.cos(turn), y + 3.9 * np.sin(turn)])
    page.line(ring.tolist(), colour=sign.colour, width=0.9, dashes=(1.6, 1.2))


_OF_CAMERAS: Final[dict[str, Callable[[Page, tuple[float, float], Entry], None]]] = {
    "disc": _disc,
    "ring": _ring,
    "square": _square,
    "diamond": _diamond,
    "slash": _slash,
    "halo": _halo,
}
