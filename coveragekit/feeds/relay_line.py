"""One camera's line through the relay, as its reader and the relay see it."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from coveragekit.errors import FeedTimeout

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

    from coveragekit.errors import FeedError
    from coveragekit.feeds.bounds import Bounds
    from coveragekit.feeds.rtsp_talk import RtspTalk

__all__ = ["Line"]


@dataclass(eq=False, slots=True)
class Line:
    """
    One camera's line, as its reader sees it.

    Parameters
    ----------
    up
        The connected line to the camera.
    talk
        What is said over it.
    bounds
        How long is waited.
    listener
        Where its demuxer is to connect to.
    wakes
        Wakes the thread that carries it.
    """

    up: socket.socket = field(repr=False)
    talk: RtspTalk = field(repr=False)
    bounds: Bounds = field(repr=False)
    listener: socket.socket = field(repr=False)
    wakes: Callable[[], None] = field(repr=False)
    began_s: float = field(default_factory=time.monotonic)
    reason: FeedError | None = None
    is_open: bool = False
    is_cut: bool = False
    is_hasty: bool = True
    is_visited: bool = False
    waits_since_s: float | None = None
    down: socket.socket | None = field(default=None, repr=False)
    heard: bool = False
    brought: int = 0
    to_up: bytearray = field(default_factory=bytearray, repr=False)
    to_down: bytearray = field(default_factory=bytearray, repr=False)

    @property
    def local(self) -> str:
        """The address on this machine that the demuxer is to open."""
        return self.talk.local.decode()

    def opened(self) -> None:
        """Say that the stream is understood: from now on only pictures are awaited."""
        self.is_open = True

    def hurry(self, is_wanted: bool) -> None:  # noqa: FBT001 - the one thing to say
        """
        Say whether each picture is wanted as soon as it comes.

        Parameters
        ----------
        is_wanted
            If not, pictures are gathered for a tenth of a second, which costs less.
        """
        self.is_hasty = is_wanted

    @property
    def is_calm(self) -> bool:
        """Whether what it brings may be gathered for a while."""
        return self.is_open and self.talk.is_playing and not self.is_hasty

    def cut(self) -> None:
        """End the line; whoever waits for it wakes at once. Any thread may call it."""
        self.is_cut = True
        self.wakes()

    def faults(self, now_s: float) -> FeedError | None:
        """
        Say what has taken too long.

        Parameters
        ----------
        now_s
            ``time.monotonic()``.

        Returns
        -------
        FeedError or None
            The fault, if any.
        """
        past_s = now_s - self.began_s
        if not self.is_open:
            if not self.heard and past_s > self.bounds.answer_s:
                return FeedTimeout("it takes the connection and says nothing")
            if past_s > self.bounds.open_s:
                return FeedTimeout("it did not come to a picture in time")
        since_s = self.waits_since_s
        if since_s is not None and now_s - since_s > self.bounds.stall_s:
            return FeedTimeout("it stopped sending pictures without a word")
        return None
