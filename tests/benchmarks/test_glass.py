"""The promise of live pictures: how old is what stands on the screen."""

from __future__ import annotations

import os
import statistics
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Error, sync_playwright

from coveragekit.registry import picture_masks
from tests.browser.preview_page import LOGIN, Stage, staged
from tests.feeds.peers.rtsp import make_media, require, rtsp_peer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Page

pytestmark = pytest.mark.browser

OPEN_MS = 90_000
SETTLED_S = 6.0
APART_MS = 110
COUNT = 80
# The camera draws its clock into 46 cells; this reads it off the screen's own pixels.
AGE = """
(shown) => {
  const [wide, high, cell, left, top] = [640, 360, 12, 8, 8];
  const canvas = document.createElement("canvas");
  Object.assign(canvas, { width: wide, height: high });
  const paper = canvas.getContext("2d", { willReadFrequently: true });
  paper.drawImage(document.querySelector(shown), 0, 0, wide, high);
  const pixels = paper.getImageData(0, 0, wide, 40).data;
  let time = 0;
  for (let bit = 0; bit < 46; bit += 1) {
    let sum = 0;
    for (let y = top + 4; y < top + 12; y += 1)
      for (let x = left + bit * cell + 3; x < left + bit * cell + 9; x += 1)
        sum += pixels[4 * (y * wide + x)];
    if (bit > 1) time = time * 2 + (sum > 48 * 125 ? 1 : 0);
  }
  return Date.now() - time;
}
"""
FORMS = {"video": ("fmp4", 600.0), ".ckl-image": ("jpeg", 250.0)}


@pytest.fixture
def stage(scale: float, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """Serve a page with the preview of a camera that films the clock."""
    if scale < 1:
        pytest.skip("tests/browser sees that the screen is right; this measures it")
    require()
    media = make_media(tmp_path_factory.mktemp("media"), ["sub"])
    with (
        rtsp_peer(media, "--digest", LOGIN) as peer,
        staged(tmp_path_factory.mktemp("glass"), peer) as made,
    ):
        made.integrate()
        yield made


def test_what_stands_on_the_screen_is_less_than_a_moment_old(
    stage: Stage, chromium: str, promise
) -> None:
    flags = ["--no-sandbox", "--autoplay-policy=no-user-gesture-required"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=flags)
        page = browser.new_page(viewport={"width": 700, "height": 600})
        page.goto(stage.address, timeout=OPEN_MS)
        for shown, (form, most_ms) in FORMS.items():
            if form == "jpeg":
                cover(stage)
            sign = f'.ckl[data-state="playing"][data-form="{form}"]'
            page.wait_for_selector(sign, timeout=OPEN_MS)
            page.wait_for_timeout(1000 * SETTLED_S)
            ages = measured(page, shown)
            note = f"at most {max(ages):.0f} ms, load {os.getloadavg()[0]:.1f}"
            what = f"live: glass to glass as {form}, median"
            promise(what, statistics.median(ages), "ms", at_most=most_ms, note=note)
        browser.close()


def cover(stage: Stage) -> None:
    """Mask a part of the picture, below the clock: from now on it comes as JPEGs."""
    mask = {"camera_id": stage.camera_id, "ring": [[0, 0.5], [0.5, 0.5], [0.5, 1]]}
    with stage.door.registry.write() as connection:
        picture_masks.add_mask(connection, mask, by="test")


def measured(page: Page, shown: str) -> list[int]:
    """Read ages at moments that have nothing to do with the camera's own."""
    ages: list[int] = []
    for _ in range(50 * COUNT):
        try:
            age = page.evaluate(AGE, shown)
        except Error:
            # an image that is being replaced cannot be drawn at this moment
            age = -1
        # a picture from the midst of a change of pages holds no clock
        if 0 <= age < 60_000:
            ages.append(age)
        if len(ages) == COUNT:
            break
        page.wait_for_timeout(APART_MS)
    assert len(ages) == COUNT, ages
    return ages
