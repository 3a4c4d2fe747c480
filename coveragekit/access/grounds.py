"""What the registry says of a camera's pictures; never handed out of this room."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, cast

from sqlalchemy import func, select

from coveragekit.access.facts import cameras_asked
from coveragekit.access.recording import latest_time
from coveragekit.access.secrets import login_from
from coveragekit.access.zones_in_view import with_zone_in_view
from coveragekit.errors import FeedUnsupported
from coveragekit.feeds.masks import Mask
from coveragekit.feeds.target import FeedTarget
from coveragekit.registry.camera_feeds import feed_of
from coveragekit.registry.picture_masks import masks_of_each
from coveragekit.registry.schema import camera

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from sqlalchemy import Connection

    from coveragekit.access.door import Door
    from coveragekit.access.feed_settings import FeedSettings
    from coveragekit.access.people import User
    from coveragekit.registry.picture_masks import PictureMask

__all__ = ["Grounds", "covered", "covered_each", "grounds_of"]

_ALL: Final = Mask(((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)))


@dataclass(frozen=True, slots=True)
class Grounds:
    """
    What the registry says of a camera's pictures.

    Parameters
    ----------
    target
        How it is reached.
    masks
        What of its picture nobody is shown.
    keeps
        Whether its owner lets pictures be kept.
    name
        What the camera is called, or where it is.
    """

    target: FeedTarget
    masks: tuple[Mask, ...]
    keeps: bool
    name: str


def grounds_of(
    door: Door, settings: FeedSettings, user: User, *, camera_id: str
) -> Grounds:
    """
    Give how a camera is reached, what of it is covered, and whether it may be kept.

    Parameters
    ----------
    door
        The registry's door, which has said yes to the one who asks.
    settings
        Where secrets are kept.
    user
        Who asks.
    camera_id
        The camera.

    Returns
    -------
    Grounds
        It holds addresses and secrets: no room but this one is given it.

    Raises
    ------
    FeedUnsupported
        No feed of it is on record.
    """
    with door.registry.read() as connection:
        found = feed_of(connection, camera_id)
        if found is None:
            raise FeedUnsupported(_no_feed(connection, camera_id))
        at = latest_time(connection, door.registry.clock())
        masks = covered(connection, camera_id, at)
        name = _name(connection, camera_id)
        asked = cameras_asked(connection, [camera_id], user, at=at)[camera_id]
    agreed = asked.agreement
    feed = found.feed
    target = FeedTarget(
        camera_id,
        feed.address,
        feed.substream,
        feed.snapshot,
        feed.replay,
        login_from(found.store, found.reference, folder=settings.secrets),
        # the registry keeps these words alone
        cast("Literal['verify', 'pinned', 'off']", feed.tls),
        feed.certificate_sha256,
    )
    keeps = asked.agency_owned if agreed is None else agreed.recorded
    return Grounds(target, masks, keeps, name)


def covered(connection: Connection, camera_id: str, at: datetime) -> tuple[Mask, ...]:
    """
    Give what of a camera's picture nobody is shown.

    Parameters
    ----------
    connection
        A connection to the registry.
    camera_id
        The camera.
    at
        When.

    Returns
    -------
    tuple of Mask
        See :func:`covered_each`.
    """
    return covered_each(connection, [camera_id], at)[camera_id]


def covered_each(
    connection: Connection, camera_ids: Collection[str], at: datetime
) -> dict[str, tuple[Mask, ...]]:
    """
    Give what of several cameras' pictures nobody is shown.

    Parameters
    ----------
    connection
        A connection to the registry.
    camera_ids
        The cameras.
    at
        When.

    Returns
    -------
    dict
        For each camera's id the masks as feeds apply them. Where a privacy zone could
        be in view and nobody has said by a mask where in the picture it is, the whole
        picture.
    """
    kept = masks_of_each(connection, camera_ids)
    bare = [camera_id for camera_id, masks in kept.items() if not masks]
    zoned = with_zone_in_view(connection, bare, at)
    return {
        camera_id: (_ALL,) if camera_id in zoned else tuple(map(_mask, masks))
        for camera_id, masks in kept.items()
    }


def _mask(kept: PictureMask) -> Mask:
    ring = tuple((x, y) for x, y in kept.ring)
    return Mask(ring, cast("Literal['solid', 'pixels']", kept.style))


def _name(connection: Connection, camera_id: str) -> str:
    names = (camera.c.name, camera.c.address)
    query = select(func.coalesce(*names, camera.c.camera_id))
    return str(
        connection.execute(query.where(camera.c.camera_id == camera_id)).scalar_one()
    )


def _no_feed(connection: Connection, camera_id: str) -> str:
    query = select(camera.c.cloud_only).where(camera.c.camera_id == camera_id)
    if connection.execute(query).scalar_one_or_none():
        return (
            f"camera {camera_id} is reached only through its maker's cloud: it is "
            "registered, and has no live picture here; ask its owner for footage"
        )
    return (
        f"camera {camera_id}: where its picture comes from is not on record; an "
        "administrator adds a feed and names it as the camera's feed_ref"
    )
