"""Rings of the kernels as polygons, whole or cut by footprints."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from shapely import Polygon

__all__ = ["cut_arrays", "cut_polygons", "whole_polygons"]

# Where scratch begins; it grows where a ring needs more.
_WORK = 8192
_SPARE = 65536


def whole_polygons(
    corners: NDArray[np.float64], sizes: NDArray[np.int64], suspect: NDArray[np.bool_]
) -> NDArray[np.object_]:
    """
    Give the polygon of each ring.

    Parameters
    ----------
    corners
        Vertices of all rings, one after another, shape ``(v, 2)``.
    sizes
        Vertices of each ring; 0 for a camera that sees nothing.
    suspect
        Whether to check the validity of each.

    Returns
    -------
    numpy.ndarray
        One valid Polygon per ring, empty where it has no vertices.

    Examples
    --------
    >>> square = np.array([(0.0, 0), (1, 0), (1, 1), (0, 1), (0, 0)])
    >>> whole_polygons(square, np.array([0, 5]), np.zeros(2, bool))[1].area
    1.0
    """
    import shapely

    seeing = sizes > 0
    rings = np.concatenate([[0], np.cumsum(sizes[seeing])])
    made = np.full(len(sizes), shapely.Polygon(), dtype=object)
    made[seeing] = shapely.from_ragged_array(
        shapely.GeometryType.POLYGON, corners, (rings, np.arange(len(rings)))
    )
    for place in np.flatnonzero(suspect & seeing):
        made[place] = _sound(made[place])
    return made


def cut_polygons(
    rows: NDArray[np.float64],
    corners: NDArray[np.float64],
    sizes: NDArray[np.int64],
    *,
    suspect: NDArray[np.bool_],
    chord_tolerance_m: float,
) -> NDArray[np.object_]:
    """
    Give what planes and dead zones leave of each ring.

    Parameters
    ----------
    rows
        The cameras, as :class:`coveragekit.visibility.eyes.Eyes` has them.
    corners, sizes, suspect
        Their rings, as :func:`whole_polygons` takes them.
    chord_tolerance_m
        How far a chord of a dead zone's arc may lie inside it, metres, > 0.

    Returns
    -------
    numpy.ndarray
        A valid Polygon (with a hole where a camera looks all round its dead zone) or
        MultiPolygon per camera; an empty Polygon where nothing is left.

    Examples
    --------
    >>> nothing = np.empty((0, 25)), np.empty((0, 2)), np.empty(0, np.int64)
    >>> suspect = np.empty(0, np.bool_)
    >>> len(cut_polygons(*nothing, suspect=suspect, chord_tolerance_m=0.05))
    0
    """
    import shapely

    vertices, rings = cut_arrays(
        rows, corners, np.cumsum(sizes), chord_tolerance_m=chord_tolerance_m
    )
    made = np.full(len(rows), shapely.Polygon(), dtype=object)
    if len(rings) == 0:
        return made
    shells = np.flatnonzero(rings[:, 2] == 0)
    polygons = shapely.from_ragged_array(
        shapely.GeometryType.POLYGON,
        vertices,
        (np.append(0, rings[:, 0]), np.append(shells, len(rings))),
    )
    cameras = rings[shells, 1]
    for place in np.flatnonzero((rings[shells, 3] > 0) | suspect[cameras]):
        polygons[place] = _sound(polygons[place])
    left = ~shapely.is_empty(polygons)
    polygons, cameras = polygons[left], cameras[left]
    several = np.bincount(cameras, minlength=len(rows)) > 1
    alone = ~several[cameras]
    made[cameras[alone]] = polygons[alone]
    if several.any():
        numbers = np.cumsum(several) - 1
        of = numbers[cameras[~alone]]
        made[several] = shapely.multipolygons(polygons[~alone], indices=of)
    return made


def cut_arrays(
    rows: NDArray[np.float64],
    corners: NDArray[np.float64],
    ends: NDArray[np.int64],
    *,
    chord_tolerance_m: float,
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """
    Give what planes and dead zones leave of each ring, as rings again.

    Parameters
    ----------
    rows, corners
        As :func:`cut_polygons` takes them.
    ends
        Where each ring ends.
    chord_tolerance_m
        As :func:`cut_polygons` takes it.

    Returns
    -------
    tuple of numpy.ndarray
        Vertices of all rings; and per ring where it ends, its camera, 1 for a hole of
        the ring before it, 1 where its validity should be checked.

    Examples
    --------
    >>> nothing = np.empty((0, 25)), np.empty((0, 2)), np.empty(0, np.int64)
    >>> cut_arrays(*nothing, chord_tolerance_m=0.05)[1].shape
    (0, 4)
    """
    # Run the kernel, growing what is too small, and join what it wrote.
    from coveragekit.visibility.kernels.cuts import cut_rings

    work = np.empty((2, _WORK, 2))
    out = np.empty((2 * len(corners) + _SPARE, 2))
    made = np.empty((2 * len(rows) + _WORK, 4), np.int64)
    vertices, rings = [], []
    done, written = 0, 0
    while done < len(rows):
        before = done
        done, used, _ = cut_rings(
            rows, corners, ends, done, chord_tolerance_m, work, out, made
        )
        if used:
            vertices.append(out[: made[used - 1, 0]].copy())
            rings.append(made[:used] + np.array([written, 0, 0, 0]))
            written += len(vertices[-1])
        if done == before and used == 0:
            work = np.empty((2, 2 * work.shape[1], 2))
            out = np.empty((2 * len(out), 2))
            made = np.empty((2 * len(made), 4), np.int64)
    if not rings:
        return np.empty((0, 2)), np.empty((0, 4), np.int64)
    return np.concatenate(vertices), np.concatenate(rings)


def _sound(shape: Polygon) -> Polygon:
    """Give a polygon, its largest valid part where rounding has spoilt it."""
    import shapely

    if shapely.is_valid(shape):
        return shape
    parts = shapely.get_parts(shapely.make_valid(shape))
    areas = shapely.area(parts)
    if not areas.any():
        return shapely.Polygon()
    largest: Polygon = parts[np.argmax(areas)]
    return largest
