"""
Whether a mounted camera ended where the written rule allows, judged by the outcome.

The rule: a camera in the open stays. On a wall, on a corner, or inside a footprint
within the mounting depth of an exposed facade (outline outside all other footprints) it
moves to a small distance off the facade that it faces: the first one along its bearing
that leaves the buildings, if near enough, else the nearest exposed one whose outward
normal is within 90 degrees of the bearing; with an unknown bearing the nearest exposed
one. Deeper inside it stays, and sees its room only.

:func:`faults` does not work out where a camera should go. It says, in words, which of
the rule's promises the place it was given breaks.
"""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import shapely
from shapely.geometry import LineString, Point, Polygon
from shapely.geometry.polygon import orient

from tests.oracles.visibility import TOUCH_M, unit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shapely.geometry.base import BaseGeometry

__all__ = ["Facade", "Ground", "Mounted", "facades", "faults"]

_ROUNDING_M = 1e-8


class Mounted(NamedTuple):
    """Where the room put a camera, and what it said about it."""

    x: float
    y: float
    mount: str
    shift_m: float


class Facade(NamedTuple):
    """One straight piece of the outline of all buildings, and which way it faces."""

    line: LineString
    east: float
    north: float


class Ground(NamedTuple):
    """All buildings as one, their facades, and the two distances of the rule."""

    solid: BaseGeometry
    exposed: list[Facade]
    depth_m: float
    stand_off_m: float

    def usable(self, given: Point, bearing_deg: float) -> list[Facade]:
        """Give the facades that face the bearing and have full room before them."""
        return [
            facade
            for facade in self.exposed
            if faces(facade, bearing_deg) > TOUCH_M
            and self.room_m(facade, given) >= self.stand_off_m - _ROUNDING_M
        ]

    def room_m(self, facade: Facade, given: Point) -> float:
        """How far the place off a facade is from every building; 0 if it is in one."""
        return float(self.solid.distance(stand(facade, given, self.stand_off_m)))


def facades(solid: BaseGeometry) -> list[Facade]:
    """Give every exposed piece of wall with its outward unit normal."""
    found = []
    for part in shapely.get_parts(solid):
        if not isinstance(part, Polygon):
            continue
        turned = orient(part)
        for ring in (turned.exterior, *turned.interiors):
            corners = np.asarray(ring.coords)
            for a, b in pairwise(corners):
                length = math.hypot(*(b - a))
                if length > TOUCH_M:
                    east, north = (b[1] - a[1]) / length, (a[0] - b[0]) / length
                    found.append(Facade(LineString([a, b]), east, north))
    return found


def faces(facade: Facade, bearing_deg: float) -> float:
    """Cosine between a facade's outward normal and the bearing; 1 where unknown."""
    if math.isnan(bearing_deg):
        return 1.0
    east, north = unit(bearing_deg)
    return float(east * facade.east + north * facade.north)


def stand(facade: Facade, given: Point, stand_off_m: float) -> Point:
    """Give the place off a facade that is nearest to a camera."""
    foot = facade.line.interpolate(facade.line.project(given))
    return Point(
        foot.x + stand_off_m * facade.east, foot.y + stand_off_m * facade.north
    )


def way_out_m(ground: Ground, given: Point, bearing_deg: float) -> float:
    """
    How far along its bearing a camera comes out in front of a facade with any room.

    Infinite where that is deeper than the mounting depth, or the bearing unknown.
    """
    if math.isnan(bearing_deg):
        return math.inf
    x, y = given.x, given.y
    east, north = ground.depth_m * unit(bearing_deg)
    outside = LineString([(x, y), (x + east, y + north)]).difference(ground.solid)
    pieces = [part for part in shapely.get_parts(outside) if part.length > TOUCH_M]
    starts = [
        Point(min(piece.coords, key=lambda end: given.distance(Point(end))))
        for piece in pieces
    ]
    found = [
        given.distance(start)
        for start in starts
        for facade in ground.exposed
        if facade.line.distance(start) <= TOUCH_M
        and faces(facade, bearing_deg) > -TOUCH_M
        and ground.room_m(facade, start) > 0.0
    ]
    return min(found, default=math.inf)


def _faults_of_moved(
    ground: Ground, given: Point, bearing_deg: float, mounted: Mounted
) -> list[str]:
    found = []
    here = Point(mounted.x, mounted.y)
    if ground.solid.distance(here) <= 0.0:
        found.append("it was moved, but not out of the buildings")
    if given.distance(here) > ground.depth_m + ground.stand_off_m + TOUCH_M:
        found.append("it was moved further than the depth and the stand-off")
    off = [
        facade
        for facade in ground.exposed
        if abs(facade.line.distance(here) - ground.stand_off_m) <= TOUCH_M
    ]
    if not off:
        found.append("no exposed facade lies at the stand-off from it")
    elif max(faces(facade, bearing_deg) for facade in off) < -TOUCH_M:
        found.append("the facade it was moved to faces away from its bearing")
    nearest = min(
        (facade.line.distance(given) for facade in ground.usable(given, bearing_deg)),
        default=math.inf,
    )
    ahead = way_out_m(ground, given, bearing_deg)
    allowed = max(nearest, 0.0 if math.isinf(ahead) else ahead)
    if given.distance(here) > allowed + ground.stand_off_m + TOUCH_M:
        found.append("a nearer facade that it faces was free")
    return found


def _faults_of_inside(ground: Ground, given: Point, bearing_deg: float) -> list[str]:
    return [
        f"{facade.line.wkt} is near, faces its bearing and is free"
        for facade in ground.usable(given, bearing_deg)
        if facade.line.distance(given) < ground.depth_m - TOUCH_M
    ]


def faults(
    polygons: Sequence[Polygon],
    camera: tuple[float, float, float],
    mounted: Mounted,
    *,
    depth_m: float = 6.0,
    stand_off_m: float = 0.1,
) -> list[str]:
    """Give each promise broken for a camera (x, y, bearing); none if all are kept."""
    x, y, bearing_deg = camera
    given = Point(x, y)
    solid = shapely.union_all(list(polygons))
    ground = Ground(solid, facades(solid), depth_m, stand_off_m)
    off_m = math.inf if solid.is_empty else solid.distance(given)
    moved_m = math.hypot(mounted.x - x, mounted.y - y)
    found = []
    if abs(moved_m - mounted.shift_m) > TOUCH_M:
        found.append("the shift it reports is not how far it was moved")
    if mounted.mount in {"open", "inside"} and moved_m > 0.0:
        found.append(f"it is called {mounted.mount}, yet it was moved")
    if mounted.mount != "open" and off_m > TOUCH_M:
        found.append("it stands in the open, yet it was not left there")
    if mounted.mount == "open" and off_m <= 0.0:
        found.append("it stands on or in a building, yet it is called open")
    if mounted.mount in {"facade", "corner"}:
        found += _faults_of_moved(ground, given, bearing_deg, mounted)
    if mounted.mount == "inside":
        found += _faults_of_inside(ground, given, bearing_deg)
    if mounted.mount not in {"open", "facade", "corner", "inside"}:
        found.append(f"{mounted.mount!r} is no kind of mount")
    return found
