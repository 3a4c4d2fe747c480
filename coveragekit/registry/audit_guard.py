"""Which rights on the audit log the one who is signed on to PostgreSQL has."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from sqlalchemy import text

from coveragekit.errors import InputError

if TYPE_CHECKING:
    from sqlalchemy import Connection

__all__ = ["grant_statements", "missing_guards", "rights_beyond"]

_SQLITE: Final = (
    "audit_entry_follows",
    "audit_entry_no_delete",
    "audit_entry_no_update",
)
_POSTGRESQL: Final = (
    "audit_entry_follows",
    "audit_entry_no_change",
    "audit_entry_no_truncate",
)
_RIGHTS: Final = ("UPDATE", "DELETE", "TRUNCATE", "TRIGGER")
_WORK: Final = "SELECT, INSERT, UPDATE, DELETE"
_ROLE: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,62}")


def grant_statements(role: str) -> tuple[str, ...]:
    """
    Give what lets a role of PostgreSQL work in the registry and only add to the log.

    Parameters
    ----------
    role
        Name of the role that the application signs on as; not the owner of the tables.

    Returns
    -------
    tuple of str
        Statements, to be run by the owner of the tables.

    Raises
    ------
    InputError
        The name is not one of plain letters, digits and underscores.

    Examples
    --------
    >>> grant_statements("desk")[-1]
    'GRANT SELECT, INSERT ON audit_entry TO "desk"'
    """
    if not _ROLE.fullmatch(role):
        message = (
            f"{role!r} is no name of a role; allowed: letters, digits and _, at most "
            "63, such as coveragekit_app"
        )
        raise InputError(message)
    return (
        f'GRANT USAGE ON SCHEMA public TO "{role}"',
        f'GRANT {_WORK} ON ALL TABLES IN SCHEMA public TO "{role}"',
        f'GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO "{role}"',
        f'REVOKE ALL ON audit_entry FROM "{role}"',
        f'GRANT SELECT, INSERT ON audit_entry TO "{role}"',
    )


def missing_guards(connection: Connection) -> tuple[str, ...]:
    """
    Give the guards of the log that somebody took out of the database.

    Parameters
    ----------
    connection
        A connection to the registry.

    Returns
    -------
    tuple of str
        Names of triggers; those that are switched off count as taken out.
    """
    if connection.dialect.name == "postgresql":
        query = text(
            "SELECT tgname FROM pg_trigger WHERE tgrelid = 'audit_entry'::regclass "
            "AND NOT tgisinternal AND tgenabled <> 'D'"
        )
        wanted = _POSTGRESQL
    else:
        query = text(
            "SELECT name FROM sqlite_master WHERE type = 'trigger' "
            "AND tbl_name = 'audit_entry'"
        )
        wanted = _SQLITE
    there = set(connection.execute(query).scalars())
    return tuple(name for name in wanted if name not in there)


def rights_beyond(connection: Connection) -> tuple[str, ...]:
    """
    Give the rights on the log that whoever is signed on has and should not have.

    Parameters
    ----------
    connection
        A connection to the registry.

    Returns
    -------
    tuple of str
        Such as ``"UPDATE"``; ``"owner"`` where the guards can be taken away. Of SQLite
        always ``("owner",)``: who can write the file can write all of it.
    """
    if connection.dialect.name != "postgresql":
        return ("owner",)
    query = text("SELECT has_table_privilege('audit_entry', :what)")
    found = [
        right
        for right in _RIGHTS
        if connection.execute(query, {"what": right}).scalar()
    ]
    owns = text(
        "SELECT pg_has_role(relowner, 'USAGE') FROM pg_class "
        "WHERE oid = 'audit_entry'::regclass"
    )
    if connection.execute(owns).scalar():
        found.append("owner")
    return tuple(found)
