"""A disk without room is told in one sentence, and what was there is there still."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from coveragekit import access
from coveragekit.access import Purpose, User
from coveragekit.sources.plain_rows import read_camera_rows

ROOT = Path(__file__).resolve().parent.parent.parent
KIM = User("kim", "administrator", "local")
OFFICE, OVERSIGHT = Purpose("administration"), Purpose("oversight")
ROOM = 700_000
# What the system says of a file that may not grow is what it says of a full disk.
PROGRAM = """
import resource, sys
from coveragekit.cli import main
from coveragekit import access
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]), resource.RLIM_INFINITY))
main(sys.argv[2:])
"""
pytestmark = pytest.mark.skipif(os.name == "nt", reason="needs limits of POSIX")
Run = Callable[..., tuple[int, str]]


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Give the place of a registry with ten cameras."""
    return tmp_path / "private" / "registry.sqlite"


@pytest.fixture
def run(place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Give a function that runs a command on a disk with so much room."""
    settings = {
        **os.environ,
        "COVERAGEKIT_REGISTRY": str(place),
        "COVERAGEKIT_CHECKPOINTS": str(tmp_path / "signed"),
        "COVERAGEKIT_AUDIT_KEY": str(tmp_path / "keys" / "audit.pem"),
        "COVERAGEKIT_USER": "kim",
    }

    def runner(*words: object, room: int = ROOM) -> tuple[int, str]:
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM, str(room), "registry", *map(str, words)],
            cwd=ROOT,
            env=settings,
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, " ".join((done.stdout + done.stderr).split())

    for name in ("COVERAGEKIT_CHECKPOINTS", "COVERAGEKIT_AUDIT_KEY"):
        monkeypatch.setenv(name, settings[name])
    with access.create_registry(KIM, place) as door:
        rows = read_camera_rows(sheet(tmp_path, 10)).rows
        access.import_rows(KIM, OFFICE, rows, source="rows-10.csv", registry=door)
    return runner


def sheet(folder: Path, count: int) -> Path:
    path = folder / f"rows-{count}.csv"
    lines = ["source_id,lon,lat,name,owner_name,site_address,contact_phone"]
    lines += [
        f"{n},{-84 - n * 1e-5:.5f},33.75,Camera {n},Shop {n},{n} Oak St,404{n:07d}"
        for n in range(count)
    ]
    path.write_text("\n".join(lines))
    return path


def check_nothing_is_lost(place: Path) -> None:
    """The ten cameras are there, and nothing half of anything else."""
    with access.open_door(place) as door:
        found = access.list_rows(KIM, OFFICE, "camera", limit=1000, registry=door)
        owners = access.list_rows(KIM, OFFICE, "owner", limit=1000, registry=door)
        verdict = access.verify_audit(KIM, OVERSIGHT, registry=door)
        with door.registry.read() as connection:
            whole = connection.exec_driver_sql("PRAGMA integrity_check").scalars()
            assert whole.all() == ["ok"]
    assert len(found.rows) == len(owners.rows) == 10
    assert verdict.ok, verdict.words
    assert verdict.proved_to


def test_an_import_without_room_leaves_nothing(
    run: Run, place: Path, tmp_path: Path
) -> None:
    code, said = run("import", sheet(tmp_path, 3000))

    assert code == 1
    assert said.startswith("error: the registry ")
    assert "nothing of this change was kept; look whether the disk is full" in said
    assert "Traceback" not in said
    check_nothing_is_lost(place)


def test_a_backup_without_room_leaves_no_archive(
    run: Run, place: Path, tmp_path: Path
) -> None:
    masks = tmp_path / "masks"
    masks.mkdir()
    (masks / "big").write_bytes(os.urandom(4 * ROOM))
    archive = tmp_path / "kept" / "b.tar.gz"
    archive.parent.mkdir()

    code, said = run("backup", archive, "--part", f"masks={masks}")

    assert code == 1
    assert said.startswith("error: ")
    assert "File too large" in said
    assert "Traceback" not in said
    assert list(archive.parent.iterdir()) == []
    check_nothing_is_lost(place)
    with access.open_door(place) as door:
        last = access.read_audit(KIM, OVERSIGHT, action="backup", registry=door)[-1]
    assert last.entry.result == "failed"


def test_a_disk_without_any_room_lets_nobody_look_unseen(run: Run, place: Path) -> None:
    code, said = run("list", "owners", room=100)

    assert code == 1
    assert "Shop" not in said
    assert "look whether the disk is full" in said
    check_nothing_is_lost(place)
