"""Bring feeds in from the rows of a file, and name them as their cameras'."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import select

from coveragekit.errors import CoverageKitError, InputError, TableError
from coveragekit.registry import cameras, feed_rows, schema
from coveragekit.registry.feed_rows import ADDRESSES
from coveragekit.registry.known_feeds import KnownFeeds

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sqlalchemy import Connection

__all__ = ["COLUMNS", "FeedFate", "FeedImport", "check_columns", "import_feeds"]

COLUMNS: Final = (
    *("camera", "source", "feed", "channel", *ADDRESSES),
    *("tls", "certificate_sha256", "note", "store", "reference"),
)
"""The columns that a file of feeds may have."""
_FEED: Final = (*ADDRESSES, "tls", "certificate_sha256", "note")
_OTHER_NAMES: Final = {"certificate": "certificate_sha256", "name": "feed"}
_CHANNEL: Final = "{channel}"
_NUMBER: Final = re.compile(r"[0-9]{1,9}")
_WITH_LOGIN: Final = re.compile(r"[^/]*//[^/?#]*@|[^/]*@")
_KEEP_APART: Final = (
    "holds a name and password before its @, not shown here; write them into a file "
    "below secrets (user:password), name that file by store=file and reference, and "
    "give the address without them"
)


@dataclass(frozen=True, slots=True)
class FeedFate:
    """
    What became of one row of a file of feeds.

    Parameters
    ----------
    line
        Its line in the file.
    what
        ``"added"``, ``"changed"``, ``"same"`` or ``"refused"``.
    camera_id
        Its camera, where it names one that is there.
    feed
        Name of its feed.
    words
        Why it was refused; they hold no address.
    """

    line: int
    what: str
    camera_id: str | None = None
    feed: str | None = None
    words: str = ""


@dataclass(frozen=True, slots=True)
class FeedImport:
    """
    What became of the rows of a file of feeds.

    Parameters
    ----------
    rows
        One for each row, in the order of the file.
    is_kept
        Whether what they say is kept now.
    added, changed, same, refused
        How many rows each was true of.
    unread
        How many rows of the file could not be read at all.
    """

    rows: tuple[FeedFate, ...]
    is_kept: bool
    added: int
    changed: int
    same: int
    refused: int
    unread: int = 0


def check_columns(columns: Iterable[str]) -> None:
    """
    Check the columns of a file of feeds.

    Parameters
    ----------
    columns
        Their names.

    Raises
    ------
    InputError
        One is unknown or there twice, or there is neither ``camera`` nor ``feed``. Such
        a name is not told, because a file without names has an address in its place.

    Examples
    --------
    >>> check_columns(["camera", "Address", "tls"])
    """
    names = [_column(one) for one in columns]
    for number, name in enumerate(names, 1):
        if name not in COLUMNS or names.index(name) < number - 1:
            is_twice = name in COLUMNS
            words = "is there twice" if is_twice else "has a name that is not known"
            message = (
                f"column {number} of the file {words}; allowed, in the first line: "
                f"{', '.join(COLUMNS)}"
            )
            raise InputError(message)
    if not {"camera", "feed"} & set(names):
        message = "the file has neither a column camera nor a column feed; give one"
        raise InputError(message)


def import_feeds(  # noqa: PLR0913 - the rows, and how to take them
    connection: Connection,
    rows: Iterable[Mapping[str, str]],
    *,
    by: str,
    lines: Iterable[int],
    unread: int = 0,
    keep_good: bool = False,
    dry_run: bool = False,
) -> FeedImport:
    """
    Add and change feeds by the rows of a file, and name them as their cameras'.

    Parameters
    ----------
    connection
        From ``Registry.write``.
    rows
        One mapping for each row, from names of columns to text.
    by
        Name of the user.
    lines
        Line of the file of each row.
    unread
        How many rows of the file could not be read; they count as refused.
    keep_good
        Whether good rows are kept where others are refused; else nothing is.
    dry_run
        Whether all is undone again once the report is made.

    Returns
    -------
    FeedImport
        The report.

    Notes
    -----
    ``camera`` is a camera's id, its key in its source, or its name, where one camera
    alone has it. A feed that is not named is called as the camera's feed is now, else
    as the camera. An empty cell changes nothing. The rules of single feeds hold for
    each row: one device for one feed, one feed for one camera, nothing put behind what
    an owner agreed to be looked through.
    """
    whole = connection.begin_nested()
    importing = _Importing(connection, by)
    fates = [
        importing.take(line, {_column(name): text for name, text in row.items()})
        for line, row in zip(lines, rows, strict=True)
    ]
    counts = Counter(one.what for one in fates)
    is_kept = not dry_run and (keep_good or not counts["refused"] + unread)
    if is_kept:
        whole.commit()
    else:
        whole.rollback()
    return FeedImport(
        tuple(fates),
        is_kept,
        added=counts["added"],
        changed=counts["changed"],
        same=counts["same"],
        refused=counts["refused"],
        unread=unread,
    )


def _column(name: str) -> str:
    plain = name.strip().lower()
    return _OTHER_NAMES.get(plain, plain)


class _Importing:
    """One import under way."""

    def __init__(self, connection: Connection, by: str) -> None:
        self._connection, self._by = connection, by
        self._known = KnownFeeds(connection)

    def take(self, line: int, row: Mapping[str, str]) -> FeedFate:
        """Take a row whole, or leave it out whole."""
        inner = self._connection.begin_nested()
        camera_id = name = None
        try:
            _check_logins(row)
            camera = self._known.camera(row.get("camera"), row.get("source"))
            camera_id = None if camera is None else camera.camera_id
            name = _name_of(row, camera)
            steps = {self._feed(row, name)}
            if camera is not None:
                steps |= {self._reference(row, camera, name)}
                steps |= {self._login(row, camera.camera_id)}
            elif "store" in row or "reference" in row or "channel" in row:
                message = "store, reference and channel are a camera's; name the camera"
                raise InputError(message)
        except TableError as error:
            inner.rollback()
            # in a file whose columns are shifted any cell may hold a password
            words = "; ".join(
                f"{one.column} (not shown): allowed is {one.allowed}"
                for one in error.faults
            )
            return self._refused(line, words, camera_id=camera_id, name=name)
        except CoverageKitError as error:
            inner.rollback()
            return self._refused(line, str(error), camera_id=camera_id, name=name)
        inner.commit()
        self._known.keep()
        what = next((one for one in ("added", "changed") if one in steps), "same")
        return FeedFate(line, what, camera_id, name)

    def _refused(
        self, line: int, words: str, *, camera_id: str | None, name: str | None
    ) -> FeedFate:
        self._known.forget()
        if name is not None and self._known.feed(name) is None:
            # what is called a feed here may be anything: it is not there yet
            words, name = words.replace(f"the feed {name!r}", "its feed"), None
        return FeedFate(line, "refused", camera_id, name, words)

    def _feed(self, row: Mapping[str, str], name: str) -> str:
        told = {column: row[column] for column in _FEED if column in row}
        old = self._known.feed(name)
        if old is None:
            if "address" not in told:
                message = "there is no such feed yet; give its address"
                raise InputError(message)
            values = {"name": name, **told}
            made = feed_rows.add_feed(
                self._connection, values, by=self._by, holder=self._known.holder
            )
            self._known.has(made)
            return "added"
        new = {column: text for column, text in told.items() if text != old[column]}
        if not new:
            return "same"
        made = feed_rows.change_feed(
            self._connection,
            old["feed_id"],
            new,
            revision=old["revision"],
            by=self._by,
            holder=self._known.holder,
        )
        self._known.has(made)
        return "changed"

    def _reference(self, row: Mapping[str, str], camera: Any, name: str) -> str:  # noqa: ANN401 - a row of the database
        channel = row.get("channel")
        feed = self._known.feed(name)
        has_channels = feed is not None and _CHANNEL in feed["address"]
        if has_channels and channel is None:
            held = (camera.feed_ref or "").rpartition("/")
            if held[0] != name:
                message = "the address has {channel} in it; say which in channel"
                raise InputError(message)
            return "same"
        is_number = channel is not None and _NUMBER.fullmatch(channel)
        if channel is not None and not (has_channels and is_number):
            message = (
                "a channel is a number, and goes with an address that has {channel} in "
                "it; leave it out, or write {channel} where it belongs"
            )
            raise InputError(message)
        reference = name if channel is None else f"{name}/{int(channel)}"
        if camera.feed_ref == reference:
            return "same"
        changed = cameras.change_camera(
            self._connection,
            camera.camera_id,
            {"feed_ref": reference},
            revision=camera.revision,
            by=self._by,
        )
        self._known.has_reference(changed.camera_id, reference, changed.revision)
        return "changed"

    def _login(self, row: Mapping[str, str], camera_id: str) -> str:
        told = {name: row[name] for name in ("store", "reference") if name in row}
        if not told:
            return "same"
        table = schema.credential.c
        query = select(
            table.credential_id, table.store, table.reference, table.revision
        )
        mine = query.where(table.camera_id == camera_id).order_by(table.made_at.desc())
        old = self._connection.execute(mine).first()
        store = told.get("store", None if old is None else old.store)
        if store != "keyring" and ":" in told.get("reference", ""):
            message = (
                "reference is the name of a file or variable and never a login, and "
                "what is there has a colon (not shown); write the login into that file"
            )
            raise InputError(message)
        if old is None:
            values = {"camera_id": camera_id, **told}
            cameras.add_credential(self._connection, values, by=self._by)
            return "changed"
        new = {name: text for name, text in told.items() if text != getattr(old, name)}
        if not new:
            return "same"
        cameras.change_credential(
            self._connection,
            old.credential_id,
            new,
            revision=old.revision,
            by=self._by,
        )
        return "changed"


def _check_logins(row: Mapping[str, str]) -> None:
    """Refuse what holds a password where an address or a name belongs."""
    for column, text in row.items():
        if column in ADDRESSES and _WITH_LOGIN.match(text):
            message = f"the {column} {_KEEP_APART}"
            raise InputError(message)
        is_hidden = "://" in text or ("@" in text and ":" in text)
        if column not in ADDRESSES and is_hidden:
            message = (
                f"{column} holds what looks like an address or a login, not shown "
                "here; an address is given as address, a login never"
            )
            raise InputError(message)


def _name_of(row: Mapping[str, str], camera: Any) -> str:  # noqa: ANN401 - a row of the database
    """Give the name of a row's feed."""
    if "feed" in row:
        return row["feed"]
    if camera is None:
        message = "neither a camera nor a feed is named; name one"
        raise InputError(message)
    held = camera.feed_ref
    if held is None:
        return str(camera.camera_id)
    recorder, _, channel = str(held).rpartition("/")
    return recorder if recorder and _NUMBER.fullmatch(channel) else str(held)
