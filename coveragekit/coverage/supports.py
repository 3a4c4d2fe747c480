"""Say where each event may have happened: along a facade, a block, over an area."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from coveragekit.coverage.frontages import FRONTAGE_M, frontages
from coveragekit.coverage.nearby import walls_by_building
from coveragekit.coverage.support_areas import (
    POINTS,
    Spots,
    disc_spots,
    facade_spots,
    gaussian_spots,
    places_each,
    polygon_spots,
)
from coveragekit.coverage.support_blocks import Network, network_of
from coveragekit.coverage.support_places import Supports
from coveragekit.coverage.tellings import KINDS, UNKNOWN, Tellings, read_tellings
from coveragekit.crs import check_metric, check_same
from coveragekit.errors import InputError

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray
    from pyproj import CRS

    from coveragekit.coverage.nearby import Walls
    from coveragekit.visibility import Obstacles

__all__ = ["supports"]

_EXACT, _ADDRESS, _BLOCK, _CROSSING, _AREA = range(len(KINDS))
_NO_KIND = "no location_kind"
_NO_AREA = "no area"
_NO_GROUND = "no open ground"
_NO_FRONT = "in a building without a front"


class _Found:
    """The supports found so far for the tellings of a table."""

    def __init__(self, told: Tellings, walls: Walls) -> None:
        self.support = np.full(len(told.xy), -1, dtype=np.int64)
        unknown = told.kind == UNKNOWN
        self.why = np.where(unknown, f": {_NO_KIND}", "").astype(object)
        self.xy = told.xy
        self._walls = walls
        self._spots: list[Spots] = [Spots.none()]
        self._basis: list[NDArray[np.object_]] = [np.empty(0, dtype=object)]
        self._count = 0

    def open_rows(self, *kinds: int, of: Tellings) -> NDArray[np.intp]:
        """Give the rows of some kinds that have no support yet."""
        return np.flatnonzero((self.support < 0) & np.isin(of.kind, kinds))

    def explain(self, rows: NDArray[np.intp], why: str) -> None:
        """Note why rows do not get what their kind asks for."""
        before = self.why[rows]
        self.why[rows] = [f"{text}, {why}" if text else f": {why}" for text in before]

    def add(
        self,
        rows: NDArray[np.intp],
        spots: Spots,
        basis: str,
        *,
        shared: NDArray[np.intp] | None = None,
        anywhere: bool = False,
    ) -> None:
        """Take over supports by owner: ``shared`` or the position in ``rows``."""
        if not anywhere:
            free = self._walls.over(spots.xy) < 0
            spots = Spots(spots.xy[free], spots.weight[free], spots.owner[free])
        owners, number = np.unique(spots.owner, return_inverse=True)
        mine = np.arange(len(rows)) if shared is None else shared
        at = np.searchsorted(owners, mine)
        held = np.append(owners, -1)[at] == mine
        texts = np.full(len(owners), basis, dtype=object)
        if shared is None:
            texts = texts + self.why[rows[held]]
        self.support[rows[held]] = self._count + at[held]
        self._spots.append(Spots(spots.xy, spots.weight, self._count + number))
        self._basis.append(texts)
        self._count += len(owners)
        self.explain(rows[~held], _NO_GROUND)

    def gathered(self, told_of: NDArray[np.int64], crs: CRS) -> Supports:
        """Give all supports, with weights that add up to 1."""
        xy, weight, owner = map(np.concatenate, zip(*self._spots, strict=True))
        ptr = np.searchsorted(owner, np.arange(self._count + 1)).astype(np.int64)
        total = np.add.reduceat(weight, ptr[:-1]) if self._count else weight
        share = weight / np.where(total > 0.0, total, 1.0)[owner]
        basis = np.concatenate(self._basis)
        return Supports(xy, share, ptr, self.support[told_of], basis, crs)


def supports(
    events: gpd.GeoDataFrame | gpd.GeoSeries,
    obstacles: Obstacles,
    streets: gpd.GeoDataFrame,
    *,
    areas: gpd.GeoDataFrame | None = None,
    spacing_m: float = 3.0,
    reach_m: float = 100.0,
) -> Supports:
    """
    Give for each event the places where it may have happened, with probabilities.

    Parameters
    ----------
    events
        Incidents or calls, Points in a CRS in metres. ``location_kind``,
        ``location_error_m`` and ``address`` are read where there are such columns.
    obstacles
        The buildings, in the same CRS; no event is looked for inside one.
    streets
        The table ``streets`` in the same CRS; public ones count.
    areas
        Polygons in the same CRS that events of the kind ``area`` are told by.
    spacing_m
        Longest piece of street or facade that one place stands for, metres, > 0.
    reach_m
        How far from its point the street or crossing of an event may be, metres, > 0.

    Returns
    -------
    Supports
        Made once for each different telling, so that a million events that share
        50,000 of them stay small.

    Raises
    ------
    CRSError
        A table has no CRS, one that is not in metres, or another than the rest.
    InputError
        A row without a point, a kind that is none, an error below 0 or not finite (the
        rows are named), or a distance that cannot be.

    Notes
    -----
    By ``location_kind``:

    - ``exact``: the point; with an error, 64 fixed places of a normal distribution
      with that deviation to the east and to the north.
    - ``address``, or a point in a building: the facade that looks at the street which
      ``address`` names, else at the nearest, up to 10 m to either side of the front
      (see :func:`coveragekit.coverage.frontages`), 1 m before the wall. An address in
      the open is taken as an exact point.
    - ``block``: the nearest block between two junctions, of the street that ``address``
      names where that is in reach; several that are equally near share the event.
    - ``intersection``: the nearest crossing, of the streets that ``address`` names
      where they are in reach, and its arms: half of each block, 50 m at most.
    - ``area``: the smallest of ``areas`` that holds the point; else the disc that has
      the given error as deviation, whose radius is twice as long.

    Where so many different tellings have an error that 64 places each would be more
    than 2 million, each has 16, 7 or at least 3, and the basis says so: how surely one
    event was seen has then a standard error of some 0.04, 0.08 or 0.15 instead of 0.01
    (among discs of 20 to 90 m that are seen, errors of 3 to 60 m), their mean none.

    What cannot be had so falls back on the facade, the disc or the point, and the
    basis says why. Places inside buildings are left out.

    Examples
    --------
    >>> import geopandas as gpd
    >>> from shapely import LineString, Point
    >>> from coveragekit.visibility import Obstacles
    >>> crs = "EPSG:32616"
    >>> street = gpd.GeoDataFrame({"highway": ["residential"]},
    ...     geometry=[LineString([(0, 0), (90, 0)])], crs=crs)
    >>> event = gpd.GeoDataFrame({"location_kind": ["block"]},
    ...     geometry=[Point(45, 2)], crs=crs)
    >>> open_ground = Obstacles.from_buildings(gpd.GeoDataFrame(geometry=[], crs=crs))
    >>> found = supports(event, open_ground, street, spacing_m=30.0)
    >>> found.xy.tolist(), found.event_basis.tolist()
    ([[15.0, 0.0], [45.0, 0.0], [75.0, 0.0]], ['block'])
    """
    import geopandas as gpd
    import shapely

    for name, given in {"spacing_m": spacing_m, "reach_m": reach_m}.items():
        if not (np.isfinite(given) and given > 0.0):
            message = f"{name} is {given:g}; allowed: more than 0, finite"
            raise InputError(message)
    if areas is not None:
        check_same(obstacles.crs, areas.crs, "obstacles and areas")
    told, told_of = read_tellings(events, obstacles)
    walls = walls_by_building(obstacles)
    found = _Found(told, walls)
    if len(told.xy) == 0:
        return found.gathered(told_of, check_metric(obstacles.crs, "obstacles"))
    network = network_of(streets)
    _add_streets(found, told, network, spacing_m=spacing_m, reach_m=reach_m)
    _add_areas(found, told, areas, walls=walls)
    rows = found.open_rows(*range(UNKNOWN + 1), of=told)
    fronts = frontages(
        gpd.GeoSeries(shapely.points(told.xy[rows]), crs=obstacles.crs),
        obstacles,
        streets,
        toward=network.fronts_on(told.xy[rows], told.address[rows], reach_m),
    )
    _add_fronts(found, rows, fronts, walls=walls, spacing_m=spacing_m)
    _add_points(found, told)
    return found.gathered(told_of, check_metric(obstacles.crs, "obstacles"))


def _add_streets(
    found: _Found,
    told: Tellings,
    network: Network,
    *,
    spacing_m: float,
    reach_m: float,
) -> None:
    on_block = found.open_rows(_BLOCK, of=told)
    at_crossing = found.open_rows(_CROSSING, of=told)
    sets = network.blocks_at(told.xy[on_block], told.address[on_block], reach_m)
    near = (sets >= 0).any(axis=1)
    found.explain(on_block[~near], f"no street within {reach_m:g} m")
    different, which = np.unique(sets[near], axis=0, return_inverse=True)
    found.add(
        on_block[near],
        network.block_spots(different, spacing_m),
        "block",
        shared=which.ravel(),
    )
    node = network.crossings_at(
        told.xy[at_crossing], told.address[at_crossing], reach_m
    )
    near = node >= 0
    found.explain(at_crossing[~near], f"no crossing within {reach_m:g} m")
    nodes, which = np.unique(node[near], return_inverse=True)
    found.add(
        at_crossing[near],
        network.crossing_spots(nodes, spacing_m),
        "intersection",
        shared=which.ravel(),
    )


def _add_areas(
    found: _Found, told: Tellings, areas: gpd.GeoDataFrame | None, *, walls: Walls
) -> None:
    import shapely

    rows = found.open_rows(_AREA, of=told)
    if len(rows) == 0:
        return
    shapes = np.empty(0, dtype=object) if areas is None else areas.geometry.to_numpy()
    shapes = shapes[np.argsort(shapely.area(shapes), kind="stable")]
    points = shapely.points(told.xy[rows])
    row, area = shapely.STRtree(shapes).query(points, predicate="intersects")
    held = np.full(len(rows), len(shapes), dtype=np.intp)
    # The smallest come first.
    np.minimum.at(held, row, area)
    within = held < len(shapes)
    found.explain(rows[~within], _NO_AREA)
    used, which = np.unique(held[within], return_inverse=True)
    spots = polygon_spots(shapes[used], walls)
    found.add(rows[within], spots, "area", shared=which.ravel())


def _add_fronts(
    found: _Found,
    rows: NDArray[np.intp],
    fronts: gpd.GeoDataFrame,
    *,
    walls: Walls,
    spacing_m: float,
) -> None:
    fronted = (fronts["basis"] == "frontage").to_numpy(dtype=np.bool_)
    places = found.xy[rows[fronted]]
    spots = facade_spots(
        places,
        fronts[["frontage_x", "frontage_y"]].to_numpy()[fronted],
        walls.over(places),
        walls=walls,
        off_m=FRONTAGE_M,
        spacing_m=spacing_m,
    )
    found.add(rows[fronted], spots, "frontage", anywhere=True)
    indoors = fronts["building_id"].notna().to_numpy(dtype=np.bool_) & ~fronted
    found.explain(rows[indoors], _NO_FRONT)
    unseen = Spots.at(found.xy[rows[indoors]], 0.0)
    found.add(rows[indoors], unseen, "point", anywhere=True)


def _add_points(found: _Found, told: Tellings) -> None:
    with np.errstate(invalid="ignore"):
        spread = told.error_m > 0.0
    normal = found.open_rows(_EXACT, _ADDRESS, UNKNOWN, of=told)
    normal = normal[spread[normal]]
    even = found.open_rows(_BLOCK, _CROSSING, _AREA, of=told)
    even = even[spread[even]]
    each = places_each(len(normal) + len(even))
    if each < POINTS[0]:
        why = f"{each} places instead of {POINTS[0]}"
        found.explain(np.concatenate([normal, even]), why)
    spots = gaussian_spots(told.xy[normal], told.error_m[normal], each=each)
    found.add(normal, spots, "gaussian")
    # A disc of this radius deviates by the error to the east and to the north.
    spots = disc_spots(told.xy[even], 2.0 * told.error_m[even], each=each)
    found.add(even, spots, "disc")
    rows = np.flatnonzero(found.support < 0)
    found.add(rows, Spots.at(told.xy[rows], 1.0), "point", anywhere=True)
