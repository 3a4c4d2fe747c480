"""A recorder that speaks RTSP: it plays stored footage by the clock, and ends it."""

from __future__ import annotations

import re
import socket
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache

from tests.feeds.peers.scenes import RATE_HZ, Scene, encode

_TICKS = 90_000
_MOST_RTP = 1200
_TOLD = {
    "OPTIONS": ("Public: OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN",),
    "DESCRIBE": ("Content-Type: application/sdp",),
    "SETUP": ("Transport: RTP/AVP/TCP;unicast;interleaved=0-1", "Session: 7"),
    "PLAY": ("Session: 7",),
}
_ABOUT = (
    "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=x\r\nt=0 0\r\n"
    "m=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n"
    "a=fmtp:96 packetization-mode=1\r\na=control:track1\r\n"
)


def clock(at: datetime) -> str:
    """Write a time as RFC 2326 does."""
    return at.strftime("%Y%m%dT%H%M%S.%f")[:-3] + "Z"


@cache
def _units(pictures: int, gop: int) -> tuple[bytes, ...]:
    """Encode footage once for all recorders that keep the same."""
    scene = Scene(pictures=pictures, gop=gop)
    return tuple(bytes(packet) for packet in encode(scene))


@dataclass
class Recorder:
    """What the recorder keeps, and how it behaves; tests change it before they ask."""

    begins_at: datetime
    pictures: int = 200
    gop: int = 20
    # pictures that are missing: where, and how long nothing was recorded
    gap_at: int | None = None
    gap_s: float = 0.0
    tells_range: bool = True
    says_bye: bool = True
    pace_hz: float | None = None
    asked: list[str] = field(default_factory=list)
    port: int = 0

    def __post_init__(self) -> None:
        self.units = list(_units(self.pictures, self.gop))

    def address(self, path: str = "/tracks/1") -> str:
        """Where it is."""
        return f"rtsp://127.0.0.1:{self.port}{path}"

    def at(self, number: int) -> datetime:
        """When a picture was filmed."""
        missing = self.gap_s if self.gap_at is not None and number >= self.gap_at else 0
        return self.begins_at + timedelta(seconds=number / RATE_HZ + missing)

    def serve(self, line: socket.socket) -> None:
        """Answer one viewer until it goes."""
        held = b""
        while True:
            while b"\r\n\r\n" not in held:
                some = line.recv(4096)
                if not some:
                    return
                held += some
                while held[:1] == b"$" and len(held) >= 4:
                    size = 4 + int.from_bytes(held[2:4], "big")
                    held = held[size:]
            head, _, held = held.partition(b"\r\n\r\n")
            text = head.decode()
            self.asked.append(text)
            if not self._answer(line, text):
                return

    def _answer(self, line: socket.socket, text: str) -> bool:
        method = text.split(" ", 1)[0]
        number = re.search(r"CSeq: (\d+)", text)
        more, body, status, first = list(_TOLD.get(method, ())), "", "200 OK", 0
        if method == "DESCRIBE":
            body = _ABOUT
        if method == "PLAY":
            first = self._first(text)
            if first < 0:
                status = "457 Invalid Range"
            elif self.tells_range:
                more.append(f"Range: clock={clock(self.at(first))}-")
        lines = [f"RTSP/1.0 {status}", f"CSeq: {number[1] if number else 0}", *more]
        if body:
            lines.append(f"Content-Length: {len(body)}")
        line.sendall("\r\n".join([*lines, "", body]).encode())
        if method != "PLAY" or first < 0:
            return method != "TEARDOWN"
        self._play(line, first, self._until(text))
        return False

    def _first(self, text: str) -> int:
        """Give the keyframe before the time that is asked for."""
        found = re.search(r"Range: clock=(\d{8}T\d{6})(\.\d+)?Z", text)
        if found is None:
            # whoever names no time is shown what comes now: here the end of it
            return self.pictures - self.gop
        asked = datetime.strptime(found[1] + "+0000", "%Y%m%dT%H%M%S%z")
        asked += timedelta(seconds=float(found[2] or 0))
        if not self.begins_at <= asked <= self.at(self.pictures - 1):
            return -1
        keys = range(0, self.pictures, self.gop)
        return max(key for key in keys if self.at(key) <= asked)

    def _until(self, text: str) -> datetime | None:
        found = re.search(r"Range: clock=[^-]*-(\d{8}T\d{6})", text)
        if found is None:
            return None
        whole = datetime.strptime(found[1] + "+0000", "%Y%m%dT%H%M%S%z")
        return whole + timedelta(seconds=1)

    def _play(self, line: socket.socket, first: int, until: datetime | None) -> None:
        sequence = 1
        began_s = time.monotonic()
        for number in range(first, self.pictures):
            if until is not None and self.at(number) > until:
                break
            if self.pace_hz:
                due_s = began_s + (number - first) / self.pace_hz
                time.sleep(max(0.0, due_s - time.monotonic()))
            ticks = 5000 + round(
                (self.at(number) - self.at(first)).total_seconds() * _TICKS
            )
            for payload, is_last in _payloads(self.units[number]):
                head = struct.pack(
                    ">BBHII", 0x80, 96 | is_last << 7, sequence, ticks, 77
                )
                _send(line, 0, head + payload)
                sequence = sequence + 1 & 0xFFFF
        if self.says_bye:
            report = struct.pack(">BBHIQIII", 0x80, 200, 6, 77, 0, 0, 0, 0)
            _send(line, 1, report + struct.pack(">BBHI", 0x81, 203, 1, 77))
        # a recorder keeps the line until its viewer goes
        with suppress(OSError):
            line.settimeout(60)
            while line.recv(4096):
                pass


def _send(line: socket.socket, channel: int, packet: bytes) -> None:
    line.sendall(struct.pack(">BBH", 0x24, channel, len(packet)) + packet)


def _payloads(unit: bytes) -> Iterator[tuple[bytes, bool]]:
    """Cut a picture (Annex B) into what RTP carries (RFC 6184)."""
    parts = [
        part.rstrip(b"\0") for part in re.split(rb"\x00\x00\x00?\x01", unit) if part
    ]
    for place, nal in enumerate(parts):
        is_end = place == len(parts) - 1
        if len(nal) <= _MOST_RTP:
            yield nal, is_end
            continue
        mark, kind = nal[0] & 0xE0 | 28, nal[0] & 0x1F
        pieces = [nal[i : i + _MOST_RTP] for i in range(1, len(nal), _MOST_RTP)]
        for index, piece in enumerate(pieces):
            begins, ends = index == 0, index == len(pieces) - 1
            flags = begins << 7 | ends << 6 | kind
            yield bytes([mark, flags]) + piece, is_end and ends


@contextmanager
def replay_peer(recorder: Recorder) -> Iterator[Recorder]:
    """Run a recorder."""
    listener = socket.create_server(("127.0.0.1", 0))
    recorder.port = listener.getsockname()[1]
    lines: list[socket.socket] = []

    def talk(line: socket.socket) -> None:
        with line, suppress(OSError):
            recorder.serve(line)

    def run() -> None:
        with suppress(OSError):
            while True:
                line, _ = listener.accept()
                lines.append(line)
                threading.Thread(target=talk, args=(line,), daemon=True).start()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield recorder
    finally:
        # a thread that waits in accept is woken by this alone
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        for line in lines:
            with suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)
        thread.join(5)
