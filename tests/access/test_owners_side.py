"""Owners send in, agree, are asked and leave; each step is on record."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from coveragekit.access import (
    Ask,
    Door,
    Purpose,
    Scope,
    User,
    accept_clock,
    accept_submission,
    add_fee_plan,
    add_row,
    cameras,
    change_consent,
    change_row,
    check_receipt,
    consent_history,
    consent_text,
    contacts,
    due_reminders,
    end_fee_plan,
    erase_owner,
    example_plan,
    fee_quote,
    find_cameras,
    footage_yield,
    get_row,
    list_fee_plans,
    list_requests,
    list_rows,
    list_submissions,
    move_request,
    near_cameras,
    purge,
    receive_file,
    refuse_submission,
    request_footage,
    run_clock,
    submission_neighbours,
    submit,
    withdraw,
)
from coveragekit.errors import AccessRefused, ConflictError, ConsentError, InputError
from coveragekit.registry.audit import Written, read_log
from coveragekit.registry.audit_check import verify
from tests.access.scene import (
    ANN,
    CALL,
    CASE,
    EMERGENCY,
    KIM,
    LAT,
    LON,
    OFFICE,
    PAT,
    SUE,
    Scene,
)
from tests.databases import Clock

RIA = User("ria", "recruiter", "proxy")
RECRUIT = Purpose("recruitment")


def payload(**changes: Any) -> dict[str, Any]:
    """Give what the form sends."""
    told: dict[str, Any] = {
        "format": 1,
        "language": "es",
        "text_version": "registration-v1",
        "integration_wanted": True,
        "quote": None,
        "site": {
            "name": "Tienda",
            "address": "7 Oak St",
            "kind": "business",
            "lon": LON,
            "lat": LAT,
        },
        "owner": {"name": "Canary Tienda", "kind": "business"},
        "contact": {
            "name": "Canary Rosa",
            "phone": "(404) 555-0123",
            "email": "Rosa.Canary@Example.org",
            "best_time": "",
            "can_export": True,
        },
        "authority": {"capacity": "owner", "signer": "Canary Rosa"},
        "cameras": [
            {
                "lon": LON,
                "lat": LAT,
                "indoor": False,
                "kind": "dome",
                "make": "Acme",
                "model": "D1",
                "bearing_deg": 90.0,
                "hfov_deg": 100.0,
                "retention_days": 14.0,
                "cloud_only": False,
                "assumed": ["hfov_deg"],
                "faces_homes_share": 0.2,
                "fronts_m": 12.0,
                "mount": "facade",
                "see_blind": False,
            }
        ],
    }
    return {**told, **changes}


def log(door: Door) -> tuple[Written, ...]:
    with door.registry.read() as connection:
        return read_log(connection, limit=10_000)


def test_what_an_owner_sends_in_waits_and_becomes_a_registered_camera(
    door: Door,
) -> None:
    receipt = submit(payload(), language="es", registry=door)

    (waiting,) = list_submissions(RIA, RECRUIT, registry=door).rows
    assert waiting.receipt == receipt
    assert (waiting.state, waiting.language) == ("waiting", "es")
    assert cameras(ANN, OFFICE, registry=door).empty

    done = accept_submission(
        RIA, RECRUIT, waiting.submission_id, revision=waiting.revision, registry=door
    )

    (row,) = cameras(ANN, OFFICE, registry=door).to_dict("records")
    assert (row["access"], row["bearing_deg"]) == ("registered", 90.0)
    assert row["source"] == "owner's form"
    assert row["assumed"] == ["hfov_deg"]
    assert done.camera_ids == (row["camera_id"],)
    (event,) = consent_history(RIA, RECRUIT, row["camera_id"], registry=door)
    assert event.receipt.text_version == "registration-v1"
    assert event.receipt.language == "es"
    (person,) = contacts(KIM, CALL, done.camera_ids, registry=door)
    assert person.phone == "(404) 555-0123"
    kept = list_submissions(RIA, RECRUIT, state="accepted", registry=door).rows[0]
    assert "canary" not in str(kept.payload).lower()
    assert kept.decided_by == "ria"


def test_nobody_is_decided_on_twice(door: Door) -> None:
    submit(payload(), language="en", registry=door)
    (one,) = list_submissions(RIA, RECRUIT, registry=door).rows
    told = {"revision": one.revision, "registry": door}
    accept_submission(RIA, RECRUIT, one.submission_id, **told)

    with pytest.raises(InputError, match="only one that waits can be decided"):
        accept_submission(RIA, RECRUIT, one.submission_id, **told)


def test_two_who_decide_at_once_are_told(door: Door) -> None:
    submit(payload(), language="en", registry=door)
    (one,) = list_submissions(RIA, RECRUIT, registry=door).rows

    with pytest.raises(ConflictError):
        accept_submission(
            RIA, RECRUIT, one.submission_id, revision=one.revision + 1, registry=door
        )

    assert cameras(ANN, OFFICE, registry=door).empty


def test_a_refused_submission_loses_its_people_and_says_why(door: Door) -> None:
    submit(payload(), language="en", registry=door)
    (one,) = list_submissions(RIA, RECRUIT, registry=door).rows
    told = {"revision": one.revision, "registry": door}

    with pytest.raises(InputError, match="refused for a reason"):
        refuse_submission(RIA, RECRUIT, one.submission_id, reason=" ", **told)
    done = refuse_submission(
        RIA, RECRUIT, one.submission_id, reason="twice", duplicate=True, **told
    )

    assert (done.state, done.reason) == ("duplicate", "twice")
    assert "canary" not in str(done.payload).lower()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"format": 2}, "the form sent format 2; allowed: 1"),
        ({"cameras": []}, "the form sent 0 cameras; allowed: 1 to 64"),
        ({"cameras": [{}] * 65}, "the form sent 65 cameras"),
        ({"cameras": "all"}, "the form sent none cameras"),
        ({"site": None}, "the form sent no site"),
        ({"text_version": None}, "did not say which consent text"),
        ({"text_version": "registration-v99"}, "registration-v99"),
        ({"owner": {"name": "x" * 10_000, "kind": "business"}}, "at most 1000 letters"),
        ({"site": {**payload()["site"], "lon": 400.0}}, "lon"),
        ({"contact": {"email": "a\x00b"}}, "not shown"),
    ],
)
def test_what_could_not_be_accepted_is_refused_at_once_and_whole(
    door: Door, changes: dict[str, Any], words: str
) -> None:
    before = len(log(door))

    with pytest.raises(InputError, match=words):
        submit(payload(**changes), language="en", registry=door)

    assert list_submissions(RIA, RECRUIT, registry=door).rows == ()
    assert list_rows(ANN, OFFICE, "owner", registry=door).rows == ()
    actions = [one.entry.action for one in log(door)[before:]]
    assert "submit" not in actions


def test_the_agency_sees_what_is_near_a_submission(scene: Scene) -> None:
    near = scene.registered(lon=LON + 0.0002)
    scene.registered(lon=LON + 0.01)
    submit(payload(), language="en", registry=scene.door)
    (one,) = list_submissions(RIA, RECRUIT, registry=scene.door).rows

    (found,) = submission_neighbours(
        RIA, RECRUIT, one.submission_id, registry=scene.door
    )

    assert [each.camera.camera_id for each in found] == [near]
    assert found[0].distance_m == pytest.approx(18.5, abs=0.5)


def test_an_owner_leaves_by_receipt_and_contact_and_is_gone_at_once(
    door: Door,
) -> None:
    receipt = submit(payload(), language="en", registry=door)
    (one,) = list_submissions(RIA, RECRUIT, registry=door).rows
    told = {"revision": one.revision, "registry": door}
    done = accept_submission(RIA, RECRUIT, one.submission_id, **told)
    (camera_id,) = done.camera_ids
    assert door.may(KIM, "request_footage", camera_id, CASE).allowed

    for wrong in (
        (receipt, "someone@example.org"),
        (receipt, ""),
        ("ABCDE-FGHJK-01234-56789", "rosa.canary@example.org"),
        ("no code", "rosa.canary@example.org"),
    ):
        assert withdraw(*wrong, registry=door) == ()
    assert door.may(KIM, "request_footage", camera_id, CASE).allowed

    (left,) = withdraw(receipt.lower(), " rosa.canary@example.ORG", registry=door)

    assert left.receipt is not None
    assert (left.camera_id, left.receipt.to) == (camera_id, "withdrawn")
    assert not door.may(KIM, "request_footage", camera_id, CASE).allowed
    assert cameras(ANN, OFFICE, registry=door).empty
    assert contacts(KIM, CALL, [camera_id], registry=door) == ()
    # a page that was sent twice shows the same receipt again
    assert withdraw(receipt, "Rosa.Canary@Example.org", registry=door) == (left,)
    tries = [one.entry for one in log(door) if one.entry.action == "withdraw"]
    assert [one.result for one in tries] == ["refused"] * 4 + ["done", "refused"]
    assert "example" not in str(tries)


def test_an_owner_leaves_by_the_receipt_of_a_consent_and_a_telephone_number(
    door: Door,
) -> None:
    submit(payload(), language="en", registry=door)
    (one,) = list_submissions(RIA, RECRUIT, registry=door).rows
    told = {"revision": one.revision, "registry": door}
    done = accept_submission(RIA, RECRUIT, one.submission_id, **told)

    (left,) = withdraw(done.receipts[0].code, "404.555.0123", registry=door)

    assert (left.camera_id, left.place) == (done.camera_ids[0], "7 Oak St")
    assert left.receipt is not None
    assert withdraw(left.receipt.code, "+1 404 555-0123", registry=door) == (left,)


def test_an_owner_takes_back_what_still_waits(door: Door) -> None:
    receipt = submit(payload(), language="en", registry=door)

    (left,) = withdraw(receipt, "404 555 0123", registry=door)

    assert (left.receipt, left.place) == (None, "7 Oak St")
    assert list_submissions(RIA, RECRUIT, registry=door).rows == ()
    (gone,) = list_submissions(RIA, RECRUIT, state="withdrawn", registry=door).rows
    assert (left.submission_id, left.at) == (gone.submission_id, gone.decided_at)
    assert not gone.payload
    (again,) = withdraw(receipt, "404 555 0123", registry=door)
    assert (again.at, again.place) == (left.at, None)


def test_contacts_are_given_by_role_and_consent_and_each_is_on_record(
    scene: Scene,
) -> None:
    camera_id, gone = scene.registered(), scene.registered()
    silent = scene.camera()
    scene.move(gone, "withdrawn")

    (found,) = contacts(KIM, CASE, [camera_id, gone, silent], registry=scene.door)

    assert (found.camera_id, found.name) == (camera_id, "Canary Owner")
    assert found.owner == "Corner Shop"
    said = log(scene.door)[-1].entry
    assert said.action == "see_contact"
    assert set(said.object_ids) == {scene.contact_id, camera_id}
    assert "anary" not in str(said)
    with pytest.raises(AccessRefused, match="may not see how to reach an owner"):
        contacts(PAT, CASE, [camera_id], registry=scene.door)
    with pytest.raises(AccessRefused, match="none for which one may see how to reach"):
        contacts(KIM, OFFICE, [camera_id], registry=scene.door)
    asked = contacts(RIA, Purpose("owner_request"), [gone], registry=scene.door)
    assert [one.camera_id for one in asked] == [gone]


def test_whom_the_agency_invited_it_may_call_about_that_alone(scene: Scene) -> None:
    camera_id = scene.camera()
    scene.move(camera_id, "invited", side="agency")

    assert len(contacts(RIA, RECRUIT, [camera_id], registry=scene.door)) == 1
    assert contacts(KIM, CASE, [camera_id], registry=scene.door) == ()


def ask_of(clock: Clock) -> Ask:
    return Ask(from_at=clock() - timedelta(hours=3), to_at=clock() - timedelta(hours=2))


def test_footage_is_asked_of_all_that_may_be_asked(scene: Scene, clock: Clock) -> None:
    camera_id, gone = scene.registered(retention_days=2.0), scene.registered()
    scene.move(gone, "withdrawn")

    batch = request_footage(
        KIM, CASE, [camera_id, gone, "cam_0"], ask=ask_of(clock), registry=scene.door
    )

    (made,) = batch.requests
    assert (made.camera_id, made.ask.case_number) == (camera_id, "26-0417")
    assert made.ask.offence == "120"
    assert made.deadline_at == clock() + timedelta(days=2) - timedelta(hours=3)
    left = {one.camera_id: one.reason for one in batch.left_out}
    assert left == {
        gone: "the owner's consent is withdrawn",
        "cam_0": "there is no such camera in the registry",
    }
    results = [
        one.entry.result
        for one in log(scene.door)
        if one.entry.action == "request_footage"
    ]
    assert results[:3] == ["allowed", "refused", "refused"]
    with pytest.raises(AccessRefused, match="is withdrawn"):
        request_footage(KIM, CASE, [gone], ask=ask_of(clock), registry=scene.door)
    with pytest.raises(AccessRefused, match="no camera is named"):
        request_footage(KIM, CASE, [], ask=ask_of(clock), registry=scene.door)


def test_a_request_goes_its_way_to_a_file_and_an_outcome(
    scene: Scene, clock: Clock, tmp_path: Path
) -> None:
    camera_id = scene.registered(retention_days=20.0)
    door = scene.door
    batch = request_footage(KIM, CASE, [camera_id], ask=ask_of(clock), registry=door)
    (made,) = batch.requests
    sent = move_request(KIM, CASE, made.request_id, to="sent", registry=door)
    assert list_requests(KIM, CASE, states=["sent"], registry=door) == (sent,)
    clock.pass_by(days=8)
    assert [one.request_id for one in due_reminders(KIM, CASE, registry=door)] == [
        made.request_id
    ]
    footage = tmp_path / "clip.mp4"
    footage.write_bytes(b"pictures")

    receive_file(KIM, CASE, made.request_id, file=footage, registry=door)
    move_request(
        KIM, CASE, made.request_id, to="closed", outcome="useful", registry=door
    )

    total, by_camera = footage_yield(KIM, CASE, registry=door)
    assert (total.sent, total.received, total.outcomes["useful"]) == (1, 1, 1)
    assert by_camera[camera_id].sent == 1
    digests = [one.entry.digest for one in log(door) if one.entry.digest]
    assert hashlib.sha256(b"pictures").hexdigest() in digests


def test_consent_is_recorded_with_its_receipt_and_by_the_rules(
    scene: Scene, clock: Clock
) -> None:
    camera_id, door = scene.registered(), scene.door
    told = {"registry": door}
    change_consent(RIA, RECRUIT, camera_id, to="offered", side="agency", **told)
    receipt = change_consent(
        RIA,
        RECRUIT,
        camera_id,
        to="integrated",
        side="owner",
        signer="Canary Owner",
        text=consent_text("integration", "es"),
        scope=Scope(live=True, hours="Mo-Fr 09:00-17:00"),
        expires_at=clock() + timedelta(days=30),
        **told,
    )

    found = check_receipt(RIA, RECRUIT, receipt.code, **told)
    assert (found.is_true, found.state) == (True, "integrated")
    with pytest.raises(ConsentError, match="may not move integrated to invited"):
        change_consent(RIA, RECRUIT, camera_id, to="invited", side="agency", **told)
    with pytest.raises(AccessRefused, match="may not record what an owner agreed"):
        change_consent(KIM, CASE, camera_id, to="withdrawn", side="owner", **told)
    failed = [one.entry for one in log(door) if one.entry.result == "failed"]
    assert [one.parameters["fault"] for one in failed] == ["ConsentError"]


def test_the_clock_writes_down_what_it_did(scene: Scene, clock: Clock) -> None:
    scene.integrated(expires_at=clock() + timedelta(days=1))
    clock.pass_by(days=2)

    assert run_clock(scene.door) == {"consents": 1, "requests": 0}
    assert run_clock(scene.door) == {"consents": 0, "requests": 0}


def test_rows_are_added_changed_listed_and_each_is_on_record(scene: Scene) -> None:
    door = scene.door
    told = {"registry": door}
    made = add_row(ANN, OFFICE, "owner", values={"name": "B", "kind": "person"}, **told)
    changed = change_row(
        ANN,
        OFFICE,
        "owner",
        key=made.owner_id,
        values={"name": "C"},
        revision=made.revision,
        **told,
    )
    assert get_row(ANN, OFFICE, "owner", key=made.owner_id, **told) == changed

    with pytest.raises(ConflictError, match="ann"):
        change_row(
            ANN,
            OFFICE,
            "owner",
            key=made.owner_id,
            values={"name": "D"},
            revision=made.revision,
            **told,
        )
    page = list_rows(ANN, OFFICE, "owner", name="C", **told)
    assert page.rows == (changed,)
    said = [one.entry for one in log(door)][-5:]
    assert [(one.action, one.result) for one in said] == [
        ("edit_registry", "done"),
        ("edit_registry", "done"),
        ("read_registry", "done"),
        ("edit_registry", "failed"),
        ("read_registry", "done"),
    ]
    assert said[0].parameters["columns"] == ["kind", "name"]
    with pytest.raises(InputError, match="there are no rows 'cat'; allowed: app_user"):
        list_rows(ANN, OFFICE, "cat", **told)
    with pytest.raises(InputError, match="owner has no column 'hat'"):
        list_rows(ANN, OFFICE, "owner", hat="red", **told)
    with pytest.raises(AccessRefused, match="may not say who has which role"):
        add_row(RIA, RECRUIT, "app_user", values={"name": "x"}, **told)


def test_cameras_are_found_by_what_is_known_and_where_they_are(scene: Scene) -> None:
    door = scene.door
    near, far = scene.registered(kind="dome"), scene.registered(lon=LON + 0.02)

    by_owner = list_rows(ANN, OFFICE, "camera", owner_id=scene.owner_id, registry=door)
    around = near_cameras(ANN, OFFICE, lon=LON, lat=LAT, within_m=100, registry=door)

    assert {one.camera_id for one in by_owner.rows} == {near, far}
    assert [one.camera.camera_id for one in around] == [near]
    assert len(find_cameras(ANN, OFFICE, limit=1, registry=door).rows) == 1


def test_fees_are_quoted_by_the_plan_in_force(door: Door, clock: Clock) -> None:
    assert fee_quote(cameras=4, days=30, registry=door) is None
    plan_id = add_fee_plan(ANN, OFFICE, example_plan(), registry=door)

    quoted = fee_quote(cameras=4, days=30, registry=door)

    assert quoted is not None
    assert quoted.plan == example_plan().name
    end_fee_plan(ANN, OFFICE, plan_id, last_day=clock().date(), registry=door)
    (kept,) = list_fee_plans(ANN, OFFICE, registry=door)
    assert kept.plan.effective_to == clock().date()
    clock.pass_by(days=1)
    assert fee_quote(cameras=4, days=30, registry=door) is None


def test_an_owner_is_erased_and_the_log_stays_valid(scene: Scene) -> None:
    camera_id, door = scene.integrated(), scene.door
    contacts(KIM, CALL, [camera_id], registry=door)
    door.may(KIM, "view_live", camera_id, EMERGENCY)

    done = erase_owner(ANN, Purpose("owner_request"), scene.owner_id, registry=door)

    assert camera_id in done.camera_ids
    assert not door.may(KIM, "view_live", camera_id, CALL).allowed
    with door.registry.read() as connection:
        found = verify(connection)
    assert found.ok
    assert "anary" not in str(log(door))
    with pytest.raises(AccessRefused, match="may not erase an owner"):
        erase_owner(SUE, Purpose("owner_request"), scene.owner_id, registry=door)


def test_what_is_old_goes_by_rule_after_a_dry_run(scene: Scene, clock: Clock) -> None:
    camera_id, door = scene.registered(), scene.door
    scene.move(camera_id, "withdrawn")
    clock.pass_by(days=350)
    accept_clock(ANN, registry=door)  # so long a jump is not believed by itself

    would = purge(ANN, OFFICE, dry_run=True, registry=door)
    done = purge(ANN, OFFICE, registry=door)

    assert [one.ids for one in would] == [one.ids for one in done]
    assert any(scene.owner_id in one.ids for one in done)
    assert all(not one.ids for one in purge(ANN, OFFICE, registry=door))
    with pytest.raises(AccessRefused, match="may not purge"):
        purge(SUE, OFFICE, registry=door)
