"""JPEG pictures found in a run of bytes, by their own marks and not by what is told."""

from __future__ import annotations

import re
from typing import Final

from coveragekit.errors import FeedBroken
from coveragekit.feeds.limits import MOST_PIXELS

__all__ = ["JpegCutter", "jpeg_size"]

_BEGIN: Final = b"\xff\xd8\xff"
# In compressed data a mark's first byte is followed by nought or a restart mark.
_MARK: Final = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")
_SIZES: Final = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})
_SCAN: Final = 0xDA
_LARGEST_PX: Final = 16_384
# segments of one picture: tables, notes and scans are some dozens
_MOST_MARKS: Final = 4096


class JpegCutter:
    r"""
    Cuts whole pictures out of bytes as they come.

    Parameters
    ----------
    most_bytes
        How long a picture may be.

    Examples
    --------
    >>> cutter = JpegCutter(1000)
    >>> cutter.add(b"--frame\r\n\r\n")
    >>> cutter.take()
    """

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        self._held = bytearray()
        # how far the picture at the front was understood, so that none is read twice
        self._place = 0
        self._scans = False
        self._marks = 0
        self._skipped = 0

    def add(self, data: bytes) -> None:
        """
        Take what has come.

        Parameters
        ----------
        data
            Some bytes.
        """
        self._held += data

    def take(self) -> bytes | None:
        """
        Give the next whole picture.

        Returns
        -------
        bytes or None
            The picture; ``None`` while there is no whole one.

        Raises
        ------
        FeedBroken
            There is no picture in more bytes than one may have, or one that is torn.
        """
        held = self._held
        if self._place == 0 and not self._begin():
            return None
        end = self._end()
        if end is None:
            if len(held) > self._most_bytes:
                message = "its picture has no end"
                raise FeedBroken(message)
            return None
        taken = bytes(held[:end])
        del held[:end]
        self._place, self._scans, self._marks = 0, False, 0
        return taken

    def _begin(self) -> bool:
        held = self._held
        start = held.find(_BEGIN)
        if start >= 0:
            del held[:start]
            self._place, self._skipped = 2, 0
            return True
        self._skipped += max(0, len(held) - 2)
        del held[: max(0, len(held) - 2)]
        if self._skipped > self._most_bytes:
            message = "there is no picture in what it sends"
            raise FeedBroken(message)
        return False

    def _end(self) -> int | None:
        held = self._held
        while True:
            if self._scans:
                found = _MARK.search(held, self._place)
                # the last byte may be the first half of a mark
                self._place = found.start() if found else len(held) - 1
                self._scans = found is None
                if found is None:
                    return None
            place = self._place
            if held[place : place + 2] == b"\xff\xd9":
                return place + 2
            if place + 4 > len(held):
                return None
            mark = held[place + 1]
            self._marks += 1
            is_torn = held[place] != 0xFF or mark in {0x00, 0xD8}
            if is_torn or self._marks > _MOST_MARKS:
                message = "its picture is torn"
                raise FeedBroken(message)
            size = int.from_bytes(held[place + 2 : place + 4], "big")
            if place + 2 + size > len(held):
                return None
            self._place = place + 2 + size
            self._scans = mark == _SCAN


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
            is_long = width > _LARGEST_PX or height > _LARGEST_PX
            if 0 < width * height <= MOST_PIXELS and not is_long:
                return width, height
            break
        place += 2 + int.from_bytes(jpeg[place + 2 : place + 4], "big")
    message = "its picture is no JPEG of a possible size"
    raise FeedBroken(message)
