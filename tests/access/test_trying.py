"""What is only tried leaves nothing behind, and what is asked about is told once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from coveragekit.access import (
    Ask,
    Purpose,
    add_fee_plan,
    asked_cameras,
    erase_owner,
    example_plan,
    get_row,
    import_zones,
    list_fee_plans,
    list_rows,
    move_request,
    request_footage,
    request_story,
)
from coveragekit.access.door import Door
from coveragekit.errors import AccessRefused, InputError
from coveragekit.registry.audit import read_log
from tests.access.scene import ANN, CASE, KIM, OFFICE, PAT, Scene

WISH = Purpose("owner_request")
FOLLOW_UP = Purpose("follow_up")
RING = [[[-84.4, 33.7], [-84.3, 33.7], [-84.3, 33.8], [-84.4, 33.7]]]


def test_an_erasure_that_is_tried_tells_all_and_takes_nothing(scene: Scene) -> None:
    camera_id = scene.registered()

    tried = erase_owner(ANN, WISH, scene.owner_id, dry_run=True, registry=scene.door)

    assert tried.camera_ids == (camera_id,)
    assert len(tried.receipts) == 1
    owner = get_row(ANN, WISH, "owner", key=scene.owner_id, registry=scene.door)
    assert (owner.name, owner.erased_at) == ("Corner Shop", None)
    with scene.door.registry.read() as connection:
        lines = [one.entry for one in read_log(connection, limit=1000)]
    said = [one for one in lines if one.action == "erase_owner"]
    assert [one.parameters["dry_run"] for one in said] == [True]
    assert not [one for one in lines if one.action == "consent_move"][1:]

    done = erase_owner(ANN, WISH, scene.owner_id, registry=scene.door)
    assert done.camera_ids == tried.camera_ids
    with pytest.raises(InputError, match="is erased already"):
        erase_owner(ANN, WISH, scene.owner_id, dry_run=True, registry=scene.door)


def test_a_fee_plan_that_is_tried_is_held_against_the_others(door: Door) -> None:
    add_fee_plan(ANN, OFFICE, example_plan(), dry_run=True, registry=door)
    assert list_fee_plans(ANN, OFFICE, registry=door) == ()

    add_fee_plan(ANN, OFFICE, example_plan(), registry=door)

    with pytest.raises(InputError, match="overlaps"):
        add_fee_plan(ANN, OFFICE, example_plan(), dry_run=True, registry=door)
    assert len(list_fee_plans(ANN, OFFICE, registry=door)) == 1


def test_zones_of_a_file_are_taken_whole_and_once(door: Door) -> None:
    day = datetime(2026, 1, 1, tzinfo=UTC)
    zones = [
        {"name": "School", "ring": RING, "from_at": day, "to_at": None},
        {"name": "Yard", "ring": RING, "from_at": None, "to_at": None},
        {"name": "Yard", "ring": RING, "from_at": None, "to_at": None},
    ]

    tried = import_zones(ANN, OFFICE, zones, dry_run=True, registry=door)
    assert (len(tried.zone_ids), tried.same) == (2, 1)
    assert list_rows(ANN, OFFICE, "privacy_zone", registry=door).rows == ()
    done = import_zones(ANN, OFFICE, zones, registry=door)
    again = import_zones(ANN, OFFICE, zones, registry=door)

    kept = list_rows(ANN, OFFICE, "privacy_zone", registry=door).rows
    assert {one.zone_id for one in kept} == set(done.zone_ids)
    assert (again.zone_ids, again.same) == ((), 3)
    bad = [zones[0], {"name": "Bad", "ring": [[[0, 0], [1, 1]]]}]
    other = [{**one, "name": "New"} for one in bad]
    with pytest.raises(InputError):
        import_zones(ANN, OFFICE, other, registry=door)
    assert len(list_rows(ANN, OFFICE, "privacy_zone", registry=door).rows) == 2
    with pytest.raises(AccessRefused):
        import_zones(PAT, OFFICE, zones, registry=door)


def test_a_request_tells_its_story_and_its_camera_a_name(scene: Scene) -> None:
    named = scene.registered(name="Front door", retention_days=14.0)
    stranger = scene.registered(name="Nobody asked")
    now = scene.door.registry.clock()
    ask = Ask(from_at=now - timedelta(hours=3), to_at=now - timedelta(hours=2))
    batch = request_footage(KIM, CASE, [named], ask=ask, registry=scene.door)
    request_id = batch.requests[0].request_id
    move_request(KIM, FOLLOW_UP, request_id, to="sent", registry=scene.door)

    told = request_story(KIM, FOLLOW_UP, request_id, registry=scene.door)
    names = asked_cameras(KIM, FOLLOW_UP, [named, stranger], registry=scene.door)

    steps = [(one.origin, one.to, one.by_name) for one in told.steps]
    assert steps == [("nothing", "drafted", "kim"), ("drafted", "sent", "kim")]
    assert told.files == ()
    assert names == {named: "Front door"}
    with pytest.raises(InputError, match="no request"):
        request_story(KIM, FOLLOW_UP, "req_0", registry=scene.door)
    with pytest.raises(AccessRefused, match="may not send and close"):
        asked_cameras(ANN, FOLLOW_UP, [named], registry=scene.door)
