"""Recorded pictures are shown to whom the owner lets see them, while it is so."""

from __future__ import annotations

import io
import threading
import time
from collections.abc import Iterator

import av
import pytest

from coveragekit.access import Door
from coveragekit.access.feed_settings import FeedSettings
from coveragekit.access.looking import Looks
from coveragekit.access.playback import replay_last
from coveragekit.feeds.gate import Gate
from coveragekit.feeds.messages import Fragment, Init, State
from tests.access.pictures import is_said, lines, of, shows, until, with_feed
from tests.access.scene import CALL, CASE, EVERYTHING, KIM, Scene
from tests.feeds.looking import is_counting
from tests.feeds.peers import scenes
from tests.feeds.peers.rtsp import RtspPeer, make_media, require, rtsp_peer

CIRCLE = 80


@pytest.fixture(scope="module")
def peer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RtspPeer]:
    """Give a camera that plays numbered pictures in a circle."""
    require()
    media = make_media(tmp_path_factory.mktemp("media"), ["sub"])
    with rtsp_peer(media) as running:
        yield running


@pytest.fixture
def looks(door: Door, peer: RtspPeer) -> Iterator[Looks]:
    """Give the room where feeds are opened, with the one camera allowed."""
    gate = Gate(exempt=frozenset({("127.0.0.1", peer.port)}))
    with Looks(door, FeedSettings(gate)) as room:
        yield room
    names = {one.name for one in threading.enumerate()}
    assert not names & {"looks", "replay"}


@pytest.fixture
def camera_id(scene: Scene, peer: RtspPeer) -> str:
    """Give a camera whose owner agreed to everything."""
    return with_feed(scene, scene.integrated(EVERYTHING), peer.address("sub"))


def numbers_of(got: list) -> list[int | None]:
    """Decode the one stream that was shown and read its pictures' numbers."""
    (init,) = of(Init, got)
    data = init.data + b"".join(one.data for one in of(Fragment, got))
    with av.open(io.BytesIO(data)) as container:
        return [
            scenes.read(frame.to_ndarray(format="gray"))
            for frame in container.decode(video=0)
        ]


def test_the_last_seconds_are_played_once_more_in_their_own_time(
    looks: Looks, camera_id: str
) -> None:
    with looks.look(KIM, CALL, camera_id) as live:
        until(live, shows(60))
        with replay_last(looks, KIM, CASE, camera_id) as playback:
            began_s = time.monotonic()
            got = until(playback, is_said("offline"))
            took_s = time.monotonic() - began_s
            assert playback.is_recorded
            assert playback.take(0.3) == []
            assert not playback.is_over

    numbers = numbers_of(got)
    assert len(numbers) >= 55
    assert is_counting(numbers, CIRCLE)
    fragments = of(Fragment, got)
    filmed = [one.came_at for one in fragments]
    assert filmed == sorted(filmed)
    # at its own pace, and not in a burst
    assert took_s > len(fragments) / scenes.RATE_HZ - 1.0
    assert [one.state for one in of(State, got)] == ["playing", "offline"]
    assert of(State, got)[-1].fault == "Ended"
    begun, ended = lines(looks.door, "view_recorded")
    assert (begun.result, begun.offence) == ("allowed", "120")
    assert (ended.result, ended.parameters["how"]) == ("done", "left")
    assert ended.parameters["seconds"] == pytest.approx(took_s, abs=2.0)
    assert ended.parameters["footage_from"][:10] == filmed[0].isoformat()[:10]
