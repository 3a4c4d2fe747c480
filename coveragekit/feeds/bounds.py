"""How long a device is waited for, and how much it may send."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Bounds"]


@dataclass(frozen=True, slots=True)
class Bounds:
    """
    The bounds of one reading; none of them can be talked away by a device.

    Parameters
    ----------
    connect_s
        Until a connection stands, name and certificate included.
    answer_s
        Until the first byte of an answer.
    open_s
        Until the stream is understood, all before it included.
    stall_s
        Between two pictures of a stream that runs.
    head_bytes
        The head of an answer.
    page_bytes
        A description, a playlist or a device's answer.
    picture_bytes
        One JPEG picture.
    segment_bytes
        One segment of HLS.

    Examples
    --------
    >>> Bounds().open_s
    7.5
    """

    connect_s: float = 4.0
    answer_s: float = 6.0
    open_s: float = 7.5
    stall_s: float = 8.0
    head_bytes: int = 65_536
    page_bytes: int = 1_048_576
    picture_bytes: int = 16_777_216
    segment_bytes: int = 67_108_864
