"""Which cameras a program looks at next, spread over the time until it looks again."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from coveragekit.access.secrets import login_changed_at
from coveragekit.registry.opening import now
from coveragekit.registry.probe_rows import logins_kept, probe_rows

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from coveragekit.access.feed_settings import FeedSettings
    from coveragekit.registry.probe_rows import ProbeRow

__all__ = ["Due", "Plan", "due_s", "plan_of"]

_SHARES: Final = 1 << 32


@dataclass(frozen=True, slots=True)
class Due:
    """
    A camera that is to be looked at.

    Parameters
    ----------
    camera_id
        The camera.
    device
        What stands for its device; never shown.
    at_s
        From when, seconds since 1970; 0 where it was never looked at.
    """

    camera_id: str
    device: str = field(repr=False)
    at_s: float


@dataclass(frozen=True, slots=True)
class Plan:
    """
    What is to be looked at.

    Parameters
    ----------
    due
        The cameras, those first that have waited longest.
    cameras
        How many there are in all that a program may come to look at.
    refused
        How many are left alone because their login was refused and is still the same.
    ahead
        How many were looked at while the clock was ahead, by the present one; they
        count as never looked at.
    """

    due: tuple[Due, ...]
    cameras: int
    refused: int
    ahead: int = 0


def due_s(camera_id: str, probed_at: datetime | None, every_s: float) -> float:
    """
    Give when a camera is to be looked at again.

    Parameters
    ----------
    camera_id
        The camera; it has its own moment in each stretch, always the same.
    probed_at
        When it was looked at last.
    every_s
        How long the stretches are in which each camera is looked at once.

    Returns
    -------
    float
        Seconds since 1970; 0 where it was never looked at.

    Examples
    --------
    >>> from datetime import UTC, datetime, timedelta
    >>> noon = datetime(2026, 5, 4, 12, tzinfo=UTC)
    >>> first = due_s("cam_1", noon, 3600.0) - noon.timestamp()
    >>> again = due_s("cam_1", noon + timedelta(hours=1), 3600.0) - noon.timestamp()
    >>> 0 < first <= 3600, round(again - first)
    (True, 3600)
    """
    if probed_at is None:
        return 0.0
    own_s = zlib.crc32(camera_id.encode()) / _SHARES * every_s
    turns = (probed_at.timestamp() - own_s) // every_s + 1
    return own_s + turns * every_s


def plan_of(
    connection: Connection,
    settings: FeedSettings,
    *,
    every_s: float,
    until_s: float,
) -> Plan:
    """
    Say which cameras are due until a moment.

    Parameters
    ----------
    connection
        From ``Registry.read``.
    settings
        Where secrets are.
    every_s
        Within how many seconds each camera is looked at once.
    until_s
        The moment, seconds since 1970.

    Returns
    -------
    Plan
        What is due. A camera whose login was refused is not due until that login, its
        row or its feed was changed: devices lock accounts. One that was looked at after
        the present, by a clock that ran ahead, is due at once.
    """
    present = now(connection)
    rows, ahead = _of_the_past(probe_rows(connection), present)
    shut = _shut(
        connection,
        {one.camera_id: one.probed_at for one in rows if one.is_refused},
        settings,
    )
    due = [
        Due(one.camera_id, one.device, at_s)
        for one in rows
        if one.camera_id not in shut
        and (at_s := due_s(one.camera_id, one.probed_at, every_s)) <= until_s
    ]
    due.sort(key=lambda one: one.at_s)
    return Plan(tuple(due), len(rows), len(shut), ahead)


def _of_the_past(
    rows: Sequence[ProbeRow], present: datetime
) -> tuple[list[ProbeRow], int]:
    """Take looks that are dated after the present for none, and count them."""
    told = [
        replace(one, probed_at=None, is_refused=False)
        if one.probed_at is not None and one.probed_at > present
        else one
        for one in rows
    ]
    return told, sum(mine is not one for mine, one in zip(told, rows, strict=True))


def _shut(
    connection: Connection,
    refused: dict[str, datetime | None],
    settings: FeedSettings,
) -> Collection[str]:
    """Give those whose login is still the one that was refused."""
    if not refused:
        return ()
    shut = set(refused)
    for camera_id, kept in logins_kept(connection, refused).items():
        of_file = login_changed_at(kept.store, kept.reference, folder=settings.secrets)
        changed_at = max(kept.changed_at, of_file or kept.changed_at)
        probed_at = refused[camera_id]
        if probed_at is None or changed_at > probed_at:
            shut.discard(camera_id)
    return shut
