"""Bring feeds in from a file, through the door and with one line in the log."""

from __future__ import annotations

from typing import TYPE_CHECKING

from coveragekit.access.opening import the_door
from coveragekit.registry.feed_import import FeedFate, FeedImport, check_columns
from coveragekit.registry.feed_import import import_feeds as take_feeds

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from coveragekit.access.door import Door
    from coveragekit.access.people import Purpose, User

__all__ = ["FeedFate", "FeedImport", "import_feeds"]


def import_feeds(  # noqa: PLR0913 - the rows, and how to take them
    user: User,
    purpose: Purpose,
    rows: Iterable[Mapping[str, str]],
    *,
    columns: Sequence[str],
    lines: Iterable[int],
    digest: str,
    unread: int = 0,
    keep_good: bool = False,
    dry_run: bool = False,
    registry: Door | str | Path | None = None,
) -> FeedImport:
    """
    Say by the rows of a file which feed is which camera's.

    Parameters
    ----------
    user
        Who brings them in.
    purpose
        What for.
    rows
        One mapping for each row, from names of columns to text.
    columns
        Names of the file's columns.
    lines
        Line of the file of each row.
    digest
        SHA-256 of the file, for the log.
    unread
        How many rows of the file could not be read; they count as refused.
    keep_good
        Whether good rows are kept where others are refused; else nothing is.
    dry_run
        Whether to only report what would be done.
    registry
        A door, or what ``open_door`` takes.

    Returns
    -------
    FeedImport
        What was done, or would be, row by row; no address is in it.

    Raises
    ------
    AccessRefused
        The policy does not allow it; that is on record.
    InputError
        The file has a column that is not known.
    """
    check_columns(columns)
    with (
        the_door(registry) as door,
        door.doing(user, "manage_feeds", purpose) as work,
    ):
        done = take_feeds(
            work.connection,
            rows,
            by=user.name,
            lines=lines,
            unread=unread,
            keep_good=keep_good,
            dry_run=dry_run,
        )
        work.object_type = "feed"
        work.rows = done.added + done.changed if done.is_kept else 0
        work.digest = digest
        work.parameters = {
            "change": "import",
            "dry_run": dry_run,
            "kept": done.is_kept,
            "added": done.added,
            "changed": done.changed,
            "same": done.same,
            "refused": done.refused,
            "unread": done.unread,
        }
    return done
