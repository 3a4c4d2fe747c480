"""Lines of sight over ground and roofs: who sees which point."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from coveragekit.errors import InputError
from coveragekit.visibility.blocks import block_edges
from coveragekit.visibility.cameras import check_points, name_keys
from coveragekit.visibility.lookouts import check_on_surface, look_over
from coveragekit.visibility.obstacles import z_order

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd
    from numpy.typing import NDArray
    from scipy.sparse import csr_array

    from coveragekit.optics import Footprints
    from coveragekit.visibility.cameras import North
    from coveragekit.visibility.lookouts import Lookouts
    from coveragekit.visibility.surface import Surface

__all__ = [
    "check_target",
    "place_targets",
    "target_places",
    "who_sees_relief",
    "who_sees_relief_arrays",
]

_PER_CELL = 8.0
_CELL_LEAST = 8.0
_CELLS_MOST = 2000.0
_PAIRS = 1 << 20


def who_sees_relief(  # noqa: PLR0913 - keywords, each of which stands for itself
    points: gpd.GeoSeries | gpd.GeoDataFrame,
    cameras: gpd.GeoDataFrame,
    surface: Surface,
    *,
    target_height_m: float = 1.5,
    footprints: Footprints | None = None,
    north: North = "true",
    mounting: pd.DataFrame | None = None,
    threads: int | None = None,
) -> csr_array:
    """
    Tell which cameras see which points, over ground and roofs.

    Parameters
    ----------
    points
        Points in the CRS of the surface.
    cameras
        Points with ``mount_height_m`` and ``bearing_deg`` (degrees clockwise, missing
        where unknown), and without footprints ``hfov_deg`` and ``range_m``.
    surface
        Ground and roofs.
    target_height_m
        How far targets stand above the ground, metres, ``>= 0``. On a building the
        target is its roof, where that is higher.
    footprints
        Of ``coveragekit.optics.footprints`` for these cameras and this height.
    north
        What ``bearing_deg`` counts from: ``"true"`` or ``"grid"`` north.
    mounting
        What :func:`coveragekit.visibility.mount` gave for these cameras; worked out
        from the surface if ``None``.
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
        The CRS of one is missing, not in metres, or not that of the surface.
    InputError
        A point or camera off the surface or over unknown ground, or a value that
        cannot be used; the rows are named.

    Notes
    -----
    The accurate walk of :func:`coveragekit.visibility.viewsheds`, with which it agrees
    at the centres of cells: the sight line is compared with the surface, interpolated
    between two cells, wherever it crosses a line of cell centres. The curve of the
    earth (1 cm at 400 m) is left out. In or on the edge of a privacy zone nothing is
    seen.

    Examples
    --------
    >>> import geopandas as gpd
    >>> from shapely import Point, box
    >>> from coveragekit.visibility import Surface
    >>> wall = gpd.GeoDataFrame(
    ...     {"height_m": [3.0]}, geometry=[box(10, -5, 11, 5)], crs="EPSG:32616"
    ... )
    >>> camera = gpd.GeoDataFrame(
    ...     {"mount_height_m": [6.0], "bearing_deg": [90.0], "hfov_deg": [90.0],
    ...      "range_m": [50.0]}, geometry=[Point(0, 0)], crs="EPSG:32616",
    ... )
    >>> points = gpd.GeoSeries([Point(8, 0), Point(15, 0), Point(25, 0)], crs=32616)
    >>> surface = Surface.from_buildings(wall)
    >>> who_sees_relief(points, camera, surface, target_height_m=0.0).toarray()[:, 0]
    array([ True, False,  True])
    """
    from scipy.sparse import csr_array

    target = check_target(target_height_m)
    places = target_places(points, surface, target)
    lookouts = look_over(
        cameras, surface, footprints=footprints, north=north, mounting=mounting
    )
    seen, ptr = who_sees_relief_arrays(places, lookouts, surface, threads=threads)
    values = np.ones(len(seen), np.bool_)
    return csr_array((values, seen, ptr), shape=(len(places), len(lookouts.views)))


def check_target(target_height_m: float) -> float:
    """
    Give a target's height, or refuse it.

    Parameters
    ----------
    target_height_m
        Metres above the ground.

    Returns
    -------
    float
        The same.

    Raises
    ------
    InputError
        It is negative or not finite.

    Examples
    --------
    >>> check_target(1.5)
    1.5
    """
    if not (np.isfinite(target_height_m) and target_height_m >= 0.0):
        message = f"target_height_m is {target_height_m}; allowed: metres, 0 or more"
        raise InputError(message)
    return float(target_height_m)


def target_places(
    points: gpd.GeoSeries | gpd.GeoDataFrame, surface: Surface, target: float
) -> NDArray[np.float64]:
    """
    Give column, row and height of each target.

    Parameters
    ----------
    points
        Points in the CRS of the surface.
    surface
        Ground and roofs.
    target
        Metres above the ground.

    Returns
    -------
    numpy.ndarray
        Shape ``(n, 3)``.

    Raises
    ------
    CRSError
        The CRS is missing, not in metres, or not that of the surface.
    InputError
        A point off the surface or over unknown ground; the rows are named.
    """
    xy = check_points(points, surface, "points")
    check_on_surface(surface.cells_of(xy), surface, points, what="points")
    places = place_targets(xy, surface, target)
    unknown = np.isnan(places[:, 2])
    if unknown.any():
        message = (
            f"points: the ground is unknown under {name_keys(points, unknown)}; "
            "give terrain that covers them, or leave those rows out"
        )
        raise InputError(message)
    return places


def place_targets(
    xy: NDArray[np.float64], surface: Surface, target: float
) -> NDArray[np.float64]:
    """
    Give column, row and height of targets that are arrays and no table.

    Parameters
    ----------
    xy
        Places in the CRS of the surface, on it, shape ``(n, 2)``.
    surface
        Ground and roofs.
    target
        Metres above the ground.

    Returns
    -------
    numpy.ndarray
        Shape ``(n, 3)``; a height of not-a-number over unknown ground.

    Examples
    --------
    >>> import geopandas as gpd
    >>> from coveragekit.visibility import Surface
    >>> ground = gpd.GeoDataFrame(geometry=[], crs="EPSG:32616")
    >>> surface = Surface.from_buildings(ground, bounds=(0, 0, 9, 9))
    >>> place_targets(np.array([[1.5, 7.5]]), surface, 1.5).tolist()
    [[1.0, 1.0, 1.5]]
    """
    from coveragekit.visibility.kernels.relief import target_heights

    places = surface.cells_of(xy)
    heights = target_heights(surface.ground_m, surface.top_m, places, target)
    return np.column_stack([places, heights])


def who_sees_relief_arrays(
    places: NDArray[np.float64],
    lookouts: Lookouts,
    surface: Surface,
    *,
    threads: int | None = None,
) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """
    Give the cameras that see each target, as the arrays of a sparse matrix.

    Parameters
    ----------
    places
        Targets, of :func:`place_targets`, none of unknown height.
    lookouts
        The cameras.
    surface
        Ground and roofs.
    threads
        How many threads to use; ``None``: one per processor where it pays.

    Returns
    -------
    tuple of numpy.ndarray
        Rows of the cameras that see target ``i``, ascending, at
        ``ptr[i]:ptr[i + 1]``, and ``ptr``.

    Raises
    ------
    InputError
        ``threads`` is less than one.
    """
    from coveragekit.visibility.kernels import relief, sight

    count = len(lookouts.views)
    blocks = list(pairwise(block_edges(count, threads)))
    if len(places) == 0 or count == 0:
        return np.empty(0, np.int32), np.zeros(len(places) + 1, np.int64)
    low = places[:, :2].min(axis=0)
    extent = np.maximum(places[:, :2].max(axis=0) - low, 1.0)
    side = float(np.sqrt(extent.prod() * _PER_CELL / len(places)))
    side = max(side, _CELL_LEAST, float(extent.max()) / _CELLS_MOST)
    frame = np.array([low[0], low[1], side])
    shape = (int(extent[1] // side) + 1, int(extent[0] // side) + 1)
    rows, ptr = sight.sort_points(places[:, :2].copy(), frame, shape)
    sorted_places = places[rows]
    order = z_order(lookouts.views[:, :2], np.array([0.0, 0.0, 32.0]))
    layers = (surface.ground_m, surface.top_m, surface.cell_m)

    def run(block: tuple[int, int]) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        taken = order[block[0] : block[1]]
        out = np.empty(_PAIRS, np.int32)
        counts = np.zeros(len(taken), np.int64)
        pieces, done = [], 0
        while done < len(taken):
            before = done
            done, used = relief.seen_from(
                layers,
                lookouts.views,
                lookouts.planes,
                taken,
                sorted_places,
                frame,
                shape,
                ptr,
                done,
                counts,
                out,
            )
            pieces.append(out[:used].copy())
            if done == before:
                out = np.empty(2 * len(out), np.int32)
        return np.concatenate(pieces) if pieces else out[:0], counts

    with ThreadPoolExecutor(len(blocks)) as pool:
        made = list(pool.map(run, blocks))
    seen = np.concatenate([block[0] for block in made])
    counts = np.concatenate([block[1] for block in made])
    place = np.empty(count, np.int64)
    place[order] = np.arange(count)
    starts, columns = sight.transpose(place, counts, seen, rows, len(places))
    if len(surface.zones) == 0:
        return columns, starts
    return surface.zones.unseen(surface.places_of(places[:, :2]), columns, starts)
