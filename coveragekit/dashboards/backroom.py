"""Ask the back room: one helper does the heavy work of all pages of a server."""

from __future__ import annotations

import abc
import contextlib
import os
import threading
import time
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from multiprocessing import AuthenticationError
from multiprocessing.connection import Client
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from coveragekit.dashboards.backroom_tasks import (
    Job,
    check_parameters,
    find,
    perform,
)
from coveragekit.dashboards.backroom_wire import as_fault, receive, send
from coveragekit.dashboards.faults import settle
from coveragekit.errors import SourceUnavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from os import PathLike

    from coveragekit.dashboards.backroom_wire import Line

__all__ = [
    "ADDRESS",
    "KEY",
    "QUEUE_S",
    "Backroom",
    "Call",
    "NotebookBackroom",
    "ServerBackroom",
    "open_backroom",
]

ADDRESS: Final = "COVERAGEKIT_BACKROOM"
"""Environment variable: where the helper listens."""
KEY: Final = "COVERAGEKIT_BACKROOM_KEY"
"""Environment variable: what has to be known to be answered, hexadecimal."""
QUEUE_S: Final = 60.0
"""How long a question may wait until its turn comes, seconds."""

_ANSWER_BYTES: Final = 512 * 1024 * 1024
_AT_ONCE: Final = 4
_BACK_WITHIN_S: Final = 20.0
_RETRY_S: Final = 0.1
_LOOK_S: Final = 0.05
_SLACK_S: Final = 5.0
_GONE: Final = (
    "the helper that works this out has stopped and is being started again; ask again "
    "in a few seconds"
)
_SLOW: Final = "it takes too long and was given up; ask again later"


class Call(Future[dict[str, Any]]):
    """An answer to come; :meth:`cancel` tells the helper that nobody waits any more."""

    def __init__(self) -> None:
        super().__init__()
        self.is_unwanted = threading.Event()

    def cancel(self) -> bool:
        """Give the answer up, also where the work has begun; ``False`` when done."""
        self.is_unwanted.set()
        super().cancel()
        return not self.done() or self.cancelled()


@dataclass(frozen=True, slots=True, eq=False)
class _Question:
    """A task, what is given to it, and who waits for the answer."""

    name: str
    given: Mapping[str, Any]
    tell: Callable[[str], None]
    is_unwanted: threading.Event

    def check(self) -> None:
        if self.is_unwanted.is_set():
            raise CancelledError


class Backroom(abc.ABC):
    """
    The heavy work of a page, done elsewhere than in its kernel.

    Parameters
    ----------
    build
        Name of the folder of results that the page shows: where others are in force, a
        call is refused. Empty: those in force are asked.

    Notes
    -----
    Parameters are JSON, and so is an answer but for its values of type ``bytes``, which
    travel as they are. Nothing is ever unpickled. A call that was given up raises
    ``concurrent.futures.CancelledError``.
    """

    def __init__(self, *, build: str = "") -> None:
        self.build = build
        self._pool = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="backroom")

    def call(
        self,
        name: str,
        /,
        *,
        tell: Callable[[str], None] | None = None,
        **given: object,
    ) -> dict[str, Any]:
        """
        Have a task done, and wait for its answer.

        Parameters
        ----------
        name
            A task of :data:`coveragekit.dashboards.backroom_tasks.TASKS`.
        tell
            Told of progress in plain words, in another thread.
        **given
            The task's parameters.

        Returns
        -------
        dict
            The answer.

        Raises
        ------
        CoverageKitError
            What the task raised, or that a parameter is not allowed.
        SourceUnavailable
            The helper is busy, too slow or gone; the message says so plainly.
        """
        return self.submit(name, tell=tell, **given).result()

    def submit(
        self,
        name: str,
        /,
        *,
        tell: Callable[[str], None] | None = None,
        **given: object,
    ) -> Call:
        """
        Have a task done, and go on meanwhile.

        Parameters
        ----------
        name
            As :meth:`call` takes it.
        tell
            As :meth:`call` takes it.
        **given
            The task's parameters.

        Returns
        -------
        Call
            The answer to come. What is given to its ``add_done_callback`` is called in
            another thread.
        """
        call = Call()
        question = _Question(name, given, tell or _silent, call.is_unwanted)
        self._pool.submit(settle, call, partial(self._ask, question))
        return call

    def close(self) -> None:
        """Give up what still waits for its turn; again does nothing."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    @abc.abstractmethod
    def _ask(self, question: _Question) -> dict[str, Any]:
        """Give the answer, or raise."""


class NotebookBackroom(Backroom):
    """
    The back room of a notebook without a server: a thread beside its cells.

    Parameters
    ----------
    study
        The study's folder.
    build
        As :class:`Backroom` takes it.
    """

    def __init__(self, study: str | PathLike[str], *, build: str = "") -> None:
        super().__init__(build=build)
        self._study = Path(study)
        self._turn = threading.Lock()

    def _ask(self, question: _Question) -> dict[str, Any]:
        job = Job(self._study, question.is_unwanted, question.tell, self.build)
        with self._turn:
            job.check()
            return perform(question.name, question.given, job)


class ServerBackroom(Backroom):
    """
    The back room of a server, reached through its private socket.

    Parameters
    ----------
    address
        Path of the socket, or name of the pipe on Windows.
    key
        What has to be known to be answered.
    build
        As :class:`Backroom` takes it.
    back_within_s
        How long to wait for the helper when it is being started, seconds.
    """

    def __init__(
        self,
        address: str,
        key: bytes,
        *,
        build: str = "",
        back_within_s: float = _BACK_WITHIN_S,
    ) -> None:
        super().__init__(build=build)
        self._address = address
        self._key = key
        self._back_within_s = back_within_s

    def _ask(self, question: _Question) -> dict[str, Any]:
        task = find(question.name)
        check_parameters(task, question.given)
        limit_s = task.limit_s + QUEUE_S + _SLACK_S
        line = self._reach(question)
        with contextlib.closing(line):
            try:
                asked = {"task": question.name, "given": dict(question.given)}
                send(line, {**asked, "build": self.build})
                return _listen(line, question, until=time.monotonic() + limit_s)
            except (EOFError, ConnectionError) as error:
                raise SourceUnavailable(_GONE) from error

    def _reach(self, question: _Question) -> Line:
        """Connect; where the helper is being started again, wait until it is back."""
        until = time.monotonic() + self._back_within_s
        while True:
            try:
                return Client(self._address, authkey=self._key)
            except (OSError, EOFError, AuthenticationError) as error:
                question.check()
                if time.monotonic() > until:
                    raise SourceUnavailable(_GONE) from error
                time.sleep(_RETRY_S)


def open_backroom(study: str | PathLike[str], *, build: str = "") -> Backroom:
    """
    Give the back room of the server that this kernel belongs to, or one of its own.

    Parameters
    ----------
    study
        The study's folder, for a notebook without a server.
    build
        As :class:`Backroom` takes it.

    Returns
    -------
    Backroom
        To be asked.
    """
    address, key = os.environ.get(ADDRESS), os.environ.get(KEY)
    served = os.environ.get("COVERAGEKIT_STUDY")
    if address and key and served and Path(served) == Path(study).resolve():
        return ServerBackroom(address, bytes.fromhex(key), build=build)
    return NotebookBackroom(study, build=build)


def _listen(line: Line, question: _Question, *, until: float) -> dict[str, Any]:
    """Wait for the answer; to leave closes the line, by which the helper knows."""
    while True:
        while not line.poll(_LOOK_S):
            question.check()
            if time.monotonic() > until:
                raise SourceUnavailable(_SLOW)
        heard = receive(line, at_most=_ANSWER_BYTES)
        if "progress" in heard:
            question.tell(str(heard["progress"]))
        elif "fault" in heard:
            raise as_fault(heard["fault"])
        else:
            return {**heard["answer"], **_bytes_of(heard)}


def _bytes_of(message: Mapping[str, Any]) -> dict[str, bytes]:
    return {key: value for key, value in message.items() if isinstance(value, bytes)}


def _silent(_: str) -> None:
    return
