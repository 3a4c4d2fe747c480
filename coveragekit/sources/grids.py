"""Find out in which CRS coordinates could be that say nothing of themselves."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from coveragekit.errors import CRSError

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray
    from pyproj import Proj

__all__ = ["Candidate", "candidates", "looks_like_degrees", "refuse_unknown_grid"]

_WORLD = (-180.0, -90.0, 180.0, 90.0)
_SHOWN = 14
_SAMPLED = 200
_INSIDE_SHARE = 0.95
_STATE_PLANE = re.compile(
    r"NAD83 / (?!UTM|BC|Yukon|Alberta|Canada|Statistics|MTM|Quebec)"
)
_UTM = re.compile(r"(?:WGS 84|NAD83) / UTM zone \d+N$")
# National grids that are common in files without a stated CRS.
_Grid = tuple[str, str, tuple[float, float, float, float]]
_NATIONAL = (
    *("27700", "2157", "2154", "28992", "31370", "2056", "21781", "3067", "3006"),
    *(
        "25832",
        "25833",
        "2180",
        "5514",
        "31287",
        "3763",
        "2100",
        "3301",
        "2193",
        "7855",
    ),
)


@dataclass(frozen=True, slots=True)
class Candidate:
    """
    A CRS in which coordinates could be.

    Parameters
    ----------
    code
        Such as ``EPSG:2240``.
    name
        Its name.
    lon, lat
        Where the middle of the rows would lie, degrees.
    """

    code: str
    name: str
    lon: float
    lat: float

    def __str__(self) -> str:
        """Give the candidate with the place where it puts the rows."""
        north = "N" if self.lat >= 0 else "S"
        east = "E" if self.lon >= 0 else "W"
        where = f"{abs(self.lat):.2f} {north}, {abs(self.lon):.2f} {east}"
        return f"{self.code} ({self.name}; the middle would lie at {where})"


def looks_like_degrees(x: NDArray[np.float64], y: NDArray[np.float64]) -> bool:
    """
    Tell whether coordinates can be longitudes and latitudes, in either order.

    Parameters
    ----------
    x, y
        Coordinates, finite.

    Returns
    -------
    bool
        True where at least half of the rows are within the range of degrees.

    Examples
    --------
    >>> looks_like_degrees(np.array([-84.4]), np.array([33.7]))
    True
    >>> looks_like_degrees(np.array([2_230_000.0]), np.array([1_370_000.0]))
    False
    """
    if len(x) == 0:
        return True
    usual = (np.abs(x) <= 180.0) & (np.abs(y) <= 90.0)
    swapped = (np.abs(x) <= 90.0) & (np.abs(y) <= 180.0)
    return bool(np.mean(usual | swapped) >= 0.5)


def candidates(
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    plausible: Callable[[float, float], bool] | None = None,
) -> list[Candidate]:
    """
    Give the CRS in which coordinates could be, the likeliest first.

    Parameters
    ----------
    x, y
        Coordinates, finite.
    plausible
        Tells for a longitude and a latitude whether the rows may lie there; ``None``
        where nothing is known of that.

    Returns
    -------
    list of Candidate
        US State Plane zones (feet first), national grids and, where ``plausible`` is
        given, UTM zones, within whose area of use nearly all rows fall; Web Mercator
        where it puts them on a continent's latitudes.

    Examples
    --------
    >>> x, y = np.array([2_230_000.0]), np.array([1_370_000.0])
    >>> found = candidates(x, y, lambda lon, lat: -90 < lon < -80 and 30 < lat < 36)
    >>> found[0].code
    'EPSG:2240'
    """
    found = []
    sample = np.linspace(0, len(x) - 1, min(len(x), _SAMPLED)).astype(int)
    for grid in _grids(with_utm=plausible is not None):
        middle = _middle(grid, x[sample], y[sample])
        if middle is not None and (plausible is None or plausible(*middle)):
            found.append(Candidate(f"EPSG:{grid[0]}", grid[1], *middle))
    return found


@cache
def _grids(*, with_utm: bool) -> tuple[_Grid, ...]:
    from pyproj.database import query_crs_info
    from pyproj.enums import PJType

    feet: list[_Grid] = []
    metres: list[_Grid] = []
    national: list[_Grid] = []
    utm: list[_Grid] = []
    for info in query_crs_info(auth_name="EPSG", pj_types=PJType.PROJECTED_CRS):
        if info.area_of_use is None or info.deprecated:
            continue
        area = info.area_of_use
        box = (area.west, area.south, area.east, area.north)
        grid: _Grid = (info.code, info.name, box)
        if _STATE_PLANE.match(info.name):
            (feet if "(ft" in info.name else metres).append(grid)
        elif info.code in _NATIONAL:
            national.append(grid)
        elif _UTM.match(info.name):
            utm.append(grid)
    mercator = ("3857", "WGS 84 / Pseudo-Mercator", (-180.0, -70.0, 180.0, 78.0))
    grids = [*feet, *metres, *national, mercator]
    return tuple(grids + utm if with_utm else grids)


@cache
def _projection(code: str) -> Proj:
    from pyproj import Proj

    # The projection alone, without a change of datum: metres do not matter here.
    return Proj(f"EPSG:{code}")


def _middle(
    grid: _Grid, x: NDArray[np.float64], y: NDArray[np.float64]
) -> tuple[float, float] | None:
    code, _, (west, south, east, north) = grid
    lon, lat = _projection(code)(x, y, inverse=True)
    within = (lon >= west) & (lon <= east)
    if west > east:
        within = (lon >= west) | (lon <= east)
    inside = within & (lat >= south) & (lat <= north)
    if np.mean(inside) < _INSIDE_SHARE:
        return None
    return float(np.median(lon[inside])), float(np.median(lat[inside]))


def refuse_unknown_grid(
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    *,
    source: str,
    plausible: Callable[[float, float], bool] | None = None,
) -> CRSError:
    """
    Give the error for coordinates that are not degrees and whose CRS is not known.

    Parameters
    ----------
    x, y
        Coordinates, finite.
    source
        Name of the file.
    plausible
        As for :func:`candidates`.

    Returns
    -------
    CRSError
        It names the values seen, the candidates and how to confirm one.
    """
    found = candidates(x, y, plausible)
    seen = f"{float(np.median(x)):,.0f} / {float(np.median(y)):,.0f}"
    start = f"{source}: coordinates are not degrees (middle {seen}), no CRS is stated"
    if not found:
        message = (
            f"{start}; no common grid puts them anywhere likely: ask the publisher for "
            'the CRS and give it, such as crs="EPSG:2240"'
        )
        return CRSError(message)
    shown = "; ".join(str(one) for one in found[:_SHOWN])
    more = len(found) - _SHOWN
    tail = f"; and {more} more" if more > 0 else ""
    message = (
        f"{start}; they could be in {shown}{tail}. Confirm one, such as "
        f'crs="{found[0].code}" (on the command line: --table-crs '
        f"TABLE={found[0].code})"
    )
    return CRSError(message)
