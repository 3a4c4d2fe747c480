"""What somebody inside would try: each of these once worked, or nearly did."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text

from coveragekit import access
from coveragekit.access import Door, Purpose, User, verify_audit
from coveragekit.errors import AccessRefused, CoverageKitError, InputError
from coveragekit.registry.audit import read_log
from coveragekit.registry.checkpoints import (
    Checkpoint,
    add_checkpoint,
    public_key,
    signing_key,
)
from tests.access.scene import (
    ANN,
    AUD,
    CALL,
    CASE,
    DEE,
    KIM,
    OFFICE,
    OVERSIGHT,
    SUE,
    Scene,
)
from tests.access.test_owners_side import RIA, payload
from tests.registry.tampering import RAW, behind

WISH = Purpose("owner_request")


def test_a_strangers_words_make_no_key_trusted(door: Door, tmp_path: Path) -> None:
    key = signing_key(tmp_path / "mine.pem")
    mine = public_key(key)
    for name in ("", "x"):
        door.may(User(name, "system", "token"), "record_key", mine, CALL)
    with pytest.raises(InputError, match="cannot begin with a bracket"):
        User("(signer)", "system", "proxy")
    with door.registry.read() as connection:
        last = read_log(connection)[-1]
    said = Checkpoint(
        "checkpoint", door.registry.registry_id, 0, last.seq, last.hash, "", "", ""
    )
    forged = tmp_path / "forged.jsonl"
    add_checkpoint(forged, key, said, now=door.registry.clock())

    found = verify_audit(AUD, OVERSIGHT, checkpoints=forged, registry=door)

    assert (found.ok, found.what) == (False, "checkpoint")
    assert last.entry.action == "(not as the policy writes it)"


@pytest.mark.parametrize("purpose", [CALL, CASE, WISH, OFFICE])
def test_an_officer_leafs_through_no_contacts(scene: Scene, purpose: Purpose) -> None:
    scene.registered()
    gone = scene.registered()
    scene.move(gone, "withdrawn")

    for kind in ("contact", "authority"):
        with pytest.raises(AccessRefused):
            access.list_rows(KIM, purpose, kind, registry=scene.door)
    with pytest.raises(AccessRefused):
        access.get_row(
            KIM, purpose, "contact", key=scene.contact_id, registry=scene.door
        )
    if purpose is WISH:
        assert access.contacts(KIM, purpose, [gone], registry=scene.door) == ()


def test_a_recruiter_makes_no_private_camera_the_agencys(scene: Scene) -> None:
    camera_id, door = scene.camera(), scene.door
    told: dict[str, Any] = {"revision": 1, "registry": door}
    city = access.add_row(
        ANN, OFFICE, "owner", values={"name": "City", "kind": "agency"}, registry=door
    )
    hall = access.add_row(
        ANN,
        OFFICE,
        "site",
        values={"owner_id": city.owner_id, "kind": "public", "lon": 0.0, "lat": 0.0},
        registry=door,
    )
    for kind, key, values in (
        ("owner", scene.owner_id, {"kind": "agency"}),
        ("site", scene.site_id, {"owner_id": city.owner_id}),
        ("camera", camera_id, {"site_id": hall.site_id}),
    ):
        with pytest.raises(AccessRefused, match="may not say what is the agency's own"):
            access.change_row(RIA, WISH, kind, key=key, values=values, **told)
    with pytest.raises(AccessRefused):
        access.add_row(
            RIA, WISH, "owner", values={"name": "X", "kind": "agency"}, registry=door
        )

    assert not door.may(KIM, "view_live", camera_id, CALL).allowed


def test_the_form_cannot_say_agency(door: Door) -> None:
    sent = payload(owner={"name": "Me", "kind": "agency"})

    with pytest.raises(InputError, match="allowed: a person or a business"):
        access.submit(sent, language="en", registry=door)


def test_nobody_hangs_a_private_feed_on_another_camera(scene: Scene) -> None:
    private = scene.registered(feed_ref="ann-porch")
    opened, door = scene.integrated(), scene.door
    told = {"values": {"feed_ref": "ann-porch"}, "revision": 1, "registry": door}

    with pytest.raises(AccessRefused, match="may not say which feed"):
        access.change_row(RIA, WISH, "camera", key=opened, **told)
    with pytest.raises(InputError, match="has this feed already"):
        access.change_row(ANN, OFFICE, "camera", key=opened, **told)

    assert private


def test_a_role_that_one_gives_oneself_counts_little(door: Door) -> None:
    values = {"name": "ann", "role": "administrator", "active": True}
    access.add_row(ANN, OFFICE, "app_user", values=values, registry=door)

    boss = User("stranger", "administrator", "local")
    with pytest.raises(AccessRefused, match="stranger is not listed as administrator"):
        access.list_rows(boss, OFFICE, "owner", registry=door)
    planner = User("stranger", "planner", "local")
    assert access.cameras(planner, Purpose("planning"), registry=door).empty
    for name in ("ANN", "Ann"):
        refused = door.may(User(name, "officer", "proxy"), "view_live", "cam_0", CALL)
        assert "the registry says administrator" in refused.reason


def test_nobody_reviews_their_own_look_in_other_letters(scene: Scene) -> None:
    camera_id, door = scene.integrated(), scene.door
    door.may(SUE, "view_live", camera_id, Purpose("call", emergency=True))
    (waits,) = access.list_reviews(AUD, OVERSIGHT, registry=door)

    with pytest.raises(AccessRefused, match="a look of their own"):
        access.decide_review(
            User("SUE", "supervisor", "proxy"),
            OVERSIGHT,
            waits.review_id,
            verdict="justified",
            note="it was",
            revision=waits.revision,
            registry=door,
        )

    with door.registry.read() as connection:
        last = read_log(connection)[-1].entry
    assert (last.result, last.action) == ("refused", "review_override")


def test_a_line_put_before_the_first_is_found_and_so_are_missing_guards(
    door: Door,
) -> None:
    for _ in range(3):
        door.may(KIM, "view_live", "cam_0", CALL)
    clean = verify_audit(AUD, OVERSIGHT, registry=door)
    assert clean.ok
    assert not [words for words in clean.words if "taken out" in words]
    with behind(door.registry) as connection:
        row = connection.execute(select(RAW).where(RAW.c.seq == 1)).one()
        forged = {**row._mapping, "seq": -5, "hash": "0" * 64}
        connection.execute(RAW.insert(), forged)
    guard = "audit_entry_follows"
    on = " ON audit_entry" if door.registry.dialect == "postgresql" else ""
    with door.registry.write() as connection:
        connection.execute(text(f"DROP TRIGGER {guard}{on}"))

    found = verify_audit(AUD, OVERSIGHT, registry=door)

    assert (found.ok, found.first_bad) == (False, 1)
    assert any(f"taken out of the database: {guard}" in one for one in found.words)


def test_who_sent_something_in_is_told_one_by_one_and_on_record(door: Door) -> None:
    access.submit(payload(), language="en", registry=door)
    (one,) = access.list_submissions(RIA, WISH, registry=door).rows
    assert "anary" not in str(one)

    people = access.submission_contact(RIA, WISH, one.submission_id, registry=door)

    assert people["contact"]["name"] == "Canary Rosa"
    with door.registry.read() as connection:
        said = read_log(connection)[-1].entry
    assert (said.action, said.object_ids) == ("see_contact", (one.submission_id,))
    access.withdraw(str(one.receipt), "rosa.canary@example.org", registry=door)
    assert not access.submission_contact(RIA, WISH, one.submission_id, registry=door)


@pytest.mark.parametrize("user", [KIM, DEE], ids=lambda one: one.role)
def test_nobody_but_who_decides_is_told_who_sent_something_in(
    door: Door, user: User
) -> None:
    access.submit(payload(), language="en", registry=door)
    (one,) = access.list_submissions(RIA, WISH, registry=door).rows

    with pytest.raises(AccessRefused):
        access.submission_contact(user, WISH, one.submission_id, registry=door)


def test_names_and_numbers_typed_as_a_purpose_stay_out_of_the_log(
    scene: Scene,
) -> None:
    purpose = Purpose("Maria Lopez", "Mr Zed", "Maria Lopez 555-1234", "her aunt")
    scene.door.may(KIM, "view_live", scene.integrated(), purpose)

    with scene.door.registry.read() as connection:
        said = str(read_log(connection)[-1])
    for word in ("Maria", "Zed", "5551234", "555-1234", "aunt"):
        assert word not in said


@pytest.mark.parametrize("is_there", [True, False])
def test_a_backup_brings_back_nobody_who_left(tmp_path: Path, is_there: bool) -> None:
    place, archive = tmp_path / "old.sqlite", tmp_path / "b.tar.gz"
    with access.create_registry(ANN, place) as door:
        receipt = access.submit(payload(), language="en", registry=door)
        (one,) = access.list_submissions(ANN, OFFICE, registry=door).rows
        done = access.accept_submission(
            ANN, OFFICE, one.submission_id, revision=one.revision, registry=door
        )
        access.back_up(ANN, OFFICE, archive, registry=door)
        assert access.withdraw(receipt, "rosa.canary@example.org", registry=door)
    back = tmp_path / "new.sqlite"

    access.restore(
        ANN,
        archive,
        back,
        into=tmp_path / "parts",
        replaces=True,
        former=place if is_there else None,
    )

    with access.open_door(back) as door:
        (camera_id,) = done.camera_ids
        reason = door.may(KIM, "request_footage", camera_id, CASE).reason
        state = "withdrawn" if is_there else "suspended"
        assert reason == f"the owner's consent is {state}"
        assert verify_audit(ANN, OFFICE, registry=door).ok


HOSTILE = ["half \ud800", "nul\x00", "'; DROP TABLE camera; --", "%", "x" * 100_000]


@pytest.mark.parametrize("words", HOSTILE, ids=["half", "nul", "sql", "like", "long"])
def test_whatever_is_asked_for_is_answered_or_refused_in_our_words(
    scene: Scene, words: str
) -> None:
    door = scene.door
    scene.registered()
    told = {"registry": door}
    for ask in (
        lambda: access.get_row(ANN, OFFICE, "owner", key=words, **told),
        lambda: access.list_rows(ANN, OFFICE, "owner", name=words, **told),
        lambda: access.list_rows(ANN, OFFICE, "site", after=words, **told),
        lambda: access.consent_history(ANN, OFFICE, words, **told),
        lambda: access.contacts(KIM, CASE, [words], **told),
        lambda: access.find_cameras(
            ANN, OFFICE, wanted=access.CameraFilter(words=words), **told
        ),
        lambda: access.read_audit(AUD, OVERSIGHT, actor=words, **told),
        lambda: access.read_audit(AUD, OVERSIGHT, object_id=words, **told),
        lambda: access.withdraw(words, words, **told),
    ):
        with contextlib.suppress(CoverageKitError):  # any other error is a failure
            ask()

    assert len(access.find_cameras(ANN, OFFICE, **told).rows) == 1


@pytest.mark.parametrize("limit", [-1, 0, 100_001])
def test_a_log_is_read_by_pages(scene: Scene, limit: int) -> None:
    with pytest.raises(InputError, match="a log gives 1 to 100,000 lines at a time"):
        access.read_audit(AUD, OVERSIGHT, limit=limit, registry=scene.door)


def test_no_password_of_an_address_is_shown() -> None:
    place = (
        "postgresql://kim:one-canary@host/city?sslpassword=two-canary&sslmode=require"
    )

    assert access.shown_place(place) == "postgresql+psycopg://kim:***@host/city"


@pytest.mark.parametrize(
    ("listed", "typed"), [("ada", "ADA"), ("\u00fcmit", "\u00dcMIT")]
)
def test_a_dismissed_user_comes_back_in_no_other_letters(
    door: Door, listed: str, typed: str
) -> None:
    told: dict[str, Any] = {"registry": door}
    values = {"name": listed, "role": "officer", "active": False}
    access.add_row(ANN, OFFICE, "app_user", values=values, **told)
    values = {"name": "bob", "role": "officer"}
    bob = access.add_row(ANN, OFFICE, "app_user", values=values, **told)

    decision = door.may(User(typed, "officer", "proxy"), "view_live", None, CALL)

    assert "may no longer use the registry" in decision.reason
    assert access.local_user(typed, **told).role == "officer"
    other = {"name": f" {typed}", "role": "officer"}
    with pytest.raises(InputError, match=f"a user '{listed}' already"):
        access.add_row(ANN, OFFICE, "app_user", values=other, **told)
    told |= {"key": bob.user_id, "revision": 1}
    with pytest.raises(InputError, match=f"a user '{listed}' already"):
        access.change_row(ANN, OFFICE, "app_user", values={"name": typed}, **told)
    capital = access.change_row(ANN, OFFICE, "app_user", values={"name": "Bob"}, **told)
    assert capital.name == "Bob"
