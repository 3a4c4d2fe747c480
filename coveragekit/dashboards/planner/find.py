"""Find what has a name: cameras, gaps, streets and areas of a city."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from typing import TYPE_CHECKING, Final

from coveragekit.errors import InputError
from coveragekit.view import mercator

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

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
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    @cached_property
    def _tables(self) -> dict[str, _Table]:
        store = self._store
        cameras = store.cameras
        called = [
            name or cameras.camera_id[row]
            for row, name in enumerate(_all(cameras.name))
        ]
        return {
            "area": _Table(_all(store.areas.name)),
            "gap": _Table(_all(store.gaps.name)),
            "street": _Table(_all(store.street_lines.name)),
            "camera": _Table(called),
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
            for row, name in self._tables[kind].having(wanted)
        ]
        hits.sort()
        return [Found(KINDS[kind], row, name) for _, kind, _, row, name in hits[:limit]]

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
        if kind not in KINDS or not 0 <= index < len(self._tables[kind]):
            message = f"there is no {kind} {index} in this study"
            raise InputError(message)
        if kind == "camera":
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
    """Names in one text, so that looking through them costs nearly nothing."""

    def __init__(self, names: Iterable[str]) -> None:
        self._names = [" ".join(name.split()) for name in names]
        lowered = [name.lower() for name in self._names]
        self._text = "\n".join(lowered)
        self._starts = [0, *accumulate(len(one) + 1 for one in lowered)]

    def __len__(self) -> int:
        return len(self._names)

    def having(self, wanted: str) -> list[tuple[int, str]]:
        """Give rows and names that hold these letters, not more than a few hundred."""
        found: list[tuple[int, str]] = []
        at = self._text.find(wanted)
        while at >= 0 and len(found) < _POOL:
            row = bisect_right(self._starts, at) - 1
            found.append((row, self._names[row]))
            at = self._text.find(wanted, self._starts[row + 1])
        return found


def _all(texts: Texts) -> list[str]:
    return [texts[row] for row in range(len(texts))]


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
