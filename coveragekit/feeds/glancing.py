"""One look at a camera that measures, and keeps no picture."""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from coveragekit.errors import FeedBroken, FeedNotFound, FeedUnsupported
from coveragekit.feeds.asking import told
from coveragekit.feeds.bounds import Bounds
from coveragekit.feeds.grabbing import first_picture
from coveragekit.feeds.jpeg import decoded_jpeg, grey_of
from coveragekit.feeds.opening import open_feed
from coveragekit.feeds.pieces import Still

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

    from coveragekit.feeds.gate import Gate
    from coveragekit.feeds.opening import Want
    from coveragekit.feeds.pieces import Reading
    from coveragekit.feeds.target import FeedTarget

__all__ = ["Glance", "Way", "glance"]

Way = Literal["snapshot", "stream", "substream"]
_WANTS: dict[Way, Want] = {"snapshot": "snapshot", "stream": "main", "substream": "sub"}


@dataclass(frozen=True, slots=True)
class Glance:
    """
    What one look at a camera measured.

    Parameters
    ----------
    way
        By what it was had: ``"snapshot"``, ``"stream"`` or ``"substream"``.
    first_picture_s
        Seconds until the first picture was there, the connection included.
    codec
        ``"h264"``, ``"hevc"`` or ``"mjpeg"``.
    width_px, height_px
        Size of the picture.
    grey
        A small grey copy, for what can be told from it; to be thrown away.
    """

    way: Way
    first_picture_s: float
    codec: str
    width_px: int
    height_px: int
    grey: NDArray[np.uint8] = field(repr=False)


def glance(
    target: FeedTarget,
    gate: Gate,
    *,
    way: Way,
    bounds: Bounds | None = None,
    opened: Callable[[Reading], None] | None = None,
) -> Glance:
    """
    Look at a camera once and measure.

    Parameters
    ----------
    target
        The camera.
    gate
        What may be fetched.
    way
        ``"snapshot"``: the device's single picture where it has one, else the next
        keyframe of the stream; ``"stream"`` or ``"substream"``: that one's.
    bounds
        How long is waited. A keyframe is waited for as long as for a stalled stream.
    opened
        Told of each feed that is opened, so that another thread may close it.

    Returns
    -------
    Glance
        What was measured.

    Raises
    ------
    FeedError
        There is no picture to be had; the kind says why.
    """
    limits = bounds or Bounds()
    if way == "snapshot" and target.snapshot is not None:
        # devices name addresses of single pictures that they do not have
        with suppress(FeedBroken, FeedNotFound, FeedUnsupported):
            return _glance(target, gate, way=way, bounds=limits, opened=opened)
    way = "stream" if way == "snapshot" else way
    return _glance(target, gate, way=way, bounds=limits, opened=opened)


def _glance(
    target: FeedTarget,
    gate: Gate,
    *,
    way: Way,
    bounds: Bounds,
    opened: Callable[[Reading], None] | None,
) -> Glance:
    began_s = time.monotonic()
    reading = open_feed(target, gate, want=_WANTS[way], bounds=bounds)
    try:
        if opened is not None:
            opened(reading)

        def measure() -> Glance:
            first = first_picture(reading, bounds)
            if isinstance(first, Still):
                frame, came_s = decoded_jpeg(first.jpeg), first.came_s
            else:
                frame, came_s = first
            size = (frame.width, frame.height)
            codec = reading.info.codec
            return Glance(way, came_s - began_s, codec, *size, grey_of(frame))

        return told(target.camera_id, measure)
    finally:
        reading.close()
