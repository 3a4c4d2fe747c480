"""How a surface of ground and roofs is made, and where a camera stands on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from coveragekit.visibility.jit import kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Heights = NDArray[np.float32]

__all__ = ["FACADE", "INSIDE", "burn_heights", "ground_at", "resample", "settle"]

# Where a camera stands: in the open, on a roof, before a facade, or in a building.
OPEN, ROOF, FACADE, INSIDE = 0, 1, 2, 3


@kernel
def ground_at(ground: Heights, column: float, row: float) -> float:
    """Give the ground between four cell centres, not-a-number where one is unknown."""
    i, j = int(np.floor(column)), int(np.floor(row))
    u, v = column - i, row - j
    height = float(ground[j, i])
    if u > 0.0:
        height += u * (ground[j, i + 1] - height)
    if v > 0.0:
        below = float(ground[j + 1, i])
        if u > 0.0:
            below += u * (ground[j + 1, i + 1] - below)
        height += v * (below - height)
    return height


@kernel
def _step_out(
    ground: Heights,
    top: Heights,
    place: tuple[float, float],
    way: tuple[float, float],
    mount_height: float,
    depth: float,
) -> tuple[float, float, bool]:
    """
    Give the cell centre that a camera drawn in something higher looks out from.

    Parameters
    ----------
    ground, top
        The surface.
    place
        Column and row of the camera.
    way
        Its direction, east and north; not-a-number where unknown.
    mount_height
        Lens above the ground, metres.
    depth
        How far to look, in cells.

    Returns
    -------
    tuple
        Column and row, and whether there is such a cell: the first along the direction
        whose top the lens is above, else the nearest one not behind the camera. Ties go
        to the one most ahead, then the most westerly, then the most southerly.
    """
    column, row = place
    ny, nx = top.shape
    aimed = not np.isnan(way[0])
    if aimed:
        for n in range(1, int(4.0 * depth) + 1):
            i = int(np.floor(column + 0.25 * n * way[0] + 0.5))
            j = int(np.floor(row - 0.25 * n * way[1] + 0.5))
            if not (0 <= i < nx and 0 <= j < ny):
                break
            if ground[j, i] + mount_height > top[j, i]:
                return float(i), float(j), True
    span = int(depth) + 1
    best_far, best_ahead = depth * depth, -np.inf
    best_i, best_j, found = -1, -1, False
    middle_i, middle_j = int(np.floor(column + 0.5)), int(np.floor(row + 0.5))
    for j in range(min(middle_j + span, ny - 1), max(middle_j - span, 0) - 1, -1):
        for i in range(max(middle_i - span, 0), min(middle_i + span, nx - 1) + 1):
            if not ground[j, i] + mount_height > top[j, i]:
                continue
            east, north = i - column, row - j
            far = east * east + north * north
            ahead = east * way[0] + north * way[1] if aimed else 0.0
            if ahead < 0.0 or far > best_far + 1e-9:
                continue
            closer = far < best_far - 1e-9
            if closer or ahead > best_ahead + 1e-9 or not found:
                better = True
            else:
                same = ahead > best_ahead - 1e-9
                better = same and (i < best_i or (i == best_i and j > best_j))
            if better:
                best_far, best_ahead = far, ahead
                best_i, best_j, found = i, j, True
    return float(best_i), float(best_j), found


@kernel
def resample(
    heights: Heights, net: Floats, every: int, shape: tuple[int, int]
) -> Heights:
    """
    Give terrain on the cells of a surface, bilinear, not-a-number outside it.

    Parameters
    ----------
    heights
        Terrain, metres.
    net
        Column and row in the terrain, counted from its first cell's centre, of every
        so manieth cell of the surface, shape ``(rows, columns, 2)``.
    every
        How many cells of the surface lie between two places of the net.
    shape
        Rows and columns of the surface.

    Returns
    -------
    numpy.ndarray
        float32.
    """
    ny, nx = heights.shape
    made = np.full(shape, np.nan, np.float32)
    for j in range(shape[0]):
        a, v = j // every, (j % every) / every
        for i in range(shape[1]):
            b, u = i // every, (i % every) / every
            x = (1.0 - v) * ((1.0 - u) * net[a, b, 0] + u * net[a, b + 1, 0])
            x += v * ((1.0 - u) * net[a + 1, b, 0] + u * net[a + 1, b + 1, 0])
            y = (1.0 - v) * ((1.0 - u) * net[a, b, 1] + u * net[a, b + 1, 1])
            y += v * ((1.0 - u) * net[a + 1, b, 1] + u * net[a + 1, b + 1, 1])
            if -0.5 <= x <= nx - 0.5 and -0.5 <= y <= ny - 0.5:
                x = min(max(x, 0.0), nx - 1.0)
                y = min(max(y, 0.0), ny - 1.0)
                made[j, i] = ground_at(heights, x, y)
    return made


@kernel
def burn_heights(
    edges: Floats, ptr: NDArray[np.int64], heights: Floats, ground: Heights
) -> tuple[Heights, NDArray[np.int64], NDArray[np.int64]]:
    """
    Give the highest building over each cell centre, and the cells that each covers.

    Parameters
    ----------
    edges
        Ends of the edges of all outlines: column, row, column, row, in cells from the
        first cell's centre.
    ptr
        Edges of building ``n``: ``ptr[n]`` to ``ptr[n + 1]``.
    heights
        Height of each, metres.
    ground
        Height of the ground in each cell.

    Returns
    -------
    tuple of numpy.ndarray
        Heights above the ground, float32, 0 where there is none; cells per building;
        and how many of them have unknown ground.
    """
    shape = ground.shape
    made = np.zeros(shape, np.float32)
    covered = np.zeros(len(heights), np.int64)
    unknown = np.zeros(len(heights), np.int64)
    for n in range(len(heights)):
        count = ptr[n + 1] - ptr[n]
        if count == 0:
            continue
        low = high = edges[ptr[n], 1]
        for e in range(ptr[n], ptr[n + 1]):
            low = min(low, edges[e, 1], edges[e, 3])
            high = max(high, edges[e, 1], edges[e, 3])
        cuts = np.empty(count, np.float64)
        for j in range(
            int(max(np.ceil(low), 0.0)), int(min(np.floor(high), shape[0] - 1.0)) + 1
        ):
            met = 0
            for e in range(ptr[n], ptr[n + 1]):
                x, y, x2, y2 = edges[e, 0], edges[e, 1], edges[e, 2], edges[e, 3]
                if (y <= j) != (y2 <= j):
                    cuts[met] = x + (j - y) * (x2 - x) / (y2 - y)
                    met += 1
            inside = np.sort(cuts[:met])
            for pair in range(0, met - 1, 2):
                i0 = int(max(np.ceil(inside[pair]), 0.0))
                i1 = int(min(np.ceil(inside[pair + 1]) - 1.0, shape[1] - 1.0))
                for i in range(i0, i1 + 1):
                    made[j, i] = max(made[j, i], np.float32(heights[n]))
                    covered[n] += 1
                    if np.isnan(ground[j, i]):
                        unknown[n] += 1
    return made, covered, unknown


@kernel
def settle(
    ground: Heights,
    top: Heights,
    drawn: Floats,
    mounted: Floats,
    ways: Floats,
    heights: Floats,
    inside: NDArray[np.bool_],
    depths: Floats,
) -> tuple[Floats, Floats, NDArray[np.uint8]]:
    """
    Give where cameras stand, how high their lens is, and on what.

    Parameters
    ----------
    ground, top
        The surface.
    drawn, mounted
        Columns and rows where they are drawn, and where they were mounted.
    ways
        Their directions, east and north; not-a-number where unknown.
    heights
        Lens above the ground, metres.
    inside
        Whether the mounting rule left them inside a building.
    depths
        How far to look for a lower cell, in cells.

    Returns
    -------
    tuple of numpy.ndarray
        Columns and rows; heights of the lens, not-a-number where the ground is unknown;
        ``OPEN``, ``ROOF``, ``FACADE`` or ``INSIDE``.
    """
    count = len(drawn)
    places, eyes = drawn.copy(), np.empty(count, np.float64)
    kinds = np.zeros(count, np.uint8)
    for n in range(count):
        column, row = drawn[n, 0], drawn[n, 1]
        base = ground_at(ground, column, row)
        eyes[n] = base + heights[n]
        i, j = int(np.floor(column + 0.5)), int(np.floor(row + 0.5))
        if np.isnan(eyes[n]):
            continue
        if eyes[n] > top[j, i]:
            kinds[n] = ROOF if top[j, i] > ground[j, i] else OPEN
            continue
        if inside[n]:
            kinds[n] = INSIDE
            continue
        column, row = mounted[n, 0], mounted[n, 1]
        eye = ground_at(ground, column, row) + heights[n]
        i, j = int(np.floor(column + 0.5)), int(np.floor(row + 0.5))
        kinds[n] = FACADE
        if not eye > top[j, i]:
            place, way = (column, row), (ways[n, 0], ways[n, 1])
            column, row, found = _step_out(
                ground, top, place, way, heights[n], depths[n]
            )
            if not found:
                kinds[n] = INSIDE
                continue
            eye = float(ground[int(row), int(column)]) + heights[n]
        places[n, 0], places[n, 1], eyes[n] = column, row, eye
    return places, eyes, kinds
