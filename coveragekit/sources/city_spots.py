"""Draw where things happen in the made-up city, and what a register says of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely

from coveragekit.sources.city_rules import city_rules, draw_index, uniform_between

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from coveragekit.sources.city_town import Town

__all__ = ["Spots", "draw_edges", "draw_houses", "draw_spots"]

_HUNDRED = 100


@dataclass(frozen=True, slots=True)
class Spots:
    """
    Where things happened, as a register has it.

    Parameters
    ----------
    points
        Metres about the city's middle, shape ``(n, 2)``.
    kinds
        What each point stands for: ``exact``, ``block``, ``intersection``, ``address``.
    error_m
        Error of the point, not-a-number where not known.
    score
        Certainty of the geocoder, not-a-number where there was none.
    address
        Address as published.
    """

    points: NDArray[np.float64]
    kinds: NDArray[np.object_]
    error_m: NDArray[np.float64]
    score: NDArray[np.float64]
    address: NDArray[np.object_]


def draw_edges(town: Town, count: int, rng: np.random.Generator) -> NDArray[np.intp]:
    """
    Give rows of streets, a few of them far more often than the rest.

    Parameters
    ----------
    town
        The city.
    count
        How many.
    rng
        Generator of random numbers.

    Returns
    -------
    numpy.ndarray
        Rows of streets, shape ``(count,)``.
    """
    return draw_index(town.edge_pull, count, rng)


def draw_houses(
    town: Town, edge: NDArray[np.intp], rng: np.random.Generator
) -> NDArray[np.intp]:
    """
    Give a building on each street, the same few more often than the rest.

    Parameters
    ----------
    town
        The city.
    edge
        Rows of streets.
    rng
        Generator of random numbers.

    Returns
    -------
    numpy.ndarray
        Rows of buildings, -1 where none faces the street.
    """
    order = np.argsort(town.fronts.edge, kind="stable")
    begin = np.searchsorted(
        town.fronts.edge[order], np.arange(len(town.network.lines) + 1)
    )
    count = np.diff(begin)[edge]
    # The square draws the first of each street more often: places hit again and again.
    pick = (rng.random(len(edge)) ** 2 * count).astype(np.intp)
    at = np.minimum(begin[edge] + pick, max(len(order) - 1, 0))
    if not len(order):
        return np.full(len(edge), -1, dtype=np.intp)
    return np.where(count > 0, order[at], -1)


def draw_spots(
    town: Town,
    edge: NDArray[np.intp],
    house: NDArray[np.intp],
    *,
    kinds: NDArray[np.object_],
    rng: np.random.Generator,
) -> Spots:
    """
    Give the points and addresses of what happened on streets and in buildings.

    Parameters
    ----------
    town
        The city.
    edge
        Row of the street of each.
    house
        Row of the building of each, -1 for none.
    kinds
        What each point is to stand for; an address without a building is a block.
    rng
        Generator of random numbers.

    Returns
    -------
    Spots
        One for each.
    """
    rules = city_rules()["incidents"]
    network, fronts = town.network, town.fronts
    n = len(edge)
    kinds = np.where((kinds == "address") & (house < 0), "block", kinds)
    is_house, is_block = kinds == "address", kinds == "block"
    is_crossing, is_exact = kinds == "intersection", kinds == "exact"
    points = np.empty((n, 2))
    points[is_house] = fronts.inner[house[is_house]]
    middles = _along(network.lines, np.full(len(network.lines), 0.5))
    points[is_block] = middles[edge[is_block]]
    end = rng.integers(0, 2, n)
    ends = np.stack([_end(network.lines, 0), _end(network.lines, -1)], axis=1)
    points[is_crossing] = ends[edge[is_crossing], end[is_crossing]]
    exact = np.flatnonzero(is_exact)
    points[exact] = _along(network.lines[edge[exact]], rng.random(len(exact)))
    points[exact] += rng.uniform(-rules["kerb_m"], rules["kerb_m"], (len(exact), 2))
    length = shapely.length(network.lines)[edge]
    geocoded = np.where(rng.random(n) < 0.3, 15.0, np.nan)
    error = np.select(
        [is_exact, is_crossing, is_house],
        [rules["exact_error_m"], rules["crossing_error_m"], geocoded],
        np.round(length / np.sqrt(12.0), 1),
    )
    score = np.round(uniform_between(rules["address_score"], n, rng), 2)
    score = np.where(is_house & (rng.random(n) < 0.8), score, np.nan)
    hundreds, crossings = _texts(town)
    address = network.names[edge]
    address[is_house] = fronts.address[house[is_house]]
    address[is_block] = hundreds[edge[is_block]]
    address[is_crossing] = crossings[edge[is_crossing], end[is_crossing]]
    return Spots(points, kinds, error, score, address)


def _along(
    lines: NDArray[np.object_], share: NDArray[np.float64]
) -> NDArray[np.float64]:
    points = shapely.line_interpolate_point(lines, share, normalized=True)
    return np.asarray(shapely.get_coordinates(points))


def _end(lines: NDArray[np.object_], which: int) -> NDArray[np.float64]:
    return np.asarray(shapely.get_coordinates(shapely.get_point(lines, which)))


def _texts(town: Town) -> tuple[NDArray[np.object_], NDArray[np.object_]]:
    """Give the words for the block of each street, and for its two ends."""
    network = town.network
    number = np.full(len(network.lines), 1, dtype=np.int64)
    first = np.array([int(text.split(" ", 1)[0]) for text in town.fronts.address])
    if len(first):
        np.maximum.at(number, town.fronts.edge, first)
    hundreds = [
        f"{one // _HUNDRED * _HUNDRED} block of {name}"
        for one, name in zip(number.tolist(), network.names, strict=True)
    ]
    at = network.nodes.ravel()
    names = np.repeat(network.names, 2)
    other = np.full(int(at.max(initial=-1)) + 1, None, dtype=object)
    more = other.copy()
    other[at] = names
    differs = names != other[at]
    more[at[differs]] = names[differs]
    crossings = [
        name if second is None else f"{name} & {second}"
        for name, second in zip(
            names, np.where(differs, other[at], more[at]), strict=True
        )
    ]
    pairs = np.array(crossings, dtype=object).reshape(-1, 2)
    return np.array(hundreds, dtype=object), pairs
