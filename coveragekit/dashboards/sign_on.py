"""Say who sends a request: by what the sign-on proxy tells, or by a token."""

from __future__ import annotations

import contextlib
import hmac
import ipaddress
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from coveragekit.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from coveragekit.dashboards.serving import Proxy, Serving

__all__ = ["Visitor", "by_proxy", "is_token", "may_call"]

_LONGEST_NAME: Final = 200


@dataclass(frozen=True, slots=True)
class Visitor:
    """
    Somebody who is let in.

    Parameters
    ----------
    user
        Name.
    role
        Role.
    """

    user: str
    role: str


def by_proxy(
    proxy: Proxy, *, peer: str, headers: Mapping[str, Sequence[str]]
) -> Visitor:
    """
    Give who the sign-on proxy says that it is.

    Parameters
    ----------
    proxy
        The proxy.
    peer
        Address of the other end of the connection.
    headers
        Name of each header, in lower case, to all its values.

    Returns
    -------
    Visitor
        Name and role.

    Raises
    ------
    InputError
        The request did not come through the proxy, or the proxy names nobody, or
        somebody without a role here.

    Examples
    --------
    >>> from coveragekit.dashboards.serving import Proxy
    >>> proxy = Proxy("s" * 32, groups={"cov-planners": "planner"})
    >>> headers = {"x-coveragekit-secret": ["s" * 32], "x-forwarded-user": ["kim"],
    ...     "x-forwarded-groups": ["staff,cov-planners"]}
    >>> by_proxy(proxy, peer="127.0.0.1", headers=headers)
    Visitor(user='kim', role='planner')
    """
    told = _one(headers, proxy.secret_header) or ""
    if not may_call(proxy, peer) or not hmac.compare_digest(
        told.encode("utf-8", "replace"), proxy.secret.encode("utf-8", "replace")
    ):
        message = "this page is reached through its sign-on alone; ask for its address"
        raise InputError(message)
    user = _readable(_one(headers, proxy.user_header) or "")
    if not user:
        message = "the sign-on did not say who you are; sign on again"
        raise InputError(message)
    listed = headers.get(proxy.role_header.lower(), ())
    groups = {_readable(one).strip() for text in listed for one in text.split(",")}
    for group, role in proxy.groups.items():
        if group in groups:
            return Visitor(user, role)
    if proxy.role is None:
        message = f"{user} has no role here; ask the administrator for one"
        raise InputError(message)
    return Visitor(user, proxy.role)


def may_call(proxy: Proxy, peer: str) -> bool:
    """
    Whether the proxy calls from an address.

    Parameters
    ----------
    proxy
        The proxy.
    peer
        The address.

    Returns
    -------
    bool
        ``False`` also where it is no address.
    """
    try:
        seen = ipaddress.ip_address(peer.partition("%")[0])
    except ValueError:
        return False
    # One that listens at both kinds of addresses sees the older kind in this form.
    mapped = getattr(seen, "ipv4_mapped", None) or seen
    return any(mapped == ipaddress.ip_address(one) for one in proxy.addresses)


def is_token(serving: Serving, given: str) -> bool:
    """
    Whether a text is the server's token.

    Parameters
    ----------
    serving
        How it serves.
    given
        The text.

    Returns
    -------
    bool
        ``False`` where the server has none.
    """
    token = serving.token.encode("utf-8")
    return bool(token) and hmac.compare_digest(given.encode("utf-8", "replace"), token)


def _one(headers: Mapping[str, Sequence[str]], name: str) -> str | None:
    """Give a header that is there once; one that is there twice says nothing."""
    values = headers.get(name.lower(), ())
    return values[0] if len(values) == 1 else None


def _readable(text: str) -> str:
    """Give a name as people write it, or nothing where it is none."""
    # Headers are bytes; what sends them writes UTF-8.
    with contextlib.suppress(UnicodeEncodeError, UnicodeDecodeError):
        text = text.encode("latin-1").decode("utf-8")
    is_plain = all(unicodedata.category(one)[0] != "C" for one in text)
    return text if is_plain and len(text) <= _LONGEST_NAME else ""
