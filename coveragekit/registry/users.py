"""Users and their roles."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from coveragekit.errors import InputError
from coveragekit.registry import schema
from coveragekit.registry.rows import Rows

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy import Connection


__all__ = ["AppUser", "add_user", "change_user", "get_user", "list_users", "user_named"]


@dataclass(frozen=True, slots=True)
class AppUser:
    """
    Somebody who signs on, as the sign-on names them.

    Parameters
    ----------
    user_id
        Its id.
    name
        What people call it.
    display
        Name to show.
    role
        Role, one of the model's.
    active
        Whether the user may sign on.
    revision
        How often it was changed, from 1; a change names the one it saw.
    made_at
        When it was added.
    changed_at
        When it was last changed.
    changed_by
        Who changed it last.
    changed_what
        Which columns the last change touched.
    """

    user_id: str
    name: str
    display: str | None
    role: str
    active: bool
    revision: int
    made_at: datetime
    changed_at: datetime
    changed_by: str
    changed_what: list[str] | None


_USERS = Rows(schema.app_user, AppUser)

change_user = _USERS.change
get_user = _USERS.get
list_users = _USERS.page


def add_user(
    connection: Connection, values: Mapping[str, object], *, by: str
) -> AppUser:
    """
    Add a user.

    Parameters
    ----------
    connection
        From ``Registry.write``.
    values
        At least ``name`` and ``role``.
    by
        Name of the user who adds.

    Returns
    -------
    AppUser
        The user as kept.

    Raises
    ------
    TableError
        Some values cannot be kept, such as a role that there is not.
    InputError
        The name is taken.
    """
    name = values.get("name")
    if isinstance(name, str) and user_named(connection, name.strip()) is not None:
        message = f"there is a user {name.strip()!r} already; change that one"
        raise InputError(message)
    return _USERS.add(connection, values, by=by)


def user_named(connection: Connection, name: str) -> AppUser | None:
    """
    Give the user whom the sign-on calls by a name.

    Parameters
    ----------
    connection
        From ``Registry.read`` or ``Registry.write``.
    name
        The name, letter by letter.

    Returns
    -------
    AppUser or None
        The user, whether active or not; ``None`` where there is none.
    """
    found = list_users(connection, schema.app_user.c.name == name, limit=1).rows
    return found[0] if found else None
