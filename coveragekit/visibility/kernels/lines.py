"""Lines of sight: whether anything stands on one, and what is met first."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from coveragekit.visibility.jit import kernel
from coveragekit.visibility.kernels.cuts import cut_away
from coveragekit.visibility.kernels.facades import wall_at
from coveragekit.visibility.kernels.grid import TOUCH_M, building_at, winding

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from coveragekit.visibility.kernels.grid import Index

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int32]

__all__ = ["first_blocks", "in_sector", "is_blocked"]


@kernel
def in_sector(eyes: Floats, camera: int, dx: float, dy: float) -> bool:
    """Tell whether a step from a camera ends in its sector, edges included."""
    reach = eyes[camera, 2] + TOUCH_M
    if dx * dx + dy * dy > reach * reach:
        return False
    if cut_away(eyes, camera, dx, dy):
        return False
    if eyes[camera, 7] > 0.0:
        return True
    sx, sy = eyes[camera, 3], eyes[camera, 4]
    ex, ey = eyes[camera, 5], eyes[camera, 6]
    after = sx * dy - sy * dx >= -TOUCH_M
    before = dx * ey - dy * ex >= -TOUCH_M
    if eyes[camera, 10] > 0.0:
        return bool(after or before)
    # In front as well: behind a narrow wedge both edges are within the tolerance.
    ahead = (sx + ex) * dx + (sy + ey) * dy >= -TOUCH_M
    return bool(after and before and ahead)


@kernel
def _enters(
    index: Index, x: float, y: float, dx: float, dy: float
) -> tuple[float, float]:
    """
    Give where a step first has buildings on both hands, slowly and for sure.

    For steps that touch corners or walls on the way. They are cut where they meet
    walls, and a place a hair to the left and one a hair to the right of the middle of
    each piece say whether that piece runs inside.

    Returns
    -------
    tuple of float
        The share of the step (0 to 1) where the first such piece starts, infinite
        where there is none, and its middle.
    """
    far = np.hypot(dx, dy)
    touch = TOUCH_M / far
    side_x, side_y = -2.0 * touch * dy, 2.0 * touch * dx
    cell = index.cell
    i0 = max(int(np.floor((min(x, x + dx) - index.x0) / cell)), 0)
    i1 = min(int(np.floor((max(x, x + dx) - index.x0) / cell)), index.nx - 1)
    j0 = max(int(np.floor((min(y, y + dy) - index.y0) / cell)), 0)
    j1 = min(int(np.floor((max(y, y + dy) - index.y0) / cell)), index.ny - 1)
    half = 0.5 * cell + 1e-3
    cuts = np.empty(64)
    count = 0
    for j in range(j0, j1 + 1):
        for i in range(i0, i1 + 1):
            mx = index.x0 + (i + 0.5) * cell - x
            my = index.y0 + (j + 0.5) * cell - y
            if abs(dx * my - dy * mx) > half * (abs(dx) + abs(dy)):
                continue
            k = j * index.nx + i
            for n in range(index.ptr[k], index.ptr[k + 1]):
                s = index.idx[n]
                ax, ay = index.walls[s, 0] - x, index.walls[s, 1] - y
                bx, by = index.walls[s, 2] - x, index.walls[s, 3] - y
                off_a = (dx * ay - dy * ax) / far
                off_b = (dx * by - dy * bx) / far
                if min(off_a, off_b) > TOUCH_M or max(off_a, off_b) < -TOUCH_M:
                    continue
                if count + 3 > len(cuts):
                    longer = np.empty(2 * len(cuts))
                    for m in range(count):
                        longer[m] = cuts[m]
                    cuts = longer
                at_a = (ax * dx + ay * dy) / (far * far)
                at_b = (bx * dx + by * dy) / (far * far)
                if abs(off_a) <= TOUCH_M:
                    cuts[count] = at_a
                    count += 1
                if abs(off_b) <= TOUCH_M:
                    cuts[count] = at_b
                    count += 1
                if (off_a > 0.0) != (off_b > 0.0):
                    cuts[count] = at_a + off_a / (off_a - off_b) * (at_b - at_a)
                    count += 1
    for n in range(1, count):
        value = cuts[n]
        m = n
        while m > 0 and cuts[m - 1] > value:
            cuts[m] = cuts[m - 1]
            m -= 1
        cuts[m] = value
    before = touch
    for n in range(count + 1):
        after = 1.0 - touch
        if n < count:
            after = min(cuts[n], after)
        if after - before > 2.0 * touch:
            middle = 0.5 * (before + after)
            inside = True
            for side in range(-1, 2, 2):
                px, py = x + middle * dx, y + middle * dy
                if winding(px + side * side_x, py + side * side_y, index) <= 0:
                    inside = False
                    break
            if inside:
                return before, middle
        before = max(before, after)
    return np.inf, np.inf


@kernel
def _leaves(
    index: Index, x: float, y: float, dx: float, dy: float
) -> tuple[float, int]:
    """
    Give where a step inside a room first passes from one side of a wall to the other.

    For steps that cross no wall between its ends. Walls that touch the step are put
    together where they meet on it; where such a chain has walls on the left and walls
    on the right, it is in the way. Left at one place and right at another is free.

    Returns
    -------
    tuple
        The share of the step (0 to 1) where the first such chain has both, infinite
        where there is none, and the building that the wall there belongs to.
    """
    far = np.hypot(dx, dy)
    touch = TOUCH_M / far
    cell = index.cell
    i0 = max(int(np.floor((min(x, x + dx) - index.x0) / cell)), 0)
    i1 = min(int(np.floor((max(x, x + dx) - index.x0) / cell)), index.nx - 1)
    j0 = max(int(np.floor((min(y, y + dy) - index.y0) / cell)), 0)
    j1 = min(int(np.floor((max(y, y + dy) - index.y0) / cell)), index.ny - 1)
    half = 0.5 * cell + 1e-3
    # Start, end, 1 for left, 2 for right or 0 for along it, and the building.
    met = np.empty((16, 4))
    count = 0
    for j in range(j0, j1 + 1):
        for i in range(i0, i1 + 1):
            mx = index.x0 + (i + 0.5) * cell - x
            my = index.y0 + (j + 0.5) * cell - y
            if abs(dx * my - dy * mx) > half * (abs(dx) + abs(dy)):
                continue
            k = j * index.nx + i
            for n in range(index.ptr[k], index.ptr[k + 1]):
                s = index.idx[n]
                ax, ay = index.walls[s, 0] - x, index.walls[s, 1] - y
                bx, by = index.walls[s, 2] - x, index.walls[s, 3] - y
                off_a = (dx * ay - dy * ax) / far
                off_b = (dx * by - dy * bx) / far
                on_a, on_b = abs(off_a) <= TOUCH_M, abs(off_b) <= TOUCH_M
                if not (on_a or on_b):
                    continue
                at_a = (ax * dx + ay * dy) / (far * far)
                at_b = (bx * dx + by * dy) / (far * far)
                start = at_a if on_a else at_b
                end = at_b if on_b else at_a
                start, end = min(start, end), max(start, end)
                if end < 0.0 or start > 1.0 - touch:
                    continue
                side = 0.0
                if not (on_a and on_b):
                    side = 1.0 if off_a + off_b > 0.0 else 2.0
                if count == len(met):
                    longer = np.empty((2 * count, 4))
                    for m in range(count):
                        for column in range(4):
                            longer[m, column] = met[m, column]
                    met = longer
                m = count
                while m > 0 and met[m - 1, 0] > start:
                    for column in range(4):
                        met[m, column] = met[m - 1, column]
                    m -= 1
                met[m, 0], met[m, 1] = start, end
                met[m, 2], met[m, 3] = side, index.owner[s]
                count += 1
    end = -np.inf
    left, right = False, False
    for n in range(count):
        if met[n, 0] > end + touch:
            left, right = False, False
        end = max(end, met[n, 1])
        left = left or met[n, 2] == 1.0
        right = right or met[n, 2] == 2.0
        if left and right:
            return met[n, 0], int(met[n, 3])
    return np.inf, -1


@kernel
def is_blocked(
    index: Index, x: float, y: float, dx: float, dy: float, both: int
) -> bool:
    """
    Tell whether a wall stands between a place and the end of a step from there.

    A step that crosses a wall between its ends is blocked. One that meets only ends of
    walls is looked into only if something is in the way on the left and on the right:
    it may graze corners and run along walls, but not go in at a corner, or between two
    houses that touch. A wall within a micrometre of the end of the step does not block.
    """
    cell = index.cell
    # From the end backwards: sorted points keep the walls around the end in the cache.
    gx, gy = (x + dx - index.x0) / cell, (y + dy - index.y0) / cell
    hx, hy = (x - index.x0) / cell, (y - index.y0) / cell
    i, j = int(np.floor(gx)), int(np.floor(gy))
    last_i, last_j = int(np.floor(hx)), int(np.floor(hy))
    step_i = 1 if hx > gx else -1
    step_j = 1 if hy > gy else -1
    # How far along the way (0 to 1) the next cell edge is, and from edge to edge.
    edge_x, per_x = np.inf, np.inf
    if hx != gx:
        per_x = 1.0 / abs(hx - gx)
        edge_x = ((i + 1 - gx) if step_i > 0 else (gx - i)) * per_x
    edge_y, per_y = np.inf, np.inf
    if hy != gy:
        per_y = 1.0 / abs(hy - gy)
        edge_y = ((j + 1 - gy) if step_j > 0 else (gy - j)) * per_y
    left, right = False, False
    steps = abs(last_i - i) + abs(last_j - j)
    for _ in range(steps + 1):
        if 0 <= i < index.nx and 0 <= j < index.ny:
            k = j * index.nx + i
            for n in range(index.ptr[k], index.ptr[k + 1]):
                s = index.idx[n]
                ax, ay = index.walls[s, 0] - x, index.walls[s, 1] - y
                bx, by = index.walls[s, 2] - x, index.walls[s, 3] - y
                c = ax * by - ay * bx
                if both == 1 and c < 0.0:
                    ax, ay, bx, by, c = bx, by, ax, ay, -c
                if c <= 0.0:
                    continue
                from_a = ax * dy - ay * dx
                to_b = dx * by - dy * bx
                if from_a < 0.0 or to_b < 0.0 or from_a + to_b <= c:
                    continue
                deep = from_a + to_b - c
                if deep * deep <= TOUCH_M**2 * ((bx - ax) ** 2 + (by - ay) ** 2):
                    continue
                if from_a > 0.0 and to_b > 0.0:
                    return True
                left = left or to_b > 0.0
                right = right or from_a > 0.0
        if edge_x < edge_y:
            i += step_i
            edge_x += per_x
        else:
            j += step_j
            edge_y += per_y
    if left and right:
        if both == 1:
            return bool(_leaves(index, x, y, dx, dy)[0] < np.inf)
        return bool(_enters(index, x, y, dx, dy)[0] < np.inf)
    return False


@kernel
def first_blocks(
    index: Index, eyes: Floats, opaque: NDArray[np.uint8], px: float, py: float
) -> tuple[Ints, Floats]:
    """
    Give the building that first blocks the line from each camera to one point.

    Returns
    -------
    tuple of numpy.ndarray
        Row of the building, -1 where the line is free, and the distance from the
        camera to the wall, metres, not-a-number where it is free.

    Notes
    -----
    The rule of :func:`is_blocked`. Of walls at one distance, within a micrometre, the
    building counts that is first by id.
    """
    count = eyes.shape[0]
    owner = np.empty(count, np.int32)
    distance = np.empty(count, np.float64)
    tally = np.zeros(len(index.rank), np.int32)
    touched = np.empty(len(index.owner) + 1, np.int32)
    cell = index.cell
    for camera in range(count):
        owner[camera] = -1
        distance[camera] = np.nan
        x, y = eyes[camera, 0], eyes[camera, 1]
        if opaque[camera] == 2:
            owner[camera] = wall_at(x, y, index)
            distance[camera] = 0.0
            continue
        dx, dy = px - x, py - y
        both = opaque[camera] == 1
        far = np.hypot(dx, dy)
        if far <= TOUCH_M:
            continue
        close = TOUCH_M / far
        # Where a wall is crossed, and where one is met at its very end.
        first, first_owner = np.inf, -1
        left, right = np.inf, np.inf
        # Cell by cell from the camera, until the next cell is beyond what was found.
        gx, gy = (x - index.x0) / cell, (y - index.y0) / cell
        hx, hy = (px - index.x0) / cell, (py - index.y0) / cell
        i, j = int(np.floor(gx)), int(np.floor(gy))
        step_i = 1 if hx > gx else -1
        step_j = 1 if hy > gy else -1
        edge_x, per_x = np.inf, np.inf
        if hx != gx:
            per_x = 1.0 / abs(hx - gx)
            edge_x = ((i + 1 - gx) if step_i > 0 else (gx - i)) * per_x
        edge_y, per_y = np.inf, np.inf
        if hy != gy:
            per_y = 1.0 / abs(hy - gy)
            edge_y = ((j + 1 - gy) if step_j > 0 else (gy - j)) * per_y
        steps = abs(int(np.floor(hx)) - i) + abs(int(np.floor(hy)) - j)
        for _ in range(steps + 1):
            if 0 <= i < index.nx and 0 <= j < index.ny:
                k = j * index.nx + i
                for n in range(index.ptr[k], index.ptr[k + 1]):
                    s = index.idx[n]
                    ax, ay = index.walls[s, 0] - x, index.walls[s, 1] - y
                    bx, by = index.walls[s, 2] - x, index.walls[s, 3] - y
                    c = ax * by - ay * bx
                    if both and c < 0.0:
                        ax, ay, bx, by, c = bx, by, ax, ay, -c
                    if c <= 0.0:
                        continue
                    from_a = ax * dy - ay * dx
                    to_b = dx * by - dy * bx
                    whole = from_a + to_b
                    if from_a < 0.0 or to_b < 0.0 or whole <= c:
                        continue
                    if whole - c <= TOUCH_M * np.hypot(bx - ax, by - ay):
                        continue
                    t = c / whole
                    own = index.owner[s]
                    if from_a > 0.0 and to_b > 0.0:
                        if t < first - close or (
                            t <= first + close
                            and index.rank[own] < index.rank[first_owner]
                        ):
                            first, first_owner = t, own
                    elif to_b > 0.0:
                        left = min(left, t)
                    else:
                        right = min(right, t)
            if first < min(edge_x, edge_y) - 10.0 * close:
                break
            if edge_x < edge_y:
                i += step_i
                edge_x += per_x
            else:
                j += step_j
                edge_y += per_y
        if max(left, right) < first - close:
            if both:
                start, own = _leaves(index, x, y, dx, dy)
                if start < first - close:
                    first, first_owner = start, own
            else:
                start, middle = _enters(index, x, y, dx, dy)
                if start < first - close:
                    first = start
                    mx, my = x + middle * dx, y + middle * dy
                    sx, sy = 2.0 * close * dy, -2.0 * close * dx
                    first_owner = -1
                    for side in range(-1, 2, 2):
                        ox, oy = mx + side * sx, my + side * sy
                        own = building_at(ox, oy, index, tally, touched)
                        if first_owner < 0 or (
                            own >= 0 and index.rank[own] < index.rank[first_owner]
                        ):
                            first_owner = own
        if first_owner >= 0:
            owner[camera] = first_owner
            distance[camera] = first * far
    return owner, distance
