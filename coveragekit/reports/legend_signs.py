"""The signs of a printed legend, drawn as the map draws them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from coveragekit.maps.tokens import LIGHT
from coveragekit.reports.page import Box

if TYPE_CHECKING:
    from coveragekit.maps.tiles import Entry
    from coveragekit.reports.page import Page

__all__ = ["draw_sign"]

_WIDE = 18.0


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
    middle = x + _WIDE / 2.0
    plate = Box(x, y - 3.6, x + _WIDE, y + 3.6)
    colour = sign.colour
    ends = [(x, y), (x + _WIDE, y)]
    if sign.pattern == "line":
        # A white street would not show on white paper without its edge.
        page.line(ends, colour=LIGHT["line"], width=3.6)
        page.line(ends, colour=colour, width=2.2, above=5.1)
    elif sign.pattern == "dashes":
        page.line(ends, colour=colour, width=1.6, dashes=(3.0, 1.6))
    elif sign.pattern == "disc":
        page.disc(middle, y, 3.0, fill=colour, opacity=sign.opacity)
    elif sign.pattern == "ring":
        page.disc(middle, y, 2.6, edge=colour, width=1.5)
    elif sign.pattern == "square":
        square = Box(middle - 2.8, y - 2.8, middle + 2.8, y + 2.8)
        page.box(square, fill=colour, opacity=sign.opacity)
    elif sign.pattern == "diamond":
        tips = [(middle, y + 3.6), (middle + 3.6, y), (middle, y - 3.6)]
        page.area([*tips, (middle - 3.6, y), tips[0]], fill=colour)
    elif sign.pattern in {"hatch", "cross"}:
        hatch = "//////" if sign.pattern == "hatch" else "+++++"
        page.box(plate, edge=colour, width=0.0, hatch=hatch)
        page.box(plate, edge=colour, width=0.8, above=3.2)
    else:
        page.box(plate, fill=LIGHT["panel"], above=2.9)
        page.box(plate, fill=colour, opacity=sign.opacity)
        page.box(plate, edge=LIGHT["line"], width=0.5, above=3.2)
