"""Serve the owner's form: open to everybody, without a kernel, on a port of its own."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import threading
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Self

from tornado.httpserver import HTTPServer

from coveragekit.errors import InputError
from coveragekit.server.app import make_app
from coveragekit.server.desk import Desk
from coveragekit.server.shop import Front

if TYPE_CHECKING:
    from collections.abc import Mapping
    from os import PathLike

    from coveragekit.server.catalogue import Catalogue
    from coveragekit.server.limits import Allowance
    from coveragekit.server.office import Office

__all__ = ["Public", "serve_public"]

_LOOPBACK: Final = "127.0.0.1"
_STOP_WITHIN_S: Final = 10.0
_DRAIN_S: Final = 5.0
_MOST_BODY: Final = 65_536
_MOST_HEADERS: Final = 16_384
_BODY_WITHIN_S: Final = 15.0
_IDLE_S: Final = 60.0


@dataclass(slots=True)
class Public:
    """
    A form that is being served; usable as a context manager.

    Parameters
    ----------
    url
        Its address on this machine.
    """

    url: str
    _loop: asyncio.AbstractEventLoop = field(repr=False)
    _over: asyncio.Event = field(repr=False)
    _thread: threading.Thread = field(repr=False)

    def is_running(self) -> bool:
        """Whether the server has not ended."""
        return self._thread.is_alive()

    def wait(self) -> None:
        """Wait until the server ends; ``KeyboardInterrupt`` passes through."""
        while self._thread.is_alive():
            self._thread.join(0.5)

    def stop(self) -> None:
        """Stop the server; again does nothing."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._over.set)
            self._thread.join(_STOP_WITHIN_S)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.stop()


def serve_public(  # noqa: PLR0913 - as the command line gives it
    study: str | PathLike[str],
    office: Office,
    *,
    port: int = 0,
    address: str = _LOOPBACK,
    front: Front | None = None,
    catalogue: Catalogue | None = None,
    allowed: Mapping[str, Allowance] | None = None,
) -> Public:
    """
    Serve the owner's form of a built study, and return once it answers.

    Parameters
    ----------
    study
        The study's folder.
    office
        The registry, as far as the form may reach it.
    port
        Port to listen at, 1 to 65535, or 0 for any free one.
    address
        Address to listen at; another than the loopback's only with names in
        ``front.hosts``.
    front
        What the form says of the city, and how it is reached.
    catalogue
        Models of cameras; by default the generic list.
    allowed
        How often each address may ask; by default as ``limits.ALLOWED`` has it.

    Returns
    -------
    Public
        The address, and the handle that stops it.

    Raises
    ------
    InputError
        A port that is out of range or in use, an address that is none, or one that
        others can reach while no name is given under which they ask.
    StudyError
        The folder is no study, or was never built, or by another version.

    Notes
    -----
    A form that the public can reach belongs behind a reverse proxy that speaks HTTPS;
    name the proxy in ``front.proxies``, else all visitors count as one.
    """
    settings = front or Front()
    _check(port, address, settings)
    desk = Desk(study)
    try:
        app = make_app(desk, office, settings, catalogue=catalogue, allowed=allowed)
        bound = _listen(port, address)
    except InputError:
        desk.close()
        raise
    except OSError as error:
        desk.close()
        message = (
            f"port {port} cannot be used: {error.strerror or error}; choose another, "
            "or 0 for any free one"
        )
        raise InputError(message) from error
    started: Future[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = Future()

    async def live() -> None:
        over = asyncio.Event()
        server = HTTPServer(
            app,
            max_body_size=_MOST_BODY,
            max_header_size=_MOST_HEADERS,
            max_buffer_size=4 * _MOST_BODY,
            body_timeout=_BODY_WITHIN_S,
            idle_connection_timeout=_IDLE_S,
        )
        server.add_sockets([bound])
        desk.make_ready()
        started.set_result((asyncio.get_running_loop(), over))
        await over.wait()
        server.stop()
        # What is being written down is answered first: nobody has to send it again.
        await desk.office.drained(_DRAIN_S)
        await server.close_all_connections()
        desk.close()

    thread = threading.Thread(target=asyncio.run, args=(live(),), name="form")
    thread.daemon = True
    thread.start()
    loop, over = started.result(_STOP_WITHIN_S)
    host = _LOOPBACK if ipaddress.ip_address(address).is_unspecified else address
    named = f"[{host}]" if ":" in host else host
    return Public(
        f"http://{named}:{bound.getsockname()[1]}{settings.base_url}",
        loop,
        over,
        thread,
    )


def _listen(port: int, address: str) -> socket.socket:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    listening = socket.create_server((address, port), family=family, backlog=128)
    listening.setblocking(False)  # noqa: FBT003 - the socket's own signature
    return listening


def _check(port: int, address: str, front: Front) -> None:
    if not 0 <= port <= 65535:
        message = f"port {port} is out of range; allowed: 1 to 65535, or 0 for any free"
        raise InputError(message)
    try:
        is_own = ipaddress.ip_address(address).is_loopback
    except ValueError as error:
        message = f"{address!r} is no address; allowed: one such as {_LOOPBACK}"
        raise InputError(message) from error
    if not is_own and not front.hosts:
        message = (
            f"address is {address}, which others can reach; name the host under which "
            "they ask, such as cameras.example.org"
        )
        raise InputError(message)
    base = front.base_url
    if not (base.startswith("/") and base.endswith("/")):
        message = f"base_url is {base!r}; allowed: a path such as /cameras/"
        raise InputError(message)
