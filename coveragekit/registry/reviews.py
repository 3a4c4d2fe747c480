"""Emergency looks that wait for a supervisor's review, and what was found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from coveragekit.registry import schema
from coveragekit.registry.rows import Rows

if TYPE_CHECKING:
    from datetime import datetime

__all__ = ["Review", "add_review", "change_review", "get_review"]


@dataclass(frozen=True, slots=True)
class Review:
    """
    One emergency look to be reviewed.

    Parameters
    ----------
    review_id
        Its id.
    audit_seq
        Number of the look's line in the log.
    due_at
        Until when it has to be reviewed.
    decided_by, decided_at
        Who reviewed it, and when.
    verdict, note
        What was found, and why.
    revision
        How often it was changed, from 1; a change names the one it saw.
    made_at, changed_at
        When it was added, and last changed.
    changed_by
        Who changed it last.
    changed_what
        Which columns the last change touched.
    """

    review_id: str
    audit_seq: int
    due_at: datetime
    decided_by: str | None
    decided_at: datetime | None
    verdict: str | None
    note: str | None
    revision: int
    made_at: datetime
    changed_at: datetime
    changed_by: str
    changed_what: list[str] | None


_ROWS = Rows(schema.review, Review)

add_review = _ROWS.add
change_review = _ROWS.change
get_review = _ROWS.get
