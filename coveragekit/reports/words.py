"""Bring words of any source into a form that a drawing can carry."""

from __future__ import annotations

import unicodedata
from functools import cache
from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["metres", "plain", "shorten", "wrap"]

_MISSING = "□"


@cache
def _glyphs() -> frozenset[int]:
    """Give the characters that the drawing's own font has."""
    from matplotlib.font_manager import FontProperties, findfont, get_font

    font = get_font(findfont(FontProperties(family="DejaVu Sans")))
    return frozenset(font.get_charmap())


def plain(value: object) -> str:
    r"""
    Give a cell as one line of text that can be drawn.

    Parameters
    ----------
    value
        A text, or anything missing.

    Returns
    -------
    str
        Without control characters, marks that turn the direction of writing and runs
        of blanks; characters that the drawing's font lacks are an empty box. Empty
        where the cell is.

    Examples
    --------
    >>> plain("  Corner\n\u202eDeli $5\x00 ")
    'Corner Deli $5'
    >>> plain(None)
    ''
    """
    if value is None or pd.isna(value):  # type: ignore[call-overload]
        return ""
    words = unicodedata.normalize("NFC", str(value))
    kept = "".join(
        " " if char.isspace() else char
        for char in words
        if char.isspace() or unicodedata.category(char)[0] != "C"
    )
    known = _glyphs()
    drawn = "".join(char if ord(char) in known else _MISSING for char in kept)
    return " ".join(drawn.split())


def shorten(words: str, width: float, measure: Callable[[str], float]) -> str:
    """
    Give as much of a text as there is room for.

    Parameters
    ----------
    words
        The text.
    width
        Room for it.
    measure
        Gives the width of a text, in the same unit.

    Returns
    -------
    str
        The text, or its beginning and an ellipsis.

    Examples
    --------
    >>> shorten("Mannerheimintie", 8, len)
    'Mannerh…'
    """
    if measure(words) <= width:
        return words
    low, high = 0, len(words)
    while low < high:
        middle = (low + high + 1) // 2
        if measure(words[:middle].rstrip() + "…") <= width:
            low = middle
        else:
            high = middle - 1
    return words[:low].rstrip() + "…"


def wrap(
    words: str, width: float, measure: Callable[[str], float], *, most: int = 99
) -> list[str]:
    """
    Give a text as lines that fit a width.

    Parameters
    ----------
    words
        The text.
    width
        Room for a line.
    measure
        Gives the width of a text, in the same unit.
    most
        At most so many lines; the last one is shortened.

    Returns
    -------
    list of str
        The lines; none where there are no words.

    Examples
    --------
    >>> wrap("one two three four", 9, len)
    ['one two', 'three', 'four']
    >>> wrap("one two three four", 9, len, most=2)
    ['one two', 'three fo…']
    """
    lines: list[str] = []
    left = words.split()
    while left and len(lines) < most - 1:
        taken = 1
        while taken < len(left) and measure(" ".join(left[: taken + 1])) <= width:
            taken += 1
        lines.append(shorten(" ".join(left[:taken]), width, measure))
        left = left[taken:]
    if left:
        lines.append(shorten(" ".join(left), width, measure))
    return lines


def metres(number: float) -> str:
    """
    Give a length as people say it.

    Parameters
    ----------
    number
        Metres.

    Returns
    -------
    str
        With a decimal below ten.

    Examples
    --------
    >>> metres(2.94), metres(24.6), metres(1234.0)
    ('2.9 m', '25 m', '1,234 m')
    """
    return f"{number:.1f} m" if abs(number) < 9.95 else f"{number:,.0f} m"
