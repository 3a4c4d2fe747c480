"""Which of several pictures of the same camera still show a place that it sees."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from coveragekit.visibility.jit import kernel
from coveragekit.visibility.kernels.lines import in_sector
from coveragekit.visibility.kernels.relief import in_view

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["count_in_sectors", "count_in_views"]


@kernel
def count_in_sectors(
    eyes: Floats,
    opaque: NDArray[np.uint8],
    points: Floats,
    ptr: NDArray[np.int64],
    cameras: NDArray[np.int32],
) -> NDArray[np.uint8]:
    """
    Give for each pair of point and camera the last picture that shows the point.

    Parameters
    ----------
    eyes, opaque
        The same cameras with one picture after another, as :func:`seen_points` takes
        them, shapes ``(pictures, n, 25)`` and ``(pictures, n)``.
    points
        Shape ``(m, 2)``.
    ptr, cameras
        The cameras of point ``p`` are ``cameras[ptr[p]:ptr[p + 1]]``.

    Returns
    -------
    numpy.ndarray
        For each pair, counted from 1; 0 where none does.
    """
    made = np.zeros(len(cameras), np.uint8)
    pictures = len(eyes)
    for p in range(len(points)):
        x, y = points[p, 0], points[p, 1]
        for at in range(ptr[p], ptr[p + 1]):
            camera = cameras[at]
            for k in range(pictures - 1, -1, -1):
                if opaque[k, camera] == 2:
                    continue
                dx, dy = x - eyes[k, camera, 0], y - eyes[k, camera, 1]
                if in_sector(eyes[k], camera, dx, dy):
                    made[at] = k + 1
                    break
    return made


@kernel
def count_in_views(
    views: Floats,
    planes: Floats,
    cell: float,
    points: Floats,
    ptr: NDArray[np.int64],
    cameras: NDArray[np.int32],
) -> NDArray[np.uint8]:
    """
    Give for each pair of target and camera the last picture that shows the target.

    Parameters
    ----------
    views, planes
        The same cameras with one picture after another, as :func:`in_view` takes them,
        shapes ``(pictures, n, 11)`` and ``(pictures, n, 4, 3)``.
    cell
        Side of a cell of the surface, metres.
    points
        Column, row and height of each target, shape ``(m, 3)``.
    ptr, cameras
        The cameras of target ``p`` are ``cameras[ptr[p]:ptr[p + 1]]``.

    Returns
    -------
    numpy.ndarray
        For each pair, counted from 1; 0 where none does.
    """
    made = np.zeros(len(cameras), np.uint8)
    pictures = len(views)
    for p in range(len(points)):
        column, row = points[p, 0], points[p, 1]
        for at in range(ptr[p], ptr[p + 1]):
            camera = cameras[at]
            for k in range(pictures - 1, -1, -1):
                if views[k, camera, 10] > 0.0:
                    continue
                east = (column - views[k, camera, 0]) * cell
                north = (views[k, camera, 1] - row) * cell
                if in_view(views[k], planes[k], camera, east, north):
                    made[at] = k + 1
                    break
    return made
