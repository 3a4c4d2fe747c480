"""Times and days as people type them at the command line."""

from __future__ import annotations

from datetime import UTC, date, datetime

import typer

__all__ = ["read_day", "read_moment"]


def read_moment(text: str) -> datetime:
    """
    Read a time.

    Parameters
    ----------
    text
        Date and time; in UTC where it names no zone.

    Returns
    -------
    datetime.datetime
        The time in UTC.

    Raises
    ------
    typer.BadParameter
        It cannot be read; the message shows how it is written.

    Examples
    --------
    >>> read_moment("2026-11-20T10:00-05:00").isoformat()
    '2026-11-20T15:00:00+00:00'
    """
    try:
        read = datetime.fromisoformat(text.strip())
        aware = read.replace(tzinfo=UTC) if read.tzinfo is None else read
        return aware.astimezone(UTC)
    except (ValueError, OverflowError):
        message = (
            f"{text[:40]!r} is no time; give a date and time such as 2026-11-20T10:00 "
            "(UTC), or with its zone: 2026-11-20T10:00-05:00"
        )
        raise typer.BadParameter(message) from None


def read_day(text: str) -> date:
    """
    Read a day.

    Parameters
    ----------
    text
        The day, the year first.

    Returns
    -------
    datetime.date
        The day.

    Raises
    ------
    typer.BadParameter
        It cannot be read; the message shows how it is written.

    Examples
    --------
    >>> read_day("2026-11-20").isoformat()
    '2026-11-20'
    """
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        message = f"{text[:40]!r} is no day; give one such as 2026-11-20"
        raise typer.BadParameter(message) from None
