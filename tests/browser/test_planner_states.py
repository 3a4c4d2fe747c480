"""The planner when something is not as it should be: it says so and stays alive."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from coveragekit.dashboards import Served, serve_planner
from coveragekit.dashboards.serving import Serving
from tests.browser.conftest import wait_until_drawn
from tests.browser.helpers import map_box, value

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


def test_a_drawn_area_selects_and_the_chip_lets_it_go(desk: Page) -> None:
    before = value(desk, "street_length").inner_text()
    box = map_box(desk)
    desk.locator("body").press("a")

    for across, down in ((0.4, 0.35), (0.65, 0.35), (0.65, 0.6), (0.4, 0.6)):
        desk.mouse.click(
            box["x"] + box["width"] * across, box["y"] + box["height"] * down
        )
        desk.wait_for_timeout(350)
    desk.keyboard.press("Enter")

    chip = desk.locator(".ck-chip")
    expect(chip).to_have_count(1)
    expect(value(desk, "street_length")).not_to_have_text(before)
    expect(desk.locator(".ck-tools [aria-pressed=true]")).to_have_text("Explain")
    chip.click()
    expect(value(desk, "street_length")).to_have_text(before)


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
