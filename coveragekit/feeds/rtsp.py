"""RTSP and RTSPS: a demuxer that never connects to anything but our own relay."""

from __future__ import annotations

import re
import threading
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

import av
import av.error

from coveragekit.errors import FeedBroken, FeedTimeout, FeedUnsupported
from coveragekit.feeds.asking import CODECS
from coveragekit.feeds.limits import MOST_PIXELS
from coveragekit.feeds.pieces import Recorded, StreamInfo, VideoPiece
from coveragekit.feeds.relay import carry

if TYPE_CHECKING:
    from collections.abc import Iterator

    from av.container import InputContainer
    from av.packet import Packet
    from av.video.stream import VideoStream

    from coveragekit.feeds.asking import Wish
    from coveragekit.feeds.relay_line import Line

__all__ = ["RtspReading", "info_of", "open_rtsp"]

_OPTIONS: Final = {
    "rtsp_transport": "tcp",
    "protocol_whitelist": "rtsp,tcp",
    "analyzeduration": "500000",
    "fpsprobesize": "0",
    # what looks for the size of a picture decodes it with nothing else
    "codec_whitelist": "h264,hevc,mjpeg",
    "max_pixels": str(MOST_PIXELS),
    "rtsp_flags": "prefer_tcp",
    "user_agent": "coveragekit",
}
_RANGE: Final = re.compile(rb"clock=(\d{8}T\d{6})(\.\d{1,9})?Z?")
# The relay keeps the time. The demuxer's own bound is only there should it fail, and is
# FFmpeg's: that of PyAV takes the interpreter's lock six times for each network packet.
_SPARE_S: Final = 4.0


def open_rtsp(wish: Wish, *, is_onvif: bool = False) -> RtspReading:
    """
    Open a stream over one TCP connection.

    Parameters
    ----------
    wish
        What is to be opened; with a time, the recording from then on.
    is_onvif
        Whether a recording is asked for as ONVIF's Profile G has it.

    Returns
    -------
    RtspReading
        The open stream.

    Raises
    ------
    FeedError
        It cannot be opened; the kind says why.
    """
    place = wish.admit()
    line = carry(
        wish.connect(place),
        place.url,
        wish.signer(),
        bounds=wish.bounds,
        headers=_headers_from(wish, is_onvif=is_onvif),
        began_s=wish.began_s,
    )
    longest_s = max(wish.bounds.open_s, wish.bounds.stall_s) + _SPARE_S
    options = {**_OPTIONS, "timeout": str(round(longest_s * 1e6))}
    try:
        container = av.open(line.local, options=options)
    except (av.error.FFmpegError, OSError):
        container = None
    # a demuxer whose line is cut while it looks takes what it has for a stream
    if container is None or line.reason is not None:
        line.cut()
        if container is not None:
            container.close()
        raise line.reason or FeedBroken("what it sends is no video")
    try:
        return RtspReading(line, container)
    except BaseException:
        line.cut()
        container.close()
        raise


def _headers_from(wish: Wish, *, is_onvif: bool) -> dict[bytes, dict[bytes, bytes]]:
    if wish.at is None:
        return {}
    end = "" if wish.until is None else _clock(wish.until)
    play = {b"range": f"clock={_clock(wish.at)}-{end}".encode()}
    if not is_onvif:
        return {b"PLAY": play}
    needs = {b"require": b"onvif-replay"}
    pace = {b"rate-control": b"no" if wish.is_fast else b"yes"}
    return {b"SETUP": needs, b"PLAY": {**needs, **play, **pace}}


def _clock(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y%m%dT%H%M%S.%f")[:-3] + "Z"


def _moment(said: bytes) -> datetime | None:
    """Read when a device says that its footage begins, as RFC 2326 writes it."""
    found = _RANGE.search(said)
    if found is None:
        return None
    try:
        whole = datetime.fromisoformat(found[1].decode() + "+00:00")
    except ValueError:
        return None
    part_s = float(b"0" + (found[2] or b""))
    return whole + timedelta(seconds=part_s)


class RtspReading:
    """
    An open RTSP stream.

    Parameters
    ----------
    line
        The line that the relay carries.
    container
        The demuxer at its end.

    Raises
    ------
    FeedUnsupported
        It is no video that can be shown.
    """

    def __init__(self, line: Line, container: InputContainer) -> None:
        self._line = line
        self._container = container
        self._stream = container.streams.video[0]
        self._reads = threading.Lock()
        self._is_closed = False
        self.clock_offset_s: float | None = None
        self._info = info_of(self._stream)
        line.opened()

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
        Give packets as they come.

        Returns
        -------
        iterator of VideoPiece
            The packets; it ends only where the reading was closed here.

        Raises
        ------
        FeedError
            The stream ended, stalled or broke.
        """
        coming: Iterator[Packet[VideoStream]] = iter(())
        if not self._is_closed:
            coming = self._container.demux(self._stream)
        while True:
            self._line.waits_since_s = time.monotonic()
            packet = self._next(coming)
            now_s = time.monotonic()
            self._line.waits_since_s = None
            if self._is_closed:
                break
            reason = self._line.reason
            # a demuxer that is cut gives a last packet, as old as the silence was long
            if packet is None or packet.size == 0 or isinstance(reason, FeedTimeout):
                self._line.cut()
                message = "it stopped in the midst of the stream"
                raise reason or FeedBroken(message)
            yield VideoPiece(packet, bool(packet.is_keyframe), now_s)
        self._release()

    def _next(
        self, coming: Iterator[Packet[VideoStream]]
    ) -> Packet[VideoStream] | None:
        with self._reads:
            try:
                return None if self._is_closed else next(coming, None)
            except (av.error.FFmpegError, OSError):
                return None

    @property
    def recorded(self) -> Recorded:
        """From when the device says that it plays."""
        begins_at = _moment(self._line.talk.range_told)
        return Recorded(begins_at=begins_at, clock_offset_s=self.clock_offset_s)

    def hurry(self, is_wanted: bool) -> None:  # noqa: FBT001 - the one thing to say
        """
        Say whether each picture is wanted as soon as it comes.

        Parameters
        ----------
        is_wanted
            If not, pictures are gathered for a tenth of a second.
        """
        self._line.hurry(is_wanted)

    def close(self) -> None:
        """Let go of the connection; may be called from any thread, and twice."""
        self._is_closed = True
        self._line.cut()
        self._release()

    def _release(self) -> None:
        # the demuxer may only be freed by whoever is not inside of it
        if self._reads.acquire(blocking=False):
            try:
                with suppress(av.error.FFmpegError, OSError):
                    self._container.close()
            finally:
                self._reads.release()


def info_of(stream: VideoStream) -> StreamInfo:
    """
    Say what a demuxed stream is.

    Parameters
    ----------
    stream
        The stream.

    Returns
    -------
    StreamInfo
        Its codec, size and rate.

    Raises
    ------
    FeedUnsupported
        It is no video that can be shown.
    """
    codec = stream.codec_context.name
    if codec not in CODECS:
        message = f"its video is {codec}; shown are: {', '.join(sorted(CODECS))}"
        raise FeedUnsupported(message)
    rate = stream.average_rate
    return StreamInfo(
        "video",
        codec,
        stream.codec_context.width,
        stream.codec_context.height,
        float(rate) if rate else None,
    )
