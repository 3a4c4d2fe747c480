"""Files are taken row by row, after a dry run, and hostile rows do no harm."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime

import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select

from coveragekit.errors import InputError
from coveragekit.registry import cameras, owners, schema, sites
from coveragekit.registry.cells import read_cell
from coveragekit.registry.moving import Imported, import_cameras
from coveragekit.registry.opening import Registry
from tests.databases import Clock

ROW = {"source_id": "1", "lon": "-84.39", "lat": "33.75", "kind": "dome"}


def _take(registry: Registry, *rows, dry_run: bool = False, **more) -> Imported:
    with registry.write() as connection:
        return import_cameras(
            connection, rows, by="anna", source="city.csv", dry_run=dry_run, **more
        )


def _cameras(registry: Registry) -> list[cameras.Camera]:
    with registry.read() as connection:
        return list(cameras.list_cameras(connection, limit=1000).rows)


def _counts(registry: Registry) -> dict[str, int]:
    tables = (schema.camera, schema.owner, schema.site, schema.contact)
    with registry.read() as connection:
        return {
            table.name: connection.execute(
                select(func.count()).select_from(table)
            ).scalar_one()
            for table in tables
        }


def test_a_sheet_of_owners_and_cameras_comes_in(registry: Registry) -> None:
    shop = {
        "owner_name": "Corner Shop",
        "site_address": "1 Main St",
        "site_kind": "business",
        "contact_name": "E. Lopez",
        "contact_phone": 4045550100.0,
        "contact_can_export": "yes",
    }
    rows = (
        {**ROW, **shop, "hfov_deg": "90", "verified_at": "2026-05-01T10:00:00-04:00"},
        {
            **ROW,
            **shop,
            "source_id": "2",
            "indoor": "no",
            "contract_ends_on": "2027-01-31",
        },
        {
            **ROW,
            "source_id": "3",
            "owner_name": "corner  shop",
            "site_address": "9 Elm",
        },
    )

    done = _take(registry, *rows)

    assert (done.added, done.refused, done.dry_run) == (3, 0, False)
    assert (done.owners, done.sites, done.contacts) == (1, 2, 1)
    assert [report.row for report in done.rows] == [1, 2, 3]
    by_id = {camera.source_id: camera for camera in _cameras(registry)}
    assert by_id["1"].hfov_deg == 90.0
    assert by_id["1"].verified_at == datetime(2026, 5, 1, 14, tzinfo=UTC)
    assert by_id["2"].contract_ends_on == date(2027, 1, 31)
    assert (by_id["2"].indoor, by_id["1"].indoor) == (False, None)
    assert by_id["1"].site_id == by_id["2"].site_id != by_id["3"].site_id
    with registry.read() as connection:
        site = sites.get_site(connection, by_id["1"].site_id)
        assert (site.address, site.kind, site.lon) == ("1 Main St", "business", -84.39)
        contact = owners.list_contacts(connection).rows[0]
        assert contact.owner_id == site.owner_id
        assert (contact.phone, contact.can_export) == ("4045550100", True)


def test_a_dry_run_tells_the_same_and_keeps_nothing(registry: Registry) -> None:
    rows = (
        {**ROW, "owner_name": "A", "contact_email": "a@example.org"},
        {**ROW, "lon": "east"},
        {**ROW, "source_id": "3", "access": "public"},
    )

    dry = _take(registry, *rows, dry_run=True, agency="City Police")
    assert set(_counts(registry).values()) == {0}
    wet = _take(registry, *rows, agency="City Police")

    assert dry.dry_run
    assert [(one.row, one.what, one.faults) for one in dry.rows] == [
        (one.row, one.what, one.faults) for one in wet.rows
    ]
    assert _counts(registry) == {"camera": 2, "owner": 2, "site": 2, "contact": 1}


def test_a_file_imported_again_changes_only_what_changed(
    registry: Registry, clock: Clock
) -> None:
    first = _take(registry, ROW, {**ROW, "source_id": "2", "hfov_deg": 70})
    clock.pass_by(days=1)

    again = _take(
        registry, {**ROW, "name": "Door"}, {**ROW, "source_id": "2", "hfov_deg": None}
    )

    assert (again.added, again.changed, again.same) == (0, 1, 1)
    assert again.rows[0].columns == ("name",)
    assert [one.camera_id for one in again.rows] == [
        one.camera_id for one in first.rows
    ]
    door, other = sorted(_cameras(registry), key=lambda one: one.source_id or "")
    assert (door.revision, door.changed_what, door.changed_at) == (
        2,
        ["name"],
        clock.at,
    )
    # an empty cell changes nothing
    assert (other.revision, other.hfov_deg) == (1, 70.0)


def test_a_row_of_an_old_file_does_not_overwrite_what_somebody_changed(
    registry: Registry,
) -> None:
    camera_id = _take(registry, ROW).rows[0].camera_id
    assert camera_id is not None
    with registry.write() as connection:
        cameras.change_camera(
            connection, camera_id, {"bearing_deg": 10.0}, revision=1, by="ben"
        )

    done = _take(registry, {**ROW, "bearing_deg": 99, "revision": "1.0"})

    (report,) = done.rows
    assert report.what == "refused"
    assert "ben changed it at 2026-11-22" in str(report.faults[0])
    assert _cameras(registry)[0].bearing_deg == 10.0
    assert _take(registry, {**ROW, "bearing_deg": 99, "revision": 2}).changed == 1


def test_faults_are_told_by_row_and_the_other_rows_are_taken(
    registry: Registry,
) -> None:
    bad = {
        "lat": {"lat": "133"},
        "lon": {"lon": ""},
        "hfov_deg": {"hfov_deg": "90,5"},
        "last_seen_at": {"last_seen_at": "2026-01-01 10:00"},
        "indoor": {"indoor": "maybe"},
        "kind": {"kind": "drone"},
        "access": {"access": "secret"},
        "site_id": {"site_id": "site_nowhere"},
        "recorder_id": {"recorder_id": "rec_nowhere"},
        "channel": {"channel": 3},
        "owner_id": {"owner_id": "own_nobody"},
        "site_kind": {"site_kind": "castle"},
        "contact_email": {"contact_email": "x" * 300},
        "contract_ends_on": {"contract_ends_on": "31/12/2026"},
        "revision": {"revision": "two"},
        "width_px": {"width_px": "1920.5"},
        "active_to": {
            "active_from": "2026-01-02T00:00:00Z",
            "active_to": "2026-01-01T00:00:00Z",
        },
    }
    rows = [
        {**ROW, "source_id": str(number), **more}
        for number, more in enumerate(bad.values())
    ]

    done = _take(registry, *rows, {**ROW, "source_id": "good"})

    assert (done.refused, done.added) == (len(bad), 1)
    for number, (column, report) in enumerate(zip(bad, done.rows, strict=False), 1):
        assert [(one.row, one.column) for one in report.faults] == [(number, column)]
    assert "xxx" not in str(done.rows[list(bad).index("contact_email")].faults)
    assert [camera.source_id for camera in _cameras(registry)] == ["good"]


@pytest.mark.parametrize(
    "cell",
    [
        "=cmd|' /C calc'!A0",
        "<img src=x onerror=alert(1)>",
        "'); DELETE FROM camera; --",
        "%(name)s {0} :name ?",
        "\ufeffDoor",
        "Tür 漢字 🎥",
        "line\r\nbreak",
    ],
)
def test_a_hostile_cell_is_only_text(registry: Registry, cell: str) -> None:
    done = _take(registry, {**ROW, "name": cell, "owner_name": cell, cell: cell})

    assert done.added == 1
    assert _cameras(registry)[0].name == cell
    with registry.read() as connection:
        assert owners.list_owners(connection).rows[0].name == cell
    assert done.notices[0].startswith("1 column is not read")


@pytest.mark.parametrize(
    "cell", ["x" * 10_000_000, "9" * 10_000_000, " " * 10_000_000 + "x", "a\x00b"]
)
@pytest.mark.parametrize("column", ["name", "hfov_deg", "contact_phone"])
def test_a_cell_that_cannot_be_kept_is_refused_in_few_words(
    registry: Registry, column: str, cell: str
) -> None:
    done = _take(registry, {**ROW, column: cell}, {**ROW, "source_id": "2"})

    assert [one.what for one in done.rows] in (["refused", "added"], ["added", "added"])
    assert len(str(done.rows[0].faults)) < 500
    kept = [camera for camera in _cameras(registry) if camera.source_id == "1"]
    assert all(camera.name is None and camera.hfov_deg is None for camera in kept)


def test_a_pole_with_two_directions_is_two_cameras_again_and_again(
    registry: Registry,
) -> None:
    pole = [
        {
            **ROW,
            "camera_id": f"node/1/{sector}",
            "source_id": "node/1",
            "sector": sector,
        }
        for sector in ("1", "2")
    ]

    first, again = _take(registry, *pole), _take(registry, *pole)

    assert (first.added, again.same) == (2, 2)
    assert len({one.camera_id for one in first.rows + again.rows}) == 2


def test_a_row_that_stands_twice_is_taken_once(registry: Registry) -> None:
    done = _take(registry, ROW, {**ROW, "name": "later"})

    assert [one.what for one in done.rows] == ["added", "refused"]
    assert "row 1 has it" in str(done.rows[1].faults[0])
    assert _cameras(registry)[0].name is None


def test_rows_without_a_key_are_taken_and_told(registry: Registry) -> None:
    row = {"lon": 1.0, "lat": 2.0}

    done = _take(registry, row, row)

    assert done.added == 2
    assert any("2 rows have no source_id" in notice for notice in done.notices)


def test_a_row_just_like_a_camera_of_another_source_is_left_out(
    registry: Registry,
) -> None:
    pole = [{**ROW, "source_id": str(number), "name": "Pole"} for number in (1, 2)]
    first = _take(registry, *pole)
    other = [{**one, "source": "copy.csv"} for one in pole]

    third = {**other[0], "source_id": "3", "source": "copy.csv"}
    turned = {**third, "source_id": "4", "bearing_deg": 90}
    done = _take(registry, *other, third, turned, {**pole[0], "source_id": "5"})

    # Two stand there, so that the third on the pole is another one.
    assert [one.what for one in done.rows] == [
        *("double", "double", "added", "added", "added")
    ]
    assert [one.camera_id for one in done.rows[:2]] == [
        one.camera_id for one in first.rows
    ]
    assert (done.doubles, done.like_sources) == (2, ("city.csv",))
    # The double makes no owner either.
    again = _take(registry, {**other[0], "owner_name": "A", "source": "b"}, again=True)
    assert (again.added, again.doubles, again.owners) == (1, 0, 1)


def test_rows_without_a_key_are_known_again_by_place_and_name(
    registry: Registry,
) -> None:
    row = {"lon": 1.0, "lat": 2.0, "name": "Door"}
    first = _take(registry, row)

    again = _take(registry, row, {**row, "name": "Gate"})

    assert [one.what for one in again.rows] == ["double", "added"]
    assert again.rows[0].camera_id == first.rows[0].camera_id


def test_a_double_brings_no_owner_and_one_taken_down_is_no_twin(
    registry: Registry,
) -> None:
    camera_id = _take(registry, ROW).rows[0].camera_id
    other = {**ROW, "source": "copy.csv", "owner_name": "A"}
    assert _take(registry, other).doubles == 1
    assert _counts(registry)["owner"] == 0

    with registry.write() as connection:
        moment = datetime(2026, 1, 1, tzinfo=UTC)
        connection.execute(
            schema.camera.update()
            .where(schema.camera.c.camera_id == camera_id)
            .values(removed_at=moment)
        )

    assert _take(registry, other).added == 1


@pytest.mark.parametrize("column", ["owner_id", "site_id"])
def test_nothing_is_hung_on_an_owner_who_was_erased(
    registry: Registry, column: str
) -> None:
    _take(registry, {**ROW, "owner_name": "A", "site_address": "1 Main St"})
    with registry.write() as connection:
        (site,) = sites.list_sites(connection).rows
        connection.execute(
            schema.owner.update().values(erased_at=datetime(2026, 1, 1, tzinfo=UTC))
        )

    row = {**ROW, "source_id": "2", column: getattr(site, column), "owner_name": "A"}
    done = _take(registry, row)

    (fault,) = done.rows[0].faults
    assert fault.column == column
    assert "this one was erased" in fault.allowed
    assert _counts(registry)["camera"] == 1


def test_our_own_id_names_the_camera_whatever_the_source(registry: Registry) -> None:
    camera_id = _take(registry, ROW).rows[0].camera_id

    done = _take(registry, {"camera_id": camera_id, "name": "Door", "source": "x"})

    assert done.changed == 1
    (camera,) = _cameras(registry)
    assert (camera.name, camera.source, camera.source_id) == ("Door", "city.csv", "1")


def test_public_cameras_belong_to_the_agency_that_is_named(registry: Registry) -> None:
    public = {**ROW, "access": "public"}
    alone = _take(registry, public, dry_run=True)
    done = _take(registry, public, {**public, "source_id": "2"}, agency="City Police")

    assert any("no agency is named" in notice for notice in alone.notices)
    assert (done.owners, done.sites) == (1, 1)
    with registry.read() as connection:
        (owner,) = owners.list_owners(connection).rows
        assert (owner.name, owner.kind) == ("City Police", "agency")


def test_a_file_makes_no_consent_and_says_so(registry: Registry) -> None:
    done = _take(registry, {**ROW, "access": "integrated"})

    assert any("a file makes no consent" in notice for notice in done.notices)
    with registry.read() as connection:
        assert connection.execute(select(schema.consent)).all() == []


def test_a_feed_address_is_not_taken_from_a_file(registry: Registry) -> None:
    done = _take(registry, {**ROW, "feed_ref": "rtsp://admin:canary@host/1"})

    assert done.added == 1
    assert _cameras(registry)[0].feed_ref is None
    assert "1 column is not read: feed_ref" in done.notices
    assert "canary" not in repr(done)


def test_two_firms_called_the_same_have_to_be_told_apart(registry: Registry) -> None:
    with registry.write() as connection:
        twice = {"name": "A", "kind": "business"}
        ids = [owners.add_owner(connection, twice, by="x").owner_id for _ in range(2)]

    done = _take(
        registry,
        {**ROW, "owner_name": "a"},
        {**ROW, "source_id": "2", "owner_name": "a", "owner_id": ids[1]},
    )

    assert [one.what for one in done.rows] == ["refused", "added"]
    assert "several are called so" in str(done.rows[0].faults[0])


def test_people_called_the_same_are_not_taken_for_one(registry: Registry) -> None:
    john = {"owner_name": "John Smith", "owner_kind": "person"}
    rows = [
        {**john, "contact_phone": "1"},
        {**john, "contact_phone": "2", "address": "2 Elm"},
        {**john, "contact_phone": "1"},
        {**john, "address": "9 Oak"},
        john,
        john,
        {"owner_name": "John Smith"},
    ]
    rows = [{**ROW, **row, "source_id": str(n)} for n, row in enumerate(rows)]
    later = [
        {**john, "contact_phone": "2"},
        {**john, "address": "9 oak"},
        {**john, "contact_phone": "3"},
    ]
    later = [{**ROW, **row, "source_id": f"x{n}"} for n, row in enumerate(later)]

    first, second = _take(registry, *rows), _take(registry, *later)

    assert (first.owners, second.owners) == (6, 1)
    assert any("2 rows name a person without" in notice for notice in first.notices)
    with registry.read() as connection:
        owned = select(schema.camera.c.source_id, schema.site.c.owner_id)
        of = dict(tuple(one) for one in connection.execute(owned.join(schema.site)))
    assert of["0"] == of["2"]
    assert of["x0"] == of["1"]
    assert of["x1"] == of["3"]
    assert len({of[str(n)] for n in range(7)}) == 6


def test_no_file_gives_a_camera_to_an_agency_that_is_not_named(
    registry: Registry,
) -> None:
    with registry.write() as connection:
        city = owners.add_owner(connection, {"name": "City", "kind": "agency"}, by="x")
        place = {"owner_id": city.owner_id, "kind": "public"}
        site_id = sites.add_site(connection, place, by="x").site_id
    rows = [
        {"owner_name": "City"},
        {"owner_name": "Other", "owner_kind": "agency"},
        {"owner_id": city.owner_id},
        {"site_id": site_id},
    ]
    rows = [{**ROW, **row, "source_id": str(n)} for n, row in enumerate(rows)]

    done = _take(registry, *rows)
    named = _take(registry, *rows, agency="city")

    assert [one.what for one in done.rows] == ["refused"] * 4
    assert all("need no consent" in str(one.faults[0]) for one in done.rows)
    assert [one.what for one in named.rows] == ["added", "refused", "added", "added"]


def test_no_file_moves_a_camera_to_another_site(registry: Registry) -> None:
    first = _take(registry, {**ROW, "owner_name": "A"})
    with registry.write() as connection:
        site_id = sites.add_site(connection, {"kind": "other"}, by="x").site_id
    (before,) = _cameras(registry)

    done = _take(registry, {**ROW, "site_id": site_id}, {**ROW, "source_id": "2"})

    assert [one.what for one in done.rows] == ["refused", "added"]
    assert "another owner has to agree anew" in str(done.rows[0].faults[0])
    kept = {one.camera_id: one.site_id for one in _cameras(registry)}
    assert kept[first.rows[0].camera_id] == before.site_id


def test_points_nothing_and_planned_are_read(registry: Registry) -> None:
    nothing = {"name": float("nan"), "bearing_deg": None, "address": " "}
    row = {**nothing, "source_id": "1", "geometry": shapely.Point(3.0, 4.0)}

    _take(registry, {**row, "access": "planned", "assumed": "kind;hfov_deg"})

    (camera,) = _cameras(registry)
    assert (camera.lon, camera.lat, camera.planned) == (3.0, 4.0, True)
    assert camera.assumed == ["kind", "hfov_deg"]
    assert (camera.name, camera.bearing_deg, camera.address) == (None, None, None)


def test_an_import_that_breaks_off_leaves_nothing(registry: Registry) -> None:
    def broken():
        yield from ({**ROW, "source_id": str(number)} for number in range(900))
        raise OSError

    with pytest.raises(OSError), registry.write() as connection:  # noqa: PT011
        import_cameras(connection, broken(), by="anna", source="city.csv")

    assert _cameras(registry) == []


def test_an_import_needs_a_name_and_a_source(registry: Registry) -> None:
    with (
        registry.write() as connection,
        pytest.raises(InputError, match="the name of the source"),
    ):
        import_cameras(connection, [], by="anna", source=" ")


def test_nothing_in_is_nothing_out(registry: Registry) -> None:
    done = _take(registry)

    assert (done.rows, done.added, done.notices) == ((), 0, ())


@given(st.floats(allow_nan=False, allow_infinity=False, width=32))
def test_a_number_written_as_text_comes_back(number: float) -> None:
    column = schema.camera.c.range_m

    assert read_cell(column, repr(number)) == number
    assert read_cell(column, number) == number


@given(st.text(max_size=30))
def test_text_for_a_number_is_a_number_or_refused(text: str) -> None:
    try:
        value = read_cell(schema.camera.c.range_m, text)
    except InputError:
        return
    assert value is None or math.isfinite(float(value))
