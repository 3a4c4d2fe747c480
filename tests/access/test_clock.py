"""A wrong clock ends nothing, opens nothing, and is not there for ever."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from coveragekit import access
from coveragekit.access import Door, Scope, User, open_door
from coveragekit.access.people import system_name
from coveragekit.errors import AccessRefused, RegistryError
from coveragekit.registry.audit import Entry, Written, append, read_log
from coveragekit.registry.audit_check import verify
from tests.access.scene import ANN, AUD, CALL, DEE, KIM, OFFICE, OVERSIGHT, Scene
from tests.access.test_owners_side import payload
from tests.databases import Clock

LIVE = Scope(live=True)


def log(door: Door) -> tuple[Written, ...]:
    with door.registry.read() as connection:
        return read_log(connection)


def acts(door: Door, camera_id: str) -> list[tuple[str, Callable[[], object]]]:
    """Give what people and programs do all day, by the line that they leave."""
    return [
        ("view_live", lambda: door.may(KIM, "view_live", camera_id, CALL)),
        ("run_clock", lambda: access.run_clock(door)),
        ("read_registry", lambda: access.list_rows(ANN, OFFICE, "site", registry=door)),
        ("purge", lambda: access.purge(ANN, OFFICE, registry=door)),
    ]


def test_a_clock_that_leapt_ahead_does_nothing_and_is_on_record(
    scene: Scene, clock: Clock
) -> None:
    camera_id, door, right = scene.integrated(), scene.door, clock()
    clock.pass_by(days=35, microseconds=1)

    for action, act in acts(door, camera_id):
        before = len(log(door))
        with pytest.raises(RegistryError, match="a clock that may be wrong"):
            act()
        (said,) = log(door)[before:]
        assert (said.entry.action, said.entry.result) == (action, "refused")
        assert "the clock says 2026-12-27" in str(said.entry.reason)
        assert said.at == right
        assert said.entry.parameters["clock_said"] == "2026-12-27T12:00:00.000001Z"
    with pytest.raises(RegistryError, match="a clock that may be wrong"):
        door.still_may(KIM, "view_live", camera_id, CALL)

    clock.at = right
    assert door.may(KIM, "view_live", camera_id, CALL).allowed
    clock.pass_by(days=29)
    assert door.may(KIM, "view_live", camera_id, CALL).allowed


def test_no_clock_keeps_an_owner_from_leaving_or_the_log_from_being_checked(
    scene: Scene, clock: Clock, tmp_path: Path
) -> None:
    camera_id, door = scene.integrated(), scene.door
    code = access.consent_history(ANN, OFFICE, camera_id, registry=door)[-1]
    clock.pass_by(days=36)

    access.submit(payload(), language="en", registry=door)
    (left,) = access.withdraw(code.receipt.code, "canary@example.org", registry=door)

    assert (left.camera_id, left.at) == (camera_id, clock())
    assert access.verify_audit(AUD, OVERSIGHT, registry=door).ok
    lines = access.read_audit(AUD, OVERSIGHT, action="withdraw", registry=door)
    assert lines[-1].entry.parameters["clock_said"] == "2026-12-28T12:00:00.000000Z"
    access.back_up(ANN, OFFICE, tmp_path / "b.tar.gz", registry=door)
    access.accept_clock(ANN, registry=door)
    assert not door.may(KIM, "view_live", camera_id, CALL).allowed


def test_a_quiet_month_makes_nobody_doubt_the_clock(scene: Scene, clock: Clock) -> None:
    camera_id = scene.registered()
    before = len(log(scene.door))
    for _ in range(40):  # the daily upkeep of a month in which nobody looks
        clock.pass_by(hours=12)
        access.run_clock(scene.door)
        clock.pass_by(hours=12)
        access.run_clock(scene.door)

    assert len(log(scene.door)) == before + 40
    assert scene.door.may(KIM, "request_footage", camera_id, CALL).allowed


def test_an_administrator_says_that_the_clock_is_right_after_all(
    scene: Scene, clock: Clock
) -> None:
    camera_id, door = scene.integrated(), scene.door
    clock.pass_by(days=500)

    for user in (KIM, User("", "administrator", "token")):
        with pytest.raises(AccessRefused):
            access.accept_clock(user, registry=door)
        said = log(door)[-1]
        assert (said.entry.action, said.entry.result) == ("accept_clock", "refused")
        assert said.at < clock()
    with pytest.raises(RegistryError):
        door.may(KIM, "view_live", camera_id, CALL)

    access.accept_clock(ANN, registry=door)

    assert log(door)[-1].at == clock()
    assert not door.may(KIM, "view_live", camera_id, CALL).allowed


def test_a_dismissed_administrator_says_nothing_of_the_clock(
    scene: Scene, clock: Clock
) -> None:
    values = {"name": "ann", "role": "administrator", "active": False}
    one = User("boss", "administrator", "proxy")
    access.add_row(one, OFFICE, "app_user", values=values, registry=scene.door)
    clock.pass_by(days=500)

    with pytest.raises(AccessRefused, match="ann may no longer use the registry"):
        access.accept_clock(ANN, registry=scene.door)


def poisoned(scene: Scene, clock: Clock) -> tuple[str, str, int]:
    """Give two cameras, of which a wrong clock ended one, and the first wrong line."""
    ends = clock() + timedelta(days=20)
    short, long = scene.integrated(LIVE, expires_at=ends), scene.integrated(LIVE)
    right = clock()
    clock.pass_by(days=25)
    first = scene.door.may(KIM, "view_live", long, CALL).seq
    access.run_clock(scene.door)
    clock.at = right + timedelta(hours=1)
    return short, long, first


def test_a_wrong_clock_is_corrected_and_counts_no_longer(
    scene: Scene, clock: Clock
) -> None:
    short, long, first = poisoned(scene, clock)
    door = scene.door
    assert not door.may(KIM, "view_live", short, CALL).allowed
    last = len(log(door))

    with pytest.raises(RegistryError, match=f"--correct {first}"):
        access.correct_clock(ANN, registry=door)
    with pytest.raises(RegistryError, match=f"wrote the lines from {first} "):
        access.correct_clock(ANN, first_wrong=first - 1, registry=door)
    done = access.correct_clock(ANN, first_wrong=first, registry=door)

    # the two that were refused are lines of their own
    assert (done.first_wrong, done.ended) == (first, (short,))
    assert done.lines == last - first + 1
    said = log(door)[-1]
    assert (said.entry.action, said.at) == ("clock_corrected", clock())
    assert door.may(KIM, "view_live", long, CALL).allowed
    # what it ended stays ended until the owner is asked
    assert not door.may(KIM, "view_live", short, CALL).allowed
    scene.move(short, "registered")
    assert (
        access.consent_history(ANN, OFFICE, short, registry=door)[-1].receipt.at
        == clock()
    )
    with pytest.raises(RegistryError, match="there is nothing to correct"):
        access.correct_clock(ANN, first_wrong=first, registry=door)


def test_the_log_is_whole_after_a_correction_and_tells_of_it(
    scene: Scene, clock: Clock
) -> None:
    _, long, first = poisoned(scene, clock)
    access.correct_clock(ANN, first_wrong=first, registry=scene.door)
    clock.pass_by(minutes=1)
    scene.door.may(KIM, "view_live", long, CALL)

    with scene.door.registry.read() as connection:
        found = verify(connection)

    assert found.ok
    assert any(
        f"ann corrected the clock; the {len(log(scene.door)) - first - 1} lines from "
        f"{first} on" in one
        for one in found.words
    ), found.words


def test_nobody_but_an_administrator_corrects_the_clock(
    scene: Scene, clock: Clock
) -> None:
    _, _, first = poisoned(scene, clock)

    with pytest.raises(AccessRefused, match="may not say whether the clock is right"):
        access.correct_clock(DEE, first_wrong=first, registry=scene.door)

    said = log(scene.door)[-1].entry
    assert (said.action, said.result, said.actor) == (
        "clock_corrected",
        "refused",
        "dee",
    )
    with scene.door.registry.read() as connection:
        found = verify(connection)
    assert found.ok
    assert "corrected" not in str(found.words)


def test_a_time_that_runs_back_without_a_correction_is_found(
    scene: Scene, clock: Clock, registry_url: str
) -> None:
    scene.registered()
    said = Entry("kim", "officer", "human", "clock_corrected", "registry")
    clock.pass_by(hours=-1)
    with scene.door.registry.write() as connection:
        seq = append(connection, said)

    with scene.door.registry.read() as connection:
        found = verify(connection)

    assert (found.ok, found.first_bad) == (False, seq)


def test_no_line_moves_the_time_of_the_log_by_years(scene: Scene, clock: Clock) -> None:
    scene.registered()
    right = clock()
    clock.pass_by(days=30_000)
    with scene.door.registry.write() as connection:
        append(connection, Entry("(signer)", "system", "system", "look", "camera"))
    clock.at = right

    assert log(scene.door)[-1].at == right


def test_hours_are_not_had_again_by_turning_the_clock_back(
    scene: Scene, clock: Clock
) -> None:
    # noon in UTC is seven in the morning in Atlanta
    camera_id = scene.integrated(Scope(live=True, hours="07:00-08:00"))
    door = scene.door
    assert door.may(KIM, "view_live", camera_id, CALL).allowed
    clock.pass_by(hours=5)
    assert not door.may(KIM, "view_live", camera_id, CALL).allowed

    clock.pass_by(hours=-4, minutes=-30)
    decision = door.may(KIM, "view_live", camera_id, CALL)
    assert (decision.allowed, "the clock has run back" in decision.reason) == (
        False,
        True,
    )

    access.correct_clock(
        ANN,
        first_wrong=decision.seq - 1,
        registry=door,
    )
    assert door.may(KIM, "view_live", camera_id, CALL).allowed
    clock.pass_by(minutes=-4)  # what every machine's clock does now and then
    assert door.may(KIM, "view_live", camera_id, CALL).allowed


def test_the_machine_says_who_sits_there_beside_the_name_that_was_given(
    scene: Scene,
) -> None:
    scene.door.may(User("ada", "analyst", "local"), "view_live", None, CALL)
    scene.door.may(User("ada", "analyst", "proxy"), "view_live", None, CALL)

    local, proxy = (one.entry.parameters for one in log(scene.door)[-2:])
    assert local["os_user"] == system_name()
    assert "os_user" not in proxy


def interrupted(door: Door) -> None:
    with door.reading(AUD, "read_audit", OVERSIGHT) as work:
        work.connection.execute(text("SELECT * FROM contact")).all()
        raise KeyboardInterrupt


def test_an_interrupted_reading_is_on_record(scene: Scene) -> None:
    with pytest.raises(KeyboardInterrupt):
        interrupted(scene.door)

    said = log(scene.door)[-1].entry
    assert (said.action, said.result) == ("read_audit", "failed")
    assert said.parameters["fault"] == "KeyboardInterrupt"


def test_a_new_key_of_a_signer_is_noted_at_no_wrong_time(
    registry_url: str, clock: Clock
) -> None:
    with open_door(registry_url, clock=clock, sign=False) as door:
        Scene(door).registered()
        right = clock()
    clock.pass_by(days=3_000)
    with open_door(registry_url, clock=clock) as door:
        door.signer.sign(door.registry)
        assert log(door)[-1].entry.action == "record_key"
        assert log(door)[-1].at == right
