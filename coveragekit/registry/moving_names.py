"""Which owner in the registry a row of a file means."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import func, or_, select

from coveragekit.errors import Fault, TableError
from coveragekit.registry import schema
from coveragekit.registry.values import shown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Connection

    from coveragekit.registry.moving_rows import Draft

__all__ = ["ERASED", "Names", "address_of", "plain", "refusal"]

_TABLE = "cameras"
ERASED = "an owner in the registry; this one was erased and has to be entered anew"
"""What is said of a row that speaks of somebody who was erased."""
_AGENCY_ONLY = (
    "an agency only where the import names it with agency: its cameras need no consent"
)


def plain(name: str) -> str:
    """
    Give a name as it is compared: in small letters, its blanks single.

    Parameters
    ----------
    name
        The name.

    Returns
    -------
    str
        For comparing only.

    Examples
    --------
    >>> plain(" Corner  Shop ")
    'corner shop'
    """
    return " ".join(name.lower().split())


def refusal(draft: Draft, column: str, seen: object, *, allowed: str) -> TableError:
    """
    Give the error for one cell of a row.

    Parameters
    ----------
    draft
        The row.
    column
        Its column.
    seen
        The cell.
    allowed
        What would have been allowed.

    Returns
    -------
    TableError
        To be raised.
    """
    faults = [Fault(draft.row, column, shown(seen), allowed)]
    return TableError(_TABLE, faults)


class Names:
    """
    The owners of a registry by their names, and who may be meant by one.

    Parameters
    ----------
    connection
        From ``Registry.write``.
    agency
        Name of the agency whose cameras the import may bring in.
    """

    def __init__(self, connection: Connection, agency: str | None) -> None:
        self._connection = connection
        self._agency = None if agency is None else plain(agency)
        self._named: dict[str, list[tuple[str, str]]] | None = None

    def known(self, draft: Draft, owner_id: str) -> bool:
        """
        Tell whether there is an owner with an id, who may be given cameras here.

        Parameters
        ----------
        draft
            The row.
        owner_id
            The id.

        Returns
        -------
        bool
            Whether there is one.

        Raises
        ------
        TableError
            It was erased, or is an agency that the import does not name.
        """
        table = schema.owner.c
        query = select(table.name, table.kind, table.erased_at)
        found = self._connection.execute(
            query.where(table.owner_id == owner_id)
        ).one_or_none()
        if found is None:
            return False
        if found.erased_at is not None:
            raise refusal(draft, "owner_id", owner_id, allowed=ERASED)
        self.check(draft, "owner_id", found.name, kind=found.kind)
        return True

    def check(self, draft: Draft, column: str, name: str, *, kind: str) -> None:
        """
        Refuse an agency that the import does not name.

        Parameters
        ----------
        draft
            The row.
        column
            Where the row speaks of it.
        name
            Name of the owner.
        kind
            Its kind.

        Raises
        ------
        TableError
            It is one.
        """
        if kind == "agency" and plain(name) != self._agency:
            raise refusal(draft, column, name, allowed=_AGENCY_ONLY)

    def find(self, draft: Draft, given: Mapping[str, Any]) -> str | None:
        """
        Give the owner whom a row means.

        Parameters
        ----------
        draft
            The row.
        given
            What it says of its owner, the name at least.

        Returns
        -------
        str or None
            The owner's id; ``None`` where it has to be made. A firm is meant by its
            name; a person by the name together with a telephone number, an e-mail
            address or the address of a site, for many people are called the same.

        Raises
        ------
        TableError
            Several firms are called so, or it is an agency that is not named.
        """
        kind = given.get("kind", "business")
        self.check(draft, "owner_kind", given["name"], kind=kind)
        found = self._all().get(plain(given["name"]), [])
        if kind == "person":
            people = [owner_id for owner_id, is_a in found if is_a == "person"]
            return next((one for one in people if self._is_that(one, draft)), None)
        firms = [one for one in found if one[1] != "person"]
        if len(firms) > 1:
            allowed = "one owner; several are called so, give owner_id"
            raise refusal(draft, "owner_name", given["name"], allowed=allowed)
        for owner_id, is_a in firms:
            self.check(draft, "owner_name", given["name"], kind=is_a)
            return owner_id
        return None

    def _all(self) -> dict[str, list[tuple[str, str]]]:
        """Read them once, for a file names many."""
        if self._named is None:
            self._named = {}
            table = schema.owner.c
            query = select(table.owner_id, table.name, table.kind)
            for owner_id, name, kind in self._connection.execute(
                query.where(table.erased_at.is_(None))
            ):
                self._named.setdefault(plain(name), []).append((owner_id, kind))
        return self._named

    def _is_that(self, owner_id: str, draft: Draft) -> bool:
        called, site = schema.contact.c, schema.site.c
        said = draft.beside.get("contact", {})
        same = [called[name] == said[name] for name in _CALLED if name in said]
        address = address_of(draft)
        queries = []
        if same:
            queries.append(
                select(called.owner_id).where(called.owner_id == owner_id, or_(*same))
            )
        if address:
            there = func.lower(site.address) == address.lower()
            queries.append(
                select(site.owner_id).where(site.owner_id == owner_id, there)
            )
        return any(self._connection.execute(one).first() for one in queries)


_CALLED = ("phone", "email")


def address_of(draft: Draft) -> str:
    """
    Give the address that a row speaks of.

    Parameters
    ----------
    draft
        The row.

    Returns
    -------
    str
        Of its site, else of its camera; empty where it tells none.
    """
    site = draft.beside.get("site", {})
    return str(site.get("address") or draft.camera.get("address") or "")
