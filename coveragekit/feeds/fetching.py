"""HTTP as cameras speak it: every address through the gate, all of it in time."""

from __future__ import annotations

import http.client
import io
import math
import socket
import threading
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final
from urllib.parse import urljoin

from coveragekit.errors import (
    FeedBroken,
    FeedError,
    FeedForbidden,
    FeedLoginError,
    FeedNotFound,
    FeedTimeout,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from coveragekit.feeds.asking import Wish
    from coveragekit.feeds.challenges import Signer
    from coveragekit.feeds.gate import Admitted

__all__ = ["Answer", "Caller"]

_MOST_TURNS: Final = 3
_CHUNK: Final = 65_536
_STOPPED: Final = "it stopped in the midst of its answer"
_TOO_SLOW: Final = "it answers too slowly, or not to the end"
_STATUSES: Final[dict[int, tuple[type[FeedError], str]]] = {
    403: (FeedLoginError, "it does not let this name see the picture"),
    404: (FeedNotFound, "it has no such picture or stream"),
    410: (FeedNotFound, "it has no such picture or stream any more"),
}


class _Pipe(io.RawIOBase):
    """A socket read against a clock that no trickle sets back."""

    def __init__(self, line: socket.socket) -> None:
        super().__init__()
        self.line = line
        self.ends_at_s = 0.0
        self.until_s = math.inf

    def readable(self) -> bool:
        return True

    def readinto(self, space: memoryview) -> int:  # type: ignore[override]
        left_s = min(self.ends_at_s, self.until_s) - time.monotonic()
        if left_s <= 0:
            raise FeedTimeout(_TOO_SLOW)
        self.line.settimeout(left_s)
        try:
            return self.line.recv_into(space)
        except TimeoutError:
            raise FeedTimeout(_TOO_SLOW) from None
        except OSError:
            message = "the connection to it was cut"
            raise FeedBroken(message) from None

    def close(self) -> None:
        """Stay open: an answer's end is not the line's."""

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(self, _CHUNK)


@dataclass(slots=True)
class Answer:
    """
    An answer whose body is still to be read.

    Parameters
    ----------
    url
        Where it came from, after redirects; a secret.
    status
        200 or 206.
    kind
        Its content type in lower case, without parameters.
    """

    url: str = field(repr=False)
    status: int
    kind: str
    _body: http.client.HTTPResponse = field(repr=False)
    _pipe: _Pipe = field(repr=False)

    def told(self, name: str) -> str | None:
        """
        Give what a line of the answer's head says.

        Parameters
        ----------
        name
            Name of the line, such as ``"Date"``.

        Returns
        -------
        str or None
            ``None`` where there is no such line.
        """
        return self._body.getheader(name)

    def some(self, within_s: float) -> bytes:
        """
        Give what comes next.

        Parameters
        ----------
        within_s
            How long to wait for it.

        Returns
        -------
        bytes
            At least one byte; none at the end.
        """
        self._pipe.ends_at_s = time.monotonic() + within_s
        try:
            return self._body.read1(_CHUNK)
        except (http.client.HTTPException, ValueError):
            raise FeedBroken(_STOPPED) from None

    def whole(self, most_bytes: int, within_s: float) -> bytes:
        """
        Give the whole body.

        Parameters
        ----------
        most_bytes
            How much is taken.
        within_s
            How long to wait for all of it.

        Returns
        -------
        bytes
            The body.
        """
        ends_at_s = time.monotonic() + within_s
        parts, size = [], 0
        while part := self.some(ends_at_s - time.monotonic()):
            parts.append(part)
            size += len(part)
            if size > most_bytes:
                message = "it sends more than such a thing can be long"
                raise FeedBroken(message)
        if self._body.length:
            raise FeedBroken(_STOPPED)
        return b"".join(parts)

    @property
    def is_read(self) -> bool:
        """Whether the next request may use the same connection."""
        return self._body.isclosed() and not self._body.will_close


class Caller:
    """
    Asks one device, or those that it names, for things; one answer at a time.

    Until :meth:`opened` is called all of it, redirects and refusals included, has to
    come within the time in which a feed is opened.

    Parameters
    ----------
    wish
        What is to be opened: its camera, gate and bounds.
    """

    def __init__(self, wish: Wish) -> None:
        self._wish = wish
        self._until_s = wish.began_s + wish.bounds.open_s
        self._home: tuple[str, str, int] | None = None
        self._signer: Signer = wish.signer()
        self._kept: tuple[Admitted, _Pipe] | None = None
        self._last: Answer | None = None
        self._lock = threading.Lock()
        self._busy = threading.Lock()
        self._open: socket.socket | None = None
        self.is_closed = False

    def ask(
        self,
        url: str | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        any_status: bool = False,
    ) -> Answer:
        """
        Ask for something.

        Parameters
        ----------
        url
            The address; that of the wish where none is given.
        headers
            Further headers.
        body
            What is sent with ``POST``; ``GET`` without.
        any_status
            Whether an answer that refuses is given back too, 401 excepted.

        Returns
        -------
        Answer
            The answer, its body still to be read.

        Raises
        ------
        FeedError
            The gate refuses, nothing answers in time, or the answer is a refusal.
        """
        address = url
        for _ in range(_MOST_TURNS):
            place = self._wish.admit(address)
            answer = self._signed(place, headers or {}, body)
            if 300 <= answer.status < 400 and body is None:
                address = self._turned(place, answer)
                continue
            if answer.status in {200, 206} or any_status:
                return answer
            self.drop()
            kind, words = _STATUSES.get(
                answer.status,
                (FeedBroken, f"it answers with status {answer.status}"),
            )
            raise kind(words)
        message = "it sends its viewers from one address to the next"
        raise FeedForbidden(message)

    def opened(self) -> None:
        """Say that the device answered as it should: it is no dead one."""
        self._until_s = math.inf
        if self._kept is not None:
            self._kept[1].until_s = math.inf

    def close(self) -> None:
        """Let go of the connection; whoever reads from it wakes at once."""
        self.is_closed = True
        with self._lock:
            if self._open is not None:
                with suppress(OSError):
                    self._open.shutdown(socket.SHUT_RDWR)
        # the line itself may only be freed while nobody is inside of it
        if self._busy.acquire(blocking=False):
            try:
                self.drop()
            finally:
                self._busy.release()

    @contextmanager
    def reading(self) -> Iterator[None]:
        """
        Hold the line while something waits for it; a fault or a close gives it up.

        Returns
        -------
        context manager
            The hold.
        """
        with self._busy:
            try:
                yield
            except BaseException:
                self.drop()
                raise
            if self.is_closed:
                self.drop()

    def drop(self) -> None:
        """Give up the connection; the next request opens another one."""
        with self._lock:
            line = self._open
            self._open = self._last = self._kept = None
        if line is not None:
            line.close()

    def _turned(self, place: Admitted, answer: Answer) -> str:
        target = answer._body.getheader("Location", "")  # noqa: SLF001 - its own answer
        self.drop()
        turned = urljoin(place.url, target)
        if place.is_secure and not turned.lower().startswith("https:"):
            message = "it sends its viewers from a protected address to an open one"
            raise FeedForbidden(message)
        return turned

    def _signed(
        self, place: Admitted, headers: Mapping[str, str], body: bytes | None
    ) -> Answer:
        home = (place.scheme, place.host, place.port)
        if self._home is None:
            self._home = home
        # the login is the camera's: nobody else that it names is told it
        signer = self._signer if home == self._home else None
        for _ in range(2):
            answer = self._sent(place, signer, headers, body=body)
            if answer.status != 401:
                return answer
            asked = answer._body.headers.get_all("WWW-Authenticate", [])  # noqa: SLF001
            self._spare(answer)
            if signer is None:
                break
            signer.take(asked)
        message = "it asks for a name and password that are not to be told there"
        raise FeedLoginError(message)

    def _spare(self, answer: Answer) -> None:
        try:
            answer.whole(_CHUNK, self._wish.bounds.answer_s)
        except FeedError:
            self.drop()

    def _sent(
        self,
        place: Admitted,
        signer: Signer | None,
        headers: Mapping[str, str],
        *,
        body: bytes | None,
    ) -> Answer:
        method = "GET" if body is None else "POST"
        lines = [f"{method} {place.path} HTTP/1.1", f"Host: {place.authority}"]
        said = {"User-Agent": "coveragekit", "Accept-Encoding": "identity", **headers}
        if body is not None:
            said["Content-Length"] = str(len(body))
        signed = signer.sign(method, place.path) if signer is not None else None
        if signed is not None:
            said["Authorization"] = signed
        lines += [f"{name}: {value}" for name, value in said.items()]
        request = "\r\n".join([*lines, "", ""]).encode() + (body or b"")
        was_kept = self._kept_for(place)
        try:
            return self._exchanged(place, request, method)
        except FeedBroken:
            # a line kept open may have been closed meanwhile; a new one says more
            if was_kept is None or self.is_closed:
                raise
        self.drop()
        return self._exchanged(place, request, method)

    def _kept_for(self, place: Admitted) -> _Pipe | None:
        if self._kept is None or self._last is None:
            return None
        known, pipe = self._kept
        same = replace(known, path=place.path) == place
        return pipe if same and self._last.is_read else None

    def _exchanged(self, place: Admitted, request: bytes, method: str) -> Answer:
        pipe = self._kept_for(place) or self._connected(place)
        pipe.until_s = self._until_s
        left_s = max(0.05, self._until_s - time.monotonic())
        wait_s = min(self._wish.bounds.answer_s, left_s)
        pipe.ends_at_s = time.monotonic() + wait_s
        pipe.line.settimeout(wait_s)
        try:
            pipe.line.sendall(request)
            body = http.client.HTTPResponse(pipe, method=method)  # type: ignore[arg-type]
            body.begin()
        except (http.client.HTTPException, ValueError):
            message = "what answers there speaks no HTTP"
            raise FeedBroken(message) from None
        except TimeoutError as fault:
            if isinstance(fault, FeedError):
                raise
            message = "it takes the connection and listens to nothing"
            raise FeedTimeout(message) from None
        except OSError as fault:
            if isinstance(fault, FeedError):
                raise
            message = "the connection to it was cut"
            raise FeedBroken(message) from None
        kind = body.getheader("Content-Type", "").partition(";")[0].strip().lower()
        answer = Answer(place.url, body.status, kind, body, pipe)
        self._last = answer
        return answer

    def _connected(self, place: Admitted) -> _Pipe:
        self.drop()
        line = self._wish.connect(place, until_s=self._until_s)
        with self._lock:
            self._open = line
        if self.is_closed:
            self.drop()
            message = "the reading was closed"
            raise FeedBroken(message)
        pipe = _Pipe(line)
        self._kept = (place, pipe)
        return pipe
