"""Divide the made-up city into neighbourhoods and police zones."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely

from coveragekit.sources.city_rules import city_rules

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    from coveragekit.sources.city_buildings import Houses
    from coveragekit.sources.city_layout import Layout

__all__ = ["divide_city"]


def divide_city(
    layout: Layout, houses: Houses, crs: object, *, rng: np.random.Generator
) -> gpd.GeoDataFrame:
    """
    Give areas of two kinds, each kind tiling the city, with who lives there.

    Parameters
    ----------
    layout
        The plan of the city.
    houses
        Its buildings, about the city's middle.
    crs
        CRS of the result; coordinates stay as they are.
    rng
        Generator of random numbers.

    Returns
    -------
    geopandas.GeoDataFrame
        Columns ``area_id``, ``name``, ``kind`` (``neighbourhood`` or ``zone``),
        ``population`` and ``households``; a zone is made of whole neighbourhoods.

    Examples
    --------
    >>> from coveragekit.sources.city_buildings import Houses
    >>> from coveragekit.sources.city_layout import lay_out_city
    >>> rng = np.random.default_rng(1)
    >>> none = np.empty(0, dtype=object)
    >>> houses = Houses(none, none, np.empty(0), np.empty(0))
    >>> areas = divide_city(lay_out_city(900.0, rng), houses, 32618, rng=rng)
    >>> sorted(set(areas["kind"]))
    ['neighbourhood', 'zone']
    """
    import geopandas as gpd
    import pandas as pd

    rules = city_rules()["areas"]
    cells = _cells(layout, rules["neighbourhood_m2"], rng)
    count = max(2, round(len(cells) / rules["zone_neighbourhoods"]))
    zone_of = _clustered(shapely.get_coordinates(shapely.centroid(cells)), count)
    zones = np.array(
        [shapely.union_all(cells[zone_of == z], grid_size=0.01) for z in range(count)],
        dtype=object,
    )
    homes = _households(cells, houses, rng)
    people = np.round(
        homes * rng.normal(rules["people_per_household"], 0.15, len(cells))
    )
    people = np.maximum(people, 0.0)
    names = _names(len(cells), rng)
    near = {
        "area_id": [
            f"simulated-neighbourhood-{row:03d}" for row in range(1, len(cells) + 1)
        ],
        "name": names,
        "kind": "neighbourhood",
        "population": people,
        "households": homes,
    }
    far = {
        "area_id": [f"simulated-zone-{row}" for row in range(1, count + 1)],
        "name": [f"Zone {row}" for row in range(1, count + 1)],
        "kind": "zone",
        "population": np.bincount(zone_of, people, count),
        "households": np.bincount(zone_of, homes, count),
    }
    frame = pd.concat([pd.DataFrame(far), pd.DataFrame(near)], ignore_index=True)
    shapes = np.concatenate((zones, cells))
    return gpd.GeoDataFrame(frame, geometry=shapes, crs=crs)


def _cells(
    layout: Layout, target_m2: float, rng: np.random.Generator
) -> NDArray[np.object_]:
    """Give polygons that tile the city, each about as large as asked for."""
    outline = layout.outline
    count = max(8, round(outline.area / target_m2))
    spacing = np.sqrt(outline.area / count)
    low, high = np.array(outline.bounds).reshape(2, 2)
    x, y = (np.arange(a, b + spacing, spacing) for a, b in zip(low, high, strict=True))
    seeds = np.stack(np.meshgrid(x, y), axis=-1)
    seeds[1::2, :, 0] += 0.5 * spacing
    seeds = (
        seeds.reshape(-1, 2) + rng.uniform(-0.22, 0.22, (seeds.size // 2, 2)) * spacing
    )
    inside = shapely.contains_xy(outline.buffer(-0.25 * spacing), seeds)
    seeds = seeds[inside] if inside.sum() >= 2 else np.array([[-9.0, 1.0], [9.0, -1.0]])
    cells = shapely.get_parts(
        shapely.voronoi_polygons(
            shapely.multipoints(seeds), extend_to=outline, ordered=True
        )
    )
    tiles = shapely.intersection(cells, outline, grid_size=0.01)
    return np.asarray(tiles[shapely.area(tiles) > 1.0])


def _clustered(points: NDArray[np.float64], count: int) -> NDArray[np.intp]:
    """Give groups of points by the side of the middle that they lie on."""
    angle = np.arctan2(points[:, 1], points[:, 0])
    reach = np.hypot(points[:, 0], points[:, 1])
    group = np.empty(len(points), dtype=np.intp)
    inner = max(1, count // 3)
    order = np.argsort(reach, kind="stable")
    near, far = np.split(order, [round(len(points) * inner / count)])
    for rows, first, parts in ((near, 0, inner), (far, inner, count - inner)):
        turn = rows[np.argsort(angle[rows], kind="stable")]
        group[turn] = first + np.arange(len(turn)) * parts // max(len(turn), 1)
    return group


def _households(
    cells: NDArray[np.object_], houses: Houses, rng: np.random.Generator
) -> NDArray[np.float64]:
    rules = city_rules()["uses"]
    share = {use: one["people"] for use, one in rules.items()}
    floors = houses.levels * shapely.area(houses.shapes) / 120.0
    homes = np.array([share[use] > 0.0 for use in houses.uses], dtype=np.float64)
    homes = np.ceil(
        homes * np.minimum(floors, 260.0) * rng.uniform(0.5, 0.9, len(homes))
    )
    middle = shapely.get_coordinates(shapely.centroid(houses.shapes))
    house, cell = shapely.STRtree(cells).query(
        shapely.points(middle), predicate="intersects"
    )
    first = np.flatnonzero(np.diff(house, prepend=-1))
    weights = homes[house[first]]
    return np.asarray(np.bincount(cell[first], weights, len(cells)), dtype=np.float64)


def _names(count: int, rng: np.random.Generator) -> list[str]:
    rules = city_rules()["names"]
    ends = ("Park", "Heights", "Hill", "Village", "Gardens", "Quarter", "Side")
    stems = np.array(rules["stems"], dtype=object)[rng.permutation(len(rules["stems"]))]
    return [
        f"{stems[row % len(stems)]} {ends[(row + row // len(stems)) % len(ends)]}"
        for row in range(count)
    ]
