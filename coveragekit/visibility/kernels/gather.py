"""Gather the walls in a camera's view, near to far, dropping what is hidden."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from coveragekit.visibility.jit import kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from coveragekit.visibility.kernels.grid import Index

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int32]

__all__ = [
    "BINS",
    "PER_TURN",
    "bin_edges",
    "block_hidden",
    "gather",
    "hidden",
    "open_depth",
    "pseudo_angle",
]

BINS = 256
PER_TURN = BINS / 4.0


def bin_edges() -> Floats:
    """
    Give the unit direction of the lower edge of each bin of the angular depth buffer.

    Returns
    -------
    numpy.ndarray
        Shape ``(BINS + 1, 2)``; the last row is the first again.

    Examples
    --------
    >>> bin_edges()[0]
    array([1., 0.])
    """
    k = np.arange(BINS + 1) / PER_TURN
    x = np.where(k <= 2.0, 1.0 - k, k - 3.0)
    y = np.where(k <= 2.0, 1.0, -1.0) * (1.0 - np.abs(x))
    edges = np.stack([x, y], axis=1)
    made: Floats = edges / np.hypot(x, y)[:, None]
    return made


@kernel
def pseudo_angle(x: float, y: float) -> float:
    """Give a number that grows with the angle of (x, y), from 0 to below 4."""
    share = x / (abs(x) + abs(y))
    k = 1.0 - share if y >= 0.0 else 3.0 + share
    return k if k < 4.0 else 0.0


@kernel
def hidden(first: int, last: int, inverse: float, depth: Floats) -> bool:
    """Tell whether the bins first to last all end nearer than 1 / inverse."""
    j = first
    while True:
        if depth[j] <= inverse:
            return False
        if j == last:
            return True
        j = (j + 1) & (BINS - 1)


# Which corners of a block are its silhouette, seen from outside: for the block to the
# right, across or to the left of the camera (three rows each) and above, level or below
# it: right or left side of the first corner, its upper or lower side, and the same of
# the second, counter-clockwise.
_SILHOUETTE = np.array(
    [
        (1, 0, 0, 1),
        (0, 0, 0, 1),
        (0, 0, 1, 1),
        (1, 0, 0, 0),
        (0, 0, 0, 0),
        (0, 1, 1, 1),
        (1, 1, 0, 0),
        (1, 1, 1, 0),
        (0, 1, 1, 0),
    ]
)


@kernel
def block_hidden(
    left: float, low: float, right: float, high: float, depth: Floats
) -> bool:
    """
    Tell whether a rectangle beside the camera is hidden, from its two silhouettes.

    Without branches but one, as no processor could foretell them.
    """
    row = 3 * (1 - int(left > 0.0) + int(right < 0.0))
    row += 1 - int(low > 0.0) + int(high < 0.0)
    ax = right if _SILHOUETTE[row, 0] else left
    ay = high if _SILHOUETTE[row, 1] else low
    bx = right if _SILHOUETTE[row, 2] else left
    by = high if _SILHOUETTE[row, 3] else low
    dx = max(left, 0.0, -right)
    dy = max(low, 0.0, -high)
    first = int(pseudo_angle(ax, ay) * PER_TURN)
    last = int(pseudo_angle(bx, by) * PER_TURN)
    return hidden(first, last, 1.0 / np.sqrt(dx * dx + dy * dy), depth)


@kernel
def open_depth(eyes: Floats, camera: int, depth: Floats) -> tuple[float, float]:
    """
    Open the buffer to the range inside the field of view, and close it elsewhere.

    Returns
    -------
    tuple of float
        Pseudo-angle where the field of view starts, and its width in that measure.
    """
    reach = eyes[camera, 2]
    whole = eyes[camera, 7] > 0.0
    k_start, k_end, span = 0.0, 0.0, 4.0
    if not whole:
        k_start = pseudo_angle(eyes[camera, 3], eyes[camera, 4])
        k_end = pseudo_angle(eyes[camera, 5], eyes[camera, 6])
        span = k_end - k_start
        span = span + 4.0 if span <= 0.0 else span
    j = int(k_start * PER_TURN)
    stop = int(k_end * PER_TURN)
    # A field of view that ends in the bin it starts in may be all but the whole circle.
    whole = whole or (span > 3.9 and stop == j)
    for bin_ in range(BINS):
        depth[bin_] = 1.0 / reach if whole else np.inf
    if whole:
        return k_start, span
    while True:
        depth[j] = 1.0 / reach
        if j == stop:
            return k_start, span
        j = (j + 1) & (BINS - 1)


@kernel
def gather(
    index: Index,
    eyes: Floats,
    camera: int,
    both: int,
    view: tuple[float, float],
    mark: int,
    depth: Floats,
    edges: Floats,
    stack: Ints,
    stamp: Ints,
    found: Floats,
    bins: Ints,
) -> int:
    """
    List the walls that a camera may see, and fill its buffer of inverse depths.

    Long on purpose, as its pieces share two dozen values per wall.

    Parameters
    ----------
    index
        Walls and their grid.
    eyes
        Cameras; see :func:`isovist_rings`.
    camera
        Which of them.
    both
        1 where walls hide from both sides, 0 where they do from outside alone.
    view
        What :func:`open_depth` gave.
    mark
        A number that ``stamp`` does not hold yet.
    depth
        The buffer that :func:`open_depth` opened. Afterwards what lies further than
        ``1 / depth[j]`` is hidden anywhere in bin ``j``.
    edges
        Of :func:`bin_edges`.
    stack
        Scratch for the quadtree, four rows a level.
    stamp
        Scratch, one per wall.
    found
        Where the walls go: start and end of each (pseudo-angle from the start of the
        field of view), its dual vector, its two ends, and its inverse distance; shape
        ``(m, 9)``. Dual: ``w . p = 1`` for each point p of its line, the camera being
        the origin.
    bins
        First bin of each wall times ``BINS`` plus its last.

    Returns
    -------
    int
        How many walls there are; -1 where ``found`` is too short.

    Notes
    -----
    Blocks of a quadtree over the grid are taken front to back, so that what comes later
    cannot hide what came before. Blocks and walls that are hidden in every bin they
    touch are dropped.
    """
    cx, cy, reach = eyes[camera, 0], eyes[camera, 1], eyes[camera, 2]
    reach2 = reach * reach
    k_start, span = view
    walls = index.walls
    limit = found.shape[0]
    met = 0
    stack[0, 0], stack[0, 1], stack[0, 2] = len(index.level_at) - 2, 0, 0
    height = 1
    while height > 0:
        height -= 1
        level, j, i = stack[height, 0], stack[height, 1], stack[height, 2]
        across = ((index.nx - 1) >> level) + 1
        if index.pyramid[index.level_at[level] + j * across + i] == 0:
            continue
        side = index.cell * (1 << level)
        left = index.x0 + i * side - cx
        low = index.y0 + j * side - cy
        right, high = left + side, low + side
        dx = max(left, 0.0, -right)
        dy = max(low, 0.0, -high)
        if dx * dx + dy * dy >= reach2:
            continue
        outside = dx > 0.0 or dy > 0.0
        if outside and block_hidden(left, low, right, high, depth):
            continue
        if level > 0:
            # Children pushed far to near. The camera's side of the middle lines
            # decides: a ray never comes back over one of them.
            up = ((index.ny - 1) >> (level - 1)) + 1
            across = ((index.nx - 1) >> (level - 1)) + 1
            near_i = 1 if left + 0.5 * side < 0.0 else 0
            near_j = 1 if low + 0.5 * side < 0.0 else 0
            for n in range(4):
                ci = 2 * i + (near_i if n >= 2 else 1 - near_i)
                cj = 2 * j + (near_j if n % 2 == 1 else 1 - near_j)
                if ci < across and cj < up:
                    stack[height, 0] = level - 1
                    stack[height, 1] = cj
                    stack[height, 2] = ci
                    height += 1
            continue
        k = j * index.nx + i
        for n in range(index.ptr[k], index.ptr[k + 1]):
            s = index.idx[n]
            if stamp[s] == mark:
                continue
            stamp[s] = mark
            ax, ay = walls[s, 0] - cx, walls[s, 1] - cy
            bx, by = walls[s, 2] - cx, walls[s, 3] - cy
            c = ax * by - ay * bx
            if both == 1 and c < 0.0:
                ax, ay, bx, by, c = bx, by, ax, ay, -c
            if c <= 1e-12:
                continue
            wx, wy = bx - ax, by - ay
            length2 = wx * wx + wy * wy
            along = -(ax * wx + ay * wy)
            a2, b2 = ax * ax + ay * ay, bx * bx + by * by
            foot2 = c * c / length2
            near2 = b2 if along >= length2 else foot2
            near2 = a2 if along <= 0.0 else near2
            if near2 >= reach2:
                continue
            if a2 > reach2 or b2 > reach2:
                middle = along / length2
                half = np.sqrt((reach2 - foot2) / length2)
                px, py = ax, ay
                if a2 > reach2:
                    ax = px + (middle - half) * wx
                    ay = py + (middle - half) * wy
                if b2 > reach2:
                    bx = px + (middle + half) * wx
                    by = py + (middle + half) * wy
            ka, kb = pseudo_angle(ax, ay), pseudo_angle(bx, by)
            width = kb - ka
            width = width + 4.0 if width < 0.0 else width
            # No wall spans half a turn; one that seems to is a rounded sliver.
            if width < 1e-10 or width > 2.0 + 1e-9:
                continue
            ra, rb = ka - k_start, kb - k_start
            ra = ra + 4.0 if ra < 0.0 else ra
            rb = rb + 4.0 if rb < 0.0 else rb
            if ra <= rb and ra >= span:
                continue
            ja, jb = int(ka * PER_TURN), int(kb * PER_TURN)
            inverse = 1.0 / np.sqrt(near2)
            if hidden(ja, jb, inverse, depth):
                continue
            dual_x, dual_y = wy / c, -wx / c
            if ja != jb:
                j2 = (ja + 1) & (BINS - 1)
                here = dual_x * edges[j2, 0] + dual_y * edges[j2, 1]
                while j2 != jb:
                    ahead = dual_x * edges[j2 + 1, 0] + dual_y * edges[j2 + 1, 1]
                    least = min(ahead, here)
                    depth[j2] = max(depth[j2], least)
                    here = ahead
                    j2 = (j2 + 1) & (BINS - 1)
            if met == limit:
                return -1
            found[met, 0], found[met, 1] = ra, rb
            found[met, 2], found[met, 3] = dual_x, dual_y
            found[met, 4], found[met, 5] = ax, ay
            found[met, 6], found[met, 7] = bx, by
            found[met, 8] = inverse
            bins[met] = ja * BINS + jb
            met += 1
    return met
