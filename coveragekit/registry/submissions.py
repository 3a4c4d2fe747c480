"""What owners sent in by the form: kept in a queue until the agency decides."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from coveragekit.errors import InputError
from coveragekit.registry import audit, schema
from coveragekit.registry.consent import move
from coveragekit.registry.consent_rules import Act
from coveragekit.registry.opening import now as clock_time
from coveragekit.registry.receipts import Receipt, clean_code
from coveragekit.registry.rows import Rows
from coveragekit.registry.submission_parts import make_rows, without_people

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy import Connection

__all__ = [
    "DECIDED",
    "Accepted",
    "Submission",
    "accept",
    "get_submission",
    "list_submissions",
    "refuse",
    "submit",
    "take_back",
    "without_people",
]

FORM: Final = "(owner's form)"
"""Who did it where nobody signed on: an owner, by the form."""
DECIDED: Final = ("accepted", "rejected", "duplicate", "withdrawn")
"""What becomes of a submission that was waiting."""
_LETTERS: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_LENGTH: Final = 20


@dataclass(frozen=True, slots=True)
class Submission:
    """
    What one owner sent in.

    Parameters
    ----------
    submission_id
        Its id.
    owner_id
        The owner that was made of it, once it was accepted.
    state
        ``"waiting"``, ``"accepted"``, ``"rejected"``, ``"duplicate"``, ``"withdrawn"``.
    language
        The owner's language.
    payload
        What was sent; without the people once it was accepted, and nothing at all
        where it was refused or taken back.
    receipt
        The code that the owner holds.
    submitted_at, decided_at
        When it came in, and when it was decided.
    decided_by
        Who decided.
    reason
        Why, in words.
    revision
        How often it was changed, from 1; a change names the one it saw.
    made_at, changed_at
        When it was added, and last changed.
    changed_by
        Who changed it last.
    changed_what
        Which columns the last change touched.
    """

    submission_id: str
    owner_id: str | None
    state: str
    language: str | None
    payload: dict[str, Any] | None
    receipt: str | None
    submitted_at: datetime
    decided_at: datetime | None
    decided_by: str | None
    reason: str | None
    revision: int
    made_at: datetime
    changed_at: datetime
    changed_by: str
    changed_what: list[str] | None


@dataclass(frozen=True, slots=True)
class Accepted:
    """
    What became of a submission that was accepted.

    Parameters
    ----------
    submission
        The submission.
    owner_id, site_id
        The owner and the site that were made.
    receipts
        What the owner gets for each camera.
    """

    submission: Submission
    owner_id: str
    site_id: str
    receipts: tuple[Receipt, ...]

    @property
    def camera_ids(self) -> tuple[str, ...]:
        """The cameras that were made."""
        return tuple(one.camera_id for one in self.receipts)


_ROWS = Rows(schema.submission, Submission)
get_submission = _ROWS.get
list_submissions = _ROWS.page


def _new_code() -> str:
    return clean_code("".join(secrets.choice(_LETTERS) for _ in range(_LENGTH)))


def submit(
    connection: Connection, payload: Mapping[str, Any], *, language: str
) -> Submission:
    """
    Put what an owner sent into the queue.

    Parameters
    ----------
    connection
        From ``Registry.write``.
    payload
        What was sent: format 1 of the form.
    language
        The owner's language.

    Returns
    -------
    Submission
        As it waits; its receipt is for the owner alone.

    Raises
    ------
    InputError
        It could not be accepted as it is, so that nobody finds out weeks later.

    Notes
    -----
    It is made whole once and taken back, so that all rules of the registry are asked.
    """
    trial = connection.begin_nested()
    try:
        _make(connection, payload, schema.new_id("submission"), by=FORM)
    finally:
        trial.rollback()
    values = {
        "state": "waiting",
        "language": language,
        "payload": dict(payload),
        "receipt": _new_code(),
        "submitted_at": clock_time(connection),
    }
    made = _ROWS.add(connection, values, by=FORM)
    _note(connection, "submit", made, by=FORM, role="public")
    return made


def accept(
    connection: Connection, submission_id: str, *, by: str, role: str, revision: int
) -> Accepted:
    """
    Accept a submission: its owner, site and cameras are made, and are registered.

    Parameters
    ----------
    connection
        From ``Registry.write``.
    submission_id
        The submission.
    by, role
        Who accepts it, and in which role.
    revision
        Its revision when the user saw it.

    Returns
    -------
    Accepted
        What was made, with the owner's receipts.

    Raises
    ------
    InputError
        It does not wait any more, or cannot be accepted as it is.
    ConflictError
        Somebody changed it in between.
    """
    waiting = _waiting(connection, submission_id)
    payload = waiting.payload or {}
    owner_id, site_id, receipts = _make(connection, payload, submission_id, by=by)
    values = {"state": "accepted", "owner_id": owner_id}
    done = _decide(connection, waiting, values, by=by, revision=revision)
    _note(connection, "accept_submission", done, by=by, role=role)
    return Accepted(done, owner_id, site_id, receipts)


def refuse(  # noqa: PLR0913 - which one, who, and why
    connection: Connection,
    submission_id: str,
    *,
    by: str,
    role: str,
    reason: str,
    revision: int,
    duplicate: bool = False,
) -> Submission:
    """
    Refuse a submission.

    Parameters
    ----------
    connection
        From ``Registry.write``.
    submission_id
        The submission.
    by, role
        Who refuses it, and in which role.
    reason
        Why, in words that the owner may be told.
    revision
        Its revision when the user saw it.
    duplicate
        Whether the registry has these cameras already.

    Returns
    -------
    Submission
        The submission, without anything that was sent.

    Raises
    ------
    InputError
        It does not wait any more, or no reason is given.
    ConflictError
        Somebody changed it in between.
    """
    if not reason.strip():
        message = "a submission is refused for a reason; give one that can be told"
        raise InputError(message)
    waiting = _waiting(connection, submission_id)
    # nothing was agreed, so nothing is kept but the decision
    values = {
        "state": "duplicate" if duplicate else "rejected",
        "reason": reason,
        "payload": None,
    }
    done = _decide(connection, waiting, values, by=by, revision=revision)
    _note(connection, "refuse_submission", done, by=by, role=role)
    return done


def take_back(connection: Connection, waiting: Submission) -> Submission:
    """
    Take back what still waits, as its owner wishes.

    Parameters
    ----------
    connection
        From ``Registry.write``.
    waiting
        The submission.

    Returns
    -------
    Submission
        As it is then: nothing is left of what was sent.

    Raises
    ------
    InputError
        It does not wait any more.
    """
    found = _waiting(connection, waiting.submission_id)
    values: dict[str, Any] = {"state": "withdrawn", "payload": None}
    done = _decide(connection, found, values, by=FORM, revision=found.revision)
    _note(connection, "withdraw_submission", done, by=FORM, role="public")
    return done


def _waiting(connection: Connection, submission_id: str) -> Submission:
    found = get_submission(connection, submission_id)
    if found.state != "waiting":
        message = (
            f"the submission {submission_id} is {found.state} since "
            f"{found.decided_at:%Y-%m-%d %H:%M} UTC; only one that waits can be decided"
        )
        raise InputError(message)
    return found


def _decide(
    connection: Connection,
    waiting: Submission,
    values: dict[str, Any],
    *,
    by: str,
    revision: int,
) -> Submission:
    values = {
        "payload": without_people(waiting.payload or {}),
        "decided_at": clock_time(connection),
        "decided_by": by,
        **values,
    }
    return _ROWS.change(
        connection, waiting.submission_id, values, revision=revision, by=by
    )


def _make(
    connection: Connection, payload: Mapping[str, Any], submission_id: str, *, by: str
) -> tuple[str, str, tuple[Receipt, ...]]:
    rows = make_rows(connection, payload, submission_id, by=by)
    act = Act(
        side="owner",
        name=rows.owner_id,
        role="owner",
        signer=rows.signer,
        text=rows.text,
    )
    receipts = tuple(
        move(connection, camera_id, "registered", act=act)
        for camera_id in rows.camera_ids
    )
    return rows.owner_id, rows.site_id, receipts


def _note(
    connection: Connection, action: str, about: Submission, *, by: str, role: str
) -> None:
    entry = audit.Entry(by, role, "human", action, "submission", (about.submission_id,))
    audit.append(connection, entry)
