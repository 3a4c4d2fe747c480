"""Short texts that people enter: one line, readable, of bounded length."""

from __future__ import annotations

import unicodedata

from coveragekit.errors import InputError

__all__ = ["check_line"]

_SHOWN = 40


def check_line(
    what: str, value: str | None, *, longest: int = 200, needed: bool = False
) -> str | None:
    r"""
    Give a text if it is one line that can be kept and shown.

    Parameters
    ----------
    what
        What the text is, for the message.
    value
        The text.
    longest
        Most characters that are kept.
    needed
        Whether it may not be missing.

    Returns
    -------
    str | None
        The text without blanks around it; ``None`` if it is missing or blank.

    Raises
    ------
    InputError
        If it is missing though needed, too long, or holds control characters, marks
        that turn the direction of writing, or half characters.

    Examples
    --------
    >>> check_line("name", " Ana Ruiz ")
    'Ana Ruiz'
    >>> check_line("name", "Ana\r\nBcc: all")
    Traceback (most recent call last):
    coveragekit.errors.InputError: name: 'Ana\r\nBcc: all' has characters ...
    """
    text = (value or "").strip()
    if not text:
        if needed:
            message = f"{what} is missing; give one line of text"
            raise InputError(message)
        return None
    if len(text) > longest:
        message = (
            f"{what}: {text[:_SHOWN]!r}... has {len(text)} characters; "
            f"allowed: at most {longest}"
        )
        raise InputError(message)
    kinds = {unicodedata.category(char) for char in text}
    if kinds & {"Cc", "Cf", "Cs", "Zl", "Zp"}:
        message = (
            f"{what}: {text[:_SHOWN]!r} has characters that no line of text has; "
            "allowed: letters, digits, signs and blanks"
        )
        raise InputError(message)
    return text
