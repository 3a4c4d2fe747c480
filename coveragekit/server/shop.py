"""What the form says of the city, and what its handlers work with."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from coveragekit.server.catalogue import Catalogue
    from coveragekit.server.desk import Desk
    from coveragekit.server.draft import Seal
    from coveragekit.server.limits import Limits
    from coveragekit.server.office import Office

__all__ = ["Front", "Shop"]


@dataclass(frozen=True, slots=True)
class Front:
    """
    What the form says of the city, and how it is reached.

    Parameters
    ----------
    agency
        Who runs the registry, as owners know it; empty: "the police".
    contact
        How to reach a person there, one line; or empty.
    hosts
        Names under which the form may be asked for, beside those of this machine.
    proxies
        Addresses of the reverse proxies whose ``X-Forwarded-For`` is believed.
    https
        Whether visitors come by HTTPS, so that cookies travel by nothing else.
    base_url
        Path below which the form is, ``/`` at both ends.
    key
        Seals drafts; by default made anew at each start.
    """

    agency: str = ""
    contact: str = ""
    hosts: tuple[str, ...] = ()
    proxies: tuple[str, ...] = ()
    https: bool = False
    base_url: str = "/"
    key: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Shop:
    """
    What the handlers work with.

    Parameters
    ----------
    front
        What the form says of the city.
    desk
        The study: search, map, views.
    office
        The registry, as far as the form may reach it.
    catalogue
        Models of cameras.
    seal
        Seals drafts and receipts.
    limits
        How often each address may ask.
    hosts
        Every name under which the form may be asked for.
    """

    front: Front
    desk: Desk
    office: Office
    catalogue: Catalogue
    seal: Seal
    limits: Limits
    hosts: frozenset[str]
