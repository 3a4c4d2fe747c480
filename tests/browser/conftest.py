"""A real Voila on a made-up town, and a real Chromium to open it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect, sync_playwright

from coveragekit.dashboards import Served, serve_planner
from coveragekit.study import Study
from tests.browser.helpers import settled
from tests.browser.town import build_town
from tests.dashboards.fixture_study import write_fixture_study

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, BrowserContext, Page, Request

DESK = {"width": 1280, "height": 800}
PHONE = {"width": 390, "height": 844}
OPEN_MS = 90_000
# Patience for a busy machine: it costs nothing where all is well.
expect.set_options(timeout=60_000)
OTHER_MS = 60_000
_FLAGS = [
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


@pytest.fixture(scope="session")
def town(tmp_path_factory: pytest.TempPathFactory) -> Study:
    """Give a simulated city that was really built; nobody changes it."""
    return build_town(tmp_path_factory.mktemp("town") / "city")


@pytest.fixture(scope="session")
def testville(tmp_path_factory: pytest.TempPathFactory) -> Study:
    """Give the study of Testville, whose results were written by hand."""
    return Study.open(
        write_fixture_study(tmp_path_factory.mktemp("testville") / "testville")
    )


@pytest.fixture(scope="session")
def log_file(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Keep the servers' log out of the user's own folder."""
    path = str(tmp_path_factory.mktemp("log") / "dashboards.log")
    before = os.environ.get("COVERAGEKIT_LOG")
    os.environ["COVERAGEKIT_LOG"] = path
    yield path
    if before is None:
        del os.environ["COVERAGEKIT_LOG"]
    else:
        os.environ["COVERAGEKIT_LOG"] = before


@pytest.fixture(scope="session")
def served(town: Study, log_file: str, chromium: str) -> Iterator[Served]:
    """Serve the town's planner."""
    assert log_file
    assert chromium
    with serve_planner(town.path, user="Kim Tester", role="planner") as handle:
        yield handle


@pytest.fixture(scope="session")
def browser(chromium: str) -> Iterator[Browser]:
    """Start one Chromium for all tests."""
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium, args=_FLAGS)
        yield started
        started.close()


def wait_until_drawn(page: Page) -> None:
    """Wait for the numbers, the cameras and every picture of the first view."""
    page.wait_for_selector("#loading", state="detached", timeout=OPEN_MS)
    page.wait_for_selector(".ck-card .ck-value", timeout=OPEN_MS)
    settled(page)


class Watch:
    """What a page did that it must not do."""

    def __init__(self, context: BrowserContext) -> None:
        self.outside: list[str] = []
        self.errors: list[str] = []
        context.on("request", self._asked)
        context.on("weberror", lambda error: self.errors.append(str(error.error)))
        context.on("console", self._said)
        context.route("**/*", self._gate)

    def _is_outside(self, url: str) -> bool:
        parts = urlsplit(url)
        if parts.scheme in {"data", "blob", "file", "about"}:
            return False
        return parts.hostname != "127.0.0.1"

    def _asked(self, request: Request) -> None:
        if self._is_outside(request.url):
            self.outside.append(request.url)

    def _gate(self, route) -> None:
        if self._is_outside(route.request.url):
            route.abort()
        else:
            route.continue_()

    def _said(self, message) -> None:
        if message.type == "error":
            self.errors.append(message.text)


@pytest.fixture
def open_page(browser: Browser) -> Iterator:
    """Give a function that opens an address; check at the end what the pages did."""
    contexts = []
    watches = []

    def opener(url: str, *, size=DESK, wait_for: str | None = None, **options) -> Page:
        context = browser.new_context(viewport=size, **options)
        contexts.append(context)
        watches.append(Watch(context))
        context.set_default_timeout(OTHER_MS)
        page = context.new_page()
        page.goto(url, timeout=OPEN_MS)
        if wait_for is None:
            wait_until_drawn(page)
        else:
            page.wait_for_selector(wait_for, state="attached", timeout=OPEN_MS)
        return page

    yield opener
    # What a page says while it is being closed, nobody is there to see.
    seen = [list(watch.errors) for watch in watches]
    for context in contexts:
        context.close()
    for watch, errors in zip(watches, seen, strict=True):
        assert watch.outside == [], "the page asked another host"
        assert errors == []


@pytest.fixture(scope="module")
def desk(browser: Browser, served: Served) -> Iterator[Page]:
    """Give one open planner at desk size, shared by the tests of a module."""
    yield from _shared(browser, served, DESK)


@pytest.fixture(scope="module")
def phone(browser: Browser, served: Served) -> Iterator[Page]:
    """Give one open planner at phone size, shared by the tests of a module."""
    yield from _shared(browser, served, PHONE, has_touch=True, is_mobile=True)


def _shared(browser, served, size, **options) -> Iterator[Page]:
    context = browser.new_context(viewport=size, **options)
    watch = Watch(context)
    context.set_default_timeout(OTHER_MS)
    page = context.new_page()
    page.goto(served.url, timeout=OPEN_MS)
    wait_until_drawn(page)
    yield page
    errors = list(watch.errors)
    context.close()
    assert watch.outside == [], "the page asked another host"
    assert errors == []
