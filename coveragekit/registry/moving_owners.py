"""Find or make the owner, the site and the contact that a row of a file speaks of."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select

from coveragekit.registry import schema
from coveragekit.registry.moving_names import ERASED, Names, address_of, plain, refusal
from coveragekit.registry.opening import now
from coveragekit.registry.schema import new_id
from coveragekit.registry.values import checked, counted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sqlalchemy import Connection, Table

    from coveragekit.registry.moving_rows import Draft

__all__ = ["Owners", "even"]

_PUBLIC_SITE = "Cameras of the agency"
_OWNER = {"kind": "business"}


class Owners:
    """
    The owners, sites and contacts of one import.

    Parameters
    ----------
    connection
        From ``Registry.write``.
    by
        Name of the user.
    agency
        Name of the agency that owns the public cameras.
    """

    def __init__(self, connection: Connection, by: str, *, agency: str | None) -> None:
        self._connection = connection
        self._by = by
        self._agency = agency
        self._owner_ids: dict[tuple[str, ...], str] = {}
        self._names = Names(connection, agency)
        self._unsure = 0
        self._new: dict[str, list[dict[str, Any]]] = {}
        self._site_ids: dict[tuple[str, str], str] = {}
        self._known_contacts: dict[str, set[tuple[Any, ...]]] = {}
        self._ownerless = 0
        self.made: Counter[str] = Counter()

    def notices(self) -> Iterator[str]:
        """
        Give what there is to know about owners.

        Yields
        ------
        str
            A sentence.
        """
        if self._unsure:
            names = "names" if self._unsure == 1 else "name"
            yield (
                f"{counted(self._unsure, 'row')} {names} a person without telephone, "
                "e-mail or address; each was taken for another one"
            )
        if self._ownerless:
            is_one = self._ownerless == 1
            calls = "calls itself" if is_one else "call themselves"
            yield (
                f"{counted(self._ownerless, 'row')} {calls} public, but no agency is "
                "named as owner: without one such a camera belongs to no tier; name it "
                "with --agency NAME"
            )

    def site_of(self, draft: Draft, camera: Mapping[str, Any]) -> str | None:
        """
        Give the site of a row, made where there is none yet.

        Parameters
        ----------
        draft
            The row.
        camera
            Values of its camera, for the place and the address of a new site.

        Returns
        -------
        str or None
            Its id; ``None`` where the row names neither owner nor site.

        Raises
        ------
        TableError
            The owner that it names is not there, or several are called so.
        """
        site = draft.beside.get("site", {})
        if draft.camera.get("site_id") is not None:
            return self._known_site(draft)
        owner_id = self._owner_of(draft)
        if owner_id is None and not site:
            return None
        if owner_id is not None and "contact" in draft.beside:
            self._add_contact(owner_id, draft.beside["contact"])
        address = site.get("address") or camera.get("address") or ""
        name = site.get("name") or ""
        if draft.access == "public" and not site and self._agency is not None:
            address, name = "", _PUBLIC_SITE
        key = (owner_id or "", plain(address) or plain(name))
        if key not in self._site_ids:
            self._site_ids[key] = self._find_site(owner_id, address, name) or (
                self._make_site(owner_id, draft, camera, address=address, name=name)
            )
        return self._site_ids[key]

    def _known_site(self, draft: Draft) -> str:
        site_id = str(draft.camera["site_id"])
        query = (
            select(schema.owner.c.name, schema.owner.c.kind, schema.owner.c.erased_at)
            .select_from(schema.site)
            .outerjoin(schema.owner)
            .where(schema.site.c.site_id == site_id)
        )
        found = self._connection.execute(query).one_or_none()
        if found is None:
            raise refusal(draft, "site_id", site_id, allowed="a site that is there")
        if found.erased_at is not None:
            raise refusal(draft, "site_id", site_id, allowed=ERASED)
        if found.kind is not None:
            self._names.check(draft, "site_id", found.name, kind=found.kind)
        return site_id

    def _find_site(self, owner_id: str | None, address: str, name: str) -> str | None:
        table = schema.site.c
        wanted = plain(address) or plain(name)
        if owner_id is None or not wanted:
            return None
        rows = self._connection.execute(
            select(table.site_id, table.address, table.name)
            .where(table.owner_id == owner_id)
            .order_by(table.site_id)
        )
        for site_id, at, called in rows:
            if wanted == (plain(at or "") or plain(called or "")):
                return str(site_id)
        return None

    def _make_site(
        self,
        owner_id: str | None,
        draft: Draft,
        camera: Mapping[str, Any],
        *,
        address: str,
        name: str,
    ) -> str:
        given = draft.beside.get("site", {})
        values: dict[str, object] = {
            "owner_id": owner_id,
            "name": name or None,
            "address": address or None,
            "kind": given.get("kind", "other"),
        }
        if name == _PUBLIC_SITE:
            values["kind"] = "public"
        else:
            values |= {"lon": camera["lon"], "lat": camera["lat"]}
        return self._make(schema.site, values)

    def _make(self, table: Table, values: Mapping[str, object]) -> str:
        """Make a row, to be written with the others of its table."""
        self.made[table.name] += 1
        key = new_id(table.name)
        moment = now(self._connection)
        stamp = {"revision": 1, "made_at": moment, "changed_at": moment}
        good = checked(table, values, whole=True) | stamp
        good |= {f"{table.name}_id": key, "changed_by": self._by}
        self._new.setdefault(table.name, []).append(good)
        return key

    def flush(self) -> None:
        """Write the owners, sites and contacts that were made since the last time."""
        for table in (schema.owner, schema.site, schema.contact):
            rows = self._new.pop(table.name, [])
            if rows:
                self._connection.execute(insert(table), even(table, rows))

    def _owner_of(self, draft: Draft) -> str | None:
        given = dict(draft.beside.get("owner", {}))
        owner_id = given.pop("owner_id", None)
        if owner_id is not None and self._names.known(draft, owner_id):
            return str(owner_id)
        if owner_id is not None and "name" not in given:
            allowed = "an owner in the registry, or owner_name"
            raise refusal(draft, "owner_id", owner_id, allowed=allowed)
        if draft.access == "public" and "name" not in given:
            if self._agency is None:
                self._ownerless += 1
                return None
            given = {"name": self._agency, "kind": "agency"}
        if "name" not in given:
            return None
        key = self._meant(draft, given)
        if key not in self._owner_ids:
            self._owner_ids[key] = self._names.find(draft, given) or (
                self._make(schema.owner, {**_OWNER, **given})
            )
        return self._owner_ids[key]

    def _meant(self, draft: Draft, given: Mapping[str, Any]) -> tuple[str, ...]:
        """Give what tells owners of one file apart: people by more than their name."""
        kind, name = given.get("kind", "business"), plain(given["name"])
        if kind != "person":
            return kind, name
        called = draft.beside.get("contact", {})
        more = called.get("phone") or called.get("email") or address_of(draft)
        self._unsure += not more
        return kind, name, plain(more) if more else str(draft.row)

    def _add_contact(self, owner_id: str, given: Mapping[str, Any]) -> None:
        key = (given.get("name"), given.get("phone"), given.get("email"))
        if owner_id not in self._known_contacts:
            table = schema.contact.c
            query = select(table.name, table.phone, table.email).where(
                table.owner_id == owner_id
            )
            found = {tuple(row) for row in self._connection.execute(query)}
            self._known_contacts[owner_id] = found
        if key in self._known_contacts[owner_id]:
            return
        self._known_contacts[owner_id].add(key)
        self._make(schema.contact, {**given, "owner_id": owner_id})


def even(table: Table, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """
    Give rows the same columns, so that one statement writes them all.

    Parameters
    ----------
    table
        Their table.
    rows
        Values by the names of columns.

    Returns
    -------
    list of dict
        The rows; what one lacks is ``None``, or ``False`` for a flag that is needed.

    Examples
    --------
    >>> even(schema.camera, [{"name": "a"}, {"planned": True}])
    [{'name': 'a', 'planned': False}, {'name': None, 'planned': True}]
    """
    names = sorted({name for row in rows for name in row})
    flags = {name for name in names if not table.columns[name].nullable}
    return [
        {name: row.get(name, False if name in flags else None) for name in names}
        for row in rows
    ]
