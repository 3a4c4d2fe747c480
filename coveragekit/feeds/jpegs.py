"""JPEG pictures found in a run of bytes, by their own marks and not by what is told."""

from __future__ import annotations

import re
from typing import Final

from coveragekit.errors import FeedBroken

__all__ = ["jpeg_size", "take_jpeg"]

_BEGIN: Final = b"\xff\xd8\xff"
# In compressed data a mark's first byte is followed by nought or a restart mark.
_MARK: Final = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")
_SIZES: Final = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})
_SCAN: Final = 0xDA
_END: Final = 0xD9
_LARGEST_PX: Final = 16_384


def take_jpeg(held: bytearray, most_bytes: int) -> bytes | None:
    r"""
    Take the first whole picture out of what has come.

    Parameters
    ----------
    held
        What has come; the picture and all before it is taken away.
    most_bytes
        How long a picture may be.

    Returns
    -------
    bytes or None
        The picture; ``None`` while there is no whole one.

    Raises
    ------
    FeedBroken
        There is no picture in more than `most_bytes`, or one that is torn.

    Examples
    --------
    >>> held = bytearray(b"--frame\r\n\r\n")
    >>> take_jpeg(held, 1000)
    """
    start = held.find(_BEGIN)
    if start < 0:
        if len(held) > most_bytes:
            message = "there is no picture in what it sends"
            raise FeedBroken(message)
        return None
    del held[:start]
    end = _end_of(held)
    if end is None:
        if len(held) > most_bytes:
            message = "its picture has no end"
            raise FeedBroken(message)
        return None
    taken = bytes(held[:end])
    del held[:end]
    return taken


def jpeg_size(jpeg: bytes) -> tuple[int, int]:
    r"""
    Read a picture's size from its head.

    Parameters
    ----------
    jpeg
        The picture.

    Returns
    -------
    tuple of int
        Width and height in pixels.

    Raises
    ------
    FeedBroken
        It is no JPEG, or one of an impossible size.

    Examples
    --------
    >>> head = b"\xff\xd8\xff\xc0\x00\x11\x08\x01\x68\x02\x80"
    >>> jpeg_size(head)
    (640, 360)
    """
    place = 2
    while jpeg[:2] == b"\xff\xd8" and place + 9 <= len(jpeg) and jpeg[place] == 0xFF:
        mark = jpeg[place + 1]
        if mark in _SIZES:
            height = int.from_bytes(jpeg[place + 5 : place + 7], "big")
            width = int.from_bytes(jpeg[place + 7 : place + 9], "big")
            if 0 < width <= _LARGEST_PX and 0 < height <= _LARGEST_PX:
                return width, height
            break
        place += 2 + int.from_bytes(jpeg[place + 2 : place + 4], "big")
    message = "its picture is no JPEG of a possible size"
    raise FeedBroken(message)


def _end_of(held: bytearray) -> int | None:
    place = 2
    while place + 4 <= len(held):
        mark = held[place + 1]
        if held[place] != 0xFF or mark in {0x00, 0xD8}:
            message = "its picture is torn"
            raise FeedBroken(message)
        if mark == _END:
            return place + 2
        size = int.from_bytes(held[place + 2 : place + 4], "big")
        place += 2 + size
        if mark == _SCAN:
            found = _MARK.search(held, place)
            if found is None:
                return None
            place = found.start()
    is_end = held[place : place + 2] == b"\xff\xd9"
    return place + 2 if is_end else None
