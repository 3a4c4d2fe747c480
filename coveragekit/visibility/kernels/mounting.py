"""The mounting rule, camera by camera."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from coveragekit.visibility.jit import kernel
from coveragekit.visibility.kernels.facades import (
    box,
    is_corner,
    nearest_exposed,
    take_first,
    wall_at,
    way_out,
)
from coveragekit.visibility.kernels.grid import TOUCH_M, building_at, winding

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from coveragekit.visibility.kernels.grid import Index

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int32]

__all__ = ["CORNER", "FACADE", "INSIDE", "OPEN", "mount_cameras", "step_inside"]

OPEN = 0
FACADE = 1
CORNER = 2
INSIDE = 3

# Places to try for a camera on the wall of its room; at most this many walls meet.
_TRIES = 64


@kernel
def mount_cameras(
    index: Index,
    places: Floats,
    ways: Floats,
    sizes: tuple[float, float],
    first: int,
    shut: Floats,
    out: Floats,
    kinds: NDArray[np.uint8],
    owners: Ints,
) -> int:
    """
    Apply the mounting rule to each camera from ``first`` on.

    Parameters
    ----------
    index
        Walls and their grid.
    places
        x, y of each camera, shape ``(n, 2)``.
    ways
        Unit direction of each camera's bearing, not-a-number where unknown.
    sizes
        Mounting depth and stand-off, metres.
    first
        The camera to start with.
    shut
        Scratch of two columns.
    out
        Where each camera is put, shape ``(n, 2)``.
    kinds
        ``OPEN``, ``FACADE``, ``CORNER`` or ``INSIDE``.
    owners
        Row of the building it is mounted on or stands in, or -1.

    Returns
    -------
    int
        The camera for which ``shut`` was too short; ``n`` when all are done.

    Notes
    -----
    Ties (a corner, a flush facade of two buildings) go, in this order, to the facade
    that faces the bearing most squarely, the longer, the one whose foot lies further
    west, then south, and the building that is first by id: never to the first row.
    """
    depth, stand_off = sizes
    keys = np.zeros((2, 6))
    ray_keys = np.zeros((2, 7))
    tally = np.zeros(len(index.rank), np.int32)
    touched = np.empty(len(index.owner) + 1, np.int32)
    for camera in range(first, places.shape[0]):
        x, y = places[camera, 0], places[camera, 1]
        out[camera, 0], out[camera, 1] = x, y
        kinds[camera] = OPEN
        owners[camera] = -1
        own = wall_at(x, y, index)
        if own < 0 and winding(x, y, index) <= 0:
            continue
        ux, uy = ways[camera, 0], ways[camera, 1]
        known = not np.isnan(ux)

        # The nearest exposed facade that faces the bearing: with room all round, or
        # else (a passage narrower than twice the stand-off) with any room.
        best, best_at, best_distance = -1, 0.0, np.inf
        keys[1, 0] = np.inf
        i0, i1, j0, j1 = box(x, y, depth, index)
        for attempt in range(2):
            clear = stand_off - 2.0 * TOUCH_M if attempt == 0 else 0.0
            if best >= 0:
                break
            for j in range(j0, j1 + 1):
                for i in range(i0, i1 + 1):
                    k = j * index.nx + i
                    for n in range(index.ptr[k], index.ptr[k + 1]):
                        s = index.idx[n]
                        wx = index.walls[s, 2] - index.walls[s, 0]
                        wy = index.walls[s, 3] - index.walls[s, 1]
                        length = np.hypot(wx, wy)
                        align = (uy * wx - ux * wy) / length if known else 0.0
                        if align < -1e-9:
                            continue
                        bound = best_distance + 2.0 * TOUCH_M
                        at, distance = nearest_exposed(
                            index, s, (x, y), (depth, stand_off, clear, bound), shut
                        )
                        if distance < 0.0:
                            return camera
                        if distance > depth:
                            continue
                        keys[0, 0] = np.round(distance / TOUCH_M)
                        keys[0, 1] = -np.round(align * 1e9)
                        keys[0, 2] = -np.round(length / TOUCH_M)
                        keys[0, 3] = index.walls[s, 0] + at / length * wx
                        keys[0, 4] = index.walls[s, 1] + at / length * wy
                        keys[0, 5] = index.rank[index.owner[s]]
                        if take_first(keys):
                            best, best_at, best_distance = s, at, distance

        # Unless it is on that facade: the one by which the bearing leaves.
        if known and not best_distance <= TOUCH_M:
            s, at = way_out(index, (x, y), (ux, uy), sizes, ray_keys)
            if s >= 0:
                best, best_at = s, at

        if best < 0:
            kinds[camera] = INSIDE
            owners[camera] = building_at(x, y, index, tally, touched)
            if owners[camera] < 0:
                owners[camera] = own
            continue
        wx = index.walls[best, 2] - index.walls[best, 0]
        wy = index.walls[best, 3] - index.walls[best, 1]
        length = np.hypot(wx, wy)
        fx = index.walls[best, 0] + best_at / length * wx
        fy = index.walls[best, 1] + best_at / length * wy
        out[camera, 0] = fx - stand_off * wy / length
        out[camera, 1] = fy + stand_off * wx / length
        owners[camera] = index.owner[best]
        corner = is_corner(index, best, fx, fy, stand_off)
        kinds[camera] = CORNER if corner else FACADE
    return int(places.shape[0])


@kernel
def step_inside(
    index: Index, places: Floats, ways: Floats, step: float
) -> NDArray[np.uint8]:
    """
    Move cameras of a room that stand on its wall a step into it, in place.

    Along the bearing first, then square to each wall they stand on.

    Returns
    -------
    numpy.ndarray
        1 for cameras that now stand inside a footprint and on no wall, 0 for others.
    """
    settled = np.zeros(places.shape[0], np.uint8)
    tries = np.empty((_TRIES, 2))
    for camera in range(places.shape[0]):
        x, y = places[camera, 0], places[camera, 1]
        tries[0, 0], tries[0, 1] = x, y
        known = not np.isnan(ways[camera, 0])
        tries[1, 0] = x + step * ways[camera, 0] if known else x
        tries[1, 1] = y + step * ways[camera, 1] if known else y
        count = 2
        i0, i1, j0, j1 = box(x, y, TOUCH_M, index)
        for j in range(j0, j1 + 1):
            for i in range(i0, i1 + 1):
                k = j * index.nx + i
                for n in range(index.ptr[k], index.ptr[k + 1]):
                    s = index.idx[n]
                    ax, ay = index.walls[s, 0] - x, index.walls[s, 1] - y
                    wx = index.walls[s, 2] - index.walls[s, 0]
                    wy = index.walls[s, 3] - index.walls[s, 1]
                    length = np.hypot(wx, wy)
                    share = min(max(-(ax * wx + ay * wy) / length**2, 0.0), 1.0)
                    off = np.hypot(ax + share * wx, ay + share * wy)
                    if off <= TOUCH_M and count < _TRIES:
                        tries[count, 0] = x + step * wy / length
                        tries[count, 1] = y - step * wx / length
                        count += 1
        best = -1
        for n in range(count):
            # Of the places before walls the most westerly, then southerly.
            if best >= 2 and (tries[n, 0], tries[n, 1]) >= (
                tries[best, 0],
                tries[best, 1],
            ):
                continue
            if wall_at(tries[n, 0], tries[n, 1], index) >= 0:
                continue
            if winding(tries[n, 0], tries[n, 1], index) > 0:
                best = n
                if n < 2:
                    break
        if best >= 0:
            settled[camera] = 1
            places[camera, 0], places[camera, 1] = tries[best, 0], tries[best, 1]
    return settled
