"""One who looks at kept pictures: at their own pace, and no more than is shown."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from coveragekit.errors import FeedBroken, FeedError
from coveragekit.feeds.limits import Limits
from coveragekit.feeds.messages import Init, Picture, State

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from coveragekit.feeds.messages import Message
    from coveragekit.feeds.replaying import Due, Screen, Shot

__all__ = ["ENDED", "Reel"]

_LOG = logging.getLogger(__name__)

ENDED = "the recording has ended"
"""What a viewer is told at the end."""
# what is shown may be with the viewer so much earlier
_LEAD_S = 0.25
_LOOK_S = 0.25
# what lies between two stretches, whatever is missing there
_BREAK_S = 0.2
# a viewer that came back after a pause goes on where it was
_LONGEST_TURN_S = 0.5
_LEAVE_S = 2.0


class Reel:
    """
    Play kept pictures to one viewer.

    Parameters
    ----------
    shots
        The pictures; read by a thread of the reel's own, which also closes it.
    screen
        Makes of them what is sent.
    stop
        Wakes whoever waits for a further picture; any thread may call it.
    limits
        Bounds of what waits.
    clock
        The monotonic clock.
    utc_now
        The time of day.

    Notes
    -----
    It has what a :class:`coveragekit.feeds.viewer.Viewer` has. Nothing is left out for
    a viewer that is slow: the playing waits until it acknowledges.
    """

    def __init__(
        self,
        shots: Iterator[Shot],
        screen: Screen,
        *,
        stop: Callable[[], None] = lambda: None,
        limits: Limits | None = None,
        clock: Callable[[], float] = time.monotonic,
        utc_now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._shots, self._screen, self._stop_source = shots, screen, stop
        self._limits = limits or Limits()
        self._clock, self._utc_now = clock, utc_now
        self._changed = threading.Condition()
        self._queue: deque[Due] = deque()
        self._queued_bytes = 0
        self._sent: deque[tuple[int, float]] = deque()
        self._states: deque[State] = deque()
        self._end: State | None = None
        self._is_over = self._has_left = False
        self._played_s = 0.0
        self._turned_s: float | None = None
        self._thread = threading.Thread(target=self._run, name="replay", daemon=True)
        self._thread.start()

    def take(self, timeout_s: float = 1.0) -> list[Message]:
        """
        Take what is to be shown by now.

        Parameters
        ----------
        timeout_s
            How long to wait where nothing is due.

        Returns
        -------
        list of Message
            In order; at the end the state ``"offline"``, and nothing more.
        """
        until = self._clock() + timeout_s
        with self._changed:
            while True:
                now = self._clock()
                messages = self._drain(now)
                left = until - now
                if messages or left <= 0 or self._has_left:
                    return messages
                self._changed.wait(min(left, self._wait_s()))

    def ack(self, index: int) -> None:
        """
        Acknowledge a fragment or picture and all before it.

        Parameters
        ----------
        index
            Its number.
        """
        with self._changed:
            while self._sent and self._sent[0][0] <= index:
                self._sent.popleft()
            self._changed.notify_all()

    def refuse(self, words: str, fault: str) -> None:
        """
        Show nothing more, and say why.

        Parameters
        ----------
        words
            Why.
        fault
            The kind of the error.
        """
        with self._changed:
            if self._is_over:
                return
            self._finish("refused", words, fault)
        self._stop_source()

    def leave(self) -> None:
        """Look no longer; may be called twice."""
        with self._changed:
            if self._has_left:
                return
            self._has_left = self._is_over = True
            self._queue.clear()
            self._changed.notify_all()
        self._stop_source()
        self._thread.join(_LEAVE_S)

    def _run(self) -> None:
        words, fault = "the program failed in playing it", FeedBroken.__name__
        state = "refused"
        try:
            self._play()
            state, words, fault = "offline", ENDED, "Ended"
        except FeedError as error:
            words, fault = str(error), type(error).__name__
            _LOG.info("a recording ended: %s", fault)
        finally:
            close = getattr(self._shots, "close", None)
            if close is not None:
                close()
            with self._changed:
                if self._end is None and not self._is_over:
                    self._end = self._state(state, words, fault)
                self._changed.notify_all()

    def _play(self) -> None:
        at_s, former = 0.0, None
        for shot in self._shots:
            is_new = (
                former is None
                or former.run != shot.run
                or former.shape is not shot.shape
            )
            if is_new:
                at_s += _BREAK_S if former is not None else 0.0
            elif former is not None:
                ticks = max(0, shot.clean.dts - former.clean.dts)
                at_s += float(ticks * shot.shape.time_base)
            former = shot
            for due in self._screen.add(shot, at_s, is_new=is_new):
                if not self._keep(due):
                    return
        for due in self._screen.close():
            self._keep(due)

    def _keep(self, due: Due) -> bool:
        """Let it wait for its time; say whether anybody still looks."""
        limits, size = self._limits, _size_of(due)
        with self._changed:
            while not self._is_over and (
                len(self._queue) >= limits.queued
                or (self._queue and self._queued_bytes + size > limits.queued_bytes)
            ):
                self._changed.wait(1.0)
            if self._is_over:
                return False
            if self._turned_s is None:
                # the playing begins with the first picture, however long that took
                self._turned_s = self._clock()
                self._states.append(self._state("playing", "", ""))
            self._queue.append(due)
            self._queued_bytes += size
            self._changed.notify_all()
            return True

    def _drain(self, now: float) -> list[Message]:
        self._turn(now)
        messages: list[Message] = list(self._states)
        self._states.clear()
        while self._queue and self._queue[0].at_s <= self._played_s + _LEAD_S:
            due = self._queue.popleft()
            self._queued_bytes -= _size_of(due)
            if not isinstance(due.message, Init):
                self._sent.append((due.message.index, now))
            messages.append(due.message)
        if messages:
            self._changed.notify_all()
        if self._end is not None and not self._queue and not self._is_over:
            self._is_over = True
            messages.append(self._end)
        return messages

    def _turn(self, now: float) -> None:
        if self._turned_s is None:
            return
        if not self._is_behind(now):
            self._played_s += min(now - self._turned_s, _LONGEST_TURN_S)
        self._turned_s = now

    def _is_behind(self, now: float) -> bool:
        return bool(self._sent) and now - self._sent[0][1] > self._limits.unacked_s

    def _wait_s(self) -> float:
        if not self._queue:
            return _LOOK_S
        ahead_s = self._queue[0].at_s - self._played_s - _LEAD_S
        return min(_LOOK_S, max(0.005, ahead_s))

    def _finish(self, state: str, words: str, fault: str) -> None:
        self._is_over = True
        self._queue.clear()
        self._queued_bytes = 0
        self._states.clear()
        self._states.append(self._state(state, words, fault))
        self._changed.notify_all()

    def _state(self, state: str, words: str, fault: str) -> State:
        age_s = 0.0 if state == "playing" else None
        return State(state, self._utc_now(), age_s, words, fault)  # type: ignore[arg-type]


def _size_of(due: Due) -> int:
    message = due.message
    return len(message.jpeg if isinstance(message, Picture) else message.data)
