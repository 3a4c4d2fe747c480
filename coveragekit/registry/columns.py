"""The columns that many tables have, and how their rows are named."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Float,
    ForeignKey,
    Integer,
    MetaData,
    Text,
    text,
)

from coveragekit.registry.column_types import Id, Json, UtcTime

if TYPE_CHECKING:
    from sqlalchemy.schema import SchemaItem

__all__ = [
    "ID_PREFIXES",
    "flag",
    "kept",
    "key",
    "metadata",
    "moment",
    "moments",
    "needed",
    "new_id",
    "numbers",
    "place",
    "pointer",
    "scope",
    "words",
]

ID_PREFIXES: Final = {
    "owner": "own",
    "contact": "ctc",
    "site": "site",
    "authority": "aut",
    "recorder": "rec",
    "camera": "cam",
    "credential": "crd",
    "consent": "con",
    "consent_event": "cev",
    "request": "req",
    "request_event": "rev",
    "batch": "bat",
    "received_file": "fil",
    "call": "call",
    "prospect": "pro",
    "fee_plan": "fee",
    "app_user": "usr",
    "share": "shr",
    "privacy_zone": "zon",
    "submission": "sub",
    "review": "rvw",
    "feed": "fed",
    "picture_mask": "msk",
}

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_N_label)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def new_id(kind: str) -> str:
    """
    Make a new id that nobody can guess.

    Parameters
    ----------
    kind
        Name of the table, or ``"batch"`` for requests that were made together.

    Returns
    -------
    str
        The kind's prefix, an underscore and 16 hexadecimal digits.

    Examples
    --------
    >>> new_id("camera")[:4], len(new_id("camera"))
    ('cam_', 20)
    """
    return f"{ID_PREFIXES[kind]}_{secrets.token_hex(8)}"


def key(name: str) -> Column[Any]:
    """
    Give the column that names a row.

    Parameters
    ----------
    name
        Name of the column.

    Returns
    -------
    sqlalchemy.Column
        The primary key.
    """
    return Column(name, Id, primary_key=True)


def pointer(name: str, target: str, *, needed: bool = True) -> Column[Any]:
    """
    Give a column that names a row of another table.

    Parameters
    ----------
    name
        Name of the column.
    target
        Table and column it points to.
    needed
        Whether it may not be missing.

    Returns
    -------
    sqlalchemy.Column
        A foreign key with an index.
    """
    return Column(name, Id, ForeignKey(target), nullable=not needed, index=True)


def flag(name: str, *, default: bool = False) -> Column[Any]:
    """
    Give a column that is true or false.

    Parameters
    ----------
    name
        Name of the column.
    default
        What it is where nothing is said.

    Returns
    -------
    sqlalchemy.Column
        Never missing.
    """
    word = text("true" if default else "false")
    return Column(name, Boolean, nullable=False, server_default=word)


def words(*names: str) -> list[Column[Any]]:
    """
    Give columns of text that may be missing.

    Parameters
    ----------
    *names
        Names of the columns.

    Returns
    -------
    list of sqlalchemy.Column
        One for each.
    """
    return [Column(name, Text) for name in names]


def needed(*names: str) -> list[Column[Any]]:
    """
    Give columns of text that may not be missing.

    Parameters
    ----------
    *names
        Names of the columns.

    Returns
    -------
    list of sqlalchemy.Column
        One for each.
    """
    return [Column(name, Text, nullable=False) for name in names]


def moments(*names: str) -> list[Column[Any]]:
    """
    Give columns of times that may be missing.

    Parameters
    ----------
    *names
        Names of the columns.

    Returns
    -------
    list of sqlalchemy.Column
        One for each.
    """
    return [Column(name, UtcTime) for name in names]


def moment(name: str) -> Column[Any]:
    """
    Give a column of a time that may not be missing.

    Parameters
    ----------
    name
        Name of the column.

    Returns
    -------
    sqlalchemy.Column
        The column.
    """
    return Column(name, UtcTime, nullable=False)


def numbers(*names: str) -> list[Column[Any]]:
    """
    Give columns of numbers that may be missing.

    Parameters
    ----------
    *names
        Names of the columns.

    Returns
    -------
    list of sqlalchemy.Column
        One for each.
    """
    return [Column(name, Float(53)) for name in names]


def place(*, needed: bool) -> list[SchemaItem]:
    """
    Give the columns of a place, degrees on WGS 84.

    Parameters
    ----------
    needed
        Whether it may not be missing.

    Returns
    -------
    list of sqlalchemy.schema.SchemaItem
        ``lon`` and ``lat`` with their bounds.
    """
    # two comparisons refuse what is not a number on both databases
    return [
        Column("lon", Float(53), nullable=not needed),
        Column("lat", Float(53), nullable=not needed),
        CheckConstraint("lon >= -180 AND lon <= 180", name="lon"),
        CheckConstraint("lat >= -90 AND lat <= 90", name="lat"),
    ]


def scope() -> list[Column[Any]]:
    """
    Give the columns that say what somebody may do.

    Returns
    -------
    list of sqlalchemy.Column
        Live, recorded and steering.
    """
    return [flag("scope_live"), flag("scope_recorded"), flag("scope_ptz")]


def kept() -> list[SchemaItem]:
    """
    Give the columns that let two users change one row without losing anything.

    Returns
    -------
    list of sqlalchemy.schema.SchemaItem
        The revision, and who changed what when.
    """
    return [
        Column("revision", Integer, nullable=False, server_default=text("1")),
        moment("made_at"),
        moment("changed_at"),
        Column("changed_by", Text, nullable=False),
        # which columns the last change touched, to tell one who comes second
        Column("changed_what", Json),
    ]
