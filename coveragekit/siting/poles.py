"""Take poles and own points as places where cameras may be put."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from coveragekit.coverage.nearby import walls_by_building
from coveragekit.errors import InputError
from coveragekit.siting.mounts import Mounts, check_some
from coveragekit.siting.rules import mount_rule
from coveragekit.siting.sites import (
    are_outside,
    left_out_table,
    nearest_on_walls,
    site_ids_of,
)

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray
    from shapely.geometry.base import BaseGeometry

    from coveragekit.siting.rules import MountRule
    from coveragekit.visibility import Obstacles

__all__ = ["pole_mounts"]

_HIGHEST_M = 500.0
# A place that was put before a wall is no farther from it than any stand-off.
_NEAR_M = 10.0


def pole_mounts(
    points: gpd.GeoDataFrame,
    obstacles: Obstacles,
    *,
    area: BaseGeometry | None = None,
    rule: MountRule | None = None,
) -> Mounts:
    """
    Give poles, or points of one's own, as places where a camera may be put.

    Parameters
    ----------
    points
        Points in a CRS in metres. ``site_id`` names them where there is one, else the
        index; ``mount_height_m`` is the height of the lens, metres, more than 0 (of the
        rule, and marked as assumed, where missing).
    obstacles
        The buildings, in the same CRS.
    area
        The study area; points outside it are left out. ``None``: none are.
    rule
        Heights and distances; those of the data file where ``None``.

    Returns
    -------
    Mounts
        One place for each. One in the open is free to look all round. One on or in a
        building is put on the facade that the mounting rule (decision 0002) gives a
        camera of unknown bearing, and may look away from that wall; one too deep inside
        is left out (``indoors``).

    Raises
    ------
    CRSError
        A table has no CRS, one that is not in metres, or another than the rest.
    InputError
        A row without a point, an id that is missing or given twice, a height that
        cannot be, or no point that is left: the message counts why.

    Examples
    --------
    >>> import geopandas as gpd
    >>> from shapely import Point
    >>> from coveragekit.visibility import Obstacles
    >>> crs = "EPSG:32616"
    >>> ground = Obstacles.from_buildings(gpd.GeoDataFrame(geometry=[], crs=crs))
    >>> pole = gpd.GeoDataFrame({"site_id": ["p"], "mount_height_m": [6.0]},
    ...     geometry=[Point(500000, 0)], crs=crs)
    >>> pole_mounts(pole, ground).table()[["site_id", "mount"]].values.tolist()
    [['p', 'pole']]
    """
    from coveragekit.visibility.cameras import check_points
    from coveragekit.visibility.mounting import MOUNTS, mount_arrays

    rules = mount_rule() if rule is None else rule
    xy = check_points(points, obstacles, "points")
    ids = site_ids_of(points, "site_id")
    height, assumed = _heights(points, ids, rules.height_m)
    placed, kinds, owner = mount_arrays(
        xy, np.full(len(xy), np.nan), obstacles, stand_off_m=rules.stand_off_m
    )
    reason = np.full(len(ids), "", dtype=object)
    reason[kinds == MOUNTS.index("inside")] = "indoors"
    reason[are_outside(xy, area)] = "outside"
    kept = np.flatnonzero(reason == "")
    left_out = left_out_table(ids, reason)
    check_some(
        len(kept),
        left_out,
        what="points",
        help_words="give points in the open within the study area",
    )
    on_wall = owner[kept] >= 0
    names = [str(obstacles.building_ids[row]) for row in owner[kept[on_wall]]]
    building_ids = np.full(len(kept), None, dtype=object)
    building_ids[on_wall] = names
    normals = np.full((len(kept), 4), np.nan)
    normals[on_wall] = _outward(placed[kept[on_wall]], obstacles)
    return Mounts(
        site_ids=ids[kept],
        building_ids=building_ids,
        belongs=np.where(on_wall, "inside", "open").astype(object),
        site=np.arange(len(kept)),
        xy=placed[kept],
        normals=normals,
        height_m=height[kept],
        height_assumed=assumed[kept],
        share=np.ones(len(kept)),
        streets=np.full(len(kept), "", dtype=object),
        left_out=left_out,
        crs=obstacles.crs,
    )


def _outward(placed: NDArray[np.float64], obstacles: Obstacles) -> NDArray[np.float64]:
    """Give the normal of the wall that each place was put before, twice."""
    feet = nearest_on_walls(placed, walls_by_building(obstacles), limit_m=_NEAR_M)[1]
    away = placed - feet
    away /= np.hypot(away[:, 0], away[:, 1])[:, None]
    return np.hstack([away, away])


def _heights(
    points: gpd.GeoDataFrame, ids: NDArray[np.object_], height_m: float
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Give the height of each, and whether nobody said it."""
    given = np.full(len(points), np.nan)
    if "mount_height_m" in points.columns:
        column = points["mount_height_m"]
        given = column.to_numpy(dtype=np.float64, na_value=np.nan)
    assumed = np.isnan(given)
    wrong = ~(assumed | ((given > 0.0) & (given <= _HIGHEST_M)))
    if wrong.any():
        row = int(np.argmax(wrong))
        message = (
            f"mount_height_m is {given[row]:g} at site {ids[row]}; allowed: metres, "
            f"more than 0, at most {_HIGHEST_M:g}"
        )
        raise InputError(message)
    return np.where(assumed, height_m, given), assumed
