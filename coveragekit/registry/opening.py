"""Open the registry: one file of SQLite, or a PostgreSQL database by its address."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Self, cast

from sqlalchemy import text

from coveragekit.errors import RegistryError
from coveragekit.registry import files, versions
from coveragekit.registry.connecting import (
    WRITES,
    as_url,
    default_url,
    new_engine,
    shown,
)
from coveragekit.registry.faults import plain_faults

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy import Connection, Engine
    from sqlalchemy.engine import URL

__all__ = ["Registry", "default_url", "now", "registry_id"]

_OWN = "coveragekit_registry"


def _utc_now() -> datetime:
    return datetime.now(UTC)


def now(connection: Connection) -> datetime:
    """
    Give the time by the registry's clock.

    Parameters
    ----------
    connection
        From :meth:`Registry.write` or :meth:`Registry.read`.

    Returns
    -------
    datetime.datetime
        In UTC.
    """
    return _registry(connection).clock().astimezone(UTC)


def registry_id(connection: Connection) -> str:
    """
    Give the registry's own id, made once when it was created.

    Parameters
    ----------
    connection
        From :meth:`Registry.write` or :meth:`Registry.read`.

    Returns
    -------
    str
        32 hexadecimal digits.
    """
    return _registry(connection).registry_id


def _registry(connection: Connection) -> Registry:
    return cast("Registry", connection.get_execution_options()[_OWN])


class Registry:
    """
    The database of owners, cameras, consent, requests and the audit log.

    Opened by :meth:`Registry.open`. What is changed inside one :meth:`write` is kept
    together or not at all, and only one writes at a time.

    Parameters
    ----------
    url
        Where it is.
    engine
        Connections to it.
    clock
        Gives the time, with a zone.
    """

    def __init__(self, url: URL, engine: Engine, clock: Callable[[], datetime]) -> None:
        self._url = url
        self._engine = engine.execution_options(**{_OWN: self})
        self._busy = threading.local()
        self._after: list[Callable[[Registry], None]] = []
        self._closing: list[Callable[[Registry], None]] = []
        self._id: str | None = None
        self.clock = clock

    def __repr__(self) -> str:
        return f"Registry({self.place!r})"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @classmethod
    def open(
        cls,
        url: str | Path | None = None,
        *,
        create: bool = False,
        clock: Callable[[], datetime] = _utc_now,
        any_version: bool = False,
    ) -> Registry:
        """
        Open a registry.

        Parameters
        ----------
        url
            A file of SQLite, or ``postgresql://user:password@host/database``;
            :func:`default_url` where it is not given.
        create
            Whether a registry is made where there is none.
        clock
            Gives the time, with a zone.
        any_version
            Whether one of an older version is opened too, to be upgraded.

        Returns
        -------
        Registry
            To be closed after use.

        Raises
        ------
        InputError
            The address cannot be read.
        RegistryError
            There is no registry, it lies on a network share or inside a study, it does
            not answer, or it is of another version.
        MissingExtraError
            PostgreSQL is asked for and ``psycopg`` is not installed.

        Examples
        --------
        >>> import tempfile
        >>> folder = tempfile.TemporaryDirectory()
        >>> path = Path(folder.name) / "private" / "registry.sqlite"
        >>> with Registry.open(path, create=True) as registry:
        ...     registry.dialect, registry.version == versions.newest()
        ('sqlite', True)
        >>> folder.cleanup()
        """
        address = as_url(url)
        if address.get_backend_name() == "sqlite":
            files.check_place(Path(cast("str", address.database)), create=create)
        registry = cls(address, new_engine(address), clock)
        try:
            registry._begin_use(create=create, any_version=any_version)
        except BaseException:
            # whatever it was, nobody else would close the connections
            registry._engine.dispose()
            raise
        return registry

    def _begin_use(self, *, create: bool, any_version: bool) -> None:
        found = self.version
        if found is None:
            if not create:
                raise RegistryError(versions.none_here(self.place))
            self.upgrade()
        elif not any_version:
            versions.check_known(found, self.place)

    @property
    def place(self) -> str:
        """Where it is, as people may read it: without a password."""
        return shown(self._url)

    @property
    def path(self) -> Path | None:
        """The file of SQLite; ``None`` on PostgreSQL."""
        return Path(self._url.database or "") if self.dialect == "sqlite" else None

    @property
    def url(self) -> URL:
        """The full address; it holds the password, so it is never shown."""
        return self._url

    @property
    def dialect(self) -> str:
        """Either ``"sqlite"`` or ``"postgresql"``."""
        return self._url.get_backend_name()

    @property
    def version(self) -> str | None:
        """The newest migration that was run here; ``None`` where there was none."""
        with self.read() as connection:
            return versions.found(connection, self.place)

    @property
    def registry_id(self) -> str:
        """The registry's own id, made once when it was created."""
        if self._id is None:
            with self.read() as connection:
                query = text("SELECT value FROM meta WHERE key = 'registry_id'")
                self._id = str(connection.execute(query).scalar_one())
        return self._id

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """
        Look at the registry as it is at one moment.

        Yields
        ------
        sqlalchemy.Connection
            It refuses to write.

        Raises
        ------
        RegistryError
            The database refused.
        """
        with plain_faults(self.place), self._engine.connect() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """
        Change the registry: all that is done inside is kept, or nothing of it.

        Yields
        ------
        sqlalchemy.Connection
            The only one that writes.

        Raises
        ------
        RegistryError
            The database refused, or this thread writes already.
        """
        if getattr(self._busy, "writes", False):
            message = (
                "this thread is writing to the registry already and would wait for "
                "itself; hand the open connection on instead of opening another"
            )
            raise RegistryError(message)
        self._busy.writes = True
        try:
            with plain_faults(self.place), self._engine.connect() as fresh:
                connection = fresh.execution_options(**{WRITES: True})
                with connection.begin():
                    yield connection
        finally:
            self._busy.writes = False
        for callback in self._after:
            callback(self)

    def after_write(self, callback: Callable[[Registry], None]) -> None:
        """
        Have something done after each change that was kept.

        Parameters
        ----------
        callback
            Called with this registry, outside the transaction.
        """
        self._after.append(callback)

    def before_close(self, callback: Callable[[Registry], None]) -> None:
        """
        Have something done before the registry is closed.

        Parameters
        ----------
        callback
            Called with this registry, which is still open.
        """
        self._closing.append(callback)

    def upgrade(self, to: str = "head") -> None:
        """
        Bring the registry to a version, in one transaction.

        Parameters
        ----------
        to
            A migration; the newest where it is not given.

        Raises
        ------
        RegistryError
            It is of a newer version than this program, or the database refused.
        """
        with plain_faults(self.place):
            versions.migrate(self._engine, to, self.place, up=True)

    def downgrade(self, to: str) -> None:
        """
        Take the registry back to an older version, in one transaction.

        Parameters
        ----------
        to
            A migration, or ``"base"`` for an empty database.

        Raises
        ------
        RegistryError
            It is of a newer version than this program, or the database refused.
        """
        with plain_faults(self.place):
            versions.migrate(self._engine, to, self.place, up=False)
        self._id = None

    def close(self) -> None:
        """Close all connections; what was written stays."""
        callbacks, self._closing = self._closing, []
        try:
            for callback in callbacks:
                callback(self)
        finally:
            self._engine.dispose()
