"""How the registry's commands lay out what they found: for eyes, and for pipes."""

from __future__ import annotations

import sys
import textwrap
from typing import TYPE_CHECKING

import typer

from coveragekit.cli.screen import err, out
from coveragekit.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

__all__ = ["ask_sure", "at", "count", "plain", "say", "tell_entry", "tell_facts"]

_LABEL = 20


def plain(text: object) -> str:
    r"""
    Give a text as one line without marks that would move the cursor.

    Parameters
    ----------
    text
        Whatever somebody called themselves.

    Returns
    -------
    str
        One line.

    Examples
    --------
    >>> plain("Corner\x1b[2J Shop")
    'Corner?[2J Shop'
    """
    words = str(text).strip().replace("\r\n", " ").replace("\n", " ")
    return "".join(one if one.isprintable() else "?" for one in words)


def at(moment: datetime | None) -> str:
    """
    Give a time for people.

    Parameters
    ----------
    moment
        A time in UTC.

    Returns
    -------
    str
        To the minute; empty where there is none.
    """
    return "" if moment is None else f"{moment:%Y-%m-%d %H:%M} UTC"


def count(number: int, one: str, many: str | None = None) -> str:
    """
    Give a number with its noun.

    Parameters
    ----------
    number
        How many.
    one, many
        The noun for one and for more; an ``s`` more where it is not given.

    Returns
    -------
    str
        Such as ``"1 camera"``.

    Examples
    --------
    >>> count(1, "camera"), count(2_000, "camera")
    ('1 camera', '2,000 cameras')
    """
    noun = one if number == 1 else many or f"{one}s"
    return f"{number:,} {noun}"


def say(text: str) -> None:
    """
    Print a line as it is.

    Parameters
    ----------
    text
        The line.
    """
    out.print(plain(text), markup=False)


def tell_entry(head: str, *lines: str) -> None:
    """
    Print one thing of a list: its id first, where it can be copied and cut.

    Parameters
    ----------
    head
        Id and what matters most.
    *lines
        What else is to be known; empty ones are left out.
    """
    say(head)
    for line in filter(None, lines):
        for part in _wrapped(plain(line), 4):
            out.print(f"    {part}", markup=False)


def tell_facts(rows: Iterable[Sequence[str]], *, indent: int = 0) -> None:
    """
    Print facts below each other.

    Parameters
    ----------
    rows
        What, and its words.
    indent
        By how many letters.
    """
    for name, words in rows:
        label = f"{plain(name)}:"
        first, *rest = _wrapped(plain(words), indent + _LABEL) or [""]
        out.print(f"{'':{indent}}{label:<{_LABEL}}{first}", markup=False)
        for part in rest:
            out.print(f"{'':{indent + _LABEL}}{part}", markup=False)


def _wrapped(text: str, taken: int) -> list[str]:
    """Break a text at the screen's edge; in a pipe a line stays a line."""
    if not out.is_terminal:
        return [text]
    # An id that is broken in two cannot be copied.
    wide = max(out.width - taken, 30)
    return textwrap.wrap(text, wide, break_long_words=False, break_on_hyphens=False)


def ask_sure(question: str, *, yes: bool) -> None:
    """
    Ask before something that cannot be undone.

    Parameters
    ----------
    question
        What will be done.
    yes
        Whether it was said beforehand.

    Raises
    ------
    InputError
        Nobody sits there to be asked.
    typer.Exit
        The answer is no.
    """
    if yes:
        return
    if not sys.stdin.isatty():
        message = "nothing was done: nobody is there to be asked; add --yes"
        raise InputError(message)
    if not typer.confirm(question):
        err.print("nothing was done")
        raise typer.Exit(code=1)
