"""A real camera seen in Chromium, through the door, by the widget on a Voila page."""

from __future__ import annotations

import contextlib
import io
import time
from collections.abc import Iterator

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from coveragekit.registry import picture_masks
from coveragekit.registry.audit import read_log
from tests.browser.conftest import OPEN_MS, PHONE, Watch
from tests.browser.preview_page import LOGIN, NAME, Stage, staged
from tests.feeds.peers.rtsp import RtspPeer, make_media, require, rtsp_peer
from tests.feeds.peers.scenes import read

pytestmark = pytest.mark.browser
CANARY = LOGIN.partition(":")[2]
# What telephones have in its place; it plays nothing that could be cast elsewhere.
MANAGED = """(() => {
  const Plain = window.MediaSource;
  window.__managed = 0;
  window.ManagedMediaSource = class extends Plain {
    constructor() {
      super();
      window.__managed += 1;
      this.addEventListener('sourceopen', () => {
        const video = document.querySelector('.ckl-video');
        if (!video.disableRemotePlayback) throw new Error('it could be cast');
      });
    }
  };
  delete window.MediaSource;
})()"""
NO_STREAMS = "delete window.MediaSource; delete window.ManagedMediaSource;"
# A telephone that saves its battery, or a browser that lets nothing play by itself.
NO_PLAY = """HTMLMediaElement.prototype.play = () =>
  Promise.reject(new DOMException('not by itself', 'NotAllowedError'));"""


@pytest.fixture(scope="module")
def peer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RtspPeer]:
    """Give a camera that asks for a name and a password."""
    require()
    media = make_media(tmp_path_factory.mktemp("media"), ["sub", "h265"])
    with rtsp_peer(media, "--digest", LOGIN) as running:
        yield running


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory, peer: RtspPeer) -> Iterator[Stage]:
    """Give the server that all tests share."""
    with staged(tmp_path_factory.mktemp("previews"), peer) as made:
        yield made


@pytest.fixture
def stage(shared: Stage) -> Stage:
    """Give a camera of this test's own, which the next page shows."""
    shared.integrate()
    return shared


@pytest.fixture
def page(browser: Browser, stage: Stage) -> Iterator[Page]:
    """Give the open page; it asks no other host and throws nothing."""
    with _opened(browser, stage) as opened:
        yield opened


@contextlib.contextmanager
def _opened(browser: Browser, stage: Stage, first: str = "") -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 700, "height": 600})
    watch = Watch(context)
    opened = context.new_page()
    opened.add_init_script(first)
    opened.goto(stage.address, timeout=OPEN_MS)
    yield opened
    said = opened.content()
    context.close()
    assert watch.outside == []
    assert watch.errors == []
    assert CANARY not in said
    assert "rtsp" not in said


def _is(page: Page, state: str) -> None:
    expect(page.locator(f'.ckl[data-state="{state}"]')).to_be_visible()


def _clock(page: Page) -> int | None:
    """Read the camera's own clock off the screen."""
    shot = page.locator(".ckl-stage").screenshot()
    grey = np.asarray(Image.open(io.BytesIO(shot)).convert("L").resize((640, 360)))
    return read(grey)


def _advances(page: Page, times: int = 3) -> list[int]:
    """Wait until the screen has shown several moments, each later than the last."""
    seen: list[int] = []
    ends_s = time.monotonic() + 60
    while len(seen) < times:
        assert time.monotonic() < ends_s, seen
        at = _clock(page)
        if at is not None and (not seen or at != seen[-1]):
            seen.append(at)
        page.wait_for_timeout(50)
    return seen


def _wait_for_lines(page: Page, stage: Stage, wanted: list[str]) -> None:
    """Wait until the log says of this camera what is wanted."""
    ends_s = time.monotonic() + 60
    asked = {"action": "view_live", "object_id": stage.camera_id}
    while True:
        with stage.door.registry.read() as connection:
            told = [one.entry.result for one in read_log(connection, **asked)]
        if told == wanted:
            return
        assert time.monotonic() < ends_s, told
        page.wait_for_timeout(100)


def test_the_picture_on_the_screen_is_the_camera_now(page: Page, stage: Stage) -> None:
    _is(page, "playing")
    seen = _advances(page)
    assert seen == sorted(seen)
    # the clock in the picture is the clock on the wall, within the patience of a test
    assert abs(seen[-1] / 1000 - time.time()) < 10
    box = page.locator(".ckl")
    expect(box).to_have_attribute("data-form", "fmp4")
    expect(box.locator(".ckl-name")).to_have_text(NAME)
    expect(box.locator(".ckl-note")).to_have_text("shows the door: recognise")
    expect(box.locator(".ckl-chip")).to_contain_text("Live")
    expect(box.get_by_role("button", name="Full screen")).to_be_visible()
    log = (stage.folder / "kernel.log").read_text("utf-8")
    assert CANARY not in log
    assert "rtsp" not in log


def test_a_frozen_camera_never_looks_live_and_comes_back(
    page: Page, peer: RtspPeer
) -> None:
    _is(page, "playing")
    peer.freeze()
    try:
        expect(page.locator('.ckl:not([data-state="playing"])')).to_be_visible()
        expect(page.locator(".ckl-veil")).to_contain_text("Last picture")
        expect(page.locator(".ckl-video")).to_have_css(
            "filter", "grayscale(1) brightness(0.55)"
        )
    finally:
        peer.thaw()
    _is(page, "playing")
    _advances(page, 2)


def test_a_withdrawn_consent_takes_the_picture_off_the_screen(
    page: Page, stage: Stage
) -> None:
    _is(page, "playing")
    _advances(page, 2)
    stage.scene.move(stage.camera_id, "withdrawn")
    _is(page, "refused")
    expect(page.locator(".ckl-veil")).to_contain_text("consent")
    assert (
        page.locator(".ckl-video").evaluate("video => video.currentSrc && video.src")
        == ""
    )
    _wait_for_lines(page, stage, ["allowed", "done"])


def test_a_masked_camera_comes_as_covered_pictures(page: Page, stage: Stage) -> None:
    _is(page, "playing")
    left = [[0.0, 0.3], [0.5, 0.3], [0.5, 1.0], [0.0, 1.0]]
    with stage.door.registry.write() as connection:
        mask = {"camera_id": stage.camera_id, "ring": left}
        picture_masks.add_mask(connection, mask, by="test")
    expect(page.locator('.ckl[data-form="jpeg"][data-masked="true"]')).to_be_visible()
    _is(page, "playing")
    expect(page.locator(".ckl-covered")).to_have_text("Parts are covered")
    # longer than a sender waits for what was not acknowledged
    seen = _advances(page, 14)
    assert abs(seen[-1] / 1000 - time.time()) < 5
    shot = page.locator(".ckl-image").screenshot()
    grey = np.asarray(Image.open(io.BytesIO(shot)).convert("L")).astype(int)
    height, width = grey.shape
    covered = grey[int(height * 0.4) : int(height * 0.9), : int(width * 0.45)]
    shown = grey[int(height * 0.4) : int(height * 0.9), int(width * 0.6) :]
    assert np.ptp(covered) <= 6
    assert np.ptp(shown) > 20
    # the stream of before is gone from the page
    assert page.locator(".ckl-video").evaluate("video => video.src") == ""


def test_a_page_that_is_not_seen_looks_no_longer(page: Page, stage: Stage) -> None:
    _is(page, "playing")
    page.evaluate(
        """() => {
          const far = document.createElement('div');
          far.style.height = '3000px';
          document.querySelector('.ckl').closest('.jp-OutputArea, body').prepend(far);
          window.scrollTo(0, 0);
        }"""
    )
    expect(page.locator('.ckl[data-state="resting"]')).to_be_attached()
    _wait_for_lines(page, stage, ["allowed", "done"])
    page.locator(".ckl").scroll_into_view_if_needed()
    _is(page, "playing")


def test_it_fits_a_phone(page: Page) -> None:
    page.set_viewport_size(PHONE)
    _is(page, "playing")
    wide = page.evaluate("document.documentElement.scrollWidth")
    assert wide <= PHONE["width"]


def test_a_browser_with_the_managed_source_alone_plays_the_stream(
    browser: Browser, stage: Stage
) -> None:
    with _opened(browser, stage, MANAGED) as page:
        _is(page, "playing")
        expect(page.locator(".ckl")).to_have_attribute("data-form", "fmp4")
        _advances(page, 2)
        assert page.evaluate("window.__managed") >= 1
        assert page.evaluate("typeof window.MediaSource") == "undefined"


@pytest.mark.parametrize("lacks", [NO_STREAMS, NO_PLAY], ids=["source", "play"])
def test_a_browser_that_plays_no_stream_is_sent_pictures(
    browser: Browser, stage: Stage, lacks: str
) -> None:
    with _opened(browser, stage, lacks) as page:
        expect(page.locator('.ckl[data-form="jpeg"]')).to_be_visible()
        _is(page, "playing")
        _advances(page, 4)


def test_what_this_browser_cannot_decode_comes_as_pictures(
    browser: Browser, shared: Stage
) -> None:
    shared.integrate("h265")
    with _opened(browser, shared) as page:
        plays = "MediaSource.isTypeSupported('video/mp4; codecs=\"hvc1.1.6.L93.90\"')"
        assert page.evaluate(plays) is False
        expect(page.locator('.ckl[data-form="jpeg"]')).to_be_visible()
        _is(page, "playing")
        _advances(page, 4)


def test_what_cannot_work_is_not_offered(page: Page) -> None:
    _is(page, "playing")
    # no folder is set that stills could be kept in
    shown = page.locator(".ckl-button:visible")
    expect(shown).to_have_text(["Last 60 s", "Full screen"])
