"""A page with nothing but a wall, before cameras that film made-up streets."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import sys
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from ipywidgets import HTML, VBox

from coveragekit.access import Door, Purpose, User, open_door
from coveragekit.access.feed_settings import FeedSettings
from coveragekit.access.looking import Looks
from coveragekit.dashboards.serving import Serving
from coveragekit.feeds.gate import Gate
from coveragekit.feeds.simulated_scene import scene_of
from coveragekit.feeds.simulated_server import SimulatedCameras
from coveragekit.live.preview import Preview
from coveragekit.live.wall import Wall
from tests.access.pictures import with_feed
from tests.access.scene import EVERYTHING, Scene
from tests.browser.bridge_page import environment, free_port, running

if TYPE_CHECKING:
    from collections.abc import Iterator

KIM = User("kim", "officer", "proxy")
CASE = Purpose("investigation", offence="120", case_number="26-0417")


def show() -> VBox:
    """Give the wall, in the kernel of the page, and say that the page is there."""
    folder = Path(os.environ["WALL_FOLDER"])
    logging.basicConfig(filename=folder / "kernel.log", level="INFO")
    told = json.loads((folder / "shown.json").read_text())
    looks = looks_of(folder)
    who = {"user": KIM, "purpose": CASE}
    parts = [HTML("<p data-ck-ready='yes'>A page</p>")]
    if "preview" in told:
        parts.append(Preview(looks, told["preview"], **who))
    notes = {told["wall"][0]: "shows the door: recognise"}
    wall = Wall(looks, told["wall"], **who, notes=notes, columns=told.get("columns"))
    return VBox([*parts, wall])


def looks_of(folder: Path) -> Looks:
    """Open the registry with the cameras' one port allowed."""
    door = open_door(folder / "registry.sqlite", sign=False)
    port = int(os.environ["WALL_PORT"])
    gate = Gate(exempt=frozenset({("127.0.0.1", port)}))
    (folder / "evidence").mkdir(exist_ok=True)
    return Looks(door, FeedSettings(gate, evidence=folder / "evidence"))


@dataclass
class Stage:
    """A registry, its cameras, and the address of a page that shows some."""

    door: Door
    scene: Scene
    folder: Path
    cameras: SimulatedCameras
    names: list[str]
    camera_ids: list[str] = field(default_factory=list)
    address: str = ""

    def integrate(self, forms: list[str]) -> list[str]:
        """Have owners integrate cameras, each with a feed of a form."""
        end = self.door.registry.clock() + timedelta(days=30)
        made = []
        for number, form in enumerate(forms):
            film = f"film-{number}"
            camera_id = self.scene.integrated(
                EVERYTHING, expires_at=end, name=self.names[number]
            )
            mark = f"?{len(self.scene.made)}"
            address = self.cameras.address(film, form) + mark
            more = {}
            if form != "mjpeg":
                more["snapshot"] = self.cameras.address(film, "snapshot") + mark
            made.append(with_feed(self.scene, camera_id, address, **more))
        return made

    def show(self, **told: object) -> None:
        """Say what the next page shows."""
        (self.folder / "shown.json").write_text(json.dumps(told))


def names_of(count: int) -> list[str]:
    """Give names of cameras; one would break a page that trusts names."""
    named = [f"Lake Drive {number}" for number in range(1, count + 1)]
    return ["Lake Drive <b>1</b> by the old mill and far beyond", *named[1:]]


@contextlib.contextmanager
def filmed(folder: Path, count: int) -> Iterator[Stage]:
    """Give a registry, and cameras that film streets with a clock in them."""
    names = names_of(count)
    films = [
        scene_of(f"film-{number}", "a street", has_clock_bits=True)
        for number in range(count)
    ]
    with (
        SimulatedCameras(films) as cameras,
        open_door(folder / "registry.sqlite", create=True, sign=False) as door,
    ):
        yield Stage(door, Scene(door), folder, cameras, names)


def env_of(stage: Stage) -> dict[str, str]:
    """Give what a kernel of the stage has to be told."""
    told = {"WALL_FOLDER": str(stage.folder), "WALL_PORT": str(stage.cameras.port)}
    return environment(stage.folder, **told)


@contextlib.contextmanager
def staged(folder: Path, count: int = 6) -> Iterator[Stage]:
    """Serve walls of a registry's cameras by Voila."""
    with filmed(folder, count) as stage:
        port = free_port()
        command = [sys.executable, "-m", "coveragekit.dashboards.engine"]
        command += [str(book(folder / "wall.ipynb")), str(port)]
        told = {"serving": Serving(preheat=0).as_json(), "nonce": "a test"}
        first = json.dumps(told) + "\n"
        with running(
            command, port, first=first, env=env_of(stage), cwd=folder
        ) as where:
            stage.address = where
            yield stage


def book(path: Path) -> Path:
    """Write the notebook: two lines, and no data in it."""
    source = "from tests.browser.wall_page import show\nshow()"
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
