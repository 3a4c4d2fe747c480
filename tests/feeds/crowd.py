"""Many viewers of many cameras, and what they cost this process."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from coveragekit.feeds.hub import Hub
from coveragekit.feeds.messages import Fragment, Init, Picture, State
from coveragekit.feeds.viewer import Viewer

# as often as a page is sent what has come
_EVERY_S = 0.15


def memory_mb() -> float:
    """Give what this process holds for itself, in MB (Linux)."""
    for line in Path("/proc/self/status").read_text("ascii").splitlines():
        if line.startswith("RssAnon"):
            return int(line.split()[1]) / 1024
    message = "the system does not say how much memory this process holds"
    raise RuntimeError(message)


def open_files() -> int:
    """Give how many files and sockets this process holds open."""
    return len(list(Path("/proc/self/fd").iterdir()))


@dataclass
class Seat:
    """One viewer and what it was sent."""

    viewer: Viewer
    joined_s: float
    first_s: float | None = None
    pictures: int = 0
    size_bytes: int = 0
    state: str = ""
    states: list[str] = field(default_factory=list)
    stream: list[bytes] = field(default_factory=list)


class Crowd:
    """Viewers whose messages one thread takes, as a program with many pages does."""

    def __init__(self, hub: Hub, *, keeps_streams: bool = False) -> None:
        self.hub = hub
        self.seats: list[Seat] = []
        self._keeps_streams = keeps_streams
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="crowd", daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join(30)
        for seat in self.seats:
            seat.viewer.leave()

    def join(self, target, **wishes) -> Seat:
        seat = Seat(self.hub.join(target, masks=(), **wishes), time.monotonic())
        with self._lock:
            self.seats.append(seat)
        return seat

    def wait(self, claim: Callable[[Seat], bool], *, seconds: float = 60.0) -> None:
        """Wait until a claim holds for every seat."""
        end = time.monotonic() + seconds
        while not all(claim(seat) for seat in self.seats):
            left = [seat.states[-4:] for seat in self.seats if not claim(seat)]
            assert time.monotonic() < end, f"{len(left)} of them do not: {left[:4]}"
            time.sleep(0.1)

    def _run(self) -> None:
        while not self._stop.wait(_EVERY_S):
            with self._lock:
                seats = list(self.seats)
            for seat in seats:
                self._take(seat)

    def _take(self, seat: Seat) -> None:
        last = None
        for message in seat.viewer.take(0):
            if isinstance(message, State):
                seat.state = message.state
                seat.states.append(message.state)
                continue
            if isinstance(message, Init):
                seat.stream = []
            data = message.jpeg if isinstance(message, Picture) else message.data
            if self._keeps_streams:
                seat.stream.append(data)
            if isinstance(message, Fragment | Picture):
                if seat.first_s is None:
                    seat.first_s = time.monotonic() - seat.joined_s
                seat.pictures += 1
                seat.size_bytes += len(data)
                last = message.index
        if last is not None:
            seat.viewer.ack(last)


@dataclass(frozen=True)
class Cost:
    """What viewers cost over a while."""

    cpu_share: float
    rate_hz: float
    least_rate_hz: float
    bytes_per_s: float


def measure(crowd: Crowd, seconds: float) -> Cost:
    """Measure processor time (of one core) and pictures over a while."""
    before = [(seat.pictures, seat.size_bytes) for seat in crowd.seats]
    began_s, cpu_s = time.monotonic(), time.process_time()
    time.sleep(seconds)
    took_s, cpu_s = time.monotonic() - began_s, time.process_time() - cpu_s
    counts = [
        seat.pictures - was for seat, (was, _) in zip(crowd.seats, before, strict=True)
    ]
    size = sum(
        seat.size_bytes - was
        for seat, (_, was) in zip(crowd.seats, before, strict=True)
    )
    return Cost(
        cpu_s / took_s,
        sum(counts) / len(counts) / took_s,
        min(counts) / took_s,
        size / took_s,
    )
