"""The cameras of the registry: add, change, list and find them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

from sqlalchemy import select

from coveragekit.errors import Fault, InputError
from coveragekit.registry import schema
from coveragekit.registry.camera_filter import CameraFilter, conditions
from coveragekit.registry.camera_rows import Camera, Credential, unfit
from coveragekit.registry.opening import now
from coveragekit.registry.passing_on import lapse_consents
from coveragekit.registry.places import near
from coveragekit.registry.rows import Page, Rows
from coveragekit.registry.written_status import changed_columns

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import ColumnElement, Connection

__all__ = [
    "Camera",
    "CameraFilter",
    "Credential",
    "Nearby",
    "add_camera",
    "add_credential",
    "change_camera",
    "change_credential",
    "duplicates_near",
    "get_camera",
    "get_credential",
    "list_cameras",
    "list_credentials",
    "nearest_cameras",
]

_UNKNOWN: Final = {"kind": "unknown", "status": "unknown"}
_DUPLICATE_M: Final = 50.0
# What a live picture comes from, and the states in which an owner agreed to it.
_DEVICE: Final = ("feed_ref", "recorder_id", "channel")
_LIVE: Final = ("integrated", "suspended")


def _check_camera(row: Camera) -> None:
    names = ("active_from", "active_to", "channel", "recorder_id")
    told = unfit({name: getattr(row, name) for name in names})
    if told is not None:
        message = f"camera {row.camera_id} does not fit: {Fault(None, *told)}"
        raise InputError(message)


def _check_credential(row: Credential) -> None:
    if (row.camera_id is None) == (row.recorder_id is None):
        message = "a credential is of one camera or one recorder; give one of them"
        raise InputError(message)


_CAMERAS = Rows(schema.camera, Camera, check=_check_camera)
_CREDENTIALS = Rows(schema.credential, Credential, check=_check_credential)

get_camera = _CAMERAS.get

add_credential = _CREDENTIALS.add
change_credential = _CREDENTIALS.change
get_credential = _CREDENTIALS.get
list_credentials = _CREDENTIALS.page


@dataclass(frozen=True, slots=True)
class Nearby:
    """
    A camera and how far away it is.

    Parameters
    ----------
    camera
        The camera.
    distance_m
        Metres along the ground.
    """

    camera: Camera
    distance_m: float


def add_camera(
    connection: Connection, values: Mapping[str, object], *, by: str
) -> Camera:
    """
    Add a camera.

    Parameters
    ----------
    connection
        From ``Registry.write``.
    values
        Values by the name of their column, at least ``lon`` and ``lat``; ``kind`` and
        ``status`` are ``"unknown"`` where they are not given.
    by
        Name of the user.

    Returns
    -------
    Camera
        The camera as it is kept.

    Raises
    ------
    TableError
        Some values cannot be kept; nothing was.
    InputError
        Its site or recorder is not there, its id is taken, or another camera has its
        feed.
    """
    _check_feed(connection, values.get("feed_ref"), None)
    return _CAMERAS.add(connection, {**_UNKNOWN, **values}, by=by)


def change_camera(
    connection: Connection,
    key: str,
    values: Mapping[str, object],
    *,
    revision: int,
    by: str,
) -> Camera:
    """
    Change a camera, unless somebody else did in between.

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
    Camera
        The camera as it is now.

    Raises
    ------
    ConflictError
        Somebody changed it in between; nothing was overwritten.
    TableError
        Some values cannot be kept; nothing was.
    InputError
        There is no such camera, none that it would point to, another camera has its
        feed, or its owner agreed to another feed than the new one.

    Notes
    -----
    What its owner agreed to lapses where it is moved to another place or taken down.
    """
    _check_feed(connection, values.get("feed_ref"), key)
    _check_agreed(connection, key, values)
    if "site_id" in values:
        former = get_camera(connection, key).site_id
        if former is not None and values["site_id"] != former:
            reason = "The camera was moved to another place."
            lapse_consents(connection, (key,), by=by, reason=reason)
    removed_at = values.get("removed_at")
    if isinstance(removed_at, datetime) and removed_at <= now(connection):
        # written down at once: put up again it is another camera to its owner
        reason = "The camera was taken down."
        lapse_consents(connection, (key,), by=by, reason=reason)
    what = changed_columns(connection, key, values)
    return _CAMERAS.change(connection, key, values, revision=revision, by=by, what=what)


def _check_feed(connection: Connection, feed: object, key: str | None) -> None:
    """Refuse a feed that another camera has: one consent would open the other."""
    if not isinstance(feed, str) or not feed.strip():
        return
    table = schema.camera.c
    query = select(table.camera_id).where(table.feed_ref == feed.strip())
    other = connection.execute(query.where(table.camera_id != (key or ""))).first()
    if other is not None:
        message = (
            f"the camera {other.camera_id} has this feed already; take it from that "
            "one first, or name another"
        )
        raise InputError(message)


def _check_agreed(
    connection: Connection, key: str, values: Mapping[str, object]
) -> None:
    """Refuse to put another device behind what an owner agreed to be looked through."""
    table, consent = schema.camera.c, schema.consent.c
    query = (
        select(*(table[name] for name in _DEVICE), consent.state)
        .join_from(schema.camera, schema.consent)
        .where(table.camera_id == key, consent.state.in_(_LIVE))
    )
    found = connection.execute(query).one_or_none()
    if found is None:
        return
    for name, old in zip(_DEVICE, found, strict=False):
        if name in values and old is not None and values[name] != old:
            message = (
                f"the owner of camera {key} agreed to the {name} that it has; end the "
                "integration first, then change it, then have the owner agree anew"
            )
            raise InputError(message)


def list_cameras(
    connection: Connection,
    wanted: CameraFilter | None = None,
    *more: ColumnElement[bool],
    at: datetime | None = None,
    after: str | None = None,
    limit: int = 100,
) -> Page[Camera]:
    """
    List cameras by their ids, some at a time.

    Parameters
    ----------
    connection
        From ``Registry.read`` or ``Registry.write``.
    wanted
        Which ones; all that were not taken down where it is not given.
    *more
        What else they have to fulfil, over the table ``camera``.
    at
        The time by which their consent is told; the registry's clock where not given.
    after
        Id after which they begin.
    limit
        Most cameras, 1 to 1,000.

    Returns
    -------
    Page
        The cameras and where the next begin.

    Raises
    ------
    InputError
        The limit or the box is out of range.
    """
    where = conditions(connection, wanted or CameraFilter(), at=at)
    return _CAMERAS.page(connection, *where, *more, after=after, limit=limit)


def nearest_cameras(
    connection: Connection,
    lon: float,
    lat: float,
    *more: ColumnElement[bool],
    n: int = 10,
    within_m: float = 2000.0,
) -> tuple[Nearby, ...]:
    """
    Give the cameras nearest to a place, those taken down left out.

    Parameters
    ----------
    connection
        From ``Registry.read`` or ``Registry.write``.
    lon, lat
        The place, degrees.
    *more
        What else they have to fulfil, over the table ``camera``.
    n
        Most cameras, 1 to 1,000.
    within_m
        How far to look, metres.

    Returns
    -------
    tuple of Nearby
        The nearest first; those equally far by their ids.

    Raises
    ------
    InputError
        The place is not on the globe, or ``n`` or ``within_m`` is out of range.
    """
    standing = (schema.camera.c.removed_at.is_(None), *more)
    found = near(connection, lon, lat, where=standing, most=n, within_m=within_m)
    if not found:
        return ()
    ids = [one.camera_id for one in found]
    page = _CAMERAS.page(connection, _CAMERAS.key.in_(ids), limit=max(len(ids), 1))
    by_id = {camera.camera_id: camera for camera in page.rows}
    return tuple(Nearby(by_id[one.camera_id], one.distance_m) for one in found)


def duplicates_near(
    connection: Connection, lon: float, lat: float, *, within_m: float = _DUPLICATE_M
) -> tuple[Nearby, ...]:
    """
    Give the cameras so near to a place that a new one might be one of them.

    Parameters
    ----------
    connection
        From ``Registry.read`` or ``Registry.write``.
    lon, lat
        The place, degrees.
    within_m
        How near, metres.

    Returns
    -------
    tuple of Nearby
        At most 100, the nearest first. For the agency's eyes only.

    Raises
    ------
    InputError
        The place is not on the globe, or ``within_m`` is out of range.
    """
    return nearest_cameras(connection, lon, lat, n=100, within_m=within_m)
