"""The feed of a camera, its channel filled in, and where its login is kept."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from sqlalchemy import or_, select

from coveragekit.registry import schema
from coveragekit.registry.feed_rows import list_feeds

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from sqlalchemy import Connection

    from coveragekit.registry.feed_rows import Feed

__all__ = ["CameraFeed", "feed_of", "feeds_of"]

_CHANNEL: Final = "{channel}"


@dataclass(frozen=True, slots=True)
class CameraFeed:
    """
    The feed of one camera, its channel filled in, and where its login is kept.

    Parameters
    ----------
    camera_id
        The camera.
    feed
        Its feed.
    store, reference
        Where its name and password are kept; ``None`` where it needs none.
    """

    camera_id: str
    feed: Feed
    store: str | None
    reference: str | None = field(repr=False)


def feed_of(connection: Connection, camera_id: str) -> CameraFeed | None:
    """
    Give the feed of a camera.

    Parameters
    ----------
    connection
        From ``Registry.read`` or ``Registry.write``.
    camera_id
        The camera.

    Returns
    -------
    CameraFeed or None
        ``None`` where it names no feed, or one that is not there.

    Notes
    -----
    A name that is a feed's is that feed. Otherwise what follows the last slash is the
    channel of a recorder, whose addresses have ``{channel}`` in them.
    """
    return feeds_of(connection, [camera_id]).get(camera_id)


def feeds_of(
    connection: Connection, camera_ids: Sequence[str]
) -> dict[str, CameraFeed]:
    """
    Give the feeds of several cameras.

    Parameters
    ----------
    connection
        From ``Registry.read`` or ``Registry.write``.
    camera_ids
        The cameras, some hundreds at most.

    Returns
    -------
    dict of str to CameraFeed
        By camera, as :func:`feed_of` gives them; those without one are left out.
    """
    camera = schema.camera.c
    query = select(camera.camera_id, camera.feed_ref, camera.recorder_id).where(
        camera.camera_id.in_(camera_ids),
        camera.removed_at.is_(None),
        camera.feed_ref.is_not(None),
    )
    rows = connection.execute(query).all()
    names = {row.feed_ref for row in rows}
    names |= {row.feed_ref.rpartition("/")[0] for row in rows}
    wanted = schema.feed.c.name.in_(sorted(names))
    named = {
        one.name: one
        for one in list_feeds(connection, wanted, limit=max(1, len(names))).rows
    }
    logins = _logins(connection, {row.camera_id: row.recorder_id for row in rows})
    found = {}
    for row in rows:
        of = _of_reference(row.feed_ref, named.get)
        if of is not None:
            login = logins.get(row.camera_id, (None, None))
            found[row.camera_id] = CameraFeed(row.camera_id, of, *login)
    return found


def _of_reference(reference: str, find: Callable[[str], Feed | None]) -> Feed | None:
    named = find(reference)
    if named is not None:
        return named
    recorder, _, channel = reference.rpartition("/")
    of = find(recorder) if channel.isdigit() else None
    return None if of is None else _of_channel(of, channel)


def _of_channel(of: Feed, channel: str) -> Feed | None:
    if _CHANNEL not in of.address:
        return None
    return replace(
        of,
        address=of.address.replace(_CHANNEL, channel),
        substream=_filled(of.substream, channel),
        snapshot=_filled(of.snapshot, channel),
        replay=_filled(of.replay, channel),
    )


def _filled(address: str | None, channel: str) -> str | None:
    return None if address is None else address.replace(_CHANNEL, channel)


def _logins(
    connection: Connection, recorders: Mapping[str, str | None]
) -> dict[str, tuple[str, str]]:
    """Give where logins are: its own before its recorder's, the latest of each."""
    table = schema.credential.c
    held = sorted({one for one in recorders.values() if one is not None})
    query = (
        select(table.camera_id, table.recorder_id, table.store, table.reference)
        .where(or_(table.camera_id.in_(sorted(recorders)), table.recorder_id.in_(held)))
        .order_by(table.made_at, table.credential_id)
    )
    own: dict[str, tuple[str, str]] = {}
    shared: dict[str, tuple[str, str]] = {}
    for row in connection.execute(query):
        of, key = (own, row.camera_id) if row.camera_id else (shared, row.recorder_id)
        of[key] = (row.store, row.reference)
    return {
        camera_id: login
        for camera_id, recorder_id in recorders.items()
        if (login := own.get(camera_id) or shared.get(recorder_id or ""))
    }
