"""A writer killed at any moment leaves every acknowledged write, and nothing half."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import func, select

from coveragekit.registry import cameras, schema
from coveragekit.registry.audit_check import verify
from coveragekit.registry.opening import Registry

ROOT = Path(__file__).resolve().parent.parent.parent
# Loads everything once; then forks a writer for each line that it reads, and tells its
# number. A writer adds an owner, a camera and a line of the log, and says so when kept.
NURSERY = """
import os, signal, sys
from coveragekit.registry import cameras, owners
from coveragekit.registry.audit import Entry, append
from coveragekit.registry.opening import Registry

def write_for_ever(url):
    registry = Registry.open(url)
    number = 0
    while True:
        number += 1
        with registry.write() as connection:
            owner = owners.add_owner(
                connection, {"name": f"o{number}", "kind": "business"}, by="x"
            )
            place = {"lon": number % 180, "lat": 1.0}
            camera = cameras.add_camera(connection, place, by="x")
            cameras.change_camera(
                connection, camera.camera_id, {"lat": 2.0}, revision=1, by="x"
            )
            append(connection, Entry(
                actor="x", role="administrator", kind="human", action="manage",
                object_type="owner", object_ids=(owner.owner_id,), result="done",
            ))
        os.write(1, f"{owner.owner_id}\\n".encode())

signal.signal(signal.SIGCHLD, signal.SIG_IGN)
print("ready", flush=True)
for line in sys.stdin:
    child = os.fork()
    if child == 0:
        write_for_ever(sys.argv[1])
    os.write(1, f"child {child}\\n".encode())
"""


class Nursery:
    """A process that has writers."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self.acknowledged: list[str] = []

    def _read(self) -> str:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line.endswith("\n"), "the nursery ended"
        return line.strip()

    def start(self) -> int:
        """Start a writer and give its number, once it wrote for the first time."""
        assert self._process.stdin is not None
        self._process.stdin.write("go\n")
        self._process.stdin.flush()
        first, child = False, 0
        while not (first and child):
            line = self._read()
            if line.startswith("child "):
                child = int(line.split()[1])
            elif line.startswith("own_"):
                self.acknowledged.append(line)
                first = True
        return child

    def collect(self) -> None:
        """Read what killed writers acknowledged, up to the next one's first word."""
        self._process.stdin.close()  # type: ignore[union-attr]
        self.acknowledged += self._process.stdout.read().split()  # type: ignore[union-attr]


@contextmanager
def _nursery(url: str) -> Iterator[Nursery]:
    process = subprocess.Popen(
        [sys.executable, "-c", NURSERY, url],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        yield Nursery(process)
    finally:
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()


@pytest.mark.soak
@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs signals of POSIX")
def test_a_writer_killed_at_any_moment_loses_nothing_it_acknowledged(
    registry: Registry, registry_url: str
) -> None:
    times = 200 if os.environ.get("COVERAGEKIT_SOAK") == "full" else 20
    rng = random.Random(20261122)  # noqa: S311 - moments, no secret

    with _nursery(registry_url) as nursery:
        for _ in range(times):
            child = nursery.start()
            time.sleep(rng.uniform(0.0, 0.04))
            os.kill(child, signal.SIGKILL)
        nursery.collect()

    with registry.read() as connection:
        kept = set(connection.execute(select(schema.owner.c.owner_id)).scalars())
        counts = {
            connection.execute(select(func.count()).select_from(table)).scalar_one()
            for table in (schema.owner, schema.camera, schema.audit_entry)
        }
        revisions = connection.execute(select(schema.camera.c.revision).distinct())
        verdict = verify(connection, ())
        logged = connection.execute(select(schema.audit_entry.c.object_ids)).scalars()
        assert len(nursery.acknowledged) >= times
        assert set(nursery.acknowledged) <= kept
        # a writer killed between keeping and saying so leaves one more
        assert len(kept) <= len(nursery.acknowledged) + times
        assert counts == {len(kept)}
        assert revisions.scalars().all() == [2]
        assert {one for ids in logged for one in ids} == kept
        assert verdict.ok
        assert verdict.entries == len(kept)
        found = cameras.nearest_cameras(connection, 1.0, 2.0, n=1000, within_m=1.0)
        at_one = select(func.count()).where(schema.camera.c.lon == 1.0)
        assert len(found) == connection.execute(at_one).scalar_one()
        if registry.dialect == "sqlite":
            whole = connection.exec_driver_sql("PRAGMA integrity_check").scalars()
            assert whole.all() == ["ok"]
