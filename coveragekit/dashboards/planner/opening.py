"""While a page opens it cannot hear: what changes meanwhile is told it once more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from coveragekit.maps.taken import TellingWidget

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ipywidgets import Widget

__all__ = ["Opening"]


class Opening:
    """
    The moment between somebody's coming and their page being there.

    Parameters
    ----------
    widgets
        The parts of the page; those that remember what they told are told again.
    """

    def __init__(self, widgets: Iterable[Widget]) -> None:
        self._parts = [one for one in widgets if isinstance(one, TellingWidget)]
        self._is_over = False

    def begin(self) -> None:
        """Note that somebody has come, whose page will ask for what is known now."""
        for part in self._parts:
            part.begin()

    def end(self) -> None:
        """Tell the page, which is there now, what changed meanwhile; once only."""
        if self._is_over:
            return
        self._is_over = True
        for part in self._parts:
            part.tell_again()
