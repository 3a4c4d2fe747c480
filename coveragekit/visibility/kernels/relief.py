"""Lines of sight over a surface of ground and roofs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from coveragekit.visibility.jit import kernel
from coveragekit.visibility.kernels.grid import TOUCH_M
from coveragekit.visibility.kernels.surface import ground_at

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Heights = NDArray[np.float32]
    Place = tuple[float, float, float]

__all__ = [
    "TIE_M",
    "blocked_at",
    "first_rises",
    "in_view",
    "seen_from",
    "target_heights",
]

# A roof this much above a sight line, metres, is not yet in its way.
TIE_M = 1e-6


@kernel
def target_heights(
    ground: Heights, top: Heights, places: Floats, target: float
) -> Floats:
    """Give targets' heights: above the ground, or the roof where that is higher."""
    made = np.empty(len(places), np.float64)
    for p in range(len(places)):
        column, row = places[p, 0], places[p, 1]
        roof = float(top[int(np.floor(row + 0.5)), int(np.floor(column + 0.5))])
        # In this order unknown ground gives an unknown target.
        made[p] = max(ground_at(ground, column, row) + target, roof)
    return made


@kernel
def _stands_over(
    top: Heights, steps: tuple[int, int], at: int, place: float, sight: float
) -> bool:
    """Tell whether the surface stands over a sight line between two cells."""
    along, across = steps
    beside = int(np.floor(place))
    f = place - beside
    cell = at * along + beside * across
    height = float(top[cell])
    if f > 0.0:
        height += f * (top[cell + across] - height)
    return height > sight + TIE_M


@kernel
def _line(
    width: int, eye: Place, target: Place
) -> tuple[tuple[int, int], tuple[int, int, float, float], tuple[float, float], int]:
    """
    Give how a line runs: along the way that it runs more, so that one loop does.

    Returns
    -------
    tuple
        How far apart in memory cells lie along and across; the first line of cells,
        the step to the next, and where the line starts along and across; how it goes
        aside and up for each cell along; and how many lines of cells it crosses.
    """
    steps, start, side, end = (1, width), eye[0], eye[1], target[0]
    run, rise = target[0] - eye[0], target[1] - eye[1]
    if abs(rise) > abs(run):
        steps, start, side, end = (width, 1), eye[1], eye[0], target[1]
        run, rise = rise, run
    first = int(np.floor(start + 0.5))
    step = 1 if run > 0.0 else -1
    between = step * (int(np.floor(end + 0.5)) - first) - 1
    if run == 0.0:
        return steps, (first, step, start, side), (0.0, 0.0), 0
    ways = (rise / run, (target[2] - eye[2]) / run)
    return steps, (first, step, start, side), ways, between


@kernel
def blocked_at(top: Heights, width: int, eye: Place, target: Place, hint: int) -> int:
    """
    Give how many cells from the camera something hides a target, 0 where nothing does.

    Parameters
    ----------
    top
        Heights of ground and roofs, row after row in one dimension.
    width
        Cells in a row.
    eye, target
        Column and row, counted from the first cell's centre, and height.
    hint
        How many cells from the camera to look first.

    Returns
    -------
    int
        Where a block was found: the nearest to the target, unless the hint is one.

    Notes
    -----
    The line is compared with the surface wherever it crosses a column of cell centres
    (a row, where it runs more along the rows), interpolated between the two cells
    there. The column that the camera stands in and that of the target do not count.
    """
    steps, place, ways, between = _line(width, eye, target)
    first, step, start, side = place
    slope, climb = ways
    if 0 < hint <= between:
        at = first + step * hint
        far = at - start
        if _stands_over(top, steps, at, side + slope * far, eye[2] + climb * far):
            return hint
    for n in range(between, 0, -1):
        at = first + step * n
        far = at - start
        if _stands_over(top, steps, at, side + slope * far, eye[2] + climb * far):
            return n
    return 0


@kernel
def first_rises(top: Heights, eyes: Floats, target: Floats) -> Floats:
    """
    Give where the lines of many cameras to one target are first blocked.

    Parameters
    ----------
    top
        Heights of ground and roofs.
    eyes
        Column, row and height of each lens.
    target
        Column, row and height.

    Returns
    -------
    numpy.ndarray
        Columns and rows, not-a-number where a line is free, shape ``(n, 2)``.
    """
    flat, width = top.reshape(top.size), top.shape[1]
    made = np.full((len(eyes), 2), np.nan)
    end = (target[0], target[1], target[2])
    for camera in range(len(eyes)):
        eye = (eyes[camera, 0], eyes[camera, 1], eyes[camera, 2])
        steps, place, ways, between = _line(width, eye, end)
        first, step, start, side = place
        for n in range(1, between + 1):
            at = first + step * n
            far = at - start
            aside = side + ways[0] * far
            if _stands_over(flat, steps, at, aside, eye[2] + ways[1] * far):
                made[camera, 0] = at if steps[0] == 1 else aside
                made[camera, 1] = aside if steps[0] == 1 else at
                break
    return made


@kernel
def in_view(
    views: Floats, planes: Floats, camera: int, east: float, north: float
) -> bool:
    """
    Tell whether a step from a camera ends in its field of view, edges included.

    Parameters
    ----------
    views
        Per camera: column, row, eye, direction ahead (east, north), cosine and sine of
        half the angle of view, 1 for the whole circle, reach, dead radius, 1 for a
        camera that sees nothing; shape ``(n, 11)``.
    planes
        Half planes ``a * right + b * ahead <= c``, shape ``(n, 4, 3)``.
    camera
        Its row.
    east, north
        The step, metres.

    Returns
    -------
    bool
        True in the field of view.
    """
    reach, near = views[camera, 8] + TOUCH_M, views[camera, 9] - TOUCH_M
    far2 = east * east + north * north
    if far2 > reach * reach or (near > 0.0 and far2 < near * near):
        return False
    ahead = east * views[camera, 3] + north * views[camera, 4]
    right = east * views[camera, 4] - north * views[camera, 3]
    if views[camera, 7] <= 0.0:
        cos, sin = views[camera, 5], views[camera, 6]
        if abs(right) * cos - ahead * sin > TOUCH_M:
            return False
        # In front as well: behind a narrow wedge both edges are within the tolerance.
        if cos >= 0.0 and ahead < -TOUCH_M:
            return False
    for n in range(planes.shape[1]):
        a, b = planes[camera, n, 0], planes[camera, n, 1]
        if a * right + b * ahead > planes[camera, n, 2] + TOUCH_M:
            return False
    return True


@kernel
def seen_from(
    surface: tuple[Heights, Heights, float],
    views: Floats,
    planes: Floats,
    order: NDArray[np.int64],
    points: Floats,
    frame: Floats,
    shape: tuple[int, int],
    ptr: NDArray[np.int64],
    first: int,
    counts: NDArray[np.int64],
    out: NDArray[np.int32],
) -> tuple[int, int]:
    """
    Write the points that each camera sees, from place ``first`` of an order on.

    Parameters
    ----------
    surface
        Ground, tops, and side of a cell in metres.
    views, planes
        Cameras, as :func:`in_view` takes them.
    order
        The order to take the cameras in.
    points
        Column, row and height of each target, sorted by cell of the grid of points.
    frame, shape, ptr
        Grid over the points: its first column, row and side, all in cells of the
        surface; its rows and columns; points of cell ``k`` are ``ptr[k]`` to
        ``ptr[k + 1]``.
    first
        The place in ``order`` to start at.
    counts
        Per place in ``order``: how many points the camera sees.
    out
        Where the points go.

    Returns
    -------
    tuple of int
        The place that was not finished (the length of ``order`` when all are done) and
        how much of ``out`` is used.
    """
    ground, top, cell = surface
    width, flat = ground.shape[1], top.reshape(top.size)
    ny, nx = shape
    used = 0
    for place in range(first, len(order)):
        camera = order[place]
        if views[camera, 10] > 0.0:
            continue
        x, y = views[camera, 0], views[camera, 1]
        eye = (x, y, views[camera, 2])
        reach = (views[camera, 8] + TOUCH_M) / cell
        i0 = int(max(np.floor((x - reach - frame[0]) / frame[2]), 0.0))
        i1 = int(min(np.floor((x + reach - frame[0]) / frame[2]), nx - 1.0))
        j0 = int(max(np.floor((y - reach - frame[1]) / frame[2]), 0.0))
        j1 = int(min(np.floor((y + reach - frame[1]) / frame[2]), ny - 1.0))
        if i1 < i0 or j1 < j0:
            continue
        around = 0
        for j in range(j0, j1 + 1):
            around += ptr[j * nx + i1 + 1] - ptr[j * nx + i0]
        if used + around > len(out):
            return place, used
        before, hint = used, 0
        for j in range(j0, j1 + 1):
            for p in range(ptr[j * nx + i0], ptr[j * nx + i1 + 1]):
                target = (points[p, 0], points[p, 1], points[p, 2])
                east, north = (target[0] - x) * cell, (y - target[1]) * cell
                if not in_view(views, planes, camera, east, north):
                    continue
                found = blocked_at(flat, width, eye, target, hint)
                if found > 0:
                    hint = found
                else:
                    out[used] = p
                    used += 1
        counts[place] = used - before
    return len(order), used
