"""Rows are added, changed, listed and refused alike on both databases."""

from __future__ import annotations

import traceback
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coveragekit.errors import ConflictError, InputError, RegistryError, TableError
from coveragekit.model import table as model_table
from coveragekit.registry import cameras, owners, schema, shares, sites, users, zones
from coveragekit.registry.opening import Registry
from coveragekit.registry.values import LONGEST_TEXT, check_text, checked
from tests.databases import Clock
from tests.registry.owned import integrated

HOSTILE = [
    "=HYPERLINK('http://x')",
    "<script>alert(1)</script>",
    "'; DROP TABLE owner; --",
    "%s %(x)s {x}",
    "Ünïcödé 漢字 🙂",
    "two\nlines",
]


def _owner(connection, **more):
    values = {"name": "Corner Shop", "kind": "business", **more}
    return owners.add_owner(connection, values, by="anna")


def test_an_owner_is_added_and_changed_as_a_user_would(
    registry: Registry, clock: Clock
) -> None:
    with registry.write() as connection:
        added = _owner(connection, language="es")
    clock.pass_by(hours=2)
    with registry.write() as connection:
        changed = owners.change_owner(
            connection, added.owner_id, {"name": "Corner Deli"}, revision=1, by="ben"
        )

    assert added.owner_id.startswith("own_")
    assert (added.revision, added.changed_by, added.made_at) == (
        1,
        "anna",
        datetime(2026, 11, 22, 12, tzinfo=UTC),
    )
    assert (changed.name, changed.kind, changed.language) == (
        "Corner Deli",
        "business",
        "es",
    )
    assert (changed.revision, changed.changed_by, changed.changed_what) == (
        2,
        "ben",
        ["name"],
    )
    assert changed.made_at == added.made_at
    assert changed.changed_at == clock.at


def test_the_second_of_two_users_is_told_and_nothing_is_overwritten(
    registry: Registry,
) -> None:
    with registry.write() as connection:
        seen = _owner(connection)
    change = {"name": "First"}, {"name": "Second", "language": "en"}
    with registry.write() as connection:
        owners.change_owner(connection, seen.owner_id, change[0], revision=1, by="ben")

    with (
        registry.write() as connection,
        pytest.raises(
            ConflictError,
            match=r"changed by ben at 2026-11-22 12:00:00 UTC \(name\).*you saw 1",
        ),
    ):
        owners.change_owner(connection, seen.owner_id, change[1], revision=1, by="eva")

    with registry.read() as connection:
        assert owners.get_owner(connection, seen.owner_id).name == "First"


def test_all_faults_of_a_row_are_told_at_once(registry: Registry) -> None:
    values = {
        "lon": 200.0,
        "lat": float("nan"),
        "kind": "drone",
        "hfov_deg": 0,
        "bearing_deg": 360.0,
        "width_px": True,
        "indoor": "yes",
        "verified_at": datetime(2026, 1, 1),  # noqa: DTZ001 - the fault
        "contract_ends_on": "2026-01-01",
        "revision": 7,
        "colour": "red",
        "feed_ref": "rtsp://user:secret@host/1",
        "name": "bell\x07",
    }

    with registry.write() as connection, pytest.raises(TableError) as caught:
        cameras.add_camera(connection, values, by="anna")

    assert {fault.column for fault in caught.value.faults} == set(values)
    assert "secret" not in str(caught.value)
    with registry.read() as connection:
        assert cameras.list_cameras(connection).rows == ()


def test_what_is_needed_may_not_be_missing_or_blank(registry: Registry) -> None:
    for values in ({"kind": "person"}, {"kind": "person", "name": None}):
        with (
            registry.write() as connection,
            pytest.raises(TableError, match=r"name: .*allowed: a value is needed"),
        ):
            owners.add_owner(connection, values, by="anna")


def test_nobody_erases_an_owner_by_a_change(registry: Registry, clock: Clock) -> None:
    with registry.write() as connection:
        seen = _owner(connection)

    with (
        registry.write() as connection,
        pytest.raises(TableError, match="erased_at: no such column"),
    ):
        owners.change_owner(
            connection, seen.owner_id, {"erased_at": clock.at}, revision=1, by="x"
        )


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_kept_as_it_is_and_runs_nowhere(
    registry: Registry, text: str
) -> None:
    with registry.write() as connection:
        added = _owner(connection, name=text)

    with registry.read() as connection:
        assert owners.get_owner(connection, added.owner_id).name == text
        assert len(owners.list_owners(connection).rows) == 1


@pytest.mark.parametrize(
    "text", ["x" * 10_000_000, "nul\x00", "half \ud800", "turned \u202e around", " "]
)
def test_text_that_cannot_be_kept_is_refused(registry: Registry, text: str) -> None:
    with (
        registry.write() as connection,
        pytest.raises(TableError, match=r"letters|direction|needed") as caught,
    ):
        _owner(connection, name=text)

    assert len(str(caught.value)) < 400


def test_a_contact_is_in_no_message(registry: Registry) -> None:
    canary = "canary-contact@example.org"
    with registry.write() as connection:
        owner_id = _owner(connection).owner_id

    for bad in (canary + "\x00", canary * 100, canary.encode()):
        with registry.write() as connection, pytest.raises(TableError) as caught:
            owners.add_contact(
                connection, {"owner_id": owner_id, "email": bad}, by="anna"
            )
        assert canary not in "".join(traceback.format_exception(caught.value))
        assert "(not shown)" in str(caught.value)


def test_what_is_pointed_to_has_to_be_there(registry: Registry) -> None:
    place = {"lon": 0.0, "lat": 0.0}
    with (
        registry.write() as connection,
        pytest.raises(InputError, match="no site 'site_no' for site_id"),
    ):
        cameras.add_camera(connection, {**place, "site_id": "site_no"}, by="anna")
    with (
        registry.read() as connection,
        pytest.raises(InputError, match="no owner 'own_no'"),
    ):
        owners.get_owner(connection, "own_no")
    with (
        registry.write() as connection,
        pytest.raises(InputError, match="no owner 'own_no'"),
    ):
        owners.change_owner(connection, "own_no", {"name": "x"}, revision=1, by="anna")


def test_an_id_is_given_once_and_never_changes(registry: Registry) -> None:
    with registry.write() as connection:
        _owner(connection, owner_id="own_1")

    with (
        registry.write() as connection,
        pytest.raises(InputError, match="the owner 'own_1' is there already"),
    ):
        _owner(connection, owner_id="own_1")
    with (
        registry.write() as connection,
        pytest.raises(InputError, match="never changes"),
    ):
        owners.change_owner(
            connection, "own_1", {"owner_id": "own_2"}, revision=1, by="anna"
        )


def test_a_list_gives_every_row_once_however_it_is_cut(registry: Registry) -> None:
    with registry.write() as connection:
        ids = {_owner(connection, name=f"owner {i}").owner_id for i in range(7)}

    for limit in (1, 2, 3, 7, 8):
        seen: list[str] = []
        after = None
        while True:
            with registry.read() as connection:
                page = owners.list_owners(connection, after=after, limit=limit)
            seen += [row.owner_id for row in page.rows]
            after = page.after
            if after is None:
                break
        assert seen == sorted(ids)
    with (
        registry.read() as connection,
        pytest.raises(InputError, match="1 to 1000 rows at a time; seen: 0"),
    ):
        owners.list_owners(connection, limit=0)


@pytest.mark.parametrize("few", [0, 2000])
def test_cameras_are_listed_by_what_is_asked(
    registry: Registry, few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    # what few fulfil is found by an index, what more fulfil by looking at each
    monkeypatch.setattr("coveragekit.registry.camera_filter._FEW", few)
    with registry.write() as connection:
        owner_id = _owner(connection).owner_id
        site = {"owner_id": owner_id, "kind": "business"}
        site_id = sites.add_site(connection, site, by="anna").site_id
        made = [
            {"site_id": site_id, "kind": "dome", "name": "Front Door", "source": "osm"},
            {"kind": "ptz", "address": "100% Peachtree St"},
            {"kind": "dome", "removed_at": datetime(2026, 1, 1, tzinfo=UTC)},
        ]
        ids = [
            cameras.add_camera(
                connection, {"lon": float(i), "lat": 1.0, **values}, by="anna"
            ).camera_id
            for i, values in enumerate(made)
        ]

    def listed(**wanted) -> set[int]:
        with registry.read() as connection:
            page = cameras.list_cameras(connection, cameras.CameraFilter(**wanted))
        return {ids.index(row.camera_id) for row in page.rows}

    assert listed() == {0, 1}
    assert listed(removed=True) == {0, 1, 2}
    assert listed(owner_id=owner_id) == listed(site_id=site_id) == {0}
    assert listed(kinds=("dome", "ptz")) == {0, 1}
    assert listed(kinds=("dome",), removed=True) == {0, 2}
    assert listed(source="osm") == {0}
    assert listed(words="front d") == {0}
    assert listed(words="0% p") == {1}
    assert listed(words="%") == {1}
    assert listed(box=(0.5, 0.0, 2.5, 2.0)) == {1}
    assert listed(box=(0.5, 0.0, 0.0, 2.0)) == {0, 1}
    assert listed(states=("registered",)) == set()


def test_parts_of_a_row_have_to_fit_each_other(registry: Registry) -> None:
    early, late = (datetime(year, 1, 1, tzinfo=UTC) for year in (2020, 2030))
    place = {"lon": 0.0, "lat": 0.0}
    bad = [
        (cameras.add_camera, {**place, "active_from": late, "active_to": early}),
        (cameras.add_camera, {**place, "channel": 2}),
        (cameras.add_credential, {"store": "file", "reference": "/run/secrets/a"}),
        (shares.add_share, {"camera_id": "cam_1"}),
        (shares.add_share, {"to_role": "officer"}),
        (
            shares.add_share,
            {"camera_id": "cam_1", "to_name": "x", "from_at": late, "to_at": early},
        ),
    ]
    with registry.write() as connection:
        cameras.add_camera(connection, {**place, "camera_id": "cam_1"}, by="anna")

    for add, values in bad:
        # some databases tell first, with the name of the rule they hold
        with pytest.raises((InputError, RuntimeError)), registry.write() as connection:
            add(connection, values, by="anna")

    with registry.read() as connection:
        assert len(cameras.list_cameras(connection).rows) == 1
        assert shares.list_shares(connection).rows == ()


def test_a_share_and_an_authority_are_kept(registry: Registry) -> None:
    with registry.write() as connection:
        owner_id = _owner(connection).owner_id
        site = {"owner_id": owner_id, "kind": "home", "lon": 1.0, "lat": 2.0}
        site_id = sites.add_site(connection, site, by="anna").site_id
        given = {"site_id": site_id, "owner_id": owner_id, "capacity": "tenant"}
        given |= {"signer": "E. Lopez", "from_on": date(2026, 1, 1)}
        authority = sites.add_authority(connection, given, by="anna")
        box = {"site_id": site_id, "channels": 8, "retention_days": 14.5}
        recorder = sites.add_recorder(connection, box, by="anna")
        share = shares.add_share(
            connection,
            {"site_id": site_id, "to_role": "officer", "scope_live": True},
            by="anna",
        )
        with pytest.raises(TableError, match="officer"):
            shares.add_share(
                connection, {"site_id": site_id, "to_role": "friend"}, by="anna"
            )

    assert (authority.signer, authority.from_on) == ("E. Lopez", date(2026, 1, 1))
    assert (recorder.channels, recorder.retention_days) == (8, 14.5)
    assert (share.scope_live, share.scope_ptz, share.revoked_at) == (True, False, None)


def test_two_cameras_never_have_one_feed(registry: Registry) -> None:
    place = {"lon": 0.0, "lat": 0.0}
    with registry.write() as connection:
        porch = {**place, "feed_ref": "ann-porch", "camera_id": "cam_ann"}
        cameras.add_camera(connection, porch, by="x")
        cameras.add_camera(connection, {**place, "camera_id": "cam_hall"}, by="x")
        for feed in ("ann-porch", " ann-porch "):
            with pytest.raises(InputError, match="cam_ann has this feed already"):
                cameras.change_camera(
                    connection, "cam_hall", {"feed_ref": feed}, revision=1, by="x"
                )
            with pytest.raises(InputError, match="cam_ann has this feed already"):
                cameras.add_camera(connection, {**place, "feed_ref": feed}, by="x")
        cameras.change_camera(
            connection, "cam_ann", {"feed_ref": "ann-porch"}, revision=1, by="x"
        )

    statement = schema.camera.update().values(feed_ref="ann-porch")
    with pytest.raises(RegistryError, match="rule"), registry.write() as connection:
        connection.execute(statement.where(schema.camera.c.camera_id == "cam_hall"))


def test_no_other_device_is_put_behind_what_an_owner_agreed_to(
    registry: Registry,
) -> None:
    with registry.write() as connection:
        shop = integrated(connection)
        first = cameras.get_camera(connection, shop.camera_id)
        # a feed that is named for the first time is what was agreed to
        named = cameras.change_camera(
            connection,
            shop.camera_id,
            {"feed_ref": "shop-1"},
            revision=first.revision,
            by="x",
        )

    with (
        registry.write() as connection,
        pytest.raises(InputError, match="end the integration first"),
    ):
        cameras.change_camera(
            connection,
            shop.camera_id,
            {"feed_ref": "home-2"},
            revision=named.revision,
            by="x",
        )


def test_a_camera_whose_consent_ran_out_is_not_listed_as_registered(
    registry: Registry, clock: Clock
) -> None:
    with registry.write() as connection:
        shop = integrated(connection, days=1)

    def listed(state: str) -> list[str]:
        wanted = cameras.CameraFilter(states=(state,))
        with registry.read() as connection:
            page = cameras.list_cameras(connection, wanted)
        return [one.camera_id for one in page.rows]

    before = listed("integrated"), listed("expired")
    clock.pass_by(days=2)

    assert before == ([shop.camera_id], [])
    assert (listed("integrated"), listed("expired")) == ([], [shop.camera_id])


def test_a_user_has_one_name_and_a_role_that_there_is(registry: Registry) -> None:
    with registry.write() as connection:
        users.add_user(connection, {"name": "anna", "role": "officer"}, by="root")
        with pytest.raises(InputError, match="a user 'anna' already"):
            users.add_user(connection, {"name": " anna", "role": "officer"}, by="root")
        with pytest.raises(TableError, match="king"):
            users.add_user(connection, {"name": "ben", "role": "king"}, by="root")

    with registry.read() as connection:
        found = users.user_named(connection, "anna")
        assert found is not None
        assert (found.role, found.active) == ("officer", True)
        assert users.user_named(connection, "Anne") is None
        assert users.user_named(connection, " ANNA") == users.user_named(
            connection, "anna"
        )


def test_a_privacy_zone_is_in_force_in_its_time(
    registry: Registry, clock: Clock
) -> None:
    square = [[[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0], [0.0, 0.0]]]
    with registry.write() as connection:
        zone = zones.add_zone(
            connection,
            {"name": "clinic", "ring": square, "to_at": clock.at},
            by="anna",
        )
        always = zones.add_zone(connection, {"ring": square}, by="anna")

    with registry.read() as connection:
        now_there = zones.zones_at(connection, clock.at)
        clock.pass_by(seconds=-1)
        before = zones.zones_at(connection, clock.at)

    assert now_there == (always,)
    assert {one.zone_id for one in before} == {zone.zone_id, always.zone_id}
    assert zone.ring == square


@pytest.mark.parametrize(
    ("ring", "words"),
    [
        ([], "seen: 0"),
        ("POLYGON EMPTY", "seen: 0"),
        ([[[0, 0], [1, 0], [0, 0]]], "at least three corners"),
        ([[[0, 0], [1, 0], [1, 1], [0, 1]]], "ends where it begins"),
        ([[[0, 0], [200, 0], [1, 1], [0, 0]]], "lon from -180"),
        ([[[0, 0], [1, "x"], [1, 1], [0, 0]]], "lon from -180"),
        ([[[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]], "crosses itself"),
        ([[[0, 0], *[[i / 5000, 1] for i in range(3000)], [0, 0]]], "3 to 2,000"),
    ],
)
def test_rings_that_are_no_polygon_are_refused(ring: object, words: str) -> None:
    with pytest.raises(InputError, match=words):
        zones.check_rings(ring)


def test_the_cameras_of_the_registry_are_those_of_the_model() -> None:
    model = set(model_table("cameras").columns) - {"access", "owner_id"}

    assert model <= {column.name for column in schema.camera.columns}


@given(st.text(max_size=40))
def test_text_comes_back_or_is_refused(text: str) -> None:
    try:
        kept = check_text(text, "it")
    except InputError:
        assert any(not letter.isprintable() for letter in text)
        return
    assert kept == text.strip()


@given(
    st.dictionaries(
        st.sampled_from(["name", "kind", "language", "owner_id", "x"]),
        st.one_of(
            st.none(), st.text(max_size=5), st.integers(), st.floats(), st.booleans()
        ),
    )
)
def test_checked_values_change_nothing_given_and_hold_when_checked_again(
    values: dict[str, object],
) -> None:
    before = dict(values)

    try:
        good = checked(schema.owner, values, whole=False)
    except TableError:
        good = {}

    assert repr(values) == repr(before)
    assert checked(schema.owner, good, whole=False) == good


def test_the_longest_text_is_kept_whole() -> None:
    assert len(check_text("x" * LONGEST_TEXT, "it")) == LONGEST_TEXT

    with pytest.raises(InputError, match=r"at most 1000 letters \(there are 1001\)"):
        check_text("x" * (LONGEST_TEXT + 1), "it")
