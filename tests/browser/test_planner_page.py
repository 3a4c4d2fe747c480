"""The planner in Chromium at a desk: what it opens with, how it looks, its keys."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from coveragekit.maps.figures import percent
from tests.browser.conftest import wait_until_drawn
from tests.browser.helpers import map_box, serious_faults, settled, value

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.slow]

# Names every control as a browser would, near enough for what the page is made of.
NAMELESS = """() => [...document.querySelectorAll(
    'button, input, select, textarea, a[href], summary, [role=button], [tabindex="0"]')]
  .filter((node) => node.offsetParent !== null || node.matches('input[type=radio]'))
  .filter((node) => !(node.closest('[aria-hidden=true]') && node.tabIndex < 0))
  .filter((node) => !(
    node.getAttribute('aria-label') || node.getAttribute('title') ||
    node.textContent.trim() ||
    (node.labels && [...node.labels].some((label) => label.textContent.trim()))))
  .map((node) => node.outerHTML.slice(0, 200))"""

CLIPPED = """() => [...document.querySelectorAll(
    '.ck-segments span, .ck-figure, .ck-caption, .ck-gap-table td, .ck-button,' +
    '.ck-select, .ck-tool')]
  .filter((node) => node.clientWidth > 0 && node.checkVisibility())
  .filter((node) => node.scrollWidth > node.clientWidth + 1 ||
    node.getBoundingClientRect().right > innerWidth)
  .map((node) => node.outerHTML.slice(0, 160))"""

TEXT_FAINT = """() => {
  const rgb = (text) => text.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b].map((c) => c / 255)
    .map((c) => (c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const ground = (node) => {
    for (let at = node; at; at = at.parentElement) {
      const colour = rgb(getComputedStyle(at).backgroundColor);
      if (colour.length < 4 || colour[3] === 1) return colour;
    }
    return [255, 255, 255];
  };
  const faint = [];
  for (const node of document.querySelectorAll('.ck-app *')) {
    const own = [...node.childNodes].some((c) => c.nodeType === 3 && c.data.trim());
    if (!own || !node.checkVisibility() || node.clientWidth < 2) continue;
    if (node.closest('.ck-aside, svg, :disabled')) continue;
    const [a, b] = [light(rgb(getComputedStyle(node).color)), light(ground(node))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) faint.push([ratio.toFixed(2), node.outerHTML.slice(0, 140)]);
  }
  return faint;
}"""


@pytest.fixture(scope="module")
def shares(town) -> dict:
    return town.results().summary["shares"]


def test_the_page_opens_with_its_headline_numbers(desk: Page, shares) -> None:
    expect(desk).to_have_title(re.compile("Simulated city .*: coverage"))
    expect(desk.locator(".ck-header h1")).to_contain_text("Simulated city")
    expect(desk.locator(".ck-badge")).to_have_text("simulated")
    expect(desk.locator(".ck-user")).to_have_text("Kim Tester, planner")
    settled(desk)
    for share in ("street_length", "incidents", "area", "calls"):
        expect(value(desk, share)).to_have_text(percent(shares[share]["value"]))
    assert desk.evaluate("__ck.points") == 48
    assert desk.evaluate("__ck.failed") == 0


def test_the_map_is_painted_and_asks_for_no_file(desk: Page) -> None:
    assert desk.locator("img.ck-tile-picture").count() > 4
    expect(desk.locator(".leaflet-control-attribution")).to_contain_text("simulated")
    kinds = desk.locator(".ck-tile-picture").evaluate_all(
        "nodes => nodes.map((node) => node.src.split(':')[0])"
    )
    assert set(kinds) <= {"blob", "data", ""}


def test_header_rails_and_toolbar_stand_where_they_should(desk: Page) -> None:
    boxes = {
        name: desk.locator(f".ck-app > .ck-{name}").bounding_box()
        for name in ("header", "left", "map", "right")
    }
    assert boxes["header"]["height"] == 44
    assert boxes["left"]["width"] == 320
    assert boxes["right"]["width"] == 360
    assert boxes["map"]["width"] == 1280 - 320 - 360
    pressed = desk.locator(".ck-tools [aria-pressed=true]")
    expect(pressed).to_have_text("Explain")
    assert desk.locator(".ck-layers").bounding_box()["y"] < 800  # not far below


def test_the_basis_of_a_number_opens_and_closes(desk: Page) -> None:
    button = desk.get_by_role("button", name="Basis of: Street seen")
    basis = desk.locator(".ck-numbers .ck-basis", has_text="Street seen:")
    expect(basis).to_be_hidden()

    button.click()

    expect(basis).to_be_visible()
    expect(basis).to_contain_text("IEC 62676-4 edition 2014")
    expect(button).to_have_attribute("aria-expanded", "true")
    button.click()
    expect(basis).to_be_hidden()


def test_the_tables_behind_the_numbers_open(desk: Page) -> None:
    more = desk.locator(".ck-numbers details", has_text="Show as table")
    more.locator("summary").click()

    expect(more.locator("table").last).to_contain_text("Public")
    more.locator("summary").click()


def test_help_opens_with_a_key_and_lists_the_keys(desk: Page) -> None:
    desk.locator("body").press("?")
    dialog = desk.locator("dialog[open]")
    expect(dialog).to_contain_text("What the numbers mean")
    for key in ("/", "A", "W", "C", "Esc"):
        expect(dialog.locator("kbd", has_text=key).first).to_be_visible()

    desk.keyboard.press("Escape")

    expect(dialog).to_have_count(0)


def test_the_rails_fold_and_the_map_takes_their_place(desk: Page) -> None:
    before = map_box(settled(desk))["width"]

    desk.locator("body").press("l")
    expect(desk.locator(".ck-left")).to_be_hidden()
    desk.get_by_role("button", name="Numbers", exact=True).first.click()

    assert map_box(settled(desk))["width"] == pytest.approx(before + 320 + 360, abs=2)
    desk.locator("body").press("l")
    desk.locator("body").press("d")
    expect(desk.locator(".ck-numbers")).to_be_visible()


def test_the_tools_are_pressed_by_keys_and_let_go_by_escape(desk: Page) -> None:
    pressed = desk.locator(".ck-tools [aria-pressed=true]")

    desk.locator("body").press("a")
    expect(pressed).to_have_text("Draw")
    desk.keyboard.press("Escape")
    expect(pressed).to_have_text("Explain")


def test_every_control_has_a_name(desk: Page) -> None:
    assert settled(desk).evaluate(NAMELESS) == []


def test_the_page_has_a_language_one_heading_and_named_regions(desk: Page) -> None:
    assert desk.locator("html").get_attribute("lang") == "en"
    assert desk.locator(".ck-app h1").count() == 1
    regions = desk.locator(".ck-app [role=region]:visible")
    names = [one.get_attribute("aria-label") for one in regions.all()]
    assert names[:2] == ["Filters", "Layers and legend"]
    assert {"Headline numbers", "Gaps", "Charts"} <= set(names)
    ids = desk.evaluate(
        "[...document.querySelectorAll('.ck-app [id]')].map((n) => n.id)"
    )
    assert len(ids) == len(set(ids))


def test_the_tab_key_goes_through_the_page_in_reading_order(desk: Page) -> None:
    settled(desk).locator(".ck-header button").first.focus()
    order = []
    for _ in range(160):
        part = desk.evaluate(
            """() => ['ck-header', 'ck-filters', 'ck-layers', 'ck-map', 'ck-numbers',
              'ck-gaps'].find((name) => document.activeElement.closest(`.${name}`))"""
        )
        if part and (not order or order[-1] != part):
            order.append(part)
        if len(order) == 6:
            break
        desk.keyboard.press("Tab")

    assert order == [
        *("ck-header", "ck-filters", "ck-layers"),
        *("ck-map", "ck-numbers", "ck-gaps"),
    ]


def test_a_focused_control_shows_it(desk: Page) -> None:
    desk.locator(".ck-header button").first.focus()
    desk.keyboard.press("Tab")

    outline = desk.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"


def test_nothing_is_cut_off_at_the_desk(desk: Page) -> None:
    assert settled(desk).evaluate(CLIPPED) == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_page_follows_the_system_s_theme(open_page, served, theme) -> None:
    page = open_page(served.url, color_scheme=theme)

    ground = page.evaluate(
        "getComputedStyle(document.querySelector('.ck-right')).backgroundColor"
    )
    assert ground == {"light": "rgb(255, 255, 255)", "dark": "rgb(26, 32, 41)"}[theme]
    assert page.evaluate(TEXT_FAINT) == []
    assert serious_faults(page) == []


def test_the_theme_changes_by_one_attribute_is_kept_and_repaints(
    open_page, served
) -> None:
    page = open_page(served.url, color_scheme="light")
    ground = "getComputedStyle(document.querySelector('.ck-header')).backgroundColor"
    assert page.evaluate(ground) == "rgb(255, 255, 255)"
    answered = settled(page).evaluate("__ck.answered")

    page.get_by_role("button", name="Dark theme").click()

    assert page.evaluate(ground) == "rgb(26, 32, 41)"
    page.wait_for_function("before => __ck.answered > before", arg=answered)
    page.reload()
    wait_until_drawn(page)
    assert page.evaluate("document.documentElement.dataset.ckTheme") == "dark"
    assert page.evaluate(ground) == "rgb(26, 32, 41)"


def test_a_printed_page_has_numbers_and_map_and_no_controls(desk: Page) -> None:
    desk.emulate_media(media="print")

    expect(desk.locator(".ck-toolbar")).to_be_hidden()
    expect(desk.locator(".ck-filters")).to_be_hidden()
    expect(value(desk, "street_length")).to_be_visible()
    assert map_box(settled(desk))["height"] > 300
    desk.emulate_media(media="screen")
    assert "at=" in settled(desk).url
