"""The promises of the planner's page: how soon it is there, and what it costs."""

from __future__ import annotations

import os
import re
import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import sync_playwright

from coveragekit.dashboards import serve_planner
from coveragekit.dashboards.serving import Serving
from coveragekit.sources import CitySize
from coveragekit.study import Study, create_city
from tests.benchmarks.filter_watch import cameras, choices, clear, show_layer, watch
from tests.browser.helpers import settled
from tests.browser.serving import KERNEL, READY, kernels_of, process_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

    from coveragekit.dashboards import Served

pytestmark = pytest.mark.browser

CAMERAS, BUILDINGS, INCIDENTS = 60_000, 160_000, 1_000_000
READY_PAGES = 2
DRAWN = (
    "() => window.__ck && window.__ck.answered > 0 && window.__ck.pending === 0 && "
    "window.__ck.points > 0 && document.querySelector('.leaflet-tile-loaded')"
)


@pytest.fixture(scope="module")
def city(scale: float, tmp_path_factory: pytest.TempPathFactory) -> Study:
    """Give a built city; COVERAGEKIT_BENCH_CITY names one that is there already."""
    given = os.environ.get("COVERAGEKIT_BENCH_CITY")
    if given:
        return Study.open(given)
    size = CitySize(
        cameras=int(CAMERAS * scale),
        buildings=int(BUILDINGS * scale),
        incidents=int(INCIDENTS * scale),
    )
    study = create_city(tmp_path_factory.mktemp("page") / "city", size, seed=1)
    study.build()
    return study


@pytest.fixture(scope="module")
def served(
    city: Study, tmp_path_factory: pytest.TempPathFactory, chromium: str
) -> Iterator[Served]:
    """Serve it, with pages held ready for two."""
    assert chromium
    with pytest.MonkeyPatch.context() as patch:
        log = tmp_path_factory.mktemp("log") / "dashboards.log"
        patch.setenv("COVERAGEKIT_LOG", str(log))
        with serve_planner(city.path, serving=Serving(preheat=READY_PAGES)) as made:
            _wait_until_idle(made)
            yield made


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    """Start one Chromium for this module."""
    with sync_playwright() as playwright:
        flags = ["--no-sandbox", "--disable-background-networking"]
        started = playwright.chromium.launch(executable_path=chromium, args=flags)
        yield started
        started.close()


@dataclass
class Opened:
    """A page that has drawn its first map."""

    page: Page
    seconds: float
    sent: list[int] = field(default_factory=list)


@pytest.fixture(scope="module")
def viewers(served: Served, browser: Browser) -> list[Opened]:
    """Open two pages, one after the other."""
    return [_open(browser, served) for _ in range(2)]


def _open(browser: Browser, served: Served) -> Opened:
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    sent: list[int] = []
    page.on(
        "websocket",
        lambda line: line.on("framereceived", lambda told: sent.append(len(told))),
    )
    began = time.monotonic()
    page.goto(served.url, timeout=90_000)
    page.wait_for_selector(READY, state="attached", timeout=90_000)
    page.wait_for_function(DRAWN, timeout=90_000)
    return Opened(page, time.monotonic() - began, sent)


def _cpu_s(pid: int) -> float:
    stat = Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()
    return (int(stat[11]) + int(stat[12])) / os.sysconf("SC_CLK_TCK")


def _wait_until_idle(served: Served) -> None:
    """Wait until the pages that are held ready have nothing left to do."""
    if not Path("/proc/self/stat").exists():
        time.sleep(20)
        return
    until, before = time.monotonic() + 120, -1.0
    while time.monotonic() < until:
        kernels = kernels_of(served)
        spent = sum(_cpu_s(pid) for pid in kernels)
        if len(kernels) == READY_PAGES and spent - before < 0.02:
            return
        before = spent
        time.sleep(2)


def _own_mb(pid: int) -> float:
    """Give the memory that a process shares with no other, megabytes."""
    text = Path(f"/proc/{pid}/smaps_rollup").read_text("utf-8")
    parts = re.findall(r"^Private_(?:Clean|Dirty):\s+(\d+) kB", text, re.MULTILINE)
    return sum(map(int, parts)) / 1024.0


def _note(city: Study) -> str:
    counts = city.results().summary["counts"]
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
    words = f"{counts['cameras']:,} cameras, {counts['incidents']:,} incidents"
    return f"{words}, load {load:.0f}"


def test_the_first_map_is_there_when_it_is_wanted(city, viewers, promise) -> None:
    for viewer in viewers:
        assert viewer.page.evaluate("window.__ck.failed") == 0

    best = min(viewer.seconds for viewer in viewers)
    promise("first map, preheated", best, "s", at_most=5.0, note=_note(city))


def test_the_first_view_is_small_to_send(city, viewers, promise) -> None:
    sent = max(sum(viewer.sent) for viewer in viewers) / 1e6

    assert sent > 0.0
    promise("sent for the first view", sent, "MB", at_most=1.0, note=_note(city))


@pytest.mark.skipif(
    not Path("/proc/self/smaps_rollup").exists(), reason="needs /proc (Linux)"
)
def test_a_viewer_has_little_memory_of_its_own(city, served, viewers, promise) -> None:
    kernels = [process_of(served, one.page.evaluate(KERNEL)) for one in viewers]

    own = max(_own_mb(pid) for pid in kernels)

    assert own > 0.0
    promise("memory of its own per viewer", own, "MB", at_most=150.0, note=_note(city))


@pytest.fixture(scope="module")
def in_use(viewers: list[Opened]) -> Page:
    """Give the first page with the incidents drawn."""
    show_layer(viewers[0].page, "Incidents")
    return viewers[0].page


@pytest.mark.parametrize("kind", ["date", "category", "hour", "area"])
def test_a_filter_is_seen_at_once(city, in_use, promise, kind: str) -> None:
    seen = []
    for choice in choices(in_use)[kind]:
        first = watch(in_use, choice)
        if kind == "area":  # once more where the map is, which had to fly there before
            clear(in_use)
            there = watch(in_use, choice)
            first = replace(first, tiles_s=there.tiles_s, tiles=there.tiles)
        seen.append(first)
        clear(in_use)

    assert all(one.number_s > 0.0 and one.tiles > 0 for one in seen)
    note = f"best of 2, {_load()}, {_note(city)}"
    number = min(one.number_s for one in seen)
    promise(
        f"filter by {kind} to the number on screen", number, "s", at_most=0.1, note=note
    )
    tiles = min(one.tiles_s for one in seen)
    promise(f"filter by {kind} to all its pictures", tiles, "s", at_most=0.4, note=note)


@pytest.mark.parametrize("kind", ["band", "day/night", "working", "tier"])
def test_other_cameras_are_counted_soon(city, in_use, promise, kind: str) -> None:
    seen = watch(in_use, cameras(in_use)[kind], layer="coverage")
    clear(in_use)

    assert seen.tiles > 0
    note = f"{_load()}, {_note(city)}"
    promise(
        f"{kind} to the number on screen", seen.number_s, "s", at_most=1.5, note=note
    )
    promise(
        f"{kind} to all pictures of coverage", seen.tiles_s, "s", at_most=1.5, note=note
    )


@pytest.mark.skipif(
    not Path("/proc/self/smaps_rollup").exists(), reason="needs /proc (Linux)"
)
def test_a_viewer_has_little_memory_after_use(city, served, in_use, promise) -> None:
    settled(in_use)

    kernel = process_of(served, in_use.evaluate(KERNEL))
    own = _own_mb(kernel)

    assert own > 0.0
    promise(
        "memory of its own after all filters",
        own,
        "MB",
        at_most=150.0,
        note=_note(city),
    )


def _load() -> str:
    return f"load {os.getloadavg()[0]:.0f}"
