"""The agency's registry desk in Chromium: the queue, a decision, and what it shows."""

from __future__ import annotations

import os
import re

import pytest
from playwright.sync_api import expect

from coveragekit import access
from coveragekit.dashboards import serve_registry_desk
from coveragekit.dashboards.serving import Serving
from coveragekit.server.desk import Desk
from coveragekit.server.draft import Draft
from coveragekit.server.office import payload_of
from tests.browser.conftest import PHONE
from tests.browser.helpers import serious_faults
from tests.server.corner import build_corner, lonlat

pytestmark = pytest.mark.browser

BOSS = access.User("Kim Tester", "administrator", "local")
KEEPING = access.Purpose("administration")


def payload(desk, address, place):
    """Give what an owner sends of one camera."""
    lon, lat = lonlat(*place)
    camera = {
        "lon": lon,
        "lat": lat,
        "address": address,
        "site_name": "<img src=x onerror=alert(1)>",
        "site_kind": "business",
        "bearing_deg": 270.0,
        "kind": "dome",
        "optics": {},
    }
    people = {
        "retention_days": 14.0,
        "owner_name": "Canary Owner",
        "owner_kind": "business",
        "contact_name": "Ana Canary",
        "email": "ana@canary.example",
        "signer_capacity": "owner",
    }
    consent = {
        "wants": "register",
        "text_version": "registration-v1",
        "signer": "Ana Canary",
    }
    draft = Draft((camera,), people, consent)
    return payload_of(draft, language="en", quote=None, sight=desk.sight)


@pytest.fixture(scope="module")
def url(tmp_path_factory, log_file, chromium):
    """Serve the desk of a registry with a camera and two submissions."""
    assert log_file
    assert chromium
    folder = tmp_path_factory.mktemp("registry")
    study = build_corner(folder / "corner")
    path = str(folder / "registry.db")
    before = os.environ.get("COVERAGEKIT_CHECKPOINTS")
    os.environ["COVERAGEKIT_CHECKPOINTS"] = str(folder / "checkpoints")
    desk = Desk(study.path)
    with access.create_registry(BOSS, path, sign=False) as door:
        listed = {"name": "Sam Super", "role": "supervisor", "active": True}
        access.add_row(BOSS, KEEPING, "app_user", values=listed, registry=door)
        sent = payload(desk, "1 Oak Street", (9.9, 30.0))
        access.submit(sent, language="en", registry=door)
        (first,) = access.list_submissions(BOSS, KEEPING, registry=door).rows
        access.accept_submission(
            BOSS, KEEPING, first.submission_id, revision=first.revision, registry=door
        )
        for address, place in (
            ("2 Oak Street", (9.9, 40.0)),
            ("3 Oak Street", (9.9, 120.0)),
            ("4 Oak Street", (9.9, 200.0)),
        ):
            access.submit(payload(desk, address, place), language="en", registry=door)
    desk.close()
    serving = Serving(user="Sam Super", role="supervisor")
    with serve_registry_desk(study.path, registry=path, serving=serving) as served:
        yield served.url
    if before is None:
        del os.environ["COVERAGEKIT_CHECKPOINTS"]
    else:
        os.environ["COVERAGEKIT_CHECKPOINTS"] = before


def opened(open_page, url, **options):
    """Open the desk, and wait for its queue."""
    page = open_page(url, wait_for="[data-ck-ready]", **options)
    expect(page.locator("#loading")).to_have_count(0)
    expect(page.locator(".ck-rd-rows button").first).to_be_visible()
    return page


def test_a_submission_is_looked_at_and_refused_as_a_double(open_page, url):
    page = opened(open_page, url)
    row = page.get_by_role("button", name=re.compile("^2 Oak Street"))
    row.click()

    expect(page.locator(".ck-rd-detail h2")).to_have_text("2 Oak Street")
    expect(page.locator(".ck-rd-near li")).to_have_text(re.compile("^1: 10 m away"))
    image = page.locator(".ck-rd-map img")
    expect(image).to_be_visible()
    assert image.evaluate("image => image.decode().then(() => image.naturalWidth)") > 0
    expect(page.locator("body")).not_to_contain_text("Canary")
    assert serious_faults(page) == []
    page.get_by_role("button", name="Refuse").click()
    expect(page.locator(".ck-rd-needed")).to_contain_text("Give a reason")

    page.get_by_label("Reason, if refused").fill("it is there already")
    page.get_by_label("it is in the registry already").check()
    page.get_by_role("button", name="Refuse").click()

    expect(page.locator(".ck-rd-said")).to_contain_text("Noted as a double")
    expect(row).to_have_count(0)


def test_on_a_phone_the_desk_fits_and_its_parts_are_reached_by_keyboard(open_page, url):
    page = opened(open_page, url, size=PHONE, has_touch=True, is_mobile=True)
    wide = page.evaluate("document.documentElement.scrollWidth")
    assert wide <= PHONE["width"]
    assert serious_faults(page) == []

    page.locator("#ck-rd-tab-queue").focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator("#ck-rd-tab-leaving")).to_be_focused()
    page.keyboard.press("ArrowRight")

    expect(page.locator("#ck-rd-tab-cameras")).to_have_attribute(
        "aria-selected", "true"
    )
    expect(page.locator(".ck-rd-table tbody tr").first).to_be_visible()
    expect(page.locator(".ck-rd-table")).to_contain_text("consent is: registered")
    page.locator("#ck-rd-tab-requests").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".ck-rd-none")).to_contain_text("choose the purpose above")
    expect(page.locator(".ck-rd-banner")).to_be_hidden()
    page.get_by_label("Purpose").select_option("investigation")
    expect(page.locator(".ck-rd-none")).to_contain_text("Give the case number")
    page.get_by_label("Case number").fill("22-0187")
    page.get_by_label("Offence").fill("120")
    page.get_by_label("Offence").press("Enter")
    expect(page.locator(".ck-rd-none")).to_have_text("No request for footage is open.")
    assert serious_faults(page) == []


def test_a_contact_appears_only_when_asked_for(open_page, url):
    page = opened(open_page, url, color_scheme="dark")
    page.get_by_label("Purpose").select_option("owner_request")
    page.get_by_role("button", name=re.compile("^3 Oak Street")).click()
    expect(page.locator(".ck-rd-detail h2")).to_have_text("3 Oak Street")
    expect(page.locator(".ck-rd-detail")).not_to_contain_text("Canary")
    assert serious_faults(page) == []

    page.get_by_role("button", name="Show the contact").click()

    expect(page.locator(".ck-rd-detail")).to_contain_text("ana@canary.example")


def test_receipts_are_shown_once_and_stand_alone_on_paper(open_page, url):
    page = opened(open_page, url)
    page.get_by_role("button", name=re.compile("^4 Oak Street")).click()
    expect(page.locator(".ck-rd-detail h2")).to_have_text("4 Oak Street")

    page.get_by_role("button", name="Accept: register").click()

    receipt = page.locator(".ck-rd-receipts pre")
    expect(receipt).to_have_count(1)
    expect(receipt).to_contain_text(re.compile("([0-9A-Z]{5}-){3}[0-9A-Z]{5}"))
    expect(page.get_by_role("button", name="Print the receipt")).to_be_visible()
    assert serious_faults(page) == []
    page.emulate_media(media="print")
    expect(receipt).to_be_visible()
    for other in (".ck-rd-bar", ".ck-rd-main", ".ck-header", ".ck-rd-said"):
        expect(page.locator(other)).to_be_hidden()
    page.emulate_media(media="screen")
    page.get_by_role("button", name="Handed over: close").click()
    expect(receipt).to_have_count(0)
    expect(page.locator(".ck-rd-receipts")).to_be_hidden()


def test_a_camera_opens_as_a_card_that_says_what_may_be_done(open_page, url):
    page = opened(open_page, url, color_scheme="dark")
    page.locator("#ck-rd-tab-cameras").click()
    page.get_by_label("Name, address or owner").fill("1 oak")
    page.get_by_label("Name, address or owner").press("Enter")
    expect(page.locator(".ck-rd-table tbody tr")).to_have_count(1)

    page.get_by_role("button", name="1 Oak Street").click()

    card = page.locator(".ck-rd-detail")
    expect(card.locator("h2")).to_have_text("1 Oak Street")
    expect(card).to_contain_text("Registered. The owner may be asked for footage.")
    expect(card.locator(".ck-rd-events li")).to_contain_text(
        "nothing to registered, by the owner"
    )
    expect(card).to_contain_text("choose the purpose above")
    assert serious_faults(page) == []
    page.get_by_role("button", name="Close the camera").click()
    expect(card).to_be_hidden()
