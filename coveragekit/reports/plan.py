"""Draw the plan: the place, the cameras around it, and what stands between."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import shapely

from coveragekit.maps.tokens import LIGHT
from coveragekit.reports.frame import Plan, draw_scale, fit_frame
from coveragekit.reports.labels import draw_cameras, name_streets, name_wall
from coveragekit.reports.page import Box
from coveragekit.reports.symbols import (
    DASHES,
    REST,
    SIGHT,
    ZONE_MESH,
    draw_cross,
    draw_place,
)

if TYPE_CHECKING:
    from coveragekit.reports.evidence import Evidence
    from coveragekit.reports.page import Page

__all__ = ["draw_plan"]

# How wide a way is drawn, metres, by its class.
_STREET_M: Final = 6.0
_NARROW_M: Final = {
    **dict.fromkeys(("footway", "path", "steps", "cycleway", "corridor"), 2.0),
    **dict.fromkeys(("pedestrian", "track", "service", "bridleway"), 3.5),
}


def draw_plan(page: Page, box: Box, evidence: Evidence) -> None:
    """
    Draw the plan into a part of the sheet.

    Parameters
    ----------
    page
        The sheet.
    box
        That part, points.
    evidence
        What is drawn.
    """
    plan = Plan(page, fit_frame(box, evidence), evidence)
    page.box(box, fill=LIGHT["map"], above=1.0)
    _draw_streets(plan)
    _draw_buildings(plan)
    _draw_zones(plan)
    _draw_view(plan)
    draw_scale(plan)
    for row in evidence.shown[::-1]:
        _draw_sight(plan, row)
    x, y = plan.frame.on(evidence.place)
    draw_place(page, (x, y))
    page.take(Box(x - 8.0, y - 8.0, x + 8.0, y + 8.0))
    draw_cameras(plan)
    name_wall(plan)
    name_streets(plan)
    page.box(box, edge=LIGHT["quiet"], width=0.6, above=14.0)


def _draw_streets(plan: Plan) -> None:
    """Draw the ways, all their edges below all their ground, so that they join."""
    ground = plan.frame.ground(20.0)
    streets = plan.evidence.streets
    drawn = shapely.intersection(streets.geometry.to_numpy(), ground)
    for way, highway in zip(drawn, streets["highway"], strict=True):
        wide_m = _NARROW_M.get(str(highway), _STREET_M)
        width = min(max(wide_m * plan.frame.scale, 1.6), 2.7 * wide_m)
        for part in shapely.get_parts(way):
            xy = plan.frame.on(shapely.get_coordinates(part))
            for colour, edge, above in (("line", 1.0, 1.5), ("street", 0.0, 1.6)):
                plan.page.line(
                    xy,
                    colour=LIGHT[colour],
                    width=width + edge,
                    inside=plan.inside,
                    above=above,
                )


def _draw_buildings(plan: Plan) -> None:
    page, inside, wall = plan.page, plan.inside, plan.evidence.wall
    buildings = plan.evidence.buildings
    near = shapely.intersects(buildings.geometry.to_numpy(), plan.frame.ground())
    for name, shape in buildings.loc[near, ["building_id", "geometry"]].to_numpy():
        drawn = plan.frame.shape(shape)
        page.area(
            drawn,
            fill=LIGHT["building"],
            edge=LIGHT["building-line"],
            width=0.6,
            inside=inside,
            above=2.0,
        )
        if name == wall:
            hatch = {"edge": LIGHT["gap"], "width": 0.0, "hatch": "////"}
            page.area(drawn, **hatch, inside=inside, above=2.1)  # type: ignore[arg-type]
            page.area(drawn, edge=LIGHT["ink"], width=1.5, inside=inside, above=2.2)


def _draw_zones(plan: Plan) -> None:
    """Draw the places that no camera may look into, meshed."""
    zones = plan.evidence.zones.geometry.to_numpy()
    for shape in zones[shapely.intersects(zones, plan.frame.ground())]:
        drawn = plan.frame.shape(shape)
        quiet = LIGHT["quiet"]
        mesh = {"edge": quiet, "width": 0.0, "hatch": ZONE_MESH}
        plan.page.area(drawn, **mesh, inside=plan.inside, above=2.3)  # type: ignore[arg-type]
        dashes = (1.6, 1.6)
        plan.page.area(
            drawn, edge=quiet, width=0.8, dashes=dashes, inside=plan.inside, above=2.4
        )


def _draw_view(plan: Plan) -> None:
    """Draw what the chosen camera sees; dashed where it may look any way."""
    view, chosen = plan.evidence.view, plan.evidence.chosen
    if view is None or chosen is None:
        return
    page, inside, accent = plan.page, plan.inside, LIGHT["accent"]
    drawn = plan.frame.shape(view)
    page.area(drawn, fill=accent, opacity=0.10, inside=inside, above=2.5)
    if plan.evidence.camera(chosen)["has_bearing"]:
        page.area(drawn, edge=accent, width=0.8, inside=inside, above=2.6)
    else:
        dashes = (2.0, 2.0)
        page.area(
            drawn, edge=accent, width=0.8, dashes=dashes, inside=inside, above=2.6
        )


def _draw_sight(plan: Plan, row: int) -> None:
    """Draw the line from a camera to the place, solid, dashed or as far as a wall."""
    camera = plan.evidence.camera(row)
    page, inside = plan.page, plan.inside
    sees = str(camera["verdict"]).startswith("sees")
    is_chosen = row == plan.evidence.chosen
    width, above = (1.7, 9.0) if is_chosen else (0.8, 7.0)
    eye, place = plan.at(row), plan.frame.on(plan.evidence.place)
    colour = SIGHT[sees]
    if sees:
        ends = [eye, place]
        page.line(ends, colour=colour, width=width, inside=inside, above=above)
        return
    stop, far = float(camera["blocked_at_m"]), float(camera["distance_m"])
    share = min(stop / far, 1.0) if np.isfinite(stop) and far > 0.0 else 1.0
    wall = eye + (place - eye) * share
    dashes = DASHES
    free = [eye, wall]
    page.line(
        free, colour=colour, width=width, dashes=dashes, inside=inside, above=above
    )
    if not np.isfinite(stop):
        return
    rest = [wall, place]
    width = 0.9 if is_chosen else 0.5
    page.line(rest, colour=colour, width=width, dashes=REST, inside=inside, above=above)
    if not is_chosen and np.hypot(*(wall - eye)) < 8.0:
        # So near its camera a cross would hide the camera.
        return
    x, y = wall
    cross = Box(x - 4.0, y - 4.0, x + 4.0, y + 4.0)
    if inside.holds(cross):
        draw_cross(page, (x, y), radius=4.2 if is_chosen else 2.6)
        page.take(cross)
