"""Paint what a page asks for in a thread of its own, newest first."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from concurrent.futures import Future

__all__ = ["Answer", "Desk", "Job"]

_SEND_AFTER_S = 0.02
_SEND_AT = 8
_WAITING_LIMIT = 4000


@dataclass(frozen=True, slots=True)
class Job:
    """
    One thing to make for the page.

    Parameters
    ----------
    id
        The page's own name for it.
    group
        What shares its faults: a fault is told once for each.
    make
        Makes it.
    """

    id: str
    group: str
    make: Callable[[], bytes]


@dataclass(frozen=True, slots=True)
class Answer:
    """
    What became of a job.

    Parameters
    ----------
    id
        The page's own name for it.
    content
        What was made; empty where there is nothing; ``None`` where it failed.
    """

    id: str
    content: bytes | None


class Desk:
    """
    Jobs of one page and the thread that does them.

    Parameters
    ----------
    answer
        Takes finished jobs, a few at a time; called in the thread.
    fault
        Hears of a fault, once for each group and kind; called in the thread.
    rest
        Called in the thread when all that was asked is made and sent.

    Notes
    -----
    The newest batch comes first, in its own order: what was asked last is what the user
    looks at. A job that is dropped before its turn is never done.
    """

    def __init__(
        self,
        answer: Callable[[list[Answer]], None],
        fault: Callable[[str, BaseException], None],
        rest: Callable[[], None] = lambda: None,
    ) -> None:
        self._answer, self._fault, self._rest = answer, fault, rest
        self._lock = threading.Lock()
        self._stack: list[Job] = []
        self._wanted: set[str] = set()
        self._done: list[Answer] = []
        self._done_since = 0.0
        self._told: set[tuple[str, str]] = set()
        self._closed = False
        self._expects = False
        self._doing = 0
        self._calm = threading.Condition(self._lock)
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="coveragekit-bridge")

    def ask(self, jobs: Iterable[Job]) -> None:
        """
        Ask for a batch, to be done before all that was asked earlier.

        Parameters
        ----------
        jobs
            The jobs, most wanted first.
        """
        batch = list(jobs)
        with self._lock:
            if self._closed:
                return
            self._expects = self._expects and not batch
            self._stack.extend(reversed(batch))
            self._wanted.update(job.id for job in batch)
            forgotten = self._stack[:-_WAITING_LIMIT]
            del self._stack[:-_WAITING_LIMIT]
            self._wanted.difference_update(job.id for job in forgotten)
        for _ in batch:
            self._pool.submit(self._next).add_done_callback(self._look)

    def drop(self, ids: Iterable[str]) -> None:
        """
        Forget jobs that nobody wants any longer.

        Parameters
        ----------
        ids
            Names of the jobs; those that are done or unknown change nothing.
        """
        with self._lock:
            self._wanted.difference_update(ids)

    def expect(self) -> None:
        """Note that the page is about to ask, so that it is not taken for content."""
        with self._lock:
            self._expects = True

    def is_idle(self, *, within_s: float) -> bool:
        """
        Tell whether everything that was asked, or is about to be, is made and sent.

        Parameters
        ----------
        within_s
            How long to wait for that at most, seconds.

        Returns
        -------
        bool
            Whether nothing is left to do.
        """
        with self._calm:
            return self._calm.wait_for(self._has_nothing, within_s)

    def _has_nothing(self) -> bool:
        return not (self._expects or self._wanted or self._doing or self._done)

    def forgive(self) -> None:
        """Tell of faults again that were told before, because something changed."""
        with self._lock:
            self._told.clear()

    def close(self) -> None:
        """End the thread after what it is doing now; again does nothing."""
        with self._lock:
            self._closed, self._expects = True, False
            self._stack.clear()
            self._wanted.clear()
            self._calm.notify_all()
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _next(self) -> None:
        job = self._take()
        if job is None:
            self._send(force=True)
            return
        content: bytes | None = None
        try:
            content = job.make()
        except BaseException as error:  # told and passed on
            self._tell(job.group, error)
            raise
        finally:
            self._finish(Answer(job.id, content))

    def _take(self) -> Job | None:
        with self._lock:
            while self._stack:
                job = self._stack.pop()
                if job.id in self._wanted:
                    self._wanted.discard(job.id)
                    self._doing += 1
                    return job
        return None

    def _finish(self, answer: Answer) -> None:
        with self._lock:
            if not self._done:
                self._done_since = time.monotonic()
            self._done.append(answer)
            self._doing -= 1
            is_last = not self._wanted
        self._send(force=is_last)

    def _send(self, *, force: bool) -> None:
        with self._lock:
            waited = time.monotonic() - self._done_since > _SEND_AFTER_S
            if not self._done or not (force or waited or len(self._done) >= _SEND_AT):
                return
            ready, self._done = self._done, []
        self._answer(ready)
        with self._lock:
            is_over = self._has_nothing()
            self._calm.notify_all()
        if is_over:
            self._rest()

    def _tell(self, group: str, error: BaseException) -> None:
        key = (group, type(error).__name__)
        with self._lock:
            known = key in self._told
            self._told.add(key)
        if not known:
            self._fault(group, error)

    def _look(self, future: Future[None]) -> None:
        # The fault was told when it happened; this takes it, so that no log repeats it.
        if not future.cancelled():
            future.exception()
