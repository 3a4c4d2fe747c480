"""How a page keeps count of what it said and the kernel has yet to deal with."""

from __future__ import annotations

from functools import cache
from pathlib import Path

__all__ = ["taken_script"]


@cache
def taken_script() -> str:
    """
    Give the lines that every script begins with which sends messages to the kernel.

    Returns
    -------
    str
        JavaScript: ``whenTaken()`` gives the callbacks of one message, and the page's
        root element has the attribute ``data-ck-untaken``.

    Examples
    --------
    >>> "const whenTaken" in taken_script()
    True
    """
    path = Path(__file__).parent / "static" / "bridge" / "taken.js"
    return path.read_text("utf-8")
