"""The promise of what one viewer costs in use: memory of its own, all tools opened."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from coveragekit.sources import CitySize
from coveragekit.study import Study, create_city

CAMERAS, BUILDINGS, INCIDENTS = 60_000, 160_000, 1_000_000
ROOT = Path(__file__).parents[2]
# As the engine sets it for kernels.
THRIFT = {
    "MALLOC_ARENA_MAX": "2",
    "MALLOC_TRIM_THRESHOLD_": "131072",
    "OPENBLAS_NUM_THREADS": "1",
}


@pytest.fixture(scope="module")
def city(scale: float, tmp_path_factory: pytest.TempPathFactory) -> Study:
    """Give a built city; COVERAGEKIT_BENCH_CITY names one that is there already."""
    given = os.environ.get("COVERAGEKIT_BENCH_CITY")
    if given:
        return Study.open(given)
    size = CitySize(
        cameras=int(CAMERAS * scale),
        buildings=int(BUILDINGS * scale),
        incidents=int(INCIDENTS * scale),
    )
    study = create_city(tmp_path_factory.mktemp("memory") / "city", size, seed=1)
    study.build()
    return study


@pytest.mark.skipif(
    not Path("/proc/self/smaps_rollup").exists(), reason="needs /proc (Linux)"
)
def test_a_viewer_stays_small_in_use(city, promise) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.dashboards.memory_walk", str(city.path), "0"],
        cwd=ROOT,
        env=os.environ | THRIFT,
        capture_output=True,
        text=True,
        check=False,
        timeout=900,
    )
    assert done.returncode == 0, done.stderr[-2_000:]
    steps = [json.loads(line) for line in done.stdout.splitlines()]
    assert {one["turn"] for one in steps} == {0, 1, 2}

    counts = city.results().summary["counts"]
    note = f"{counts['cameras']:,} cameras, {counts['incidents']:,} incidents, 3 walks"
    most = max(one["own_mb"] for one in steps)
    promise("memory of its own in use", most, "MB", at_most=150.0, note=note)
    what_if = max(one["mapped_mb"] for one in steps if one["name"] == "what-if")
    promise("city's pages after what-if", what_if, "MB", at_most=20.0, note=note)
