"""A refusal says who may, and names everything that was not given."""

from __future__ import annotations

import pytest

from coveragekit.access import Door, Purpose, Scope, User, change_consent
from coveragekit.errors import AccessRefused, ConsentError
from tests.access.scene import ANN, KIM, OFFICE, SUE, Scene

REQUEST = User("ria", "recruiter", "proxy")


def test_who_may_is_named_where_a_role_may_not(scene: Scene) -> None:
    camera_id = scene.registered()
    asked = Purpose("call", case_number="26-0417")

    answer = scene.door.may(ANN, "request_footage", camera_id, asked)

    assert answer.reason == (
        "the role administrator may not ask the owner for footage; analyst, "
        "dispatcher, officer and supervisor may"
    )
    assert not answer.lacks
    answer = scene.door.may(REQUEST, "backup", None, OFFICE)
    assert answer.reason.endswith("; only the role administrator may")


def test_all_that_is_missing_is_named_at_once(scene: Scene) -> None:
    camera_id = scene.registered()

    with pytest.raises(AccessRefused, match="needs an offence and a case number") as no:
        scene.door.demand(KIM, "request_footage", camera_id, Purpose("investigation"))

    assert no.value.lacks == ("offence", "case_number")


def test_a_purpose_that_does_not_fit_is_answered_with_those_that_do(door: Door) -> None:
    with pytest.raises(
        AccessRefused, match="allowed: owner_request, administration"
    ) as no:
        door.demand(SUE, "edit_zones", None, Purpose("planning"))

    assert no.value.lacks == ("purpose",)


def test_following_up_needs_no_case_and_opens_nothing_else(scene: Scene) -> None:
    camera_id = scene.registered()
    follow_up = Purpose("follow_up")

    assert scene.door.may(KIM, "work_requests", None, follow_up).allowed
    for action in ("request_footage", "view_live", "see_contact"):
        assert not scene.door.may(KIM, action, camera_id, follow_up).allowed


def test_a_consent_says_what_it_lacks_by_name(scene: Scene) -> None:
    camera_id = scene.registered()
    scene.move(camera_id, "offered", side="agency")

    with pytest.raises(ConsentError, match="needs") as no:
        change_consent(
            ANN,
            Purpose("owner_request"),
            camera_id,
            to="integrated",
            side="owner",
            scope=Scope(live=True),
            registry=scene.door,
        )

    assert {"text", "signer", "expiry"} <= set(no.value.lacks)
    assert "scope" not in no.value.lacks


def test_a_move_that_may_not_be_is_answered_with_what_people_may_do(
    scene: Scene,
) -> None:
    camera_id = scene.registered()

    with pytest.raises(ConsentError) as no:
        scene.move(camera_id, "invited", side="agency")

    said = str(no.value)
    assert (
        "allowed from registered: registered, suspended, withdrawn by the own" in said
    )
    assert "offered, suspended, lapsed by the agency" in said
    assert "expired" not in said
