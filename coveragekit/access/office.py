"""Keep the registry running: make it, upgrade it, bring cameras in."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from coveragekit.access.door import Door
from coveragekit.access.opening import open_door, the_door
from coveragekit.access.people import User
from coveragekit.access.policy import read_policy
from coveragekit.errors import AccessRefused, InputError, RegistryError
from coveragekit.registry.audit import Entry, append
from coveragekit.registry.connecting import as_url, default_url, shown
from coveragekit.registry.moving import Imported, RowReport, import_cameras
from coveragekit.registry.opening import Registry
from coveragekit.registry.users import add_user, user_named

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from coveragekit.access.people import Purpose

__all__ = [
    "Imported",
    "RowReport",
    "create_registry",
    "default_url",
    "import_rows",
    "listed_role",
    "local_user",
    "shown_place",
    "upgrade_registry",
]


def create_registry(
    user: User,
    registry: str | Path | None = None,
    *,
    policy: str | Path | None = None,
    sign: bool = True,
) -> Door:
    """
    Make a registry; who makes it is its first administrator.

    Parameters
    ----------
    user
        Who makes it, by name.
    registry
        Where: what ``open_door`` takes.
    policy
        A policy file, as ``open_door`` takes it.
    sign
        Whether checkpoints of the log are signed with this user's key.

    Returns
    -------
    Door
        Its door, to be closed after use.

    Raises
    ------
    AccessRefused
        Nobody is named, or the user is no administrator.
    RegistryError
        There is one already, or it cannot be made there.
    """
    if not user.is_named or user.role != "administrator":
        message = (
            f"a registry is made by a named administrator; seen: {user.name!r} as "
            f"{user.role!r}"
        )
        raise AccessRefused(message)
    if _is_there(registry):
        message = (
            f"there is a registry already at {_place(registry)}; name another place, "
            "or use that one"
        )
        raise RegistryError(message)
    door = open_door(registry, policy=policy, create=True, sign=sign)
    with door.registry.write() as connection:
        said = {"name": user.name, "role": user.role, "active": True}
        made = add_user(connection, said, by=user.name)
        entry = Entry(
            user.name,
            user.role,
            "human",
            "create_registry",
            "app_user",
            (made.user_id,),
            parameters={"policy": door.policy.name, "source": user.source},
        )
        append(connection, entry)
    return door


def _is_there(registry: str | Path | None) -> bool:
    try:
        Registry.open(registry, any_version=True).close()
    except RegistryError:
        return False
    return True


def _place(registry: str | Path | None) -> str:
    with Registry.open(registry, any_version=True) as found:
        return found.place


def upgrade_registry(
    user: User, purpose: Purpose, registry: str | Path | None = None
) -> tuple[str | None, str | None]:
    """
    Bring a registry to the version of this program.

    Parameters
    ----------
    user
        Who upgrades it.
    purpose
        What for.
    registry
        Where it is: what ``open_door`` takes.

    Returns
    -------
    tuple of str
        Its version before and after.

    Raises
    ------
    AccessRefused
        The policy does not allow it; that is on record.
    RegistryError
        It is newer than this program, or the database refused; it is as it was.
    """
    with Registry.open(registry, any_version=True) as found:
        before = found.version
        door = Door(found, read_policy(), None)
        door.demand(user, "upgrade", None, purpose)
        found.upgrade()
        return before, found.version


def shown_place(registry: str | Path | None) -> str:
    """
    Give where a registry is, as people may read it: without a password.

    Parameters
    ----------
    registry
        What ``open_door`` takes.

    Returns
    -------
    str
        A path, or an address whose password is hidden.

    Raises
    ------
    InputError
        The address cannot be read.

    Examples
    --------
    >>> shown_place("postgresql://kim:secret@host/city")
    'postgresql+psycopg://kim:***@host/city'
    """
    return shown(as_url(registry))


def local_user(
    name: str | None = None,
    role: str | None = None,
    *,
    registry: Door | str | Path | None = None,
) -> User:
    """
    Give who sits before this machine, in the role that the registry lists.

    Parameters
    ----------
    name
        Name; that of ``COVERAGEKIT_USER``, or of the operating system, where it is not
        given.
    role
        Role; the one that the registry lists, else that of ``COVERAGEKIT_ROLE``, else
        analyst, where it is not given.
    registry
        A door, or what ``open_door`` takes.

    Returns
    -------
    User
        Whose source is ``"local"``.

    Raises
    ------
    InputError
        The machine does not say who it is.
    """
    named = name or os.environ.get("COVERAGEKIT_USER") or _os_user()
    if role is None:
        listed = listed_role(named, registry=registry)
        role = listed or os.environ.get("COVERAGEKIT_ROLE", "analyst")
    return User(named, role, "local")


def listed_role(name: str, *, registry: Door | str | Path | None = None) -> str | None:
    """
    Give the role in which the registry lists a name.

    Parameters
    ----------
    name
        The name, in any case of letters.
    registry
        A door, or what ``open_door`` takes.

    Returns
    -------
    str or None
        The role; ``None`` where the registry does not list the name. Whether somebody
        may still use the registry is decided by the door, whatever the role.
    """
    with the_door(registry) as door, door.registry.read() as connection:
        listed = user_named(connection, name.strip())
    return listed.role if listed else None


def _os_user() -> str:
    import getpass

    try:
        return getpass.getuser()
    except (KeyError, OSError):
        message = "this machine does not say who you are; give your name with --user"
        raise InputError(message) from None


def import_rows(  # noqa: PLR0913 - the rows, and how to take them
    user: User,
    purpose: Purpose,
    rows: Iterable[Mapping[str, object]],
    *,
    source: str,
    agency: str | None = None,
    again: bool = False,
    lines: Iterable[int] | None = None,
    dry_run: bool = False,
    registry: Door | str | Path | None = None,
) -> Imported:
    """
    Add and change cameras by the rows of a file, and report on every row.

    Parameters
    ----------
    user
        Who brings them in.
    purpose
        What for.
    rows
        One mapping for each row, from names of columns to cells.
    source
        What to call the file; a camera is the same where source and key are.
    agency
        Name of the agency, where cameras of nobody else are its own.
    again
        Whether rows are added, too, that are just like cameras that are there already.
    lines
        Line of the file of each row; they are counted from 1 where it is not given.
    dry_run
        Whether to only report what would be done.
    registry
        A door, or what ``open_door`` takes.

    Returns
    -------
    Imported
        What was done, or would be, row by row.

    Raises
    ------
    AccessRefused
        The policy does not allow it; that is on record.
    """
    with (
        the_door(registry) as door,
        door.doing(user, "import_registry", purpose) as work,
    ):
        done = import_cameras(
            work.connection,
            rows,
            by=user.name,
            source=source,
            agency=agency,
            again=again,
            lines=lines,
            dry_run=dry_run,
        )
        work.object_type = "camera"
        work.rows = done.added + done.changed
        work.parameters = {
            "source": source,
            "dry_run": dry_run,
            "added": done.added,
            "changed": done.changed,
            "same": done.same,
            "doubles": done.doubles,
            "refused": done.refused,
        }
    return done
