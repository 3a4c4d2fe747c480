"""Single pictures over HTTP, asked for again and again, no faster than they change."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Final

from coveragekit.errors import FeedBroken, FeedError
from coveragekit.feeds.jpegs import JpegCutter, jpeg_size
from coveragekit.feeds.pieces import Still, StreamInfo

if TYPE_CHECKING:
    from collections.abc import Iterator

    from coveragekit.feeds.bounds import Bounds
    from coveragekit.feeds.fetching import Caller

__all__ = ["SnapshotReading", "picture_in"]

_SHORTEST_S: Final = 0.5
_LONGEST_S: Final = 10.0
# Devices answer "not modified" to pictures that have changed, so none is asked about.
_FRESH: Final = {"Cache-Control": "no-cache"}


class SnapshotReading:
    """
    Pictures that are asked for one by one.

    Parameters
    ----------
    caller
        Who asks.
    first
        The first picture.
    bounds
        How long is waited and how much is taken.

    Notes
    -----
    A picture that is the same, byte for byte, as the one before is not given again: how
    old the last one is has to stay true. The less often it changes, the less often it
    is asked for, from twice a second to once in ten; a slow device is asked less often.
    """

    def __init__(self, caller: Caller, first: bytes, *, bounds: Bounds) -> None:
        self._caller = caller
        self._bounds = bounds
        self._last = first
        self._ended = threading.Event()
        width, height = jpeg_size(first)
        self._info = StreamInfo("stills", "mjpeg", width, height, None)
        self._came_s = time.monotonic()

    @property
    def info(self) -> StreamInfo:
        """What the pictures are."""
        return self._info

    @property
    def template(self) -> None:
        """Nothing: these are whole pictures."""
        return

    def pieces(self) -> Iterator[Still]:
        """
        Give pictures as they change.

        Returns
        -------
        iterator of Still
            The pictures; it ends only where the reading was closed here.

        Raises
        ------
        FeedError
            The device does not answer, refuses, or sends no picture.
        """
        yield Still(self._last, self._came_s)
        pause_s = _SHORTEST_S
        while not self._ended.wait(pause_s):
            began_s = time.monotonic()
            try:
                jpeg = self._fetch()
            except FeedError:
                if self._ended.is_set():
                    return
                raise
            took_s = time.monotonic() - began_s
            if jpeg == self._last:
                pause_s = min(_LONGEST_S, pause_s * 1.5)
                continue
            self._last = jpeg
            yield Still(jpeg, time.monotonic())
            pause_s = min(_LONGEST_S, max(_SHORTEST_S, 2 * took_s))

    def close(self) -> None:
        """Let go of the connection; may be called from any thread, and twice."""
        self._ended.set()
        self._caller.close()

    def _fetch(self) -> bytes:
        most = self._bounds.picture_bytes
        with self._caller.reading():
            answer = self._caller.ask(headers=_FRESH)
            return picture_in(answer.whole(most, self._bounds.stall_s), most)


def picture_in(body: bytes, most_bytes: int) -> bytes:
    """
    Give the picture that an answer is.

    Parameters
    ----------
    body
        The answer's body.
    most_bytes
        How long it may be.

    Returns
    -------
    bytes
        A whole JPEG of a possible size.

    Raises
    ------
    FeedBroken
        It is none.
    """
    cutter = JpegCutter(most_bytes)
    cutter.add(body)
    jpeg = cutter.take()
    if jpeg is None or body[:3] != jpeg[:3]:
        message = "what it sends is no whole JPEG"
        raise FeedBroken(message)
    jpeg_size(jpeg)
    return jpeg
