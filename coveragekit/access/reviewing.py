"""Emergency looks, and the supervisors who review them afterwards."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import select

from coveragekit.access.finding import touched
from coveragekit.access.opening import the_door
from coveragekit.access.wishes import WITHDRAW
from coveragekit.errors import AccessRefused, InputError
from coveragekit.registry.reviews import change_review
from coveragekit.registry.schema import audit_entry, review

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from sqlalchemy import Connection, Row, Select

    from coveragekit.access.door import Door
    from coveragekit.access.people import Purpose, User

__all__ = ["VERDICTS", "Review", "decide_review", "list_reviews"]

VERDICTS: Final = ("justified", "not justified")
"""What a review of an emergency look can find."""


@dataclass(frozen=True, slots=True)
class Review:
    """
    An emergency look that a supervisor has to review.

    Parameters
    ----------
    review_id
        Its id.
    audit_seq
        Number of the look's line in the log.
    at
        When it was.
    actor, role, action
        Who did what.
    camera_ids
        Of which camera.
    purpose, case_number
        What it was for.
    lifted
        Demands of the policy that the emergency lifted.
    due_at
        Until when it has to be reviewed.
    is_overdue
        Whether that has passed and nobody has.
    decided_by, decided_at, verdict, note
        Who reviewed it, when, and what was found.
    revision
        To be given back with the decision.
    """

    review_id: str
    audit_seq: int
    at: datetime
    actor: str
    role: str
    action: str
    camera_ids: tuple[str, ...]
    purpose: str | None
    case_number: str | None
    lifted: tuple[str, ...]
    due_at: datetime
    is_overdue: bool
    decided_by: str | None
    decided_at: datetime | None
    verdict: str | None
    note: str | None
    revision: int


def list_reviews(
    user: User,
    purpose: Purpose,
    *,
    open_only: bool = True,
    registry: Door | str | Path | None = None,
) -> tuple[Review, ...]:
    """
    List the emergency looks that have to be reviewed, the overdue ones first.

    Parameters
    ----------
    user
        Who asks.
    purpose
        What for.
    open_only
        Whether those that were reviewed are left out.
    registry
        A door, or what ``open_door`` takes.

    Returns
    -------
    tuple of Review
        By the time at which they are due.

    Raises
    ------
    AccessRefused
        The policy does not allow it; that is on record.
    """
    query = _reviews()
    if open_only:
        query = query.where(review.c.decided_at.is_(None))
    with the_door(registry) as door, door.reading(user, "read_audit", purpose) as work:
        rows = work.connection.execute(query).all()
        found = tuple(_told(row, work.latest) for row in rows)
        touched(work, "review", *found)
    return found


def _reviews() -> Select[Any]:
    log = audit_entry.c
    said = (log.at, log.actor, log.role, log.action, log.object_ids)
    told = (log.purpose, log.case_number, log.parameters)
    return (
        select(review, *said, *told)
        .join(audit_entry, log.seq == review.c.audit_seq)
        # wishes to leave wait in the same table, for the desk
        .where(log.action != WITHDRAW)
        .order_by(review.c.due_at, review.c.review_id)
    )


def _told(row: Row[Any], now: datetime) -> Review:
    return Review(
        review_id=row.review_id,
        audit_seq=row.audit_seq,
        at=row.at,
        actor=row.actor,
        role=row.role,
        action=row.action,
        camera_ids=tuple(row.object_ids),
        purpose=row.purpose,
        case_number=row.case_number,
        lifted=tuple(row.parameters.get("lifted", ())),
        due_at=row.due_at,
        is_overdue=row.decided_at is None and row.due_at <= now,
        decided_by=row.decided_by,
        decided_at=row.decided_at,
        verdict=row.verdict,
        note=row.note,
        revision=row.revision,
    )


def decide_review(  # noqa: PLR0913 - which one, what was found, and what was seen of it
    user: User,
    purpose: Purpose,
    review_id: str,
    *,
    verdict: str,
    note: str,
    revision: int,
    registry: Door | str | Path | None = None,
) -> Review:
    """
    Say whether an emergency look was justified.

    Parameters
    ----------
    user
        Who reviews it; somebody else than the one who looked.
    purpose
        What for.
    review_id
        The review.
    verdict
        ``"justified"`` or ``"not justified"``.
    note
        Why, in words.
    revision
        The review's revision when the user saw it.
    registry
        A door, or what ``open_door`` takes.

    Returns
    -------
    Review
        As it stands.

    Raises
    ------
    AccessRefused
        The policy does not let the user review, or it was the user's own look.
    InputError
        Another verdict, no note, no such review, or one that was decided.
    ConflictError
        Somebody changed it in between.
    """
    if verdict not in VERDICTS or not note.strip():
        message = (
            f"a review finds one of: {', '.join(VERDICTS)}, and says why in its note; "
            f"seen: {verdict!r} and {len(note.strip())} letters"
        )
        raise InputError(message)
    with (
        the_door(registry) as door,
        door.doing(user, "review_override", purpose) as work,
    ):
        seen = _one(work.connection, review_id, work.latest)
        if user.role not in door.policy.emergency.reviewers:
            message = f"the role {user.role} does not review emergency looks"
            raise AccessRefused(message)
        if seen.actor.casefold() == user.name.casefold():
            message = "nobody reviews a look of their own; ask another supervisor"
            raise AccessRefused(message)
        if seen.decided_at is not None:
            message = f"{seen.decided_by} has reviewed {review_id} already"
            raise InputError(message)
        change_review(
            work.connection,
            review_id,
            {
                "decided_by": user.name,
                "decided_at": work.now,
                "verdict": verdict,
                "note": note.strip(),
            },
            revision=revision,
            by=user.name,
        )
        work.object_type = "review"
        work.object_ids = (review_id,)
        work.parameters = {"look": seen.audit_seq, "verdict": verdict}
        return _one(work.connection, review_id, work.latest)


def _one(connection: Connection, review_id: str, now: datetime) -> Review:
    query = _reviews().where(review.c.review_id == review_id)
    row = connection.execute(query).first()
    if row is None:
        message = f"there is no review {review_id!r}"
        raise InputError(message)
    return _told(row, now)
