"""Cameras as a clerk looks for them: with their owner, address and consent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import case, exists, func, not_, or_, select

from coveragekit.errors import InputError
from coveragekit.registry.camera_filter import CameraFilter, conditions
from coveragekit.registry.consent import effective_state_column
from coveragekit.registry.consent_rules import consent_machine
from coveragekit.registry.places import near
from coveragekit.registry.rows import MOST_ROWS, Page
from coveragekit.registry.schema import ID_PREFIXES, camera, consent, owner, site
from coveragekit.registry.values import LONGEST_TEXT, shown

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection, Select

__all__ = [
    "NO_CONSENT",
    "CameraLine",
    "LineFilter",
    "camera_lines",
    "unasked_in_sight",
]

NO_CONSENT: Final = "none"
"""The state of a camera whose owner was never asked."""
# A person's name is a contact; the name of a shop or an agency stands on its door.
_ON_THE_DOOR: Final = ("business", "agency")
_WITHIN_M: Final = 500.0
_FEW: Final = 1000
_OWNER_ID: Final = f"{ID_PREFIXES['owner']}_"


@dataclass(frozen=True, slots=True)
class CameraLine:
    """
    One camera, with what tells it from the others.

    Parameters
    ----------
    camera_id
        Its id.
    consent
        State of its consent by the clock; ``"none"`` where the owner was never asked.
    name
        Its name.
    owner
        Name of its owner; of a person only for those who keep the registry.
    owner_id, owner_kind
        The owner, and whether it is a person, a business or the agency.
    address
        That of its site, else its own.
    kind
        Its kind.
    bearing_deg
        Where it looks, degrees from north.
    retention_days
        How long it keeps its pictures.
    faces_homes_share
        Share of the house fronts in its view that are homes.
    cloud_only
        Whether it is reached through its maker alone.
    planned
        Whether it is not built yet.
    lon, lat
        Where it stands, degrees.
    distance_m
        How far it is from the place that was asked about.
    """

    camera_id: str
    consent: str
    name: str | None
    owner: str | None
    owner_id: str | None
    owner_kind: str | None
    address: str | None
    kind: str
    bearing_deg: float | None
    retention_days: float | None
    faces_homes_share: float | None
    cloud_only: bool
    planned: bool
    lon: float
    lat: float
    distance_m: float | None = None


@dataclass(frozen=True, slots=True)
class LineFilter:
    """
    Which cameras to list; what is not given does not matter.

    Parameters
    ----------
    owner
        Part of the owner's name, or the owner's id.
    states
        Their consent is in one of these states by the clock; ``"none"`` where the owner
        was never asked.
    street
        Part of the address.
    words
        Part of the camera's name, of its address or of its owner's name.
    camera_id
        This one camera.
    near
        Longitude and latitude: the nearest first, within 500 m.
    """

    owner: str | None = None
    states: tuple[str, ...] = ()
    street: str | None = None
    words: str | None = None
    camera_id: str | None = None
    near: tuple[float, float] | None = None


def camera_lines(  # noqa: PLR0913 - which ones, and who may see what
    connection: Connection,
    wanted: LineFilter | None = None,
    *,
    now: datetime,
    persons: bool = False,
    visible: ColumnElement[bool] | None = None,
    quick: ColumnElement[bool] | None = None,
    after: str | None = None,
    limit: int = 100,
) -> Page[CameraLine]:
    """
    List cameras with owner, address and consent, some at a time.

    Parameters
    ----------
    connection
        From ``Registry.read`` or ``Registry.write``.
    wanted
        Which ones; all that were not taken down where it is not given.
    now
        The present; consent is that of this time.
    persons
        Whether names of persons are given, and looked for.
    visible
        What cameras have to fulfil to be seen at all, over the table ``camera``.
    quick
        What all of those fulfil that may be seen, and few others; it is asked first.
    after
        Id after which they begin; not where they are asked for by a place.
    limit
        Most cameras, 1 to 1,000.

    Returns
    -------
    Page
        The cameras by their ids, or the nearest first; and where the next begin.

    Raises
    ------
    InputError
        The limit is out of range, there is no such state, or the place is not on the
        globe.
    """
    asked = wanted or LineFilter()
    if not 1 <= limit <= MOST_ROWS:
        message = f"a list gives 1 to {MOST_ROWS} rows at a time; seen: {limit}"
        raise InputError(message)
    where = _where(connection, asked, now=now, persons=persons)
    if quick is not None:
        where.append(_narrowed(connection, quick))
    if visible is not None:
        where.append(visible)
    if asked.near is not None:
        lon, lat = asked.near
        found = near(
            connection, lon, lat, where=tuple(where), most=limit, within_m=_WITHIN_M
        )
        far = {one.camera_id: one.distance_m for one in found}
        return Page(_lines(connection, far, now=now, persons=persons), None)
    follows = [] if after is None else [camera.c.camera_id > after]
    query = select(camera.c.camera_id).where(*where, *follows)
    ids = connection.execute(query.order_by(camera.c.camera_id).limit(limit + 1))
    kept = list(ids.scalars())
    last = kept[limit - 1] if len(kept) > limit else None
    few = dict.fromkeys(kept[:limit])
    return Page(_lines(connection, few, now=now, persons=persons), last)


def _lines(
    connection: Connection,
    far: Mapping[str, float | None],
    *,
    now: datetime,
    persons: bool,
) -> tuple[CameraLine, ...]:
    """Give the lines of cameras, in the order in which their ids stand."""
    query = _query(now, persons=persons).where(camera.c.camera_id.in_(list(far)))
    found = {row.camera_id: row for row in connection.execute(query)}
    return tuple(_line(found[one], distance_m=far[one]) for one in far)


def _where(
    connection: Connection, asked: LineFilter, *, now: datetime, persons: bool
) -> list[ColumnElement[bool]]:
    known = (*consent_machine().states, NO_CONSENT)
    unknown = sorted(set(asked.states) - set(known))
    if unknown:
        message = f"there is no state {shown(unknown[0])}; allowed: {', '.join(known)}"
        raise InputError(message)
    # Only where no other states are asked for does the index of states help.
    quick = () if NO_CONSENT in asked.states else asked.states
    where = list(conditions(connection, CameraFilter(states=quick)))
    if asked.states and not quick:
        own = consent.c.camera_id == camera.c.camera_id
        agreed = effective_state_column(now).in_(asked.states)
        where.append(or_(not_(exists().where(own)), exists().where(own, agreed)))
    everybody = owner.c.owner_id.is_not(None)
    named = everybody if persons else owner.c.kind.in_(_ON_THE_DOOR)
    for part, columns in (
        (asked.owner, _OWNERS),
        (asked.street, _ADDRESSES),
        (asked.words, _EVERYTHING),
    ):
        if part:
            where.append(_told(connection, part, columns, persons=named))
    if asked.camera_id is not None:
        where.append(camera.c.camera_id == asked.camera_id)
    return where


_OWNERS: Final = ("owner.name", "owner.owner_id")
_ADDRESSES: Final = ("camera.address", "site.address")
_EVERYTHING: Final = ("camera.name", *_ADDRESSES, "owner.name")


def _told(
    connection: Connection,
    part: str,
    columns: tuple[str, ...],
    *,
    persons: ColumnElement[bool],
) -> ColumnElement[bool]:
    """
    Ask for cameras by a part of a text about them, their site or their owner.

    Where few fit, their ids are read first: to ask each camera in turn takes longer.
    """
    asked = [
        _with_part(connection, name, part, persons=persons)
        for name in columns
        if name != "owner.owner_id" or part.startswith(_OWNER_ID)
    ]
    found: set[str] = set()
    for query, _ in asked:
        found.update(connection.execute(query.limit(_FEW + 1)).scalars())
        if len(found) > _FEW:
            return or_(*(each for _, each in asked))
    return camera.c.camera_id.in_(sorted(found))


def _with_part(
    connection: Connection, column: str, part: str, *, persons: ColumnElement[bool]
) -> tuple[Select[Any], ColumnElement[bool]]:
    """Give the cameras that one column brings, and the test of one camera."""
    table, name = column.split(".")
    ids = select(camera.c.camera_id)
    if table == "camera":
        said = _says(connection, camera.c[name], part)
        return ids.where(said), said
    if table == "site":
        there = select(site.c.site_id).where(_says(connection, site.c[name], part))
    else:
        named = owner.c[name] == part
        if name == "name":
            named = _says(connection, owner.c.name, part) & persons
        there = select(site.c.site_id).where(
            site.c.owner_id.in_(select(owner.c.owner_id).where(named))
        )
    few = connection.execute(there.limit(_FEW + 1)).scalars().all()
    each = camera.c.site_id.in_(few if len(few) <= _FEW else there)
    return ids.where(each), each


def _narrowed(
    connection: Connection, quick: ColumnElement[bool]
) -> ColumnElement[bool]:
    """Give the ids of those that fulfil something, where they are few."""
    query = select(camera.c.camera_id).where(quick).limit(_FEW + 1)
    ids = connection.execute(query).scalars().all()
    return camera.c.camera_id.in_(ids) if len(ids) <= _FEW else quick


def unasked_in_sight() -> ColumnElement[bool]:
    """
    Give what cameras of owners who were never asked fulfil, to be seen by everybody.

    Returns
    -------
    sqlalchemy.ColumnElement
        Over the table ``camera``: planned, or of the agency; quick to ask of many.
    """
    own = select(site.c.site_id).join(owner, owner.c.owner_id == site.c.owner_id)
    return or_(
        camera.c.planned, camera.c.site_id.in_(own.where(owner.c.kind == "agency"))
    )


def _says(connection: Connection, column: Any, part: str) -> ColumnElement[bool]:  # noqa: ANN401 - SQLAlchemy's column
    """Ask whether a text has a part, in any case of ASCII letters."""
    wanted = part.strip()[:LONGEST_TEXT]
    for letter in ("\\", "%", "_"):
        wanted = wanted.replace(letter, f"\\{letter}")
    like = column.ilike if connection.dialect.name == "postgresql" else column.like
    found: ColumnElement[bool] = like(f"%{wanted}%", escape="\\")
    return found


def _query(now: datetime, *, persons: bool) -> Select[Any]:
    on_the_door = case((owner.c.kind.in_(_ON_THE_DOOR), owner.c.name))
    named = owner.c.name if persons else on_the_door
    own = ("name", "kind", "bearing_deg", "retention_days", "faces_homes_share")
    return (
        select(
            camera.c.camera_id,
            func.coalesce(effective_state_column(now), NO_CONSENT).label("consent"),
            *(camera.c[name] for name in (*own, "cloud_only", "planned", "lon", "lat")),
            named.label("owner"),
            owner.c.owner_id,
            owner.c.kind.label("owner_kind"),
            func.coalesce(site.c.address, camera.c.address).label("address"),
        )
        .select_from(camera)
        .outerjoin(site, site.c.site_id == camera.c.site_id)
        .outerjoin(owner, owner.c.owner_id == site.c.owner_id)
        .outerjoin(consent, consent.c.camera_id == camera.c.camera_id)
    )


def _line(row: Any, *, distance_m: float | None = None) -> CameraLine:  # noqa: ANN401 - SQLAlchemy's row
    said = dict(row._mapping)  # noqa: SLF001 - the documented way to a row's names
    for name in ("cloud_only", "planned"):
        said[name] = bool(said[name])
    return CameraLine(**said, distance_m=distance_m)
