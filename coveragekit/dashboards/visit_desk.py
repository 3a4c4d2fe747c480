"""Tell kernels who has opened their page; the server's side of ``visit``."""

from __future__ import annotations

import contextlib
import logging
import secrets
import threading
from dataclasses import asdict
from multiprocessing import AuthenticationError
from multiprocessing.connection import Listener, answer_challenge, deliver_challenge
from typing import TYPE_CHECKING, Any, Final, Self

from coveragekit.dashboards.backroom_keeper import PrivatePlace
from coveragekit.dashboards.backroom_wire import receive, send
from coveragekit.dashboards.visit import DESK, DESK_KEY, Visit

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

__all__ = ["VisitDesk"]

_log = logging.getLogger(__name__)
_LONGEST: Final = 64 * 1024
_LOOK_S: Final = 0.5


class VisitDesk:
    """
    Knows of each kernel whose page it shows, and tells it.

    Attributes
    ----------
    environment
        What kernels need to know to ask, as environment variables.
    """

    def __init__(self) -> None:
        self._place = PrivatePlace()
        self._key = secrets.token_bytes(32)
        self.environment = {DESK: self._place.address, DESK_KEY: self._key.hex()}
        self._changed = threading.Condition()
        self._visits: dict[str, Visit] = {}
        self._words: dict[str, str] = {}
        self._unwanted: set[str] = set()
        self._is_closed = False
        self._listener = Listener(self._place.address, backlog=64)
        threading.Thread(target=self._accept, name="visit-desk", daemon=True).start()

    def admit(self, kernel: str, visit: Visit) -> None:
        """
        Say who has opened the page of a kernel.

        Parameters
        ----------
        kernel
            Id of the kernel.
        visit
            Who, and with which address.
        """
        with self._changed:
            self._visits[kernel] = visit
            self._changed.notify_all()

    def visit(self, kernel: str) -> Visit | None:
        """
        Give who has opened the page of a kernel.

        Parameters
        ----------
        kernel
            Id of the kernel.

        Returns
        -------
        Visit or None
            ``None`` where nobody has, or the kernel is gone.
        """
        return self._visits.get(kernel)

    def visitors(self) -> dict[str, Visit]:
        """Give the kernels of all open pages, and who has opened them."""
        return dict(self._visits)

    def words(self, kernel: str) -> str:
        """
        Give what a kernel last said that it does.

        Parameters
        ----------
        kernel
            Id of the kernel.

        Returns
        -------
        str
            Its words, or an empty text.
        """
        return self._words.get(kernel, "")

    def forget(self, kernel: str) -> None:
        """
        Drop a kernel that is gone, or that nobody shall get; it ends where it waits.

        Parameters
        ----------
        kernel
            Id of the kernel.
        """
        with self._changed:
            self._visits.pop(kernel, None)
            self._words.pop(kernel, None)
            self._unwanted.add(kernel)
            self._changed.notify_all()

    def close(self) -> None:
        """Answer nobody any more; kernels that wait end. Again does nothing."""
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()
        with contextlib.suppress(OSError):
            self._listener.close()
        self._place.remove()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def _accept(self) -> None:
        while not self._is_closed:
            try:
                line = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(line,), daemon=True).start()

    def _serve(self, line: Connection[Any, Any]) -> None:
        with contextlib.closing(line), contextlib.suppress(OSError, EOFError):
            try:
                deliver_challenge(line, self._key)
                answer_challenge(line, self._key)
                asked = receive(line, at_most=_LONGEST)
                kernel = str(asked["kernel"])
            except (AuthenticationError, ValueError, KeyError):
                _log.warning("a caller that is no kernel of ours was refused")
                return
            if "words" in asked:
                self._words[kernel] = str(asked["words"])
                return
            visit = self._wait(kernel, line)
            if visit is not None:
                send(line, asdict(visit))

    def _wait(self, kernel: str, line: Connection[Any, Any]) -> Visit | None:
        """Wait for a visitor; nothing where kernel or server end before one comes."""
        with self._changed:
            while kernel not in self._visits:
                if self._is_closed or kernel in self._unwanted or line.poll():
                    return None
                self._changed.wait(_LOOK_S)
            return self._visits[kernel]
