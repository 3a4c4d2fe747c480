"""The planner when something is not as it should be: it says so and stays alive."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from coveragekit.dashboards import Served, serve_planner
from coveragekit.dashboards.serving import Serving
from coveragekit.study import Study
from coveragekit.study.steps import results_folder
from tests.browser.conftest import wait_until_drawn
from tests.browser.helpers import map_box, settled, value

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def copy(town, tmp_path_factory) -> Path:
    """Give a copy of the city that a test may change."""
    folder = tmp_path_factory.mktemp("changed") / "city"
    shutil.copytree(town.path, folder, symlinks=True)
    return folder


@pytest.fixture(scope="module")
def served_copy(copy, log_file, chromium) -> Iterator[Served]:
    """Serve that copy, each page from a kernel of its own."""
    assert log_file
    assert chromium
    with serve_planner(copy, serving=Serving(user="Kim", preheat=0)) as handle:
        yield handle


def test_a_filter_that_leaves_nothing_says_so_and_is_cleared(desk: Page) -> None:
    before = value(desk, "incidents").inner_text()
    desk.locator(".ck-filters").get_by_label("Date from").fill("1999-01-01")
    desk.locator(".ck-filters").get_by_label("Date to").fill("1999-01-02")

    empty = desk.locator(".ck-numbers .ck-empty-filters")
    expect(empty).to_contain_text("Nothing is left")
    empty.get_by_role("button", name="Clear the filters").click()

    expect(empty).to_be_hidden()
    expect(value(desk, "incidents")).to_have_text(before)


def _draw(desk: Page, *corners: tuple[float, float]) -> None:
    """Click corners, shares of the map's box, one after the other."""
    desk.locator(".ck-tools [data-tool=draw]").click()
    expect(desk.locator(".ck-draw-bar")).to_be_visible()
    box = map_box(desk)
    for number, (across, down) in enumerate(corners, start=1):
        desk.mouse.click(
            box["x"] + box["width"] * across, box["y"] + box["height"] * down
        )
        desk.wait_for_function("number => __ck.corners === number", arg=number)
    settled(desk)


def test_a_drawn_area_that_crosses_itself_is_refused_and_mended(desk: Page) -> None:
    before = value(desk, "street_length").inner_text()
    chip, said = desk.locator(".ck-chip"), desk.locator(".ck-hint")
    _draw(desk, (0.3, 0.3), (0.6, 0.6), (0.6, 0.3), (0.3, 0.6))

    desk.keyboard.press("Enter")
    expect(said).to_contain_text("The outline crosses itself")
    expect(chip).to_have_count(0)
    desk.get_by_role("button", name="Undo corner").click()
    expect(said).to_contain_text("Click the corners")
    desk.get_by_role("button", name="Done").click()

    expect(chip).to_have_count(1)
    expect(desk.locator(".ck-draw-bar")).to_be_hidden()
    expect(value(desk, "street_length")).not_to_have_text(before)
    chip.click()
    expect(value(desk, "street_length")).to_have_text(before)


def test_a_drawing_that_was_refused_and_given_up_leaves_room_for_another(
    desk: Page,
) -> None:
    _draw(desk, (0.3, 0.3), (0.6, 0.6), (0.6, 0.3), (0.3, 0.6))
    desk.keyboard.press("Enter")
    expect(desk.locator(".ck-hint")).to_contain_text("crosses itself")

    desk.keyboard.press("Escape")
    desk.keyboard.press("a")  # at once, before the kernel has ended the drawing
    expect(desk.locator(".ck-draw-bar")).to_be_visible()
    desk.wait_for_function("() => __ck.corners === 0")
    desk.keyboard.press("Escape")

    expect(desk.locator(".ck-draw-bar")).to_be_hidden()
    expect(desk.locator(".ck-tools [aria-pressed=true]")).to_have_text("Explain")


def test_a_drawn_area_selects_and_the_chip_lets_it_go(desk: Page) -> None:
    before = value(desk, "street_length").inner_text()
    _draw(desk, (0.4, 0.35), (0.65, 0.35), (0.65, 0.6), (0.4, 0.6))

    desk.keyboard.press("Enter")

    chip = desk.locator(".ck-chip")
    expect(chip).to_have_count(1)
    expect(value(desk, "street_length")).not_to_have_text(before)
    expect(desk.locator(".ck-tools [aria-pressed=true]")).to_have_text("Explain")
    chip.click()
    expect(value(desk, "street_length")).to_have_text(before)


def test_a_study_built_again_while_open_is_told_once(
    served_copy, copy, open_page
) -> None:
    page = open_page(served_copy.url)
    page.wait_for_function(
        "performance.getEntriesByType('resource')"
        ".some((one) => one.name.includes('coveragekit/alive'))"
    )
    top = map_box(page)["y"]
    by_day = value(page, "street_length").inner_text()
    _build_another(copy)

    page.evaluate("window.dispatchEvent(new Event('focus'))")

    said = page.get_by_text("has been built again").locator("visible=true")
    expect(said).to_have_count(1, timeout=45_000)
    banner = page.locator("#ck-stale")
    expect(banner).to_contain_text("reload it before you explain, export or print")
    expect(banner.get_by_role("button", name="Close")).to_be_visible()
    assert map_box(page)["y"] > top, "the banner lies over the page"
    page.locator(".ck-header").get_by_label("Light", exact=True).select_option("night")
    expect(value(page, "street_length")).not_to_have_text(by_day)
    settled(page)
    with page.expect_navigation():
        banner.get_by_role("button", name="Reload").click()
    wait_until_drawn(page)
    expect(page.locator("#ck-stale")).to_have_count(0)


def _build_another(folder: Path) -> None:
    """Build with another seed, which gives other results."""
    settings = folder / "study.toml"
    toml = settings.read_text("utf-8")
    seed = Study.open(folder).settings.seed
    assert f"seed = {seed}\n" in toml
    settings.write_text(
        toml.replace(f"seed = {seed}\n", f"seed = {seed + 1}\n"), "utf-8"
    )
    before = results_folder(folder)
    Study.open(folder).build()
    assert results_folder(folder) != before


def test_a_study_of_another_version_says_what_to_do(
    served_copy, copy, open_page
) -> None:
    meta = copy / "results" / "view" / "city" / "city.json"
    whole = meta.read_text("utf-8")
    meta.write_text(json.dumps({**json.loads(whole), "format": 99}), "utf-8")

    page = open_page(served_copy.url, wait_for="[role=alert]")

    said = page.locator("[role=alert]").first
    expect(said).to_contain_text("was built by another version")
    expect(said).to_contain_text("coveragekit build")
    expect(said).to_contain_text("Reference")
    meta.write_text(whole, "utf-8")
    page.reload()
    wait_until_drawn(page)
