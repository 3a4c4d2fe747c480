"""Log a fault of a page, count it, and say it in one plain sentence."""

from __future__ import annotations

import logging
import os
import secrets
from dataclasses import dataclass, field
from functools import wraps
from typing import TYPE_CHECKING, ParamSpec

from coveragekit.errors import CoverageKitError

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["FaultDesk", "log_to_file"]

_P = ParamSpec("_P")
_log = logging.getLogger(__name__)


def log_to_file() -> None:
    """
    Send the package's log to the file that the server named, if it named one.

    Notes
    -----
    A dashboard's kernel is an application, and its standard error would end up on the
    page; so the file in ``COVERAGEKIT_LOG`` takes the log. Again does nothing.
    """
    path = os.environ.get("COVERAGEKIT_LOG")
    root = logging.getLogger("coveragekit")
    if not path or any(isinstance(one, logging.FileHandler) for one in root.handlers):
        return
    handler = logging.FileHandler(path, encoding="utf-8", delay=True)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    root.addHandler(handler)
    root.propagate = False


@dataclass(slots=True)
class FaultDesk:
    """
    Where the faults of one page go.

    Parameters
    ----------
    tell
        Shows one plain sentence to the user.
    rest
        What still works after a fault.
    count
        How many faults there were.
    """

    tell: Callable[[str], None]
    rest: str = "The rest of the page still works."
    count: int = field(default=0)

    def guard(self, task: str) -> Callable[[Callable[_P, None]], Callable[_P, None]]:
        """
        Give a decorator for callbacks: whatever they raise is logged and told.

        Parameters
        ----------
        task
            What the callback does, to complete "Could not ...".

        Returns
        -------
        callable
            The decorator. The message on the page has a reference number, which the log
            has too. A :class:`~coveragekit.errors.CoverageKitError` was written for
            people, so its first line is shown; any other is not.
        """

        def decorate(callback: Callable[_P, None]) -> Callable[_P, None]:
            @wraps(callback)
            def guarded(*args: _P.args, **kwargs: _P.kwargs) -> None:
                try:
                    callback(*args, **kwargs)
                except Exception as fault:  # noqa: BLE001 - the one seam to the page
                    self.report(task, fault)

            return guarded

        return decorate

    def report(self, task: str, fault: Exception) -> None:
        """
        Log a fault with its traceback and tell the user in one sentence.

        Parameters
        ----------
        task
            What was being done, to complete "Could not ...".
        fault
            What was raised.
        """
        self.count += 1
        reference = secrets.token_hex(3).upper()
        _log.error("%s: could not %s", reference, task, exc_info=fault)
        lines = str(fault).splitlines() if isinstance(fault, CoverageKitError) else []
        cause = f": {lines[0]}" if lines else "."
        words = [f"Could not {task}{cause}", self.rest, f"Reference {reference}."]
        self.tell(" ".join(word for word in words if word))
