"""Single pictures of a compressed stream, and no more decoding than they need."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, cast

import av

from coveragekit.feeds.jpeg import JpegMaker, decoded_jpeg, picture_size
from coveragekit.feeds.lag import Lag
from coveragekit.feeds.limits import MOST_PIXELS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from av.video.codeccontext import VideoCodecContext
    from av.video.frame import VideoFrame

    from coveragekit.feeds.masks import Mask
    from coveragekit.feeds.muxing import Shape
    from coveragekit.feeds.times import Clean
    from coveragekit.feeds.viewer import Viewer

__all__ = ["Drawing", "StillDrawing"]

# behind by more than this, decoding skips to the next keyframe
_MOST_LAG_S = 1.0
_MOST_UNDRAWN = 64


class _Makers:
    """One JPEG maker for each width asked for; the masks are the camera's."""

    def __init__(self, masks: Sequence[Mask]) -> None:
        self.masks = tuple(masks)
        self._makers: dict[int | None, JpegMaker] = {}

    def made(
        self, frame: VideoFrame, viewers: Iterable[Viewer]
    ) -> list[tuple[Viewer, bytes]]:
        made: dict[int | None, bytes] = {}
        drawn = []
        for viewer in viewers:
            width = viewer.width_px
            if width not in made:
                maker = self._makers.get(width)
                if maker is None:
                    maker = JpegMaker(self.masks, width_px=width)
                    self._makers[width] = maker
                made[width] = maker.make(frame)
            drawn.append((viewer, made[width]))
        return drawn


class Drawing:
    """
    Decode a compressed stream for those who want single pictures.

    Parameters
    ----------
    shape
        How the stream is made.
    masks
        What is covered in every picture.
    show
        Called with each viewer, its JPEG, the size and when the picture came.
    clock
        The monotonic clock.

    Notes
    -----
    Where nobody wants more than keyframes, only keyframes are decoded. Where decoding
    falls behind the camera, it goes on at the next keyframe: the delay never builds up.
    """

    def __init__(
        self,
        shape: Shape,
        masks: Sequence[Mask],
        *,
        show: Callable[[Viewer, bytes, tuple[int, int], float], None],
        clock: Callable[[], float],
    ) -> None:
        self.skipped = 0
        self._shape = shape
        self._tick_s = float(shape.time_base)
        self._makers = _Makers(masks)
        self._show = show
        self._clock = clock
        self._decoder: VideoCodecContext | None = None
        self._came: OrderedDict[int, float] = OrderedDict()
        self._lag = Lag()

    def add(self, clean: Clean, viewers: Sequence[Viewer]) -> None:
        """
        Take one picture of the stream.

        Parameters
        ----------
        clean
            The picture.
        viewers
            Those who want single pictures; without any nothing is decoded.
        """
        lag = self._lag.add(clean.dts * self._tick_s, came_s=self._clock())
        every = any(viewer.rate_hz for viewer in viewers)
        if clean.is_key and viewers:
            if self._decoder is None or not every:
                self._decoder = self._new_decoder()
        elif not viewers:
            # what follows depends on what was left out here
            self._decoder = None
        elif lag > _MOST_LAG_S and self._decoder is not None:
            self._decoder = None
            self.skipped += 1
        if self._decoder is None:
            return
        self._came[clean.pts] = clean.came_s
        while len(self._came) > _MOST_UNDRAWN:
            self._came.popitem(last=False)
        for frame in self._decoded(self._decoder, clean, to_the_end=not every):
            self._draw(frame, viewers, clean.came_s)

    def _decoded(
        self, decoder: VideoCodecContext, clean: Clean, *, to_the_end: bool
    ) -> list[VideoFrame]:
        packet = av.Packet(clean.data)
        packet.pts, packet.dts = clean.pts, clean.dts
        packet.time_base = self._shape.time_base
        try:
            frames = decoder.decode(packet)
            if to_the_end:
                # a lone keyframe comes out only when the decoder hears that it is alone
                frames += decoder.decode(None)
                self._decoder = None
        except av.FFmpegError:
            # one damaged picture: the next keyframe mends it
            self._decoder = None
            return []
        return frames

    def _draw(
        self, frame: VideoFrame, viewers: Sequence[Viewer], came_s: float
    ) -> None:
        if frame.pts is not None:
            came_s = self._came.pop(frame.pts, came_s)
        now = self._clock()
        owed = [
            viewer
            for viewer in viewers
            if (viewer.rate_hz or frame.key_frame) and viewer.is_owed(now)
        ]
        for viewer, jpeg in self._makers.made(frame, owed):
            self._show(viewer, jpeg, picture_size(jpeg), came_s)

    def _new_decoder(self) -> VideoCodecContext:
        self._came.clear()
        decoder = av.CodecContext.create(self._shape.codec, "r")
        decoder.extradata = self._shape.extradata
        decoder.thread_count = 1
        decoder.thread_type = "NONE"
        # a camera may say one size beforehand and another in its pictures
        decoder.options = {"max_pixels": str(MOST_PIXELS)}
        return cast("VideoCodecContext", decoder)


class StillDrawing:
    """
    Pass whole pictures on, covered and scaled where they have to be.

    Parameters
    ----------
    masks
        What is covered in every picture.
    show
        Called with each viewer, its JPEG, the size and when the picture came.
    clock
        The monotonic clock.
    """

    def __init__(
        self,
        masks: Sequence[Mask],
        *,
        show: Callable[[Viewer, bytes, tuple[int, int], float], None],
        clock: Callable[[], float],
    ) -> None:
        self._makers = _Makers(masks)
        self._show = show
        self._clock = clock

    def add(self, jpeg: bytes, came_s: float, viewers: Sequence[Viewer]) -> None:
        """
        Take one picture.

        Parameters
        ----------
        jpeg
            The picture's bytes.
        came_s
            When it came.
        viewers
            Those who want single pictures.
        """
        now = self._clock()
        owed = [viewer for viewer in viewers if viewer.is_owed(now)]
        size = picture_size(jpeg)
        as_is: list[Viewer] = []
        changed: list[Viewer] = []
        for viewer in owed:
            is_wide = viewer.width_px is not None and size[0] > viewer.width_px
            (changed if is_wide or self._makers.masks else as_is).append(viewer)
        for viewer in as_is:
            self._show(viewer, jpeg, size, came_s)
        if changed:
            for viewer, made in self._makers.made(decoded_jpeg(jpeg), changed):
                self._show(viewer, made, picture_size(made), came_s)
