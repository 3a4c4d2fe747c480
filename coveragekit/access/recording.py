"""Write down in the audit log what was answered and what was done."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from coveragekit.access.answers import Decision
from coveragekit.access.policy import actions
from coveragekit.registry.audit import Entry, append, last_entry
from coveragekit.registry.reviews import add_review

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy import Connection

    from coveragekit.access.answers import Work
    from coveragekit.access.policy import Policy
    from coveragekit.access.questions import Question, Ruling

__all__ = ["NOBODY", "latest_time", "note_answer", "note_failure", "note_work"]

NOBODY: Final = "(nobody named)"
"""The actor of a line where nobody signed on by name."""
_LONGEST_ID: Final = 100


def latest_time(connection: Connection, now: datetime) -> datetime:
    """
    Give the latest time that is known: the clock's, or the log's if that ran back.

    Parameters
    ----------
    connection
        A connection to the registry.
    now
        What the clock says.

    Returns
    -------
    datetime.datetime
        Never before ``now``.
    """
    _, at, _ = last_entry(connection)
    return now if at is None else max(now, at)


def note_answer(
    connection: Connection,
    policy: Policy,
    question: Question,
    *,
    ruling: Ruling,
    camera_id: str | None,
) -> Decision:
    """
    Write down an answer, and ask for its review where an emergency was claimed.

    Parameters
    ----------
    connection
        A connection that writes.
    policy
        The policy that decided.
    question
        What was asked.
    ruling
        What was answered.
    camera_id
        The camera that was asked for, whether there is one or not.

    Returns
    -------
    Decision
        The answer with the number of its line.
    """
    more: dict[str, Any] = {"basis": ruling.basis} if ruling.basis else {}
    if ruling.share_id:
        more["share"] = ruling.share_id
    if ruling.lifted:
        more["lifted"] = list(ruling.lifted)
    action = actions().get(question.action)
    about_camera = camera_id is not None or (
        action is not None and action.needs != "nothing"
    )
    entry = replace(
        _entry(policy, question, more),
        object_type="camera" if about_camera else "registry",
        object_ids=() if camera_id is None else (_plain_id(camera_id),),
        result="allowed" if ruling.allowed else "refused",
        reason=ruling.reason,
    )
    seq = append(connection, entry, now=question.now)
    if ruling.review_due is not None:
        _ask_for_review(connection, question, seq, due=ruling.review_due)
    return Decision(
        ruling.allowed,
        ruling.reason,
        ruling.basis,
        seq,
        camera_id=camera_id,
        review_due=ruling.review_due,
    )


def note_work(policy: Policy, question: Question, work: Work) -> int:
    """
    Write down what was done.

    Parameters
    ----------
    policy
        The policy that decided.
    question
        What was asked.
    work
        What was done, with the connection that writes.

    Returns
    -------
    int
        Number of the line.
    """
    entry = replace(
        _entry(policy, question, work.parameters),
        object_type=work.object_type,
        object_ids=work.object_ids,
        result="done",
        reason=work.reason,
        rows=work.rows,
        digest=work.digest,
        recipient=work.recipient,
    )
    return append(work.connection, entry, now=question.now)


def note_failure(
    connection: Connection, policy: Policy, question: Question, *, fault: str
) -> int:
    """
    Write down that something failed.

    Parameters
    ----------
    connection
        A connection that writes.
    policy
        The policy that decided.
    question
        What was asked.
    fault
        The kind of the fault; not its words, which may hold contents.

    Returns
    -------
    int
        Number of the line.
    """
    entry = replace(_entry(policy, question, {"fault": fault}), result="failed")
    return append(connection, entry, now=question.now)


def _entry(policy: Policy, question: Question, more: Mapping[str, Any] | None) -> Entry:
    """Give what every line of the door says."""
    user, purpose = question.user, question.purpose
    told = {"policy": policy.name, "source": user.source, **(more or {})}
    if purpose.emergency:
        told["emergency"] = True
    return Entry(
        user.name or NOBODY,
        user.role or NOBODY,
        question.kind,
        _plain_id(question.action) or "(none)",
        "registry",
        purpose=purpose.code,
        offence=purpose.offence,
        case_number=purpose.case_number,
        legal_basis=purpose.legal_basis or policy.legal_bases[0],
        parameters=told,
    )


def _plain_id(text: str) -> str:
    """Give an id that was asked for as the log can hold it, whatever somebody sent."""
    whole = text.encode("utf-8", "replace").decode("utf-8").replace("\x00", "?")
    return whole[:_LONGEST_ID]


def _ask_for_review(
    connection: Connection, question: Question, seq: int, *, due: datetime
) -> None:
    values = {"audit_seq": seq, "due_at": due}
    add_review(connection, values, by=question.user.name)
