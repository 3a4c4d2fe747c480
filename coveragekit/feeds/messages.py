"""What a viewer of a feed is told, in order."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from datetime import datetime

__all__ = ["Fragment", "Init", "Message", "Picture", "State", "StateWord"]

StateWord = Literal["connecting", "playing", "stale", "refused", "offline"]


@dataclass(frozen=True, slots=True)
class Init:
    """
    The beginning of a stream; fragments after it belong to it.

    Parameters
    ----------
    codec
        The codec as a browser wants to be told it, such as ``"avc1.64001f"``.
    data
        The initialisation segment.
    width_px, height_px
        Size of the picture.
    """

    codec: str
    data: bytes = field(repr=False)
    width_px: int
    height_px: int


@dataclass(frozen=True, slots=True)
class Fragment:
    """
    One compressed picture, packed for a browser.

    Parameters
    ----------
    index
        Its number, which grows; the viewer acknowledges it.
    data
        ``moof`` and ``mdat``.
    is_key
        Whether playing may begin here.
    came_at
        When it came from the camera, UTC.
    """

    index: int
    data: bytes = field(repr=False)
    is_key: bool
    came_at: datetime


@dataclass(frozen=True, slots=True)
class Picture:
    """
    One whole picture; what is masked is covered already.

    Parameters
    ----------
    index
        Its number, which grows; the viewer acknowledges it.
    jpeg
        The picture's bytes.
    came_at
        When it came from the camera, UTC.
    width_px, height_px
        Size of the picture.
    is_masked
        Whether parts of it were covered.
    """

    index: int
    jpeg: bytes = field(repr=False)
    came_at: datetime
    width_px: int
    height_px: int
    is_masked: bool = False


@dataclass(frozen=True, slots=True)
class State:
    """
    How a feed is.

    Parameters
    ----------
    state
        ``"connecting"``: no picture yet; ``"playing"``; ``"stale"``: the last picture
        is no longer the present; ``"refused"``: it will not be tried again;
        ``"offline"``: it cannot be reached and is tried again.
    since_at
        Since when it is so, UTC.
    age_s
        Age of the last picture; ``None`` before the first.
    words
        What happened, for people; it never holds an address.
    fault
        The kind of the error, such as ``"FeedTimeout"``, or nothing.
    """

    state: StateWord
    since_at: datetime
    age_s: float | None
    words: str
    fault: str = ""


Message = Init | Fragment | Picture | State
