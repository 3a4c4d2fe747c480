"""From a camera on the planner's map to its picture, and what never comes along."""

from __future__ import annotations

import io
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, Response, WebSocket, expect

from coveragekit.access import Purpose, User, change_consent, read_audit
from coveragekit.access.demo_feeds import DemoFeeds
from coveragekit.dashboards import Served, serve_planner
from coveragekit.feeds.simulated_scene import read_clock
from coveragekit.study import Study
from coveragekit.view import Store
from tests.browser.conftest import DESK, OPEN_MS, OTHER_MS, PHONE, Watch
from tests.browser.conftest import wait_until_drawn as drawn
from tests.browser.helpers import go_to, serious_faults, settled
from tests.canaries import check, check_files, demo_words

pytestmark = [pytest.mark.browser, pytest.mark.slow]

NUMBER = "26-0417"
ADMIN = User("ann", "administrator", "local")
OFFICE = Purpose("administration")
PATIENCE_S = 60.0


@pytest.fixture(scope="module")
def feeds(town: Study, tmp_path_factory: pytest.TempPathFactory) -> Iterator[DemoFeeds]:
    """Film for some cameras of the town."""
    folder = tmp_path_factory.mktemp("live") / "cameras"
    with DemoFeeds(town.path, folder, has_clock_bits=True) as filming:
        yield filming


@pytest.fixture(scope="module")
def live(
    town: Study, feeds: DemoFeeds, log_file: str, chromium: str
) -> Iterator[Served]:
    """Serve the town's planner to somebody who may look."""
    assert log_file
    assert chromium
    told = feeds.environment
    with serve_planner(
        town.path, user="Sue Tester", role="supervisor", told=told
    ) as handle:
        yield handle


class Heard:
    """One open page, and all that reached it."""

    def __init__(self, browser: Browser, url: str, size: Any, **options: Any) -> None:
        self.context = browser.new_context(viewport=size, **options)
        self.context.set_default_timeout(OTHER_MS)
        self.watch = Watch(self.context)
        self.page = self.context.new_page()
        self.texts: list[tuple[str, str]] = []
        self.answers: list[Response] = []
        self.page.on("websocket", self._listen)
        self.page.on("response", self._answered)
        self.page.on("console", lambda said: self.texts.append(("console", said.text)))
        self.page.goto(url, timeout=OPEN_MS)
        drawn(self.page)

    def _listen(self, socket: WebSocket) -> None:
        socket.on("framereceived", self._keep)
        socket.on("framesent", self._keep)

    def _answered(self, answer: Response) -> None:
        self.answers.append(answer)

    def _keep(self, frame: str | bytes) -> None:
        text = frame if isinstance(frame, str) else frame.decode("latin-1")
        self.texts.append(("a message", text))

    def told(self) -> Iterator[tuple[str, str]]:
        """Give all that was heard, and what is drawn."""
        yield "what is drawn", self.page.content()
        yield from self.texts
        for answer in self.answers:
            kind = answer.headers.get("content-type", "")
            if answer.status == 200 and re.search("html|json|text|script", kind):
                yield answer.url, answer.text()

    def close(self) -> None:
        """Close the page; it asked no other host and threw nothing."""
        errors = list(self.watch.errors)
        self.context.close()
        assert self.watch.outside == []
        assert errors == []


@pytest.fixture(scope="module")
def desk(browser: Browser, live: Served) -> Iterator[Heard]:
    """Give one open planner, shared by the tests of this module."""
    heard = Heard(browser, live.url, DESK)
    yield heard
    heard.close()


@pytest.fixture
def page(desk: Heard) -> Iterator[Page]:
    """Give the planner with nothing docked."""
    yield desk.page
    _close_all(desk.page)


def _close_all(page: Page) -> None:
    docked = page.locator(".ck-docked")
    while (count := docked.count()) > 0:
        docked.first.get_by_role("button", name="Close the live picture").click()
        expect(docked).to_have_count(count - 1)
    settled(page)


def _choose(page: Page, feeds: DemoFeeds, part: str) -> str:
    """Choose a camera on the map, and give its name."""
    one = next(one for one in feeds.cameras if one.part == part)
    go_to(page, one.name)
    expect(page.locator(".ck-camera h2").first).to_have_text(one.name)
    return one.name


def _look(page: Page, number: str = NUMBER) -> None:
    """Look at the chosen camera for a call."""
    page.get_by_role("button", name="Look live").click()
    dialog = page.get_by_role("dialog", name=re.compile("^Look live: "))
    expect(dialog).to_be_visible()
    dialog.get_by_label("What for").select_option("call")
    dialog.get_by_label("Case or call number").fill(number)
    dialog.get_by_role("button", name="Look", exact=True).click()
    expect(dialog).to_be_hidden()


def _docked(page: Page, name: str) -> Locator:
    return page.locator(".ck-docked").filter(
        has=page.get_by_role("heading", name=name, exact=True)
    )


def _is(docked: Locator, state: str) -> None:
    expect(docked.locator(f'.ckl[data-state="{state}"]')).to_be_visible()


def _advances(docked: Locator, times: int = 3) -> list[float]:
    """Wait until the screen has shown several moments, read from its pixels."""
    seen: list[float] = []
    ends_s = time.monotonic() + PATIENCE_S
    while len(seen) < times:
        assert time.monotonic() < ends_s, seen
        shot = docked.locator(".ckl-stage").screenshot()
        at = read_clock(np.asarray(Image.open(io.BytesIO(shot)).convert("RGB")))
        if at is not None and (not seen or at.timestamp() != seen[-1]):
            seen.append(at.timestamp())
    return seen


def _lines(feeds: DemoFeeds, camera_id: str) -> list[Any]:
    auditor, why = User("ida", "auditor", "local"), Purpose("oversight")
    lines = read_audit(auditor, why, registry=feeds.door)
    return [
        one.entry
        for one in lines
        if one.entry.action == "view_live" and camera_id in one.entry.object_ids
    ]


def _wait_for_line(feeds: DemoFeeds, camera_id: str, how: str) -> Any:
    """Wait until the log says how the last look at a camera ended."""
    ends_s = time.monotonic() + PATIENCE_S
    while True:
        lines = _lines(feeds, camera_id)
        if lines and lines[-1].result == "done":
            assert lines[-1].parameters["how"] == how
            return lines[-1]
        assert time.monotonic() < ends_s, [one.result for one in lines]
        time.sleep(0.1)


def test_a_click_and_a_purpose_show_the_camera_now(page, feeds, desk) -> None:
    name = _choose(page, feeds, "plain")
    page.get_by_role("button", name="Look live").click()
    dialog = page.get_by_role("dialog", name=f"Look live: {name}")
    expect(dialog).to_contain_text("simulated: nobody is filmed")
    expect(dialog).to_contain_text("You look as supervisor")

    # what the policy demands is asked for in words, here and by the door
    look = dialog.get_by_role("button", name="Look", exact=True)
    fault, number = dialog.get_by_role("alert"), dialog.get_by_label("Case or call")
    look.click()
    expect(fault).to_have_text("Give the case or call number.")
    expect(number).to_be_focused()
    dialog.get_by_label("What for").select_option("investigation")
    expect(dialog.get_by_label("Offence")).to_be_visible()
    number.fill(NUMBER)
    dialog.get_by_label("Offence").fill("jaywalking")
    look.click()
    expect(fault).to_contain_text("The offence is not known; give its NIBRS code")
    expect(dialog.get_by_label("Offence")).to_be_focused()
    assert _lines(feeds, feeds.ids("plain")[0]) == []
    dialog.get_by_label("What for").select_option("call")
    look.click()
    expect(dialog).to_be_hidden()

    docked = _docked(page, name)
    expect(docked).to_contain_text(f"Call, {NUMBER}, simulated")
    _is(docked, "playing")
    seen = _advances(docked)
    assert seen == sorted(seen)
    assert abs(seen[-1] - time.time()) < 30  # the clock on the wall, with patience
    assert serious_faults(page) == []

    # a picture that was scrolled away would rest: it stays in sight above the next card
    _choose(page, feeds, "agency")
    expect(docked.locator(".ckl-stage")).to_be_in_viewport(ratio=1)
    expect(page.locator(".ck-look:visible")).to_be_in_viewport(ratio=1)
    assert len(_advances(docked, 2)) >= 2

    _close_all(page)
    line = _wait_for_line(feeds, feeds.ids("plain")[0], "left")
    assert line.actor == "Sue Tester"
    assert line.role == "supervisor"
    assert line.case_number == NUMBER
    assert line.parameters["seconds"] > 0


def test_a_withdrawn_consent_takes_the_picture_away(page, feeds) -> None:
    one = feeds.ids("plain")[-1]
    name = next(each.name for each in feeds.cameras if each.camera_id == one)
    go_to(page, name)
    _look(page)
    docked = _docked(page, name)
    _is(docked, "playing")

    change_consent(
        ADMIN, OFFICE, one, to="withdrawn", side="owner", registry=feeds.door
    )
    began_s = time.monotonic()
    _is(docked, "refused")
    took_s = time.monotonic() - began_s

    # what is sent ends within two seconds (tests/access); this is the screen's clock
    assert took_s < 10.0
    expect(docked.locator(".ckl-veil")).to_contain_text("consent")
    assert docked.locator(".ckl-video").evaluate("one => one.src") == ""
    _wait_for_line(feeds, one, "ended")
    # and again it is refused, in words, where the picture would be
    _close_all(page)
    _look(page)
    _is(_docked(page, name), "refused")
    expect(docked.locator(".ckl-veil")).to_contain_text("withdrawn")


def test_what_cannot_be_shown_says_why(page, feeds, town) -> None:
    words = {
        "wrong_login": "refuses the name and password",
        "offline": "nothing listens there",
    }
    for part, said in words.items():
        name = _choose(page, feeds, part)
        _look(page)
        expect(_docked(page, name).locator(".ckl-veil")).to_contain_text(said)
    name = _choose(page, feeds, "agency")
    _look(page)
    _is(_docked(page, name), "playing")
    # three are enough for one rail
    _choose(page, feeds, "mjpeg")
    page.get_by_role("button", name="Look live").click()
    dialog = page.get_by_role("dialog", name=re.compile("^Look live: "))
    dialog.get_by_role("button", name="Look", exact=True).click()
    expect(dialog.get_by_role("alert")).to_contain_text("Three pictures are open")
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    # what is not offered says why
    card = page.locator(".ck-camera")
    _choose(page, feeds, "registered")
    expect(card).to_contain_text("Registered: its owner is asked for footage")
    expect(page.get_by_role("button", name="Look live")).to_have_count(0)
    store = Store.open(town.path)
    names = [store.cameras.name[row] for row in np.flatnonzero(store.cameras.used)]
    filmed = {one.name for one in feeds.cameras}
    other = next(one for one in names if one.isascii() and one not in filmed)
    go_to(page, other)
    expect(card).to_contain_text("Where its live picture comes from is not on record.")
    expect(page.get_by_role("button", name="Look live")).to_have_count(0)


def test_the_keys_alone_are_enough(page, feeds) -> None:
    name = _choose(page, feeds, "agency")
    button = page.get_by_role("button", name="Look live")
    expect(button).to_be_visible()
    button.focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name=re.compile("^Look live: "))
    expect(dialog.get_by_label("What for")).to_be_focused()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(button).to_be_focused()
    expect(page.locator(".ck-camera")).to_be_visible()  # it closed the dialog alone

    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(dialog.get_by_label("Case or call number")).to_be_focused()
    page.keyboard.press("Control+A")
    page.keyboard.type(NUMBER)
    page.keyboard.press("Enter")
    docked = _docked(page, name)
    _is(docked, "playing")
    close = docked.get_by_role("button", name=f"Close the live picture of {name}")
    close.focus()
    page.keyboard.press("Enter")
    expect(docked).to_have_count(0)
    _wait_for_line(feeds, feeds.ids("agency")[0], "left")


def test_no_address_and_no_password_reaches_the_page(
    page, desk, feeds, town, log_file
) -> None:
    for part in ("login", "masked"):
        name = _choose(page, feeds, part)
        _look(page)
        _is(_docked(page, name), "playing")
    words = demo_words(feeds.folder)

    heard = 0
    for where, text in desk.told():
        check(text, where, words)
        heard += 1
    assert heard > 50
    assert any("ck-docked" in text for _, text in desk.told())
    check(Path(log_file).read_text("utf-8"), "the servers' log", words)
    assert check_files(town.path, words) > 10
    # and this test can see: they are where they belong
    with pytest.raises(AssertionError, match=re.escape(words[0])):
        check_files(feeds.folder, words)


def test_a_phone_shows_it_in_the_sheet_and_a_closed_page_ends_it(
    browser, live, feeds
) -> None:
    heard = Heard(browser, live.url, PHONE, has_touch=True, is_mobile=True)
    page = heard.page
    one = next(one for one in feeds.cameras if one.part == "snapshot")
    page.get_by_role("button", name="Find by name").click()
    page.keyboard.type(one.name)
    expect(page.locator(".ck-found li").first).to_contain_text(one.name)
    page.keyboard.press("Enter")
    settled(page)
    expect(page.locator(".ck-camera h2").first).to_have_text(one.name)
    _look(page)
    docked = _docked(page, one.name)
    _is(docked, "playing")
    wide = page.evaluate("document.documentElement.scrollWidth")
    assert wide <= PHONE["width"]
    for button in docked.get_by_role("button").all():
        box = button.bounding_box()
        assert box is not None
        assert box["height"] >= 44
    assert serious_faults(page) == []

    # what looks at each request would hold back the page's last one, its goodbye
    heard.context.unroute_all()
    page.goto("about:blank")

    line = _wait_for_line(feeds, one.camera_id, "left")
    assert line.parameters["seconds"] > 0
    heard.close()
