"""Do something only to see what it would do."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from coveragekit.access.answers import Work

__all__ = ["only_tried"]


@contextmanager
def only_tried(work: Work, *, dry_run: bool) -> Iterator[None]:
    """
    Take back what is done in the block where it is a dry run; the log says so.

    Parameters
    ----------
    work
        What is under way.
    dry_run
        Whether it is one.

    Yields
    ------
    None
        Nothing; what is tried goes inside, and all rules of the registry are asked.
    """
    work.parameters = {**(work.parameters or {}), "dry_run": dry_run}
    if not dry_run:
        yield
        return
    trial = work.connection.begin_nested()
    try:
        yield
    finally:
        trial.rollback()
