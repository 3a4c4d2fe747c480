"""Footage of an interval that a device keeps itself, picture by picture."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta
from fractions import Fraction
from math import isnan, nan
from typing import TYPE_CHECKING, Final

from coveragekit.errors import (
    FeedBroken,
    FeedNotFound,
    FeedTimeout,
    FeedUnsupported,
    InputError,
)
from coveragekit.feeds.asking import told
from coveragekit.feeds.jpeg import picture_size
from coveragekit.feeds.muxing import (
    CODECS,
    MJPEG,
    jpeg_shape,
    shape_of,
    shape_of_key,
)
from coveragekit.feeds.opening import open_feed
from coveragekit.feeds.pieces import Still, VideoPiece
from coveragekit.feeds.replaying import Shot
from coveragekit.feeds.times import Clean, Cleaner

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from coveragekit.feeds.bounds import Bounds
    from coveragekit.feeds.gate import Gate
    from coveragekit.feeds.muxing import Shape
    from coveragekit.feeds.opening import ToldReading
    from coveragekit.feeds.pieces import Piece
    from coveragekit.feeds.target import FeedTarget

__all__ = ["LONGEST", "Stored"]

LONGEST: Final = timedelta(minutes=60)
"""How much footage is played or kept at once."""
# what lies further apart than this is a gap in what the device keeps
_GAP_S: Final = 2.0
_BACK_S: Final = 1.0
_MOST_HELD: Final = 8_388_608
_MOST_RUNS: Final = 200
# a device that says it begins further off plays something else than was asked for
_FARTHEST: Final = timedelta(minutes=10)


class Stored:
    """
    Footage of an interval, opened at its device.

    Parameters
    ----------
    target
        The camera.
    gate
        What may be fetched.
    start_at, end_at
        The interval, aware, by the device's own clock.
    is_fast
        Whether it is wanted as fast as it can be had.
    bounds
        How long is waited.

    Raises
    ------
    InputError
        No interval, one to come, or a longer one than is given at once.
    FeedError
        The device has none, or does not say of when it is; the kind says why.

    Notes
    -----
    Where the device says nothing of when its footage was filmed nothing is shown: it
    might be the live picture.
    """

    def __init__(
        self,
        target: FeedTarget,
        gate: Gate,
        *,
        start_at: datetime,
        end_at: datetime,
        is_fast: bool = False,
        bounds: Bounds | None = None,
    ) -> None:
        _check(start_at, end_at)
        self._target, self._gate, self._bounds = target, gate, bounds
        self._start_at, self._end_at, self._is_fast = start_at, end_at, is_fast
        self._is_stopped = threading.Event()
        self._reading = self._opened(start_at)

    @property
    def clock_offset_s(self) -> float | None:
        """The device's clock less ours, in seconds, where that is known."""
        return self._reading.recorded.clock_offset_s

    def shots(self) -> Iterator[Shot]:
        """
        Give the pictures, from the keyframe before the interval on.

        Yields
        ------
        Shot
            In order; a new run begins behind each gap.

        Raises
        ------
        FeedError
            Nothing of it came, or it cannot be read.
        """
        try:
            count = 0
            for shot in _from(self._start_at, self._all()):
                count += 1
                yield shot
            if not count and not self._is_stopped.is_set():
                name = self._target.camera_id
                message = f"camera {name}: it gave no footage of that time"
                raise FeedNotFound(message)
        finally:
            self.stop()

    def stop(self) -> None:
        """Let go of the device; may be called from any thread, and twice."""
        self._is_stopped.set()
        self._reading.close()

    def _opened(self, at: datetime) -> ToldReading:
        reading = open_feed(
            self._target,
            self._gate,
            at=at,
            until=self._end_at,
            is_fast=self._is_fast,
            bounds=self._bounds,
        )
        begins_at = reading.recorded.begins_at
        name = self._target.camera_id
        if begins_at is None:
            reading.close()
            message = (
                f"camera {name}: it does not say of when its footage is; it might be "
                "the live picture, and is not taken for a recorded one"
            )
            raise FeedUnsupported(message)
        if not -_FARTHEST <= begins_at - at <= max(_FARTHEST, self._end_at - at):
            reading.close()
            message = f"camera {name}: it keeps no recording of that time"
            raise FeedNotFound(message)
        return reading

    def _all(self) -> Iterator[Shot]:
        run = 0
        for _ in range(_MOST_RUNS):
            for shot in self._of(self._reading, run):
                run = shot.run
                yield shot
            goes_on_at = self._reading.recorded.goes_on_at
            self._reading.close()
            if goes_on_at is None or goes_on_at >= self._end_at:
                break
            if self._is_stopped.is_set():
                break
            run += 1
            self._reading = self._opened(goes_on_at)

    def _of(self, reading: ToldReading, run: int) -> Iterator[Shot]:
        begins_at = reading.recorded.begins_at
        assert begins_at is not None
        pictures = _Pictures(reading)
        count = 0
        coming = reading.pieces()
        while not self._is_stopped.is_set():
            try:
                piece = next(coming, None)
            except (FeedBroken, FeedTimeout):
                # how recorders end what they have no more of
                if not count:
                    raise
                piece = None
            if self._is_stopped.is_set():
                return
            found = told(self._target.camera_id, lambda: pictures.add(piece))  # noqa: B023
            for clean, shape, step in found:
                count += 1
                at = begins_at + timedelta(seconds=clean.came_s)
                if at >= self._end_at:
                    return
                yield Shot(clean, shape, run + step, at)
            if piece is None:
                return


class _Pictures:
    """
    Whole pictures of a recording; each says when it was filmed, since the beginning.

    What came when says nothing of a recording: ``came_s`` is its own time.
    """

    def __init__(self, reading: ToldReading) -> None:
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
        """Take a piece, or the end."""
        if piece is None:
            return self._whole([] if self._cleaner is None else self._cleaner.flush())
        if isinstance(piece, Still):
            message = "it offers no recorded footage: what it sends are single pictures"
            raise FeedUnsupported(message)
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


def _from(start_at: datetime, shots: Iterator[Shot]) -> Iterator[Shot]:
    """Leave out what lies before the last keyframe that is not after a time."""
    held: list[Shot] | None = []
    size = 0
    for shot in shots:
        if held is None:
            yield shot
            continue
        if shot.clean.is_key and shot.at <= start_at:
            held, size = [], 0
        held.append(shot)
        size += len(shot.clean.data)
        if shot.at >= start_at or size > _MOST_HELD:
            yield from held
            held = None


def _check(start_at: datetime, end_at: datetime) -> None:
    if start_at.tzinfo is None or end_at.tzinfo is None:
        message = "a stored interval needs times with their zone"
        raise InputError(message)
    if not timedelta(0) < end_at - start_at <= LONGEST:
        minutes = (end_at - start_at).total_seconds() / 60
        message = (
            f"an interval of {minutes:g} minutes; allowed: more than 0, at most "
            f"{LONGEST.total_seconds() / 60:g}: ask for it in parts"
        )
        raise InputError(message)
