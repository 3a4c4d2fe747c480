"""Hang cameras of every kind on the made-up city's walls and poles."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely

from coveragekit.crs import grid_convergence_deg
from coveragekit.sources.city_optics import draw_optics
from coveragekit.sources.city_records import draw_records
from coveragekit.sources.city_rules import city_rules, draw_index, draw_words

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    from coveragekit.sources.city_town import Town

__all__ = ["hang_cameras"]


@dataclass(frozen=True, slots=True)
class Hung:
    """
    Where cameras are and look.

    Parameters
    ----------
    points
        Metres, shape ``(n, 2)``.
    aim_deg
        Clockwise from grid north.
    kinds
        Kind of each.
    site
        Row of the building that each hangs on, or -1 on a pole.
    edge
        Row of the street that each is at.
    """

    points: NDArray[np.float64]
    aim_deg: NDArray[np.float64]
    kinds: NDArray[np.object_]
    site: NDArray[np.intp]
    edge: NDArray[np.intp]


def hang_cameras(
    town: Town, count: int, *, rng: np.random.Generator
) -> gpd.GeoDataFrame:
    """
    Give the cameras of a city.

    Parameters
    ----------
    town
        The city that was built.
    count
        How many, at least 0.
    rng
        Generator of random numbers.

    Returns
    -------
    geopandas.GeoDataFrame
        Columns of the table ``cameras``, in the town's CRS. Most hang on fronts of
        shops, some on poles along streets, and some are where a geocoder put them:
        inside the building.
    """
    import geopandas as gpd

    poles = round(city_rules()["cameras"]["pole_share"] * count)
    poles = poles if len(town.houses.shapes) else count
    hung = _joined(_on_walls(town, count - poles, rng), _on_poles(town, poles, rng))
    xy = hung.points + town.origin
    true_deg = hung.aim_deg + grid_convergence_deg(xy[:, 0], xy[:, 1], town.crs)
    bearing = np.mod(np.round(np.mod(true_deg, 360.0), 1), 360.0)
    unknown = city_rules()["cameras"]["bearing_unknown"]
    silent = rng.random(count) < np.array([unknown[kind] for kind in hung.kinds])
    optics = draw_optics(hung.kinds, bearing, rng)
    records = draw_records(town, hung.site, hung.edge, rng=rng)
    table = {**records, **optics, "kind": hung.kinds}
    table["bearing_deg"] = np.where(silent, np.nan, bearing)
    return gpd.GeoDataFrame(table, geometry=shapely.points(xy), crs=town.crs)


def _joined(one: Hung, two: Hung) -> Hung:
    return Hung(
        *(
            np.concatenate((getattr(one, name), getattr(two, name)))
            for name in ("points", "aim_deg", "kinds", "site", "edge")
        )
    )


def _on_walls(town: Town, count: int, rng: np.random.Generator) -> Hung:
    rules = city_rules()["cameras"]
    site = _sites(town, count, rng)
    fronts = town.fronts
    points = fronts.at_wall(
        site, rng.uniform(0.06, 0.94, count), off_m=rules["off_wall_m"]
    )
    out = fronts.out[site].copy()
    _to_other_walls(town, site, (points, out), rng=rng)
    aim = np.degrees(np.arctan2(out[:, 0], out[:, 1]))
    aside = rng.random(count) < rules["corner_aim_share"]
    turn = np.where(rng.random(count) < 0.5, 45.0, -45.0)
    aim = aim + np.where(aside, turn, 0.0)
    aim = aim + rng.normal(0.0, rules["aim_spread_deg"], count)
    geocoded = rng.random(count) < rules["geocoded_share"]
    points[geocoded] = fronts.inner[site[geocoded]]
    kinds = draw_words(rules["kinds"], count, rng)
    return Hung(points, aim, kinds, site, fronts.edge[site])


def _sites(town: Town, count: int, rng: np.random.Generator) -> NDArray[np.intp]:
    """Draw buildings: those with places first, each with one camera or several."""
    if not count:
        return np.empty(0, dtype=np.intp)
    sizes = draw_index(city_rules()["cameras"]["per_site"], count, rng) + 1
    sizes = sizes[: int(np.searchsorted(np.cumsum(sizes), count)) + 1]
    heat = {use: one["heat"] for use, one in city_rules()["uses"].items()}
    weight = np.array([heat[use] for use in town.houses.uses], dtype=np.float64)
    weight *= 0.25 + np.bincount(town.place_building, minlength=len(weight))
    buildings = draw_index(weight, len(sizes), rng)
    return np.sort(np.repeat(buildings, sizes)[:count])


def _to_other_walls(
    town: Town,
    site: NDArray[np.intp],
    hung: tuple[NDArray[np.float64], NDArray[np.float64]],
    *,
    rng: np.random.Generator,
) -> None:
    """Move some cameras to a side or the back, where no neighbour is in the way."""
    moved = np.flatnonzero(rng.random(len(site)) < 0.3)
    rings = shapely.get_exterior_ring(
        shapely.orient_polygons(town.houses.shapes[site[moved]])
    )
    xy = shapely.get_coordinates(rings)
    counts = shapely.get_num_coordinates(rings)
    begin = np.cumsum(counts) - counts
    wall = begin + (rng.random(len(moved)) * (counts - 1)).astype(np.intp)
    a, b = xy[wall], xy[wall + 1]
    step = b - a
    length = np.maximum(np.hypot(step[:, 0], step[:, 1]), 1e-9)[:, None]
    out = np.stack([step[:, 1], -step[:, 0]], axis=1) / length
    at = a + rng.uniform(0.1, 0.9, (len(moved), 1)) * step
    at = at + city_rules()["cameras"]["off_wall_m"] * out
    taken, _ = shapely.STRtree(town.houses.shapes).query(
        shapely.points(at), predicate="dwithin", distance=0.2
    )
    free = length[:, 0] > 1.0
    free[taken] = False
    points, aims = hung
    points[moved[free]], aims[moved[free]] = at[free], out[free]


def _on_poles(town: Town, count: int, rng: np.random.Generator) -> Hung:
    """Give cameras on poles beside streets, looking along them."""
    network = town.network
    edge = draw_index(town.edge_pull, count, rng)
    lines = network.lines[edge]
    share = np.where(rng.random(count) < 0.5, 0.06, rng.uniform(0.1, 0.9, count))
    here = _along(lines, share)
    way = _along(lines, np.minimum(share + 0.05, 1.0)) - here
    way = way / np.maximum(np.hypot(way[:, 0], way[:, 1]), 1e-9)[:, None]
    half = city_rules()["streets"]["half_width_m"]
    aside = np.array([0.7 * half[kind] for kind in network.classes[edge]])
    side = np.where(rng.random(count) < 0.5, 1.0, -1.0)
    left = np.stack([-way[:, 1], way[:, 0]], axis=1)
    points = here + (side * aside)[:, None] * left
    aim = np.degrees(np.arctan2(way[:, 0], way[:, 1]))
    aim = aim + np.where(rng.random(count) < 0.5, 0.0, 180.0)
    kinds = draw_words(city_rules()["cameras"]["pole_kinds"], count, rng)
    return Hung(
        points,
        aim + rng.normal(0.0, 8.0, count),
        kinds,
        np.full(count, -1, dtype=np.intp),
        edge.astype(np.intp),
    )


def _along(
    lines: NDArray[np.object_], share: NDArray[np.float64]
) -> NDArray[np.float64]:
    points = shapely.line_interpolate_point(lines, share, normalized=True)
    return np.asarray(shapely.get_coordinates(points))
