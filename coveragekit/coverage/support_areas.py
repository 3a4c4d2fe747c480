"""Spread places over discs, normal distributions, polygons and facades."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from coveragekit.coverage.kernels.supports import facade_points

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from shapely.geometry import Polygon

    from coveragekit.coverage.nearby import Walls

__all__ = [
    "Spots",
    "disc_spots",
    "facade_spots",
    "gaussian_spots",
    "places_each",
    "polygon_spots",
]

# From many to few; the first that keeps all places of all events in memory is taken.
POINTS: Final = (64, 16, 7, 3)
MOST_PLACES: Final = 2_000_000
_IN_POLYGON = 512
_GOLDEN_RAD = np.pi * (3.0 - np.sqrt(5.0))
# The plastic number's powers spread points evenly over a square (Roberts 2018).
_PLASTIC = 1.3247179572447460
_FACADE_M = 10.0
_FACING = 0.5


class Spots(NamedTuple):
    """
    Places with weights, by what they belong to.

    Parameters
    ----------
    xy
        Metres, shape ``(m, 2)``.
    weight
        More than 0, shape ``(m,)``; need not add up to 1.
    owner
        What each belongs to, ascending.
    """

    xy: NDArray[np.float64]
    weight: NDArray[np.float64]
    owner: NDArray[np.intp]

    @classmethod
    def at(cls, places: NDArray[np.float64], weight: float) -> Spots:
        """
        Give one place for each owner.

        Parameters
        ----------
        places
            Metres, shape ``(n, 2)``.
        weight
            Of each.

        Returns
        -------
        Spots
            By row of ``places``.
        """
        return cls(places, np.full(len(places), weight), np.arange(len(places)))

    @classmethod
    def none(cls) -> Spots:
        """
        Give no place at all.

        Returns
        -------
        Spots
            Empty arrays.
        """
        return cls.at(np.empty((0, 2)), 1.0)


def places_each(tellings: int) -> int:
    """
    Give over how many places each telling with an error is spread.

    Parameters
    ----------
    tellings
        How many there are.

    Returns
    -------
    int
        64; where that would be more than 2 million places in all, 16, 7 or 3.

    Examples
    --------
    >>> [places_each(count) for count in (31_250, 31_251, 200_000, 1_000_000)]
    [64, 16, 7, 3]
    """
    fitting = (each for each in POINTS if tellings * each <= MOST_PLACES)
    return next(fitting, POINTS[-1])


def gaussian_spots(
    places: NDArray[np.float64], sigma_m: NDArray[np.float64], *, each: int = POINTS[0]
) -> Spots:
    """
    Give some places around each, of equal weight, spread as a normal distribution is.

    Parameters
    ----------
    places
        Middles, metres, shape ``(n, 2)``.
    sigma_m
        Standard deviation to the east and to the north, metres, > 0.
    each
        How many around each, as :func:`places_each` gives it.

    Returns
    -------
    Spots
        By row of ``places``; the same ones every time.

    Notes
    -----
    64 lie the same way about every middle. Fewer are turned about it, by an angle that
    follows from the coordinates of the middle, and have the deviation exactly: what
    they cannot tell of one event evens out over many.

    Examples
    --------
    >>> import numpy as np
    >>> spots = gaussian_spots(np.zeros((1, 2)), np.array([10.0]))
    >>> spots.xy.std(axis=0).round(1).tolist()
    [9.9, 10.0]
    """
    share = (np.arange(each) + 0.5) / each
    return _spiral(places, sigma_m, np.sqrt(-2.0 * np.log1p(-share)), mean_square=2.0)


def disc_spots(
    places: NDArray[np.float64], radius_m: NDArray[np.float64], *, each: int = POINTS[0]
) -> Spots:
    """
    Give some places around each, of equal weight, spread evenly over a disc.

    Parameters
    ----------
    places
        Middles, metres, shape ``(n, 2)``.
    radius_m
        Of each disc, metres, > 0.
    each
        How many around each, as :func:`places_each` gives it.

    Returns
    -------
    Spots
        By row of ``places``; the same ones every time, fewer than 64 turned as in
        :func:`gaussian_spots`.

    Examples
    --------
    >>> import numpy as np
    >>> spots = disc_spots(np.zeros((1, 2)), np.array([10.0]))
    >>> spots.xy.std(axis=0).round(1).tolist()
    [5.0, 5.0]
    """
    share = (np.arange(each) + 0.5) / each
    return _spiral(places, radius_m, np.sqrt(share), mean_square=0.5)


def _spiral(
    places: NDArray[np.float64],
    size: NDArray[np.float64],
    radius: NDArray[np.float64],
    *,
    mean_square: float,
) -> Spots:
    turn = np.arange(len(radius)) * _GOLDEN_RAD
    offsets = radius[:, None] * np.column_stack([np.sin(turn), np.cos(turn)])
    offsets -= offsets.mean(axis=0)
    if len(radius) < POINTS[0]:
        offsets *= np.sqrt(mean_square / (offsets**2).sum(axis=1).mean())
        angle = 2.0 * np.pi * ((places @ _PLASTIC ** np.array([-1.0, -2.0])) % 1.0)
        east, north = np.cos(angle)[:, None], np.sin(angle)[:, None]
        around = np.stack(
            [
                east * offsets[:, 0] - north * offsets[:, 1],
                north * offsets[:, 0] + east * offsets[:, 1],
            ],
            axis=2,
        )
    else:
        around = offsets[None]
    xy = places[:, None] + size[:, None, None] * around
    count = len(places) * len(radius)
    owner = np.repeat(np.arange(len(places)), len(radius))
    return Spots(xy.reshape(-1, 2), np.ones(count), owner)


def polygon_spots(polygons: NDArray[np.object_], walls: Walls) -> Spots:
    """
    Give places spread evenly over the open ground of polygons, of equal weight.

    Parameters
    ----------
    polygons
        Polygons or MultiPolygons.
    walls
        The buildings, which are left out.

    Returns
    -------
    Spots
        By position in ``polygons``, 512 each; fewer or none where hardly any of the
        polygon is open.

    Examples
    --------
    >>> import geopandas as gpd
    >>> import numpy as np
    >>> from shapely import box
    >>> from coveragekit.coverage.nearby import walls_by_building
    >>> from coveragekit.visibility import Obstacles
    >>> half = gpd.GeoDataFrame(geometry=[box(0, 0, 5, 10)], crs="EPSG:32616")
    >>> walls = walls_by_building(Obstacles.from_buildings(half))
    >>> ground = np.array([box(0, 0, 10, 10)], dtype=object)
    >>> bool((polygon_spots(ground, walls).xy[:, 0] > 5.0).all())
    True
    """
    found = [_inside(polygon, walls) for polygon in polygons]
    owner = np.repeat(np.arange(len(found)), [len(xy) for xy in found])
    xy = np.concatenate([np.empty((0, 2)), *found])
    return Spots(xy, np.ones(len(xy)), owner)


def _inside(polygon: Polygon, walls: Walls) -> NDArray[np.float64]:
    import shapely

    shapely.prepare(polygon)
    minx, miny, maxx, maxy = polygon.bounds
    found = np.empty((0, 2))
    # A polygon as thin as a street may fill a thousandth of its box.
    for offered in (_IN_POLYGON * 4**power for power in range(6)):
        number = np.arange(1, offered + 1)[:, None]
        unit = (0.5 + number / _PLASTIC ** np.array([1.0, 2.0])) % 1.0
        xy = np.array([minx, miny]) + unit * np.array([maxx - minx, maxy - miny])
        xy = xy[shapely.contains_xy(polygon, xy)]
        found = xy[walls.over(xy) < 0]
        if len(found) >= _IN_POLYGON:
            break
    return found[:_IN_POLYGON]


def facade_spots(
    places: NDArray[np.float64],
    fronts: NDArray[np.float64],
    building: NDArray[np.int32],
    *,
    walls: Walls,
    off_m: float,
    spacing_m: float,
) -> Spots:
    """
    Give places along the facade on both sides of a building's front.

    Parameters
    ----------
    places, fronts
        Places in buildings and their fronts, metres, shape ``(n, 2)``.
    building
        Building of each place.
    walls
        The buildings.
    off_m
        How far before the wall, metres.
    spacing_m
        Longest piece of wall that one place stands for, metres.

    Returns
    -------
    Spots
        By row of ``places``: along the walls that look the way the front does (within
        60 degrees), up to 10 m from it, in no building; the front itself where there
        is no such place.

    Examples
    --------
    >>> import geopandas as gpd
    >>> import numpy as np
    >>> from shapely import box
    >>> from coveragekit.coverage.nearby import walls_by_building
    >>> from coveragekit.visibility import Obstacles
    >>> house = gpd.GeoDataFrame(geometry=[box(0, 5, 8, 15)], crs="EPSG:32616")
    >>> walls = walls_by_building(Obstacles.from_buildings(house))
    >>> place, front = np.array([[3.0, 9.0]]), np.array([[3.0, 4.0]])
    >>> spots = facade_spots(place, front, np.array([0], dtype=np.int32),
    ...     walls=walls, off_m=1.0, spacing_m=4.0)
    >>> spots.xy.tolist()
    [[6.0, 4.0], [2.0, 4.0]]
    """
    xy, long, row = facade_points(
        places,
        fronts,
        building,
        walls.ends,
        walls.ptr,
        spacing_m,
        off_m,
        _FACADE_M,
        _FACING,
    )
    free = walls.over(xy) < 0
    xy, long, row = xy[free], long[free], row[free]
    bare = np.setdiff1d(np.arange(len(places)), row)
    owner = np.concatenate([row, bare])
    order = np.argsort(owner, kind="stable")
    return Spots(
        np.concatenate([xy, fronts[bare]])[order],
        np.concatenate([long, np.ones(len(bare))])[order],
        owner[order],
    )
