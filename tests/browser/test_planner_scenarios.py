"""Plans on the planner's page: a kind swapped; saved, compared, opened once more."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from coveragekit.dashboards.planner.filters import Filters
from coveragekit.dashboards.planner.ghosts import ghost_of_camera, with_part
from coveragekit.dashboards.planner.whatif_state import compare_rows, line_rows
from coveragekit.study.change import Change
from coveragekit.study.scenarios import Scenarios
from coveragekit.view import Store, mercator
from tests.browser.conftest import wait_until_drawn
from tests.browser.helpers import (
    engine_of,
    expect_rows,
    lone_camera,
    pixel_of,
    settled,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Locator, Page

    from coveragekit.dashboards.planner.whatif import WhatIf
    from coveragekit.study import Study

pytestmark = [pytest.mark.browser, pytest.mark.slow]

LEAST = 5  # of the role "planner"
SWAPPED, ADDED = "Fisheye instead", "One more"
# Pictures of the layers that the divider cuts.
CUT = """() => [...document.querySelectorAll('.ck-tiles')]
  .filter((layer) => layer.style.clipPath && layer.style.display !== 'none')
  .map((layer) => layer.querySelectorAll('img').length)"""


@pytest.fixture(scope="module")
def store(town: Study) -> Store:
    return Store.open(town.path)


@pytest.fixture(scope="module")
def engine(town: Study) -> WhatIf:
    """Give what tries cameras out, beside the page."""
    return engine_of(town, least=LEAST)


@pytest.fixture(scope="module")
def swapped(store: Store) -> Change:
    """Give the change that hangs a fisheye where a camera stands alone."""
    ghost = ghost_of_camera(store, lone_camera(store))
    assert ghost.kind != "fisheye"
    return Change().put(with_part(ghost, "kind", "fisheye"))


@pytest.fixture
def panel(desk: Page, town: Study) -> Iterator[Locator]:
    """Give the what-if panel with nothing tried; take back what a test has saved."""
    _take_up(desk)
    found = desk.locator(".ck-whatif")
    yield found
    _take_up(desk)
    clear = found.get_by_role("button", name="Clear all")
    if clear.is_enabled():
        clear.click()
    settled(desk)
    _choose(desk, "whatif")  # lays the tool down
    expect(found.get_by_role("button", name="Add a camera")).to_be_hidden()
    kept = Scenarios(town.path)
    for one in kept.listed():
        if one.scenario is not None and one.scenario.name in {SWAPPED, ADDED}:
            kept.delete(one.key)


def _take_up(desk: Page) -> None:
    """Take the what-if tool in hand."""
    settled(desk)
    if desk.locator(".ck-app").get_attribute("data-mode") != "whatif":
        _choose(desk, "whatif")
    expect(desk.locator(".ck-app")).to_have_attribute("data-mode", "whatif")


def _choose(desk: Page, tool: str) -> None:
    desk.locator(f"[data-tool={tool}]").click()
    settled(desk)


def _press(desk: Page, keys: str) -> None:
    """Press keys that mean the page, not the field that has the focus."""
    desk.evaluate("document.activeElement.blur()")
    desk.keyboard.press(keys)
    settled(desk)


def _kind(panel: Locator) -> Locator:
    return panel.locator(".ck-tried").get_by_role("combobox", name="Kind", exact=True)


def _swap_on_the_map(desk: Page, panel: Locator, store: Store) -> None:
    """Click a camera of the study and choose another kind for it."""
    lon, lat = mercator.to_lonlat(store.cameras.merc[lone_camera(store)])
    desk.mouse.click(*pixel_of(desk, lon, lat))
    expect(_kind(panel)).to_be_visible()
    _kind(panel).select_option("fisheye")
    settled(desk)


def _add_in_the_middle(desk: Page, panel: Locator) -> None:
    panel.get_by_role("button", name="Add a camera").click()
    panel.get_by_role("button", name="Put it in the middle of the map").click()
    expect(desk.locator(".ck-ghost")).to_have_count(1)
    settled(desk)


def _save(desk: Page, panel: Locator, name: str) -> None:
    panel.get_by_label("Name of the scenario").fill(name)
    panel.get_by_role("button", name="Save", exact=True).click()
    expect(panel).to_contain_text(f"Saved as '{name}'")
    settled(desk)


def _rows(engine: WhatIf, change: Change) -> list[dict]:
    return line_rows(engine.step(change, Filters()).lines, least=LEAST)


def _compared(engine: WhatIf, left: Change, right: Change) -> list[dict]:
    sides = (engine.step(one, Filters()).lines for one in (left, right))
    return compare_rows(*sides, least=LEAST)


def test_a_camera_picked_on_the_map_is_swapped_for_another_kind(
    desk: Page, panel: Locator, store: Store, engine: WhatIf, swapped: Change
) -> None:
    painted = desk.evaluate("__ck.bytes")
    lines = _rows(engine, swapped)
    assert any(one["sign"] for one in lines), "this swap would show nothing"

    _swap_on_the_map(desk, panel, store)

    expect_rows(panel, lines)
    expect(panel.locator(".ck-changes")).to_contain_text("changed, fisheye")
    assert desk.evaluate("__ck.bytes") > painted
    assert desk.evaluate("__ck.failed") == 0

    _press(desk, "Control+z")
    expect(panel.locator("tr[data-line]")).to_have_count(0)
    expect(desk.locator(".ck-ghost")).to_have_count(0)
    _press(desk, "Control+Shift+z")
    expect_rows(panel, lines)
    expect(desk.locator(".ck-ghost")).to_have_count(1)


def test_the_card_of_a_camera_offers_the_swap_and_leads_to_its_kind(
    desk: Page, panel: Locator, store: Store
) -> None:
    _choose(desk, "explain")
    lon, lat = mercator.to_lonlat(store.cameras.merc[lone_camera(store)])
    desk.mouse.click(*pixel_of(desk, lon, lat))
    card = desk.get_by_role("region", name="Chosen camera")

    card.get_by_role("button", name="Swap").click()

    expect(_kind(panel)).to_be_focused()
    expect(card).to_be_hidden()


def test_two_saved_plans_are_compared_side_by_side(
    desk: Page,
    panel: Locator,
    town: Study,
    store: Store,
    engine: WhatIf,
    swapped: Change,
) -> None:
    _swap_on_the_map(desk, panel, store)
    _save(desk, panel, SWAPPED)
    panel.get_by_role("button", name="Clear all").click()
    settled(desk)
    _add_in_the_middle(desk, panel)
    _save(desk, panel, ADDED)
    kept = {
        one.scenario.name: one.scenario.change for one in Scenarios(town.path).listed()
    }
    assert kept[SWAPPED] == swapped
    assert len(kept[ADDED].ghosts) == 1
    assert kept[ADDED].ghosts[0].of == ""

    _choose(desk, "compare")
    compare = desk.locator(".ck-compare")
    compare.get_by_label("Left").select_option(label=SWAPPED)
    compare.get_by_label("Right").select_option(label=ADDED)
    settled(desk)

    expect_rows(compare, _compared(engine, swapped, kept[ADDED]))
    divider = desk.get_by_role("separator")
    expect(divider).to_have_accessible_name(
        f"Divider between {SWAPPED} and {ADDED}; arrow keys move it"
    )
    expect(desk.locator(".ck-side-left")).to_have_text(SWAPPED)
    expect(desk.locator(".ck-side-right")).to_have_text(ADDED)
    cut = desk.evaluate(CUT)
    assert len(cut) >= 2
    assert min(cut) > 0
    divider.focus()
    desk.keyboard.press("ArrowRight")
    expect(divider).to_have_attribute("aria-valuenow", "52")

    # What is tried now is one side, and each step back shows in the comparison.
    compare.get_by_label("Right").select_option(label="What is tried now")
    settled(desk)
    expect_rows(compare, _compared(engine, swapped, kept[ADDED]))
    _press(desk, "Control+z")
    expect_rows(compare, _compared(engine, swapped, Change()))
    _press(desk, "Control+z")
    expect_rows(compare, _compared(engine, swapped, swapped))
    _press(desk, "Control+Shift+z")
    _press(desk, "Control+Shift+z")
    expect_rows(compare, _compared(engine, swapped, kept[ADDED]))
    _choose(desk, "compare")
    expect(divider).to_be_hidden()


def test_a_saved_plan_is_opened_after_the_page_is_loaded_again(
    desk: Page, panel: Locator, town: Study, engine: WhatIf
) -> None:
    _add_in_the_middle(desk, panel)
    _save(desk, panel, ADDED)
    kept = Scenarios(town.path)
    (change,) = (
        one.scenario.change for one in kept.listed() if one.scenario.name == ADDED
    )
    lines = _rows(engine, change)
    expect_rows(panel, lines)

    desk.reload()
    wait_until_drawn(desk)
    _take_up(desk)
    expect(panel.locator("tr[data-line]")).to_have_count(0)
    panel.get_by_role("button", name=f"Open {ADDED}").click()
    settled(desk)

    expect(panel).to_contain_text(f"Opened '{ADDED}'")
    expect(panel.get_by_label("Name of the scenario")).to_have_value(ADDED)
    expect_rows(panel, lines)
    expect(desk.locator(".ck-ghost")).to_have_count(1)
    _press(desk, "Control+z")
    expect(panel.locator("tr[data-line]")).to_have_count(0)
    _press(desk, "Control+Shift+z")
    expect_rows(panel, lines)

    panel.get_by_role("button", name=f"Delete {ADDED}").click()
    panel.get_by_role("alertdialog").get_by_role("button", name="Delete").click()
    expect(panel.get_by_role("button", name=f"Open {ADDED}")).to_have_count(0)
    settled(desk)
    assert ADDED not in {one.scenario.name for one in kept.listed()}
