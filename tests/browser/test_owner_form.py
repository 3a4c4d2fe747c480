"""The owner's form in Chromium at phone size, from empty to registered."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import DESK, PHONE
from tests.browser.helpers import serious_faults
from tests.browser.owner_steps import (
    TOUCH,
    check,
    describe,
    fill_people,
    go_on,
    listed,
    place,
    search,
    sign,
    submissions,
    the_form,
    the_registry,
)
from tests.server.corner import lonlat

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def door(tmp_path_factory):
    """Give a registry that has nothing yet."""
    with the_registry(tmp_path_factory.mktemp("registry")) as opened:
        yield opened


@pytest.fixture(scope="module")
def form(door, tmp_path_factory):
    """Serve the form of the corner."""
    with the_form(door, tmp_path_factory.mktemp("corner")) as served:
        yield served


@pytest.fixture
def start(open_page, form):
    """Give a function that opens the form's first page."""

    def opener(*, size=PHONE, path="", **options) -> Page:
        options = {"locale": "en-US", **options}
        return open_page(form.url + path, size=size, wait_for="main h1", **options)

    return opener


def drag_handle(page: Page, across: float, down: float) -> None:
    """Drag the view's handle to a place beside the middle of the map."""
    page.locator(".map").scroll_into_view_if_needed()
    handle = page.locator(".handle").bounding_box()
    middle = page.locator(".foot").bounding_box()
    assert handle
    assert middle
    x, y = middle["x"] + middle["width"] / 2, middle["y"] + middle["height"] / 2
    page.mouse.move(handle["x"] + 22, handle["y"] + 22)
    page.mouse.down()
    page.mouse.move(x + across / 2, y + down / 2)
    page.mouse.move(x + across, y + down)
    page.mouse.up()


WORDS = {
    "en": {
        "start": "Register a camera",
        "thanks": "Thank you: it is received",
        "locale": "en-US",
        "text": "Registering a camera",
    },
    "es": {
        "start": "Registrar una cámara",
        "thanks": "Gracias: lo hemos recibido",
        "locale": "es-MX",
        "text": "Registrar una cámara",
    },
}


@pytest.mark.parametrize("language", ["en", "es"])
def test_on_a_phone_an_owner_gets_from_empty_to_registered(start, door, language):
    words = WORDS[language]
    before = {one.submission_id for one in submissions(door)}
    page = start(locale=words["locale"], **TOUCH)
    expect(page.locator("html")).to_have_attribute("lang", language)
    check(page)
    page.get_by_role("link", name=words["start"], exact=True).last.click()

    place(page)

    expect(page.locator("[data-map]")).to_have_attribute("data-drawn", re.compile("."))
    drag_handle(page, -80, 0)
    expect(page.locator("input[name=bearing_deg]")).to_have_value(
        re.compile(r"^2(69|70)\.")
    )
    check(page)
    go_on(page, "camera")

    check(page)
    describe(page)
    check(page)
    fill_people(page)

    expect(page.locator(".deed h2").first).to_have_text(words["text"])
    page.locator("input[name=wants][value=register]").check()
    page.locator("#agreed").check()
    check(page)
    go_on(page, "sign")

    check(page)
    expect(page.locator("#signer")).to_have_value("")
    sign(page)
    expect(page.locator("h1")).to_have_text(words["thanks"])
    check(page)
    code = page.locator("#code").inner_text()
    (sent,) = [one for one in submissions(door) if one.submission_id not in before]
    assert sent.receipt == code
    assert sent.language == language
    assert sent.payload["cameras"][0]["bearing_deg"] == pytest.approx(270.0, abs=1.0)


def test_the_true_view_stops_at_houses(start):
    page = start(path="register/where")
    search(page, "oak & elm", "Elm Avenue & Oak Street")
    expect(page.locator("[data-map]")).to_have_attribute("data-near", "told")
    page.locator("input[name=site_kind][value=business]").check()
    go_on(page, "aim")
    page.locator("input[name=compass][value=ne]").check()

    box = page.locator("[data-map]")
    expect(box).to_have_attribute("data-drawn", "yes")
    expect(page.locator(".handle")).to_have_attribute("aria-valuenow", "45")
    # It looks at the house at the corner: the outline is bent by its walls, so it has
    # more corners than the fan of a camera in the open.
    drawn = page.locator("path.seen")
    expect(drawn).to_have_attribute("d", re.compile(r"(L[^L]+){7,}Z"))


def test_all_is_done_with_the_keyboard(start):
    page = start(size=DESK, path="register/where")
    page.locator("#q").focus()
    page.keyboard.type("12 oak")
    listed(page, "12 oak")
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("option").first).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Enter")
    expect(page.locator("#address")).to_have_value("12 Oak Street")
    lat = page.locator("input[name=lat]")
    before = float(lat.input_value())

    page.locator(".pin").focus()
    page.keyboard.press("Shift+ArrowUp")

    metres = (float(lat.input_value()) - before) * 111_320.0
    assert metres == pytest.approx(10.0, abs=0.2)
    page.locator("input[name=site_kind]").first.focus()
    page.keyboard.press("Space")
    page.locator("#site_name").press("Enter")
    expect(page).to_have_url(re.compile("/aim$"))
    page.locator(".handle").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+ArrowRight")
    handle = page.locator(".handle")
    expect(handle).to_have_attribute("aria-valuenow", "6")
    expect(handle).to_have_attribute("aria-valuetext", "Looks North, 6 degrees")
    page.keyboard.press("Escape")
    assert serious_faults(page) == []


def test_a_tap_on_the_map_sets_the_pin_and_names_the_street(start):
    page = start(path="register/where", **TOUCH)
    box = page.locator(".map").bounding_box()
    assert box

    middle = {"x": box["width"] / 2, "y": box["height"] / 2}
    page.locator(".map").tap(position={**middle, "x": middle["x"] - 60})

    # At zoom 15 a pixel is 4 m wide.
    expect(page.locator("input[name=lon]")).to_have_value(re.compile(r"^-84\.352"))
    page.reload()
    page.locator(".map").tap(position={**middle, "y": middle["y"] - 20})
    expect(page.locator("input[name=lon]")).to_have_value(re.compile(r"^-84\.350"))
    expect(page.locator("#address")).to_have_value(
        re.compile("Oak Street|Elm Avenue|12 Oak")
    )


def test_a_pin_outside_the_city_is_told_before_going_on(start):
    page = start(path="register/where")
    lon, lat = lonlat(900.0, 0.0)
    page.locator("#address").fill("Far away 1")
    page.locator("input[name=site_kind][value=home]").check()
    page.evaluate(
        "([lon, lat]) => { const { elements } = document.querySelector('[data-step]');"
        " elements.lon.value = lon; elements.lat.value = lat; }",
        [lon, lat],
    )

    page.locator("button.first").click()

    expect(page.get_by_role("alert")).to_contain_text("outside the area of this city")


def test_nothing_is_lost_when_the_page_reloads(start):
    page = start(path="register/where")
    place(page)
    page.locator("input[name=compass][value=s]").check()
    go_on(page, "camera")

    page.goto(page.url.replace("camera", "aim"))

    expect(page.locator(".handle")).to_have_attribute("aria-valuenow", "180")
    page.reload()
    expect(page.locator(".handle")).to_have_attribute("aria-valuenow", "180")


def test_without_scripts_a_camera_is_placed_and_aimed(start):
    page = start(path="register/where", java_script_enabled=False)
    expect(page.locator("[data-map]")).to_be_hidden()

    page.locator("#q").fill("elm & oak")
    page.get_by_role("button", name="Search").click()
    page.locator("#side").select_option("n")
    page.get_by_role("button", name="Use this place").click()
    page.locator("input[name=site_kind][value=business]").check()
    go_on(page, "aim")
    page.locator("input[name=compass][value=e]").check()
    go_on(page, "camera")

    expect(page.locator("h1")).to_have_text("What camera is it?")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_each_page_can_be_read_in_light_and_dark(start, scheme):
    page = start(path="register/where", color_scheme=scheme, **TOUCH)
    search(page, "12 oak", "12 Oak Street")
    tile = page.locator(".ground img").first
    expect(tile).to_have_attribute("src", re.compile(f"/tiles/{scheme}/"))
    page.locator("button.first").click()
    expect(page.get_by_role("alert")).to_be_visible()
    check(page)
    for path in ("withdraw", "terms", ""):
        page.goto(
            re.sub(r"/register/.*", f"/{path}", page.url.split("?")[0])
            if "register" in page.url
            else re.sub(r"(//[^/]+)/.*", rf"\1/{path}", page.url)
        )
        check(page)
