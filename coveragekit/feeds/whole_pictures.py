"""Whole pictures out of an open feed, with the times of the stream itself."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from math import isnan, nan
from typing import TYPE_CHECKING, Final

from coveragekit.feeds.jpeg import picture_size
from coveragekit.feeds.muxing import (
    CODECS,
    MJPEG,
    jpeg_shape,
    shape_of,
    shape_of_key,
)
from coveragekit.feeds.pieces import Still, VideoPiece
from coveragekit.feeds.times import Clean, Cleaner

if TYPE_CHECKING:
    from coveragekit.feeds.muxing import Shape
    from coveragekit.feeds.pieces import Piece, Reading

__all__ = ["Pictures"]

# what lies further apart than this is a gap in what the device keeps
_GAP_S: Final = 2.0
_BACK_S: Final = 1.0


class Pictures:
    """
    Make whole pictures of what a reading gives; each says when it was filmed.

    Parameters
    ----------
    reading
        The open feed.

    Notes
    -----
    When a piece came says nothing of a recording: ``came_s`` of what is given is the
    stream's own time, in seconds since its first picture.
    """

    def __init__(self, reading: Reading) -> None:
        self._template, self._info = reading.template, reading.info
        self._base = Fraction(1, 90_000)
        self._shape: Shape | None = None
        self._cleaner: Cleaner | None = None
        self._first_s: float | None = None
        self._run_s: float | None = None
        self._last_s = nan
        self._step = 0
        self._begin()

    def add(self, piece: Piece | None) -> list[tuple[Clean, Shape, int]]:
        """
        Take a piece, or the end.

        Parameters
        ----------
        piece
            What came; ``None`` where nothing more does.

        Returns
        -------
        list of tuple
            The pictures that are whole now, how they are made, and how many gaps lay
            before them.

        Raises
        ------
        FeedError
            It is no picture.
        """
        if piece is None:
            return self._whole([] if self._cleaner is None else self._cleaner.flush())
        if isinstance(piece, Still):
            return [self._jpeg(piece.jpeg, piece.came_s)]
        time_s = self._time_s(piece)
        if self._info.codec == MJPEG:
            return [self._jpeg(bytes(piece.packet), time_s)]
        assert self._cleaner is not None
        before: list[tuple[Clean, Shape, int]] = []
        apart_s = time_s - self._last_s
        # false where either is not known
        if apart_s > _GAP_S or apart_s < -_BACK_S:
            before = self._whole(self._cleaner.flush())
            self._step += 1
            self._run_s = None
            self._begin()
        if not isnan(time_s):
            self._last_s = time_s
        timed = VideoPiece(piece.packet, piece.is_key, time_s)
        return before + self._whole(self._cleaner.add(timed))

    def _begin(self) -> None:
        template = self._template
        if template is None or self._info.codec == MJPEG:
            return
        self._base = template.time_base or self._base
        codec, prefixed = template.codec_context.name, False
        sets: tuple[bytes, ...] = ()
        if template.codec_context.extradata or codec not in CODECS:
            self._shape = self._shape or shape_of(template)
            sets, prefixed = self._shape.sets, self._shape.prefixed
        self._cleaner = Cleaner(
            codec,
            self._base,
            prefixed=prefixed,
            sets=sets,
            rate_hz=self._info.rate_hz,
        )
        self._codec, self._prefixed = codec, prefixed

    def _whole(self, cleans: list[Clean]) -> list[tuple[Clean, Shape, int]]:
        found = []
        for clean in cleans:
            if clean.sets is not None:
                self._shape = shape_of_key(
                    clean,
                    codec=self._codec,
                    time_base=self._base,
                    prefixed=self._prefixed,
                )
            if self._shape is not None:
                filmed = replace(clean, came_s=self._filmed_s(clean))
                found.append((filmed, self._shape, self._step))
        return found

    def _filmed_s(self, clean: Clean) -> float:
        """Say when it was filmed; the first packets of many devices have no time."""
        since_s = clean.dts * float(self._base)
        if not isnan(clean.came_s):
            begin_s = clean.came_s - since_s
            if self._first_s is None:
                self._first_s = begin_s
            if self._run_s is None:
                self._run_s = begin_s - self._first_s
        return (self._run_s or 0.0) + since_s

    def _time_s(self, piece: VideoPiece) -> float:
        packet = piece.packet
        ticks = packet.dts if packet.dts is not None else packet.pts
        return nan if ticks is None else float(ticks * (packet.time_base or self._base))

    def _jpeg(self, jpeg: bytes, time_s: float) -> tuple[Clean, Shape, int]:
        size = picture_size(jpeg)
        if self._shape is None or (self._shape.width_px, self._shape.height_px) != size:
            self._shape = jpeg_shape(*size)
        if self._first_s is None and not isnan(time_s):
            self._first_s = time_s
        filmed_s = self._last_s if isnan(time_s) else time_s - (self._first_s or 0.0)
        ticks = 0 if isnan(filmed_s) else round(filmed_s / float(self._shape.time_base))
        self._last_s = filmed_s = ticks * float(self._shape.time_base)
        clean = Clean(jpeg, ticks, ticks, is_key=True, came_s=filmed_s)
        return clean, self._shape, self._step
