"""
Hypothesis strategies for scenes: buildings of every nasty kind, cameras anywhere.

A scene is drawn on small whole numbers, so that touching, overlapping and aligned walls
are common rather than rare, and is then moved to where real maps have their origin.
"""

from __future__ import annotations

import math
import os
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from shapely.affinity import rotate, translate
from shapely.geometry import Point, Polygon, box

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

__all__ = [
    "CRS",
    "DENSE",
    "OFFSETS",
    "Camera",
    "Scene",
    "buildings",
    "cameras",
    "dense_scene",
    "examples",
    "isovist_sets",
    "lattices",
    "neighbourhood",
    "scene_of",
    "scenes",
    "targets",
]

CRS = "EPSG:32616"
SIDE_M = 80
OFFSETS = ((0.0, 0.0), (500000.0, 5400000.0), (744321.25, 3735017.75))


def examples(count: int) -> settings:
    """
    Settings for ``count`` examples, the same in every run.

    With ``COVERAGEKIT_EXAMPLES=20`` twenty times as many are drawn, each run others.
    """
    times = int(os.environ.get("COVERAGEKIT_EXAMPLES", "1"))
    return settings(
        max_examples=count * times,
        derandomize=times == 1,
        deadline=None,
        database=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )


@dataclass(frozen=True)
class Camera:
    """Where a camera stands, where it looks, and how far."""

    x: float
    y: float
    bearing_deg: float = math.nan
    hfov_deg: float = 360.0
    range_m: float = 50.0


@dataclass(frozen=True)
class Scene:
    """Buildings and cameras of one plan, already at their place on the map."""

    polygons: tuple[Polygon, ...]
    cameras: tuple[Camera, ...]
    offset: tuple[float, float] = (0.0, 0.0)

    def buildings_table(self) -> gpd.GeoDataFrame:
        """Give the buildings as the rooms want them."""
        names = [f"b{number}" for number in range(len(self.polygons))]
        return gpd.GeoDataFrame(
            {"building_id": pd.Series(names, dtype="str")},
            geometry=list(self.polygons),
            crs=CRS,
        )

    def cameras_table(self) -> gpd.GeoDataFrame:
        """Give the cameras as the rooms want them, on an index that is not 0, 1, 2."""
        names = [f"c{number}" for number in range(len(self.cameras))]
        return gpd.GeoDataFrame(
            {
                "camera_id": pd.Series(names, dtype="str"),
                "bearing_deg": np.array([c.bearing_deg for c in self.cameras], float),
                "hfov_deg": np.array([c.hfov_deg for c in self.cameras], float),
                "range_m": np.array([c.range_m for c in self.cameras], float),
            },
            geometry=[Point(c.x, c.y) for c in self.cameras],
            crs=CRS,
        ).set_index("camera_id", drop=False)


def scene_of(
    polygons: Sequence[Polygon],
    cameras_: Sequence[Camera],
    offset: tuple[float, float] = (0.0, 0.0),
) -> Scene:
    """Give a scene drawn at the origin and moved by ``offset``."""
    dx, dy = offset
    return Scene(
        tuple(translate(polygon, dx, dy) for polygon in polygons),
        tuple(
            Camera(c.x + dx, c.y + dy, c.bearing_deg, c.hfov_deg, c.range_m)
            for c in cameras_
        ),
        offset,
    )


# Buildings.

_corner = st.integers(0, SIDE_M)
_size = st.integers(1, 25)


@st.composite
def rectangles(draw: st.DrawFn) -> Polygon:
    """Rectangles along the axes."""
    x, y = draw(_corner), draw(_corner)
    return box(x, y, x + draw(_size), y + draw(_size))


@st.composite
def turned_rectangles(draw: st.DrawFn) -> Polygon:
    """Rectangles at any whole angle."""
    return rotate(draw(rectangles()), draw(st.integers(1, 89)))


@st.composite
def slivers(draw: st.DrawFn) -> Polygon:
    """Walls a millimetre to ten centimetres thick, at any angle."""
    x, y = draw(_corner), draw(_corner)
    thick = draw(st.sampled_from((0.001, 0.01, 0.1)))
    wall = box(x, y, x + draw(st.integers(2, 50)), y + thick)
    return rotate(wall, draw(st.integers(0, 179)))


@st.composite
def ells(draw: st.DrawFn) -> Polygon:
    """L shapes: one inner corner."""
    x, y = draw(_corner), draw(_corner)
    width, height = draw(st.integers(2, 25)), draw(st.integers(2, 25))
    inner_x = x + draw(st.integers(1, width - 1))
    inner_y = y + draw(st.integers(1, height - 1))
    corners = [
        (x, y),
        (x + width, y),
        (x + width, inner_y),
        (inner_x, inner_y),
        (inner_x, y + height),
        (x, y + height),
    ]
    return rotate(Polygon(corners), 90 * draw(st.integers(0, 3)), origin=(x, y))


@st.composite
def courtyards(draw: st.DrawFn) -> Polygon:
    """Buildings round a court, which may be wider than their wings."""
    x, y = draw(_corner), draw(_corner)
    width, height = draw(st.integers(5, 40)), draw(st.integers(5, 40))
    wing = draw(st.integers(1, (min(width, height) - 1) // 2))
    outer = box(x, y, x + width, y + height)
    court = box(x + wing, y + wing, x + width - wing, y + height - wing)
    return Polygon(outer.exterior.coords, [court.exterior.coords])


@st.composite
def lattices(draw: st.DrawFn) -> list[Polygon]:
    """Blocks of equal cells that share walls and corners, some left out."""
    across, up = draw(st.integers(1, 5)), draw(st.integers(1, 5))
    cell = draw(st.sampled_from((5, 10)))
    x, y = draw(_corner), draw(_corner)
    kept = draw(st.lists(st.booleans(), min_size=across * up, max_size=across * up))
    cells = [(i, j) for i in range(across) for j in range(up)]
    return [
        box(x + i * cell, y + j * cell, x + (i + 1) * cell, y + (j + 1) * cell)
        for (i, j), keep in zip(cells, kept, strict=True)
        if keep
    ]


def _repeat_corner(polygon: Polygon, corner: int, *, turn: bool) -> Polygon:
    """Give the outline with one corner twice, and the other way round if asked."""
    ring = list(polygon.exterior.coords)[:-1]
    corner %= len(ring)
    ring = [*ring[: corner + 1], ring[corner], *ring[corner + 1 :]]
    holes = [list(hole.coords) for hole in polygon.interiors]
    if turn:
        ring.reverse()
    return Polygon(ring, holes)


_single = st.one_of(rectangles(), turned_rectangles(), ells(), courtyards(), slivers())


@st.composite
def buildings(draw: st.DrawFn) -> list[Polygon]:
    """Sets of buildings: lone, touching, overlapping, doubled, badly digitised."""
    polygons = draw(st.lists(_single, min_size=0, max_size=8))
    if draw(st.booleans()):
        polygons += draw(lattices())
    if polygons and draw(st.booleans()):
        polygons.append(draw(st.sampled_from(polygons)))
    if polygons and draw(st.booleans()):
        number = draw(st.integers(0, len(polygons) - 1))
        corner = draw(st.integers(0, 7))
        polygons[number] = _repeat_corner(
            polygons[number], corner, turn=draw(st.booleans())
        )
    return [polygon for polygon in polygons if polygon.is_valid]


# Cameras.

_bearings = st.one_of(
    st.just(math.nan),
    st.sampled_from((0.0, 45.0, 90.0, 135.0, 180.0, 270.0, 359.0)),
    st.floats(0.0, 360.0, exclude_max=True).map(lambda value: round(value, 3)),
)
_fields = st.one_of(
    st.sampled_from((1.0, 30.0, 90.0, 179.0, 180.0, 181.0, 270.0, 359.0, 360.0)),
    st.floats(1.0, 360.0).map(lambda value: round(value, 3)),
)
_ranges = st.one_of(
    st.sampled_from((1.0, 10.0, 25.0, 100.0)),
    st.floats(0.5, 120.0).map(lambda value: round(value, 3)),
)
_fine = st.floats(-10.0, SIDE_M + 10.0).map(lambda value: round(value, 2))
_whole = st.integers(-10, SIDE_M + 10).map(float)
_places = ("anywhere", "whole", "wall", "corner", "inside", "facade")


def _beside(polygon: Polygon, share: float, off_m: float) -> tuple[float, float]:
    """Give a place ``off_m`` to the right of the outline, at a share of its length."""
    ring = shapely.geometry.polygon.orient(polygon).exterior
    at = share * ring.length
    here, ahead = ring.interpolate(at), ring.interpolate((at + 1e-4) % ring.length)
    length = math.hypot(ahead.x - here.x, ahead.y - here.y)
    east, north = (ahead.x - here.x) / length, (ahead.y - here.y) / length
    return here.x + off_m * north, here.y - off_m * east


@st.composite
def _positions(
    draw: st.DrawFn, polygons: Sequence[Polygon], places: Sequence[str]
) -> tuple[float, float]:
    """Places anywhere, or by choice at, on and in one of the buildings."""
    place = draw(st.sampled_from(places))
    if place == "whole":
        return draw(_whole), draw(_whole)
    if place == "anywhere" or not polygons:
        return draw(_fine), draw(_fine)
    polygon = draw(st.sampled_from(polygons))
    if place == "corner":
        corners = list(polygon.exterior.coords)
        for hole in polygon.interiors:
            corners += list(hole.coords)
        return draw(st.sampled_from(corners))
    if place == "inside":
        minx, miny, maxx, maxy = polygon.bounds
        x = minx + draw(st.floats(0.0, 1.0)) * (maxx - minx)
        y = miny + draw(st.floats(0.0, 1.0)) * (maxy - miny)
        if polygon.contains(Point(x, y)):
            return x, y
        middle = polygon.representative_point()
        return middle.x, middle.y
    share = draw(st.floats(0.0, 1.0, exclude_max=True))
    return _beside(polygon, share, 0.0 if place == "wall" else 0.3)


@st.composite
def cameras(
    draw: st.DrawFn, polygons: Sequence[Polygon], places: Sequence[str] = _places
) -> Camera:
    """Cameras anywhere, on walls, on corners, inside; every bearing and range."""
    x, y = draw(_positions(polygons, places))
    return Camera(x, y, draw(_bearings), draw(_fields), draw(_ranges))


@st.composite
def scenes(
    draw: st.DrawFn,
    *,
    places: Sequence[str] = _places,
    buildings_: st.SearchStrategy[list[Polygon]] | None = None,
    at_most: int = 4,
) -> Scene:
    """Whole plans at one of the offsets of :data:`OFFSETS`."""
    polygons = draw(buildings() if buildings_ is None else buildings_)
    placed = draw(st.lists(cameras(polygons, places), min_size=1, max_size=at_most))
    return scene_of(polygons, placed, draw(st.sampled_from(OFFSETS)))


@st.composite
def targets(draw: st.DrawFn, scene: Scene, count: int = 60) -> NDArray[np.float64]:
    """Points on the scene: half of them anywhere, half on whole coordinates."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    points = rng.uniform(-20.0, SIDE_M + 20.0, size=(count, 2))
    points[::2] = np.round(points[::2])
    return points + np.array(scene.offset)


# Dense scenes, by kind and seed: what the strategies above reach only by luck.


def _lattice(rng: np.random.Generator) -> list[Polygon]:
    """Ten-metre cells that share walls and corners, half of them built."""
    cells = np.argwhere(rng.random((10, 10)) < 0.45) * 10.0
    return [box(x, y, x + 10.0, y + 10.0) for x, y in cells]


def _overlapping(rng: np.random.Generator) -> list[Polygon]:
    """Turned rectangles, most of which overlap another."""
    made = []
    for x, y, width, height in rng.uniform((0, 0, 3, 3), (100, 100, 20, 20), (40, 4)):
        turned = rotate(box(x, y, x + width, y + height), rng.uniform(0.0, 90.0))
        made.append(turned)
    return made


def _courts(rng: np.random.Generator) -> list[Polygon]:
    """Buildings round courts, some with a pavilion in the court."""
    made = []
    for x in range(0, 100, 34):
        for y in range(0, 100, 34):
            wing = rng.uniform(2.0, 8.0)
            outer = box(x, y, x + 28.0, y + 28.0)
            court = box(x + wing, y + wing, x + 28.0 - wing, y + 28.0 - wing)
            angle = rng.uniform(0.0, 90.0)
            middle = outer.centroid
            made.append(rotate(outer.difference(court), angle, origin=middle))
            if rng.random() < 0.5:
                pavilion = rotate(middle.buffer(2.0, quad_segs=2), angle)
                made.append(pavilion)
    return made


def _rows(rng: np.random.Generator) -> list[Polygon]:
    """Turned rows of houses with party walls, their fronts not quite in line."""
    made = []
    for y in range(0, 100, 22):
        row, x = [], 0.0
        while x < 100.0:
            width, depth = rng.uniform(4.0, 9.0), rng.uniform(8.0, 14.0)
            if rng.random() < 0.85:
                row.append(box(x, y, x + width, y + depth))
            x += width
        angle = rng.uniform(-8.0, 8.0)
        made += [rotate(house, angle, origin=(50.0, y)) for house in row]
    return made


def _doubled(rng: np.random.Generator) -> list[Polygon]:
    """Lone houses, each there twice: the same, or turned, or with a corner doubled."""
    made = []
    for house in _overlapping(rng)[:20]:
        ring = list(house.exterior.coords)[:-1]
        start = int(rng.integers(0, 4))
        made += [
            house,
            _repeat_corner(Polygon(ring[start:] + ring[:start]), 1, turn=True),
        ]
    return made


def _fences(rng: np.random.Generator) -> list[Polygon]:
    """Walls between a millimetre and ten centimetres thick, crossing each other."""
    made = []
    for x, y, length in rng.uniform((0, 0, 5), (100, 100, 40), (25, 3)):
        thick = 10.0 ** rng.uniform(-3.0, -1.0)
        made.append(rotate(box(x, y, x + length, y + thick), rng.uniform(0.0, 180.0)))
    return made


DENSE: Mapping[str, Callable[[np.random.Generator], list[Polygon]]] = {
    "lattice": _lattice,
    "overlapping": _overlapping,
    "courts": _courts,
    "rows": _rows,
    "doubled": _doubled,
    "fences": _fences,
}


def _placed(
    rng: np.random.Generator, polygons: Sequence[Polygon], count: int, *, whole: bool
) -> list[Camera]:
    """Give cameras by turns anywhere, off a facade, on a wall and on a corner."""
    minx, miny, maxx, maxy = shapely.total_bounds(list(polygons))
    placed = []
    for number in range(count):
        x = rng.uniform(minx - 10.0, maxx + 10.0)
        y = rng.uniform(miny - 10.0, maxy + 10.0)
        polygon = polygons[int(rng.integers(len(polygons)))]
        if number % 4 == 1:
            x, y = _beside(polygon, rng.random(), 0.3)
        elif number % 4 == 2:
            x, y = _beside(polygon, rng.random(), 0.0)
        elif number % 4 == 3:
            corners = polygon.exterior.coords
            x, y = corners[int(rng.integers(len(corners)))][:2]
        if whole and number % 2:
            x, y = np.round((x, y))
        known = rng.random() < 0.7
        placed.append(
            Camera(
                float(x),
                float(y),
                float(rng.uniform(0.0, 360.0)) if known else math.nan,
                float(rng.choice([30.0, 70.0, 90.0, 180.0, 250.0, 360.0])),
                float(rng.uniform(5.0, 100.0)),
            )
        )
    return placed


def dense_scene(kind: str, seed: int, count: int = 12) -> Scene:
    """Give the scene of a kind and a seed; cameras anywhere, at and in buildings."""
    rng = np.random.default_rng([seed, *kind.encode()])
    polygons = DENSE[kind](rng)
    placed = _placed(rng, polygons, count, whole=kind == "lattice")
    return scene_of(polygons, placed, OFFSETS[seed % len(OFFSETS)])


def neighbourhood(folder: Path, seed: int, count: int) -> Scene:
    """Give a real neighbourhood (Reynoldstown, Atlanta) with cameras of all places."""
    rng = np.random.default_rng(seed)
    place = folder / "atlanta_osm_reynoldstown"
    polygons: list[Polygon] = []
    for name in ("houses", "otherBuildings", "apartments"):
        table = gpd.read_file(place / f"{name}.geojson").to_crs(CRS)
        valid = shapely.make_valid(shapely.force_2d(table.geometry.to_numpy()))
        parts = shapely.get_parts(valid)
        polygons += [part for part in parts if isinstance(part, Polygon)]
    placed = _placed(rng, polygons, count, whole=False)
    for number in range(0, count, 8):
        inside = polygons[int(rng.integers(len(polygons)))].representative_point()
        placed[number] = replace(placed[number], x=inside.x, y=inside.y)
    for number in range(0, count, 24):
        placed[number] = replace(placed[number], range_m=400.0)
    return Scene(tuple(polygons), tuple(placed))


# Isovists, for the rooms that count them.


def _star(rng: np.random.Generator, side: float, *, snapped: bool) -> Polygon:
    """Give a polygon that a camera in its middle sees whole."""
    angles = np.sort(rng.uniform(0.0, 2.0 * np.pi, rng.integers(3, 20)))
    reach = rng.uniform(0.05, 0.4, len(angles)) * side
    middle = rng.uniform(0.0, side, 2)
    ring = middle + reach[:, None] * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    return Polygon(np.round(2.0 * ring) / 2.0 if snapped else ring)


@st.composite
def isovist_sets(
    draw: st.DrawFn, *, at_most: int = 12, snapped: bool | None = None
) -> list[Polygon]:
    """Star-shaped polygons, their corners on half metres if ``snapped``."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    count = draw(st.integers(0, at_most))
    if snapped is None:
        snapped = draw(st.booleans())
    made = [_star(rng, 40.0, snapped=snapped) for _ in range(count)]
    if made and draw(st.booleans()):
        made.append(made[0])
    return [polygon for polygon in made if polygon.is_valid and polygon.area > 0.0]
