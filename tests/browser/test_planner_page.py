"""The planner in Chromium, at a desk and on a phone."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.dashboards.fixture_study import HOSTILE_IMAGE, HOSTILE_SCRIPT

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

pytestmark = [pytest.mark.browser, pytest.mark.slow]

# Names every control as a browser would, near enough for what the page is made of.
NAMELESS = """() => [...document.querySelectorAll(
    'button, input, select, textarea, a[href], summary, [role=button], [tabindex="0"]')]
  .filter((node) => node.offsetParent !== null || node.matches('input[type=radio]'))
  .filter((node) => !(
    node.getAttribute('aria-label') || node.getAttribute('title') ||
    node.textContent.trim() ||
    (node.labels && [...node.labels].some((label) => label.textContent.trim()))))
  .map((node) => node.outerHTML.slice(0, 200))"""

CLIPPED = """() => [...document.querySelectorAll(
    '.ck-segments span, .ck-figure, .ck-caption, .ck-gap-table td, .ck-button,' +
    '.ck-select, .ck-bars, .ck-axis')]
  .filter((node) => node.clientWidth > 0)
  .filter((node) => node.scrollWidth > node.clientWidth + 1 ||
    node.getBoundingClientRect().right > innerWidth)
  .map((node) => node.textContent)"""

SMALL = """() => [...document.querySelectorAll(
    '.ck-app button, .ck-app input, .ck-app select, .ck-app summary, .leaflet-bar a')]
  .filter((node) => node.offsetParent !== null)
  .map((node) => [node, (node.closest('label') || node).getBoundingClientRect()])
  .filter(([, box]) => box.width > 0 && (box.height < 43.5 || box.width < 43.5))
  .map(([node, box]) => [node.outerHTML.slice(0, 120), box.width, box.height])"""


def _value(page: Page, share: str) -> Locator:
    return page.locator(f"[data-share={share}] .ck-value")


def _choose_tier(page: Page, label: str) -> None:
    page.locator(".ck-numbers .ck-segments label", has_text=label).click()


def _middle_of_map(page: Page) -> tuple[float, float]:
    box = page.locator(".leaflet-container").bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def test_the_page_opens_with_its_headline_numbers(desk: Page) -> None:
    expect(desk).to_have_title("Testville: coverage")
    expect(desk.locator(".ck-header h1")).to_have_text("Testville")
    expect(desk.locator(".ck-badge")).to_have_text("simulated")
    expect(desk.locator(".ck-user")).to_have_text("Kim Tester, planner")
    expect(_value(desk, "street_length")).to_have_text("38 %")
    street = desk.locator("[data-share=street_length]")
    expect(street.locator(".ck-interval")).to_have_text("(34-41)")
    incidents = desk.locator("[data-share=incidents]")
    expect(incidents.locator(".ck-beside")).to_have_text("nominal 30 %, naive 41 %")
    expect(incidents.locator(".ck-also")).to_have_text("at the time 27 %, as given")
    warning = desk.locator(".ck-warnings summary")
    expect(warning).to_have_text("2 things to know about these data")
    assert desk.locator("path.ck-camera").count() == 10
    assert desk.locator("path.ck-gap").count() == 5


def test_a_click_on_a_tier_changes_the_number_and_tells_it(desk: Page) -> None:
    _choose_tier(desk, "+ integrated")

    expect(_value(desk, "street_length")).to_have_text("24 %")
    expect(desk.locator(".ck-numbers [aria-live=polite]")).to_contain_text(
        "Counting public + integrated, by day, as designed: Street seen 24 %"
    )
    expect(desk.locator("path.ck-camera")).to_have_count(6)

    _choose_tier(desk, "+ registered")
    expect(_value(desk, "street_length")).to_have_text("38 %")
    expect(desk.locator("path.ck-camera")).to_have_count(10)


def test_light_and_state_change_the_numbers_from_the_keyboard(desk: Page) -> None:
    light = desk.locator(".ck-header").get_by_label("Light")
    light.focus()

    desk.keyboard.press("ArrowDown")

    expect(_value(desk, "street_length")).to_have_text("15 %")
    expect(desk.locator(".ck-numbers [aria-live=polite]")).to_contain_text(
        "by night, as designed: Street seen 15 %"
    )
    expect(desk.locator(".ck-numbers .ck-note")).to_contain_text("map stay by day")
    desk.locator(".ck-header").get_by_label("Cameras taken as").select_option("now")
    expect(_value(desk, "street_length")).to_have_text("9.5 %")
    expect(desk.locator(".ck-numbers .ck-note")).to_contain_text("map stay by day")
    light.select_option("day")
    expect(_value(desk, "street_length")).to_have_text("23 %")
    assert desk.locator("path[class*=-offline]").count() == 6
    desk.locator(".ck-header").get_by_label("Cameras taken as").select_option(
        "designed"
    )
    expect(_value(desk, "street_length")).to_have_text("38 %")


def test_the_hours_are_bars_from_zero_with_a_table_behind(desk: Page) -> None:
    hours = desk.get_by_role("region", name="Seen by hour")
    desk.get_by_role("button", name="By hour of the week").click()
    expect(hours.locator(".ck-shares i")).to_have_count(24)
    expect(hours.locator(".ck-shares b")).to_have_text(["15 %", "34 %"])
    low, high = (hours.locator(".ck-shares i").nth(i).bounding_box() for i in (0, 6))
    assert low["height"] / high["height"] == pytest.approx(0.5 / 1.15, abs=0.03)
    assert low["y"] + low["height"] == pytest.approx(high["y"] + high["height"], abs=1)

    hours.get_by_label("Day of the week").select_option("Sunday")
    hours.locator("label", has_text="Calls").click()
    hours.locator("summary").click()

    assert (
        hours.get_by_role("img")
        .get_attribute("aria-label")
        .startswith("Calls seen, as given, Sunday: least at 00:00")
    )
    rows = hours.locator("tbody tr")
    expect(rows).to_have_count(24)
    expect(rows.nth(4)).to_have_text(re.compile(r"04:00\s*none\s*0$"))
    hours.locator("summary").click()


def test_a_low_bar_s_number_is_readable_between_high_bars(desk: Page) -> None:
    looks = desk.locator(".ck-shares b").first.evaluate(
        "node => [getComputedStyle(node).backgroundColor,"
        " getComputedStyle(node.closest('.ck-right')).backgroundColor]"
    )

    assert looks[0] == looks[1] != "rgba(0, 0, 0, 0)"


def test_the_basis_of_hours_gaps_and_worth_opens(desk: Page) -> None:
    for name, words in (
        ("Seen by hour", "as given: by the cameras in service then"),
        ("Gaps", "Gaps: ground that no counted camera may see"),
        ("Worth of the cameras", "Concentration: 90% interval over places"),
    ):
        region = desk.get_by_role("region", name=name)
        button = region.locator(".ck-info").first
        button.click()
        expect(button).to_have_attribute("aria-expanded", "true")
        expect(region.locator(".ck-basis").first).to_contain_text(words)
        button.click()
        expect(region.locator(".ck-basis").first).to_be_hidden()


def test_the_table_of_concentration_fits_beside_the_map(desk: Page) -> None:
    worth = desk.get_by_role("region", name="Worth of the cameras")
    worth.locator("summary").click()

    table = worth.locator("table").first.bounding_box()
    rail = desk.locator(".ck-right").bounding_box()
    assert table["x"] + table["width"] <= rail["x"] + rail["width"] - 12
    expect(worth.locator("tbody tr").nth(4).locator("td").last).to_have_attribute(
        "colspan", "3"
    )
    worth.locator("summary").click()


def test_the_cameras_that_matter_most_are_listed_and_found(desk: Page) -> None:
    worth = desk.get_by_role("region", name="Worth of the cameras")
    expect(worth).to_contain_text("1.80 times (1.53-2.16) as often as street")

    worth.get_by_role("button", name="Town hall").click()

    expect(desk.locator(".ck-popup h3")).to_have_text("Town hall")
    expect(desk.locator("path.ck-selected-view")).to_have_count(1)
    desk.locator(".leaflet-popup-close-button").click()


def test_the_tiers_can_be_chosen_with_the_arrow_keys(desk: Page) -> None:
    desk.locator(".ck-numbers .ck-segments input:checked").focus()

    desk.keyboard.press("ArrowLeft")

    expect(_value(desk, "street_length")).to_have_text("24 %")
    desk.keyboard.press("ArrowRight")
    expect(_value(desk, "street_length")).to_have_text("38 %")


def test_the_basis_of_a_number_opens_and_closes(desk: Page) -> None:
    button = desk.get_by_role("button", name="Basis of: Street seen")
    basis = desk.locator(".ck-basis", has_text="Street seen:")
    expect(basis).to_be_hidden()

    button.click()

    expect(basis).to_be_visible()
    expect(basis).to_contain_text("IEC 62676-4 edition 2014")
    expect(button).to_have_attribute("aria-expanded", "true")
    button.click()
    expect(basis).to_be_hidden()


def test_a_click_on_a_gap_row_brings_the_gap_to_the_middle(desk: Page) -> None:
    desk.locator(".ck-gap-table tbody button", has_text="Kirk / 5th Street").click()

    chosen = desk.locator("path.ck-selected")
    expect(chosen).to_have_count(1)
    desk.wait_for_function(
        """() => {
          const box = (css) => document.querySelector(css).getBoundingClientRect();
          const map = box('.leaflet-container'), gap = box('path.ck-selected');
          const off = (a, b, c, d) => Math.abs((a + b) / 2 - (c + d) / 2);
          return gap.width > 100 &&
            off(map.left, map.right, gap.left, gap.right) < 12 &&
            off(map.top, map.bottom, gap.top, gap.bottom) < 12;
        }"""
    )
    expect(desk.locator(".ck-far")).to_have_count(0)
    row = desk.locator(".ck-gap-table tr.ck-chosen")
    expect(row).to_have_count(1)
    expect(row.get_by_role("button")).to_have_attribute("aria-pressed", "true")


def test_a_gap_row_answers_to_the_keyboard_and_keeps_the_focus(desk: Page) -> None:
    button = desk.locator(".ck-gap-table tbody button", has_text="Park walk")
    button.focus()

    desk.keyboard.press("Enter")

    expect(desk.locator("tr.ck-chosen")).to_contain_text("Park walk")
    expect(button).to_be_focused()


def test_gaps_can_be_found_by_name_and_sorted(desk: Page) -> None:
    rows = desk.locator(".ck-gap-table tbody tr")

    desk.keyboard.press("/")
    expect(desk.get_by_label("Find a gap")).to_be_focused()
    desk.keyboard.type("wylie")
    expect(rows).to_have_count(1)
    desk.keyboard.type(" nowhere")
    expect(rows).to_have_count(0)
    told = desk.get_by_text("No gap has a name like \u201cwylie nowhere\u201d.")
    expect(told).to_be_in_viewport()
    desk.keyboard.press("Escape")
    expect(rows).to_have_count(5)

    head = desk.get_by_role("button", name="Calls a year")
    head.click()
    expect(rows.first).to_contain_text("Wylie")
    head.click()
    expect(rows.first).to_contain_text("<img")
    desk.get_by_role("button", name="Gap", exact=True).click()


def test_a_click_on_the_map_explains_the_place(desk: Page) -> None:
    desk.locator(".ck-gap-table tbody button", has_text="Kirk / 5th").click()
    expect(desk.locator("path.ck-selected")).to_have_count(1)
    x, y = _middle_of_map(desk)

    desk.mouse.click(x + 90, y + 120)

    panel = desk.get_by_role("region", name="What sees this place")
    expect(panel.locator("h2")).to_have_text("No camera sees this place")
    assert panel.locator("li").count() >= 3
    expect(panel).to_contain_text("out of range by")
    expect(desk.locator("path.ck-spot")).to_have_count(1)
    assert desk.locator("path.ck-sees-not").count() >= 3

    panel.locator("li button").first.click()
    drawing = panel.get_by_role("img", name=re.compile("^No camera sees this place"))
    expect(drawing).to_be_in_viewport()
    assert drawing.evaluate("(image) => image.naturalWidth") > 200
    with desk.expect_download() as kept:
        panel.get_by_role("button", name="Save as PNG").click()
    assert kept.value.suggested_filename.endswith(".png")
    assert Path(kept.value.path()).read_bytes().startswith(b"\x89PNG")

    desk.locator("body").press("Escape")
    expect(panel.locator("h2")).to_have_text("Why is a place seen?")
    expect(desk.locator("path.ck-spot")).to_have_count(0)


def test_a_place_can_be_explained_without_a_mouse(desk: Page) -> None:
    desk.locator("body").press("e")

    panel = desk.get_by_role("region", name="What sees this place")
    expect(panel.locator("h2")).not_to_have_text("Why is a place seen?")
    expect(panel.locator("li").first).to_be_visible()
    panel.get_by_role("button", name="Close").click()
    expect(panel.locator("li")).to_have_count(0)


def test_layers_come_and_go_with_their_boxes(desk: Page) -> None:
    views = desk.get_by_label("Views of single cameras")
    gaps = desk.get_by_label("Gaps with the most demand")

    views.check()
    expect(desk.locator("path.ck-isovist")).to_have_count(9)  # planned is not counted
    assert desk.locator("path.ck-isovist-unknown").count() == 3
    views.uncheck()
    expect(desk.locator("path.ck-isovist")).to_have_count(0)

    gaps.uncheck()
    expect(desk.locator(".leaflet-ck-gaps-pane path.ck-gap")).to_have_count(0)
    gaps.check()
    expect(desk.locator(".leaflet-ck-gaps-pane path.ck-gap")).to_have_count(5)


def test_a_hostile_name_is_text_wherever_it_appears(open_page, served) -> None:
    page = open_page(served.url)
    page.locator(".ck-gap-table tbody button", has_text="<script>").click()
    expect(page.locator("path.ck-selected")).to_have_count(1)
    page.wait_for_timeout(300)
    box = page.locator("path.ck-selected").bounding_box()
    metre = box["width"] / 124  # the arms of this cross lie 9 m beside its middle
    across, down = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.click(across - 9 * metre, down + 9 * metre)
    expect(page.locator(".ck-popup h3")).to_have_text(f"{HOSTILE_SCRIPT} / 2nd Street")

    page.reload()
    page.wait_for_selector("path.ck-camera", state="attached")
    camera = page.locator("path.ck-camera-registered-unknown")
    page.wait_for_timeout(500)
    box = camera.bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(page.locator(".ck-popup h3")).to_contain_text(HOSTILE_IMAGE)

    assert page.evaluate("window.ckHacked") is None
    assert page.locator("img[src='x']").count() == 0


def test_the_theme_changes_by_one_attribute_and_is_kept_as_is_the_light(
    open_page, served
) -> None:
    page = open_page(served.url, color_scheme="light")
    ground = "getComputedStyle(document.querySelector('.ck-header')).backgroundColor"
    assert page.evaluate(ground) == "rgb(255, 255, 255)"
    light = page.locator(".leaflet-ck-coverage-pane img").get_attribute("src")

    page.locator(".ck-header").get_by_label("Light").select_option("night")
    expect(_value(page, "street_length")).to_have_text("15 %")
    page.get_by_role("button", name="Dark theme").click()

    assert page.evaluate(ground) == "rgb(26, 32, 41)"
    picture = page.locator(".leaflet-ck-coverage-pane img")
    expect(picture).not_to_have_attribute("src", light)
    page.reload()
    page.wait_for_selector("path.ck-camera", state="attached")
    assert page.evaluate("document.documentElement.dataset.ckTheme") == "dark"
    assert page.evaluate(ground) == "rgb(26, 32, 41)"
    expect(_value(page, "street_length")).to_have_text("15 %")


def test_the_page_follows_the_system_s_theme(open_page, served) -> None:
    page = open_page(served.url, color_scheme="dark")

    ground = page.evaluate(
        "getComputedStyle(document.querySelector('.ck-right')).backgroundColor"
    )
    ink = page.evaluate("getComputedStyle(document.querySelector('.ck-value')).color")
    assert ground == "rgb(26, 32, 41)"
    assert ink == "rgb(232, 236, 241)"


def test_help_opens_with_a_key_and_closes_with_escape(desk: Page) -> None:
    desk.locator("body").press("?")
    dialog = desk.locator("dialog[open]")
    expect(dialog).to_contain_text("What the numbers mean")

    desk.keyboard.press("Escape")

    expect(dialog).to_have_count(0)


def test_the_rails_fold_and_the_map_takes_their_place(desk: Page) -> None:
    before = desk.locator(".leaflet-container").bounding_box()["width"]

    desk.locator("body").press("l")
    expect(desk.locator(".ck-left")).to_be_hidden()
    desk.get_by_role("button", name="Numbers", exact=True).first.click()

    wide = desk.locator(".leaflet-container").bounding_box()["width"]
    assert wide == pytest.approx(before + 320 + 360, abs=2)
    desk.locator("body").press("l")
    desk.locator("body").press("d")
    expect(desk.locator(".ck-numbers")).to_be_visible()


def test_every_control_has_a_name(desk: Page) -> None:
    assert desk.evaluate(NAMELESS) == []


def test_the_page_has_a_language_one_heading_and_named_regions(desk: Page) -> None:
    assert desk.locator("html").get_attribute("lang") == "en"
    assert desk.locator(".ck-app h1").count() == 1
    regions = desk.locator(".ck-app [role=region]")
    names = [one.get_attribute("aria-label") for one in regions.all()]
    assert names == [
        "Layers and legend",
        "Headline numbers",
        "Gaps",
        "Seen by hour",
        "Worth of the cameras",
        "What sees this place",
    ]
    ids = desk.evaluate(
        "[...document.querySelectorAll('.ck-app [id]')].map((n) => n.id)"
    )
    assert len(ids) == len(set(ids))


def test_the_tab_key_goes_through_the_page_in_reading_order(desk: Page) -> None:
    desk.locator(".ck-header button").first.focus()
    order = []
    for _ in range(60):
        part = desk.evaluate(
            """() => {
              const part = document.activeElement.closest(
                '.ck-header, .ck-left, .ck-map, .ck-numbers, .ck-gaps, .ck-place');
              return part && [...part.classList].find((c) => c.startsWith('ck-'));
            }"""
        )
        if part and (not order or order[-1] != part):
            order.append(part)
        if len(order) == 6:
            break
        desk.keyboard.press("Tab")

    assert order == [
        "ck-header",
        "ck-left",
        "ck-map",
        "ck-numbers",
        "ck-gaps",
        "ck-place",
    ]


def test_a_focused_control_shows_it(desk: Page) -> None:
    desk.locator(".ck-header button").first.focus()
    desk.keyboard.press("Tab")

    outline = desk.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"


def test_nothing_is_cut_off_at_the_desk(desk: Page) -> None:
    assert desk.evaluate(CLIPPED) == []


def test_at_a_small_desk_five_gaps_are_seen_at_once(desk: Page) -> None:
    desk.locator(".ck-right").evaluate("(rail) => rail.scrollTo(0, 0)")

    for row in desk.locator(".ck-gap-table tbody tr").all()[:5]:
        expect(row).to_be_in_viewport()


def test_a_phone_scrolls_in_one_direction_only(phone: Page) -> None:
    wide = phone.evaluate("document.documentElement.scrollWidth")
    assert wide == 390
    for tab in ("Gaps", "Place", "Layers", "Numbers"):
        phone.get_by_role("button", name=tab, exact=True).first.click()
        assert phone.evaluate("document.documentElement.scrollWidth") == 390
        assert phone.evaluate(CLIPPED) == []


def test_on_a_phone_the_map_is_on_top_and_the_rails_are_one_sheet(phone: Page) -> None:
    box = phone.locator(".leaflet-container").bounding_box()
    sheet = phone.locator(".ck-numbers").bounding_box()

    assert box["width"] == 390
    assert 0.5 <= box["height"] / (844 - 44) <= 0.65
    assert sheet["y"] >= box["y"] + box["height"]
    expect(phone.locator(".ck-left")).to_be_hidden()
    phone.locator(".ck-tabs button", has_text="Layers").click()
    expect(phone.locator(".ck-left")).to_be_visible()
    expect(phone.locator(".ck-numbers")).to_be_hidden()
    phone.locator(".ck-tabs button", has_text="Numbers").click()


def test_on_a_phone_the_longest_day_of_the_week_can_be_read(phone: Page) -> None:
    phone.locator(".ck-tabs button", has_text="Numbers").click()
    days = phone.get_by_label("Day of the week")

    # "Wednesday" is about 80 px wide, with the arrow and the inner margins 120.
    assert days.bounding_box()["width"] >= 120


def test_on_a_phone_every_target_is_big_enough(phone: Page) -> None:
    for tab in ("Gaps", "Place", "Layers", "Numbers"):
        phone.locator(".ck-tabs button", has_text=tab).click()
        assert phone.evaluate(SMALL) == []


def test_on_a_phone_a_tap_on_the_map_opens_the_reasons(phone: Page) -> None:
    box = phone.locator(".leaflet-container").bounding_box()

    phone.touchscreen.tap(box["x"] + 70, box["y"] + 120)

    expect(phone.locator(".ck-place h2")).to_be_visible()
    expect(phone.locator(".ck-place h2")).to_have_text(re.compile("camera"))
    tab = phone.locator(".ck-tabs button", has_text="Place")
    expect(tab).to_have_attribute("aria-pressed", "true")


def test_on_a_phone_a_tier_or_the_light_changes_the_number(phone: Page) -> None:
    phone.locator(".ck-tabs button", has_text="Numbers").click()
    light = phone.locator(".ck-numbers").get_by_label("Light")
    light.select_option("night")
    expect(_value(phone, "street_length")).to_have_text("15 %")
    light.select_option("day")

    phone.locator(".ck-segments label", has_text="Public").tap()

    expect(_value(phone, "street_length")).to_have_text("10 %")
