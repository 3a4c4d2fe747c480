"""Choose where the names of streets, waters and areas stand."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final, TypedDict

import numpy as np

from coveragekit.maps.tiles.chains import joined, straight_places
from coveragekit.maps.tiles.frame import TILE_PX
from coveragekit.maps.tiles.index import BoxIndex
from coveragekit.maps.tiles.style import at_zoom

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from coveragekit.view import Areas, Ragged, Shapes, Store

__all__ = ["Label", "labels"]

_STREETS_FROM: Final = 15.5
_SHAPES_FROM: Final = 11.0
# Width of a letter, and how far apart two names stay, in heights of letters.
_LETTER: Final = 0.6
_APART: Final = 1.5
_LONGEST: Final = 60
# A name stands again so far away, CSS pixels.
_AGAIN_PX: Final = 180.0


class Label(TypedDict):
    """A name and where it stands."""

    text: str
    x: float
    y: float
    angle: float
    kind: str
    size: float


def labels(
    store: Store,
    bounds_merc: tuple[float, float, float, float],
    zoom: float,
    *,
    area_kind: int | None = None,
) -> list[Label]:
    """
    Give the names to write onto a part of the map.

    Parameters
    ----------
    store
        The view store.
    bounds_merc
        Least x and y, greatest x and y, unit square of Web Mercator.
    zoom
        Of the map; streets have names from 16 on.
    area_kind
        Number of the kind of area to name; none where ``None``.

    Returns
    -------
    list of Label
        Text; middle in the unit square; angle in degrees, clockwise, above -90 to 90;
        kind (``"street"``, ``"water"`` or ``"area"``); height of letters in CSS
        pixels. The more important first, and none over another.

    Notes
    -----
    Pieces of a street are joined before its name is placed, so that a name that is
    longer than a block finds room. What is longer than 60 letters is cut.
    """
    per_unit = TILE_PX * 2.0**zoom
    window = np.array(bounds_merc) * per_unit
    crowd = _Crowd(window)
    found: list[Label] = []
    if zoom >= _SHAPES_FROM:
        if area_kind is not None:
            kind = np.asarray(store.areas.kind) == area_kind
            rows = np.flatnonzero(kind)
            found += _shapes(store.areas, rows, crowd, per_unit=per_unit, kind="area")
        everything = np.arange(len(store.water.shape))
        found += _shapes(
            store.water, everything, crowd, per_unit=per_unit, kind="water"
        )
    if zoom >= _STREETS_FROM:
        found += _streets(store, per_unit, crowd, zoom=zoom)
    for one in found:
        one["x"] /= per_unit
        one["y"] /= per_unit
    return found


class _Crowd:
    """The names that stand already, as discs along each."""

    def __init__(self, window: NDArray[np.float64]) -> None:
        self.window = window
        self._taken: dict[tuple[int, int], list[tuple[float, float, float]]] = {}

    def admits(
        self, place: tuple[float, float, float], long: float, high: float
    ) -> bool:
        """Take a place if all of it is in the window and touches no name there is."""
        x, y, angle = place
        minx, miny, maxx, maxy = self.window.tolist()
        turn = math.radians(angle)
        wide = (abs(math.cos(turn)) * long + high) / 2.0
        tall = (abs(math.sin(turn)) * long + high) / 2.0
        if not (minx <= x - wide and x + wide <= maxx):
            return False
        if not (miny <= y - tall and y + tall <= maxy):
            return False
        steps = max(round(long / high), 1)
        dots = [
            (x + off * math.cos(turn), y + off * math.sin(turn))
            for off in ((i + 0.5) / steps * long - long / 2.0 for i in range(steps))
        ]
        if any(self._touches(dot, high) for dot in dots):
            return False
        for dot in dots:
            cell = int(dot[0] // 64), int(dot[1] // 64)
            self._taken.setdefault(cell, []).append((*dot, high))
        return True

    def _touches(self, dot: tuple[float, float], high: float) -> bool:
        column, row = int(dot[0] // 64), int(dot[1] // 64)
        return any(
            math.hypot(dot[0] - x, dot[1] - y) < _APART * (high + other) / 2.0
            for i in (-1, 0, 1)
            for j in (-1, 0, 1)
            for x, y, other in self._taken.get((column + i, row + j), ())
        )


def _streets(
    store: Store, per_unit: float, crowd: _Crowd, *, zoom: float
) -> list[Label]:
    lines = store.street_lines
    minx, miny, maxx, maxy = (crowd.window / per_unit).tolist()
    # From further out, so that names stay where they are while the map moves.
    wide, high = (maxx - minx) / 5.0, (maxy - miny) / 5.0
    around = np.array([minx - wide, miny - high, maxx + wide, maxy + high])
    rows = BoxIndex.of(np.asarray(lines.shape.box)).rows(around)
    name_of, rank = np.asarray(lines.name_of)[rows], np.asarray(lines.rank)[rows]
    found: list[Label] = []
    for name, least in _in_turn(name_of, rank):
        stands: list[tuple[float, float]] = []
        size = round(at_zoom(zoom, (16.0, 19.0), (10.5, 13.5)) - 0.3 * min(least, 5), 1)
        text = lines.name[name][:_LONGEST]
        long = _LETTER * size * len(text)
        pieces = [
            ring * per_unit
            for row in rows[name_of == name].tolist()
            for ring in lines.shape.rings(row)
            if len(ring) > 1
        ]
        for chain in joined(pieces):
            for place in straight_places(
                chain, long, spacing=max(260.0, 3.0 * long), off=0.3 * size
            ):
                # The two sides of a street need no name each.
                if any(math.dist(place[:2], other) < _AGAIN_PX for other in stands):
                    continue
                if crowd.admits(place, long, size):
                    stands.append(place[:2])
                    one = _label(text, place, kind="street", size=size)
                    found.append(one)
    return found


def _in_turn(
    name_of: NDArray[np.int32], rank: NDArray[np.uint8]
) -> Iterator[tuple[int, int]]:
    """Give names from the major streets to the minor."""
    least: dict[int, int] = {}
    for name, one in zip(name_of.tolist(), rank.tolist(), strict=True):
        if name >= 0:
            least[name] = min(least.get(name, one), one)
    yield from sorted(least.items(), key=lambda item: (item[1], item[0]))


def _shapes(
    table: Areas | Shapes,
    rows: NDArray[np.int64],
    crowd: _Crowd,
    *,
    per_unit: float,
    kind: str,
) -> list[Label]:
    box = np.asarray(table.shape.box)[rows] * per_unit
    minx, miny, maxx, maxy = crowd.window.tolist()
    near = (box[:, 0] < maxx) & (box[:, 2] > minx)
    near &= (box[:, 1] < maxy) & (box[:, 3] > miny)
    size = 12.0
    found: list[Label] = []
    # The large ones first.
    wide = box[:, 2] - box[:, 0]
    for place in sorted(np.flatnonzero(near).tolist(), key=lambda one: -wide[one]):
        text = table.name[int(rows[place])][:_LONGEST]
        long = _LETTER * size * len(text)
        if not text or wide[place] < long:
            continue
        spot = _widest(table.shape, int(rows[place]), crowd.window, per_unit=per_unit)
        if spot is None or spot[2] < long:
            continue
        if crowd.admits((spot[0], spot[1], 0.0), long, size):
            found.append(_label(text, (spot[0], spot[1], 0.0), kind=kind, size=size))
    return found


def _widest(
    shape: Ragged, row: int, window: NDArray[np.float64], *, per_unit: float
) -> tuple[float, float, float] | None:
    """Give the middle and width of a polygon's widest level stretch in a window."""
    minx, miny, maxx, maxy = window.tolist()
    box = np.asarray(shape.box[row]) * per_unit
    top, bottom = max(box[1], miny), min(box[3], maxy)
    rings = [ring * per_unit for ring in shape.rings(row)]
    best: tuple[float, float, float] | None = None
    for part in (0.5, 0.35, 0.65, 0.2, 0.8):
        y = top + part * (bottom - top)
        cuts = np.sort(np.concatenate([_level(ring, y) for ring in rings]))
        for west, east in zip(cuts[::2].tolist(), cuts[1::2].tolist(), strict=False):
            one, two = max(west, minx), min(east, maxx)
            if two > one and (best is None or two - one > 1.15 * best[2]):
                best = (one + two) / 2.0, y, two - one
    return best


def _level(ring: NDArray[np.float64], y: float) -> NDArray[np.float64]:
    one, two = ring, np.roll(ring, -1, axis=0)
    cut = (one[:, 1] > y) != (two[:, 1] > y)
    one, two = one[cut], two[cut]
    slope = (two[:, 0] - one[:, 0]) / (two[:, 1] - one[:, 1])
    return np.asarray(one[:, 0] + (y - one[:, 1]) * slope)


def _label(
    text: str, place: tuple[float, float, float], *, kind: str, size: float
) -> Label:
    x, y, angle = (float(one) for one in place)
    return Label(text=text, x=x, y=y, angle=round(angle, 1), kind=kind, size=size)
