"""Words that several parts of the registry desk say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from datetime import datetime
    from zoneinfo import ZoneInfo

__all__ = [
    "FACES_HOMES_SHARE",
    "cameras_words",
    "faces_homes",
    "looks_words",
    "percent",
    "time_words",
]

FACES_HOMES_SHARE: Final = 0.5
"""From this share of the fronts in view on, a camera faces mainly homes."""
_COMPASS: Final = (
    "north",
    "north-east",
    "east",
    "south-east",
    "south",
    "south-west",
    "west",
    "north-west",
)


def time_words(at: datetime | None, zone: ZoneInfo) -> str:
    """
    Give a time as the city's clocks show it, with its zone.

    Parameters
    ----------
    at
        The time.
    zone
        The city's time zone.

    Returns
    -------
    str
        Empty where there is none.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> from zoneinfo import ZoneInfo
    >>> time_words(datetime(2026, 5, 1, 16, tzinfo=UTC), ZoneInfo("America/New_York"))
    '2026-05-01 12:00 EDT'
    """
    return "" if at is None else at.astimezone(zone).strftime("%Y-%m-%d %H:%M %Z")


def faces_homes(share: float | None) -> bool:
    """
    Tell whether a camera faces mainly homes.

    Parameters
    ----------
    share
        Share of the house fronts in its view that are homes, if it is known.

    Returns
    -------
    bool
        Whether it does.
    """
    return share is not None and share >= FACES_HOMES_SHARE


def percent(share: float) -> str:
    """
    Give a share in per cent.

    Parameters
    ----------
    share
        From 0 to 1.

    Returns
    -------
    str
        Without decimals.

    Examples
    --------
    >>> percent(0.325)
    '32 %'
    """
    return f"{100.0 * share:.0f} %"


def looks_words(bearing_deg: float | None) -> str:
    """
    Give where a camera looks.

    Parameters
    ----------
    bearing_deg
        Degrees from north, clockwise; ``None`` where nobody knows.

    Returns
    -------
    str
        A point of the compass, and the degrees.

    Examples
    --------
    >>> looks_words(90.0), looks_words(None)
    ('east (90 degrees)', 'direction not known')
    """
    if bearing_deg is None:
        return "direction not known"
    return f"{_COMPASS[round(bearing_deg / 45.0) % 8]} ({bearing_deg:.0f} degrees)"


def cameras_words(count: int) -> str:
    """
    Give a number of cameras.

    Parameters
    ----------
    count
        How many.

    Returns
    -------
    str
        Such as ``1 camera``.

    Examples
    --------
    >>> cameras_words(1), cameras_words(3)
    ('1 camera', '3 cameras')
    """
    return f"{count:,} camera{'' if count == 1 else 's'}"
