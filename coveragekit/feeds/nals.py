"""The units that H.264 and H.265 are made of, as far as a remuxer has to know them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = [
    "START",
    "Head",
    "annex_b",
    "is_prefixed",
    "length_prefixed",
    "nal_units",
    "picture_units",
    "read_head",
    "sets_of_record",
]

START = b"\x00\x00\x01"
"""What stands before each unit of a stream without lengths."""
_H264_SETS = frozenset({7, 8, 13, 15})
_H264_SLICES = frozenset({1, 2, 5})
_H264_DELIMITERS = frozenset({9, 10, 11, 12})
_HEVC_SETS = frozenset({32, 33, 34})
_HEVC_DELIMITERS = frozenset({35, 36, 37, 38})
_HEVC_SLICES_END = 32


@dataclass(frozen=True, slots=True)
class Head:
    """
    What stands before and at the first slice of a packet.

    Parameters
    ----------
    sets
        The parameter sets found there, without start codes.
    has_slice
        Whether there is any slice of a picture.
    begins_picture
        Whether the first slice is the first one of its picture.
    """

    sets: tuple[bytes, ...] = field(repr=False)
    has_slice: bool
    begins_picture: bool


def is_prefixed(extradata: bytes | None) -> bool:
    """
    Say whether units are preceded by their length, as in MP4, and not by start codes.

    Parameters
    ----------
    extradata
        The codec's private data as the demuxer gives it.

    Returns
    -------
    bool
        Whether it is an ``avcC`` or ``hvcC`` record.

    Examples
    --------
    >>> is_prefixed(bytes([1, 66, 192, 31, 255]))
    True
    >>> is_prefixed(bytes([0, 0, 0, 1, 103]))
    False
    """
    return (extradata or b"")[:1] == b"\x01"


def nal_units(data: bytes, *, prefixed: bool) -> Iterator[bytes]:
    r"""
    Give the units of a packet in order, without start codes and lengths.

    Parameters
    ----------
    data
        The packet's bytes.
    prefixed
        Whether each unit is preceded by its length in four bytes.

    Yields
    ------
    bytes
        The units; what is torn off at the end is given as far as it goes.

    Examples
    --------
    >>> list(nal_units(bytes([0, 0, 1, 103, 1, 0, 0, 0, 1, 104]), prefixed=False))
    [b'g\x01', b'h']
    >>> list(nal_units(bytes([0, 0, 0, 1, 103, 0, 0, 0, 1, 104]), prefixed=True))
    [b'g', b'h']
    """
    if prefixed:
        yield from _prefixed_units(data)
        return
    at = data.find(START)
    while at >= 0:
        following = data.find(START, at + 3)
        end = len(data) if following < 0 else following
        # the zero before a start code, and any filling, belong to no unit
        unit = data[at + 3 : end].rstrip(b"\x00")
        if unit:
            yield unit
        at = following


def _prefixed_units(data: bytes) -> Iterator[bytes]:
    at = 0
    while at + 4 < len(data):
        size = int.from_bytes(data[at : at + 4], "big")
        unit = data[at + 4 : at + 4 + size]
        if unit:
            yield unit
        at += 4 + size


def read_head(data: bytes, codec: str, *, prefixed: bool) -> Head:
    """
    Read a packet up to its first slice.

    Parameters
    ----------
    data
        The packet's bytes.
    codec
        ``"h264"`` or ``"hevc"``.
    prefixed
        Whether each unit is preceded by its length in four bytes.

    Returns
    -------
    Head
        What stands there.

    Examples
    --------
    >>> packet = bytes([0, 0, 1, 0x67, 1, 0, 0, 1, 0x65, 0x88])
    >>> read_head(packet, "h264", prefixed=False)
    Head(has_slice=True, begins_picture=True)
    """
    after = 1 if codec == "h264" else 2
    sets: list[bytes] = []
    for start, unit in _first_units(data, codec, prefixed=prefixed):
        if unit is None:
            # both codecs begin a picture's first slice with a bit that is set
            begins = len(data) > start + after and bool(data[start + after] & 0x80)
            return Head(tuple(sets), has_slice=True, begins_picture=begins)
        if unit and _kind(unit, codec) == "sets":
            sets.append(unit)
    return Head(tuple(sets), has_slice=False, begins_picture=False)


def _first_units(
    data: bytes, codec: str, *, prefixed: bool
) -> Iterator[tuple[int, bytes | None]]:
    """
    Give where units begin, and the units, up to the first slice.

    A slice is not given itself: looking for its end would mean reading all of it.
    """
    if prefixed:
        at = 0
        while at + 4 < len(data):
            size = int.from_bytes(data[at : at + 4], "big")
            unit = data[at + 4 : at + 4 + min(size, 1)]
            is_slice = bool(unit) and _kind(unit, codec) == "slice"
            yield at + 4, None if is_slice else data[at + 4 : at + 4 + size]
            at += 4 + size
        return
    at = data.find(START)
    while 0 <= at < len(data) - 3:
        if _kind(data[at + 3 : at + 4], codec) == "slice":
            yield at + 3, None
            return
        following = data.find(START, at + 3)
        end = len(data) if following < 0 else following
        yield at + 3, data[at + 3 : end].rstrip(b"\x00")
        at = following


def picture_units(data: bytes, codec: str, *, prefixed: bool) -> Iterator[bytes]:
    r"""
    Give what a muxer must carry over unchanged: all but parameter sets and delimiters.

    Parameters
    ----------
    data
        The packet's bytes.
    codec
        ``"h264"`` or ``"hevc"``.
    prefixed
        Whether each unit is preceded by its length in four bytes.

    Yields
    ------
    bytes
        Slices and the messages that go with them.

    Examples
    --------
    >>> packet = bytes([0, 0, 1, 0x67, 1, 0, 0, 1, 0x65, 0x88])
    >>> list(picture_units(packet, "h264", prefixed=False))
    [b'e\x88']
    """
    for unit in nal_units(data, prefixed=prefixed):
        if _kind(unit, codec) in {"slice", "other"}:
            yield unit


def sets_of_record(record: bytes, codec: str) -> tuple[bytes, ...]:
    r"""
    Give the parameter sets of an ``avcC`` or ``hvcC`` record.

    Parameters
    ----------
    record
        What an MP4 holds of its codec.
    codec
        ``"h264"`` or ``"hevc"``.

    Returns
    -------
    tuple of bytes
        The units; as many as the record holds whole.

    Examples
    --------
    >>> record = bytes([1, 66, 192, 31, 255, 225, 0, 1, 103, 1, 0, 1, 104])
    >>> sets_of_record(record, "h264")
    (b'g', b'h')
    """
    if codec == "h264":
        first, at = _listed(record, 6, record[5] & 0x1F if len(record) > 5 else 0)
        second, _ = _listed(record, at + 1, record[at] if at < len(record) else 0)
        return (*first, *second)
    units: list[bytes] = []
    at = 23
    for _ in range(record[22] if len(record) > 22 else 0):
        number = int.from_bytes(record[at + 1 : at + 3], "big")
        more, at = _listed(record, at + 3, number)
        units += more
    return tuple(units)


def _listed(record: bytes, at: int, number: int) -> tuple[list[bytes], int]:
    """Give so many units, each after its length in two bytes, and where they end."""
    units: list[bytes] = []
    for _ in range(number):
        size = int.from_bytes(record[at : at + 2], "big")
        if size == 0 or at + 2 + size > len(record):
            return units, len(record)
        units.append(record[at + 2 : at + 2 + size])
        at += 2 + size
    return units, at


def annex_b(units: Iterable[bytes]) -> bytes:
    r"""
    Put units together with start codes.

    Parameters
    ----------
    units
        The units.

    Returns
    -------
    bytes
        Each unit after ``00 00 00 01``.

    Examples
    --------
    >>> annex_b([b"g"])
    b'\x00\x00\x00\x01g'
    """
    return b"".join(b"\x00" + START + unit for unit in units)


def length_prefixed(units: Iterable[bytes]) -> bytes:
    r"""
    Put units together as MP4 has them.

    Parameters
    ----------
    units
        The units.

    Returns
    -------
    bytes
        Each unit after its length in four bytes.

    Examples
    --------
    >>> length_prefixed([b"g"])
    b'\x00\x00\x00\x01g'
    """
    return b"".join(len(unit).to_bytes(4, "big") + unit for unit in units)


def _kind(unit: bytes, codec: str) -> str:
    if codec == "h264":
        number = unit[0] & 0x1F
        sets, delimiters = _H264_SETS, _H264_DELIMITERS
        is_slice = number in _H264_SLICES
    else:
        number = unit[0] >> 1 & 0x3F
        sets, delimiters = _HEVC_SETS, _HEVC_DELIMITERS
        is_slice = number < _HEVC_SLICES_END
    if is_slice:
        return "slice"
    if number in sets:
        return "sets"
    return "delimiter" if number in delimiters else "other"
