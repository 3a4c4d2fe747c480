"""What the door answers, and what a change that is under way will say of itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

__all__ = ["Decision", "Work"]


@dataclass(frozen=True, slots=True)
class Decision:
    """
    An answer, and the line of the log that holds it.

    Parameters
    ----------
    allowed
        Whether it may be done.
    reason
        Why, or why not, in plain words.
    basis
        What it rests on: ``"role"``, ``"share"`` or ``"emergency"``; empty if refused.
    seq
        Number of the line of the log.
    camera_id
        The camera asked for, if it was about one.
    review_due
        Until when a supervisor has to review it, where one has to.
    lacks
        What was not given and is needed, such as ``"case_number"``.
    """

    allowed: bool
    reason: str
    basis: str
    seq: int
    camera_id: str | None = None
    review_due: datetime | None = None
    lacks: tuple[str, ...] = ()


@dataclass(slots=True)
class Work:
    """
    A change that is under way: the connection, and what its line will say.

    Parameters
    ----------
    connection
        The one that writes.
    now
        What the clock says.
    latest
        The latest time that is known: what has ended by then stays ended, though the
        clock may have run back.
    object_type
        What the ids are of.
    object_ids
        What was touched; ids, never contents.
    parameters
        What else the line says.
    rows
        How many rows were given or changed.
    digest
        SHA-256 of what was given.
    recipient
        To whom it went.
    reason
        Why, in words.
    """

    connection: Connection
    now: datetime
    latest: datetime
    object_type: str = "registry"
    object_ids: tuple[str, ...] = ()
    parameters: dict[str, Any] | None = None
    rows: int | None = None
    digest: str | None = None
    recipient: str | None = None
    reason: str | None = None
