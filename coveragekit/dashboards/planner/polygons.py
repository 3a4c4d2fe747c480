"""Polygons that a reader draws: checked, and asked which places lie in them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self

import numpy as np

from coveragekit.dashboards.planner.kernels.masks import edges_by_band, inside
from coveragekit.errors import InputError
from coveragekit.view.mercator import LATITUDE_LIMIT_DEG, to_merc

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

__all__ = ["MOST_CORNERS", "Corners", "Drawn", "checked_polygon"]

Corners = tuple[tuple[float, float], ...]
"""Longitude and latitude of each corner, degrees; the last is joined to the first."""

MOST_CORNERS: Final = 500
_STEPS: Final = 1_000_000  # a corner stands on a grid of a tenth of a metre
_BANDS: Final = 256
_WIDEST_DEG: Final = 180.0
_DO: Final = "draw it again"


def checked_polygon(corners: object) -> Corners:
    """
    Give a drawn polygon as it is kept, or refuse it.

    Parameters
    ----------
    corners
        Pairs of longitude and latitude, degrees; the first may stand again at the end.

    Returns
    -------
    tuple
        The corners, rounded to a millionth of a degree.

    Raises
    ------
    InputError
        Not pairs of numbers, off the map, fewer than three corners, more than 500, no
        area, wider than half the earth, or an outline that crosses itself.

    Examples
    --------
    >>> checked_polygon([[24.9, 60.1], [25.0, 60.1], [25.0, 60.2], [24.9, 60.1]])
    ((24.9, 60.1), (25.0, 60.1), (25.0, 60.2))
    """
    found = [_on_grid(one) for one in _listed(corners)]
    steps = [one for at, one in enumerate(found) if at == 0 or one != found[at - 1]]
    if len(steps) > 1 and steps[0] == steps[-1]:
        steps.pop()
    if len(steps) < 3:
        message = f"the drawn area has {len(steps)} corners; allowed: 3 or more; {_DO}"
        raise InputError(message)
    lons = [lon for lon, _ in steps]
    wide = (max(lons) - min(lons)) / _STEPS
    if wide > _WIDEST_DEG:
        message = (
            f"the drawn area is {wide:.0f} degrees wide; allowed: up to "
            f"{_WIDEST_DEG:.0f}, half the earth; {_DO}"
        )
        raise InputError(message)
    grid = np.array(steps, np.int64)
    if _is_line(grid):
        message = f"the drawn area is a line; allowed: one with an inside; {_DO}"
        raise InputError(message)
    if _crosses_itself(grid):
        message = (
            "the outline of the drawn area crosses or touches itself; allowed: a plain "
            f"outline; {_DO}, corner by corner"
        )
        raise InputError(message)
    return tuple((lon / _STEPS, lat / _STEPS) for lon, lat in steps)


def _listed(corners: object) -> list[object]:
    if not isinstance(corners, list | tuple):
        message = f"the drawn area is {corners!r:.40}; allowed: a list of corners"
        raise InputError(message)
    # One more, for the first corner that stands again at the end.
    if len(corners) > MOST_CORNERS + 1:
        message = (
            f"the drawn area has {len(corners):,} corners; allowed: {MOST_CORNERS}; "
            "draw it with fewer"
        )
        raise InputError(message)
    return list(corners)


def _on_grid(corner: object) -> tuple[int, int]:
    if not isinstance(corner, list | tuple) or len(corner) != 2:
        message = f"a corner is {corner!r:.40}; allowed: longitude and latitude"
        raise InputError(message)
    numbers = [
        float(one)
        for one in corner
        if isinstance(one, int | float) and not isinstance(one, bool)
    ]
    if len(numbers) != 2 or not all(math.isfinite(one) for one in numbers):
        message = f"a corner is {corner!r:.40}; allowed: two numbers, degrees"
        raise InputError(message)
    lon, lat = numbers
    if abs(lon) > 180.0 or abs(lat) > LATITUDE_LIMIT_DEG:
        message = (
            f"a corner is at longitude {lon:.6g}, latitude {lat:.6g}; allowed: -180 to "
            f"180 and -{LATITUDE_LIMIT_DEG:.2f} to {LATITUDE_LIMIT_DEG:.2f}; {_DO}"
        )
        raise InputError(message)
    return round(lon * _STEPS), round(lat * _STEPS)


def _is_line(grid: NDArray[np.int64]) -> bool:
    moved = grid - grid[0]
    along = moved[1]
    return bool((moved[:, 0] * along[1] == moved[:, 1] * along[0]).all())


def _crosses_itself(grid: NDArray[np.int64]) -> bool:
    """Tell whether two edges meet, but for neighbours at their corner; exact."""
    count = len(grid)
    start, end = grid, np.roll(grid, -1, axis=0)
    along = end - start
    after = np.roll(along, -1, axis=0)
    turn = along[:, 0] * after[:, 1] - along[:, 1] * after[:, 0]
    if ((turn == 0) & ((along * after).sum(axis=1) < 0)).any():
        return True  # it runs back the way it came
    # On which side of each edge (rows) each corner (columns) lies.
    east = start[None, :, 0] - start[:, None, 0]
    north = start[None, :, 1] - start[:, None, 1]
    side = np.sign(along[:, :1] * north - along[:, 1:] * east)
    next_side = np.roll(side, -1, axis=1)
    parted = (side * next_side <= 0) & (side.T * next_side.T <= 0)
    low, high = np.minimum(start, end), np.maximum(start, end)
    near = (low[:, None] <= high[None]).all(-1) & (low[None] <= high[:, None]).all(-1)
    apart = (np.arange(count)[:, None] - np.arange(count)[None]) % count
    neighbours = (apart <= 1) | (apart == count - 1)
    return bool((parted & near & ~neighbours).any())


@dataclass(frozen=True, slots=True, eq=False)
class Drawn:
    """
    A polygon made ready to be asked which places lie in it.

    Parameters
    ----------
    xy
        Corners in the unit square of Web Mercator, shape ``(k, 2)``.
    ptr, edges
        Its edges by bands of y.
    box
        Least x and y, greatest x and y.
    """

    xy: NDArray[np.float64]
    ptr: NDArray[np.int64]
    edges: NDArray[np.int64]
    box: NDArray[np.float64]

    @classmethod
    def of(cls, corners: Iterable[tuple[float, float]]) -> Self:
        """
        Make a polygon ready.

        Parameters
        ----------
        corners
            As :func:`checked_polygon` gives them.

        Returns
        -------
        Drawn
            Ready for :meth:`holds`.
        """
        lonlat = np.array(list(corners), np.float64)
        xy = to_merc(lonlat[:, 0], lonlat[:, 1])
        box = np.concatenate([xy.min(axis=0), xy.max(axis=0)])
        ptr, edges = edges_by_band(xy, _BANDS, box[1], box[3])
        return cls(xy, ptr, edges, box)

    def holds(self, merc: NDArray[np.float64]) -> NDArray[np.bool_]:
        """
        Tell which places lie in the polygon.

        Parameters
        ----------
        merc
            Places in the unit square of Web Mercator, shape ``(n, 2)``.

        Returns
        -------
        numpy.ndarray
            Bool, one for each place; by the edges as drawn on the map.

        Examples
        --------
        >>> square = Drawn.of([(-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0)])
        >>> square.holds(to_merc([0.0, 2.0], [0.0, 0.0])).tolist()
        [True, False]
        """
        out = np.empty(len(merc), np.bool_)
        inside(merc, self.xy, self.ptr, self.edges, self.box, out)
        return out
