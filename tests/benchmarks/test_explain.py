"""What a person waits for who clicks on a place and asks why."""

from __future__ import annotations

import statistics

import geopandas as gpd
import numpy as np
import pytest
import shapely

from coveragekit import optics
from coveragekit.coverage import Explainer, Question
from coveragekit.visibility import Obstacles, Surface, mount, who_sees, who_sees_relief
from tests.benchmarks.city import facade_cameras, synthetic_city

DENSITY = 62.5


@pytest.fixture(scope="module")
def city(scale: float) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame, list]:
    """60,000 cameras on the facades of 40,000 buildings, and places among them."""
    rng = np.random.default_rng(20240630)
    buildings = synthetic_city(max(int(40_000 * scale), 400), rng)
    count = max(int(60_000 * scale), 600)
    cameras = facade_cameras(buildings, count, rng, hfov_deg=70.0, range_m=60.0)
    cameras = cameras.assign(
        kind="bullet",
        tilt_deg=15.0,
        vfov_deg=43.0,
        width_px=1920,
        mount_height_m=4.0,
        ir_range_m=30.0,
        access="registered",
        status="online",
    )
    low, high = buildings.total_bounds[:2] + 100.0, buildings.total_bounds[2:] - 100.0
    places = [shapely.Point(*rng.uniform(low, high)) for _ in range(25)]
    return cameras, buildings, places


@pytest.mark.parametrize(
    ("light", "by_height"), [("day", False), ("night", False), ("day", True)]
)
def test_explain(city, light, by_height, promise, cpu_clock) -> None:
    cameras, buildings, places = city
    obstacles = Obstacles.from_buildings(buildings)
    surface = Surface.from_buildings(buildings) if by_height else None
    ready = Explainer(
        cameras,
        obstacles,
        footprints=optics.footprints(cameras, DENSITY),
        mounting=mount(cameras, obstacles),
        surface=surface,
    )
    question = Question(density_px_per_m=DENSITY, light=light)
    ready.ask(places[0], question)

    runs, found = [], []
    for place in places:
        with cpu_clock() as spent:
            found.append(ready.ask(place, question))
        runs.append(1000.0 * spent[0])

    what = f"explain one place, by {light}{', by height' if by_height else ''}"
    size = f"{len(cameras):,} cameras"
    promise(what, statistics.median(runs), "ms", at_most=50, note=size)
    promise(f"{what}, the slowest", max(runs), "ms", at_most=50)
    in_force = optics.footprints(cameras, DENSITY, light=light)
    there = gpd.GeoSeries(places, crs=cameras.crs)
    look = {"footprints": in_force, "mounting": ready.mounting}
    if surface is None:
        seen = who_sees(there, cameras, obstacles, **look)
    else:
        seen = who_sees_relief(there, cameras, surface, **look)
    told = [int(table["verdict"].str.startswith("sees").sum()) for table in found]
    assert told == np.diff(seen.indptr).tolist()
    assert sum(told) > 0
