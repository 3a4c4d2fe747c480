"""Compose the sheet: title, plan, section, table of verdicts, legend and sources."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from coveragekit.errors import InputError
from coveragekit.maps.tokens import LIGHT
from coveragekit.reports.legend import draw_legend
from coveragekit.reports.page import Box, Page
from coveragekit.reports.plan import draw_plan
from coveragekit.reports.section import draw_section
from coveragekit.reports.verdicts import draw_verdicts
from coveragekit.reports.words import metres, plain

if TYPE_CHECKING:
    from collections.abc import Mapping

    from coveragekit.reports.evidence import Evidence

__all__ = ["SHEETS", "draw_sheet"]


@dataclass(frozen=True, slots=True)
class Sheet:
    """
    A kind of sheet.

    Parameters
    ----------
    width, height
        Points.
    small
        Size of small type, points.
    margin
        Points.
    """

    width: float
    height: float
    small: float
    margin: float


SHEETS: Final[Mapping[str, Sheet]] = MappingProxyType(
    {
        "a4": Sheet(841.89, 595.28, 7.5, 28.0),
        "letter": Sheet(792.0, 612.0, 7.5, 28.0),
        "narrow": Sheet(270.0, 660.0, 8.0, 8.0),
    }
)


def draw_sheet(evidence: Evidence, sheet: str = "a4") -> Page:
    """
    Draw the proof of one place.

    Parameters
    ----------
    evidence
        What it is drawn from.
    sheet
        ``"a4"`` or ``"letter"``, landscape with the table of verdicts; ``"narrow"``,
        for a phone or the side of a page.

    Returns
    -------
    Page
        The sheet.

    Raises
    ------
    InputError
        There is no such sheet.
    """
    if sheet not in SHEETS:
        message = f"sheet is {sheet!r}; allowed: {', '.join(SHEETS)}"
        raise InputError(message)
    form = SHEETS[sheet]
    page = Page(form.width, form.height, form.small)
    (_draw_narrow if sheet == "narrow" else _draw_wide)(page, form, evidence)
    return page


def _draw_wide(page: Page, form: Sheet, evidence: Evidence) -> None:
    inner = Box(
        form.margin,
        form.margin - 6.0,
        form.width - form.margin,
        form.height - form.margin,
    )
    top = _draw_head(page, inner, evidence)
    low = _draw_sources(page, inner, evidence)
    low = draw_legend(page, Box(inner.left, low + 6.0, inner.right, top), evidence)
    low = draw_verdicts(page, Box(inner.left, low + 8.0, inner.right, top), evidence)
    split = inner.left + 0.56 * inner.width
    low, high = low + 10.0, top - 16.0
    _title(page, (inner.left, high + 5.0), "Plan")
    draw_plan(page, Box(inner.left, low, split - 8.0, high), evidence)
    _draw_section(page, Box(split + 8.0, low, inner.right, high), evidence)


def _draw_narrow(page: Page, form: Sheet, evidence: Evidence) -> None:
    inner = Box(
        form.margin, form.margin, form.width - form.margin, form.height - form.margin
    )
    top = _draw_head(page, inner, evidence)
    low = _draw_sources(page, inner, evidence)
    low = (
        draw_legend(page, Box(inner.left, low + 5.0, inner.right, top), evidence) + 8.0
    )
    middle = low + 0.42 * (top - low)
    _draw_section(page, Box(inner.left, low, inner.right, middle - 16.0), evidence)
    _title(page, (inner.left, top - 11.0), "Plan")
    draw_plan(page, Box(inner.left, middle + 2.0, inner.right, top - 16.0), evidence)


def _title(page: Page, at: tuple[float, float], words: str) -> None:
    page.text(*at, words, size=page.small + 0.5, bold=True)


def _draw_section(page: Page, box: Box, evidence: Evidence) -> None:
    at, size = (box.left, box.high + 5.0), page.small + 0.5
    if evidence.chosen is None or evidence.profile is None:
        page.text(*at, "Section", size=size, bold=True)
        words = "No camera to draw a section from."
        page.text(box.left, box.high - 12.0, words, colour=LIGHT["quiet"])
        return
    camera = evidence.camera(evidence.chosen)
    words = (
        f"Section from camera {evidence.chosen + 1}, {evidence.title(evidence.chosen)}"
    )
    page.text(*at, page.fit(words, box.width, size, bold=True), size=size, bold=True)
    draw_section(page, box, profile=evidence.profile, camera=camera)


def _draw_head(page: Page, inner: Box, evidence: Evidence) -> float:
    """Write title, facts and the answer; give where the rest may begin."""
    facts = evidence.facts
    is_wide = inner.width > 400.0
    big = 15.0 if is_wide else 12.0
    y = inner.high - big
    room = inner.width
    if facts.simulated:
        room -= _draw_badge(page, inner.right, y) + 8.0
    page.text(
        inner.left,
        y,
        page.fit(evidence.headline, room, big, bold=True),
        size=big,
        bold=True,
    )
    y -= 4.0
    size = page.small + 1.0 if is_wide else page.small
    for words, is_bold, most in (
        (_answer(evidence), True, 3),
        (_facts_line(evidence), False, 4),
    ):
        for line in page.lines(words, inner.width, size, bold=is_bold, most=most):
            y -= 1.35 * size
            page.text(
                inner.left,
                y,
                line,
                size=size,
                bold=is_bold,
                colour=LIGHT["ink" if is_bold else "quiet"],
            )
        y -= 1.5
    return y - 4.0


def _answer(evidence: Evidence) -> str:
    if evidence.chosen is None:
        return "There is no camera near it."
    camera = evidence.camera(evidence.chosen)
    return (
        f"{camera['label']} (camera {evidence.chosen + 1}): {plain(camera['reason'])}."
    )


def _facts_line(evidence: Evidence) -> str:
    facts = evidence.facts
    return (
        f"{facts.study}; place {facts.lat:.5f}, {facts.lon:.5f} (latitude, longitude); "
        f"cameras of {facts.date}; {facts.purpose}; by {facts.light}; looked at "
        f"{metres(facts.target_height_m)} above the ground"
    )


def _draw_badge(page: Page, right: float, y: float) -> float:
    """Say that the data are made up; give the width of the plate."""
    size, gap = page.small + 1.0, LIGHT["gap"]
    words = "simulated"
    width = page.measure(words, size, bold=True) + 12.0
    plate = Box(right - width, y - 4.0, right, y + size + 3.0)
    page.box(plate, fill=LIGHT["panel"], edge=gap, width=1.2, above=10.0)
    x = right - width / 2.0
    page.text(x, y, words, size=size, bold=True, colour=gap, across="center")
    return width


def _draw_sources(page: Page, inner: Box, evidence: Evidence) -> float:
    """Write whose data are used at the foot; give where the rest may end."""
    size = page.small - 1.0
    last = "coveragekit" + ("" if inner.width < 400.0 else "; page 1 of 1")
    words = (
        " ".join(["Data:", *evidence.facts.sources]) if evidence.facts.sources else ""
    )
    room = inner.width - page.measure(last, size) - 10.0
    # Whose data they are is never cut off, within reason.
    lines = page.lines(words, room, size, most=8)
    y = inner.low
    page.text(inner.right, y, last, size=size, colour=LIGHT["quiet"], across="right")
    for line in lines[::-1]:
        page.text(inner.left, y, line, size=size, colour=LIGHT["quiet"])
        y += 1.3 * size
    y = max(y, inner.low + 1.3 * size)
    page.line([(inner.left, y), (inner.right, y)], colour=LIGHT["line"], width=0.6)
    return y
