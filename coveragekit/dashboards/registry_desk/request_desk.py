"""The footage requests of the registry desk, those overwritten first on top."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from coveragekit import access
from coveragekit.dashboards.registry_desk.list_words import request_row

if TYPE_CHECKING:
    from coveragekit.dashboards.registry_desk.clerk import Clerk

__all__ = ["RequestDesk"]

_OPEN: Final = ("drafted", "sent", "reminded", "overdue", "answered")
_MOST: Final = 100


class RequestDesk:
    """
    The open requests.

    Parameters
    ----------
    clerk
        Who is at the desk.
    """

    def __init__(self, clerk: Clerk) -> None:
        self._clerk = clerk

    def open(self) -> None:
        """Read them."""
        clerk = self._clerk
        found = access.list_requests(
            clerk.user, clerk.purpose, states=_OPEN, **clerk.asks
        )
        now = clerk.clock()
        rows = [request_row(one, now=now, zone=clerk.zone) for one in found[:_MOST]]
        clerk.view.change(requests={"rows": rows, "all": len(found)})
