"""
Where a camera may hang, what its picture shows and what it adds, worked out slowly.

Nothing of the house's kernels is used: shapely says what is open and what is free, each
point is put through the lens (:mod:`tests.oracles.footprints`), and what may happen is
enumerated. Where a line only grazes a wall, or a place is just as far off as asked,
rounding decides: such verdicts are *uncertain*, left out of comparisons and counted.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise, product
from typing import TYPE_CHECKING

import numpy as np
import shapely

from tests.oracles.footprints import shows

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from shapely.geometry.base import BaseGeometry

    from coveragekit.siting import Lens, MountRule
    from tests.oracles import footprints

__all__ = ["Spot", "aim_shows", "facade_places", "free", "levels_left", "spread"]

_GRAZE_M = 1e-4
_TOUCH_M = 2e-6
_STREETS = 8


@dataclass(frozen=True)
class Spot:
    """A place before a facade: does a camera there face a street, and is that sure."""

    x: float
    y: float
    faces: bool
    certain: bool


def free(town: BaseGeometry, here: Sequence[float], there: Sequence[float]) -> bool:
    """Tell whether a line enters no building."""
    line = shapely.LineString([here, there])
    return bool(shapely.intersection(line, town).length <= 1e-9)


def surely_free(
    town: BaseGeometry, here: Sequence[float], there: Sequence[float]
) -> tuple[bool, bool]:
    """Tell whether a line is free, and whether walls a hair off would change that."""
    line = shapely.LineString([here, there])
    fat, thin = town.buffer(_GRAZE_M), town.buffer(-_GRAZE_M)
    # It starts before a wall and may end before one: those are no doubt.
    inner = shapely.ops.substring(line, min(0.2, line.length / 3), line.length)
    return free(town, here, there), bool(
        inner.intersects(fat) == inner.intersects(thin)
    )


def facade_places(
    house: shapely.Polygon,
    town: BaseGeometry,
    streets: Sequence[shapely.LineString],
    rule: MountRule,
) -> list[Spot]:
    """Walk round a house and try every place on its walls and corners."""
    spots = []
    for x, y, first, second in _tried(house, rule):
        gap = town.distance(shapely.Point(x, y))
        is_open = gap >= rule.stand_off_m - _TOUCH_M
        certain = abs(gap - (rule.stand_off_m - _TOUCH_M)) > _TOUCH_M / 2
        if not is_open:
            spots.append(Spot(x, y, faces=False, certain=certain))
            continue
        faced = [False, False]
        for foot in _feet((x, y), streets, rule.street_m):
            way = np.array(foot) - (x, y)
            for side, normal in enumerate((first, second)):
                turn = math.degrees(
                    math.acos(np.clip(np.dot(normal, way) / np.hypot(*way), -1.0, 1.0))
                )
                certain &= abs(turn - rule.facing_deg) > 1e-6
                if turn > rule.facing_deg:
                    continue
                sees, sure = surely_free(town, (x, y), foot)
                certain &= sure
                faced[side] |= sees
        spots.append(Spot(x, y, faces=all(faced), certain=certain))
    return spots


def _tried(
    house: shapely.Polygon, rule: MountRule
) -> Iterator[tuple[float, float, np.ndarray, np.ndarray]]:
    off = rule.stand_off_m
    for ring in shapely.get_rings(shapely.orient_polygons(house)):
        corners = np.array(ring.coords)
        edges = [(a, b) for a, b in pairwise(corners) if np.hypot(*(b - a)) > 0.0]
        for a, b in edges:
            long = float(np.hypot(*(b - a)))
            if long < rule.wall_least_m:
                continue
            # The house is on the left of its rings, so open air is on the right.
            normal = np.array([(b - a)[1], -(b - a)[0]]) / long
            pieces = math.ceil(long / rule.step_m - 1e-9) | 1
            for piece in range(pieces):
                x, y = a + (piece + 0.5) / pieces * (b - a) + off * normal
                yield x, y, normal, normal
        for (a, b), (_, c) in zip(edges, [*edges[1:], edges[0]], strict=True):
            if min(np.hypot(*(b - a)), np.hypot(*(c - b))) < rule.wall_least_m:
                continue
            one = np.array([(b - a)[1], -(b - a)[0]]) / np.hypot(*(b - a))
            two = np.array([(c - b)[1], -(c - b)[0]]) / np.hypot(*(c - b))
            turn = math.degrees(
                math.atan2(one[0] * two[1] - one[1] * two[0], one @ two)
            )
            if rule.corner_deg <= turn < 148.0:
                x, y = b + off * (one + two) / (1.0 + one @ two)
                yield x, y, one, two


def _feet(
    here: tuple[float, float], streets: Sequence[shapely.LineString], limit: float
) -> list[tuple[float, float]]:
    point = shapely.Point(here)
    near = sorted(streets, key=point.distance)[:_STREETS]
    feet = [
        street.interpolate(street.project(point))
        for street in near
        if point.distance(street) <= limit
    ]
    return [(foot.x, foot.y) for foot in feet]


def aim_shows(
    town: BaseGeometry,
    foot: Sequence[float],
    lens: Lens,
    pose: tuple[float, float],
    places: np.ndarray,
    *,
    asked: float,
    night: bool,
) -> footprints.Shown:
    """Take a picture from a place, a way (bearing and height) and through a lens."""
    from tests.oracles.footprints import Lens as Optics
    from tests.oracles.footprints import Shown

    bearing, height = pose
    taken = Optics(
        lens.kind,
        bearing,
        lens.tilt_deg,
        lens.hfov_deg,
        lens.vfov_deg,
        lens.width_px,
        height,
        ir_range_m=lens.ir_range_m,
    )
    away = places - np.asarray(foot)
    found = shows(taken, away, asked=asked, target_height_m=1.5, night=night)
    seen, certain = found.shown.copy(), found.certain.copy()
    for row in np.flatnonzero(found.shown | ~found.certain):
        is_free, sure = surely_free(town, foot, places[row])
        seen[row] &= is_free
        certain[row] &= sure
    return Shown(seen, certain)


def levels_left(
    chances: Sequence[float], values: Sequence[float], target: int
) -> list[float]:
    """Go through every way that cameras may see a place, and add up what is left."""
    left = [0.0] * len(values)
    for sees in product((False, True), repeat=len(chances)):
        p = math.prod(
            one if see else 1.0 - one for one, see in zip(chances, sees, strict=True)
        )
        for step in range(len(values)):
            number = sum(sees) + step
            if number < min(len(values), target):
                left[step] += p * values[number]
    return left


def spread(
    gains: Sequence[float], chances: Sequence[float], levels: Sequence[float]
) -> list[float]:
    """Line up what each aim gains, and stop where so much of the chance is passed."""
    out = []
    for level in levels:
        total = 0.0
        for gain, chance in sorted(zip(gains, chances, strict=True)):
            total += chance
            if total >= level - 1e-9:
                out.append(gain)
                break
        else:
            out.append(max(gains))
    return out
