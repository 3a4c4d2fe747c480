"""When footage is overwritten, when to ask again, and how both are told."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib.resources import files
from typing import Final

from coveragekit.errors import InputError
from coveragekit.registry.lines import check_line
from coveragekit.registry.machine import Machine, load_machine

__all__ = [
    "OUTCOMES",
    "Ask",
    "Reminders",
    "deadline_of",
    "is_reminder_due",
    "overwrite_words",
    "reminders",
    "request_machine",
]

OUTCOMES: Final = ("none", "useful", "arrest", "charge", "unknown")
LONGEST_WINDOW: Final = timedelta(days=7)
"""The longest stretch of footage asked for at once: more is no longer an incident."""

_WORDS: Final = {
    "en": {
        "unknown": "nobody has said how long this camera keeps footage: ask soon",
        "over": "overwritten by what the owner said",
        "minutes": "overwritten in {number} min",
        "hours": "overwritten in {number} h",
        "days": "overwritten in {number} days",
    },
    "es": {
        "unknown": "no se sabe cuánto tiempo guarda esta cámara: pida pronto",
        "over": "ya se sobrescribió, según lo que dijo el dueño",
        "minutes": "se sobrescribe en {number} min",
        "hours": "se sobrescribe en {number} h",
        "days": "se sobrescribe en {number} días",
    },
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """
    What footage is asked for.

    Parameters
    ----------
    from_at, to_at
        The stretch of time, with a time zone; at most seven days.
    place
        The place in words.
    lon, lat
        The place, degrees.
    incident_id, call_id
        What it is about.
    case_number
        The case.
    offence
        The offence, by its code or in words.

    Raises
    ------
    InputError
        If a time has no zone, the end is not after the beginning, the stretch is too
        long, or a text cannot be kept.
    """

    from_at: datetime
    to_at: datetime
    place: str | None = None
    lon: float | None = None
    lat: float | None = None
    incident_id: str | None = None
    call_id: str | None = None
    case_number: str | None = None
    offence: str | None = None

    def __post_init__(self) -> None:
        if self.from_at.tzinfo is None or self.to_at.tzinfo is None:
            message = "the stretch of time has no time zone; give both ends one"
            raise InputError(message)
        length = self.to_at - self.from_at
        if not timedelta(0) < length <= LONGEST_WINDOW:
            message = (
                f"from {self.from_at.isoformat()} to {self.to_at.isoformat()} is no "
                "stretch to ask for; allowed: an end after the beginning, at most "
                f"{LONGEST_WINDOW.days} days later"
            )
            raise InputError(message)
        for name in ("incident_id", "call_id", "case_number", "offence", "place"):
            check_line(name, getattr(self, name))


@dataclass(frozen=True, slots=True)
class Reminders:
    """
    When a request that is not answered is due for a reminder.

    Parameters
    ----------
    first_after_h, then_after_h
        Hours after it was sent, and after the last reminder.
    urgent_below_h
        Fewer hours than this before footage is overwritten are urgent.
    urgent_after_h
        Hours after which to remind where it is urgent.
    most
        The most reminders.
    """

    first_after_h: float
    then_after_h: float
    urgent_below_h: float
    urgent_after_h: float
    most: int


def request_machine() -> Machine:
    """
    Give a footage request as a machine.

    Returns
    -------
    Machine
        The machine of ``registry/data/requests.toml``.

    Examples
    --------
    >>> [move.to for move in request_machine().allowed("refused")]
    ['received', 'closed']
    """
    return load_machine("requests")


@cache
def reminders() -> Reminders:
    """
    Give the rule for reminders.

    Returns
    -------
    Reminders
        The rule of ``registry/data/requests.toml``.

    Examples
    --------
    >>> reminders().most
    4
    """
    source = files("coveragekit.registry").joinpath("data", "requests.toml")
    return Reminders(**tomllib.loads(source.read_text("utf-8"))["reminders"])


def deadline_of(
    ask: Ask, retention_days: float | None, now: datetime
) -> datetime | None:
    """
    Give when footage of a stretch of time is overwritten.

    Parameters
    ----------
    ask
        The stretch.
    retention_days
        How long the camera's footage is kept, days; ``None`` if nobody has said.
    now
        The present.

    Returns
    -------
    datetime.datetime | None
        When its beginning is; where that is past, when its end is. ``None`` where
        retention is unknown.

    Examples
    --------
    >>> hour = datetime(2026, 5, 1, 12, tzinfo=UTC)
    >>> ask = Ask(from_at=hour, to_at=hour + timedelta(hours=1))
    >>> deadline_of(ask, 2, hour + timedelta(hours=7)) - hour
    datetime.timedelta(days=2)
    """
    if retention_days is None:
        return None
    kept = timedelta(days=retention_days)
    first = ask.from_at + kept
    return (first if first > now else ask.to_at + kept).astimezone(UTC)


def overwrite_words(
    deadline_at: datetime | None, now: datetime, language: str = "en"
) -> str:
    """
    Tell how long footage is still there.

    Parameters
    ----------
    deadline_at
        When it is overwritten; ``None`` if nobody knows.
    now
        The present.
    language
        ``"en"`` or ``"es"``; English where there are no words in it.

    Returns
    -------
    str
        Minutes below two hours, hours below three days, then days; always rounded
        down, so that nobody comes too late.

    Examples
    --------
    >>> now = datetime(2026, 5, 1, 12, tzinfo=UTC)
    >>> overwrite_words(now + timedelta(hours=41, minutes=50), now)
    'overwritten in 41 h'
    """
    words = _WORDS.get(language, _WORDS["en"])
    if deadline_at is None:
        return words["unknown"]
    left = deadline_at - now
    if left <= timedelta(0):
        return words["over"]
    for name, unit, most in (
        ("minutes", timedelta(minutes=1), timedelta(hours=2)),
        ("hours", timedelta(hours=1), timedelta(days=3)),
    ):
        if left < most:
            return words[name].format(number=left // unit)
    return words["days"].format(number=left // timedelta(days=1))


def is_reminder_due(
    asked_at: datetime, count: int, deadline_at: datetime | None, *, now: datetime
) -> bool:
    """
    Tell whether an owner should be asked again.

    Parameters
    ----------
    asked_at
        When the owner was asked last.
    count
        How many reminders went out.
    deadline_at
        When footage is overwritten; ``None`` if nobody knows.
    now
        The present.

    Returns
    -------
    bool
        Whether it is time; never once the footage is gone.

    Examples
    --------
    >>> now = datetime(2026, 5, 2, 12, tzinfo=UTC)
    >>> is_reminder_due(now - timedelta(hours=25), 0, None, now=now)
    True
    """
    rule = reminders()
    if count >= rule.most or (deadline_at is not None and deadline_at <= now):
        return False
    wait = rule.first_after_h if count == 0 else rule.then_after_h
    if deadline_at is not None:
        left = deadline_at - now
        if left < timedelta(hours=rule.urgent_below_h):
            wait = min(wait, rule.urgent_after_h)
    return now >= asked_at + timedelta(hours=wait)
