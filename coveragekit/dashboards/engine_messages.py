"""What a page may say to its kernel, and what of the kernel's words it may hear."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["LONGEST", "may_hear", "may_say", "parts_of", "type_of"]

LONGEST: Final = 4 * 1024 * 1024
"""Length of the longest message of a page, bytes."""

_SAID: Final = frozenset(
    {"comm_close", "comm_info_request", "comm_msg", "kernel_info_request"}
)
# By this alone a page asks for the state of its widgets; any other target would make
# the kernel build something for it.
_OPENED: Final = frozenset({"jupyter.widget.control"})
# Errors and texts may hold data; the page says in its own words what went wrong.
_UNHEARD: Final = frozenset(
    {"error", "execute_input", "execute_reply", "execute_result", "stream"}
)
_WORD: Final = 8
_FEWEST: Final = 6
_MOST_PARTS: Final = 1000
_HEADER: Final = 0
_CONTENT: Final = 3


def may_say(channel: str | None, parts: Sequence[bytes]) -> bool:
    """
    Whether a page may send a message to its kernel.

    Parameters
    ----------
    channel
        The channel that it names.
    parts
        The message: header, parent's header, metadata, content, and buffers.

    Returns
    -------
    bool
        ``True`` for messages of widgets that the kernel has made, and for what a page
        has to ask to draw them. Nothing that runs, completes or inspects code, nothing
        that opens something new in the kernel, and nothing that can be read in two
        ways.

    Examples
    --------
    >>> may_say("shell", [b'{"msg_type": "execute_request"}', b"{}", b"{}", b"{}"])
    False
    """
    if channel != "shell" or len(parts) <= _CONTENT:
        return False
    try:
        header, content = _read(parts[_HEADER]), _read(parts[_CONTENT])
    except (ValueError, RecursionError):
        return False
    kind = header.get("msg_type")
    if kind == "comm_open":
        return content.get("target_name") in _OPENED
    return kind in _SAID


def may_hear(kind: str | None) -> bool:
    """
    Whether a message of a kernel is passed on to its page.

    Parameters
    ----------
    kind
        Its type.

    Returns
    -------
    bool
        ``False`` for errors, printed texts and results.

    Examples
    --------
    >>> may_hear("comm_msg"), may_hear("stream")
    (True, False)
    """
    return kind is not None and kind not in _UNHEARD


def type_of(message: bytes | dict[str, Any]) -> str | None:
    """
    Give the type of a message of a kernel.

    Parameters
    ----------
    message
        As Jupyter sends it: in bytes by its protocol v1, or as a dictionary.

    Returns
    -------
    str or None
        ``None`` where it cannot be read.
    """
    if isinstance(message, dict):
        header = message.get("header")
    else:
        first = [int.from_bytes(message[8 * i : 8 * i + 8], "little") for i in (2, 3)]
        try:
            header = json.loads(message[first[0] : first[1]])
        except ValueError:
            return None
    kind = header.get("msg_type") if isinstance(header, dict) else None
    return kind if isinstance(kind, str) else None


def parts_of(message: str | bytes) -> tuple[str | None, list[bytes]]:
    """
    Take a message of a page apart, as Jupyter's protocol v1 has put it together.

    Parameters
    ----------
    message
        The message.

    Returns
    -------
    channel : str or None
        The channel that it names; ``None`` where it is no such message.
    parts : list of bytes
        Header, parent's header, metadata, content, and buffers.

    Notes
    -----
    The numbers at its head are checked before anybody counts to them: Jupyter itself
    would try to read as many as the first one says.
    """
    if not isinstance(message, bytes) or len(message) < _WORD:
        return None, []
    count = int.from_bytes(message[:_WORD], "little")
    head = _WORD * (count + 1)
    if not _FEWEST <= count <= _MOST_PARTS or head > len(message):
        return None, []
    starts = [
        int.from_bytes(message[at : at + _WORD], "little")
        for at in range(_WORD, head, _WORD)
    ]
    if starts != sorted(starts) or starts[0] != head or starts[-1] != len(message):
        return None, []
    parts = [message[a:b] for a, b in pairwise(starts)]
    try:
        return parts[0].decode("ascii"), parts[1:]
    except UnicodeDecodeError:
        return None, []


def _read(part: bytes) -> dict[str, Any]:
    read = json.loads(part, object_pairs_hook=_unique)
    if not isinstance(read, dict):
        message = "a part of a message is no object"
        raise ValueError(message)  # noqa: TRY004 - of a text that was sent
    return read


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        message = "a key stands twice"
        raise ValueError(message)
    return made
