"""What owners send in, and what the agency decides on it."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from datetime import UTC
from typing import TYPE_CHECKING, Any

from coveragekit.access.finding import touched
from coveragekit.access.opening import the_door
from coveragekit.registry import submissions as queue
from coveragekit.registry.cameras import duplicates_near
from coveragekit.registry.fee_plans import plan_on
from coveragekit.registry.fees import Quote, quote
from coveragekit.registry.submissions import Accepted, Submission
from coveragekit.registry.texts import ConsentText, consent_text

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from coveragekit.access.door import Door
    from coveragekit.access.people import Purpose, User
    from coveragekit.registry.cameras import Nearby
    from coveragekit.registry.rows import Page

__all__ = [
    "Accepted",
    "ConsentText",
    "Quote",
    "Submission",
    "accept_submission",
    "consent_text",
    "fee_quote",
    "list_submissions",
    "refuse_submission",
    "submission_contact",
    "submission_neighbours",
    "submit",
]


def submit(
    payload: Mapping[str, Any],
    *,
    language: str,
    registry: Door | str | Path | None = None,
) -> str:
    """
    Put what an owner sent into the queue; nobody has to sign on for it.

    Parameters
    ----------
    payload
        What the form sent.
    language
        The owner's language.
    registry
        A door, or what ``open_door`` takes.

    Returns
    -------
    str
        The owner's receipt.

    Raises
    ------
    InputError
        It could not be accepted as it is; nothing was kept.
    """
    with the_door(registry) as door, door.registry.write() as connection:
        kept = queue.submit(connection, payload, language=language)
    return str(kept.receipt)


def fee_quote(
    *, cameras: int, days: float, registry: Door | str | Path | None = None
) -> Quote | None:
    """
    Give what integrating would cost today.

    Parameters
    ----------
    cameras
        How many.
    days
        How long pictures would be kept, days.
    registry
        A door, or what ``open_door`` takes.

    Returns
    -------
    Quote or None
        ``None`` where no fee plan is in force.

    Raises
    ------
    InputError
        A number that the plan does not reach.
    """
    from math import ceil

    with the_door(registry) as door, door.registry.read() as connection:
        today = door.registry.clock().astimezone(UTC).date()
        plan = plan_on(connection, today)
    if plan is None:
        return None
    return quote(plan, cameras=cameras, days=ceil(days), on=today)


def list_submissions(
    user: User,
    purpose: Purpose,
    *,
    state: str = "waiting",
    after: str | None = None,
    limit: int = 100,
    registry: Door | str | Path | None = None,
) -> Page[Submission]:
    """
    List what owners sent in.

    Parameters
    ----------
    user
        Who asks.
    purpose
        What for.
    state
        ``"waiting"``, ``"accepted"``, ``"rejected"``, ``"duplicate"``, ``"withdrawn"``.
    after
        Id after which they begin.
    limit
        Most of them, 1 to 1,000.
    registry
        A door, or what ``open_door`` takes.

    Returns
    -------
    Page
        The submissions, and where the next begin.

    Raises
    ------
    AccessRefused
        The policy does not allow it; that is on record.
    """
    from coveragekit.registry.schema import submission

    with the_door(registry) as door, door.reading(user, "moderate", purpose) as work:
        page = queue.list_submissions(
            work.connection, submission.c.state == state, after=after, limit=limit
        )
        touched(work, "submission", *page.rows)
    # Who they are is told one by one, by submission_contact.
    rows = [
        replace(one, payload=queue.without_people(one.payload)) for one in page.rows
    ]
    return replace(page, rows=tuple(rows))


def submission_contact(
    user: User,
    purpose: Purpose,
    submission_id: str,
    *,
    registry: Door | str | Path | None = None,
) -> Mapping[str, Any]:
    """
    Give who sent in something that still waits; that is on record by its id.

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
    mapping
        ``owner``, ``contact`` and ``authority`` as they were sent; empty where it was
        decided or withdrawn.

    Raises
    ------
    AccessRefused
        The policy does not allow it; that is on record.
    InputError
        There is no such submission.

    Notes
    -----
    It is told to those alone who may decide about it: no case is about somebody who
    has not become an owner yet.
    """
    with contextlib.ExitStack() as stack:
        door = stack.enter_context(the_door(registry))
        door.demand(user, "moderate", None, purpose)
        work = stack.enter_context(door.reading(user, "see_contact", purpose))
        sent = queue.get_submission(work.connection, submission_id)
        work.object_type = "submission"
        work.object_ids = (submission_id,)
        told = (sent.payload or {}) if sent.state == "waiting" else {}
        people = ("owner", "contact", "authority")
        found = {name: told[name] for name in people if name in told}
        work.rows = 1 if found else 0
    return found


def submission_neighbours(
    user: User,
    purpose: Purpose,
    submission_id: str,
    *,
    registry: Door | str | Path | None = None,
) -> tuple[tuple[Nearby, ...], ...]:
    """
    Give for each camera of a submission those that the registry has within 50 m.

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
    tuple of tuple of Nearby
        In the order of the submission's cameras, the nearest first; empty where
        nothing is left of what was sent.

    Raises
    ------
    AccessRefused
        The policy does not allow it; that is on record.
    InputError
        There is no such submission.
    """
    with the_door(registry) as door, door.reading(user, "moderate", purpose) as work:
        sent = queue.get_submission(work.connection, submission_id)
        told = (sent.payload or {}).get("cameras", ())
        places = [(one["lon"], one["lat"]) for one in told]
        found = tuple(
            tuple(duplicates_near(work.connection, lon, lat)) for lon, lat in places
        )
        work.object_type = "submission"
        work.object_ids = (submission_id,)
        work.rows = sum(map(len, found))
    return found


def accept_submission(
    user: User,
    purpose: Purpose,
    submission_id: str,
    *,
    revision: int,
    registry: Door | str | Path | None = None,
) -> Accepted:
    """
    Accept a submission: its owner, site and cameras are made, and are registered.

    Parameters
    ----------
    user
        Who accepts it.
    purpose
        What for.
    submission_id
        The submission.
    revision
        Its revision when the user saw it.
    registry
        A door, or what ``open_door`` takes.

    Returns
    -------
    Accepted
        What was made, with the owner's receipts.

    Raises
    ------
    AccessRefused
        The policy does not allow it; that is on record.
    InputError
        It does not wait any more, or cannot be accepted as it is.
    ConflictError
        Somebody changed it in between.
    """
    with the_door(registry) as door, door.doing(user, "moderate", purpose) as work:
        done = queue.accept(
            work.connection,
            submission_id,
            by=user.name,
            role=user.role,
            revision=revision,
        )
        work.object_type = "submission"
        work.object_ids = (submission_id, done.owner_id, *done.camera_ids)
    return done


def refuse_submission(  # noqa: PLR0913 - which one, and why
    user: User,
    purpose: Purpose,
    submission_id: str,
    *,
    reason: str,
    revision: int,
    duplicate: bool = False,
    registry: Door | str | Path | None = None,
) -> Submission:
    """
    Refuse a submission.

    Parameters
    ----------
    user
        Who refuses it.
    purpose
        What for.
    submission_id
        The submission.
    reason
        Why, in words that the owner may be told.
    revision
        Its revision when the user saw it.
    duplicate
        Whether the registry has these cameras already.
    registry
        A door, or what ``open_door`` takes.

    Returns
    -------
    Submission
        The submission, without the people it named.

    Raises
    ------
    AccessRefused
        The policy does not allow it; that is on record.
    InputError
        It does not wait any more, or no reason is given.
    ConflictError
        Somebody changed it in between.
    """
    with the_door(registry) as door, door.doing(user, "moderate", purpose) as work:
        done = queue.refuse(
            work.connection,
            submission_id,
            by=user.name,
            role=user.role,
            reason=reason,
            revision=revision,
            duplicate=duplicate,
        )
        work.object_type = "submission"
        work.object_ids = (submission_id,)
    return done
