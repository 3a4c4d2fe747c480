"""Footage that a device keeps: of the time that was asked for, whole, and no other."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import av
import pytest

from coveragekit.errors import FeedNotFound, FeedUnsupported, InputError
from coveragekit.feeds.replaying import Shot
from coveragekit.feeds.stored import Stored
from tests.feeds.looking import (
    PATIENT,
    SLACK_S,
    STALLING,
    gate_for,
    login_of,
    target_at,
)
from tests.feeds.peers import scenes
from tests.feeds.peers.hls import make_film, make_folder
from tests.feeds.peers.onvif import PASSWORD, USER, onvif_peer
from tests.feeds.peers.replay import Recorder, replay_peer
from tests.feeds.peers.web import WebPeer, web_peer

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def cut(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a film of ten seconds cut into segments of one."""
    folder = tmp_path_factory.mktemp("cut")
    return make_folder(make_film(folder / "film.mp4"), folder / "segments")


def dated(text: str, *, gap_after: int | None = None, gap_s: float = 60.0) -> str:
    """Write into a playlist when each segment was filmed, with a gap if wanted."""
    at, lines, number = NOON, [], 0
    for line in text.splitlines():
        if line.startswith("#EXTINF"):
            if number == gap_after:
                at += timedelta(seconds=gap_s)
                lines.append("#EXT-X-DISCONTINUITY")
            lines.append(f"#EXT-X-PROGRAM-DATE-TIME:{at.isoformat()}")
            at += timedelta(seconds=float(re.findall(r"[\d.]+", line)[0]))
            number += 1
        lines.append(line)
    return "\n".join(lines) + "\n"


@pytest.fixture
def shelf(cut: Path) -> Iterator[WebPeer]:
    """Give a recorder whose playlist says when its pictures were taken."""
    with web_peer(folder=cut) as peer:
        text = dated((cut / "live.m3u8").read_text())
        peer.give("/dated.m3u8", text.encode(), "application/vnd.apple.mpegurl")
        yield peer


def stored(peer: WebPeer, start_s: float, end_s: float, page="/dated.m3u8") -> Stored:
    target = target_at("rtsp://127.0.0.1:9/", replay=peer.address(page))
    return Stored(
        target,
        gate_for(peer.port),
        start_at=NOON + timedelta(seconds=start_s),
        end_at=NOON + timedelta(seconds=end_s),
        bounds=PATIENT,
    )


def numbers_of(shots: list[Shot]) -> list[int | None]:
    """Decode pictures and read their numbers."""
    decoder = av.CodecContext.create(shots[0].shape.codec, "r")
    decoder.extradata = shots[0].shape.extradata
    packets = [av.Packet(one.clean.data) for one in shots]
    frames = [frame for packet in (*packets, None) for frame in decoder.decode(packet)]
    return [scenes.read(frame.to_ndarray(format="gray")) for frame in frames]


def test_footage_begins_at_the_keyframe_before_and_ends_in_time(
    shelf: WebPeer,
) -> None:
    shots = list(stored(shelf, 3.5, 6.0).shots())

    assert numbers_of(shots) == list(range(60, 120))
    assert {one.run for one in shots} == {0}
    times = [(one.at - NOON).total_seconds() for one in shots]
    assert times == pytest.approx([3 + number / 20 for number in range(60)], abs=0.03)
    # neither what lies before nor what lies behind was fetched
    asked = [path for path in shelf.paths() if path.endswith(".ts")]
    assert "/live0.ts" not in asked
    assert "/live9.ts" not in asked


def test_footage_with_a_gap_is_given_in_two_runs_each_of_its_time(
    cut: Path, shelf: WebPeer
) -> None:
    text = dated((cut / "live.m3u8").read_text(), gap_after=4)
    shelf.give("/gap.m3u8", text.encode(), "application/vnd.apple.mpegurl")

    shots = list(stored(shelf, 2.0, 66.0, "/gap.m3u8").shots())

    before = [one for one in shots if one.run == 0]
    after = [one for one in shots if one.run == 1]
    assert len(before) + len(after) == len(shots)
    assert numbers_of(before) == list(range(40, 80))
    assert numbers_of(after) == list(range(80, 120))
    assert after[0].at == NOON + timedelta(seconds=64)


def test_a_window_that_no_longer_holds_it_says_what_it_holds(shelf: WebPeer) -> None:
    with pytest.raises(FeedNotFound, match="from 2026-11-20 12:00:00 UTC to") as told:
        stored(shelf, -30.0, -20.0)
    assert "12:00:10 UTC" in str(told.value)
    with pytest.raises(FeedUnsupported, match="when its pictures were taken"):
        stored(shelf, 1.0, 2.0, "/live.m3u8")


def test_an_interval_that_is_none_is_refused(shelf: WebPeer) -> None:
    for start_s, end_s in ((5.0, 5.0), (5.0, 4.0), (0.0, 3601.0)):
        with pytest.raises(InputError, match="minutes; allowed"):
            stored(shelf, start_s, end_s)
    assert shelf.asked == []


def test_the_live_picture_is_never_taken_for_a_recorded_one(shelf: WebPeer) -> None:
    for page in ("/snap.jpg", "/cam.mjpg?parts=good"):
        with pytest.raises(FeedUnsupported, match="the live picture"):
            stored(shelf, 1.0, 2.0, page)


@pytest.fixture(scope="module")
def recorder() -> Iterator[Recorder]:
    """Give a recorder that keeps ten seconds, with ten minutes missing in the midst."""
    with replay_peer(Recorder(NOON, gap_at=100, gap_s=600.0)) as peer:
        yield peer


def of_recorder(peer: Recorder, start_s: float, end_s: float, **wishes) -> Stored:
    target = target_at("rtsp://127.0.0.1:9/", replay=peer.address())
    return Stored(
        target,
        gate_for(peer.port),
        start_at=NOON + timedelta(seconds=start_s),
        end_at=NOON + timedelta(seconds=end_s),
        **{"bounds": PATIENT, **wishes},
    )


def test_a_recorder_is_asked_by_the_clock(recorder: Recorder) -> None:
    recorder.asked.clear()

    shots = list(of_recorder(recorder, 1.25, 3.0).shots())

    assert numbers_of(shots) == list(range(20, 60))
    assert shots[0].at == NOON + timedelta(seconds=1)
    (play,) = [one for one in recorder.asked if one.startswith("PLAY")]
    assert "Range: clock=20261120T120001.250Z-20261120T120003.000Z" in play
    assert "npt" not in play


def test_a_gap_in_a_recorders_footage_begins_a_new_run(recorder: Recorder) -> None:
    shots = list(of_recorder(recorder, 4.0, 604.0 + 3.0).shots())

    before = [one for one in shots if one.run == 0]
    after = [one for one in shots if one.run == 1]
    assert numbers_of(before) == list(range(80, 100))
    assert numbers_of(after) == list(range(100, 140))
    assert (after[0].at - NOON).total_seconds() == pytest.approx(605.0, abs=0.01)


def test_a_recorder_that_ends_early_gives_what_it_has(recorder: Recorder) -> None:
    shots = list(of_recorder(recorder, 608.0, 700.0).shots())

    assert numbers_of(shots) == list(range(160, 200))


def test_a_recorder_that_falls_silent_at_its_end_is_not_waited_for_long() -> None:
    silent = Recorder(NOON, pictures=60, says_bye=False)
    with replay_peer(silent) as peer:
        began_s = time.monotonic()
        shots = list(of_recorder(peer, 1.0, 30.0, bounds=STALLING).shots())
        took_s = time.monotonic() - began_s

    # the last picture waits for what follows, and nothing does
    assert numbers_of(shots)[:39] == list(range(20, 59))
    assert took_s < STALLING.stall_s + SLACK_S + 5.0


def test_a_device_that_does_not_say_of_when_its_footage_is_shows_nothing() -> None:
    with (
        replay_peer(Recorder(NOON, pictures=40, tells_range=False)) as peer,
        pytest.raises(FeedUnsupported, match="might be the live picture"),
    ):
        of_recorder(peer, 0.0, 1.0)


def test_a_time_that_a_recorder_does_not_keep_is_told(recorder: Recorder) -> None:
    with pytest.raises(FeedNotFound, match="no recording of that time"):
        of_recorder(recorder, -60.0, -50.0)


def test_whoever_waits_for_footage_can_be_stopped() -> None:
    slow = Recorder(NOON, pictures=100, pace_hz=4.0)
    with replay_peer(slow) as peer:
        footage = of_recorder(peer, 0.0, 5.0)
        shots = footage.shots()
        next(shots)
        threading.Timer(0.3, footage.stop).start()
        began_s = time.monotonic()
        rest = list(shots)
        assert time.monotonic() - began_s < SLACK_S
    assert len(rest) < 50


def test_an_onvif_recorder_is_searched_and_played_by_the_clock() -> None:
    with onvif_peer() as device, replay_peer(Recorder(NOON, pictures=80)) as peer:
        device.replay = peer.address()
        target = target_at(device.address, login=login_of(USER, PASSWORD))
        footage = Stored(
            target,
            gate_for(device.web.port, peer.port),
            start_at=NOON + timedelta(seconds=1),
            end_at=NOON + timedelta(seconds=2),
            is_fast=True,
            bounds=PATIENT,
        )
        shots = list(footage.shots())

    assert numbers_of(shots) == list(range(20, 40))
    assert footage.clock_offset_s == pytest.approx(420.0, abs=30.0)
    assert "GetReplayUri" in device.asked
    (play,) = [one for one in peer.asked if one.startswith("PLAY")]
    assert "Rate-Control: no" in play


def test_an_onvif_recorder_says_which_times_it_keeps() -> None:
    at = datetime(2026, 12, 24, tzinfo=UTC)
    with onvif_peer() as device:
        device.replay = "rtsp://127.0.0.1:9/replay"
        target = target_at(device.address, login=login_of(USER, PASSWORD))
        times = {"start_at": at, "end_at": at + timedelta(seconds=2)}
        with pytest.raises(FeedNotFound, match="2026-11-01T00:00:00Z to 2026-11-22"):
            Stored(target, gate_for(device.web.port), **times, bounds=PATIENT)
    assert "GetReplayUri" not in device.asked


def test_what_lies_before_the_keyframe_in_a_long_segment_is_left_out(
    tmp_path: Path,
) -> None:
    film = make_film(tmp_path / "film.mp4")
    folder = make_folder(film, tmp_path / "long", "-hls_time", "5")
    with web_peer(folder=folder) as peer:
        text = dated((folder / "live.m3u8").read_text())
        peer.give("/dated.m3u8", text.encode(), "application/vnd.apple.mpegurl")
        shots = list(stored(peer, 2.5, 3.0).shots())

    assert numbers_of(shots) == list(range(40, 60))
