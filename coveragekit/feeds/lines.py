"""A line to an admitted address: connected, and its certificate checked, in time."""

from __future__ import annotations

import hashlib
import hmac
import selectors
import socket
import ssl
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from coveragekit.errors import (
    FeedBroken,
    FeedTimeout,
    FeedUnreachable,
    FeedUntrusted,
)

if TYPE_CHECKING:
    from pathlib import Path

    from coveragekit.feeds.gate import Admitted

__all__ = ["Trust", "connect_line"]


@dataclass(frozen=True, slots=True)
class Trust:
    """
    Whose certificate is believed.

    Parameters
    ----------
    tls
        ``"verify"``, ``"pinned"`` or ``"off"``, as in a feed's target.
    certificate_sha256
        The pin.
    authorities
        A file of certificates that are trusted besides the system's.
    """

    tls: Literal["verify", "pinned", "off"] = "verify"
    certificate_sha256: str | None = field(default=None, repr=False)
    authorities: Path | None = field(default=None, repr=False)


def connect_line(place: Admitted, trust: Trust, *, ends_at_s: float) -> socket.socket:
    """
    Connect to the one admitted address; nothing is sent before it is trusted.

    Parameters
    ----------
    place
        Where to.
    trust
        Whose certificate is believed, where TLS is spoken.
    ends_at_s
        Until when, on ``time.monotonic()``.

    Returns
    -------
    socket.socket
        The line; an ``ssl.SSLSocket`` where TLS is spoken.

    Raises
    ------
    FeedUnreachable
        The connection is refused, or no way leads there.
    FeedTimeout
        Nothing answers, or TLS does not come about in time.
    FeedUntrusted
        The certificate is not the one that is asked for.
    FeedBroken
        What answers speaks no TLS.
    """
    try:
        left_s = max(0.05, ends_at_s - time.monotonic())
        line = socket.create_connection((place.ip, place.port), timeout=left_s)
    except ConnectionRefusedError:
        message = "nothing listens there: the connection was refused"
        raise FeedUnreachable(message) from None
    except TimeoutError:
        message = "nothing answered the connection in time"
        raise FeedTimeout(message) from None
    except OSError:
        message = "no way leads to it, or the connection was cut"
        raise FeedUnreachable(message) from None
    try:
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if not place.is_secure:
            return line
        return _secure(line, place, trust, ends_at_s=ends_at_s)
    except BaseException:
        line.close()
        raise


def _secure(
    line: socket.socket, place: Admitted, trust: Trust, *, ends_at_s: float
) -> ssl.SSLSocket:
    secure = _wrapped(line, place, trust)
    try:
        # a device that sends the handshake byte by byte restarts no clock of ours
        _shake(secure, ends_at_s)
        _check_pin(secure, trust)
    except ssl.SSLCertVerificationError as fault:
        secure.close()
        message = f"its certificate is not trusted: {fault.verify_message}"
        raise FeedUntrusted(message) from None
    except FeedUntrusted:
        secure.close()
        raise
    except TimeoutError:
        secure.close()
        message = "TLS did not come about in time"
        raise FeedTimeout(message) from None
    except OSError:
        secure.close()
        message = "it speaks no TLS that can be spoken here"
        raise FeedBroken(message) from None
    return secure


def _wrapped(line: socket.socket, place: Admitted, trust: Trust) -> ssl.SSLSocket:
    try:
        return _context(trust).wrap_socket(
            line, server_hostname=place.host, do_handshake_on_connect=False
        )
    except (OSError, ValueError):
        line.close()
        message = "the connection to it was cut"
        raise FeedBroken(message) from None


def _check_pin(secure: ssl.SSLSocket, trust: Trust) -> None:
    if trust.tls == "pinned":
        shown = hashlib.sha256(secure.getpeercert(binary_form=True) or b"").hexdigest()
        pinned = (trust.certificate_sha256 or "").replace(":", "").lower()
        if not hmac.compare_digest(shown.encode(), pinned.encode()):
            message = "its certificate is not the one that was recorded for it"
            raise FeedUntrusted(message)


def _shake(secure: ssl.SSLSocket, ends_at_s: float) -> None:
    secure.settimeout(0.0)
    with selectors.DefaultSelector() as waiting:
        waiting.register(secure, selectors.EVENT_READ)
        while True:
            left_s = ends_at_s - time.monotonic()
            if left_s <= 0:
                raise TimeoutError
            try:
                secure.do_handshake()
            except ssl.SSLWantReadError:
                waiting.modify(secure, selectors.EVENT_READ)
                waiting.select(left_s)
            except ssl.SSLWantWriteError:
                waiting.modify(secure, selectors.EVENT_WRITE)
                waiting.select(left_s)
            else:
                return


def _context(trust: Trust) -> ssl.SSLContext:
    if trust.tls == "verify":
        context = ssl.create_default_context()
        if trust.authorities is not None:
            context.load_verify_locations(str(trust.authorities))
        return context
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
