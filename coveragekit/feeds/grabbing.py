"""One picture of a camera, by the cheapest way that it offers."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, cast

import av

from coveragekit.errors import (
    FeedBroken,
    FeedNotFound,
    FeedTimeout,
    FeedUnsupported,
)
from coveragekit.feeds.asking import told
from coveragekit.feeds.bounds import Bounds
from coveragekit.feeds.jpeg import JpegMaker, decoded_jpeg
from coveragekit.feeds.muxing import shape_of
from coveragekit.feeds.opening import open_feed
from coveragekit.feeds.pieces import Still
from coveragekit.feeds.times import Cleaner

if TYPE_CHECKING:
    from collections.abc import Sequence

    from av.packet import Packet
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

    from coveragekit.feeds.gate import Gate
    from coveragekit.feeds.masks import Mask
    from coveragekit.feeds.opening import Want
    from coveragekit.feeds.pieces import Reading, VideoPiece
    from coveragekit.feeds.target import FeedTarget

__all__ = ["grab"]


def grab(
    target: FeedTarget,
    gate: Gate,
    *,
    masks: Sequence[Mask],
    width_px: int | None = None,
    bounds: Bounds | None = None,
) -> Still:
    """
    Get one picture: the device's own single picture, or else its next keyframe.

    Parameters
    ----------
    target
        The camera.
    gate
        What may be fetched.
    masks
        What is covered; an empty sequence where nothing has to be.
    width_px
        Widest picture wanted; ``None`` leaves it as it is.
    bounds
        How long is waited. A keyframe is waited for as long as for a stalled stream.

    Returns
    -------
    Still
        The picture.

    Raises
    ------
    FeedError
        There is none to be had; the kind says why.
    """
    limits = bounds or Bounds()
    if target.snapshot is not None:
        try:
            return _grabbed(
                target,
                gate,
                want="snapshot",
                maker=_maker(masks, width_px),
                bounds=limits,
            )
        except (FeedBroken, FeedNotFound, FeedUnsupported):
            # devices name addresses of single pictures that they do not have
            pass
    maker = JpegMaker(masks, width_px=width_px)
    return _grabbed(target, gate, want="sub", maker=maker, bounds=limits)


def _maker(masks: Sequence[Mask], width_px: int | None) -> JpegMaker | None:
    return JpegMaker(masks, width_px=width_px) if masks or width_px else None


def _grabbed(
    target: FeedTarget,
    gate: Gate,
    *,
    want: Want,
    maker: JpegMaker | None,
    bounds: Bounds,
) -> Still:
    reading = open_feed(target, gate, want=want, bounds=bounds)
    try:
        return told(target.camera_id, lambda: _first(reading, maker, bounds))
    finally:
        reading.close()


def _first(reading: Reading, maker: JpegMaker | None, bounds: Bounds) -> Still:
    ends_at_s = time.monotonic() + bounds.stall_s
    cleaner = _cleaner(reading)
    for piece in reading.pieces():
        if isinstance(piece, Still):
            if maker is None:
                return piece
            return Still(maker.make(decoded_jpeg(piece.jpeg)), piece.came_s)
        frame = _keyframe(reading, cleaner, piece)
        if frame is not None:
            return Still((maker or JpegMaker()).make(frame), piece.came_s)
        if time.monotonic() > ends_at_s:
            message = "it sent nothing in time that a picture can begin with"
            raise FeedTimeout(message)
    message = "it ended before there was a picture"
    raise FeedBroken(message)


def _cleaner(reading: Reading) -> Cleaner | None:
    template = reading.template
    if template is None or reading.info.codec == "mjpeg":
        return None
    shape = shape_of(template)
    return Cleaner(
        shape.codec, shape.time_base, prefixed=shape.prefixed, sets=shape.sets
    )


def _keyframe(
    reading: Reading, cleaner: Cleaner | None, piece: VideoPiece
) -> VideoFrame | None:
    assert reading.template is not None
    packets: list[Packet[VideoStream]] = [piece.packet]
    if cleaner is not None:
        cleans = [clean for clean in cleaner.add(piece) if clean.is_key]
        packets = [cast("Packet[VideoStream]", av.Packet(one.data)) for one in cleans]
    decoder = reading.template.codec_context
    decoder.thread_count = 1
    for packet in packets:
        # a lone keyframe comes out only when the decoder hears that it is alone
        frames = [*decoder.decode(packet), *decoder.decode(None)]
        decoder.flush_buffers()
        if frames:
            return frames[0]
    return None
