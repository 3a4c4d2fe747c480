"""What leaves the registry holds no contact, and the public gets counts alone."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import insert, update

from coveragekit.errors import InputError
from coveragekit.registry import cameras, owners, schema, sites
from coveragekit.registry.consent import move
from coveragekit.registry.moving import import_cameras
from coveragekit.registry.opening import Registry
from coveragekit.registry.releasing import release_cameras
from coveragekit.registry.schema import new_id
from tests.registry.owned import agreed, by_owner, registered

CANARIES = ("canary-person", "canary-555", "canary@example.org", "canary-feed")


def _agency_cameras(connection, places) -> None:
    agency = owners.add_owner(connection, {"name": "City", "kind": "agency"}, by="x")
    site = {"owner_id": agency.owner_id, "kind": "public"}
    site_id = sites.add_site(connection, site, by="x").site_id
    for lon, lat in places:
        place = {"lon": lon, "lat": lat, "site_id": site_id}
        place["feed_ref"] = f"{CANARIES[3]}-{new_id('camera')}"
        cameras.add_camera(connection, place, by="x")


def _person_camera(connection) -> None:
    owner = {"name": CANARIES[0], "kind": "person"}
    owner_id = owners.add_owner(connection, owner, by="x").owner_id
    called = {"name": CANARIES[0], "phone": CANARIES[1], "email": CANARIES[2]}
    owners.add_contact(connection, {**called, "owner_id": owner_id}, by="x")
    site = {"owner_id": owner_id, "kind": "home"}
    site_id = sites.add_site(connection, site, by="x").site_id
    place = {"lon": -84.39, "lat": 33.75, "site_id": site_id}
    camera_id = cameras.add_camera(connection, place, by="x").camera_id
    stamp = {"state_at": "made", "made_at": "made", "changed_at": "made"}
    moment = cameras.get_camera(connection, camera_id).made_at
    row = dict.fromkeys(stamp, moment)
    connection.execute(
        insert(schema.consent).values(
            consent_id="con_1",
            camera_id=camera_id,
            state="registered",
            changed_by="x",
            **row,
        )
    )


def test_the_internal_release_tells_sites_and_upkeep_but_no_contact(
    registry: Registry,
) -> None:
    with registry.write() as connection:
        _agency_cameras(connection, [(-84.4, 33.7)])
        _person_camera(connection)
        shop = registered(connection)
        cameras.change_camera(
            connection,
            shop.camera_id,
            {"maintainer": "Fix Co", "make": "Acme"},
            revision=cameras.get_camera(connection, shop.camera_id).revision,
            by="x",
        )
    with registry.read() as connection:
        released = release_cameras(connection, "internal")

    rows = released.table.set_index("camera_id")
    assert released.form == "exact"
    assert sorted(rows["access"]) == ["public", "registered", "registered"]
    assert rows.loc[shop.camera_id, "maintainer"] == "Fix Co"
    assert rows.loc[shop.camera_id, "consent_state"] == "registered"
    assert rows.loc[shop.camera_id, "revision"] == 2
    words = released.table.to_json(default=str)
    for canary in CANARIES:
        assert canary not in words


def _homes(connection, owned: int, *, each: int, lon: float) -> None:
    """Add owners near one place, each with some cameras that were registered."""
    for home in range(owned):
        shop = registered(connection, lon=lon + home * 1e-5, lat=33.75)
        for number in range(1, each):
            place = {"lon": lon + home * 1e-5, "lat": 33.75 + number * 1e-5}
            values = {**place, "site_id": shop.site_id}
            added = cameras.add_camera(connection, values, by="x")
            act = agreed(shop, "registration")
            move(connection, added.camera_id, "registered", act=act)


def test_the_public_release_is_counts_of_cells_with_at_least_five_owners(
    registry: Registry,
) -> None:
    with registry.write() as connection:
        _homes(connection, 5, each=2, lon=-84.3901)
        # four owners with two cameras each, and one with six, and the agency's
        _homes(connection, 4, each=2, lon=-84.35)
        _homes(connection, 1, each=6, lon=-84.30)
        _agency_cameras(connection, [(-84.25, 33.70)] * 6)
    with registry.read() as connection:
        released = release_cameras(connection, "public")

    assert released.form == "cells"
    assert list(released.table["count"]) == [10]
    assert set(released.table.columns) == {"cell_id", "count", "geometry"}
    west, _, east, _ = released.table.total_bounds
    assert west < -84.3901 < east
    assert any("fewer than 5 owners" in note for note in released.notes)
    words = json.dumps(json.loads(released.table.to_json(default=str)))
    for canary in CANARIES:
        assert canary not in words


def test_a_withdrawn_camera_is_in_no_release_at_once(registry: Registry) -> None:
    with registry.write() as connection:
        shop = registered(connection)
        before = len(release_cameras(connection, "internal").table)
        move(connection, shop.camera_id, "withdrawn", act=by_owner(shop))
        released = release_cameras(connection, "internal")

    assert (before, len(released.table)) == (1, 0)
    assert "1 cameras without a consent in force are left out" in released.notes


def test_planned_cameras_are_not_counted_for_the_public(registry: Registry) -> None:
    with registry.write() as connection:
        _homes(connection, 6, each=1, lon=-84.39)
        before = len(release_cameras(connection, "public").table)
        connection.execute(update(schema.camera).values(planned=True))
        released = release_cameras(connection, "public")

    assert (before, len(released.table)) == (1, 0)


def test_an_internal_release_imported_again_changes_nothing(
    registry: Registry,
) -> None:
    with registry.write() as connection:
        _agency_cameras(connection, [(-84.4, 33.7), (-84.5, 33.8)])
        registered(connection)
        released = release_cameras(connection, "internal").table
        rows = released.to_dict("records")
        done = import_cameras(connection, rows, by="x", source="export.csv")

    assert (done.same, done.added, done.changed, done.refused) == (3, 0, 0, 0)
    assert (done.owners, done.sites) == (0, 0)


def test_an_unknown_release_is_refused(registry: Registry) -> None:
    with (
        registry.read() as connection,
        pytest.raises(
            InputError, match="no release 'press'; allowed: internal, public"
        ),
    ):
        release_cameras(connection, "press")


@pytest.mark.parametrize("release", ["internal", "public"])
def test_an_empty_registry_releases_an_empty_table(
    registry: Registry, release: str
) -> None:
    with registry.read() as connection:
        assert len(release_cameras(connection, release).table) == 0
