"""One open connection to a camera, given on to all who look at it."""

from __future__ import annotations

from fractions import Fraction
from itertools import count
from typing import TYPE_CHECKING

from coveragekit.errors import FeedUnsupported
from coveragekit.feeds.drawing import Drawing, StillDrawing
from coveragekit.feeds.jpeg import picture_size
from coveragekit.feeds.messages import Fragment, Init, Picture
from coveragekit.feeds.muxing import (
    CODECS,
    jpeg_shape,
    shape_of,
    shape_of_key,
)
from coveragekit.feeds.packing import FragmentMuxer
from coveragekit.feeds.pieces import Still
from coveragekit.feeds.times import Clean, Cleaner

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from coveragekit.feeds.limits import Limits
    from coveragekit.feeds.masks import Mask
    from coveragekit.feeds.muxing import Shape
    from coveragekit.feeds.packing import Cut
    from coveragekit.feeds.pieces import Piece, Reading
    from coveragekit.feeds.ring import Ring
    from coveragekit.feeds.times import Mended
    from coveragekit.feeds.viewer import Viewer

__all__ = ["Outlet"]

_NO_STREAM = "this camera gives single pictures, no stream that a browser could play"


class Outlet:
    """
    Take the pieces of one reading and send each viewer what it wants.

    Parameters
    ----------
    reading
        The open connection.
    viewers
        Gives those who look now.
    masks
        What is covered; with any, no compressed stream leaves.
    limits
        Bounds.
    clock
        The monotonic clock.
    utc
        Makes a time of day of a moment of the monotonic clock.

    Notes
    -----
    All of it runs in the reader's thread. Nothing is packed or decoded that nobody
    looks at; the pictures since the last keyframe are kept as they came, so that a
    newcomer has a picture at once.
    """

    def __init__(  # noqa: PLR0913 - a reader's own things, handed over once
        self,
        reading: Reading,
        *,
        viewers: Callable[[], Sequence[Viewer]],
        masks: Sequence[Mask],
        limits: Limits,
        clock: Callable[[], float],
        utc: Callable[[float], datetime],
        numbers: count[int] | None = None,
    ) -> None:
        self._viewers = viewers
        self._masks = tuple(masks)
        self._limits = limits
        self._clock, self._utc = clock, utc
        self._numbers = numbers or count(1)
        self._shape: Shape | None = None
        self._codec, self._base, self._prefixed = "", Fraction(1, 90_000), False
        self._cleaner: Cleaner | None = None
        self._began_s: float | None = None
        self._muxer: FragmentMuxer | None = None
        self._group: list[Clean] = []
        self._newest: tuple[Shape | None, list[Clean]] = (None, self._group)
        self._group_bytes = 0
        self._fragments: list[Fragment] = []
        self._drawing: Drawing | None = None
        self._stills = StillDrawing(self._masks, show=self._show, clock=clock)
        self._begin(reading)

    def _begin(self, reading: Reading) -> None:
        template, info = reading.template, reading.info
        if template is None or info.kind == "stills" or info.codec == "mjpeg":
            return
        base = template.time_base or Fraction(1, 90_000)
        self._codec, prefixed = template.codec_context.name, False
        sets: tuple[bytes, ...] = ()
        if template.codec_context.extradata or self._codec not in CODECS:
            shape = shape_of(template)
            self._set_shape(shape)
            sets, prefixed = shape.sets, shape.prefixed
        # without extradata the device told nothing yet: its next keyframe does
        self._base, self._prefixed = base, prefixed
        rate = info.rate_hz
        self._cleaner = Cleaner(
            self._codec, base, prefixed=prefixed, sets=sets, rate_hz=rate
        )

    @property
    def mended(self) -> Mended | None:
        """How often the stream had to be put right; ``None`` for stills."""
        return None if self._cleaner is None else self._cleaner.mended

    def add(self, piece: Piece, ring: Ring | None = None) -> bool:
        """
        Take one piece.

        Parameters
        ----------
        piece
            What came.
        ring
            Where compressed pictures are kept, if they may be.

        Returns
        -------
        bool
            Whether a picture came of it: before the first keyframe there is none.

        Raises
        ------
        FeedError
            It is no picture.
        """
        if self._cleaner is None:
            jpeg = piece.jpeg if isinstance(piece, Still) else bytes(piece.packet)
            self._add_still(jpeg, piece.came_s, ring)
            return True
        cleans = [] if isinstance(piece, Still) else self._cleaner.add(piece)
        shown = [self._add_clean(clean, ring) for clean in cleans]
        return any(shown)

    def newest(self) -> tuple[Shape, tuple[Clean, ...]] | None:
        """
        Give what the newest picture is decoded from; any thread may ask.

        Returns
        -------
        tuple or None
            How the stream is made, and the pictures from its last keyframe on, nothing
            of them covered; ``None`` where they are not kept.
        """
        # set as one; the list only grows
        shape, group = self._newest
        return None if shape is None or not group else (shape, tuple(group))

    def close(self) -> None:
        """Let go of muxer and decoder."""
        if self._muxer is not None:
            self._muxer.close()
            self._muxer = None
        self._drawing = None
        for viewer in self._viewers():
            # whoever stays is sent the beginning of the next stream
            viewer.is_new = True

    def _add_still(self, jpeg: bytes, came_s: float, ring: Ring | None) -> None:
        viewers = self._viewers()
        for viewer in viewers:
            if viewer.form == "fmp4" and viewer.is_new:
                viewer.is_new = False
                viewer.refuse(_NO_STREAM, FeedUnsupported.__name__)
        watching = [viewer for viewer in viewers if viewer.form == "jpeg"]
        self._stills.add(jpeg, came_s, watching)
        self._note_still(jpeg, came_s, ring)

    def _note_still(self, jpeg: bytes, came_s: float, ring: Ring | None) -> None:
        size = picture_size(jpeg)
        if self._shape is None or (self._shape.width_px, self._shape.height_px) != size:
            self._shape = jpeg_shape(*size)
        self._began_s = came_s if self._began_s is None else self._began_s
        ticks = round((came_s - self._began_s) / float(self._shape.time_base))
        clean = Clean(jpeg, ticks, ticks, is_key=True, came_s=came_s)
        self._newest = (self._shape, [clean])
        if ring is not None:
            ring.add_still(clean, self._shape)

    def _add_clean(self, clean: Clean, ring: Ring | None) -> bool:
        if clean.sets is not None:
            codec, base, prefixed = self._codec, self._base, self._prefixed
            self._set_shape(
                shape_of_key(clean, codec=codec, time_base=base, prefixed=prefixed)
            )
        if self._shape is None or self._drawing is None:
            return False
        if ring is not None:
            ring.add(clean, self._shape)
        self._keep_group(clean)
        viewers = self._viewers()
        self._pack(clean, [one for one in viewers if one.form == "fmp4"])
        self._drawing.add(clean, [one for one in viewers if one.form == "jpeg"])
        return True

    def _set_shape(self, shape: Shape) -> None:
        if self._muxer is not None:
            self._muxer.close()
            self._muxer = None
        self._shape = shape
        self._drawing = Drawing(shape, self._masks, show=self._show, clock=self._clock)
        for viewer in self._viewers():
            viewer.is_new = True

    def _keep_group(self, clean: Clean) -> None:
        if clean.is_key:
            self._group, self._group_bytes = [], 0
            self._newest = (self._shape, self._group)
        if self._group or clean.is_key:
            self._group.append(clean)
            self._group_bytes += len(clean.data)
            limits = self._limits
            is_long = len(self._group) > limits.group
            if is_long or self._group_bytes > limits.group_bytes:
                self._group, self._group_bytes = [], 0
                self._newest = (None, self._group)

    def _pack(self, clean: Clean, viewers: list[Viewer]) -> None:
        if self._masks:
            return
        if not viewers:
            if self._muxer is not None:
                self._muxer.close()
                self._muxer, self._fragments = None, []
            return
        if self._muxer is None:
            self._start_muxer()
        else:
            self._send(self._muxer.add(clean), viewers)
        self._welcome([viewer for viewer in viewers if viewer.is_new])

    def _start_muxer(self) -> None:
        """Begin packing with what is kept; without it, at the next keyframe."""
        if not self._group:
            return
        assert self._shape is not None
        self._muxer, self._fragments = FragmentMuxer(self._shape, is_live=True), []
        for clean in self._group:
            self._send(self._muxer.add(clean), [])

    def _welcome(self, newcomers: list[Viewer]) -> None:
        if self._muxer is None or self._shape is None:
            return
        shape = self._shape
        for viewer in newcomers:
            viewer.is_new = False
            size = (shape.width_px, shape.height_px)
            init = Init(shape.codec_name, shape.init, *size)
            viewer.begin(init, self._fragments)

    def _send(self, cuts: list[Cut], viewers: list[Viewer]) -> None:
        for cut in cuts:
            at = self._utc(cut.came_s)
            fragment = Fragment(next(self._numbers), cut.data, cut.is_key, at)
            if cut.is_key:
                self._fragments = []
            if self._group or cut.is_key:
                self._fragments.append(fragment)
            else:
                self._fragments = []
            for viewer in viewers:
                if not viewer.is_new:
                    viewer.offer(fragment)

    def _show(  # noqa: PLR0917 - one picture's own things
        self, viewer: Viewer, jpeg: bytes, size: tuple[int, int], came_s: float
    ) -> None:
        viewer.is_new = False
        at = self._utc(came_s)
        masked = bool(self._masks)
        viewer.offer(Picture(next(self._numbers), jpeg, at, *size, masked))
