"""What-if, compare and export on the planner's page in Chromium."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.helpers import map_box

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

pytestmark = [pytest.mark.browser, pytest.mark.slow]

READY_MS = 60_000


@pytest.fixture
def panel(desk: Page) -> Locator:
    """Give the what-if panel, opened by its key, with nothing tried."""
    desk.locator("body").press("w")
    found = desk.locator(".ck-whatif")
    expect(found).to_be_visible()
    yield found
    clear = found.get_by_role("button", name="Clear all")
    if clear.is_enabled():
        clear.click()
    desk.locator("body").press("Escape")
    desk.locator("body").press("Escape")
    expect(found).to_be_hidden()


def _add(desk: Page, panel: Locator, *, across: float = 0.5, down: float = 0.5) -> None:
    box = map_box(desk)
    panel.get_by_role("button", name="Add a camera").click()
    desk.mouse.click(box["x"] + box["width"] * across, box["y"] + box["height"] * down)
    expect(desk.locator(".ck-ghost")).to_have_count(1, timeout=READY_MS)


def test_a_camera_is_added_and_the_numbers_change(desk: Page, panel) -> None:
    _add(desk, panel)

    expect(panel).to_contain_text("Street seen", timeout=READY_MS)
    expect(desk.locator(".ck-tools [title^=Undo]")).to_be_visible()
    desk.keyboard.press("Control+z")
    expect(desk.locator(".ck-ghost")).to_have_count(0)
    desk.keyboard.press("Control+Shift+z")
    expect(desk.locator(".ck-ghost")).to_have_count(1)


def test_a_camera_is_dragged_and_turned_on_the_map(desk: Page, panel) -> None:
    _add(desk, panel)
    handle = desk.locator(".ck-ghost").first.bounding_box()
    drags = desk.evaluate("__ck.drags")

    x, y = handle["x"] + handle["width"] / 2, handle["y"] + handle["height"] / 2
    desk.mouse.move(x, y)
    desk.mouse.down()
    for step in range(1, 9):
        desk.mouse.move(x + 6 * step, y + 3 * step)
    desk.mouse.up()

    desk.wait_for_function("before => __ck.drags > before", arg=drags)
    moved = desk.locator(".ck-ghost").first
    desk.wait_for_function(
        "x => document.querySelector('.ck-ghost').getBoundingClientRect().x > x + 20",
        arg=handle["x"],
    )
    expect(moved).to_be_visible()


def test_a_camera_of_the_study_is_taken_away_from_its_card(desk: Page, panel) -> None:
    desk.locator("body").press("Escape")
    desk.locator("body").press("/")
    desk.keyboard.type("noodles")
    desk.locator(".ck-found li").first.wait_for()
    desk.keyboard.press("Enter")
    card = desk.get_by_role("region", name="Chosen camera")

    card.get_by_role("button", name="Take away").click()

    expect(panel).to_be_visible()
    expect(panel).to_contain_text("Noodles", timeout=READY_MS)


def test_a_scenario_is_named_kept_and_compared(desk: Page, panel) -> None:
    _add(desk, panel)
    save = panel.get_by_role("button", name="Save", exact=True)
    save.locator("xpath=ancestor::form").get_by_label("Name").fill("One more")
    save.click()
    expect(panel).to_contain_text("One more", timeout=READY_MS)

    desk.locator("body").press("c")
    compare = desk.locator(".ck-compare")
    expect(compare).to_be_visible()
    compare.get_by_label("Right").select_option(label="One more")

    expect(compare.locator("table")).to_contain_text("Street seen")
    expect(
        desk.locator(".ck-swipe, [role=separator], [role=slider]").last
    ).to_be_visible()
    desk.locator("body").press("w")
    expect(panel).to_be_visible()


def test_tables_leave_as_files(desk: Page) -> None:
    export = desk.locator(".ck-export")
    export.scroll_into_view_if_needed()
    export.locator("select").first.select_option(label="CSV")

    with desk.expect_download(timeout=120_000) as kept:
        export.get_by_role("button", name="Save tables").click()

    assert Path(kept.value.path()).stat().st_size > 100


def test_the_map_leaves_as_a_print(desk: Page) -> None:
    export = desk.locator(".ck-export")
    with desk.expect_download(timeout=120_000) as kept:
        export.get_by_role("button", name="Print PDF").click()

    assert Path(kept.value.path()).read_bytes().startswith(b"%PDF")
