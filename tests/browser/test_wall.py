"""A wall of cameras that film, in Chromium on a Voila page: every tile advances."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from coveragekit.registry.audit import Entry, read_log
from tests.browser.conftest import OPEN_MS, PHONE, Watch
from tests.browser.helpers import serious_faults
from tests.browser.reading import PATIENCE_S, advances, clock
from tests.browser.wall_page import Stage, staged

pytestmark = pytest.mark.browser

FORMS = ["hls", "mjpeg", "mjpeg", "mjpeg", "mjpeg"]
DESK = {"width": 1000, "height": 700}


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory, chromium: str) -> Iterator[Stage]:
    """Give the server that all tests share."""
    assert chromium
    with staged(tmp_path_factory.mktemp("walls"), len(FORMS)) as made:
        yield made


@pytest.fixture(scope="module")
def shown(stage: Stage) -> list[str]:
    """Give the cameras of the wall; the last one's owner has withdrawn."""
    made = stage.integrate(FORMS)
    stage.scene.move(made[4], "withdrawn")
    stage.show(wall=made)
    return made


def _opened(browser: Browser, stage: Stage, **options) -> Iterator[Page]:
    context = browser.new_context(**options)
    watch = Watch(context)
    page = context.new_page()
    page.goto(stage.address, timeout=OPEN_MS)
    expect(_tile(page, 0, "still")).to_be_visible()
    yield page
    said = page.content()
    context.close()
    assert watch.outside == []
    assert watch.errors == []
    assert "video.mjpg" not in said
    assert "picture.jpg" not in said


@pytest.fixture(scope="module")
def page(browser: Browser, stage: Stage, shown: list[str]) -> Iterator[Page]:
    """Give the open wall at a desk's size; no test leaves it as it was not."""
    assert shown
    yield from _opened(browser, stage, viewport=DESK)


@pytest.fixture
def phone(browser: Browser, stage: Stage, shown: list[str]) -> Iterator[Page]:
    """Give the open wall on a telephone."""
    assert shown
    yield from _opened(browser, stage, viewport=PHONE, has_touch=True, is_mobile=True)


def _tile(page: Page, index: int, state: str | None = None) -> Locator:
    mark = f'[data-state="{state}"]' if state else ""
    return page.locator(f".ckw-tile:nth-child({index + 1}) .ckl{mark}")


def _large(page: Page, state: str) -> Locator:
    return page.locator(f'.ckw-large .ckl[data-state="{state}"]')


def _lines(stage: Stage, camera_id: str) -> list[Entry]:
    with stage.door.registry.read() as connection:
        found = read_log(connection, action="view_live", object_id=camera_id)
        return [one.entry for one in found]


def _wait_for_end(page: Page, stage: Stage, camera_id: str, form: str) -> Entry:
    """Wait until the log says how a look in some form ended."""
    ends_s = time.monotonic() + PATIENCE_S
    while True:
        for one in reversed(_lines(stage, camera_id)):
            if one.result == "done" and one.parameters["form"] == form:
                return one
        assert time.monotonic() < ends_s, form
        page.wait_for_timeout(100)


def test_every_tile_advances_and_says_how_old_it_is(
    page: Page, stage: Stage, shown: list[str]
) -> None:
    for index in range(4):
        seen = advances(_tile(page, index, "still"), 2)
        assert seen == sorted(seen)
        assert abs((datetime.now(UTC) - seen[-1]).total_seconds()) < 20
    chip = _tile(page, 1).locator(".ckl-chip")
    expect(chip).to_contain_text(" s ago")
    name = _tile(page, 0).locator(".ckl-name")
    expect(name).to_have_text("Lake Drive <b>1</b> by the old mill and far beyond")
    note = _tile(page, 0).locator(".ckl-note")
    expect(note).to_have_text("shows the door: recognise")
    assert _lines(stage, shown[1])[0].result == "allowed"


def test_what_may_not_be_shown_says_so_and_harms_no_other(
    page: Page, stage: Stage, shown: list[str]
) -> None:
    refused = _tile(page, 4, "refused")
    expect(refused.locator(".ckl-veil")).to_have_text(
        "The owner's consent is withdrawn."
    )
    assert clock(_tile(page, 4)) is None
    assert [one.result for one in _lines(stage, shown[4])] == ["refused"]
    advances(_tile(page, 3, "still"), 2)


def test_keys_choose_a_camera_play_it_and_enlarge_it(
    page: Page, stage: Stage, shown: list[str]
) -> None:
    page.locator(".ckw-tile").first.focus()
    for key in ("ArrowRight", "ArrowLeft", "End", "Home"):
        page.keyboard.press(key)
    expect(page.locator(".ckw-tile").first).to_be_focused()
    page.keyboard.press("Enter")
    playing = _tile(page, 0, "playing")
    expect(playing).to_have_attribute("data-form", "fmp4")
    live = advances(playing, 4)
    assert live == sorted(live)
    expect(page.locator(".ckw-tile").first).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("Enter")
    large = _large(page, "playing")
    seen = advances(large, 3)
    assert seen == sorted(seen)
    expect(page.locator(".ckw-grid")).to_be_hidden()
    page.keyboard.press("Escape")
    expect(page.locator(".ckw-tile").first).to_be_focused()
    advances(_tile(page, 0, "still"), 2)
    ended = _wait_for_end(page, stage, shown[0], "fmp4")
    assert ended.parameters["seconds"] > 0


def test_the_enlarged_picture_is_kept_and_seen_once_more(
    page: Page, stage: Stage
) -> None:
    page.locator(".ckw-tile").nth(1).click()
    expect(_tile(page, 1, "playing")).to_have_attribute("data-form", "jpeg")
    page.locator(".ckw-tile").nth(1).click()
    advances(_large(page, "playing"), 12)
    large = page.locator(".ckw-large")
    large.get_by_role("button", name="Keep still").click()
    said = large.locator(".ckl-said")
    expect(said).to_contain_text("Kept as ")
    kept = stage.folder / "evidence" / said.inner_text().removeprefix("Kept as ")
    assert kept.is_file()
    large.get_by_role("button", name="Last 60 s").click()
    back = _large(page, "recorded")
    expect(back.locator(".ckl-chip")).to_contain_text("Recorded")
    # what is played was cut off before it began to play
    begun = datetime.now(UTC)
    expect(_large(page, "ended").locator(".ckl-veil")).to_contain_text("ended")
    last = clock(_large(page, "ended"))
    assert last is not None
    assert last < begun
    large.get_by_role("button", name="Back to live").click()
    then = advances(_large(page, "playing"), 2)
    assert then[-1] > last
    large.get_by_role("button", name="Back to the wall").click()
    expect(_tile(page, 1, "still")).to_be_visible()


def test_a_tile_plays_while_the_pointer_rests_on_it(page: Page) -> None:
    page.locator(".ckw-tile").nth(2).hover()
    advances(_tile(page, 2, "playing"), 3)
    page.mouse.move(5, 5)
    advances(_tile(page, 2, "still"), 2)


def test_nothing_on_it_is_out_of_reach(page: Page) -> None:
    expect(page.locator(".ckw")).to_have_attribute("aria-label", "Wall of 5 cameras")
    label = "Lake Drive 4, Picture"
    expect(page.locator(".ckw-tile").nth(3)).to_have_attribute("aria-label", label)
    assert page.locator('.ckw-tile[tabindex="0"]').count() == 1
    own = [one for one in serious_faults(page) if "ck" in one[1]]
    assert own == []


def test_a_withdrawn_consent_takes_one_tile_off_the_wall(
    page: Page, stage: Stage, shown: list[str]
) -> None:
    advances(_tile(page, 3, "still"), 2)
    stage.scene.move(shown[3], "withdrawn")
    veil = _tile(page, 3, "refused").locator(".ckl-veil")
    expect(veil).to_contain_text("consent")
    assert clock(_tile(page, 3)) is None
    ended = _wait_for_end(page, stage, shown[3], "glimpses")
    assert ended.parameters["how"] == "ended"
    advances(_tile(page, 2, "still"), 2)


def test_on_a_telephone_it_fits_and_what_is_scrolled_away_rests(
    phone: Page, stage: Stage, shown: list[str]
) -> None:
    wide = phone.evaluate("document.documentElement.scrollWidth")
    assert wide <= PHONE["width"]
    phone.locator(".ckw-tile").nth(1).tap()
    advances(_tile(phone, 1, "playing"), 2)
    before = len(_lines(stage, shown[2]))
    phone.evaluate(
        """() => {
          const far = document.createElement('div');
          far.style.height = '4000px';
          document.querySelector('.ckw').before(far);
          window.scrollTo(0, 0);
        }"""
    )
    ends_s = time.monotonic() + PATIENCE_S
    while len(_lines(stage, shown[2])) == before:
        assert time.monotonic() < ends_s
        phone.wait_for_timeout(100)
    assert _lines(stage, shown[2])[-1].result == "done"
    phone.locator(".ckw-tile").nth(2).scroll_into_view_if_needed()
    advances(_tile(phone, 2, "still"), 2)
