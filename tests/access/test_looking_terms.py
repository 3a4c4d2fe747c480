"""What a page says of live pictures before anybody looks."""

from __future__ import annotations

from dataclasses import replace

import pytest

from coveragekit.access import Door, Purpose, User
from coveragekit.access.looking_terms import looking_terms, purpose_fault
from coveragekit.registry import feed_rows
from coveragekit.registry.audit import read_log
from tests.access.scene import KIM, NOBODY, PAT, SUE, Scene


@pytest.fixture
def camera_id(scene: Scene) -> str:
    """Give an integrated camera with a feed."""
    with scene.door.registry.write() as connection:
        feed = {"name": "lake", "address": "rtsp://10.20.0.5/main"}
        feed_rows.add_feed(connection, feed, by="test")
    return scene.integrated(feed_ref="lake")


def _lines(door: Door) -> int:
    with door.registry.read() as connection:
        return len(list(read_log(connection)))


def test_an_officer_is_offered_the_purposes_of_the_policy(
    door: Door, camera_id: str
) -> None:
    before = _lines(door)

    terms = looking_terms(door, KIM, camera_id)

    assert terms.may
    assert [(one.code, one.demands) for one in terms.purposes] == [
        ("call", ("case_number",)),
        ("investigation", ("case_number", "offence")),
        ("missing_person", ("case_number",)),
    ]
    assert terms.lifted == ("case_number", "offence")
    # nothing was asked for yet
    assert _lines(door) == before


def test_who_may_not_is_told_who_may(door: Door, camera_id: str) -> None:
    terms = looking_terms(door, PAT, camera_id)
    assert not terms.may
    assert terms.words == "Live pictures: dispatchers, officers and supervisors."
    assert terms.purposes == ()
    token = looking_terms(door, NOBODY, camera_id)
    assert token.words == "Live pictures are for people who signed on by name."


def test_whom_a_camera_is_shared_with_is_offered_it(
    door: Door, scene: Scene, camera_id: str
) -> None:
    shared = scene.share(camera_id=camera_id, to_role="planner", scope_live=True)
    terms = looking_terms(door, PAT, camera_id)
    assert terms.may
    # only who may claim an emergency is offered one
    assert terms.lifted == ()
    assert not looking_terms(door, User("ana", "analyst", "proxy"), camera_id).may
    scene.revoke(shared)
    assert not looking_terms(door, PAT, camera_id).may


def test_a_camera_without_a_feed_is_not_offered(door: Door, scene: Scene) -> None:
    for camera_id in (scene.integrated(), "nowhere"):
        terms = looking_terms(door, SUE, camera_id)
        assert not terms.may
        assert terms.words == "Where its live picture comes from is not on record."


def test_a_camera_whose_owner_did_not_agree_to_it_says_so(
    door: Door, scene: Scene, camera_id: str
) -> None:
    registered = "Registered: its owner is asked for footage"
    assert looking_terms(door, SUE, scene.registered()).words.startswith(registered)
    nothing = looking_terms(door, SUE, scene.camera()).words
    assert nothing == "Its owner has agreed to nothing."
    for state, side in (("suspended", "owner"), ("withdrawn", "owner")):
        scene.move(camera_id, state, side=side)
        terms = looking_terms(door, SUE, camera_id)
        assert not terms.may
        assert terms.words == f"Live pictures: the owner's consent is {state}."


def test_a_policy_that_lets_nobody_look_is_said(door: Door, camera_id: str) -> None:
    rules = {
        name: one for name, one in door.policy.rules.items() if name != "view_live"
    }
    door.policy = replace(door.policy, rules=rules)
    assert looking_terms(door, KIM, camera_id).words == (
        "Live pictures: nobody, by this policy."
    )


def test_what_a_purpose_lacks_is_said_before_it_is_recorded(door: Door) -> None:
    before = _lines(door)
    assert purpose_fault(door, KIM, Purpose("call", case_number="26-0417")) is None
    assert purpose_fault(door, KIM, Purpose("call", emergency=True)) is None
    for purpose, words, lacks in (
        (Purpose("call"), "needs", ("case_number",)),
        (Purpose("call", case_number="??"), "no case number", ("case_number",)),
        (
            Purpose("investigation", offence="jaywalking", case_number="26-1"),
            "offence is not known",
            ("offence",),
        ),
        (Purpose("oversight"), "none for which one may", ("purpose",)),
        (Purpose("curiosity"), "no such purpose", ("purpose",)),
    ):
        fault = purpose_fault(door, KIM, purpose)
        assert fault is not None
        assert words in fault[0]
        assert fault[1] == lacks
    assert _lines(door) == before
