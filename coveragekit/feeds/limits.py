"""How much of anything feeds may take."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["MOST_PIXELS", "Limits"]

MOST_PIXELS = 64_000_000
"""A picture of more is refused: decoding one takes some hundred megabytes."""


@dataclass(frozen=True, slots=True)
class Limits:
    """
    Bounds of a hub.

    Parameters
    ----------
    opens_at_once
        Connections being made at the same time, over all cameras.
    feeds
        Cameras open at the same time.
    viewers
        Viewers of one camera.
    idle_s
        A camera that nobody watches closes after this.
    stale_after_s
        A picture older than this is no longer the present.
    first_wait_s, most_wait_s, good_s
        See :class:`coveragekit.feeds.condition.Backoff`.
    refused_s
        How long a camera that refused is not asked again, whoever joins.
    unacked_s
        A viewer that acknowledged nothing for so long is sent nothing more.
    queued, queued_bytes
        What waits for one viewer; beyond it all is dropped to the next keyframe.
    group, group_bytes
        What is kept of the pictures since the last keyframe, for newcomers.
    most_rate_hz
        A feed that gives more pictures than so many in one second is no camera.
    rings
        Cameras whose last pictures are kept at the same time.
    ring_s, ring_bytes
        What is kept of a camera whose owner lets it be kept.
    """

    opens_at_once: int = 8
    feeds: int = 64
    viewers: int = 64
    idle_s: float = 20.0
    stale_after_s: float = 4.0
    first_wait_s: float = 0.5
    most_wait_s: float = 60.0
    good_s: float = 30.0
    refused_s: float = 300.0
    unacked_s: float = 3.0
    queued: int = 240
    queued_bytes: int = 8_388_608
    group: int = 1800
    group_bytes: int = 4_194_304
    most_rate_hz: int = 1000
    rings: int = 16
    ring_s: float = 60.0
    ring_bytes: int = 33_554_432
