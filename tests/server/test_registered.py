"""The form before a real registry: from empty to registered, and out again."""

from __future__ import annotations

import re
import sqlite3
from datetime import date
from decimal import Decimal

import pytest

from coveragekit import access
from coveragekit.dashboards.registry_desk.queue_words import flags_of
from coveragekit.registry import fee_plans, fees
from coveragekit.server import Registered, read_catalogue, serve_public
from tests.server.conftest import FREELY
from tests.server.corner import lonlat
from tests.server.visitor import Visitor

BOSS = access.User("Kim Tester", "administrator", "local")
DESK = access.Purpose("administration")


@pytest.fixture
def door(tmp_path, monkeypatch):
    monkeypatch.setenv("COVERAGEKIT_CHECKPOINTS", str(tmp_path / "checkpoints"))
    with access.create_registry(BOSS, tmp_path / "registry.db", sign=False) as opened:
        yield opened


@pytest.fixture
def visitor(corner, door):
    with serve_public(corner.path, Registered(door), allowed=FREELY) as form:
        yield Visitor(form.url)


def code_of(visitor):
    return visitor.get("receipt").text.partition('id="code">')[2].partition("<")[0]


def waiting(door):
    return access.list_submissions(BOSS, DESK, registry=door).rows


def test_what_an_owner_signs_waits_for_the_agency_and_becomes_a_camera(visitor, door):
    visitor.fill()
    assert visitor.sign().status == 303
    code = code_of(visitor)

    (sent,) = waiting(door)
    assert sent.receipt == code
    assert sent.language == "en"
    accepted = access.accept_submission(
        BOSS, DESK, sent.submission_id, revision=sent.revision, registry=door
    )
    cameras = access.cameras(BOSS, access.Purpose("planning"), registry=door)

    assert list(cameras["camera_id"]) == list(accepted.camera_ids)
    assert cameras["access"].iloc[0] == "registered"
    assert cameras["bearing_deg"].iloc[0] == 270.0
    assert cameras["retention_days"].iloc[0] == 14.0


def models(tmp_path):
    """Read a city's own list of models."""
    path = tmp_path / "models.csv"
    path.write_text(
        "make,model,kind,hfov_deg,width_px,height_px,cloud_only\n"
        "Acme,XY-2,dome,101,2560,1440,no\nAcme,Bell,doorbell,150,1920,1080,yes\n"
    )
    return read_catalogue(path)


def test_a_model_of_the_citys_own_list_becomes_a_camera(corner, door, tmp_path):
    own = models(tmp_path)
    with serve_public(
        corner.path, Registered(door), catalogue=own, allowed=FREELY
    ) as form:
        visitor = Visitor(form.url)
        visitor.fill(model="acme  xy-2", kind="", width="")
        page = visitor.get("register/camera")
        assert visitor.sign().to == "/receipt"

    (sent,) = waiting(door)
    access.accept_submission(
        BOSS, DESK, sent.submission_id, revision=sent.revision, registry=door
    )
    camera = access.cameras(BOSS, access.Purpose("planning"), registry=door).iloc[0]
    assert 'value="Acme Bell"' in page.text
    assert (camera["kind"], camera["hfov_deg"]) == ("dome", 101.0)
    assert (camera["width_px"], camera["height_px"]) == (2560, 1440)


def test_every_model_of_the_generic_list_can_be_registered(visitor, door):
    for number, one in enumerate(read_catalogue().models, start=1):
        visitor.fill(model=one.label)
        assert visitor.sign().to == "/receipt", one.label
        assert len(waiting(door)) == number


def test_what_only_its_makers_cloud_shows_is_registered_not_integrated(
    corner, door, tmp_path
):
    own = models(tmp_path)
    with serve_public(
        corner.path, Registered(door), catalogue=own, allowed=FREELY
    ) as form:
        visitor = Visitor(form.url)
        visitor.fill(upto="consent", model="Acme Bell")
        page = visitor.get("register/consent")
        told = {"agreed": "yes", "shown": visitor.shown}
        refused = visitor.post("register/consent", {**told, "wants": "integrate"})
        visitor.post("register/consent", {**told, "wants": "register"})
        visitor.sign()

    assert 'value="integrate"' not in page.text
    assert "Integration is not offered" in page.seen
    assert "Please choose one" in refused.seen
    (sent,) = waiting(door)
    assert sent.payload["cameras"][0]["cloud_only"] is True


def test_a_camera_that_faces_homes_is_flagged_for_the_desk(visitor, door):
    visitor.fill()
    visitor.sign()
    lon, lat = lonlat(0.0, 0.0)
    visitor.fill(lon=f"{lon:.7f}", lat=f"{lat:.7f}", bearing_deg="45.0")
    visitor.sign()

    # One looks across the street at a home, one at the shop on the corner.
    flags = [flags_of(one.payload) for one in waiting(door)]
    assert sorted(flags, key=len) == [[], ["faces homes"]]


@pytest.mark.parametrize(
    "odd",
    [
        {"retention_days": "0"},
        {"retention_days": "365,5 días"},
        {"retention_days": "3650"},
        {"phone": "+44 20 7946 0958 x12", "email": ""},
        {"phone": "", "email": "ü@ñandú.es"},
        {"contact_name": "李 明 \U0001f600", "owner_name": "O'Neill & «Søn» <b>"},
        {"model": "x" * 160, "best_time": "y" * 120, "address": "z" * 160},
        {"kind": "unknown", "height": "unknown", "width": "round"},
    ],
)
def test_what_the_form_takes_the_registry_takes_too(visitor, door, odd):
    visitor.fill(**odd)

    assert visitor.sign().to == "/receipt"
    (sent,) = waiting(door)
    access.accept_submission(
        BOSS, DESK, sent.submission_id, revision=sent.revision, registry=door
    )
    assert shown(door) == 1


def test_before_the_agency_has_decided_nothing_is_used(visitor, door):
    visitor.fill()
    visitor.sign()

    assert len(access.cameras(BOSS, access.Purpose("planning"), registry=door)) == 0


def accepted(visitor, door):
    """Register a camera and accept it; give its code."""
    visitor.fill()
    visitor.sign()
    code = code_of(visitor)
    (sent,) = waiting(door)
    access.accept_submission(
        BOSS, DESK, sent.submission_id, revision=sent.revision, registry=door
    )
    return code


def shown(door):
    return len(access.cameras(BOSS, access.Purpose("planning"), registry=door))


def test_an_owner_leaves_with_code_and_contact_at_once(visitor, door):
    code = accepted(visitor, door)
    visitor.get("withdraw")

    stranger = {"receipt": code, "contact": "someone@else.org"}
    refused = visitor.post("withdraw", stranger)
    kept = shown(door)
    page = visitor.post("withdraw", {"receipt": code, "contact": "(404) 555-0123"})
    file = visitor.get("withdraw/receipts.txt").text

    assert (kept, shown(door)) == (1, 0)
    assert "Nothing was found for these" in refused.seen
    assert "You have left with this camera" in page.seen
    assert "12 Oak Street" in page.seen
    proof = re.search(r"Code: ([0-9A-Z]{5}(?:-[0-9A-Z]{5}){3})", file)[1]
    assert proof in page.seen
    checked = access.check_receipt(BOSS, DESK, proof, registry=door)
    assert checked.is_true
    assert checked.receipt.to == "withdrawn"


@pytest.mark.parametrize(
    "typed", ["404 555 0123", "+1 (404) 555-0123", "14045550123", "404.555.0123"]
)
def test_a_phone_is_the_same_however_it_is_typed(visitor, door, typed):
    code = accepted(visitor, door)
    visitor.get("withdraw")

    page = visitor.post("withdraw", {"receipt": code.lower(), "contact": typed})

    assert "You have left with this camera" in page.seen
    assert shown(door) == 0


def test_a_right_code_with_another_contact_is_left_to_the_desk(visitor, door):
    code = accepted(visitor, door)
    visitor.get("withdraw")
    wrong = visitor.post("withdraw", {"receipt": code, "contact": "x@y.org"})
    none = visitor.post("withdraw", {"receipt": "Z" * 20, "contact": "x@y.org"})

    (task,) = access.list_leaving(BOSS, DESK, registry=door)

    assert wrong.seen.replace(code, "") == none.seen.replace("Z" * 20, "")
    assert len(task.standing) == 1
    assert shown(door) == 1


def test_who_comes_again_is_shown_the_former_receipt(visitor, corner, door):
    code = accepted(visitor, door)
    told = {"receipt": code, "contact": "ana.canary@example.org"}
    visitor.get("withdraw")
    visitor.post("withdraw", told)
    first = visitor.get("withdraw/receipts.txt").text

    with serve_public(corner.path, Registered(door), allowed=FREELY) as form:
        later = Visitor(form.url)  # a new start of the form remembers nobody
        later.get("withdraw")
        later.post("withdraw", told)

        assert later.get("withdraw/receipts.txt").text == first


def test_an_owner_takes_back_what_still_waits(visitor, door):
    visitor.fill()
    visitor.sign()
    code = code_of(visitor)
    told = {"receipt": code, "contact": "ANA.canary@example.org"}
    visitor.get("withdraw")

    page = visitor.post("withdraw", told)
    again = visitor.post("withdraw", told)

    assert waiting(door) == ()
    assert "had not been accepted yet" in page.seen
    assert "12 Oak Street" in page.seen
    assert "had not been accepted yet" in again.seen


def test_what_the_city_charges_is_quoted(visitor, door):
    plan = fees.Plan(
        "Town plan",
        "USD",
        date(2020, 1, 1),
        None,
        (fees.Tier(1, 1, Decimal("350.00"), Decimal("150.00")),),
    )
    with door.registry.write() as connection:
        fee_plans.add_plan(connection, plan, by="Kim Tester", role="administrator")
    visitor.fill(upto="consent")

    page = visitor.get("register/consent")

    assert "350.00 USD" in page.seen
    assert "Town plan" in page.seen


def test_a_registry_that_is_locked_away_loses_nothing(visitor, door, tmp_path):
    visitor.fill()
    visitor.get("register/sign")
    holder = sqlite3.connect(tmp_path / "registry.db")
    holder.execute("DROP TABLE submission")
    holder.commit()
    holder.close()

    refused = visitor.sign()

    assert "nothing was sent" in refused.seen
    assert visitor.get("register/sign").status == 200


def test_no_contact_is_in_the_audit_log(visitor, door, tmp_path):
    visitor.fill()
    visitor.sign()
    code = code_of(visitor)
    visitor.get("withdraw")
    visitor.post("withdraw", {"receipt": code, "contact": "ana.canary@example.org"})

    rows = sqlite3.connect(tmp_path / "registry.db")
    lines = rows.execute("SELECT * FROM audit_entry").fetchall()
    rows.close()

    assert len(lines) >= 3
    assert "canary" not in str(lines)
    assert "555" not in str(lines)
    assert code not in str(lines)
