"""What was tried before, to be undone and done again."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Self

from coveragekit.study.change import Change

__all__ = ["History"]

_MOST: Final = 200


@dataclass(frozen=True, slots=True)
class History:
    """
    The change in force, those before it, and those that were undone.

    Parameters
    ----------
    now
        The change in force.
    past
        Those before it, the last one last.
    future
        Those that were undone, the next one last.

    Examples
    --------
    >>> tried = History().done(Change(removed=("a",)))
    >>> tried.undone().now.removed, tried.undone().redone().now.removed
    ((), ('a',))
    """

    now: Change = field(default_factory=Change)
    past: tuple[Change, ...] = ()
    future: tuple[Change, ...] = ()

    @property
    def can_undo(self) -> bool:
        """Whether there is something to undo."""
        return bool(self.past)

    @property
    def can_redo(self) -> bool:
        """Whether something was undone that can be done again."""
        return bool(self.future)

    def done(self, change: Change) -> Self:
        """
        Give the history after one more step.

        Parameters
        ----------
        change
            What is in force then.

        Returns
        -------
        History
            With it, and nothing to do again; itself where nothing has changed.
        """
        if change == self.now:
            return self
        return type(self)(change, (*self.past, self.now)[-_MOST:], ())

    def undone(self) -> Self:
        """
        Give the history before the last step.

        Returns
        -------
        History
            Itself where there is nothing to undo.
        """
        if not self.past:
            return self
        return type(self)(self.past[-1], self.past[:-1], (*self.future, self.now))

    def redone(self) -> Self:
        """
        Give the history with the step done again that was undone last.

        Returns
        -------
        History
            Itself where there is none.
        """
        if not self.future:
            return self
        return type(self)(self.future[-1], (*self.past, self.now), self.future[:-1])
