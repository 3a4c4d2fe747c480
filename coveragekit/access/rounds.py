"""Have cameras looked at: all that are due, by this program; or some, by a person."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import func, select

from coveragekit.access.answers import Work
from coveragekit.access.facts import about
from coveragekit.access.people import Purpose, User
from coveragekit.access.probe_plan import Due, plan_of
from coveragekit.access.probe_tally import Pace, Tally
from coveragekit.access.probing import Round
from coveragekit.access.questions import Question
from coveragekit.access.recording import NOBODY, note_failure, note_work
from coveragekit.errors import AccessRefused, InputError
from coveragekit.registry.audit import Entry, append
from coveragekit.registry.health import health_of
from coveragekit.registry.probe_rows import devices_of, opened_since
from coveragekit.registry.schema import camera

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from coveragekit.access.door import Door
    from coveragekit.access.looking import Looks

__all__ = ["ACTION", "LookedAt", "Rounds", "probe_cameras", "probe_round"]

ACTION: Final = "probe_feeds"
_SERVICE: Final = "health"
_SHORTEST_S: Final = 60.0
_MOST: Final = 1_000


@dataclass(frozen=True, slots=True)
class Rounds:
    """
    What one round of looks did.

    Parameters
    ----------
    cameras
        Cameras that a program may look at.
    refused
        Of these, those left alone because their login was refused and is the same.
    due
        Cameras that were due.
    tally
        What was done with those.
    """

    cameras: int
    refused: int
    due: int
    tally: Tally


@dataclass(frozen=True, slots=True)
class LookedAt:
    """
    What a person is told of a camera that was looked at for them.

    Parameters
    ----------
    camera_id, name
        The camera.
    status
        ``"online"``, ``"offline"``, ``"unknown"``, or ``"refused"`` where it may not be
        looked at.
    fault
        Why, as one word.
    words
        Why it was not looked at, where it was not.
    since_at
        Since when it has been so.
    first_picture_s, width_px, height_px, codec
        What was measured; of a camera with single pictures the stream's size is told.
    is_frozen, is_black
        Signs that the picture is not of the present, or shows nothing.
    """

    camera_id: str
    name: str
    status: str
    fault: str | None = None
    words: str | None = None
    since_at: datetime | None = None
    first_picture_s: float | None = None
    width_px: int | None = None
    height_px: int | None = None
    codec: str | None = None
    is_frozen: bool | None = None
    is_black: bool | None = None


def probe_round(
    looks: Looks,
    *,
    every_s: float = 3_600.0,
    lasts_s: float | None = None,
    pace: Pace | None = None,
    stop: threading.Event | None = None,
) -> Rounds:
    """
    Look at every camera that is due, by the service account of the policy.

    Parameters
    ----------
    looks
        Where cameras are looked at.
    every_s
        Within how many seconds each camera is looked at once; 60 at least.
    lasts_s
        How long the round goes on, so that cameras are looked at when their own moment
        comes; where it is not given, those that are due already are looked at, and
        that is all.
    pace
        How fast.
    stop
        Ends the round when it is set.

    Returns
    -------
    Rounds
        What was done. It is one line of the log, marked unattended, with counts and no
        camera's name.

    Raises
    ------
    AccessRefused
        The policy names no account for it.
    RegistryError
        The registry cannot be read or written.
    InputError
        The time between two looks is too short.
    """
    if every_s < _SHORTEST_S:
        message = (
            f"each camera is to be looked at every {every_s:g} s; allowed: "
            f"{_SHORTEST_S:g} s and more"
        )
        raise InputError(message)
    door = looks.door
    question = _service_question(door)
    halted = stop or threading.Event()
    with _line(door, question) as work:
        began_s = question.now.timestamp()
        ends_s = None if lasts_s is None else began_s + lasts_s
        with door.registry.read() as connection:
            plan = plan_of(
                connection,
                looks.settings,
                every_s=every_s,
                until_s=began_s if ends_s is None else ends_s,
            )
            unrecorded = opened_since(connection, ACTION)
        working = Round(looks, question, pace=pace or Pace(), stop=halted)
        tally = working.run(plan.due, until_s=ends_s)
        work.rows, work.digest = tally.opened, working.digest
        work.parameters = tally.parameters() | {"due": len(plan.due)}
        if plan.refused:
            work.parameters["login refused"] = plan.refused
        if plan.ahead:
            work.parameters["looked at by a clock that was ahead"] = plan.ahead
        if unrecorded:
            # somebody ended a round before it could write its line
            work.parameters["unrecorded"] = unrecorded
    return Rounds(plan.cameras, plan.refused, len(plan.due), tally)


def probe_cameras(  # noqa: PLR0917 - it reads as the question is asked
    looks: Looks,
    user: User,
    purpose: Purpose,
    camera_ids: Sequence[str],
    *,
    pace: Pace | None = None,
    stop: threading.Event | None = None,
) -> tuple[LookedAt, ...]:
    """
    Look at some cameras now, for a person who wants to know whether they work.

    Parameters
    ----------
    looks
        Where cameras are looked at.
    user
        Who asks.
    purpose
        What for.
    camera_ids
        The cameras, at most 1,000.
    pace
        How fast.
    stop
        Ends it when it is set.

    Returns
    -------
    tuple of LookedAt
        In the order of the cameras; no picture is given or kept. A camera whose login
        was refused is asked again.

    Raises
    ------
    AccessRefused
        None of them may be looked at, for the reason of the first; that is on record.
    InputError
        Too many cameras.
    """
    ids = list(dict.fromkeys(camera_ids))
    if len(ids) > _MOST:
        message = f"{len(ids):,} cameras are named; allowed: {_MOST:,} at once"
        raise InputError(message)
    door = looks.door
    decisions = {
        one.camera_id or "": one
        for one in door.may_each(user, ACTION, list(ids), purpose)
    }
    allowed = [key for key in ids if decisions[key].allowed]
    if ids and not allowed:
        first = decisions[ids[0]]
        raise AccessRefused(first.reason).lacking(*first.lacks)
    question = _question(door, user, purpose)
    with door.registry.read() as connection:
        devices = devices_of(connection, allowed)
    with _line(door, question) as work:
        working = Round(
            looks,
            question,
            pace=pace or Pace(),
            stop=stop or threading.Event(),
            keeps_all=True,
        )
        tally = working.run(Due(key, devices.get(key, key), 0.0) for key in allowed)
        work.object_ids, work.rows = tuple(allowed), tally.opened
        work.parameters = tally.parameters()
    refused = {key: one.reason for key, one in decisions.items() if not one.allowed}
    return _told(door, working, ids, refused=refused)


def _told(
    door: Door, working: Round, ids: Sequence[str], *, refused: Mapping[str, str]
) -> tuple[LookedAt, ...]:
    with door.registry.read() as connection:
        names = select(
            camera.c.camera_id, func.coalesce(camera.c.name, camera.c.address)
        ).where(camera.c.camera_id.in_([key for key in ids if key not in refused]))
        named = {row[0]: row[1] for row in connection.execute(names)}
        health = health_of(connection, list(working.probes))
    told = []
    for key in ids:
        name = named.get(key) or key
        probe = working.probes.get(key)
        if key in refused:
            told.append(LookedAt(key, key, "refused", words=refused[key]))
        elif probe is None:
            words = working.refusals.get(key, "it was ended before its turn came")
            told.append(LookedAt(key, name, "unknown", words=words))
        else:
            told.append(
                LookedAt(
                    key,
                    name,
                    probe.status,
                    probe.fault,
                    since_at=health[key].since_at,
                    first_picture_s=probe.first_picture_s,
                    width_px=probe.width_px,
                    height_px=probe.height_px,
                    codec=probe.codec,
                    is_frozen=probe.is_frozen,
                    is_black=probe.is_black,
                )
            )
    return tuple(told)


def _question(door: Door, user: User, purpose: Purpose) -> Question:
    now = door.registry.clock().astimezone(UTC)
    return Question(user, ACTION, purpose, now=now, latest=now)


def _service_question(door: Door) -> Question:
    """Give the question of the service that the policy names, or refuse."""
    service = door.policy.services.get(_SERVICE)
    if service is None or not service.purposes:
        message = (
            f"the policy {door.policy.name!r} names no service account for health, so "
            "that no camera is looked at; add to it: [services.health] with account = "
            '"health" and purposes = ["health"]'
        )
        entry = Entry(NOBODY, "service", "unattended", ACTION, "camera")
        with door.registry.write() as connection:
            append(connection, replace(entry, result="refused", reason=message))
        raise AccessRefused(message)
    purpose = Purpose(min(service.purposes))
    asked = _question(door, User(service.account, "service", "service"), purpose)
    return replace(asked, kind="unattended")


@contextmanager
def _line(door: Door, question: Question) -> Iterator[Work]:
    """Write one line for all that is done inside, whatever becomes of it."""
    told: dict[str, Any] = {}
    try:
        with door.registry.read() as connection:
            asked = about(connection, question)
            work = Work(connection, question.now, asked.latest, object_type="camera")
        work.parameters = told
        yield work
        with door.registry.write() as connection:
            work.connection = connection
            note_work(door.policy, question, work)
    except BaseException as error:
        with door.registry.write() as connection:
            note_failure(connection, door.policy, question, fault=error)
        raise
