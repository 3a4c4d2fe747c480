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
from coveragekit.feeds.limits import MOST_PIXELS
from coveragekit.feeds.muxing import MJPEG, shape_of
from coveragekit.feeds.opening import open_feed
from coveragekit.feeds.pieces import Still
from coveragekit.feeds.times import Cleaner

if TYPE_CHECKING:
    from collections.abc import Sequence

    from av.packet import Packet
    from av.video.codeccontext import VideoCodecContext
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

    from coveragekit.feeds.gate import Gate
    from coveragekit.feeds.masks import Mask
    from coveragekit.feeds.opening import Want
    from coveragekit.feeds.pieces import Reading, VideoPiece
    from coveragekit.feeds.ring import Footage
    from coveragekit.feeds.target import FeedTarget
    from coveragekit.feeds.times import Clean

__all__ = ["first_picture", "grab", "newest_of"]

# what is kept is kept fine
_FINE = 2


def grab(
    target: FeedTarget,
    gate: Gate,
    *,
    masks: Sequence[Mask],
    width_px: int | None = None,
    is_full: bool = False,
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
    is_full
        Whether the largest picture is wanted that the camera has, and not the cheapest:
        the next keyframe of its main stream.
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
    if is_full:
        maker = JpegMaker(masks, width_px=width_px, quality=_FINE)
        return _grabbed(target, gate, want="main", maker=maker, bounds=limits)
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


def newest_of(
    footage: Footage, *, masks: Sequence[Mask], width_px: int | None = None
) -> Still:
    """
    Make a picture of the newest one of a camera that is being watched.

    Parameters
    ----------
    footage
        The pictures from a keyframe on, as a hub's ``newest`` gives them.
    masks
        What is covered, besides what the footage says itself.
    width_px
        Widest picture wanted; ``None`` leaves it as it is.

    Returns
    -------
    Still
        The picture; a camera of single pictures gives its own bytes, where nothing has
        to be covered or made smaller.

    Raises
    ------
    FeedBroken
        It cannot be decoded.
    """
    covered = {*masks, *footage.masks}
    maker = JpegMaker(tuple(covered), width_px=width_px, quality=_FINE)
    last = footage.pictures[-1]
    if footage.shape.codec == MJPEG:
        wide = width_px is not None and footage.shape.width_px > width_px
        is_as_is = not covered and not wide
        jpeg = last.data if is_as_is else maker.make(decoded_jpeg(last.data))
        return Still(jpeg, last.came_s)
    decoder = cast(
        "VideoCodecContext", av.CodecContext.create(footage.shape.codec, "r")
    )
    decoder.extradata = footage.shape.extradata
    decoder.thread_count = 1
    decoder.options = {"max_pixels": str(MOST_PIXELS)}
    shown: VideoFrame | None = None
    came = {one.pts: one.came_s for one in footage.pictures}
    for packet in (*map(_packet_of, footage.pictures), None):
        try:
            frames = decoder.decode(packet)
        except av.FFmpegError:
            # one damaged picture: the one before it was whole
            continue
        shown = frames[-1] if frames else shown
    if shown is None:
        message = f"camera {footage.camera_id}: its picture cannot be decoded"
        raise FeedBroken(message)
    came_s = came.get(-1 if shown.pts is None else shown.pts, last.came_s)
    return Still(maker.make(shown), came_s)


def _packet_of(clean: Clean) -> Packet[VideoStream]:
    packet = cast("Packet[VideoStream]", av.Packet(clean.data))
    packet.pts, packet.dts = clean.pts, clean.dts
    return packet


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
    first = first_picture(reading, bounds)
    if not isinstance(first, Still):
        frame, came_s = first
        return Still((maker or JpegMaker()).make(frame), came_s)
    if maker is None:
        return first
    return Still(maker.make(decoded_jpeg(first.jpeg)), first.came_s)


def first_picture(reading: Reading, bounds: Bounds) -> Still | tuple[VideoFrame, float]:
    """
    Wait for the first whole picture of an open feed.

    Parameters
    ----------
    reading
        The feed.
    bounds
        A keyframe is waited for as long as for a stalled stream.

    Returns
    -------
    Still or tuple of VideoFrame and float
        A picture as it came; or one that was decoded, and when it came.

    Raises
    ------
    FeedTimeout
        No keyframe came in time.
    FeedBroken
        The feed ended before.
    """
    ends_at_s = time.monotonic() + bounds.stall_s
    cleaner = _cleaner(reading)
    for piece in reading.pieces():
        if isinstance(piece, Still):
            return piece
        frame = _keyframe(reading, cleaner, piece)
        if frame is not None:
            return frame, piece.came_s
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
