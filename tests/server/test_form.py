"""The form from empty to registered, as a browser without scripts would use it."""

from __future__ import annotations

import re
import secrets
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from urllib.parse import urlencode

import pytest

from coveragekit.errors import CoverageKitError, InputError
from coveragekit.view import mercator
from tests.server.corner import HOSTILE, LAT, LON, lonlat
from tests.server.visitor import STEPS


def agree(visitor, wants):
    """Agree to the text that the page shows."""
    visitor.get("register/consent")
    told = {"wants": wants, "agreed": "yes", "shown": visitor.shown}
    return visitor.post("register/consent", told)


def test_an_owner_registers_a_camera(visitor, office):
    visitor.fill()
    answer = visitor.sign()

    assert answer.status == 303
    page = visitor.get("receipt")
    assert "CADE0-" in page.seen
    (sent,) = office.sent
    assert sent["site"]["address"] == "12 Oak Street"
    assert sent["contact"] == {
        "name": "Ana Ruiz",
        "phone": "404 555 0123",
        "email": "ana.canary@example.org",
        "best_time": "after 3 pm",
        "can_export": True,
    }
    assert sent["authority"] == {"capacity": "manager", "signer": "Ana Ruiz"}
    assert sent["text_version"].startswith("registration-v")
    assert sent["integration_wanted"] is False
    assert sent["quote"] is None
    (camera,) = sent["cameras"]
    assert camera["bearing_deg"] == 270.0
    assert camera["hfov_deg"] == 95.0
    assert camera["mount_height_m"] == 2.6
    assert camera["retention_days"] == 14.0
    assert "tilt_deg" in camera["assumed"]
    # It looks across the street at the 40 m of a home; of the house with a business
    # some 3.3 m are in view.
    assert camera["faces_homes_share"] == pytest.approx(40.0 / 43.3, abs=0.03)


def test_in_spanish_the_spanish_text_is_agreed_to(visitor, office):
    visitor.language = "es-MX"
    visitor.fill()

    page = visitor.get("register/sign")
    visitor.sign()

    assert "Revisar y firmar" in page.seen
    assert office.sent[0]["language"] == "es"
    assert "Gracias" in visitor.get("receipt").seen


def test_the_language_can_be_changed_on_the_way(visitor):
    visitor.fill(upto="people")

    answer = visitor.get("language/es?to=register%2Fpeople")
    page = visitor.get("register/people")

    assert answer.to == "/register/people"
    assert 'lang="es"' in page.text
    assert "A quién" in page.seen or "a quién" in page.seen


@pytest.mark.parametrize("to", ["//evil.example", "https://evil.example", "../x", ""])
def test_the_language_switch_leads_nowhere_else(visitor, to):
    assert visitor.get(f"language/es?to={to}").to == "/"


def test_wanting_integration_sends_the_quote_that_was_shown(visitor, office):
    visitor.fill(upto="consent")
    page = visitor.get("register/consent")
    agree(visitor, "integrate")
    visitor.sign()

    assert "350.00 USD" in page.seen
    assert office.sent[0]["integration_wanted"]
    assert office.sent[0]["quote"]["yearly"] == "150.00"
    assert "offer" in visitor.get("receipt").seen


def test_a_text_in_another_language_has_to_be_read_first(visitor, office):
    visitor.fill(upto="consent")
    visitor.get("register/consent")
    visitor.get("language/es")

    told = {"wants": "register", "agreed": "yes", "shown": visitor.shown}
    page = visitor.post("register/consent", told)

    assert "Este texto cambió" in page.seen
    assert "Registrar una cámara" in page.seen


def test_a_text_that_is_new_since_it_was_agreed_to_has_to_be_read(
    visitor, office, monkeypatch
):
    visitor.fill()
    visitor.get("register/sign")
    older = office.text

    def newer(kind, language):
        return replace(older(kind, language), version="registration-v99")

    monkeypatch.setattr(office, "text", newer)
    answer = visitor.sign()

    assert answer.to == "/register/consent"
    assert office.sent == []


def test_a_quote_says_from_when_its_prices_hold(visitor, office):
    visitor.fill(upto="consent")
    page = visitor.get("register/consent")
    before, office.plan = office.plan, replace(office.plan, until=date(2027, 12, 31))
    ending = visitor.get("register/consent?lang=es")
    agree(visitor, "integrate")
    visitor.sign()
    office.plan = before

    assert "These prices hold since January 2, 2026" in page.seen
    assert "This is an example" not in page.seen
    assert "del 2 de enero de 2026 al 31 de diciembre de 2027" in ending.seen
    assert office.sent[0]["quote"]["since"] == "2026-01-02"
    assert office.sent[0]["quote"]["example"] is False


def test_a_plan_that_is_only_an_example_is_called_one(visitor, office):
    before, office.plan = office.plan, replace(office.plan, example=True)
    visitor.fill(upto="consent")
    pages = [visitor.get("register/consent")]
    agree(visitor, "integrate")
    pages.append(visitor.get("register/sign"))
    office.plan = before

    for page in pages:
        assert "This is an example" in page.seen
        assert "It is not an offer of Corner Police" in page.seen


def test_the_signature_is_typed_by_whoever_signs(visitor, office):
    visitor.fill()
    page = visitor.get("register/sign")
    refused = visitor.post("register/sign", {"signer": "", "true": "yes"})

    field = re.search(r'<input id="signer"[^>]*>', page.text)[0]
    assert 'value=""' in field
    assert "placeholder" not in field
    assert 'autocomplete="off"' in field
    assert "Your signature: Please fill this in." in refused.seen
    assert office.sent == []


def test_signing_is_the_last_of_the_steps(visitor):
    visitor.fill()

    assert "Step 5 of 6" in visitor.get("register/consent").seen
    assert "Step 6 of 6" in visitor.get("register/sign").seen


def test_a_further_camera_that_was_begun_by_mistake_is_dropped(visitor, office):
    visitor.fill()
    visitor.get("register/sign")
    visitor.post("register/more", {})
    page = visitor.get("register/where")

    assert "Do not add this camera" in page.seen
    assert visitor.get("register/sign").to == "/register/aim"
    visitor.post("register/remove", {"camera": "1"})
    assert visitor.sign().to == "/receipt"
    assert len(office.sent[0]["cameras"]) == 1


def test_each_of_several_cameras_can_be_changed(visitor, office):
    visitor.fill()
    visitor.get("register/sign")
    visitor.post("register/more", {})
    visitor.post("register/where", STEPS["where"])
    visitor.post("register/aim", {"compass": "n"})
    visitor.post("register/camera", STEPS["camera"])
    visitor.get("register/sign")

    assert visitor.post("register/change", {"camera": "0"}).to == "/register/sign#last"
    visitor.post("register/aim", {"compass": "e", "then": "sign"})
    visitor.sign()

    assert [one["bearing_deg"] for one in office.sent[0]["cameras"]] == [0.0, 90.0]


@pytest.mark.parametrize("told", ["5", "-1", "x", ""])
def test_a_camera_that_there_is_not_cannot_be_changed(visitor, office, told):
    visitor.fill()
    visitor.get("register/sign")

    visitor.post("register/change", {"camera": told})

    assert visitor.sign().to == "/receipt"


def test_what_the_registry_never_takes_is_not_said_to_be_tried_again(
    visitor, office, monkeypatch
):
    def refuse(*_given, **_more):
        message = "the phone cannot be kept"
        raise InputError(message)

    visitor.fill()
    visitor.get("register/sign")
    monkeypatch.setattr(office, "submit", refuse)

    page = visitor.sign()

    assert "cannot take the entry as it is" in page.seen
    assert visitor.get("register/people").status == 200


@pytest.mark.parametrize("fault", [RuntimeError, KeyError])
def test_a_draft_is_never_stuck_whatever_goes_wrong(
    visitor, office, monkeypatch, fault
):
    submit = office.submit

    def fail(*_given, **_more):
        raise fault

    visitor.fill()
    visitor.get("register/sign")
    monkeypatch.setattr(office, "submit", fail)
    broken = visitor.sign()
    monkeypatch.setattr(office, "submit", submit)

    assert broken.status == 500
    assert 'href="/register/sign"' in broken.text
    assert visitor.sign().to == "/receipt"
    assert len(office.sent) == 1


def test_two_taps_that_both_fail_are_both_answered(visitor, office):
    visitor.fill()
    visitor.get("register/sign")
    office.broken = True
    given = {"signer": "Ana Ruiz", "true": "yes"}

    with ThreadPoolExecutor(6) as threads:
        taps = [
            threads.submit(visitor.ask_form, "register/sign", given) for _ in range(6)
        ]
        answers = [one.result(60) for one in taps]
    office.broken = False

    assert {(one.status, one.to) for one in answers} == {(303, "/register/sign")}
    assert visitor.sign().to == "/receipt"


def test_the_receipt_can_be_kept_as_a_file(visitor):
    assert visitor.get("receipt.txt").to == "/"
    visitor.fill()
    visitor.sign()

    file = visitor.get("receipt.txt")

    assert file.headers["Content-Disposition"] == 'attachment; filename="receipt.txt"'
    assert "Your code: CADE0-" in file.text
    assert "404 555 0100" in file.text
    assert "canary" not in file.text


def test_what_is_too_long_to_be_kept_still_leads_back_to_a_page(visitor):
    visitor.fill(upto="people")
    given = {**STEPS["people"], "email": "nonsense"}
    told = {f"f{number}": secrets.token_hex(400) for number in range(40)}

    answer = visitor.ask_form("register/people", {**given, **told})
    page = visitor.get("register/people")

    assert (answer.status, answer.to) == (303, "/register/people")
    assert "That does not look like an e-mail" in page.seen
    assert 'value="Ana Ruiz"' in page.text


def test_without_a_fee_plan_the_page_says_so(visitor, office):
    before, office.plan = office.plan, None
    visitor.fill(upto="consent")

    page = visitor.get("register/consent")

    office.plan = before
    assert "no price to show yet" in page.seen


def test_a_camera_of_its_makers_cloud_is_offered_registration_only(visitor, office):
    visitor.fill(upto="consent", cloud_only="yes")
    page = visitor.get("register/consent")
    refused = agree(visitor, "integrate")

    assert 'value="integrate"' not in page.text
    assert "Integration is not offered" in page.seen
    assert refused.status == 200
    assert "Please choose one" in refused.seen
    assert office.sent == []


def test_a_cloud_camera_that_is_added_later_takes_the_offer_back(visitor, office):
    visitor.fill(upto="consent")
    agree(visitor, "integrate")
    visitor.get("register/sign")
    visitor.post("register/more", {})
    visitor.post("register/where", STEPS["where"])
    visitor.post("register/aim", {"bearing_deg": "10"})
    visitor.post("register/camera", {**STEPS["camera"], "cloud_only": "yes"})

    answer = visitor.sign()

    assert answer.to == "/register/consent"
    assert office.sent == []


def test_several_cameras_are_sent_together(visitor, office):
    visitor.fill()
    visitor.get("register/sign")
    first = visitor.post("register/more", {})
    page = visitor.get("register/where")
    visitor.post("register/where", STEPS["where"])
    visitor.post("register/aim", {"compass": "n"})
    visitor.post("register/camera", STEPS["camera"])
    visitor.get("register/sign")
    visitor.sign()

    assert first.to == "/register/where"
    assert 'value="12 Oak Street"' in page.text
    assert [one["bearing_deg"] for one in office.sent[0]["cameras"]] == [270.0, 0.0]


def test_a_camera_can_be_taken_out_but_not_the_last(visitor, office):
    visitor.fill()
    visitor.get("register/sign")
    visitor.post("register/more", {})
    for step in ("where", "aim", "camera"):
        visitor.post(f"register/{step}", STEPS[step])

    visitor.post("register/remove", {"camera": "0"})
    visitor.post("register/remove", {"camera": "0"})
    visitor.sign()

    assert len(office.sent[0]["cameras"]) == 1


def test_nothing_is_lost_when_a_page_is_opened_again(visitor):
    visitor.fill(upto="consent")

    for _ in range(2):
        page = visitor.get("register/people")
        assert 'value="ana.canary@example.org"' in page.text
        assert 'value="14"' in page.text


def test_a_step_cannot_be_jumped_to(visitor):
    assert visitor.get("register/sign").to == "/register/where"
    assert visitor.get("register/consent").to == "/register/where"
    visitor.fill(upto="camera")
    assert visitor.get("register/people").to == "/register/camera"
    assert visitor.post("register/consent", STEPS["consent"]).to == "/register/camera"


def test_a_pin_that_is_moved_has_to_be_aimed_again(visitor):
    visitor.fill(upto="people")
    lon, lat = lonlat(-9.9, 30.0)
    moved = {**STEPS["where"], "lon": str(lon), "lat": str(lat), "then": "sign"}

    assert visitor.post("register/where", moved).to == "/register/aim"


def test_what_is_changed_from_the_summary_leads_back_to_it(visitor):
    visitor.fill()
    page = visitor.get("register/people?then=sign")
    changed = {**STEPS["people"], "retention_days": "30", "then": "sign"}

    assert 'name="then" value="sign"' in page.text
    assert visitor.post("register/people", changed).to == "/register/sign"
    assert "30 days" in visitor.get("register/sign").seen


def test_what_is_wrong_is_said_beside_its_field_and_nothing_typed_is_lost(visitor):
    visitor.fill(upto="people")
    given = {**STEPS["people"], "email": "nonsense", "phone": "12"}

    page = visitor.post("register/people", given)

    assert page.status == 200
    assert 'href="#email"' in page.text
    assert 'id="email-fault"' in page.text
    assert "E-mail: That does not look like an e-mail address." in page.seen
    assert 'value="nonsense"' in page.text
    assert 'value="Ana Ruiz"' in page.text


def test_without_scripts_a_place_is_searched_chosen_and_used(visitor):
    visitor.get("register/where")
    found = visitor.post("register/where", {"do": "find", "q": "elm & oak"})
    used = visitor.post(
        "register/where", {"do": "use", "q": "elm & oak", "pick": "0", "side": "n"}
    )

    assert "Elm Avenue &amp; Oak Street" in found.text
    lat = float(re.search(r'name="lat" value="([^"]+)"', used.text)[1])
    lon = float(re.search(r'name="lon" value="([^"]+)"', used.text)[1])
    assert lon == pytest.approx(LON, abs=1e-6)
    assert (lat - LAT) * 111_320 == pytest.approx(9.0, abs=0.2)
    assert 'value="Elm Avenue &amp; Oak Street"' in used.text


def test_a_search_without_scripts_that_finds_nothing_says_so(visitor):
    visitor.get("register/where")

    page = visitor.post("register/where", {"do": "find", "q": "nowhere at all"})

    assert "Nothing found with that name" in page.seen


def test_scripts_find_places(visitor):
    visitor.get("register/where")

    found = visitor.call("search", {"q": "12 oak"}).json

    assert found[0]["address"] == "12 Oak Street"
    assert found[0]["what"] == "business"


def test_scripts_are_shown_the_true_view(visitor):
    visitor.get("register/where")
    lon, lat = lonlat(0.0, 0.0)

    seen = visitor.call(
        "view", {"lon": lon, "lat": lat, "bearing_deg": 45, "kind": "dome"}
    ).json

    assert seen["street"] in {"Oak Street", "Elm Avenue"}
    assert seen["mount"] == "open"
    (ring,) = seen["rings"]
    corners = [
        (seen["foot"][0] + x / 2**30, seen["foot"][1] + y / 2**30) for x, y in ring
    ]
    degrees = mercator.to_lonlat(corners)
    assert degrees[:, 0].max() > lonlat(60.0, 0.0)[0]
    # Behind it, to the south, it sees nothing; at 98 degrees a little to the west.
    assert degrees[:, 0].min() > lonlat(-12.0, 0.0)[0]
    assert degrees[:, 1].min() > lonlat(0.0, -12.0)[1]


def test_a_view_from_outside_or_inside_a_house_is_told(visitor):
    visitor.get("register/where")
    far, within = lonlat(2000.0, 0.0), lonlat(30.0, 30.0)

    outside = visitor.call("view", {"lon": far[0], "lat": far[1]}).json
    inside = visitor.call("view", {"lon": within[0], "lat": within[1]}).json

    assert "outside" in outside["say"]
    assert outside["fault"]
    assert "rings" not in outside
    assert "inside a building" in inside["say"]


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"lon": 500, "lat": 0},
        {"lon": "1", "lat": 0},
        {"lon": True, "lat": 0},
        {"lon": None, "lat": 0},
        {"lon": 1e999, "lat": 0},
        {"lon": LON, "lat": LAT, "bearing_deg": "north"},
        {"lon": LON, "lat": LAT, "bearing_deg": 1e9},
    ],
)
def test_a_view_that_cannot_be_is_refused(visitor, asked):
    visitor.get("register/where")

    assert visitor.call("view", asked).status == 400


def test_the_map_has_pictures_and_names(visitor):
    x, y = (mercator.to_merc(LON, LAT) * 2**17).astype(int).tolist()

    tile = visitor.get(f"tiles/light/2/17/{x}/{y}.png")
    names = visitor.get(f"names/17/{x // 4}/{y // 4}")

    assert tile.headers["Content-Type"] == "image/png"
    assert tile.body.startswith(b"\x89PNG")
    assert {one["text"] for one in names.json} <= {"Oak Street", "Elm Avenue"}
    assert visitor.get("tiles/light/2/9/0/0.png").status == 404
    assert visitor.get("tiles/light/3/17/0/0.png").status == 404
    assert visitor.get("names/30/0/0").status == 404


def test_sending_twice_registers_once(visitor, office):
    visitor.fill()
    visitor.get("register/sign")
    cookies = dict(visitor.cookies)
    visitor.sign()
    first = visitor.get("receipt").seen
    visitor.cookies = cookies  # the second tap, before the first was answered
    visitor.sign()

    assert len(office.sent) == 1
    assert visitor.get("receipt").seen == first


def test_what_could_not_be_saved_is_said_and_can_be_sent_again(visitor, office):
    visitor.fill()
    visitor.get("register/sign")
    office.broken = True
    refused = visitor.sign()
    office.broken = False
    again = visitor.sign()

    assert "nothing was sent" in refused.seen
    assert 'value="Ana Ruiz"' in refused.text
    assert again.to == "/receipt"
    assert len(office.sent) == 1


def test_a_receipt_is_shown_to_the_browser_that_sent_it_alone(visitor):
    assert visitor.get("receipt").to == "/"
    visitor.cookies["ck_receipt"] = "forged"
    assert visitor.get("receipt").to == "/"


def test_after_sending_the_browser_forgets_what_was_filled_in(visitor):
    visitor.fill()
    visitor.sign()

    assert "ck_draft" not in visitor.cookies
    assert visitor.get("register/people").to == "/register/where"


def test_starting_over_forgets_everything(visitor):
    visitor.fill(upto="consent")
    visitor.get()

    visitor.post("restart", {})

    assert "ck_draft" not in visitor.cookies


def test_names_that_mean_harm_are_only_names(visitor):
    page = visitor.get()
    visitor.get("register/where")
    found = visitor.post("register/where", {"do": "find", "q": "deli"})
    visitor.fill(upto="sign", contact_name='"><script>alert(1)</script>')
    summary = visitor.get("register/sign")

    assert "<town>" not in page.text
    assert "Corner &amp; Sons &lt;town&gt;" in page.text
    assert HOSTILE not in found.text
    assert HOSTILE in found.seen
    assert "<script>alert" not in summary.text


def test_the_texts_can_be_read_without_filling_anything_in(visitor):
    page = visitor.get("terms")

    assert "registration-v" in page.seen
    assert "integration-v" in page.seen


def test_an_office_that_breaks_is_no_secret_of_the_owner(visitor, office, caplog):
    visitor.fill()
    visitor.get("register/sign")
    office.broken = True
    refused = visitor.sign()

    assert "the disk is full" not in refused.text
    assert "canary" not in caplog.text
    assert CoverageKitError.__name__ in caplog.text
    reference = re.search(r"Reference ([0-9A-F]{6})", refused.seen)[1]
    assert reference in caplog.text


def test_a_refused_form_is_a_page_that_can_be_gone_back_to(visitor):
    visitor.fill(upto="people")
    visitor.get("register/people")
    body = urlencode({"_xsrf": visitor.token, **STEPS["people"], "email": "nonsense"})
    kind = {"Content_Type": "application/x-www-form-urlencoded"}

    answer = visitor.ask("POST", "register/people", body, **kind)

    assert (answer.status, answer.to) == (303, "/register/people")
    assert 'value="nonsense"' in visitor.get("register/people").text
    assert 'value="nonsense"' not in visitor.get("register/camera").text
    visitor.post("register/people", STEPS["people"])
    assert "nonsense" not in visitor.get("register/people").text
