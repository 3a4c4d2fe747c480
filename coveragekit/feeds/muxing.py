"""Fragmented MP4 of packets as they are, without decoding them."""

from __future__ import annotations

import io
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import TYPE_CHECKING, cast

import av

from coveragekit.errors import FeedBroken, FeedUnsupported
from coveragekit.feeds.boxes import BoxSplitter, find_box
from coveragekit.feeds.codec_names import codec_name
from coveragekit.feeds.limits import MOST_PIXELS
from coveragekit.feeds.nals import (
    annex_b,
    is_prefixed,
    length_prefixed,
    nal_units,
    sets_of_record,
)

if TYPE_CHECKING:
    from av.container import InputContainer, OutputContainer
    from av.packet import Packet
    from av.video.stream import VideoStream

    from coveragekit.feeds.times import Clean

__all__ = [
    "CODECS",
    "MJPEG",
    "Shape",
    "jpeg_shape",
    "mux_packet",
    "shape_of",
    "shape_of_key",
    "with_lengths",
]

_OPTIONS = {
    "movflags": "empty_moov+default_base_moof+skip_trailer",
    "flush_packets": "1",
    "fflags": "bitexact",
}
# where the two records say how long a length is
_LENGTHS_AT = {"h264": 4, "hevc": 21}
_TAGS = {"h264": "avc1", "hevc": "hvc1"}
CODECS = frozenset(_TAGS)
MJPEG = "mjpeg"
"""The codec of pictures that are each a JPEG."""
_JPEG_TICK = Fraction(1, 90_000)


@dataclass(frozen=True, slots=True)
class Shape:
    """
    How a stream of compressed pictures is made, apart from the connection to it.

    Parameters
    ----------
    codec
        ``"h264"`` or ``"hevc"``; ``"mjpeg"`` for single pictures that each stand alone
        and have neither beginning nor extradata.
    init
        The initialisation segment: ``ftyp`` and ``moov``.
    extradata
        What a decoder has to be given first.
    width_px, height_px
        Size of the picture.
    time_base
        Seconds of one tick of the packets' times.
    prefixed
        Whether units are preceded by their lengths, as in MP4.
    """

    codec: str
    init: bytes = field(repr=False)
    extradata: bytes = field(repr=False)
    width_px: int
    height_px: int
    time_base: Fraction
    prefixed: bool

    @property
    def codec_name(self) -> str:
        """The codec as a browser wants to be told it."""
        return codec_name(self.init)

    @property
    def sets(self) -> tuple[bytes, ...]:
        """The parameter sets that stand before the first picture."""
        if self.prefixed:
            return sets_of_record(self.extradata, self.codec)
        return tuple(nal_units(self.extradata, prefixed=False))

    def template(self) -> tuple[InputContainer, VideoStream]:
        """
        Open the shape as a stream that a muxer copies.

        Returns
        -------
        tuple
            The container, which must live as long as the stream, and the stream.
        """
        container = av.open(io.BytesIO(self.init), "r", format="mp4")
        return container, container.streams.video[0]


class _Sink:
    """What the muxer writes into; it keeps nothing that was taken away."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def write(self, data: bytes) -> int:
        self._parts.append(bytes(data))
        return len(data)

    def take(self) -> bytes:
        parts, self._parts = self._parts, []
        return b"".join(parts)


def shape_of(template: VideoStream, *, time_base: Fraction | None = None) -> Shape:
    """
    Read how a stream is made from the demuxer's account of it.

    Parameters
    ----------
    template
        The demuxer's stream.
    time_base
        Seconds of one tick, where it is not the template's own.

    Returns
    -------
    Shape
        The stream's shape.

    Raises
    ------
    FeedUnsupported
        It is neither H.264 nor H.265.
    FeedBroken
        The demuxer never found out how its pictures are made.
    """
    context = template.codec_context
    if context.name not in _TAGS:
        message = f"the stream is {context.name}, and not H.264 or H.265"
        raise FeedUnsupported(message)
    base = time_base or template.time_base or Fraction(1, 90_000)
    extradata = context.extradata or b""
    if not extradata or not context.width or not context.height:
        message = "the stream does not say how its pictures are made"
        raise FeedBroken(message)
    if context.width * context.height > MOST_PIXELS:
        message = f"pictures of {context.width} x {context.height} pixels are refused"
        raise FeedBroken(message)
    sink = _Sink()
    output, _ = _open_muxer(sink, template, base)
    try:
        output.start_encoding()
        init = _only_init(sink.take())
    except (av.FFmpegError, ValueError):
        message = "the stream's pictures cannot be packed for a browser"
        raise FeedBroken(message) from None
    finally:
        output.close()
    prefixed = is_prefixed(extradata)
    if prefixed and extradata[_LENGTHS_AT[context.name]] & 3 != 3:
        message = "the stream's units are not preceded by lengths of four bytes"
        raise FeedUnsupported(message)
    size = (context.width, context.height)
    return Shape(context.name, init, extradata, *size, base, prefixed)


def shape_of_key(
    clean: Clean, *, codec: str, time_base: Fraction, prefixed: bool = False
) -> Shape:
    """
    Read how a stream is made from a key picture that brings its parameter sets along.

    Parameters
    ----------
    clean
        The picture.
    codec
        ``"h264"`` or ``"hevc"``.
    time_base
        Seconds of one tick of the pictures' times.
    prefixed
        Whether units are preceded by their lengths, as in MP4.

    Returns
    -------
    Shape
        How the stream is made from this picture on.

    Raises
    ------
    FeedBroken
        They say nothing usable.
    """
    raw = annex_b(nal_units(clean.data, prefixed=prefixed))
    try:
        sizes = {"max_pixels": str(MOST_PIXELS)}
        with av.open(io.BytesIO(raw), format=codec, options=sizes) as container:
            shape = shape_of(container.streams.video[0], time_base=time_base)
    except (av.FFmpegError, IndexError):
        message = "the camera changed its picture to one that cannot be read"
        raise FeedBroken(message) from None
    if not prefixed:
        return shape
    record = find_box(shape.init, b"avcC" if codec == "h264" else b"hvcC")
    return replace(shape, extradata=record or b"", prefixed=True)


def jpeg_shape(width_px: int, height_px: int) -> Shape:
    """
    Give the shape of single pictures, each a JPEG of its own.

    Parameters
    ----------
    width_px, height_px
        Size of the pictures.

    Returns
    -------
    Shape
        It has no beginning; times are in ticks of 1/90,000 s.
    """
    return Shape(MJPEG, b"", b"", width_px, height_px, _JPEG_TICK, prefixed=False)


def mux_packet(clean: Clean, stream: VideoStream, shape: Shape) -> Packet[VideoStream]:
    """
    Make a packet of a picture for a muxer.

    Parameters
    ----------
    clean
        The picture.
    stream
        The muxer's stream; its time base is the picture's.
    shape
        How the picture's stream is made.

    Returns
    -------
    av.Packet
        A packet with a copy of the bytes.
    """
    packet = cast("Packet[VideoStream]", av.Packet(with_lengths(clean, shape)))
    packet.pts, packet.dts = clean.pts, clean.dts
    packet.time_base = cast("Fraction", stream.time_base)
    packet.is_keyframe = clean.is_key
    packet.stream = stream
    return packet


def with_lengths(clean: Clean, shape: Shape) -> bytes:
    """
    Give a picture's bytes as MP4 has them.

    Parameters
    ----------
    clean
        The picture.
    shape
        How the picture's stream is made.

    Returns
    -------
    bytes
        Its units, each after its length in four bytes.
    """
    if shape.prefixed:
        return clean.data
    # whoever packs it was told of units with lengths, and would pass start codes on
    return length_prefixed(nal_units(clean.data, prefixed=False))


def _open_muxer(
    sink: _Sink, template: VideoStream, time_base: Fraction
) -> tuple[OutputContainer, VideoStream]:
    output = av.open(sink, "w", format="mp4", options=_OPTIONS)
    stream = output.add_stream_from_template(template, opaque=True)
    stream.codec_context.codec_tag = _TAGS[template.codec_context.name]
    stream.time_base = time_base
    return output, stream


def _only_init(data: bytes) -> bytes:
    for kind, part in BoxSplitter().add(data):
        if kind == "init" and (find_box(part, b"avcC") or find_box(part, b"hvcC")):
            return part
    message = "the stream does not say how its pictures are made"
    raise FeedBroken(message)
