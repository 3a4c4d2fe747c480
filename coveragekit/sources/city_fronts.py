"""Find the street front, the address and an inner point of each building."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from coveragekit.sources.city_buildings import Houses
    from coveragekit.sources.city_streets import Network

__all__ = ["Fronts", "find_fronts"]

_LEAST_WALL_M = 2.0
_PLOT_M = 7.0


@dataclass(frozen=True, slots=True)
class Fronts:
    """
    Where buildings face their streets.

    Parameters
    ----------
    edge
        Row of the street that each building faces.
    wall
        First and last corner of the wall that faces it, shape ``(n, 2, 2)``.
    out
        Unit vector out of that wall, shape ``(n, 2)``.
    inner
        A point inside each building, shape ``(n, 2)``.
    address
        House number and street name.
    """

    edge: NDArray[np.intp]
    wall: NDArray[np.float64]
    out: NDArray[np.float64]
    inner: NDArray[np.float64]
    address: NDArray[np.object_]

    def at_wall(
        self,
        building: NDArray[np.intp],
        share: NDArray[np.float64],
        *,
        off_m: float,
    ) -> NDArray[np.float64]:
        """
        Give points in front of walls.

        Parameters
        ----------
        building
            Rows of buildings.
        share
            Where along the wall, 0 to 1.
        off_m
            How far out of the wall, metres.

        Returns
        -------
        numpy.ndarray
            Points, shape ``(n, 2)``.
        """
        a, b = self.wall[building, 0], self.wall[building, 1]
        return np.asarray(a + share[:, None] * (b - a) + off_m * self.out[building])


def find_fronts(houses: Houses, network: Network) -> Fronts:
    """
    Give the front of each building: the wall that looks to the nearest street.

    Parameters
    ----------
    houses
        The buildings.
    network
        The streets.

    Returns
    -------
    Fronts
        One for each building.

    Examples
    --------
    >>> from coveragekit.sources.city_buildings import Houses
    >>> from coveragekit.sources.city_streets import Network
    >>> one = Houses(np.array([shapely.box(0, 5, 4, 9)]), np.array(["homes"]),
    ...     np.array([2.0]), np.array([6.0]))
    >>> street = Network(np.array([shapely.LineString([(-9, 0), (9, 0)])]),
    ...     np.array(["residential"], dtype=object), np.array(["Elm Street"],
    ...     dtype=object), np.array([0]), np.array([[0, 1]]), np.empty(0, dtype=object))
    >>> find_fronts(one, street).out.tolist()
    [[0.0, -1.0]]
    """
    shapes = houses.shapes
    middle = shapely.get_coordinates(shapely.centroid(shapes))
    usable = np.flatnonzero(network.classes != "motorway")
    tree = shapely.STRtree(network.lines[usable])
    points = shapely.points(middle)
    _, nearest = tree.query_nearest(points, all_matches=False)
    edge = usable[nearest]
    along = shapely.line_locate_point(network.lines[edge], points)
    foot = shapely.get_coordinates(
        shapely.line_interpolate_point(network.lines[edge], along)
    )
    wall, out = _front_walls(shapes, foot - middle, foot)
    inner = np.where(
        shapely.contains_xy(shapes, middle)[:, None],
        middle,
        shapely.get_coordinates(shapely.point_on_surface(shapes)),
    )
    return Fronts(edge, wall, out, inner, _addresses(network, edge, middle, foot=foot))


def _front_walls(
    shapes: NDArray[np.object_], way: NDArray[np.float64], foot: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    rings = shapely.get_exterior_ring(shapely.orient_polygons(shapes))
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    same = ring[1:] == ring[:-1]
    a, b, owner = xy[:-1][same], xy[1:][same], ring[:-1][same]
    step = b - a
    length = np.hypot(step[:, 0], step[:, 1])
    out = np.stack([step[:, 1], -step[:, 0]], axis=1) / length[:, None]
    toward = way / np.maximum(np.hypot(way[:, 0], way[:, 1]), 1e-9)[:, None]
    apart = np.hypot(*(0.5 * (a + b) - foot[owner]).T)
    score = (out * toward[owner]).sum(axis=1) - 0.02 * apart
    score += 0.01 * np.minimum(length, 20.0) - 2.0 * (length < _LEAST_WALL_M)
    order = np.lexsort((-score, owner))
    first = order[np.flatnonzero(np.diff(owner[order], prepend=-1))]
    return np.stack([a[first], b[first]], axis=1), out[first]


def _addresses(
    network: Network,
    edge: NDArray[np.intp],
    middle: NDArray[np.float64],
    *,
    foot: NDArray[np.float64],
) -> NDArray[np.object_]:
    """Give house numbers that grow along each street, even on one side of it."""
    ends = shapely.get_coordinates(shapely.get_point(network.lines, 0))
    last = shapely.get_coordinates(shapely.get_point(network.lines, -1))
    step = (last - ends)[edge]
    aside = middle - foot
    left = step[:, 0] * aside[:, 1] - step[:, 1] * aside[:, 0] > 0.0
    street = network.street[edge]
    count = int(network.street.max(initial=0)) + 1
    total = np.zeros((count, 2))
    np.add.at(total, network.street, np.abs(last - ends))
    # Along the axis in which the street runs further, so that numbers follow it.
    flat = total[:, 0] >= total[:, 1]
    place = np.where(flat[street], foot[:, 0], foot[:, 1])
    begin = np.full(count, np.inf)
    np.minimum.at(begin, street, place)
    number = 2 * ((place - begin[street]) / _PLOT_M).astype(np.int64) + 2 - left
    names = network.names[edge]
    texts = [f"{n} {name}" for n, name in zip(number.tolist(), names, strict=True)]
    return np.array(texts, dtype=object)
