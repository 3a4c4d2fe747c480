"""The promises of the map: small to send, quick to draw, smooth to move."""

from __future__ import annotations

import os
import statistics
from typing import TYPE_CHECKING

import numpy as np
import pytest
from playwright.sync_api import sync_playwright

from coveragekit.maps.bridge_points import pack_points
from tests.browser.bridge_city import cameras
from tests.browser.bridge_page import opened, served

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser

CAMERAS = 60_000
MANY = 100_000
# Every frame of the browser while the map is dragged, and when pictures came.
WATCH = """() => {
  window.__frames = [];
  window.__watching = true;
  const tick = (now) => {
    window.__frames.push(now);
    if (window.__watching) requestAnimationFrame(tick);
  };
  requestAnimationFrame(tick);
}"""


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    """Start one Chromium for this module."""
    with sync_playwright() as playwright:
        flags = ["--no-sandbox", "--disable-background-networking"]
        started = playwright.chromium.launch(executable_path=chromium, args=flags)
        yield started
        started.close()


def test_sixty_thousand_cameras_are_packed_in_a_moment(
    scale, promise, cpu_clock
) -> None:
    count = int(CAMERAS * scale)
    merc = cameras(count)
    kinds = np.random.default_rng(1).integers(0, 16, count).astype(np.uint8)

    with cpu_clock() as spent:
        packed = pack_points(merc, kinds)

    assert packed["count"] == count
    note = f"{count:,} cameras"
    promise("cameras sent", len(packed["data"]) / 1e3, "kB", at_most=300, note=note)
    promise("cameras packed", spent[0], "s", at_most=0.1, note=note)


@pytest.mark.parametrize("full", [CAMERAS, MANY])
def test_a_city_is_panned_smoothly(
    scale, promise, browser: Browser, tmp_path: Path, full: int
) -> None:
    count = int(full * scale)
    with (
        served(tmp_path, BRIDGE_CAMERAS=str(count), BRIDGE_ZOOM="11") as url,
        opened(browser, url) as shown,
    ):
        page = shown.page
        page.wait_for_function(f"__ck.points === {count} && __ck.visible > 0")
        first = shown.counters()
        page.evaluate(WATCH)
        page.mouse.move(*shown.at(300, 100))
        for turn in range(4):
            page.mouse.down()
            for step in range(1, 25):
                way = 20 * step if turn % 2 else -20 * step
                page.mouse.move(*shown.at(300 * (1 - 2 * (turn % 2)) + way, 100))
                page.wait_for_timeout(8)
            page.mouse.up()
        frames = page.evaluate("window.__watching = false, window.__frames")
        page.mouse.wheel(0, -200)
        page.wait_for_timeout(600)
        shown.rest()
        last = shown.counters()

    gaps = np.diff(frames)
    note = f"{count:,} cameras, load {os.getloadavg()[0]:.0f}"
    assert last["answered"] == last["asked"] > first["asked"]
    assert last["visible"] > 0
    rate = 1000.0 * len(gaps) / float(np.sum(gaps))
    promise("frames while panning", rate, "1/s", at_least=30, note=note)
    promise("longest gap", float(gaps.max()), "ms", at_most=250, note=note)
    drawn = statistics.median(last["draws"])
    promise("cameras drawn, median", drawn, "ms", at_most=60, note=note)
    sent = first["bytes"] + first["pointBytes"]
    promise("first view sent", sent / 1e3, "kB", at_most=1000, note=note)
    latency = statistics.median(last["waits"])
    promise("a picture's way, median", latency, "ms", at_most=400, note=note)
