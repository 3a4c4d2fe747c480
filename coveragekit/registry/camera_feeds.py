"""The feeds of many cameras at once, with where their logins are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import or_, select

from coveragekit.registry import schema
from coveragekit.registry.feed_rows import CameraFeed, list_feeds, of_reference

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Connection

__all__ = ["feeds_of"]


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
        of = of_reference(row.feed_ref, named.get)
        if of is not None:
            login = logins.get(row.camera_id, (None, None))
            found[row.camera_id] = CameraFeed(row.camera_id, of, *login)
    return found


def _logins(
    connection: Connection, recorders: Mapping[str, str | None]
) -> dict[str, tuple[str, str]]:
    """Give where the logins of several cameras are, by the order of :func:`_login`."""
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
