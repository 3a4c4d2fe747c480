"""The registry desk: who sees what of the queue, and what a decision does."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest

from coveragekit import access
from coveragekit.dashboards.registry_desk.list_words import request_row
from coveragekit.dashboards.registry_desk.page import RegistryDesk
from coveragekit.dashboards.registry_desk.queue_words import (
    camera_facts,
    flags_of,
    submission_row,
)
from coveragekit.dashboards.visit import Visit
from coveragekit.server.desk import Desk
from coveragekit.server.draft import Draft
from coveragekit.server.office import payload_of
from tests.server.corner import build_corner, lonlat

BOSS = access.User("Kim Tester", "administrator", "local")
KEEPING = access.Purpose("administration")
CANARY = "canary@example.org"
_ROLES = ("supervisor", "recruiter", "analyst", "officer", "auditor", "planner")


@pytest.fixture(scope="module")
def corner(tmp_path_factory):
    """Give the built study of the corner; nobody changes it."""
    return build_corner(tmp_path_factory.mktemp("corner") / "corner")


@pytest.fixture(scope="module")
def payload(corner):
    """Give a function that makes what an owner sends."""
    desk = Desk(corner.path)

    def made(place=(9.9, 30.0), bearing=270.0, **consent):
        lon, lat = lonlat(*place)
        camera = {
            "lon": lon,
            "lat": lat,
            "address": "12 Oak Street",
            "site_name": "<b>Deli</b>",
            "site_kind": "business",
            "bearing_deg": bearing,
            "aimed": True,
            "kind": "dome",
            "optics": {"mount_height_m": 2.6},
        }
        people = {
            "retention_days": 14.0,
            "owner_name": "Canary Owner",
            "owner_kind": "business",
            "contact_name": "Ana Canary",
            "phone": "",
            "email": CANARY,
            "best_time": "",
            "can_export": True,
            "signer_capacity": "owner",
        }
        agreed = {
            "wants": "register",
            "text_version": "registration-v1",
            "signer": "Ana Canary",
            **consent,
        }
        draft = Draft((camera,), people, agreed)
        return payload_of(draft, language="en", quote=None, sight=desk.sight)

    yield made
    desk.close()


@pytest.fixture
def door(tmp_path, monkeypatch):
    """Give a registry that has nothing yet."""
    monkeypatch.setenv("COVERAGEKIT_CHECKPOINTS", str(tmp_path / "checkpoints"))
    with access.create_registry(BOSS, tmp_path / "registry.db", sign=False) as opened:
        for role in _ROLES:
            listed = {"name": f"Sam {role}", "role": role, "active": True}
            access.add_row(BOSS, KEEPING, "app_user", values=listed, registry=opened)
        yield opened


@pytest.fixture
def opened(corner, door, tmp_path):
    """Give a function that opens the desk for somebody."""
    desks = []

    def made(role="supervisor", source="local"):
        desk = RegistryDesk(corner.path, registry=str(tmp_path / "registry.db"))
        desks.append(desk)
        desk.greet(Visit(f"Sam {role}", role, source=source))
        return desk

    yield made
    for desk in desks:
        desk.close()


def tell(desk, event, **content):
    """Say what the page says."""
    desk.view._handle_custom_msg({"event": event, **content}, [])
    return desk.view.state


def test_what_owners_sent_in_waits_in_the_queue_oldest_first(opened, door, payload):
    for site in ("1 Oak", "2 Oak"):
        sent = payload()
        sent["site"]["address"] = site
        access.submit(sent, language="en", registry=door)

    state = opened().view.state

    assert [one["address"] for one in state["queue"]["rows"]] == ["1 Oak", "2 Oak"]
    assert state["queue"]["rows"][0]["flags"] == ["faces homes"]
    assert state["moderates"]
    assert state["fault"] == ""


def test_the_queue_names_nobody(opened, door, payload):
    access.submit(payload(), language="en", registry=door)
    desk = opened()
    key = desk.view.state["queue"]["rows"][0]["id"]

    state = tell(desk, "choose", id=key)

    assert state["chosen"]["title"] == "12 Oak Street"
    assert "anary" not in json.dumps(state)


def test_a_contact_is_shown_when_asked_for_and_stands_on_record(opened, door, payload):
    access.submit(payload(), language="en", registry=door)
    desk = opened()
    key = desk.view.state["queue"]["rows"][0]["id"]
    tell(desk, "choose", id=key)

    assert desk.view.state["why_no_contact"] == (
        "The contact is shown for “Asking owners to take part” or “What an owner asked "
        "for”: choose the purpose above."
    )
    refused = dict(tell(desk, "contact", id=key))
    tell(desk, "purpose", purpose="owner_request")
    tell(desk, "choose", id=key)
    assert desk.view.state["why_no_contact"] == ""
    state = tell(desk, "contact", id=key)

    # Keeping the registry running is no reason to see how to reach somebody.
    assert "Could not show the contact" in refused["fault"]
    assert refused["chosen"]["contact"] is None
    assert ["E-mail", CANARY] in state["chosen"]["contact"]
    assert "Canary" not in str(desk._queue._sent)
    lines = access.read_audit(
        access.User("Sam auditor", "auditor"),
        access.Purpose("oversight"),
        registry=door,
    )
    looks = [one.entry for one in lines if one.entry.action == "see_contact"]
    assert [one.result for one in looks] == ["refused", "done"]
    assert {one.actor for one in looks} == {"Sam supervisor"}
    assert looks[1].object_ids == (key,)


def test_a_contact_that_was_withdrawn_meanwhile_is_not_shown(opened, door, payload):
    code = access.submit(payload(), language="en", registry=door)
    desk = opened()
    key = desk.view.state["queue"]["rows"][0]["id"]
    tell(desk, "purpose", purpose="owner_request")
    tell(desk, "choose", id=key)
    access.withdraw(code, CANARY, registry=door)

    state = tell(desk, "contact", id=key)

    assert state["chosen"]["contact"] is None
    assert "waits no more" in state["fault"]


@pytest.mark.parametrize("source", ["local", "token", "proxy"])
def test_the_desk_says_who_named_its_user(opened, door, source):
    desk = opened(source=source)

    assert desk._clerk.user.source == source
    assert (desk.view.state["queue"] is None) == (source == "token")


def test_accepting_makes_registered_cameras(opened, door, payload):
    access.submit(payload(), language="en", registry=door)
    desk = opened()
    key = desk.view.state["queue"]["rows"][0]["id"]

    state = tell(desk, "accept", id=key)

    assert state["said"].startswith("Accepted: 1 camera is registered now.")
    (receipt,) = state["receipts"]
    (camera,) = access.cameras(BOSS, access.Purpose("planning"), registry=door)[
        "camera_id"
    ]
    assert camera in receipt
    assert tell(desk, "dismiss")["receipts"] == []
    assert state["queue"]["rows"] == []
    listed = tell(desk, "tab", tab="cameras")["cameras"]
    assert [one["state"] for one in listed["rows"]] == ["Registered"]
    assert listed["rows"][0]["flags"] == ["faces homes"]


def test_doubles_within_50_m_are_shown_with_their_place(opened, door, payload):
    access.submit(payload(), language="en", registry=door)
    desk = opened()
    tell(desk, "accept", id=desk.view.state["queue"]["rows"][0]["id"])
    access.submit(payload(place=(9.9, 40.0)), language="en", registry=door)
    access.submit(payload(place=(9.9, 130.0)), language="en", registry=door)
    rows = tell(desk, "tab", tab="queue")["queue"]["rows"]
    flags = [one["flags"][:1] for one in rows]

    chosen = [
        tell(desk, "choose", id=one["id"])["chosen"]["cameras"][0]
        for one in desk.view.state["queue"]["rows"]
    ]

    assert flags[0] == ["a camera 10 m away: the same?"]
    assert flags[1] != flags[0]
    assert chosen[0]["near"][0]["words"].startswith("10 m away: 12 Oak Street (dome, ")
    assert chosen[0]["map"]["near"][0]["number"] == "1"
    assert chosen[1]["near"] == []
    # The double stands 10 m south of it on the map, which is north up.
    drawn = chosen[0]["map"]
    assert drawn["near"][0]["at"][0] == pytest.approx(drawn["foot"][0], abs=0.2)
    assert drawn["near"][0]["at"][1] > drawn["foot"][1] + 5.0
    assert drawn["src"].startswith("data:image/png;base64,")
    assert drawn["rings"]


def test_a_refusal_needs_a_reason_and_deletes_the_people(
    opened, door, payload, tmp_path
):
    access.submit(payload(), language="en", registry=door)
    desk = opened()
    key = desk.view.state["queue"]["rows"][0]["id"]

    without = dict(tell(desk, "refuse", id=key, reason="  ", duplicate=True))
    state = tell(desk, "refuse", id=key, reason="known already", duplicate=True)

    assert "Could not refuse the submission" in without["fault"]
    assert state["said"] == "Noted as a double; the people it named are deleted."
    (kept,) = access.list_submissions(
        BOSS, KEEPING, state="duplicate", registry=door
    ).rows
    assert kept.reason == "known already"
    assert "anary" not in json.dumps(kept.payload)


def test_two_who_decide_at_once_are_told(opened, door, payload):
    access.submit(payload(), language="en", registry=door)
    first, second = opened(), opened()
    key = first.view.state["queue"]["rows"][0]["id"]

    tell(first, "refuse", id=key, reason="no")
    state = tell(second, "accept", id=key)

    assert state["fault"].startswith("Could not accept the submission")
    assert len(access.cameras(BOSS, access.Purpose("planning"), registry=door)) == 0


@pytest.mark.parametrize(
    ("role", "tabs"),
    [
        ("supervisor", ["queue", "leaving", "cameras", "requests"]),
        ("recruiter", ["queue", "leaving", "cameras"]),
        ("officer", ["cameras", "requests"]),
        ("analyst", ["requests"]),
        ("auditor", ["cameras"]),
        ("planner", []),
    ],
)
def test_a_role_sees_the_parts_that_it_opens_and_no_fault(opened, role, tabs):
    state = opened(role).view.state

    assert [one["key"] for one in state["tabs"]] == tabs
    assert state["fault"] == ""
    assert bool(state["why"]) == (tabs in ([], ["requests"]))
    assert state["moderates"] == ("queue" in tabs)


def test_a_part_that_this_purpose_does_not_open_says_so_in_one_sentence(opened):
    desk = opened()

    state = tell(desk, "tab", tab="requests")

    assert state["requests"] is None
    assert state["fault"] == ""
    assert state["why"] == (
        "Requests for footage are shown for “A call for service”, “The investigation "
        "of an offence” or “The search for a missing person”: choose the purpose above."
    )
    state = tell(desk, "purpose", purpose="investigation")
    assert state["why"] == "Give the case number and the offence above."


@pytest.mark.parametrize("role", ["analyst", "officer", "auditor"])
def test_roles_that_may_not_moderate_see_no_queue(opened, door, payload, role):
    access.submit(payload(), language="en", registry=door)
    desk = opened(role)

    state = tell(desk, "tab", tab="queue")

    assert state["queue"] is None
    assert not state["moderates"]
    assert "Could not open that part" in state["fault"]
    lines = access.read_audit(
        BOSS, access.Purpose("oversight"), registry=door, action="moderate"
    )
    assert [one.entry.result for one in lines] == ["refused"]


def test_nobody_decides_before_somebody_has_come(corner, door, payload, tmp_path):
    access.submit(payload(), language="en", registry=door)
    desk = RegistryDesk(corner.path, registry=str(tmp_path / "registry.db"))

    state = tell(desk, "tab", tab="queue")
    desk.close()

    assert state["queue"] is None


@pytest.mark.parametrize(
    ("event", "content"),
    [
        ("tab", {"tab": "secrets"}),
        ("purpose", {"purpose": "curiosity"}),
        ("choose", {"id": "sub_0"}),
        ("accept", {}),
        ("cameras", {"state": "' OR 1=1"}),
        ("refuse", {"id": ["a"]}),
    ],
)
def test_messages_that_no_page_sends_are_refused(opened, event, content):
    state = tell(opened(), event, **content)

    assert state["fault"].startswith("Could not")


def test_open_requests_show_when_the_footage_goes(opened, door, payload):
    access.submit(payload(), language="en", registry=door)
    desk = opened()
    tell(desk, "accept", id=desk.view.state["queue"]["rows"][0]["id"])
    (key,) = access.cameras(BOSS, access.Purpose("planning"), registry=door)[
        "camera_id"
    ]
    now = datetime.now(UTC)
    ask = access.Ask(
        from_at=now - timedelta(days=12, hours=7),
        to_at=now - timedelta(days=12, hours=6),
        place="12 Oak Street",
    )
    purpose = access.Purpose("investigation", offence="120", case_number="22-0187")
    access.request_footage(
        access.User("Sam supervisor", "supervisor"),
        purpose,
        [key],
        ask=ask,
        registry=door,
    )

    without = tell(desk, "tab", tab="requests")
    assert without["requests"] is None
    asked = tell(desk, "purpose", purpose="investigation", case="22-0187")
    assert (asked["requests"], asked["fault"]) == (None, "")
    told = {"purpose": "investigation", "case": "22-0187", "offence": "120"}
    rows = tell(desk, "purpose", **told)["requests"]["rows"]

    (row,) = rows
    # Kept 14 days, of which 12 days and 7 hours are over.
    assert row["clock"] == "overwritten in 40 h"
    assert row["urgent"]
    assert row["case"] == "22-0187"


def test_what_is_to_be_looked_at_is_flagged():
    camera = {"faces_homes_share": 0.5, "see_blind": "x", "cloud_only": True}

    assert flags_of({"cameras": [camera], "integration_wanted": True}) == [
        "faces homes",
        "sees nothing",
        "maker's app only",
        "wants to integrate",
    ]
    assert flags_of({"cameras": [{"faces_homes_share": 0.49}]}) == []
    unsure = {"faces_homes_share": 0.2, "faces_unknown_share": 0.4}
    assert flags_of({"cameras": [unsure]}) == ["may face homes"]
    assert flags_of({}) == []


def test_a_camera_is_told_in_words():
    told = dict(camera_facts({"bearing_deg": None, "retention_days": None}))

    assert told["Looks"] == "direction not known"
    assert told["Keeps"] == "not known"
    assert told["Faces"] == "no house front in view"
    assumed = ["tilt_deg", "width_px", "height_px", "ir_range_m"]
    shares = {"faces_homes_share": 0.0, "faces_unknown_share": 0.5}
    told = dict(camera_facts({"assumed": assumed, **shares}))
    assert told["Usual for its kind"] == (
        "tilt, size of the picture, reach of its lamp by night"
    )
    assert told["Faces"] == (
        "no house front in view is a home, 50 % if the unknown houses are"
    )


def test_a_request_whose_footage_is_gone_is_not_urgent():
    now = datetime(2026, 5, 1, 12, tzinfo=UTC)
    ask = SimpleNamespace(from_at=now, to_at=now, case_number=None, offence=None)
    asked = SimpleNamespace(
        request_id="r",
        camera_id="c",
        ask=ask,
        deadline_at=now - timedelta(hours=1),
        state="sent",
        reminders=0,
    )

    row = request_row(asked, now=now, zone=ZoneInfo("UTC"))

    assert not row["urgent"]
    assert row["window"] == "2026-05-01 12:00 to 12:00 UTC"


def test_a_window_over_midnight_says_both_days():
    begin = datetime(2026, 5, 2, 3, 30, tzinfo=UTC)
    ask = SimpleNamespace(
        from_at=begin, to_at=begin + timedelta(hours=1), case_number="1", offence=None
    )
    asked = SimpleNamespace(
        request_id="r",
        camera_id="c",
        ask=ask,
        deadline_at=None,
        state="sent",
        reminders=0,
    )

    row = request_row(asked, now=begin, zone=ZoneInfo("America/New_York"))

    assert row["window"] == "2026-05-01 23:30 to 2026-05-02 00:30 EDT"


def test_a_card_of_the_queue_says_what_to_look_at_first():
    sent = SimpleNamespace(
        submission_id="sub_1",
        language="es",
        submitted_at=datetime(2026, 5, 1, 16, tzinfo=UTC),
        payload={
            "site": {"address": "12 Oak Street", "kind": "home"},
            "cameras": [{}, {}],
            "integration_wanted": True,
        },
    )

    row = submission_row(sent, ZoneInfo("America/New_York"), near_m=8.4)

    assert row["words"] == ("home, 2 cameras, in Spanish, sent 2026-05-01 12:00 EDT")
    assert row["flags"] == ["a camera 8 m away: the same?", "wants to integrate"]


def test_a_long_queue_is_turned_and_searched(opened, door, payload):
    sent = payload()
    for number in range(103):
        sent["site"]["address"] = f"{number} Oak"
        access.submit(sent, language="en", registry=door)
    desk = opened()

    first = desk.view.state["queue"]
    later = tell(desk, "queue", begin=100)["queue"]
    found = tell(desk, "queue", words="102 oAK")["queue"]

    assert (len(first["rows"]), first["all"], first["fitting"]) == (100, 103, 103)
    assert [one["address"] for one in later["rows"]] == [
        "100 Oak",
        "101 Oak",
        "102 Oak",
    ]
    assert [one["address"] for one in found["rows"]] == ["102 Oak"]
    # Who has decided one goes on where they were.
    tell(desk, "queue", begin=100)
    tell(desk, "refuse", id=later["rows"][0]["id"], reason="no")
    assert [one["address"] for one in desk.view.state["queue"]["rows"]] == [
        *("101 Oak", "102 Oak")
    ]


def test_the_card_of_an_owner_who_left_says_what_that_means(opened, door, payload):
    access.submit(payload(), language="en", registry=door)
    desk = opened()
    tell(desk, "accept", id=desk.view.state["queue"]["rows"][0]["id"])
    (camera,) = access.list_cameras(BOSS, KEEPING, registry=door).rows
    access.change_consent(
        BOSS,
        access.Purpose("owner_request"),
        camera.camera_id,
        to="withdrawn",
        side="owner",
        reason="moved away",
        registry=door,
    )

    listed = tell(desk, "cameras", state="withdrawn", words="canary")["cameras"]
    card = tell(desk, "card", id=camera.camera_id)["card"]

    assert [one["state"] for one in listed["rows"]] == ["Withdrawn"]
    assert card["state"] == "Withdrawn"
    assert card["left"]
    assert "The owner has left" in card["means"]
    assert "to withdrawn, by the owner: moved away" in card["events"][0]
    assert card["contact"] is None
    assert CANARY not in json.dumps(dict(desk.view.state))
    assert tell(desk, "card_close")["card"] is None


def test_the_contact_of_a_camera_is_shown_when_asked_for(opened, door, payload):
    access.submit(payload(), language="en", registry=door)
    desk = opened()
    tell(desk, "accept", id=desk.view.state["queue"]["rows"][0]["id"])
    tell(desk, "purpose", purpose="owner_request")
    (row,) = tell(desk, "tab", tab="cameras")["cameras"]["rows"]
    tell(desk, "card", id=row["id"])

    state = tell(desk, "card_contact", id=row["id"])

    assert CANARY in json.dumps(state["card"]["contact"])
    assert "not open any more" in tell(desk, "card_contact", id="cam_0")["fault"]


def test_a_wish_to_leave_is_settled_once_the_owner_was_called(opened, door, payload):
    access.submit(payload(), language="en", registry=door)
    desk = opened()
    done = tell(desk, "accept", id=desk.view.state["queue"]["rows"][0]["id"])
    code = re.search(r"(?:[0-9A-Z]{5}-){3}[0-9A-Z]{5}", done["receipts"][0]).group()
    assert access.withdraw(code, "another@example.org", registry=door) == ()
    tell(desk, "purpose", purpose="owner_request")

    (row,) = tell(desk, "tab", tab="leaving")["leaving"]["rows"]
    assert row["what"] == "1 camera still stands"
    state = tell(desk, "reach", id=row["id"])
    assert CANARY in json.dumps(state["leaving"]["rows"][0]["contact"])
    without = dict(tell(desk, "settle", id=row["id"], verdict="withdrawn", note=" "))
    assert "Could not settle the wish" in without["fault"]
    told = {"id": row["id"], "verdict": "withdrawn", "note": "called 4 May"}
    state = tell(desk, "settle", **told)

    assert state["leaving"]["rows"] == []
    assert state["said"].startswith("The owner has left with 1 camera.")
    assert len(state["receipts"]) == 1
    assert len(access.cameras(BOSS, access.Purpose("planning"), registry=door)) == 0
    assert "settled already" in tell(desk, "settle", **told)["fault"]
