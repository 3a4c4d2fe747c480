"""Write down in the audit log what was answered and what was done."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from coveragekit.access.answers import Decision
from coveragekit.access.deciding import is_offence
from coveragekit.access.people import system_name
from coveragekit.access.policy import actions
from coveragekit.errors import AccessRefused, RegistryError
from coveragekit.model import roles
from coveragekit.registry.audit import FURTHEST, Entry, append, last_entry
from coveragekit.registry.reviews import add_review

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from sqlalchemy import Connection

    from coveragekit.access.answers import Work
    from coveragekit.access.policy import Policy
    from coveragekit.access.questions import Question, Ruling
    from coveragekit.registry.opening import Registry

__all__ = [
    "NOBODY",
    "UNKNOWN",
    "WrongClockError",
    "latest_time",
    "note_answer",
    "note_failure",
    "note_work",
    "noting_clock",
]

UNKNOWN: Final = "(not as the policy writes it)"
"""What stands for words that nobody checked: no line can be erased any more."""
NOBODY: Final = "(nobody named)"
"""The actor of a line where nobody signed on by name."""
_ON_THIS_MACHINE: Final = frozenset({"local", "service"})
_TIMELESS: Final = frozenset({"read_audit", "verify_audit", "backup", "upgrade"})
UNKNOWN_CAMERA: Final = "(no camera of the registry)"
"""What stands for an id that is none."""


class WrongClockError(RegistryError):
    """The clock is so far ahead of the log that nothing is done by it."""


@contextmanager
def noting_clock(
    registry: Registry, *, actor: str, role: str, action: str
) -> Iterator[None]:
    """
    Have a refusal for the clock's sake on record, where nobody signed on.

    Parameters
    ----------
    registry
        The registry; nothing is written to it yet, or no more.
    actor, role
        Who acts, such as the owner's form.
    action
        What for.

    Yields
    ------
    None
        To do what may be refused.

    Raises
    ------
    RegistryError
        The clock is not believed, as it was raised inside.
    """
    try:
        yield
    except WrongClockError as error:
        entry = Entry(actor, role, "system", action, "registry", result="refused")
        with registry.write() as connection:
            append(connection, replace(entry, reason=str(error)))
        raise


def latest_time(
    connection: Connection, now: datetime, *, action: str | None = None
) -> datetime:
    """
    Give the latest time that is known: the clock's, or the log's if that ran back.

    Parameters
    ----------
    connection
        A connection to the registry.
    now
        What the clock says.
    action
        What it is asked for: to read, check and keep the log opens and ends nothing,
        so any clock will do.

    Returns
    -------
    datetime.datetime
        Never before ``now``.

    Raises
    ------
    RegistryError
        The clock is more than 35 days after the last line.
    """
    _, at, _ = last_entry(connection)
    if at is None:
        return now
    if now - at > FURTHEST and action not in _TIMELESS:
        message = (
            f"the clock says {now:%Y-%m-%d}, and the log's last line is of "
            f"{at:%Y-%m-%d}: nothing is done by a clock that may be wrong, because "
            "what it ends stays ended; set the clock, or, if it is right, have an "
            "administrator run: coveragekit registry clock --sure"
        )
        raise WrongClockError(message)
    return max(now, at)


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
        object_ids=() if camera_id is None else (_known_id(question, camera_id),),
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
        lacks=ruling.lacks,
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
    connection: Connection, policy: Policy, question: Question, *, fault: BaseException
) -> int:
    """
    Write down that something failed, or was refused halfway.

    Parameters
    ----------
    connection
        A connection that writes.
    policy
        The policy that decided.
    question
        What was asked.
    fault
        The fault: its kind, and not its words, which may hold contents; of a refusal
        the words, which are our own.

    Returns
    -------
    int
        Number of the line.
    """
    if isinstance(fault, AccessRefused | WrongClockError):
        plain = _entry(policy, question, None)
        entry = replace(plain, result="refused", reason=str(fault))
    else:
        kind = {"fault": type(fault).__name__}
        entry = replace(_entry(policy, question, kind), result="failed")
    return append(connection, entry, now=question.now)


def _entry(policy: Policy, question: Question, more: Mapping[str, Any] | None) -> Entry:
    """Give what every line of the door says."""
    user, purpose = question.user, question.purpose
    told = {"policy": policy.name, "source": user.source, **(more or {})}
    signed_on = system_name() if user.source in _ON_THIS_MACHINE else None
    if signed_on is not None and signed_on != user.name:
        # who sits there may give any name; this one the machine gives
        told["os_user"] = signed_on
    if purpose.emergency:
        told["emergency"] = True
    known = question.action in actions()
    has_role = user.role in roles() or user.source == "service"
    number, basis = purpose.case_number, purpose.legal_basis
    named = purpose.offence
    return Entry(
        user.name or NOBODY,
        user.role if has_role else UNKNOWN,
        question.kind,
        question.action if known else UNKNOWN,
        "registry",
        purpose=purpose.code if purpose.code in policy.demands else UNKNOWN,
        offence=_if(named, named is None or is_offence(policy, named)),
        case_number=_if(number, not number or policy.case_number.fullmatch(number)),
        legal_basis=_if(basis, basis is None or basis in policy.legal_bases)
        or policy.legal_bases[0],
        parameters=told,
    )


def _if(said: str | None, is_known: object) -> str | None:
    """Keep what the policy knows; anything else may be a name or a telephone number."""
    return said if is_known else UNKNOWN


def _known_id(question: Question, camera_id: str) -> str:
    """Give the id of a camera that there is; anything else may be just anything."""
    return camera_id if question.camera is not None else UNKNOWN_CAMERA


def _ask_for_review(
    connection: Connection, question: Question, seq: int, *, due: datetime
) -> None:
    values = {"audit_seq": seq, "due_at": due}
    add_review(connection, values, by=question.user.name)
