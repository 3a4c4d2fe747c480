"""Owners of cameras, and the people to call."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from coveragekit.registry import schema
from coveragekit.registry.rows import Rows

if TYPE_CHECKING:
    from datetime import datetime


__all__ = [
    "Contact",
    "Owner",
    "add_contact",
    "add_owner",
    "change_contact",
    "change_owner",
    "get_contact",
    "get_owner",
    "list_contacts",
    "list_owners",
    "same_contact",
]

_SHORTEST: Final = 6
"""Digits below which nothing is a telephone number."""
_NATIONAL: Final = 8
"""Digits that tell a telephone number apart without the code of its country."""
_COUNTRY: Final = 3
"""Digits that the code of a country has at most."""


@dataclass(frozen=True, slots=True)
class Owner:
    """
    Who owns sites and the cameras on them.

    Parameters
    ----------
    owner_id
        Its id.
    name
        What people call it.
    kind
        What it is.
    language
        Language the owner reads, such as ``en``.
    erased_at
        When the owner's name and contacts were erased.
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

    owner_id: str
    name: str
    kind: str
    language: str | None
    erased_at: datetime | None
    revision: int
    made_at: datetime
    changed_at: datetime
    changed_by: str
    changed_what: list[str] | None


@dataclass(frozen=True, slots=True)
class Contact:
    """
    A person to call; read only through the door, and never exported.

    Parameters
    ----------
    contact_id
        Its id.
    owner_id
        Its owner.
    name
        What people call it.
    phone
        Telephone number.
    email
        E-mail address.
    best_time
        When to call.
    can_export
        Whether this person can copy footage off the recorder.
    purged_at
        When it was emptied by rule.
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

    contact_id: str
    owner_id: str
    name: str | None
    phone: str | None
    email: str | None
    best_time: str | None
    can_export: bool
    purged_at: datetime | None
    revision: int
    made_at: datetime
    changed_at: datetime
    changed_by: str
    changed_what: list[str] | None


_OWNERS = Rows(schema.owner, Owner)
_CONTACTS = Rows(schema.contact, Contact)

add_owner = _OWNERS.add
change_owner = _OWNERS.change
get_owner = _OWNERS.get
list_owners = _OWNERS.page

add_contact = _CONTACTS.add
change_contact = _CONTACTS.change
get_contact = _CONTACTS.get
list_contacts = _CONTACTS.page


def same_contact(given: str, kept: str | None) -> bool:
    """
    Tell whether two addresses or numbers reach the same person, however they are typed.

    Parameters
    ----------
    given
        What somebody typed.
    kept
        What is on file.

    Returns
    -------
    bool
        Of e-mail addresses the case of letters does not matter; of telephone numbers
        only the digits do, without the code of a country and what stands for "outside"
        before it.

    Examples
    --------
    >>> same_contact("+1 404 555 0123", "(404) 555-0123")
    True
    >>> same_contact("555 0123", "(404) 555-0123")
    False
    """
    typed, known = _plain(given), _plain(kept or "")
    if "@" in known or "@" in typed:
        return typed == known
    shorter, longer = sorted((_digits(typed), _digits(known)), key=len)
    if len(shorter) < _SHORTEST:
        return False
    more = len(longer) - len(shorter)
    if more and (len(shorter) < _NATIONAL or more > _COUNTRY):
        return False
    return longer.endswith(shorter)


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip().casefold()


def _digits(text: str) -> str:
    """Give the digits of a telephone number: no extension, and no zeros in front."""
    number = re.split(r"(?<=\d)\D*[a-z#]", text, maxsplit=1)[0]
    digits = "".join(str(unicodedata.decimal(one)) for one in number if one.isdecimal())
    return digits.lstrip("0")
