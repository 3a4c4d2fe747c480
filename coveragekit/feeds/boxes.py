"""Cutting what an MP4 muxer writes into one beginning and many fragments."""

from __future__ import annotations

from typing import Literal

from coveragekit.errors import FeedBroken

__all__ = ["BoxSplitter", "find_box"]

_MOST_BOX = 33_554_432
_CONTAINERS = (b"moov", b"trak", b"mdia", b"minf", b"stbl")
# what stands in these before the boxes inside them
_BEFORE_CHILDREN = {b"stsd": 8, b"avc1": 78, b"avc3": 78, b"hvc1": 78, b"hev1": 78}


class BoxSplitter:
    """
    Cut a growing run of MP4 boxes.

    Examples
    --------
    >>> splitter = BoxSplitter()
    >>> ftyp, moov = bytes([0, 0, 0, 8]) + b"ftyp", bytes([0, 0, 0, 8]) + b"moov"
    >>> splitter.add(ftyp + moov[:3])
    []
    >>> [(kind, len(data)) for kind, data in splitter.add(moov[3:])]
    [('init', 16)]
    """

    def __init__(self) -> None:
        self._rest = bytearray()
        self._parts: list[bytes] = []

    def add(self, data: bytes) -> list[tuple[Literal["init", "fragment"], bytes]]:
        """
        Take what the muxer wrote.

        Parameters
        ----------
        data
            Bytes, cut anywhere.

        Returns
        -------
        list of tuple
            ``("init", bytes)`` for ``ftyp`` and ``moov`` together, ``("fragment",
            bytes)`` for each ``moof`` with its ``mdat``; whatever else is left out.

        Raises
        ------
        FeedBroken
            A box that cannot be one.
        """
        self._rest += data
        whole: list[tuple[Literal["init", "fragment"], bytes]] = []
        while len(self._rest) >= 8:
            size = int.from_bytes(self._rest[:4], "big")
            if not 8 <= size <= _MOST_BOX:
                message = f"a box of {size} bytes is none"
                raise FeedBroken(message)
            if len(self._rest) < size:
                break
            box = bytes(self._rest[:size])
            del self._rest[:size]
            kind = box[4:8]
            if kind in {b"ftyp", b"moof"}:
                self._parts = [box]
            elif kind in {b"moov", b"mdat"} and self._parts:
                self._parts.append(box)
                joined = b"".join(self._parts)
                whole.append(("init" if kind == b"moov" else "fragment", joined))
                self._parts = []
        return whole


def find_box(data: bytes, wanted: bytes) -> bytes | None:
    r"""
    Find a box inside an initialisation segment, however deep.

    Parameters
    ----------
    data
        Boxes one after another.
    wanted
        Its four letters, such as ``b"avcC"``.

    Returns
    -------
    bytes or None
        What is inside the first one found, without its size and letters.

    Examples
    --------
    >>> inner = bytes([0, 0, 0, 9]) + b"avcC" + bytes([1])
    >>> find_box(bytes([0, 0, 0, 17]) + b"stbl" + inner, b"avcC")
    b'\x01'
    >>> find_box(b"", b"avcC") is None
    True
    """
    at = 0
    while at + 8 <= len(data):
        size = int.from_bytes(data[at : at + 4], "big")
        kind = data[at + 4 : at + 8]
        if size < 8:
            return None
        inside = data[at + 8 : at + size]
        if kind == wanted:
            return inside
        if kind in _CONTAINERS or kind in _BEFORE_CHILDREN:
            found = find_box(inside[_BEFORE_CHILDREN.get(kind, 0) :], wanted)
            if found is not None:
                return found
        at += size
    return None
