"""Pictures packed as fragments of MP4, written by hand: no muxer's delay, no copies."""

from __future__ import annotations

import struct
from collections import deque
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import count
from typing import TYPE_CHECKING, Final

from coveragekit.errors import FeedBroken
from coveragekit.feeds.boxes import find_box
from coveragekit.feeds.muxing import with_lengths

if TYPE_CHECKING:
    from coveragekit.feeds.muxing import Shape
    from coveragekit.feeds.times import Clean

__all__ = ["Cut", "FragmentMuxer", "fragment", "ticks_of"]

# ``moof`` with ``mfhd`` and one ``traf`` (``tfhd``, ``tfdt``, ``trun`` of one sample),
# and the head of ``mdat``: ISO/IEC 14496-12, 8.8 and 8.1.1.
_HEAD: Final = struct.Struct(
    ">I4s I4sII I4s I4sII I4sIQ I4sIIi IIIi I4s".replace(" ", "")
)
_MOOF: Final = _HEAD.size - 8
_MFHD, _TFHD, _TFDT, _TRUN = 16, 16, 20, 36
_TRAF: Final = 8 + _TFHD + _TFDT + _TRUN
_TRACK: Final = 1
_FROM_MOOF: Final = 0x02_0000
# version 1; where the data is, and for the sample how long, how big, what, shown when
_TRUN_FLAGS: Final = 0x0100_0F01
_KEY: Final = 0x0200_0000
_OTHER: Final = 0x0101_0000
_WRAPS: Final = 1 << 32
# of a live picture nobody knows yet how long it is shown: as long as the longest of the
# last few, at first so long
_USUAL_S: Final = 0.1
_STEPS: Final = 16
_LONGEST_S: Final = 1.0


@dataclass(frozen=True, slots=True)
class Cut:
    """
    One fragment: one picture, ready for a browser.

    Parameters
    ----------
    data
        ``moof`` and ``mdat``.
    is_key
        Whether playing may begin here.
    came_s
        ``time.monotonic()`` when the picture came.
    """

    data: bytes = field(repr=False)
    is_key: bool
    came_s: float


class FragmentMuxer:
    """
    Pack pictures into fragments, one each.

    Parameters
    ----------
    shape
        How the stream is made.
    is_live
        Whether each picture is packed as soon as it comes.

    Notes
    -----
    A fragment says how long its picture is shown, which is known when the next one
    comes. A live picture does not wait for that: it is said to be shown as long as
    those before it, and where the next comes much later the time between is left out,
    because browsers take such a gap for the beginning of another stream and drop all up
    to the next keyframe. The fragments begin at time 0 of the first picture.
    """

    def __init__(self, shape: Shape, *, is_live: bool = False) -> None:
        self.shape = shape
        self._is_live = is_live
        ticks = ticks_of(shape.init)
        scale = Fraction(ticks) * shape.time_base
        self._up, self._down = scale.numerator, scale.denominator
        self._longest = round(_LONGEST_S * ticks)
        self._steps: deque[int] = deque(maxlen=_STEPS)
        self._usual = max(1, round(_USUAL_S * ticks))
        self._numbers = count(1)
        self._first = 0
        self._left_out = 0
        self._last: Clean | None = None

    def add(self, clean: Clean) -> list[Cut]:
        """
        Take one picture.

        Parameters
        ----------
        clean
            The picture.

        Returns
        -------
        list of Cut
            The fragments that are whole now: this picture where it is live, else the
            one before.

        Raises
        ------
        FeedBroken
            It is not after the picture before.
        """
        last = self._last
        if last is None:
            self._first, self._last = clean.dts, clean
            return [self._cut(clean, self._usual)] if self._is_live else []
        step = self._ticks(clean.dts) - self._ticks(last.dts)
        if step <= 0 or clean.pts < clean.dts:
            message = "a picture came that cannot be packed for a browser"
            raise FeedBroken(message)
        self._last = clean
        if not self._is_live:
            self._usual = step
            return [self._cut(last, step)]
        if step > 2 * self._usual:
            self._left_out += step - self._usual
        self._steps.append(min(step, self._longest))
        self._usual = max(self._steps)
        return [self._cut(clean, self._usual)]

    def close(self) -> list[Cut]:
        """
        End the stream.

        Returns
        -------
        list of Cut
            The last fragment, where it waited for another.
        """
        last, self._last = self._last, None
        if last is None or self._is_live:
            return []
        return [self._cut(last, self._usual)]

    def _ticks(self, time: int) -> int:
        return ((time - self._first) * self._up + self._down // 2) // self._down

    def _cut(self, clean: Clean, long: int) -> Cut:
        at = self._ticks(clean.dts)
        data = fragment(
            with_lengths(clean, self.shape),
            number=next(self._numbers),
            at=at - self._left_out,
            long=long,
            shown_later=self._ticks(clean.pts) - at,
            is_key=clean.is_key,
        )
        return Cut(data, clean.is_key, clean.came_s)


def fragment(
    data: bytes, *, number: int, at: int, long: int, shown_later: int, is_key: bool
) -> bytes:
    """
    Write one picture as a fragment.

    Parameters
    ----------
    data
        The picture, its units after their lengths.
    number
        The fragment's number.
    at
        When it is decoded, in ticks of the track.
    long
        How long it is shown.
    shown_later
        How much later it is shown than decoded.
    is_key
        Whether decoding may begin here.

    Returns
    -------
    bytes
        ``moof`` and ``mdat``.

    Examples
    --------
    >>> made = fragment(b"abc", number=1, at=0, long=5, shown_later=0, is_key=True)
    >>> made[4:8], made[-7:]
    (b'moof', b'mdatabc')
    """
    head = _HEAD.pack(
        *(_MOOF, b"moof", _MFHD, b"mfhd", 0, number % _WRAPS, _TRAF, b"traf"),
        *(_TFHD, b"tfhd", _FROM_MOOF, _TRACK),
        *(_TFDT, b"tfdt", 0x0100_0000, at),
        *(_TRUN, b"trun", _TRUN_FLAGS, 1, _MOOF + 8),
        *(long, len(data), _KEY if is_key else _OTHER, shown_later),
        *(8 + len(data), b"mdat"),
    )
    return head + data


def ticks_of(init: bytes) -> int:
    r"""
    Read how many ticks of a stream's track are a second.

    Parameters
    ----------
    init
        The initialisation segment.

    Returns
    -------
    int
        The ticks.

    Raises
    ------
    FeedBroken
        It does not say.

    Examples
    --------
    >>> box = bytes([0, 0, 0, 32]) + b"mdhd" + bytes(12) + bytes([0, 1, 95, 144])
    >>> ticks_of(box + bytes(8))
    90000
    """
    head = find_box(init, b"mdhd") or b""
    place = 20 if head[:1] == b"\x01" else 12
    ticks = int.from_bytes(head[place : place + 4], "big")
    if not ticks:
        message = "the stream does not say how its time is counted"
        raise FeedBroken(message)
    return ticks
