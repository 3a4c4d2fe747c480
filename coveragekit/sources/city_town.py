"""Build the made-up city: streets, buildings, fronts, places and areas, to a number."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from coveragekit.crs import WGS84, local_crs
from coveragekit.sources.city_areas import divide_city
from coveragekit.sources.city_blocks import find_blocks
from coveragekit.sources.city_buildings import build_houses
from coveragekit.sources.city_fronts import find_fronts
from coveragekit.sources.city_layout import lay_out_city
from coveragekit.sources.city_places import open_places
from coveragekit.sources.city_rules import city_rules
from coveragekit.sources.city_streets import draw_streets

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd
    from numpy.typing import NDArray
    from pyproj import CRS

    from coveragekit.sources.city_buildings import Houses
    from coveragekit.sources.city_fronts import Fronts
    from coveragekit.sources.city_layout import Layout
    from coveragekit.sources.city_streets import Network

__all__ = ["Town", "build_town"]


@dataclass(frozen=True, slots=True)
class Town:
    """
    A city before anything happens in it; coordinates are metres about its middle.

    Parameters
    ----------
    layout, network, houses, fronts
        Plan, streets, buildings and their fronts.
    places
        Columns of the table ``places``, without points.
    place_points
        Where they are, shape ``(n, 2)``.
    place_building
        Row of the building of each.
    areas
        The table ``areas``, in ``crs``.
    edge_pull
        How much each street draws what happens, 0 or more, shape ``(streets,)``.
    edge_zone
        Number of the zone that each street lies in.
    crs
        The local CRS.
    origin
        Its coordinates of the city's middle.
    first, last
        The period in which things happen, UTC.
    """

    layout: Layout
    network: Network
    houses: Houses
    fronts: Fronts
    places: pd.DataFrame
    place_points: NDArray[np.float64]
    place_building: NDArray[np.intp]
    areas: gpd.GeoDataFrame
    edge_pull: NDArray[np.float64]
    edge_zone: NDArray[np.intp]
    crs: CRS
    origin: NDArray[np.float64]
    first: pd.Timestamp
    last: pd.Timestamp

    @property
    def place_names(self) -> NDArray[np.object_]:
        """Name of each place, none where it has none."""
        names: NDArray[np.object_] = self.places["name"].to_numpy(dtype=object)
        return names


def build_town(buildings: int, places: int, rng: np.random.Generator) -> Town:
    """
    Give a city with a number of buildings and places.

    Parameters
    ----------
    buildings
        How many buildings, at least 1.
    places
        How many places, at least 0.
    rng
        Generator of random numbers.

    Returns
    -------
    Town
        The city.

    Examples
    --------
    >>> town = build_town(40, 5, np.random.default_rng(0))
    >>> len(town.houses.shapes), len(town.places)
    (40, 5)
    """
    layout, network, houses = _grown(buildings, rng)
    fronts = find_fronts(houses, network)
    table, points, building = open_places(houses, fronts, places, rng=rng)
    crs, origin = _where()
    areas = divide_city(layout, houses, crs, rng=rng)
    first, last = _period()
    zones = areas["kind"].to_numpy() == "zone"
    edge_zone = _zone_of(network, np.asarray(areas.geometry.array)[zones])
    areas = areas.set_geometry(
        shapely.transform(np.asarray(areas.geometry.array), lambda xy: xy + origin),
        crs=crs,
    )
    return Town(
        layout=layout,
        network=network,
        houses=houses,
        fronts=fronts,
        places=table,
        place_points=points,
        place_building=building,
        areas=areas,
        edge_pull=_pull(network, houses, fronts, rng=rng),
        edge_zone=edge_zone,
        crs=crs,
        origin=origin,
        first=first,
        last=last,
    )


def _grown(buildings: int, rng: np.random.Generator) -> tuple[Layout, Network, Houses]:
    """Build larger and larger until there is room, then leave the outermost out."""
    rules = city_rules()["ground"]
    radius = math.sqrt(1.06 * buildings * rules["building_m2"] / math.pi)
    radius = max(radius, rules["least_radius_m"])
    while True:
        layout = lay_out_city(radius, rng)
        network = draw_streets(layout, rng)
        houses = build_houses(find_blocks(layout, network, rng), rng)
        found = len(houses.shapes)
        if found >= buildings:
            break
        radius *= 1.03 * math.sqrt(buildings / max(found, 1))
    middle = shapely.get_coordinates(shapely.centroid(houses.shapes))
    reach = np.hypot(middle[:, 0], middle[:, 1]) + rng.uniform(
        0.0, 0.02 * radius, found
    )
    kept = np.sort(np.argsort(reach, kind="stable")[:buildings])
    return layout, network, houses.rows(kept)


def _where() -> tuple[CRS, NDArray[np.float64]]:
    from pyproj import Transformer

    rules = city_rules()["where"]
    lon, lat = rules["lon"], rules["lat"]
    crs = local_crs(lon=lon, lat=lat)
    there = Transformer.from_crs(WGS84, crs, always_xy=True).transform(lon, lat)
    return crs, np.asarray(np.round(there), dtype=np.float64)


def _period() -> tuple[Any, Any]:
    import pandas as pd

    rules = city_rules()["where"]
    first, last = (
        pd.Timestamp(rules[name], tz=rules["time_zone"])
        for name in ("first_day", "last_day")
    )
    return first.tz_convert("UTC"), (last + pd.Timedelta(days=1)).tz_convert("UTC")


def _zone_of(network: Network, zones: NDArray[np.object_]) -> NDArray[np.intp]:
    middles = shapely.line_interpolate_point(network.lines, 0.5, normalized=True)
    _, zone = shapely.STRtree(zones).query_nearest(middles, all_matches=False)
    return np.asarray(zone, dtype=np.intp)


def _pull(
    network: Network, houses: Houses, fronts: Fronts, *, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Give how much each street draws: by class, use, length, and a few far more."""
    rules = city_rules()
    n = len(network.lines)
    heat = {use: one["heat"] for use, one in rules["uses"].items()}
    mine = np.array([heat[use] for use in houses.uses], dtype=np.float64)
    counts = np.bincount(fronts.edge, minlength=n)
    mean = np.bincount(fronts.edge, mine, n) / np.maximum(counts, 1)
    lively = np.where(counts > 0, 0.3 + mean, 0.15)
    classes = rules["pull"]["classes"]
    kind = np.array([classes.get(one, 1.0) for one in network.classes])
    hot = np.minimum(rng.pareto(rules["pull"]["street_exponent"], n) + 1.0, 60.0)
    return np.asarray(lively * kind * hot * np.sqrt(shapely.length(network.lines)))
