"""Footage that owners gave: which file arrived, held by its digest."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final

from sqlalchemy import select

from coveragekit.errors import InputError
from coveragekit.registry.lines import check_line
from coveragekit.registry.opening import now as clock_time
from coveragekit.registry.request_rows import FootageRequest, one_request
from coveragekit.registry.requests import move_request
from coveragekit.registry.schema import new_id, received_file

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from coveragekit.registry.consent_rules import Act

__all__ = ["FileDigest", "ReceivedFile", "digest_file", "receive", "received_files"]

_PIECE: Final = 1 << 20
_SHA256: Final = 64


@dataclass(frozen=True, slots=True)
class FileDigest:
    """
    What tells a file from all others.

    Parameters
    ----------
    name
        Its name, without folders.
    sha256
        SHA-256 of its bytes, 64 hexadecimal digits.
    size_bytes
        How many bytes.

    Raises
    ------
    InputError
        If the file is empty, or name or digest cannot be.
    """

    name: str
    sha256: str
    size_bytes: int

    def __post_init__(self) -> None:
        check_line("name of the file", self.name, needed=True)
        if "/" in self.name or "\\" in self.name:
            message = (
                f"name of the file: {self.name!r}; allowed: a name without folders"
            )
            raise InputError(message)
        if len(self.sha256) != _SHA256 or set(self.sha256) - set("0123456789abcdef"):
            message = f"SHA-256 {self.sha256[:70]!r}; allowed: 64 hexadecimal digits"
            raise InputError(message)
        if self.size_bytes < 1:
            message = f"the file {self.name!r} is empty; ask the owner to send it again"
            raise InputError(message)


@dataclass(frozen=True, slots=True)
class ReceivedFile:
    """
    A file that arrived for a request.

    Parameters
    ----------
    file_id, request_id
        Its id, and the request.
    digest
        What tells it from all others.
    received_at
        When it arrived.
    """

    file_id: str
    request_id: str
    digest: FileDigest
    received_at: datetime


def digest_file(source: Path | BinaryIO, name: str | None = None) -> FileDigest:
    """
    Give the digest of a file, read in pieces: footage may be larger than the memory.

    Parameters
    ----------
    source
        Path of the file, or an open one that gives bytes.
    name
        Its name; that of the path where it is not given.

    Returns
    -------
    FileDigest
        Name, SHA-256 and size.

    Raises
    ------
    InputError
        If it is empty, cannot be read, or has no name.

    Examples
    --------
    >>> import io
    >>> digest_file(io.BytesIO(b"abc"), "clip.mp4").sha256[:8]
    'ba7816bf'
    """
    if isinstance(source, Path):
        try:
            with source.open("rb") as opened:
                return digest_file(opened, name or source.name)
        except OSError as error:
            why = error.strerror or type(error).__name__
            message = f"the file {source.name!r} cannot be read: {why}"
            raise InputError(message) from None
    hashed, size = hashlib.sha256(), 0
    while piece := source.read(_PIECE):
        hashed.update(piece)
        size += len(piece)
    return FileDigest(name or "", hashed.hexdigest(), size)


def receive(
    connection: Connection, request_id: str, digest: FileDigest, *, act: Act
) -> FootageRequest:
    """
    Note that a file arrived for a request.

    Parameters
    ----------
    connection
        A connection that writes.
    request_id
        The request.
    digest
        The file, from ``digest_file``, which reads it before anything is locked.
    act
        Who notes it; it counts as the owner's act, for it is the owner who gives.

    Returns
    -------
    FootageRequest
        The request, received.

    Raises
    ------
    InputError
        If there is no such request, it cannot receive, or has this very file.
    """
    before = one_request(connection, request_id)
    known = {one.digest.sha256 for one in received_files(connection, request_id)}
    if digest.sha256 in known:
        message = f"request {request_id} has this file already: SHA-256 {digest.sha256}"
        raise InputError(message)
    at = max(clock_time(connection), before.changed_at)
    connection.execute(
        received_file.insert().values(
            file_id=new_id("received_file"),
            request_id=request_id,
            name=digest.name,
            sha256=digest.sha256,
            bytes=digest.size_bytes,
            received_at=at,
        )
    )
    given = replace(act, side="owner")
    return move_request(connection, request_id, "received", act=given)


def received_files(connection: Connection, request_id: str) -> tuple[ReceivedFile, ...]:
    """
    Give the files that arrived for a request.

    Parameters
    ----------
    connection
        A connection to the registry.
    request_id
        The request.

    Returns
    -------
    tuple of ReceivedFile
        In the order in which they arrived.
    """
    query = (
        select(received_file)
        .where(received_file.c.request_id == request_id)
        .order_by(received_file.c.received_at, received_file.c.file_id)
    )
    return tuple(
        ReceivedFile(
            row.file_id,
            row.request_id,
            FileDigest(row.name, row.sha256, row.bytes),
            row.received_at,
        )
        for row in connection.execute(query)
    )
