"""What footage requests bring: how many were asked, answered, and of use."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from coveragekit.registry.request_rules import OUTCOMES, request_machine
from coveragekit.registry.schema import received_file, request

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy import Connection

__all__ = ["Yield", "yield_report"]


@dataclass(frozen=True, slots=True)
class Yield:
    """
    What requests brought.

    Parameters
    ----------
    sent
        Requests that were sent.
    received
        Those for which a file arrived.
    refused, overdue
        Those that stand so now.
    waiting
        Those that are open and without a file.
    outcomes
        How many were closed with each outcome; ``"unknown"`` holds only those noted so.
    """

    sent: int
    received: int
    refused: int
    overdue: int
    waiting: int
    outcomes: Mapping[str, int]

    @property
    def helped(self) -> int:
        """How many were of use: useful, an arrest or a charge."""
        return sum(self.outcomes[name] for name in ("useful", "arrest", "charge"))

    @property
    def helped_share(self) -> float | None:
        """Share of those sent that were of use, 0 to 1; ``None`` if none was sent."""
        return self.helped / self.sent if self.sent else None


def yield_report(
    connection: Connection,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
) -> tuple[Yield, dict[str, Yield]]:
    """
    Give what requests brought, in all and for each camera.

    Parameters
    ----------
    connection
        A connection to the registry.
    since, until
        Only requests sent from then, and before then.

    Returns
    -------
    tuple of Yield and dict of Yield
        In all, and by ``camera_id``. Drafts that were never sent are not counted.
    """
    files = select(received_file.c.request_id).distinct().subquery()
    has_file = files.c.request_id.is_not(None)
    columns = (request.c.camera_id, request.c.state, request.c.outcome)
    query = (
        select(*columns, has_file.label("has_file"), func.count().label("rows"))
        .outerjoin(files, files.c.request_id == request.c.request_id)
        .where(request.c.sent_at.is_not(None))
        .group_by(*columns, has_file)
    )
    query = query if since is None else query.where(request.c.sent_at >= since)
    query = query if until is None else query.where(request.c.sent_at < until)
    counts: dict[str, Counter[str]] = {}
    for camera_id, state, outcome, arrived, rows in connection.execute(query):
        count = counts.setdefault(camera_id, Counter())
        count["sent"] += rows
        count["received"] += rows if arrived else 0
        count[f"state {state}"] += rows
        count[f"outcome {outcome}"] += rows if state == "closed" else 0
        is_waiting = request_machine().states[state].is_open and not arrived
        count["waiting"] += rows if is_waiting else 0
    in_all: Counter[str] = sum(counts.values(), Counter())
    by_camera = {name: _yield(count) for name, count in sorted(counts.items())}
    return _yield(in_all), by_camera


def _yield(count: Counter[str]) -> Yield:
    return Yield(
        sent=count["sent"],
        received=count["received"],
        refused=count["state refused"],
        overdue=count["state overdue"],
        waiting=count["waiting"],
        outcomes={name: count[f"outcome {name}"] for name in OUTCOMES},
    )
