"""How long the door takes to answer and to write the answer down."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from coveragekit.access import camera_arrays, open_door
from coveragekit.registry.audit_check import verify
from coveragekit.registry.moving import import_cameras
from tests.access.scene import ANN, CALL, KIM, OFFICE, Scene

FULL = 60_000


def test_a_decision_and_its_line(
    scale: float, tmp_path: Path, promise: Callable[..., None]
) -> None:
    count = max(round(FULL * scale), 50)
    with open_door(tmp_path / "registry.sqlite", create=True, sign=False) as door:
        rows = (
            {
                "source_id": str(number),
                "lon": -84.5 + 0.000_01 * number,
                "lat": 33.75,
                "kind": "dome",
                "access": "public",
            }
            for number in range(count)
        )
        with door.registry.write() as connection:
            import_cameras(connection, rows, by="bench", source="made", agency="City")
        camera_id = Scene(door).integrated()
        processor, wall = [], []
        for _ in range(max(round(600 * scale), 60)):
            spent, start = time.process_time(), time.perf_counter()
            decision = door.may(KIM, "view_live", camera_id, CALL)
            processor.append(time.process_time() - spent)
            wall.append(time.perf_counter() - start)
            assert decision.allowed
        start = time.process_time()
        found = camera_arrays(ANN, OFFICE, registry=door)
        listed = time.process_time() - start
        assert len(found["lon"]) == count + 1
        start = time.process_time()
        with door.registry.read() as connection:
            checked = verify(connection)
        per_line = (time.process_time() - start) / checked.entries
        assert checked.ok

    words = f"{count:,} cameras; wall median {1e3 * statistics.median(wall):.1f} ms"
    cpu = 1e3 * statistics.median(processor)
    promise("decision and its line, median", cpu, "CPU ms", at_most=5.0, note=words)
    promise("all cameras as arrays", listed, "CPU s", at_most=5.0 * max(scale, 0.05))
    promise("check of the log, a line", 1e6 * per_line, "CPU us", at_most=200.0)


@pytest.fixture(autouse=True)
def _own_keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COVERAGEKIT_CHECKPOINTS", str(tmp_path / "checkpoints"))
    monkeypatch.setenv("COVERAGEKIT_AUDIT_KEY", str(tmp_path / "audit.pem"))
