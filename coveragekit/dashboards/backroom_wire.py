"""Messages between a page and the back room: JSON, and bytes as they are."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final, Protocol

from coveragekit import errors
from coveragekit.errors import CoverageKitError, SourceUnavailable

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Line", "as_fault", "as_message", "receive", "send"]

_BYTES: Final = "bytes"
_KINDS: Final = {
    name: kind
    for name, kind in vars(errors).items()
    if isinstance(kind, type) and issubclass(kind, CoverageKitError)
}
# Their messages are made of more than one text.
_OTHERS: Final = frozenset({"TableError"})


class Line(Protocol):
    """What is used of a ``multiprocessing`` connection."""

    def send_bytes(self, buf: bytes, /) -> None:
        """Send one message."""

    def recv_bytes(self, maxlength: int | None = None, /) -> bytes:
        """Wait for one message."""

    def poll(self, timeout: float = 0.0, /) -> bool:
        """Whether a message, or the end, is there within a time."""

    def close(self) -> None:
        """End the connection."""


def send(line: Line, message: Mapping[str, Any]) -> None:
    """
    Send a message.

    Parameters
    ----------
    line
        The connection.
    message
        JSON-ready values, and values of type ``bytes``.

    Raises
    ------
    OSError
        The other end is gone.
    ValueError
        A value is neither JSON nor bytes, or is not finite.
    """
    raw = {key: value for key, value in message.items() if isinstance(value, bytes)}
    plain = {key: value for key, value in message.items() if key not in raw}
    head = json.dumps({_BYTES: list(raw), "plain": plain}, allow_nan=False)
    line.send_bytes(head.encode("utf-8"))
    for value in raw.values():
        line.send_bytes(value)


def receive(line: Line, *, at_most: int) -> dict[str, Any]:
    """
    Wait for a message.

    Parameters
    ----------
    line
        The connection.
    at_most
        Length of the longest part that is taken, bytes.

    Returns
    -------
    dict
        The message.

    Raises
    ------
    EOFError
        The other end is gone.
    OSError
        The message is too long.
    ValueError
        It is no message of ours.
    """
    head = json.loads(line.recv_bytes(at_most))
    if not isinstance(head, dict) or set(head) != {_BYTES, "plain"}:
        message = "a message of another kind was received; allowed: those of send"
        raise ValueError(message)
    read = {str(key): value for key, value in head["plain"].items()}
    for key in head[_BYTES]:
        read[str(key)] = line.recv_bytes(at_most)
    return read


def as_message(fault: Exception) -> dict[str, str]:
    """
    Give a fault as a message, without what is not for people.

    Parameters
    ----------
    fault
        What was raised.

    Returns
    -------
    dict
        ``kind`` and ``words``.

    Examples
    --------
    >>> from coveragekit.errors import InputError
    >>> as_message(InputError("the light is 'dusk'"))
    {'kind': 'InputError', 'words': "the light is 'dusk'"}
    """
    name = type(fault).__name__
    if name in _KINDS and name not in _OTHERS:
        return {"kind": name, "words": str(fault)}
    if isinstance(fault, CoverageKitError):
        return {"kind": "InputError", "words": str(fault)}
    return {"kind": "SourceUnavailable", "words": "an unforeseen fault; see the log"}


def as_fault(message: Mapping[str, Any]) -> CoverageKitError:
    """
    Give the fault that a message tells of.

    Parameters
    ----------
    message
        As :func:`as_message` gives it.

    Returns
    -------
    CoverageKitError
        To be raised.

    Examples
    --------
    >>> as_fault({"kind": "InputError", "words": "the light is 'dusk'"})
    InputError("the light is 'dusk'")
    """
    kind = _KINDS.get(str(message.get("kind")), SourceUnavailable)
    return kind(str(message.get("words", "")))
