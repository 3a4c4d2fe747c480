"""Video demuxed out of bytes that this package fetched or read itself."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Final, Literal, Protocol

import av
import av.error

from coveragekit.errors import FeedBroken, FeedUnsupported
from coveragekit.feeds.limits import MOST_PIXELS
from coveragekit.feeds.pieces import Recorded, StreamInfo, VideoPiece
from coveragekit.feeds.rtsp import info_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from av.container import InputContainer
    from av.packet import Packet
    from av.video.stream import VideoStream

    from coveragekit.errors import FeedError

__all__ = ["ByteSource", "DemuxedReading"]

# The demuxer gets bytes and may open nothing by itself.
_OPTIONS: Final = {
    "protocol_whitelist": "none",
    "analyzeduration": "500000",
    "fpsprobesize": "0",
    # what looks for the size of a picture decodes it with nothing else
    "codec_whitelist": "h264,hevc,mjpeg",
    "max_pixels": str(MOST_PIXELS),
}
_LATE_S: Final = 0.25
_LONGEST_S: Final = 30.0
# what is fetched ahead anyway is given in groups of so long, where nobody hurries
_GROUP_S: Final = 0.1


_UNTOLD: Final = Recorded()


class ByteSource(Protocol):
    """Something that a demuxer reads bytes from; its faults are kept, not raised."""

    @property
    def fault(self) -> FeedError | None:
        """Why there are no more bytes, if it is no end."""
        ...

    def read(self, size: int) -> bytes:
        """
        Give bytes.

        Parameters
        ----------
        size
            How many at most.

        Returns
        -------
        bytes
            Some; none at the end.
        """
        ...

    def expect(self) -> None:
        """Say that from now on the next picture is waited for."""
        ...

    def stop(self) -> None:
        """Wake whoever waits for bytes; any thread may call it."""
        ...

    def close(self) -> None:
        """Let go, when nobody reads any more."""
        ...


class DemuxedReading:
    """
    Video out of a source of bytes.

    Parameters
    ----------
    source
        Where the bytes come from; it is closed with the reading.
    form
        ``"mpegts"``, ``"mp4"`` or ``"matroska"``: nothing else is looked for in them.
    is_paced
        Whether pictures are given in their own time, and not in the bursts that
        segments come in.
    has_end
        Whether the end of the bytes is the end of a recording, and no loss.

    Raises
    ------
    FeedUnsupported
        There is no video in it that can be shown.
    FeedBroken
        It is none of that form.
    """

    def __init__(
        self,
        source: ByteSource,
        form: Literal["mpegts", "mp4", "matroska"],
        *,
        is_paced: bool,
        has_end: bool,
    ) -> None:
        self._source = source
        self._is_paced = is_paced
        self._has_end = has_end
        self._closed = threading.Event()
        self._reads = threading.Lock()
        self._container = _opened(source, form)
        if not self._container.streams.video:
            self._container.close()
            message = "it offers no video"
            raise FeedUnsupported(message)
        self._stream = self._container.streams.video[0]
        self._info = info_of(self._stream)
        self._ahead_s: float | None = None
        self._group_s = 0.0

    @property
    def info(self) -> StreamInfo:
        """What the stream is."""
        return self._info

    @property
    def template(self) -> VideoStream:
        """The demuxer's stream that a muxer copies."""
        return self._stream

    def pieces(self) -> Iterator[VideoPiece]:
        """
        Give packets in their own time.

        Returns
        -------
        iterator of VideoPiece
            The packets; it ends where the reading was closed here, or where a recording
            is at its end.

        Raises
        ------
        FeedError
            The stream ended, stalled or broke.
        """
        coming: Iterator[Packet[VideoStream]] = iter(())
        if not self._closed.is_set():
            coming = self._container.demux(self._stream)
        while True:
            packet = self._next(coming)
            if self._closed.is_set():
                break
            if packet is None or packet.size == 0:
                if self._has_end:
                    break
                message = "it stopped in the midst of the stream"
                raise FeedBroken(message)
            if self._is_paced:
                self._wait_for(packet)
            yield VideoPiece(packet, bool(packet.is_keyframe), time.monotonic())
        self._release()

    @property
    def recorded(self) -> Recorded:
        """What its source knows of the times."""
        return getattr(self._source, "recorded", _UNTOLD)

    def hurry(self, is_wanted: bool) -> None:  # noqa: FBT001 - the one thing to say
        """
        Say whether each picture is wanted in its own time.

        Parameters
        ----------
        is_wanted
            If not, those of a tenth of a second are given together.
        """
        self._group_s = 0.0 if is_wanted else _GROUP_S

    def close(self) -> None:
        """Let go of the source; may be called from any thread, and twice."""
        self._closed.set()
        self._source.stop()
        self._release()

    def _next(
        self, coming: Iterator[Packet[VideoStream]]
    ) -> Packet[VideoStream] | None:
        with self._reads:
            if self._closed.is_set():
                return None
            self._source.expect()
            try:
                packet = next(coming, None)
            except (av.error.FFmpegError, OSError):
                packet = None
            fault = self._source.fault
        if fault is not None and (packet is None or packet.size == 0):
            raise type(fault)(str(fault))
        return packet

    def _wait_for(self, packet: Packet[VideoStream]) -> None:
        if packet.dts is None or packet.time_base is None:
            return
        due_s = float(packet.dts * packet.time_base)
        now_s = time.monotonic()
        ahead_s = due_s - now_s
        if self._ahead_s is None:
            self._ahead_s = ahead_s
        wait_s = ahead_s - self._ahead_s
        if wait_s < -_LATE_S or wait_s > _LONGEST_S:
            # what came late, or jumped, sets the pace of what follows
            self._ahead_s = ahead_s
        elif wait_s > self._group_s:
            self._closed.wait(wait_s)

    def _release(self) -> None:
        # the demuxer may only be freed by whoever is not inside of it
        if self._reads.acquire(blocking=False):
            try:
                self._container.close()
                self._source.close()
            finally:
                self._reads.release()


def _opened(source: ByteSource, form: str) -> InputContainer:
    source.expect()
    try:
        container = av.open(source, mode="r", format=form, options=_OPTIONS)
    except (av.error.FFmpegError, OSError):
        container = None
    if source.fault is not None:
        if container is not None:
            container.close()
        raise source.fault
    if container is None:
        message = "what it sends is no video"
        raise FeedBroken(message)
    return container
