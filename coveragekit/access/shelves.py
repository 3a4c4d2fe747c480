"""Look up, add and change the rows of the registry, each time through the door."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from coveragekit.access.finding import find_cameras, touched
from coveragekit.access.guarding import check_opening
from coveragekit.access.opening import the_door
from coveragekit.access.seeing import bare, in_sight, sight_of
from coveragekit.errors import InputError
from coveragekit.registry import (
    cameras,
    feed_rows,
    owners,
    picture_masks,
    prospects,
    schema,
    shares,
    sites,
    users,
    zones,
)
from coveragekit.registry.cameras import CameraFilter
from coveragekit.registry.cells import read_cell
from coveragekit.registry.feed_rows import bare_feed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from sqlalchemy import Connection

    from coveragekit.access.door import Door
    from coveragekit.access.people import Purpose, User
    from coveragekit.registry.rows import Page

__all__ = [
    "KINDS",
    "add_row",
    "change_row",
    "get_row",
    "list_rows",
    "read_values",
]


_PEOPLE: Final = "look_up_people"


@dataclass(frozen=True, slots=True)
class _Shelf:
    """How the rows of one kind are read and written, and which actions that is."""

    add: Callable[..., Any]
    change: Callable[..., Any]
    get: Callable[..., Any]
    page: Callable[..., Any]
    read: str = "read_registry"
    write: str = "edit_registry"


def _bare_feeds(connection: Connection, **asked: Any) -> Page[Any]:  # noqa: ANN401
    page = feed_rows.list_feeds(connection, **asked)
    return replace(page, rows=tuple(bare_feed(one) for one in page.rows))


_SHELVES: Final = {
    "owner": _Shelf(
        owners.add_owner, owners.change_owner, owners.get_owner, owners.list_owners
    ),
    "contact": _Shelf(
        owners.add_contact,
        owners.change_contact,
        owners.get_contact,
        owners.list_contacts,
        read=_PEOPLE,
    ),
    "site": _Shelf(sites.add_site, sites.change_site, sites.get_site, sites.list_sites),
    "authority": _Shelf(
        sites.add_authority,
        sites.change_authority,
        sites.get_authority,
        sites.list_authorities,
        read=_PEOPLE,
    ),
    "recorder": _Shelf(
        sites.add_recorder,
        sites.change_recorder,
        sites.get_recorder,
        sites.list_recorders,
    ),
    "camera": _Shelf(
        cameras.add_camera,
        cameras.change_camera,
        cameras.get_camera,
        cameras.list_cameras,
    ),
    "credential": _Shelf(
        cameras.add_credential,
        cameras.change_credential,
        cameras.get_credential,
        cameras.list_credentials,
        read="manage_feeds",
        write="manage_feeds",
    ),
    "feed": _Shelf(
        lambda *given, **named: bare_feed(feed_rows.add_feed(*given, **named)),
        lambda *given, **named: bare_feed(feed_rows.change_feed(*given, **named)),
        lambda *given: bare_feed(feed_rows.get_feed(*given)),
        _bare_feeds,
        read="manage_feeds",
        write="manage_feeds",
    ),
    "picture_mask": _Shelf(
        picture_masks.add_mask,
        picture_masks.change_mask,
        picture_masks.get_mask,
        picture_masks.list_masks,
        write="edit_zones",
    ),
    "prospect": _Shelf(
        prospects.add_prospect,
        prospects.change_prospect,
        prospects.get_prospect,
        prospects.list_prospects,
        read="edit_registry",
    ),
    "share": _Shelf(
        shares.add_share,
        shares.change_share,
        shares.get_share,
        shares.list_shares,
        write="share",
    ),
    "app_user": _Shelf(
        users.add_user,
        users.change_user,
        users.get_user,
        users.list_users,
        read="manage_users",
        write="manage_users",
    ),
    "privacy_zone": _Shelf(
        zones.add_zone,
        zones.change_zone,
        zones.get_zone,
        zones.list_zones,
        write="edit_zones",
    ),
}
KINDS: Final = tuple(sorted(_SHELVES))
"""The kinds of rows there are."""


def _shelf(kind: str) -> _Shelf:
    if kind not in _SHELVES:
        message = f"there are no rows {kind!r}; allowed: {', '.join(KINDS)}"
        raise InputError(message)
    return _SHELVES[kind]


def add_row(
    user: User,
    purpose: Purpose,
    kind: str,
    *,
    values: Mapping[str, object],
    registry: Door | str | Path | None = None,
) -> Any:  # noqa: ANN401 - any of the registry's rows
    """
    Add a row to the registry.

    Parameters
    ----------
    user
        Who adds it.
    purpose
        What for.
    kind
        One of ``KINDS``, such as ``"owner"``.
    values
        Values by the name of their column.
    registry
        A door, or what ``open_door`` takes.

    Returns
    -------
    object
        The row as it is kept, a frozen dataclass.

    Raises
    ------
    AccessRefused
        The policy does not allow it; that is on record.
    InputError
        There are no such rows, or the values cannot be kept; nothing was.
    """
    shelf = _shelf(kind)
    with the_door(registry) as door, door.doing(user, shelf.write, purpose) as work:
        check_opening(work, door.policy, user, kind=kind, values=values)
        row = shelf.add(work.connection, values, by=user.name)
        touched(work, kind, row)
        work.parameters = {"change": "add", "columns": sorted(values)}
        sight = sight_of(door.policy, user, purpose)
    return bare(kind, row, sight, told=values)


def read_values(kind: str, told: Mapping[str, str]) -> dict[str, object]:
    """
    Read values that were typed as text, as their columns need them.

    Parameters
    ----------
    kind
        One of ``KINDS``.
    told
        Text by the name of the column; an empty one empties the column.

    Returns
    -------
    dict
        Values for :func:`add_row` and :func:`change_row`.

    Raises
    ------
    InputError
        There are no such rows or columns, or a text that cannot be read so.

    Examples
    --------
    >>> read_values("camera", {"lon": "-84.39", "indoor": "yes"})
    {'lon': -84.39, 'indoor': True}
    """
    _shelf(kind)
    return {name: read_cell(_column(kind, name), text) for name, text in told.items()}


def change_row(  # noqa: PLR0913 - which row, what, and what was seen of it
    user: User,
    purpose: Purpose,
    kind: str,
    *,
    key: str,
    values: Mapping[str, object],
    revision: int,
    registry: Door | str | Path | None = None,
) -> Any:  # noqa: ANN401 - any of the registry's rows
    """
    Change a row of the registry, unless somebody else did in between.

    Parameters
    ----------
    user
        Who changes it.
    purpose
        What for.
    kind
        One of ``KINDS``.
    key
        Id of the row.
    values
        New values by the name of their column; the others stay.
    revision
        The row's revision when the user saw it.
    registry
        A door, or what ``open_door`` takes.

    Returns
    -------
    object
        The row as it is now.

    Raises
    ------
    AccessRefused
        The policy does not allow it; that is on record.
    ConflictError
        Somebody changed it in between; nothing was overwritten.
    InputError
        There is no such row, or the values cannot be kept.
    """
    shelf = _shelf(kind)
    with the_door(registry) as door, door.doing(user, shelf.write, purpose) as work:
        check_opening(work, door.policy, user, kind=kind, values=values)
        row = shelf.change(
            work.connection, key, values, revision=revision, by=user.name
        )
        touched(work, kind, row)
        work.parameters = {"change": "change", "columns": sorted(values)}
        sight = sight_of(door.policy, user, purpose)
    return bare(kind, row, sight, told=values)


def get_row(
    user: User,
    purpose: Purpose,
    kind: str,
    *,
    key: str,
    registry: Door | str | Path | None = None,
) -> Any:  # noqa: ANN401 - any of the registry's rows
    """
    Give a row of the registry.

    Parameters
    ----------
    user
        Who asks.
    purpose
        What for.
    kind
        One of ``KINDS``.
    key
        Id of the row.
    registry
        A door, or what ``open_door`` takes.

    Returns
    -------
    object
        The row. A camera whose owner left, and its place, is there for the desk alone,
        and so are the names of private persons.

    Raises
    ------
    AccessRefused
        The policy does not allow it; that is on record.
    InputError
        There is no such row.
    """
    shelf = _shelf(kind)
    with the_door(registry) as door, door.reading(user, shelf.read, purpose) as work:
        sight = sight_of(door.policy, user, purpose)
        row = shelf.get(work.connection, key, *in_sight(kind, sight, work.latest))
        touched(work, kind, row)
    return row if shelf.read == _PEOPLE else bare(kind, row, sight)


def list_rows(
    user: User,
    purpose: Purpose,
    kind: str,
    *,
    after: str | None = None,
    limit: int = 100,
    registry: Door | str | Path | None = None,
    **equal: object,
) -> Page[Any]:
    """
    List rows of the registry by their ids, some at a time.

    Parameters
    ----------
    user
        Who asks.
    purpose
        What for.
    kind
        One of ``KINDS``; cameras are listed by :func:`find_cameras`.
    after
        Id after which they begin.
    limit
        Most rows, 1 to 1,000.
    registry
        A door, or what ``open_door`` takes.
    **equal
        Columns and the value that they have to have, such as ``owner_id="own_1"``.

    Returns
    -------
    Page
        The rows, and where the next begin; what :func:`get_row` does not give is left
        out.

    Raises
    ------
    AccessRefused
        The policy does not allow it; that is on record.
    InputError
        There are no such rows or columns.
    """
    if kind == "camera":
        wanted = CameraFilter(**equal)  # type: ignore[arg-type]
        return find_cameras(
            user, purpose, wanted=wanted, after=after, limit=limit, registry=registry
        )
    shelf = _shelf(kind)
    where = [_column(kind, name) == value for name, value in equal.items()]
    with the_door(registry) as door, door.reading(user, shelf.read, purpose) as work:
        sight = sight_of(door.policy, user, purpose)
        seen = in_sight(kind, sight, work.latest)
        if kind == "owner" and "name" in equal and not sight.is_desk:
            # who may not be told a name may not try names either
            seen += (schema.owner.c.kind != "person",)
        page: Page[Any] = shelf.page(
            work.connection, *where, *seen, after=after, limit=limit
        )
        touched(work, kind, *page.rows)
    if shelf.read == _PEOPLE:
        return page
    return replace(page, rows=tuple(bare(kind, row, sight) for row in page.rows))


def _column(kind: str, name: str) -> Any:  # noqa: ANN401 - SQLAlchemy's column
    columns = getattr(schema, kind).c
    if name not in columns:
        message = f"{kind} has no column {name!r}; allowed: {', '.join(columns.keys())}"
        raise InputError(message)
    return columns[name]
