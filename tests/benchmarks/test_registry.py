"""The registry of a big city: how fast it takes a file, lists and finds cameras."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import insert, select

from coveragekit.registry import cameras, schema
from coveragekit.registry.backup import back_up, restore
from coveragekit.registry.cameras import CameraFilter
from coveragekit.registry.moving import Imported, import_cameras
from coveragekit.registry.opening import Registry, now
from coveragekit.registry.releasing import release_cameras

FULL = 60_000
MIDDLE = (-84.39, 33.75)
ASKED = 20


def _rows(count: int) -> list[dict[str, object]]:
    """Give a file in which every second camera has an owner of its own."""
    rng = np.random.default_rng(7)
    lon, lat = (rng.normal(at, 0.05, count) for at in MIDDLE)
    bearing = rng.uniform(0, 360, count)
    return [
        {
            "source_id": f"c{number}",
            "name": f"Camera {number}",
            "kind": ("dome", "bullet", "ptz")[number % 3],
            "lon": str(lon[number]),
            "lat": str(lat[number]),
            "bearing_deg": str(bearing[number]),
            "hfov_deg": "90",
            "width_px": "1920",
            "mount_height_m": "3.5",
            "retention_days": "30",
            "status": "unknown",
            "verified_at": "2026-01-01T00:00:00Z",
            "address": f"{number} Main St",
            "owner_name": f"Owner {number // 2}",
            "site_kind": "business",
            "contact_phone": f"404{number // 2:07d}",
        }
        for number in range(count)
    ]


@pytest.fixture(scope="module")
def rows(scale: float) -> list[dict[str, object]]:
    """The file."""
    return _rows(round(FULL * scale))


@pytest.fixture(scope="module")
def filled(
    rows: list[dict[str, object]], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Registry, Imported, float]]:
    """A registry that took the file, what it reported, and the CPU seconds."""
    path = tmp_path_factory.mktemp("registry") / "r" / "registry.sqlite"
    with Registry.open(path, create=True) as registry:
        began = time.process_time()
        with registry.write() as connection:
            done = import_cameras(connection, rows, by="anna", source="city")
        spent = time.process_time() - began
        with registry.write() as connection:
            _agree(registry)(connection)
        yield registry, done, spent


def _agree(registry: Registry) -> Callable[..., None]:
    """Have the owner of every second camera registered."""

    def write(connection) -> None:
        moment = now(connection)
        stamp = dict.fromkeys(("state_at", "made_at", "changed_at"), moment)
        ids = connection.execute(select(schema.camera.c.camera_id)).scalars().all()
        consents = [
            {
                "consent_id": one.replace("cam_", "con_"),
                "camera_id": one,
                "state": "registered",
                "changed_by": "anna",
                **stamp,
            }
            for one in ids[::2]
        ]
        connection.execute(insert(schema.consent), consents)

    assert registry.dialect == "sqlite"
    return write


def _median_ms(ask: Callable[[int], object]) -> float:
    spent = []
    for number in range(ASKED):
        began = time.process_time()
        ask(number)
        spent.append(time.process_time() - began)
    return 1000.0 * float(np.median(spent))


def test_a_file_is_taken(
    filled: tuple[Registry, Imported, float],
    rows: list[dict[str, object]],
    scale: float,
    promise: Callable[..., None],
    cpu_clock: Callable[..., object],
) -> None:
    registry, done, spent = filled
    with cpu_clock() as again, registry.write() as connection:
        second = import_cameras(connection, rows, by="anna", source="city")

    assert (done.added, done.refused) == (len(rows), 0)
    assert (done.owners, done.sites, done.contacts) == (
        len(rows) // 2,
        len(rows),
        len(rows) // 2,
    )
    assert (second.same, second.refused) == (len(rows), 0)
    note = f"{len(rows):,} cameras, {done.owners:,} owners, {done.sites:,} sites"
    promise("import a file", spent, "CPU s", at_most=40.0 * scale, note=note)
    promise(
        "import it again", again[0], "CPU s", at_most=40.0 * scale, note="no change"
    )


def test_the_nearest_cameras_are_found(
    filled: tuple[Registry, Imported, float], promise: Callable[..., None]
) -> None:
    registry = filled[0]
    places = np.random.default_rng(3).normal(MIDDLE, 0.05, (ASKED, 2)).tolist()

    def ask(number: int) -> None:
        with registry.read() as connection:
            cameras.nearest_cameras(connection, *places[number], n=10)

    with registry.read() as connection:
        found = cameras.nearest_cameras(connection, *MIDDLE, n=10, within_m=20_000)
    assert len(found) == 10
    distances = [one.distance_m for one in found]
    assert distances == sorted(distances)
    promise("ten nearest cameras", _median_ms(ask), "CPU ms", at_most=20)


@pytest.mark.parametrize(
    ("what", "wanted", "share"),
    [
        ("all", CameraFilter(), 1.0),
        ("of a kind", CameraFilter(kinds=("ptz",)), 1 / 3),
        ("of a state", CameraFilter(states=("registered",)), 1 / 2),
        ("of a state none is in", CameraFilter(states=("withdrawn",)), 0.0),
        ("by rare words", CameraFilter(words="camera 1"), None),
        ("by words of all", CameraFilter(words="main st"), 1.0),
        ("by words of none", CameraFilter(words="elm st"), 0.0),
        ("of a source", CameraFilter(source="city"), 1.0),
        ("in a small box", CameraFilter(box=(-84.391, 33.749, -84.389, 33.751)), None),
        ("in a big box", CameraFilter(box=(-90.0, 30.0, -80.0, 40.0)), 1.0),
    ],
)
def test_cameras_are_listed(
    filled: tuple[Registry, Imported, float],
    promise: Callable[..., None],
    what: str,
    wanted: CameraFilter,
    share: float | None,
) -> None:
    registry, done, _ = filled

    def ask(_: int) -> None:
        with registry.read() as connection:
            cameras.list_cameras(connection, wanted)

    if share is not None:
        with registry.read() as connection:
            page = cameras.list_cameras(connection, wanted, limit=1000)
        assert len(page.rows) == min(1000, round(done.added * share))
    promise(f"list cameras: {what}", _median_ms(ask), "CPU ms", at_most=20)


def test_it_is_kept_and_brought_back(
    filled: tuple[Registry, Imported, float],
    scale: float,
    tmp_path: Path,
    promise: Callable[..., None],
    cpu_clock: Callable[..., object],
) -> None:
    registry = filled[0]
    with cpu_clock() as keeping:
        kept = back_up(registry, tmp_path / "b.tar.gz")
    with cpu_clock() as bringing:
        restore(kept.path, tmp_path / "back" / "registry.sqlite", tmp_path / "into")

    note = f"{kept.size_bytes / 1e6:.1f} MB"
    promise("back up", keeping[0], "CPU s", at_most=2.0 + 10.0 * scale, note=note)
    promise("restore", bringing[0], "CPU s", at_most=2.0 + 10.0 * scale)


def test_it_is_released(
    filled: tuple[Registry, Imported, float],
    scale: float,
    promise: Callable[..., None],
    cpu_clock: Callable[..., object],
) -> None:
    registry, done, _ = filled
    for release in ("internal", "public"):
        with cpu_clock() as spent, registry.read() as connection:
            released = release_cameras(connection, release)
        if release == "internal":
            assert len(released.table) == -(-done.added // 2)
        promise(
            f"release cameras, {release}", spent[0], "CPU s", at_most=1.0 + 15.0 * scale
        )
