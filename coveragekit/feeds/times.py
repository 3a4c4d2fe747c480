"""Packets as a muxer needs them: whole pictures, each with a time after the last."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING

from coveragekit.errors import FeedBroken
from coveragekit.feeds.nals import (
    START,
    annex_b,
    length_prefixed,
    nal_units,
    picture_units,
    read_head,
)

if TYPE_CHECKING:
    from fractions import Fraction

    from coveragekit.feeds.pieces import VideoPiece

__all__ = ["Clean", "Cleaner", "Mended", "TimeMender"]

_SHORTEST_STEP_S = 0.02
_LONGEST_STEP_S = 1.0
_LONGEST_GAP_S = 10.0
_MOST_HELD = 8
_MOST_PREFIX = 65_536
_MOST_PICTURE = 16_777_216
_MOST_UNITS = 8192
# after so many key pictures that came whole, the next ones wait for nothing
_TRUSTED = 3
_COUNTERS = (32, 33)


@dataclass(frozen=True, slots=True)
class Clean:
    """
    One whole compressed picture.

    Parameters
    ----------
    data
        Its bytes.
    pts, dts
        When it is shown and when decoded, in ticks since the first picture; ``dts``
        grows strictly and is never after ``pts``.
    is_key
        Whether decoding may begin here.
    came_s
        ``time.monotonic()`` when its first bytes came.
    sets
        The parameter sets (with start codes) where they are new from here on.
    """

    data: bytes = field(repr=False)
    pts: int
    dts: int
    is_key: bool
    came_s: float
    sets: bytes | None = field(default=None, repr=False)


@dataclass(slots=True)
class Mended:
    """
    How often a stream had to be put right.

    Parameters
    ----------
    untimed
        Packets that came without a time.
    backwards
        Packets whose time was not after the last one's.
    jumps
        Times at which the device's clock jumped.
    merged
        Packets that were the rest of the picture before.
    """

    untimed: int = 0
    backwards: int = 0
    jumps: int = 0
    merged: int = 0


@dataclass(slots=True)
class _Raw:
    data: bytes
    pts: int | None
    dts: int | None
    is_key: bool
    came_s: float
    sets: bytes | None = None


class Cleaner:
    """
    Make whole pictures with growing times of what a demuxer gives.

    Parameters
    ----------
    codec
        ``"h264"`` or ``"hevc"``.
    time_base
        Seconds of one tick.
    prefixed
        Whether units are preceded by their lengths, as in MP4.
    sets
        The parameter sets known beforehand, without start codes.
    rate_hz
        Pictures a second, where the device says it.

    Notes
    -----
    The first key pictures wait for the packet that follows, because some devices put
    parameter sets between the slices of each and FFmpeg then cuts them in two. Of a
    device that has done so once every picture waits.
    """

    def __init__(
        self,
        codec: str,
        time_base: Fraction,
        *,
        prefixed: bool,
        sets: tuple[bytes, ...] = (),
        rate_hz: float | None = None,
    ) -> None:
        self.mended = Mended()
        self._codec = codec
        self._prefixed = prefixed
        self._known = frozenset(sets)
        self._prefix = b""
        self._held: _Raw | None = None
        self._holds_all = False
        self._whole_keys = 0
        self._mender = TimeMender(time_base, self.mended, rate_hz=rate_hz)
        self._began = False

    def add(self, piece: VideoPiece) -> list[Clean]:
        """
        Take one packet.

        Parameters
        ----------
        piece
            The packet; it is left as it is.

        Returns
        -------
        list of Clean
            The pictures that are whole now: none, one or a few.
        """
        packet = piece.packet
        data = self._prefix + bytes(packet)
        if len(data) > _MOST_PICTURE or _has_too_many(data, prefixed=self._prefixed):
            message = "one of its pictures is longer, or of more parts, than any can be"
            raise FeedBroken(message)
        head = read_head(data, self._codec, prefixed=self._prefixed)
        if not head.has_slice:
            # parameter sets in a packet of their own belong to the next picture
            self._prefix = data if len(data) <= _MOST_PREFIX else b""
            return []
        self._prefix = b""
        raw = _Raw(data, packet.pts, packet.dts, piece.is_key, piece.came_s)
        if not head.begins_picture and self._began and not self._is_other(raw):
            return self._join(raw)
        if not (self._began or raw.is_key):
            return []
        self._began = True
        self._note_sets(raw, head.sets)
        ready = self._release()
        self._whole_keys += raw.is_key
        if self._holds_all or (raw.is_key and self._whole_keys <= _TRUSTED):
            self._held = raw
            return ready
        return ready + self._mender.add(raw)

    def flush(self) -> list[Clean]:
        """
        Give what still waits, because nothing follows.

        Returns
        -------
        list of Clean
            The last pictures.
        """
        return self._release() + self._mender.flush()

    def _release(self) -> list[Clean]:
        held, self._held = self._held, None
        return [] if held is None else self._mender.add(held)

    def _is_other(self, raw: _Raw) -> bool:
        """Say whether it belongs to a later picture, whose beginning was lost."""
        held = self._held
        known = held is not None and held.pts is not None and raw.pts is not None
        return known and held is not None and held.pts != raw.pts

    def _join(self, rest: _Raw) -> list[Clean]:
        self.mended.merged += 1
        # such a device may cut any picture: from now on each waits for its end
        self._holds_all = True
        if self._held is None:
            return []
        units = list(picture_units(rest.data, self._codec, prefixed=self._prefixed))
        more = length_prefixed(units) if self._prefixed else annex_b(units)
        if len(self._held.data) + len(more) <= _MOST_PICTURE:
            self._held.data += more
        return []

    def _note_sets(self, raw: _Raw, sets: tuple[bytes, ...]) -> None:
        if not raw.is_key or self._known.issuperset(sets):
            return
        self._known = frozenset(sets)
        raw.sets = annex_b(sets)


def _has_too_many(data: bytes, *, prefixed: bool) -> bool:
    """Say whether a packet has more units than a picture can: each one costs time."""
    if not prefixed:
        return data.count(START) > _MOST_UNITS
    if len(data) <= 5 * _MOST_UNITS:
        return False
    return sum(1 for _ in islice(nal_units(data, prefixed=True), _MOST_UNITS + 1)) > (
        _MOST_UNITS
    )


class TimeMender:
    """
    Give each packet times that a muxer takes, from 0 on.

    Parameters
    ----------
    time_base
        Seconds of one tick.
    mended
        Where to count what was put right.
    rate_hz
        Pictures a second, where the device says it.
    """

    def __init__(
        self, time_base: Fraction, mended: Mended, *, rate_hz: float | None = None
    ) -> None:
        self._ticks_per_s = float(1 / time_base)
        self._most = self._ticks(_LONGEST_GAP_S)
        self._mended = mended
        step_s = 1 / rate_hz if rate_hz and rate_hz > 0 else _SHORTEST_STEP_S
        self._step = self._ticks(min(max(step_s, 0.001), _LONGEST_STEP_S))
        self._waiting: list[_Raw] = []
        self._last_in: int | None = None
        self._last_out = -1
        self._offset = 0
        self._came_s = 0.0

    def add(self, raw: _Raw) -> list[Clean]:
        """
        Take one picture with the times it came with.

        Parameters
        ----------
        raw
            The picture.

        Returns
        -------
        list of Clean
            The pictures whose times are settled now.
        """
        if self._last_in is not None:
            return [self._settle(raw)]
        self._waiting.append(raw)
        if raw.dts is None and len(self._waiting) < _MOST_HELD:
            return []
        return self.flush()

    def flush(self) -> list[Clean]:
        """
        Settle the pictures that waited for the first time.

        Returns
        -------
        list of Clean
            The pictures.
        """
        waiting, self._waiting = self._waiting, []
        if not waiting:
            return []
        last = len(waiting) - 1
        known = waiting[last].dts
        if known is None:
            given = [raw.pts for raw in waiting if raw.pts is not None]
            known = min(given) if given else 0
        for back, raw in enumerate(reversed(waiting)):
            if raw.dts is None:
                self._mended.untimed += 1
                raw.dts = known - back * self._step
        self._offset = -(waiting[0].dts or 0)
        self._last_in = (waiting[0].dts or 0) - self._step
        self._came_s = waiting[0].came_s
        return [self._settle(raw) for raw in waiting]

    def _settle(self, raw: _Raw) -> Clean:
        assert self._last_in is not None
        if raw.dts is None:
            self._mended.untimed += 1
            following = self._last_in + self._step
            raw.dts = following if raw.pts is None else min(raw.pts, following)
        dts = raw.dts
        lead = self._unwrapped(dts if raw.pts is None else raw.pts, dts)
        delta = self._unwrapped(dts, self._last_in)
        self._offset += delta - (dts - self._last_in)
        if delta > self._most or delta < -2 * self._step:
            self._mended.jumps += 1
            waited = self._ticks(raw.came_s - self._came_s)
            gap = max(self._step, min(waited, self._most))
            self._offset = self._last_out + gap - dts
        elif delta <= 0:
            self._mended.backwards += 1
            dts = self._last_in
        elif self._ticks(_SHORTEST_STEP_S / 4) < delta < self._ticks(_LONGEST_STEP_S):
            self._step = delta
        self._last_in, self._came_s = dts, raw.came_s
        self._last_out = max(dts + self._offset, self._last_out + 1)
        shown = raw.dts + lead + self._offset if 0 <= lead <= self._most else 0
        pts = max(shown, self._last_out)
        return Clean(raw.data, pts, self._last_out, raw.is_key, raw.came_s, raw.sets)

    def _unwrapped(self, now: int, before: int) -> int:
        """Give the ticks between two times of a counter that starts again at 0."""
        delta = now - before
        for bits in _COUNTERS:
            again: int = 1 << bits
            if 0 <= delta + again <= self._most:
                return delta + again
        return delta

    def _ticks(self, seconds: float) -> int:
        return max(1, round(seconds * self._ticks_per_s))
