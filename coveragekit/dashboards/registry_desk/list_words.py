"""What the registry desk says of cameras, wishes to leave and footage requests."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from coveragekit.access import overwrite_words
from coveragekit.dashboards.registry_desk.words import (
    cameras_words,
    faces_homes,
    looks_words,
    time_words,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from zoneinfo import ZoneInfo

    from coveragekit.access import (
        CameraLine,
        Event,
        FootageRequest,
        LeavingTask,
        OwnerContact,
    )

__all__ = [
    "STATES",
    "camera_row",
    "card_facts",
    "contact_rows",
    "event_words",
    "keeps_words",
    "leaving_row",
    "owner_words",
    "request_row",
]

STATES: Final = {
    "registered": "Registered",
    "offered": "Integration offered",
    "integrated": "Integrated",
    "suspended": "Paused",
    "invited": "Invited",
    "expired": "Run out",
    "lapsed": "Lapsed",
    "withdrawn": "Withdrawn",
    "none": "Never asked",
}
"""The states of a consent by their names, in everyday words."""
_URGENT_H: Final = 72.0


def camera_row(line: CameraLine) -> dict[str, Any]:
    """
    Give a camera as a row of the list.

    Parameters
    ----------
    line
        The camera, with its owner, address and consent.

    Returns
    -------
    dict
        Its id and words.
    """
    return {
        "id": line.camera_id,
        "name": line.name or line.address or line.camera_id,
        "owner": owner_words(line),
        "address": line.address or "",
        "kind": line.kind,
        "state": STATES.get(line.consent, line.consent),
        "keeps": keeps_words(line.retention_days),
        "flags": [
            words
            for words, is_so in (
                ("faces homes", faces_homes(line.faces_homes_share)),
                ("maker's app only", line.cloud_only),
                ("planned", line.planned),
            )
            if is_so
        ],
    }


def owner_words(line: CameraLine) -> str:
    """
    Give who owns a camera, as far as the one who asks may know.

    Parameters
    ----------
    line
        The camera.

    Returns
    -------
    str
        A name, or what kind of owner it is.
    """
    if line.owner:
        return line.owner
    return "a person" if line.owner_kind == "person" else "not known"


def keeps_words(days: float | None) -> str:
    """
    Give how long a camera keeps its pictures.

    Parameters
    ----------
    days
        Days, if they are known.

    Returns
    -------
    str
        Such as ``14 days``.

    Examples
    --------
    >>> keeps_words(1.0), keeps_words(14.0), keeps_words(None)
    ('1 day', '14 days', 'not known')
    """
    if days is None:
        return "not known"
    return f"{days:g} day{'' if days == 1 else 's'}"


def card_facts(line: CameraLine) -> list[list[str]]:
    """
    Give what the card of a camera tells, without its contact.

    Parameters
    ----------
    line
        The camera.

    Returns
    -------
    list of list of str
        What, and its words.
    """
    rows = [
        ["Owner", owner_words(line)],
        ["Address", line.address or ""],
        ["Camera", line.kind],
        ["Looks", looks_words(line.bearing_deg)],
        ["Keeps", keeps_words(line.retention_days)],
        ["Id", line.camera_id],
    ]
    return [row for row in rows if row[1]]


def event_words(event: Event, zone: ZoneInfo) -> str:
    """
    Give one change of a consent as a line of the card.

    Parameters
    ----------
    event
        The change.
    zone
        The city's time zone.

    Returns
    -------
    str
        When, from which state to which, by whom, and why.
    """
    said = event.receipt
    names = {**STATES, "nothing": "Nothing", "none": "Nothing"}
    origin, to = (names.get(one, one) for one in (said.origin, said.to))
    side = _SIDES.get(said.side, said.side)
    because = f": {event.reason}" if event.reason else ""
    at = time_words(said.at, zone)
    return f"{at}: {origin.lower()} to {to.lower()}, by {side}{because}"


_SIDES: Final = {"owner": "the owner", "agency": "the agency", "clock": "the clock"}


def contact_rows(found: Sequence[OwnerContact]) -> list[list[str]]:
    """
    Give how to reach the owner of a camera.

    Parameters
    ----------
    found
        The people, those who can copy footage first.

    Returns
    -------
    list of list of str
        What, and its words.
    """
    rows = []
    for one in found:
        told = (one.name, one.phone, one.email, one.best_time)
        copies = "copies footage" if one.can_export else ""
        rows.append([one.owner, ", ".join(filter(None, (*told, copies)))])
    return rows


def leaving_row(task: LeavingTask, zone: ZoneInfo) -> dict[str, Any]:
    """
    Give a wish to leave as a row of the list.

    Parameters
    ----------
    task
        The wish.
    zone
        The city's time zone.

    Returns
    -------
    dict
        Its id and words; ``urgent`` where somebody should have called by now.
    """
    standing = len(task.standing)
    what = "all of it has ended meanwhile"
    if standing:
        forms = sum(one.startswith("sub_") for one in task.standing)
        parts = [cameras_words(standing - forms)] if standing > forms else []
        parts += [f"{forms} form{'' if forms == 1 else 's'} in the queue"] * bool(forms)
        what = f"{' and '.join(parts)} still stand{'s' if standing == 1 else ''}"
    return {
        "id": task.review_id,
        "what": what,
        "came": time_words(task.at, zone),
        "due": time_words(task.due_at, zone),
        "urgent": task.is_overdue,
        "contact": None,
    }


def request_row(
    asked: FootageRequest, *, now: datetime, zone: ZoneInfo
) -> dict[str, Any]:
    """
    Give a footage request as a row, with its overwrite clock.

    Parameters
    ----------
    asked
        The request.
    now
        The present.
    zone
        The city's time zone.

    Returns
    -------
    dict
        Its id and words; ``urgent`` where the footage goes within three days.
    """
    left_h = (
        None
        if asked.deadline_at is None
        else (asked.deadline_at - now.astimezone(UTC)).total_seconds() / 3600.0
    )
    about = asked.ask
    return {
        "id": asked.request_id,
        "camera": asked.camera_id,
        "case": about.case_number or "",
        "offence": about.offence or "",
        "window": _window(about.from_at, about.to_at, zone),
        "clock": overwrite_words(asked.deadline_at, now),
        "urgent": left_h is not None and 0.0 <= left_h <= _URGENT_H,
        "state": asked.state.replace("_", " "),
        "reminders": asked.reminders,
    }


def _window(begin: datetime, end: datetime, zone: ZoneInfo) -> str:
    """Give a stretch of time; the day is said again only where it is another one."""
    since, until = begin.astimezone(zone), end.astimezone(zone)
    form = "%H:%M %Z" if since.date() == until.date() else "%Y-%m-%d %H:%M %Z"
    return f"{since:%Y-%m-%d %H:%M} to {until.strftime(form)}"
