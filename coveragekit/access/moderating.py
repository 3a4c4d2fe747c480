"""Look at what one owner sent in, before and after it was decided."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from coveragekit.access.opening import the_door
from coveragekit.registry import submissions as queue

if TYPE_CHECKING:
    from pathlib import Path

    from coveragekit.access.door import Door
    from coveragekit.access.people import Purpose, User
    from coveragekit.registry.submissions import Submission

__all__ = ["get_submission"]


def get_submission(
    user: User,
    purpose: Purpose,
    submission_id: str,
    *,
    registry: Door | str | Path | None = None,
) -> Submission:
    """
    Give what one owner sent in, without the people it names.

    Parameters
    ----------
    user
        Who asks.
    purpose
        What for.
    submission_id
        The submission.
    registry
        A door, or what ``open_door`` takes.

    Returns
    -------
    Submission
        Who sent it is told by ``submission_contact`` alone.

    Raises
    ------
    AccessRefused
        The policy does not allow it; that is on record.
    InputError
        There is no such submission.
    """
    with the_door(registry) as door, door.reading(user, "moderate", purpose) as work:
        sent = queue.get_submission(work.connection, submission_id)
        work.object_type = "submission"
        work.object_ids = (submission_id,)
        work.rows = 1
    # The receipt is the owner's own key.
    return replace(sent, payload=queue.without_people(sent.payload), receipt=None)
