"""Who it is that a Jupyter server lets in, and in which role."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from coveragekit.access import User
from coveragekit.errors import AccessRefused

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["People", "Seat", "person_of"]

# What servers of notebooks call somebody whom a token or a password let in.
_NOBODY: Final = re.compile(r"anonymous|[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class Seat:
    """
    What the server knows of one who sends a request.

    Parameters
    ----------
    username
        The name that the server's identity provider gives.
    names_people
        Whether that provider names people at all; those of the server itself do not.
    asks
        Whether the server asks for a token, a password or a sign-on.
    is_on_loopback
        Whether the server listens to this machine alone.
    """

    username: str
    names_people: bool
    asks: bool
    is_on_loopback: bool

    @property
    def is_named(self) -> bool:
        """Whether a person stands behind the name."""
        return self.names_people and not _NOBODY.fullmatch(self.username.lower())


@dataclass(frozen=True, slots=True)
class People:
    """
    What the server's configuration says of people.

    Parameters
    ----------
    single_user
        Who uses this server, where it is the server of one person; else empty.
    roles
        Roles of people whom the registry does not list, by their names.
    """

    single_user: str = ""
    roles: Mapping[str, str] = field(default_factory=dict)


def person_of(seat: Seat, people: People, listed: Callable[[str], str | None]) -> User:
    """
    Give who sends a request, in the role that the registry or the server says.

    Parameters
    ----------
    seat
        What the server knows.
    people
        What its configuration says.
    listed
        Gives the role in which the registry lists a name.

    Returns
    -------
    User
        A named person.

    Raises
    ------
    AccessRefused
        A shared token or password alone, or somebody without a role.
    InputError
        A name that cannot be written in a log.

    Examples
    --------
    >>> hub = Seat("kim", names_people=True, asks=True, is_on_loopback=False)
    >>> person_of(hub, People(), {"kim": "officer"}.get)
    User(name='kim', role='officer', source='proxy')
    """
    name = seat.username if seat.is_named else _single(seat, people)
    role = listed(name) or people.roles.get(name)
    if role is None:
        message = (
            f"{name} has no role here; an administrator lists people with: "
            f"coveragekit registry user {name!r} --is ROLE"
        )
        raise AccessRefused(message)
    return User(name, role, "proxy" if seat.is_named else "local")


def _single(seat: Seat, people: People) -> str:
    name = people.single_user.strip()
    if not name:
        message = (
            "this server does not say who you are: a shared token or password names "
            "nobody and opens no feed; sign on by name, or, where one person alone "
            "uses this server, let its configuration say who: "
            "c.CoverageKitFeeds.single_user"
        )
        raise AccessRefused(message)
    if not seat.asks:
        message = (
            "this server lets in anybody, without a token or a password: it opens no "
            "feed; start it with a token"
        )
        raise AccessRefused(message)
    if not seat.is_on_loopback:
        message = (
            "this server is reached from other machines, so its token may be anybody's "
            "and opens no feed; let it listen on 127.0.0.1, or sign on by name"
        )
        raise AccessRefused(message)
    return name
