"""The one way to open a feed, whatever it speaks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from coveragekit.errors import FeedForbidden, FeedUnsupported, InputError
from coveragekit.feeds.asking import Wish, told
from coveragekit.feeds.bounds import Bounds
from coveragekit.feeds.pieces import Hasty, Recorded
from coveragekit.feeds.schemes import OPENERS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from av.video.stream import VideoStream

    from coveragekit.feeds.gate import Gate
    from coveragekit.feeds.pieces import Piece, Reading, StreamInfo
    from coveragekit.feeds.target import FeedTarget

__all__ = ["ToldReading", "Want", "open_feed"]

Want = Literal["main", "sub", "snapshot"]
# these say by themselves whether they keep footage, and of which times
_TELLING = ("http://", "https://", "onvif://", "onvifs://")


_UNTOLD = Recorded()


class ToldReading:
    """
    A reading whose faults name its camera and nothing secret.

    Parameters
    ----------
    camera_id
        The camera's id.
    inner
        The reading itself.
    """

    def __init__(self, camera_id: str, inner: Reading) -> None:
        self._camera_id = camera_id
        self._inner = inner

    @property
    def info(self) -> StreamInfo:
        """What the stream is."""
        return self._inner.info

    @property
    def template(self) -> VideoStream | None:
        """The demuxer's stream that a muxer copies; ``None`` for stills."""
        return self._inner.template

    def pieces(self) -> Iterator[Piece]:
        """Give pieces as they come."""
        coming = iter(self._inner.pieces())

        def take() -> Piece | None:
            return next(coming, None)

        while (piece := told(self._camera_id, take)) is not None:
            yield piece

    @property
    def recorded(self) -> Recorded:
        """When its first picture was filmed, and what else is known of its times."""
        return getattr(self._inner, "recorded", _UNTOLD)

    def hurry(self, is_wanted: bool) -> None:  # noqa: FBT001 - the one thing to say
        """Say whether each picture is wanted as soon as it comes."""
        if isinstance(self._inner, Hasty):
            self._inner.hurry(is_wanted)

    def close(self) -> None:
        """Let go of the connection; may be called from any thread, and twice."""
        self._inner.close()


def open_feed(  # noqa: PLR0913 - what, of when, and how
    target: FeedTarget,
    gate: Gate,
    *,
    want: Want = "main",
    at: datetime | None = None,
    until: datetime | None = None,
    is_fast: bool = False,
    bounds: Bounds | None = None,
) -> ToldReading:
    """
    Open a camera's feed.

    Parameters
    ----------
    target
        The camera.
    gate
        What may be fetched; nothing is connected to before it says so.
    want
        ``"main"``; ``"sub"``: the smaller stream, or the main one where there is none;
        ``"snapshot"``: single pictures.
    at
        From when a recording is wanted, aware; ``None`` for the live picture.
    until
        Until when, where a recording is wanted; aware.
    is_fast
        Whether a recording is wanted as fast as it can be had, and not at its own pace.
    bounds
        How long is waited and how much is taken.

    Returns
    -------
    ToldReading
        The open feed, to be read by one thread.

    Raises
    ------
    FeedError
        It cannot be opened; the kind says why, the message names the camera by its id
        and holds no address.
    InputError
        A time without a zone.

    Examples
    --------
    >>> from coveragekit.feeds.gate import Gate
    >>> from coveragekit.feeds.target import FeedTarget
    >>> open_feed(FeedTarget("cam_1", "file:///etc/passwd"), Gate())
    Traceback (most recent call last):
        ...
    coveragekit.errors.FeedForbidden: camera cam_1: its address begins with a scheme \
that cannot be opened
    """
    for one in (at, until):
        if one is not None and one.tzinfo is None:
            message = f"a recording is asked for by a time with its zone, not {one}"
            raise InputError(message)

    def opens() -> Reading:
        address = _address(target, want, is_recording=at is not None)
        scheme = address.partition("://")[0].lower()
        opener = OPENERS.get(scheme)
        if opener is None:
            message = "its address begins with a scheme that cannot be opened"
            raise FeedForbidden(message)
        return opener(
            Wish(target, gate, address, bounds or Bounds(), at, until, is_fast)
        )

    return ToldReading(target.camera_id, told(target.camera_id, opens))


def _address(target: FeedTarget, want: Want, *, is_recording: bool) -> str:
    if is_recording:
        if target.replay is not None:
            return target.replay
        if target.address.lower().startswith(_TELLING):
            return target.address
        message = (
            "it offers no recorded footage: no address of its recordings is on record"
        )
        raise FeedUnsupported(message)
    if want == "snapshot":
        if target.snapshot is None:
            message = "it offers no single pictures"
            raise FeedUnsupported(message)
        return target.snapshot
    return target.address if want == "main" else target.substream or target.address
