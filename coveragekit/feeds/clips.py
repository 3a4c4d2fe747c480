"""Clips of compressed pictures as they came, written one picture after the other."""

from __future__ import annotations

import hashlib
import secrets
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, Self, cast

import av

from coveragekit.errors import FeedBroken, InputError
from coveragekit.feeds.accounts import account_of, make_private, name_of, publish
from coveragekit.feeds.muxing import MJPEG, mux_packet
from coveragekit.feeds.nals import picture_units

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from av.container import InputContainer, OutputContainer
    from av.packet import Packet
    from av.video.stream import VideoStream

    from coveragekit.feeds.accounts import Kept
    from coveragekit.feeds.muxing import Shape
    from coveragekit.feeds.times import Clean

__all__ = ["ClipFile", "stream_digest"]

_TAGS: Final = {"h264": "avc1", "hevc": "hvc1"}
# a gap is what is longer than this, or than four pictures
_SHORTEST_GAP_S: Final = 0.5
_GAP_STEPS: Final = 4
_GAPS_LISTED: Final = 200
# how long a clip of a single picture shows it
_ALONE_S: Final = 0.05
_MOST_BYTES: Final = 4_294_967_296
_OPTIONS: Final = {"movflags": "+faststart", "fflags": "bitexact"}
_RULES: Final = {
    "nal": (
        "SHA-256 over every NAL unit in order of decoding, each after its length in "
        "four bytes (big-endian), without parameter sets and delimiters"
    ),
    "jpeg": (
        "SHA-256 over every JPEG in order, each after its length in four bytes "
        "(big-endian)"
    ),
}


class ClipFile:
    """
    A clip while it is written.

    Parameters
    ----------
    camera_id
        The camera.
    folder
        Where to; it exists.
    shape
        How the stream is made.
    start_at
        When the first picture was filmed, UTC.
    most_bytes
        How large it may become.

    Raises
    ------
    InputError
        A time without zone.

    Notes
    -----
    Nothing is decoded. Of single pictures that each stand alone it makes an MP4 of
    JPEGs, bit for bit those of the camera; players show it, browsers do not.
    """

    def __init__(
        self,
        camera_id: str,
        folder: Path,
        shape: Shape,
        *,
        start_at: datetime,
        most_bytes: int = _MOST_BYTES,
    ) -> None:
        self._camera_id, self._shape = camera_id, shape
        self._start_at, self._most_bytes = start_at, most_bytes
        self._path = folder / name_of(camera_id, start_at, "mp4")
        self._part = folder / f".{self._path.name}.{secrets.token_hex(4)}.part"
        self._held: Clean | None = None
        self._first_dts = 0
        self._steps: list[int] = []
        self._size_bytes = 0
        self._digest = _StreamDigest(shape.codec, prefixed=shape.prefixed)
        self._input: InputContainer | None = None
        self._output: OutputContainer | None = None
        self._stream: VideoStream | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.drop()

    def add(self, clean: Clean) -> None:
        """
        Write one picture.

        Parameters
        ----------
        clean
            The picture.

        Raises
        ------
        InputError
            The first one is no keyframe, or the clip grows too large.
        FeedBroken
            It cannot be written.
        """
        if self._held is None and not clean.is_key:
            raise InputError(self._words("a clip begins with a keyframe, not so this"))
        self._size_bytes += len(clean.data)
        if self._size_bytes > self._most_bytes:
            words = (
                f"its footage is more than {self._most_bytes / 1e9:.1f} GB; ask for a "
                "shorter time"
            )
            raise InputError(self._words(words))
        if self._held is None:
            self._first_dts = clean.dts
            self._open()
        else:
            ticks = clean.dts - self._held.dts
            self._steps.append(ticks)
            self._write(self._held, ticks)
        self._digest.add(clean.data)
        self._held = clean

    def keep(
        self,
        told: Mapping[str, Any],
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> Kept:
        """
        End the clip and let it appear, with the account of it beside it.

        Parameters
        ----------
        told
            What the account says besides.
        now
            The time of day.

        Returns
        -------
        Kept
            What was written.

        Raises
        ------
        InputError
            It has no picture, or is there already.
        FeedBroken
            It cannot be written.
        """
        if self._held is None or self._output is None:
            raise InputError(self._words("a clip needs a keyframe, and there is none"))
        steps, base = self._steps, float(self._shape.time_base)
        # players leave out a last picture that lasts no time at all
        alone = max(1, round(_ALONE_S / self._shape.time_base))
        usual = sorted(steps)[len(steps) // 2] if steps else alone
        self._write(self._held, usual)
        self._close()
        shape = self._shape
        account = {
            **account_of(
                self._camera_id, self._part, start_at=self._start_at, now=now()
            ),
            "kind": "clip",
            "duration_s": round((sum(steps) + usual) * base, 3),
            "pictures": self._digest.count,
            "codec": MJPEG if shape.codec == MJPEG else shape.codec_name,
            "width_px": shape.width_px,
            "height_px": shape.height_px,
            **_gaps(steps, base),
            "stream_sha256": self._digest.hex(),
            "stream_rule": _RULES["jpeg" if shape.codec == MJPEG else "nal"],
            **told,
        }
        return publish(self._part, self._path, account)

    def has_room(self, clean: Clean) -> bool:
        """
        Tell whether one more picture may be written.

        Parameters
        ----------
        clean
            The picture.

        Returns
        -------
        bool
            Whether the clip stays within its size; always true of the first one.
        """
        size_bytes = self._size_bytes + len(clean.data)
        return self._held is None or size_bytes <= self._most_bytes

    def drop(self) -> None:
        """Leave nothing of a clip that was not kept; may be called twice."""
        # what cannot be ended well is thrown away as well
        with suppress(FeedBroken):
            self._close()
        self._part.unlink(missing_ok=True)

    def _open(self) -> None:
        shape = self._shape
        make_private(self._part)
        try:
            output = av.open(str(self._part), "w", format="mp4", options=_OPTIONS)
            self._output = output
            if shape.codec == MJPEG:
                stream = cast("VideoStream", output.add_stream(MJPEG, rate=25))
                stream.width, stream.height = shape.width_px, shape.height_px
                stream.pix_fmt = "yuvj420p"
                stream.codec_context.time_base = shape.time_base
            else:
                self._input, template = shape.template()
                stream = output.add_stream_from_template(template, opaque=True)
                stream.codec_context.codec_tag = _TAGS[shape.codec]
            stream.time_base = shape.time_base
            self._stream = stream
        except (av.FFmpegError, ValueError, OSError):
            raise self._fault() from None

    def _write(self, clean: Clean, ticks: int) -> None:
        assert self._output is not None
        assert self._stream is not None
        first = self._first_dts
        moved = replace(clean, pts=clean.pts - first, dts=clean.dts - first)
        try:
            if self._shape.codec == MJPEG:
                packet = cast("Packet[VideoStream]", av.Packet(moved.data))
                packet.pts, packet.dts = moved.pts, moved.dts
                packet.time_base, packet.is_keyframe = self._shape.time_base, True
                packet.stream = self._stream
            else:
                packet = mux_packet(moved, self._stream, self._shape)
            packet.duration = ticks
            self._output.mux_one(packet)
        except (av.FFmpegError, ValueError, OSError):
            raise self._fault() from None

    def _close(self) -> None:
        output, self._output = self._output, None
        source, self._input = self._input, None
        try:
            if output is not None:
                output.close()
        except (av.FFmpegError, ValueError, OSError):
            raise self._fault() from None
        finally:
            if source is not None:
                source.close()

    def _fault(self) -> FeedBroken:
        return FeedBroken(self._words("its pictures cannot be kept as a clip"))

    def _words(self, words: str) -> str:
        return f"camera {self._camera_id}: {words}"


class _StreamDigest:
    """The digest of compressed pictures, whatever container holds them."""

    def __init__(self, codec: str, *, prefixed: bool) -> None:
        self._codec, self._prefixed = codec, prefixed
        self._digest = hashlib.sha256()
        self.count = 0

    def add(self, data: bytes) -> None:
        self.count += 1
        for unit in self._units(data):
            self._digest.update(len(unit).to_bytes(4, "big"))
            self._digest.update(unit)

    def hex(self) -> str:
        return self._digest.hexdigest()

    def _units(self, data: bytes) -> Iterable[bytes]:
        if self._codec == MJPEG:
            return (data,)
        return picture_units(data, self._codec, prefixed=self._prefixed)


def stream_digest(path: Path) -> tuple[str, int]:
    """
    Give the digest of a clip's compressed pictures, whatever container holds them.

    Parameters
    ----------
    path
        The clip.

    Returns
    -------
    tuple
        SHA-256 in hex by the rule in the account, and the number of pictures.

    Raises
    ------
    FeedBroken
        It is no clip.
    """
    try:
        with av.open(str(path), "r", format="mp4") as container:
            stream = container.streams.video[0]
            digest = _StreamDigest(stream.codec_context.name, prefixed=True)
            for packet in container.demux(stream):
                if packet.size:
                    digest.add(bytes(packet))
    except (av.FFmpegError, IndexError):
        message = f"{path.name} is no clip that can be read"
        raise FeedBroken(message) from None
    return digest.hex(), digest.count


def _gaps(steps: list[int], base: float) -> dict[str, Any]:
    """List where pictures are missing, from the start of the clip."""
    usual_s = sorted(steps)[len(steps) // 2] * base if steps else 0.0
    least_s = max(_SHORTEST_GAP_S, _GAP_STEPS * usual_s)
    gaps, at = [], 0
    for step in steps:
        if step * base > least_s:
            length_s = round(step * base, 3)
            gaps.append({"at_s": round(at * base, 3), "length_s": length_s})
        at += step
    return {"gaps": gaps[:_GAPS_LISTED], "gaps_count": len(gaps)}
