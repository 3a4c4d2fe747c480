"""Put a place that was found in a house onto the wall that faces its street."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np

from coveragekit.maps.tiles.index import BoxIndex
from coveragekit.view import mercator

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from coveragekit.server.finding import Found
    from coveragekit.view import Store

    Floats = NDArray[np.float64]

__all__ = ["Walls", "away", "crossed"]

_STREET_WITHIN_M: Final = 120.0
_OUT_M: Final = 0.3
_WALL_WITHIN_M: Final = 30.0


def away(line: Floats, points: Floats) -> Floats:
    """
    Give how far points lie from a line.

    Parameters
    ----------
    line
        Its corners, shape ``(k, 2)``.
    points
        Shape ``(n, 2)``.

    Returns
    -------
    numpy.ndarray
        Shape ``(n,)``, in the unit of the corners.

    Examples
    --------
    >>> away(np.array([[0.0, 0.0], [2.0, 0.0]]), np.array([[1.0, 1.0]])).tolist()
    [1.0]
    """
    near = _nearest(line, points) - points
    return np.asarray(np.hypot(near[:, 0], near[:, 1]))


def _nearest(line: Floats, points: Floats) -> Floats:
    """Give the place of a line that is nearest to each point."""
    start, step = line[:-1], np.diff(line, axis=0)
    size = np.maximum((step**2).sum(axis=1), 1e-30)
    offset = points[:, None] - start
    along = np.clip((offset * step).sum(axis=2) / size, 0.0, 1.0)
    places = start + along[..., None] * step
    apart = np.hypot(*np.moveaxis(places - points[:, None], 2, 0))
    return np.asarray(places[np.arange(len(points)), apart.argmin(axis=1)])


def crossed(ring: Floats, points: Floats) -> NDArray[np.int64]:
    """
    Count how often a ray to the east crosses a ring.

    Parameters
    ----------
    ring
        Its corners, shape ``(k, 2)``, the last the first.
    points
        Where the rays begin, shape ``(n, 2)``.

    Returns
    -------
    numpy.ndarray
        Shape ``(n,)``; odd within the ring.

    Examples
    --------
    >>> square = np.array([[0.0, 0.0], [2, 0], [2, 2], [0, 2], [0, 0]])
    >>> crossed(square, np.array([[1.0, 1.0], [3.0, 1.0]])).tolist()
    [1, 0]
    """
    a, b = ring[:-1], ring[1:]
    y = points[:, 1:]
    spans = (a[:, 1] > y) != (b[:, 1] > y)
    slope = np.where(b[:, 1] == a[:, 1], 1.0, b[:, 1] - a[:, 1])
    x = a[:, 0] + (y - a[:, 1]) / slope * (b[:, 0] - a[:, 0])
    return np.asarray((spans & (x > points[:, :1])).sum(axis=1))


class Walls:
    """
    The walls of a study, to hang a camera on.

    Parameters
    ----------
    store
        Its view store.
    """

    def __init__(self, store: Store) -> None:
        self._houses, self._lines = store.buildings.shape, store.street_lines
        self._house_boxes = BoxIndex.of(np.asarray(self._houses.box))
        self._street_boxes = BoxIndex.of(np.asarray(self._lines.shape.box))

    def at_wall(self, found: Found) -> Found:
        """
        Give a place outside the house that it was found in.

        Parameters
        ----------
        found
            What was found.

        Returns
        -------
        Found
            On the wall nearest to the street of its address, or to any where that one
            is not near; as it was where it is in no house.
        """
        here = mercator.to_merc(found.lon, found.lat)
        rings = self._house_at(here)
        street = self._street_at(here, found.address) if rings else None
        if street is None:
            return found
        walls = [_nearest(ring, street[None])[0] for ring in rings]
        wall = min(walls, key=lambda one: float(np.hypot(*(one - street))))
        gap = float(np.hypot(*(street - wall)))
        out = _OUT_M * float(mercator.scale(here))
        place = wall + (street - wall) * min(out / max(gap, 1e-30), 1.0)
        lon, lat = mercator.to_lonlat(place).tolist()
        return replace(found, lon=lon, lat=lat)

    def away_m(self, lon: float, lat: float) -> float:
        """
        Give how far a place is from the nearest wall.

        Parameters
        ----------
        lon, lat
            Degrees.

        Returns
        -------
        float
            Metres; infinite where no wall is within 30 m.
        """
        here = mercator.to_merc(lon, lat)
        per_m = float(mercator.scale(here))
        reach = _WALL_WITHIN_M * per_m
        window = np.concatenate([here - reach, here + reach])
        far = [
            float(away(ring, here[None])[0])
            for row in self._house_boxes.rows(window).tolist()
            for ring in self._houses.rings(row)
        ]
        nearest = min(far, default=np.inf) / per_m
        return nearest if nearest <= _WALL_WITHIN_M else np.inf

    def _house_at(self, here: Floats) -> list[Floats]:
        for row in self._house_boxes.rows(np.concatenate([here, here])).tolist():
            rings = self._houses.rings(row)
            if sum(int(crossed(ring, here[None])[0]) for ring in rings) % 2:
                return rings
        return []

    def _street_at(self, here: Floats, address: str) -> Floats | None:
        """Give the nearest place of the street that an address names, or of any."""
        reach = _STREET_WITHIN_M * float(mercator.scale(here))
        told = address.casefold()
        best: tuple[bool, float, Floats] | None = None
        rows = self._street_boxes.rows(np.concatenate([here - reach, here + reach]))
        for row in rows.tolist():
            number = int(self._lines.name_of[row])
            name = self._lines.name[number].casefold() if number >= 0 else ""
            other = not (name and name in told)
            for line in self._lines.shape.rings(row):
                place = _nearest(line, here[None])[0]
                far = float(np.hypot(*(place - here)))
                if far <= reach and (best is None or (other, far) < best[:2]):
                    best = (other, far, place)
        return None if best is None else best[2]
