"""Walk along lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from coveragekit.visibility.jit import kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["walk"]


@kernel
def walk(
    xy: NDArray[np.float64],
    ptr: NDArray[np.int64],
    line: NDArray[np.int64],
    at_m: NDArray[np.float64],
) -> NDArray[np.float64]:
    """
    Give the places at distances from the beginnings of lines.

    Parameters
    ----------
    xy
        Vertices of all lines, metres, shape ``(n, 2)``.
    ptr
        Where the vertices of each line begin, two of each at least.
    line, at_m
        For each place its line, and how far along it, metres.

    Returns
    -------
    numpy.ndarray
        Shape ``(places, 2)``; the ends of the line for what lies before or after it.
    """
    out = np.empty((line.size, 2))
    for n in range(line.size):
        first, last = ptr[line[n]], ptr[line[n] + 1] - 1
        out[n, 0], out[n, 1] = xy[last, 0], xy[last, 1]
        if at_m[n] <= 0.0:
            out[n, 0], out[n, 1] = xy[first, 0], xy[first, 1]
            continue
        walked = 0.0
        for vertex in range(first, last):
            dx, dy = (
                xy[vertex + 1, 0] - xy[vertex, 0],
                xy[vertex + 1, 1] - xy[vertex, 1],
            )
            step = np.sqrt(dx * dx + dy * dy)
            if walked + step > at_m[n]:
                part = (at_m[n] - walked) / step
                out[n, 0] = dx * part + xy[vertex, 0]
                out[n, 1] = dy * part + xy[vertex, 1]
                break
            walked += step
    return out
