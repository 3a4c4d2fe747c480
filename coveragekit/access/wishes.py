"""Owners who leave by the form, and those whom the desk has to reach about it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import select

from coveragekit.access.finding import touched
from coveragekit.access.opening import the_door
from coveragekit.errors import InputError
from coveragekit.registry import wishes
from coveragekit.registry.audit import Entry, append
from coveragekit.registry.reviews import add_review, change_review
from coveragekit.registry.schema import audit_entry, review
from coveragekit.registry.submissions import FORM
from coveragekit.registry.wishes import Leaving

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from pathlib import Path

    from sqlalchemy import Connection, Select

    from coveragekit.access.door import Door
    from coveragekit.access.people import Purpose, User

__all__ = [
    "LEFT_OPEN",
    "WITHDRAW",
    "Leaving",
    "LeavingTask",
    "list_leaving",
    "settle_leaving",
    "withdraw",
]

WITHDRAW: Final = "withdraw"
"""The action of an owner who leaves by the form."""
LEFT_OPEN: Final = ("withdrawn", "stays")
"""What the desk can find out: the owner leaves, or did not wish to."""
_WITHIN: Final = timedelta(days=3)
_UNFIT: Final = "the code is right, the contact is not the one on file"


@dataclass(frozen=True, slots=True)
class LeavingTask:
    """
    A wish to leave that came with another contact than the one on file.

    Parameters
    ----------
    review_id
        Its id.
    at
        When it came.
    ids
        The cameras, or the form that waits, that the code stands for.
    standing
        Those of them that have not been taken back meanwhile.
    due_at
        Until when somebody should have reached the owner.
    is_overdue
        Whether that has passed.
    revision
        To be given back when it is settled.
    """

    review_id: str
    at: datetime
    ids: tuple[str, ...]
    standing: tuple[str, ...]
    due_at: datetime
    is_overdue: bool
    revision: int


def withdraw(
    receipt: str,
    contact: str,
    *,
    note_misses: bool = True,
    registry: Door | str | Path | None = None,
) -> tuple[Leaving, ...]:
    """
    Take back all that a receipt stands for, as its owner wishes; nobody signs on.

    Parameters
    ----------
    receipt
        Code of a submission or of a consent.
    contact
        E-mail address or telephone number that the owner gave.
    note_misses
        Whether a code that stands for nothing leaves a line in the log: whoever serves
        the public says no once there were many, so that guesses cannot fill it.
    registry
        A door, or what ``open_door`` takes.

    Returns
    -------
    tuple of Leaving
        What was taken back, now or before, with the receipts; empty where code and
        contact do not fit, whichever of them it is: whoever guesses learns nothing.

    Notes
    -----
    It takes effect at once, whatever the clock says: the next question about one of the
    cameras is refused. A try that does not fit is on record too, without what was
    typed. Where the code is right and the contact is not, the desk has to reach the
    owner, by the contact on file: ``list_leaving``.
    """
    with the_door(registry) as door, door.registry.write() as connection:
        done = wishes.withdraw(connection, receipt, contact)
        if not (done.ended or done.unfit or note_misses):
            return done.found
        entry = Entry(
            FORM,
            "public",
            "human",
            WITHDRAW,
            "consent",
            done.ended or done.unfit,
            result="done" if done.ended else "refused",
            reason=_UNFIT if done.unfit and not done.ended else None,
            rows=len(done.ended),
        )
        _add_task(connection, append(connection, entry), done)
    return done.found


def _add_task(connection: Connection, seq: int, done: wishes.Withdrawal) -> None:
    """Have the desk reach an owner, once for each wish however often it is sent."""
    if not done.unfit or done.ended:
        return
    asked = {tuple(row.object_ids) for row in connection.execute(_open()).all()}
    if done.unfit not in asked:
        now = connection.execute(
            select(audit_entry.c.at).where(audit_entry.c.seq == seq)
        ).scalar_one()
        values = {"audit_seq": seq, "due_at": now + _WITHIN}
        add_review(connection, values, by=FORM)


def _open() -> Select[Any]:
    return (
        select(review, audit_entry.c.at, audit_entry.c.object_ids)
        .join(audit_entry, audit_entry.c.seq == review.c.audit_seq)
        .where(audit_entry.c.action == WITHDRAW, review.c.decided_at.is_(None))
        .order_by(review.c.due_at, review.c.review_id)
    )


def list_leaving(
    user: User, purpose: Purpose, *, registry: Door | str | Path | None = None
) -> tuple[LeavingTask, ...]:
    """
    List the wishes to leave about which the desk has to reach the owner.

    Parameters
    ----------
    user
        Who asks.
    purpose
        What for.
    registry
        A door, or what ``open_door`` takes.

    Returns
    -------
    tuple of LeavingTask
        The most urgent first. What was typed is not kept: the owner is reached by the
        contact on file.

    Raises
    ------
    AccessRefused
        The policy does not allow it; that is on record.
    """
    with the_door(registry) as door, door.reading(user, "moderate", purpose) as work:
        rows = work.connection.execute(_open()).all()
        found = tuple(_task(work.connection, row, work.latest) for row in rows)
        touched(work, "review", *found)
    return found


def _task(connection: Connection, row: Any, now: datetime) -> LeavingTask:  # noqa: ANN401 - a row of two tables
    ids = tuple(row.object_ids)
    return LeavingTask(
        review_id=row.review_id,
        at=row.at,
        ids=ids,
        standing=wishes.still_standing(connection, ids),
        due_at=row.due_at,
        is_overdue=row.due_at <= now,
        revision=row.revision,
    )


def settle_leaving(  # noqa: PLR0913 - which wish, what was found, and what was seen
    user: User,
    purpose: Purpose,
    review_id: str,
    *,
    verdict: str,
    note: str,
    revision: int,
    registry: Door | str | Path | None = None,
) -> tuple[Leaving, ...]:
    """
    Say what the owner wishes, once somebody reached them; who leaves has left then.

    Parameters
    ----------
    user
        Who reached the owner.
    purpose
        What for.
    review_id
        The wish.
    verdict
        ``"withdrawn"``: all that still stands is taken back now; or ``"stays"``.
    note
        How the owner was reached, in words.
    revision
        The wish's revision when the user saw it.
    registry
        A door, or what ``open_door`` takes.

    Returns
    -------
    tuple of Leaving
        What was taken back, with the receipts to hand out.

    Raises
    ------
    AccessRefused
        The policy does not allow it; that is on record.
    InputError
        Another verdict, no note, or no such wish is open.
    ConflictError
        Somebody changed it in between.
    """
    if verdict not in LEFT_OPEN or not note.strip():
        message = (
            f"an owner who wished to leave is one of: {', '.join(LEFT_OPEN)}, and the "
            f"note says how they were reached; seen: {verdict!r} and "
            f"{len(note.strip())} letters"
        )
        raise InputError(message)
    with the_door(registry) as door, door.doing(user, "moderate", purpose) as work:
        ids = _ids(work.connection, review_id)
        done: tuple[Leaving, ...] = ()
        if verdict == "withdrawn":
            done = wishes.withdraw_all(work.connection, ids)
        decided = {
            "decided_by": user.name,
            "decided_at": work.now,
            "verdict": verdict,
            "note": note.strip(),
        }
        change_review(
            work.connection, review_id, decided, revision=revision, by=user.name
        )
        work.object_type = "consent"
        work.object_ids = (review_id, *ids)
        work.parameters = {"verdict": verdict}
        work.rows = len(done)
    return done


def _ids(connection: Connection, review_id: str) -> Sequence[str]:
    row = connection.execute(_open().where(review.c.review_id == review_id)).first()
    if row is None:
        message = f"no wish to leave {review_id!r} is open; look at the list"
        raise InputError(message)
    return tuple(row.object_ids)
