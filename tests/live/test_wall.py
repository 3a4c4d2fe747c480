"""A wall shows what it is asked to and no more, whatever a page makes up."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from coveragekit.access import Door, open_door
from coveragekit.access.feed_settings import FeedSettings
from coveragekit.access.looking import Looks
from coveragekit.errors import InputError
from coveragekit.feeds.gate import Gate
from coveragekit.live import wall as walls
from coveragekit.live.session import Session
from coveragekit.live.wall import MOST_TILES, Wall
from tests.access.pictures import lines, with_feed
from tests.access.scene import CASE, EVERYTHING, KIM, Scene
from tests.feeds.peers.web import WebPeer, web_peer

WHO = {"user": KIM, "purpose": CASE}


@pytest.fixture
def peer() -> Iterator[WebPeer]:
    """Give a device with many pictures."""
    with web_peer() as running:
        yield running


@pytest.fixture
def door(tmp_path: Path) -> Iterator[Door]:
    """Give a registry in a file."""
    place = tmp_path / "registry.sqlite"
    with open_door(place, create=True, sign=False) as opened:
        yield opened


@pytest.fixture
def scene(door: Door) -> Scene:
    """Give an owner with a site."""
    return Scene(door)


@pytest.fixture
def looks(door: Door, peer: WebPeer, tmp_path: Path) -> Iterator[Looks]:
    """Give the room where feeds are opened, with the one device allowed."""
    gate = Gate(exempt=frozenset({("127.0.0.1", peer.port)}))
    with Looks(door, FeedSettings(gate, evidence=tmp_path)) as room:
        yield room


class Page:
    """A page of a wall: what it says, and what it was sent."""

    def __init__(self, wall: Wall) -> None:
        self.wall, self.heard = wall, []
        wall.send = lambda head, buffers=None: self.heard.append(head)

    def says(self, **said: object) -> None:
        self.wall._hear(None, said, None)

    def until(self, is_so: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """Wait for a message."""
        ends_s = time.monotonic() + 20
        while True:
            found = [one for one in self.heard if is_so(one)]
            if found:
                return found[-1]
            assert time.monotonic() < ends_s, self.heard[-5:]
            time.sleep(0.01)


@pytest.fixture
def shown(scene: Scene, peer: WebPeer) -> list[str]:
    """Give three cameras."""
    made = []
    for number in range(3):
        snap = peer.address(f"/snap.jpg?{number}")
        film = peer.address(f"/cam.mjpg?{number}")
        camera_id = scene.integrated(EVERYTHING, name=f"Lake Drive {number}")
        made.append(with_feed(scene, camera_id, film, snapshot=snap))
    return made


@pytest.fixture
def page(looks: Looks, shown: list[str]) -> Iterator[Page]:
    """Give a page of a wall of three cameras, and see that no thread is left."""
    wall = Wall(looks, shown, **WHO, notes={shown[1]: "shows the door"})
    yield Page(wall)
    wall.close()
    ends_s = time.monotonic() + 10
    names = ("wall", "preview", "glimpses")
    while [one for one in threading.enumerate() if one.name.startswith(names)]:
        assert time.monotonic() < ends_s, threading.enumerate()
        time.sleep(0.02)


def _is(kind: str, tile: int, **more: object) -> Callable[[dict[str, Any]], bool]:
    wanted = {"kind": kind, "tile": tile, **more}
    return lambda head: head | wanted == head


def _wait(is_so: Callable[[], bool]) -> None:
    ends_s = time.monotonic() + 20
    while not is_so():
        assert time.monotonic() < ends_s
        time.sleep(0.02)


def test_who_was_refused_is_not_asked_for_again_by_scrolling(
    page: Page, shown: list[str], scene: Scene
) -> None:
    scene.move(shown[0], "withdrawn")
    page.says(kind="seen", tiles=[0])
    told = page.until(_is("state", 0, state="refused"))
    assert "withdrawn" in told["words"]
    page.says(kind="seen", tiles=[0, 1])
    page.until(_is("glimpse", 1))
    said = lines(scene.door, "view_live")
    assert [one.result for one in said] == ["refused", "allowed"]


def test_a_tile_that_nobody_could_be_asked_about_comes_back_by_itself(
    page: Page, monkeypatch: pytest.MonkeyPatch, scene: Scene
) -> None:
    monkeypatch.setattr(walls, "_AGAIN_S", 0.2)
    page.says(kind="seen", tiles=[0])
    page.until(_is("glimpse", 0))
    with monkeypatch.context() as patched:
        patched.setattr("coveragekit.access.glimpsing._ASKED_WITHIN_S", -1.0)
        told = page.until(_is("state", 0, state="refused"))
    assert "cannot be asked" in told["words"]
    page.heard.clear()
    page.until(_is("glimpse", 0))
    said = [one.result for one in lines(scene.door, "view_live")]
    assert said[:3] == ["allowed", "done", "allowed"]


def test_only_what_is_seen_is_looked_at(
    page: Page, shown: list[str], scene: Scene
) -> None:
    assert page.wall.seen == ()
    page.says(kind="seen", tiles=[0, 2])
    told = page.until(_is("glimpse", 2))
    assert told["name"] == "Lake Drive 2"
    assert told["age_s"] < 5 <= told["stale_s"]
    assert page.wall.seen == (shown[0], shown[2])
    page.says(kind="seen", tiles=[2])
    said = lines(scene.door, "view_live")
    assert [(one.result, one.object_ids) for one in said] == [
        ("allowed", (shown[0],)),
        ("allowed", (shown[2],)),
        ("done", (shown[0],)),
    ]
    traits = page.wall.get_state()
    assert traits["notes"] == ["", "shows the door", ""]
    assert not [one for one in shown if one in repr(traits)]


def test_a_tile_plays_and_is_shown_as_pictures_again(
    page: Page, shown: list[str]
) -> None:
    page.says(kind="seen", tiles=[0, 1])
    page.says(kind="watch", tile=1, form="best")
    page.until(_is("about", 1, form="jpeg"))
    last = page.until(_is("picture", 1))["last"]
    page.says(kind="ack", tile=1, index=last)
    assert page.wall.live == (shown[1],)
    page.says(kind="rest", tile=1)
    assert page.wall.live == ()
    page.heard.clear()
    page.until(_is("glimpse", 1))
    assert not [one for one in page.heard if one["kind"] == "picture"]


def test_what_fills_the_wall_ends_with_the_next_that_does(
    page: Page, shown: list[str]
) -> None:
    page.says(kind="watch", big=0, form="best")
    page.until(lambda head: head["kind"] == "picture" and head["big"] == 0)
    about = next(one for one in page.heard if one["kind"] == "about")
    assert about["can"] == ["keep", "clip", "replay"]
    page.says(kind="watch", big=2, form="best")
    page.until(lambda head: head["kind"] == "picture" and head["big"] == 2)
    assert page.wall.live == (shown[2],)
    page.says(kind="rest", big=2)
    assert page.wall.live == ()


def test_no_more_play_than_may(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(walls, "MOST_LIVE", 1)
    page.says(kind="seen", tiles=[0, 1])
    page.says(kind="watch", tile=0, form="best")
    page.until(_is("picture", 0))
    page.says(kind="watch", tile=1, form="best")
    told = page.until(_is("state", 1, state="refused"))
    assert "play already" in told["words"]
    page.says(kind="rest", tile=0)
    page.says(kind="watch", tile=1, form="best")
    page.until(_is("picture", 1))


def test_a_page_that_went_without_a_word_is_shown_nothing_and_may_come_back(
    page: Page, monkeypatch: pytest.MonkeyPatch, scene: Scene
) -> None:
    page.says(kind="seen", tiles=[0])
    page.says(kind="watch", tile=0, form="best")
    page.until(_is("picture", 0))
    for room in ("coveragekit.live.wall", "coveragekit.live.session"):
        monkeypatch.setattr(f"{room}.GONE_S", 0.0)

    def ended() -> set[str]:
        said = lines(scene.door, "view_live")
        return {one.parameters["form"] for one in said if one.result == "done"}

    _wait(lambda: ended() >= {"glimpses", "jpeg"})
    assert page.wall._glimpses.camera_ids == ()
    _wait(lambda: page.wall.live == ())
    monkeypatch.undo()
    page.wall._heard_s -= 100
    page.wall._tiles[0]._heard_s -= 100
    page.heard.clear()
    page.says(kind="here", tile=0)
    page.until(_is("picture", 0))
    _wait(lambda: page.wall._glimpses.camera_ids == page.wall.seen)


@pytest.mark.parametrize(
    "said",
    [
        "seen",
        None,
        [1],
        {"kind": "seen", "tiles": [True, "0", -1, 3, 10**9, None]},
        {"kind": "seen", "tiles": 0},
        {"kind": "watch", "tile": 0, "form": "best"},
        {"kind": "watch", "tile": 3, "form": "best"},
        {"kind": "watch", "tile": True, "form": "best"},
        {"kind": "watch", "big": 7, "form": "best"},
        {"kind": "watch", "big": 0, "form": "fmp4"},
        {"kind": "ack", "tile": 0, "index": 1},
        {"kind": "keep", "big": 0},
    ],
)
def test_what_a_page_makes_up_begins_nothing(page: Page, said: object) -> None:
    page.wall._hear(None, said, None)
    assert page.wall.seen == ()
    assert page.wall.live == ()
    assert page.heard == []
    assert lines(page.wall._looks.door, "view_live") == []


@pytest.mark.parametrize(
    ("camera_ids", "columns", "words"),
    [
        ([], None, "a wall of 0 cameras"),
        ([f"cam_{one}" for one in range(MOST_TILES + 1)], None, "another wall"),
        (["cam_1", "cam_1"], None, "cam_1 is named twice"),
        (["cam_1"], 0, "0 columns"),
    ],
)
def test_a_wall_that_nobody_can_watch_is_refused(
    looks: Looks, camera_ids: list[str], columns: int | None, words: str
) -> None:
    with pytest.raises(InputError, match=words):
        Wall(looks, camera_ids, **WHO, columns=columns)


def test_what_was_just_seen_is_played_once_more_and_ends(page: Page) -> None:
    page.says(kind="watch", big=0, form="best")
    page.until(lambda head: head["kind"] == "picture" and head["last"] > 3)
    live = [one for one in page.heard if one["kind"] == "picture"][-1]
    page.says(kind="replay", big=0, form="best")
    ended = page.until(lambda head: head.get("fault") in {"Ended", "FeedUnsupported"})
    assert ended["fault"] == "Ended"
    begun = next(place for place, one in enumerate(page.heard) if one.get("recorded"))
    played = [one for one in page.heard[begun:] if one["kind"] in {"picture", "init"}]
    assert played
    assert page.heard[begun]["form"] == "jpeg"
    first = next(one for one in played if one["kind"] == "picture")
    assert first["came_at"] < live["came_at"]
    page.heard.clear()
    page.says(kind="watch", big=0, form="best")
    now = page.until(lambda head: head["kind"] == "picture")
    assert now["came_at"] > live["came_at"]


def test_a_still_is_kept_or_the_page_is_told_why_not(
    looks: Looks, shown: list[str], tmp_path: Path, scene: Scene
) -> None:
    heard: list[dict[str, Any]] = []
    session = Session(
        looks,
        shown[0],
        **WHO,
        send=lambda head, _: heard.append(head),
    )

    def told() -> dict[str, Any]:
        ends_s = time.monotonic() + 20
        while not heard:
            assert time.monotonic() < ends_s
            time.sleep(0.01)
        return heard.pop()

    session.hear({"kind": "keep"})
    kept = told()
    assert kept["is_good"] is True
    assert (tmp_path / kept["words"].removeprefix("kept as ")).is_file()
    scene.move(shown[0], "withdrawn")
    session.hear({"kind": "keep"})
    refused = told()
    assert refused["is_good"] is False
    assert "withdrawn" in refused["words"]


def test_the_last_minute_is_kept_of_what_is_being_watched(
    page: Page, tmp_path: Path
) -> None:
    page.says(kind="keep", big=0, what="clip")
    assert page.heard == []
    page.says(kind="watch", big=0, form="best")
    page.until(lambda head: head["kind"] == "picture" and head["last"] > 3)
    page.says(kind="keep", big=0, what="clip")
    kept = page.until(lambda head: head["kind"] == "kept")
    assert kept["is_good"] is True, kept["words"]
    name = kept["words"].removeprefix("kept as ")
    assert name.endswith(".mp4")
    assert (tmp_path / name).is_file()
    (begun, done) = lines(page.wall._looks.door, "clip")
    assert (begun.result, done.result) == ("allowed", "done")
    assert done.parameters["file"] == name
