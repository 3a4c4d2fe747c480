"""Draw the legend: what each sign on the sheet stands for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from coveragekit.maps.tokens import ACCESS, ACCESS_ORDER, LIGHT
from coveragekit.reports.page import Box
from coveragekit.reports.symbols import (
    DASHES,
    SIGHT,
    ZONE_MESH,
    draw_camera,
    draw_cross,
    draw_place,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from coveragekit.reports.evidence import Evidence
    from coveragekit.reports.page import Page

    Sign = tuple[str, Callable[[float, float], None]]

__all__ = ["draw_legend"]

_WIDE = 20.0


def draw_legend(page: Page, inner: Box, evidence: Evidence) -> float:
    """
    Draw what the sheet's signs stand for, from below upwards.

    Parameters
    ----------
    page
        The sheet.
    inner
        The part of the sheet that is free.
    evidence
        What is drawn; signs it does not use are left out.

    Returns
    -------
    float
        Where the legend begins, points.
    """
    size = page.small - 0.5
    rows: list[list[tuple[float, Sign]]] = [[]]
    x = inner.left
    for sign in _signs(page, evidence):
        width = _WIDE + 4.0 + page.measure(sign[0], size) + 12.0
        if x + width - 12.0 > inner.right and rows[-1]:
            rows.append([])
            x = inner.left
        rows[-1].append((x, sign))
        x += width
    step = 1.7 * size
    y = inner.low
    for row in rows[::-1]:
        for at, (words, draw) in row:
            draw(at, y + 0.36 * size)
            page.text(at + _WIDE + 4.0, y, words, size=size)
        y += step
    return y


def _signs(page: Page, evidence: Evidence) -> list[Sign]:
    cameras = evidence.cameras
    used = set(cameras["access"])
    tiers = [tier for tier in ACCESS_ORDER if tier in used]
    signs: list[Sign] = [
        ("the place", lambda x, y: draw_place(page, (x + 10, y), radius=3.6))
    ]
    signs += [
        (f"{ACCESS[tier].label.lower()} camera", _camera(page, tier)) for tier in tiers
    ]
    if (cameras["status"] == "offline").any():
        signs.append(("offline", _camera(page, tiers[0], offline=True)))
    if not cameras["has_bearing"].all():
        signs.append(("bearing unknown", _camera(page, tiers[0], unknown=True)))
    signs += [
        ("sees it", _line(page, SIGHT[True], None)),
        ("does not", _line(page, SIGHT[False], DASHES)),
    ]
    if np.isfinite(cameras["blocked_at_m"].loc[evidence.shown]).any():
        signs.append(("blocked here", lambda x, y: draw_cross(page, (x + 10, y))))
    signs += _ground(page, evidence)
    light = "" if evidence.facts.light == "day" else " by night"
    if evidence.view is not None:
        signs.append((f"what the camera sees{light}", _patch(page, LIGHT["accent"])))
    if evidence.profile is not None and evidence.profile.lower_slope is not None:
        signs.append(
            ("edge of its picture", _line(page, LIGHT["accent"], (5.0, 1.6), width=0.8))
        )
        if evidence.profile.dead_zone_m > 0.0:
            signs.append(("dead zone", _patch(page, LIGHT["quiet"], hatch="\\\\\\\\")))
    return signs


def _ground(page: Page, evidence: Evidence) -> list[Sign]:
    """Give the signs of what is on the ground and keeps a camera from a place."""
    signs: list[Sign] = []
    if evidence.wall is not None:
        wall = _patch(page, LIGHT["ink"], fill=LIGHT["building"], hatch="////")
        signs.append(("building that blocks", wall))
    if len(evidence.zones):
        zone = _patch(page, LIGHT["quiet"], hatch=ZONE_MESH)
        signs.append(("privacy zone: no camera may look there", zone))
    return signs


def _camera(
    page: Page, tier: str, *, offline: bool = False, unknown: bool = False
) -> Callable[[float, float], None]:
    def draw(x: float, y: float) -> None:
        draw_camera(
            page, (x + 12, y), tier, radius=3.2, offline=offline, unknown=unknown
        )

    return draw


def _line(
    page: Page, colour: str, dashes: tuple[float, ...] | None, *, width: float = 1.6
) -> Callable[[float, float], None]:
    def draw(x: float, y: float) -> None:
        ends = [(x, y), (x + _WIDE, y)]
        if dashes is None:
            page.line(ends, colour=colour, width=width)
        else:
            page.line(ends, colour=colour, width=width, dashes=dashes)

    return draw


def _patch(
    page: Page, edge: str, *, fill: str | None = None, hatch: str | None = None
) -> Callable[[float, float], None]:
    def draw(x: float, y: float) -> None:
        box = Box(x + 1.0, y - 3.4, x + _WIDE - 1.0, y + 3.4)
        if hatch is None:
            page.box(box, fill=edge, opacity=0.10)
        else:
            page.box(box, fill=fill or LIGHT["panel"])
            colour = LIGHT["gap"] if fill else edge
            page.box(box, edge=colour, width=0.0, hatch=hatch, above=3.1)
        page.box(box, edge=edge, width=0.8, above=3.2)

    return draw
