"""Find cameras in the registry: by what is known of them, and by where they are."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any

from coveragekit.access.opening import the_door
from coveragekit.access.seeing import sight_of, visible
from coveragekit.registry import cameras
from coveragekit.registry.cameras import CameraFilter, Nearby

if TYPE_CHECKING:
    from pathlib import Path

    from coveragekit.access.answers import Work
    from coveragekit.access.door import Door
    from coveragekit.access.people import Purpose, User
    from coveragekit.registry.rows import Page

__all__ = ["CameraFilter", "Nearby", "find_cameras", "near_cameras", "touched"]


def _key(row: Any) -> str:  # noqa: ANN401 - any of the registry's rows
    return str(getattr(row, fields(row)[0].name))  # a row's id comes first


def touched(work: Work, kind: str, *rows: object) -> None:
    """
    Say which rows were read or changed.

    Parameters
    ----------
    work
        What is under way.
    kind
        What they are.
    *rows
        The rows.
    """
    work.object_type = kind
    work.object_ids = tuple(_key(row) for row in rows)
    work.rows = len(rows)


def find_cameras(
    user: User,
    purpose: Purpose,
    *,
    wanted: CameraFilter | None = None,
    after: str | None = None,
    limit: int = 100,
    registry: Door | str | Path | None = None,
) -> Page[Any]:
    """
    List cameras of the registry, some at a time.

    Parameters
    ----------
    user
        Who asks.
    purpose
        What for.
    wanted
        Which ones; all that were not taken down where it is not given.
    after
        Id after which they begin.
    limit
        Most cameras, 1 to 1,000.
    registry
        A door, or what ``open_door`` takes.

    Returns
    -------
    Page
        The cameras, and where the next begin. A camera whose owner left, or has agreed
        to nothing, is found by the desk alone.

    Raises
    ------
    AccessRefused
        The policy does not allow it; that is on record.
    """
    with (
        the_door(registry) as door,
        door.reading(user, "read_registry", purpose) as work,
    ):
        seen = visible(sight_of(door.policy, user, purpose), work.latest)
        page = cameras.list_cameras(
            work.connection, wanted, seen, at=work.latest, after=after, limit=limit
        )
        touched(work, "camera", *page.rows)
    return page


def near_cameras(  # noqa: PLR0913 - where, and how many
    user: User,
    purpose: Purpose,
    *,
    lon: float,
    lat: float,
    n: int = 10,
    within_m: float = 500.0,
    registry: Door | str | Path | None = None,
) -> tuple[Nearby, ...]:
    """
    Give the cameras of the registry nearest to a place.

    Parameters
    ----------
    user
        Who asks.
    purpose
        What for.
    lon, lat
        The place, degrees.
    n
        How many at most.
    within_m
        Within how many metres.
    registry
        A door, or what ``open_door`` takes.

    Returns
    -------
    tuple of Nearby
        The nearest first, each with its distance; those left out by
        :func:`find_cameras` are left out.

    Raises
    ------
    AccessRefused
        The policy does not allow it; that is on record.
    """
    with (
        the_door(registry) as door,
        door.reading(user, "read_registry", purpose) as work,
    ):
        seen = visible(sight_of(door.policy, user, purpose), work.latest)
        found = cameras.nearest_cameras(
            work.connection, lon, lat, seen, n=n, within_m=within_m
        )
        touched(work, "camera", *(one.camera for one in found))
    return found
