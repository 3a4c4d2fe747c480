"""The frame of a page: places, lost kernels, new builds, and what is said meanwhile."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from coveragekit.dashboards import serve
from coveragekit.dashboards.serving import Serving
from tests.browser.serving import KERNEL, READY, have_ended, kernels_of, process_of
from tests.dashboards.fixture_study import write_fixture_study

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.slow]
needs_proc = pytest.mark.skipif(
    not Path("/proc/self/stat").is_file(), reason="needs /proc (Linux)"
)
FRAME = """
from ipywidgets import HTML
from coveragekit.dashboards.shell import open_page

class Page:
    def __init__(self):
        self.page = HTML()

    def greet(self, visit):
        said = f"{visit.user}, {visit.role}, {visit.query}"
        self.page.value = f'<h1 data-ck-ready="yes">{said}</h1>'

    def is_current(self):
        return True

open_page(Page, task="open the page")
"""


def _notebook(folder: Path, source: str) -> Path:
    cell = {"cell_type": "code", "execution_count": None, "id": "a", "metadata": {}}
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    notebook = {
        "cells": [{**cell, "outputs": [], "source": [source]}],
        "metadata": {"kernelspec": kernel},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    path = folder / "frame.ipynb"
    path.write_text(json.dumps(notebook), "utf-8")
    return path


@pytest.fixture(scope="module")
def village(tmp_path_factory) -> Path:
    """Give a study that nobody but this module sees."""
    return write_fixture_study(tmp_path_factory.mktemp("village") / "testville")


@contextlib.contextmanager
def _serve(folder: Path, study: Path, source: str = FRAME, **how):
    """Serve a page of one heading, or of another notebook."""
    notebook = _notebook(folder, source)
    module = sys.modules["coveragekit.dashboards.serve"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "notebook_path", lambda _: notebook)
        served = serve("frame", study, serving=Serving(user="Kim", **how))
    with served:
        yield served


@pytest.fixture(scope="module")
def framed(village, log_file, tmp_path_factory):
    """Serve it to two visitors at most, and free soon what a lost page holds."""
    folder = tmp_path_factory.mktemp("framed")
    with _serve(folder, village, preheat=1, most_viewers=2, cull_after_s=8) as served:
        yield served


def _open(browser, served, query: str = "") -> Page:
    page = browser.new_page()
    page.goto(served.page(query), timeout=90_000)
    page.wait_for_selector(READY, state="attached", timeout=90_000)
    page.wait_for_selector("#loading", state="detached")
    return page


def test_two_look_at_once_a_third_is_told_and_places_come_free(
    framed, browser, open_page
) -> None:
    served = framed
    first = open_page(served.page("band=observe"), wait_for=READY)
    second = open_page(served.url, wait_for=READY)
    heads = [page.locator("h1").inner_text() for page in (first, second)]
    assert heads == ["Kim, analyst, band=observe", "Kim, analyst,"]

    third = browser.new_page()
    answer = third.goto(served.url)

    assert answer.status == 503
    expect(third.get_by_role("alert")).to_contain_text("All 2 places are taken")
    assert answer.headers["retry-after"] == "60"
    first.goto("about:blank")
    until = time.monotonic() + 60
    while third.goto(served.url).status == 503 and time.monotonic() < until:
        time.sleep(0.2)
    expect(third.locator("h1")).to_have_text("Kim, analyst,", timeout=60_000)
    for page in (second, third):
        page.goto("about:blank")
    third.close()


@needs_proc
def test_a_page_that_could_not_say_goodbye_is_culled(framed, browser) -> None:
    served = framed
    context = browser.new_context()
    context.route("**/voila/api/shutdown/**", lambda route: route.abort())
    page = _open(context, served)
    kernel = page.evaluate(KERNEL)
    process = process_of(served, kernel)
    time.sleep(10)  # longer than the time to cull: who is there stays
    assert _alive(page, kernel)

    context.close()

    assert have_ended(served, [process])
    assert kernels_of(served), "the one that waits for the next visitor stays"


@needs_proc
def test_a_killed_kernel_shows_the_banner_and_the_page_stays(framed, browser) -> None:
    served = framed
    page = _open(browser, served)
    kernel = page.evaluate(KERNEL)

    os.kill(process_of(served, kernel), signal.SIGKILL)

    alert = page.locator("#ck-lost")
    expect(alert).to_contain_text(
        re.compile(r"Connection lost since \d\d:\d\d\. What is shown stays")
    )
    assert alert.get_attribute("role") == "alert"
    expect(page.locator("h1")).to_have_text("Kim, analyst,")
    alert.get_by_role("button", name="Reload").click()
    page.wait_for_function(f"(now => now && now !== '{kernel}')({KERNEL})")
    page.wait_for_selector(READY, state="attached", timeout=90_000)
    expect(page.locator("#ck-lost")).to_have_count(0)
    page.close()


def test_a_new_build_is_told_on_the_open_page_and_shown_after_reloading(
    framed, browser, village
) -> None:
    served = framed
    page = _open(browser, served)
    page.wait_for_function(
        "performance.getEntriesByType('resource')"
        ".some((one) => one.name.includes('coveragekit/alive'))"
    )
    expect(page.locator("#ck-stale")).to_have_count(0)

    os.utime(village / "results" / "summary.json")

    banner = page.locator("#ck-stale")
    expect(banner).to_contain_text("has been built again since", timeout=90_000)
    with page.expect_navigation():
        banner.get_by_role("button", name="Reload").click()
    page.wait_for_selector(READY, state="attached", timeout=90_000)
    expect(page.locator("#ck-stale")).to_have_count(0)
    page.close()


def test_what_a_slow_page_does_is_said_and_when_its_server_is_gone(
    village, tmp_path, browser
) -> None:
    slow = FRAME.replace("self.page = HTML()", "time.sleep(3); self.page = HTML()")
    with _serve(tmp_path, village, "import time" + slow, preheat=0) as served:
        page = browser.new_page()
        said: list[str] = []
        page.expose_function("heard", lambda words: said.append(str(words)))
        page.add_init_script(
            """new MutationObserver(() => {
              const words = document.getElementById("loading_text");
              if (words) window.heard(words.textContent);
            }).observe(document, { subtree: true, childList: true });"""
        )
        page.goto(served.url, timeout=90_000)
        page.wait_for_selector(READY, state="attached", timeout=90_000)

    assert said[0] == "Opening the page"
    assert "Reading the study" in said
    expect(page.locator("#ck-lost")).to_contain_text(
        "Connection lost since", timeout=90_000
    )
    expect(page.locator("h1")).to_have_text("Kim, analyst,")
    page.close()


def test_a_cell_that_fails_gives_a_sentence_and_no_half_page(
    village, tmp_path, browser, log_file
) -> None:
    fails = "raise RuntimeError('secret of the study')"
    with _serve(tmp_path, village, fails, preheat=1) as served:
        page = browser.new_page()
        page.goto(served.url, timeout=90_000)

        alert = page.get_by_role("alert")
        expect(alert).to_contain_text("The page could not be opened. Load it again")
        text = page.content()
        reference = alert.inner_text().split("Reference ")[1][:6]
        page.close()

    assert "secret of the study" not in text
    assert "Traceback" not in text
    assert f"{reference}: a page is opened" in Path(log_file).read_text("utf-8")


def test_a_kernel_that_dies_while_it_waits_is_not_given_to_anybody(
    framed, browser
) -> None:
    served = framed
    until = time.monotonic() + 60
    while not kernels_of(served) and time.monotonic() < until:
        time.sleep(0.1)
    time.sleep(3)

    os.kill(kernels_of(served)[0], signal.SIGKILL)

    page = _open(browser, served)
    expect(page.locator("h1")).to_have_text("Kim, analyst,")
    page.close()


def _alive(page, kernel: str) -> bool:
    told = page.evaluate(
        "async (kernel) => (await fetch(`/coveragekit/alive/${kernel}`)).json()", kernel
    )
    return told["alive"]
