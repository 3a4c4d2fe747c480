"""Owners of cameras, and the people to call."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

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
]


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
