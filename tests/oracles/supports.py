"""
Where an event may have happened, worked out slowly: lines, discs and areas as such.

No place is sampled: a support is a geometry, and how surely it is seen is the length or
area of it within the ground seen over all of it. Blocks come from merging each street
and splitting it at every place where other than two straight pieces meet, or where two
names do; nothing is looked up in a grid or a tree.
"""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import shapely
from shapely.geometry import LineString, Point
from shapely.ops import linemerge, split, substring, unary_union

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shapely.geometry.base import BaseGeometry

__all__ = [
    "Block",
    "Street",
    "area_of",
    "arms_of",
    "blocks_of",
    "nearest",
    "share_seen",
]

_TIE_M = 1.0
_ONE_CROSSING_M = 25.0
_ARM_M = 50.0


class Street(NamedTuple):
    """A street's name and its centre line."""

    name: str
    line: LineString


class Block(NamedTuple):
    """A piece of a street between two junctions."""

    name: str
    line: LineString


def _ends_at(streets: Sequence[Street]) -> dict[tuple[float, float], list[str]]:
    """Give for each vertex the name of the street of every straight piece there."""
    names = defaultdict(list)
    pieces = {
        (frozenset(pair), street.name)
        for street in streets
        for pair in pairwise(street.line.coords)
    }
    for pair, name in pieces:
        for vertex in pair:
            names[vertex].append(name)
    return names


def blocks_of(streets: Sequence[Street]) -> list[Block]:
    """Cut streets where they meet others, or end in another name."""
    at = _ends_at(streets)
    cuts = [
        Point(vertex)
        for vertex, names in at.items()
        if len(names) != 2 or len(set(names)) > 1
    ]
    blocks = []
    for name in sorted({street.name for street in streets}):
        lines = [street.line for street in streets if street.name == name]
        whole = unary_union(lines)
        merged = linemerge(whole) if whole.geom_type != "LineString" else whole
        parts = list(getattr(merged, "geoms", [merged]))
        for cut in cuts:
            parts = [
                piece
                for part in parts
                for piece in (
                    split(part, cut).geoms if part.intersects(cut) else [part]
                )
            ]
        blocks += [Block(name, part) for part in parts if part.length > 0.0]
    return blocks


def nearest(
    blocks: Sequence[Block], point: Point, name: str | None, reach_m: float
) -> list[Block]:
    """Give the blocks nearest to a point, of the named street where it is in reach."""
    near = [block for block in blocks if block.line.distance(point) <= reach_m]
    near = [block for block in near if block.name == name] or near
    least = min((block.line.distance(point) for block in near), default=0.0)
    return [block for block in near if block.line.distance(point) <= least + _TIE_M]


def arms_of(
    blocks: Sequence[Block], streets: Sequence[Street], point: Point
) -> tuple[BaseGeometry | None, float]:
    """Give the arms of the crossing nearest to a point, and how far that is."""
    crossings = [
        Point(vertex)
        for vertex, names in _ends_at(streets).items()
        if len(names) > 2 or len(set(names)) > 1
    ]
    if not crossings:
        return None, np.inf
    middle = min(crossings, key=point.distance)
    parts = []
    for block in blocks:
        arm = min(block.line.length / 2.0, _ARM_M)
        first, last = Point(block.line.coords[0]), Point(block.line.coords[-1])
        for node, arm_line in (
            (first, substring(block.line, 0.0, arm)),
            (last, substring(block.line, -arm, block.line.length)),
        ):
            if node in crossings and node.distance(middle) <= _ONE_CROSSING_M:
                parts.append(arm_line)
    return unary_union(parts), middle.distance(point)


def area_of(areas: Sequence[BaseGeometry], point: Point) -> BaseGeometry | None:
    """Give the smallest area that holds a point."""
    holding = [area for area in areas if area.intersects(point)]
    return min(holding, key=lambda area: area.area, default=None)


def share_seen(
    support: BaseGeometry, seen: BaseGeometry, solid: BaseGeometry
) -> tuple[float, float, int]:
    """
    Give how much of a support outside buildings is seen.

    Also its length or area outside buildings, and how many ends the pieces that are
    in the open, and those that are seen, have: each may be off by half a step of
    whoever samples along it.
    """
    ground = support.difference(solid)
    size = ground.length if ground.length and not ground.area else ground.area
    if size == 0.0:
        return np.nan, 0.0, 0
    lit = ground.intersection(seen)
    part = lit.length if not ground.area else lit.area
    ends = 2 * (len(shapely.get_parts(ground)) + len(shapely.get_parts(lit)))
    return part / size, size, ends
