"""The promises of the coverage room."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely

from coveragekit.coverage import (
    frontages,
    gaps,
    incident_coverage,
    multiplicity,
    seen,
    study_area,
    unmet_demand,
)
from coveragekit.visibility import Obstacles, isovists
from tests.benchmarks.city import facade_cameras, street_points, synthetic_city

CAMERAS = 30_000
BUILDINGS = 40_000
POINTS = 1_000_000


def test_a_city_raster_takes_a_fortieth_of_the_exact_union(
    scale, promise, cpu_clock
) -> None:
    rng = np.random.default_rng(1)
    buildings = synthetic_city(int(BUILDINGS * scale), rng)
    cameras = facade_cameras(
        buildings, int(CAMERAS * scale), rng, hfov_deg=90.0, range_m=100.0
    )
    views = isovists(cameras, Obstacles.from_buildings(buildings))
    multiplicity(views.iloc[:2])  # compiled, or read from the cache

    tries = []
    for _ in range(5):
        with cpu_clock() as by_raster:
            raster = multiplicity(views)
        tries.append(by_raster[0])
    with cpu_clock() as by_union:
        union = shapely.union_all(views.to_numpy())

    covered_m2 = float((raster > 0).sum())
    assert abs(covered_m2 / union.area - 1.0) < 0.002
    megapixels = raster.size / 1e6
    note = (
        f"{megapixels:.1f} Mpx, {len(views):,} cameras: {min(tries):.2f} s against "
        f"{by_union[0]:.1f} s"
    )
    # The union grows faster than the city: of a part of it there is less to be won.
    promise(
        "city raster at 1 m, against shapely.union_all",
        by_union[0] / min(tries),
        "x",
        at_least=40.0 if scale >= 1.0 else 8.0,
        note=note,
    )


def test_incidents_in_buildings_are_judged_and_gaps_found_in_seconds(
    scale, promise, cpu_clock
) -> None:
    rng = np.random.default_rng(2)
    buildings = synthetic_city(int(BUILDINGS * scale), rng)
    obstacles = Obstacles.from_buildings(buildings)
    cameras = facade_cameras(
        buildings, int(CAMERAS * scale), rng, hfov_deg=70.0, range_m=25.0
    )
    streets = grid_streets(buildings)
    points = street_points(buildings, int(POINTS * scale), rng)
    frontages(points.iloc[:2], obstacles, streets)
    views = isovists(cameras, obstacles)

    with cpu_clock() as by_front:
        front = frontages(points, obstacles, streets)
    with cpu_clock() as by_tree:
        tree = shapely.STRtree(points.to_numpy())
        inside = tree.query(buildings.geometry.to_numpy(), predicate="contains")[1]
    judged = incident_coverage(points, cameras, obstacles, streets=streets)
    raster = seen(views, None, 2.0, area=study_area(buildings), buildings=buildings)
    gaps(raster[:50, :50], streets)
    with cpu_clock() as by_gaps:
        found = gaps(raster, streets, incidents=unmet_demand(judged), cameras=cameras)

    assert front["building_id"].notna().sum() == len(np.unique(inside))
    assert (judged["seen_probability"] >= judged["naive_probability"]).all()
    assert found["incidents_per_year"].sum() > 0.0
    note = f"{len(points):,} points; finding the building alone by STRtree: "
    promise(
        "judge incidents at their building's front",
        by_front[0],
        "s",
        at_most=5.0 * scale + 0.5,
        note=f"{note}{by_tree[0]:.2f} s",
    )
    promise(
        "gaps, ranked and named",
        by_gaps[0],
        "s",
        at_most=8.0 * scale + 0.5,
        note=f"{raster.size / 1e6:.1f} Mpx of 2 m, {len(found):,} gaps",
    )


def grid_streets(buildings: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Give the streets between the city's blocks, one line from edge to edge each."""
    minx, miny, maxx, maxy = buildings.total_bounds
    pitch = 4 * 23.9 + 14.0
    x, y = (
        np.arange(minx - 9.0, maxx + pitch, pitch),
        np.arange(miny - 9.0, maxy, pitch),
    )
    lines = [[(at, to) for to in y] for at in x] + [[(to, at) for to in x] for at in y]
    names = [f"Street {number}" for number in range(len(lines))]
    return gpd.GeoDataFrame(
        {"name": names, "highway": "residential"},
        geometry=[shapely.LineString(line) for line in lines],
        crs=buildings.crs,
    )
