"""A registry with something in every table goes down to its first version and back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, insert, inspect, text

from coveragekit import access
from coveragekit.access import Door, Purpose, open_door
from coveragekit.errors import RegistryError
from coveragekit.registry import cameras, schema, versions
from coveragekit.registry.opening import Registry
from tests.access.conftest import keys  # noqa: F401 - fixture
from tests.access.scene import ANN, AUD, CASE, KIM, LAT, LON, OFFICE, OVERSIGHT, Scene
from tests.access.test_owners_side import payload

# what PostGIS adds is no word of SQLAlchemy's
pytestmark = pytest.mark.filterwarnings("ignore:Did not recognize type 'geometry'")

OURS = set(schema.metadata.tables)
# What is kept beside the rows: rebuilt, or written by the way itself.
NOT_COMPARED = {"alembic_version"}


@pytest.fixture
def full(registry_url: str) -> Iterator[Door]:
    """Give a registry whose every table holds something."""
    with open_door(registry_url) as door:
        _fill(door)
        with door.registry.read() as connection:
            empty = {
                name for name in OURS - NOT_COMPARED if not _rows(connection, name)
            }
        # calls are of the dispatcher's desk, health of what probes feeds
        assert empty <= {"call", "health", "health_span"}, empty
        yield door


def _fill(door: Door) -> None:
    scene = Scene(door)
    camera = scene.integrated(name="Tür <b>", feed_ref="lobby-1", retention_days=14)
    scene.move(scene.registered(name="=gone"), "withdrawn")
    scene.share(camera_id=camera, to_name="sue", scope_live=True)

    def add(kind: str, **values: object) -> None:
        access.add_row(ANN, OFFICE, kind, values=values, registry=door)

    add("recorder", site_id=scene.site_id, make="A", channels=4)
    add("credential", camera_id=camera, store="environment", reference="LOBBY")
    add("prospect", name="Deli", lon=LON, lat=LAT, stage="contacted")
    add("app_user", name="ann", role="administrator")
    add("app_user", name="kim", role="officer")
    add("app_user", name="aud", role="auditor")
    ring = [[[LON, LAT], [LON + 0.01, LAT], [LON, LAT + 0.01], [LON, LAT]]]
    add("privacy_zone", name="Yard", ring=ring)
    if "feed" in OURS:
        add("feed", name="lobby-1", address="rtsp://10.0.0.1/1")
    now = door.registry.clock()
    ask = access.Ask(from_at=now - timedelta(hours=2), to_at=now, place="Main St")
    batch = access.request_footage(KIM, CASE, [camera], ask=ask, registry=door)
    one = batch.requests[0].request_id
    access.move_request(KIM, CASE, one, to="sent", registry=door)
    access.add_fee_plan(ANN, OFFICE, access.example_plan(), registry=door)
    access.submit(payload(), language="es", registry=door)
    door.may(KIM, "view_live", camera, Purpose("call", emergency=True))
    _fill_by_hand(door, camera, one)


def _fill_by_hand(door: Door, camera: str, request: str) -> None:
    """Fill what takes a file or a device to be written."""
    moment = door.registry.clock()
    kept = {"made_at": moment, "changed_at": moment, "changed_by": "x"}
    file = {"file_id": "fil_1", "request_id": request, "name": "a.mp4"}
    file |= {"sha256": "0" * 64, "bytes": 2**40, "received_at": moment}
    mask = {"mask_id": "msk_1", "camera_id": camera, "style": "solid"}
    mask |= {"ring": [[0, 0], [1, 0], [1, 1]], **kept}
    with door.registry.write() as connection:
        connection.execute(insert(schema.received_file).values(file))
        if "picture_mask" in OURS:
            table = schema.metadata.tables["picture_mask"]
            connection.execute(insert(table).values(mask))


def _rows(connection: Connection, name: str) -> list[Any]:
    """Give a table as it stands in the database, whatever the code makes of it."""
    columns = sorted(one["name"] for one in inspect(connection).get_columns(name))
    named = ", ".join(f'"{one}"' for one in columns)
    query = text(f'SELECT {named} FROM "{name}"')  # noqa: S608 - names of tables
    return sorted(
        ([columns, *map(str, row)] for row in connection.execute(query)), key=str
    )


def _all(registry: Registry) -> dict[str, list[Any]]:
    with registry.read() as connection:
        there = set(inspect(connection).get_table_names()) & OURS
        return {name: _rows(connection, name) for name in there - NOT_COMPARED}


def test_every_row_survives_the_way_down_and_up_again(full: Door) -> None:
    registry = full.registry
    found = {}
    for version in reversed(versions.known()):
        if version != versions.newest():
            registry.downgrade(version)
        assert registry.version == version
        found[version] = _all(registry)
    first = versions.known()[0]
    for later in versions.known()[1:]:
        for name, rows in found[first].items():
            assert found[later][name] == rows, f"{name} of {first} and {later}"

    for version in versions.known()[1:]:
        registry.upgrade(version)
        back = _all(registry)
        for name, rows in found[first].items():
            assert back[name] == rows, f"{name} when it came back to {version}"

    verdict = access.verify_audit(AUD, OVERSIGHT, registry=full)
    assert verdict.ok, verdict.words
    with registry.write() as connection:
        cameras.add_camera(connection, {"lon": LON, "lat": LAT}, by="x")
        assert len(cameras.nearest_cameras(connection, LON, LAT)) == 3
    sly = text("UPDATE audit_entry SET actor = 'sly'")
    with pytest.raises(RegistryError), registry.write() as connection:
        connection.execute(sly)


@pytest.mark.parametrize("version", versions.known()[:-1])
def test_a_registry_of_any_older_version_is_upgraded_and_kept(
    full: Door, registry_url: str, version: str, tmp_path: Path
) -> None:
    full.registry.downgrade(version)
    full.close()
    with pytest.raises(RegistryError, match="registry upgrade"):
        open_door(registry_url)

    told = access.upgrade_registry(ANN, OFFICE, registry_url)

    assert told == (version, versions.newest())
    with open_door(registry_url) as door:
        kept = access.back_up(ANN, OFFICE, tmp_path / "b.tar.gz", registry=door)
        assert kept.size_bytes > 0
        assert access.verify_audit(AUD, OVERSIGHT, registry=door).ok
