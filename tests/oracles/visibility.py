"""
What a camera sees on a plan, worked out slowly, in ways that can be checked by eye.

Three independent answers to one question, none of which shares an idea with another:

* :func:`ray_distances` meets every ray with every wall (both faces, no index);
* :func:`shadow_isovist` cuts from the open sector the shadow that each wall throws;
* :func:`sees` draws the sight line and asks whether it enters a building.

Directions are degrees clockwise from the grid's north, everything else metres. Plans
are moved so that the camera is the origin before anything is computed: large map
coordinates then cost no precision beyond that of the input.

A sight line or ray that passes within :data:`TOUCH_M` of a corner or runs along a wall
is *uncertain*: both answers are defensible there, and rounding decides. Callers leave
those out of a comparison, and must count them, so that nothing hides behind the excuse.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import shapely
from shapely.affinity import translate
from shapely.geometry import Polygon

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from shapely.geometry.base import BaseGeometry

    Floats = NDArray[np.float64]
    Flags = NDArray[np.bool_]

__all__ = [
    "TOUCH_M",
    "Rays",
    "Verdicts",
    "around",
    "in_reach",
    "is_full_circle",
    "lattice_sight_is_free",
    "ray_distances",
    "sector",
    "sees",
    "shadow_isovist",
    "unit",
    "walls",
]

TOUCH_M = 1e-6
_ARC_STEP_DEG = 0.25


@dataclass(frozen=True)
class Rays:
    """How far each ray goes, whether it is certain, and how squarely it hits."""

    distance_m: Floats
    hits_wall: Flags
    sine: Floats
    certain: Flags


@dataclass(frozen=True)
class Verdicts:
    """Whether each point is seen, and whether that verdict is certain."""

    seen: Flags
    certain: Flags


def unit(direction_deg: float | Floats) -> Floats:
    """Unit vector(s) of a direction clockwise from north: (east, north)."""
    angle = np.radians(np.asarray(direction_deg, dtype=np.float64))
    return np.stack([np.sin(angle), np.cos(angle)], axis=-1)


def is_full_circle(bearing_deg: float, hfov_deg: float) -> bool:
    """Whether a camera looks all round: unknown bearing, or 360 degrees."""
    return math.isnan(bearing_deg) or hfov_deg >= 360.0


def around(
    polygons: Sequence[Polygon], x: float, y: float, range_m: float
) -> list[Polygon]:
    """Give the buildings whose box comes within range, moved to the camera's origin."""
    near = []
    for polygon in polygons:
        minx, miny, maxx, maxy = polygon.bounds
        if (
            minx - x <= range_m
            and x - maxx <= range_m
            and miny - y <= range_m
            and y - maxy <= range_m
        ):
            near.append(translate(polygon, -x, -y))
    return near


def walls(polygons: Sequence[Polygon]) -> Floats:
    """Every wall of every ring, as rows ax, ay, bx, by; walls of no length left out."""
    rows = [np.empty((0, 4))]
    for polygon in polygons:
        for ring in (polygon.exterior, *polygon.interiors):
            corners = np.asarray(ring.coords)[:, :2]
            rows.append(np.hstack([corners[:-1], corners[1:]]))
    every = np.vstack(rows)
    return every[np.any(every[:, :2] != every[:, 2:], axis=1)]


def ray_distances(
    polygons: Sequence[Polygon],
    x: float,
    y: float,
    directions_deg: Floats,
    range_m: float,
    *,
    beyond_m: float = 0.0,
) -> Rays:
    """
    Distance to the first wall along each ray; the range where there is none.

    ``sine`` is that of the angle between ray and wall (1 where nothing is hit). Walls
    met within ``beyond_m`` do not count: that measures an isovist whose own corner is
    the camera. Not for a camera that stands on a wall.
    """
    every = walls(around(polygons, x, y, range_m))
    directions = np.atleast_1d(np.asarray(directions_deg, dtype=np.float64))
    u = unit(directions)[:, None, :]
    a, b = every[None, :, :2], every[None, :, 2:]

    # Where the ends of each wall lie, seen along each ray: ahead, and to the left.
    ahead_a, ahead_b = (a * u).sum(axis=2), (b * u).sum(axis=2)
    left_a = u[..., 0] * a[..., 1] - u[..., 1] * a[..., 0]
    left_b = u[..., 0] * b[..., 1] - u[..., 1] * b[..., 0]

    # A wall is met where its ends lie on either side of the ray (or on it).
    met = (left_a * left_b <= 0.0) & (left_a != left_b)
    share = left_a / np.where(met, left_a - left_b, 1.0)
    ahead = ahead_a + share * (ahead_b - ahead_a)
    ahead = np.where(met & (ahead > beyond_m), ahead, np.inf)
    padded = np.hstack([ahead, np.full((len(directions), 1), range_m)])
    first = np.argmin(padded, axis=1)
    distance = padded[np.arange(len(directions)), first]

    # A corner close to the ray, no further than where it ends, makes it uncertain.
    reach = distance[:, None] + TOUCH_M
    near_a = (np.abs(left_a) <= TOUCH_M) & (ahead_a >= -TOUCH_M) & (ahead_a <= reach)
    near_b = (np.abs(left_b) <= TOUCH_M) & (ahead_b >= -TOUCH_M) & (ahead_b <= reach)
    certain = ~(near_a | near_b).any(axis=1)

    hits_wall = first < len(every)
    length = np.hypot(every[:, 2] - every[:, 0], every[:, 3] - every[:, 1])
    sines = np.hstack([np.abs(left_b - left_a) / length, np.ones((len(directions), 1))])
    sine = sines[np.arange(len(directions)), first]
    return Rays(distance, hits_wall, sine, certain)


def sector(range_m: float, bearing_deg: float, hfov_deg: float) -> Polygon:
    """Give what a camera at the origin would see on an empty plain."""
    if is_full_circle(bearing_deg, hfov_deg):
        steps = math.ceil(360.0 / _ARC_STEP_DEG)
        return Polygon(range_m * unit(np.arange(steps) * 360.0 / steps))
    steps = max(2, math.ceil(hfov_deg / _ARC_STEP_DEG))
    arc = np.linspace(bearing_deg - hfov_deg / 2, bearing_deg + hfov_deg / 2, steps + 1)
    return Polygon([(0.0, 0.0), *(range_m * unit(arc))])


def shadow(wall: Floats, far_m: float) -> Polygon | None:
    """
    Give what a wall hides from the origin: from the wall itself outwards.

    The outer edge has a third point half way, because the straight line between the two
    far ends of a wide shadow would come close to the camera again.
    """
    a, b = wall[:2], wall[2:]
    if abs(a[0] * b[1] - a[1] * b[0]) < 1e-12 * np.hypot(*a) * np.hypot(*b):
        return None
    ua, ub = a / np.hypot(*a), b / np.hypot(*b)
    middle = (ua + ub) / np.hypot(*(ua + ub))
    return Polygon([a, far_m * ua, far_m * middle, far_m * ub, b])


def shadow_isovist(
    polygons: Sequence[Polygon],
    x: float,
    y: float,
    range_m: float,
    bearing_deg: float,
    hfov_deg: float,
) -> BaseGeometry:
    """
    Isovist of a camera in the open: the sector less shadows less buildings.

    Of what is left, the part that touches the camera.
    """
    near = around(polygons, x, y, range_m)
    every = walls(near)
    far_m = 4.0 * max(range_m, np.abs(every).max(initial=0.0))
    shadows = [shadow(wall, far_m) for wall in every]
    hidden = shapely.union_all([*near, *(s for s in shadows if s is not None)])
    left = sector(range_m, bearing_deg, hfov_deg).difference(hidden)
    parts = [part for part in shapely.get_parts(left) if isinstance(part, Polygon)]
    if not parts:
        return Polygon()
    camera = shapely.Point(0.0, 0.0)
    nearest = min(parts, key=lambda part: part.distance(camera))
    # Rounding to map coordinates may fold a hairline crack over itself.
    return shapely.make_valid(translate(nearest, x, y))


def _three_valued(yes: Flags, no: Flags) -> Verdicts:
    """Read "certainly yes" and "certainly no" as one verdict and its certainty."""
    return Verdicts(seen=~no, certain=yes | no)


def in_reach(
    points: Floats, range_m: float, bearing_deg: float, hfov_deg: float
) -> Verdicts:
    """Whether points lie in the sector of a camera at the origin, edges included."""
    distance = np.hypot(points[:, 0], points[:, 1])
    yes = distance <= range_m - TOUCH_M
    no = distance > range_m + TOUCH_M
    if not is_full_circle(bearing_deg, hfov_deg):
        direction = np.degrees(np.arctan2(points[:, 0], points[:, 1]))
        off = np.abs((direction - bearing_deg + 180.0) % 360.0 - 180.0)
        beyond_deg = np.clip(off - hfov_deg / 2, -90.0, 90.0)
        beyond_m = distance * np.sin(np.radians(beyond_deg))
        yes &= beyond_m <= -TOUCH_M
        no |= beyond_m > TOUCH_M
    return _three_valued(yes, no)


def sees(
    points: Floats,
    polygons: Sequence[Polygon],
    camera: tuple[float, float, float, float, float],
) -> Verdicts:
    """
    Whether a camera (x, y, range, bearing, field of view) in the open sees each point.

    A point is seen where it lies in the sector and the line to it enters no building.
    It is certainly hidden where that line goes deeper than :data:`TOUCH_M` into one,
    and certainly in sight where it keeps as far away from all of them.
    """
    x, y, range_m, bearing_deg, hfov_deg = camera
    local = np.asarray(points, dtype=np.float64) - (x, y)
    reach = in_reach(local, range_m, bearing_deg, hfov_deg)

    ends = np.stack([np.zeros_like(local), local], axis=1)
    lines = shapely.linestrings(ends)
    near = around(polygons, x, y, range_m)
    clear = np.ones(len(lines), dtype=bool)
    hidden = np.zeros(len(lines), dtype=bool)
    for polygon in near:
        clear &= ~shapely.dwithin(lines, polygon, TOUCH_M)
    # The union beside the single ones, for lines along the wall that two share. It does
    # not do alone: rounding may leave cracks in it that are thinner than what is cut.
    for solid in (*near, shapely.union_all(near)):
        deep = solid.buffer(-TOUCH_M, join_style="mitre")
        hidden |= shapely.intersects(lines, deep)

    yes = reach.certain & reach.seen & clear
    no = (reach.certain & ~reach.seen) | hidden
    return _three_valued(yes, no)


def lattice_sight_is_free(
    filled: set[tuple[int, int]], here: tuple[int, int], there: tuple[int, int]
) -> bool:
    """
    Whether a sight line keeps out of unit cells, in whole numbers and fractions only.

    A line may touch a wall or a corner and may run along a wall; it may not run along
    the wall between two filled cells, nor through the corner where four of them meet.
    So it is free where no point between its ends lies inside the union of the cells,
    and it is enough to look where it meets a line of the lattice and half way between.
    """
    (x0, y0), (x1, y1) = here, there
    meets = {Fraction(0), Fraction(1)}
    for start, end in ((x0, x1), (y0, y1)):
        if start != end:
            low, high = min(start, end), max(start, end)
            meets |= {Fraction(k - start, end - start) for k in range(low, high + 1)}
    at = sorted(meets)
    halves = [(a + b) / 2 for a, b in pairwise(at)]
    for share in (*at[1:-1], *halves):
        x, y = x0 + share * (x1 - x0), y0 + share * (y1 - y0)
        columns = {math.floor(x), math.ceil(x) - 1}
        rows = {math.floor(y), math.ceil(y) - 1}
        if all((column, row) in filled for column in columns for row in rows):
            return False
    return True
