"""The view store of a made-up city: how fast it is written and opened, and how big."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from coveragekit.sources import CitySize
from coveragekit.study import Study, create_city
from coveragekit.study.folder import StudyFolder
from coveragekit.study.view import write_view
from coveragekit.view import Store
from coveragekit.view.files import CITY

FULL = {"buildings": 160_000, "cameras": 60_000, "incidents": 1_000_000}
NEEDS_PROC = pytest.mark.skipif(
    not Path("/proc/self/smaps_rollup").exists(), reason="the system does not tell"
)
# Touches a page in every 32 of every array of places, pairs and events, then waits
# for its neighbour.
VIEWER = """
import sys
import numpy as np
from coveragekit.view import Store
store = Store.open(sys.argv[1])
touched = 0.0
for name in ("cameras", "views", "streets", "ground", "incident_places", "incidents"):
    table = getattr(store, name)
    for column in table.__dataclass_fields__:
        array = getattr(table, column)
        if isinstance(array, np.ndarray) and array.size:
            touched += float(array.reshape(-1)[::64].astype(float).sum())
print("ready", flush=True)
sys.stdin.readline()
print(open("/proc/self/smaps_rollup").read(), flush=True)
"""


@pytest.fixture(scope="module")
def share(scale: float) -> float:
    """Share of the full size: in the gate a fifth of the others', as it is built."""
    return scale if scale >= 1.0 else 0.2 * scale


@pytest.fixture(scope="module")
def city(share: float, tmp_path_factory: pytest.TempPathFactory) -> Study:
    """A made-up city of a share of the full size, built without scenes."""
    size = {name: max(round(count * share), 50) for name, count in FULL.items()}
    folder = tmp_path_factory.mktemp("city") / "study"
    study = create_city(folder, CitySize(**size), seed=1).with_settings(scenes=0)
    study.build()
    return study


def test_the_store_is_written_and_opens_at_once(
    city: Study,
    share: float,
    tmp_path: Path,
    promise: Callable[..., None],
    cpu_clock: Callable[..., object],
) -> None:
    folder = tmp_path / "results"
    shutil.copytree(city.results().path, folder)
    shutil.rmtree(folder / CITY)
    study = StudyFolder.open(city.path)
    with cpu_clock() as spent:
        write_view(study, folder)
    began = time.perf_counter()
    for _ in range(20):
        store = Store.open(folder)
    opened = (time.perf_counter() - began) / 20

    size = sum(path.stat().st_size for path in (folder / CITY).iterdir()) / 1e6
    built = Store.open(city.path)
    assert store.meta["build_id"] == built.meta["build_id"]
    note = f"{len(store.cameras):,} cameras, {len(store.incident_places):,} places"
    # The lattice over the ground is as fine in a small city.
    most_s, most_mb = 4.0 + 21.0 * share, 100.0 + 800.0 * share
    promise("write the view store", spent[0], "CPU s", at_most=most_s, note=note)
    promise("view store on disk", size, "MB", at_most=most_mb, note=note)
    promise("open the view store", 1000 * opened, "ms", at_most=50)


def test_the_stores_shares_are_those_of_the_summary_at_size(city: Study) -> None:
    store, told = Store.open(city.path), city.results().summary["shares"]
    views, places = store.views, store.streets
    flags = (store.cameras.active & (store.cameras.access <= 2))[views.camera]
    seen = np.repeat(np.arange(len(places)), np.diff(places.ptr))
    kept = flags[places.view] & (places.day > store.meta["band"])
    pair = np.column_stack([seen[kept], views.camera[places.view[kept]]])
    pairs, of = np.unique(pair, axis=0, return_inverse=True)
    looks = np.bincount(of.ravel(), views.probability[places.view[kept]])
    miss = np.ones(len(places))
    np.multiply.at(miss, pairs[:, 0], 1.0 - np.minimum(looks, 1.0))

    share = places.weight @ (1.0 - miss) / store.meta["totals"]["streets"]

    assert share == pytest.approx(told["street_length"]["nominal"], abs=1e-6)
    assert json.dumps(dict(store.meta))


@NEEDS_PROC
def test_viewers_share_the_pages_of_the_store(
    city: Study, promise: Callable[..., None]
) -> None:
    command = [sys.executable, "-c", VIEWER, str(city.path)]
    viewers = [
        subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(2)
    ]
    for viewer in viewers:
        assert viewer.stdout.readline() == "ready\n"

    told = []
    for viewer in viewers:
        told.append(viewer.communicate("\n", timeout=60)[0])

    own = [
        sum(int(kb) for kb in re.findall(r"Private_\w+:\s+(\d+) kB", one)) / 1024
        for one in told[:1]
    ]
    assert own[0] > 0.0
    promise("own memory of a reader of the store", own[0], "MB", at_most=150)
