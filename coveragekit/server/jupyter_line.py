"""One page's line to a shared camera: what it says, and what it is sent."""

from __future__ import annotations

import asyncio
import contextlib
import json
import threading
import time
from concurrent.futures import CancelledError, Future
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from tornado.iostream import StreamClosedError
from tornado.websocket import WebSocketClosedError

from coveragekit.access import Purpose
from coveragekit.errors import AccessRefused, CoverageKitError, InputError
from coveragekit.live.pump import is_told_to_end
from coveragekit.live.session import Session

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from coveragekit.access import User
    from coveragekit.server.jupyter_room import FeedRoom

__all__ = ["PageLine", "Wish", "packed", "wish_of"]

_FORMS: Final = ("best", "jpeg")
_BEGIN: Final = ("watch", "replay")
_GO_ON: Final = ("rest", "here")
_WANTS: Final = ("main", "sub")
_PURPOSE: Final = ("code", "offence", "case_number", "legal_basis", "emergency")
_LONGEST_ID: Final = 200
_STEP_S: Final = 0.1
_GUARD_S: Final = 5.0
_NOT_TAKEN: Final = "the page does not take what it is sent"


@dataclass(frozen=True, slots=True)
class Wish:
    """
    What a page wants to see, and why.

    Parameters
    ----------
    camera_id
        The camera.
    purpose
        What for.
    want
        ``"main"`` or ``"sub"``.
    """

    camera_id: str
    purpose: Purpose
    want: str = "main"


def wish_of(said: Mapping[str, Any]) -> Wish:
    """
    Read what a page wants to see.

    Parameters
    ----------
    said
        ``camera_id``, ``purpose`` and, where it is given, ``want``.

    Returns
    -------
    Wish
        The wish; whether it may be is the door's to say.

    Raises
    ------
    InputError
        Something in it is not what it has to be.

    Examples
    --------
    >>> wish_of({"camera_id": "cam_1", "purpose": {"code": "call"}}).want
    'main'
    """
    camera_id = said.get("camera_id")
    if not isinstance(camera_id, str) or not 0 < len(camera_id) <= _LONGEST_ID:
        message = "no camera is named; give camera_id, a text of 1 to 200 characters"
        raise InputError(message)
    want = said.get("want", "main")
    if want not in _WANTS:
        message = "want is neither of the two that there are: main, sub"
        raise InputError(message)
    return Wish(camera_id, purpose_of(said.get("purpose")), str(want))


def purpose_of(said: object) -> Purpose:
    """
    Read what a page says that it looks for.

    Parameters
    ----------
    said
        A mapping with ``code`` and, where they are given, ``offence``,
        ``case_number``, ``legal_basis`` and ``emergency``.

    Returns
    -------
    Purpose
        The purpose; whether it allows anything is the door's to say.

    Raises
    ------
    InputError
        It is no such mapping.

    Examples
    --------
    >>> purpose_of({"code": "call", "case_number": "26-0417"}).code
    'call'
    """
    told = said if isinstance(said, dict) else {}
    unknown = sorted(str(one) for one in set(told) - set(_PURPOSE))
    texts = {name: told.get(name) for name in _PURPOSE[:-1]}
    fits = all(one is None or isinstance(one, str) for one in texts.values())
    emergency = told.get("emergency", False)
    if unknown or not fits or not texts["code"] or not isinstance(emergency, bool):
        message = (
            f"the purpose cannot be read; allowed: {', '.join(_PURPOSE)}: texts, and "
            "true or false for emergency; the code has to be given"
        )
        raise InputError(message)
    code = str(texts.pop("code"))
    return Purpose(code, emergency=emergency, **texts)


def packed(head: Mapping[str, Any], parts: Sequence[bytes]) -> bytes:
    r"""
    Pack a mapping and buffers into the one message that a socket carries.

    Parameters
    ----------
    head
        What JSON can hold.
    parts
        Buffers.

    Returns
    -------
    bytes
        Four bytes that say how long the JSON text is, that text, which says in
        ``sizes`` how long each buffer is, and the buffers.

    Examples
    --------
    >>> packed({"kind": "init"}, [b"abc"])
    b'\x00\x00\x00\x1b{"kind":"init","sizes":[3]}abc'
    """
    told = {**head, "sizes": [len(one) for one in parts]}
    text = json.dumps(told, separators=(",", ":")).encode("utf-8")
    return b"".join([len(text).to_bytes(4, "big"), text, *parts])


class PageLine:
    """
    One page's line: begins and ends looks as the page asks, never ahead of the page.

    Parameters
    ----------
    room
        Where cameras are looked at.
    user
        Whose page it is, as the server says.
    put
        Sends a message; it ends when the message is out.
    close
        Closes the socket and says why; may be called from any thread.
    may
        Asks the server's authoriser.

    Notes
    -----
    One message is under way at a time. A page that does not take it in time is hung up
    on; meanwhile what comes waits in the hub, which keeps little and drops to the next
    keyframe. A look that is told to end does not wait for the page; the next one sends
    nothing before what was under way is out.
    """

    def __init__(
        self,
        room: FeedRoom,
        user: User,
        *,
        put: Callable[[bytes], Awaitable[None]],
        close: Callable[[str], None],
        may: Callable[[], Awaitable[bool]],
    ) -> None:
        self._room, self._user = room, user
        self._put, self._close, self._may = put, close, may
        self._loop = asyncio.get_running_loop()
        self._gone = threading.Event()
        self._wish: Wish | None = None
        self._session: Session | None = None
        self._said_s = time.monotonic()
        self._owed_s: float | None = None
        # what was under way when its pump was told to end, and until when it may be
        self._left: list[tuple[Future[None], float]] = []
        self._places = contextlib.ExitStack()
        self._guard: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Take a place and see that the page uses it; tell the page where it cannot."""
        try:
            self._places.enter_context(self._room.place(self._user))
        except AccessRefused as refusal:
            await self._tell(refusal)
            self.hang_up(str(refusal))
            return
        self._room.lines.add(self)
        self._guard = asyncio.create_task(self._look_after())

    async def hear(self, said: str | bytes) -> None:
        """
        Do what a page says; what it makes up is answered in words.

        Parameters
        ----------
        said
            A message; the next is not read before this one is done.
        """
        self._said_s = time.monotonic()
        try:
            told = json.loads(said)
        except (ValueError, RecursionError):
            told = None
        kind = told.get("kind") if isinstance(told, dict) else None
        if self._gone.is_set():
            return
        try:
            if kind in _BEGIN:
                await self._watch(told)
            elif kind == "keep":
                await self._keep(told)
            elif kind == "ack" and type(told.get("index")) is int:
                self._owed_s = None
                self._hear_on(told)
            elif kind in _GO_ON:
                await self._room.run(self._hear_on, told)
            else:
                words = ", ".join((*_BEGIN, *_GO_ON, "ack", "keep"))
                self.hang_up(f"this line carries {words} alone")
        except CoverageKitError as error:
            await self._tell(error)

    def hang_up(self, words: str) -> None:
        """
        Send nothing more and close the socket.

        Parameters
        ----------
        words
            Why.
        """
        self._gone.set()
        self._close(words)

    async def end(self) -> None:
        """Look no longer, and give the place to others; may be called twice."""
        self._gone.set()
        self._room.lines.discard(self)
        if self._guard is not None:
            self._guard.cancel()
        try:
            await self._room.run(self._stop)
        finally:
            for sending, _until_s in self._left:
                sending.cancel()
            self._places.close()

    async def _watch(self, told: Mapping[str, Any]) -> None:
        if told.get("form") not in _FORMS:
            message = "the form is neither of the two that there are: best, jpeg"
            raise InputError(message)
        wish = wish_of(told)
        await self._ask("watch")
        self._owed_s = None
        await self._room.run(self._begin, wish, told)
        if self._gone.is_set():
            await self._room.run(self._stop)

    async def _keep(self, told: Mapping[str, Any]) -> None:
        await self._ask("picture")
        asked = {"kind": "keep", "what": told.get("what")}
        await self._room.run(self._hear_on, asked)

    async def _ask(self, kind: str) -> None:
        """Refuse what is too often, or no longer allowed by the server's authoriser."""
        wait_s = self._room.limits.wait_s(kind, self._user.name.casefold())
        if wait_s:
            message = f"that was too often; try again in {wait_s:.0f} s"
            raise AccessRefused(message)
        if not await self._may():
            message = "this server does not let you look at feeds"
            raise AccessRefused(message)

    def _begin(self, wish: Wish, told: Mapping[str, Any]) -> None:
        _door, looks = self._room.open()
        if wish != self._wish:
            self._stop()
            self._wish, self._session = (
                wish,
                Session(
                    looks,
                    wish.camera_id,
                    user=self._user,
                    purpose=wish.purpose,
                    send=self._send,
                    want=wish.want,
                ),
            )
        self._hear_on({"kind": told["kind"], "form": told["form"]})

    def _hear_on(self, told: Mapping[str, Any]) -> None:
        if self._session is not None:
            self._session.hear(told)

    def _stop(self) -> None:
        if self._session is not None:
            self._session.stop()

    def _send(self, head: dict[str, Any], parts: Sequence[bytes]) -> None:
        """Send in the pump's thread, and wait until the page's end has taken it."""
        if self._gone.is_set() or is_told_to_end():
            return
        for one in list(self._left):
            if not self._is_out(*one):
                return
            with contextlib.suppress(ValueError):
                self._left.remove(one)
        if "last" in head and self._owed_s is None:
            self._owed_s = time.monotonic()
        sending = asyncio.run_coroutine_threadsafe(
            self._out(packed(head, parts)), self._loop
        )
        until_s = time.monotonic() + self._room.bounds.send_s
        if not self._is_out(sending, until_s):
            self._left.append((sending, until_s))
            if self._gone.is_set():
                sending.cancel()

    def _is_out(self, sending: Future[None], until_s: float) -> bool:
        """Wait until it is out, or its pump told to end, or the page gone."""
        while not (self._gone.is_set() or is_told_to_end()):
            try:
                sending.result(_STEP_S)
            except TimeoutError:
                if time.monotonic() >= until_s:
                    self.hang_up(_NOT_TAKEN)
                continue
            except (CancelledError, WebSocketClosedError, StreamClosedError):
                self._gone.set()
                continue
            return True
        return False

    async def _out(self, message: bytes) -> None:
        if not self._gone.is_set():
            await self._put(message)

    async def _tell(self, error: CoverageKitError) -> None:
        told: dict[str, Any] = {"kind": "state", "state": "refused"}
        told |= {"words": str(error)}
        told |= {"fault": type(error).__name__, "age_s": None, "since_at": None}
        with contextlib.suppress(WebSocketClosedError):
            await self._out(packed(told, []))

    async def _look_after(self) -> None:
        idle_s = self._room.bounds.idle_s
        while True:
            await asyncio.sleep(min(_GUARD_S, idle_s / 4))
            now_s = time.monotonic()
            if any(not one.done() and until_s < now_s for one, until_s in self._left):
                self.hang_up(_NOT_TAKEN)
                return
            owed_s = self._owed_s
            if owed_s is not None and now_s - owed_s > idle_s:
                self.hang_up("the page does not say that it shows what it is sent")
                return
            is_on = self._session is not None and self._session.is_on
            if not is_on and now_s - self._said_s > idle_s:
                self.hang_up("this page looked at nothing")
                return
