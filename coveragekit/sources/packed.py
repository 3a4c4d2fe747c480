"""Unpack files within bounds, so that a small file cannot fill the memory."""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from typing import IO, TYPE_CHECKING, Final

from coveragekit.errors import SourceUnavailable

if TYPE_CHECKING:
    import gzip
    from collections.abc import Iterator

__all__ = ["check_members", "check_workbook", "unpack"]

# So much may come out of any file; beyond it, so many times what went in. Tables of
# text shrink to a fifth or a twentieth; what shrinks to a thousandth says nothing.
_ALWAYS_BYTES: Final = 256 << 20
_MOST_TIMES: Final = 100
_MOST_ROWS: Final = 1_048_576
_MOST_CELLS: Final = 40_000_000
_BLOCK: Final = 1 << 20
_LONGEST_TAG: Final = 4096
_ROW: Final = b"row"
_TAG: Final = re.compile(
    rb"<(?:\w+:)?(row|c)(?=[\s/>])"
    rb"(?:[^>]*?\sr=[\"']([A-Za-z]{0,4})([0-9]{0,20})[\"'])?[^>]*?(/?)>"
)
_DAMAGED: Final = (
    *(zipfile.BadZipFile, zlib.error),
    *(NotImplementedError, EOFError, RuntimeError),
)
_DECLARED: Final = (b"<!DOCTYPE", b"<!ENTITY")


def unpack(stream: IO[bytes] | gzip.GzipFile, name: str, packed_bytes: int) -> bytes:
    """
    Give all that a packed stream holds, if it is not absurdly much.

    Parameters
    ----------
    stream
        What is unpacked while it is read.
    name
        Name of the file, for messages.
    packed_bytes
        How long it is as it is packed.

    Returns
    -------
    bytes
        The content.

    Raises
    ------
    SourceUnavailable
        More than 256 MB come out, and more than 100 times what went in.

    Examples
    --------
    >>> unpack(io.BytesIO(b"lon,lat"), "a.csv.gz", 7)
    b'lon,lat'
    """
    return b"".join(_bounded(stream, name, packed_bytes))


def check_members(members: list[zipfile.ZipInfo], name: str) -> None:
    """
    Refuse an archive whose files would be absurdly long.

    Parameters
    ----------
    members
        What the archive says of them.
    name
        Name of the file, for messages.

    Raises
    ------
    SourceUnavailable
        More than 256 MB would come out, and more than 100 times what went in.

    Examples
    --------
    >>> check_members([], "a.zip")
    """
    packed = sum(one.compress_size for one in members)
    if sum(one.file_size for one in members) > _allowed(packed):
        raise _too_much(name, packed)


def check_workbook(data: bytes, name: str) -> None:
    """
    Refuse a workbook that would fill the memory, before anything else opens it.

    Parameters
    ----------
    data
        The whole file.
    name
        Its name, for messages.

    Raises
    ------
    SourceUnavailable
        It is damaged, holds absurdly much, a row that no workbook has, cells so far
        apart that the table between them would not fit, or definitions of its own.

    Notes
    -----
    One cell in the last row and the last column of a sheet makes a table of 17,000
    million cells; one word that is defined by others, which are defined by others
    again, makes a text as long. Both fit into a file of 5 kB.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for member in archive.infolist():
                if member.filename.lower().endswith((".xml", ".rels")):
                    with archive.open(member) as stream:
                        _check_part(stream, name, member)
    except _DAMAGED as error:
        message = f"{name} is a damaged workbook: {error}; save it again as .xlsx"
        raise SourceUnavailable(message) from error


def _check_part(stream: IO[bytes], name: str, member: zipfile.ZipInfo) -> None:
    is_sheet = "/worksheets/" in member.filename.lower()
    extent = _Extent(name)
    rest = b""
    for block in _bounded(stream, name, member.compress_size):
        text = rest + block
        if any(word in text for word in _DECLARED) or b"\x00" in text:
            message = (
                f"{name} holds definitions or bytes that no workbook needs "
                f"({member.filename}); save it again as .xlsx"
            )
            raise SourceUnavailable(message)
        # a tag that the block cuts in two is read with the next one
        cut = text.rfind(b"<", max(len(text) - _LONGEST_TAG, 0))
        cut = len(text) if cut < 0 else cut
        if is_sheet:
            extent.grow(text[:cut])
        rest = text[cut:]
    if is_sheet:
        extent.grow(rest)


class _Extent:
    """How far the cells of a sheet reach."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._row = self._column = 0
        self._last_row = self._last_column = 0

    def grow(self, text: bytes) -> None:
        """Read on; refuse where the table would not fit."""
        for tag in _TAG.finditer(text):
            word, letters, digits, is_empty = tag.groups()
            if word == _ROW:
                self._row = int(digits) if digits else self._row + 1
                self._column = 0
            else:
                self._column = _column(letters) if letters else self._column + 1
                # a cell may name another row than it stands in: the later one counts
                row = max(self._row, int(digits)) if digits else self._row
                if not is_empty:
                    self._last_row = max(self._last_row, row)
                    self._last_column = max(self._last_column, self._column)
            if self._row > _MOST_ROWS:
                message = (
                    f"{self._name} has a row {self._row}, and no workbook has more "
                    f"than {_MOST_ROWS:,}; save it again as .xlsx"
                )
                raise SourceUnavailable(message)
        if self._last_row * self._last_column > _MOST_CELLS:
            message = (
                f"{self._name} has cells as far as row {self._last_row:,} and column "
                f"{self._last_column:,}, a table of more than {_MOST_CELLS:,} cells; "
                "clear what stands far from the table, or save it as CSV"
            )
            raise SourceUnavailable(message)


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = 26 * number + letter - 64
    return number


def _bounded(
    stream: IO[bytes] | gzip.GzipFile, name: str, packed: int
) -> Iterator[bytes]:
    left = _allowed(packed)
    while block := stream.read(_BLOCK):
        left -= len(block)
        if left < 0:
            raise _too_much(name, packed)
        yield block


def _allowed(packed: int) -> int:
    return max(_ALWAYS_BYTES, _MOST_TIMES * packed)


def _too_much(name: str, packed: int) -> SourceUnavailable:
    message = (
        f"{name} holds more than {_allowed(packed) >> 20:,} MB, packed into "
        f"{packed / (1 << 20):,.1f} MB: no table is packed so tightly; unpack it "
        "yourself and look what it is"
    )
    return SourceUnavailable(message)
