"""Count again when the filters change: in one worker, and the latest wish wins."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from coveragekit.dashboards.faults import FaultDesk

__all__ = ["Recount"]

_SAID_AFTER_S: Final = 1.0


class Recount:
    """
    Counts one wish after another beside the kernel's loop, so that clicks still count.

    Parameters
    ----------
    steps
        What to do for each wish, in order; each is a task in words, to complete "Could
        not ...", and a function. A later wish stops the rest of an earlier one.
    desk
        Where faults go.
    tell
        Told what is being done once it takes longer than a second, and nothing when it
        is done.
    note
        Told how often was asked, and up to which of those was counted, so that it can
        be seen when all is at rest.

    Notes
    -----
    A fault of one step is told, and the next steps are done all the same.
    """

    def __init__(
        self,
        steps: Sequence[tuple[str, Callable[[], None]]],
        *,
        desk: FaultDesk,
        tell: Callable[[str], None],
        note: Callable[[int, int], None] = lambda _, __: None,
    ) -> None:
        self._steps = [(task, desk.guard(task)(work)) for task, work in steps]
        self._tell = tell
        self._note = note
        self._asked = self._counted = self._working = 0
        self._lock = threading.Lock()
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="recount")

    def ask(self) -> None:
        """Count for what is in force now; earlier wishes are given up."""
        with self._lock:
            self._asked += 1
            self._note(self._asked, self._counted)
            self._worker.submit(self._work, self._asked)

    def is_newest(self) -> bool:
        """Tell whether what is being counted now is still what was asked for last."""
        return self._working == self._asked

    def finish(self) -> None:
        """Wait until every wish was counted."""
        self._worker.submit(lambda: None).result()

    def _work(self, asked: int) -> None:
        if asked != self._asked:
            return
        self._working = asked
        told = threading.Timer(_SAID_AFTER_S, self._say, (asked,))
        told.daemon = True
        told.start()
        try:
            for _, work in self._steps:
                work()
                if asked != self._asked:
                    return
        finally:
            told.cancel()
            self._tell("")
            with self._lock:
                if asked == self._asked:
                    self._counted = asked
                    self._note(asked, asked)

    def _say(self, asked: int) -> None:
        if asked == self._asked:
            self._tell("Counting for the new choice")
