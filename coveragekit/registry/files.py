"""The file of a registry: where it may lie, who may read it, how it is opened."""

from __future__ import annotations

import logging
import os
import sqlite3
import sys
from contextlib import closing
from typing import TYPE_CHECKING, Any, Final

from coveragekit.errors import RegistryError
from coveragekit.registry.drives import network_share

if TYPE_CHECKING:
    from pathlib import Path

__all__ = [
    "APPLICATION_ID",
    "check_place",
    "make_private",
    "prepare",
    "private_folder",
]

_LOG = logging.getLogger(__name__)
_OTHERS: Final = 0o077
# "CovK": written into the file by the first migration, so that no other is touched.
APPLICATION_ID: Final = 0x436F764B
_SQLITE_START: Final = b"SQLite format 3\0"
_MARK_AT: Final = 68
_HEADER_BYTES: Final = 72


def check_place(path: Path, *, create: bool) -> None:
    """
    Refuse a place where a registry would not be safe, and make its file.

    Parameters
    ----------
    path
        The file.
    create
        Whether it is made where it is not there.

    Raises
    ------
    RegistryError
        It is not there and not to be made, lies on a network share or inside a study,
        is a folder, or the system refused.
    """
    share = network_share(path)
    if share is not None:
        message = (
            f"the registry {path} lies on a network share ({share}), where two "
            "programs could write at once and destroy it; put it on a local disk, or "
            "use PostgreSQL: postgresql://user:password@host/database"
        )
        raise RegistryError(message)
    if path.is_dir():
        message = f"{path} is a folder; a registry is a file, such as registry.sqlite"
        raise RegistryError(message)
    for folder in path.parents:
        if (folder / "study.toml").is_file():
            message = (
                f"the registry {path} would lie inside the study {folder}, and "
                "leave with it; put it elsewhere"
            )
            raise RegistryError(message)
    if path.exists():
        _check_header(path)
        make_private(path)
        return
    if not create:
        message = (
            f"there is no registry at {path}; make one with: coveragekit registry "
            "init, or name another with --registry or COVERAGEKIT_REGISTRY"
        )
        raise RegistryError(message)
    private_folder(path.parent)
    try:
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as error:
        message = f"the registry {path} cannot be made: {error.strerror}"
        raise RegistryError(message) from None


def _check_header(path: Path) -> None:
    """Refuse another program's file before SQLite touches it."""
    try:
        with path.open("rb") as file:
            start = file.read(_HEADER_BYTES)
    except OSError as error:
        message = f"the registry {path} cannot be read: {error.strerror}"
        raise RegistryError(message) from None
    if not start or _is_ours(path, start):
        return
    message = (
        f"the file {path} is not a registry; name the registry's own file, or restore "
        "it from a backup"
    )
    raise RegistryError(message)


def _is_ours(path: Path, start: bytes) -> bool:
    mark = int.from_bytes(start[_MARK_AT:_HEADER_BYTES], "big")
    if not start.startswith(_SQLITE_START) or mark not in (0, APPLICATION_ID):
        return False
    if mark == APPLICATION_ID:
        return True
    # a registry just made may have its mark, and all else, in the log beside the file
    try:
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as looking:
            mark = looking.execute("PRAGMA application_id").fetchone()[0]
            tables = looking.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]
    except sqlite3.DatabaseError:
        return False
    return bool(mark == APPLICATION_ID or tables == 0)


def private_folder(folder: Path) -> None:
    """
    Make a folder that only this user may enter; one that is there is left as it is.

    Parameters
    ----------
    folder
        The folder; those above it are made likewise.

    Raises
    ------
    RegistryError
        The system refused.
    """
    missing = []
    place = folder
    while not place.exists():
        missing.append(place)
        place = place.parent
    try:
        for place in reversed(missing):
            place.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        message = f"the folder {folder} cannot be made: {error.strerror}"
        raise RegistryError(message) from None


def make_private(path: Path) -> None:
    """
    Take from all other users the right to read a file, and say so in the log.

    Parameters
    ----------
    path
        The file.
    """
    if sys.platform == "win32" or not path.stat().st_mode & _OTHERS:
        return
    if path.stat().st_uid == os.getuid():
        path.chmod(path.stat().st_mode & ~_OTHERS)
        _LOG.warning("other users could read %s; they no longer can", path)
    else:
        _LOG.warning("other users can read %s; its owner should run chmod 600", path)


def prepare(connection: Any, _record: object) -> None:  # noqa: ANN401 - sqlite3's own
    """
    Set up a new connection to SQLite.

    Parameters
    ----------
    connection
        The connection, as ``sqlite3`` made it.

    Raises
    ------
    RegistryError
        The write-ahead log cannot be switched on.
    """
    connection.isolation_level = None
    cursor = connection.cursor()
    mode = cursor.execute("PRAGMA journal_mode = WAL").fetchone()[0]
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.execute("PRAGMA secure_delete = ON")
    cursor.close()
    if mode != "wal":
        message = (
            f"the registry's file system allows no write-ahead log (mode {mode}); put "
            "the registry on a local disk that may be written"
        )
        raise RegistryError(message)
