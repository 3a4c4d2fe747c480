"""Find the few places that a changed camera may touch among millions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from coveragekit.visibility.jit import kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["boxes_of", "load_supports", "rows_seen", "rows_within"]


@kernel
def boxes_of(xy: Floats, size: int) -> Floats:
    """
    Give the box of each run of places.

    Parameters
    ----------
    xy
        Places, shape ``(n, 2)``; those that follow one another are mostly near.
    size
        How many places make a run.

    Returns
    -------
    numpy.ndarray
        Least x and y, greatest x and y of each run, shape ``(runs, 4)``.
    """
    runs = (len(xy) + size - 1) // size
    boxes = np.empty((runs, 4), np.float64)
    for run in range(runs):
        minx, miny, maxx, maxy = np.inf, np.inf, -np.inf, -np.inf
        for row in range(run * size, min((run + 1) * size, len(xy))):
            minx, maxx = min(minx, xy[row, 0]), max(maxx, xy[row, 0])
            miny, maxy = min(miny, xy[row, 1]), max(maxy, xy[row, 1])
        boxes[run, 0], boxes[run, 1] = minx, miny
        boxes[run, 2], boxes[run, 3] = maxx, maxy
    return boxes


@kernel
def rows_within(
    xy: Floats,
    boxes: Floats,
    size: int,
    x: float,
    y: float,
    reach: float,
    out: NDArray[np.int64],
) -> int:
    """
    Write the places within a distance of one, in their order.

    Parameters
    ----------
    xy, boxes, size
        The places, and their runs as :func:`boxes_of` gives them.
    x, y, reach
        The middle and the radius.
    out
        Where their rows go.

    Returns
    -------
    int
        How many there are; more than ``out`` holds where it is too short.
    """
    found = 0
    for run in range(len(boxes)):
        dx = max(boxes[run, 0] - x, 0.0, x - boxes[run, 2])
        dy = max(boxes[run, 1] - y, 0.0, y - boxes[run, 3])
        if dx * dx + dy * dy > reach * reach:
            continue
        for row in range(run * size, min((run + 1) * size, len(xy))):
            dx, dy = xy[row, 0] - x, xy[row, 1] - y
            if dx * dx + dy * dy <= reach * reach:
                if found < len(out):
                    out[found] = row
                found += 1
    return found


@kernel
def rows_seen(
    rows: NDArray[np.int64],
    ptr: NDArray[np.int64],
    view: NDArray[np.int32],
    level: NDArray[np.uint8],
    band: int,
    first: int,
    last: int,
) -> NDArray[np.int64]:
    """
    Give those of some places that some views see.

    Parameters
    ----------
    rows
        The places.
    ptr, view, level
        Pairs of all places: where those of each begin, their view, and how many bands
        it reaches there.
    band
        The band that has to be passed.
    first, last
        The views: from ``first`` on up to, but not with, ``last``.

    Returns
    -------
    numpy.ndarray
        Rows of the places, in the order given.
    """
    out = np.empty(len(rows), np.int64)
    found = 0
    for step in range(len(rows)):
        row = rows[step]
        for at in range(ptr[row], ptr[row + 1]):
            if first <= view[at] < last and level[at] > band:
                out[found] = row
                found += 1
                break
    return out[:found].copy()


@kernel
def load_supports(
    support: NDArray[np.int32], mask: NDArray[np.float32], count: int
) -> Floats:
    """
    Give how much of the events that count each support carries.

    Parameters
    ----------
    support
        The support of each event.
    mask
        How much each event counts.
    count
        How many supports there are.

    Returns
    -------
    numpy.ndarray
        A sum for each support.
    """
    load = np.zeros(count, np.float64)
    for event in range(len(support)):
        load[support[event]] += mask[event]
    return load
