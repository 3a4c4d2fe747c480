"""Say what a database refused, in plain words and without the values it was given."""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from sqlalchemy import exc
from sqlalchemy.exc import DBAPIError, IntegrityError, StatementError

from coveragekit.errors import CoverageKitError, InputError, RegistryError

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["plain_faults", "plain_words"]

_SQLITE: Final = {
    sqlite3.SQLITE_FULL: (
        "the disk of the registry {place} is full; nothing of this change was kept; "
        "make room and try again"
    ),
    sqlite3.SQLITE_IOERR: (
        "the registry {place} could not be read or written by the system; nothing of "
        "this change was kept; look whether the disk is full or failing"
    ),
    sqlite3.SQLITE_BUSY: (
        "the registry {place} is held by another program that writes; nothing of this "
        "change was kept; try again when it is done"
    ),
    sqlite3.SQLITE_READONLY: (
        "the registry {place} may only be read here; nothing was kept; change it "
        "inside Registry.write, and as the user who owns the file"
    ),
    sqlite3.SQLITE_CANTOPEN: (
        "the registry {place} cannot be opened; look whether it is there and whether "
        "this user may read and write it and its folder"
    ),
    sqlite3.SQLITE_NOTADB: (
        "the file {place} is not a registry; name the registry's own file, or restore "
        "it from a backup"
    ),
    sqlite3.SQLITE_CORRUPT: (
        "the registry {place} is damaged; stop all programs that use it and restore it "
        "from a backup"
    ),
    sqlite3.SQLITE_TOOBIG: "a value is too long for the registry {place}; shorten it",
}
_NO_POSTGIS: Final = (
    "the server of the registry {place} lacks PostGIS; have its administrator run: "
    "apt-get install postgresql-15-postgis-3"
)
_POSTGRES: Final = {
    "53": (
        "the server of the registry {place} has no room or no connection left; nothing "
        "of this change was kept; make room and try again"
    ),
    "42501": (
        "the user of the registry {place} may not do this in the database; nothing was "
        "kept; ask the database's administrator for the right (a new registry needs: "
        "CREATE EXTENSION postgis)"
    ),
    "58P01": _NO_POSTGIS,
    "0A000": _NO_POSTGIS,
    "28": "the registry {place} refused this user or password; look at its address",
    "3D": "the server of the registry {place} has no such database; create it first",
    "40": (
        "the registry {place} had two changes of the same rows at once; nothing of "
        "this one was kept; try again"
    ),
    "55": (
        "the registry {place} is held by another program; nothing of this change was "
        "kept; try again when it is done"
    ),
    "57": "the server of the registry {place} is stopping or starting; try again",
}
_NUL: Final = "NUL (0x00)"
"""By which psycopg's words for such a text are known."""
_UNREACHED: Final = (
    "the registry {place} does not answer; look whether its server runs, whether the "
    "address is right and whether the user and password are"
)


@contextmanager
def plain_faults(place: str) -> Iterator[None]:
    """
    Turn what the database raises into one clear error.

    Parameters
    ----------
    place
        The registry, as people may read it: without a password.

    Yields
    ------
    None
        Once.

    Raises
    ------
    RegistryError
        The database refused; the message holds none of the values.
    InputError
        A text cannot be asked for, because no database could hold it.
    CoverageKitError
        A value cannot be written.
    """
    try:
        yield
    except UnicodeEncodeError:
        message = "a text holds half a character; give it as whole Unicode text"
        raise InputError(message) from None
    except DBAPIError as error:
        if _NUL in str(error.orig):
            message = "a text holds a NUL character, which no database keeps"
            raise InputError(message) from None
        raise RegistryError(plain_words(error, place)) from None
    except exc.TimeoutError as error:
        message = (
            f"too many use the registry {place} at once in this program; nothing was "
            "kept; try again"
        )
        raise RegistryError(message) from error
    except StatementError as error:
        # a value of ours that could not be written; what SQLAlchemy says holds others
        if isinstance(error.orig, CoverageKitError):
            raise error.orig from None
        raise


def plain_words(error: DBAPIError, place: str) -> str:
    """
    Give the message for what a database raised.

    Parameters
    ----------
    error
        What was raised.
    place
        The registry, as people may read it.

    Returns
    -------
    str
        What is wrong and what to do.

    Examples
    --------
    >>> from sqlalchemy.exc import OperationalError
    >>> full = sqlite3.OperationalError("database or disk is full")
    >>> full.sqlite_errorcode = sqlite3.SQLITE_FULL
    >>> plain_words(OperationalError("", {}, full), "registry.sqlite")[:44]
    'the disk of the registry registry.sqlite is '
    """
    cause = error.orig
    if isinstance(error, IntegrityError):
        return _broken_rule(cause, place)
    code = getattr(cause, "sqlite_errorcode", None)
    if isinstance(code, int):
        told = _SQLITE.get(code & 0xFF)
        name = getattr(cause, "sqlite_errorname", str(code))
        return (told or _other(name)).format(place=place)
    state = getattr(cause, "sqlstate", None)
    if isinstance(state, str):
        for start in (state, state[:2]):
            if start in _POSTGRES:
                return _POSTGRES[start].format(place=place)
        return _other(state).format(place=place)
    if error.connection_invalidated or type(cause).__name__ == "OperationalError":
        return _UNREACHED.format(place=place)
    return _other(type(cause).__name__).format(place=place)


def _other(code: str) -> str:
    return (
        f"the registry {{place}} refused this ({code}); nothing was kept; look into "
        "the database's own log"
    )


def _broken_rule(cause: BaseException | None, place: str) -> str:
    """Name the rule, never the values: they may be an owner's."""
    named = getattr(getattr(cause, "diag", None), "constraint_name", None)
    if not isinstance(named, str):
        # SQLite tells the columns or the rule after a colon, without values
        named = str(cause).partition(": ")[2] or str(cause)
    return (
        f"the registry {place} refused this because it would break the rule {named!r}; "
        "nothing was kept; look whether the row named exists and is not there twice"
    )
