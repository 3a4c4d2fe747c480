"""Sites with cameras, who may sign for them, and their recorders."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from coveragekit.errors import InputError
from coveragekit.registry import schema
from coveragekit.registry.passing_on import cameras_on, lapse_consents
from coveragekit.registry.rows import Rows

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime

    from sqlalchemy import Connection


__all__ = [
    "Authority",
    "Recorder",
    "Site",
    "add_authority",
    "add_recorder",
    "add_site",
    "change_authority",
    "change_recorder",
    "change_site",
    "get_authority",
    "get_recorder",
    "get_site",
    "list_authorities",
    "list_recorders",
    "list_sites",
]


@dataclass(frozen=True, slots=True)
class Site:
    """
    A place with one owner and one address.

    Parameters
    ----------
    site_id
        Its id.
    owner_id
        Its owner.
    name
        What people call it.
    address
        Postal address.
    kind
        What it is.
    lon
        Degrees east.
    lat
        Degrees north.
    place_id
        The study's place.
    building_id
        The study's building.
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

    site_id: str
    owner_id: str | None
    name: str | None
    address: str | None
    kind: str
    lon: float | None
    lat: float | None
    place_id: str | None
    building_id: str | None
    revision: int
    made_at: datetime
    changed_at: datetime
    changed_by: str
    changed_what: list[str] | None


@dataclass(frozen=True, slots=True)
class Authority:
    """
    Who may consent for a site, in which capacity and for how long.

    Parameters
    ----------
    authority_id
        Its id.
    site_id
        Its id.
    owner_id
        Its owner.
    capacity
        In which capacity the signer may consent.
    signer
        Who signs.
    from_on
        First day.
    to_on
        Last day.
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

    authority_id: str
    site_id: str
    owner_id: str
    capacity: str
    signer: str
    from_on: date | None
    to_on: date | None
    revision: int
    made_at: datetime
    changed_at: datetime
    changed_by: str
    changed_what: list[str] | None


@dataclass(frozen=True, slots=True)
class Recorder:
    """
    A box that keeps the pictures of several cameras.

    Parameters
    ----------
    recorder_id
        Its id.
    site_id
        Its id.
    make
        Maker.
    model
        Maker's name for it.
    channels
        How many cameras it takes.
    retention_days
        How long footage is kept, days.
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

    recorder_id: str
    site_id: str
    make: str | None
    model: str | None
    channels: int | None
    retention_days: float | None
    revision: int
    made_at: datetime
    changed_at: datetime
    changed_by: str
    changed_what: list[str] | None


_SITES = Rows(schema.site, Site)


def _check_authority(row: Authority) -> None:
    if row.from_on and row.to_on and row.to_on < row.from_on:
        message = f"an authority cannot end ({row.to_on}) before it begins"
        raise InputError(message)


_AUTHORITIES = Rows(schema.authority, Authority, check=_check_authority)
_RECORDERS = Rows(schema.recorder, Recorder)

add_site = _SITES.add
get_site = _SITES.get
list_sites = _SITES.page

add_authority = _AUTHORITIES.add
change_authority = _AUTHORITIES.change
get_authority = _AUTHORITIES.get
list_authorities = _AUTHORITIES.page


def change_site(
    connection: Connection,
    key: str,
    values: Mapping[str, object],
    *,
    revision: int,
    by: str,
) -> Site:
    """
    Change a site, unless somebody else did in between.

    Parameters
    ----------
    connection
        From ``Registry.write``.
    key
        Its id.
    values
        New values by the name of their column; the others stay.
    revision
        Its revision when the user saw it.
    by
        Name of the user.

    Returns
    -------
    Site
        The site as it is now.

    Raises
    ------
    ConflictError
        Somebody changed it in between; nothing was overwritten.
    TableError
        Some values cannot be kept; nothing was.
    InputError
        There is no such site, or no such owner.

    Notes
    -----
    Another owner has agreed to nothing: the consents of its cameras lapse.
    """
    if "owner_id" in values:
        former = get_site(connection, key).owner_id
        if former is not None and values["owner_id"] != former:
            gone = cameras_on(connection, key)
            reason = "The place has another owner."
            lapse_consents(connection, gone, by=by, reason=reason)
    return _SITES.change(connection, key, values, revision=revision, by=by)


add_recorder = _RECORDERS.add
change_recorder = _RECORDERS.change
get_recorder = _RECORDERS.get
list_recorders = _RECORDERS.page
