"""Where a camera's pictures come from, and where its password is kept."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote_plus

from sqlalchemy import func, or_, select

from coveragekit.errors import InputError
from coveragekit.registry import schema
from coveragekit.registry.feed_addresses import SCHEMES, host_of, is_one, plain
from coveragekit.registry.rows import Rows

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection

    Holder = Callable[[str | None, Collection[str], str], str | None]

__all__ = [
    "ADDRESSES",
    "Feed",
    "add_feed",
    "bare_feed",
    "change_feed",
    "get_feed",
    "list_feeds",
]

ADDRESSES: Final = ("address", "substream", "snapshot", "replay")
"""The columns of a feed that hold addresses."""
_SECRETS: Final = ("pas", "pass", "password", "passwd", "pwd", "token", "secret", "key")
# in the query, and wherever else devices take values: after ; or # or in the path
_ASKED: Final = re.compile(r"([A-Za-z0-9]+)=([^&;#/_=?]*)")
_CHANNEL: Final = "{channel}"
_KEPT: Final = "(kept)"
_LIVE: Final = ("integrated", "suspended")


@dataclass(frozen=True, slots=True)
class Feed:
    """
    Where pictures come from; its addresses are in no ``repr``.

    Parameters
    ----------
    feed_id
        Its id.
    name
        What a camera's ``feed_ref`` names. That of a recorder is followed there by a
        slash and the channel.
    address
        Where the main stream is, without name and password; ``{user}``, ``{password}``
        and ``{channel}`` are filled in when it is opened.
    substream, snapshot, replay
        Where the smaller stream, single pictures and recorded footage are.
    tls
        ``"verify"``, ``"pinned"`` or ``"off"``.
    certificate_sha256
        The certificate that it has to show where that is pinned.
    note
        Why its certificate is not checked, or other words of the administrator.
    revision
        How often it was changed, from 1; a change names the one it saw.
    made_at
        When it was added.
    changed_at
        When it was last changed.
    changed_by
        Who changed it last.
    changed_what
        Which columns the last change touched.
    """

    feed_id: str
    name: str
    address: str = field(repr=False)
    substream: str | None = field(repr=False)
    snapshot: str | None = field(repr=False)
    replay: str | None = field(repr=False)
    tls: str
    certificate_sha256: str | None
    note: str | None
    revision: int
    made_at: datetime
    changed_at: datetime
    changed_by: str
    changed_what: list[str] | None


def _check(row: Feed) -> None:
    hosts = set()
    for name in ADDRESSES:
        address = getattr(row, name)
        if address is None:
            continue
        if address.partition("://")[0] not in SCHEMES:
            message = (
                f"the {name} of the feed {row.name!r} begins with what no camera is "
                f"spoken to in; allowed: {', '.join(SCHEMES)}, each with ://"
            )
            raise InputError(message)
        host = host_of(address)
        if host is None:
            message = (
                f"the {name} of the feed {row.name!r} cannot be read as a URL; "
                "allowed: scheme://host/path or scheme://host:port/path, with a name "
                "or an IP address as host and a number as port"
            )
            raise InputError(message)
        hosts.add(host)
        _check_secrets(row, name, address)
    if len(hosts) > 1:
        message = (
            f"the addresses of the feed {row.name!r} are of {len(hosts)} devices; all "
            "have to be of the one device that the owner agreed to"
        )
        raise InputError(message)
    if (row.tls == "pinned") != (row.certificate_sha256 is not None):
        message = (
            f"the feed {row.name!r} has tls = {row.tls!r}; a certificate_sha256 goes "
            "with tls = 'pinned' and with nothing else"
        )
        raise InputError(message)
    if row.tls == "off" and not row.note:
        message = (
            f"the feed {row.name!r} leaves the certificate unchecked; say in the note "
            "why"
        )
        raise InputError(message)


def secret_asked(address: str) -> str | None:
    """
    Give what an address asks a device with that may be a password.

    Parameters
    ----------
    address
        The address.

    Returns
    -------
    str or None
        The name of the value; ``None`` where there is none, or only the places that
        are filled in when it is opened.

    Examples
    --------
    >>> secret_asked("http://10.20.0.5/snap.jpg?token=abc")
    'token'
    >>> secret_asked("http://10.20.0.5/snap.jpg?pwd={password}&size=2") is None
    True
    """
    behind = unquote_plus(address.partition("://")[2])
    for asked, said in _ASKED.findall(behind):
        if asked.lower().endswith(_SECRETS) and said not in {"{password}", "{user}"}:
            return str(asked)
    return None


def _check_secrets(row: Feed, name: str, address: str) -> None:
    asked = secret_asked(address)
    if asked is not None:
        message = (
            f"the {name} of the feed {row.name!r} holds a value for {asked!r} that "
            "may be a password; write {password} (and {user}) there and keep the "
            "login as a credential"
        )
        raise InputError(message)


_FEEDS = Rows(schema.feed, Feed, check=_check)

get_feed = _FEEDS.get
list_feeds = _FEEDS.page


def bare_feed(row: Feed) -> Feed:
    """
    Give a feed as people may see it: whether it has an address, and never which.

    Parameters
    ----------
    row
        A feed.

    Returns
    -------
    Feed
        The same with ``"(kept)"`` for each address.
    """
    return replace(
        row,
        address=_KEPT,
        substream=row.substream and _KEPT,
        snapshot=row.snapshot and _KEPT,
        replay=row.replay and _KEPT,
    )


def add_feed(
    connection: Connection,
    values: Mapping[str, object],
    *,
    by: str,
    holder: Holder | None = None,
) -> Feed:
    """
    Add a feed.

    Parameters
    ----------
    connection
        From ``Registry.write``.
    values
        Values by the name of their column, at least ``name`` and ``address``; ``tls``
        is ``"verify"`` where it is not given.
    by
        Name of the user.
    holder
        Gives the feed that has a name or one of some addresses, for whoever adds many;
        the registry is asked where it is not given.

    Returns
    -------
    Feed
        The feed as it is kept.

    Raises
    ------
    TableError
        Some values cannot be kept; nothing was.
    InputError
        The name is taken, an address is another feed's, holds a password, or they are
        of several devices.
    """
    _check_free(values, None, holder or _holder(connection))
    return _FEEDS.add(connection, {"tls": "verify", **values}, by=by)


def change_feed(
    connection: Connection,
    key: str,
    values: Mapping[str, object],
    *,
    revision: int,
    by: str,
    holder: Holder | None = None,
) -> Feed:
    """
    Change a feed, unless somebody else did in between.

    Parameters
    ----------
    connection
        From ``Registry.write``.
    key
        Its id.
    values
        New values by the name of their column; the others stay.
    revision
        Its revision when the user saw it.
    by
        Name of the user.
    holder
        Gives the feed that has a name or one of some addresses, as for
        :func:`add_feed`.

    Returns
    -------
    Feed
        The feed as it is now.

    Raises
    ------
    ConflictError
        Somebody changed it in between; nothing was overwritten.
    TableError
        Some values cannot be kept; nothing was.
    InputError
        There is no such feed, the name or an address is another's, or an owner agreed
        to be looked through by the address or name that it has.
    """
    _check_free(values, key, holder or _holder(connection))
    _check_agreed(connection, get_feed(connection, key), values)
    return _FEEDS.change(connection, key, values, revision=revision, by=by)


def _check_free(values: Mapping[str, object], key: str | None, holder: Holder) -> None:
    given = {
        str(values[one]).strip()
        for one in ADDRESSES
        if isinstance(values.get(one), str)
    }
    name = values.get("name")
    if not given and not isinstance(name, str):
        return
    other = holder(name.strip() if isinstance(name, str) else None, given, key or "")
    if other is not None:
        message = (
            f"the feed {other!r} has this name or one of these addresses already; two "
            "cameras with one feed would open one by the consent of the other"
        )
        raise InputError(message)


def _holder(connection: Connection) -> Holder:
    table = schema.feed.c

    def find(name: str | None, given: Collection[str], key: str) -> str | None:
        wanted = [one for one in map(plain, given) if one is not None]
        # an address of six is written in many ways, a name or one of four in one
        hosts = {"[" if ":" in one.host else one.host for one in wanted}
        near: list[ColumnElement[bool]] = [
            func.lower(table[one]).contains(host, autoescape=True)
            for one in ADDRESSES
            for host in sorted(hosts)
        ]
        if name is not None:
            near.append(table.name == name)
        if not near:
            return None
        columns = [table[one] for one in ADDRESSES]
        query = select(table.name, *columns).where(or_(*near), table.feed_id != key)
        for held, *addresses in connection.execute(query):
            if held == name:
                return str(held)
            others = [plain(one) for one in addresses if one is not None]
            if any(is_one(x, y) for x in wanted for y in others if y is not None):
                return str(held)
        return None

    return find


def _check_agreed(
    connection: Connection, row: Feed, values: Mapping[str, object]
) -> None:
    """Refuse to put another device behind what an owner agreed to be looked through."""
    held = {name: getattr(row, name) for name in ("name", *ADDRESSES)}
    moved = [
        name
        for name, old in held.items()
        if name in values and old is not None and values[name] != old
    ]
    if not moved:
        return
    camera, consent = schema.camera.c, schema.consent.c
    query = (
        select(camera.camera_id)
        .join_from(schema.camera, schema.consent)
        .where(
            or_(
                camera.feed_ref == row.name,
                camera.feed_ref.startswith(f"{row.name}/", autoescape=True),
            ),
            consent.state.in_(_LIVE),
        )
        .order_by(camera.camera_id)
    )
    found = connection.execute(query).first()
    if found is not None:
        message = (
            f"the owner of camera {found.camera_id} agreed to the {moved[0]} that the "
            f"feed {row.name!r} has; end the integration first, then change it, then "
            "have the owner agree anew"
        )
        raise InputError(message)
