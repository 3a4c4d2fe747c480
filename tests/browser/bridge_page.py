"""A page with nothing but the bridge's map, and what a test does with it."""

from __future__ import annotations

import contextlib
import http.client
import io
import json
import os
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PIL import Image
from playwright.sync_api import expect

from coveragekit.dashboards.serving import Serving
from tests.browser.conftest import DESK, OPEN_MS, Watch

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

ROOT = Path(__file__).resolve().parents[2]
AT_REST = "window.__ck?.ready && __ck.points > 0 && __ck.asked > 0 && !__ck.pending"
# Counts blob addresses and what nobody caught, from the page's first moment.
SPY = """(() => {
  window.__blobs = 0; window.__lost = [];
  const make = URL.createObjectURL, drop = URL.revokeObjectURL;
  const isPicture = new Set();
  URL.createObjectURL = (one) => {
    const url = make.call(URL, one);
    if (one.type === 'image/png') { isPicture.add(url); window.__blobs += 1; }
    return url;
  };
  URL.revokeObjectURL = (url) => {
    if (isPicture.delete(url)) window.__blobs -= 1;
    drop.call(URL, url);
  };
  addEventListener('unhandledrejection', (event) => __lost.push(String(event.reason)));
})()"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def book(path: Path) -> Path:
    """Write the notebook: two lines, and no data in it."""
    source = "from tests.browser.bridge_city import show\nshow()"
    cell = {"cell_type": "code", "id": "one", "metadata": {}, "source": source}
    cells = [{**cell, "outputs": [], "execution_count": None}]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    spec = {"kernelspec": kernel}
    whole = {"cells": cells, "metadata": spec, "nbformat": 4, "nbformat_minor": 5}
    path.write_text(json.dumps(whole), "utf-8")
    return path


@contextlib.contextmanager
def running(command: list[str], port: int, *, first: str = "", **options) -> Iterator:
    """Run a server until the block ends."""
    process = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        **options,
    )
    try:
        process.stdin.write(first.encode())
        process.stdin.flush()
        until = time.monotonic() + 60
        while time.monotonic() < until and process.poll() is None:
            with contextlib.suppress(OSError):
                connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
                connection.request("HEAD", "/")
                connection.getresponse().close()
                connection.close()
                break
            time.sleep(0.1)
        yield f"http://127.0.0.1:{port}/"
    finally:
        process.stdin.close()
        process.terminate()
        try:
            process.wait(8)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def environment(folder: Path, **more: str) -> dict[str, str]:
    return {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "COVERAGEKIT_STUDY": str(folder),
        "COVERAGEKIT_LOG": str(folder / "log"),
        **more,
    }


@contextlib.contextmanager
def served(folder: Path, **more: str) -> Iterator[str]:
    """Serve the notebook as the engine serves every dashboard."""
    port = free_port()
    command = [sys.executable, "-m", "coveragekit.dashboards.engine"]
    command += [str(book(folder / "bridge.ipynb")), str(port)]
    serving = Serving(preheat=0).as_json()
    told = json.dumps({"serving": serving, "nonce": "a test"}) + "\n"
    env = environment(folder, **more)
    with running(command, port, first=told, env=env, cwd=folder) as where:
        yield where


@dataclass
class Shown:
    """One open page and what a test does with it."""

    page: Page
    orders: int = field(default=0)

    def counters(self) -> dict[str, Any]:
        return self.page.evaluate("({...window.__ck})")

    def rest(self) -> None:
        self.page.wait_for_function(AT_REST)

    def order(self, words: str) -> None:
        """Have the kernel do something; the number makes each order a new one."""
        self.orders += 1
        numbered = f"{words} #{self.orders}"
        entry = self.page.get_by_role("textbox")
        entry.fill(numbered)
        entry.blur()
        if words != "die":  # two at once would reach the kernel as the second alone
            expect(self.page.locator("#obeyed")).to_have_text(numbered)

    def heard(self, start: str) -> str:
        """Wait until the kernel has heard something, and give its newest line."""
        line = self.page.locator("#heard")
        expect(line).to_contain_text(start)
        said = [one for one in line.inner_text().split("\n") if start in one]
        return said[-1]

    def count_of(self, name: str) -> int:
        return int(self.counters()[name])

    @property
    def box(self) -> dict[str, float]:
        return self.page.locator(".leaflet-container").bounding_box()

    def at(self, dx: float, dy: float) -> tuple[float, float]:
        """A point of the window, from the middle of the map."""
        box = self.box
        return (
            box["x"] + box["width"] / 2 + dx,
            box["y"] + box["height"] / 2 + dy,
        )

    def colour(self, dx: float, dy: float) -> tuple[int, int, int]:
        shot = Image.open(io.BytesIO(self.page.screenshot()))
        ratio = shot.width / self.page.viewport_size["width"]
        x, y = self.at(dx, dy)
        return shot.convert("RGB").getpixel((round(x * ratio), round(y * ratio)))

    def focus(self) -> None:
        self.page.locator(".leaflet-container").focus()


@contextlib.contextmanager
def opened(browser: Browser, url: str, *, size=DESK, rest=True, **options) -> Iterator:
    context = browser.new_context(viewport=size, **options)
    watch = Watch(context)
    page = context.new_page()
    page.add_init_script(SPY)
    page.goto(url, timeout=OPEN_MS)
    shown = Shown(page)
    if rest:
        page.wait_for_function(AT_REST, timeout=OPEN_MS)
    yield shown
    lost = page.evaluate("window.__lost ?? []")
    errors = list(watch.errors)
    context.close()
    assert watch.outside == [], "the page asked another host"
    assert errors == []
    assert lost == [], "a promise was broken and nobody caught it"
