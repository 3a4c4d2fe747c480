"""Find the places on the facades of businesses that face their streets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from coveragekit.coverage.nearby import near_lines, walls_by_building
from coveragekit.coverage.streets import public_lines
from coveragekit.crs import check_same
from coveragekit.errors import InputError
from coveragekit.siting.kernels import mounts as kernels
from coveragekit.siting.mounts import Mounts, check_some
from coveragekit.siting.rules import MountRule, mount_rule
from coveragekit.siting.sites import (
    HOW,
    are_closed,
    are_outside,
    buildings_of,
    left_out_table,
    rows_of,
    site_ids_of,
)

if TYPE_CHECKING:
    import datetime as dt

    import geopandas as gpd
    from numpy.typing import NDArray
    from shapely.geometry.base import BaseGeometry

    from coveragekit.coverage.nearby import Walls
    from coveragekit.visibility import Obstacles

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

__all__ = ["building_mounts", "place_mounts"]

_STREETS_TRIED = 8


@dataclass(frozen=True, slots=True)
class _Spots:
    """Places before facades: whose, which way, how much wall, and what they face."""

    xy: Floats
    normals: Floats
    length_m: Floats
    building: Ints
    street: NDArray[np.int32]

    def take(self, rows: NDArray[Any]) -> _Spots:
        return _Spots(
            self.xy[rows],
            self.normals[rows],
            self.length_m[rows],
            self.building[rows],
            self.street[rows],
        )


def place_mounts(
    places: gpd.GeoDataFrame,
    obstacles: Obstacles,
    streets: gpd.GeoDataFrame,
    *,
    area: BaseGeometry | None = None,
    as_of: dt.datetime | None = None,
    rule: MountRule | None = None,
) -> Mounts:
    """
    Give for each business the places on its facade where a camera may be put.

    Parameters
    ----------
    places
        The table ``places``, Points in a CRS in metres. ``place_id`` names them where
        there is one, else the index; ``building_id`` and ``closed_at`` are read where
        there are such columns.
    obstacles
        The buildings, in the same CRS.
    streets
        The table ``streets`` in the same CRS; public ones count.
    area
        The study area; businesses outside it are left out. ``None``: none are.
    as_of
        The time in question, with a time zone: a business closed by then is left out.
        ``None``: one with any ``closed_at`` is.
    rule
        Heights and distances; those of the data file where ``None``.

    Returns
    -------
    Mounts
        The places, and for each business that has none the reason.

    Raises
    ------
    CRSError
        A table has no CRS, one that is not in metres, or another than the rest.
    InputError
        A row without a point, an id that is missing or given twice, no public street,
        or no business that has a place: the message counts why.

    Notes
    -----
    A business belongs to the building of its ``building_id``, else to the one it lies
    in, else to the nearest within ``near_m``. Places lie ``stand_off_m`` before the
    middles of an odd number of pieces of each wall, of ``step_m`` at most, and before
    convex corners, where the air is open and no other wall nearer: so on no party wall.
    A place counts where the nearest point of a public street lies within ``street_m``,
    within ``facing_deg`` of the wall's normal, and in free sight: so none looks into a
    courtyard. At a corner both walls must. Each goes to the nearest business of the
    building: one that is nearest to none is left out (``behind_others``), and
    businesses at one point share theirs. Of a business's places the nearest corner, or
    else the nearest place, is kept, then the one farthest from it, and so on, up to
    ``most``, while they are ``spacing_m`` apart.

    Examples
    --------
    >>> import geopandas as gpd
    >>> from shapely import LineString, Point, box
    >>> from coveragekit.visibility import Obstacles
    >>> crs = "EPSG:32616"
    >>> house = gpd.GeoDataFrame({"building_id": ["h"]},
    ...     geometry=[box(500000, 5, 500008, 15)], crs=crs)
    >>> street = gpd.GeoDataFrame({"highway": ["residential"], "name": ["Low Street"]},
    ...     geometry=[LineString([(499950, 0), (500050, 0)])], crs=crs)
    >>> shop = gpd.GeoDataFrame({"place_id": ["s"]},
    ...     geometry=[Point(500004, 9)], crs=crs)
    >>> found = place_mounts(shop, Obstacles.from_buildings(house), street).table()
    >>> found[["site_id", "mount", "streets"]].values.tolist()
    [['s', 'facade', 'Low Street']]
    >>> found.geometry.to_wkt().tolist(), found["assumed"].tolist()
    (['POINT (500004 4.9)'], [['mount_height_m']])
    """
    from coveragekit.visibility.cameras import check_points

    check_same(obstacles.crs, streets.crs, "obstacles and streets")
    rules = mount_rule() if rule is None else rule
    xy = check_points(places, obstacles, "places")
    ids = site_ids_of(places, "place_id")
    walls = walls_by_building(obstacles)
    building, how = buildings_of(places, xy, obstacles, walls=walls, rule=rules)
    reason = np.full(len(ids), "", dtype=object)
    reason[building < 0] = "no_building"
    reason[are_outside(xy, area)] = "outside"
    reason[are_closed(places, as_of)] = "closed"
    open_sites = np.flatnonzero(reason == "")
    public = public_lines(streets)
    if len(public) == 0:
        message = (
            f"none of the {len(streets)} streets is public by its class, so that no "
            "facade faces one; give the streets of the study area"
        )
        raise InputError(message)
    hosts, host_of = np.unique(building[open_sites], return_inverse=True)
    spots = _street_spots(hosts, obstacles, public, walls=walls, rule=rules)
    site, rows = _divide(xy[open_sites], host_of, spots, count=len(hosts), rule=rules)
    has_spot = np.bincount(spots.building, minlength=len(hosts))[host_of] > 0
    placed = np.zeros(len(open_sites), np.bool_)
    placed[site] = True
    reason[open_sites[~placed]] = np.where(
        has_spot[~placed], "behind_others", "no_facade"
    )
    left_out = left_out_table(ids, reason)
    check_some(
        int(placed.sum()),
        left_out,
        what="businesses",
        help_words="give others, a larger study area or longer distances (near_m, "
        "street_m)",
    )
    kept = np.flatnonzero(placed)
    number = np.cumsum(placed) - 1
    own = np.bincount(number[site])
    return Mounts(
        site_ids=ids[open_sites[kept]],
        building_ids=_ids_of(building[open_sites[kept]], obstacles),
        belongs=np.array(HOW, dtype=object)[how[open_sites[kept]]],
        site=number[site],
        **_columns(spots.take(rows), 1.0 / own[number[site]], public, rule=rules),
        left_out=left_out,
        crs=obstacles.crs,
    )


def building_mounts(
    building_ids: NDArray[np.object_],
    obstacles: Obstacles,
    *,
    rule: MountRule | None = None,
) -> Mounts:
    """
    Give the places all round buildings, where a camera that is there may be.

    Parameters
    ----------
    building_ids
        Ids of the buildings, each once.
    obstacles
        The buildings.
    rule
        Heights and distances; those of the data file where ``None``.

    Returns
    -------
    Mounts
        The sites are the buildings; of every exposed facade, courtyards too, places
        whose share is the length of wall that they stand for.

    Raises
    ------
    InputError
        No such building, or none with an exposed wall.

    Notes
    -----
    A camera that an owner registered is somewhere on the building: every metre of its
    outer walls is taken as equally likely.

    Examples
    --------
    >>> import geopandas as gpd, numpy as np
    >>> from shapely import box
    >>> from coveragekit.visibility import Obstacles
    >>> house = gpd.GeoDataFrame({"building_id": ["h"]},
    ...     geometry=[box(500000, 5, 500008, 9)], crs="EPSG:32616")
    >>> all_round = building_mounts(np.array(["h"]), Obstacles.from_buildings(house))
    >>> sorted(all_round.share.round(3).tolist())
    [0.111, 0.111, 0.111, 0.111, 0.111, 0.111, 0.167, 0.167]
    """
    rules = mount_rule() if rule is None else rule
    rows = rows_of(np.asarray(building_ids, dtype=object), obstacles)
    if (rows < 0).any():
        unknown = str(building_ids[int(np.argmin(rows))])
        message = (
            f"there is no building {unknown!r}; allowed: building_id of the obstacles"
        )
        raise InputError(message)
    walls = walls_by_building(obstacles)
    spots = _exposed(rows, obstacles, walls=walls, rule=rules, step_m=rules.spacing_m)
    spots = spots.take(spots.length_m > 0.0)
    total = np.bincount(spots.building, spots.length_m, minlength=len(rows))
    ids = np.asarray(building_ids, dtype=object)
    left_out = left_out_table(ids, np.where(total > 0.0, "", "no_facade"))
    check_some(
        int((total > 0.0).sum()), left_out, what="buildings", help_words="give others"
    )
    has = np.flatnonzero(total > 0.0)
    number = np.cumsum(total > 0.0) - 1
    share = spots.length_m / total[spots.building]
    return Mounts(
        site_ids=ids[has],
        building_ids=ids[has],
        belongs=np.full(len(has), "given", dtype=object),
        site=number[spots.building],
        **_columns(spots, share, None, rule=rules),
        left_out=left_out,
        crs=obstacles.crs,
    )


def _ids_of(rows: Ints, obstacles: Obstacles) -> NDArray[np.object_]:
    return np.array([str(obstacles.building_ids[row]) for row in rows], dtype=object)


def _exposed(
    hosts: Ints,
    obstacles: Obstacles,
    *,
    walls: Walls,
    rule: MountRule,
    step_m: float,
) -> _Spots:
    """Give the places before the walls of buildings that have open air before them."""
    xy, normals, length, whose = kernels.facade_spots(
        walls.ends,
        walls.ptr,
        hosts,
        step_m,
        rule.wall_least_m,
        rule.stand_off_m,
        np.cos(np.radians(rule.corner_deg)),
    )
    free = kernels.open_spots(obstacles.index, xy, rule.stand_off_m)
    none = np.full((len(xy), 2), -1, dtype=np.int32)
    return _Spots(xy, normals, length, whose, none).take(free)


def _street_spots(
    hosts: Ints,
    obstacles: Obstacles,
    public: gpd.GeoDataFrame,
    *,
    walls: Walls,
    rule: MountRule,
) -> _Spots:
    """Give the exposed places that face a street; of corners both walls must."""
    spots = _exposed(hosts, obstacles, walls=walls, rule=rule, step_m=rule.step_m)
    lines, feet = near_lines(
        spots.xy,
        public.geometry.to_numpy(),
        count=_STREETS_TRIED,
        limit_m=rule.street_m,
    )
    street = kernels.faced_streets(
        obstacles.index,
        spots.xy,
        spots.normals,
        lines,
        feet,
        np.cos(np.radians(rule.facing_deg)),
    )
    faces = np.asarray((street >= 0).all(axis=1))
    return _Spots(spots.xy, spots.normals, spots.length_m, spots.building, street).take(
        faces
    )


def _divide(
    xy: Floats, host_of: Ints, spots: _Spots, *, count: int, rule: MountRule
) -> tuple[Ints, Ints]:
    """Give the site and the spot of each place: each part of a wall to the nearest."""
    # Businesses at one point are one group; ordered by place, never by row.
    order = np.lexsort((xy[:, 1], xy[:, 0], host_of))
    key = np.column_stack([host_of, xy])[order]
    new = np.ones(len(key), np.bool_)
    new[1:] = (key[1:] != key[:-1]).any(axis=1)
    group = np.empty(len(xy), np.int64)
    group[order] = np.cumsum(new) - 1
    middles = key[new][:, 1:].copy()
    host_ptr = np.searchsorted(key[new][:, 0], np.arange(count + 1)).astype(np.int64)
    mine = kernels.nearest_group(spots.xy, spots.building, host_ptr, middles)
    by_group = np.argsort(mine, kind="stable")
    ptr = np.searchsorted(mine[by_group], np.arange(len(middles) + 1)).astype(np.int64)
    corner = spots.length_m[by_group] == 0.0
    keep = kernels.keep_apart(
        spots.xy[by_group], corner, ptr, middles, rule.most, rule.spacing_m
    )
    rows, mine = by_group[keep], mine[by_group][keep]
    start = np.searchsorted(mine, np.arange(len(middles) + 1))
    each = np.diff(start)[group]
    site = np.repeat(np.arange(len(xy)), each)
    within = np.arange(len(site)) - np.repeat(np.cumsum(each) - each, each)
    return site, rows[start[group][site] + within]


def _columns(
    spots: _Spots,
    share: Floats,
    public: gpd.GeoDataFrame | None,
    *,
    rule: MountRule,
) -> dict[str, Any]:
    return {
        "xy": spots.xy,
        "normals": spots.normals,
        "height_m": np.full(len(spots.xy), rule.height_m),
        "height_assumed": np.ones(len(spots.xy), np.bool_),
        "share": share,
        "streets": _street_names(spots.street, public),
    }


def _street_names(
    street: NDArray[np.int32], public: gpd.GeoDataFrame | None
) -> NDArray[np.object_]:
    """Give the names of the streets that places face, once each."""
    names = np.full(len(street), "", dtype=object)
    if public is None or "name" not in public.columns:
        return names
    known = public["name"].fillna("").astype("str").to_numpy(dtype=object)
    for row, (first, second) in enumerate(street):
        both = dict.fromkeys((known[first], known[second]))
        names[row] = " and ".join(one for one in both if one)
    return names
