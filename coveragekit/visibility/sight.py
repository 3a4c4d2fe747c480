"""Lines of sight: which camera sees which point, and what stands between them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from coveragekit.errors import InputError
from coveragekit.visibility.blocks import block_edges
from coveragekit.visibility.cameras import North, check_points
from coveragekit.visibility.eyes import Eyes, look
from coveragekit.visibility.isovist import FOUND
from coveragekit.visibility.obstacles import z_order
from coveragekit.visibility.surface import Surface

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd
    from numpy.typing import NDArray
    from scipy.sparse import csr_array

    from coveragekit.optics import Footprints
    from coveragekit.visibility.obstacles import Obstacles

__all__ = ["SortedPoints", "first_obstacle", "who_sees", "who_sees_arrays"]

_PER_CELL = 24.0
_CELL_LEAST_M = 8.0
_CELLS_MOST = 4000.0
_PAIRS = 1 << 20
_FEW = 100


def who_sees(  # noqa: PLR0913 - one way to be asked
    points: gpd.GeoSeries | gpd.GeoDataFrame,
    cameras: gpd.GeoDataFrame,
    obstacles: Obstacles | Surface,
    *,
    north: North = "true",
    mounting: pd.DataFrame | None = None,
    footprints: Footprints | None = None,
    target_height_m: float = 1.5,
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
        The buildings; or a surface, to look over ground and roofs as
        :func:`coveragekit.visibility.who_sees_relief` does.
    north
        What ``bearing_deg`` counts from: ``"true"`` or ``"grid"`` north.
    mounting
        What :func:`coveragekit.visibility.mount` gave for these cameras; worked out
        with its defaults if ``None``.
    footprints
        What each camera's picture shows, of :func:`coveragekit.optics.footprints`, one
        for each camera; then ``hfov_deg`` and ``range_m`` are not read.
    target_height_m
        How far targets stand above the ground, metres; on a surface only.
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
    field of view and range (or in the footprint), the edges included, and no building
    stands between. On the face of a wall that looks towards the camera it is seen; on
    any other wall or inside a building it is not, unless the camera stands in the same
    room. A line that grazes a corner or runs along a wall is free; one that enters a
    building at a corner, or runs between two buildings that touch, is not. In or on
    the edge of a privacy zone nothing is seen; behind it, all that would be without.
    All within a micrometre.

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

    if isinstance(obstacles, Surface):
        from coveragekit.visibility.relief import who_sees_relief

        return who_sees_relief(
            points,
            cameras,
            obstacles,
            target_height_m=target_height_m,
            footprints=footprints,
            north=north,
            mounting=mounting,
            threads=threads,
        )
    xy = check_points(points, obstacles, "points")
    eyes = look(cameras, obstacles, mounting, north=north, footprints=footprints)
    seen, ptr = who_sees_arrays(xy, eyes, obstacles, threads=threads)
    values = np.ones(len(seen), np.bool_)
    return csr_array((values, seen, ptr), shape=(len(xy), len(eyes.rows)))


def who_sees_arrays(
    xy: NDArray[np.float64] | SortedPoints,
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
        Points, metres, shape ``(n, 2)``, or sorted, to be asked about many times.
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
    >>> nobody = Eyes.none()
    >>> who_sees_arrays(np.zeros((2, 2)), nobody, ground)[1].tolist()
    [0, 0, 0]
    """
    from coveragekit.visibility.kernels import sight as kernels

    blocks = list(pairwise(block_edges(len(eyes.rows), threads)))
    count = len(xy.xy) if isinstance(xy, SortedPoints) else len(xy)
    if count == 0 or len(eyes.rows) == 0:
        return np.empty(0, np.int32), np.zeros(count + 1, np.int32)
    points = xy if isinstance(xy, SortedPoints) else SortedPoints.of(xy)
    # For few points most cameras are out of reach, and sorting them would be the work.
    few = count <= _FEW
    rows = eyes.rows
    order = np.arange(len(rows)) if few else z_order(rows[:, :2], obstacles.frame)

    def run(block: tuple[int, int]) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        return _seen(points, eyes, obstacles, order=order[block[0] : block[1]])

    if len(blocks) == 1:
        made = [run(blocks[0])]
    else:
        with ThreadPoolExecutor(len(blocks)) as pool:
            made = list(pool.map(run, blocks))
    seen = np.concatenate([block[0] for block in made])
    counts = np.concatenate([block[1] for block in made])
    place = np.empty(len(order), np.int64)
    place[order] = np.arange(len(order))
    ptr, cameras = kernels.transpose(place, counts, seen, points.rows, count)
    small = ptr[-1] <= np.iinfo(np.int32).max
    ptr = ptr.astype(np.int32) if small else ptr
    if len(obstacles.zones) == 0:
        return cameras, ptr
    asked = np.empty_like(points.xy)
    asked[points.rows] = points.xy
    return obstacles.zones.unseen(asked, cameras, ptr)


class SortedPoints(NamedTuple):
    """
    Points sorted into the cells of a grid, made by :meth:`of`.

    Parameters
    ----------
    xy
        The points, cell by cell, shape ``(n, 2)``.
    rows
        Row that each had as given.
    frame
        Lower left corner and side of a cell.
    shape, ptr
        Rows and columns of the grid, and where the points of each cell begin.
    """

    xy: NDArray[np.float64]
    rows: NDArray[np.int64]
    frame: NDArray[np.float64]
    shape: tuple[int, int]
    ptr: NDArray[np.int64]

    @classmethod
    def of(cls, given: NDArray[np.float64]) -> SortedPoints:
        """
        Sort points.

        Parameters
        ----------
        given
            Metres, shape ``(n, 2)``, at least one.

        Returns
        -------
        SortedPoints
            The same.

        Examples
        --------
        >>> import numpy as np
        >>> SortedPoints.of(np.zeros((2, 2))).rows.tolist()
        [0, 1]
        """
        from coveragekit.visibility.kernels import sight as kernels

        xy = np.array(given, dtype=np.float64)
        # By column: along rows of two NumPy is many times slower.
        low, extent = np.array([(one.min(), max(np.ptp(one), 1.0)) for one in xy.T]).T
        cell = float(np.sqrt(extent.prod() * _PER_CELL / len(xy)))
        cell = max(cell, _CELL_LEAST_M, float(extent.max()) / _CELLS_MOST)
        nx, ny = (int(side // cell) + 1 for side in extent)
        frame = np.array([low[0], low[1], cell])
        rows, ptr = kernels.sort_points(xy, frame, (ny, nx))
        return cls(xy[rows], rows, frame, (ny, nx), ptr)


def _seen(
    points: SortedPoints, eyes: Eyes, obstacles: Obstacles, *, order: NDArray[np.int64]
) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Give the points that the cameras of an order see, and how many each sees."""
    from coveragekit.visibility.kernels import sight as kernels
    from coveragekit.visibility.kernels.gather import bin_edges

    out = np.empty(_PAIRS, np.int32)
    counts = np.zeros(len(order), np.int64)
    stamp = np.full(len(obstacles), -1, np.int32)
    found = np.empty((FOUND, 9))
    edges, pieces, done, why = bin_edges(), [], 0, 0
    while done < len(order):
        done, used, why = kernels.seen_points(
            obstacles.index,
            eyes.rows,
            eyes.opaque,
            order,
            points.xy,
            points.frame,
            points.shape,
            points.ptr,
            done,
            edges,
            stamp,
            found,
            counts,
            out,
        )
        pieces.append(out[:used].copy())
        stamp.fill(-1)
        if why == 1 and used == 0:
            out = np.empty(2 * len(out), np.int32)
        elif why == 2:
            found = np.empty((2 * len(found), 9))
    return np.concatenate(pieces) if pieces else out[:0], counts


def first_obstacle(
    point_xy: tuple[float, float],
    cameras: gpd.GeoDataFrame,
    obstacles: Obstacles | Surface,
    *,
    north: North = "true",
    mounting: pd.DataFrame | None = None,
    target_height_m: float = 1.5,
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
        The buildings; or a surface, whose ground and roofs belong to nobody by name.
    north
        What ``bearing_deg`` counts from: ``"true"`` or ``"grid"`` north.
    mounting
        What :func:`coveragekit.visibility.mount` gave for these cameras; worked out
        with its defaults if ``None``.
    target_height_m
        How far the point is above the ground, metres; on a surface only.

    Returns
    -------
    pandas.DataFrame
        On the index of the cameras: ``building`` (row in the table of buildings, -1
        where the line is free), ``building_id`` (missing where it is free) and
        ``distance_m`` from the camera to the wall (not-a-number where it is free). On a
        surface ``building`` is -1 everywhere, and the distance alone tells.

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
    from coveragekit.visibility.kernels.lines import first_blocks

    px, py = float(point_xy[0]), float(point_xy[1])
    if not (np.isfinite(px) and np.isfinite(py)):
        message = f"the point is ({px}, {py}); allowed: finite coordinates in metres"
        raise InputError(message)
    if isinstance(obstacles, Surface):
        from coveragekit.visibility.section import first_rises

        found = first_rises(
            (px, py),
            cameras,
            obstacles,
            target_height_m=target_height_m,
            north=north,
            mounting=mounting,
        )
        distance = found["blocked_at_m"].to_numpy(dtype=np.float64)
        nobody = np.full(len(cameras), -1, np.int32)
        return _answer(cameras, nobody, distance, ids=[None] * len(nobody))
    eyes = look(cameras, obstacles, mounting, north=north)
    owner, distance = first_blocks(obstacles.index, eyes.rows, eyes.opaque, px, py)
    ids = [None if row < 0 else str(obstacles.building_ids[row]) for row in owner]
    return _answer(cameras, owner, distance, ids=ids)


def _answer(
    cameras: gpd.GeoDataFrame,
    owner: NDArray[np.int32],
    distance: NDArray[np.float64],
    *,
    ids: list[str | None],
) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame(
        {
            "building": owner,
            "building_id": pd.Series(ids, dtype="str").array,
            "distance_m": distance,
        },
        index=cameras.index,
    )
