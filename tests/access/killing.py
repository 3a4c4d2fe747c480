"""Kill writers at random moments, and look at what is left."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

from sqlalchemy import func, select, text

from coveragekit import access
from coveragekit.access import Door
from coveragekit.registry import schema
from tests.access.killed_writer import ROWS
from tests.access.scene import AUD, OVERSIGHT

ROOT = Path(__file__).resolve().parent.parent.parent
TOGETHER = 2
"""How many write at a time: one dies, the other has to go on."""


@dataclass
class Nursery:
    """A process that has writers."""

    process: subprocess.Popen[str]
    cameras: list[str]
    told: list[dict[str, Any]] = field(default_factory=list)
    alive: list[int] = field(default_factory=list)
    born: int = 0

    def _read(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line.endswith("\n"), "the nursery ended"
        told: dict[str, Any] = json.loads(line)
        self.told.append(told)
        return told

    def start(self) -> None:
        """Start a writer; it may be killed before it opened the registry."""
        assert self.process.stdin is not None
        self.process.stdin.write(f"{self.born} {self.cameras[self.born]}\n")
        self.process.stdin.flush()
        while (told := self._read())["act"] != "born":
            pass
        assert told["writer"] == self.born
        self.born += 1
        self.alive.append(told["pid"])

    def listen_until(self, act: str) -> None:
        """Read on until a writer said that it did something."""
        while self._read()["act"] != act:
            pass

    def kill(self, number: int) -> None:
        """End one of the living writers as a power cut would."""
        os.kill(self.alive.pop(number), signal.SIGKILL)

    def collect(self) -> None:
        """Read all that was said by writers that are dead by now."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        while self.alive:
            self.kill(0)
        self.process.stdin.close()
        rest = self.process.stdout.read()
        assert not rest or rest.endswith("\n"), "half a line was said"
        self.told += [json.loads(line) for line in rest.splitlines()]

    def said(self, act: str) -> list[dict[str, Any]]:
        """Give what was said of one act."""
        return [one for one in self.told if one["act"] == act]


@contextmanager
def nursery(url: str, cameras: list[str]) -> Iterator[Nursery]:
    """Give a process that forks writers, one for each of the cameras."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.access.killed_writer", url],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    found = Nursery(process, cameras)
    try:
        assert process.stdout is not None
        assert json.loads(process.stdout.readline()) == {"act": "ready"}
        yield found
    finally:
        for pid in found.alive:
            os.kill(pid, signal.SIGKILL)
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None and not pipe.closed:
                pipe.close()


def kill_writers(mother: Nursery, times: int, *, longest_s: float) -> None:
    """Kill one of two writers again and again, each at a moment of its own."""
    rng = random.Random(20261122)  # noqa: S311 - moments, no secret
    for _ in range(times):
        while len(mother.alive) < TOGETHER:
            mother.start()
        time.sleep(rng.uniform(0.0, longest_s))
        mother.kill(rng.randrange(TOGETHER))
    mother.collect()


def check_kept(door: Door, mother: Nursery, lost: int) -> Counter[str]:
    """
    Hold what is left against what was said; at most so many things more are there.

    Each unit is in the tables and in the log, or in neither.
    """
    with door.registry.read() as connection:
        more = (
            _check_cameras(connection, mother)
            + _check_files(connection, mother)
            + _check_consents(connection, mother)
            + _check_looks(connection, mother)
        )
        if door.registry.dialect == "sqlite":
            asked = connection.exec_driver_sql("PRAGMA integrity_check").scalars()
            assert asked.all() == ["ok"]
            asked = connection.exec_driver_sql("PRAGMA foreign_key_check")
            assert asked.all() == []
    assert 0 <= more <= lost
    # it refuses to sign a log that does not go on from what writers signed
    door.sign()
    assert door.signer is not None
    assert door.signer.fault is None, door.signer.fault
    verdict = access.verify_audit(AUD, OVERSIGHT, registry=door)
    assert verdict.ok, verdict.words
    assert verdict.proved_to, verdict.words
    with door.registry.read() as connection:
        query = select(func.count()).select_from(schema.camera)
        there = connection.execute(query).scalar_one()
        placed = (
            "camera_place"
            if door.registry.dialect == "sqlite"
            else "camera WHERE place IS NOT NULL"
        )
        query = text(f"SELECT count(*) FROM {placed}")  # noqa: S608 - one of two
        assert connection.execute(query).scalar_one() == there
    acts = Counter(one["act"] for one in mother.told)
    return acts + Counter({"lines": verdict.entries, "unsaid": more})


def _logged(connection: Any, action: str) -> Counter[str]:
    """Count the lines of an action by the objects that they name."""
    table = schema.audit_entry.c
    query = select(table.object_ids).where(
        table.action == action, table.result == "done", table.actor == "ann"
    )
    return Counter(one for ids in connection.execute(query).scalars() for one in ids)


def _check_cameras(connection: Any, mother: Nursery) -> int:
    table = schema.camera.c
    query = select(table.name, table.camera_id).where(
        table.name.like("w%"), table.source.is_(None)
    )
    kept = {row[0]: row[1] for row in connection.execute(query)}
    said = {one["tag"]: one["id"] for one in mother.said("camera")}
    assert said.items() <= kept.items()
    logged = _logged(connection, "edit_registry")
    assert logged == Counter(dict.fromkeys(kept.values(), 1))
    return len(kept) - len(said)


def _check_files(connection: Any, mother: Nursery) -> int:
    camera, site, owner, contact = (
        schema.camera.c,
        schema.site.c,
        schema.owner.c,
        schema.contact.c,
    )
    query = (
        select(camera.source, func.count())
        .join(schema.site, site.site_id == camera.site_id)
        .join(schema.owner, owner.owner_id == site.owner_id)
        .join(schema.contact, contact.owner_id == owner.owner_id)
        .where(camera.source.like("w%"))
        .group_by(camera.source)
    )
    kept = {row[0]: row[1] for row in connection.execute(query)}
    assert set(kept.values()) <= {ROWS}
    for table in (schema.owner, schema.site, schema.contact):
        query = select(func.count()).select_from(table)
        # one of each is of the scene itself
        assert connection.execute(query).scalar_one() == 1 + ROWS * len(kept)
    said = {one["tag"] for one in mother.said("file")}
    odd = [one for one in mother.said("file") if one["added"] != ROWS]
    assert odd == [], odd
    assert said <= set(kept)
    lines = schema.audit_entry.c
    query = select(lines.parameters).where(
        lines.action == "import_registry", lines.result == "done"
    )
    told = [one["source"] for one in connection.execute(query).scalars()]
    assert sorted(told) == sorted(kept)
    return len(kept) - len(said)


def _check_consents(connection: Any, mother: Nursery) -> int:
    consent, event = schema.consent.c, schema.consent_event.c
    query = (
        select(
            consent.camera_id,
            consent.state,
            event.number,
            event.from_state,
            event.to_state,
            event.receipt,
        )
        .join(schema.consent_event, event.consent_id == consent.consent_id)
        .order_by(consent.camera_id, event.number)
    )
    histories: dict[str, list[Any]] = {}
    for row in connection.execute(query):
        histories.setdefault(row.camera_id, []).append(row)
    assert set(histories) == set(mother.cameras)
    logged = _logged(connection, "change_consent")
    receipts = {row.receipt for rows in histories.values() for row in rows}
    for camera_id, rows in histories.items():
        assert [row.number for row in rows] == list(range(1, len(rows) + 1))
        for before, after in pairwise(rows):
            assert after.from_state == before.to_state
        assert {row.state for row in rows} == {rows[-1].to_state}
        # the first was written by the test itself
        assert logged[camera_id] == len(rows) - 1
    said = {one["code"] for one in mother.said("consent")}
    assert said <= receipts
    return len(receipts) - len(histories) - len(said)


def _check_looks(connection: Any, mother: Nursery) -> int:
    lines = schema.audit_entry.c
    query = select(lines.seq, lines.object_ids).where(lines.action == "view_live")
    kept = {row.seq: row.object_ids for row in connection.execute(query)}
    said = {one["seq"]: [one["id"]] for one in mother.said("look")}
    assert said.items() <= kept.items()
    return len(kept) - len(said)
