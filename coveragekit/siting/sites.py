"""Say which building each business is in, which are closed, and why some are left."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from coveragekit.coverage.frontages import buildings_over
from coveragekit.coverage.kernels.places import box_cells, nearest_lines
from coveragekit.coverage.nearby import grid_over
from coveragekit.errors import InputError
from coveragekit.siting.mounts import REASONS

if TYPE_CHECKING:
    import datetime as dt

    import geopandas as gpd
    import pandas as pd
    from numpy.typing import NDArray
    from shapely.geometry.base import BaseGeometry

    from coveragekit.coverage.nearby import Walls
    from coveragekit.siting.rules import MountRule
    from coveragekit.visibility import Obstacles

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

__all__ = [
    "HOW",
    "are_closed",
    "are_outside",
    "buildings_of",
    "left_out_table",
    "nearest_on_walls",
    "rows_of",
    "site_ids_of",
]

# How a business came to its building.
HOW = ("given", "inside", "near")


def site_ids_of(sites: gpd.GeoDataFrame, key: str) -> NDArray[np.object_]:
    """
    Give the ids of sites as texts, or refuse them.

    Parameters
    ----------
    sites
        A table.
    key
        Name of its key; the index is taken where there is no such column.

    Returns
    -------
    numpy.ndarray
        One for each row.

    Raises
    ------
    InputError
        An id is missing or given twice.

    Examples
    --------
    >>> import geopandas as gpd
    >>> site_ids_of(gpd.GeoDataFrame({"place_id": ["a"]}, geometry=[None]), "place_id")
    array(['a'], dtype=object)
    """
    import pandas as pd

    labels = pd.Series(sites[key] if key in sites.columns else sites.index)
    missing = labels.isna().to_numpy()
    if missing.any():
        message = (
            f"{key} is missing in row {int(np.argmax(missing))}; give every site one"
        )
        raise InputError(message)
    ids = labels.astype("str").to_numpy(dtype=object)
    again = pd.Series(ids).duplicated().to_numpy()
    if again.any():
        message = f"{key} {ids[again][0]!r} is there twice; allowed: each site once"
        raise InputError(message)
    return np.asarray(ids)


def left_out_table(
    ids: NDArray[np.object_], reason: NDArray[np.object_]
) -> pd.DataFrame:
    """
    List the sites that have a reason to be left out.

    Parameters
    ----------
    ids
        Id of each site.
    reason
        A key of ``REASONS`` for each, or an empty text.

    Returns
    -------
    pandas.DataFrame
        ``site_id``, ``reason`` and ``words`` of those that have one.

    Examples
    --------
    >>> import numpy as np
    >>> left_out_table(np.array(["a", "b"]), np.array(["", "closed"])).values.tolist()
    [['b', 'closed', 'closed for good']]
    """
    import pandas as pd

    out = np.asarray(reason != "", dtype=np.bool_)
    return pd.DataFrame(
        {
            "site_id": pd.array(ids[out], dtype="str"),
            "reason": pd.array(reason[out], dtype="str"),
            "words": pd.array([REASONS[str(one)] for one in reason[out]], dtype="str"),
        }
    )


def rows_of(ids: NDArray[np.object_], obstacles: Obstacles) -> Ints:
    """
    Give the row of the building with each id.

    Parameters
    ----------
    ids
        Ids, as texts or numbers; missing where none is known.
    obstacles
        The buildings.

    Returns
    -------
    numpy.ndarray
        Rows, -1 for none; of an id that is there twice the first.

    Examples
    --------
    >>> import geopandas as gpd
    >>> from coveragekit.visibility import Obstacles
    >>> nothing = gpd.GeoDataFrame(geometry=[], crs="EPSG:32616")
    >>> rows_of(np.array(["h"], dtype=object), Obstacles.from_buildings(nothing))
    array([-1])
    """
    import pandas as pd

    known = pd.Index(obstacles.building_ids.astype(object))
    first = pd.Series(np.arange(len(known)), index=known)
    first = first[~known.duplicated()]
    given = pd.Series(ids, dtype=object)
    texts = given.where(given.isna(), given.astype("str"))
    return np.array(first.reindex(texts).fillna(-1), dtype=np.int64)


def buildings_of(
    places: gpd.GeoDataFrame,
    xy: Floats,
    obstacles: Obstacles,
    *,
    walls: Walls,
    rule: MountRule,
) -> tuple[Ints, Ints]:
    """
    Give the building of each business, and how it was found.

    Parameters
    ----------
    places
        The table ``places``; ``building_id`` is read where there is such a column.
    xy
        Their points, metres, shape ``(n, 2)``.
    obstacles, walls
        The buildings.
    rule
        How near a building is near.

    Returns
    -------
    tuple of numpy.ndarray
        Row of the building, -1 for none, and a number into ``HOW``.
    """
    building = np.full(len(xy), -1, dtype=np.int64)
    how = np.zeros(len(xy), dtype=np.int64)
    if "building_id" in places.columns:
        ids = places["building_id"].to_numpy(dtype=object)
        building = rows_of(ids, obstacles)
    for number in (1, 2):
        rest = np.flatnonzero(building < 0)
        if number == 1:
            building[rest] = buildings_over(xy[rest], obstacles)
        else:
            building[rest] = nearest_on_walls(xy[rest], walls, limit_m=rule.near_m)[0]
        how[rest] = number
    return building, how


def nearest_on_walls(
    xy: Floats, walls: Walls, *, limit_m: float
) -> tuple[Ints, Floats]:
    """
    Give the building whose wall is nearest to each place, and where on that wall.

    Parameters
    ----------
    xy
        The places, metres, shape ``(n, 2)``.
    walls
        The buildings.
    limit_m
        How far to look, metres.

    Returns
    -------
    tuple of numpy.ndarray
        Rows of buildings, the first by id of several that are as near, -1 for none; and
        the nearest points, not-a-number for none.

    Examples
    --------
    >>> import geopandas as gpd
    >>> from shapely import box
    >>> from coveragekit.coverage.nearby import walls_by_building
    >>> from coveragekit.visibility import Obstacles
    >>> house = gpd.GeoDataFrame(geometry=[box(0, 0, 10, 8)], crs="EPSG:32616")
    >>> walls = walls_by_building(Obstacles.from_buildings(house))
    >>> nearest_on_walls(np.array([[12.0, 4.0]]), walls, limit_m=5.0)
    (array([0]), array([[10.,  4.]]))
    """
    owner = np.repeat(np.arange(len(walls.ptr) - 1), np.diff(walls.ptr))
    if len(walls.ends) == 0 or len(xy) == 0:
        return np.full(len(xy), -1, dtype=np.int64), np.full((len(xy), 2), np.nan)
    ends = walls.ends
    boxes = np.hstack(
        [np.minimum(ends[:, :2], ends[:, 2:]), np.maximum(ends[:, :2], ends[:, 2:])]
    )
    frame, shape = grid_over(boxes)
    ptr, idx = box_cells(boxes, frame, shape)
    rank = walls.rank[owner].astype(np.int32)
    found, feet = nearest_lines(xy, ends, rank, ptr, idx, frame, shape, 1, limit_m)
    row_of = np.empty(len(walls.rank), np.int64)
    row_of[walls.rank] = np.arange(len(walls.rank))
    first = found[:, 0]
    return np.where(first < 0, -1, row_of[np.maximum(first, 0)]), feet[:, 0]


def are_outside(xy: Floats, area: BaseGeometry | None) -> NDArray[np.bool_]:
    """
    Tell which places are outside the study area; on its edge is inside.

    Parameters
    ----------
    xy
        The places, metres, shape ``(n, 2)``.
    area
        The study area; ``None``: everywhere is inside.

    Returns
    -------
    numpy.ndarray
        One for each.

    Examples
    --------
    >>> from shapely import box
    >>> three = np.array([[1.0, 1.0], [2.0, 1.0], [9.0, 1.0]])
    >>> are_outside(three, box(0, 0, 2, 2)).tolist()
    [False, False, True]
    """
    import shapely

    if area is None:
        return np.zeros(len(xy), np.bool_)
    shapely.prepare(area)
    return np.asarray(~shapely.intersects_xy(area, xy[:, 0], xy[:, 1]))


def are_closed(
    places: gpd.GeoDataFrame, as_of: dt.datetime | None
) -> NDArray[np.bool_]:
    """
    Tell which businesses are closed for good.

    Parameters
    ----------
    places
        The table ``places``; without ``closed_at`` none is closed.
    as_of
        The time in question, with a time zone; ``None``: any ``closed_at`` counts.

    Returns
    -------
    numpy.ndarray
        One for each.

    Raises
    ------
    InputError
        A time without a time zone, or a ``closed_at`` that is no time.

    Examples
    --------
    >>> import geopandas as gpd
    >>> shops = gpd.GeoDataFrame({"closed_at": ["2020-01-01", None]},
    ...     geometry=[None] * 2)
    >>> are_closed(shops, None).tolist()
    [True, False]
    """
    import pandas as pd

    if "closed_at" not in places.columns:
        return np.zeros(len(places), np.bool_)
    if as_of is not None and as_of.tzinfo is None:
        message = f"as_of is {as_of}, without a time zone; give one, such as UTC"
        raise InputError(message)
    try:
        closed = pd.to_datetime(places["closed_at"], utc=True)
    except (ValueError, TypeError) as error:
        message = f"places: closed_at holds what is no time: {error}"
        raise InputError(message) from error
    if as_of is None:
        return np.asarray(closed.notna().to_numpy(dtype=np.bool_))
    return np.asarray((closed <= pd.Timestamp(as_of)).to_numpy(dtype=np.bool_))
