"""Film a made-up street: H.264 in segments as HLS gives them, and single pictures."""

from __future__ import annotations

import io
import logging
import tempfile
import threading
import time
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

import av

from coveragekit.errors import FeedBroken
from coveragekit.feeds.simulated_scene import draw_scene

if TYPE_CHECKING:
    from collections.abc import Callable

    from av.container import OutputContainer
    from av.video.stream import VideoStream
    from PIL import Image

    from coveragekit.feeds.simulated_scene import SimulatedScene

__all__ = ["PLAYLIST", "SimulatedStream"]

_LOG = logging.getLogger(__name__)

PLAYLIST: Final = "stream.m3u8"
_TIMES: Final = Fraction(1, 1000)
_JPEG_QUALITY: Final = 80


class SimulatedStream:
    r"""
    One made-up camera that films while somebody looks, and rests when nobody does.

    Parameters
    ----------
    scene
        What it films.
    rate_hz
        Pictures a second.
    segment_s
        Length of a segment; a key picture begins each.
    kept_s
        How far back the segments reach.
    idle_s
        It rests when nothing was asked of it for so long.
    now
        Gives the moment that is filmed, in UTC.

    Examples
    --------
    >>> from coveragekit.feeds.simulated_scene import scene_of
    >>> with SimulatedStream(scene_of("cam_1")) as stream:
    ...     stream.picture()[:2]
    b'\xff\xd8'
    """

    def __init__(
        self,
        scene: SimulatedScene,
        *,
        rate_hz: int = 10,
        segment_s: float = 1.0,
        kept_s: float = 90.0,
        idle_s: float = 20.0,
        now: Callable[[], datetime] | None = None,
    ) -> None:
        self._scene = scene
        self._rate_hz = rate_hz
        self._segment_s = segment_s
        self._kept_s = kept_s
        self._idle_s = idle_s
        self._now = now or _utc_now
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._asked_s = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def is_filming(self) -> bool:
        """Whether it encodes at the moment."""
        thread = self._thread
        return thread is not None and thread.is_alive()

    def picture(self) -> bytes:
        """
        Give the street as it is now.

        Returns
        -------
        bytes
            A JPEG.
        """
        drawn = draw_scene(self._scene, self._now())
        held = io.BytesIO()
        drawn.save(held, "JPEG", quality=_JPEG_QUALITY)
        return held.getvalue()

    def file(self, name: str, *, within_s: float = 5.0) -> bytes | None:
        """
        Give the playlist or one of its segments; filming begins when one is asked for.

        Parameters
        ----------
        name
            ``"stream.m3u8"``, or the name of a segment as that gives it.
        within_s
            How long the first playlist is waited for.

        Returns
        -------
        bytes or None
            The file; ``None`` where there is none of that name (any more).

        Raises
        ------
        FeedBroken
            Filming did not begin in time.
        """
        folder = self._film()
        path = folder / name
        is_plain = path.parent == folder and path.suffix in {".m3u8", ".ts"}
        if not is_plain:
            return None
        if name == PLAYLIST:
            self._wait_for(path, within_s)
        try:
            return path.read_bytes()
        except FileNotFoundError:
            return None

    def close(self) -> None:
        """Stop filming and take the segments away."""
        self._stop.set()
        with self._lock:
            thread = self._thread
        if thread is not None:
            thread.join()
        with self._lock:
            self._thread = None
            if self._folder is not None:
                self._folder.cleanup()
                self._folder = None

    def _film(self) -> Path:
        with self._lock:
            self._asked_s = time.monotonic()
            if not self.is_filming or self._folder is None:
                if self._folder is not None:
                    self._folder.cleanup()
                self._folder = tempfile.TemporaryDirectory(prefix="simulated-")
                self._stop.clear()
                self._thread = threading.Thread(
                    target=self._run,
                    args=(Path(self._folder.name),),
                    name=f"simulated {self._scene.camera_id}",
                    daemon=True,
                )
                self._thread.start()
            return Path(self._folder.name)

    def _wait_for(self, path: Path, within_s: float) -> None:
        ends_s = time.monotonic() + within_s
        while not path.exists():
            if time.monotonic() > ends_s or not self.is_filming:
                camera = self._scene.camera_id
                msg = f"the simulated camera {camera} did not begin within {within_s} s"
                raise FeedBroken(msg)
            self._asked_s = time.monotonic()  # who waits is looking
            time.sleep(0.02)

    def _run(self, folder: Path) -> None:
        try:
            self._encode(folder)
        except av.FFmpegError as error:
            # its words hold the path of a temporary folder and nothing else of use
            camera, kind = self._scene.camera_id, type(error).__name__
            _LOG.warning("the simulated camera %s stopped: %s", camera, kind)

    def _encode(self, folder: Path) -> None:
        with av.open(
            str(folder / PLAYLIST), "w", format="hls", options=self._hls(folder)
        ) as out:
            stream = self._add_stream(out)
            began_s = time.monotonic()
            last_ms = -1
            while not self._stop.wait(self._rest(began_s, last_ms)):
                if time.monotonic() - self._asked_s > self._idle_s:
                    break
                drawn = draw_scene(self._scene, self._now())
                last_ms = max(last_ms + 1, round((time.monotonic() - began_s) * 1000))
                out.mux(stream.encode(_frame(drawn, last_ms)))
            out.mux(stream.encode(None))

    def _rest(self, began_s: float, last_ms: int) -> float:
        # a machine that lags leaves pictures out and does not fall behind for good
        step_s = 1 / self._rate_hz
        due_s = began_s + (int(last_ms / 1000 / step_s) + 1) * step_s
        return max(0.0, due_s - time.monotonic()) if last_ms >= 0 else 0.0

    def _add_stream(self, out: OutputContainer) -> VideoStream:
        gop = max(1, round(self._rate_hz * self._segment_s))
        stream = out.add_stream("libx264", rate=self._rate_hz)
        stream.width, stream.height = draw_scene(self._scene, self._now()).size
        stream.pix_fmt = "yuv420p"
        stream.codec_context.time_base = _TIMES
        # one slice a picture: sliced pictures are torn by some readers
        stream.codec_context.options = {
            "preset": "ultrafast",
            "tune": "zerolatency",
            "x264-params": f"sliced-threads=0:threads=1:keyint={gop}:min-keyint={gop}:"
            "scenecut=0",
            "crf": "26",
        }
        return stream

    def _hls(self, folder: Path) -> dict[str, str]:
        return {
            # keyint counts pictures: a lagging machine makes segments longer, no more
            "hls_time": str(self._segment_s * 0.9),
            "hls_list_size": str(max(3, round(self._kept_s / self._segment_s))),
            "hls_flags": "delete_segments+program_date_time+independent_segments"
            "+temp_file",
            "hls_segment_filename": str(folder / "part%06d.ts"),
        }


def _frame(drawn: Image.Image, at_ms: int) -> av.VideoFrame:
    make: Any = av.VideoFrame
    frame: av.VideoFrame = make.from_image(drawn)
    frame.pts = at_ms
    frame.time_base = _TIMES
    return frame


def _utc_now() -> datetime:
    return datetime.now(UTC)
