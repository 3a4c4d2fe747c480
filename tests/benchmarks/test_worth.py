"""The promises of what cameras are worth, and whether they are where the harm is."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_array

from coveragekit.analysis import concentration
from coveragekit.coverage import by_month, camera_losses, point_share

CAMERAS = 60_000
POINTS = 1_000_000
INCIDENTS = 1_000_000
PLACES = 200_000
SEEN_BY = 6


def city(scale, rng) -> tuple[csr_array, np.ndarray]:
    """Points along a line, each seen by some six cameras of its surroundings."""
    points, cameras = int(POINTS * scale), int(CAMERAS * scale)
    number = rng.poisson(SEEN_BY, points)
    ptr = np.concatenate([[0], np.cumsum(number)])
    near = np.repeat(np.arange(points) * cameras // points, number)
    column = np.clip(near + rng.integers(-40, 40, len(near)), 0, cameras - 1)
    sees = csr_array((np.ones(len(near), bool), column, ptr), (points, cameras))
    sees.sum_duplicates()
    return sees.astype(bool), rng.choice([0.25, 1.0], cameras)


def test_what_each_of_sixty_thousand_cameras_is_worth_and_what_months_saw(
    scale, promise, cpu_clock
) -> None:
    rng = np.random.default_rng(3)
    sees, chance = city(scale, rng)
    since = pd.to_datetime(rng.integers(1.5e18, 1.7e18, len(chance)), utc=True)
    never = pd.to_datetime([""] * len(chance), utc=True)
    cameras = pd.DataFrame({"active_from": since, "active_to": never})
    camera_losses(sees[:9], chance)
    by_month(cameras, sees[:9], time_zone="UTC")

    with cpu_clock() as weighing:
        losses = camera_losses(sees, chance)
    with cpu_clock() as following:
        months = by_month(cameras, sees, time_zone="UTC", probability=chance)

    whole = point_share(sees, chance).seen
    for camera in rng.integers(0, len(chance), 3):
        rest = point_share(sees, chance * (np.arange(len(chance)) != camera)).seen
        assert losses[camera] == pytest.approx(whole - rest, abs=1e-6)
    last = months["seen_share"].iloc[-1]
    assert last == pytest.approx(whole / sees.shape[0], rel=0.02)
    note = f"{len(chance):,} cameras, {sees.shape[0]:,} points, {sees.nnz:,} views"
    promise(
        "what is lost without each camera",
        weighing[0],
        "s",
        at_most=1.0 * scale + 0.05,
        note=note,
    )
    promise(
        "what was seen month by month",
        following[0],
        "s",
        at_most=5.0 * scale + 0.1,
        note=f"{note}, {len(months)} months",
    )


def test_whether_cameras_are_where_the_harm_is_is_known_in_seconds(
    scale, promise, cpu_clock
) -> None:
    rng = np.random.default_rng(4)
    count = int(POINTS * scale)
    x, y = np.arange(count) * 2.0 % 20_000.0, np.arange(count) * 2.0 // 20_000.0 * 90.0
    seen = np.repeat(rng.random(count // 20 + 1) < 0.2, 20)[:count].astype(float)
    samples = gpd.GeoDataFrame(
        {"street": y, "length_m": 2.0, "seen_probability": seen},
        geometry=gpd.points_from_xy(x, y),
        crs="EPSG:32616",
    )
    spots = rng.integers(0, count, int(PLACES * scale))
    at = spots[rng.integers(0, len(spots), int(INCIDENTS * scale))]
    kinds = rng.integers(0, 20, len(at)).astype(str)
    judged = gpd.GeoDataFrame(
        {"seen_probability": seen[at], "category": kinds},
        geometry=gpd.points_from_xy(x[at], y[at]),
        crs="EPSG:32616",
    )
    hour = (rng.integers(0, 168, len(at))[:, None] + np.arange(8)) % 168
    ends = np.arange(0, hour.size + 1, 8)
    hours = csr_array((np.full(hour.size, 1 / 8), hour.ravel(), ends), (len(at), 168))

    concentration(judged.iloc[:9], samples, rng=1, hours=hours[:9], permutations=1)

    with cpu_clock() as asking:
        found = concentration(judged, samples, rng=1, hours=hours)
    with traced() as peak:
        again = concentration(judged, samples, rng=1, hours=hours)

    assert found.overall["chance_low"] < 1.0 < found.overall["chance_high"]
    assert found.overall["value"] == pytest.approx(seen[at].mean() / seen.mean())
    assert len(found.by_category) == 20
    assert found.by_hour["weight"].sum() == pytest.approx(len(at))
    assert found.to_dict() == again.to_dict()
    note = (
        f"{len(at):,} incidents at {len(np.unique(at)):,} places, 20 categories, "
        "24 hours, 999 moves and draws"
    )
    promise(
        "whether cameras are where the harm is",
        asking[0],
        "s",
        at_most=4.2 * scale + 0.8,
        note=note,
    )
    promise(
        "memory for that, beside what is given",
        peak[0] / 1e6,
        "MB",
        at_most=240.0 * scale + 60.0,
        note=note,
    )


@contextmanager
def traced() -> Iterator[list[int]]:
    """Measure the most memory held at once, bytes."""
    held: list[int] = []
    tracemalloc.start()
    try:
        yield held
        held.append(tracemalloc.get_traced_memory()[1])
    finally:
        tracemalloc.stop()
