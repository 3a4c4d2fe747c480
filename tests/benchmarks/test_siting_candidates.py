"""The promise of candidates: every aim of 30,000 businesses, exactly, in seconds."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely

from coveragekit import coverage, optics, siting
from coveragekit.visibility import Obstacles, isovists, who_sees
from tests.benchmarks.city import synthetic_city
from tests.benchmarks.test_worth import traced

BUSINESSES = 30_000
BUILDINGS = 40_000
BEARINGS = 8
SPACING_M = 3.0
PITCH_M = 4 * 23.9 + 14.0
DENSITY = 62.5


def town(scale: float) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """Buildings, the streets between their blocks, and businesses in most of them."""
    rng = np.random.default_rng(11)
    buildings = synthetic_city(int(BUILDINGS * scale), rng)
    minx, miny, maxx, maxy = buildings.total_bounds
    x = np.arange(minx - 10.0, maxx + PITCH_M, PITCH_M)
    y = np.arange(miny - 10.0, maxy + PITCH_M, PITCH_M)
    lines = [[(a, v), (a + PITCH_M, v)] for v in y for a in x[:-1]]
    lines += [[(u, a), (u, a + PITCH_M)] for u in x for a in y[:-1]]
    streets = gpd.GeoDataFrame(
        {"highway": ["residential"] * len(lines)},
        geometry=shapely.linestrings(lines),
        crs=buildings.crs,
    )
    taken = rng.permutation(len(buildings))[: int(BUSINESSES * scale)]
    inside = buildings.geometry.representative_point().iloc[taken]
    businesses = gpd.GeoDataFrame(
        {"place_id": taken.astype(str)}, geometry=inside.to_numpy(), crs=buildings.crs
    )
    return buildings, streets, businesses


def test_every_aim_of_thirty_thousand_businesses_is_looked_at_in_seconds(
    scale, promise, cpu_clock
) -> None:
    buildings, streets, businesses = town(scale)
    obstacles = Obstacles.from_buildings(buildings)
    area = coverage.study_area(buildings)
    samples = coverage.street_samples(streets, area, SPACING_M)
    demand = siting.join_demand(siting.street_demand(samples))
    worth = demand.weights()

    def look(shops: gpd.GeoDataFrame, **lenses: object) -> siting.Aims:
        mounts = siting.place_mounts(shops, obstacles, streets, area=area)
        return siting.aims_from(
            mounts,
            demand,
            obstacles,
            density_px_per_m=DENSITY,
            bearings=BEARINGS,
            **lenses,
        )

    one_lens = siting.lenses()[:1]
    small = look(businesses.iloc[:50], lens_kinds=one_lens)
    siting.site_gains(small, worth)
    small.cover([0])
    small.chances()

    with cpu_clock() as looking:
        aims = look(businesses, lens_kinds=one_lens)
        cover = aims.cover(np.arange(len(aims)))
    with cpu_clock() as gaining:
        found = siting.site_gains(aims, worth)
        chances = aims.chances()
    with cpu_clock() as drawing:
        # The eight ways from the best place of each business, as polygons.
        first = found["aim"].to_numpy() // BEARINGS * BEARINGS
        eight = siting.planned_cameras(
            aims, (first[:, None] + np.arange(BEARINGS)).ravel()
        )
        shown = optics.footprints(eight, DENSITY)
        shapes = isovists(eight, obstacles, footprints=shown)
    with cpu_clock() as all_lenses:
        widest = siting.site_gains(look(businesses), worth)
    with traced() as peak:
        siting.site_gains(look(businesses, lens_kinds=one_lens), worth)

    taken = np.random.default_rng(0).integers(0, len(aims), 60)
    cameras = siting.planned_cameras(aims, taken)
    points = gpd.GeoSeries(shapely.points(demand.xy), crs=demand.crs)
    by_day = who_sees(
        points, cameras, obstacles, footprints=optics.footprints(cameras, DENSITY)
    )
    assert (cover[: len(demand)][:, taken] != by_day).nnz == 0
    assert (found["expected_gain"] <= found["gain"] + 1e-9).all()
    assert (widest["gain"] >= found["gain"] - 1e-9).all()
    assert found["gain"].to_numpy() == pytest.approx(cover.T[found["aim"]] @ worth)
    assert chances.shape == (2 * len(demand), len(found))
    # A wall within the dead zone, close before the camera, leaves nothing of an aim.
    assert shapes.is_empty.mean() < 0.02
    note = (
        f"{len(businesses):,} businesses, {len(aims.mounts):,} places, {len(aims):,} "
        f"aims, {len(demand):,} points, {cover.nnz:,} views"
    )
    promise(
        "places, and what eight aims of each show",
        looking[0],
        "s",
        at_most=10.0 * scale + 0.5,
        note=note,
    )
    promise(
        "the best aim of each business, and an owner's",
        gaining[0],
        "s",
        at_most=8.0 * scale + 0.3,
        note=note,
    )
    promise(
        "isovists of eight aims of each business",
        drawing[0],
        "s",
        at_most=30.0 * scale + 0.5,
        note=f"{len(shapes):,} polygons",
    )
    promise(
        "the same choice among three lenses, from the start",
        all_lenses[0],
        "s",
        at_most=15.0 * scale + 0.5,
        note=note,
    )
    promise(
        "memory for a choice among eight aims",
        peak[0] / 1e6,
        "MB",
        at_most=500.0 * scale + 100.0,
        note=note,
    )
