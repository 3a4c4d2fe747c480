"""Rows of a file that lie far from where the other cameras are."""

from __future__ import annotations

import math
from statistics import median
from typing import TYPE_CHECKING, Final

from sqlalchemy import select

from coveragekit.registry import schema

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

__all__ = ["Spots", "distance_km"]

_FAR_KM: Final = 100.0
_EARTH_KM: Final = 6371.0
_NAMED: Final = 5
_SAMPLE: Final = 5_000

Spot = tuple[float, float]


def distance_km(one: Spot, other: Spot) -> float:
    """
    Give how far two places are from each other, along a great circle.

    Parameters
    ----------
    one, other
        Longitude and latitude, degrees.

    Returns
    -------
    float
        Kilometres.

    Examples
    --------
    >>> round(distance_km((-84.39, 33.75), (24.94, 60.17)))
    7763
    """
    (lon_1, lat_1), (lon_2, lat_2) = (
        (math.radians(lon), math.radians(lat)) for lon, lat in (one, other)
    )
    across = math.sin((lat_2 - lat_1) / 2) ** 2
    along = math.sin((lon_2 - lon_1) / 2) ** 2
    part = across + math.cos(lat_1) * math.cos(lat_2) * along
    return 2 * _EARTH_KM * math.asin(math.sqrt(min(1.0, part)))


class Spots:
    """
    Where the rows of one import lie.

    Parameters
    ----------
    connection
        From ``Registry.write``, before the first row is taken.
    unit
        ``"row"`` or ``"line"``.

    Notes
    -----
    The middle is that of the cameras that were there; of the rows where there were
    none. Nothing is said where fewer than half lie around it: then there is no middle.
    """

    def __init__(self, connection: Connection, *, unit: str) -> None:
        table = schema.camera.c
        query = select(table.lon, table.lat).limit(_SAMPLE)
        self._known: list[Spot] = [
            (row.lon, row.lat) for row in connection.execute(query)
        ]
        self._rows: list[tuple[int, Spot]] = []
        self._unit = unit

    def add(self, number: int, lon: float, lat: float) -> None:
        """
        Note where a row lies.

        Parameters
        ----------
        number
            The row.
        lon, lat
            Degrees.
        """
        self._rows.append((number, (lon, lat)))

    def notices(self) -> Iterator[str]:
        """
        Say which rows lie far from the others, and what may be wrong with them.

        Yields
        ------
        str
            One sentence for each kind of mistake.
        """
        middle = _middle(self._known or [spot for _, spot in self._rows])
        if middle is None:
            return
        far = [
            (number, spot)
            for number, spot in self._rows
            if distance_km(spot, middle) > _FAR_KM
        ]
        swapped = [number for number, (lon, lat) in far if _is_near((lat, lon), middle)]
        nowhere = [number for number, spot in far if spot == (0.0, 0.0)]
        other = [number for number, _ in far if number not in {*swapped, *nowhere}]
        if swapped:
            yield self._said(swapped, "with longitude and latitude swapped, it seems")
        if nowhere:
            yield self._said(nowhere, "at longitude 0, latitude 0, which is the sea")
        if other:
            whose = (
                "the cameras that are there" if self._known else "most of the others"
            )
            yield self._said(other, f"more than {_FAR_KM:g} km from {whose}")

    def _said(self, numbers: list[int], words: str) -> str:
        named = ", ".join(str(one) for one in numbers[:_NAMED])
        more = f" and {len(numbers) - _NAMED:,} more" if len(numbers) > _NAMED else ""
        lies = f"{self._unit} {named} lies"
        if len(numbers) > 1:
            lies = f"{self._unit}s {named}{more} lie"
        return f"{lies} {words}; look at a map before it is relied on"


def _middle(spots: list[Spot]) -> Spot | None:
    """Give the middle of places of which more than half lie around it."""
    if not spots:
        return None
    middle = (median(lon for lon, _ in spots), median(lat for _, lat in spots))
    around = sum(_is_near(spot, middle) for spot in spots)
    return middle if 2 * around > len(spots) else None


def _is_near(spot: Spot, middle: Spot) -> bool:
    return distance_km(spot, middle) <= _FAR_KM
