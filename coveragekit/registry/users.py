"""Users and their roles."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import func

from coveragekit.errors import InputError
from coveragekit.registry import schema
from coveragekit.registry.rows import MOST_ROWS, Rows

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
    _check_name(connection, values.get("name"), None)
    return _USERS.add(connection, values, by=by)


def change_user(
    connection: Connection,
    key: str,
    values: Mapping[str, object],
    *,
    revision: int,
    by: str,
) -> AppUser:
    """
    Change a user, unless somebody else did in between.

    Parameters
    ----------
    connection
        From ``Registry.write``.
    key
        Id of the user.
    values
        New values by the name of their column; the others stay.
    revision
        The user's revision when it was seen.
    by
        Name of the user who changes it.

    Returns
    -------
    AppUser
        The user as kept.

    Raises
    ------
    ConflictError
        Somebody changed it in between; nothing was overwritten.
    TableError
        Some values cannot be kept.
    InputError
        There is no such user, or another has the name, in whatever letters.
    """
    _check_name(connection, values.get("name"), key)
    return _USERS.change(connection, key, values, revision=revision, by=by)


def _check_name(connection: Connection, name: object, key: str | None) -> None:
    """Refuse a name that another has: only their case would tell who signs on."""
    known = user_named(connection, name) if isinstance(name, str) else None
    if known is not None and known.user_id != key:
        message = f"there is a user {known.name!r} already; change that one"
        raise InputError(message)


def user_named(connection: Connection, name: str) -> AppUser | None:
    """
    Give the user whom the sign-on calls by a name.

    Parameters
    ----------
    connection
        From ``Registry.read`` or ``Registry.write``.
    name
        The name, whatever the case of its letters.

    Returns
    -------
    AppUser or None
        The user, whether active or not; ``None`` where there is none.
    """
    wanted, found = _bare(name), None
    lower = func.lower(schema.app_user.c.name)
    # no database here folds the letters of every language: those are compared by us
    same = (lower == name.strip().lower(),) if name.isascii() else ()
    after = None
    while found is None:
        page = list_users(connection, *same, after=after, limit=MOST_ROWS)
        found = next((one for one in page.rows if _bare(one.name) == wanted), None)
        after = page.after
        if after is None:
            break
    return found


def _bare(name: str) -> str:
    return unicodedata.normalize("NFKC", name.strip()).casefold()
