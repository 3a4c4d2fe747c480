"""A contact and a password that are put in come out nowhere they should not."""

from __future__ import annotations

import io
import logging
import sqlite3
import traceback
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import geopandas as gpd
import pyarrow.parquet
import pytest

from coveragekit import access
from coveragekit.access import Door, Purpose, open_door
from coveragekit.cli import main
from coveragekit.errors import CoverageKitError
from coveragekit.study import Study
from tests.access.scene import ANN, AUD, CASE, KIM, OFFICE, OVERSIGHT, Scene
from tests.canaries import MAIL, PERSON, PHONE, SECRET, SIGNER, check, files_of
from tests.dashboards.fixture_study import write_fixture_study
from tests.databases import Clock


@pytest.fixture
def told(scene: Scene, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Scene:
    """Give a registry with the canaries in it: a contact, a signer, a password."""
    monkeypatch.setenv("LOBBY_CAMERA", SECRET)
    door = scene.door
    camera_id = scene.integrated(name="Lobby", feed_ref="lobby-1")

    def add(kind: str, **values: object) -> None:
        access.add_row(ANN, OFFICE, kind, values=values, registry=door)

    person = {"name": PERSON, "phone": PHONE, "email": MAIL, "can_export": True}
    add("contact", owner_id=scene.owner_id, **person)
    place = {"site_id": scene.site_id, "owner_id": scene.owner_id}
    add("authority", capacity="tenant", signer=SIGNER, **place)
    add(
        "credential",
        camera_id=camera_id,
        store="environment",
        reference="LOBBY_CAMERA",
    )
    for _ in range(6):  # so many owners that their cell may be told
        neighbour = Scene(door)
        neighbour.registered()
    return scene


def test_they_are_really_there(told: Scene) -> None:
    found = access.contacts(KIM, CASE, told.made[:1], registry=told.door)

    assert {PERSON, "Canary Owner"} == {one.name for one in found}
    assert PHONE in {one.phone for one in found}


def test_they_are_in_no_study(told: Scene, tmp_path: Path) -> None:
    town = write_fixture_study(tmp_path / "town")
    study = Study.open(town)
    from coveragekit.study import Input
    from coveragekit.study.replacing import replace_table

    frame = access.cameras(ANN, OFFICE, registry=told.door)
    assert len(frame) == 7
    replace_table(study, "cameras", frame, source=Input("cameras", "registry"))

    arrays = access.camera_arrays(ANN, OFFICE, registry=told.door)
    check(str([list(column) for column in arrays.values()]), "the arrays")
    for name, content in files_of(town):
        check(content.decode("latin-1"), name)
        if name.endswith(".parquet"):
            cells = pyarrow.parquet.read_table(io.BytesIO(content)).to_pydict()
            check(str(cells), name)


def test_they_are_in_no_release(told: Scene, tmp_path: Path) -> None:
    from coveragekit.study.export import write_frame

    for release, endings in (
        ("internal", (".csv", ".xlsx", ".geojson", ".gpkg")),
        ("public", (".csv", ".geojson")),
    ):
        found = access.export_cameras(ANN, OFFICE, release, registry=told.door)
        assert len(found.table)
        check(found.table.to_csv() + " ".join(found.notes), release)
        if release == "public":
            check_coarse(found.table)
        for ending in endings:
            write_frame(found.table, tmp_path / f"{release}{ending}")
    for name, content in files_of(tmp_path):
        if name.startswith(("internal", "public")):
            check(content.decode("latin-1"), name)


def check_coarse(table: gpd.GeoDataFrame) -> None:
    """A public release holds cells and counts, and no camera."""
    assert set(table.columns) == {"cell_id", "count", "geometry"}
    assert table["count"].min() >= 5
    assert (table.geometry.geom_type == "Polygon").all()


def test_they_are_in_no_line_of_the_log_and_in_no_checkpoint(
    told: Scene, registry_url: str, tmp_path: Path
) -> None:
    door = told.door
    access.contacts(KIM, CASE, told.made, registry=door)
    access.withdraw("ABCDE-FGHJK-01234-56789", MAIL, registry=door)
    access.export_cameras(ANN, OFFICE, "internal", registry=door)
    with open_door(registry_url) as signing:
        signing.may(KIM, "view_live", told.made[0], CASE)

    lines = access.read_audit(AUD, OVERSIGHT, limit=10_000, registry=door)

    assert len(lines) > 15
    check(str(lines), "the audit log")
    for name, content in files_of(tmp_path / "checkpoints"):
        check(content.decode("latin-1"), name)


def wrong_contact(door: Door, scene: Scene) -> None:
    values = {"owner_id": scene.owner_id, "email": MAIL, "hat": PHONE}
    access.add_row(ANN, OFFICE, "contact", values=values, registry=door)


def long_contact(door: Door, scene: Scene) -> None:
    values = {"owner_id": scene.owner_id, "name": PERSON * 500, "phone": PHONE * 100}
    access.add_row(ANN, OFFICE, "contact", values=values, registry=door)


def second_change(door: Door, scene: Scene) -> None:
    told = {"key": scene.contact_id, "registry": door}
    values = {"name": PERSON, "email": MAIL}
    access.change_row(ANN, OFFICE, "contact", values=values, revision=9, **told)


def nobodys_contact(door: Door, scene: Scene) -> None:
    values = {"owner_id": "own_0", "name": PERSON, "phone": PHONE}
    access.add_row(ANN, OFFICE, "contact", values=values, registry=door)


def password_as_feed(door: Door, scene: Scene) -> None:
    address = f"rtsp://admin:{SECRET}@10.0.0.1/1"
    values = {"lon": 0.0, "lat": 0.0, "feed_ref": address}
    access.add_row(ANN, OFFICE, "camera", values=values, registry=door)


def password_as_reference(door: Door, scene: Scene) -> None:
    values = {
        "camera_id": scene.made[0],
        "store": "keyring",
        "reference": f"admin:{SECRET}@lobby",
    }
    access.add_row(ANN, OFFICE, "credential", values=values, registry=door)


def wrong_submission(door: Door, scene: Scene) -> None:
    payload = {
        "format": 1,
        "text_version": "registration-v1",
        "owner": {"name": "Shop", "kind": "business"},
        "contact": {"name": PERSON, "phone": PHONE * 100, "email": MAIL},
        "site": {"kind": "business", "lon": 0.0, "lat": 0.0},
        "authority": {"capacity": "owner", "signer": SIGNER},
        "cameras": [{"lon": 0.0, "lat": 0.0}],
    }
    access.submit(payload, language="en", registry=door)


def wrong_rows(door: Door, scene: Scene) -> None:
    rows = [
        {"lon": 0, "lat": 0, "contact_name": PERSON * 500, "contact_email": MAIL},
        {"lon": 0, "lat": 0, "feed_ref": SECRET, "contact_phone": PHONE * 100},
    ]
    done = access.import_rows(ANN, OFFICE, rows, source="x", registry=door)
    check(str(done), "the report of an import")
    message = "as the others end"
    raise CoverageKitError(message)


def broken_database(door: Door, scene: Scene) -> None:
    with door.registry.write() as connection:
        connection.exec_driver_sql("DROP TABLE prospect")
    values = {"name": PERSON, "address": PHONE, "stage": "contacted"}
    access.add_row(ANN, OFFICE, "prospect", values=values, registry=door)


FAULTS = [
    wrong_contact,
    long_contact,
    second_change,
    nobodys_contact,
    password_as_feed,
    password_as_reference,
    wrong_submission,
    wrong_rows,
    broken_database,
]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda one: one.__name__)
def test_they_are_in_no_message_traceback_or_log(
    told: Scene,
    fault: Callable[[Door, Scene], None],
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.DEBUG), pytest.raises(CoverageKitError) as raised:
        fault(told.door, told)

    error = raised.value
    whole = "".join(traceback.format_exception(error))
    # a traceback repeats the lines of this file, which names canaries by variable alone
    check(whole, "the traceback")
    check(caplog.text, "the program's log")
    check(str(access.read_audit(AUD, OVERSIGHT, registry=told.door)), "the audit log")


def test_a_password_in_an_address_is_in_no_message(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for address in (
        f"postgresql://kim:{SECRET}@127.0.0.1:1/city",
        f"postgresql://kim:{SECRET}@[::1",
        f"mysql://kim:{SECRET}@127.0.0.1/city",
        f"postgres ql://kim:{SECRET}@x",
    ):
        monkeypatch.setenv("COVERAGEKIT_REGISTRY", address)
        with caplog.at_level(logging.DEBUG), pytest.raises(CoverageKitError) as raised:
            open_door(address)
        check("".join(traceback.format_exception(raised.value)), address[:12])
        for words in (["list"], ["init"], ["audit", "verify"]):
            with pytest.raises(SystemExit):
                main(["registry", *words, "--user", "kim", "--role", "administrator"])
        shown = capsys.readouterr()
        check(shown.out + shown.err, "what the command line says")
    check(caplog.text, "the program's log")


def test_the_password_of_a_device_is_not_in_the_database(
    told: Scene, registry_url: str
) -> None:
    if told.door.registry.path is not None:
        told.door.close()
        with sqlite3.connect(registry_url) as raw:
            raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        raw.close()
        whole = Path(registry_url).read_bytes()
        assert PERSON.encode() in whole
        assert SECRET.encode() not in whole
        return
    with told.door.registry.read() as connection:
        rows = connection.exec_driver_sql("SELECT * FROM credential").all()
    assert len(rows) == 1
    assert SECRET not in str(rows)


def test_an_erased_owner_is_not_in_the_file_any_more(
    told: Scene, registry_url: str, clock: Clock
) -> None:
    access.erase_owner(ANN, Purpose("owner_request"), told.owner_id, registry=told.door)
    clock.at += timedelta(days=1)

    if told.door.registry.path is None:
        with told.door.registry.read() as connection:
            for table in ("owner", "contact", "authority", "site", "submission"):
                query = f"SELECT * FROM {table}"  # noqa: S608 - names from this test
                check(str(connection.exec_driver_sql(query).all()), table)
        return
    told.door.close()
    with sqlite3.connect(registry_url) as raw:
        raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    raw.close()
    folder = Path(registry_url).parent
    for name, content in files_of(folder):
        check(content.decode("latin-1"), name)
