"""MJPEG over HTTP: pictures one behind the other, whatever the boundaries say."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from coveragekit.errors import FeedBroken, FeedError, FeedTimeout
from coveragekit.feeds.jpegs import JpegCutter, jpeg_size
from coveragekit.feeds.pieces import Still, StreamInfo

if TYPE_CHECKING:
    from collections.abc import Iterator

    from coveragekit.feeds.bounds import Bounds
    from coveragekit.feeds.fetching import Answer, Caller

__all__ = ["MjpegReading"]


class MjpegReading:
    """
    An open answer that brings pictures without end.

    Parameters
    ----------
    caller
        Who asked; it holds the connection.
    answer
        The answer.
    begun
        What was read of its body already.
    bounds
        How long is waited and how much is taken.
    """

    def __init__(
        self, caller: Caller, answer: Answer, begun: bytes, *, bounds: Bounds
    ) -> None:
        self._caller = caller
        self._answer = answer
        self._cutter = JpegCutter(bounds.picture_bytes)
        self._cutter.add(begun)
        self._bounds = bounds
        self._first: Still | None = self._take()
        width, height = jpeg_size(self._first.jpeg) if self._first else (0, 0)
        self._info = StreamInfo("stills", "mjpeg", width, height, None)

    @property
    def info(self) -> StreamInfo:
        """What the stream is."""
        return self._info

    @property
    def template(self) -> None:
        """Nothing: these are whole pictures."""
        return

    def pieces(self) -> Iterator[Still]:
        """
        Give pictures as they come.

        Returns
        -------
        iterator of Still
            The pictures; it ends only where the reading was closed here.

        Raises
        ------
        FeedError
            The stream ended, stalled or is no picture.
        """
        still, self._first = self._first, None
        while True:
            still = still or self._take()
            if still is None or self._caller.is_closed:
                return
            yield still
            still = None

    def close(self) -> None:
        """Let go of the connection; may be called from any thread, and twice."""
        self._caller.close()

    def _take(self) -> Still | None:
        ends_at_s = time.monotonic() + self._bounds.stall_s
        try:
            with self._caller.reading():
                return self._next(ends_at_s)
        except FeedTimeout:
            if self._caller.is_closed:
                return None
            message = "it stopped sending pictures without a word"
            raise FeedTimeout(message) from None
        except FeedError:
            if self._caller.is_closed:
                return None
            raise

    def _next(self, ends_at_s: float) -> Still:
        while (jpeg := self._cutter.take()) is None:
            some = self._answer.some(ends_at_s - time.monotonic())
            if not some:
                message = "it stopped in the midst of the stream"
                raise FeedBroken(message)
            self._cutter.add(some)
        jpeg_size(jpeg)
        return Still(jpeg, time.monotonic())
