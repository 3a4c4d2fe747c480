"""
A town whose truth is known: what the place of an event does to the share seen.

The toy of the method notes: blocks of 100 m, 160 cameras that look 60 m around, 200,000
incidents along the blocks. Cameras stand in the middle of their block of houses, as in
car parks and yards, and so see the middles of streets and not their corners.
"""

from __future__ import annotations

from typing import NamedTuple

import geopandas as gpd
import numpy as np
import pytest
import shapely

from coveragekit.coverage import (
    expected_covered,
    incident_coverage,
    point_probability,
    supports,
)
from coveragekit.visibility import Obstacles, who_sees
from tests.strategies import CRS

BLOCK_M = 100.0
SIDE = 40
CAMERAS = 160
INCIDENTS = 200_000
CORNER = np.array([740000.0, 3735000.0])
SEEDS = (1, 2, 3)


class Toy(NamedTuple):
    streets: gpd.GeoDataFrame
    cameras: gpd.GeoDataFrame
    ground: Obstacles
    truth: np.ndarray
    middles: np.ndarray
    corners: np.ndarray
    seen: np.ndarray


def table(xy, **columns) -> gpd.GeoDataFrame:
    filled = {name: np.full(len(xy), value) for name, value in columns.items()}
    return gpd.GeoDataFrame(filled, geometry=shapely.points(xy), crs=CRS)


@pytest.fixture(scope="module", params=SEEDS)
def toy(request) -> Toy:
    rng = np.random.default_rng(request.param)
    at = np.arange(SIDE + 1) * BLOCK_M
    lines = [[(x, y) for y in at] for x in at] + [[(x, y) for x in at] for y in at]
    streets = gpd.GeoDataFrame(
        {
            "name": [f"Street {number}" for number in range(len(lines))],
            "highway": ["residential"] * len(lines),
        },
        geometry=[shapely.LineString(CORNER + np.array(line)) for line in lines],
        crs=CRS,
    )
    yard = rng.choice(SIDE * SIDE, CAMERAS, replace=False)
    yard_xy = np.column_stack(np.divmod(yard, SIDE)) * BLOCK_M + BLOCK_M / 2.0
    cameras = table(
        CORNER + yard_xy + rng.normal(0.0, 5.0, (CAMERAS, 2)),
        bearing_deg=0.0,
        hfov_deg=360.0,
        range_m=60.0,
    )
    # An incident is some way along one block, which runs east or north from a corner.
    start = rng.integers(0, SIDE, (INCIDENTS, 2)).astype(float) * BLOCK_M
    east = rng.random(INCIDENTS) < 0.5
    way = np.column_stack([east, ~east]).astype(float)
    along = rng.uniform(0.0, BLOCK_M, INCIDENTS)
    truth = CORNER + start + along[:, None] * way
    ground = Obstacles.from_buildings(
        gpd.GeoDataFrame({"building_id": []}, geometry=[], crs=CRS)
    )
    return Toy(
        streets=streets,
        cameras=cameras,
        ground=ground,
        truth=truth,
        middles=CORNER + start + BLOCK_M / 2.0 * way,
        corners=CORNER + start + np.round(along / BLOCK_M)[:, None] * BLOCK_M * way,
        seen=within_reach(truth, cameras),
    )


def within_reach(xy, cameras) -> np.ndarray:
    """Whether a camera is within its reach, by distance alone: the ground is open."""
    eyes = shapely.get_coordinates(cameras.geometry)
    return np.concatenate(
        [
            (np.hypot(*(part[:, None] - eyes).transpose(2, 0, 1)) <= 60.0).any(axis=1)
            for part in np.array_split(xy, 20)
        ]
    )


def judged(toy, xy, kind) -> gpd.GeoDataFrame:
    events = table(xy, location_kind=kind)
    found = supports(events, toy.ground, toy.streets)
    return incident_coverage(
        events, toy.cameras, toy.ground, streets=toy.streets, supports=found
    )


@pytest.fixture(scope="module")
def by_block(toy) -> gpd.GeoDataFrame:
    return judged(toy, toy.middles, "block")


def brier(chance, seen) -> float:
    return float(np.mean((np.asarray(chance, dtype=float) - seen) ** 2))


def test_by_the_block_the_share_is_right_and_by_its_middle_points_off(
    toy, by_block
) -> None:
    result = by_block

    true = toy.seen.mean()
    assert 0.10 < true < 0.14
    assert set(result["basis"]) == {"block"}
    assert abs(result["seen_probability"].mean() - true) < 0.003
    assert result["naive_probability"].mean() - true > 0.04
    better = brier(result["seen_probability"], toy.seen)
    assert better < 0.7 * brier(result["naive_probability"], toy.seen)


def test_by_the_crossing_the_share_is_right_and_by_its_corner_points_off(toy) -> None:
    result = judged(toy, toy.corners, "intersection")

    true = toy.seen.mean()
    assert set(result["basis"]) == {"intersection"}
    assert abs(result["seen_probability"].mean() - true) < 0.003
    assert result["naive_probability"].mean() - true < -0.04
    better = brier(result["seen_probability"], toy.seen)
    assert better < 0.7 * brier(result["naive_probability"], toy.seen)


def test_exact_points_give_the_true_share(toy) -> None:
    some = toy.truth[:5_000]
    sees = who_sees(table(some), toy.cameras, toy.ground)

    chance = point_probability(sees, np.ones(CAMERAS))

    assert np.array_equal(chance > 0.0, toy.seen[:5_000])


def test_the_expected_number_is_off_by_no_more_than_its_variance_tells(
    toy, by_block
) -> None:
    chance = by_block["seen_probability"].to_numpy()
    off = []

    for part in np.array_split(np.arange(INCIDENTS), 400):
        expected, variance = expected_covered(chance[part])
        off.append((toy.seen[part].sum() - expected) / np.sqrt(variance))

    # Means and deviations of 400 such numbers are off by 0.05 and 0.035.
    assert abs(np.mean(off)) < 0.25
    assert 0.85 < np.std(off) < 1.15
