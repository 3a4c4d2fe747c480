"""Log a fault of a page, count it, and say it in one plain sentence."""

from __future__ import annotations

import logging
import os
import secrets
import traceback
from dataclasses import dataclass, field
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from coveragekit.errors import CoverageKitError

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future

__all__ = ["FaultDesk", "log_to_file", "settle", "where_of"]

_P = ParamSpec("_P")
_T = TypeVar("_T")
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


def settle(promise: Future[_T], work: Callable[[], _T]) -> None:
    """
    Do some work, and hand what it gives or raises to those who wait for it.

    Parameters
    ----------
    promise
        What they wait for; nothing is done where it was given up.
    work
        The work.
    """
    if not promise.set_running_or_notify_cancel():
        return
    try:
        given = work()
    except Exception as fault:  # noqa: BLE001 - who waits is told, whatever it is
        promise.set_exception(fault)
    else:
        promise.set_result(given)


def where_of(fault: BaseException) -> str:
    """
    Give where a fault arose, for a log that shall hold no data.

    Parameters
    ----------
    fault
        What was raised.

    Returns
    -------
    str
        Its kind, and module, line and function of each step; not its message, which may
        hold what was asked.
    """
    steps = traceback.extract_tb(fault.__traceback__)
    told = [f"{Path(step.filename).name}:{step.lineno} {step.name}" for step in steps]
    return " < ".join([type(fault).__name__, *reversed(told)])


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

    def report(self, task: str, fault: BaseException) -> None:
        """
        Log where a fault arose, and tell the user in one sentence.

        Parameters
        ----------
        task
            What was being done, to complete "Could not ...".
        fault
            What was raised.
        """
        self.count += 1
        reference = secrets.token_hex(3).upper()
        _log.error("%s: could not %s: %s", reference, task, where_of(fault))
        lines = str(fault).splitlines() if isinstance(fault, CoverageKitError) else []
        cause = f": {lines[0].rstrip('.')}." if lines else "."
        words = [f"Could not {task}{cause}", self.rest, f"Reference {reference}."]
        self.tell(" ".join(word for word in words if word))
