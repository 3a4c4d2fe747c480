"""What-if, compare and export on the planner's page in Chromium."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.helpers import go_to, map_box, settled

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def panel(desk: Page) -> Locator:
    """Give the what-if panel with nothing tried."""
    settled(desk).locator("[data-tool=whatif]").click()
    found = desk.locator(".ck-whatif")
    expect(found).to_be_visible()
    yield found
    settled(desk)
    clear = found.get_by_role("button", name="Clear all")
    if clear.is_visible() and clear.is_enabled():
        clear.click()
    desk.locator("[data-tool=explain]").click()
    expect(found).to_be_hidden()


def _add(desk: Page, panel: Locator, *, across: float = 0.5, down: float = 0.5) -> None:
    box = map_box(desk)
    panel.get_by_role("button", name="Add a camera").click()
    desk.mouse.click(box["x"] + box["width"] * across, box["y"] + box["height"] * down)
    expect(desk.locator(".ck-ghost")).to_have_count(1)
    settled(desk)


def _ground(panel: Locator) -> tuple[str, str, str]:
    """Give what the panel says of the ground: before, after and the difference."""
    settled(panel.page)
    row = panel.locator("tr[data-line=ground]")
    before, after, difference = row.locator("td").all_inner_texts()
    return before, after, difference


def _expect_other(panel: Locator, known: tuple[str, str, str]) -> tuple[str, str, str]:
    """Wait until the difference is another, and give the row."""
    cell = panel.locator("tr[data-line=ground] td").last
    expect(cell).not_to_have_text(known[-1])
    return _ground(panel)


def test_a_camera_is_added_undone_and_done_again(desk: Page, panel) -> None:
    _add(desk, panel)
    cell = panel.locator("tr[data-line=ground] td").last
    expect(cell).to_contain_text("+")
    added = _ground(panel)

    settled(desk).keyboard.press("Control+z")
    expect(desk.locator(".ck-ghost")).to_have_count(0)
    expect(panel.locator("tr[data-line=ground]", has_text=added[-1])).to_have_count(0)
    settled(desk).keyboard.press("Control+Shift+z")

    expect(desk.locator(".ck-ghost")).to_have_count(1)
    expect(cell).to_have_text(added[-1])
    assert _ground(panel) == added


def test_a_camera_is_dragged_and_turned_and_the_numbers_follow(
    desk: Page, panel
) -> None:
    _add(desk, panel)
    expect(panel.locator("tr[data-line=ground] td").last).to_contain_text("+")
    first = _ground(panel)
    handle = desk.locator(".ck-ghost").first.bounding_box()

    x, y = handle["x"] + handle["width"] / 2, handle["y"] + handle["height"] / 2
    desk.mouse.move(x, y)
    desk.mouse.down()
    for step in range(1, 9):
        desk.mouse.move(x + 6 * step, y + 3 * step)
    desk.mouse.up()

    moved = _expect_other(panel, first)
    assert desk.evaluate("__ck.drags") > 0
    bearing = panel.get_by_role("slider", name="Bearing")
    bearing.focus()
    for _ in range(3):
        desk.keyboard.press("PageUp")
    _expect_other(panel, moved)


def test_a_camera_of_the_study_is_taken_away_from_its_card(desk: Page, panel) -> None:
    desk.locator("[data-tool=explain]").click()
    go_to(desk, "noodles")
    card = desk.get_by_role("region", name="Chosen camera")

    card.get_by_role("button", name="Take away").click()

    expect(panel).to_be_visible()
    expect(panel).to_contain_text("Noodles")
    cell = panel.locator("tr[data-line=ground] td").last
    expect(cell).to_contain_text("\u2212")


def test_the_cameras_leave_as_a_table(desk: Page, town) -> None:
    export = settled(desk).locator(".ck-export")
    export.scroll_into_view_if_needed()
    export.get_by_label("Gaps", exact=True).uncheck()
    export.locator("select").first.select_option(label="CSV")

    with desk.expect_download(timeout=120_000) as kept:
        export.get_by_role("button", name="Save tables").click()

    with Path(kept.value.path()).open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {one["camera_id"] for one in rows} == set(town.table("cameras").camera_id)


def test_the_map_leaves_as_a_print(desk: Page) -> None:
    export = settled(desk).locator(".ck-export")
    with desk.expect_download(timeout=120_000) as kept:
        export.get_by_role("button", name="Print PDF").click()

    assert Path(kept.value.path()).read_bytes().startswith(b"%PDF")
