"""What the tests of the planner's page share: where things lie on the screen."""

from __future__ import annotations

import itertools
import json
import math
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import TimeoutError as PlaywrightTimeout
from playwright.sync_api import expect

from coveragekit.dashboards.planner.answers import Answers
from coveragekit.dashboards.planner.whatif import WhatIf
from coveragekit.view import Store, mercator

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

    from coveragekit.study import Study

__all__ = [
    "address",
    "engine_of",
    "expect_rows",
    "find",
    "go_to",
    "lone_camera",
    "map_box",
    "pixel_of",
    "serious_faults",
    "settled",
    "value",
    "wait_for_address",
]

_TILE_PX = 256.0
_PATIENCE_MS = 180_000
_CALLS = itertools.count(1)
# The kernel has dealt with all that the page said, has counted what it was asked to,
# the map neither moves nor waits for pictures; and so it has been for a while, so that
# what the page says a moment after a key or a click has been said too.
_STATE = """() => JSON.stringify([document.querySelector('.ck-app')?.dataset,
  document.documentElement.dataset, {...window.__ck, waits: 0, draws: 0}])"""
_AT_REST = """(call) => {
  const app = document.querySelector('.ck-app')?.dataset;
  const untaken = Number(document.documentElement.dataset.ckUntaken ?? 0);
  const is = app?.asked > 0 && app.asked === app.counted && untaken === 0
    && window.__ck?.points > 0 && __ck.answered > 0 && !__ck.pending && !__ck.moving;
  const now = performance.now();
  if (!is || window.__rest?.call !== call) window.__rest = { call, since: now };
  return is && now - __rest.since > 300;
}"""


def settled(page: Page) -> Page:
    """Wait until nothing on a planner's page is under way any more, and give it."""
    try:
        page.wait_for_function(_AT_REST, arg=next(_CALLS), timeout=_PATIENCE_MS)
    except PlaywrightTimeout:
        pytest.fail(f"the page did not come to rest: {page.evaluate(_STATE)}")
    return page


def value(page: Page, share: str) -> Locator:
    """Give the headline value of a share."""
    return page.locator(f"[data-share={share}] .ck-value")


def map_box(page: Page) -> dict[str, float]:
    """Give the map's box on the screen."""
    box = page.locator(".leaflet-container").bounding_box()
    assert box is not None
    return box


def address(page: Page) -> dict[str, str]:
    """Give the parts of the page's fragment."""
    found = parse_qs(urlsplit(page.url).fragment, keep_blank_values=True)
    return {key: values[0] for key, values in found.items()}


def wait_for_address(page: Page, words: str) -> None:
    """Wait until the fragment holds these words."""
    page.wait_for_function("words => location.hash.includes(words)", arg=words)


def find(page: Page, name: str) -> Locator:
    """Type a name into the box that finds, and give what is found for it all."""
    settled(page).locator("body").press("/")
    page.keyboard.type(name)
    return settled(page).locator(".ck-found li")


def go_to(page: Page, name: str) -> None:
    """Go to the first thing of a name."""
    expect(find(page, name).first).to_contain_text(name, ignore_case=True)
    page.keyboard.press("Enter")
    settled(page)


def pixel_of(page: Page, lon: float, lat: float) -> tuple[float, float]:
    """Give where a place lies on the screen, by the position in the address."""
    wait_for_address(settled(page), "at=")
    middle_lat, middle_lon, zoom = map(float, address(page)["at"].split(","))
    scale = _TILE_PX * math.pow(2.0, zoom)
    there = mercator.to_merc([lon, middle_lon], [lat, middle_lat])
    across, down = (there[0] - there[1]) * scale
    box = map_box(page)
    return (
        box["x"] + box["width"] / 2.0 + float(across),
        box["y"] + box["height"] / 2.0 + float(down),
    )


def serious_faults(page: Page) -> list[tuple[str, str]]:
    """Give what axe-core finds of serious and critical faults: rule and element."""
    found = Axe().run(page).response["violations"]
    return [
        (one["id"], node["html"][:160])
        for one in found
        if one["impact"] in {"serious", "critical"}
        for node in one["nodes"]
    ]


def lone_camera(store: Store) -> int:
    """Give the camera that has no other near, so that a click means it alone."""
    merc = store.cameras.merc
    apart = np.linalg.norm(merc[:, None] - merc[None], axis=2)
    np.fill_diagonal(apart, np.inf)
    return int(np.argmax(apart.min(axis=1)))


def engine_of(study: Study, *, least: int) -> WhatIf:
    """Give what tries cameras out, on a store of its own."""
    store = Store.open(study.path)
    summary = json.loads((store.folder / "summary.json").read_text("utf-8"))
    return WhatIf(store, Answers(store, summary, least=least))


def expect_rows(part: Locator, rows: list[dict]) -> None:
    """Wait until a table of numbers before and after says these."""
    for row in rows:
        cells = part.locator(f"tr[data-line={row['name']}] td")
        expect(cells.nth(0)).to_have_text(row["before"])
        expect(cells.nth(1)).to_have_text(row["after"])
        expect(cells.nth(2)).to_contain_text(row["difference"])
