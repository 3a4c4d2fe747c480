"""A trial on the planner's page in Chromium: its numbers, its sides, its end."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from coveragekit.dashboards.planner.filters import Filters
from coveragekit.dashboards.planner.whatif_state import compare_rows, line_rows
from coveragekit.study.change import Change
from coveragekit.study.scenarios import Scenarios
from tests.browser.helpers import engine_of, expect_rows, map_box, settled

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

    from coveragekit.dashboards.planner.whatif import WhatIf
    from coveragekit.study import Study

pytestmark = [pytest.mark.browser, pytest.mark.slow]

LEAST = 5  # of the role "planner"
NAME = "Dragged"


@pytest.fixture(scope="module")
def engine(town: Study) -> WhatIf:
    """Give what tries cameras out, beside the page."""
    return engine_of(town, least=LEAST)


@pytest.fixture
def panel(desk: Page) -> Locator:
    """Give the what-if panel with one new camera, whose form is open."""
    settled(desk).locator("body").press("w")
    found = desk.locator(".ck-whatif")
    box = map_box(desk)
    found.get_by_role("button", name="Add a camera").click()
    desk.mouse.click(box["x"] + box["width"] * 0.5, box["y"] + box["height"] * 0.5)
    expect(desk.locator(".ck-ghost")).to_have_count(1)
    expect(found.locator("tr[data-line=ground]")).to_be_visible()
    settled(desk)
    yield found
    if settled(desk).locator(".ck-app").get_attribute("data-mode") != "whatif":
        desk.locator("body").press("w")
    settled(desk)
    found.get_by_role("button", name="Clear all").click()
    expect(desk.locator(".ck-ghost")).to_have_count(0)
    settled(desk).locator("body").press("Escape")
    expect(found).to_be_hidden()


def _drag(desk: Page, across: float, down: float) -> None:
    handle = settled(desk).locator(".ck-ghost").bounding_box()
    assert handle is not None
    x, y = handle["x"] + handle["width"] / 2, handle["y"] + handle["height"] / 2
    desk.mouse.move(x, y)
    desk.mouse.down()
    for step in range(1, 6):
        desk.mouse.move(x + across * step / 5, y + down * step / 5)
    desk.mouse.up()


def _save(panel: Locator, name: str) -> None:
    panel.get_by_label("Name of the scenario").fill(name)
    panel.get_by_role("button", name="Save", exact=True).click()


def test_numbers_after_a_drag_are_those_of_the_engine(
    desk: Page, panel: Locator, engine: WhatIf, town: Study
) -> None:
    kept = Scenarios(town.path)
    _save(panel, NAME)
    expect(panel).to_contain_text(f"Saved as '{NAME}'")
    first = next(one.scenario for one in kept.listed())
    _drag(desk, 70.0, 40.0)
    expect(panel).to_contain_text("Not saved yet.")
    _save(panel, NAME)
    expect(panel).not_to_contain_text("Not saved yet.")
    second = next(one.scenario for one in kept.listed())
    assert first.change.ghosts[0].lon < second.change.ghosts[0].lon

    step = engine.step(second.change, Filters())
    expect_rows(panel, line_rows(step.lines, least=LEAST))
    settled(desk).keyboard.press("Control+z")
    before = engine.step(first.change, Filters())
    expect_rows(panel, line_rows(before.lines, least=LEAST))
    settled(desk).keyboard.press("Control+Shift+z")
    expect_rows(panel, line_rows(step.lines, least=LEAST))

    settled(desk).locator("body").press("c")
    compare = desk.locator(".ck-compare")
    compare.get_by_label("Right").select_option(label=NAME)
    today = engine.step(Change(), Filters())
    expect_rows(compare, compare_rows(today.lines, step.lines, least=LEAST))
    compare.get_by_role("button", name="Swap sides").click()
    expect_rows(compare, compare_rows(step.lines, today.lines, least=LEAST))


def test_escape_closes_the_form_and_then_the_tool(desk: Page, panel: Locator) -> None:
    form, add = panel.locator(".ck-tried"), panel.get_by_text("Add a camera")
    expect(form).to_be_visible()

    settled(desk).keyboard.press("Escape")
    expect(form).to_be_hidden()
    expect(add).to_be_visible()
    settled(desk).keyboard.press("Escape")
    expect(add).to_be_hidden()


def test_outside_its_tool_a_trial_is_named_but_not_drawn(
    desk: Page, panel: Locator
) -> None:
    trial = desk.locator(".ck-trial")
    expect(trial).to_be_hidden()
    settled(desk).locator("body").press("c")
    expect(desk.locator(".ck-ghost")).to_have_count(0)
    settled(desk).locator("body").press("Escape")

    expect(trial).to_contain_text("1 change. Map and numbers are those of today.")
    expect(desk.locator(".ck-ghost")).to_have_count(0)
    trial.get_by_role("button", name="Show").click()
    expect(desk.locator(".ck-ghost")).to_have_count(1)
    expect(panel.get_by_text("Add a camera")).to_be_visible()


def test_a_name_that_cannot_be_is_said_at_its_field(desk: Page, panel: Locator) -> None:
    _save(panel, "<b>Plan</b>")
    refused = panel.locator(".ck-refused")

    expect(refused).to_contain_text("without < and >")
    expect(desk.get_by_text("Reference")).to_have_count(0)
    panel.get_by_label("Name of the scenario").fill("Plan")
    expect(refused).to_be_hidden()
