"""Which version of the tables a registry has, and how it is brought to another."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import inspect, text

from coveragekit.errors import RegistryError

if TYPE_CHECKING:
    from alembic.config import Config
    from sqlalchemy import Connection, Engine

__all__ = ["check_known", "found", "known", "migrate", "newest", "none_here"]

_FOLDER = Path(__file__).parent / "migrations"


def _config() -> Config:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    return config


@cache
def known() -> tuple[str, ...]:
    """
    Give the versions that this program knows.

    Returns
    -------
    tuple of str
        From the first to the newest.

    Examples
    --------
    >>> known()[0]
    '0001'
    """
    from alembic.script import ScriptDirectory

    scripts = ScriptDirectory.from_config(_config()).walk_revisions()
    return tuple(reversed([script.revision for script in scripts]))


def newest() -> str:
    """
    Give the version that this program works with.

    Returns
    -------
    str
        The last of :func:`known`.

    Examples
    --------
    >>> newest() == known()[-1]
    True
    """
    return known()[-1]


def none_here(place: str) -> str:
    """
    Give the words for a database that holds no registry.

    Parameters
    ----------
    place
        The registry, as people may read it.

    Returns
    -------
    str
        What is wrong and what to do.

    Examples
    --------
    >>> none_here("postgresql://host/city")[:44]
    'the database postgresql://host/city holds no'
    """
    return (
        f"the database {place} holds no registry; make one with: coveragekit registry "
        "init, or name another with --registry or COVERAGEKIT_REGISTRY"
    )


def found(connection: Connection, place: str) -> str | None:
    """
    Give the version of a registry.

    Parameters
    ----------
    connection
        To its database.
    place
        The registry, as people may read it.

    Returns
    -------
    str or None
        The last migration that was run; ``None`` where there is no registry.

    Raises
    ------
    RegistryError
        The database has tables of another program.
    """
    names = set(inspect(connection).get_table_names())
    if "alembic_version" not in names:
        return None
    versions = connection.execute(text("SELECT version_num FROM alembic_version"))
    version = versions.scalar_one_or_none()
    if version is not None and "meta" not in names:
        message = (
            f"the database {place} holds another program's tables; make a new one for "
            "the registry"
        )
        raise RegistryError(message)
    return None if version is None else str(version)


def check_known(version: str, place: str) -> None:
    """
    Refuse a registry that this program would not understand.

    Parameters
    ----------
    version
        Its version.
    place
        The registry, as people may read it.

    Raises
    ------
    RegistryError
        It is newer or older than this program.
    """
    if version == newest():
        return
    if version in known():
        message = (
            f"the registry {place} is of the older version {version}; this program "
            f"works with {newest()}; make a backup, then run: coveragekit registry "
            "upgrade"
        )
        raise RegistryError(message)
    raise RegistryError(_newer(version, place))


def _newer(version: str, place: str) -> str:
    return (
        f"the registry {place} is of version {version}, which this program does not "
        f"know (its newest is {newest()}); nothing was touched; install the newer "
        "coveragekit that wrote it"
    )


def migrate(engine: Engine, to: str, place: str, *, up: bool) -> None:
    """
    Bring a registry to a version, in one transaction.

    Parameters
    ----------
    engine
        Connections to it.
    to
        A migration, ``"head"`` or ``"base"``.
    place
        The registry, as people may read it.
    up
        Whether it goes to a newer version.

    Raises
    ------
    RegistryError
        It is of a newer version than this program, there is no such migration, or the
        tables that point to others would not fit after it.
    """
    if to not in {*known(), "head", "base"}:
        message = f"there is no version {to!r}; allowed: {', '.join(known())}"
        raise RegistryError(message)
    with engine.connect() as fresh:
        is_sqlite = fresh.dialect.name == "sqlite"
        if is_sqlite:
            # a table that is rebuilt is gone for a moment; all is checked at the end
            _switch_foreign_keys(fresh, on=False)
        try:
            connection = fresh.execution_options(coveragekit_writes=True)
            with connection.begin():
                version = found(connection, place)
                if version is not None and version not in known():
                    raise RegistryError(_newer(version, place))
                _run(connection, to, up=up)
                if is_sqlite:
                    _check_foreign_keys(connection, place)
        finally:
            if is_sqlite:
                _switch_foreign_keys(fresh, on=True)


def _run(connection: Connection, to: str, *, up: bool) -> None:
    from alembic.runtime.environment import EnvironmentContext
    from alembic.script import ScriptDirectory

    config = _config()
    scripts = ScriptDirectory.from_config(config)

    def steps(revision: Any, _: object) -> Any:  # noqa: ANN401 - Alembic's own
        if up:
            return scripts._upgrade_revs(to, revision)  # noqa: SLF001
        return scripts._downgrade_revs(to, revision)  # noqa: SLF001

    with EnvironmentContext(config, scripts, fn=steps, destination_rev=to) as context:
        context.configure(connection=connection)
        context.run_migrations()


def _switch_foreign_keys(connection: Connection, *, on: bool) -> None:
    raw = connection.connection.driver_connection
    if raw is not None:
        raw.execute(f"PRAGMA foreign_keys = {'ON' if on else 'OFF'}")


def _check_foreign_keys(connection: Connection, place: str) -> None:
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
    if broken:
        tables = sorted({str(row[0]) for row in broken})
        message = (
            f"the registry {place} was left as it was: rows of {', '.join(tables)} "
            "would point to rows that are not there"
        )
        raise RegistryError(message)
