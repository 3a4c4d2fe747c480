"""A page with nothing but one camera's preview, before a real RTSP camera."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import sys
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from ipywidgets import HTML, VBox

from coveragekit.access import Door, Purpose, User, open_door
from coveragekit.access.feed_settings import FeedSettings
from coveragekit.access.looking import Looks
from coveragekit.dashboards.serving import Serving
from coveragekit.feeds.gate import Gate
from coveragekit.live.preview import Preview
from coveragekit.registry import cameras, feed_rows
from tests.access.scene import EVERYTHING, Scene
from tests.browser.bridge_page import environment, free_port, running

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.feeds.peers.rtsp import RtspPeer

NAME = "Lake Drive <b>4</b>"
LOGIN = "ann:hunter2canary"


def show() -> VBox:
    """Give the preview, in the kernel of the page, and say that the page is there."""
    folder = Path(os.environ["PREVIEW_FOLDER"])
    logging.basicConfig(filename=folder / "kernel.log", level="INFO")
    door = open_door(folder / "registry.sqlite", sign=False)
    port = int(os.environ["PREVIEW_PORT"])
    looks = Looks(door, FeedSettings(Gate(exempt=frozenset({("127.0.0.1", port)}))))
    preview = Preview(
        looks,
        (folder / "camera").read_text(),
        user=User("kim", "officer", "proxy"),
        purpose=Purpose("call", case_number="26-0417"),
        note="shows the door: recognise",
    )
    return VBox([HTML("<p data-ck-ready='yes'>A page</p>"), preview])


@dataclass
class Stage:
    """A registry, and the address of a page that shows one of its cameras."""

    door: Door
    scene: Scene
    folder: Path
    peer: RtspPeer
    address: str = ""
    camera_id: str = ""

    def integrate(self, mount: str = "live") -> None:
        """Have the owner integrate another camera, which the next page shows."""
        end = self.door.registry.clock() + timedelta(days=30)
        number = len(self.scene.made)
        values = {"feed_ref": f"lake-{number}", "name": NAME}
        self.camera_id = self.scene.integrated(EVERYTHING, expires_at=end, **values)
        with self.door.registry.write() as connection:
            # the same mount under another address: one camera has one feed
            address = f"{self.peer.address(mount)}?{number}"
            feed = {"name": f"lake-{number}", "address": address}
            feed_rows.add_feed(connection, feed, by="test")
            login = {"camera_id": self.camera_id, "store": "environment"}
            cameras.add_credential(
                connection, login | {"reference": "LAKE_LOGIN"}, by="test"
            )
        (self.folder / "camera").write_text(self.camera_id)


@contextlib.contextmanager
def staged(folder: Path, peer: RtspPeer) -> Iterator[Stage]:
    """Serve previews of a registry's cameras."""
    registry = folder / "registry.sqlite"
    with open_door(registry, create=True, sign=False) as door:
        stage = Stage(door, Scene(door), folder, peer)
        port = free_port()
        command = [sys.executable, "-m", "coveragekit.dashboards.engine"]
        command += [str(_book(folder / "preview.ipynb")), str(port)]
        told = {"serving": Serving(preheat=0).as_json(), "nonce": "a test"}
        more = {
            "PREVIEW_FOLDER": str(folder),
            "PREVIEW_PORT": str(peer.port),
            "LAKE_LOGIN": LOGIN,
        }
        env = environment(folder, **more)
        first = json.dumps(told) + "\n"
        with running(command, port, first=first, env=env, cwd=folder) as where:
            stage.address = where
            yield stage


def _book(path: Path) -> Path:
    source = "from tests.browser.preview_page import show\nshow()"
    cell = {"cell_type": "code", "id": "one", "metadata": {}, "source": source}
    spec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    whole = {
        "cells": [{**cell, "outputs": [], "execution_count": None}],
        "metadata": {"kernelspec": spec},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    path.write_text(json.dumps(whole), "utf-8")
    return path
