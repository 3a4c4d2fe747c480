"""Pictures that nobody hurries come a few at a time, and none is lost or held up."""

from __future__ import annotations

import socket
import struct
import threading
import time
from collections.abc import Callable
from itertools import pairwise

import pytest

from coveragekit.errors import FeedBroken
from coveragekit.feeds import relay
from coveragekit.feeds.bounds import Bounds
from coveragekit.feeds.challenges import Signer
from coveragekit.feeds.opening import open_feed
from coveragekit.feeds.relay import carry
from tests.feeds.looking import PATIENT, gate_for, is_counting, numbers, target_at
from tests.feeds.peers.hostile import hostile_peer, rtsp_answer
from tests.feeds.peers.rtsp import RtspPeer, rtsp_peer, wait_until

FRAME = b"$\x00" + struct.pack(">H", 1000) + bytes(1000)


def groups(reading, count: int) -> int:
    """Count how many times pictures came, of so many pictures."""
    coming = reading.pieces()
    came = [next(coming).came_s for _ in range(count)]
    return 1 + sum(after - before > 0.03 for before, after in pairwise(came))


def test_pictures_that_nobody_hurries_come_a_few_at_a_time(camera: RtspPeer) -> None:
    target, gate = target_at(camera.address("sub")), gate_for(camera.port)
    reading = open_feed(target, gate, bounds=PATIENT)
    try:
        next(reading.pieces())
        reading.hurry(False)
        groups(reading, 4)

        # twenty pictures a second, asked for ten times a second
        assert groups(reading, 40) <= 30
        assert is_counting(numbers(reading, 24), 80)
        reading.hurry(True)
        assert is_counting(numbers(reading, 8), 80)
    finally:
        reading.close()


def test_a_camera_that_is_lost_is_told_though_nobody_hurries(media) -> None:
    with rtsp_peer(media) as peer:
        target, gate = target_at(peer.address("sub")), gate_for(peer.port)
        reading = open_feed(target, gate, bounds=PATIENT)
        reading.hurry(False)
        coming = reading.pieces()
        for _ in range(10):
            next(coming)
        peer.kill()
        with pytest.raises(FeedBroken):
            list(coming)
        reading.close()


def playing_line(send: Callable[[socket.socket, threading.Event], None]):
    """Begin a line whose camera has answered PLAY, and whose demuxer is this test."""

    def act(line: socket.socket, ended: threading.Event) -> None:
        line.recv(4096)
        line.sendall(rtsp_answer("200 OK"))
        send(line, ended)

    return hostile_peer(act)


def carried(port: int, bounds: Bounds = PATIENT):
    up = socket.create_connection(("127.0.0.1", port))
    line = carry(up, f"rtsp://127.0.0.1:{port}/a", Signer(), bounds=bounds)
    local = line.local
    place = int(local.split(":")[2].partition("/")[0])
    down = socket.create_connection(("127.0.0.1", place))
    down.sendall(f"PLAY {local} RTSP/1.0\r\nCSeq: 1\r\n\r\n".encode())
    heard = b""
    while b"\r\n\r\n" not in heard:
        heard += down.recv(4096)
    line.opened()
    return line, down, heard.partition(b"\r\n\r\n")[2]


def test_a_camera_that_sends_much_is_asked_more_often(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    visits: list[tuple[float, float, float, int]] = []
    visit = relay._Relay._visit

    def seen(self: relay._Relay) -> float:
        began_s = time.monotonic()
        next_s = visit(self)
        brought = max((x.brought for x in self._lines if x.is_visited), default=0)
        visits.append((began_s, time.monotonic(), next_s, brought))
        return next_s

    def send(line: socket.socket, ended: threading.Event) -> None:
        while not ended.is_set():
            line.sendall(FRAME * 64)

    monkeypatch.setattr(relay._Relay, "_visit", seen)
    with playing_line(send) as peer:
        line, down, _ = carried(peer.port)
        line.hurry(False)
        got, ends_s = 0, time.monotonic() + 60
        while got < 20_000_000:
            assert time.monotonic() < ends_s, got
            got += len(down.recv(1_000_000))
        line.cut()
        down.close()

    pairs = [(one, after) for one, after in pairwise(visits) if one[3] > 98_304]
    assert len(pairs) >= 10
    # it is meant to come again sooner than in the tenth of a second of calm lines
    assert {one[2] for one, _ in pairs} == {0.02}
    # and does so: a busy machine makes some visits late, and none too early
    gaps_s = sorted(after[0] - one[1] for one, after in pairs)
    assert gaps_s[len(gaps_s) // 10] < 0.09


def test_a_demuxer_that_does_not_read_makes_the_camera_wait() -> None:
    sent = [0]

    def send(line: socket.socket, ended: threading.Event) -> None:
        while not ended.is_set():
            line.sendall(FRAME)
            sent[0] += len(FRAME)

    with playing_line(send) as peer:
        line, down, rest = carried(peer.port)
        line.hurry(False)
        last = [-1]

        def stands() -> bool:
            was, last[0] = last[0], sent[0]
            time.sleep(0.5)
            return was == sent[0]

        wait_until(stands)
        assert len(line.to_down) <= 262_144
        # what was held up comes whole when it is read again
        got = bytearray(rest)
        while len(got) < 8_000_000:
            got += down.recv(1_000_000)
        line.cut()
        down.close()

    whole = len(got) // len(FRAME)
    assert bytes(got[: whole * len(FRAME)]) == FRAME * whole
