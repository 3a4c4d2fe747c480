"""How near what owners sent in lies to what the registry has already."""

from __future__ import annotations

from typing import TYPE_CHECKING

from coveragekit.access.opening import the_door
from coveragekit.registry import submissions as queue
from coveragekit.registry.cameras import nearest_cameras

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from coveragekit.access.door import Door
    from coveragekit.access.people import Purpose, User
    from coveragekit.registry.submissions import Submission

__all__ = ["submissions_near"]

_WITHIN_M = 50.0


def submissions_near(
    user: User,
    purpose: Purpose,
    submission_ids: Sequence[str],
    *,
    registry: Door | str | Path | None = None,
) -> Mapping[str, float]:
    """
    Give how far each of some submissions is from the nearest camera of the registry.

    Parameters
    ----------
    user
        Who asks.
    purpose
        What for.
    submission_ids
        The submissions, such as those of one page of the queue.
    registry
        A door, or what ``open_door`` takes.

    Returns
    -------
    mapping
        Metres by the ids of those that have one within 50 m.

    Raises
    ------
    AccessRefused
        The policy does not allow it; that is on record, in one line for all.
    InputError
        There is no such submission.
    """
    with the_door(registry) as door, door.reading(user, "moderate", purpose) as work:
        found = {}
        for one in submission_ids:
            sent = queue.get_submission(work.connection, one)
            near = [
                there.distance_m
                for lon, lat in _places(sent)
                for there in nearest_cameras(
                    work.connection, lon, lat, n=1, within_m=_WITHIN_M
                )
            ]
            if near:
                found[one] = min(near)
        work.object_type = "submission"
        work.object_ids = tuple(submission_ids)
        work.rows = len(found)
    return found


def _places(sent: Submission) -> list[tuple[float, float]]:
    return [(one["lon"], one["lat"]) for one in (sent.payload or {}).get("cameras", [])]
