"""Carry what a look gives to a page, a few messages a second."""

from __future__ import annotations

import threading
import time
import traceback
from typing import TYPE_CHECKING, Any, Final, Literal

from coveragekit.errors import CoverageKitError, FeedBroken

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from coveragekit.access.looking import Look

__all__ = ["Pump", "is_told_to_end", "parcels"]

Form = Literal["best", "fmp4", "jpeg"]
# Servers of notebooks count messages, not bytes: ten in a second are enough. Packets of
# a stream come a few at a time; a moment later the last of them is there too.
_EACH_S: Final = 0.1
_MOMENT_S: Final = 0.01
_AGAIN_S: Final = 0.5
# What makes a page ask anew by itself, instead of telling its user to.
_AGAIN: Final = "Changed"
_NO_STREAM: Final = "FeedUnsupported"
_PLAYED: Final = "Ended"
_HERE: Final = threading.local()


def is_told_to_end() -> bool:
    """
    Say whether the pump whose thread this is has been told to end.

    Returns
    -------
    bool
        What is still being sent need not be waited for; ``False`` in any other thread.

    Examples
    --------
    >>> is_told_to_end()
    False
    """
    stop: threading.Event | None = getattr(_HERE, "stop", None)
    return stop is not None and stop.is_set()


def parcels(messages: Sequence[Any]) -> list[tuple[dict[str, Any], list[bytes]]]:
    """
    Pack what a look gave for its way to a page.

    Parameters
    ----------
    messages
        What :meth:`coveragekit.access.looking.Look.take` gave.

    Returns
    -------
    list of tuple
        A mapping that JSON can hold, and buffers. Fragments that follow each other are
        one buffer, of pictures that follow each other the last is kept, and the order
        stays.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> from coveragekit.feeds.messages import Fragment
    >>> at = datetime(2026, 5, 4, tzinfo=UTC)
    >>> came = [Fragment(1, b"a", True, at), Fragment(2, b"b", False, at)]
    >>> [(head, parts)] = parcels(came)
    >>> head["last"], head["is_key"], parts
    (2, True, [b'ab'])
    """
    packed: list[tuple[dict[str, Any], list[bytes]]] = []
    for one in messages:
        kind = type(one).__name__.lower()
        before = packed[-1] if packed else None
        if kind == "fragment" and before is not None and before[0]["kind"] == kind:
            before[1].append(one.data)
            before[0].update(last=one.index, came_at=one.came_at.isoformat())
        elif kind == "picture" and before is not None and before[0]["kind"] == kind:
            packed[-1] = _parcel(kind, one)
        else:
            packed.append(_parcel(kind, one))
    return [(head, [b"".join(parts)] if parts else []) for head, parts in packed]


def _parcel(kind: str, one: Any) -> tuple[dict[str, Any], list[bytes]]:  # noqa: ANN401
    if kind == "init":
        head = {"codec": one.codec, "width": one.width_px, "height": one.height_px}
        return {"kind": kind, **head}, [one.data]
    if kind == "fragment":
        head = {"last": one.index, "is_key": one.is_key}
        return {"kind": kind, **head, "came_at": one.came_at.isoformat()}, [one.data]
    if kind == "picture":
        head = {"last": one.index, "is_masked": one.is_masked}
        head |= {"width": one.width_px, "height": one.height_px}
        return {"kind": kind, **head, "came_at": one.came_at.isoformat()}, [one.jpeg]
    told = {"state": one.state, "age_s": one.age_s, "words": one.words}
    told |= {"since_at": one.since_at.isoformat(), "fault": one.fault}
    return {"kind": "state", **told}, []


class Pump:
    """
    One page's look at one camera, begun and ended as the page is seen and hidden.

    Parameters
    ----------
    begin
        Begins a look in a form; it raises where that is not allowed.
    send
        Sends a mapping and buffers to the page; called in the pump's own thread.
    more
        Gives what the page is told besides of a look that begins.
    is_there
        Whether there is anybody to show it to; a page may go without a word.
    """

    def __init__(
        self,
        begin: Callable[[Form], Look],
        send: Callable[[dict[str, Any], list[bytes]], None],
        *,
        more: Callable[[Look], dict[str, Any]] = lambda _: {},
        is_there: Callable[[], bool] = lambda: True,
    ) -> None:
        self._begin = begin
        self._send = send
        self._more, self._is_there = more, is_there
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._look: Look | None = None
        self._gathered_s = 0.0

    @property
    def is_on(self) -> bool:
        """Whether anybody is being shown anything."""
        return self._thread is not None and self._thread.is_alive()

    def start(self, form: Form = "best") -> None:
        """
        Begin to look, or look in another form.

        Parameters
        ----------
        form
            ``"best"``, ``"fmp4"`` or ``"jpeg"``.
        """
        self.stop()
        with self._lock:
            stop = self._stop = threading.Event()
            self._thread = threading.Thread(
                target=self._run, args=(form, stop), name="preview", daemon=True
            )
            self._thread.start()

    def halt(self) -> None:
        """Have it end soon, and wait for nothing."""
        self._stop.set()

    def stop(self) -> None:
        """Look no longer; may be called twice."""
        with self._lock:
            thread, self._thread = self._thread, None
            self._stop.set()
        if thread is not None and thread is not threading.current_thread():
            thread.join()

    def ack(self, index: int) -> None:
        """
        Take note that the page has shown all up to a fragment or picture.

        Parameters
        ----------
        index
            Its number.
        """
        look = self._look
        if look is not None:
            look.ack(index)

    def _run(self, form: Form, stop: threading.Event) -> None:
        _HERE.stop = stop
        wanted: Form | None = form
        while wanted is not None and not stop.is_set():
            try:
                wanted = self._show(wanted, stop)
            except CoverageKitError as error:
                # our own words: they name the camera by its id and hold no address
                self._tell("refused", str(error), type(error).__name__)
                return
            except Exception as error:  # noqa: BLE001 - the page is told of any
                self._tell("refused", "the preview broke; look again", "Fault")
                # its words may hold an address: kind and place have to do
                where = traceback.extract_tb(error.__traceback__)[-1]
                kind, place = type(error).__name__, f"{where.name}:{where.lineno}"
                message = f"a preview broke: {kind} in {place}"
                raise FeedBroken(message) from None
            if wanted is not None and stop.wait(_AGAIN_S):
                return

    def _show(self, form: Form, stop: threading.Event) -> Form | None:
        """Show until it ends; give the form in which to go on, if any."""
        with self._begin(form) as look:
            self._look = look
            about = {"kind": "about", "name": look.name, "is_masked": look.is_masked}
            self._send({**about, "form": look.form, **self._more(look)}, [])
            try:
                while not stop.is_set() and self._is_there():
                    for head, parts in parcels(self._gathered(look, stop)):
                        again = _again(head, look.form)
                        if again is not None:
                            return again
                        self._send(head, parts)
                        if head.get("state") == "refused" or _is_played(head):
                            return None
            finally:
                self._look = None
        return None

    def _gathered(self, look: Look, stop: threading.Event) -> list[Any]:
        """Take what came: pictures at once, a stream ten times a second."""
        messages: list[Any] = list(look.take(_EACH_S))
        if {type(one).__name__ for one in messages} == {"Fragment"}:
            left_s = self._gathered_s + _EACH_S - time.monotonic()
            stop.wait(max(_MOMENT_S, left_s))
            messages += look.take(0.0)
        self._gathered_s = time.monotonic()
        return messages

    def _tell(self, state: str, words: str, fault: str) -> None:
        told = {"kind": "state", "state": state, "words": words, "fault": fault}
        self._send({**told, "age_s": None, "since_at": None}, [])


def _is_played(head: dict[str, Any]) -> bool:
    """Whether a recording has come to its end."""
    return bool(head.get("fault") == _PLAYED)


def _again(head: dict[str, Any], form: str) -> Form | None:
    if head.get("state") != "refused":
        return None
    if head["fault"] == _AGAIN:
        return "best"
    return "jpeg" if head["fault"] == _NO_STREAM and form == "fmp4" else None
