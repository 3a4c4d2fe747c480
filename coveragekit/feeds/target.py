"""What has to be known to reach one camera; it never shows an address."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["FeedTarget", "Login"]


@dataclass(frozen=True, slots=True)
class Login:
    """
    A device's user name and password, fetched at the moment they are needed.

    Parameters
    ----------
    user
        The user name on the device.
    password
        The password; it is in no ``repr``.
    """

    user: str = field(repr=False)
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class FeedTarget:
    """
    One camera as a thing to connect to; only its id may be told to anybody.

    Parameters
    ----------
    camera_id
        The camera's id in the registry, which every message names it by.
    address
        Where its main stream is; a URL without user name and password. The scheme says
        how it is opened.
    substream
        Where its smaller stream is, for walls.
    snapshot
        Where a single JPEG picture is had over HTTP.
    replay
        Where recorded footage is had.
    login
        Gives user name and password when called; nothing is kept.
    tls
        ``"verify"``: the certificate is checked against the known authorities;
        ``"pinned"``: it has to be the one of `certificate_sha256`; ``"off"``: not
        checked, as recorded for this camera.
    certificate_sha256
        The SHA-256 of the certificate (DER) in lower-case hex, where it is pinned.
    """

    camera_id: str
    address: str = field(repr=False)
    substream: str | None = field(default=None, repr=False)
    snapshot: str | None = field(default=None, repr=False)
    replay: str | None = field(default=None, repr=False)
    login: Callable[[], Login] | None = field(default=None, repr=False)
    tls: Literal["verify", "pinned", "off"] = "verify"
    certificate_sha256: str | None = None
