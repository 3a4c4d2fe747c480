"""A preview and a wall in JupyterLab itself, where most notebooks are opened."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.request import Request, urlopen

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.bridge_page import free_port, running
from tests.browser.conftest import DESK, OPEN_MS, Watch
from tests.browser.reading import advances
from tests.browser.wall_page import Stage, book, env_of, filmed

pytestmark = pytest.mark.browser

# What a notebook server would ask of a user, or of the world.
QUIET = [
    "--no-browser",
    "--allow-root",
    "--ServerApp.token=",
    "--ServerApp.password=",
    "--ServerApp.disable_check_xsrf=True",
    "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
]
NO_NEWS = '{"fetchNews": "false", "checkForUpdates": false}'


@pytest.fixture
def stage(tmp_path: Path, chromium: str) -> Iterator[Stage]:
    """Give two cameras and a notebook that shows them, in a running JupyterLab."""
    assert chromium
    with filmed(tmp_path, 2) as made:
        port = free_port()
        book(tmp_path / "wall.ipynb")
        homes = ("CONFIG_DIR", "DATA_DIR", "RUNTIME_DIR")
        own = {f"JUPYTER_{name}": str(tmp_path / "jupyter" / name) for name in homes}
        for name in ("SETTINGS", "WORKSPACES"):
            own[f"JUPYTERLAB_{name}_DIR"] = str(tmp_path / "jupyter" / name)
        said = Path(own["JUPYTERLAB_SETTINGS_DIR"]) / "@jupyterlab/apputils-extension"
        said.mkdir(parents=True)
        (said / "notification.jupyterlab-settings").write_text(NO_NEWS)
        command = [sys.executable, "-m", "jupyterlab", f"--port={port}", *QUIET]
        command.append(f"--ServerApp.root_dir={tmp_path}")
        env = {**env_of(made), **own}
        with running(command, port, env=env, cwd=tmp_path) as where:
            _begin_session(where)
            made.address = f"{where}lab/tree/wall.ipynb"
            yield made


def _begin_session(where: str) -> None:
    """Have the notebook's kernel there before the page, which then starts none."""
    kernel = {"kernel": {"name": "python3"}, "name": "", "path": "wall.ipynb"}
    body = json.dumps({**kernel, "type": "notebook"}).encode()
    asked = Request(f"{where}api/sessions", body, method="POST")
    with urlopen(asked, timeout=60) as answer:
        assert json.load(answer)["kernel"]["name"] == "python3"


def test_a_notebook_shows_cameras_and_their_pictures_advance(
    browser: Browser, stage: Stage
) -> None:
    first, second = stage.integrate(["hls", "mjpeg"])
    stage.show(preview=first, wall=[first, second])
    context = browser.new_context(viewport=DESK)
    watch = Watch(context)
    page = context.new_page()
    page.goto(stage.address, timeout=OPEN_MS)
    expect(page.locator(".jp-Notebook .jp-Cell").first).to_be_visible()
    # the notebook itself calls a kernel idle that it has not found yet
    expect(page.get_by_text("Python 3 (ipykernel) | Idle")).to_be_visible()
    page.locator('.jp-NotebookPanel-toolbar [data-jp-item-name="run"]').click()
    expect(page.locator(".jp-InputPrompt").first).to_have_text("[1]:")
    preview = page.locator('.ckl:not([data-tile])[data-state="playing"]')
    expect(preview).to_have_attribute("data-form", "fmp4")
    seen = advances(preview)
    assert seen == sorted(seen)
    tile = page.locator(".ckw-tile").nth(1)
    advances(tile.locator('.ckl[data-state="still"]'), 2)
    # keys of the wall are not taken for those of the notebook
    tile.focus()
    page.keyboard.press("Enter")
    advances(tile.locator('.ckl[data-state="playing"]'), 2)
    page.keyboard.press("ArrowLeft")
    expect(page.locator(".ckw-tile").first).to_be_focused()
    saved = (stage.folder / "wall.ipynb").read_text("utf-8") + page.content()
    context.close()
    assert "video.mjpg" not in saved
    assert watch.outside == []
