"""The back room itself: a process that waits for questions and works them out."""

from __future__ import annotations

import contextlib
import logging
import os
import queue
import sys
import threading
import time
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import partial
from multiprocessing import AuthenticationError
from multiprocessing.connection import Listener, answer_challenge, deliver_challenge
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from coveragekit.dashboards.backroom import ADDRESS, KEY, QUEUE_S
from coveragekit.dashboards.backroom_places import warm_up
from coveragekit.dashboards.backroom_tasks import (
    Job,
    Task,
    check_parameters,
    find,
    perform,
)
from coveragekit.dashboards.backroom_wire import as_message, receive, send
from coveragekit.dashboards.faults import log_to_file, settle, where_of
from coveragekit.errors import CoverageKitError, InputError, SourceUnavailable

if TYPE_CHECKING:
    from collections.abc import Mapping
    from multiprocessing.connection import Connection
    from typing import IO

__all__ = ["Office", "main"]

_log = logging.getLogger("coveragekit.dashboards.backroom_process")
_QUESTION_BYTES: Final = 4 * 1024 * 1024
_WAITING: Final = 16
_LOOK_S: Final = 0.02
_PATIENCE: Final = 2.0
_STUCK: Final = 70
_BUSY: Final = (
    "{number} other questions are waiting to be worked out; ask again in a moment"
)


@dataclass(slots=True, eq=False)
class _Errand:
    """One question, from its coming to its answer."""

    name: str
    task: Task
    given: Mapping[str, Any]
    job: Job
    said: queue.SimpleQueue[str]
    came: float = field(default_factory=time.monotonic)
    began: float | None = None
    answer: Future[dict[str, Any]] = field(default_factory=Future)

    def is_late(self) -> bool:
        now = time.monotonic()
        if self.began is None:
            return now > self.came + QUEUE_S
        return now > self.began + self.task.limit_s

    def is_stuck(self) -> bool:
        late = self.began is not None and not self.answer.done()
        return late and time.monotonic() > (self.began or 0.0) + (
            _PATIENCE * self.task.limit_s
        )


class Office:
    """
    Answers questions about one study, the quick ones beside the slow ones.

    Parameters
    ----------
    study
        The study's folder.
    waiting
        How many questions may wait for each of the two.
    """

    def __init__(self, study: Path, *, waiting: int = _WAITING) -> None:
        self._study = study
        self._lanes: dict[bool, queue.Queue[_Errand]] = {}
        self._under_way: dict[bool, _Errand | None] = {}
        for is_slow in (False, True):
            self._lanes[is_slow] = queue.Queue(waiting)
            self._under_way[is_slow] = None
            name = "slow" if is_slow else "quick"
            threading.Thread(
                target=self._work, args=(is_slow,), name=name, daemon=True
            ).start()

    def is_stuck(self) -> bool:
        """Whether a task is so late that only a new start helps."""
        return any(
            one is not None and one.is_stuck() for one in self._under_way.values()
        )

    def serve(self, line: Connection[Any, Any], key: bytes) -> None:
        """
        Answer one caller: who knows the key, one question, its answer.

        Parameters
        ----------
        line
            The caller's connection; closed at the end.
        key
            What the caller has to know.
        """
        with contextlib.closing(line), contextlib.suppress(EOFError, OSError):
            try:
                deliver_challenge(line, key)
                answer_challenge(line, key)
            except AuthenticationError:
                _log.warning("a caller that does not know the key was refused")
                return
            try:
                errand = self._take(receive(line, at_most=_QUESTION_BYTES))
                found = self._await(line, errand)
            except CoverageKitError as fault:
                send(line, {"fault": as_message(fault)})
            except (TypeError, KeyError, ValueError) as fault:
                _log.warning("a question that is none was refused: %s", where_of(fault))
                send(line, {"fault": as_message(fault)})
            else:
                if found is not None:
                    send(line, found)

    def _take(self, asked: Mapping[str, Any]) -> _Errand:
        name, given, build = asked["task"], asked["given"], asked.get("build", "")
        if not (isinstance(name, str) and isinstance(given, dict)) or not isinstance(
            build, str
        ):
            message = "a question has a task and what is given to it"
            raise InputError(message)
        task = find(name)
        check_parameters(task, given)
        said: queue.SimpleQueue[str] = queue.SimpleQueue()
        job = Job(self._study, tell=said.put, build=build)
        errand = _Errand(name, task, given, job, said)
        lane = self._lanes[task.is_slow]
        try:
            lane.put_nowait(errand)
        except queue.Full:
            message = _BUSY.format(number=lane.qsize())
            raise SourceUnavailable(message) from None
        return errand

    def _await(
        self, line: Connection[Any, Any], errand: _Errand
    ) -> dict[str, Any] | None:
        """Wait for the answer; nothing where the caller has gone meanwhile."""
        while not _is_done(errand.answer, _LOOK_S):
            if line.poll():  # callers say nothing more, so that this is their end
                errand.job.is_unwanted.set()
                return None
            if errand.is_late():
                errand.job.is_unwanted.set()
                message = "it takes too long and was given up; ask again later"
                raise SourceUnavailable(message)
            while not errand.said.empty():
                send(line, {"progress": errand.said.get()})
        fault = errand.answer.exception()
        if isinstance(fault, Exception):
            return {"fault": as_message(fault)}
        answer = errand.answer.result()
        raw = {key: part for key, part in answer.items() if isinstance(part, bytes)}
        plain = {key: part for key, part in answer.items() if key not in raw}
        return {"answer": plain, **raw}

    def _work(self, is_slow: bool) -> None:  # noqa: FBT001 - names the lane
        while True:
            errand = self._lanes[is_slow].get()
            if errand.job.is_unwanted.is_set():
                continue
            errand.began = time.monotonic()
            self._under_way[is_slow] = errand
            work = partial(perform, errand.name, errand.given, errand.job)
            settle(errand.answer, work)
            self._under_way[is_slow] = None
            _note(errand)


def _is_done(answer: Future[dict[str, Any]], patience_s: float) -> bool:
    """Wait a moment for an answer."""
    with contextlib.suppress(TimeoutError):
        answer.exception(patience_s)
    return answer.done()


def _note(errand: _Errand) -> None:
    """Log what was done and how long it took, and nothing of what was asked."""
    took_s = time.monotonic() - (errand.began or errand.came)
    fault = errand.answer.exception()
    if fault is None or errand.job.is_unwanted.is_set():
        _log.info("%s: %.3f s", errand.name, took_s)
    elif isinstance(fault, CoverageKitError):
        _log.info("%s: refused (%s)", errand.name, type(fault).__name__)
    else:
        _log.error("%s: %s", errand.name, where_of(fault))


def main(study: str) -> None:
    """
    Answer questions until standard input ends.

    Parameters
    ----------
    study
        The study's folder.

    Notes
    -----
    Address and key come from the environment. The server holds the other end of
    standard input, so that this process ends with it, however suddenly.
    """
    log_to_file()
    logging.getLogger("coveragekit").setLevel(logging.INFO)
    address, key = os.environ[ADDRESS], bytes.fromhex(os.environ[KEY])
    folder = Path(study)
    with contextlib.suppress(FileNotFoundError):
        if os.name != "nt":  # left by one that died
            Path(address).unlink()
    office = Office(folder)
    with Listener(address, backlog=64) as listener:
        for target, given in (
            (_accept, (listener, office, key)),
            (_end_when_stuck, (office,)),
            (_warm, (folder,)),
        ):
            threading.Thread(target=target, args=given, daemon=True).start()
        _wait_for_end(sys.stdin)
    # Threads that are still at work end here.
    os._exit(0)


def _accept(listener: Listener, office: Office, key: bytes) -> None:
    while True:
        try:
            line = listener.accept()
        except OSError:
            return
        threading.Thread(target=office.serve, args=(line, key), daemon=True).start()


def _warm(folder: Path) -> None:
    done: Future[None] = Future()
    began = time.monotonic()
    settle(done, partial(warm_up, folder))
    fault = done.exception()
    if fault is None:
        _log.info("warm after %.1f s", time.monotonic() - began)
    else:
        _log.warning("could not warm up: %s", where_of(fault))


def _end_when_stuck(office: Office) -> None:
    while not office.is_stuck():
        time.sleep(1.0)
    _log.error("a task is stuck; ending, to be started again")
    os._exit(_STUCK)


def _wait_for_end(pipe: IO[str]) -> None:
    pipe.read()


if __name__ == "__main__":
    main(sys.argv[1])
