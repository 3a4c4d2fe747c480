"""Who asks, and for what."""

from __future__ import annotations

import os
import unicodedata
from dataclasses import dataclass
from functools import cache
from typing import Final, Literal

from coveragekit.errors import InputError

__all__ = ["SOURCES", "Purpose", "User", "system_name"]

Source = Literal["proxy", "local", "token", "service"]
SOURCES: Final = ("proxy", "local", "token", "service")
_SERVICE: Final = "service"
_LONGEST: Final = 200


@dataclass(frozen=True, slots=True)
class User:
    """
    Who asks.

    Parameters
    ----------
    name
        The person's name as the sign-on gave it; empty where nobody is named.
    role
        Role, as ``coveragekit.model.roles`` lists them.
    source
        Where the name comes from: ``"proxy"`` (the sign-on), ``"local"`` (the person
        who started this program on their own machine), ``"token"`` (an address with a
        shared token: that is nobody, and opens nothing), ``"service"`` (this program at
        work by itself, under the account that the policy names; its role is
        ``"service"``, which no person has).

    Raises
    ------
    InputError
        An unknown source, a name or role that cannot be written in a log, or a service
        of another role.

    Examples
    --------
    >>> User("kim", "officer", "proxy").is_named
    True
    >>> User("", "officer", "token").is_named
    False
    """

    name: str
    role: str
    source: Source = "local"

    def __post_init__(self) -> None:
        if self.source not in SOURCES:
            message = (
                f"a user's source is {self.source!r}; allowed: {', '.join(SOURCES)}"
            )
            raise InputError(message)
        _check("name", self.name)
        _check("role", self.role)
        if self.name.strip().startswith("("):
            # The log writes what is no person in brackets.
            message = f"a user's name cannot begin with a bracket; seen: {self.name!r}"
            raise InputError(message)
        if self.source == _SERVICE and self.role != _SERVICE:
            message = f"a service has the role 'service'; seen: {self.role!r}"
            raise InputError(message)
        # A blank more would be another name to the list of users.
        object.__setattr__(self, "name", self.name.strip())

    @property
    def is_named(self) -> bool:
        """Whether somebody stands behind it by name: a person, or a service."""
        return bool(self.name) and self.source != "token"


@dataclass(frozen=True, slots=True)
class Purpose:
    """
    What it is for.

    Parameters
    ----------
    code
        One of the policy's purposes, such as ``"call"``.
    offence
        The offence, as NIBRS code or name, or as the policy names it.
    case_number
        Number of the case or call.
    legal_basis
        One of the policy's grounds; its first where none is named.
    emergency
        Whether this is claimed to be an emergency; a supervisor reviews it afterwards.

    Raises
    ------
    InputError
        A text that cannot be written in a log.

    Examples
    --------
    >>> Purpose("call", case_number="26-0417").emergency
    False
    """

    code: str
    offence: str | None = None
    case_number: str | None = None
    legal_basis: str | None = None
    emergency: bool = False

    def __post_init__(self) -> None:
        for name in ("code", "offence", "case_number", "legal_basis"):
            value = getattr(self, name)
            if value is not None:
                _check(name, value)


@cache
def system_name() -> str | None:
    """
    Give the name by which this machine's system knows who runs this program.

    Returns
    -------
    str or None
        ``None`` where it does not say. The environment is not asked: anybody can claim
        anything there.

    Examples
    --------
    >>> system_name() is None or bool(system_name())
    True
    """
    try:
        import pwd

        return pwd.getpwuid(os.getuid()).pw_name
    except (ImportError, KeyError):  # no such list, or nobody in it has this number
        return None


def _check(name: str, value: str) -> None:
    if len(value) > _LONGEST:
        message = f"{name} has {len(value):,} characters; allowed: {_LONGEST} at most"
        raise InputError(message)
    if any(unicodedata.category(one) in {"Cc", "Cf", "Cs"} for one in value):
        message = f"{name} holds control characters, which a log does not take"
        raise InputError(message)
