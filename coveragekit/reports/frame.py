"""Where a piece of ground lies on the sheet, with its scale bar and its north."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import shapely

from coveragekit.maps.tokens import LIGHT
from coveragekit.reports.page import Box

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray
    from shapely.geometry.base import BaseGeometry

    from coveragekit.reports.evidence import Evidence
    from coveragekit.reports.page import Page

__all__ = ["Frame", "Plan", "draw_scale", "fit_frame"]

_LEAST_M: Final = 46.0
_MOST_M: Final = 260.0
_AROUND_M: Final = 120.0
_LENGTHS_M: Final = (1, 2, 5, 10, 20, 50, 100)


@dataclass(frozen=True, slots=True)
class Frame:
    """
    Where a piece of ground lies on the sheet.

    Parameters
    ----------
    box
        Its part of the sheet, points.
    middle
        What lies in the middle of it, metres.
    scale
        Points per metre.
    """

    box: Box
    middle: tuple[float, float]
    scale: float

    def on(self, xy: ArrayLike) -> NDArray[np.float64]:
        """Bring metres to points."""
        box = self.box
        middle = ((box.left + box.right) / 2.0, (box.low + box.high) / 2.0)
        moved = (np.asarray(xy, dtype=np.float64) - self.middle) * self.scale + middle
        return np.asarray(moved)

    def shape(self, shape: Any) -> Any:  # noqa: ANN401 - a geometry and its like
        """Bring a geometry to points."""
        return shapely.transform(shape, self.on)

    def ground(self, margin_m: float = 0.0) -> BaseGeometry:
        """Give the ground that is on the sheet, metres."""
        half = np.array([self.box.width, self.box.height]) / 2.0 / self.scale + margin_m
        low, high = np.asarray(self.middle) - half, np.asarray(self.middle) + half
        return shapely.box(*low, *high)


@dataclass(frozen=True, slots=True)
class Plan:
    """
    A plan that is being drawn.

    Parameters
    ----------
    page
        The sheet.
    frame
        Where the ground lies on it.
    evidence
        What is drawn.
    """

    page: Page
    frame: Frame
    evidence: Evidence

    @property
    def inside(self) -> Box:
        """Its part of the sheet."""
        return self.frame.box

    def at(self, row: int) -> NDArray[np.float64]:
        """Give where a camera hangs, points."""
        camera = self.evidence.camera(row)
        return self.frame.on([camera["x"], camera["y"]])


def fit_frame(box: Box, evidence: Evidence) -> Frame:
    """
    Fit the place, the chosen camera and those near them into a part of the sheet.

    Parameters
    ----------
    box
        That part, points.
    evidence
        What is to be drawn.

    Returns
    -------
    Frame
        The place always lies in it; the chosen camera does not where it is hundreds of
        metres off.
    """
    cameras = evidence.cameras
    far = 0.0
    if evidence.chosen is not None:
        far = float(evidence.camera(evidence.chosen)["distance_m"])
    near = cameras["distance_m"].to_numpy() <= max(1.6 * far, 40.0)
    drawn = [row for row in evidence.shown if near[row] or row == evidence.chosen]
    eyes = cameras.loc[drawn, ["x", "y"]].to_numpy(dtype=np.float64)
    xy = np.vstack([np.asarray(evidence.place), eyes])
    low, high = xy.min(axis=0), xy.max(axis=0)
    extent = np.maximum((high - low) * 1.45 + 8.0, _LEAST_M)
    scale = min(box.width / extent[0], box.height / extent[1])
    middle = (low + high) / 2.0
    if scale < min(box.width, box.height) / _MOST_M:
        # The camera is too far off for one plan: the place with what is around it.
        scale = min(box.width, box.height) / _AROUND_M
        middle = np.asarray(evidence.place)
    return Frame(box, (float(middle[0]), float(middle[1])), float(scale))


def draw_scale(plan: Plan) -> None:
    """
    Draw scale bar and north arrow on a plate, in the corner farthest from all lines.

    Parameters
    ----------
    plan
        The plan.
    """
    page, frame = plan.page, plan.frame
    longest = [m for m in _LENGTHS_M if m * frame.scale <= 0.24 * frame.box.width]
    length = (longest or [_LENGTHS_M[0]])[-1]
    bar = length * frame.scale
    left, low = _emptiest(plan, (bar + 38.0, 24.0))
    plate = Box(left, low, left + bar + 38.0, low + 24.0)
    page.box(plate, fill=LIGHT["panel"], edge=LIGHT["line"], width=0.5, above=12.8)
    x, y, ink = left + 8.0, low + 6.0, LIGHT["ink"]
    halves = ((x, ink), (x + bar / 2.0, LIGHT["panel"]))
    for start, fill in halves:
        half = Box(start, y, start + bar / 2.0, y + 3.0)
        page.box(half, fill=fill, edge=ink, width=0.5, above=13.0)
    size = page.small - 0.5
    page.text(x + bar / 2.0, y + 6.0, f"{length} m", size=size, across="center")
    _draw_north(page, (plate.right - 12.0, low + 11.0), plan.evidence.facts.north_deg)
    page.take(plate)


def _emptiest(plan: Plan, size: tuple[float, float]) -> tuple[float, float]:
    """Give the corner that is farthest from the place and the lines drawn to it."""
    box, place = plan.inside, plan.frame.on(plan.evidence.place)
    corners = [
        (left, low)
        for low in (box.low + 5.0, box.high - size[1] - 5.0)
        for left in (box.left + 5.0, box.right - size[0] - 5.0)
    ]
    lines = [shapely.LineString([place, plan.at(row)]) for row in plan.evidence.shown]
    drawn = np.array([*lines, shapely.Point(place)])
    away = [
        float(
            shapely.distance(drawn, shapely.box(x, y, x + size[0], y + size[1])).min()
        )
        for x, y in corners
    ]
    return corners[int(np.argmax(away))]


def _draw_north(page: Page, at: tuple[float, float], turn_deg: float) -> None:
    turn = math.radians(turn_deg)
    way = np.array([math.sin(turn), math.cos(turn)])
    side = np.array([way[1], -way[0]])
    middle = np.asarray(at)
    tip, tail = middle + 8.0 * way, middle - 5.0 * way
    notch = tail + 2.0 * way
    arrow = [tip, tail + 4.0 * side, notch, tail - 4.0 * side, tip]
    page.area(arrow, fill=LIGHT["ink"], above=13.0)
    x, y = middle - 9.0 * way
    size = page.small - 1.0
    page.text(x, y - 2.0, "N", size=size, bold=True, across="center", above=13.1)
