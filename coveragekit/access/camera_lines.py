"""List cameras as a clerk looks for them: by owner, address, consent or place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from coveragekit.access.finding import touched
from coveragekit.access.opening import the_door
from coveragekit.access.seeing import sight_of, visible
from coveragekit.registry import camera_lines
from coveragekit.registry.camera_lines import CameraLine, LineFilter

if TYPE_CHECKING:
    from pathlib import Path

    from coveragekit.access.door import Door
    from coveragekit.access.people import Purpose, User
    from coveragekit.registry.rows import Page

__all__ = ["CameraLine", "LineFilter", "list_cameras"]


def list_cameras(
    user: User,
    purpose: Purpose,
    *,
    wanted: LineFilter | None = None,
    after: str | None = None,
    limit: int = 100,
    registry: Door | str | Path | None = None,
) -> Page[CameraLine]:
    """
    List cameras with owner, address and consent, some at a time.

    Parameters
    ----------
    user
        Who asks.
    purpose
        What for.
    wanted
        Which ones; all that the user may see where it is not given.
    after
        Id after which they begin; not where they are asked for by a place.
    limit
        Most cameras, 1 to 1,000.
    registry
        A door, or what ``open_door`` takes.

    Returns
    -------
    Page
        The cameras by their ids, or the nearest first; and where the next begin. The
        name of a person who owns one is given to those alone who keep the registry.

    Raises
    ------
    AccessRefused
        The policy does not allow it; that is on record.
    InputError
        There is no such state or place.
    """
    with (
        the_door(registry) as door,
        door.reading(user, "read_registry", purpose) as work,
    ):
        sight = sight_of(door.policy, user, purpose)
        quick = None
        asked = () if wanted is None else wanted.states
        if asked == (camera_lines.NO_CONSENT,) and not (sight.is_desk or sight.asks):
            quick = camera_lines.unasked_in_sight()
        page = camera_lines.camera_lines(
            work.connection,
            wanted,
            now=work.latest,
            persons=sight.is_desk,
            visible=visible(sight, work.latest),
            quick=quick,
            after=after,
            limit=limit,
        )
        touched(work, "camera", *page.rows)
    return page
