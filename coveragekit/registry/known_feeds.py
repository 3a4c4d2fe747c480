"""What the registry has of cameras and feeds, in memory while a file is read."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import select

from coveragekit.errors import InputError
from coveragekit.registry import schema
from coveragekit.registry.feed_addresses import Known
from coveragekit.registry.feed_rows import ADDRESSES

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from sqlalchemy import Connection

    from coveragekit.registry.feed_rows import Feed

__all__ = ["KnownCamera", "KnownFeeds"]

_COLUMNS: Final = ("feed_id", *ADDRESSES, "tls", "certificate_sha256", "note")


@dataclass(frozen=True, slots=True)
class KnownCamera:
    """
    What an import has to know of a camera.

    Parameters
    ----------
    camera_id
        Its id.
    feed_ref
        The feed that it names.
    revision
        How often it was changed.
    """

    camera_id: str
    feed_ref: str | None
    revision: int


class KnownFeeds:
    """
    Finds cameras and feeds by what a file calls them.

    Parameters
    ----------
    connection
        From ``Registry.write``.

    Notes
    -----
    What a row changes is held apart until the row is known to be good.
    """

    def __init__(self, connection: Connection) -> None:
        table = schema.camera.c
        wanted = (table.camera_id, table.feed_ref, table.revision)
        more = (table.source, table.source_id, table.name)
        rows = connection.execute(
            select(*wanted, *more).where(table.removed_at.is_(None))
        ).all()
        self._cameras = {row[0]: KnownCamera(*row[:3]) for row in rows}
        self._by_key: dict[str, set[str]] = {}
        self._by_name: dict[str, set[str]] = {}
        self._sources = {row.camera_id: row.source for row in rows}
        for row in rows:
            if row.source_id is not None:
                self._by_key.setdefault(row.source_id, set()).add(row.camera_id)
            if row.name is not None:
                self._by_name.setdefault(row.name, set()).add(row.camera_id)
        feeds = schema.feed.c
        columns = ("name", "revision", *_COLUMNS)
        found = connection.execute(select(*(feeds[one] for one in columns)))
        self._feeds = {row.name: dict(row._mapping) for row in found}  # noqa: SLF001 - its public name
        self._names = {feed["feed_id"]: name for name, feed in self._feeds.items()}
        self._held = Known(
            (feed[one], feed["feed_id"])
            for feed in self._feeds.values()
            for one in ADDRESSES
            if feed[one] is not None
        )
        self._new: list[Feed] = []
        self._named: list[KnownCamera] = []

    def camera(self, said: str | None, source: str | None) -> KnownCamera | None:
        """
        Give the camera that a row names.

        Parameters
        ----------
        said
            Its id, its key in its source, or its name.
        source
            Its source, where several have that key or name.

        Returns
        -------
        KnownCamera or None
            ``None`` where the row names none.

        Raises
        ------
        InputError
            There is none, or there are several.
        """
        if said is None:
            return None
        if said in self._cameras:
            return self._cameras[said]
        for known in (self._by_key, self._by_name):
            found = [
                one
                for one in sorted(known.get(said, ()))
                if source is None or self._sources[one] == source
            ]
            if len(found) > 1:
                message = (
                    f"{len(found)} cameras are called so (the first: {found[0]}); give "
                    "the camera's id, or its source too"
                )
                raise InputError(message)
            if found:
                return self._cameras[found[0]]
        message = (
            "there is no such camera; give the id of one, its key in its source, or "
            "its name"
        )
        raise InputError(message)

    def feed(self, name: str) -> Mapping[str, Any] | None:
        """
        Give a feed; its addresses are for comparing alone.

        Parameters
        ----------
        name
            Its name.

        Returns
        -------
        mapping or None
            ``None`` where there is none.
        """
        for one in self._new:
            if one.name == name:
                return {column: getattr(one, column) for column in _COLUMNS} | {
                    "revision": one.revision
                }
        return self._feeds.get(name)

    def holder(
        self, name: str | None, addresses: Collection[str], feed_id: str
    ) -> str | None:
        """
        Give the feed that has a name or one of some addresses, but for one feed.

        Parameters
        ----------
        name
            The name.
        addresses
            The addresses.
        feed_id
            The feed that may have them.

        Returns
        -------
        str or None
            Its name; ``None`` where there is none.
        """
        called = self._feeds.get(name or "")
        if called is not None and called["feed_id"] != feed_id:
            return name
        for address in sorted(addresses):
            other = self._held.other_than(address, feed_id)
            if other is not None:
                return str(self._names[other])
        return None

    def has(self, feed: Feed) -> None:
        """
        Take note of a feed that a row made or changed.

        Parameters
        ----------
        feed
            The feed.
        """
        self._new.append(feed)

    def has_reference(self, camera_id: str, reference: str, revision: int) -> None:
        """
        Take note of the feed that a row named as a camera's.

        Parameters
        ----------
        camera_id
            The camera.
        reference
            What it names now.
        revision
            How often it was changed.
        """
        known = self._cameras[camera_id]
        self._named.append(replace(known, feed_ref=reference, revision=revision))

    def keep(self) -> None:
        """Hold what the last row changed for true."""
        for feed in self._new:
            self._names[feed.feed_id] = feed.name
            old = self._feeds.get(feed.name, {})
            for one in ADDRESSES:
                if old.get(one) is not None:
                    self._held.drop(old[one])
            for one in ADDRESSES:
                if getattr(feed, one) is not None:
                    self._held.add(getattr(feed, one), feed.feed_id)
            new = {column: getattr(feed, column) for column in _COLUMNS}
            self._feeds[feed.name] = new | {"revision": feed.revision}
        for camera in self._named:
            self._cameras[camera.camera_id] = camera
        self.forget()

    def forget(self) -> None:
        """Drop what the last row changed."""
        self._new.clear()
        self._named.clear()
