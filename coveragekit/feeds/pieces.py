"""What an opened feed gives: packets of video, or whole pictures."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from av.packet import Packet
    from av.video.stream import VideoStream

__all__ = ["Hasty", "Piece", "Reading", "Recorded", "Still", "StreamInfo", "VideoPiece"]


@dataclass(frozen=True, slots=True)
class StreamInfo:
    """
    What a stream is.

    Parameters
    ----------
    kind
        ``"video"``: packets of a compressed stream; ``"stills"``: whole JPEG pictures.
    codec
        ``"h264"``, ``"hevc"`` or ``"mjpeg"``.
    width_px, height_px
        Size of the picture; 0 where it is not known yet.
    rate_hz
        Pictures a second as the device says it, if it does.
    """

    kind: Literal["video", "stills"]
    codec: str
    width_px: int
    height_px: int
    rate_hz: float | None


@dataclass(frozen=True, slots=True)
class VideoPiece:
    """
    One packet of compressed video.

    Parameters
    ----------
    packet
        The packet as it was demuxed; whoever changes its times works on a copy.
    is_key
        Whether decoding may begin here.
    came_s
        ``time.monotonic()`` when it came.
    """

    packet: Packet[VideoStream] = field(repr=False)
    is_key: bool
    came_s: float


@dataclass(frozen=True, slots=True)
class Still:
    """
    One whole picture.

    Parameters
    ----------
    jpeg
        The picture's bytes, checked to be a JPEG.
    came_s
        ``time.monotonic()`` when it came.
    """

    jpeg: bytes = field(repr=False)
    came_s: float


@dataclass(frozen=True, slots=True)
class Recorded:
    """
    What is known of a recording's times.

    Parameters
    ----------
    begins_at
        When its first picture was filmed, by the device's own clock, where it says so.
    goes_on_at
        Where it ended at a gap: when the device's footage goes on.
    clock_offset_s
        The device's clock less ours, in seconds, where that is known.
    """

    begins_at: datetime | None = None
    goes_on_at: datetime | None = None
    clock_offset_s: float | None = None


Piece = VideoPiece | Still


@runtime_checkable
class Reading(Protocol):
    """One open connection to a feed, read by one thread."""

    @property
    def info(self) -> StreamInfo:
        """What the stream is."""
        ...

    @property
    def template(self) -> VideoStream | None:
        """The demuxer's stream that a muxer copies; ``None`` for stills."""
        ...

    def pieces(self) -> Iterator[Piece]:
        """
        Give pieces as they come; an end is raised, never returned, on a live feed.

        Returns
        -------
        iterator of VideoPiece or Still
            The pieces.

        Raises
        ------
        FeedError
            The feed ended, stalled, was refused or sent something else.
        """
        ...

    def close(self) -> None:
        """Let go of the connection; may be called from any thread, and twice."""
        ...


@runtime_checkable
class Hasty(Protocol):
    """A reading that can give pictures at once, or gathered, which costs less."""

    def hurry(self, is_wanted: bool) -> None:  # noqa: FBT001 - the one thing to say
        """
        Say whether each picture is wanted as soon as it comes.

        Parameters
        ----------
        is_wanted
            If not, pictures may be gathered for a tenth of a second.
        """
        ...
