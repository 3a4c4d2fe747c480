"""Widgets and their page: what either said that the other has yet to take."""

from __future__ import annotations

import threading
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anywidget

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["TellingWidget", "taken_script"]


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


class TellingWidget(anywidget.AnyWidget):
    """
    A widget whose page ends up with its last state, whichever thread changed it when.

    Parameters
    ----------
    **given
        Traits of the widget.

    Notes
    -----
    A page that opens asks for the state of every widget, and only then makes what
    hears of changes; what a thread sends in between is lost. So the changes since
    :meth:`begin` are remembered, and :meth:`tell_again` sends them once the page is
    there. One lock sees to it that no older state overtakes a newer one.
    """

    def __init__(self, **given: Any) -> None:  # noqa: ANN401 - traits of a widget
        self._telling = threading.RLock()
        self._told: set[str] = set()
        super().__init__(**given)

    def send_state(self, key: str | Iterable[str] | None = None) -> None:
        """
        Send the values of traits to the page.

        Parameters
        ----------
        key
            Names of the traits; all where there is none.
        """
        names = (
            {key} if isinstance(key, str) else set(self.keys if key is None else key)
        )
        with self._telling:
            self._told |= names
            super().send_state(names)

    def begin(self) -> None:
        """Take what was sent until now for known: whoever asks next is told it."""
        with self._telling:
            self._told.clear()

    def tell_again(self) -> None:
        """Send once more what has changed since :meth:`begin`."""
        with self._telling:
            if self._told:
                super().send_state(self._told)
