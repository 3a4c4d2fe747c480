"""After a restore nobody gets in whom an owner shut out since the backup."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from coveragekit.errors import InputError
from coveragekit.registry import (
    cameras,
    owners,
    prospects,
    schema,
    shares,
    submissions,
    users,
    zones,
)
from coveragekit.registry.afterwards import carry_over
from coveragekit.registry.audit_check import verify
from coveragekit.registry.backup import back_up, restore
from coveragekit.registry.consent import camera_tier, history, move
from coveragekit.registry.erasing import erase_owner
from coveragekit.registry.opening import Registry
from coveragekit.registry.opening import now as connection_now
from coveragekit.registry.request_rows import footage_requests
from coveragekit.registry.request_rules import Ask
from coveragekit.registry.requests import request_footage
from tests.access.test_owners_side import payload
from tests.registry.owned import agency, by_owner, integrated, own_camera, registered


@pytest.fixture
def empty_url(request: pytest.FixtureRequest, registry: Registry, tmp_path: Path):
    """Give a place of the same kind as the registry's, where there is none."""
    if registry.dialect == "sqlite":
        yield str(tmp_path / "back" / "registry.sqlite")
        return
    server = request.getfixturevalue("postgres")
    address = server.database()
    yield address
    server.drop(address)


@pytest.fixture
def shops(registry: Registry):
    """Give four shops whose owners agreed."""
    with registry.write() as connection:
        return [integrated(connection), *(registered(connection) for _ in range(3))]


@pytest.fixture
def brought(
    registry: Registry, shops, empty_url: str, tmp_path: Path
) -> Iterator[Registry]:
    """Give yesterday's registry; today two owners left, and a share was taken back."""
    with registry.write() as connection:
        share = {"camera_id": shops[0].camera_id, "to_role": "officer"}
        share_id = shares.add_share(connection, share, by="x").share_id
        eve = {"name": "eve", "role": "supervisor"}
        user_id = users.add_user(connection, eve, by="x").user_id
        deli = {"name": "Deli", "stage": "contacted"}
        prospect_id = prospects.add_prospect(connection, deli, by="x").prospect_id
    kept = back_up(registry, tmp_path / "b.tar.gz")
    with registry.write() as connection:
        users.change_user(connection, user_id, {"active": False}, revision=1, by="x")
        no_more = {"do_not_contact": True}
        prospects.change_prospect(connection, prospect_id, no_more, revision=1, by="x")
        ring = [[[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 0.0]]]
        zones.add_zone(connection, {"name": "clinic", "ring": ring}, by="x")
        users.add_user(connection, {"name": "new", "role": "officer"}, by="x")
        move(connection, shops[0].camera_id, "withdrawn", act=by_owner(shops[0]))
        erase_owner(connection, shops[1].owner_id, act=agency())
        row = shares.get_share(connection, share_id)
        shares.change_share(
            connection,
            share_id,
            {"revoked_at": registry.clock()},
            revision=row.revision,
            by="x",
        )
        camera = cameras.get_camera(connection, shops[2].camera_id)
        cameras.change_camera(
            connection,
            camera.camera_id,
            {"removed_at": registry.clock()},
            revision=camera.revision,
            by="x",
        )
    restore(kept.path, empty_url, tmp_path / "into")
    with Registry.open(empty_url, clock=registry.clock) as opened:
        yield opened


def _tiers(registry: Registry, shops) -> list[str | None]:
    with registry.read() as connection:
        return [camera_tier(connection, shop.camera_id) for shop in shops]


def test_what_owners_decided_since_the_backup_holds(
    registry: Registry, brought: Registry, shops
) -> None:
    before = _tiers(brought, shops)

    with brought.write() as connection, registry.read() as former:
        done = carry_over(connection, former, act=agency(), reason="backup of Monday")

    assert before == ["integrated", "registered", "registered", "registered"]
    after = _tiers(brought, shops)
    assert (after[0], after[1], after[3]) == (None, None, "registered")
    assert set(done.consents) >= {shops[0].camera_id, shops[1].camera_id}
    assert done.erased == (shops[1].owner_id,)
    assert done.suspended == ()
    with brought.read() as connection, registry.read() as former:
        mine = history(connection, shops[0].camera_id)
        assert mine == history(former, shops[0].camera_id)
        assert owners.get_owner(connection, shops[1].owner_id).erased_at is not None
        (share,) = shares.list_shares(connection).rows
        assert share.revoked_at == registry.clock()
        taken = cameras.get_camera(connection, shops[2].camera_id)
        assert taken.removed_at == registry.clock()
        assert [one.active for one in users.list_users(connection).rows] == [False]
        assert prospects.list_prospects(connection).rows[0].do_not_contact
        assert [one.name for one in zones.list_zones(connection).rows] == ["clinic"]
        assert verify(connection, ()).ok


def test_brought_over_once_there_is_nothing_more_to_bring(
    registry: Registry, brought: Registry, shops
) -> None:
    for _ in range(2):
        with brought.write() as connection, registry.read() as former:
            done = carry_over(connection, former, act=agency(), reason="again")

    assert (done.erased, done.shut) == ((), 0)


def test_without_the_former_registry_every_consent_is_paused(
    brought: Registry, shops
) -> None:
    with brought.write() as connection:
        done = carry_over(connection, None, act=agency(), reason="backup of Monday")

    assert _tiers(brought, shops) == [None] * 4
    # nobody can tell whom an administrator dismissed, or which share was taken back
    with brought.read() as connection:
        listed = {one.name: one for one in users.list_users(connection).rows}
        assert {name for name, one in listed.items() if one.active} == {agency().name}
        assert listed[agency().name].role == "administrator"
        (share,) = shares.list_shares(connection).rows
        assert share.revoked_at == registry_now(brought)
    assert len(done.dismissed) == 1
    assert [one.split()[0] for one in done.words] == [
        "every",
        "nobody",
        "every",
        "owners",
        "privacy",
        "forms",
        "places",
    ]
    assert set(done.suspended) == {shop.camera_id for shop in shops}
    with brought.read() as connection:
        last = history(connection, shops[0].camera_id)[-1]
        assert last.reason == "backup of Monday"
        lines = select(schema.audit_entry.c.action)
        assert "carry_over" in connection.execute(lines).scalars().all()


def registry_now(registry: Registry):
    return registry.clock()


def test_the_one_who_restores_may_still_sign_on(brought: Registry) -> None:
    with brought.write() as connection:
        told = {"name": agency().name.upper(), "role": "administrator"}
        users.add_user(connection, told, by="x")
        carry_over(connection, None, act=agency(), reason="x")
        listed = users.list_users(connection).rows

    assert [one.name for one in listed if one.active] == [agency().name.upper()]


def test_what_was_shut_by_other_means_stays_shut(
    registry: Registry, empty_url: str, tmp_path: Path
) -> None:
    with registry.write() as connection:
        one, two, three = (registered(connection) for _ in range(3))
        for shop, feed in ((one, "one"), (two, "two")):
            row = cameras.get_camera(connection, shop.camera_id)
            cameras.change_camera(
                connection,
                shop.camera_id,
                {"feed_ref": feed},
                revision=row.revision,
                by="x",
            )
        city = owners.add_owner(connection, {"name": "C", "kind": "agency"}, by="x")
        asked = draft(connection, one.camera_id)
    kept = back_up(registry, tmp_path / "b.tar.gz")
    with registry.write() as connection:
        swap(connection, one.camera_id, two.camera_id)
        row = cameras.get_camera(connection, three.camera_id)
        cameras.change_camera(
            connection,
            three.camera_id,
            {"cloud_only": True},
            revision=row.revision,
            by="x",
        )
        owners.change_owner(
            connection, city.owner_id, {"kind": "business"}, revision=1, by="x"
        )
        move(connection, one.camera_id, "withdrawn", act=by_owner(one))
        own_camera(connection)
    restore(kept.path, empty_url, tmp_path / "into")

    with Registry.open(empty_url, clock=registry.clock) as back:
        with back.write() as connection, registry.read() as former:
            done = carry_over(connection, former, act=agency(), reason="x")
        with back.read() as connection:
            feeds = [
                cameras.get_camera(connection, shop.camera_id).feed_ref
                for shop in (one, two)
            ]
            assert feeds == ["two", "one"]
            assert cameras.get_camera(connection, three.camera_id).cloud_only
            assert owners.get_owner(connection, city.owner_id).kind == "business"
            (found,) = footage_requests(connection, camera_id=one.camera_id)
            assert (found.request_id, found.state) == (asked, "closed")
    assert done.words == (
        "not in it, for the backup is older: 1 owner",
        "not in it, for the backup is older: 1 camera",
    )


def draft(connection, camera_id: str) -> str:
    """Draft a request for footage of the last hour."""
    ends = connection_now(connection)
    ask = Ask(from_at=ends - timedelta(hours=1), to_at=ends)
    batch = request_footage(connection, [camera_id], ask, act=agency())
    return batch.requests[0].request_id


def swap(connection, one: str, two: str) -> None:
    """Have two cameras change their feeds."""
    for key, feed in ((one, None), (two, "one"), (one, "two")):
        row = cameras.get_camera(connection, key)
        cameras.change_camera(
            connection, key, {"feed_ref": feed}, revision=row.revision, by="x"
        )


def test_a_form_accepted_since_waits_again_where_its_owner_is_not_there(
    registry: Registry, empty_url: str, tmp_path: Path
) -> None:
    with registry.write() as connection:
        sent = [
            submissions.submit(connection, payload(), language="en") for _ in range(2)
        ]
    kept = back_up(registry, tmp_path / "b.tar.gz")
    told = {"by": "ria", "role": "recruiter", "revision": 1}
    with registry.write() as connection:
        submissions.accept(connection, sent[0].submission_id, **told)
        submissions.refuse(connection, sent[1].submission_id, reason="no", **told)
    restore(kept.path, empty_url, tmp_path / "into")

    with Registry.open(empty_url, clock=registry.clock) as back:
        with back.write() as connection, registry.read() as former:
            done = carry_over(connection, former, act=agency(), reason="x")
        with back.write() as connection:
            rows = submissions.list_submissions(connection).rows
            states = {one.submission_id: one.state for one in rows}
            submissions.accept(connection, sent[0].submission_id, **told)

    assert states == {
        sent[0].submission_id: "waiting",
        sent[1].submission_id: "rejected",
    }
    assert done.words[0].endswith("1 owner")


def test_another_registry_is_not_taken_for_the_former(
    brought: Registry, shops, tmp_path: Path
) -> None:
    with (
        Registry.open(tmp_path / "x" / "registry.sqlite", create=True) as other,
        brought.write() as connection,
        other.read() as former,
        pytest.raises(InputError, match="is another one"),
    ):
        carry_over(connection, former, act=agency(), reason="x")
