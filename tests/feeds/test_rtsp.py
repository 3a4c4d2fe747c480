"""RTSP cameras, by what is seen in their pictures."""

from __future__ import annotations

import logging
import socket
import threading
import time
from pathlib import Path

import pytest

from coveragekit.errors import (
    FeedBroken,
    FeedError,
    FeedLoginError,
    FeedNotFound,
    FeedTimeout,
    FeedUnsupported,
    FeedUntrusted,
)
from coveragekit.feeds.opening import open_feed
from coveragekit.feeds.rtsp_talk import video_only
from tests.feeds.looking import (
    PATIENT,
    QUICK,
    SLACK_S,
    STALLING,
    Watch,
    gate_for,
    is_counting,
    login_of,
    numbers,
    opened,
    pictures,
    target_at,
)
from tests.feeds.peers.papers import Papers, make_papers
from tests.feeds.peers.rtsp import RtspPeer, rtsp_peer, wait_until


def test_an_h264_camera_shows_its_pictures_in_order(camera: RtspPeer) -> None:
    reading = opened(camera.address("sub"), camera.port)

    seen = pictures(reading, 12)
    reading.close()

    assert is_counting([number for number, _ in seen], 80)
    assert all(is_whole for _, is_whole in seen)
    assert (reading.info.codec, reading.info.kind) == ("h264", "video")
    assert (reading.info.width_px, reading.info.height_px) == (640, 360)
    assert reading.info.rate_hz == 20


@pytest.mark.parametrize(
    ("mount", "codec", "circle"), [("h265", "hevc", 60), ("bframes", "h264", 60)]
)
def test_other_streams_show_theirs_too(
    camera: RtspPeer, mount: str, codec: str, circle: int
) -> None:
    reading = opened(camera.address(mount), camera.port)

    seen = pictures(reading, 12)
    reading.close()

    assert reading.info.codec == codec
    assert is_counting([number for number, _ in seen], circle)
    assert all(is_whole for _, is_whole in seen)


def test_a_picture_is_as_old_as_its_clock_says(camera: RtspPeer) -> None:
    reading = opened(camera.address("live"), camera.port)

    seen = numbers(reading, 25)
    last_ms = time.time_ns() // 1_000_000
    reading.close()

    assert None not in seen
    assert seen == sorted(seen)
    # the clock of the picture is this machine's; a loaded one takes its time
    assert 0 <= last_ms - (seen[-1] or 0) < 10_000


def test_a_change_of_size_comes_through(camera: RtspPeer) -> None:
    reading = opened(camera.address("resizing"), camera.port)

    seen = pictures(reading, 85)
    reading.close()

    small = [number for number, _ in seen if number is not None and number < 100]
    large = [number for number, _ in seen if number is not None and number >= 1000]
    assert len(small) >= 40
    assert len(large) >= 40


@pytest.mark.parametrize("way", ["--digest", "--basic"])
def test_a_camera_that_asks_who_is_there_is_told_once(media: Path, way: str) -> None:
    with rtsp_peer(media, way, "ann:p w@:1") as peer:
        right = opened(peer.address("sub"), peer.port, login=login_of("ann", "p w@:1"))
        assert is_counting(numbers(right, 3), 80)
        right.close()
        with pytest.raises(FeedLoginError, match="cam_7: it refuses"):
            opened(peer.address("sub"), peer.port, login=login_of("ann", "wrong"))
        with pytest.raises(FeedLoginError, match="none is kept"):
            opened(peer.address("sub"), peer.port)


def test_a_protected_line_is_checked_before_anything_is_said(
    media: Path, papers: Papers, tmp_path: Path
) -> None:
    other = make_papers(tmp_path, "other")
    words = ("--tls", str(papers.certificate), str(papers.key))
    with rtsp_peer(media, *words, "--digest", "ann:secret") as peer:
        asked = []

        def login() -> object:
            asked.append(1)
            return login_of("ann", "secret")()

        address = peer.address("sub", "rtsps")
        refused = {
            "verify": {},
            "pinned": {"certificate_sha256": other.sha256},
        }
        for tls, more in refused.items():
            with pytest.raises(FeedUntrusted):
                opened(address, peer.port, tls=tls, login=login, **more)
        with pytest.raises(FeedUntrusted):
            opened(address, peer.port, tls="pinned", login=login)
        assert asked == []
        allowed = {
            "pinned": {"certificate_sha256": papers.sha256.upper()},
            "off": {},
        }
        for tls, more in allowed.items():
            reading = opened(address, peer.port, tls=tls, login=login, **more)
            assert is_counting(numbers(reading, 3), 80)
            reading.close()
        gate = gate_for(peer.port, authorities=papers.certificate)
        reading = open_feed(target_at(address, login=login), gate, bounds=PATIENT)
        assert is_counting(numbers(reading, 3), 80)
        reading.close()
        with pytest.raises(FeedError):
            opened(peer.address("sub"), peer.port, login=login)


def test_a_mount_that_is_not_there_is_not_found(camera: RtspPeer) -> None:
    with pytest.raises(FeedNotFound, match="camera cam_7: it has no such stream"):
        opened(camera.address("none"), camera.port)


def test_closing_wakes_whoever_reads(media: Path) -> None:
    with rtsp_peer(media) as peer:
        reading = opened(peer.address("sub"), peer.port)
        done: list[float] = []
        began = threading.Event()

        def read() -> None:
            for _ in reading.pieces():
                began.set()
            done.append(time.monotonic())

        reader = threading.Thread(target=read)
        reader.start()
        assert began.wait(20)
        # frozen, it sends nothing that could wake the reader
        peer.freeze()
        time.sleep(0.3)
        closed_s = time.monotonic()
        reading.close()
        reading.close()
        reader.join(20)
        peer.thaw()

        assert done
        assert done[0] - closed_s < SLACK_S


def test_a_killed_camera_is_a_loss_and_not_an_end(media: Path) -> None:
    with rtsp_peer(media) as peer:
        reading = opened(peer.address("sub"), peer.port)
        coming = reading.pieces()
        next(coming)
        peer.kill()

        with Watch() as watch, pytest.raises(FeedBroken, match="in the midst"):
            for _ in coming:
                pass
        reading.close()

        assert watch.took_s < SLACK_S


def test_a_frozen_camera_is_told_in_time_and_one_that_comes_back_plays(
    media: Path,
) -> None:
    with rtsp_peer(media) as peer:
        target, gate = target_at(peer.address("sub")), gate_for(peer.port)
        reading = open_feed(target, gate, bounds=STALLING)
        coming = reading.pieces()
        next(coming)
        peer.freeze()

        with Watch() as watch, pytest.raises(FeedTimeout, match="without a word"):
            for _ in coming:
                pass
        reading.close()
        assert STALLING.stall_s * 0.9 < watch.took_s < STALLING.stall_s + SLACK_S
        with Watch() as watch, pytest.raises(FeedTimeout):
            open_feed(target, gate, bounds=QUICK)
        assert watch.took_s < QUICK.open_s + SLACK_S

        peer.thaw()
        again = open_feed(target, gate, bounds=PATIENT)
        assert is_counting(numbers(again, 3), 80)
        again.close()


def test_a_slow_reader_is_no_stalled_camera(camera: RtspPeer) -> None:
    target, gate = target_at(camera.address("sub")), gate_for(camera.port)
    reading = open_feed(target, gate, bounds=STALLING)
    coming = reading.pieces()

    for _ in range(2):
        next(coming)
        time.sleep(STALLING.stall_s * 1.2)
    next(coming)
    reading.close()


def test_another_program_on_this_machine_gets_nothing_from_the_relay(
    camera: RtspPeer, monkeypatch: pytest.MonkeyPatch
) -> None:
    from coveragekit.feeds import relay, rtsp

    heard = []
    carry = relay.carry

    def overheard(*args: object, **more: object) -> relay.Line:
        line = carry(*args, **more)  # type: ignore[arg-type]
        port = int(line.local.split(":")[2].split("/")[0])
        with socket.create_connection(("127.0.0.1", port), timeout=5) as thief:
            thief.sendall(
                b"DESCRIBE rtsp://127.0.0.1/guess RTSP/1.0\r\nCSeq: 1\r\n\r\n"
            )
            heard.append(thief.recv(100))
        return line

    monkeypatch.setattr(rtsp, "carry", overheard)
    reading = opened(camera.address("sub"), camera.port)

    assert heard == [b""]
    assert is_counting(numbers(reading, 3), 80)
    reading.close()


def test_many_cameras_share_one_thread(camera: RtspPeer) -> None:
    readings = [opened(camera.address("sub"), camera.port) for _ in range(8)]
    seen: dict[int, list[int | None]] = {}

    def read(place: int) -> None:
        seen[place] = numbers(readings[place], 10)

    readers = [threading.Thread(target=read, args=(i,)) for i in range(8)]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join(60)
    relays = [one for one in threading.enumerate() if one.name == "feed relay"]
    for reading in readings:
        reading.close()

    assert len(seen) == 8
    assert all(is_counting(row, 80) for row in seen.values())
    assert len(relays) == 1


def test_nothing_is_logged_while_a_camera_is_read(
    camera: RtspPeer, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        reading = opened(camera.address("sub"), camera.port)
        numbers(reading, 3)
        reading.close()

    assert str(camera.port) not in caplog.text


def test_lines_are_given_back(camera: RtspPeer) -> None:
    def lines() -> int:
        return len(list(Path("/proc/self/fd").iterdir()))

    opened(camera.address("sub"), camera.port).close()
    before = lines()
    for _ in range(6):
        reading = opened(camera.address("sub"), camera.port)
        next(reading.pieces())
        reading.close()

    wait_until(lambda: lines() <= before + 2)


def test_sound_is_left_out_of_a_description() -> None:
    told = b"v=0\r\ns=x\r\nm=audio 0 RTP/AVP 0\r\na=control:0\r\n"
    seen = b"m=video 0 RTP/AVP 96\r\na=rtpmap:96 h264/90000\r\na=control:1\r\n"
    more = b"m=application 0 RTP/AVP 107\r\n"

    assert video_only(told + seen + more) == b"v=0\r\ns=x\r\n" + seen
    with pytest.raises(FeedUnsupported, match="no video"):
        video_only(told)
    other = seen.replace(b"h264", b"VP8")
    # of several videos the first that can be shown
    assert video_only(told + other + seen) == b"v=0\r\ns=x\r\n" + seen
    with pytest.raises(FeedUnsupported, match="can be shown"):
        video_only(told + other)
