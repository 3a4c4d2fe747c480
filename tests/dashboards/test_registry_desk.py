"""The registry desk: who sees what of the queue, and what a decision does."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from coveragekit import access
from coveragekit.dashboards.registry_desk.page import RegistryDesk
from coveragekit.dashboards.registry_desk.words import (
    camera_facts,
    flags_of,
    request_row,
)
from coveragekit.dashboards.visit import Visit
from coveragekit.server.desk import Desk
from coveragekit.server.draft import Draft
from coveragekit.server.office import payload_of
from tests.server.corner import build_corner, lonlat

BOSS = access.User("Kim Tester", "administrator", "local")
KEEPING = access.Purpose("administration")
CANARY = "canary@example.org"


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
        for role in ("supervisor", "analyst", "officer", "auditor"):
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

    refused = dict(tell(desk, "contact", id=key))
    tell(desk, "purpose", purpose="owner_request")
    tell(desk, "choose", id=key)
    state = tell(desk, "contact", id=key)

    # Keeping the registry running is no reason to see how to reach somebody.
    assert "Could not show the contact" in refused["fault"]
    assert refused["chosen"]["contact"] is None
    assert ["E-mail", CANARY] in state["chosen"]["contact"]
    assert "Canary" not in str(desk._sent)
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

    assert desk._user.source == source
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
    assert [one["state"] for one in listed["rows"]] == ["registered"]
    assert listed["rows"][0]["flags"] == ["faces homes"]


def test_doubles_within_50_m_are_shown_with_their_place(opened, door, payload):
    access.submit(payload(), language="en", registry=door)
    desk = opened()
    tell(desk, "accept", id=desk.view.state["queue"]["rows"][0]["id"])
    access.submit(payload(place=(9.9, 40.0)), language="en", registry=door)
    access.submit(payload(place=(9.9, 130.0)), language="en", registry=door)
    tell(desk, "tab", tab="queue")

    chosen = [
        tell(desk, "choose", id=one["id"])["chosen"]["cameras"][0]
        for one in desk.view.state["queue"]["rows"]
    ]

    assert chosen[0]["near"][0]["words"].startswith("10 m away:")
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


@pytest.mark.parametrize("role", ["analyst", "officer", "auditor"])
def test_roles_that_may_not_moderate_see_no_queue(opened, door, payload, role):
    access.submit(payload(), language="en", registry=door)

    state = opened(role).view.state

    assert state["queue"] is None
    assert not state["moderates"]
    assert "Could not read the queue" in state["fault"]


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


def test_a_request_whose_footage_is_gone_is_not_urgent():
    from types import SimpleNamespace
    from zoneinfo import ZoneInfo

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
