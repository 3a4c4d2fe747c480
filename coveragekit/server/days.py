"""Days and moments as a page says them."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from coveragekit.server.words import words_of

if TYPE_CHECKING:
    from datetime import date, datetime

__all__ = ["day_words", "moment_words"]


def day_words(day: date, language: str) -> str:
    """
    Give a day in words.

    Parameters
    ----------
    day
        The day.
    language
        Language of the words.

    Returns
    -------
    str
        Day, month by name, and year.

    Examples
    --------
    >>> from datetime import date
    >>> day_words(date(2026, 3, 1), "en"), day_words(date(2026, 3, 1), "es")
    ('March 1, 2026', '1 de marzo de 2026')
    """
    words = words_of(language)
    month = words["day.months"].split()[day.month - 1]
    return words["day.form"].format(day=day.day, month=month, year=day.year)


def moment_words(moment: datetime, time_zone: str, language: str) -> str:
    """
    Give a moment in words.

    Parameters
    ----------
    moment
        The moment, aware of its zone.
    time_zone
        Zone in which it is told.
    language
        Language of the words.

    Returns
    -------
    str
        Day, time to the second, and zone.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> at = datetime(2026, 3, 1, 15, 4, 5, tzinfo=UTC)
    >>> moment_words(at, "America/New_York", "en")
    'March 1, 2026, 10:04:05 EST'
    """
    local = moment.astimezone(ZoneInfo(time_zone))
    return f"{day_words(local.date(), language)}, {local:%H:%M:%S %Z}"
