"""Answers to a device that asks who is there: Basic and Digest, over HTTP and RTSP."""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from coveragekit.errors import FeedLoginError, FeedUnsupported

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from coveragekit.feeds.target import Login

__all__ = ["Signer", "parse_challenge"]

_PAIR: Final = re.compile(r'([A-Za-z]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,]+))')
_HASHES: Final = {"md5": "md5", "sha-256": "sha256"}
_LONGEST: Final = 4096


def parse_challenge(header: str) -> tuple[str, dict[str, str]]:
    """
    Read the value of one ``WWW-Authenticate``.

    Parameters
    ----------
    header
        The value.

    Returns
    -------
    tuple
        The method in lower case, and its words by name in lower case.

    Examples
    --------
    >>> parse_challenge('Digest realm="a, b", nonce="1", stale=TRUE')
    ('digest', {'realm': 'a, b', 'nonce': '1', 'stale': 'TRUE'})
    >>> parse_challenge("")
    ('', {})
    """
    method, _, rest = header[:_LONGEST].strip().partition(" ")
    words = {
        name.lower(): quoted.replace('\\"', '"') if quoted else plain
        for name, quoted, plain in _PAIR.findall(rest)
    }
    return method.lower(), words


@dataclass(slots=True)
class Signer:
    """
    Signs requests with a device's login, once it has asked for it; never twice alike.

    Parameters
    ----------
    login
        Gives name and password, or ``None`` where none is kept.
    """

    login: Callable[[], Login] | None = field(default=None, repr=False)
    _asked: tuple[str, dict[str, str]] | None = field(default=None, repr=False)
    _count: int = field(default=0, repr=False)

    def take(self, headers: Iterable[str]) -> None:
        """
        Take the challenges of an answer 401; the strongest one is met from now on.

        Parameters
        ----------
        headers
            The values of its ``WWW-Authenticate``.

        Raises
        ------
        FeedLoginError
            No login is kept, or the one that was given is refused.
        FeedUnsupported
            The device asks in a way that is not known.
        """
        if self.login is None:
            message = "it asks for a name and password, and none is kept for it"
            raise FeedLoginError(message)
        asked = [parse_challenge(header) for header in headers]
        if not asked:
            message = "it lets nobody in and does not say how to log in"
            raise FeedLoginError(message)
        known = [one for one in asked if _rank(one) > 0]
        if not known:
            message = "it asks for a login in a way that is not known here"
            raise FeedUnsupported(message)
        best = max(known, key=_rank)
        is_stale = best[1].get("stale", "").lower() == "true"
        was = self._asked
        if was is not None and not (is_stale and best[1] != was[1]):
            message = "it refuses the name and password that are kept for it"
            raise FeedLoginError(message)
        self._asked, self._count = best, 0

    def renew(self, headers: Iterable[str]) -> bool:
        """
        Take the fresh challenge of a device that had let us in before.

        Parameters
        ----------
        headers
            The values of its ``WWW-Authenticate``.

        Returns
        -------
        bool
            Whether there is something new to sign with.
        """
        known = [one for one in map(parse_challenge, headers) if _rank(one) > 0]
        if self.login is None or not known:
            return False
        best = max(known, key=_rank)
        is_new, self._asked = best != self._asked, best
        self._count = 0 if is_new else self._count
        return is_new

    def sign(self, method: str, uri: str) -> str | None:
        """
        Give the ``Authorization`` of a request.

        Parameters
        ----------
        method
            Such as ``"GET"`` or ``"DESCRIBE"``.
        uri
            What stands in the request's first line.

        Returns
        -------
        str or None
            The value; ``None`` while the device has not asked.
        """
        if self._asked is None or self.login is None:
            return None
        login = self.login()
        kind, words = self._asked
        if kind == "basic":
            both = f"{login.user}:{login.password}".encode()
            return f"Basic {base64.b64encode(both).decode()}"
        self._count += 1
        return _digest(words, login, (method, uri), count=self._count)


def _rank(asked: tuple[str, dict[str, str]]) -> int:
    kind, words = asked
    if kind == "digest" and words.get("algorithm", "MD5").lower() in _HASHES:
        qop = words.get("qop")
        if qop is None or "auth" in re.split(r"[,\s]+", qop):
            return 3 if words.get("algorithm", "").lower() == "sha-256" else 2
    return 1 if kind == "basic" else 0


def _digest(
    words: dict[str, str], login: Login, asked: tuple[str, str], *, count: int
) -> str:
    algorithm = words.get("algorithm", "MD5")
    name = _HASHES[algorithm.lower()]

    def hashed(*parts: str) -> str:
        text = ":".join(parts).encode()
        return hashlib.new(name, text, usedforsecurity=False).hexdigest()

    realm, nonce = words.get("realm", ""), words.get("nonce", "")
    first = hashed(login.user, realm, login.password)
    second = hashed(*asked)
    said = {"username": login.user, "realm": realm, "nonce": nonce, "uri": asked[1]}
    plain: dict[str, str] = {}
    if "qop" in words:
        own, number = secrets.token_hex(8), f"{count:08x}"
        said["response"] = hashed(first, nonce, number, own, "auth", second)
        said["cnonce"] = own
        plain = {"qop": "auth", "nc": number}
    else:
        said["response"] = hashed(first, nonce, second)
    if "algorithm" in words:
        plain["algorithm"] = algorithm
    if "opaque" in words:
        said["opaque"] = words["opaque"]
    quoted = [f'{key}="{_escaped(value)}"' for key, value in said.items()]
    return "Digest " + ", ".join([*quoted, *(f"{k}={v}" for k, v in plain.items())])


def _escaped(text: str) -> str:
    # a line break in a realm or a name would begin a header of its own
    clean = re.sub(r"[\r\n]", "", text)
    return clean.replace("\\", "\\\\").replace('"', '\\"')
