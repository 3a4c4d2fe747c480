"""Find the blocks between the streets of the made-up city."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely

from coveragekit.sources.city_rules import city_rules, draw_words

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from coveragekit.sources.city_layout import Layout
    from coveragekit.sources.city_streets import Network

__all__ = ["Blocks", "find_blocks"]

_LEAST_BLOCK_M2 = 260.0
_QUIET_M = 7.5
_BANK_M = 4.0


@dataclass(frozen=True, slots=True)
class Blocks:
    """
    Ground between streets, each block with the frame that its plots follow.

    Parameters
    ----------
    shapes
        Polygons without holes or streets, in metres.
    uses, plans
        Use of the district, and how buildings stand, of each.
    middle
        Middle of the smallest rectangle around each, shape ``(n, 2)``.
    way
        Direction of its long side, a unit vector, shape ``(n, 2)``.
    length_m, width_m
        Its sides, the longer first.
    """

    shapes: NDArray[np.object_]
    uses: NDArray[np.object_]
    plans: NDArray[np.object_]
    middle: NDArray[np.float64]
    way: NDArray[np.float64]
    length_m: NDArray[np.float64]
    width_m: NDArray[np.float64]

    def of_plan(self, plan: str) -> Blocks:
        """
        Give the blocks on which buildings stand in one way.

        Parameters
        ----------
        plan
            A key of the rules' ``plans``, or ``perimeter``.

        Returns
        -------
        Blocks
            Those, in the same order.
        """
        mine = self.plans == plan
        return Blocks(
            self.shapes[mine],
            self.uses[mine],
            self.plans[mine],
            self.middle[mine],
            self.way[mine],
            self.length_m[mine],
            self.width_m[mine],
        )


def find_blocks(layout: Layout, network: Network, rng: np.random.Generator) -> Blocks:
    """
    Give the blocks of a city: what its streets, water and edge leave.

    Parameters
    ----------
    layout
        The plan of the city.
    network
        Its streets.
    rng
        Generator of random numbers.

    Returns
    -------
    Blocks
        The blocks, none of which touches another.

    Examples
    --------
    >>> from coveragekit.sources.city_layout import lay_out_city
    >>> from coveragekit.sources.city_streets import draw_streets
    >>> rng = np.random.default_rng(1)
    >>> layout = lay_out_city(500.0, rng)
    >>> len(find_blocks(layout, draw_streets(layout, rng), rng).shapes) > 10
    True
    """
    lines = np.concatenate((network.lines, network.border))
    faces = shapely.get_parts(shapely.polygonize(lines))
    inner = shapely.buffer(faces, -_QUIET_M, join_style="mitre", quad_segs=2)
    inner = _parted(inner)
    half = city_rules()["streets"]["half_width_m"]
    width = np.array([half[kind] for kind in network.classes], dtype=np.float64)
    wide = width > _QUIET_M
    taken = shapely.buffer(network.lines[wide], width[wide], quad_segs=3)
    ends = _dead_ends(network)
    stubs = shapely.buffer(network.lines[ends], _QUIET_M, cap_style="square")
    wet = shapely.buffer(layout.water, _BANK_M, quad_segs=2)
    inner = _without(inner, np.concatenate((taken, stubs, wet)))
    inner = _plain(_parted(inner))
    return _framed(inner, layout, rng)


def _parted(shapes: NDArray[np.object_]) -> NDArray[np.object_]:
    parts = shapely.get_parts(shapes)
    good = shapely.get_type_id(parts) == shapely.GeometryType.POLYGON
    good &= shapely.area(parts) > _LEAST_BLOCK_M2
    return np.asarray(parts[good])


def _plain(shapes: NDArray[np.object_]) -> NDArray[np.object_]:
    """Give blocks without dents that no plot follows."""
    simple = shapely.simplify(shapes, 0.5)
    return simple[shapely.is_valid(simple) & (shapely.area(simple) > _LEAST_BLOCK_M2)]


def _dead_ends(network: Network) -> NDArray[np.bool_]:
    counts = np.bincount(network.nodes.ravel())
    return np.asarray((counts[network.nodes] == 1).any(axis=1))


def _without(
    shapes: NDArray[np.object_], taken: NDArray[np.object_]
) -> NDArray[np.object_]:
    """Cut from each shape, one after another, what touches it."""
    left = shapes.copy()
    shape, cutter = shapely.STRtree(taken).query(shapes, predicate="intersects")
    turn = np.arange(len(shape)) - np.searchsorted(shape, shape)
    for number in range(int(turn.max(initial=-1)) + 1):
        now = turn == number
        rows = shape[now]
        left[rows] = shapely.difference(left[rows], taken[cutter[now]])
    return left


def _framed(
    shapes: NDArray[np.object_], layout: Layout, rng: np.random.Generator
) -> Blocks:
    point, district = shapely.STRtree(layout.districts).query(
        shapely.point_on_surface(shapes), predicate="intersects"
    )
    first = np.flatnonzero(np.diff(point, prepend=-1))
    shapes, uses = shapes[point[first]], layout.uses[district[first]]
    frame = shapely.get_coordinates(shapely.oriented_envelope(shapes))
    frame = frame.reshape(-1, 5, 2)
    sides = np.diff(frame, axis=1)[:, :2]
    length = np.hypot(sides[..., 0], sides[..., 1])
    long = np.argmax(length, axis=1)
    rows = np.arange(len(shapes))
    plans = np.empty(len(shapes), dtype=object)
    for use, rules in city_rules()["uses"].items():
        mine = uses == use
        plans[mine] = draw_words(rules["plans"], int(mine.sum()), rng)
    return Blocks(
        shapes,
        uses,
        plans,
        frame[:, :4].mean(axis=1),
        sides[rows, long] / length[rows, long][:, None],
        length[rows, long],
        length[rows, 1 - long],
    )
