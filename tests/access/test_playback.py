"""Recorded pictures are shown to whom the owner lets see them, while it is so."""

from __future__ import annotations

import io
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest

from coveragekit.access import Door, Scope, open_door
from coveragekit.access.feed_settings import FeedSettings
from coveragekit.access.looking import Looks
from coveragekit.access.playback import replay_last, replay_recording
from coveragekit.errors import (
    AccessRefused,
    FeedNotFound,
    FeedUnsupported,
    InputError,
)
from coveragekit.feeds.gate import Gate
from coveragekit.feeds.jpeg import decoded_jpeg
from coveragekit.feeds.messages import Fragment, Init, Message, Picture, State
from tests.access.pictures import (
    PROMISED_S,
    is_said,
    lines,
    mask,
    of,
    shows,
    until,
    with_feed,
)
from tests.access.scene import CALL, CASE, DEE, EVERYTHING, KIM, PAT, Scene
from tests.databases import Clock
from tests.feeds.looking import is_counting
from tests.feeds.peers import scenes
from tests.feeds.peers.replay import Recorder, replay_peer
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
def door(tmp_path: Path, clock: Clock) -> Iterator[Door]:
    """Give the door of an empty registry; which database it is makes no difference."""
    place = tmp_path / "registry.sqlite"
    with open_door(place, create=True, clock=clock, sign=False) as opened:
        yield opened


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


def numbers_of(got: list[Message]) -> list[int | None]:
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
    with looks.look(DEE, CALL, camera_id) as live:
        until(live, shows(35))
        with replay_last(looks, DEE, CALL, camera_id) as playback:
            began_s = time.monotonic()
            got = until(playback, is_said("offline"))
            took_s = time.monotonic() - began_s
            assert playback.is_recorded
            assert playback.take(0.3) == []
            assert not playback.is_over

    numbers = numbers_of(got)
    assert len(numbers) >= 30
    assert is_counting(numbers, CIRCLE)
    fragments = of(Fragment, got)
    filmed = [one.came_at for one in fragments]
    assert filmed == sorted(filmed)
    # at its own pace, and not in a burst
    assert took_s > len(fragments) / scenes.RATE_HZ - 1.0
    assert [one.state for one in of(State, got)] == ["playing", "offline"]
    assert of(State, got)[-1].fault == "Ended"
    begun, ended = lines(looks.door, "view_last")
    assert (begun.result, begun.case_number) == ("allowed", "26-0417")
    assert (ended.result, ended.parameters["how"]) == ("done", "left")
    assert ended.parameters["seconds"] == pytest.approx(took_s, abs=2.0)
    assert ended.parameters["footage_from"][:10] == filmed[0].isoformat()[:10]


def test_who_looks_back_again_finds_what_came_meanwhile(
    looks: Looks, camera_id: str
) -> None:
    with looks.look(DEE, CALL, camera_id) as live:
        until(live, shows(30))
        first = replay_last(looks, DEE, CALL, camera_id)
    # nobody looks at the live picture any more, and its last minute goes on
    with first:
        began = of(Fragment, until(first, shows(30)))[0].came_at
        with replay_last(looks, DEE, CALL, camera_id) as second:
            again = of(Fragment, until(second, is_said("offline")))
    assert abs(again[0].came_at - began) < timedelta(milliseconds=1)
    assert again[-1].came_at - began > timedelta(seconds=2)
    # once nobody looks back either, nothing is kept
    with pytest.raises(FeedUnsupported, match="nobody watches it"):
        replay_last(looks, DEE, CALL, camera_id)


def test_who_may_not_see_footage_is_refused_though_the_camera_is_watched(
    looks: Looks, scene: Scene, peer: RtspPeer
) -> None:
    live_only = with_feed(
        scene, scene.integrated(Scope(live=True)), peer.address("sub")
    )
    with looks.look(KIM, CALL, live_only) as live:
        until(live, shows(3))
        # nothing is even kept in memory of who agreed to live pictures alone
        with pytest.raises(FeedUnsupported, match="nothing"):
            looks.hub.footage(live_only)
        with pytest.raises(AccessRefused, match="did not agree to footage"):
            replay_last(looks, KIM, CASE, live_only)
        with pytest.raises(AccessRefused, match="may"):
            replay_last(looks, PAT, CASE, live_only)
    assert [one.result for one in lines(looks.door, "view_last")] == [
        "refused",
        "refused",
    ]


def test_what_nobody_watches_was_not_kept_and_says_what_to_do(
    looks: Looks, camera_id: str
) -> None:
    with pytest.raises(FeedUnsupported, match="look at it first, or ask for a stored"):
        replay_last(looks, KIM, CASE, camera_id)
    with pytest.raises(InputError, match="at most 60 s"):
        replay_last(looks, KIM, CASE, camera_id, last_s=61.0)
    asked = [one.result for one in lines(looks.door, "view_last")]
    assert asked == ["allowed", "failed"] * 2


def test_a_masked_camera_is_played_as_covered_pictures_and_never_as_a_stream(
    looks: Looks, scene: Scene, camera_id: str
) -> None:
    mask(scene, camera_id)
    with looks.look(KIM, CALL, camera_id, rate_hz=20.0) as live:
        until(live, shows(30))
        with pytest.raises(FeedUnsupported, match="masked"):
            replay_last(looks, KIM, CASE, camera_id, form="fmp4")
        with replay_last(looks, KIM, CASE, camera_id, rate_hz=10.0) as playback:
            assert (playback.form, playback.is_masked) == ("jpeg", True)
            got = until(playback, is_said("offline"))
    pictures = of(Picture, got)
    assert len(pictures) >= 10
    assert not of(Init, got) + of(Fragment, got)
    for one in pictures:
        assert one.is_masked
        grey = decoded_jpeg(one.jpeg).to_ndarray(format="gray8").astype(int)
        assert np.ptp(grey[:172]) <= 6
        assert np.ptp(grey[190:]) > 60
    # and they move
    assert all(a != b for a, b in pairwise([one.jpeg for one in pictures]))


NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)


@pytest.fixture
def recorder(looks: Looks) -> Iterator[Recorder]:
    """Give a recorder that keeps ten seconds."""
    with replay_peer(Recorder(NOON)) as peer:
        allowed = looks.settings.gate.exempt | {("127.0.0.1", peer.port)}
        looks.settings = replace(
            looks.settings, gate=replace(looks.settings.gate, exempt=allowed)
        )
        yield peer


@pytest.fixture
def stored(scene: Scene, peer: RtspPeer, recorder: Recorder) -> str:
    """Give a camera whose recorder keeps ten seconds."""
    address, replay = peer.address("sub"), recorder.address()
    return with_feed(scene, scene.integrated(EVERYTHING), address, replay=replay)


def test_stored_footage_is_played_through_the_door(
    looks: Looks, scene: Scene, stored: str
) -> None:
    start_at, end_at = NOON + timedelta(seconds=2), NOON + timedelta(seconds=4)
    times = {"start_at": start_at, "end_at": end_at}
    with replay_recording(looks, KIM, CASE, stored, **times) as playback:
        began_s = time.monotonic()
        got = until(playback, is_said("offline"))
        took_s = time.monotonic() - began_s
    assert numbers_of(got) == list(range(40, 80))
    assert of(Fragment, got)[0].came_at == start_at
    assert took_s > 1.0
    assert lines(looks.door, "view_recorded")[-1].result == "done"

    mask(scene, stored)
    with replay_recording(looks, KIM, CASE, stored, **times) as playback:
        got = until(playback, shows(2))
    assert {type(one) for one in got} == {Picture, State}
    for one in of(Picture, got):
        grey = decoded_jpeg(one.jpeg).to_ndarray(format="gray8").astype(int)
        assert np.ptp(grey[:172]) <= 6


def test_a_consent_withdrawn_while_it_plays_ends_it_within_two_seconds(
    looks: Looks, scene: Scene, stored: str
) -> None:
    times = {"start_at": NOON, "end_at": NOON + timedelta(seconds=10)}
    with replay_recording(looks, KIM, CASE, stored, **times) as playback:
        until(playback, shows(3))
        scene.move(stored, "withdrawn")
        began_s = time.monotonic()
        got = until(playback, is_said("refused"))
        took_s = time.monotonic() - began_s
        assert playback.is_over
        assert playback.take(0.3) == []
    assert took_s <= PROMISED_S
    assert "consent" in of(State, got)[-1].words
    assert lines(looks.door, "view_recorded")[-1].parameters["how"] == "ended"
    with pytest.raises(AccessRefused, match="withdrawn"):
        replay_recording(looks, KIM, CASE, stored, **times)


def test_who_takes_a_call_sees_the_last_minute_and_no_stored_footage(
    looks: Looks, stored: str
) -> None:
    times = {"start_at": NOON, "end_at": NOON + timedelta(seconds=10)}
    with pytest.raises(AccessRefused, match="officer and supervisor may"):
        replay_recording(looks, DEE, CALL, stored, **times)
    with pytest.raises(AccessRefused, match="purpose"):
        replay_recording(looks, KIM, CALL, stored, **times)


def test_a_mask_that_comes_while_it_plays_ends_it(
    looks: Looks, scene: Scene, stored: str
) -> None:
    times = {"start_at": NOON, "end_at": NOON + timedelta(seconds=10)}
    with replay_recording(looks, KIM, CASE, stored, **times) as playback:
        until(playback, shows(3))
        mask(scene, stored)
        began_s = time.monotonic()
        got = until(playback, is_said("refused"))
        assert time.monotonic() - began_s <= PROMISED_S
    assert of(State, got)[-1].fault == "Changed"


def test_what_a_device_cannot_do_is_said(
    looks: Looks, scene: Scene, camera_id: str, recorder: Recorder
) -> None:
    hour = {
        "start_at": NOON - timedelta(hours=1),
        "end_at": NOON - timedelta(hours=0.5),
    }
    with pytest.raises(FeedUnsupported, match="offers no recorded footage"):
        replay_recording(looks, KIM, CASE, camera_id, **hour)
    other = with_feed(
        scene,
        scene.integrated(EVERYTHING),
        recorder.address("/live"),
        replay=recorder.address(),
    )
    with pytest.raises(FeedNotFound, match="no recording of that time"):
        replay_recording(looks, KIM, CASE, other, **hour)
    now = datetime.now(UTC)
    with pytest.raises(InputError, match="not over yet"):
        replay_recording(
            looks, KIM, CASE, other, start_at=now, end_at=now + timedelta(minutes=1)
        )
    assert "127.0.0.1" not in repr(lines(looks.door, "view_recorded"))
