"""One thread that carries all RTSP lines between cameras and their demuxers."""

from __future__ import annotations

import os
import secrets
import selectors
import socket
import ssl
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from coveragekit.errors import FeedBroken, FeedError
from coveragekit.feeds.relay_line import Line
from coveragekit.feeds.rtsp_talk import RtspTalk

if TYPE_CHECKING:
    from collections.abc import Mapping

    from coveragekit.feeds.bounds import Bounds
    from coveragekit.feeds.challenges import Signer

__all__ = ["carry"]

_READ: Final = selectors.EVENT_READ
_WRITE: Final = selectors.EVENT_WRITE
# Pictures come in bursts of packets: a short wait lets one read take many of them.
_GATHER_S: Final = 0.008
# A line whose pictures may be gathered is not waited for: it is visited in this time,
# and sooner where it brings much, so that its sender is never held up.
_BEAT_S: Final = 0.1
_QUICK_S: Final = 0.02
_MUCH: Final = 98_304
_LOOK_S: Final = 0.2
_IDLE_S: Final = 5.0
_MOST: Final = 262_144
_WANTS: Final = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)


def carry(
    up: socket.socket,
    real: str,
    signer: Signer,
    *,
    bounds: Bounds,
    headers: Mapping[bytes, Mapping[bytes, bytes]] | None = None,
    began_s: float | None = None,
) -> Line:
    """
    Carry a connected line to a demuxer, which opens ``line.local``.

    Parameters
    ----------
    up
        The line to the camera; the relay closes it.
    real
        The camera's own address, for requests.
    signer
        Signs requests.
    bounds
        How long is waited.
    headers
        Further headers by method, for a recording.
    began_s
        When the opening began, on ``time.monotonic()``.

    Returns
    -------
    Line
        The line.
    """
    listener = socket.create_server(("127.0.0.1", 0), backlog=8)
    listener.setblocking(False)  # noqa: FBT003 - the socket's own way to say it
    up.setblocking(False)  # noqa: FBT003
    # whoever else on this machine finds the port first does not know this word
    local = f"rtsp://127.0.0.1:{listener.getsockname()[1]}/{secrets.token_hex(16)}"
    talk = RtspTalk(local.encode(), real.encode(), signer, bounds)
    talk.headers = headers or {}
    line = Line(up, talk, bounds, listener, _RELAY.wake)
    line.began_s = line.began_s if began_s is None else began_s
    _RELAY.add(line)
    return line


class _Relay:
    """The thread; it runs while there are lines and a little longer."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """Begin with nothing, as a forked process has to."""
        self._lock = threading.Lock()
        self._new: list[Line] = []
        self._lines: set[Line] = set()
        self._thread: threading.Thread | None = None
        self._waker: tuple[socket.socket, socket.socket] | None = None
        self._chooser = selectors.DefaultSelector()
        self._space = memoryview(bytearray(_MOST))

    def add(self, line: Line) -> None:
        with self._lock:
            self._new.append(line)
            if self._thread is None:
                self._chooser = selectors.DefaultSelector()
                self._waker = socket.socketpair()
                for end in self._waker:
                    end.setblocking(False)  # noqa: FBT003
                self._chooser.register(self._waker[0], _READ, (None, "waker"))
                self._thread = threading.Thread(
                    target=self._run, name="feed relay", daemon=True
                )
                self._thread.start()
        self.wake()

    def wake(self) -> None:
        with self._lock:
            if self._waker is not None:
                with suppress(BlockingIOError):
                    self._waker[1].send(b"!")

    def _run(self) -> None:
        try:
            self._turn()
        except BaseException:
            # nobody may wait for a thread that is gone
            with self._lock:
                self._thread = None
            for line in [*self._lines, *self._new]:
                self._lines.add(line)
                self._end(line, FeedBroken("the relay stopped"))
            raise

    def _turn(self) -> None:
        looked_s = idle_s = visit_s = time.monotonic()
        while True:
            wait_s = min(_LOOK_S, visit_s - time.monotonic())
            events = self._chooser.select(max(0.0, wait_s))
            self._serve(events)
            now_s = time.monotonic()
            if now_s >= visit_s:
                visit_s = now_s + self._visit()
            self._welcome()
            if self._lines:
                idle_s = now_s
            elif now_s - idle_s > _IDLE_S and self._may_end():
                return
            if now_s - looked_s >= _LOOK_S or any(x.is_cut for x in self._lines):
                looked_s = now_s
                self._look(now_s)

    def _may_end(self) -> bool:
        with self._lock:
            if self._new:
                return False
            for end in self._waker or ():
                end.close()
            self._chooser.close()
            self._waker = self._thread = None
            return True

    def _welcome(self) -> None:
        with self._lock:
            new, self._new = self._new, []
        for line in new:
            self._lines.add(line)
            self._chooser.register(line.listener, _READ, (line, "listener"))
            self._chooser.register(line.up, _READ, (line, "up"))

    def _look(self, now_s: float) -> None:
        for line in list(self._lines):
            fault = line.faults(now_s)
            if line.is_cut or fault is not None:
                self._end(line, fault)

    def _serve(self, events: list[tuple[selectors.SelectorKey, int]]) -> None:
        steps = [(*key.data, mask) for key, mask in events]
        running = [step for step in steps if _is_running(step)]
        for line, side, mask in steps:
            if line is None:
                self._drain()
            elif line in self._lines and not _is_running((line, side, mask)):
                self._guarded(line, side, mask)
        if running and all(line.is_open for line, _, _ in running if line):
            time.sleep(_GATHER_S)
        for line, side, mask in running:
            if line in self._lines:
                self._guarded(line, side, mask)

    def _visit(self) -> float:
        """Take what calm lines have brought; say when to come again."""
        next_s = _BEAT_S
        for line in list(self._lines):
            if line.is_calm != line.is_visited:
                line.is_visited = line.is_calm
                self._guarded(line, "up", 0)
            if line.is_visited and line in self._lines:
                line.brought = 0
                self._guarded(line, "up", _READ)
                if line.brought > _MUCH:
                    next_s = _QUICK_S
        return next_s

    def _drain(self) -> None:
        with suppress(BlockingIOError):
            if self._waker is not None:
                self._waker[0].recv(4096)

    def _guarded(self, line: Line, side: str, mask: int) -> None:
        try:
            self._step(line, side, mask)
        except FeedError as fault:
            self._end(line, fault)
        except (OSError, ValueError):
            self._end(line, FeedBroken("the connection to it was cut"))

    def _step(self, line: Line, side: str, mask: int) -> None:
        if side == "listener":
            self._accept(line)
            return
        if not mask & _READ:
            self._flush(line)
            return
        if mask & _WRITE:
            self._flush(line)
        if side == "down":
            self._hear_demuxer(line)
        elif line.talk.is_playing:
            self._pour(line)
        else:
            self._hear_camera(line)

    def _accept(self, line: Line) -> None:
        try:
            down, _ = line.listener.accept()
        except BlockingIOError:
            return
        down.setblocking(False)  # noqa: FBT003
        if line.down is not None:
            down.close()
            return
        line.down = down
        self._chooser.register(down, _READ, (line, "down"))

    def _hear_demuxer(self, line: Line) -> None:
        assert line.down is not None
        try:
            data = line.down.recv(65_536)
        except BlockingIOError:
            return
        said = line.talk.hear_demuxer(data) if data else None
        if said is None:
            if line.talk.is_ours:
                self._end(line, None)
            else:
                # somebody else on this machine: let the right one come
                self._chooser.unregister(line.down)
                line.down.close()
                line.down = None
            return
        if line.talk.is_ours and line.listener.fileno() >= 0:
            self._chooser.unregister(line.listener)
            line.listener.close()
        line.to_up += said
        self._flush(line)

    def _hear_camera(self, line: Line) -> None:
        with suppress(*_WANTS):
            while True:
                data = line.up.recv(65_536)
                if not data:
                    message = "it closed the connection before there was a picture"
                    raise FeedBroken(message)
                line.heard = True
                on, back = line.talk.hear_camera(data)
                line.to_down += on
                line.to_up += back
                # only TLS keeps back what the selector does not see
                if not isinstance(line.up, ssl.SSLSocket):
                    break
        self._flush(line)

    def _pour(self, line: Line) -> None:
        """Pass on what a running stream has brought, without a copy where it fits."""
        if line.to_down:
            self._flush(line)
            return
        got, is_over = self._draw(line.up)
        line.brought = got
        data = self._space[:got]
        if got and line.talk.awaited is not None:
            line.to_up += line.talk.hear_playing(data)
        sent = 0
        if got and line.down is not None:
            with suppress(BlockingIOError):
                sent = line.down.send(data)
        line.to_down += data[sent:]
        if is_over:
            message = "it ended the connection in the midst of the stream"
            raise FeedBroken(message)
        if line.to_down or line.to_up:
            self._flush(line)

    def _draw(self, up: socket.socket) -> tuple[int, bool]:
        got = 0
        with suppress(*_WANTS):
            while got < _MOST:
                read = up.recv_into(self._space[got:])
                got += read
                if read == 0:
                    return got, True
                # only TLS hands over less than there is
                if not isinstance(up, ssl.SSLSocket):
                    break
        return got, False

    def _flush(self, line: Line) -> None:
        for held, end in ((line.to_up, line.up), (line.to_down, line.down)):
            if held and end is not None:
                with suppress(*_WANTS):
                    del held[: end.send(held)]
        # a demuxer that is behind makes the camera wait, not this machine's memory grow
        is_full = len(line.to_down) > 0 and line.talk.is_playing
        reads = 0 if is_full or line.is_visited else _READ
        self._want(line, "up", reads | (_WRITE if line.to_up else 0))
        if line.down is not None:
            self._want(line, "down", _READ | (_WRITE if line.to_down else 0))

    def _want(self, line: Line, side: str, mask: int) -> None:
        end = line.up if side == "up" else line.down
        assert end is not None
        known = self._chooser.get_map().get(end)
        if known is None:
            if mask:
                self._chooser.register(end, mask, (line, side))
        elif mask == 0:
            self._chooser.unregister(end)
        elif known.events != mask:
            self._chooser.modify(end, mask, (line, side))

    def _end(self, line: Line, fault: FeedError | None) -> None:
        if line not in self._lines:
            return
        self._lines.discard(line)
        if line.reason is None:
            line.reason = fault
        for end in (line.listener, line.up, line.down):
            if end is None or end.fileno() < 0:
                continue
            with suppress(KeyError, ValueError):
                self._chooser.unregister(end)
            end.close()


def _is_running(step: tuple[Line | None, str, int]) -> bool:
    line, side, mask = step
    return (
        line is not None and side == "up" and line.talk.is_playing and not mask & _WRITE
    )


_RELAY = _Relay()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_RELAY.forget)
