"""Two notebooks show one camera by the server's one connection; kernels hold none."""

from __future__ import annotations

import contextlib
import io
import json
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.conftest import OPEN_MS, Watch
from tests.feeds.peers import scenes
from tests.feeds.peers.web import web_peer
from tests.server.jupyter_stage import CANARY, LOGIN, TOKEN, Stage, staged

pytestmark = pytest.mark.browser
# A machine of one person: Jupyter's own sign-on, a token, and who it is.
CONFIG = """
c.ServerApp.jpserver_extensions = {
    "coveragekit.server.jupyter_looks": True,
    **dict.fromkeys(("jupyter_lsp", "notebook_shim", "voila.server_extension"), False),
}
c.CoverageKitFeeds.single_user = "kim"
c.LabApp.check_for_updates_class = "jupyterlab.NeverCheckForUpdate"
c.LabApp.news_url = None
"""


def _book(path: Path, camera_id: str) -> None:
    source = f"""from coveragekit.access import Purpose
from coveragekit.live.shared import SharedPreview
SharedPreview("{camera_id}", purpose=Purpose("call", case_number="26-0417"))"""
    cell = {"cell_type": "code", "id": "one", "metadata": {}, "source": source}
    spec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    whole = {
        "cells": [{**cell, "outputs": [], "execution_count": None}],
        "metadata": {"kernelspec": spec},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    path.write_text(json.dumps(whole), "utf-8")


def _shown(context: BrowserContext, stage: Stage, name: str) -> Page:
    """Open a notebook, run its cell and wait until the camera plays."""
    page = context.new_page()
    where = f"http://127.0.0.1:{stage.port}{stage.base}lab/workspaces/{name}/tree"
    page.goto(f"{where}/{name}.ipynb?token={TOKEN}", timeout=OPEN_MS)
    page.locator(".jp-Notebook .jp-Cell .cm-content").click(timeout=OPEN_MS)
    expect(page.locator(".jp-Notebook-ExecutionIndicator")).to_have_attribute(
        "data-status", "idle"
    )
    _run_cell(page)
    expect(page.locator('.ckl[data-state="playing"]')).to_be_visible()
    return page


def _run_cell(page: Page) -> None:
    """Press the keys until the cell runs: what is pressed too early goes elsewhere."""
    prompt = page.locator(".jp-Notebook .jp-InputPrompt").first
    for _ in range(6):
        page.locator(".jp-Notebook .jp-Cell .cm-content").first.click()
        page.keyboard.press("Control+Enter")
        with contextlib.suppress(AssertionError):
            expect(prompt).not_to_have_text("[ ]:", timeout=10_000)
            return
    pytest.fail(f"the cell does not run: {prompt.inner_text()}")


def _number(page: Page) -> int | None:
    shot = page.locator(".ckl-stage").screenshot()
    grey = Image.open(io.BytesIO(shot)).convert("L").resize((640, 360))
    return scenes.read(np.asarray(grey))


def _advances(page: Page) -> None:
    """Wait until the screen has shown three pictures, each later than the last."""
    seen: list[int] = []
    ends_s = time.monotonic() + 60
    while len(seen) < 3:
        assert time.monotonic() < ends_s, seen
        number = _number(page)
        if number is not None and (not seen or number > seen[-1]):
            seen.append(number)
        page.wait_for_timeout(50)


def _kernels(stage: Stage) -> dict[str, str]:
    """Give the kernel of each notebook."""
    told = stage.ask("GET", "api/sessions", Authorization=f"token {TOKEN}")
    return {one["path"]: one["kernel"]["id"] for one in json.loads(told.text)}


def test_two_notebooks_share_one_connection_and_outlive_a_kernel(
    browser: Browser, tmp_path: Path
) -> None:
    with web_peer(login=LOGIN) as peer, staged(tmp_path, peer, config=CONFIG) as stage:
        stage.list_user("kim", "officer")
        camera_id = stage.camera(peer, name="Lake Drive <b>4</b>")
        for name in ("one", "two"):
            _book(tmp_path / f"{name}.ipynb", camera_id)
        context = browser.new_context(viewport={"width": 1100, "height": 800})
        watch = Watch(context)
        first = _shown(context, stage, "one")
        second = _shown(context, stage, "two")
        expect(second.locator(".ckl-name")).to_have_text("Lake Drive <b>4</b>")
        first.bring_to_front()
        _advances(first)
        second.bring_to_front()
        _advances(second)
        opened = [path for path, sent in peer.asked if "Authorization" in sent]
        assert opened == ["/cam.mjpg?of=0"]

        kernels = _kernels(stage)
        assert sorted(kernels) == ["one.ipynb", "two.ipynb"]
        gone = stage.ask(
            "DELETE",
            f"api/kernels/{kernels['one.ipynb']}",
            Authorization=f"token {TOKEN}",
        )
        assert gone.status == 204
        _advances(second)
        expect(second.locator('.ckl[data-state="playing"]')).to_be_visible()

        stage.scene.move(camera_id, "withdrawn")
        expect(second.locator('.ckl[data-state="refused"]')).to_be_visible()
        expect(second.locator(".ckl-veil")).to_contain_text("consent")
        said = second.content() + (tmp_path / "two.ipynb").read_text("utf-8")
        context.close()
        assert watch.outside == []
        assert CANARY not in said + stage.log
        assert "cam.mjpg" not in said + stage.log
        lines = stage.lines_of(camera_id)
        assert {one.actor for one in lines} == {"kim"}
        assert {one.result for one in lines} == {"allowed", "done"}
