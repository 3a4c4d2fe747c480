"""How much of the time cameras work, by camera or by who keeps them up; in words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final, Literal

from sqlalchemy import func, select

from coveragekit.access.opening import the_door
from coveragekit.access.seeing import sight_of, visible
from coveragekit.errors import InputError
from coveragekit.registry.health import health_of
from coveragekit.registry.schema import camera
from coveragekit.registry.uptimes import uptime as uptime_rows

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from coveragekit.access.door import Door
    from coveragekit.access.people import Purpose, User
    from coveragekit.registry.health import Health
    from coveragekit.registry.uptimes import Uptime

__all__ = ["CameraUptime", "MaintainerUptime", "fault_words", "uptime"]

By = Literal["camera", "maintainer"]
_USUAL: Final = timedelta(days=30)
_WORDS: Final = {
    "frozen": "it sends the same picture again and again; restart it",
    "black": "its picture is black; look at the lens, the light and the night mode",
    "login": (
        "it refuses the name and password that are kept for it, and is not asked again "
        "until they are changed; put them right, then have it looked at by its id"
    ),
    "no_login": (
        "its login cannot be had on this machine: look whether it is where it is kept, "
        "whether the feed settings name the folder of secrets, and whether its file is "
        "readable by you alone (chmod 600)"
    ),
    "forbidden": "its address is not one that the feed settings here allow",
    "not_found": "the device answers and has no such stream; look at its address",
    "timeout": "it does not answer in time; look at its power and its line",
    "unreachable": "nobody answers at its address; look at power, cable and router",
    "untrusted": "its certificate is not one that is trusted for it; pin the new one",
    "unsupported": "it sends what cannot be shown here; set it to H.264",
    "broken": "it sends what is no picture, or stops in the midst; restart it",
    "failed": "the look at it failed here; look at this machine's log",
}


@dataclass(frozen=True, slots=True)
class CameraUptime:
    """
    How much of the time a camera worked, and how it is now.

    Parameters
    ----------
    camera_id, name, maintainer
        The camera, and who keeps it up, if that is known.
    share
        Of the time that is known, the part in which it worked; ``None`` where none is.
    online_h, offline_h, unknown_h
        Hours that it worked, that it did not, and of which nobody can tell.
    probes
        How often it was looked at.
    status, fault
        What the last look found.
    since_at, last_seen_at
        Since when it has been so; when it gave its last picture.
    """

    camera_id: str
    name: str | None
    maintainer: str | None
    share: float | None
    online_h: float
    offline_h: float
    unknown_h: float
    probes: int
    status: str
    fault: str | None
    since_at: datetime
    last_seen_at: datetime | None


@dataclass(frozen=True, slots=True)
class MaintainerUptime:
    """
    How much of the time the cameras of one maintainer worked.

    Parameters
    ----------
    maintainer
        Who keeps them up; ``None``: nobody is named.
    cameras
        How many were looked at.
    online_now, offline_now
        How many the last look found to be so.
    share
        Of the time that is known, the part in which they worked; ``None`` where none
        is.
    online_h, offline_h, unknown_h
        Hours, all cameras together.
    """

    maintainer: str | None
    cameras: int
    online_now: int
    offline_now: int
    share: float | None
    online_h: float
    offline_h: float
    unknown_h: float


def uptime(
    user: User,
    purpose: Purpose,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    by: By = "camera",
    registry: Door | str | Path | None = None,
) -> tuple[CameraUptime, ...] | tuple[MaintainerUptime, ...]:
    """
    Give how much of a stretch of time cameras worked, as far as anybody looked.

    Parameters
    ----------
    user
        Who asks.
    purpose
        What for.
    since, until
        The stretch, with a zone; the 30 days before now where it is not given.
    by
        ``"camera"``, or ``"maintainer"`` for the sums of each.
    registry
        A door, or what ``open_door`` takes.

    Returns
    -------
    tuple of CameraUptime or MaintainerUptime
        Those that worked least first; of cameras that the user may find alone.

    Raises
    ------
    AccessRefused
        The policy does not let the user look into the registry for this; that is on
        record.
    InputError
        The stretch ends before it begins, or a time has no zone.
    """
    if by not in {"camera", "maintainer"}:
        message = f"uptime is told by camera or by maintainer, not by {by!r}"
        raise InputError(message)
    with (
        the_door(registry) as door,
        door.reading(user, "read_registry", purpose) as work,
    ):
        ends = until or work.now
        begins = since or ends - _USUAL
        if begins.tzinfo is None or ends.tzinfo is None:
            message = "a time of a stretch has no zone; give one, such as 2026-05-01Z"
            raise InputError(message)
        rows = uptime_rows(
            work.connection, since=begins.astimezone(UTC), until=ends.astimezone(UTC)
        )
        seen = visible(sight_of(door.policy, user, purpose), work.latest)
        names = select(
            camera.c.camera_id, func.coalesce(camera.c.name, camera.c.address)
        ).where(camera.c.removed_at.is_(None), seen)
        named = {row[0]: row[1] for row in work.connection.execute(names)}
        found = [one for one in rows if one.camera_id in named]
        health = health_of(work.connection, [one.camera_id for one in found])
        work.object_type, work.rows = "camera", len(found)
        work.parameters = {
            "by": by,
            "since": begins.isoformat(),
            "until": ends.isoformat(),
        }
    cameras = sorted(
        (_of_camera(one, named[one.camera_id], health[one.camera_id]) for one in found),
        key=lambda one: (1.0 if one.share is None else one.share, one.camera_id),
    )
    return tuple(cameras) if by == "camera" else _of_maintainers(cameras)


def _of_camera(row: Uptime, name: str | None, health: Health) -> CameraUptime:
    hours = (row.online_s / 3600, row.offline_s / 3600, row.unknown_s / 3600)
    return CameraUptime(
        row.camera_id,
        name,
        row.maintainer,
        row.share,
        *hours,
        row.probes,
        health.probe.status,
        health.probe.fault,
        health.since_at,
        health.last_seen_at,
    )


def _of_maintainers(cameras: Iterable[CameraUptime]) -> tuple[MaintainerUptime, ...]:
    by_name: dict[str | None, list[CameraUptime]] = {}
    for one in cameras:
        by_name.setdefault(one.maintainer, []).append(one)
    sums = [_sum_of(name, some) for name, some in by_name.items()]
    return tuple(
        sorted(
            sums,
            key=lambda one: (
                1.0 if one.share is None else one.share,
                one.maintainer or "",
            ),
        )
    )


def _sum_of(name: str | None, some: list[CameraUptime]) -> MaintainerUptime:
    online_h = sum(one.online_h for one in some)
    offline_h = sum(one.offline_h for one in some)
    known_h = online_h + offline_h
    return MaintainerUptime(
        name,
        len(some),
        sum(one.status == "online" for one in some),
        sum(one.status == "offline" for one in some),
        online_h / known_h if known_h else None,
        online_h,
        offline_h,
        sum(one.unknown_h for one in some),
    )


def fault_words(fault: str | None) -> str:
    """
    Say what is wrong with a camera, and what to do.

    Parameters
    ----------
    fault
        The word that a look left.

    Returns
    -------
    str
        Empty where nothing is wrong.

    Examples
    --------
    >>> fault_words("unreachable")
    'nobody answers at its address; look at power, cable and router'
    """
    return "" if fault is None else _WORDS.get(fault, fault)
