"""Follow footage requests: each step of one, and what owners call their cameras."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import exists, select

from coveragekit.access.opening import the_door
from coveragekit.access.seeing import sight_of, visible
from coveragekit.registry.request_story import RequestStep, RequestStory
from coveragekit.registry.request_story import request_story as told
from coveragekit.registry.schema import camera, request

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from coveragekit.access.door import Door
    from coveragekit.access.people import Purpose, User

__all__ = ["RequestStep", "RequestStory", "asked_cameras", "request_story"]

_AT_ONCE = 500


def request_story(
    user: User,
    purpose: Purpose,
    request_id: str,
    *,
    registry: Door | str | Path | None = None,
) -> RequestStory:
    """
    Give a footage request with its steps and the files that arrived for it.

    Parameters
    ----------
    user
        Who asks.
    purpose
        What for.
    request_id
        The request.
    registry
        A door, or what ``open_door`` takes.

    Returns
    -------
    RequestStory
        The request, its steps, its files.

    Raises
    ------
    AccessRefused
        The policy does not allow it; that is on record.
    InputError
        There is no such request.
    """
    with (
        the_door(registry) as door,
        door.reading(user, "work_requests", purpose) as work,
    ):
        found = told(work.connection, request_id)
        work.object_type = "request"
        work.object_ids = (request_id,)
        work.rows = 1
    return found


def asked_cameras(
    user: User,
    purpose: Purpose,
    camera_ids: Collection[str],
    *,
    registry: Door | str | Path | None = None,
) -> dict[str, str]:
    """
    Give what owners call the cameras that they are asked about.

    Parameters
    ----------
    user
        Who asks.
    purpose
        What for.
    camera_ids
        The cameras; those that nobody was ever asked about are left out, and so are
        those whose owner has left.
    registry
        A door, or what ``open_door`` takes.

    Returns
    -------
    dict of str to str
        Name, else address, by ``camera_id``; cameras without either are left out.

    Raises
    ------
    AccessRefused
        The policy does not allow it; that is on record.
    """
    ids = sorted(set(camera_ids))
    names: dict[str, str] = {}
    with (
        the_door(registry) as door,
        door.reading(user, "work_requests", purpose) as work,
    ):
        seen = visible(sight_of(door.policy, user, purpose), work.latest)
        for start in range(0, len(ids), _AT_ONCE):
            query = select(camera.c.camera_id, camera.c.name, camera.c.address).where(
                camera.c.camera_id.in_(ids[start : start + _AT_ONCE]),
                exists().where(request.c.camera_id == camera.c.camera_id),
                seen,
            )
            for row in work.connection.execute(query):
                if row.name or row.address:
                    names[row.camera_id] = row.name or row.address
        work.object_type = "camera"
        work.object_ids = tuple(sorted(names))
        work.rows = len(names)
    return names
