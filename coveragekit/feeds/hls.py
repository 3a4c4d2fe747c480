"""HLS: a playlist's segments as one stream of video."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from coveragekit.errors import FeedError
from coveragekit.feeds.demuxed import DemuxedReading
from coveragekit.feeds.hls_segments import SegmentSource

if TYPE_CHECKING:
    from datetime import datetime

    from coveragekit.feeds.bounds import Bounds
    from coveragekit.feeds.fetching import Caller
    from coveragekit.feeds.pieces import Recorded

__all__ = ["open_hls"]


def open_hls(
    caller: Caller,
    page: tuple[bytes, str],
    *,
    bounds: Bounds,
    is_small: bool = False,
    at: datetime | None = None,
    until: datetime | None = None,
) -> DemuxedReading:
    """
    Open an HLS stream whose playlist has come.

    Parameters
    ----------
    caller
        Who asks; it holds the connection.
    page
        The playlist and where it came from.
    bounds
        How long is waited and how much is taken.
    is_small
        Whether the smallest of several forms is wanted.
    at
        From when; ``None`` for now.
    until
        Until when, where a time was asked for.

    Returns
    -------
    DemuxedReading
        The stream: in its own time, or as fast as it comes where a time was asked for.

    Raises
    ------
    FeedError
        A part of it was refused, did not come, or is no video.
    """
    segments = SegmentSource(caller, bounds, is_small=is_small, at=at, until=until)
    try:
        segments.begin(*page)
        return DemuxedReading(
            _Run(segments),
            "mp4" if segments.is_fragmented else "mpegts",
            is_paced=at is None,
            has_end=at is not None,
        )
    except BaseException:
        segments.close()
        raise


class _Run:
    """Segments as one run of bytes."""

    def __init__(self, segments: SegmentSource) -> None:
        self._segments = segments
        self._held = memoryview(b"")
        self._ends_at_s = 0.0
        self.fault: FeedError | None = None

    @property
    def recorded(self) -> Recorded:
        """What the playlist says of the times."""
        return self._segments.recorded

    def read(self, size: int) -> bytes:
        """Give bytes of the segment at hand, or of the next one."""
        if not self._held:
            # a fault that passes through the demuxer would be shown, or lost, there
            try:
                self._held = memoryview(self._segments.take(self._ends_at_s))
            except FeedError as fault:
                self.fault = fault
        some, self._held = self._held[:size], self._held[size:]
        return bytes(some)

    def expect(self) -> None:
        """Wait no longer than segments may take, whatever it is that they hold."""
        self._ends_at_s = time.monotonic() + self._segments.patience_s

    def stop(self) -> None:
        """Stop fetching."""
        self._segments.close()

    def close(self) -> None:
        """Stop fetching."""
        self._segments.close()
