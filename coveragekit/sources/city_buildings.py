"""Put buildings on the blocks of the made-up city."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from coveragekit.sources.city_outlines import outlines
from coveragekit.sources.city_rules import (
    city_rules,
    draw_words,
    rounded_cm,
    uniform_between,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from coveragekit.sources.city_blocks import Blocks

__all__ = ["Houses", "build_houses"]

_LEAST_M2 = 28.0
_LEAST_SHARE = 0.45
_ROW_LENGTH = 7


@dataclass(frozen=True, slots=True)
class Houses:
    """
    Buildings.

    Parameters
    ----------
    shapes
        Valid polygons in metres on whole centimetres, none inside another.
    uses
        Use of the district of each.
    levels
        Storeys of each.
    height_m
        Height of each, metres.
    """

    shapes: NDArray[np.object_]
    uses: NDArray[np.object_]
    levels: NDArray[np.float64]
    height_m: NDArray[np.float64]

    def rows(self, rows: NDArray[np.intp]) -> Houses:
        """
        Give some of the buildings.

        Parameters
        ----------
        rows
            Which.

        Returns
        -------
        Houses
            Those, in that order.
        """
        return Houses(
            self.shapes[rows], self.uses[rows], self.levels[rows], self.height_m[rows]
        )


def build_houses(blocks: Blocks, rng: np.random.Generator) -> Houses:
    """
    Give the buildings of a city, block by block.

    Parameters
    ----------
    blocks
        The blocks.
    rng
        Generator of random numbers.

    Returns
    -------
    Houses
        The buildings.

    Examples
    --------
    >>> from coveragekit.sources.city_blocks import find_blocks
    >>> from coveragekit.sources.city_layout import lay_out_city
    >>> from coveragekit.sources.city_streets import draw_streets
    >>> rng = np.random.default_rng(1)
    >>> layout = lay_out_city(500.0, rng)
    >>> blocks = find_blocks(layout, draw_streets(layout, rng), rng)
    >>> len(build_houses(blocks, rng).shapes) > 100
    True
    """
    parts = [_perimeters(blocks.of_plan("perimeter"), rng)]
    for plan, rules in city_rules()["plans"].items():
        parts.append(_plots(blocks.of_plan(plan), rules, rng))
    shapes = np.concatenate([shapes for shapes, _ in parts])
    shapes = shapely.remove_repeated_points(shapes)
    uses = np.concatenate([uses for _, uses in parts])
    whole = shapely.is_valid(shapes)
    whole &= shapely.get_type_id(shapes) == shapely.GeometryType.POLYGON
    whole &= shapely.area(shapes) >= _LEAST_M2
    shapes, uses = shapes[whole], uses[whole]
    levels = _levels(uses, rng)
    storey = uniform_between(city_rules()["heights"]["storey_m"], len(shapes), rng)
    return Houses(shapes, uses, levels, np.round(levels * storey + 1.5, 1))


def _levels(uses: NDArray[np.object_], rng: np.random.Generator) -> NDArray[np.float64]:
    rules, heights = city_rules()["uses"], city_rules()["heights"]
    names = [*rules]
    number = np.array([names.index(use) for use in uses], dtype=np.intp)
    ends = np.array([rules[name]["levels"] for name in names], dtype=np.float64)
    levels = np.floor(uniform_between(ends[number] + (0.0, 1.0), len(uses), rng))
    tall = (uses == "core") & (rng.random(len(uses)) < heights["tower_share"])
    towers = np.floor(uniform_between(heights["tower_levels"], len(uses), rng))
    return np.where(tall, towers, levels)


def _perimeters(
    blocks: Blocks, rng: np.random.Generator
) -> tuple[NDArray[np.object_], NDArray[np.object_]]:
    """Give buildings along the edge of blocks, around a court."""
    rules = city_rules()["perimeter"]
    n = len(blocks.shapes)
    outer = shapely.buffer(blocks.shapes, -1.0, join_style="mitre")
    wing = uniform_between(rules["wing_m"], n, rng)
    court = shapely.buffer(outer, -wing, join_style="mitre")
    has_court = shapely.area(court) >= rules["least_court_m2"]
    ring = np.where(has_court, shapely.difference(outer, court), outer)
    whole = rng.random(n) < rules["whole_share"]
    count = np.maximum(
        np.round(blocks.length_m / uniform_between(rules["piece_m"], n, rng)).astype(
            np.intp
        ),
        1,
    )
    count = np.where(whole, 1, count)
    block = np.repeat(np.arange(n), count)
    piece = np.arange(len(block)) - np.repeat(np.cumsum(count) - count, count)
    long = blocks.length_m[block] + 2.0
    left = -0.5 * long + long * piece / count[block]
    right = -0.5 * long + long * (piece + 1) / count[block]
    deep = 0.5 * blocks.width_m[block] + 1.0
    corners = np.stack(
        [
            np.stack([left, -deep], axis=-1),
            np.stack([right, -deep], axis=-1),
            np.stack([right, deep], axis=-1),
            np.stack([left, deep], axis=-1),
        ],
        axis=1,
    )
    strips = shapely.polygons(_in_place(corners, blocks, block))
    cut = shapely.intersection(ring[block], strips)
    parts, of = shapely.get_parts(cut, return_index=True)
    parts = shapely.transform(parts, rounded_cm)
    return parts, blocks.uses[block][of]


def _in_place(
    corners: NDArray[np.float64], blocks: Blocks, block: NDArray[np.intp]
) -> NDArray[np.float64]:
    """Turn coordinates of a block's frame into those of the city."""
    way = blocks.way[block][:, None]
    across = np.stack([-way[..., 1], way[..., 0]], axis=-1)
    middle = blocks.middle[block][:, None]
    return np.asarray(middle + corners[..., :1] * way + corners[..., 1:] * across)


def _plots(
    blocks: Blocks, rules: dict[str, Any], rng: np.random.Generator
) -> tuple[NDArray[np.object_], NDArray[np.object_]]:
    """Give buildings on plots in rows along the long sides of blocks."""
    setback, deep = rules["setback_m"], rules["deep_m"]
    lanes = np.maximum(np.round(blocks.width_m / deep), 1.0).astype(np.intp)
    # Between the two rows along the streets of a block of homes are gardens.
    lanes = np.where(rules["plot_m"] < 20.0, np.minimum(lanes, 2), lanes)
    columns = np.maximum((blocks.length_m / rules["plot_m"]).astype(np.intp), 1)
    count = lanes * columns
    block = np.repeat(np.arange(len(count)), count)
    within = np.arange(len(block)) - np.repeat(np.cumsum(count) - count, count)
    lane, column = within % lanes[block], within // lanes[block]
    joined = rules["side_m"][0] >= rules["plot_m"]
    run = column // _ROW_LENGTH if joined else column
    depth = _depths(rules, (block, lane, run), rng)
    plot = (blocks.length_m / columns)[block]
    left = -0.5 * blocks.length_m[block] + plot * column
    right = -0.5 * blocks.length_m[block] + plot * (column + 1)
    if not joined:
        side = np.minimum(uniform_between(rules["side_m"], len(block), rng), plot - 1.5)
        shift = (plot - side) * rng.uniform(0.2, 0.8, len(block))
        left, right = left + shift, left + shift + side
    strip = (blocks.width_m / lanes)[block]
    depth = np.minimum(depth, np.maximum(strip - setback - 1.0, 4.0))
    low = -0.5 * blocks.width_m[block] + strip * lane
    at_front = lane == 0
    front = np.where(at_front, low + setback, low + strip - setback - depth)
    built = rng.random(len(block)) < rules["fill"]
    if joined:  # a way through after each row
        built &= ~((column % _ROW_LENGTH == 0) & (column > 0))
    kind = draw_words(rules["shapes"], len(block), rng)
    rows = np.flatnonzero(built)
    frame = np.stack([left, front, right, front + depth], axis=1)[rows]
    shapes = outlines(frame, kind[rows], ~at_front[rows], rng=rng)
    owner = block[rows]
    placed = _placed(shapes, blocks, owner)
    return _fitted(placed, blocks, owner)


def _depths(
    rules: dict[str, Any],
    groups: tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]],
    rng: np.random.Generator,
) -> NDArray[np.float64]:
    """Give how deep buildings are, the same for those of one row."""
    key = np.stack(groups, axis=1)
    change = np.ones(len(key), dtype=bool)
    order = np.lexsort(key.T[::-1])
    change[1:] = (np.diff(key[order], axis=0) != 0).any(axis=1)
    number = np.empty(len(key), dtype=np.intp)
    number[order] = np.cumsum(change) - 1
    drawn = uniform_between(rules["depth_m"], int(number.max(initial=-1)) + 1, rng)
    return np.asarray(drawn[number])


def _placed(
    shapes: NDArray[np.object_], blocks: Blocks, owner: NDArray[np.intp]
) -> NDArray[np.object_]:
    xy, of = shapely.get_coordinates(shapes, return_index=True)
    turned = _in_place(xy[:, None], blocks, owner[of])[:, 0]
    return np.asarray(shapely.set_coordinates(shapes.copy(), rounded_cm(turned)))


def _fitted(
    shapes: NDArray[np.object_], blocks: Blocks, owner: NDArray[np.intp]
) -> tuple[NDArray[np.object_], NDArray[np.object_]]:
    """Cut off what stands out of the block, and leave out what is mostly outside."""
    ground = blocks.shapes
    shapely.prepare(ground)
    out = np.flatnonzero(~shapely.covers(ground[owner], shapes))
    before = shapely.area(shapes[out])
    cut = shapely.intersection(shapes[out], ground[owner[out]])
    cut = shapely.transform(cut, rounded_cm)
    fits = shapely.get_type_id(cut) == shapely.GeometryType.POLYGON
    fits &= shapely.area(cut) >= _LEAST_SHARE * before
    fitted = shapes.copy()
    fitted[out] = cut
    kept = np.ones(len(shapes), dtype=bool)
    kept[out] = fits
    return fitted[kept], blocks.uses[owner][kept]
