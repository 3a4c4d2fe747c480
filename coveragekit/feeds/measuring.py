"""What a stream and the clock of a device are like, measured over some seconds."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from coveragekit.errors import FeedBroken
from coveragekit.feeds.asking import Wish, told
from coveragekit.feeds.bounds import Bounds
from coveragekit.feeds.fetching import Caller
from coveragekit.feeds.lag import Lag
from coveragekit.feeds.opening import open_feed
from coveragekit.feeds.pieces import Still
from coveragekit.feeds.soap import SoapCaller

if TYPE_CHECKING:
    import socket

    from coveragekit.feeds.gate import Gate
    from coveragekit.feeds.opening import Want
    from coveragekit.feeds.pieces import Piece, Reading
    from coveragekit.feeds.target import FeedTarget

__all__ = ["Clock", "Stream", "device_clock", "measure_stream"]

_OPTIONS: Final = b"OPTIONS * RTSP/1.0\r\nCSeq: 1\r\nUser-Agent: coveragekit\r\n\r\n"
_END: Final = b"\r\n\r\n"
_SETTLES_S: Final = 1.0
_STREAMED: Final = ("rtsp", "rtsps")


@dataclass(frozen=True, slots=True)
class Stream:
    """
    What some seconds of a stream were like.

    Parameters
    ----------
    codec
        ``"h264"``, ``"hevc"`` or ``"mjpeg"``.
    width_px, height_px
        Size of the picture.
    seconds
        How long was measured, from the first picture.
    first_picture_s
        Seconds until the first picture was there.
    pictures
        How many came.
    bits_per_s
        How much came in a second.
    keyframe_s
        Longest time between two pictures with which one can begin; ``None`` where not
        two came, or where each is whole.
    realtime_share
        Seconds of the scene that came in one second; ``None`` where pictures have no
        time of their own.
    lag_s
        Delay that had built up: the least of the last third, so that one pause of this
        machine is none.
    """

    codec: str
    width_px: int
    height_px: int
    seconds: float
    first_picture_s: float
    pictures: int
    bits_per_s: float
    keyframe_s: float | None
    realtime_share: float | None
    lag_s: float


@dataclass(frozen=True, slots=True)
class Clock:
    """
    What a device's clock says.

    Parameters
    ----------
    offset_s
        Seconds that it is ahead of this machine's.
    within_s
        How far that may be off: half the time that the question took, and what the
        device rounds.
    source
        What told it: ``"onvif"``, ``"http"`` or ``"rtsp"``.
    """

    offset_s: float
    within_s: float
    source: str


def measure_stream(
    target: FeedTarget,
    gate: Gate,
    *,
    want: Want,
    seconds: float,
    bounds: Bounds | None = None,
) -> Stream:
    """
    Take some seconds of a stream and measure them; no picture is decoded or kept.

    Parameters
    ----------
    target
        The camera.
    gate
        What may be fetched.
    want
        ``"main"`` or ``"sub"``.
    seconds
        How long.
    bounds
        How long is waited.

    Returns
    -------
    Stream
        What was measured.

    Raises
    ------
    FeedError
        It cannot be opened, or stopped in the midst.
    """
    began_s = time.monotonic()
    reading = open_feed(target, gate, want=want, bounds=bounds)
    try:
        return told(target.camera_id, lambda: _measured(reading, began_s, seconds))
    finally:
        reading.close()


@dataclass(slots=True)
class _Heard:
    """What came of a stream, once its beginning is over."""

    sizes: list[int] = field(default_factory=list)
    times: list[float] = field(default_factory=list)
    keys: list[float] = field(default_factory=list)
    lag: Lag = field(default_factory=Lag)
    delays: list[tuple[float, float]] = field(default_factory=list)

    def add(self, piece: Piece) -> None:
        """Take one picture."""
        if isinstance(piece, Still):
            self.sizes.append(len(piece.jpeg))
            return
        self.sizes.append(piece.packet.size)
        pts = piece.packet.pts
        if pts is None:
            return
        self.times.append(float(pts * piece.packet.time_base))
        delay_s = self.lag.add(self.times[-1], came_s=piece.came_s)
        self.delays.append((piece.came_s, delay_s))
        if piece.is_key:
            self.keys.append(self.times[-1])

    def late_since(self, from_s: float) -> float:
        """Give the least delay since a moment."""
        return min((late for at, late in self.delays if at >= from_s), default=0.0)


def _measured(reading: Reading, began_s: float, seconds: float) -> Stream:
    heard = _Heard()
    first_s = from_s = last_s = 0.0
    for piece in reading.pieces():
        first_s = first_s or piece.came_s
        if piece.came_s - first_s < _SETTLES_S:
            # what was there at once is no measure of the line
            continue
        from_s = from_s or piece.came_s
        last_s = piece.came_s
        heard.add(piece)
        if last_s - from_s >= seconds:
            break
    if len(heard.sizes) < 2:
        message = "not two pictures came while it was measured"
        raise FeedBroken(message)
    spent_s, info, times = last_s - from_s, reading.info, heard.times
    return Stream(
        info.codec,
        info.width_px,
        info.height_px,
        spent_s,
        first_s - began_s,
        len(heard.sizes),
        8 * sum(heard.sizes[1:]) / spent_s,
        max((after - before for before, after in pairwise(heard.keys)), default=None),
        (times[-1] - times[0]) / spent_s if len(times) > 1 else None,
        heard.late_since(last_s - spent_s / 3),
    )


def device_clock(
    target: FeedTarget, gate: Gate, *, bounds: Bounds | None = None
) -> Clock | None:
    """
    Ask a device what time it is.

    Parameters
    ----------
    target
        The camera.
    gate
        What may be fetched.
    bounds
        How long is waited.

    Returns
    -------
    Clock or None
        ``None`` where the device does not tell.

    Raises
    ------
    FeedError
        Nothing answers, or the gate refuses.
    """
    limits = bounds or Bounds()
    addresses = [target.address, target.snapshot, target.substream]
    scheme = target.address.partition("://")[0].lower()
    if target.snapshot is not None and scheme in _STREAMED:
        # its seconds are told by more devices over HTTP than over RTSP
        addresses = [target.snapshot, target.address]
    for address in addresses:
        if address is None:
            continue
        asking = _ASKING.get(address.partition("://")[0].lower())
        if asking is None:
            continue
        wish = Wish(target, gate, address, limits)
        found: Clock | None = told(target.camera_id, lambda: asking(wish))  # noqa: B023
        if found is not None:
            return found
    return None


def _by_http(wish: Wish) -> Clock | None:
    caller = Caller(wish)
    try:
        began_s = time.monotonic()
        answer = caller.ask(headers={"Cache-Control": "no-cache"}, any_status=True)
        return _clock_of(answer.told("Date"), time.monotonic() - began_s, "http")
    finally:
        caller.close()


def _by_onvif(wish: Wish) -> Clock | None:
    calls = SoapCaller(wish)
    began_s = time.monotonic()
    try:
        calls.begin()
        took_s = time.monotonic() - began_s
    finally:
        calls.close()
    offset_s = calls.offset.total_seconds()
    # a clock that is right to the microsecond is one that was not told
    return Clock(offset_s, 0.5 + took_s / 2, "onvif") if offset_s else None


def _by_rtsp(wish: Wish) -> Clock | None:
    began_s = time.monotonic()
    line = wish.connect(wish.admit())
    try:
        line.settimeout(wish.bounds.answer_s)
        line.sendall(_OPTIONS)
        head = _head(line, wish.bounds, ends_at_s=began_s + wish.bounds.open_s)
    except OSError:
        message = "it does not answer"
        raise FeedBroken(message) from None
    finally:
        line.close()
    lines = head.decode("latin-1").split("\r\n")
    dates = [one for one in lines if one.lower().startswith("date:")]
    said = dates[0].partition(":")[2].strip() if dates else None
    return _clock_of(said, time.monotonic() - began_s, "rtsp")


def _head(line: socket.socket, bounds: Bounds, *, ends_at_s: float) -> bytes:
    head = b""
    while _END not in head:
        if len(head) > bounds.head_bytes or time.monotonic() > ends_at_s:
            message = "what it answers has no end"
            raise FeedBroken(message)
        more = line.recv(4096)
        if not more:
            message = "it closed the line instead of answering"
            raise FeedBroken(message)
        head += more
    return head


def _clock_of(said: str | None, took_s: float, source: str) -> Clock | None:
    if said is None:
        return None
    try:
        at = parsedate_to_datetime(said)
    except (TypeError, ValueError):
        return None
    aware = at.replace(tzinfo=UTC) if at.tzinfo is None else at
    # its second had begun somewhere in the whole one that it tells
    offset_s = (aware - datetime.now(UTC)).total_seconds() + 0.5 + took_s / 2
    return Clock(offset_s, 0.5 + took_s / 2, source)


_ASKING: Final = {
    "http": _by_http,
    "https": _by_http,
    "rtsp": _by_rtsp,
    "rtsps": _by_rtsp,
    "onvif": _by_onvif,
    "onvifs": _by_onvif,
}
