"""Find for each point the place to judge it by: before a building, not within it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from coveragekit.coverage.kernels.places import gap_to_walls, last_exit
from coveragekit.coverage.nearby import Walls, near_lines, walls_by_building
from coveragekit.coverage.streets import public_lines
from coveragekit.crs import check_same
from coveragekit.errors import InputError

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray
    from shapely.geometry.base import BaseGeometry

    from coveragekit.visibility import Obstacles

__all__ = ["buildings_over", "frontages", "unique_places"]

FRONTAGE_M = 1.0
_BASES = ("point", "frontage", "outside")
_POINT, _FRONTAGE, _OUTSIDE = range(3)
# Farther than this no street is what a building fronts on.
_FARTHEST_STREET_M = 1000.0
_STREETS_TRIED = 6
_BUILDINGS_PASSED = 16
# On the outline to a micrometre is outside, as for lines of sight.
_TOUCH_M = 1e-6


def frontages(
    points: gpd.GeoDataFrame | gpd.GeoSeries,
    obstacles: Obstacles,
    streets: gpd.GeoDataFrame,
    *,
    area: BaseGeometry | None = None,
    frontage_m: float = FRONTAGE_M,
    toward: NDArray[np.float64] | None = None,
) -> gpd.GeoDataFrame:
    """
    Give for each point the place to judge it by: itself, or its building's front.

    Parameters
    ----------
    points
        Incidents or calls, Points in a CRS in metres.
    obstacles
        The buildings, in the same CRS.
    streets
        The table ``streets`` in the same CRS; public ones count.
    area
        The study area; points outside it are told apart. ``None``: there are none.
    frontage_m
        How far before the outline the front is looked at, metres, > 0.
    toward
        A place on the street that each point's building is known to front on, such as
        by its address, metres, shape ``(n, 2)``; not-a-number where none is known.

    Returns
    -------
    geopandas.GeoDataFrame
        On the index of ``points``: ``basis`` (``point``, ``frontage`` or ``outside``),
        ``building_id`` of the building that the point lies in (missing in the open),
        ``frontage_x`` and ``frontage_y`` in metres (not-a-number unless the basis is
        ``frontage``), and the place to judge by as geometry.

    Raises
    ------
    CRSError
        A table has no CRS, one that is not in metres, or another than the rest.
    InputError
        A row without a point, or a distance that cannot be.

    Notes
    -----
    Geocoders put an address into the middle of its building, where no camera looks; of
    Reynoldstown's offences 69 % are published so. The front is ``frontage_m`` before
    the place where the straight line from the point to the nearest public street leaves
    the building for the last time before that street. Where that is within another
    building, it moves on along the line until it is free; where it finds no free place
    before the street, the next nearest street is tried (six of them, within 1 km).
    A street known by ``toward`` is tried before all others.
    Where none works the basis stays ``point`` although ``building_id`` is set: such
    points have no frontage, and count as not seen.
    A point on an outline is outside. In overlapping buildings the first by id counts.

    Examples
    --------
    >>> import geopandas as gpd
    >>> from shapely import LineString, Point, box
    >>> from coveragekit.visibility import Obstacles
    >>> crs = "EPSG:32616"
    >>> house = gpd.GeoDataFrame(
    ...     {"building_id": ["h"]}, geometry=[box(0, 5, 10, 15)], crs=crs)
    >>> street = gpd.GeoDataFrame({"highway": ["residential"]},
    ...     geometry=[LineString([(-50, 0), (50, 0)])], crs=crs)
    >>> inside = gpd.GeoSeries([Point(5, 10)], crs=crs)
    >>> front = frontages(inside, Obstacles.from_buildings(house), street)
    >>> front[["basis", "building_id", "frontage_x", "frontage_y"]].round(3)
          basis building_id  frontage_x  frontage_y
    0  frontage           h         5.0         4.0
    """
    import geopandas as gpd
    import pandas as pd
    import shapely

    from coveragekit.visibility.cameras import check_points

    check_same(obstacles.crs, streets.crs, "obstacles and streets")
    if not (np.isfinite(frontage_m) and frontage_m > 0.0):
        message = f"frontage_m is {frontage_m:g}; allowed: more than 0, finite"
        raise InputError(message)
    xy = check_points(points, obstacles, "points")
    # Published points repeat: each place is judged once.
    places, first, place_of = unique_places(xy)
    if toward is not None:
        if toward.shape != xy.shape:
            message = (
                f"toward has the shape {toward.shape}; allowed: one place for each of "
                f"the {len(xy)} points"
            )
            raise InputError(message)
        places, first, place_of = xy, np.arange(len(xy)), np.arange(len(xy))
    walls = walls_by_building(obstacles)
    building = _building_of(places, walls)
    front = np.full(places.shape, np.nan)
    indoors = np.flatnonzero(building >= 0)
    front[indoors] = _fronts(
        places[indoors],
        building[indoors],
        walls=walls,
        lines=public_lines(streets).geometry.to_numpy(),
        frontage_m=frontage_m,
        toward=None if toward is None else toward[indoors],
    )
    basis = np.where(np.isnan(front[:, 0]), _POINT, _FRONTAGE)
    if area is not None:
        shapely.prepare(area)
        within = shapely.intersects_xy(area, places[:, 0], places[:, 1])
        basis = np.where(within, basis, _OUTSIDE)
    fronted = basis == _FRONTAGE
    front[~fronted] = np.nan
    judged = points.geometry.to_numpy()[first]
    judged[fronted] = shapely.points(front[fronted])
    ids = pd.array([*obstacles.building_ids, None], dtype="str")
    columns = {
        "basis": pd.array(_BASES, dtype="str").take(basis[place_of]),
        "building_id": ids.take(building[place_of]),
        "frontage_x": front[place_of, 0],
        "frontage_y": front[place_of, 1],
    }
    return gpd.GeoDataFrame(
        columns, geometry=judged[place_of], index=points.index, crs=points.crs
    )


def buildings_over(xy: NDArray[np.float64], obstacles: Obstacles) -> NDArray[np.int32]:
    """
    Give the building that each place lies in.

    Parameters
    ----------
    xy
        Places in the CRS of the obstacles, metres, shape ``(n, 2)``.
    obstacles
        The buildings.

    Returns
    -------
    numpy.ndarray
        Row of the building, -1 in the open, as :func:`frontages` has it: a place on an
        outline is outside, and in overlapping buildings the first by id counts.

    Examples
    --------
    >>> import geopandas as gpd
    >>> import numpy as np
    >>> from shapely import box
    >>> from coveragekit.visibility import Obstacles
    >>> house = gpd.GeoDataFrame(geometry=[box(0, 0, 10, 8)], crs="EPSG:32616")
    >>> places = np.array([[5.0, 4.0], [10.0, 4.0], [12.0, 4.0]])
    >>> buildings_over(places, Obstacles.from_buildings(house)).tolist()
    [0, -1, -1]
    """
    return _building_of(xy, walls_by_building(obstacles))


def unique_places(
    xy: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.intp], NDArray[np.intp]]:
    """
    Give the different places among many, as published points repeat.

    Parameters
    ----------
    xy
        Coordinates, shape ``(n, 2)``.

    Returns
    -------
    tuple of numpy.ndarray
        The different places in the order in which they come first, the first row that
        each was found in, and the place of each row.

    Examples
    --------
    >>> import numpy as np
    >>> unique_places(np.array([[1.0, 2.0], [0.0, 5.0], [1.0, 2.0]]))[2].tolist()
    [0, 1, 0]
    """
    import pandas as pd

    # A hash of both numbers at once: sorting a million places would take as long as
    # all that is done with them.
    both = np.ascontiguousarray(xy, dtype=np.float64).view(np.complex128).ravel()
    place_of, different = pd.factorize(both, use_na_sentinel=False)
    first = np.full(len(different), len(both), dtype=np.intp)
    np.minimum.at(first, place_of, np.arange(len(both)))
    places = np.asarray(different).view(np.float64).reshape(-1, 2)
    return places, first, place_of


def _building_of(places: NDArray[np.float64], walls: Walls) -> NDArray[np.int32]:
    building = walls.over(places)
    indoors = np.flatnonzero(building >= 0)
    gap = gap_to_walls(places[indoors], building[indoors], walls.ends, walls.ptr)
    building[indoors[gap <= _TOUCH_M]] = -1
    return building


def _fronts(
    places: NDArray[np.float64],
    building: NDArray[np.int32],
    *,
    walls: Walls,
    lines: NDArray[np.object_],
    frontage_m: float,
    toward: NDArray[np.float64] | None,
) -> NDArray[np.float64]:
    """Give the front of each place, not-a-number where there is none."""
    front = np.full(places.shape, np.nan)

    def walk(rows: NDArray[np.intp], targets: NDArray[np.float64]) -> None:
        known = ~np.isnan(targets[:, 0])
        rows, targets = rows[known], targets[known]
        front[rows] = _walk_out(
            places[rows],
            targets,
            building[rows],
            walls=walls,
            frontage_m=frontage_m,
        )

    # Nearly all succeed at the nearest street; the rest ask for further ones together.
    if toward is not None:
        walk(np.arange(len(places)), toward)
    rest = np.flatnonzero(np.isnan(front[:, 0]))
    nearest = near_lines(places[rest], lines, count=1, limit_m=_FARTHEST_STREET_M)[1]
    walk(rest, nearest[:, 0])
    asked = np.flatnonzero(np.isnan(front[:, 0]))
    further = near_lines(
        places[asked], lines, count=_STREETS_TRIED, limit_m=_FARTHEST_STREET_M
    )[1]
    for tried in range(1, _STREETS_TRIED):
        wanting = np.isnan(front[asked, 0])
        walk(asked[wanting], further[wanting, tried])
    return front


def _walk_out(
    places: NDArray[np.float64],
    targets: NDArray[np.float64],
    building: NDArray[np.int32],
    *,
    walls: Walls,
    frontage_m: float,
) -> NDArray[np.float64]:
    """Walk from each place towards its target until out of all buildings."""
    way = targets - places
    length = np.hypot(way[:, 0], way[:, 1])
    way /= np.where(length > 0.0, length, 1.0)[:, None]
    front = np.full(places.shape, np.nan)
    walking = np.arange(len(places))
    inside = building
    gone = np.full(len(places), -1.0)
    for _ in range(_BUILDINGS_PASSED):
        out = last_exit(
            places[walking], targets[walking], inside, walls.ends, walls.ptr
        )
        onward = (out >= 0.0) & (out + frontage_m > gone[walking])
        walking, out = walking[onward], out[onward]
        gone[walking] = out + frontage_m
        there = places[walking] + way[walking] * gone[walking][:, None]
        inside = walls.over(there)
        free = inside < 0
        front[walking[free]] = there[free]
        walking, inside = walking[~free], inside[~free]
        if len(walking) == 0:
            break
    return front
