"""What owners sent in by the form: kept in a queue until the agency decides."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import select

from coveragekit.errors import InputError
from coveragekit.registry import audit, schema
from coveragekit.registry.consent import move
from coveragekit.registry.consent_rules import Act, tier_of
from coveragekit.registry.opening import now as clock_time
from coveragekit.registry.owners import list_contacts
from coveragekit.registry.receipts import Receipt, clean_code
from coveragekit.registry.rows import Rows
from coveragekit.registry.submission_parts import make_rows, without_people

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
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
    "withdraw",
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
        What was sent; without the people once it was decided.
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
        The submission, without the people it named.

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
    values = {"state": "duplicate" if duplicate else "rejected", "reason": reason}
    done = _decide(connection, waiting, values, by=by, revision=revision)
    _note(connection, "refuse_submission", done, by=by, role=role)
    return done


def withdraw(connection: Connection, receipt: str, contact: str) -> tuple[str, ...]:
    """
    Take back all that a receipt stands for, as the owner wishes.

    Parameters
    ----------
    connection
        From ``Registry.write``.
    receipt
        Code of a submission, or of a consent.
    contact
        E-mail address or telephone number that the owner gave.

    Returns
    -------
    tuple of str
        Ids of the submissions and cameras that were withdrawn; empty where code and
        contact do not fit, which nobody may be told.
    """
    try:
        code = clean_code(receipt)
    except InputError:
        return ()
    done = [*_withdraw_submission(connection, code, contact)]
    for camera_id, owner_id in _cameras_of(connection, code):
        if _reaches(connection, owner_id, contact) and _has_tier(connection, camera_id):
            act = Act(side="owner", name=owner_id, role="owner")
            move(connection, camera_id, "withdrawn", act=act)
            done.append(camera_id)
    return tuple(done)


def _withdraw_submission(
    connection: Connection, code: str, contact: str
) -> Iterator[str]:
    table = schema.submission.c
    waits = (table.receipt == code, table.state == "waiting")
    for waiting in list_submissions(connection, *waits, limit=1).rows:
        people = (waiting.payload or {}).get("contact", {})
        if _same(contact, people.get("email")) or _same(contact, people.get("phone")):
            values = {"state": "withdrawn"}
            _decide(connection, waiting, values, by=FORM, revision=waiting.revision)
            _note(connection, "withdraw_submission", waiting, by=FORM, role="public")
            yield waiting.submission_id


def _cameras_of(connection: Connection, code: str) -> list[tuple[str, str]]:
    """Give the cameras, with their owners, that a code stands for."""
    camera, site = schema.camera.c, schema.site.c
    event, consent = schema.consent_event.c, schema.consent.c
    owned = select(camera.camera_id, site.owner_id).join_from(
        schema.camera, schema.site, site.site_id == camera.site_id
    )
    by_consent = select(consent.camera_id).join_from(
        schema.consent_event, schema.consent, consent.consent_id == event.consent_id
    )
    by_form = select(schema.submission.c.owner_id).where(
        schema.submission.c.receipt == code, schema.submission.c.state == "accepted"
    )
    found = connection.execute(
        owned.where(
            camera.camera_id.in_(by_consent.where(event.receipt == code))
            | site.owner_id.in_(by_form)
        ).order_by(camera.camera_id)
    )
    return [(row.camera_id, row.owner_id) for row in found if row.owner_id]


def _reaches(connection: Connection, owner_id: str, contact: str) -> bool:
    """Whether this is how one reaches the owner."""
    page = list_contacts(connection, schema.contact.c.owner_id == owner_id, limit=50)
    return any(
        _same(contact, one.email) or _same(contact, one.phone) for one in page.rows
    )


def _same(given: str, kept: str | None) -> bool:
    """Whether two addresses or numbers are the same, however they are typed."""
    if not kept:
        return False
    if "@" in kept:
        return given.strip().casefold() == kept.strip().casefold()
    digits = ["".join(filter(str.isdigit, one)) for one in (given, kept)]
    return len(digits[1]) > 5 and digits[0] == digits[1]


def _has_tier(connection: Connection, camera_id: str) -> bool:
    """Whether there is something to withdraw: it is not withdrawn or ended already."""
    state = connection.execute(
        select(schema.consent.c.state).where(schema.consent.c.camera_id == camera_id)
    ).scalar_one_or_none()
    return state is not None and (tier_of(state) is not None or state == "suspended")


def _waiting(connection: Connection, submission_id: str) -> Submission:
    found = get_submission(connection, submission_id)
    if found.state != "waiting":
        message = (
            f"the submission {submission_id} is {found.state} since "
            f"{found.decided_at}; only one that waits can be decided"
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
    values |= {
        "payload": without_people(waiting.payload or {}),
        "decided_at": clock_time(connection),
        "decided_by": by,
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
