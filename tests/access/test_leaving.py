"""An owner leaves by the form, or asks to and has to be reached about it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from coveragekit.access import (
    Door,
    Event,
    accept_submission,
    consent_history,
    list_leaving,
    list_reviews,
    list_submissions,
    settle_leaving,
    submit,
    withdraw,
)
from coveragekit.errors import AccessRefused, InputError
from coveragekit.registry.owners import same_contact
from tests.access.scene import ANN, AUD, CASE, KIM, OFFICE, OVERSIGHT, Scene
from tests.access.test_owners_side import RECRUIT, RIA, log, payload
from tests.databases import Clock


def accepted(door: Door) -> tuple[str, str]:
    """Give the receipt and the camera of an owner whose form was accepted."""
    receipt = submit(payload(), language="en", registry=door)
    (one,) = list_submissions(RIA, RECRUIT, registry=door).rows
    told = {"revision": one.revision, "registry": door}
    done = accept_submission(RIA, RECRUIT, one.submission_id, **told)
    return receipt, done.camera_ids[0]


def test_a_right_code_with_another_contact_is_a_task_of_the_desk(
    door: Door, clock: Clock
) -> None:
    receipt, camera_id = accepted(door)

    for _ in range(3):
        assert withdraw(receipt, "555 000 1111", registry=door) == ()
    withdraw("ABCDE-FGHJK-01234-56789", "404 555 0123", registry=door)

    (task,) = list_leaving(RIA, RECRUIT, registry=door)
    assert (task.ids, task.standing) == ((camera_id,), (camera_id,))
    assert (task.due_at - task.at, task.is_overdue) == (timedelta(days=3), False)
    assert list_reviews(AUD, OVERSIGHT, registry=door) == ()
    tries = [one.entry for one in log(door) if one.entry.action == "withdraw"]
    assert [one.object_ids for one in tries] == [(camera_id,)] * 3 + [()]
    assert "0001111" not in str(log(door)).replace(" ", "")
    assert door.may(KIM, "request_footage", camera_id, CASE).allowed
    clock.pass_by(days=3)
    assert list_leaving(RIA, RECRUIT, registry=door)[0].is_overdue


@pytest.mark.parametrize("verdict", ["withdrawn", "stays"])
def test_the_desk_settles_a_wish_to_leave_once(door: Door, verdict: str) -> None:
    receipt, camera_id = accepted(door)
    withdraw(receipt, "someone@example.org", registry=door)
    (task,) = list_leaving(RIA, RECRUIT, registry=door)
    told = {"note": "called on the number on file", "revision": task.revision}

    done = settle_leaving(
        RIA, RECRUIT, task.review_id, verdict=verdict, registry=door, **told
    )

    leaves = verdict == "withdrawn"
    assert [one.camera_id for one in done] == [camera_id] * leaves
    assert door.may(KIM, "request_footage", camera_id, CASE).allowed is not leaves
    assert list_leaving(RIA, RECRUIT, registry=door) == ()
    with pytest.raises(InputError, match="no wish to leave"):
        settle_leaving(
            RIA, RECRUIT, task.review_id, verdict=verdict, registry=door, **told
        )
    with pytest.raises(InputError, match="is one of: withdrawn, stays"):
        settle_leaving(
            RIA, RECRUIT, task.review_id, verdict="maybe", registry=door, **told
        )
    with pytest.raises(AccessRefused, match="may not decide"):
        list_leaving(KIM, CASE, registry=door)


def test_a_form_that_waits_is_a_task_too_and_is_taken_back_by_the_desk(
    door: Door,
) -> None:
    receipt = submit(payload(), language="en", registry=door)
    assert withdraw(receipt, "", registry=door) == ()
    (task,) = list_leaving(RIA, RECRUIT, registry=door)

    (left,) = settle_leaving(
        RIA,
        RECRUIT,
        task.review_id,
        verdict="withdrawn",
        note="she came by",
        revision=task.revision,
        registry=door,
    )

    assert task.ids == (left.submission_id,)
    assert list_submissions(RIA, RECRUIT, registry=door).rows == ()


def test_an_owner_whose_consent_has_ended_by_the_clock_gets_a_receipt_too(
    scene: Scene, clock: Clock
) -> None:
    scene.registered()
    ends = clock() + timedelta(days=2)
    camera_id = scene.integrated(expires_at=ends)
    code = history_of(scene, camera_id)[-1].receipt.code
    clock.pass_by(days=3)

    (left,) = withdraw(code, "canary@example.org", registry=scene.door)

    assert left.receipt is not None
    assert (left.camera_id, left.receipt.to) == (camera_id, "withdrawn")


def history_of(scene: Scene, camera_id: str) -> tuple[Event, ...]:
    return consent_history(ANN, OFFICE, camera_id, registry=scene.door)


def test_a_flood_of_codes_that_stand_for_nothing_leaves_no_line(door: Door) -> None:
    receipt, camera_id = accepted(door)
    before = len(log(door))

    withdraw("ABCDE-FGHJK-01234-56789", "x@y.org", note_misses=False, registry=door)
    assert len(log(door)) == before
    withdraw(receipt, "x@y.org", note_misses=False, registry=door)
    assert log(door)[-1].entry.object_ids == (camera_id,)


@pytest.mark.parametrize(
    ("given", "kept", "is_same"),
    [
        ("+1 404 555 0123", "(404) 555-0123", True),
        ("4045550123", "+14045550123", True),
        ("001 404 555 0123", "404-555-0123", True),
        ("612 345 678", "+34 612 34 56 78", True),
        ("0612345678", "612345678", True),
        ("404 555 0123 x12", "404 555 0123", True),
        ("\uff14\uff10\uff14 555 0123", "404 555 0123", True),
        ("555 0123", "404 555 0123", False),
        ("404 555 0124", "404 555 0123", False),
        ("", "404 555 0123", False),
        ("12345", "12345", False),
        ("9999 404 555 0123", "404 555 0123", False),
        ("Ann@Example.org ", "ann@example.org", True),
        ("404 555 0123", "ann@example.org", False),
        ("ann@example.org", None, False),
    ],
)
def test_a_contact_is_the_same_however_it_is_typed(
    given: str, kept: str | None, is_same: bool
) -> None:
    assert same_contact(given, kept) is is_same
