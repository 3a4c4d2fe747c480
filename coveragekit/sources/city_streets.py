"""Draw the streets of the made-up city and cut them at their crossings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely

from coveragekit.sources.city_layout import OVERLAP_M, Roads
from coveragekit.sources.city_names import street_names
from coveragekit.sources.city_rules import (
    city_rules,
    draw_words,
    rounded_cm,
    uniform_between,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from coveragekit.sources.city_layout import Layout

__all__ = ["Network", "draw_streets"]

_RANK = (
    *("motorway", "trunk", "primary", "secondary", "tertiary"),
    *("unclassified", "residential", "footway"),
)
_NEAR_EDGE_M = 20.0
_LEAST_M = 6.0
_LEAST_STREET_M = 1.5


@dataclass(frozen=True, slots=True)
class Network:
    """
    Streets from crossing to crossing.

    Parameters
    ----------
    lines
        LineStrings in metres on whole centimetres, each from one node to another.
    classes
        Highway class of each.
    names
        Name of each.
    street
        Number of the street that each is a part of.
    nodes
        Numbers of the first and last node of each, shape ``(n, 2)``.
    border
        Lines at which blocks end although no street runs there, cut at the streets.
    """

    lines: NDArray[np.object_]
    classes: NDArray[np.object_]
    names: NDArray[np.object_]
    street: NDArray[np.int64]
    nodes: NDArray[np.int64]
    border: NDArray[np.object_]


def draw_streets(layout: Layout, rng: np.random.Generator) -> Network:
    """
    Give the streets of a city: its main roads, and each district's own.

    Parameters
    ----------
    layout
        The plan of the city.
    rng
        Generator of random numbers.

    Returns
    -------
    Network
        Streets that meet in nodes and nowhere else.

    Examples
    --------
    >>> from coveragekit.sources.city_layout import lay_out_city
    >>> rng = np.random.default_rng(1)
    >>> made = draw_streets(lay_out_city(500.0, rng), rng)
    >>> bool(len(made.lines) == len(made.nodes) > 20)
    True
    """
    roads = _all_roads(layout, rng)
    lines = _cut_at_crossings(roads, layout)
    source = _source_of(lines, roads)
    lines = _with_dead_ends(lines, np.where(source < 0, "", roads.classes[source]), rng)
    lines, nodes, kept = _joined(shapely.transform(lines, rounded_cm))
    source = source[kept]
    paved = source >= 0
    classes, street = roads.classes[source[paved]], roads.names[source[paved]]
    names = street_names(classes, street, rng)
    return Network(
        lines[paved], classes, names, street, nodes[paved], border=lines[~paved]
    )


def _all_roads(layout: Layout, rng: np.random.Generator) -> Roads:
    """Give the main roads and, after them, the streets inside each district."""
    parts = [layout.roads]
    first = int(layout.roads.names.max(initial=-1)) + 1
    for district, use in zip(layout.districts, layout.uses, strict=True):
        lines, street = _pattern(district, use, rng)
        kind = np.full(len(lines), city_rules()["uses"][use]["class"], dtype=object)
        parts.append(Roads(lines, kind, street + first))
        first += int(street.max(initial=-1)) + 1
    return Roads(
        np.concatenate([part.lines for part in parts]),
        np.concatenate([part.classes for part in parts]),
        np.concatenate([part.names for part in parts]),
    )


def _pattern(
    district: shapely.Polygon, use: str, rng: np.random.Generator
) -> tuple[NDArray[np.object_], NDArray[np.int64]]:
    """Give the streets of one district, each from crossing to crossing, and whose."""
    rules = city_rules()["uses"][use]
    layout = str(draw_words(rules["layouts"], 1, rng)[0])
    short, long = rules["block_m"]
    corners = shapely.get_coordinates(shapely.oriented_envelope(district))
    way = corners[1] - corners[0]
    angle = float(np.arctan2(way[1], way[0]) + rng.normal(0.0, 0.08))
    reach = 0.5 * float(np.hypot(*np.ptp(corners, axis=0))) + long
    x = _spaced(short, reach, rng)
    y = _spaced(long, reach, rng)
    rows, columns = _bent(np.stack(np.meshgrid(x, y), axis=-1), layout, short, rng=rng)
    if layout == "brick":
        shift = 0.5 * short * (np.arange(len(columns)) % 2)
        columns = columns + shift[:, None, None, None] * np.array([1.0, 0.0])
    pieces = [
        rows.reshape(-1, *rows.shape[2:]),
        columns.reshape(-1, *columns.shape[2:]),
    ]
    number_of = [
        np.repeat(np.arange(rows.shape[0]), rows.shape[1]),
        rows.shape[0] + np.tile(np.arange(columns.shape[1]), columns.shape[0]),
    ]
    cos, sin = np.cos(angle), np.sin(angle)
    middle = corners[:4].mean(axis=0)
    lines, streets = [], []
    for piece, number in zip(pieces, number_of, strict=True):
        turned = piece @ np.array([[cos, sin], [-sin, cos]]) + middle
        made, of = _within(shapely.linestrings(turned), district)
        lines.append(made)
        streets.append(number[of])
    return np.concatenate(lines), np.concatenate(streets).astype(np.int64)


def _spaced(
    spacing_m: float, reach_m: float, rng: np.random.Generator
) -> NDArray[np.float64]:
    count = int(np.ceil(2.0 * reach_m / spacing_m)) + 1
    gaps = spacing_m * rng.uniform(0.85, 1.15, count)
    return np.asarray(np.cumsum(gaps) - gaps.sum() / 2.0)


def _bent(
    nodes: NDArray[np.float64],
    layout: str,
    short_m: float,
    *,
    rng: np.random.Generator,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Give the pieces of rows and columns of a grid whose crossings are moved."""
    if layout == "crooked":
        nodes = nodes + rng.normal(0.0, 0.11 * short_m, nodes.shape)
    fine = 6 if layout == "curved" else 1
    t = np.linspace(0.0, 1.0, fine + 1)[:, None]
    rows = nodes[:, :-1, None] * (1.0 - t) + nodes[:, 1:, None] * t
    columns = nodes[:-1, :, None] * (1.0 - t) + nodes[1:, :, None] * t
    if layout != "curved":
        return rows, columns
    phase = rng.uniform(0.0, 2.0 * np.pi, 2)
    wave_m = rng.uniform(330.0, 520.0, 2)
    sway_m = 0.055 * wave_m

    def curved(xy: NDArray[np.float64]) -> NDArray[np.float64]:
        turn = 2.0 * np.pi * xy[..., ::-1] / wave_m + phase
        return np.asarray(xy + sway_m * np.sin(turn))

    return curved(rows), curved(columns)


def _within(
    lines: NDArray[np.object_], district: shapely.Polygon
) -> tuple[NDArray[np.object_], NDArray[np.intp]]:
    """Give the parts of lines inside a district, without those along its edge."""
    reach = district.buffer(OVERLAP_M, join_style="mitre")
    shapely.prepare(reach)
    near = np.flatnonzero(shapely.intersects(reach, lines))
    cut = lines[near]
    crossing = ~shapely.contains_properly(reach, cut)
    cut[crossing] = shapely.intersection(cut[crossing], reach)
    parts, of = shapely.get_parts(cut, return_index=True)
    good = shapely.get_type_id(parts) == shapely.GeometryType.LINESTRING
    good &= shapely.length(parts) > _LEAST_M
    parts, of = parts[good], of[good]
    edge = shapely.get_exterior_ring(district)
    shapely.prepare(edge)
    along = np.stack(
        [
            shapely.distance(
                edge, shapely.line_interpolate_point(parts, at, normalized=True)
            )
            for at in (0.25, 0.5, 0.75)
        ]
    ).reshape(3, -1)
    apart = along.max(axis=0) > np.minimum(_NEAR_EDGE_M, 0.2 * shapely.length(parts))
    return parts[apart], near[of[apart]]


def _cut_at_crossings(roads: Roads, layout: Layout) -> NDArray[np.object_]:
    every = np.concatenate((roads.lines, layout.edges))
    noded = shapely.get_parts(shapely.union_all(every, grid_size=0.01))
    return np.asarray(noded[shapely.length(noded) > 0.0])


def _source_of(lines: NDArray[np.object_], roads: Roads) -> NDArray[np.intp]:
    """Give for each piece the most important road that it is a part of, or -1."""
    order = {kind: place for place, kind in enumerate(_RANK)}
    rank = np.array([order[kind] for kind in roads.classes], dtype=np.int64)
    middles = shapely.line_interpolate_point(lines, 0.5, normalized=True)
    tree = shapely.STRtree(roads.lines)
    piece, road = tree.query(middles, predicate="dwithin", distance=0.05)
    best = np.lexsort((road, rank[road], piece))
    piece, road = piece[best], road[best]
    first = np.flatnonzero(np.diff(piece, prepend=-1))
    source = np.full(len(lines), -1, dtype=np.intp)
    source[piece[first]] = road[first]
    return source


def _with_dead_ends(
    lines: NDArray[np.object_],
    classes: NDArray[np.object_],
    rng: np.random.Generator,
) -> NDArray[np.object_]:
    """Cut some quiet streets short, so that they end between two crossings."""
    share = city_rules()["streets"]["dead_end_share"]
    quiet = (classes == "residential") & (shapely.get_num_coordinates(lines) == 2)
    quiet &= shapely.length(lines) > 60.0
    cut = np.flatnonzero(quiet & (rng.random(len(lines)) < share))
    ends = shapely.get_coordinates(lines[cut]).reshape(-1, 2, 2)
    swap = rng.random(len(cut)) < 0.5
    ends[swap] = ends[swap][:, ::-1]
    reach = uniform_between([0.35, 0.7], len(cut), rng)[:, None]
    ends[:, 1] = ends[:, 0] + reach * (ends[:, 1] - ends[:, 0])
    shortened = lines.copy()
    shortened[cut] = shapely.linestrings(ends)
    return shortened


def _joined(
    lines: NDArray[np.object_],
) -> tuple[NDArray[np.object_], NDArray[np.int64], NDArray[np.bool_]]:
    """Make one crossing of those a step apart; give lines, nodes and who stays."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    nodes = _nodes(lines)
    short = shapely.length(lines) < _LEAST_STREET_M
    count = int(nodes.max(initial=-1)) + 1
    links = coo_array(
        (np.ones(int(short.sum())), (nodes[short, 0], nodes[short, 1])), (count, count)
    )
    joined = connected_components(links, directed=False)[1][nodes]
    kept = joined[:, 0] != joined[:, 1]
    xy, of = shapely.get_coordinates(lines[kept], return_index=True)
    first = np.searchsorted(of, np.arange(int(kept.sum())))
    last = np.append(first[1:], len(of)) - 1
    ends = np.concatenate((first, last))
    node = joined[kept].T.ravel()
    # Every node is where its first line has it; lines come the most important first.
    _, seen, back = np.unique(node, return_index=True, return_inverse=True)
    xy[ends] = xy[ends[seen]][back]
    moved = np.asarray(shapely.linestrings(xy, indices=of), dtype=object)
    # Two that began a step apart and ran side by side may cross now: the first stays.
    _, crossing = shapely.STRtree(moved).query(moved, predicate="crosses")
    other = np.flatnonzero(kept)
    clear = np.ones(len(moved), dtype=np.bool_)
    clear[crossing] = False
    kept[other[~clear]] = False
    return moved[clear], back.reshape(2, -1).T[clear], kept


def _nodes(lines: NDArray[np.object_]) -> NDArray[np.int64]:
    ends = np.stack(
        [
            shapely.get_coordinates(shapely.get_point(lines, 0)),
            shapely.get_coordinates(shapely.get_point(lines, -1)),
        ],
        axis=1,
    )
    _, number = np.unique(
        np.round(ends.reshape(-1, 2) * 100.0).astype(np.int64),
        axis=0,
        return_inverse=True,
    )
    return number.reshape(-1, 2)
