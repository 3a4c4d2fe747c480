"""Add, change, get and list the rows of a table that more than one user may change."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from sqlalchemy import Table, and_, func, insert, select, update

from coveragekit.errors import ConflictError, InputError
from coveragekit.registry.opening import now
from coveragekit.registry.schema import new_id
from coveragekit.registry.values import check_text, checked

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from sqlalchemy import Column, ColumnElement, Connection

__all__ = ["MOST_ROWS", "Page", "Rows"]

MOST_ROWS = 1000
Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """
    Some rows of a list, and where the next begin.

    Parameters
    ----------
    rows
        The rows, by their ids.
    after
        Id to ask the next rows with; ``None`` where there are no more.
    """

    rows: tuple[Row, ...]
    after: str | None


class Rows(Generic[Row]):
    """
    The rows of one table, each with a revision that tells who changed it in between.

    Parameters
    ----------
    table
        The table.
    row
        What a row becomes; its fields are the table's columns.
    check
        Raises where the parts of a row do not fit each other.
    """

    def __init__(
        self,
        table: Table,
        row: type[Row],
        *,
        check: Callable[[Row], None] | None = None,
    ) -> None:
        self.table = table
        self._row = row
        self._check = check
        self.key: Column[Any] = table.columns[f"{_key_of(table)}_id"]
        fields = getattr(row, "__dataclass_fields__", {})
        self._columns = [table.columns[name] for name in fields]

    def add(
        self, connection: Connection, values: Mapping[str, object], *, by: str
    ) -> Row:
        """
        Add a row.

        Parameters
        ----------
        connection
            From ``Registry.write``.
        values
            Values by the name of their column; the id is made where it is not given.
        by
            Name of the user.

        Returns
        -------
        object
            The row as it is kept.

        Raises
        ------
        TableError
            Some values cannot be kept; nothing was.
        InputError
            A row that is pointed to is not there, or the id is taken.
        """
        good = checked(self.table, values, whole=True)
        self._check_pointed(connection, good)
        key = good.get(self.key.name) or new_id(self.table.name)
        if key in good.values() and self._there(connection, key):
            message = f"the {self.table.name} {key!r} is there already; change that one"
            raise InputError(message)
        moment = now(connection)
        good |= {self.key.name: key, "revision": 1, "made_at": moment}
        good |= {"changed_at": moment, "changed_by": check_text(by, "the user's name")}
        connection.execute(insert(self.table).values(good))
        return self._fitting(connection, key)

    def change(
        self,
        connection: Connection,
        key: str,
        values: Mapping[str, object],
        *,
        revision: int,
        by: str,
        what: Sequence[str] | None = None,
    ) -> Row:
        """
        Change a row, unless somebody else did in between.

        Parameters
        ----------
        connection
            From ``Registry.write``.
        key
            Id of the row.
        values
            New values by the name of their column; the others stay.
        revision
            The row's revision when the user saw it.
        by
            Name of the user.
        what
            What the row says was changed; the columns where it is not given.

        Returns
        -------
        object
            The row as it is now.

        Raises
        ------
        ConflictError
            Somebody changed it in between; nothing was overwritten.
        TableError
            Some values cannot be kept; nothing was.
        InputError
            There is no such row, or none that it would point to.
        """
        good = checked(self.table, values, whole=False)
        if self.key.name in good:
            message = f"the id of a {self.table.name} never changes; leave it out"
            raise InputError(message)
        self._check_pointed(connection, good)
        stamp = {
            "revision": self.table.c.revision + 1,
            "changed_at": now(connection),
            "changed_by": check_text(by, "the user's name"),
            "changed_what": sorted(good if what is None else what),
        }
        statement = update(self.table).where(
            self.key == key, self.table.c.revision == revision
        )
        done = connection.execute(statement.values({**good, **stamp}))
        if done.rowcount == 0:
            self._conflict(connection, key, revision)
        return self._fitting(connection, key)

    def get(self, connection: Connection, key: str, *where: ColumnElement[bool]) -> Row:
        """
        Give a row.

        Parameters
        ----------
        connection
            From ``Registry.read`` or ``Registry.write``.
        key
            Its id.
        *where
            What it has to fulfil besides; else it counts as not there.

        Returns
        -------
        object
            The row.

        Raises
        ------
        InputError
            There is no such row.
        """
        query = select(*self._columns).where(self.key == key, *where)
        found = connection.execute(query).one_or_none()
        if found is None:
            raise InputError(self._no_such(key))
        return self._row(*found)

    def page(
        self,
        connection: Connection,
        *where: ColumnElement[bool],
        after: str | None = None,
        limit: int = 100,
    ) -> Page[Row]:
        """
        List rows by their ids, some at a time.

        Parameters
        ----------
        connection
            From ``Registry.read`` or ``Registry.write``.
        *where
            What they have to fulfil.
        after
            Id after which they begin; from the first where it is not given.
        limit
            Most rows, 1 to 1,000.

        Returns
        -------
        Page
            The rows and where the next begin.

        Raises
        ------
        InputError
            The limit is out of range.
        """
        if not 1 <= limit <= MOST_ROWS:
            message = f"a list gives 1 to {MOST_ROWS} rows at a time; seen: {limit}"
            raise InputError(message)
        follows = [] if after is None else [self.key > after]
        query = select(*self._columns).where(and_(True, *where, *follows))  # noqa: FBT003
        found = connection.execute(query.order_by(self.key).limit(limit + 1)).all()
        rows = tuple(self._row(*row) for row in found[:limit])
        last = getattr(rows[-1], self.key.name) if len(found) > limit else None
        return Page(rows, last)

    def count(self, connection: Connection, *where: ColumnElement[bool]) -> int:
        """
        Count rows.

        Parameters
        ----------
        connection
            From ``Registry.read`` or ``Registry.write``.
        *where
            What they have to fulfil.

        Returns
        -------
        int
            How many there are.
        """
        query = select(func.count()).select_from(self.table).where(and_(True, *where))  # noqa: FBT003
        return connection.execute(query).scalar_one()

    def _fitting(self, connection: Connection, key: str) -> Row:
        """Give a row just written; where its parts do not fit, the change is undone."""
        row = self.get(connection, key)
        if self._check is not None:
            self._check(row)
        return row

    def _no_such(self, key: object) -> str:
        return f"there is no {self.table.name} {str(key)[:60]!r}; look at the list"

    def _there(self, connection: Connection, key: object) -> bool:
        query = select(self.key).where(self.key == key)
        return connection.execute(query).first() is not None

    def _check_pointed(
        self, connection: Connection, values: Mapping[str, object]
    ) -> None:
        """Name a row that is pointed to and not there, which SQLite would not."""
        for name, value in values.items():
            for pointer in self.table.columns[name].foreign_keys if value else ():
                target = pointer.column
                query = select(target).where(target == value)
                if connection.execute(query).first() is None:
                    message = (
                        f"there is no {target.table.name} {str(value)[:60]!r} for "
                        f"{name}; add it first"
                    )
                    raise InputError(message)

    def _conflict(self, connection: Connection, key: str, seen: int) -> None:
        table = self.table.c
        query = select(
            table.revision, table.changed_at, table.changed_by, table.changed_what
        ).where(self.key == key)
        found = connection.execute(query).one_or_none()
        if found is None:
            raise InputError(self._no_such(key))
        revision, at, by, what = found
        columns = f" ({', '.join(what)})" if what else ""
        others = " after others" if revision > seen + 1 else ""
        message = (
            f"the {self.table.name} {key} was changed{others} by {by} at "
            f"{at:%Y-%m-%d %H:%M:%S} UTC{columns}: it is at revision {revision}, you "
            f"saw {seen}; nothing was overwritten; look at it again, then change it"
        )
        raise ConflictError(message)


def _key_of(table: Table) -> str:
    """Give what the ids of a table are called after."""
    names = {
        "app_user": "user",
        "fee_plan": "plan",
        "picture_mask": "mask",
        "privacy_zone": "zone",
        "received_file": "file",
    }
    return names.get(table.name, table.name)
