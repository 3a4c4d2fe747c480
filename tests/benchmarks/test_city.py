"""A whole city: made up, built to its numbers, and built with scenes."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from tests.benchmarks.test_study import measure

if TYPE_CHECKING:
    from collections.abc import Callable

BUILDINGS, CAMERAS, INCIDENTS = 160_000, 60_000, 1_000_000
SCENES = 16

pytestmark = pytest.mark.skipif(
    sys.platform == "win32", reason="measures memory as POSIX does"
)


def ran(words: list[str]) -> dict[str, float]:
    """Run a command in a process of its own; give its time and memory."""
    return measure(f"from coveragekit.cli.run import run\nassert run({words!r}) == 0")


@pytest.mark.timeout(3600)
def test_a_whole_city(
    promise: Callable[..., None], scale: float, tmp_path: Path
) -> None:
    # Three builds: in the gate a smaller part than of other benchmarks.
    share = scale if scale >= 1.0 else scale / 5.0
    counts = {
        "buildings": round(BUILDINGS * share),
        "cameras": round(CAMERAS * share),
        "incidents": round(INCIDENTS * share),
        "calls": 0,
    }
    city = tmp_path / "city"
    ran(["build", str(_tiny(tmp_path))])  # compiles where the cache is cold

    made = ran(["synth", str(city), *(f"--{key}={one}" for key, one in counts.items())])
    built = ran(["build", str(city)])
    summary = json.loads((city / "results/summary.json").read_text("utf-8"))
    rows = pd.read_parquet(city / "results/incident_coverage.parquet")
    drawn = ran(["build", str(city), "--scenes", str(SCENES)])
    with_scenes = json.loads((city / "results/summary.json").read_text("utf-8"))

    promise("a made-up city (CPU)", made["cpu_s"], "s", at_most=60.0)
    promise("a made-up city, memory", made["peak_mb"], "MB", at_most=3000.0)
    promise("whole city build, point results (CPU)", built["cpu_s"], "s", at_most=60.0)
    promise("whole city build, memory", built["peak_mb"], "MB", at_most=4000.0)
    promise(f"{SCENES} scenes of it more (CPU)", drawn["cpu_s"], "s", at_most=60.0)
    for name in ("buildings", "cameras", "incidents"):
        assert summary["counts"][name] == counts[name]
    seen_share = summary["shares"]["incidents"]
    seen = rows.loc[rows["street_visible"], "seen_probability"]
    assert seen_share["total"] == len(seen)
    assert seen_share["value"] == pytest.approx(seen.mean(), abs=1e-6)
    assert summary["outside"]["incidents"] + len(rows) == counts["incidents"]
    again = with_scenes["shares"]["incidents"]
    assert again["nominal"] == seen_share["nominal"]
    assert again["low"] <= again["value"] <= again["high"]


def _tiny(folder: Path) -> Path:
    city = folder / "tiny"
    words = ["--buildings=60", "--cameras=40", "--incidents=90"]
    ran(["synth", str(city), *words])
    return city
