"""Opening hours from seven columns, in OpenStreetMap's form."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from coveragekit.sources.values import as_text

if TYPE_CHECKING:
    import pandas as pd

    from coveragekit.sources.draft import Draft
    from coveragekit.sources.loaded import Ledger

__all__ = ["opening_hours", "parse_hours"]

_DAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
_CLOCK = r"(\d{1,2})(?::(\d{2}))?\s*([ap])\.?m\.?"
_SPAN = re.compile(rf"{_CLOCK}\s*(?:-|\u2013|to)\s*{_CLOCK}", re.IGNORECASE)
_PLAIN = re.compile(r"(\d{1,2}):(\d{2})\s*-\s*(\d{1,2}):(\d{2})")
_WORDS = {"closed": "off", "24 hours": "00:00-24:00", "open 24 hours": "00:00-24:00"}


def parse_hours(text: str) -> str | None:
    """
    Give one day's hours in OpenStreetMap's form.

    Parameters
    ----------
    text
        Such as ``9:30 AM - 6:30 PM``, ``24 Hours`` or ``Closed``.

    Returns
    -------
    str or None
        Such as ``09:30-18:30``; ``None`` where the text is none of this.

    Examples
    --------
    >>> parse_hours("9:30 AM - 6:30 PM"), parse_hours("Appointment Only")
    ('09:30-18:30', None)
    """
    known = _WORDS.get(text.strip().lower())
    if known is not None:
        return known
    plain = _PLAIN.fullmatch(text.strip())
    if plain is not None:
        return f"{int(plain[1]):02d}:{plain[2]}-{int(plain[3]):02d}:{plain[4]}"
    found = _SPAN.fullmatch(text.strip())
    if found is None:
        return None
    start = _clock(found[1], found[2], found[3])
    end = _clock(found[4], found[5], found[6])
    return None if start is None or end is None else f"{start}-{end}"


def _clock(hour: str, minute: str | None, half: str) -> str | None:
    if not 1 <= int(hour) <= 12 or int(minute or 0) > 59:
        return None
    of_day = int(hour) % 12 + (12 if half.lower() == "p" else 0)
    return f"{of_day:02d}:{minute or '00'}"


def opening_hours(
    draft: Draft, columns: tuple[str, ...], ledger: Ledger
) -> pd.Series[str]:
    """
    Give the opening hours of each row.

    Parameters
    ----------
    draft
        The rows.
    columns
        Seven columns of the source, Monday first.
    ledger
        The book: a day that cannot be read is left out of the hours.

    Returns
    -------
    pandas.Series of str
        Such as ``Mo 09:00-17:00; Su off``; missing where no day says anything.
    """
    import pandas as pd

    parts: list[list[str]] = [[] for _ in range(len(draft))]
    for day, name in zip(_DAYS, columns, strict=True):
        cells = as_text(draft.frame[name]).to_numpy(dtype=object)
        bad = np.zeros(len(cells), dtype=bool)
        for index, cell in enumerate(cells):
            if isinstance(cell, str):
                hours = parse_hours(cell)
                bad[index] = hours is None
                if hours is not None:
                    parts[index].append(f"{day} {hours}")
        ledger.add(
            draft.rows[bad],
            cause="opening_hours cannot be read",
            column=name,
            values=cells[bad],
            detail="allowed: such as 9:30 AM - 6:30 PM, 24 Hours, Closed",
            action="cell left empty",
        )
    return pd.Series(["; ".join(one) or None for one in parts], dtype="str")
