"""Single pictures as JPEG, covered where they have to be."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, cast

import av
from av.video.frame import PictureType
from av.video.reformatter import VideoReformatter

from coveragekit.errors import FeedBroken
from coveragekit.feeds.limits import MOST_PIXELS
from coveragekit.feeds.masks import MaskPainter

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from av.video.codeccontext import VideoCodecContext
    from av.video.frame import VideoFrame
    from numpy.typing import NDArray

    from coveragekit.feeds.masks import Mask

__all__ = ["JpegMaker", "decoded_jpeg", "grey_of", "picture_size"]

_QUALITY = 5
_BEGINS = bytes((0xFF, 0xD8))
# markers of a frame's header; the three others in their midst are tables
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


class JpegMaker:
    """
    Make JPEG pictures of decoded ones, with the masked parts covered first.

    Parameters
    ----------
    masks
        What is covered.
    width_px
        Widest picture made; a wider one is scaled down. ``None`` leaves it as it is.
    quality
        From 2 (best) to 31.

    Notes
    -----
    libav's encoder on one thread: 1.8 ms for 640 pixels of width where Pillow by way of
    RGB takes 6.4.
    """

    def __init__(
        self,
        masks: Sequence[Mask] = (),
        *,
        width_px: int | None = None,
        quality: int = _QUALITY,
    ) -> None:
        self._painter = MaskPainter(masks)
        self._width_px = width_px
        self._quality = quality
        self._scaler = VideoReformatter()
        self._encoder: VideoCodecContext | None = None
        self._count = 0

    @property
    def masks(self) -> tuple[Mask, ...]:
        """What is covered."""
        return self._painter.masks

    def make(self, frame: VideoFrame) -> bytes:
        """
        Make one picture.

        Parameters
        ----------
        frame
            The decoded picture; it is left as it is.

        Returns
        -------
        bytes
            The JPEG.

        Raises
        ------
        FeedBroken
            The picture cannot be encoded.
        """
        width, height = self._size(frame)
        try:
            scaled = self._scaler.reformat(
                frame,
                width,
                height,
                "yuvj420p",
                interpolation="FAST_BILINEAR",
                threads=1,
            )
            if scaled is frame:
                # painting must not reach whoever else looks at this picture
                scaled = _copy(frame)
            self._painter.paint(scaled)
            self._count += 1
            scaled.pts, scaled.time_base = self._count, Fraction(1, 25)
            scaled.pict_type = PictureType.NONE
            packets = self._encoder_for(width, height).encode(scaled)
        except (av.FFmpegError, ValueError):
            message = "a picture came that cannot be made a JPEG"
            raise FeedBroken(message) from None
        return b"".join(bytes(packet) for packet in packets)

    def _size(self, frame: VideoFrame) -> tuple[int, int]:
        wide, high = frame.width, frame.height
        if self._width_px is not None and wide > self._width_px:
            wide, high = self._width_px, round(high * self._width_px / wide)
        # colour has half the samples: an odd row or column would have none
        return max(2, wide - wide % 2), max(2, high - high % 2)

    def _encoder_for(self, width: int, height: int) -> VideoCodecContext:
        encoder = self._encoder
        if encoder is None or (encoder.width, encoder.height) != (width, height):
            encoder = av.CodecContext.create("mjpeg", "w")
            encoder.width, encoder.height = width, height
            encoder.pix_fmt, encoder.time_base = "yuvj420p", Fraction(1, 25)
            encoder.thread_count = 1
            encoder.options = {
                "qmin": str(self._quality),
                "qmax": str(self._quality),
                "flags": "+qscale",
            }
            self._encoder = encoder
        return encoder


def decoded_jpeg(jpeg: bytes) -> VideoFrame:
    """
    Decode a JPEG.

    Parameters
    ----------
    jpeg
        The picture's bytes.

    Returns
    -------
    av.VideoFrame
        The picture.

    Raises
    ------
    FeedBroken
        It is no JPEG, or a monstrous one.
    """
    width, height = picture_size(jpeg)
    if width * height > MOST_PIXELS:
        message = f"a picture of {width} x {height} pixels is refused"
        raise FeedBroken(message)
    decoder = av.CodecContext.create("mjpeg", "r")
    decoder.thread_count = 1
    try:
        frames = [*decoder.decode(av.Packet(jpeg)), *decoder.decode(None)]
    except av.FFmpegError:
        frames = []
    if not frames:
        message = "what the camera sent is no picture"
        raise FeedBroken(message)
    return frames[0]


def picture_size(jpeg: bytes) -> tuple[int, int]:
    """
    Read a JPEG's width and height without decoding it.

    Parameters
    ----------
    jpeg
        The picture's bytes.

    Returns
    -------
    tuple of int
        Width and height in pixels.

    Raises
    ------
    FeedBroken
        It is no JPEG.
    """
    at = 2 if jpeg[:2] == _BEGINS else len(jpeg)
    while at + 9 <= len(jpeg) and jpeg[at] == 0xFF:
        kind = jpeg[at + 1]
        if kind == 0xFF:
            at += 1
        elif kind in _FRAMES:
            high, wide = (
                int.from_bytes(jpeg[at + n : at + n + 2], "big") for n in (5, 7)
            )
            if high and wide:
                return wide, high
            break
        else:
            at += 2 + int.from_bytes(jpeg[at + 2 : at + 4], "big")
    message = "what the camera sent is no picture"
    raise FeedBroken(message)


def grey_of(
    frame: VideoFrame, *, width_px: int = 160, height_px: int = 90
) -> NDArray[np.uint8]:
    """
    Give a small grey copy of a picture, by leaving pixels out and blending none.

    Parameters
    ----------
    frame
        The decoded picture.
    width_px, height_px
        Size of the copy.

    Returns
    -------
    numpy.ndarray
        Brightness from 0 to 255, shape ``(height_px, width_px)``.

    Notes
    -----
    Blending would hide the noise by which a live picture differs from a frozen one.
    """
    small = frame.reformat(width_px, height_px, "gray", interpolation="POINT")
    return cast("NDArray[np.uint8]", small.to_ndarray())


def _copy(frame: VideoFrame) -> VideoFrame:
    return av.VideoFrame.from_ndarray(frame.to_ndarray(), format=frame.format.name)
