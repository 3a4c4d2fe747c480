"""Which cameras, places and owners may be found by who is not the registry's desk."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import and_, exists, or_

from coveragekit.registry.consent import effective_state_column
from coveragekit.registry.consent_rules import consent_machine
from coveragekit.registry.schema import camera, consent, owner, site

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import ColumnElement, FromClause

__all__ = ["owners_in_sight", "places_in_sight", "standing_in_sight"]

_ASKED: Final = "invited"
_AGENCY: Final = "agency"


def standing_in_sight(at: datetime, *, asks: bool = False) -> ColumnElement[bool]:
    """
    Give whether a camera may be found, for a query over many.

    Parameters
    ----------
    at
        The latest time that is known.
    asks
        Whether it is to ask owners to take part: then also cameras of whose owner
        nobody has asked, or who has not answered.

    Returns
    -------
    sqlalchemy.ColumnElement
        Over the table ``camera``: as :func:`coveragekit.registry.camera_list.tier` says
        of one.
    """
    given = consent.alias()
    tiers = [
        name
        for name, state in consent_machine().states.items()
        if state.tier is not None
    ]
    mine = consent.c.camera_id == camera.c.camera_id
    agreed = (
        exists()
        .where(mine, consent.c.state.in_(tiers), effective_state_column(at).in_(tiers))
        .correlate(camera)
    )
    has_any = exists().where(given.c.camera_id == camera.c.camera_id).correlate(camera)
    has_said = (
        exists()
        .where(given.c.camera_id == camera.c.camera_id, given.c.state != _ASKED)
        .correlate(camera)
    )
    place, holder = site.alias(), owner.alias()
    is_agencys = (
        exists()
        .where(
            place.c.site_id == camera.c.site_id,
            holder.c.owner_id == place.c.owner_id,
            holder.c.kind == _AGENCY,
        )
        .correlate(camera)
    )
    known = or_(
        agreed,
        and_(camera.c.planned, ~has_said),
        and_(~has_any, is_agencys),
    )
    return or_(known, ~has_said) if asks else known


def places_in_sight(
    places: FromClause, at: datetime, *, asks: bool = False
) -> ColumnElement[bool]:
    """
    Give whether a place has a camera that may be found, for a query over many.

    Parameters
    ----------
    places
        A table with a ``site_id``, such as that of sites or recorders.
    at
        The latest time that is known.
    asks
        As of :func:`standing_in_sight`.

    Returns
    -------
    sqlalchemy.ColumnElement
        Over that table.
    """
    return (
        exists()
        .where(
            camera.c.site_id == places.c.site_id,
            camera.c.removed_at.is_(None),
            standing_in_sight(at, asks=asks),
        )
        .correlate(places)
    )


def owners_in_sight(at: datetime, *, asks: bool = False) -> ColumnElement[bool]:
    """
    Give whether an owner has a camera that may be found, for a query over many.

    Parameters
    ----------
    at
        The latest time that is known.
    asks
        As of :func:`standing_in_sight`.

    Returns
    -------
    sqlalchemy.ColumnElement
        Over the table ``owner``.
    """
    held = site.alias()
    return (
        exists()
        .where(
            held.c.owner_id == owner.c.owner_id, places_in_sight(held, at, asks=asks)
        )
        .correlate(owner)
    )
