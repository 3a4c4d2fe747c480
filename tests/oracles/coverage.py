"""
How much is covered, worked out slowly: point in polygon, exact union, exact cut.

No raster is drawn and nothing is swept: every cell centre is asked of every isovist,
areas come from the exact union, streets are cut where isovists begin and end, and gaps
are the connected parts of a graph with one node per empty cell.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import networkx as nx
import numpy as np
import shapely

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from shapely.geometry import LineString, Polygon
    from shapely.geometry.base import BaseGeometry

    Floats = NDArray[np.float64]
    Flags = NDArray[np.bool_]

__all__ = [
    "connected_parts",
    "covered_area_m2",
    "held_by",
    "held_by_rule",
    "on_edge",
    "probability_seen",
    "seen_length_m",
    "sum_of_probability",
]

EDGE_M = 1e-9


def held_by(isovists: Sequence[Polygon], points: Floats) -> Flags:
    """Whether each point lies in each isovist, shape (points, isovists)."""
    where = shapely.points(points)
    columns = [shapely.intersects(isovist, where) for isovist in isovists]
    return np.array(columns, dtype=bool).reshape(len(isovists), len(points)).T


def on_edge(isovists: Sequence[Polygon], points: Floats) -> Flags:
    """Whether each point lies on the edge of some isovist, where sides are a rule."""
    edges = shapely.union_all([isovist.boundary for isovist in isovists])
    if shapely.is_empty(edges):
        return np.zeros(len(points), dtype=bool)
    shapely.prepare(edges)
    return shapely.dwithin(edges, shapely.points(points), EDGE_M)


def sum_of_probability(
    isovists: Sequence[Polygon], probability: Floats, points: Floats
) -> Floats:
    """Give the multiplicity at each point."""
    return held_by(isovists, points) @ np.asarray(probability, dtype=np.float64)


def probability_seen(
    isovists: Sequence[Polygon], probability: Floats, points: Floats
) -> Floats:
    """Give 1 - prod(1 - p) over the isovists that hold each point."""
    missed = np.ones(len(points))
    for held, p in zip(held_by(isovists, points).T, probability, strict=True):
        missed[held] *= 1.0 - p
    return 1.0 - missed


def covered_area_m2(isovists: Sequence[Polygon], within: BaseGeometry) -> float:
    """Area of the exact union of all isovists inside a region."""
    return float(shapely.union_all(list(isovists)).intersection(within).area)


def seen_length_m(
    street: LineString, isovists: Sequence[Polygon], probability: Floats
) -> float:
    """Length of a street, each piece weighted by its probability of being seen."""
    parts: list[BaseGeometry] = [street]
    for isovist in isovists:
        cut = [part.intersection(isovist) for part in parts]
        cut += [part.difference(isovist) for part in parts]
        parts = [part for part in shapely.get_parts(cut) if part.length > 0.0]
    if not parts:
        return 0.0
    middles = shapely.line_interpolate_point(parts, 0.5, normalized=True)
    weights = probability_seen(isovists, probability, shapely.get_coordinates(middles))
    return float(np.sum(shapely.length(parts) * weights))


def connected_parts(empty: Flags, *, diagonal: bool) -> list[set[tuple[int, int]]]:
    """Give the connected parts of a raster's empty cells, as sets of (row, column)."""
    cells = {(int(row), int(column)) for row, column in np.argwhere(empty)}
    graph: nx.Graph[tuple[int, int]] = nx.Graph()
    graph.add_nodes_from(cells)
    steps = [(0, 1), (1, 0)] + ([(1, 1), (1, -1)] if diagonal else [])
    for row, column in cells:
        for down, right in steps:
            if (row + down, column + right) in cells:
                graph.add_edge((row, column), (row + down, column + right))
    return list(nx.connected_components(graph))


def held_by_rule(isovists: Sequence[Polygon], points: Floats) -> Flags:
    """
    Whether each point lies in each isovist, edges judged by the written rule.

    A point on an edge belongs to what lies east of the edge, or north of a level one:
    that is where it comes to lie when it moves a hair to the east and, far less, to the
    north. Exact for corners and points on small multiples of a half.
    """
    hair = np.array([1e-6, 1e-9])
    return held_by(isovists, points + hair)
