"""Find what has a name: cameras, gaps, streets and areas of a city."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np

from coveragekit.errors import InputError
from coveragekit.view import mercator

if TYPE_CHECKING:
    from collections.abc import Sequence

    from coveragekit.view import Store, Texts

__all__ = ["KINDS", "Found", "Names", "Target"]

KINDS: Final = ("area", "gap", "street", "camera")
"""What can be found, the fewest first."""

_LONGEST: Final = 120
_POOL: Final = 400
_OF_A_KIND: Final = 4


@dataclass(frozen=True, slots=True)
class Found:
    """
    One thing that has the name.

    Parameters
    ----------
    kind
        One of ``KINDS``.
    index
        Its row in the store.
    name
        Its name.
    """

    kind: str
    index: int
    name: str


@dataclass(frozen=True, slots=True)
class Target:
    """
    Where the map has to look.

    Parameters
    ----------
    lon, lat
        The middle, degrees.
    bounds
        West, south, east and north, degrees; a point has equal ones.
    """

    lon: float
    lat: float
    bounds: tuple[float, float, float, float]


class Names:
    """
    The names of a city, read when somebody first looks for one.

    Parameters
    ----------
    store
        The city.

    Attributes
    ----------
    left
        Rows of cameras that have left since the build, and are not found any more.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self.left: frozenset[int] = frozenset()

    @cached_property
    def _tables(self) -> dict[str, tuple[_Table, ...]]:
        store = self._store
        cameras = store.cameras
        return {
            "area": (_Table(store.areas.name),),
            "gap": (_Table(store.gaps.name),),
            "street": (_Table(store.street_lines.name),),
            "camera": (_Table(cameras.name), _Table(cameras.camera_id)),
        }

    def find(self, text: str, *, limit: int = 12) -> list[Found]:
        """
        Give what has a name with these letters in it.

        Parameters
        ----------
        text
            The letters; upper and lower case are the same.
        limit
            How many at most.

        Returns
        -------
        list of Found
            First those whose name begins so, then those with a word that does; of each
            kind a few before more of one.
        """
        wanted = " ".join(text[:_LONGEST].lower().split())
        if not wanted:
            return []
        hits = [
            (_worth(name.lower(), wanted), KINDS.index(kind), len(name), row, name)
            for kind in KINDS
            for row, name in self._having(kind, wanted)
        ]
        hits.sort()
        return [Found(KINDS[kind], row, name) for _, kind, _, row, name in hits[:limit]]

    def _having(self, kind: str, wanted: str) -> list[tuple[int, str]]:
        names, *keys = self._tables[kind]
        found = names.having(wanted)
        for table in keys:  # a camera without a name is known by its key
            found += [one for one in table.having(wanted) if not names[one[0]]]
        if kind == "camera":
            return [one for one in found if one[0] not in self.left]
        return found

    def where(self, kind: str, index: int) -> Target:
        """
        Give where a thing lies.

        Parameters
        ----------
        kind
            One of ``KINDS``.
        index
            Its row.

        Returns
        -------
        Target
            Its middle and its box.

        Raises
        ------
        InputError
            There is no such kind or row.
        """
        if kind not in KINDS or not 0 <= index < len(self._tables[kind][0]):
            message = f"there is no {kind} {index} in this study"
            raise InputError(message)
        if kind == "camera":
            if index in self.left:
                message = "that camera has left the registry since the build"
                raise InputError(message)
            x, y = (float(one) for one in self._store.cameras.merc[index])
            return _target((x, y, x, y))
        if kind == "street":
            return _target(self._street_box(index))
        table = self._store.areas if kind == "area" else self._store.gaps
        return _target(tuple(float(one) for one in table.shape.box[index]))

    def _street_box(self, index: int) -> tuple[float, ...]:
        lines = self._store.street_lines
        boxes = lines.shape.box[lines.name_of == index]
        low, high = boxes[:, :2].min(axis=0), boxes[:, 2:].max(axis=0)
        return (float(low[0]), float(low[1]), float(high[0]), float(high[1]))


class _Table:
    """Names as one text of small letters, so that a search costs nearly nothing."""

    def __init__(self, names: Texts) -> None:
        self._names = names
        whole = names.blob.tobytes()
        if whole.isascii():
            self._text, self._starts = whole.lower(), names.offsets
        else:
            parts = [names[row].lower().encode() for row in range(len(names))]
            self._text = b"".join(parts)
            self._starts = np.cumsum([0, *map(len, parts)])

    def __len__(self) -> int:
        return len(self._names)

    def __getitem__(self, row: int) -> str:
        return " ".join(self._names[row].split())

    def having(self, wanted: str) -> list[tuple[int, str]]:
        """Give rows and names that hold these letters, not more than a few hundred."""
        found: list[tuple[int, str]] = []
        sought = wanted.encode()
        at = self._text.find(sought)
        while at >= 0 and len(found) < _POOL:
            row = int(np.searchsorted(self._starts, at, side="right")) - 1
            end = int(self._starts[row + 1])
            if at + len(sought) <= end:
                found.append((row, self[row]))
                at = self._text.find(sought, end)
            else:  # it begins in one name and ends in the next
                at = self._text.find(sought, at + 1)
        return found


def _worth(name: str, wanted: str) -> int:
    if name.startswith(wanted):
        return 0 if len(name) == len(wanted) else 1
    return 2 if f" {wanted}" in name else 3


def _target(box: Sequence[float]) -> Target:
    west, north, east, south = box
    (lon, lat), (left, top), (right, bottom) = mercator.to_lonlat(
        [[(west + east) / 2, (north + south) / 2], [west, north], [east, south]]
    ).tolist()
    return Target(lon, lat, (left, bottom, right, top))
