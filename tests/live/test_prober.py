"""Rounds that go on by themselves: each camera in its time, again after a fault."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from coveragekit.access import open_door
from coveragekit.access.feed_settings import FeedSettings
from coveragekit.access.looking import Looks
from coveragekit.access.rounds import Rounds
from coveragekit.errors import AccessRefused, RegistryError
from coveragekit.feeds.gate import Gate
from coveragekit.live import prober
from coveragekit.live.prober import keep_probing
from coveragekit.registry.audit import read_log
from tests.access.pictures import with_feed
from tests.access.scene import EVERYTHING, Scene
from tests.feeds.peers.web import WebPeer, web_peer


@pytest.fixture
def web() -> Iterator[WebPeer]:
    """Give a camera that sends single pictures."""
    with web_peer() as running:
        yield running


@pytest.fixture
def looks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, web: WebPeer
) -> Iterator[Looks]:
    """Give what looks at the three cameras of a registry."""
    monkeypatch.delenv("COVERAGEKIT_POLICY", raising=False)
    settings = FeedSettings(Gate(exempt=frozenset({("127.0.0.1", web.port)})))
    place = tmp_path / "registry.sqlite"
    with open_door(place, create=True, sign=False) as door:
        scene = Scene(door)
        for number in range(3):
            camera_id = scene.integrated(EVERYTHING)
            with_feed(scene, camera_id, web.address(f"/snap.jpg?{number}"))
        with Looks(door, settings) as opened:
            yield opened


def _lines(looks: Looks) -> list[str]:
    with looks.door.registry.read() as connection:
        found = read_log(connection, action="probe_feeds")
        return [one.entry.result for one in found]


def test_each_camera_is_looked_at_once_in_its_time(
    looks: Looks, web: WebPeer, monkeypatch: pytest.MonkeyPatch
) -> None:
    # a time of which two pass in a test; people are held to a minute at least
    from coveragekit.access import rounds

    monkeypatch.setattr(rounds, "_SHORTEST_S", 0.5)
    stop = threading.Event()
    done: list[Rounds] = []

    def note(one: Rounds) -> None:
        done.append(one)
        if min(asked()) >= 3:
            stop.set()

    def asked() -> list[int]:
        return [web.paths().count(f"/snap.jpg?{number}") for number in range(3)]

    began_s = time.monotonic()
    keep_probing(looks, every_s=1.0, stop=stop, told=note)
    most = (time.monotonic() - began_s) / 1.0 + 2
    assert {one.cameras for one in done} == {3}
    assert all(one.tally.offline == one.tally.unknown == 0 for one in done)
    # once as they were never looked at, then each at its own moment and no oftener
    assert 3 <= min(asked()) <= max(asked()) <= most
    assert _lines(looks) == ["done"] * len(done)


def test_a_registry_that_cannot_be_asked_is_asked_again(
    looks: Looks, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prober, "_FIRST_WAIT_S", 0.01)
    stop = threading.Event()
    tried: list[int] = []
    real = prober.probe_round

    def fails_twice(*args, **told) -> Rounds:
        tried.append(1)
        if len(tried) <= 2:
            message = "the database does not answer"
            raise RegistryError(message)
        return real(*args, **told)

    monkeypatch.setattr(prober, "probe_round", fails_twice)
    done: list[Rounds] = []

    def note(one: Rounds) -> None:
        done.append(one)
        stop.set()

    keep_probing(looks, every_s=3_600.0, stop=stop, told=note)
    assert len(tried) == 3
    assert [one.tally.online for one in done] == [3]


def test_it_ends_where_the_policy_names_no_account(looks: Looks) -> None:
    from dataclasses import replace

    looks.door.policy = replace(looks.door.policy, services={})
    with pytest.raises(AccessRefused, match="no service account"):
        keep_probing(
            looks, every_s=3_600.0, stop=threading.Event(), told=lambda _: None
        )


def test_one_that_is_stopped_before_it_began_does_nothing(
    looks: Looks, web: WebPeer
) -> None:
    stop = threading.Event()
    stop.set()
    keep_probing(looks, every_s=3_600.0, stop=stop, told=lambda _: pytest.fail("round"))
    assert web.paths() == []
