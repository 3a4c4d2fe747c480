"""Lay out the made-up city: its edge, river, main roads and districts."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely
from shapely import LineString, Polygon

from coveragekit.sources.city_rules import city_rules, draw_index

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from shapely.geometry.base import BaseGeometry

__all__ = ["OVERLAP_M", "Layout", "Roads", "lay_out_city"]

# Streets reach so far over the edge of their district that they surely cross it.
OVERLAP_M = 0.05
_STEP_M = 45.0
_AROUND = 360


@dataclass(frozen=True, slots=True)
class Roads:
    """
    Centre lines before they are cut at their crossings.

    Parameters
    ----------
    lines
        LineStrings in metres, shape ``(n,)``.
    classes
        OpenStreetMap's highway class of each, shape ``(n,)``.
    names
        Number of the street that each is a part of, shape ``(n,)``.
    """

    lines: NDArray[np.object_]
    classes: NDArray[np.object_]
    names: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Layout:
    """
    What a city is built on.

    Parameters
    ----------
    radius_m
        Mean radius of the city.
    outline
        Edge of the city, in metres about its middle.
    water
        Polygons of water.
    roads
        The main roads, and the streets between districts.
    edges
        Lines at which blocks end although no street runs there.
    districts
        Polygons that tile the city without its water and the motorway's verges.
    uses
        Use of each district: a key of the rules' ``uses``.
    """

    radius_m: float
    outline: Polygon
    water: NDArray[np.object_]
    roads: Roads
    edges: NDArray[np.object_]
    districts: NDArray[np.object_]
    uses: NDArray[np.object_]


def lay_out_city(radius_m: float, rng: np.random.Generator) -> Layout:
    """
    Give the plan of a city: round with dents, a river, bent radial and ring roads.

    Parameters
    ----------
    radius_m
        Mean radius, metres, above 0.
    rng
        Generator of random numbers.

    Returns
    -------
    Layout
        The plan, its middle at (0, 0).

    Examples
    --------
    >>> plan = lay_out_city(600.0, np.random.default_rng(1))
    >>> bool(0.7 < plan.outline.area / (3.14 * 600.0**2) < 1.4)
    True
    """
    wobble = _wobble(rng)
    outline = Polygon(_ring(np.full(_AROUND, radius_m), wobble, radius_m))
    river, banks = _river(radius_m, outline, rng)
    mains = [*_radials(radius_m, rng), *_rings(radius_m, wobble)]
    mains = [(part, kind) for line, kind in mains for part in _inside(line, outline)]
    mains += [(line, "tertiary") for line in banks]
    edges: list[BaseGeometry] = [outline.exterior]
    barred: BaseGeometry = river
    if radius_m >= city_rules()["ground"]["motorway_radius_m"]:
        motorway, verge = _motorway(radius_m, rng)
        mains += [(line, "motorway") for line in _inside(motorway, outline)]
        edges += _inside(verge, outline)
        barred = barred.union(verge)
    lines = np.array([line for line, _ in mains], dtype=object)
    ends = np.array(edges, dtype=object)
    areas = _faces(np.concatenate((lines, ends)))
    areas = areas[~shapely.contains(barred, shapely.point_on_surface(areas))]
    areas, cuts, classes = _districts(areas, radius_m, rng)
    lines = np.concatenate((lines, cuts))
    kinds = np.array([*(kind for _, kind in mains), *classes], dtype=object)
    roads = Roads(lines, kinds, np.arange(len(lines), dtype=np.int64))
    water = shapely.get_parts(river.intersection(outline))
    uses = _uses(areas, radius_m, rng)
    return Layout(radius_m, outline, water, roads, ends, areas, uses)


def _wobble(rng: np.random.Generator) -> NDArray[np.float64]:
    """Give how far the city reaches in each direction, as a share of its radius."""
    angle = np.linspace(0.0, 2.0 * np.pi, _AROUND, endpoint=False)
    turn = rng.uniform(0.0, 2.0 * np.pi, 3)
    reach = 1.0 + 0.10 * np.sin(2.0 * angle + turn[0])
    reach += 0.06 * np.sin(3.0 * angle + turn[1]) + 0.03 * np.sin(5.0 * angle + turn[2])
    return np.asarray(reach)


def _ring(
    radii_m: NDArray[np.float64], wobble: NDArray[np.float64], radius_m: float
) -> NDArray[np.float64]:
    angle = np.linspace(0.0, 2.0 * np.pi, _AROUND, endpoint=False)
    # Near the middle the rings are rounder than the city's edge.
    reach = radii_m * wobble ** (radii_m / radius_m)
    ring = np.stack([reach * np.cos(angle), reach * np.sin(angle)], axis=1)
    return np.concatenate((ring, ring[:1]))


def _inside(shape: BaseGeometry, outline: Polygon) -> list[BaseGeometry]:
    """Give the parts of a line, or of the edge of a polygon, inside the city."""
    line = shape.boundary if isinstance(shape, Polygon) else shape
    parts = shapely.get_parts(line.intersection(outline))
    return [part for part in parts if part.geom_type == "LineString"]


def _river(
    radius_m: float, outline: Polygon, rng: np.random.Generator
) -> tuple[Polygon, list[BaseGeometry]]:
    """Give the water from edge to edge, and the roads along its banks."""
    rules = city_rules()["ground"]
    low, high = rules["river_width_m"]
    width = float(np.clip(0.035 * radius_m, low, high))
    line = _across(radius_m, 0.3 * radius_m, rng)
    banks = line.buffer(width / 2.0 + rules["bank_m"]).simplify(0.5)
    return Polygon(line.buffer(width / 2.0)), _inside(banks, outline)


def _across(radius_m: float, offset_m: float, rng: np.random.Generator) -> BaseGeometry:
    """Give a winding line through the city, at a distance from its middle."""
    along = np.arange(-1.4 * radius_m, 1.4 * radius_m, _STEP_M)
    phase = rng.uniform(0.0, 2.0 * np.pi, 2)
    aside = offset_m * rng.uniform(0.8, 1.2)
    aside = aside + 0.10 * radius_m * np.sin(2.6 * along / radius_m + phase[0])
    aside = aside + 0.03 * radius_m * np.sin(7.0 * along / radius_m + phase[1])
    turned = _turned(along, aside, rng.uniform(0.0, 2.0 * np.pi))
    return LineString(turned).simplify(0.5)


def _turned(
    x: NDArray[np.float64], y: NDArray[np.float64], angle: float
) -> NDArray[np.float64]:
    cos, sin = math.cos(angle), math.sin(angle)
    return np.stack([cos * x - sin * y, sin * x + cos * y], axis=-1)


def _motorway(
    radius_m: float, rng: np.random.Generator
) -> tuple[BaseGeometry, BaseGeometry]:
    """Give the motorway, and the ground beside it on which nothing stands."""
    line = _across(radius_m, -0.55 * radius_m, rng)
    return line, line.buffer(city_rules()["ground"]["verge_m"]).simplify(0.5)


def _ring_radii(radius_m: float) -> list[float]:
    low, high = city_rules()["ground"]["ring_spacing_m"]
    spacing = float(np.clip(radius_m / 3.0, low, high))
    first = float(np.clip(0.2 * radius_m, 90.0, 260.0))
    return [float(r) for r in np.arange(first, 0.93 * radius_m, spacing)]


def _rings(
    radius_m: float, wobble: NDArray[np.float64]
) -> list[tuple[BaseGeometry, str]]:
    made = []
    for number, radius in enumerate(_ring_radii(radius_m)):
        ring = _ring(np.full(_AROUND, radius), wobble, radius_m)
        kind = "primary" if number == 1 else "secondary"
        made.append((LineString(ring).simplify(0.5), kind))
    return made


def _radials(
    radius_m: float, rng: np.random.Generator
) -> list[tuple[BaseGeometry, str]]:
    """Give bent roads outwards from the innermost ring, more of them further out."""
    radii = _ring_radii(radius_m)
    count = int(np.clip(round(4.0 + radius_m / 1200.0), 4, 9))
    angles = 2.0 * np.pi * (np.arange(count) + rng.uniform(-0.2, 0.2, count)) / count
    starts = np.full(count, radii[0])
    kinds = ["primary"] * count
    for ring in radii[2:]:
        between = np.sort(angles)
        more = (between + np.append(between[1:], between[0] + 2.0 * np.pi)) / 2.0
        if 2.0 * np.pi * ring / len(angles) < 900.0:
            continue
        angles = np.concatenate((angles, more))
        starts = np.concatenate((starts, np.full(len(more), ring)))
        kinds += ["secondary"] * len(more)
    bends = rng.uniform(-0.22, 0.22, len(angles))
    made = []
    for angle, start, bend, kind in zip(angles, starts, bends, kinds, strict=True):
        # The ring itself has dents: a road begins where it is surely inside.
        reach = np.arange(0.9 * start, 1.3 * radius_m, _STEP_M)
        turn = angle + bend * np.sin(2.2 * (reach - start) / radius_m)
        spoke = np.stack([reach * np.cos(turn), reach * np.sin(turn)], axis=1)
        made.append((LineString(spoke).simplify(0.5), kind))
    return made


def _faces(lines: NDArray[np.object_]) -> NDArray[np.object_]:
    noded = shapely.union_all(lines, grid_size=0.01)
    return np.asarray(shapely.get_parts(shapely.polygonize(shapely.get_parts(noded))))


def _districts(
    areas: NDArray[np.object_], radius_m: float, rng: np.random.Generator
) -> tuple[NDArray[np.object_], NDArray[np.object_], NDArray[np.object_]]:
    """Cut large areas in two until none is larger than a district may be."""
    most = min(city_rules()["ground"]["district_m2"], 0.3 * radius_m**2)
    kinds, cuts = [], []
    for round_number in range(12):
        large = shapely.area(areas) > most
        if not large.any():
            break
        line, halves = _halved(areas[large], rng)
        kind = "secondary" if round_number == 0 and radius_m > 2500.0 else "tertiary"
        kinds.append(np.full(len(line), kind, dtype=object))
        cuts.append(line)
        areas = np.concatenate((areas[~large], halves))
    if not cuts:
        nothing = np.empty(0, dtype=object)
        return areas, nothing, nothing
    return areas, np.concatenate(cuts), np.concatenate(kinds)


def _halved(
    areas: NDArray[np.object_], rng: np.random.Generator
) -> tuple[NDArray[np.object_], NDArray[np.object_]]:
    """Cut each area across its long side by a line that is straight or winds."""
    corners = shapely.get_coordinates(shapely.oriented_envelope(areas)).reshape(
        -1, 5, 2
    )
    sides = np.diff(corners, axis=1)[:, :2]
    length = np.hypot(sides[..., 0], sides[..., 1])
    pick = np.argmax(length, axis=1)
    rows = np.arange(len(areas))
    way = sides[rows, pick] / length[rows, pick][:, None]
    across = np.stack([-way[:, 1], way[:, 0]], axis=1)
    middle = shapely.get_coordinates(shapely.centroid(areas))
    reach = length.sum(axis=1)
    t = np.linspace(-1.0, 1.0, 41)
    bend = rng.uniform(0.0, 0.06, len(areas)) * (rng.random(len(areas)) < 0.6)
    phase = rng.uniform(0.0, 2.0 * np.pi, len(areas))
    sway = bend[:, None] * np.sin(6.0 * t[None] + phase[:, None]) * reach[:, None]
    curve = middle[:, None] + (t[None] * reach[:, None])[..., None] * across[:, None]
    curve = curve + sway[..., None] * way[:, None]
    far = 2.0 * reach[:, None] * way
    # Street and districts share one simplified line, or streets would end beside it.
    lines = shapely.simplify(shapely.linestrings(curve), 0.5)
    sides_of = np.array(
        [
            Polygon([*line.coords, line.coords[-1] + away, line.coords[0] + away])
            for line, away in zip(lines, far, strict=True)
        ]
    )
    parts = np.concatenate(
        (shapely.intersection(areas, sides_of), shapely.difference(areas, sides_of))
    )
    pieces = shapely.get_parts(parts)
    pieces = pieces[shapely.get_type_id(pieces) == shapely.GeometryType.POLYGON]
    reach = shapely.buffer(areas, OVERLAP_M, join_style="mitre")
    cut = shapely.get_parts(shapely.intersection(lines, reach))
    cut = cut[shapely.get_type_id(cut) == shapely.GeometryType.LINESTRING]
    return cut, pieces[shapely.area(pieces) > 1.0]


def _uses(
    areas: NDArray[np.object_], radius_m: float, rng: np.random.Generator
) -> NDArray[np.object_]:
    rules = city_rules()["uses"]
    middle = shapely.get_coordinates(shapely.centroid(areas))
    reach = np.hypot(middle[:, 0], middle[:, 1]) / radius_m
    weights = np.stack(
        [
            np.where(
                (reach >= use["reach"][0]) & (reach <= use["reach"][1]),
                use["weight"],
                1e-9,
            )
            for use in rules.values()
        ],
        axis=1,
    )
    names = np.array([*rules], dtype=object)
    drawn = [int(draw_index(row, 1, rng)[0]) for row in weights]
    return names[np.array(drawn, dtype=np.intp)]
