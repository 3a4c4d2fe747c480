"""Businesses that might join."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from coveragekit.registry import schema
from coveragekit.registry.rows import Rows

if TYPE_CHECKING:
    from datetime import datetime


__all__ = [
    "Prospect",
    "add_prospect",
    "change_prospect",
    "get_prospect",
    "list_prospects",
]


@dataclass(frozen=True, slots=True)
class Prospect:
    """
    A business that might join.

    Parameters
    ----------
    prospect_id
        Its id.
    place_id
        The study's place.
    name
        What people call it.
    address
        Postal address.
    lon
        Degrees east.
    lat
        Degrees north.
    stage
        How far talks have come.
    do_not_contact
        Whether nobody may call again.
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

    prospect_id: str
    place_id: str | None
    name: str
    address: str | None
    lon: float | None
    lat: float | None
    stage: str
    do_not_contact: bool
    revision: int
    made_at: datetime
    changed_at: datetime
    changed_by: str
    changed_what: list[str] | None


_PROSPECTS = Rows(schema.prospect, Prospect)

add_prospect = _PROSPECTS.add
change_prospect = _PROSPECTS.change
get_prospect = _PROSPECTS.get
list_prospects = _PROSPECTS.page
