"""One wish to see a camera, as the openers get it, and how its faults are told."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, TypeVar

import av.error

from coveragekit.errors import FeedBroken, FeedError
from coveragekit.feeds.bounds import Bounds
from coveragekit.feeds.challenges import Signer
from coveragekit.feeds.lines import Trust, connect_line
from coveragekit.feeds.logins import filled

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable
    from datetime import datetime

    from coveragekit.feeds.gate import Admitted, Gate
    from coveragekit.feeds.target import FeedTarget

__all__ = ["CODECS", "Wish", "told"]

CODECS: Final = frozenset({"h264", "hevc", "mjpeg"})
"""The kinds of video that can be shown."""
_Answer = TypeVar("_Answer")


@dataclass(frozen=True, slots=True)
class Wish:
    """
    What is to be opened.

    Parameters
    ----------
    target
        The camera.
    gate
        What may be fetched.
    address
        The one of its addresses that is meant, places for a login not yet filled.
    bounds
        How long is waited.
    at
        From when a recording is wanted, aware; ``None`` for the live picture.
    until
        Until when, where a recording is wanted.
    is_fast
        Whether a recording is wanted as fast as it can be had, and not at its own pace.
    is_named
        Whether a device named the address, so that no login is put into it.
    began_s
        When the opening began, on ``time.monotonic()``.
    """

    target: FeedTarget
    gate: Gate
    address: str = field(repr=False)
    bounds: Bounds = field(default_factory=Bounds)
    at: datetime | None = None
    until: datetime | None = None
    is_fast: bool = False
    is_named: bool = False
    began_s: float = field(default_factory=time.monotonic)

    def admit(self, address: str | None = None) -> Admitted:
        """
        Let the address, or another one that it led to, through the gate.

        Parameters
        ----------
        address
            The other address. A device named it, so no login is put into it.

        Returns
        -------
        Admitted
            Where to connect to; our own address with the login in its place.
        """
        if address is None and not self.is_named:
            return self.gate.admit(filled(self.address, self.target))
        return self.gate.admit(address or self.address)

    def connect(self, place: Admitted, *, until_s: float = math.inf) -> socket.socket:
        """
        Connect to an admitted place.

        Parameters
        ----------
        place
            Where to.
        until_s
            Until when at the latest, on ``time.monotonic()``.

        Returns
        -------
        socket.socket
            The line.
        """
        trust = Trust(
            self.target.tls, self.target.certificate_sha256, self.gate.authorities
        )
        ends_at_s = min(time.monotonic() + self.bounds.connect_s, until_s)
        return connect_line(place, trust, ends_at_s=ends_at_s)

    def signer(self) -> Signer:
        """
        Give one that signs with the camera's login.

        Returns
        -------
        Signer
            The signer of one connection.
        """
        return Signer(self.target.login)


def told(camera_id: str, call: Callable[[], _Answer]) -> _Answer:
    """
    Call something, and tell its faults by the camera's id and nothing secret.

    Parameters
    ----------
    camera_id
        The camera's id.
    call
        What to call.

    Returns
    -------
    object
        What it gives.

    Raises
    ------
    FeedError
        Whatever went wrong, in the words of this package; what it came from, which may
        hold an address, is not attached to it.

    Examples
    --------
    >>> def opens():
    ...     raise OSError("rtsp://ann:secret@10.20.3.4/")
    >>> try:
    ...     told("cam_1", opens)
    ... except FeedError as fault:
    ...     print(fault, fault.__context__)
    camera cam_1: what it sends cannot be read None
    """
    try:
        return call()
    except FeedError as fault:
        kind, words = type(fault), str(fault)
    except (av.error.FFmpegError, OSError, ValueError, EOFError):
        kind, words = FeedBroken, "what it sends cannot be read"
    if not words.startswith("camera "):
        words = f"camera {camera_id}: {words}"
    raise kind(words)
