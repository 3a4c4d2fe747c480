"""An RTSP camera of which every packet can be chosen."""

from __future__ import annotations

import io
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from PIL import Image

from coveragekit.feeds.nals import nal_units
from tests.feeds.peers import scenes
from tests.feeds.peers.scenes import Scene, encode

RATE_HZ = 20
CLOCK_HZ = 90_000
STEP = CLOCK_HZ // RATE_HZ
LONGEST_S = 60.0
_MOST = 1400
_SDP = (
    "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=x\r\nt=0 0\r\n"
    "m=video 0 RTP/AVP {kind}\r\n{map}a=control:track1\r\n"
)


@dataclass(frozen=True)
class Film:
    """Pictures as payloads of RTP, and the time that each one tells."""

    kind: int
    map: str
    pictures: Sequence[Sequence[bytes]]
    time: Callable[[int], int] = lambda number: number * STEP
    rate_hz: float = RATE_HZ


def jpegs(count: int = 20, width: int = 640, height: int = 360) -> Film:
    """Give numbered pictures as JPEGs (RFC 2435)."""
    made = []
    for number in range(count):
        sink = io.BytesIO()
        picture = Image.fromarray(scenes.draw(number, width, height)).convert("RGB")
        picture.save(sink, "JPEG", quality=80, subsampling="4:2:0")
        made.append(_jpeg_payloads(sink.getvalue()))
    return Film(26, "", made)


def h264(scene: Scene | None = None, **more: object) -> Film:
    """Give numbered pictures as H.264 (RFC 6184)."""
    scene = scene or Scene(pictures=60)
    made = [
        [
            part
            for unit in nal_units(bytes(one), prefixed=False)
            for part in _parts(unit)
        ]
        for one in encode(scene)
    ]
    line = "a=rtpmap:96 H264/90000\r\na=fmtp:96 packetization-mode=1\r\n"
    return Film(96, line, made, **more)  # type: ignore[arg-type]


def _parts(unit: bytes) -> list[bytes]:
    if len(unit) <= _MOST:
        return [unit]
    head, body = unit[0], unit[1:]
    cut = [body[at : at + _MOST] for at in range(0, len(body), _MOST)]
    last = len(cut) - 1
    return [
        bytes([head & 0xE0 | 28, (at == 0) << 7 | (at == last) << 6 | head & 0x1F])
        + part
        for at, part in enumerate(cut)
    ]


def _jpeg_payloads(jpeg: bytes) -> list[bytes]:
    tables, at, kind, size = b"", 2, 1, (0, 0)
    while jpeg[at + 1] != 0xDA:
        body = jpeg[at + 4 : at + 2 + int.from_bytes(jpeg[at + 2 : at + 4], "big")]
        if jpeg[at + 1] == 0xDB:
            # one marker may hold several tables, each after the byte that names it
            tables += b"".join(body[n + 1 : n + 65] for n in range(0, len(body), 65))
        elif jpeg[at + 1] == 0xC0:
            size = (body[3] << 8 | body[4], body[1] << 8 | body[2])
            kind = 1 if body[7] == 0x22 else 0
        at += 2 + int.from_bytes(jpeg[at + 2 : at + 4], "big")
    scan = jpeg[at + 2 + int.from_bytes(jpeg[at + 2 : at + 4], "big") : -2]
    if len(tables) == 64:
        tables *= 2
    payloads = []
    for place in range(0, len(scan), _MOST):
        head = struct.pack(">I", place) + bytes([kind, 255, size[0] // 8, size[1] // 8])
        more = struct.pack(">HH", 0, len(tables)) + tables if place == 0 else b""
        payloads.append(head + more + scan[place : place + _MOST])
    return payloads


class RtpPeer:
    """The server: one film to each who connects, in a circle."""

    def __init__(self, film: Film) -> None:
        self.film = film
        self.ended = threading.Event()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.listener.settimeout(0.1)
        self.port = int(self.listener.getsockname()[1])
        self.threads = [threading.Thread(target=self._accept, daemon=True)]
        self.threads[0].start()

    @property
    def address(self) -> str:
        """Where it is."""
        return f"rtsp://127.0.0.1:{self.port}/film"

    def _accept(self) -> None:
        while not self.ended.is_set():
            try:
                line, _ = self.listener.accept()
            except OSError:
                continue
            thread = threading.Thread(target=self._talk, args=(line,), daemon=True)
            thread.start()
            self.threads.append(thread)

    def _talk(self, line: socket.socket) -> None:
        with line, suppress(OSError):
            line.settimeout(0.1)
            held, playing = b"", False
            while not self.ended.is_set():
                try:
                    some = line.recv(4096)
                except TimeoutError:
                    continue
                held += some
                if not some:
                    return
                while b"\r\n\r\n" in held and not playing:
                    asked, _, held = held.partition(b"\r\n\r\n")
                    line.sendall(self._answer(asked.decode()))
                    playing = asked.startswith(b"PLAY")
                if playing:
                    line.settimeout(LONGEST_S)
                    self._play(line)
                    return

    def _answer(self, asked: str) -> bytes:
        number = asked.lower().partition("cseq:")[2].split()[0]
        lines, body = ["RTSP/1.0 200 OK", f"CSeq: {number}"], ""
        if asked.startswith("DESCRIBE"):
            body = _SDP.format(kind=self.film.kind, map=self.film.map)
            lines += ["Content-Type: application/sdp", f"Content-Length: {len(body)}"]
        if asked.startswith("SETUP"):
            lines.append("Transport: RTP/AVP/TCP;unicast;interleaved=0-1")
        return "\r\n".join([*lines, "Session: 1", "", body]).encode()

    def _play(self, line: socket.socket) -> None:
        film, sequence, began_s = self.film, 0, time.monotonic()
        for number in range(10**9):
            payloads = film.pictures[number % len(film.pictures)]
            stamp = film.time(number) % (1 << 32)
            sent = b""
            for place, payload in enumerate(payloads):
                last = (place == len(payloads) - 1) << 7
                head = struct.pack(">BBHII", 0x80, last | film.kind, sequence, stamp, 7)
                sent += b"$\x00" + struct.pack(">H", 12 + len(payload)) + head + payload
                sequence = (sequence + 1) % 65_536
            line.sendall(sent)
            due_s = began_s + (number + 1) / film.rate_hz
            if self.ended.wait(max(0.0, due_s - time.monotonic())):
                return

    def stop(self) -> None:
        """End it."""
        self.ended.set()
        self.listener.close()
        for thread in self.threads:
            thread.join(5)


@contextmanager
def rtp_peer(film: Film) -> Iterator[RtpPeer]:
    """Run a camera that plays a film."""
    peer = RtpPeer(film)
    try:
        yield peer
    finally:
        peer.stop()
