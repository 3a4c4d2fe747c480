"""Write the table of verdicts: each camera, and all that keeps it from the place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from coveragekit.maps.tokens import ACCESS, LIGHT
from coveragekit.reports.page import Box
from coveragekit.reports.symbols import draw_camera
from coveragekit.reports.words import metres, plain

if TYPE_CHECKING:
    from collections.abc import Mapping

    from coveragekit.reports.evidence import Evidence
    from coveragekit.reports.page import Page

__all__ = ["draw_verdicts"]

# Where columns begin, points from the left: symbol, name, tier, distance, pixels, why.
_COLUMNS: Final = (0.0, 34.0, 158.0, 218.0, 266.0, 362.0)
_HEADS: Final = ("Camera", "Tier", "Distance", "Pixels there", "Why")


def draw_verdicts(page: Page, inner: Box, evidence: Evidence) -> float:
    """
    Write the table from below upwards.

    Parameters
    ----------
    page
        The sheet.
    inner
        The part of the sheet that is free.
    evidence
        What is written.

    Returns
    -------
    float
        Where the table begins, points.
    """
    y = inner.low
    size = page.small
    words = _left_out(evidence)
    if words:
        page.text(inner.left + _COLUMNS[1], y, words, size=size, colour=LIGHT["quiet"])
        y += 1.55 * size
    for row in evidence.shown[::-1]:
        y = _draw_row(page, inner, evidence, row=row, low=y)
    for x, words in zip(_COLUMNS[1:], _HEADS, strict=True):
        right = words == "Distance"
        page.text(
            inner.left + (_COLUMNS[4] - 18.0 if right else x),
            y + 2.0,
            words,
            size=size - 0.5,
            colour=LIGHT["quiet"],
            across="right" if right else "left",
        )
    rule = [(inner.left, y - 1.5), (inner.right, y - 1.5)]
    page.line(rule, colour=LIGHT["line"], width=0.6)
    return y + 1.55 * size


def _left_out(evidence: Evidence) -> str:
    """Say how many cameras there is no room for."""
    hidden = evidence.cameras.drop(index=evidence.shown)
    if len(hidden) == 0:
        return ""
    sees = hidden["verdict"].str.startswith("sees").any()
    plural = "" if len(hidden) == 1 else "s"
    tail = "" if sees else f" that do{'es' if len(hidden) == 1 else ''} not see it"
    return f"and {len(hidden):,} more camera{plural}{tail}"


def _draw_row(
    page: Page, inner: Box, evidence: Evidence, *, row: int, low: float
) -> float:
    """Write one camera; give where the next row begins."""
    size = page.small
    camera = evidence.camera(row)
    bold = row == evidence.chosen
    at = [inner.left + x for x in _COLUMNS]
    room = inner.right - at[5] - 2.0
    lines = page.lines(plain(camera["reason"]), room, size, bold=bold, most=2)
    high = low + 1.2 * size * (len(lines) - 1) + 1.55 * size
    y = high - 1.55 * size
    if bold:
        plate = Box(inner.left, low - 0.42 * size, inner.right, high - 0.42 * size)
        page.box(plate, fill=LIGHT["map"], above=1.0)
    page.text(at[0] + 12.0, y, str(row + 1), size=size, bold=bold, across="right")
    draw_camera(
        page,
        (at[0] + 22.0, y + 0.36 * size),
        str(camera["access"]),
        radius=2.8,
        offline=camera["status"] == "offline",
        unknown=not camera["has_bearing"],
    )
    cells = (
        (at[1], str(camera["label"]), at[2] - at[1] - 6.0),
        (at[2], _tier(camera), at[3] - at[2] - 6.0),
        (at[4], _pixels(camera), at[5] - at[4] - 6.0),
    )
    for x, words, room in cells:
        page.text(x, y, page.fit(words, room, size, bold=bold), size=size, bold=bold)
    away = metres(camera["distance_m"])
    page.text(at[4] - 18.0, y, away, size=size, bold=bold, across="right")
    for line, words in enumerate(lines):
        page.text(at[5], y - 1.2 * size * line, words, size=size, bold=bold)
    return high


def _tier(camera: Mapping[str, Any]) -> str:
    known = ACCESS.get(str(camera["access"]))
    return known.label if known else "Public"


def _pixels(camera: Mapping[str, Any]) -> str:
    density = camera["pixel_density_px_per_m"]
    if not np.isfinite(density):
        return "not known"
    band = "" if pd.isna(camera["band"]) else f", {camera['band']}"
    return f"{density:,.0f} px/m{band}"
