"""How often one address may ask, and which address it is that asks."""

from __future__ import annotations

import ipaddress
import time
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from coveragekit.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["ALLOWED", "Allowance", "Limits", "address_of", "network_of"]

_MOST_ADDRESSES: Final = 20_000
# A home or a shop has a whole network of this size, so it counts as one.
_HOME_V6: Final = 64
# What one who means harm may have as a whole: a site of IPv6, a small block of IPv4.
_WIDE_V6: Final = 48
_WIDE_V4: Final = 24


@dataclass(frozen=True, slots=True)
class Allowance:
    """
    How often something may be asked.

    Parameters
    ----------
    burst
        So many at once, 1 or more.
    per_minute
        So many a minute from then on, above 0.

    Raises
    ------
    InputError
        A number that is not allowed.
    """

    burst: int
    per_minute: float

    def __post_init__(self) -> None:
        if not (self.burst >= 1 and self.per_minute > 0.0):
            message = (
                f"an allowance of {self.burst} at once and {self.per_minute} a minute "
                "cannot be; allowed: 1 or more, and above 0"
            )
            raise InputError(message)


ALLOWED: Final[Mapping[str, Allowance]] = {
    "page": Allowance(60, 120),
    "tile": Allowance(400, 500),
    "search": Allowance(20, 60),
    "view": Allowance(80, 420),
    "submit": Allowance(5, 0.2),
    "withdraw": Allowance(5, 0.5),
    # Of a whole network: what one who has many addresses can put in the queue.
    "submit network": Allowance(20, 2),
    "withdraw network": Allowance(60, 60),
    # Of all addresses together: what a flood from many places can put in the queue.
    "submit all": Allowance(60, 10),
    # Nobody waits for it: tries to leave that fit nothing are written down so often.
    "miss all": Allowance(60, 20),
}
"""What each kind of question is allowed; those that end in ``network`` hold for all
addresses of a network together, those that end in ``all`` for everybody together."""


class Limits:
    """
    Count what addresses ask, and say when it is too much.

    Parameters
    ----------
    allowed
        The allowance of each kind; by default ``ALLOWED``.
    clock
        Gives seconds that never go back.

    Notes
    -----
    Only so many addresses are remembered; those longest silent are forgotten first.

    Examples
    --------
    >>> limits = Limits({"page": Allowance(2, 60)}, clock=lambda: 0.0)
    >>> [limits.wait_s("page", "192.0.2.1") for _ in range(3)]
    [0.0, 0.0, 1.0]
    """

    def __init__(
        self,
        allowed: Mapping[str, Allowance] | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._allowed = dict(ALLOWED if allowed is None else allowed)
        self._clock = clock
        self._totals: dict[str, tuple[float, float]] = {}
        self._left: OrderedDict[tuple[str, str], tuple[float, float]] = OrderedDict()

    def wait_s(self, kind: str, address: str) -> float:
        """
        Take one from an address's allowance, and from its network's where it has one.

        Parameters
        ----------
        kind
            What is asked, one of the kinds that were given.
        address
            Who asks.

        Returns
        -------
        float
            0 where it may be asked now, else how long to wait, seconds.
        """
        wait = self._wait_of(kind, address)
        if not wait and f"{kind} network" in self._allowed:
            wait = self._wait_of(f"{kind} network", network_of(address))
        return wait

    def _wait_of(self, kind: str, who: str) -> float:
        left, wait = self._taken(kind, self._left.pop((kind, who), None))
        self._left[kind, who] = left
        while len(self._left) > _MOST_ADDRESSES:
            self._left.popitem(last=False)
        return wait

    def wait_of_all_s(self, kind: str) -> float:
        """
        Take one from what everybody together may ask.

        Parameters
        ----------
        kind
            What is asked.

        Returns
        -------
        float
            0 where it may be asked now, or all together are not counted; else how long
            to wait, seconds.
        """
        named = f"{kind} all"
        if named not in self._allowed:
            return 0.0
        # Kept apart: no crowd of addresses makes it forgotten.
        left, wait = self._taken(named, self._totals.get(named))
        self._totals[named] = left
        return wait

    def _taken(
        self, kind: str, before: tuple[float, float] | None
    ) -> tuple[tuple[float, float], float]:
        """Take one: what is left since when, and how long to wait."""
        allowance, now = self._allowed[kind], self._clock()
        left, since = before or (float(allowance.burst), now)
        left = min(left + (now - since) * allowance.per_minute / 60.0, allowance.burst)
        wait = 0.0 if left >= 1.0 else (1.0 - left) * 60.0 / allowance.per_minute
        return (left if wait else left - 1.0, now), wait


def address_of(peer: str, forwarded: str, proxies: frozenset[str]) -> str:
    """
    Give who asks, as it is counted.

    Parameters
    ----------
    peer
        Address that the connection came from.
    forwarded
        The header ``X-Forwarded-For``; read only where a proxy of ours sends it.
    proxies
        Addresses of those proxies.

    Returns
    -------
    str
        An address; of IPv6 the network of 64 bits, because a home has one of its own.

    Examples
    --------
    >>> address_of("192.0.2.7", "203.0.113.9", frozenset())
    '192.0.2.7'
    >>> address_of("127.0.0.1", "198.51.100.1, 203.0.113.9", frozenset({"127.0.0.1"}))
    '203.0.113.9'
    >>> address_of("2001:db8::1:2", "", frozenset())
    '2001:db8::/64'
    """
    seen = peer
    if peer in proxies:
        # From the nearest on: what stands before our own last one anybody may write.
        for one in reversed([part.strip() for part in forwarded.split(",")]):
            if not one:
                break
            seen = one
            if one not in proxies:
                break
    try:
        address = ipaddress.ip_address(seen)
    except ValueError:  # a proxy that sends no address counts as one asker
        return peer
    if address.version == 6 and address.ipv4_mapped is None:
        return str(ipaddress.ip_network((address, _HOME_V6), strict=False))
    mapped = address.ipv4_mapped if address.version == 6 else None
    return str(mapped or address)


def network_of(address: str) -> str:
    """
    Give the network that an address is in, as far as one hand may hold all of it.

    Parameters
    ----------
    address
        Of :func:`address_of`.

    Returns
    -------
    str
        The network of 48 bits of IPv6, of 24 bits of IPv4; what is no address as it is.

    Examples
    --------
    >>> network_of("192.0.2.7")
    '192.0.2.0/24'
    >>> network_of("2001:db8:0:5::/64")
    '2001:db8::/48'
    """
    try:
        network = ipaddress.ip_network(address)
    except ValueError:  # a peer that is no address, such as a socket's file
        return address
    width = _WIDE_V6 if network.version == 6 else _WIDE_V4
    return str(network.supernet(new_prefix=width))
