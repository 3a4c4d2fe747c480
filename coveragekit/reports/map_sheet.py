"""A printed map: title, picture, legend, figures, scale, north and sources."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

import numpy as np

from coveragekit.errors import InputError
from coveragekit.maps.tokens import LIGHT
from coveragekit.reports.legend_signs import draw_sign
from coveragekit.reports.page import Box, Page
from coveragekit.reports.words import metres, plain
from coveragekit.view import mercator

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from coveragekit.maps.tiles import Entry

__all__ = ["MAP_SHEETS", "MapSheet", "draw_map_sheet", "map_box"]

_LENGTHS_M: Final = tuple(
    part * 10**power for power in range(1, 6) for part in (1, 2, 5)
)
_COLUMN: Final = 172.0
_STRIP: Final = 128.0
_FOOT: Final = 44.0
_HEAD: Final = 50.0
_MARGIN: Final = 28.0
_SMALL: Final = 7.5

MAP_SHEETS: Final[Mapping[str, tuple[float, float]]] = MappingProxyType(
    {
        "a4": (841.89, 595.28),
        "a4-portrait": (595.28, 841.89),
        "letter": (792.0, 612.0),
        "letter-portrait": (612.0, 792.0),
    }
)
"""Kinds of sheet: width and height, points."""


@dataclass(frozen=True, slots=True, eq=False)
class MapSheet:
    """
    What is printed.

    Parameters
    ----------
    picture
        Pixels of the map, ``(height, width, 4)``, 0 to 255, opaque.
    bounds_merc
        West, north, east and south side of the picture, Web Mercator in [0, 1].
    title
        Name of the study or of the map.
    facts
        What it shows, in sentences: purpose and edition, light, tiers, filters.
    figures
        Headline numbers: what it is, and its value with the interval.
    legend
        Title of each layer, and its signs.
    sources
        Whose data they are, and their licences.
    simulated
        Tables that are made up.
    dates
        Date of the data, and of the print.
    """

    picture: NDArray[np.uint8]
    bounds_merc: tuple[float, float, float, float]
    title: str
    facts: tuple[str, ...]
    figures: tuple[tuple[str, str], ...]
    legend: tuple[tuple[str, tuple[Entry, ...]], ...]
    sources: tuple[str, ...]
    simulated: tuple[str, ...]
    dates: str


def map_box(sheet: str) -> Box:
    """
    Give the part of a sheet that the picture fills.

    Parameters
    ----------
    sheet
        One of ``MAP_SHEETS``.

    Returns
    -------
    Box
        In points.

    Raises
    ------
    InputError
        There is no such sheet.

    Examples
    --------
    >>> round(map_box("a4").width)
    602
    """
    if sheet not in MAP_SHEETS:
        message = f"sheet is {sheet!r}; allowed: {', '.join(MAP_SHEETS)}"
        raise InputError(message)
    width, height = MAP_SHEETS[sheet]
    is_wide = width > height
    right = width - _MARGIN - (_COLUMN + 12.0 if is_wide else 0.0)
    low = _MARGIN + _FOOT + (0.0 if is_wide else _STRIP + 10.0)
    return Box(_MARGIN, low, right, height - _MARGIN - _HEAD)


def draw_map_sheet(shown: MapSheet, sheet: str = "a4") -> Page:
    """
    Draw the sheet.

    Parameters
    ----------
    shown
        What is printed; its picture has the proportions of :func:`map_box`.
    sheet
        One of ``MAP_SHEETS``.

    Returns
    -------
    Page
        The sheet.

    Raises
    ------
    InputError
        There is no such sheet.
    """
    frame = map_box(sheet)
    width, height = MAP_SHEETS[sheet]
    page = Page(width, height, _SMALL)
    inner = Box(_MARGIN, _MARGIN, width - _MARGIN, height - _MARGIN)
    _draw_head(page, inner, shown)
    page.image(frame, shown.picture)
    page.box(frame, edge=LIGHT["quiet"], width=0.8, above=14.0)
    _draw_scale(page, frame, shown.bounds_merc)
    _draw_north(page, frame)
    if width > height:
        side = Box(frame.right + 12.0, frame.low, inner.right, frame.high)
        _draw_side(page, side, shown)
    else:
        top = frame.low - 10.0
        _draw_strip(page, Box(inner.left, top - _STRIP, inner.right, top), shown)
    _draw_foot(page, inner, shown)
    return page


def _draw_head(page: Page, inner: Box, shown: MapSheet) -> None:
    y = inner.high - 15.0
    room = inner.width
    if shown.simulated:
        room -= _draw_badge(page, inner.right, y) + 8.0
    title = page.fit(plain(shown.title), room, 16.0, bold=True)
    page.text(inner.left, y, title, size=16.0, bold=True)
    size = page.small + 0.5
    words = ". ".join(plain(fact).rstrip(".") for fact in shown.facts)
    for line in page.lines(words, inner.width, size, most=3):
        y -= 1.4 * size + 1.0
        page.text(inner.left, y, line, size=size, colour=LIGHT["quiet"])


def _draw_badge(page: Page, right: float, y: float) -> float:
    size, colour = page.small + 1.0, LIGHT["gap"]
    words = "simulated"
    width = page.measure(words, size, bold=True) + 12.0
    plate = Box(right - width, y - 4.0, right, y + size + 3.0)
    page.box(plate, fill=LIGHT["panel"], edge=colour, width=1.2, above=10.0)
    middle = right - width / 2.0
    page.text(middle, y, words, size=size, bold=True, colour=colour, across="center")
    return width


def _draw_side(page: Page, side: Box, shown: MapSheet) -> None:
    y = _draw_figures(page, side, shown)
    for group in shown.legend:
        if y < side.low + 20.0:
            page.text(side.left, side.low, "…", size=page.small)
            return
        y = _draw_group(page, Box(side.left, side.low, side.right, y), group)


def _draw_strip(page: Page, strip: Box, shown: MapSheet) -> None:
    """Put figures and legend into columns below the picture."""
    columns = 4
    wide = (strip.width - 12.0 * (columns - 1)) / columns
    lefts = [strip.left + number * (wide + 12.0) for number in range(columns)]
    boxes = [Box(left, strip.low, left + wide, strip.high) for left in lefts]
    y, at = _draw_figures(page, boxes[0], shown), 0
    for group in shown.legend:
        needed = 1.7 * page.small * (len(group[1]) + 1) + 6.0
        if y - needed < strip.low and at < columns - 1 and y < strip.high:
            at += 1
            y = strip.high
        box = boxes[at]
        y = _draw_group(page, Box(box.left, box.low, box.right, y), group)


def _draw_figures(page: Page, box: Box, shown: MapSheet) -> float:
    y = box.high
    for words, value in shown.figures:
        if y < box.low + 24.0:
            return y
        y -= page.small + 2.0
        text = page.fit(plain(words), box.width, page.small)
        page.text(box.left, y, text, colour=LIGHT["quiet"])
        y -= 13.0
        value_words = page.fit(plain(value), box.width, 11.0, bold=True)
        page.text(box.left, y, value_words, size=11.0, bold=True)
        y -= 5.0
    return y - (6.0 if shown.figures else 0.0)


def _draw_group(page: Page, box: Box, group: tuple[str, tuple[Entry, ...]]) -> float:
    """Draw one layer's signs from the top of a box; give where they end."""
    title, signs = group
    size = page.small
    y = box.high - size - 1.0
    heading = page.fit(plain(title), box.width, size, bold=True)
    page.text(box.left, y, heading, bold=True)
    for sign in signs:
        y -= 1.7 * size
        if y < box.low:
            break
        draw_sign(page, (box.left, y + 0.36 * size), sign)
        words = page.fit(plain(sign.text), box.width - 24.0, size)
        page.text(box.left + 24.0, y, words, size=size)
    return y - 8.0


def _draw_scale(
    page: Page, frame: Box, bounds_merc: tuple[float, float, float, float]
) -> None:
    west, north, east, south = bounds_merc
    middle = np.array([[(west + east) / 2.0, (north + south) / 2.0]])
    points = frame.width * float(mercator.scale(middle)[0]) / (east - west)
    longest = [m for m in _LENGTHS_M if m * points <= 0.2 * frame.width]
    length = (longest or [_LENGTHS_M[0]])[-1]
    bar = length * points
    left, low = frame.left + 6.0, frame.low + 6.0
    page.box(
        Box(left, low, left + bar + 22.0, low + 22.0),
        fill=LIGHT["panel"],
        edge=LIGHT["line"],
        width=0.5,
        above=15.0,
    )
    x, y, ink = left + 11.0, low + 5.0, LIGHT["ink"]
    for start, fill in ((x, ink), (x + bar / 2.0, LIGHT["panel"])):
        half = Box(start, y, start + bar / 2.0, y + 3.0)
        page.box(half, fill=fill, edge=ink, width=0.5, above=15.1)
    words = metres(length) if length < 1000 else f"{length / 1000:g} km"
    page.text(x + bar / 2.0, y + 6.0, words, size=page.small, across="center")


def _draw_north(page: Page, frame: Box) -> None:
    """Web Mercator has north straight up."""
    x, y = frame.right - 15.0, frame.high - 17.0
    plate = Box(x - 9.0, y - 15.0, x + 9.0, y + 12.0)
    page.box(plate, fill=LIGHT["panel"], edge=LIGHT["line"], width=0.5, above=15.0)
    arrow = [(x, y + 9.0), (x + 4.0, y - 4.0), (x, y - 2.0), (x - 4.0, y - 4.0)]
    page.area([*arrow, arrow[0]], fill=LIGHT["ink"], above=15.1)
    page.text(x, y - 12.5, "N", size=page.small, bold=True, across="center")


def _draw_foot(page: Page, inner: Box, shown: MapSheet) -> None:
    size = page.small - 1.0
    said = []
    if shown.simulated:
        said.append(f"Simulated: {', '.join(shown.simulated)}.")
    said += ["Data:", *shown.sources] if shown.sources else []
    last = f"{shown.dates}; coveragekit; page 1 of 1"
    lines = page.lines(plain(" ".join(said)), inner.width, size, most=3)
    y = inner.low
    page.text(inner.right, y, last, size=size, colour=LIGHT["quiet"], across="right")
    for line in lines[::-1]:
        y += 1.35 * size
        page.text(inner.left, y, line, size=size, colour=LIGHT["quiet"])
    y += 1.35 * size + 1.0
    page.line([(inner.left, y), (inner.right, y)], colour=LIGHT["line"], width=0.6)
