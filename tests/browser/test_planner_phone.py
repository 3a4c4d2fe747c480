"""The planner in Chromium on a phone: one sheet, big targets, nothing needs hover."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.helpers import map_box, serious_faults, settled, value

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.slow]

TABS = ("Numbers", "Filters", "Gaps", "Place", "Layers", "Export")

SMALL = """() => [...document.querySelectorAll(
    '.ck-app button, .ck-app input, .ck-app select, .ck-app summary, .leaflet-bar a')]
  .filter((node) => node.checkVisibility() && !node.closest('svg'))
  .map((node) => [node, (node.closest('label') || node).getBoundingClientRect()])
  .filter(([, box]) => box.width > 1 && (box.height < 43.5 || box.width < 43.5))
  .map(([node, box]) => [node.outerHTML.slice(0, 120), box.width, box.height])"""

BEYOND = """() => [...document.querySelectorAll('.ck-app *')]
  .filter((node) => node.checkVisibility() && node.clientWidth > 0)
  .filter((node) => !node.closest('.leaflet-container, .ck-aside, svg'))
  .filter((node) => !node.closest('.ck-scroll, .ck-week'))
  .filter((node) => node.getBoundingClientRect().right > innerWidth + 1)
  .map((node) => node.outerHTML.slice(0, 160))"""


def _open(page: Page, tab: str) -> None:
    page.locator(".ck-tabs button", has_text=tab).tap()
    settled(page)


def test_the_map_is_on_top_and_the_rails_are_one_sheet(phone: Page) -> None:
    box = map_box(settled(phone))
    sheet = phone.locator(".ck-numbers").bounding_box()

    assert box["width"] == 390
    assert 0.5 <= box["height"] / (844 - 44) <= 0.65
    assert sheet["y"] >= box["y"] + box["height"]
    expect(phone.locator(".ck-left")).to_be_hidden()


@pytest.mark.parametrize("tab", TABS)
def test_each_tab_fits_and_has_targets_for_a_finger(phone: Page, tab) -> None:
    _open(phone, tab)

    assert phone.evaluate("document.documentElement.scrollWidth") == 390
    assert phone.evaluate(BEYOND) == []
    assert phone.evaluate(SMALL) == []
    assert serious_faults(phone) == []


def test_a_layer_of_the_end_of_the_list_can_be_reached(phone: Page) -> None:
    _open(phone, "Layers")

    box = phone.locator("li[data-layer=base] input[type=checkbox]")
    box.scroll_into_view_if_needed()

    expect(box).to_be_in_viewport()


def test_a_tap_on_the_map_opens_the_reasons(phone: Page) -> None:
    _open(phone, "Numbers")
    box = map_box(phone)

    phone.touchscreen.tap(box["x"] + 340, box["y"] + 60)

    expect(phone.locator(".ck-place h2")).to_contain_text("camera", timeout=60_000)
    tab = phone.locator(".ck-tabs button", has_text="Place")
    expect(tab).to_have_attribute("aria-pressed", "true")
    phone.locator(".ck-place").get_by_role("button", name="Close").tap()


def test_the_light_changes_the_number(phone: Page) -> None:
    _open(phone, "Numbers")
    before = value(phone, "street_length").inner_text()
    light = phone.locator(".ck-numbers").get_by_label("Light", exact=True)

    light.select_option("night")

    expect(value(phone, "street_length")).not_to_have_text(before)
    light.select_option("day")
    expect(value(settled(phone), "street_length")).to_have_text(before)


def test_a_name_is_looked_for_across_the_header(phone: Page) -> None:
    phone.get_by_role("button", name="Find by name").tap()
    phone.keyboard.type("noodles")
    found = settled(phone).locator(".ck-found li").first
    expect(found).to_contain_text("Noodles")
    found.tap()

    expect(phone.locator(".ck-camera h2")).to_contain_text("Noodles")
    tab = phone.locator(".ck-tabs button", has_text="Place")
    expect(tab).to_have_attribute("aria-pressed", "true")


def test_what_if_opens_where_it_can_be_seen(phone: Page) -> None:
    phone.locator(".ck-tools button", has_text="What-if").tap()

    expect(phone.locator(".ck-whatif")).to_be_visible()
    settled(phone)
    assert phone.evaluate(BEYOND) == []
    assert phone.evaluate(SMALL) == []
    phone.locator(".ck-tools button", has_text="Explain").tap()
    expect(phone.locator(".ck-whatif")).to_be_hidden()
