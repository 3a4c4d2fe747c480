"""The owner's form in Chromium: out again, and whatever goes wrong on the way."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from coveragekit import access
from tests.browser.conftest import DESK, PHONE
from tests.browser.owner_steps import (
    BOSS,
    MODERATE,
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
    """Give a function that opens a page of the form."""

    def opener(*, size=PHONE, path="", **options):
        options = {"locale": "en-US", **options}
        return open_page(form.url + path, size=size, wait_for="main h1", **options)

    return opener


def register(page):
    """Register a camera from the first step on, and give its code."""
    place(page)
    page.locator("input[name=compass][value=s]").check()
    go_on(page, "camera")
    describe(page)
    fill_people(page)
    page.locator("input[name=wants][value=register]").check()
    page.locator("#agreed").check()
    go_on(page, "sign")
    sign(page)
    return page.locator("#code").inner_text()


def accept(door, code):
    """Let the agency accept what was sent."""
    (sent,) = [one for one in submissions(door) if one.receipt == code]
    access.accept_submission(
        BOSS, MODERATE, sent.submission_id, revision=sent.revision, registry=door
    )


def leave(page, code, contact):
    """Give code and contact, and wait for what the form says."""
    page.locator("#receipt").fill(code)
    page.locator("#contact").fill(contact)
    page.locator("button.first").click()


WORDS = {
    "en-US": ("You have left", "Nothing was found for these", "receipts.txt"),
    "es-MX": ("Usted se retiró", "No se encontró nada con estos", "recibos.txt"),
}


@pytest.mark.parametrize(
    ("language", "scheme", "size"),
    [("en-US", "light", PHONE), ("es-MX", "dark", PHONE), ("es-MX", "light", DESK)],
)
def test_an_owner_leaves_and_has_the_receipt_in_hand(
    start, form, door, language, scheme, size
):
    left, nothing, file = WORDS[language]
    page = start(path="register/where", size=size, locale=language, color_scheme=scheme)
    code = register(page)
    accept(door, code)
    page.goto(f"{form.url}withdraw")
    check(page)

    other = "1" if code[-1] != "1" else "0"
    leave(page, code[:-1] + other, "404 555 0123")
    expect(page.get_by_role("alert")).to_contain_text(nothing)
    expect(page.locator("#reach")).to_contain_text("404 555 0100")
    expect(page.locator("#receipt")).to_have_value(code[:-1] + other)
    check(page)
    leave(page, code.lower().replace("-", " "), "+1 (404) 555-0123")

    expect(page.locator("h1")).to_have_text(left)
    receipt = page.locator(".slip")
    expect(receipt).to_have_count(1)
    expect(receipt.locator("h2")).to_have_text("12 Oak Street")
    expect(receipt.locator("pre")).to_contain_text(re.compile(r"[0-9A-Z]{5}-"))
    expect(page.locator("#print")).to_be_visible()
    check(page)
    with page.expect_download() as download:
        page.locator("a.button.first").click()
    assert download.value.suggested_filename == file
    text = Path(download.value.path()).read_text("utf-8")
    assert text.strip() == receipt.locator("pre").inner_text().strip()
    page.reload()
    expect(page.locator("h1")).to_have_text(left)


def tab_to(page, name):
    """Press Tab until the focus is where it should be, as an owner would."""
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate(
            "name => [document.activeElement.name, document.activeElement.id,"
            " document.activeElement.className].includes(name)",
            name,
        ):
            return
    pytest.fail(f"Tab does not lead to {name}")


def test_with_the_keyboard_alone_one_registers_and_leaves(start, form, door):
    page = start(size=DESK, path="register/where")

    def next_step(path):
        tab_to(page, "button first")
        page.keyboard.press("Enter")
        expect(page).to_have_url(re.compile(rf"/{path}$"))
        expect(page.locator("h1")).to_be_visible()

    tab_to(page, "q")
    page.keyboard.type("12 oak")
    listed(page, "12 oak")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator("#address")).to_have_value("12 Oak Street")
    expect(page.locator("[data-map]")).to_have_attribute("data-near", "told")
    tab_to(page, "site_kind")
    page.keyboard.press("Space")
    next_step("aim")
    tab_to(page, "handle unset")
    page.keyboard.press("ArrowRight")
    expect(page.locator(".handle")).to_have_attribute("aria-valuenow", "5")
    next_step("camera")
    for name in ("kind", "height", "width"):
        tab_to(page, name)
        page.keyboard.press("Space")
        expect(page.locator(f"input[name={name}]").first).to_be_checked()
    next_step("people")
    for name, typed in (
        ("retention_days", "14"),
        ("owner_name", "Corner Café LLC"),
        ("owner_kind", " "),
        ("contact_name", "Ana Ruiz"),
        ("email", "ana@example.org"),
        ("signer_capacity", " "),
    ):
        tab_to(page, name)
        page.keyboard.type(typed)
    next_step("consent")
    tab_to(page, "wants")
    page.keyboard.press("Space")
    tab_to(page, "agreed")
    page.keyboard.press("Space")
    next_step("sign")
    tab_to(page, "signer")
    page.keyboard.type("Ana Ruiz")
    tab_to(page, "true")
    page.keyboard.press("Space")
    next_step("receipt")
    code = page.locator("#code").inner_text()
    accept(door, code)

    page.goto(f"{form.url}withdraw")
    tab_to(page, "receipt")
    page.keyboard.type(code)
    tab_to(page, "contact")
    page.keyboard.type("ana@example.org")
    page.keyboard.press("Enter")

    expect(page.locator("h1")).to_have_text("You have left")
    tab_to(page, "button first")


def test_without_scripts_one_registers_and_leaves(start, form, door):
    page = start(path="register/where", java_script_enabled=False)
    expect(page.get_by_text("The form works all the same")).to_be_visible()
    page.locator("#q").fill("12 oak")
    page.get_by_role("button", name="Search").click()
    page.get_by_role("button", name="Use this place").click()
    expect(page.locator("#address")).to_have_value("12 Oak Street")
    page.locator("input[name=site_kind][value=business]").check()
    go_on(page, "aim")
    page.locator("input[name=compass][value=s]").check()
    go_on(page, "camera")
    describe(page)
    fill_people(page)
    page.locator("input[name=wants][value=register]").check()
    page.locator("#agreed").check()
    go_on(page, "sign")
    sign(page)
    code = page.locator("#code").inner_text()
    accept(door, code)
    page.goto(f"{form.url}withdraw")
    leave(page, code, "ana@example.org")

    expect(page.locator("h1")).to_have_text("You have left")
    expect(page.get_by_role("link", name="Save as a text file")).to_be_visible()
    expect(page.locator("#print")).to_be_hidden()


def test_after_refused_steps_the_way_back_leads_over_pages(start):
    page = start(path="register/where", **TOUCH)
    place(page)
    for _ in range(2):
        page.locator("button.first").click()
        expect(page.get_by_role("alert")).to_be_visible()
    page.locator("input[name=compass][value=s]").check()
    go_on(page, "camera")

    for path in ("aim", "where"):
        for _ in range(4):
            if page.url.endswith(path):
                break
            assert page.go_back() is not None
            expect(page.locator("h1")).to_be_visible()
        expect(page).to_have_url(re.compile(rf"/{path}$"))


def test_a_second_tap_on_a_slow_line_registers_and_leaves_once(start, form, door):
    page = start(path="register/where")
    place(page)
    page.locator("input[name=compass][value=s]").check()
    go_on(page, "camera")
    describe(page)
    fill_people(page)
    page.locator("input[name=wants][value=register]").check()
    page.locator("#agreed").check()
    go_on(page, "sign")
    before = len(submissions(door))
    line = page.context.new_cdp_session(page)
    line.send("Network.enable")
    slow = {"latency": 400, "downloadThroughput": 20_000, "uploadThroughput": 20_000}
    line.send("Network.emulateNetworkConditions", {"offline": False, **slow})
    page.locator("#signer").fill("Ana Ruiz")
    page.locator("#true").check()

    page.locator("form[data-step=sign] button.first").dblclick()
    expect(page).to_have_url(re.compile("/receipt$"))

    assert len(submissions(door)) == before + 1
    code = page.locator("#code").inner_text()
    page.goto(f"{form.url}withdraw")
    page.locator("#receipt").fill(code)
    page.locator("#contact").fill("ana@example.org")
    page.locator("button.first").dblclick()
    expect(page.locator("h1")).to_have_text("You have left")
    expect(page.locator(".slip")).to_contain_text("had not been accepted yet")


def test_what_was_wrong_is_no_longer_said_once_it_is_mended(start):
    page = start(path="register/where", **TOUCH)
    page.locator("button.first").click()
    alert = page.locator("#faults")
    expect(alert.locator("li")).to_have_count(3)

    search(page, "12 oak", "12 Oak Street")
    expect(page.locator("#address-fault")).to_have_count(0)
    expect(page.locator("#pin .fault")).to_have_count(0)
    expect(alert.locator("li")).to_have_count(1)
    expect(page.locator("[data-map]")).to_have_attribute("data-near", "told")
    page.locator("input[name=site_kind][value=home]").check()

    expect(alert).to_have_count(0)
    expect(page.locator(".fault")).to_have_count(0)


def test_of_a_street_the_house_number_is_offered_and_the_wall_asked_for(start):
    page = start(path="register/where")
    page.locator("#q").press_sequentially("oak street")
    listed(page, "oak street")
    page.get_by_role("option").filter(has_text="street").first.click()
    expect(page.locator("#address")).to_have_value("Oak Street")
    line = page.locator(".mapbox .say")
    expect(line).to_contain_text("drag the pin onto its wall")

    page.get_by_role("button", name="Take 12 Oak Street as the address").click()

    expect(page.locator("#address")).to_have_value("12 Oak Street")
    expect(page.locator("#offer")).to_be_hidden()
    search(page, "corner", "Corner Café")
    expect(line).to_have_text("Pin near 12 Oak Street")


def test_a_further_camera_that_was_begun_by_mistake_is_dropped(start):
    page = start(path="register/where")
    place(page)
    page.locator("input[name=compass][value=s]").check()
    go_on(page, "camera")
    describe(page)
    fill_people(page)
    page.locator("input[name=wants][value=register]").check()
    page.locator("#agreed").check()
    go_on(page, "sign")

    page.get_by_role("button", name="Add another camera").click()
    expect(page).to_have_url(re.compile("/where$"))
    page.get_by_role("button", name="Do not add this camera").click()

    expect(page).to_have_url(re.compile("/sign$"))
    expect(page.locator("section.summary")).to_have_count(2)


def test_a_receipt_is_printed_black_on_white_also_from_a_dark_page(start, form, door):
    page = start(path="register/where", color_scheme="dark")
    code = register(page)
    accept(door, code)
    page.goto(f"{form.url}withdraw")
    leave(page, code, "ana@example.org")
    expect(page.locator("h1")).to_have_text("You have left")

    page.emulate_media(media="print", color_scheme="dark")

    slip = page.locator(".slip")
    expect(slip).to_have_css("background-color", "rgb(255, 255, 255)")
    expect(slip.locator("pre")).to_have_css("color", "rgb(0, 0, 0)")
    expect(page.locator("footer")).to_be_hidden()
    expect(page.locator("#print")).to_be_hidden()
