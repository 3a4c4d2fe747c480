"""Kept pictures made ready to be looked at once more, each at its time."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING, Protocol, cast

import av

from coveragekit.errors import FeedUnsupported
from coveragekit.feeds.jpeg import JpegMaker, decoded_jpeg, picture_size
from coveragekit.feeds.limits import MOST_PIXELS
from coveragekit.feeds.messages import Fragment, Init, Picture
from coveragekit.feeds.muxing import MJPEG
from coveragekit.feeds.packing import FragmentMuxer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime

    from av.video.codeccontext import VideoCodecContext
    from av.video.frame import VideoFrame

    from coveragekit.feeds.masks import Mask
    from coveragekit.feeds.muxing import Shape
    from coveragekit.feeds.packing import Cut
    from coveragekit.feeds.ring import Footage
    from coveragekit.feeds.times import Clean

__all__ = ["Due", "Packing", "Painting", "Screen", "Shot", "shots_of"]

_NO_STREAM = "this camera gives single pictures, no stream that a browser could play"


@dataclass(frozen=True, slots=True)
class Shot:
    """
    One kept picture.

    Parameters
    ----------
    clean
        The picture as it came.
    shape
        How its stream is made.
    run
        Which stretch without a break it belongs to.
    at
        When it was filmed, UTC.
    """

    clean: Clean
    shape: Shape
    run: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Due:
    """
    Something to be shown, and when.

    Parameters
    ----------
    at_s
        Seconds since the playing began.
    message
        What is shown.
    """

    at_s: float
    message: Init | Fragment | Picture = field(repr=False)


class Screen(Protocol):
    """Makes of kept pictures what a viewer is sent."""

    def add(self, shot: Shot, at_s: float, *, is_new: bool) -> list[Due]:
        """
        Take one picture.

        Parameters
        ----------
        shot
            The picture.
        at_s
            When it is shown, in seconds since the playing began.
        is_new
            Whether it begins a stretch, or another size of picture.

        Returns
        -------
        list of Due
            What can be shown now.
        """
        ...

    def close(self) -> list[Due]:
        """
        End it.

        Returns
        -------
        list of Due
            What is left to show.
        """
        ...


def shots_of(
    footage: Sequence[Footage], utc: Callable[[float], datetime]
) -> Iterator[Shot]:
    """
    Give the pictures of a ring one by one.

    Parameters
    ----------
    footage
        What a ring gave.
    utc
        Makes a time of day of when a picture came, such as a hub's ``utc``.

    Yields
    ------
    Shot
        In order.
    """
    for run, part in enumerate(footage):
        for clean in part.pictures:
            yield Shot(clean, part.shape, run, utc(clean.came_s))


class Packing:
    """
    Kept pictures as the stream that they were.

    Parameters
    ----------
    camera_id
        The camera.
    masks
        What is covered of its picture; it has to be said.

    Raises
    ------
    FeedUnsupported
        The camera is masked: a stream as it came would show what is covered.
    """

    def __init__(self, camera_id: str, *, masks: Sequence[Mask]) -> None:
        if masks:
            message = f"camera {camera_id}: a masked camera's stream is not shown"
            raise FeedUnsupported(message)
        self._camera_id = camera_id
        self._muxer: FragmentMuxer | None = None
        self._waiting: deque[tuple[float, datetime]] = deque()
        self._numbers = count(1)

    def add(self, shot: Shot, at_s: float, *, is_new: bool) -> list[Due]:
        """Take one picture; the muxer gives it when it knows how long it is shown."""
        due: list[Due] = []
        shape = shot.shape
        if shape.codec == MJPEG:
            message = f"camera {self._camera_id}: {_NO_STREAM}"
            raise FeedUnsupported(message)
        if is_new or self._muxer is None:
            due += self.close()
            self._muxer = FragmentMuxer(shape)
            size = (shape.width_px, shape.height_px)
            due.append(Due(at_s, Init(shape.codec_name, shape.init, *size)))
        self._waiting.append((at_s, shot.at))
        return due + self._fragments(self._muxer.add(shot.clean))

    def close(self) -> list[Due]:
        """Give the last picture of a stretch."""
        if self._muxer is None:
            return []
        last = self._fragments(self._muxer.close())
        self._muxer = None
        self._waiting.clear()
        return last

    def _fragments(self, cuts: list[Cut]) -> list[Due]:
        made = []
        for cut in cuts:
            at_s, at = self._waiting.popleft()
            fragment = Fragment(next(self._numbers), cut.data, cut.is_key, at)
            made.append(Due(at_s, fragment))
        return made


class Painting:
    """
    Kept pictures as single ones, covered where they have to be.

    Parameters
    ----------
    masks
        What is covered.
    rate_hz
        How many a second; 0 for all of them.
    width_px
        Widest picture; ``None`` leaves them as they are.
    """

    def __init__(
        self, *, masks: Sequence[Mask], rate_hz: float, width_px: int | None
    ) -> None:
        self._step_s = 1 / rate_hz if rate_hz > 0 else 0.0
        self._width_px = width_px
        self._maker = JpegMaker(masks, width_px=width_px)
        self._decoder: VideoCodecContext | None = None
        self._waiting: dict[int, tuple[float, datetime]] = {}
        self._numbers = count(1)
        self._next_s = 0.0

    def add(self, shot: Shot, at_s: float, *, is_new: bool) -> list[Due]:
        """Take one picture; decoders give some of them later."""
        clean, shape = shot.clean, shot.shape
        if shape.codec == MJPEG:
            return self._still(clean.data, at_s, shot.at)
        due: list[Due] = []
        if is_new or self._decoder is None:
            due += self.close()
            self._decoder = _decoder_of(shape)
        packet = av.Packet(clean.data)
        packet.pts, packet.dts = clean.pts, clean.dts
        packet.time_base = shape.time_base
        self._waiting[clean.pts] = (at_s, shot.at)
        try:
            frames = self._decoder.decode(packet)
        except av.FFmpegError:
            # one damaged picture: those behind the next keyframe are whole again
            frames = []
        return due + self._drawn(frames)

    def close(self) -> list[Due]:
        """Give what the decoder still holds."""
        if self._decoder is None:
            return []
        try:
            frames = self._decoder.decode(None)
        except av.FFmpegError:
            frames = []
        last = self._drawn(frames)
        self._decoder = None
        self._waiting.clear()
        return last

    def _drawn(self, frames: list[VideoFrame]) -> list[Due]:
        made = []
        for frame in frames:
            known = (
                self._waiting.pop(frame.pts, None) if frame.pts is not None else None
            )
            if known is None or not self._is_due(known[0]):
                continue
            made.append(self._picture(self._maker.make(frame), *known))
        return made

    def _still(self, jpeg: bytes, at_s: float, at: datetime) -> list[Due]:
        if not self._is_due(at_s):
            return []
        width = self._width_px
        if self._maker.masks or (width is not None and picture_size(jpeg)[0] > width):
            jpeg = self._maker.make(decoded_jpeg(jpeg))
        return [self._picture(jpeg, at_s, at)]

    def _is_due(self, at_s: float) -> bool:
        # half a step of grace: rates that divide the camera's own are met exactly
        if at_s < self._next_s - self._step_s / 2:
            return False
        self._next_s = max(self._next_s + self._step_s, at_s)
        return True

    def _picture(self, jpeg: bytes, at_s: float, at: datetime) -> Due:
        size = picture_size(jpeg)
        masked = bool(self._maker.masks)
        return Due(at_s, Picture(next(self._numbers), jpeg, at, *size, masked))


def _decoder_of(shape: Shape) -> VideoCodecContext:
    decoder = av.CodecContext.create(shape.codec, "r")
    decoder.extradata = shape.extradata
    decoder.thread_count = 1
    decoder.options = {"max_pixels": str(MOST_PIXELS)}
    decoder.thread_type = "NONE"
    return cast("VideoCodecContext", decoder)
