"""A camera's live picture from now on, picture by picture, to be kept."""

from __future__ import annotations

import signal
import threading
import time
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from coveragekit.errors import FeedError, FeedTimeout, InputError
from coveragekit.feeds.asking import told
from coveragekit.feeds.opening import open_feed
from coveragekit.feeds.replaying import Shot
from coveragekit.feeds.stored import LONGEST
from coveragekit.feeds.whole_pictures import Pictures

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

    from coveragekit.feeds.bounds import Bounds
    from coveragekit.feeds.gate import Gate
    from coveragekit.feeds.pieces import Piece
    from coveragekit.feeds.target import FeedTarget

__all__ = ["Filming"]

_NOTHING = "it sent nothing in time that a picture can begin with"
# how long a keyframe is waited for
_FIRST_S = 20.0


class Filming:
    """
    A camera that is opened to be filmed from now on.

    Parameters
    ----------
    target
        The camera.
    gate
        What may be fetched.
    for_s
        How many seconds.
    bounds
        How long is waited.
    utc_now
        The time of day.

    Raises
    ------
    InputError
        Not that many seconds.
    FeedError
        It cannot be opened; the kind says why.
    """

    def __init__(
        self,
        target: FeedTarget,
        gate: Gate,
        *,
        for_s: float,
        bounds: Bounds | None = None,
        utc_now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        most_s = LONGEST.total_seconds()
        if not 0 < for_s <= most_s:
            message = f"{for_s:g} s; allowed: more than 0, at most {most_s:g}"
            raise InputError(message)
        self._camera_id, self._for_s, self._utc_now = target.camera_id, for_s, utc_now
        self._is_stopped = threading.Event()
        self.is_begun, self.is_ended = False, False
        self.lost: FeedError | None = None
        self._reading = open_feed(target, gate, bounds=bounds)

    def shots(self) -> Iterator[Shot]:
        """
        Give the pictures as they come, from the first keyframe on.

        Yields
        ------
        Shot
            In order. Where the camera is lost it ends, and ``lost`` says why; where it
            was ended by ``ending_at_interrupt``, ``is_ended`` is true.

        Raises
        ------
        FeedError
            There was no picture at all.
        """
        pictures = Pictures(self._reading)
        coming = self._reading.pieces()
        first_at: datetime | None = None
        ends_s = time.monotonic() + _FIRST_S
        try:
            while not self._is_stopped.is_set():
                piece = self._next(coming, is_begun=first_at is not None)
                for clean, shape, step in told(
                    self._camera_id,
                    lambda: pictures.add(piece),  # noqa: B023 - called at once
                ):
                    if first_at is None:
                        # the time of day is taken once: later the stream's own counts
                        first_at = self._utc_now() - timedelta(seconds=clean.came_s)
                        ends_s = time.monotonic() + self._for_s
                        self.is_begun = True
                    at = first_at + timedelta(seconds=clean.came_s)
                    yield Shot(clean, shape, step, at)
                if piece is None or self.is_ended or time.monotonic() >= ends_s:
                    break
            if first_at is None and not self._is_stopped.is_set():
                message = f"camera {self._camera_id}: {_NOTHING}"
                raise FeedTimeout(message)
        finally:
            self.stop()

    def stop(self) -> None:
        """Let go of the camera; may be called from any thread, and twice."""
        self._is_stopped.set()
        self._reading.close()

    @contextmanager
    def ending_at_interrupt(self) -> Iterator[None]:
        """
        Have Ctrl-C end the film after its next picture, instead of all that is done.

        Yields
        ------
        None
            To film. Before the first picture, the second time and wherever somebody
            else heeds Ctrl-C, it does what it always does.
        """
        usual = signal.default_int_handler

        def end(number: int, frame: FrameType | None) -> None:
            signal.signal(signal.SIGINT, usual)
            if not self.is_begun:
                usual(number, frame)
            self.is_ended = True

        is_ours = (
            threading.current_thread() is threading.main_thread()
            and signal.getsignal(signal.SIGINT) is usual
        )
        if is_ours:
            signal.signal(signal.SIGINT, end)
        try:
            yield
        finally:
            if is_ours:
                signal.signal(signal.SIGINT, usual)

    def _next(self, coming: Iterator[Piece], *, is_begun: bool) -> Piece | None:
        try:
            return next(coming, None)
        except FeedError as fault:
            if not is_begun:
                raise
            self.lost = type(fault)(str(fault))
            return None
