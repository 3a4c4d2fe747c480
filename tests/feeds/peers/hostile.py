"""Devices that behave badly, each in one way, over bare sockets."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

Act = Callable[[socket.socket, threading.Event], None]
LONGEST_S = 60.0


def silent(line: socket.socket, ended: threading.Event) -> None:
    """Take the connection and say nothing."""
    _hear(line)
    ended.wait(LONGEST_S)


def trickle(line: socket.socket, ended: threading.Event) -> None:
    """Say one byte of a good answer every tenth of a second."""
    answer = b"RTSP/1.0 200 OK\r\nCSeq: 1\r\nServer: " + b"slow " * 400
    first = _hear(line)
    if b"HTTP/" in first:
        answer = b"HTTP/1.1 200 OK\r\nServer: " + b"slow " * 400
    for place in range(len(answer)):
        line.sendall(answer[place : place + 1])
        if ended.wait(0.1):
            return


def garbage(line: socket.socket, ended: threading.Event) -> None:
    """Say what is no protocol."""
    _hear(line)
    line.sendall(bytes(range(7, 255)) * 40)
    ended.wait(2)


def endless_head(line: socket.socket, ended: threading.Event) -> None:
    """Begin a good answer whose head does not end."""
    first = _hear(line)
    kind = b"HTTP/1.1" if b"HTTP/" in first else b"RTSP/1.0"
    line.sendall(kind + b" 200 OK\r\nCSeq: 1\r\nX: ")
    ends = time.monotonic() + LONGEST_S
    while time.monotonic() < ends and not ended.is_set():
        line.sendall(b"y" * 8192)


def closing(line: socket.socket, _ended: threading.Event) -> None:
    """Hear the request and close."""
    _hear(line)


def slamming(line: socket.socket, _ended: threading.Event) -> None:
    """Close without having heard anything."""


def scripted(*answers: bytes) -> Act:
    """Answer each request with the next of these."""

    def act(line: socket.socket, ended: threading.Event) -> None:
        for answer in answers:
            if not _hear(line):
                return
            line.sendall(answer)
        ended.wait(LONGEST_S)

    return act


def rtsp_answer(status: str, *headers: str, body: str = "", number: int = 1) -> bytes:
    """Write one answer of an RTSP server."""
    lines = [f"RTSP/1.0 {status}", f"CSeq: {number}", *headers]
    if body:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", body]).encode()


class Hostile:
    """The server of one act."""

    def __init__(self, act: Act) -> None:
        self.act = act
        self.ended = threading.Event()
        self.heard: list[bytes] = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.listener.settimeout(0.1)
        self.port = int(self.listener.getsockname()[1])
        self.count = 0
        self.threads = [threading.Thread(target=self._accept, daemon=True)]
        self.threads[0].start()

    def _accept(self) -> None:
        ends = time.monotonic() + LONGEST_S
        while not self.ended.is_set() and time.monotonic() < ends:
            try:
                line, _ = self.listener.accept()
            except OSError:
                continue
            self.count += 1
            thread = threading.Thread(target=self._serve, args=(line,), daemon=True)
            thread.start()
            self.threads.append(thread)

    def _serve(self, line: socket.socket) -> None:
        with line, suppress(OSError):
            line.settimeout(LONGEST_S)
            self.act(line, self.ended)

    def stop(self) -> None:
        """End all of it."""
        self.ended.set()
        self.listener.close()
        for thread in self.threads:
            thread.join(5)


@contextmanager
def hostile_peer(act: Act) -> Iterator[Hostile]:
    """Run a server that does one bad thing to each who connects."""
    server = Hostile(act)
    try:
        yield server
    finally:
        server.stop()


@contextmanager
def full_backlog() -> Iterator[int]:
    """Give a port whose queue is full, so that the system drops whoever comes next."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(0)
    port = int(listener.getsockname()[1])
    waiting = []
    for _ in range(4):
        line = socket.socket()
        line.setblocking(False)
        with suppress(BlockingIOError):
            line.connect(("127.0.0.1", port))
        waiting.append(line)
    time.sleep(0.05)
    try:
        yield port
    finally:
        for line in (*waiting, listener):
            line.close()


@contextmanager
def nobody() -> Iterator[int]:
    """Give a port that is taken and where nobody listens."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield int(held.getsockname()[1])


def _hear(line: socket.socket) -> bytes:
    heard = b""
    # a client that begins with TLS (22) gets no such greeting from these
    while b"\r\n\r\n" not in heard and heard[:1] != b"\x16":
        some = line.recv(4096)
        if not some:
            return heard
        heard += some
    return heard
