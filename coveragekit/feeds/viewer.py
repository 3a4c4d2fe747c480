"""One who looks at a feed: a bounded queue, and no more than is acknowledged."""

from __future__ import annotations

import threading
from collections import deque
from typing import TYPE_CHECKING, Literal, Self

from coveragekit.feeds.messages import Fragment, Init, Picture, State

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from coveragekit.feeds.condition import Standing
    from coveragekit.feeds.limits import Limits
    from coveragekit.feeds.messages import Message

__all__ = ["Form", "Viewer"]

Form = Literal["fmp4", "jpeg"]

# how often a waiting viewer looks whether the picture has grown old
_LOOK_S = 0.25
_TELL_AGE_S = 1.0


class Viewer:
    """
    What one viewer of one camera is sent; a hub makes it.

    Parameters
    ----------
    form
        ``"fmp4"``: the compressed stream; ``"jpeg"``: single pictures.
    standing
        Says how the feed is.
    limits
        Bounds.
    clock
        The monotonic clock.
    utc
        Makes a time of day of a moment of the monotonic clock.
    rate_hz
        Pictures a second that a viewer of single pictures wants; 0 for keyframes only.
    width_px
        Widest picture wanted; ``None`` for the camera's own.
    keeps
        Whether the owner lets the last pictures be kept.
    leave
        Called once when the viewer leaves.
    """

    def __init__(  # noqa: PLR0913 - a viewer's own things, handed over once
        self,
        form: Form,
        *,
        standing: Callable[[], Standing],
        limits: Limits,
        clock: Callable[[], float],
        utc: Callable[[float], datetime],
        rate_hz: float = 0.0,
        width_px: int | None = None,
        keeps: bool = False,
        leave: Callable[[Viewer], None],
    ) -> None:
        self.form = form
        self.rate_hz = rate_hz
        self.width_px = width_px
        self.keeps = keeps
        self.is_new = True
        self._standing = standing
        self._limits = limits
        self._clock, self._utc = clock, utc
        self._leave = leave
        self._changed = threading.Condition()
        self._queue: deque[Init | Fragment | Picture] = deque()
        self._queued_bytes = 0
        self._sent: deque[tuple[int, float]] = deque()
        self._needs_key = True
        self._due_s = 0.0
        self._told: tuple[str, str] | None = None
        self._told_s = 0.0
        self._refusal: State | None = None
        self._has_left = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.leave()

    def take(self, timeout_s: float = 1.0) -> list[Message]:
        """
        Take what has come.

        Parameters
        ----------
        timeout_s
            How long to wait where nothing has come.

        Returns
        -------
        list of Message
            In order; empty where nothing came. A change of state comes before what came
            after it; while no picture comes, its age is told each second.
        """
        until = self._clock() + timeout_s
        with self._changed:
            while True:
                now = self._clock()
                messages = self._drain(now)
                left = until - now
                if messages or left <= 0 or self._has_left:
                    return messages
                self._changed.wait(min(left, _LOOK_S))

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

    def leave(self) -> None:
        """Look no longer; may be called twice."""
        with self._changed:
            if self._has_left:
                return
            self._has_left = True
            self._queue.clear()
            self._changed.notify_all()
        self._leave(self)

    def is_owed(self, now_s: float) -> bool:
        """
        Say whether this viewer is to be sent a picture now.

        Parameters
        ----------
        now_s
            The moment.

        Returns
        -------
        bool
            Whether its rate and its acknowledgements allow one.
        """
        with self._changed:
            return now_s >= self._due_s and not self._is_behind(now_s)

    def begin(self, init: Init, group: list[Fragment]) -> None:
        """
        Begin a stream: what was of another one is dropped.

        Parameters
        ----------
        init
            The stream's beginning.
        group
            The fragments since the last keyframe, so that there is a picture at once.
        """
        with self._changed:
            self._clear()
            # a group is bounded by whoever keeps it, however many pictures it has
            self._queue = deque([init, *group])
            self._queued_bytes = sum(len(fragment.data) for fragment in group)
            self._needs_key = not group
            # whoever begins anew acknowledges nothing any more of what was before
            self._sent.clear()
            self._changed.notify_all()

    def offer(self, message: Fragment | Picture) -> None:
        """
        Offer the next fragment or picture; it may be dropped.

        Parameters
        ----------
        message
            What came.
        """
        with self._changed:
            if self._has_left or self._refusal is not None:
                return
            if self._is_behind(self._clock()):
                self._clear()
            elif isinstance(message, Picture):
                self._only_newest(message)
            else:
                self._append(message)
            self._changed.notify_all()

    def refuse(self, words: str, fault: str) -> None:
        """
        Tell this viewer, and no other, that it gets nothing more.

        Parameters
        ----------
        words
            Why.
        fault
            The kind of the error.
        """
        with self._changed:
            self._queue.clear()
            self._queued_bytes = 0
            since = self._utc(self._clock())
            self._refusal = State("refused", since, None, words, fault)
            self._changed.notify_all()

    def wake(self) -> None:
        """Let a waiting viewer look at the state again."""
        with self._changed:
            self._changed.notify_all()

    def _append(self, fragment: Fragment) -> None:
        if self._needs_key and not fragment.is_key:
            return
        self._needs_key = False
        self._queue.append(fragment)
        self._queued_bytes += len(fragment.data)
        limits = self._limits
        if len(self._queue) > limits.queued or self._queued_bytes > limits.queued_bytes:
            self._clear()

    def _only_newest(self, picture: Picture) -> None:
        self._queue.clear()
        self._queue.append(picture)
        now = self._clock()
        # a rate is kept by the grid of due times, not by adding up delays
        step = 1 / self.rate_hz if self.rate_hz else 0.0
        self._due_s = max(self._due_s + step, now)

    def _clear(self) -> None:
        """Drop what waits, but not the stream's beginning, which comes only once."""
        kept = [message for message in self._queue if isinstance(message, Init)]
        self._queue.clear()
        self._queue.extend(kept[-1:])
        self._queued_bytes = 0
        self._needs_key = True

    def _is_behind(self, now_s: float) -> bool:
        return bool(self._sent) and now_s - self._sent[0][1] > self._limits.unacked_s

    def _drain(self, now: float) -> list[Message]:
        messages: list[Message] = []
        state = self._due_state(now)
        if state is not None:
            messages.append(state)
        for message in self._queue:
            if not isinstance(message, Init):
                self._sent.append((message.index, now))
            messages.append(message)
        self._queue.clear()
        self._queued_bytes = 0
        return messages

    def _due_state(self, now: float) -> State | None:
        refusal = self._refusal
        if refusal is not None:
            told, self._told = self._told, ("refused", refusal.words)
            return None if told == self._told else refusal
        standing = self._standing()
        key = (standing.state, standing.words)
        is_old = standing.state != "playing" and now - self._told_s >= _TELL_AGE_S
        if key == self._told and not is_old:
            return None
        self._told, self._told_s = key, now
        since = self._utc(standing.since_s)
        age, words, fault = standing.age_s, standing.words, standing.fault
        return State(standing.state, since, age, words, fault)
