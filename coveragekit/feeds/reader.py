"""One thread that reads one camera, for as long as somebody looks at it."""

from __future__ import annotations

import logging
import threading
from itertools import count
from typing import TYPE_CHECKING

from coveragekit.errors import FeedBroken, FeedError
from coveragekit.feeds.condition import Backoff, Condition, is_final
from coveragekit.feeds.outlet import Outlet
from coveragekit.feeds.pieces import Hasty, Still
from coveragekit.feeds.ring import Ring
from coveragekit.feeds.rush import Rush
from coveragekit.feeds.viewer import Viewer

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime
    from random import Random

    from coveragekit.feeds.condition import Standing
    from coveragekit.feeds.limits import Limits
    from coveragekit.feeds.masks import Mask
    from coveragekit.feeds.pieces import Reading

__all__ = ["Reader"]

_LOG = logging.getLogger(__name__)

# how often a thread that waits for its turn looks whether it is still wanted
_LOOK_S = 0.2


class Reader:
    """
    Read one camera in a thread of its own, and again when it was lost.

    Parameters
    ----------
    camera_id
        The camera, as messages and logs name it.
    open_reading
        Opens the camera; bounded in time.
    masks
        What is covered.
    limits
        Bounds.
    turns
        Shared by all readers: how many connections are made at once.
    rng
        Where chance comes from.
    clock
        The monotonic clock.
    utc
        Makes a time of day of a moment of the monotonic clock.
    ended
        Called by the thread as the last thing it does.
    """

    def __init__(  # noqa: PLR0913 - a hub's own things, handed over once
        self,
        camera_id: str,
        open_reading: Callable[[], Reading],
        *,
        masks: Sequence[Mask],
        limits: Limits,
        turns: threading.Semaphore,
        rng: Random,
        clock: Callable[[], float],
        utc: Callable[[float], datetime],
        ended: Callable[[Reader], None],
    ) -> None:
        self.camera_id = camera_id
        self.masks = tuple(masks)
        self.ring: Ring | None = None
        self.outlet: Outlet | None = None
        self._open = open_reading
        self._limits, self._turns = limits, turns
        self._clock, self._utc, self._ended = clock, utc, ended
        self._condition = Condition(clock(), stale_after_s=limits.stale_after_s)
        self._backoff = Backoff(
            rng,
            first_s=limits.first_wait_s,
            most_s=limits.most_wait_s,
            good_s=limits.good_s,
        )
        self._lock = threading.Lock()
        self._viewers: tuple[Viewer, ...] = ()
        self._idle_since_s = clock()
        self._is_over = False
        self.refused_s: float | None = None
        self._stop = threading.Event()
        self._again = threading.Event()
        self._reading: Reading | None = None
        self._numbers = count(1)
        # a daemon, so that a camera which hangs cannot hold up the end of a program
        self._thread = threading.Thread(
            target=self._run, name=f"camera {camera_id}", daemon=True
        )

    def start(self) -> None:
        """Begin to read."""
        self._thread.start()

    def standing(self) -> Standing:
        """
        Say how the camera is.

        Returns
        -------
        Standing
            Its state now.
        """
        with self._lock:
            return self._condition.at(self._clock())

    def hold(self) -> bool:
        """
        Stay open a while for somebody who is about to look.

        Returns
        -------
        bool
            Whether it does; not if the thread is about to end.
        """
        with self._lock:
            self._idle_since_s = self._clock()
            return not self._is_over

    def attach(self, viewer: Viewer) -> None:
        """
        Let somebody look.

        Parameters
        ----------
        viewer
            Who.
        """
        with self._lock:
            if viewer.keeps and self.ring is None:
                limits = self._limits
                self.ring = Ring(
                    self.camera_id, keep_s=limits.ring_s, most_bytes=limits.ring_bytes
                )
                if self.outlet is not None:
                    self.ring.begin(self.outlet.mended)
            self._viewers = (*self._viewers, viewer)

    def detach(self, viewer: Viewer) -> None:
        """
        Let somebody go.

        Parameters
        ----------
        viewer
            Who.
        """
        with self._lock:
            self._viewers = tuple(one for one in self._viewers if one is not viewer)
            self._idle_since_s = self._clock()
            if not any(one.keeps for one in self._viewers):
                # nobody who may keep anything looks any longer
                self.ring = None

    def linger(self) -> Callable[[], None] | None:
        """
        Go on keeping the last seconds for somebody who looks back at them.

        Returns
        -------
        callable or None
            Ends it; ``None`` where nothing is kept.
        """
        if self.ring is None or not self.hold():
            return None
        # it takes nothing, so that after a moment nothing is made for it
        silent = Viewer(
            "jpeg",
            standing=self.standing,
            limits=self._limits,
            clock=self._clock,
            utc=self._utc,
            rate_hz=0.0,
            width_px=None,
            keeps=True,
            leave=self.detach,
        )
        self.attach(silent)
        return silent.leave

    def viewers(self) -> tuple[Viewer, ...]:
        """
        Give those who look now.

        Returns
        -------
        tuple of Viewer
            The viewers.
        """
        return self._viewers

    def stop(self) -> None:
        """Ask the thread to end; it does so as soon as what it waits for lets it."""
        self._stop.set()
        self._again.set()
        with self._lock:
            reading = self._reading
        if reading is not None:
            reading.close()

    def join(self, timeout_s: float) -> bool:
        """
        Wait for the thread's end.

        Parameters
        ----------
        timeout_s
            How long.

        Returns
        -------
        bool
            Whether it ended.
        """
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _run(self) -> None:
        fault: FeedError | None = FeedBroken("the program failed in reading it")
        try:
            while self._is_wanted() and self._read_once():
                self._again.wait(self._backoff.wait_s())
            fault = None
        finally:
            with self._lock:
                self._is_over = self.refused_s is None
                if fault is not None:
                    # a fault of ours must not look alive either
                    self._condition.lost(self._clock(), fault)
            self._wake()
            self._ended(self)

    def _word(self) -> str:
        return self._condition.at(self._clock()).state

    def _is_wanted(self) -> bool:
        if self._stop.is_set():
            return False
        with self._lock:
            idle_s = self._clock() - self._idle_since_s
            if not self._viewers and idle_s >= self._limits.idle_s:
                self._is_over = True
            return not self._is_over

    def _read_once(self) -> bool:
        """Open and read until something ends it; say whether to try again."""
        try:
            reading = self._opened()
            if reading is None:
                return False
            try:
                with self._lock:
                    self._condition.opened(self._clock())
                    self._reading = reading
                self._wake()
                self._play(reading)
            finally:
                with self._lock:
                    self._reading = None
                reading.close()
        except FeedError as error:
            return self._note(error)
        return False

    def _opened(self) -> Reading | None:
        while not self._turns.acquire(timeout=_LOOK_S):
            if not self._is_wanted():
                return None
        try:
            return self._open()
        finally:
            self._turns.release()

    def _play(self, reading: Reading) -> None:
        outlet = Outlet(
            reading,
            viewers=self.viewers,
            masks=self.masks,
            limits=self._limits,
            clock=self._clock,
            utc=self._utc,
            numbers=self._numbers,
        )
        self.outlet = outlet
        self._begin_ring(outlet)
        rush = Rush(self._limits.most_rate_hz)
        hasty = reading if isinstance(reading, Hasty) else None
        rate = reading.info.rate_hz
        usual_s = 1 / rate if rate and rate < 1 else None
        looks_s = self._clock()
        try:
            for piece in reading.pieces():
                rush.add(piece.came_s)
                if outlet.add(piece, self.ring):
                    self._note_picture(piece.came_s, usual_s)
                if isinstance(piece, Still) or self._clock() - looks_s > _LOOK_S:
                    looks_s = self._clock()
                    if not self._is_wanted():
                        return
                    if hasty is not None:
                        # only for those who are shown single pictures, one by one
                        hasty.hurry(any(one.rate_hz for one in self._viewers))
        finally:
            self.outlet = None
            outlet.close()
        if not self._stop.is_set():
            with self._lock:
                self._condition.ended(self._clock(), "the recording has ended")
            self._wake()

    def _begin_ring(self, outlet: Outlet) -> None:
        with self._lock:
            if self.ring is not None:
                self.ring.begin(outlet.mended)

    def _note_picture(self, came_s: float, usual_s: float | None) -> None:
        with self._lock:
            was = self._word()
            self._condition.picture(came_s, usual_s=usual_s)
            self._backoff.picture(came_s)
        if was != "playing":
            self._wake()

    def _note(self, error: FeedError) -> bool:
        if self._stop.is_set():
            return False
        if not str(error).startswith("camera "):
            # what is found out in here does not know whose picture it is
            error = type(error)(f"camera {self.camera_id}: {error}")
        with self._lock:
            self._condition.lost(self._clock(), error)
        _LOG.info("feed %s: %s", self.camera_id, type(error).__name__)
        self._wake()
        if not is_final(error):
            return True
        # it stays known as refused: whoever joins is told so and it is not asked again
        self.refused_s = self._clock()
        return False

    def _wake(self) -> None:
        for viewer in self._viewers:
            viewer.wake()
