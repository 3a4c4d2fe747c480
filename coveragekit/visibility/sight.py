"""Lines of sight: which camera sees which point, and what stands between them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from coveragekit.errors import InputError
from coveragekit.visibility.cameras import Eyes, North, check_points, look
from coveragekit.visibility.isovists import block_edges

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd
    from numpy.typing import NDArray
    from scipy.sparse import csr_array

    from coveragekit.visibility.obstacles import Obstacles

__all__ = ["first_obstacle", "who_sees", "who_sees_arrays"]

_CELL_M = 32.0
_REACHED_MOST = 30_000_000
_CELLS_MOST = 4_000_000
_PAIRS = 1 << 20


def who_sees(
    points: gpd.GeoSeries | gpd.GeoDataFrame,
    cameras: gpd.GeoDataFrame,
    obstacles: Obstacles,
    *,
    north: North = "true",
    mounting: pd.DataFrame | None = None,
    threads: int | None = None,
) -> csr_array:
    """
    Tell which cameras see which points.

    Parameters
    ----------
    points
        Points in the CRS of the obstacles.
    cameras
        As :func:`coveragekit.visibility.isovists` takes them.
    obstacles
        The buildings.
    north
        What ``bearing_deg`` counts from: ``"true"`` or ``"grid"`` north.
    mounting
        What :func:`coveragekit.visibility.mount` gave for these cameras; worked out
        with its defaults if ``None``.
    threads
        How many threads to use; ``None``: one per processor where it pays.

    Returns
    -------
    scipy.sparse.csr_array
        ``bool``, one row per point, one column per camera; stored values are True,
        column numbers ascend in each row.

    Raises
    ------
    CRSError
        The CRS of one is missing, not in metres, or not that of the obstacles.
    InputError
        A point, column or value that cannot be used; the rows are named.

    Notes
    -----
    Exact, and independent of the isovists' arcs. A point is seen where it lies in the
    field of view and range, the edges of both included, and no building stands
    between. On the face of a wall that looks towards the camera it is seen; on any
    other wall or inside a building it is not, unless the camera stands in the same
    room. A line that grazes a corner or runs along a wall is free; one that enters a
    building at a corner, or runs between two buildings that touch, is not. All within
    a micrometre.

    Examples
    --------
    >>> import geopandas as gpd
    >>> from shapely import Point, box
    >>> from coveragekit.visibility import Obstacles
    >>> house = gpd.GeoDataFrame(geometry=[box(10, -5, 20, 5)], crs="EPSG:32616")
    >>> camera = gpd.GeoDataFrame(
    ...     {"bearing_deg": [90.0], "hfov_deg": [90.0], "range_m": [50.0]},
    ...     geometry=[Point(0, 0)], crs="EPSG:32616",
    ... )
    >>> points = gpd.GeoSeries([Point(5, 0), Point(10, 0), Point(30, 0)], crs=32616)
    >>> who_sees(points, camera, Obstacles.from_buildings(house)).toarray()[:, 0]
    array([ True,  True, False])
    """
    from scipy.sparse import csr_array

    xy = check_points(points, obstacles, "points")
    eyes = look(cameras, obstacles, mounting, north=north)
    seen, ptr = who_sees_arrays(xy, eyes, obstacles, threads=threads)
    values = np.ones(len(seen), np.bool_)
    return csr_array((values, seen, ptr), shape=(len(xy), len(eyes.rows)))


def who_sees_arrays(
    xy: NDArray[np.float64],
    eyes: Eyes,
    obstacles: Obstacles,
    *,
    threads: int | None = None,
) -> tuple[NDArray[np.int32], NDArray[Any]]:
    """
    Give the cameras that see each point, as the arrays of a sparse matrix.

    Parameters
    ----------
    xy
        Points, metres, shape ``(n, 2)``.
    eyes
        The cameras.
    obstacles
        The buildings.
    threads
        How many threads to use; ``None``: one per processor where it pays.

    Returns
    -------
    tuple of numpy.ndarray
        Rows of the cameras that see point ``i``, ascending, at ``ptr[i]:ptr[i + 1]``,
        and ``ptr``.

    Raises
    ------
    InputError
        ``threads`` is less than one.

    Examples
    --------
    >>> import geopandas as gpd, numpy as np
    >>> from coveragekit.visibility import Obstacles
    >>> nothing = gpd.GeoDataFrame(geometry=[], crs="EPSG:32616")
    >>> ground = Obstacles.from_buildings(nothing)
    >>> nobody = Eyes(np.empty((0, 11)), np.empty(0, np.uint8))
    >>> who_sees_arrays(np.zeros((2, 2)), nobody, ground)[1].tolist()
    [0, 0, 0]
    """
    blocks = list(pairwise(block_edges(len(xy), threads)))
    if len(xy) == 0 or len(eyes.rows) == 0:
        return np.empty(0, np.int32), np.zeros(len(xy) + 1, np.int32)
    frame, shape, ptr, reaching = _reaching(xy, eyes)
    place = np.minimum(
        ((xy - frame[:2]) / frame[2]).astype(np.int64), np.array(shape)[::-1] - 1
    )
    cells = (place[:, 1] * shape[1] + place[:, 0]).astype(np.int32)
    order = np.argsort(cells, kind="stable")
    points = np.ascontiguousarray(xy)

    def run(block: tuple[int, int]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        taken = order[block[0] : block[1]]
        return _pairs(obstacles, eyes, (points, cells, taken), (ptr, reaching))

    if len(blocks) == 1:
        made = [run(blocks[0])]
    else:
        with ThreadPoolExecutor(len(blocks)) as pool:
            made = list(pool.map(run, blocks))
    return _in_order_of_points(made, order)


def _reaching(
    xy: NDArray[np.float64], eyes: Eyes
) -> tuple[NDArray[np.float64], tuple[int, int], NDArray[np.int64], NDArray[np.int32]]:
    """Give a grid over the points, and the cameras whose sectors reach each cell."""
    from coveragekit.visibility.kernels.sight import count_reaching, fill_reaching

    low = xy.min(axis=0)
    extent = np.maximum(xy.max(axis=0) - low, 1.0)
    cell = max(_CELL_M, float(np.sqrt(extent.prod() / _CELLS_MOST)))
    while True:
        frame = np.array([low[0], low[1], cell])
        nx, ny = (int(side // cell) + 1 for side in extent)
        ptr = count_reaching(eyes.rows, eyes.opaque, frame, (ny, nx))
        # Wide ranges on a fine grid would list every camera in very many cells.
        if ptr[-1] <= _REACHED_MOST or nx * ny == 1:
            reaching = fill_reaching(eyes.rows, eyes.opaque, frame, (ny, nx), ptr)
            return frame, (ny, nx), ptr, reaching
        cell *= 2.0


def _pairs(
    obstacles: Obstacles,
    eyes: Eyes,
    points: tuple[NDArray[np.float64], NDArray[np.int32], NDArray[np.int64]],
    reaching: tuple[NDArray[np.int64], NDArray[np.int32]],
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Give the cameras seen from each point of one block, and how many they are."""
    from coveragekit.visibility.kernels.sight import seen_pairs

    xy, cells, order = points
    ptr, cameras = reaching
    most = int(np.diff(ptr).max())
    out = np.empty(max(_PAIRS, most), np.int32)
    counts = np.zeros(len(order), np.int32)
    pieces, done = [], 0
    while done < len(order):
        done, used = seen_pairs(
            obstacles.index,
            eyes.rows,
            eyes.opaque,
            xy,
            cells,
            order,
            ptr,
            cameras,
            done,
            counts,
            out,
        )
        pieces.append(out[:used].copy())
    return np.concatenate(pieces) if pieces else out[:0], counts


def _in_order_of_points(
    made: list[tuple[NDArray[np.int32], NDArray[np.int32]]], order: NDArray[np.int64]
) -> tuple[NDArray[np.int32], NDArray[Any]]:
    """Bring the pairs of blocks back into the order of the points."""
    seen = np.concatenate([block[0] for block in made])
    sizes = np.concatenate([block[1] for block in made]).astype(np.int64)
    counts = np.empty(len(order), np.int64)
    counts[order] = sizes
    ptr = np.concatenate([[0], np.cumsum(counts)])
    moved = np.repeat(ptr[:-1][order] - (np.cumsum(sizes) - sizes), sizes)
    placed = np.empty_like(seen)
    placed[np.arange(len(seen)) + moved] = seen
    small = ptr[-1] < np.iinfo(np.int32).max
    return placed, ptr.astype(np.int32 if small else np.int64)


def first_obstacle(
    point_xy: tuple[float, float],
    cameras: gpd.GeoDataFrame,
    obstacles: Obstacles,
    *,
    north: North = "true",
    mounting: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """
    Give for each camera the building that first blocks its line to one point.

    Parameters
    ----------
    point_xy
        The point, metres, in the CRS of the obstacles.
    cameras
        As :func:`coveragekit.visibility.isovists` takes them. Range and field of view
        are not looked at here: only what stands on the line.
    obstacles
        The buildings.
    north
        What ``bearing_deg`` counts from: ``"true"`` or ``"grid"`` north.
    mounting
        What :func:`coveragekit.visibility.mount` gave for these cameras; worked out
        with its defaults if ``None``.

    Returns
    -------
    pandas.DataFrame
        On the index of the cameras: ``building`` (row in the table of buildings, -1
        where the line is free), ``building_id`` (missing where it is free) and
        ``distance_m`` from the camera to the wall (not-a-number where it is free).

    Raises
    ------
    CRSError
        The CRS is missing, not in metres, or not that of the obstacles.
    InputError
        A camera or the point cannot be used; the rows are named.

    Examples
    --------
    >>> import geopandas as gpd
    >>> from shapely import Point, box
    >>> from coveragekit.visibility import Obstacles
    >>> house = gpd.GeoDataFrame(
    ...     {"building_id": ["a"]}, geometry=[box(10, -5, 20, 5)], crs="EPSG:32616"
    ... )
    >>> camera = gpd.GeoDataFrame(
    ...     {"bearing_deg": [90.0], "hfov_deg": [90.0], "range_m": [50.0]},
    ...     geometry=[Point(0, 0)], crs="EPSG:32616",
    ... )
    >>> walls = Obstacles.from_buildings(house)
    >>> first_obstacle((30.0, 0.0), camera, walls)
       building building_id  distance_m
    0         0           a        10.0
    """
    import pandas as pd

    from coveragekit.visibility.kernels.sight import first_blocks

    px, py = float(point_xy[0]), float(point_xy[1])
    if not (np.isfinite(px) and np.isfinite(py)):
        message = f"the point is ({px}, {py}); allowed: finite coordinates in metres"
        raise InputError(message)
    eyes = look(cameras, obstacles, mounting, north=north)
    owner, distance = first_blocks(obstacles.index, eyes.rows, eyes.opaque, px, py)
    ids = [None if row < 0 else str(obstacles.building_ids[row]) for row in owner]
    return pd.DataFrame(
        {
            "building": owner,
            "building_id": pd.Series(ids, dtype="str").array,
            "distance_m": distance,
        },
        index=cameras.index,
    )
