"""Draw cameras, places and marks as the maps do, in shapes that need no colour."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from coveragekit.maps.tokens import ACCESS, LIGHT

if TYPE_CHECKING:
    from coveragekit.reports.page import Box, Page

__all__ = [
    "DASHES",
    "REST",
    "SIGHT",
    "ZONE_MESH",
    "draw_camera",
    "draw_cross",
    "draw_place",
    "draw_tag",
]

DASHES: Final = (4.0, 2.4)
# What a wall keeps from the eye.
REST: Final = (0.8, 2.2)
# No camera may look there.
ZONE_MESH: Final = "xxxx"
# Sees: solid and accent; does not: dashed and quiet.
SIGHT: Final = {True: LIGHT["accent"], False: LIGHT["quiet"]}


def draw_camera(
    page: Page,
    at: tuple[float, float],
    access: str,
    *,
    radius: float = 4.0,
    offline: bool = False,
    unknown: bool = False,
) -> None:
    """
    Draw a camera's symbol, as on the map.

    Parameters
    ----------
    page
        The sheet.
    at
        Its middle, points.
    access
        Consent tier; anything else is drawn as ``"public"``.
    radius
        Its size, points.
    offline
        Hollow, with a slash.
    unknown
        With a dashed ring: its direction is not known.
    """
    style = ACCESS.get(access, ACCESS["public"])
    x, y = at
    hollow = offline or style.shape == "ring"
    fill = LIGHT["panel"] if hollow else style.colour
    edge = style.colour if hollow else LIGHT["panel"]
    width = (1.2 if offline else 1.8) * radius / 4.0 if hollow else 0.6
    if style.shape in ("disc", "ring"):
        page.disc(x, y, radius + 1.1, fill=LIGHT["panel"], above=11.0)
        page.disc(x, y, radius, fill=fill, edge=edge, width=width, above=11.1)
    else:
        for side, look in (
            (1.1, (LIGHT["panel"], "none", 0.0)),
            (0.0, (fill, edge, width)),
        ):
            outline = _outline(style.shape, at, radius + side)
            page.area(
                outline,
                fill=look[0],
                edge=look[1],
                width=look[2],
                above=11.1 - side / 10.0,
            )
    if offline:
        slash = [
            (x - 1.3 * radius, y - 1.3 * radius),
            (x + 1.3 * radius, y + 1.3 * radius),
        ]
        page.line(slash, colour=LIGHT["panel"], width=2.6, above=11.2)
        page.line(slash, colour=style.colour, width=1.2, above=11.3)
    if unknown:
        page.disc(
            x,
            y,
            1.6 * radius,
            edge=style.colour,
            width=0.8,
            dashes=(2.0, 1.6),
            above=11.1,
        )


def _outline(
    shape: str, at: tuple[float, float], radius: float
) -> list[tuple[float, float]]:
    x, y = at
    if shape == "diamond":
        r = 1.25 * radius
        return [(x, y + r), (x + r, y), (x, y - r), (x - r, y), (x, y + r)]
    r = 0.95 * radius
    return [
        (x - r, y - r),
        (x + r, y - r),
        (x + r, y + r),
        (x - r, y + r),
        (x - r, y - r),
    ]


def draw_place(page: Page, at: tuple[float, float], *, radius: float = 5.0) -> None:
    """
    Draw the place that is asked about: a ring with a cross hair.

    Parameters
    ----------
    page
        The sheet.
    at
        Its middle, points.
    radius
        Its size, points.
    """
    x, y = at
    ink = LIGHT["ink"]
    page.disc(x, y, radius + 1.2, fill=LIGHT["panel"], above=12.0)
    page.disc(x, y, radius, fill=LIGHT["panel"], edge=ink, width=1.3, above=12.1)
    page.disc(x, y, 1.2, fill=ink, above=12.2)
    for dx, dy in ((1, 0), (-1, 0), (0, 1), (0, -1)):
        tick = [
            (x + 0.55 * radius * dx, y + 0.55 * radius * dy),
            (x + 1.5 * radius * dx, y + 1.5 * radius * dy),
        ]
        page.line(tick, colour=ink, width=1.3, above=12.2)


def draw_cross(page: Page, at: tuple[float, float], *, radius: float = 3.6) -> None:
    """
    Mark where a line of sight ends at a wall.

    Parameters
    ----------
    page
        The sheet.
    at
        Its middle, points.
    radius
        Its size, points.
    """
    x, y = at
    for colour, width in ((LIGHT["panel"], 4.0), (LIGHT["gap"], 1.9)):
        for side in (1.0, -1.0):
            stroke = [(x - radius, y - side * radius), (x + radius, y + side * radius)]
            page.line(stroke, colour=colour, width=width, above=12.5 - width / 10.0)


def draw_tag(page: Page, box: Box, words: str, *, bold: bool) -> None:
    """
    Write a camera's number on a small plate.

    Parameters
    ----------
    page
        The sheet.
    box
        The plate, points.
    words
        The number.
    bold
        Whether it is the camera of the section.
    """
    page.box(
        box,
        fill=LIGHT["ink"] if bold else LIGHT["panel"],
        edge=LIGHT["ink"],
        width=0.5,
        above=13.0,
    )
    page.text(
        (box.left + box.right) / 2.0,
        (box.low + box.high) / 2.0 - 0.35 * page.small,
        words,
        size=page.small,
        bold=True,
        across="center",
        colour=LIGHT["panel"] if bold else LIGHT["ink"],
        above=13.1,
    )
