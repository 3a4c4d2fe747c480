"""Read the address of a registry and connect to it as its promises need."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sqlalchemy import create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from coveragekit.errors import InputError, MissingExtraError
from coveragekit.registry import files

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

__all__ = ["WRITES", "as_url", "default_url", "new_engine", "shown"]

# Option of a connection that writes.
WRITES: Final = "coveragekit_writes"
_BUSY_S = 30.0
_ALLOWED: Final = "the path of a file, or postgresql://user:password@host:port/database"
# Any number, the same for all who write: it stands for "the registry's only writer".
_WRITER_LOCK: Final = 0x636F766572


def default_url() -> str:
    """
    Give the address of the registry where none is named.

    Returns
    -------
    str
        ``COVERAGEKIT_REGISTRY``, else ``registry.sqlite`` in the user's data folder.

    Examples
    --------
    >>> default_url() == os.environ.get("COVERAGEKIT_REGISTRY", default_url())
    True
    """
    given = os.environ.get("COVERAGEKIT_REGISTRY")
    if given:
        return given
    from platformdirs import user_data_path

    return str(user_data_path("coveragekit", appauthor=False) / "registry.sqlite")


def as_url(url: str | Path | None) -> URL:
    """
    Read the address of a registry.

    Parameters
    ----------
    url
        A file of SQLite, or ``postgresql://user:password@host/database``;
        :func:`default_url` where it is not given.

    Returns
    -------
    sqlalchemy.engine.URL
        The address; it may hold a password.

    Raises
    ------
    InputError
        It cannot be read, or is of another kind of database.

    Examples
    --------
    >>> as_url("postgresql://anna:secret@host/city").render_as_string()
    'postgresql+psycopg://anna:***@host/city'
    """
    given = default_url() if url is None else str(url)
    if "://" not in given:
        return URL.create("sqlite+pysqlite", database=str(Path(given).absolute()))
    try:
        address = make_url(given)
    except (ArgumentError, ValueError):
        # the text is not repeated: it may hold a password
        message = f"the registry's address cannot be read; allowed: {_ALLOWED}"
        raise InputError(message) from None
    backend = address.get_backend_name()
    if backend == "sqlite" and address.database not in (None, "", ":memory:"):
        return as_url(Path(address.database or ""))
    if backend == "postgresql":
        # libpq takes a password as an option too; it is kept where no word shows it
        hidden = address.query.get("password")
        if isinstance(hidden, str):
            address = address.set(password=address.password or hidden)
        address = address.difference_update_query(["password"])
        return address.set(drivername="postgresql+psycopg")
    message = f"a registry does not lie in {backend!r}; allowed: {_ALLOWED}"
    raise InputError(message)


def shown(address: URL) -> str:
    """
    Give the address of a registry as people may read it.

    Parameters
    ----------
    address
        Its address.

    Returns
    -------
    str
        The file, or the address without any password: what it asks of the connection
        besides, where one may hide, is left out.

    Examples
    --------
    >>> shown(as_url("postgresql://anna:secret@host/city?sslpassword=hidden"))
    'postgresql+psycopg://anna:***@host/city'
    """
    if address.get_backend_name() == "sqlite":
        return str(Path(address.database or ""))
    return address.set(query={}).render_as_string(hide_password=True)


def new_engine(address: URL) -> Engine:
    """
    Give the connections to a registry, set up as its promises need.

    Parameters
    ----------
    address
        Its address.

    Returns
    -------
    sqlalchemy.Engine
        It connects when it is first used.

    Raises
    ------
    MissingExtraError
        PostgreSQL is asked for and ``psycopg`` is not installed.
    """
    if address.get_backend_name() == "sqlite":
        engine = create_engine(
            address, hide_parameters=True, connect_args={"timeout": _BUSY_S}
        )
        event.listen(engine, "connect", files.prepare)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    try:
        import psycopg
    except ImportError:
        message = "PostgreSQL needs psycopg: pip install coveragekit[postgres]"
        raise MissingExtraError(message) from None
    del psycopg
    engine = create_engine(
        address,
        hide_parameters=True,
        pool_pre_ping=True,
        connect_args={"options": "-c timezone=UTC", "connect_timeout": 10},
    )
    event.listen(engine, "begin", _begin_postgres)
    return engine


def _writes(connection: Connection) -> bool:
    return bool(connection.get_execution_options().get(WRITES, False))


def _begin_sqlite(connection: Connection) -> None:
    writes = _writes(connection)
    connection.exec_driver_sql(f"PRAGMA query_only = {'OFF' if writes else 'ON'}")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _begin_postgres(connection: Connection) -> None:
    if _writes(connection):
        # the lock comes before all others, so that no two writers wait for each other
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_WRITER_LOCK})")
    else:
        mode = "ISOLATION LEVEL REPEATABLE READ, READ ONLY"
        connection.exec_driver_sql(f"SET TRANSACTION {mode}")
