"""Cameras that are there already under another name of their file."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import select

from coveragekit.registry import schema

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Connection

__all__ = ["Twins"]

_PLACES: Final = 7
_SAME: Final = ("name", "bearing_deg", "sector")


class Twins:
    """
    The cameras that stood in a registry before an import, by place and looks.

    Parameters
    ----------
    connection
        From ``Registry.write``.

    Notes
    -----
    A row is just like a camera where both stand at the same seven decimals of a degree
    and have the same name, kind, direction and sector. Each camera is the twin of one
    row only, for several may hang on one pole.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._there: dict[tuple[object, ...], list[tuple[str, str | None]]] | None
        self._there = None
        self._sources: Counter[str] = Counter()

    @property
    def sources(self) -> tuple[str, ...]:
        """The sources of the twins that were found, the most frequent first."""
        return tuple(source for source, _ in self._sources.most_common())

    def take(self, camera: Mapping[str, Any]) -> str | None:
        """
        Give the camera that a new row is just like, once.

        Parameters
        ----------
        camera
            What the row says of its camera.

        Returns
        -------
        str or None
            The camera's id; ``None`` where there is none, or where the source tells
            the row from it by a key of its own.
        """
        there = self._all().get(_looks(camera), [])
        keyed = "source_id" in camera
        for at, (camera_id, source) in enumerate(there):
            if keyed and source == camera.get("source"):
                continue
            del there[at]
            self._sources[source or ""] += 1
            return camera_id
        return None

    def _all(self) -> dict[tuple[object, ...], list[tuple[str, str | None]]]:
        """Read them once, before the first new row is written."""
        if self._there is None:
            self._there = {}
            table = schema.camera.c
            names = ("camera_id", "source", "lon", "lat", "kind", *_SAME)
            query = select(*(table[name] for name in names))
            standing = table.removed_at.is_(None)
            for row in self._connection.execute(query.where(standing)):
                told = dict(zip(names, row, strict=True))
                known = self._there.setdefault(_looks(told), [])
                known.append((told["camera_id"], told["source"]))
        return self._there


def _looks(camera: Mapping[str, Any]) -> tuple[object, ...]:
    return (
        round(camera["lon"], _PLACES),
        round(camera["lat"], _PLACES),
        camera.get("kind") or "unknown",
        *(camera.get(name) for name in _SAME),
    )
