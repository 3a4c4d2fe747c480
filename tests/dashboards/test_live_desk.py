"""The planner's card offers a live picture to those who may look, and loads it late."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from coveragekit.access import Door, open_door
from coveragekit.dashboards.backroom import NotebookBackroom
from coveragekit.dashboards.components import CameraCard
from coveragekit.dashboards.faults import FaultDesk
from coveragekit.dashboards.planner.live_desk import LiveDesk
from coveragekit.dashboards.planner.live_words import (
    OFF,
    UNASKED,
    ask_of,
    heading_of,
    offered,
)
from coveragekit.dashboards.visit import Visit
from coveragekit.registry import feed_rows
from tests.access.scene import Scene

PATIENCE_S = 30.0
# Nothing listens at this port of the machine's own; it is never asked here.
FEED = {"name": "lake", "address": "http://127.0.0.1:9/stream.m3u8"}


@pytest.fixture
def door(tmp_path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Door]:
    """Give a registry with feed settings, as a server would name them."""
    place = tmp_path / "registry.sqlite"
    (tmp_path / "feeds.toml").write_text('exempt = ["127.0.0.1:9"]')
    monkeypatch.setenv("COVERAGEKIT_REGISTRY", str(place))
    monkeypatch.setenv("COVERAGEKIT_FEEDS", str(tmp_path / "feeds.toml"))
    monkeypatch.setenv("COVERAGEKIT_CHECKPOINTS", str(tmp_path / "checkpoints"))
    monkeypatch.setenv("COVERAGEKIT_AUDIT_KEY", str(tmp_path / "audit.pem"))
    with open_door(place, create=True, sign=False) as opened:
        yield opened


@pytest.fixture
def camera_id(door: Door) -> str:
    """Give an integrated camera that has a feed."""
    with door.registry.write() as connection:
        feed_rows.add_feed(connection, FEED, by="test")
    return Scene(door).integrated(feed_ref="lake")


class Stage:
    """A card, its desk, and who sits before it."""

    def __init__(self, tmp_path, role: str, *, user: str = "kim") -> None:
        self.told: list[str] = []
        self.card = CameraCard(state={"status": "done", "title": "Lake Drive"})
        self.backroom = NotebookBackroom(tmp_path)
        faults = FaultDesk(self.told.append)
        self.desk = LiveDesk(self.card, backroom=self.backroom, desk=faults)
        source = "proxy" if user else "token"
        self.desk.greet(Visit(user, role, "", source))

    def close(self) -> None:
        self.desk.close()
        self.backroom.close()

    def choose(self, camera_id: str) -> dict[str, Any]:
        """Choose a camera, and give what its card says of live pictures then."""
        self.card.change(live=self.desk.card_state(camera_id))
        self.desk.ask_about(camera_id)
        return self.until(lambda live: live.get("status") != "off")

    def look(self, **told: Any) -> dict[str, Any]:
        """Ask to look, and give the answer that the dialog gets."""
        self.desk.look({"ask": 7, **told})
        live = self.until(
            lambda live: live.get("answer", {}).get("status") in {"docked", "refused"}
        )
        answer: dict[str, Any] = live["answer"]
        return answer

    def until(self, claim) -> dict[str, Any]:
        ends_s = time.monotonic() + PATIENCE_S
        while not claim(self.card.state.get("live", {})):
            assert time.monotonic() < ends_s, (self.card.state, self.told)
            time.sleep(0.01)
        live: dict[str, Any] = self.card.state["live"]
        return live


def test_an_officer_is_offered_it_and_says_what_for(camera_id, tmp_path) -> None:
    with closing(Stage(tmp_path, "officer")) as stage:
        live = stage.choose(camera_id)
        assert live["status"] == "may"
        assert [one["label"] for one in live["purposes"]] == [
            "Call",
            "Investigation",
            "Missing person",
        ]
        assert live["note"].startswith("You look as officer; the look is on record")

        lacking = stage.look(purpose="call")
        assert lacking["status"] == "refused"
        assert lacking["lacks"] == ["case_number"]
        assert lacking["words"] == "the purpose call needs a case number"
        assert stage.desk.dock.children == ()
        docked = stage.look(purpose="call", case_number=" 26-0417 ")
        assert docked == {"ask": 7, "status": "docked", "words": "", "lacks": []}

        (item,) = stage.desk.dock.children
        bar, preview = item.children
        assert bar.state == {"title": "Lake Drive", "words": "Call, 26-0417"}
        # the page has yet to say that it is seen
        assert not preview.is_on
        stage.look(purpose="call", case_number="26-0418")
        (again,) = stage.desk.dock.children
        assert again is not item
        assert item.comm is None  # the former one is gone, and its look with it
        assert preview.comm is None
        assert again.children[0].state["words"] == "Call, 26-0418"
        again.children[0]._handle_custom_msg({"event": "close"}, [])
        ends_s = time.monotonic() + PATIENCE_S
        while stage.desk.dock.children:
            assert time.monotonic() < ends_s
            time.sleep(0.01)
        assert stage.told == []


def test_a_picture_keeps_the_name_of_its_camera_though_another_is_chosen(
    camera_id, tmp_path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(Stage(tmp_path, "officer")) as stage:
        stage.choose(camera_id)
        prepare = stage.desk._prepare

        def slow(ask):
            # somebody chooses the next camera before this one is open
            stage.card.change(title="Hill Street")
            return prepare(ask)

        monkeypatch.setattr(stage.desk, "_prepare", slow)
        stage.look(purpose="call", case_number="26-1")
        (item,) = stage.desk.dock.children
        assert item.children[0].state["title"] == "Lake Drive"


def test_who_may_not_look_reads_why(camera_id, tmp_path) -> None:
    with closing(Stage(tmp_path, "planner")) as stage:
        assert stage.choose(camera_id) == {
            "status": "not",
            "words": "Live pictures: dispatchers, officers and supervisors.",
        }
    with closing(Stage(tmp_path, "officer", user="")) as stage:
        words = "Live pictures are for people who signed on by name."
        assert stage.choose(camera_id) == {"status": "not", "words": words}


def test_no_more_than_three_are_docked(door, camera_id, tmp_path) -> None:
    scene = Scene(door)
    more = []
    for number in range(3):
        with door.registry.write() as connection:
            feed = {"name": f"lake-{number}", "address": f"{FEED['address']}?{number}"}
            feed_rows.add_feed(connection, feed, by="test")
        more.append(scene.integrated(feed_ref=f"lake-{number}"))
    with closing(Stage(tmp_path, "officer")) as stage:
        answers = []
        for one in (camera_id, *more):
            stage.choose(one)
            answers.append(stage.look(purpose="call", case_number="26-1")["status"])
        assert answers == ["docked", "docked", "docked", "refused"]
        assert stage.card.state["live"]["answer"]["words"].startswith("three pictures")
        assert len(stage.desk.dock.children) == 3


def test_a_registry_that_is_gone_is_said_without_its_place(
    tmp_path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COVERAGEKIT_REGISTRY", str(tmp_path / "gone.sqlite"))
    monkeypatch.setenv("COVERAGEKIT_FEEDS", str(tmp_path / "feeds.toml"))
    with closing(Stage(tmp_path, "officer")) as stage:
        assert stage.choose("cam_1") == {"status": "not", "words": UNASKED}


def test_without_feed_settings_nothing_is_said(
    tmp_path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("COVERAGEKIT_FEEDS", raising=False)
    with closing(Stage(tmp_path, "officer")) as stage:
        monkeypatch.setattr(stage.backroom, "submit", None)  # nobody is asked
        stage.desk.ask_about("cam_1")
        assert stage.desk.card_state("cam_1") == OFF


def test_what_a_page_says_is_cut_short_and_not_believed() -> None:
    ask = ask_of(
        {"ask": "x", "purpose": ["call"], "offence": "a" * 999, "role": "boss"}
    )
    assert ask.number == 0
    assert ask.purpose == "['call']"
    assert len(ask.offence) == 200
    assert ask.case_number == ""
    assert not ask_of({"emergency": "yes"}).emergency
    told = ask_of({"purpose": "missing_person", "emergency": True})
    assert heading_of("Lake", told)["words"] == "Missing person, emergency"


def test_what_is_simulated_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    answer = {"may": True, "words": "", "purposes": [], "lifted": []}
    ask = ask_of({"purpose": "call", "case_number": "26-0417"})
    assert "simulated" not in offered(answer, "officer")["note"]
    monkeypatch.setenv("COVERAGEKIT_SIMULATED_FEEDS", "1")
    assert offered(answer, "officer")["note"].startswith(
        "The cameras of this demo are simulated: nobody is filmed. You look as officer"
    )
    assert heading_of("Lake", ask)["words"] == "Call, 26-0417, simulated"


@pytest.mark.slow
def test_nothing_of_video_or_database_is_loaded_before_somebody_looks(tmp_path) -> None:
    code = """
import sys
from types import SimpleNamespace
from concurrent.futures import Future
from coveragekit.dashboards.components import CameraCard
from coveragekit.dashboards.faults import FaultDesk
from coveragekit.dashboards.planner.live_desk import LiveDesk
from coveragekit.dashboards.visit import Visit
answer = Future()
room = SimpleNamespace(submit=lambda *asked, **given: answer)
card = CameraCard(state={"status": "done"})
desk = LiveDesk(card, backroom=room, desk=FaultDesk(print))
desk.greet(Visit("kim", "officer"))
card.change(live=desk.card_state("cam_1"))
desk.ask_about("cam_1")
answer.set_result({"may": True, "words": "", "purposes": [], "lifted": []})
print(card.state["live"]["status"])
heavy = ["av", "sqlalchemy", "geopandas", "coveragekit.feeds", "coveragekit.access"]
print([one for one in heavy if one in sys.modules])
"""
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={"COVERAGEKIT_FEEDS": "feeds.toml", "PATH": ""},
        timeout=120,
    )
    assert done.stdout.splitlines() == ["may", "[]"]
