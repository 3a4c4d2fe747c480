"""Find the facade that a camera near it may hang on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from coveragekit.visibility.jit import kernel
from coveragekit.visibility.kernels.facades import box, nearest_exposed
from coveragekit.visibility.kernels.grid import TOUCH_M

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from coveragekit.visibility.kernels.grid import Index

    Floats = NDArray[np.float64]

__all__ = ["nearest_facades"]


@kernel
def nearest_facades(
    index: Index,
    places: Floats,
    ways: Floats,
    reach: Floats,
    stand_off: float,
    first: int,
    shut: Floats,
    out: Floats,
    distance: Floats,
    squareness: Floats,
) -> int:
    """
    Give for each place the nearest exposed facade that faces a bearing.

    Parameters
    ----------
    index
        Walls and their grid.
    places
        x, y, shape ``(n, 2)``; in the open air or not.
    ways
        Unit direction of each bearing, not-a-number for any.
    reach
        How far to look from each place, metres.
    stand_off
        How far off the facade to stand, metres.
    first
        The place to start with.
    shut
        Scratch of two columns.
    out
        Where a camera on that facade stands, shape ``(n, 2)``.
    distance
        From the place to the facade; infinite where there is none in reach.
    squareness
        Cosine of the angle between the bearing and straight away from the facade; 1
        for any bearing, 0 where there is none in reach.

    Returns
    -------
    int
        The place for which ``shut`` was too short; ``n`` when all are done.

    Notes
    -----
    Of two facades equally near, the one whose foot lies further west, then south.
    """
    clear = stand_off - 2.0 * TOUCH_M
    for row in range(first, places.shape[0]):
        x, y = places[row, 0], places[row, 1]
        out[row, 0], out[row, 1] = x, y
        distance[row], squareness[row] = np.inf, 0.0
        depth = reach[row]
        if not depth > 0.0:
            continue
        ux, uy = ways[row, 0], ways[row, 1]
        i0, i1, j0, j1 = box(x, y, depth, index)
        for j in range(j0, j1 + 1):
            for i in range(i0, i1 + 1):
                k = j * index.nx + i
                for n in range(index.ptr[k], index.ptr[k + 1]):
                    s = index.idx[n]
                    wx = index.walls[s, 2] - index.walls[s, 0]
                    wy = index.walls[s, 3] - index.walls[s, 1]
                    length = np.hypot(wx, wy)
                    align = (uy * wx - ux * wy) / length
                    if align < -1e-9:
                        continue
                    bound = distance[row] + 2.0 * TOUCH_M
                    at, far = nearest_exposed(
                        index, s, (x, y), (depth, stand_off, clear, bound), shut
                    )
                    if far < 0.0:
                        return row
                    if far > depth or far > distance[row] + TOUCH_M:
                        continue
                    px = index.walls[s, 0] + (at * wx - stand_off * wy) / length
                    py = index.walls[s, 1] + (at * wy + stand_off * wx) / length
                    tied = far > distance[row] - TOUCH_M
                    if tied and (px, py) >= (out[row, 0], out[row, 1]):
                        continue
                    distance[row] = far
                    squareness[row] = 1.0 if np.isnan(align) else max(align, 0.0)
                    out[row, 0], out[row, 1] = px, py
    return int(places.shape[0])
