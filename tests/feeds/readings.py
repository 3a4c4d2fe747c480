"""Real readings made of a generated film, played at its rate, that can go wrong."""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import av
import pytest

from coveragekit.errors import FeedBroken, FeedError, FeedTimeout
from coveragekit.feeds.jpeg import JpegMaker
from coveragekit.feeds.pieces import Still, StreamInfo, VideoPiece
from coveragekit.feeds.target import FeedTarget

RATE_HZ = 20
GROUP = 20


@dataclass(frozen=True)
class Film:
    """What to generate: a moving test picture."""

    name: str
    size: str = "640x360"
    seconds: int = 6
    codec: str = "libx264"
    container: str = "h264"
    options: tuple[str, ...] = ("-bf", "0")
    source: str = "testsrc2"


FILMS = {
    "plain": Film("plain"),
    "small": Film("small", size="320x180"),
    "b_frames": Film("b_frames", container="mp4", options=("-bf", "2")),
    "mp4": Film("mp4", container="mp4"),
    "hevc": Film(
        "hevc",
        codec="libx265",
        container="hevc",
        options=("-x265-params", "log-level=none:bframes=0"),
    ),
    "sliced": Film("sliced", options=("-bf", "0", "-slices", "4")),
}


def require_ffmpeg() -> str:
    """Give ffmpeg; without it the test is skipped, or fails where all is required."""
    program = shutil.which("ffmpeg")
    if program is not None:
        return program
    message = "no ffmpeg found; enable with: apt-get install ffmpeg"
    if os.environ.get("COVERAGEKIT_REQUIRE") == "all":
        pytest.fail(message)
    pytest.skip(message)


def make_film(film: Film, folder: Path) -> Path:
    """Generate a film once; ffmpeg is one of the parts that these tests need."""
    path = folder / f"{film.name}.{film.container}"
    if path.exists():
        return path
    program = require_ffmpeg()
    made = f"{film.source}=s={film.size}:r={RATE_HZ}:d={film.seconds}"
    coded = ("-c:v", film.codec, "-preset", "ultrafast", "-g", str(GROUP))
    subprocess.run(
        [
            *(program, "-v", "error", "-y", "-f", "lavfi", "-i", made),
            *("-pix_fmt", "yuv420p", *coded, "-threads", "1", *film.options),
            str(path),
        ],
        check=True,
    )
    return path


@dataclass
class FilmReading:
    """A camera that shows a film again and again, at its rate or as fast as it can."""

    path: Path
    rate_hz: float | None = RATE_HZ
    loops: bool = True
    ends_after: int | None = None
    stalls_after: int | None = None
    stall_s: float = 60.0
    camera_id: str = "cam_1"
    options: dict[str, str] = field(default_factory=dict)
    closed: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self._container = av.open(str(self.path), options=self.options)
        stream = self._container.streams.video[0]
        context = stream.codec_context
        size = (context.width, context.height)
        self.info = StreamInfo("video", context.name, *size, RATE_HZ)
        self.template = stream

    def pieces(self) -> Iterator[VideoPiece]:
        began, number, shift = time.monotonic(), 0, 0
        step = round(1 / RATE_HZ / float(self.template.time_base))
        while True:
            for packet in self._container.demux(self.template):
                if packet.size == 0:
                    continue
                self._go_wrong(number)
                if self.rate_hz:
                    due = began + number / self.rate_hz - time.monotonic()
                    self.closed.wait(max(0.0, due))
                if self.closed.is_set():
                    self._end(FeedBroken, "closed")
                if self.path.suffix not in {".mp4", ".ts"}:
                    # a film without a container has no times of its own
                    packet.pts = packet.dts = number * step
                else:
                    packet.dts += shift
                    packet.pts += shift
                number += 1
                yield VideoPiece(packet, packet.is_keyframe, time.monotonic())
            if not self.loops:
                return
            shift = number * step
            self._container.seek(0)

    def _go_wrong(self, number: int) -> None:
        if number == self.ends_after:
            self._end(FeedBroken, "it went away")
        if number == self.stalls_after:
            self.closed.wait(self.stall_s)
            self._end(FeedTimeout, "nothing came for too long")

    def _end(self, error: type[FeedError], words: str) -> None:
        message = f"camera {self.camera_id}: {words}"
        raise error(message)

    def close(self) -> None:
        self.closed.set()


@dataclass
class StillReading:
    """A camera that gives single pictures."""

    jpegs: list[bytes]
    rate_hz: float = 10.0
    closed: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.info = StreamInfo("stills", "mjpeg", 0, 0, self.rate_hz)
        self.template = None

    def pieces(self) -> Iterator[Still]:
        for number in range(100_000):
            if self.closed.wait(1 / self.rate_hz):
                message = "closed"
                raise FeedBroken(message)
            yield Still(self.jpegs[number % len(self.jpegs)], time.monotonic())

    def close(self) -> None:
        self.closed.set()


@dataclass
class Opener:
    """Opens what the test says, in order, and the last thing again and again."""

    things: list[object]
    opened: list[object] = field(default_factory=list)
    at_once: int = 0
    most_at_once: int = 0
    takes_s: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, target: FeedTarget, want: str) -> object:
        with self._lock:
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
            thing = self.things[min(len(self.opened), len(self.things) - 1)]
            self.opened.append((target.camera_id, want))
        try:
            time.sleep(self.takes_s)
            if isinstance(thing, FeedError):
                raise thing
            return thing() if callable(thing) else thing
        finally:
            with self._lock:
                self.at_once -= 1


def cut_late(path: Path, *, skipped: int) -> Path:
    """Write a film as a camera sends it to one who joins in the midst of a group."""
    late = path.with_name(f"{path.stem}_late.ts")
    with av.open(str(path)) as source, av.open(str(late), "w") as output:
        template = source.streams.video[0]
        stream = output.add_stream_from_template(template, opaque=True)
        step = round(1 / RATE_HZ / float(template.time_base))
        for number, packet in enumerate(source.demux(template)):
            if packet.size and number >= skipped:
                packet.pts = packet.dts = number * step
                packet.stream = stream
                output.mux_one(packet)
    return late


def target_of(camera_id: str = "cam_1", **changes: object) -> FeedTarget:
    """Give a camera that only a test's opener could reach."""
    target = FeedTarget(camera_id, "rtsp://camera.invalid/stream")
    return replace(target, **changes)


def pieces_of(path: Path) -> Iterator[VideoPiece]:
    """Give a film's packets as fast as they are read."""
    reading = FilmReading(path, rate_hz=None, loops=False)
    yield from reading.pieces()


def stills_of(path: Path, count: int = 5) -> list[bytes]:
    """Give the first pictures of a film as JPEG."""
    maker = JpegMaker()
    with av.open(str(path)) as container:
        frames = container.decode(video=0)
        return [
            maker.make(frame) for frame, _ in zip(frames, range(count), strict=False)
        ]
