"""The gate: which addresses a feed may be fetched from, decided before any connect."""

from __future__ import annotations

import re
import socket
import threading
from dataclasses import dataclass, field
from ipaddress import IPv6Address, ip_address
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

from coveragekit.errors import (
    FeedForbidden,
    FeedNotFound,
    FeedTimeout,
    FeedUnreachable,
    InputError,
)
from coveragekit.feeds.networks import IP, judge, parse_networks, plain_ip

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

__all__ = ["Admitted", "Gate", "system_addresses"]

_PORTS: Final = {
    "rtsp": 554,
    "rtsps": 322,
    "http": 80,
    "https": 443,
    "onvif": 80,
    "onvifs": 443,
}
_SECURE: Final = frozenset({"rtsps", "https", "onvifs"})
_CAMERA_PORTS: Final = frozenset({80, 322, 443, 554, 8000, 8080, 8443, 8554})
_LONGEST: Final = 2048
_ADDRESS: Final = re.compile(
    r"(?P<scheme>[a-z][a-z0-9+.-]*)://"
    r"(?P<host>\[[0-9a-f]*:[0-9a-f:.]*\]|[a-z0-9_.-]+)(?::(?P<port>[0-9]{1,5}))?"
    r"(?P<path>[/?][!-\"$-;=?-\[\]-_a-z{|}~]*)?",
    re.IGNORECASE | re.ASCII,
)
_LABEL: Final = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?", re.ASCII)
_LOOK_UP_S: Final = 3.0


def system_addresses(host: str) -> Sequence[str]:
    """
    Ask the machine's resolver for the addresses of a name, in bounded time.

    Parameters
    ----------
    host
        The name.

    Returns
    -------
    sequence of str
        The addresses; empty where the name is unknown.

    Raises
    ------
    FeedTimeout
        The resolver did not answer.
    """
    found: list[Sequence[str]] = []

    def ask() -> None:
        try:
            rows = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError):
            rows = []
        found.append([str(row[4][0]) for row in rows])

    # getaddrinfo cannot be told to hurry, so it is left alone where it does not
    asking = threading.Thread(target=ask, name="feed name", daemon=True)
    asking.start()
    asking.join(_LOOK_UP_S)
    if not found:
        message = "its host name could not be looked up in time"
        raise FeedTimeout(message)
    return found[0]


@dataclass(frozen=True, slots=True)
class Admitted:
    """
    An address that may be connected to; nothing of it is in its ``repr``.

    Parameters
    ----------
    scheme
        How it is spoken to.
    host
        The name or address as it was written, for certificates and ``Host``.
    ip
        The one address to connect to; the name is not looked up again.
    port
        The port.
    path
        Path and query, beginning with a slash.
    """

    scheme: str = field(repr=False)
    host: str = field(repr=False)
    ip: str = field(repr=False)
    port: int = field(repr=False)
    path: str = field(repr=False)

    @property
    def is_secure(self) -> bool:
        """Whether TLS is spoken."""
        return self.scheme in _SECURE

    @property
    def authority(self) -> str:
        """Host and port as they stand in an address."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if _PORTS[self.scheme] == self.port else f"{host}:{self.port}"

    @property
    def url(self) -> str:
        """The whole address, for requests only."""
        return f"{self.scheme}://{self.authority}{self.path}"


@dataclass(frozen=True, slots=True)
class Gate:
    """
    What the policy says about where feeds may come from.

    Parameters
    ----------
    networks
        The camera networks, such as ``("10.20.0.0/16",)``. Private addresses are
        allowed only in them.
    public
        Whether cameras may have addresses of the public internet.
    ports
        The ports that cameras may listen on.
    schemes
        What may be spoken: of ``rtsp``, ``rtsps``, ``http``, ``https``, ``onvif``,
        ``onvifs`` and ``recording``.
    exempt
        Pairs of an IP address and a port that are allowed whatever they are: the
        simulated cameras of a demonstration on this machine.
    file_root
        The folder below which recorded files may be opened; without one, none.
    authorities
        A file of certificates (PEM) that are trusted besides the system's.
    resolver
        Gives the addresses of a host name.

    Raises
    ------
    InputError
        A network that is none.

    Examples
    --------
    >>> gate = Gate(networks=("10.20.0.0/16",))
    >>> gate.admit("rtsp://10.20.3.4/main").port
    554
    >>> gate.admit("rtsp://10.99.3.4/main")
    Traceback (most recent call last):
        ...
    coveragekit.errors.FeedForbidden: its address is a private address outside the \
camera networks
    """

    networks: tuple[str, ...] = ()
    public: bool = False
    ports: frozenset[int] = _CAMERA_PORTS
    schemes: frozenset[str] = frozenset({*_PORTS, "recording"})
    exempt: frozenset[tuple[str, int]] = frozenset()
    file_root: Path | None = field(default=None, repr=False)
    authorities: Path | None = field(default=None, repr=False)
    resolver: Callable[[str], Sequence[str]] = field(
        default=system_addresses, repr=False
    )

    def __post_init__(self) -> None:
        parse_networks(self.networks)
        for ip, _ in self.exempt:
            try:
                ip_address(ip)
            except ValueError:
                message = f"{ip!r} is no IP address; exempt takes pairs of IP and port"
                raise InputError(message) from None

    def admit(self, address: str) -> Admitted:
        """
        Let an address pass, or refuse it; its name is looked up once, here.

        Parameters
        ----------
        address
            The address, without user name and password.

        Returns
        -------
        Admitted
            Where exactly to connect to.

        Raises
        ------
        FeedForbidden
            The address is no plain one, or the policy leaves it out.
        FeedUnreachable
            Its host name is not known.
        FeedTimeout
            The resolver did not answer.
        """
        parts = self._split(address)
        scheme = parts["scheme"].lower()
        host = parts["host"].strip("[]").lower()
        port = int(parts["port"] or _PORTS[scheme])
        written = _written_ip(host)
        if written is None:
            found = [plain_ip(ip_address(text)) for text in self.resolver(host)]
            if not found:
                message = "its host name is not known"
                raise FeedUnreachable(message)
        else:
            found = [plain_ip(written)]
        # one bad answer among good ones is how a name is turned against its asker
        for ip in found:
            self._check(ip, port)
        path = parts["path"] or "/"
        path = path if path.startswith("/") else f"/{path}"
        return Admitted(scheme, host, str(found[0]), port, path)

    def admit_file(self, address: str) -> Path:
        """
        Let the address of a recorded file pass, or refuse it.

        Parameters
        ----------
        address
            Such as ``recording://2026/door.mp4``: a path below the root, with special
            characters written as in any address.

        Returns
        -------
        Path
            The file, links followed.

        Raises
        ------
        FeedForbidden
            It is outside the root, or no root is allowed.
        FeedNotFound
            There is no such file.
        """
        name = unquote(address.partition("://")[2])
        if self.file_root is None or "recording" not in self.schemes:
            message = "no folder of recorded files is allowed"
            raise FeedForbidden(message)
        if not name or len(address) > _LONGEST or not name.isprintable():
            message = "its address is not that of a file"
            raise FeedForbidden(message)
        root = self.file_root.resolve()
        path = (root / name).resolve()
        if not path.is_relative_to(root):
            message = "its file lies outside the folder of recorded files"
            raise FeedForbidden(message)
        if not path.is_file():
            message = "there is no such recorded file"
            raise FeedNotFound(message)
        return path

    def _split(self, address: str) -> dict[str, str]:
        found = _ADDRESS.fullmatch(address) if len(address) <= _LONGEST else None
        if found is None:
            message = (
                "its address is not a plain one: scheme://host:port/path, without a "
                "user name, spaces or a fragment"
            )
            raise FeedForbidden(message)
        scheme = found["scheme"].lower()
        if scheme not in self.schemes or scheme not in _PORTS:
            allowed = ", ".join(sorted(self.schemes & _PORTS.keys()))
            message = f"its address begins with a scheme that is not one of: {allowed}"
            raise FeedForbidden(message)
        return found.groupdict(default="")

    def _check(self, ip: IP, port: int) -> None:
        if (str(ip), port) in self.exempt:
            return
        if port not in self.ports:
            message = "its port is not one that the policy allows for cameras"
            raise FeedForbidden(message)
        networks = parse_networks(self.networks)
        refusal = judge(ip, networks=networks, public=self.public)
        if refusal is not None:
            message = f"its address is {refusal}"
            raise FeedForbidden(message)


def _written_ip(host: str) -> IP | None:
    try:
        found = ip_address(host)
    except ValueError:
        found = None
    if found is not None:
        if isinstance(found, IPv6Address) and found.scope_id is not None:
            message = "its address has a zone"
            raise FeedForbidden(message)
        return found
    labels = host.removesuffix(".").split(".")
    # 0x7f.1, 017700000001 and 2130706433 are addresses to some, and names to none
    if (
        labels[-1][:1].isdigit()
        or re.fullmatch(r"0x[0-9a-f]*", labels[-1])
        or not all(_LABEL.fullmatch(label) for label in labels)
        or len(host) > 253
    ):
        message = "its host is neither an address nor a name"
        raise FeedForbidden(message)
    return None
