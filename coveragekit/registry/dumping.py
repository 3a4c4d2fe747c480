"""Copy a registry at one moment while others write, and fill an empty one from it."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Final

from coveragekit.errors import MissingExtraError, RegistryError
from coveragekit.registry.files import private_folder

if TYPE_CHECKING:
    from sqlalchemy.engine import URL

__all__ = ["copy_postgres", "copy_sqlite", "fill_postgres", "fill_sqlite"]

_DEBIAN: Final = Path("/usr/lib/postgresql")


def copy_sqlite(path: Path, to: Path) -> None:
    """
    Copy a registry of SQLite as it is at one moment, while others go on writing.

    Parameters
    ----------
    path
        The registry.
    to
        The copy, one file that needs no log beside it.

    Raises
    ------
    RegistryError
        The registry is damaged, or the disk is full.
    """
    os.close(os.open(to, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    try:
        with (
            closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as source,
            closing(sqlite3.connect(to)) as copy,
        ):
            source.backup(copy)
            copy.execute("PRAGMA journal_mode = DELETE")
            found = copy.execute("PRAGMA integrity_check").fetchone()[0]
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorname", "no code")
        message = f"the registry {path} could not be copied ({code})"
        raise RegistryError(message) from None
    if found != "ok":
        message = (
            f"the registry {path} is damaged, so it was not kept; go back to an older "
            "backup, and look at the disk"
        )
        raise RegistryError(message)


def fill_sqlite(copy: Path, path: Path) -> None:
    """
    Put a copy where a registry is to be.

    Parameters
    ----------
    copy
        What :func:`copy_sqlite` made.
    path
        The registry; not there yet.

    Raises
    ------
    RegistryError
        There is a file already, or the system refused.
    """
    private_folder(path.parent)
    try:
        number = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        with os.fdopen(number, "wb") as target, copy.open("rb") as source:
            shutil.copyfileobj(source, target, 1 << 20)
            target.flush()
            os.fsync(target.fileno())
    except FileExistsError:
        message = (
            f"there is a file {path} already; a registry is brought back to a place "
            "where there is none, so that nothing is overwritten"
        )
        raise RegistryError(message) from None
    except OSError as error:
        path.unlink(missing_ok=True)
        message = f"the registry {path} could not be written: {error.strerror}"
        raise RegistryError(message) from None


def copy_postgres(url: URL, to: Path) -> None:
    """
    Copy a registry on PostgreSQL as it is at one moment, while others go on writing.

    Parameters
    ----------
    url
        Its address.
    to
        The copy, in the custom format of ``pg_dump``.

    Raises
    ------
    RegistryError
        The program refused; its words are repeated.
    MissingExtraError
        ``pg_dump`` is not installed.
    """
    os.close(os.open(to, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    words = ["--format=custom", "--no-owner", "--no-privileges", "--no-password"]
    _run("pg_dump", url, [*words, f"--file={to}"])


def fill_postgres(copy: Path, url: URL) -> None:
    """
    Fill an empty database from a copy, wholly or not at all.

    Parameters
    ----------
    copy
        What :func:`copy_postgres` made.
    url
        Address of the database.

    Raises
    ------
    RegistryError
        The program refused, as where the database is not empty; its words are repeated.
    MissingExtraError
        ``pg_restore`` is not installed.
    """
    words = ["--single-transaction", "--exit-on-error", "--no-owner", "--no-password"]
    _run("pg_restore", url, [*words, "--no-privileges", str(copy)])


def _run(name: str, url: URL, words: list[str]) -> None:
    """Run a program of PostgreSQL; the password goes by its environment alone."""
    named = {} if url.password is None else {"PGPASSWORD": str(url.password)}
    done = subprocess.run(  # noqa: S603 - a program found on this machine, no shell
        [_program(name), f"--dbname={_without_password(url)}", *words],
        env={**os.environ, **named},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        told = (done.stderr.strip().splitlines() or ["no word"])[0]
        message = f"{name} could not copy {_without_password(url)}: {told[:300]}"
        raise RegistryError(message)


def _without_password(url: URL) -> str:
    """Give the address with all else that it asks for, such as an encrypted line."""
    plain = type(url).create(
        "postgresql",
        username=url.username,
        host=url.host,
        port=url.port,
        database=url.database,
        query={k: v for k, v in url.query.items() if not k.endswith("password")},
    )
    return plain.render_as_string()


def _program(name: str) -> str:
    """Give the newest of a program; Debian keeps them beside the path."""
    versions = [path for path in _DEBIAN.glob(f"*/bin/{name}") if path.is_file()]
    if versions:
        return str(max(versions, key=lambda path: int(path.parent.parent.name)))
    found = shutil.which(name)
    if found is None:
        message = (
            f"{name} is not installed; it copies a registry on PostgreSQL: apt-get "
            "install postgresql-client"
        )
        raise MissingExtraError(message)
    return found
