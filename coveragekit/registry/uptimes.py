"""How much of a stretch of time cameras worked, as far as anybody looked."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import and_, func, select

from coveragekit.errors import InputError
from coveragekit.registry import schema
from coveragekit.registry.health import LOOKS_APART

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Column, ColumnElement, Connection, Row, Select

__all__ = ["Uptime", "uptime"]

_NEARLY: Final = 1e-6


@dataclass(frozen=True, slots=True)
class Uptime:
    """
    How much of the time a camera worked, as far as anybody looked.

    Parameters
    ----------
    camera_id
        The camera.
    maintainer
        Who keeps it up, if that is known.
    online_s, offline_s
        Seconds that it worked and did not.
    unknown_s
        Seconds of the stretch in which nobody can tell: before the first look, after
        the last one, and between two that found different things or are more than 26
        hours apart.
    probes
        How often it was looked at in the stretch; of looks that found the same and
        reach over an end of it, those inside it by their mean distance.
    share
        Of the seconds that are known, those in which it worked; ``None`` where none is.
    """

    camera_id: str
    maintainer: str | None
    online_s: float
    offline_s: float
    unknown_s: float
    probes: int
    share: float | None


def uptime(
    connection: Connection, *, since: datetime, until: datetime
) -> tuple[Uptime, ...]:
    """
    Give how much of a stretch of time each camera worked.

    Parameters
    ----------
    connection
        From ``Registry.read`` or ``Registry.write``.
    since, until
        The stretch.

    Returns
    -------
    tuple of Uptime
        By camera; those of which looks tell nothing for it are left out.

    Raises
    ------
    InputError
        The stretch ends before it begins.

    Notes
    -----
    A camera counts as working between two looks that both found it working, and as not
    working between two that found the same fault. Between two that found different
    things, or are more than 26 hours apart (``LOOKS_APART``), nobody can tell: what
    looks at cameras may itself have been down.
    """
    if until <= since:
        message = f"the stretch from {since} to {until} ends before it begins"
        raise InputError(message)
    found: dict[str, dict[str, Any]] = {}
    for row in connection.execute(_spans(since, until)):
        sums = {"online": 0.0, "offline": 0.0, "probes": 0}
        one = found.setdefault(row.camera_id, {"maintainer": row.maintainer, **sums})
        # two looks found it working, though one of them saw a sign of something
        goes_on = (
            row.status == row.next_status == "online"
            and row.next_at - row.to_at <= LOOKS_APART
        )
        ends_at = row.next_at if goes_on else row.to_at
        length = min(ends_at, until) - max(row.from_at, since)
        if row.status in {"online", "offline"}:
            one[row.status] += max(0.0, length.total_seconds())
        one["probes"] += _looks_in(row, since, until)
    told = ("probes", "online", "offline")
    found = {key: one for key, one in found.items() if any(one[name] for name in told)}
    whole_s = (until - since).total_seconds()
    return tuple(_uptime(camera_id, one, whole_s) for camera_id, one in found.items())


def _looks_in(row: Row[Any], since: datetime, until: datetime) -> int:
    """Count the looks of a span that are inside a stretch of time."""
    if since <= row.from_at and row.to_at <= until:
        return int(row.probes)
    if row.to_at < since or row.probes == 1:
        return 0
    most = int(row.probes) - 1
    each_s: float = (row.to_at - row.from_at).total_seconds() / most
    since_s: float = (since - row.from_at).total_seconds()
    until_s: float = (until - row.from_at).total_seconds()
    first = max(0, math.ceil(since_s / each_s - _NEARLY))
    last = min(most, math.floor(until_s / each_s + _NEARLY))
    return max(0, last - first + 1)


def _spans(since: datetime, until: datetime) -> Select[Any]:
    """Ask for what was found in a stretch of time, each with what was found next."""
    span = schema.health_span.c

    def following(column: Column[Any]) -> ColumnElement[Any]:
        ahead = func.lead(column, type_=column.type)
        return ahead.over(partition_by=span.camera_id, order_by=span.number)

    each = select(
        schema.health_span,
        following(span.from_at).label("next_at"),
        following(span.status).label("next_status"),
    ).subquery()
    camera = schema.camera.c
    ends_at = func.coalesce(each.c.next_at, each.c.to_at)
    return (
        select(each, camera.maintainer)
        .join(schema.camera, camera.camera_id == each.c.camera_id)
        .where(and_(ends_at >= since, each.c.from_at < until))
        .order_by(each.c.camera_id, each.c.number)
    )


def _uptime(camera_id: str, one: dict[str, Any], whole_s: float) -> Uptime:
    known_s = one["online"] + one["offline"]
    return Uptime(
        camera_id,
        one["maintainer"],
        one["online"],
        one["offline"],
        whole_s - known_s,
        one["probes"],
        one["online"] / known_s if known_s else None,
    )
