"""Isovists: the polygon that each camera sees on the plan, exactly."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from coveragekit.visibility.blocks import block_edges
from coveragekit.visibility.eyes import Eyes, look
from coveragekit.visibility.obstacles import z_order
from coveragekit.visibility.shapes import cut_arrays, cut_polygons, whole_polygons
from coveragekit.visibility.surface import Surface
from coveragekit.visibility.zone_cuts import cut_rings, cut_shapes

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd
    from numpy.typing import NDArray

    from coveragekit.optics import Footprints
    from coveragekit.visibility.cameras import North
    from coveragekit.visibility.obstacles import Obstacles

    _Rings = tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.bool_]]

__all__ = ["FOUND", "isovist_arrays", "isovists", "view_arrays"]

_VERTICES = 64
FOUND = 2048


def isovists(  # noqa: PLR0913 - one way to be asked
    cameras: gpd.GeoDataFrame,
    obstacles: Obstacles | Surface,
    *,
    chord_tolerance_m: float = 0.05,
    north: North = "true",
    mounting: pd.DataFrame | None = None,
    footprints: Footprints | None = None,
    target_height_m: float = 1.5,
    threads: int | None = None,
) -> gpd.GeoSeries:
    """
    Give the polygon that each camera sees.

    Parameters
    ----------
    cameras
        Points in the CRS of the obstacles, with ``bearing_deg`` (degrees clockwise,
        missing where unknown: then the whole circle of its reach), ``hfov_deg``
        (``0 < h <= 360``) and ``range_m`` (metres, ``> 0``: the range to use).
    obstacles
        The buildings; or a surface, to look over ground and roofs in cells by
        :func:`coveragekit.visibility.viewsheds` (its fast mode).
    chord_tolerance_m
        How far a chord of the range's arc may lie inside the arc, metres, ``> 0``.
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
    geopandas.GeoSeries
        Valid polygons named ``isovist`` on the index of the cameras. The field of
        view's corner is the camera, where it is mounted. Empty where a camera stands
        so tight between walls, or looks through so narrow a lens (a millionth of a
        degree), that nothing is left. With footprints a dead zone may leave several
        pieces (a MultiPolygon) or a hole, and a footprint of no reach leaves nothing.
        Privacy zones of the obstacles are cut out in the same way.

    Raises
    ------
    CRSError
        The CRS is missing, not in metres, or not that of the obstacles.
    InputError
        A column is missing or a value out of range; the rows are named.

    Notes
    -----
    Exact on the plan but for the arc, which is inscribed. Walls hide; heights do not
    enter. Two walls closer together than about 1e-8 radians leave no gap. A line of
    sight along a wall or past a corner is the edge of the isovist.

    Examples
    --------
    >>> import geopandas as gpd
    >>> from shapely import Point, box
    >>> from coveragekit.visibility import Obstacles
    >>> house = gpd.GeoDataFrame(geometry=[box(10, -50, 20, 50)], crs="EPSG:32616")
    >>> camera = gpd.GeoDataFrame(
    ...     {"bearing_deg": [90.0], "hfov_deg": [90.0], "range_m": [50.0]},
    ...     geometry=[Point(0, 0)], crs="EPSG:32616",
    ... )
    >>> walls = Obstacles.from_buildings(house)
    >>> isovists(camera, walls, north="grid").area.round(6).tolist()
    [100.0]
    """
    import geopandas as gpd

    if isinstance(obstacles, Surface):
        from coveragekit.visibility.viewshed import uncut_viewsheds

        # Zones are cut from the outlines, exactly, and not cell by cell before.
        seen = uncut_viewsheds(
            cameras,
            obstacles,
            footprints=footprints,
            target_height_m=target_height_m,
            mode="accurate",
            north=north,
            mounting=mounting,
            threads=threads,
        )
        return seen.ground_only().to_polygons()
    eyes = look(
        cameras,
        obstacles,
        mounting,
        north=north,
        chord_tolerance_m=chord_tolerance_m,
        footprints=footprints,
    )
    corners, sizes, suspect, order = _sweep(eyes, obstacles, threads=threads)
    shapes = np.empty(len(order), dtype=object)
    if eyes.are_cut:
        shapes[order] = cut_polygons(
            eyes.rows[order],
            corners,
            sizes,
            suspect=suspect,
            chord_tolerance_m=chord_tolerance_m,
        )
    else:
        shapes[order] = whole_polygons(corners, sizes, suspect)
    shapes = cut_shapes(shapes, obstacles.zones)
    return gpd.GeoSeries(shapes, index=cameras.index, crs=obstacles.crs, name="isovist")


def isovist_arrays(
    eyes: Eyes, obstacles: Obstacles, *, threads: int | None = None
) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.bool_]]:
    """
    Give the rings of isovists as arrays, whole: no footprint or zone is cut from them.

    Parameters
    ----------
    eyes
        The cameras.
    obstacles
        The buildings.
    threads
        How many threads to use; ``None``: one per processor where it pays.

    Returns
    -------
    tuple of numpy.ndarray
        Vertices of all rings, shape ``(v, 2)``; where each camera's ring ends (a
        camera that sees nothing has none); whether its validity should be checked.

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
    >>> isovist_arrays(Eyes.none(), ground)[0].shape
    (0, 2)
    """
    corners, sizes, swept, order = _sweep(eyes, obstacles, threads=threads)
    suspect = np.empty(len(order), np.bool_)
    suspect[order] = swept
    lengths = np.empty(len(order), np.int64)
    lengths[order] = sizes
    ends = np.cumsum(lengths)
    # Vertex by vertex: from where its ring was written to where it belongs.
    moved = np.repeat((ends - lengths)[order] - (np.cumsum(sizes) - sizes), sizes)
    placed = np.empty_like(corners)
    placed[np.arange(len(corners)) + moved] = corners
    return placed, ends, suspect


def view_arrays(
    eyes: Eyes,
    obstacles: Obstacles,
    *,
    chord_tolerance_m: float = 0.05,
) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.int64]]:
    """
    Give the rings of what cameras see as arrays, cut by footprints and privacy zones.

    Parameters
    ----------
    eyes
        The cameras.
    obstacles
        The buildings.
    chord_tolerance_m
        How far a chord of a dead zone's arc may lie inside it, metres, > 0.

    Returns
    -------
    tuple of numpy.ndarray
        Vertices of all rings, shape ``(v, 2)``; vertices of ring ``r`` are
        ``ring_ptr[r]`` to ``ring_ptr[r + 1]``, the last like the first; rings of camera
        ``c`` are ``row_ptr[c]`` to ``row_ptr[c + 1]``. Inside is what an odd number of
        a camera's rings go round: holes need no mark.

    Examples
    --------
    >>> import geopandas as gpd
    >>> from coveragekit.visibility import Obstacles
    >>> nothing = gpd.GeoDataFrame(geometry=[], crs="EPSG:32616")
    >>> ground = Obstacles.from_buildings(nothing)
    >>> view_arrays(Eyes.none(), ground)[1].tolist()
    [0]
    """
    corners, ends, _ = isovist_arrays(eyes, obstacles)
    owners = np.flatnonzero(np.diff(ends, prepend=0))
    if eyes.are_cut:
        corners, rings = cut_arrays(
            eyes.rows, corners, ends, chord_tolerance_m=chord_tolerance_m
        )
        ends, owners = rings[:, 0], rings[:, 1]
    else:
        ends = ends[owners]
    row_ptr = np.searchsorted(owners, np.arange(len(eyes.rows) + 1))
    return cut_rings(corners, np.append(0, ends), row_ptr, zones=obstacles.zones)


def _sweep(
    eyes: Eyes, obstacles: Obstacles, *, threads: int | None
) -> tuple[
    NDArray[np.float64], NDArray[np.int64], NDArray[np.bool_], NDArray[np.int64]
]:
    # Vertices, vertices per ring, whether to check it, and the cameras' order: those
    # close to one another come together, so that the walls around stay in the cache.
    blocks = list(pairwise(block_edges(len(eyes.rows), threads)))
    order = z_order(eyes.rows[:, :2], obstacles.frame)

    def run(block: tuple[int, int]) -> _Rings:
        taken = order[block[0] : block[1]]
        return _rings(Eyes(eyes.rows[taken], eyes.opaque[taken]), obstacles)

    if len(blocks) == 1:
        corners, ends, suspect = run(blocks[0])
        return corners, np.diff(ends, prepend=0), suspect, order
    with ThreadPoolExecutor(len(blocks)) as pool:
        made = list(pool.map(run, blocks))
    return (
        np.concatenate([block[0] for block in made]),
        np.concatenate([np.diff(block[1], prepend=0) for block in made]),
        np.concatenate([block[2] for block in made]),
        order,
    )


def _rings(eyes: Eyes, obstacles: Obstacles) -> _Rings:
    """Give the rings of one block, growing what is too small until all are done."""
    from coveragekit.visibility.kernels.gather import bin_edges
    from coveragekit.visibility.kernels.isovist import isovist_rings

    count = len(eyes.rows)
    out = np.empty((_VERTICES * count + 1024, 2))
    ends = np.zeros(count, np.int64)
    suspect = np.zeros(count, np.uint8)
    found = np.empty((FOUND, 9))
    stamp = np.full(len(obstacles), -1, np.int32)
    edges, done, full = bin_edges(), 0, 0
    while done < count:
        done, full = isovist_rings(
            obstacles.index,
            eyes.rows,
            eyes.opaque,
            done,
            edges,
            stamp,
            found,
            out,
            ends,
            suspect,
        )
        stamp.fill(-1)
        if full == 1:
            larger = np.empty((2 * len(out), 2))
            used = ends[done - 1] if done else 0
            larger[:used] = out[:used]
            out = larger
        elif full == 2:
            found = np.empty((2 * len(found), 9))
    used = ends[-1] if count else 0
    return out[:used], ends, suspect.astype(np.bool_)
