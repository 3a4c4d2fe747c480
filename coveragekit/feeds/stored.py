"""Footage of an interval that a device keeps itself, picture by picture."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from coveragekit.errors import (
    FeedBroken,
    FeedNotFound,
    FeedTimeout,
    FeedUnsupported,
    InputError,
)
from coveragekit.feeds.asking import told
from coveragekit.feeds.opening import open_feed
from coveragekit.feeds.replaying import Shot
from coveragekit.feeds.whole_pictures import Pictures

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from coveragekit.feeds.bounds import Bounds
    from coveragekit.feeds.gate import Gate
    from coveragekit.feeds.opening import ToldReading
    from coveragekit.feeds.target import FeedTarget

__all__ = ["LONGEST", "Stored"]

LONGEST: Final = timedelta(minutes=60)
"""How much footage is played or kept at once."""
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
        pictures = Pictures(reading)
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
