"""The door decides by person, role, purpose, consent and time, and writes it down."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from coveragekit.access import (
    Door,
    Purpose,
    Scope,
    User,
    open_door,
    read_audit,
)
from coveragekit.errors import AccessRefused, InputError, RegistryError
from coveragekit.registry.audit import Written, read_log
from coveragekit.registry.audit_check import verify
from coveragekit.registry.users import add_user, change_user
from tests.access.scene import (
    ANN,
    AUD,
    CALL,
    CASE,
    DEE,
    EMERGENCY,
    EVERYTHING,
    KIM,
    NOBODY,
    OFFICE,
    OVERSIGHT,
    PAT,
    SUE,
    Scene,
)
from tests.databases import Clock


def lines(door: Door, **asked: object) -> tuple[Written, ...]:
    with door.registry.read() as connection:
        return read_log(connection, **asked)  # type: ignore[arg-type]


def test_an_officer_sees_a_camera_whose_owner_agreed_and_that_is_on_record(
    scene: Scene,
) -> None:
    camera_id = scene.integrated()

    decision = scene.door.may(KIM, "view_live", camera_id, CALL)

    assert decision.allowed
    assert (decision.basis, decision.reason) == ("role", "the owner agreed to it")
    line = lines(scene.door)[-1]
    assert line.seq == decision.seq
    said = line.entry
    assert (said.actor, said.role, said.kind) == ("kim", "officer", "human")
    assert (said.action, said.object_ids) == ("view_live", (camera_id,))
    assert (said.purpose, said.case_number) == ("call", "26-0417")
    assert (said.legal_basis, said.result) == ("consent", "allowed")
    assert said.parameters["policy"] == scene.door.policy.name


def test_a_refusal_is_on_record_with_its_reason(scene: Scene) -> None:
    camera_id = scene.registered()

    with pytest.raises(AccessRefused, match="did not agree to live access"):
        scene.door.demand(KIM, "view_live", camera_id, CALL)

    said = lines(scene.door)[-1].entry
    assert (said.result, said.object_ids) == ("refused", (camera_id,))
    assert "did not agree to live access" in str(said.reason)


@pytest.mark.parametrize(
    ("user", "words"),
    [
        (NOBODY, "nobody is named: a shared token opens nothing"),
        (User("kim", "officer", "token"), "a shared token opens nothing"),
        (User("   ", "officer", "proxy"), "nobody is named"),
        (User("kim", "chief", "proxy"), "there is no such role"),
        (User("kim", "", "proxy"), "there is no such role"),
        (User("kim", "public", "proxy"), "the role public may not"),
        (PAT, "the role planner may not look at the live picture"),
    ],
)
def test_who_is_nobody_or_of_another_role_sees_nothing(
    scene: Scene, user: User, words: str
) -> None:
    decision = scene.door.may(user, "view_live", scene.integrated(), CALL)

    assert not decision.allowed
    assert words in decision.reason
    assert lines(scene.door)[-1].entry.result == "refused"


@pytest.mark.parametrize(
    ("action", "purpose", "words"),
    [
        ("view_live", Purpose("call"), "needs a case number"),
        ("view_live", Purpose("investigation", case_number="26-1"), "needs an offence"),
        (
            "view_live",
            Purpose("investigation", offence="dancing", case_number="26-1"),
            "the offence is not known",
        ),
        ("view_live", Purpose("call", case_number="-"), "this is no case number"),
        ("view_live", Purpose("call", case_number="none"), "this is no case number"),
        (
            "view_live",
            Purpose("curiosity"),
            "there is no such purpose",
        ),
        ("view_live", Purpose("planning"), "none for which one may look at the live"),
        (
            "view_live",
            Purpose("call", case_number="26-1", legal_basis="because"),
            "the legal ground is unknown; allowed: consent",
        ),
        ("follow_person", CALL, "there is no such action"),
        ("steer_ptz", CALL, "the role officer may not turn and zoom"),
    ],
)
def test_what_it_is_for_has_to_fit_the_policy(
    scene: Scene, action: str, purpose: Purpose, words: str
) -> None:
    decision = scene.door.may(KIM, action, scene.integrated(), purpose)

    assert not decision.allowed
    assert words in decision.reason


@pytest.mark.parametrize(
    "offence", ["120", "13a", "Robbery", "robbery", "Public Safety"]
)
def test_an_offence_is_named_by_its_code_or_its_words(
    scene: Scene, offence: str
) -> None:
    purpose = Purpose("investigation", offence=offence, case_number="26-0417")

    assert scene.door.may(KIM, "view_live", scene.integrated(), purpose).allowed


def test_a_camera_that_is_not_there_is_refused_whatever_its_name(scene: Scene) -> None:
    for name in ("cam_0", "", "x" * 10_000_000, "'; DROP TABLE camera; --", "a\x00b"):
        decision = scene.door.may(KIM, "view_live", name, CALL)
        assert decision.reason == "there is no such camera in the registry"
    assert scene.door.may(KIM, "view_live", None, CALL).allowed is False
    ids = [one for line in lines(scene.door) for one in line.entry.object_ids]
    # whatever was typed there may be a name or a number: no log keeps it
    assert set(ids) == {"(no camera of the registry)"}


def test_nothing_is_opened_where_nobody_agreed(scene: Scene) -> None:
    camera_id = scene.camera()

    assert (
        "agreed to nothing" in scene.door.may(KIM, "view_live", camera_id, CALL).reason
    )

    scene.move(camera_id, "invited", side="agency")
    assert "is invited" in scene.door.may(KIM, "view_live", camera_id, CALL).reason


@pytest.mark.parametrize(
    ("action", "scope", "user", "purpose"),
    [
        ("view_live", Scope(recorded=True, ptz=True), KIM, CASE),
        ("snapshot", Scope(recorded=True, ptz=True), KIM, CASE),
        ("view_last", Scope(live=True, ptz=True), DEE, CALL),
        ("view_recorded", Scope(live=True, ptz=True), KIM, CASE),
        ("clip", Scope(live=True, ptz=True), KIM, CASE),
        ("steer_ptz", Scope(live=True, recorded=True), DEE, CALL),
        ("steer_ptz", Scope(ptz=True), DEE, CALL),  # who turns it looks through it
    ],
)
def test_what_the_owner_left_out_stays_shut(
    scene: Scene, action: str, scope: Scope, user: User, purpose: Purpose
) -> None:
    shut, opened = scene.integrated(scope), scene.integrated(EVERYTHING)

    refused = scene.door.may(user, action, shut, purpose)

    assert "the owner did not agree to" in refused.reason
    assert scene.door.may(user, action, opened, purpose).allowed


def test_withdrawal_takes_effect_with_the_next_question(scene: Scene) -> None:
    camera_id = scene.integrated()
    assert scene.door.may(KIM, "view_live", camera_id, CALL).allowed
    assert scene.door.still_may(KIM, "view_live", camera_id, CALL)

    scene.move(camera_id, "withdrawn")

    assert not scene.door.still_may(KIM, "view_live", camera_id, CALL)
    decision = scene.door.may(KIM, "view_live", camera_id, CALL)
    assert decision.reason == "the owner's consent is withdrawn"


def test_asking_whether_it_still_holds_writes_nothing(scene: Scene) -> None:
    camera_id = scene.integrated()
    before = len(lines(scene.door))

    scene.door.still_may(KIM, "view_live", camera_id, CALL)

    assert len(lines(scene.door)) == before


def test_a_consent_ends_by_the_clock_before_any_job_writes_it_down(
    scene: Scene, clock: Clock
) -> None:
    end = clock() + timedelta(hours=1)
    camera_id = scene.integrated(expires_at=end)

    clock.at = end - timedelta(microseconds=1)
    assert scene.door.may(KIM, "view_live", camera_id, CALL).allowed
    clock.at = end
    refused = scene.door.may(KIM, "view_live", camera_id, CALL)

    assert refused.reason == "the owner's consent is expired"


def test_a_clock_that_jumps_back_does_not_bring_a_consent_back(
    scene: Scene, clock: Clock
) -> None:
    camera_id = scene.integrated(expires_at=clock() + timedelta(hours=1))
    share = {"camera_id": camera_id, "to_name": "pat", "scope_live": True}
    scene.share(**share, to_at=clock() + timedelta(hours=1))
    clock.pass_by(hours=2)
    assert not scene.door.may(KIM, "view_live", camera_id, CALL).allowed

    clock.pass_by(hours=-2)
    refused = scene.door.may(KIM, "view_live", camera_id, CALL)

    assert not refused.allowed
    assert "the clock has run back" in refused.reason
    assert not scene.door.may(PAT, "view_live", camera_id, CALL).allowed


@pytest.mark.parametrize(
    ("local", "is_open"),
    [
        ("2026-11-23T08:59:59", False),
        ("2026-11-23T09:00:00", True),
        ("2026-11-23T16:59:59", True),
        ("2026-11-23T17:00:00", False),
        ("2026-11-22T12:00:00", False),  # a Sunday
    ],
)
def test_hours_are_those_of_the_clock_where_the_camera_is(
    scene: Scene, clock: Clock, local: str, is_open: bool
) -> None:
    from zoneinfo import ZoneInfo

    clock.at = datetime(2026, 11, 20, tzinfo=UTC)
    camera_id = scene.integrated(Scope(live=True, hours="Mo-Fr 09:00-17:00"))
    there = ZoneInfo("America/New_York")
    clock.at = datetime.fromisoformat(local).replace(tzinfo=there).astimezone(UTC)

    decision = scene.door.may(KIM, "view_live", camera_id, CALL)

    assert decision.allowed is is_open
    if not is_open:
        assert "these hours only: Mo-Fr 09:00-17:00" in decision.reason


def test_hours_that_cannot_be_read_are_never(scene: Scene) -> None:
    camera_id = scene.integrated()
    with scene.door.registry.write() as connection:
        connection.execute(text("UPDATE consent SET hours = 'at noon or so'"))

    assert not scene.door.may(KIM, "view_live", camera_id, CALL).allowed


def test_emergencies_only_means_that_and_a_supervisor_looks_at_it_later(
    scene: Scene, clock: Clock
) -> None:
    camera_id = scene.integrated(Scope(live=True, emergencies_only=True))

    refused = scene.door.may(KIM, "view_live", camera_id, CALL)
    allowed = scene.door.may(KIM, "view_live", camera_id, EMERGENCY)

    assert refused.reason == "the owner agreed to emergencies only"
    assert allowed.allowed
    assert allowed.basis == "emergency"
    assert allowed.review_due == clock() + timedelta(hours=72)
    said = lines(scene.door)[-1].entry.parameters
    assert said["emergency"] is True
    assert said["lifted"] == ["case_number"]


def test_an_emergency_never_replaces_the_owner(scene: Scene) -> None:
    shut = [
        scene.registered(),
        scene.camera(),
        scene.integrated(Scope(recorded=True)),
        scene.integrated(Scope(live=True, hours="Sa 00:00-24:00")),  # it is a Sunday
    ]
    scene.move(shut[2], "withdrawn")

    for camera_id in shut:
        assert not scene.door.may(KIM, "view_live", camera_id, EMERGENCY).allowed


@pytest.mark.parametrize(
    ("user", "action", "kind", "words"),
    [
        (PAT, "view_live", "human", "the role planner may not claim an emergency"),
        (KIM, "request_footage", "human", "no emergency is accepted"),
        (DEE, "view_live", "unattended", "a rule cannot claim an emergency"),
    ],
)
def test_who_may_claim_an_emergency_is_policy(
    scene: Scene, user: User, action: str, kind: str, words: str
) -> None:
    decision = scene.door.may(
        user,
        action,
        scene.integrated(),
        EMERGENCY,
        kind=kind,  # type: ignore[arg-type]
    )

    assert words in decision.reason


def test_an_emergency_with_a_wrong_case_number_is_refused_still(scene: Scene) -> None:
    purpose = Purpose("call", case_number="-", emergency=True)

    assert not scene.door.may(KIM, "view_live", scene.integrated(), purpose).allowed


def test_a_rule_that_looks_is_counted_apart_and_only_where_policy_lets_it(
    scene: Scene,
) -> None:
    camera_id = scene.integrated()

    docked = scene.door.may(DEE, "view_live", camera_id, CALL, kind="unattended")
    refused = scene.door.may(KIM, "view_live", camera_id, CALL, kind="unattended")

    assert docked.allowed
    assert "no rule may look at the live picture" in refused.reason
    assert [line.entry.kind for line in lines(scene.door)[-2:]] == ["unattended"] * 2


def test_a_share_opens_what_it_says_and_no_more_than_the_owner_agreed(
    scene: Scene, clock: Clock
) -> None:
    camera_id = scene.integrated(Scope(live=True, recorded=True))
    until = clock() + timedelta(days=2)
    scene.share(
        camera_id=camera_id, to_name="pat", scope_live=True, scope_ptz=True, to_at=until
    )

    live = scene.door.may(PAT, "view_live", camera_id, CALL)
    assert (live.allowed, live.basis) == (True, "share")
    assert lines(scene.door)[-1].entry.parameters["share"].startswith("shr_")
    assert not scene.door.may(PAT, "view_recorded", camera_id, CASE).allowed
    turning = scene.door.may(PAT, "steer_ptz", camera_id, CALL)
    assert turning.reason == "the owner did not agree to turning it"
    other = User("pia", "planner", "proxy")
    assert not scene.door.may(other, "view_live", camera_id, CALL).allowed

    clock.at = until
    assert not scene.door.may(PAT, "view_live", camera_id, CALL).allowed


def test_a_share_of_a_site_with_a_role_counts_from_its_day_and_until_revoked(
    scene: Scene, clock: Clock
) -> None:
    camera_id = scene.integrated()
    begins = clock() + timedelta(hours=1)
    share = scene.share(
        site_id=scene.site_id, to_role="planner", scope_live=True, from_at=begins
    )
    elsewhere = scene.integrated()
    with scene.door.registry.write() as connection:
        lost = text("UPDATE camera SET site_id = NULL WHERE camera_id = :one")
        connection.execute(lost, {"one": elsewhere})

    assert not scene.door.may(PAT, "view_live", camera_id, CALL).allowed
    clock.at = begins
    assert scene.door.may(PAT, "view_live", camera_id, CALL).allowed
    assert not scene.door.may(PAT, "view_live", elsewhere, CALL).allowed
    scene.revoke(share)
    assert not scene.door.may(PAT, "view_live", camera_id, CALL).allowed


def test_a_share_for_emergencies_opens_in_one_alone(scene: Scene) -> None:
    camera_id = scene.integrated()
    scene.share(
        camera_id=camera_id, to_name="dee", scope_recorded=True, emergencies_only=True
    )

    assert not scene.door.may(DEE, "view_recorded", camera_id, CASE).allowed
    urgent = Purpose("investigation", offence="120", emergency=True)
    assert scene.door.may(DEE, "view_recorded", camera_id, urgent).allowed


def test_the_public_gets_nothing_by_a_share(scene: Scene) -> None:
    camera_id = scene.integrated()
    scene.share(camera_id=camera_id, to_role="public", scope_live=True)

    who = User("joe", "public", "proxy")

    assert not scene.door.may(who, "view_live", camera_id, CALL).allowed


def test_a_camera_of_the_agency_needs_no_other_owner_but_a_role(scene: Scene) -> None:
    with scene.door.registry.write() as connection:
        connection.execute(text("UPDATE owner SET kind = 'agency'"))
    camera_id = scene.camera()

    assert scene.door.may(KIM, "view_live", camera_id, CALL).allowed
    assert not scene.door.may(PAT, "view_live", camera_id, CALL).allowed


def test_a_camera_that_was_taken_down_is_gone(scene: Scene, clock: Clock) -> None:
    camera_id = scene.integrated()
    with scene.door.registry.write() as connection:
        change_to = text(
            "UPDATE camera SET removed_at = made_at WHERE camera_id = :one"
        )
        connection.execute(change_to, {"one": camera_id})

    reason = scene.door.may(KIM, "view_live", camera_id, CALL).reason

    assert reason == "there is no such camera in the registry"


def test_footage_may_be_asked_for_where_the_owner_is_on_file(scene: Scene) -> None:
    registered, gone = scene.registered(), scene.registered()
    scene.move(gone, "withdrawn")

    assert scene.door.may(KIM, "request_footage", registered, CASE).allowed
    assert not scene.door.may(KIM, "request_footage", gone, CASE).allowed
    assert not scene.door.may(KIM, "request_footage", scene.camera(), CASE).allowed


def test_whom_the_registry_lists_it_takes_at_its_word(scene: Scene) -> None:
    camera_id = scene.integrated()
    with scene.door.registry.write() as connection:
        listed = add_user(
            connection, {"name": "kim", "role": "officer", "active": True}, by="test"
        )
    assert scene.door.may(KIM, "view_live", camera_id, CALL).allowed

    as_supervisor = User("kim", "supervisor", "proxy")
    refused = scene.door.may(as_supervisor, "view_live", camera_id, CALL)
    assert "the registry says officer" in refused.reason

    with scene.door.registry.write() as connection:
        change_user(
            connection, listed.user_id, {"active": False}, revision=1, by="test"
        )
    for name in ("kim", " kim "):
        gone = User(name, "officer", "proxy")
        refused = scene.door.may(gone, "view_live", camera_id, CALL)
        assert refused.reason == "kim may no longer use the registry"


def test_a_policy_may_let_in_listed_people_alone(
    scene: Scene, registry_url: str, tmp_path: Path
) -> None:
    from importlib.resources import files

    camera_id = scene.integrated()
    shipped = (
        files("coveragekit.access").joinpath("data/policy.toml").read_text("utf-8")
    )
    path = tmp_path / "policy.toml"
    path.write_text(
        shipped.replace("listed_users_only = false", "listed_users_only = true")
    )

    with open_door(registry_url, policy=path, sign=False) as door:
        refused = door.may(KIM, "view_live", camera_id, CALL)

    assert "kim is not listed as a user" in refused.reason


def test_several_cameras_are_decided_each_on_its_own(scene: Scene) -> None:
    opened, shut = scene.integrated(), scene.registered()
    before = len(lines(scene.door))

    found = scene.door.may_each(DEE, "view_live", [opened, shut, "cam_0"], CALL)

    assert [one.allowed for one in found] == [True, False, False]
    assert [one.camera_id for one in found] == [opened, shut, "cam_0"]
    written = lines(scene.door)[before:]
    assert [one.seq for one in found] == [line.seq for line in written]
    assert [line.entry.object_ids for line in written] == [
        (opened,),
        (shut,),
        ("(no camera of the registry)",),
    ]


def test_nothing_is_allowed_where_the_line_cannot_be_written(
    scene: Scene, registry_url: str
) -> None:
    camera_id = scene.integrated()
    with scene.door.registry.write() as connection:
        # a log to which nothing can be added any more
        if scene.door.registry.dialect == "sqlite":
            refuse = text(
                "CREATE TRIGGER full BEFORE INSERT ON audit_entry "
                "BEGIN SELECT RAISE(ABORT, 'full'); END"
            )
        else:
            refuse = text("ALTER TABLE audit_entry ADD CHECK (seq < 0) NOT VALID")
        connection.execute(refuse)

    with pytest.raises(RegistryError):
        scene.door.may(KIM, "view_live", camera_id, CALL)


def test_a_change_and_its_line_are_kept_together_or_not_at_all(door: Door) -> None:
    with door.doing(ANN, "edit_registry", OFFICE, reason="a test") as work:
        work.connection.execute(text("INSERT INTO meta VALUES ('a', '1')"))
        work.object_type, work.object_ids, work.rows = "meta", ("a",), 1
        work.parameters = {"change": "add"}

    said = lines(door)[-1].entry
    assert (said.result, said.object_ids, said.rows) == ("done", ("a",), 1)
    assert said.reason == "a test"
    assert said.parameters["change"] == "add"

    def fail() -> None:
        with door.doing(ANN, "edit_registry", OFFICE) as work:
            work.connection.execute(text("INSERT INTO meta VALUES ('b', '1')"))
            message = "canary-words that must not be in the log"
            raise InputError(message)

    with pytest.raises(InputError, match="canary-words"):
        fail()
    with door.registry.read() as connection:
        kept = connection.execute(text("SELECT key FROM meta")).scalars().all()
    assert "a" in kept
    assert "b" not in kept
    said = lines(door)[-1].entry
    assert (said.result, said.parameters["fault"]) == ("failed", "InputError")
    assert "canary" not in str(said)


def test_who_may_not_change_something_never_gets_the_connection(door: Door) -> None:
    with (
        pytest.raises(AccessRefused, match="the role officer may not change owners"),
        door.doing(KIM, "edit_registry", OFFICE),
    ):
        pytest.fail("the change was let in")

    assert lines(door)[-1].entry.result == "refused"


def test_reading_is_on_record_and_refused_to_others(door: Door) -> None:
    with pytest.raises(AccessRefused, match="may not read the audit log"):
        read_audit(KIM, OVERSIGHT, registry=door)

    seen = read_audit(AUD, OVERSIGHT, registry=door, actor="kim", limit=5)

    assert [one.entry.result for one in seen] == ["refused"]
    said = lines(door)[-1].entry
    assert (said.action, said.actor, said.rows) == ("read_audit", "aud", 1)
    assert said.parameters["asked"] == {"actor": "kim", "limit": "5"}


def test_who_loses_the_right_while_reading_gets_nothing(door: Door) -> None:
    with door.registry.write() as connection:
        row = {"name": "aud", "role": "auditor", "active": True}
        listed = add_user(connection, row, by="test")

    def read() -> None:
        with (
            door.reading(AUD, "read_audit", OVERSIGHT),
            door.registry.write() as connection,
        ):
            gone = {"active": False}
            change_user(connection, listed.user_id, gone, revision=1, by="test")

    with pytest.raises(AccessRefused, match="may no longer use"):
        read()

    assert lines(door)[-1].entry.result == "refused"


def test_what_cannot_stand_in_a_log_is_refused_before_anything_is_asked() -> None:
    with pytest.raises(InputError, match="control characters"):
        User("kim\nsam", "officer")
    with pytest.raises(InputError, match="300 characters"):
        User("x" * 300, "officer")
    with pytest.raises(InputError, match="source"):
        User("kim", "officer", "header")  # type: ignore[arg-type]
    with pytest.raises(InputError, match="control characters"):
        Purpose("call", case_number="26-1\r\n26-2")


def test_a_door_tells_no_password(registry_url: str) -> None:
    with open_door(registry_url, sign=False) as door:
        assert "canary-p4ssw0rd" not in repr(door)


def test_the_chain_is_whole_after_all_this(scene: Scene) -> None:
    camera_id = scene.integrated()
    for user in (KIM, NOBODY, SUE):
        scene.door.may(user, "view_live", camera_id, CALL)
        scene.door.may(user, "view_live", camera_id, EMERGENCY)

    with scene.door.registry.read() as connection:
        assert verify(connection).ok
