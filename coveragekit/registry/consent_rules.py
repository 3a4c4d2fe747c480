"""What a consent allows: its scope, its standing, and the next state of the machine."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from coveragekit.errors import ConsentError, InputError
from coveragekit.registry.lines import check_line
from coveragekit.registry.machine import NOTHING, Machine, Move, load_machine

if TYPE_CHECKING:
    from collections.abc import Collection

    from coveragekit.registry.texts import ConsentText

__all__ = [
    "LONGEST",
    "NO_SCOPE",
    "Act",
    "Scope",
    "Standing",
    "check_hours",
    "consent_machine",
    "effective",
    "next_state",
    "tier_of",
]

LONGEST: Final = timedelta(days=5 * 365 + 2)
"""The longest time that an owner can agree to at once: five years with leap days."""

_LONGEST_HOURS: Final = 500


@dataclass(frozen=True, slots=True)
class Scope:
    """
    What police may do with an integrated camera.

    Parameters
    ----------
    live
        Look at what it sees now.
    recorded
        Look at what the recorder still holds.
    ptz
        Turn and zoom it.
    hours
        When, in OpenStreetMap's opening-hours form; always if ``None``.
    emergencies_only
        Only while an emergency near the camera is being handled.
    """

    live: bool = False
    recorded: bool = False
    ptz: bool = False
    hours: str | None = None
    emergencies_only: bool = False

    @property
    def is_empty(self) -> bool:
        """Whether nothing may be done."""
        return not (self.live or self.recorded or self.ptz)


NO_SCOPE: Final = Scope()


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """
    What one side does to a consent.

    Parameters
    ----------
    side
        Whose act it is: ``"owner"``, ``"agency"`` or ``"clock"``.
    name
        Who enters it: the user's name, or the owner's id (never the owner's name).
    role
        Role of who enters it.
    reason
        Why, in words.
    signer
        Name of the person who agrees.
    text
        The consent text that was shown.
    scope
        What is agreed to.
    expires_at
        When the agreement ends.

    Raises
    ------
    InputError
        If a text is too long, holds characters that no line has, or is blank where one
        is needed, or the end has no time zone.
    """

    side: str
    name: str
    role: str
    reason: str | None = None
    signer: str | None = None
    text: ConsentText | None = None
    scope: Scope | None = None
    expires_at: datetime | None = None

    def __post_init__(self) -> None:
        check_line("name", self.name, needed=True)
        check_line("role", self.role, needed=True)
        check_line("signer", self.signer)
        check_line("reason", self.reason, longest=1_000)
        if self.expires_at is not None and self.expires_at.tzinfo is None:
            message = (
                f"the end {self.expires_at.isoformat()} has no time zone; give one, "
                "for example tzinfo=UTC"
            )
            raise InputError(message)


@dataclass(frozen=True, slots=True)
class Standing:
    """
    How a consent stands.

    Parameters
    ----------
    state
        Name of the state, ``"nothing"`` before the first.
    since
        When the state began.
    expires_at
        When the consent ends, if it does.
    paused_by
        Sides that paused it, while it is suspended.
    paused_from
        State in which it was paused.
    basis_ends_at
        When nobody who agreed has authority over the place any more, or the camera is
        taken down, if that is known.
    """

    state: str = NOTHING
    since: datetime | None = None
    expires_at: datetime | None = None
    paused_by: frozenset[str] = frozenset()
    paused_from: str | None = None
    basis_ends_at: datetime | None = None


def consent_machine() -> Machine:
    """
    Give the consent of a camera as a machine.

    Returns
    -------
    Machine
        The machine of ``registry/data/consent.toml``; refusals are ``ConsentError``.

    Examples
    --------
    >>> [move.to for move in consent_machine().allowed("withdrawn")]
    ['registered']
    """
    return load_machine("consent", ConsentError)


def tier_of(state: str) -> str | None:
    """
    Give what a camera counts as.

    Parameters
    ----------
    state
        State of its consent; ``"nothing"`` where there is none.

    Returns
    -------
    str | None
        ``"registered"``, ``"integrated"``, or ``None`` where it may not be used.

    Examples
    --------
    >>> tier_of("offered"), tier_of("suspended")
    ('registered', None)
    """
    known = consent_machine().states.get(state)
    return known.tier if known else None


def effective(standing: Standing, now: datetime) -> Standing:
    """
    Give how a consent stands by the clock, whatever has been written down.

    Parameters
    ----------
    standing
        How it was written last.
    now
        The present, with a time zone.

    Returns
    -------
    Standing
        The same, moved on by all that has fallen due.

    Examples
    --------
    >>> from datetime import UTC
    >>> end, now = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC)
    >>> effective(Standing("integrated", end - LONGEST, end), now).state
    'expired'
    """
    machine = consent_machine()
    while standing.since is not None:
        times = {
            "expires_at": standing.expires_at,
            "basis_ends_at": standing.basis_ends_at,
        }
        due = machine.due(standing.state, standing.since, times, now=now)
        if due is None:
            break
        move, moment = due
        standing = _moved(standing, move, act=None, moment=moment)
    return standing


def next_state(
    standing: Standing,
    to: str,
    act: Act,
    *,
    now: datetime,
    known: Collection[str] = ("authority", "own_feed"),
) -> Standing:
    """
    Give how a consent stands after an act, if the machine allows it.

    Parameters
    ----------
    standing
        How it stands by the clock.
    to
        State to move to.
    act
        Who does what.
    now
        The present, with a time zone.
    known
        What holds of the camera and its place: ``"own_feed"`` (not only its maker's
        cloud reaches it), ``"authority"`` (who agrees may do so until the end).

    Returns
    -------
    Standing
        How it stands then.

    Raises
    ------
    ConsentError
        If the move is not allowed, lacks something that it demands, or is given
        something that it has no use for; the message says what is allowed.

    Examples
    --------
    >>> from datetime import UTC
    >>> now = datetime(2026, 4, 1, tzinfo=UTC)
    >>> kim = Act(side="agency", name="kim", role="recruiter")
    >>> next_state(Standing(), "invited", kim, now=now).state
    'invited'
    >>> next_state(Standing("integrated", now), "withdrawn", kim, now=now)
    Traceback (most recent call last):
    coveragekit.errors.ConsentError: consent: agency may not move integrated to ...
    """
    if act.side == "clock":
        message = "consent: the clock moves by itself; allowed: owner, agency"
        raise ConsentError(message)
    machine = consent_machine()
    facts = _facts(standing, act, now) | set(known)
    move = machine.find(standing.state, to, by=act.side, facts=facts)
    _check_act(move, act, now)
    return _moved(standing, move, act=act, moment=now)


def check_hours(hours: str | None) -> str | None:
    """
    Give hours if they can be read.

    Parameters
    ----------
    hours
        OpenStreetMap's opening-hours form, ``None`` or blank for always.

    Returns
    -------
    str | None
        The same, ``None`` for always.

    Raises
    ------
    ConsentError
        If they cannot be read.

    Examples
    --------
    >>> check_hours("Mo-Fr 22:00-06:00"), check_hours(" ")
    ('Mo-Fr 22:00-06:00', None)
    """
    if hours is None or not hours.strip():
        return None
    if len(hours) > _LONGEST_HOURS or not _is_readable(hours):
        message = (
            f"hours {hours[:80]!r} cannot be read; allowed: OpenStreetMap's "
            "opening-hours form, such as 'Mo-Fr 22:00-06:00; Sa,Su 00:00-24:00', or "
            "nothing for always"
        )
        raise ConsentError(message)
    return hours.strip()


@lru_cache(maxsize=1024)
def _is_readable(hours: str) -> bool:
    from opening_hours import validate

    return bool(validate(hours.strip()))


def _facts(standing: Standing, act: Act, now: datetime) -> set[str]:
    resumer = "owner" if "owner" in standing.paused_by else "agency"
    holds = {
        "text": act.text is not None,
        "signer": bool(act.signer and act.signer.strip()),
        "scope": act.scope is not None and not act.scope.is_empty,
        "expiry": act.expires_at is not None and _is_near(act.expires_at, now),
        "reason": bool(act.reason and act.reason.strip()),
        "same_side": act.side == resumer,
        "was_integrated": standing.paused_from == "integrated",
        "agency_paused": standing.paused_by == {"agency"},
    }
    return {fact for fact, is_so in holds.items() if is_so}


def _is_near(expires_at: datetime, now: datetime) -> bool:
    return now < expires_at <= now + LONGEST


def _check_act(move: Move, act: Act, now: datetime) -> None:
    """Refuse what the move has no use for: nobody shall believe it was agreed to."""
    step = f"consent: {move.origin} to {move.to}"
    takes_text = "text" in move.demands
    useless = [
        *(("scope",) if act.scope is not None and "scope" not in move.demands else ()),
        *(("text",) if act.text is not None and not takes_text else ()),
        *(("signer",) if act.signer is not None and not takes_text else ()),
        *(("end",) if act.expires_at is not None and not takes_text else ()),
    ]
    if useless:
        message = f"{step} takes no {', no '.join(useless)}; leave that out"
        raise ConsentError(message)
    kind = "integration" if move.to == "integrated" else "registration"
    if act.text is not None and act.text.kind != kind:
        message = (
            f"{step} needs the text of kind {kind!r}; the owner was shown "
            f"{act.text.version!r}"
        )
        raise ConsentError(message)
    if act.expires_at is not None and not _is_near(act.expires_at, now):
        message = (
            f"{step}: {act.expires_at.isoformat()} is no end; allowed: "
            "in the future and at most five years away"
        )
        raise ConsentError(message)
    if act.scope is not None:
        check_hours(act.scope.hours)


def _moved(
    standing: Standing, move: Move, *, act: Act | None, moment: datetime
) -> Standing:
    machine = consent_machine()
    moved = replace(standing, state=move.to, since=moment)
    if move.to == "suspended":
        origin = standing.paused_from or move.origin
        return replace(
            moved, paused_by=standing.paused_by | {move.by}, paused_from=origin
        )
    moved = replace(moved, paused_by=frozenset(), paused_from=None)
    if act is not None and "text" in move.demands:
        return replace(moved, expires_at=act.expires_at)
    if machine.states[move.to].tier is None:
        return replace(moved, expires_at=None, basis_ends_at=None)
    return moved
