"""Which internet addresses a camera may have."""

from __future__ import annotations

from functools import lru_cache
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from typing import Final

from coveragekit.errors import InputError

__all__ = ["judge", "parse_networks", "plain_ip"]

IP = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

# What clouds tell a machine about itself, keys included; two lie outside link-local.
_METADATA: Final = frozenset(
    ip_address(text)
    for text in (
        "169.254.169.254",
        "169.254.170.2",
        "100.100.100.200",
        "168.63.129.16",
        "192.0.0.192",
        "fd00:ec2::254",
    )
)
# IPv6 addresses that hold an IPv4 address for some gateway to unpack.
_CARRIERS: Final = tuple(
    ip_network(text)
    for text in ("2002::/16", "64:ff9b::/96", "64:ff9b:1::/48", "2001::/32", "::/96")
)
_SHARED: Final = ip_network("100.64.0.0/10")


@lru_cache(maxsize=64)
def parse_networks(texts: tuple[str, ...]) -> tuple[Network, ...]:
    """
    Read networks such as ``10.20.0.0/16``.

    Parameters
    ----------
    texts
        The networks; bits behind the prefix have to be zero.

    Returns
    -------
    tuple
        The networks in the same order.

    Raises
    ------
    InputError
        One of them is no network.

    Examples
    --------
    >>> parse_networks(("10.20.0.0/16",))
    (IPv4Network('10.20.0.0/16'),)
    >>> parse_networks(())
    ()
    """
    found: list[Network] = []
    for text in texts:
        try:
            found.append(ip_network(text))
        except ValueError:
            message = f"{text!r} is no network; write it as 10.20.0.0/16"
            raise InputError(message) from None
    return tuple(found)


def plain_ip(address: IP) -> IP:
    """
    Give the IPv4 address that an IPv4-mapped IPv6 address stands for.

    Parameters
    ----------
    address
        The address.

    Returns
    -------
    IPv4Address or IPv6Address
        The address that packets really go to.

    Examples
    --------
    >>> plain_ip(ip_address("::ffff:10.1.2.3"))
    IPv4Address('10.1.2.3')
    """
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address


def judge(address: IP, *, networks: tuple[Network, ...], public: bool) -> str | None:
    """
    Say why no camera may be at an address.

    Parameters
    ----------
    address
        The address, not IPv4-mapped.
    networks
        The camera networks: only there may a private address be.
    public
        Whether a camera may have an address of the public internet.

    Returns
    -------
    str or None
        What the address is, in words that do not name it; ``None`` where it is allowed.

    Examples
    --------
    >>> inside = parse_networks(("10.20.0.0/16",))
    >>> judge(ip_address("10.20.3.4"), networks=inside, public=False)
    >>> judge(ip_address("10.99.3.4"), networks=inside, public=False)
    'a private address outside the camera networks'
    >>> judge(ip_address("169.254.169.254"), networks=inside, public=True)
    'an address at which a cloud tells its secrets'
    """
    never = _never(address)
    if never is not None:
        return never
    if any(address in network for network in networks):
        return None
    if not address.is_global or address in _SHARED:
        return "a private address outside the camera networks"
    return None if public else "a public address, and the policy allows none"


def _never(address: IP) -> str | None:
    if address in _METADATA:
        return "an address at which a cloud tells its secrets"
    if isinstance(address, IPv6Address) and (
        address.is_site_local or any(address in network for network in _CARRIERS)
    ):
        if address.is_loopback:
            return "this machine itself"
        if not address.is_unspecified:
            return "an IPv6 address that hides another one"
    kinds = {
        "this machine itself": address.is_loopback,
        "an address of one cable only (link-local)": address.is_link_local,
        "an address of many machines (multicast)": address.is_multicast,
        "no address of a machine": address.is_unspecified or _is_void(address),
    }
    return next((words for words, holds in kinds.items() if holds), None)


def _is_void(address: IP) -> bool:
    if isinstance(address, IPv6Address):
        return address.is_reserved
    return address.is_reserved or address in ip_network("0.0.0.0/8")
