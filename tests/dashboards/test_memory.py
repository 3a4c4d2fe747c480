"""What one viewer has for itself stays small, whatever it has looked at."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from coveragekit.dashboards import memory
from coveragekit.dashboards.planner.kept import Kept, Packed
from coveragekit.sources import CitySize
from coveragekit.study import create_city
from coveragekit.view import Store
from coveragekit.view.files import let_go

HAS_PROC = Path("/proc/self/smaps_rollup").exists()
ROOT = Path(__file__).parents[2]
SIZE = CitySize(cameras=500, buildings=1_500, incidents=30_000)
# As the engine sets it for kernels.
THRIFT = {"MALLOC_ARENA_MAX": "2", "MALLOC_TRIM_THRESHOLD_": "131072"}


def test_what_is_kept_is_bounded_by_bytes_and_the_oldest_goes_first() -> None:
    kept = Kept(3_000)

    def make(number: int) -> np.ndarray:
        return np.full(700, number, np.uint8)

    for number in (1, 2):
        kept.get(("a", number), lambda one=number: make(one))
    kept.get(("a", 1), lambda: make(9))  # asked for again, so 2 is the oldest now
    kept.get(("b", 3), lambda: make(3))

    assert kept.nbytes <= 3_000
    assert len(kept) == 2
    assert kept.get(("a", 1), lambda: make(9))[0] == 1
    assert kept.get(("a", 2), lambda: make(8))[0] == 8


def test_one_value_that_is_too_large_is_kept_alone() -> None:
    kept = Kept(100)
    kept.get(("a", 1), lambda: np.zeros(10, np.uint8))
    large = kept.get(("a", 2), lambda: np.zeros(10_000, np.uint8))

    assert kept.get(("a", 2), lambda: np.ones(1, np.uint8)) is large
    assert len(kept) == 1


def test_kinds_are_forgotten_and_their_bytes_with_them() -> None:
    kept = Kept(100_000)
    kept.get(("a", 1), lambda: np.zeros(1_000, np.uint8))
    kept.get(("b", 1), lambda: (np.zeros(1_000, np.uint8), 3))
    both = kept.nbytes

    kept.forget("a")
    assert kept.nbytes * 2 == both
    kept.forget()
    assert (kept.nbytes, len(kept)) == (0, 0)


@pytest.mark.parametrize("count", [0, 1, 7, 8, 9, 1_000])
def test_packing_loses_nothing(count: int) -> None:
    rng = np.random.default_rng(count)
    array = (rng.random(count) * (rng.random(count) < 0.3)).astype(np.float32)

    packed = Packed.of(array)

    assert packed.array().tobytes() == array.tobytes()
    assert not packed.array().flags.writeable
    assert packed.nbytes <= count // 8 + 1 + 4 * np.count_nonzero(array)


@pytest.mark.skipif(not HAS_PROC, reason="needs /proc (Linux)")
def test_mapped_pages_are_let_go_and_stay_readable(tmp_path) -> None:
    path = tmp_path / "large.npy"
    np.save(path, np.arange(1_000_000))
    array = np.asarray(np.load(path, mmap_mode="r"))
    total = array.sum()
    assert _resident_kb(path) > 7_000

    let_go({"one": array})

    assert _resident_kb(path) < 100
    assert array.sum() == total


def _resident_kb(path: Path) -> int:
    found, total = False, 0
    for line in Path("/proc/self/smaps").read_text("utf-8").splitlines():
        words = line.split()
        if "-" in words[0] and not words[0].endswith(":"):
            found = words[-1] == str(path)
        elif found and words[0] == "Rss:":
            total += int(words[1])
    return total


def test_what_is_not_mapped_is_left_alone() -> None:
    array = np.arange(3)

    let_go(array)
    let_go(None)
    memory.trim()

    assert array.tolist() == [0, 1, 2]


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Path:
    study = create_city(tmp_path_factory.mktemp("memory") / "city", SIZE, seed=3)
    study.build()
    return study.path


@pytest.mark.slow
@pytest.mark.skipif(not HAS_PROC, reason="needs /proc (Linux)")
def test_a_long_visit_takes_no_more_than_a_part_of_the_city(city) -> None:
    whole = (
        sum(one["bytes"] for one in Store.open(city).meta["arrays"].values()) / 2**20
    )
    most = int(whole * 2**20 / 20)

    done = subprocess.run(
        [sys.executable, "-m", "tests.dashboards.memory_walk", str(city), str(most)],
        cwd=ROOT,
        env=os.environ | THRIFT,
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )

    assert done.returncode == 0, done.stderr[-2_000:]
    steps = [json.loads(line) for line in done.stdout.splitlines()]
    assert all(one["kept_bytes"] <= most for one in steps)
    own = {(one["turn"], one["name"]): one["own_mb"] for one in steps}
    assert max(own.values()) - own[0, "open"] < 0.1 * whole + 3.0
    # The first walk loads compiled kernels; later ones leave nothing behind.
    assert own[2, "back"] - own[0, "back"] < 0.02 * whole + 2.0
    mapped = {one["name"]: one["mapped_mb"] for one in steps}
    # Opening what-if reads every place once; that is not to count for this viewer.
    assert mapped["what-if"] < 0.05 * whole + 2.0
