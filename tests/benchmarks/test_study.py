"""What a person waits for: the import, and the build of one real neighbourhood."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from pathlib import Path

import pytest

MEASURED = """
import json, pathlib, resource, sys, time
start, spent = time.perf_counter(), time.process_time()
{body}
# Not getrusage where there is better: there a child starts with its parent's peak.
status = pathlib.Path("/proc/self/status")
if status.exists():
    peak_kb = int(status.read_text().split("VmHWM:")[1].split()[0])
else:
    peak_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(json.dumps({{
    "wall_s": time.perf_counter() - start,
    "cpu_s": time.process_time() - spent,
    "peak_mb": peak_kb / 1024,
}}))
"""


def measure(body: str) -> dict[str, float]:
    """Run a piece of Python in a process of its own; give its time and memory."""
    done = subprocess.run(
        [sys.executable, "-c", MEASURED.format(body=body)],
        capture_output=True,
        text=True,
        check=True,
    )
    figures: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return figures


def test_import(promise) -> None:
    runs = [measure("import coveragekit")["cpu_s"] for _ in range(5)]

    promise(
        "import coveragekit (CPU, median of 5)",
        statistics.median(runs),
        "s",
        at_most=0.3,
    )
    assert min(runs) > 0.0


@pytest.mark.real_data
@pytest.mark.skipif(sys.platform == "win32", reason="measures memory as POSIX does")
def test_reynoldstown_build(promise, real_data: Path, tmp_path: Path) -> None:
    osm = real_data / "atlanta_osm_reynoldstown"
    names = ("houses", "otherBuildings", "apartments")
    words = [
        *("init", str(tmp_path / "study")),
        *("--buildings", ",".join(str(osm / f"{name}.geojson") for name in names)),
        *("--streets", str(osm / "roads.geojson")),
        *("--cameras", str(real_data / "atlanta_cameras_gdot/gdot_cctv_2024.csv")),
        *("--incidents", str(real_data / "atlanta_crime/COBRA-2022.csv.gz")),
        *("--areas", str(real_data / "atlanta_boundaries/neighborhoods.geojson")),
    ]
    body = (
        "from coveragekit.cli.run import run\n"
        f"assert run({words!r}) == 0\n"
        "start, spent = time.perf_counter(), time.process_time()\n"
        f"assert run(['build', {str(tmp_path / 'study')!r}]) == 0"
    )
    measure(body)  # compiles where the cache is cold
    again = body.replace(str(tmp_path / "study"), str(tmp_path / "again"))

    figures = measure(again)

    promise("Reynoldstown build (wall)", figures["wall_s"], "s", at_most=20.0)
    promise("Reynoldstown init + build, memory", figures["peak_mb"], "MB", at_most=1000)
    summary = json.loads((tmp_path / "again/results/summary.json").read_text())
    assert summary["counts"]["buildings"] == 1441
