"""Sample the facade that looks at a street."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from coveragekit.visibility.jit import kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["facade_points"]


@kernel
def facade_points(
    places: NDArray[np.float64],
    fronts: NDArray[np.float64],
    building: NDArray[np.int32],
    walls: NDArray[np.float64],
    wall_ptr: NDArray[np.int64],
    spacing: float,
    off: float,
    reach: float,
    facing: float,
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]]:
    """
    Give points before those walls of a building that look the way its front does.

    Parameters
    ----------
    places, fronts
        A place in each building and the place before its front, shape ``(n, 2)``.
    building
        Building of each place.
    walls
        Walls sorted by building, ``ax, ay, bx, by``; the building is on the right.
    wall_ptr
        Where the walls of each building begin.
    spacing
        Longest piece of wall that one point stands for, metres.
    off
        How far before the wall the points are, metres.
    reach
        How far from the front a point may be, metres.
    facing
        Least cosine between a wall's outward normal and the way from place to front.

    Returns
    -------
    tuple of numpy.ndarray
        Points, metres of wall that each stands for, and row of its place, ascending.
        The straight way from a point to its front meets no wall of the building.
    """
    count = 0
    xy = np.empty((0, 2))
    length = np.empty(0)
    row = np.empty(0, dtype=np.int64)
    for filling in (False, True):
        if filling:
            xy = np.empty((count, 2))
            length = np.empty(count)
            row = np.empty(count, dtype=np.int64)
            count = 0
        for n in range(places.shape[0]):
            fx, fy = fronts[n, 0], fronts[n, 1]
            ux, uy = fx - places[n, 0], fy - places[n, 1]
            far = np.hypot(ux, uy)
            first, last = wall_ptr[building[n]], wall_ptr[building[n] + 1]
            for s in range(first, last):
                ax, ay = walls[s, 0], walls[s, 1]
                dx, dy = walls[s, 2] - ax, walls[s, 3] - ay
                long = np.hypot(dx, dy)
                if not (ux * -dy + uy * dx >= facing * far * long):
                    continue
                pieces = int(np.ceil(long / spacing))
                for piece in range(pieces):
                    part = (piece + 0.5) / pieces
                    x = ax + part * dx - off * dy / long
                    y = ay + part * dy + off * dx / long
                    if np.hypot(x - fx, y - fy) > reach:
                        continue
                    blocked = False
                    for t in range(first, last):
                        px, py = walls[t, 0], walls[t, 1]
                        qx, qy = walls[t, 2], walls[t, 3]
                        left_p = (fx - x) * (py - y) - (fy - y) * (px - x)
                        left_q = (fx - x) * (qy - y) - (fy - y) * (qx - x)
                        left_x = (qx - px) * (y - py) - (qy - py) * (x - px)
                        left_f = (qx - px) * (fy - py) - (qy - py) * (fx - px)
                        if left_p * left_q < 0.0 and left_x * left_f < 0.0:
                            blocked = True
                            break
                    if blocked:
                        continue
                    if filling:
                        xy[count, 0], xy[count, 1] = x, y
                        length[count] = long / pieces
                        row[count] = n
                    count += 1
    return xy, length, row
