"""The promise of the places where events may be."""

from __future__ import annotations

import geopandas as gpd
import numpy as np

from coveragekit.coverage import incident_coverage, supports
from coveragekit.visibility import Obstacles
from tests.benchmarks.city import facade_cameras, street_points, synthetic_city
from tests.benchmarks.test_coverage import grid_streets

BUILDINGS = 40_000
CAMERAS = 30_000
EVENTS = 1_000_000
TELLINGS = 50_000
KINDS = {"address": 0.55, "block": 0.15, "intersection": 0.06, "exact": 0.24}


def test_a_million_events_of_fifty_thousand_tellings_are_placed_in_seconds(
    scale, promise, cpu_clock
) -> None:
    rng = np.random.default_rng(2)
    buildings = synthetic_city(int(BUILDINGS * scale), rng)
    obstacles = Obstacles.from_buildings(buildings)
    cameras = facade_cameras(
        buildings, int(CAMERAS * scale), rng, hfov_deg=70.0, range_m=25.0
    )
    streets = grid_streets(buildings)
    count = int(TELLINGS * scale)
    told = gpd.GeoDataFrame(
        {
            "location_kind": rng.choice(list(KINDS), count, p=list(KINDS.values())),
            "address": "100 BLOCK OF " + rng.choice(streets["name"], count),
        },
        geometry=street_points(buildings, count, rng).geometry.to_numpy(),
        crs=buildings.crs,
    )
    exact = told["location_kind"] == "exact"
    told["location_error_m"] = np.where(exact, 8.0, np.nan)
    rows = rng.integers(0, count, int(EVENTS * scale))
    events = told.iloc[rows].reset_index(drop=True)
    supports(events.iloc[:9], obstacles, streets)
    incident_coverage(events.iloc[:9], cameras, obstacles, streets=streets)

    with cpu_clock() as placing:
        places = supports(events, obstacles, streets)
    with cpu_clock() as judging:
        judged = incident_coverage(
            events, cameras, obstacles, streets=streets, supports=places
        )

    assert len(places.basis) <= count
    assert sum(places.counts().values()) == len(events)
    assert judged["seen_probability"].mean() >= judged["naive_probability"].mean()
    note = f"{len(events):,} events, {len(places.basis):,} supports"
    promise(
        "find where a million events may be",
        placing[0],
        "s",
        at_most=6.0 * scale + 0.5,
        note=f"{note}, {len(places.xy):,} places",
    )
    promise(
        "judge a million events over their places",
        judging[0],
        "s",
        at_most=6.0 * scale + 0.5,
        note=f"{note}, {len(cameras):,} cameras",
    )
