"""Put numbers and names on the plan where they hide nothing."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import shapely

from coveragekit.maps.tokens import LIGHT
from coveragekit.reports.page import Box
from coveragekit.reports.symbols import draw_camera, draw_tag
from coveragekit.reports.words import plain

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from coveragekit.reports.frame import Plan

    Spot = NDArray[np.float64]

__all__ = ["draw_cameras", "name_streets", "name_wall"]

# On which side of a symbol its number is tried, turned from the way off the place.
_TURNS: Final = (0.0, 0.8, -0.8, 1.6, -1.6, 2.4, -2.4, math.pi)
_REACHES: Final = (9.0, 14.0, 20.0, 28.0)


def draw_cameras(plan: Plan) -> None:
    """
    Draw the cameras with their numbers; those off the sheet have theirs at its edge.

    Parameters
    ----------
    plan
        The plan.
    """
    box, shown = plan.inside, plan.evidence.shown
    inner = Box(box.left + 9.0, box.low + 9.0, box.right - 9.0, box.high - 9.0)
    place = plan.frame.on(plan.evidence.place)
    on_sheet = [row for row in shown if inner.holds(_square(plan.at(row), 0.0))]
    for row in on_sheet:
        plan.page.take(_square(plan.at(row), 6.0))
    for row in on_sheet:
        camera, at = plan.evidence.camera(row), plan.at(row)
        draw_camera(
            plan.page,
            (at[0], at[1]),
            str(camera["access"]),
            radius=5.0 if row == plan.evidence.chosen else 4.0,
            offline=camera["status"] == "offline",
            unknown=not camera["has_bearing"],
        )
        _tag(plan, row, str(row + 1), at=at, away=at - place)
    for row in shown:
        if row not in on_sheet:
            way = plan.at(row) - place
            words = f"{_arrow(way)} {row + 1}"
            _tag(plan, row, words, at=_leave(inner, place, way), away=-way)


def _square(at: Spot, half: float) -> Box:
    return Box(at[0] - half, at[1] - half, at[0] + half, at[1] + half)


def _arrow(way: Spot) -> str:
    """Give the sign that points most nearly along a way."""
    eighth = round(math.atan2(way[1], way[0]) / (math.pi / 4.0))
    return "→↗↑↖←↙↓↘"[eighth % 8]


def _leave(box: Box, start: Spot, way: Spot) -> Spot:
    """Give where a way from a place in a box leaves the box."""
    shares = [1.0]
    for axis, (low, high) in enumerate(((box.left, box.right), (box.low, box.high))):
        if way[axis] != 0.0:
            limit = high if way[axis] > 0.0 else low
            shares.append(max((limit - start[axis]) / way[axis], 0.0))
    return np.asarray(start + way * min(shares))


def _tag(plan: Plan, row: int, words: str, *, at: Spot, away: Spot) -> None:
    """Put a number beside a symbol, on the side that is free, away from the place."""
    page = plan.page
    half_w = page.measure(words, page.small, bold=True) / 2.0 + 2.0
    half_h = 0.62 * page.small
    first = math.atan2(away[1], away[0])
    for reach in _REACHES:
        for turn in _TURNS:
            x = at[0] + (reach + half_w * 0.6) * math.cos(first + turn)
            y = at[1] + reach * math.sin(first + turn)
            box = Box(x - half_w, y - half_h, x + half_w, y + half_h)
            if page.is_free(box) and plan.inside.holds(box):
                draw_tag(page, box, words, bold=row == plan.evidence.chosen)
                page.take(box)
                return


def name_wall(plan: Plan) -> None:
    """
    Name the building that keeps the chosen camera from the place.

    Parameters
    ----------
    plan
        The plan.
    """
    page, inside, wall = plan.page, plan.inside, plan.evidence.wall
    buildings = plan.evidence.buildings
    own = buildings.loc[buildings["building_id"] == wall, "geometry"]
    if wall is None or len(own) == 0:
        return
    on_sheet = shapely.intersection(own.iloc[0], plan.frame.ground())
    if on_sheet.is_empty:
        return
    size = page.small
    words = page.fit(plain(wall), inside.width * 0.6, size, bold=True)
    half = page.measure(words, size, bold=True) / 2.0
    middle = shapely.get_coordinates(shapely.point_on_surface(on_sheet))[0]
    x, y = plan.frame.on(middle)
    x = min(max(x, inside.left + half + 4.0), inside.right - half - 4.0)
    for up in (0.0, 12.0, -12.0, 24.0, -24.0, 36.0, -36.0):
        box = Box(x - half - 2.0, y + up - 2.0, x + half + 2.0, y + up + size)
        if page.is_free(box) and inside.holds(box):
            look: Any = {"size": size, "bold": True, "across": "center", "above": 13.5}
            page.text(x, y + up, words, halo=LIGHT["panel"], **look)
            page.take(box)
            return


def name_streets(plan: Plan) -> None:
    """
    Write each street's name once, along its longest piece, where there is room.

    Parameters
    ----------
    plan
        The plan.
    """
    streets = plan.evidence.streets
    ground = plan.frame.ground(-10.0 / plan.frame.scale)
    longest: dict[str, Any] = {}
    for name, line in zip(streets["name"], streets.geometry, strict=True):
        words = plain(name)
        for part in shapely.get_parts(shapely.intersection(line, ground)):
            if words and part.length > getattr(longest.get(words), "length", 0.0):
                longest[words] = part
    for words, part in sorted(longest.items(), key=lambda one: -one[1].length):
        for share in (0.5, 0.3, 0.7, 0.15, 0.85):
            if _write_along(plan, part, words, share=share):
                break


def _write_along(plan: Plan, line: Any, words: str, *, share: float) -> bool:  # noqa: ANN401 - a geometry
    """Write a name about a share of the way along a line, if there is room for it."""
    page = plan.page
    size = page.small - 0.5
    width = page.measure(words, size)
    half_m = width / plan.frame.scale / 2.0
    at = share * line.length
    if at - half_m < 0.0 or at + half_m > line.length:
        return False
    spots = shapely.line_interpolate_point(line, np.array([-half_m, 0.0, half_m]) + at)
    first, middle, last = plan.frame.on(shapely.get_coordinates(spots))
    dx, dy = last - first
    # A bent piece would run out of its street under straight letters.
    if math.hypot(dx, dy) < 0.97 * width:
        return False
    turn = (math.degrees(math.atan2(dy, dx)) + 90.0) % 180.0 - 90.0
    half = np.abs([dx, dy]) / 2.0 + size / 2.0
    box = Box(*(middle - half), *(middle + half))
    if not (page.is_free(box) and plan.inside.holds(box)):
        return False
    rise = math.radians(turn)
    page.text(
        middle[0] + 0.35 * size * math.sin(rise),
        middle[1] - 0.35 * size * math.cos(rise),
        words,
        size=size,
        colour=LIGHT["quiet"],
        across="center",
        turn=turn,
        halo=LIGHT["street"],
        above=4.0,
    )
    page.take(box)
    return True
