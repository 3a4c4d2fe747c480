"""The planner's map in Chromium: layers, cameras, places, gaps, names, addresses."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from coveragekit.view import Store, mercator
from tests.browser.conftest import wait_until_drawn
from tests.browser.helpers import (
    address,
    find,
    go_to,
    lone_camera,
    map_box,
    pixel_of,
    settled,
    wait_for_address,
)
from tests.browser.town import HOSTILE_IMAGE, HOSTILE_SCRIPT

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PAINTED = """() => [...document.querySelectorAll('.ck-tile-picture')]
  .filter((n) => n.complete && n.naturalWidth).length"""


@pytest.fixture(scope="module")
def store(town) -> Store:
    return Store.open(town.path)


def _panel(page: Page):
    return page.get_by_role("region", name="What sees this place")


def test_every_layer_can_be_shown_made_clear_and_hidden(desk: Page) -> None:
    for title in ("Incidents", "Calls", "Areas", "Population"):
        layers = desk.locator(".ck-layers")
        row = layers.locator("li[data-layer]", has_text=title).first
        answered = desk.evaluate("__ck.answered")

        row.get_by_role("checkbox").check()
        expect(row.locator(".ck-layer-key li").first).to_be_visible()
        desk.wait_for_function("before => __ck.answered > before", arg=answered)
        slider = row.get_by_role("slider")
        slider.focus()
        desk.keyboard.press("ArrowLeft")
        expect(slider).to_have_attribute("aria-valuetext", re.compile("per cent"))
        wait_for_address(desk, title.lower())

        row.get_by_role("checkbox").uncheck()
        expect(row.locator(".ck-layer-key li")).to_have_count(0)
    assert desk.evaluate("__ck.failed") == 0


def test_the_legend_names_the_classes_of_the_coverage(desk: Page) -> None:
    row = settled(desk).locator("li[data-layer=coverage]")
    words = row.locator(".ck-layer-key li").all_inner_texts()
    assert words[-1] == "9 or more"
    assert {"1", "2", "3-4"} <= set(words)


def test_a_camera_is_picked_by_the_mouse_and_tells_what_it_is(
    desk: Page, store
) -> None:
    row = lone_camera(store)
    lon, lat = mercator.to_lonlat(store.cameras.merc[row])

    desk.mouse.click(*pixel_of(desk, lon, lat))

    card = desk.get_by_role("region", name="Chosen camera")
    expect(card).to_contain_text(store.cameras.name[row])
    for words in ("Tier", "State", "Looks to", "Reaches", "Street it sees"):
        expect(card.locator("dt", has_text=words).first).to_be_visible()
    for name in ("Why does it see that?", "Move", "Swap", "Take away"):
        expect(card.get_by_role("button", name=name)).to_be_visible()
    desk.keyboard.press("Escape")
    expect(card).to_be_hidden()


def test_a_camera_is_found_by_name_whatever_its_name_is(desk: Page) -> None:
    go_to(desk, "<img")

    card = desk.get_by_role("region", name="Chosen camera")
    expect(card.locator("h2")).to_have_text(HOSTILE_IMAGE)
    assert desk.evaluate("window.ckHacked") is None
    assert desk.locator("img[src='x']").count() == 0
    card.get_by_role("button", name="Close").click()


def test_a_street_with_a_hostile_name_is_text(desk: Page) -> None:
    expect(find(desk, "<script>").first).to_contain_text(HOSTILE_SCRIPT)
    desk.keyboard.press("ArrowDown")
    expect(desk.locator(".ck-found [aria-selected=true]")).to_have_count(1)
    desk.keyboard.press("Escape")
    assert desk.evaluate("window.ckHacked") is None


def test_what_nobody_is_called_is_said(desk: Page) -> None:
    assert find(desk, "zzzzqq").count() == 0
    expect(desk.locator(".ck-found-none")).to_contain_text("Nothing has a name like")
    desk.keyboard.press("Escape")


def test_a_click_on_the_map_explains_the_place_with_a_proof(desk: Page) -> None:
    desk.locator("body").press("0")
    settled(desk)
    box = map_box(desk)

    desk.mouse.click(box["x"] + 20, box["y"] + box["height"] - 60)

    panel = _panel(desk)
    expect(panel.locator("li").first).to_be_visible(timeout=60_000)
    expect(panel.locator("h2")).to_contain_text("camera")
    panel.locator("li button").first.click()
    picture = panel.locator("img.ck-proof")
    expect(picture).to_have_attribute(
        "src", re.compile("^data:image/svg"), timeout=90_000
    )
    with desk.expect_download(timeout=90_000) as kept:
        panel.get_by_role("button", name="Save as PNG").click()
    assert Path(kept.value.path()).read_bytes().startswith(b"\x89PNG")
    desk.keyboard.press("Escape")
    expect(panel).to_be_hidden()


def test_a_place_can_be_explained_without_a_mouse(desk: Page) -> None:
    desk.locator("body").press("e")

    panel = _panel(desk)
    expect(panel.locator("li").first).to_be_visible(timeout=60_000)
    panel.get_by_role("button", name="Close").click()
    expect(panel).to_be_hidden()


def test_a_gap_row_flies_to_the_gap_and_explains_it(desk: Page) -> None:
    before = address(settled(desk))["at"]
    button = desk.locator(".ck-gap-table tbody button").first
    button.focus()

    desk.keyboard.press("Enter")

    expect(_panel(desk).locator("li").first).to_be_visible(timeout=60_000)
    expect(desk.locator(".ck-gap-table tr.ck-chosen")).to_have_count(1)
    desk.wait_for_function("at => !location.hash.includes(at)", arg=before)
    desk.keyboard.press("Escape")


def test_gaps_can_be_found_sorted_copied_and_saved(desk: Page) -> None:
    rows = settled(desk).locator(".ck-gap-table tbody tr")
    whole = rows.count()
    desk.get_by_label("Find a gap").fill("<script>")
    expect(rows.first).to_contain_text("<script>")
    assert rows.count() < whole
    desk.get_by_label("Find a gap").fill("")
    desk.locator(".ck-gap-table thead button", has_text="Street").click()
    head = desk.locator(".ck-gap-table th[aria-sort=descending]")
    expect(head).to_contain_text("Street")
    with desk.expect_download() as kept:
        desk.locator(".ck-gaps").get_by_role("button", name="CSV").click()
    text = Path(kept.value.path()).read_text("utf-8-sig")
    assert text.startswith("gap_id,rank,name,")
    assert text.count("\n") > whole
    said = desk.locator(".ck-gaps .ck-caption")
    expect(said).to_contain_text(f"Saved as {kept.value.suggested_filename}")


def test_the_address_opens_the_same_view_for_a_colleague(
    desk: Page, open_page, served
) -> None:
    number, row = "[data-share=street_length] .ck-value", "li[data-layer=calls]"
    by_day = settled(desk).locator(number).inner_text()
    chosen = desk.locator(".ck-header").get_by_label("Light", exact=True)
    chosen.select_option("night")
    shown = desk.locator(row).get_by_role("checkbox")
    shown.check()
    by_night = settled(desk).locator(number).inner_text()
    assert by_night != by_day
    fragment = desk.url.partition("#")[2]
    here = address(desk)

    other = open_page(f"{served.url}#{fragment}")

    light = other.locator(".ck-header").get_by_label("Light", exact=True)
    expect(light).to_have_value("night")
    expect(other.locator(number)).to_have_text(by_night)
    expect(other.locator(row).get_by_role("checkbox")).to_be_checked()
    there = address(settled(other))
    assert (there["f"], there["on"]) == (here["f"], here["on"])
    assert [float(one) for one in there["at"].split(",")] == pytest.approx(
        [float(one) for one in here["at"].split(",")], abs=1e-3
    )
    chosen.select_option("day")
    shown.uncheck()
    settled(desk)


def test_the_link_is_copied_and_says_that_it_holds_no_data(desk: Page) -> None:
    settled(desk).context.grant_permissions(["clipboard-read", "clipboard-write"])

    desk.get_by_role("button", name="Copy a link to this view").click()

    expect(desk.locator(".ck-told")).to_contain_text("no data")
    copied = desk.evaluate("navigator.clipboard.readText()")
    assert copied.partition("#")[2] == desk.url.partition("#")[2]


def test_an_address_that_makes_no_sense_is_told(open_page, served) -> None:
    page = open_page(f"{served.url}#at=nowhere&f=l:dusk")

    fault = page.locator(".ck-banner[role=alert]:visible")
    expect(fault).to_contain_text("position 'nowhere'")
    page.get_by_role("button", name="Close the message").click()
    expect(fault).to_have_count(0)


def test_pictures_stay_when_the_page_is_loaded_again(desk: Page) -> None:
    desk.reload()
    wait_until_drawn(desk)
    assert desk.evaluate(PAINTED) > 0
