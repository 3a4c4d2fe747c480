"""Find addresses in a study's own streets and places, and say where a point lies."""

from __future__ import annotations

import re
import struct
import unicodedata
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np

from coveragekit.maps.tiles.index import BoxIndex
from coveragekit.view import mercator

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from numpy.typing import NDArray

    from coveragekit.view import Store

    Floats = NDArray[np.float64]

__all__ = ["Finder", "Found", "plain"]

_LONGEST: Final = 120
_MOST_WORDS: Final = 8
_NEAR_M: Final = 60.0
_AND: Final = re.compile(r"\s*(?:&|/|\band\b|\bat\b|\by\b|\bcon\b)\s*")
_POINT: Final = 1
_Z_FLAGS: Final = 0xE000_0000


@dataclass(frozen=True, slots=True)
class Found:
    """
    One place that fits what was typed.

    Parameters
    ----------
    name
        What it is called.
    kind
        ``"address"``, ``"place"``, ``"crossing"`` or ``"street"``.
    address
        Its postal address; of a street or crossing its name.
    lon, lat
        Where it is, degrees.
    """

    name: str
    kind: str
    address: str
    lon: float
    lat: float


def plain(text: str) -> str:
    """
    Give a text as it is compared: small letters, no accents, single blanks.

    Parameters
    ----------
    text
        Any text.

    Returns
    -------
    str
        The text to compare.

    Examples
    --------
    >>> plain("  Café  PEÑA ")
    'cafe pena'
    """
    parts = unicodedata.normalize("NFKD", text[:_LONGEST].casefold())
    kept = "".join(one for one in parts if not unicodedata.combining(one))
    return " ".join(re.sub(r"[^\w&/]+", " ", kept).split())


@dataclass(frozen=True, slots=True, eq=False)
class _Table:
    """Things with a name, and the text by which each is found."""

    texts: tuple[str, ...]
    found: tuple[tuple[str, str, str], ...]
    merc: Floats

    @classmethod
    def of(cls, rows: Iterable[tuple[str, str, str, Floats]]) -> _Table:
        kept = list(rows)
        texts = tuple(f" {plain(f'{name} {address}')}" for name, _, address, _ in kept)
        merc = np.array([one[3] for one in kept]).reshape(-1, 2)
        return cls(texts, tuple((a, b, c) for a, b, c, _ in kept), merc)

    def having(self, words: list[str]) -> list[int]:
        return [
            row
            for row, text in enumerate(self.texts)
            if all(f" {word}" in text for word in words)
        ]


class Finder:
    """
    Find by name in the streets and places of a study; it knows no camera.

    Parameters
    ----------
    store
        The study's view store.
    places_file
        The study's table of places; ``None``: it has none.
    """

    def __init__(self, store: Store, places_file: Path | None) -> None:
        self._store = store
        self._places_file = places_file

    def ready(self) -> None:
        """Read all names now, so that nobody waits for them."""
        for made in (self._places, self._streets, self._crossings, self._boxes):
            assert made is not None

    def businesses(self) -> Floats:
        """
        Give where businesses are that are open.

        Returns
        -------
        numpy.ndarray
            Unit square of Web Mercator, shape ``(n, 2)``.
        """
        is_open = [kind == "place" for _, kind, _ in self._places.found]
        return np.asarray(self._places.merc[np.array(is_open, bool)])

    @cached_property
    def _places(self) -> _Table:
        if self._places_file is None:
            return _Table.of([])
        return _Table.of(_read_places(self._places_file))

    @cached_property
    def _streets(self) -> _Table:
        """Each name of a street once, in the middle of its longest piece."""
        lines = self._store.street_lines
        best: dict[int, tuple[float, int]] = {}
        size = np.hypot(*(lines.shape.box[:, 2:] - lines.shape.box[:, :2]).T)
        for row, name in enumerate(np.asarray(lines.name_of).tolist()):
            if name >= 0 and size[row] > best.get(name, (-1.0, 0))[0]:
                best[name] = (float(size[row]), row)
        return _Table.of(
            (lines.name[name], "street", lines.name[name], self._middle(row))
            for name, (_, row) in sorted(best.items())
            if lines.name[name].strip()
        )

    def _middle(self, row: int) -> Floats:
        line = self._store.street_lines.shape.rings(row)[0]
        steps = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(line, axis=0).T))])
        half = steps[-1] / 2.0
        return np.array([np.interp(half, steps, line[:, axis]) for axis in (0, 1)])

    @cached_property
    def _crossings(self) -> _Table:
        """Where two streets of different names meet."""
        lines = self._store.street_lines
        names = np.asarray(lines.name_of)
        start = lines.shape.ring_ptr[lines.shape.row_ptr[:-1]]
        end = lines.shape.ring_ptr[lines.shape.row_ptr[1:]] - 1
        named = np.flatnonzero((names >= 0) & (end > start))
        ends = np.concatenate([start[named], end[named]])
        xy, of = lines.shape.xy[ends], np.tile(names[named], 2)
        # A hundredth of a metre and less: where pieces are joined they share a corner.
        _, node = np.unique(np.round(xy * 2.0**32), axis=0, return_inverse=True)
        order = np.argsort(node, kind="stable")
        rows: dict[tuple[int, int], Floats] = {}
        cuts = np.flatnonzero(np.diff(node[order])) + 1
        for group in np.split(order, cuts):
            meeting = np.unique(of[group]).tolist()
            for at, one in enumerate(meeting):
                for other in meeting[at + 1 :]:
                    rows.setdefault((one, other), xy[group[0]])
        return _Table.of(
            (
                f"{lines.name[one]} & {lines.name[other]}",
                "crossing",
                f"{lines.name[one]} & {lines.name[other]}",
                where,
            )
            for (one, other), where in rows.items()
        )

    def find(self, text: str, *, limit: int = 8) -> list[Found]:
        """
        Give what fits a text, the best first.

        Parameters
        ----------
        text
            An address, the name of a place or street, or two streets.
        limit
            How many at most.

        Returns
        -------
        list of Found
            Nothing for fewer than two letters. Where a house number is not known, the
            street without it.
        """
        wanted = plain(text)
        if len(wanted) < 2:
            return []
        words = wanted.replace("&", " ").replace("/", " ").split()[:_MOST_WORDS]
        if not words:
            return []
        hits = self._hits(self._places, words, wanted)
        if _AND.search(wanted):
            both = [one for one in _AND.split(wanted) if one]
            meeting = " ".join(both).split()[:_MOST_WORDS]
            hits += self._hits(self._crossings, meeting, wanted)
        hits += self._hits(self._streets, words, wanted)
        bare = [word for word in words if not word[0].isdigit()]
        if not hits and bare and bare != words:
            hits = self._hits(self._streets, bare, " ".join(bare))
        if len(hits) < limit and not _AND.search(wanted):
            hits += self._hits(self._crossings, words, wanted)
        return [one for _, one in sorted(hits, key=lambda hit: hit[0])[:limit]]

    def _hits(
        self, table: _Table, words: list[str], wanted: str
    ) -> list[tuple[tuple[int, int, str], Found]]:
        hits = []
        for row in table.having(words):
            name, kind, address = table.found[row]
            worth = _worth(table.texts[row], (plain(name), plain(address)), wanted)
            lon, lat = mercator.to_lonlat(table.merc[row]).tolist()
            one = Found(name or address, kind, address, lon, lat)
            hits.append(((worth, len(table.texts[row]), one.name), one))
        return hits

    @cached_property
    def _boxes(self) -> BoxIndex:
        return BoxIndex.of(np.asarray(self._store.street_lines.shape.box))

    def near(self, lon: float, lat: float) -> tuple[str, str]:
        """
        Say where a place lies.

        Parameters
        ----------
        lon, lat
            Degrees.

        Returns
        -------
        tuple of str
            The nearest address and the name of the nearest street within 60 m; empty
            where there is none.
        """
        here = mercator.to_merc(lon, lat)
        reach = _NEAR_M * float(mercator.scale(here))
        return self._address_near(here, reach), self._street_near(here, reach)

    def _address_near(self, here: Floats, reach: float) -> str:
        table = self._places
        if not len(table.merc):
            return ""
        away = np.hypot(*(table.merc - here).T)
        for row in np.argsort(away)[:5].tolist():
            if away[row] <= reach and table.found[row][2]:
                return str(table.found[row][2])
        return ""

    def _street_near(self, here: Floats, reach: float) -> str:
        lines = self._store.street_lines
        window = np.concatenate([here - reach, here + reach])
        best, name = reach, ""
        for row in self._boxes.rows(window).tolist():
            if lines.name_of[row] < 0:
                continue
            for line in lines.shape.rings(row):
                away = _away(line, here)
                if away < best:
                    best, name = away, str(lines.name[int(lines.name_of[row])])
        return name


def _worth(text: str, called: tuple[str, str], wanted: str) -> int:
    """Give 0 for what is meant beyond doubt, more for what only holds the words."""
    if wanted in called:
        return 0
    if text.startswith(f" {wanted}") or called[1].startswith(wanted):
        return 1
    return 2


def _away(line: Floats, here: Floats) -> float:
    start, step = line[:-1], np.diff(line, axis=0)
    size = np.maximum((step**2).sum(axis=1), 1e-30)
    along = np.clip(((here - start) * step).sum(axis=1) / size, 0.0, 1.0)
    return float(np.hypot(*(start + along[:, None] * step - here).T).min())


def _read_places(path: Path) -> Iterable[tuple[str, str, str, Floats]]:
    """Give the open places of a study's table, without the tables' heavy library."""
    import pyarrow.parquet as pq

    names = ["name", "address", "closed_at", "geometry"]
    rows = pq.read_table(path, columns=names).to_pydict()
    lonlat = np.array([_point(one) for one in rows["geometry"]]).reshape(-1, 2)
    merc = mercator.to_merc(lonlat[:, 0], lonlat[:, 1])
    for row, where in enumerate(merc):
        name, address = rows["name"][row] or "", rows["address"][row] or ""
        if not (name or address) or not np.isfinite(where).all():
            continue
        # The address outlives the business that closed.
        is_open = rows["closed_at"][row] is None and bool(name)
        yield (
            (name, "place", address, where)
            if is_open
            else (
                address,
                "address",
                address,
                where,
            )
        )


def _point(wkb: bytes | None) -> tuple[float, float]:
    """Give the place that a point in well-known bytes tells of."""
    if wkb is None or len(wkb) < 21:
        return (np.nan, np.nan)
    order = "<" if wkb[0] == 1 else ">"
    (kind,) = struct.unpack_from(f"{order}I", wkb, 1)
    if kind & ~_Z_FLAGS != _POINT:
        return (np.nan, np.nan)
    x, y = struct.unpack_from(f"{order}2d", wkb, 5)
    return (x, y)
