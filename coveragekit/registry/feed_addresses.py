"""Whether two addresses of feeds are one, however they are written."""

from __future__ import annotations

import contextlib
import ipaddress
import re
import socket
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote, urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["SCHEMES", "Known", "Plain", "host_of", "is_one", "plain"]

_CHANNEL: Final = "{channel}"
_PORTS: Final = {
    "rtsp": 554,
    "rtsps": 322,
    "http": 80,
    "https": 443,
    "onvif": 80,
    "onvifs": 443,
}
SCHEMES: Final = (*_PORTS, "recording")
"""What feeds are spoken to in; ``recording`` is a file on this machine."""


@dataclass(frozen=True, slots=True)
class Plain:
    """
    An address as it is compared, in no ``repr``.

    Parameters
    ----------
    host
        The device.
    rest
        Scheme, port, path and query, as they are the same however they are written.
    """

    host: str = field(repr=False)
    rest: str = field(repr=False)


def host_of(address: str) -> str | None:
    """
    Give the device of an address.

    Parameters
    ----------
    address
        The address.

    Returns
    -------
    str or None
        Its host in small letters, an IP address in its usual form; ``None`` where it is
        no address of a device.

    Examples
    --------
    >>> host_of("rtsp://CAM.example:554/main")
    'cam.example'
    >>> host_of("rtsp://10.0.0.1:main/") is host_of("http://167772161/") is None
    True
    """
    found = plain(address)
    return None if found is None else found.host


def plain(address: str) -> Plain | None:
    """
    Give an address as it is compared.

    Parameters
    ----------
    address
        The address.

    Returns
    -------
    Plain or None
        Without a fragment, an empty query, the port that is usual, and what is written
        in hexadecimal without need; ``None`` where it is no address of a device.

    Examples
    --------
    >>> plain("rtsp://10.0.0.1/x") == plain("rtsp://10.0.0.1:554/%78?#top")
    True
    """
    # what the library says of an address that it cannot read holds the address
    with contextlib.suppress(ValueError):
        parts = urlsplit(address)
        port = parts.port
        if port == 0 or not parts.hostname or set("%\\") & set(parts.netloc):
            return None
        port = port or _PORTS.get(parts.scheme)
        path = unquote(parts.path) or "/"
        asked = f"?{unquote(parts.query)}" if parts.query else ""
        host = _usual(parts.hostname.rstrip("."))
        rest = f"{parts.scheme}:{port}{path}{asked}"
        return None if host is None else Plain(host, rest)
    return None


def is_one(first: Plain, second: Plain) -> bool:
    """
    Whether two addresses are one, or one is a channel of the other.

    Parameters
    ----------
    first, second
        What :func:`plain` gave.

    Returns
    -------
    bool
        Whether whoever opens one sees what the other shows.

    Examples
    --------
    >>> recorder = plain("rtsp://10.0.0.9/ch{channel}")
    >>> is_one(plain("rtsp://10.0.0.9/ch3"), recorder)
    True
    """
    if first.host != second.host:
        return False
    for one, other in ((first, second), (second, first)):
        if _CHANNEL in one.rest and _CHANNEL not in other.rest:
            parts = map(re.escape, one.rest.split(_CHANNEL))
            return re.fullmatch("[0-9]+".join(parts), other.rest) is not None
    return first.rest == second.rest


class Known:
    """
    Addresses that feeds have, found quickly.

    Parameters
    ----------
    held
        Each address and the feed that has it.
    """

    def __init__(self, held: Iterable[tuple[str, str]]) -> None:
        self._at: dict[str, dict[Plain, str]] = {}
        self._recorders: dict[str, set[Plain]] = {}
        for address, feed in held:
            self.add(address, feed)

    def add(self, address: str, feed: str) -> None:
        """
        Take note of an address.

        Parameters
        ----------
        address
            The address.
        feed
            The feed that has it.
        """
        one = plain(address)
        if one is None:
            return
        self._at.setdefault(one.host, {})[one] = feed
        if _CHANNEL in one.rest:
            self._recorders.setdefault(one.host, set()).add(one)

    def drop(self, address: str) -> None:
        """
        Take note that no feed has an address any more.

        Parameters
        ----------
        address
            The address.
        """
        one = plain(address)
        if one is not None:
            self._at.get(one.host, {}).pop(one, None)
            self._recorders.get(one.host, set()).discard(one)

    def other_than(self, address: str, feed: str) -> str | None:
        """
        Give a feed that has an address, but for one feed.

        Parameters
        ----------
        address
            The address.
        feed
            The feed that may have it.

        Returns
        -------
        str or None
            The other feed; ``None`` where there is none.
        """
        one = plain(address)
        if one is None:
            return None
        held = self._at.get(one.host, {})
        near: Iterable[Plain] = held
        if _CHANNEL not in one.rest:
            near = {one} & held.keys() | self._recorders.get(one.host, set())
        return next((held[x] for x in near if held[x] != feed and is_one(one, x)), None)


def _usual(host: str) -> str | None:
    """Give a host as it is compared; ``None`` for an IP address that is hidden."""
    with contextlib.suppress(ValueError):
        return str(ipaddress.ip_address(host))
    with contextlib.suppress(OSError, ValueError):
        # 167772161 and 0xa.1 are addresses to whoever opens them, and to nobody else
        socket.inet_aton(host)
        return None
    return host
