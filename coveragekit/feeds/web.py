"""HTTP and HTTPS: what a device's answer is decides how it is read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from coveragekit.errors import FeedUnsupported
from coveragekit.feeds.fetching import Caller
from coveragekit.feeds.hls import open_hls
from coveragekit.feeds.mjpeg import MjpegReading
from coveragekit.feeds.snapshot import SnapshotReading, picture_in

if TYPE_CHECKING:
    from coveragekit.feeds.asking import Wish
    from coveragekit.feeds.pieces import Reading

__all__ = ["open_web"]

_ENOUGH: Final = 8
_MJPEG: Final = frozenset({"multipart/x-mixed-replace", "multipart/mixed"})
_PLAYLIST: Final = (b"#EXTM3U", b"\xef\xbb\xbf#EXT")
_FRESH: Final = {"Cache-Control": "no-cache"}


def open_web(wish: Wish) -> Reading:
    """
    Open MJPEG, single pictures or HLS, told apart by what comes.

    Parameters
    ----------
    wish
        What is to be opened.

    Returns
    -------
    Reading
        The open feed.

    Raises
    ------
    FeedUnsupported
        What comes is none of them.
    FeedError
        It cannot be opened.
    """
    caller, bounds = Caller(wish), wish.bounds
    try:
        answer = caller.ask(headers=_FRESH)
        begun = b""
        while len(begun) < _ENOUGH and (some := answer.some(bounds.answer_s)):
            begun += some
        _check_recorded(wish, begun)
        if answer.kind in _MJPEG or begun.lstrip().startswith(b"--"):
            reading = MjpegReading(caller, answer, begun, bounds=bounds)
            caller.opened()
            return reading
        rest = answer.whole(bounds.picture_bytes - len(begun), bounds.open_s)
        caller.opened()
        if begun.startswith(b"\xff\xd8\xff"):
            first = picture_in(begun + rest, bounds.picture_bytes)
            return SnapshotReading(caller, first, bounds=bounds)
        if begun.startswith(_PLAYLIST):
            page = (begun + rest, answer.url)
            is_small = wish.address == wish.target.substream
            return open_hls(
                caller,
                page,
                bounds=bounds,
                is_small=is_small,
                at=wish.at,
                until=wish.until,
            )
    except BaseException:
        caller.close()
        raise
    caller.close()
    message = "what it sends is neither a picture nor a stream that is known here"
    raise FeedUnsupported(message)


def _check_recorded(wish: Wish, begun: bytes) -> None:
    """Have nobody take the live picture for a recorded one."""
    if wish.at is not None and not begun.startswith(_PLAYLIST):
        message = "it offers no recorded footage: what it sends is the live picture"
        raise FeedUnsupported(message)
