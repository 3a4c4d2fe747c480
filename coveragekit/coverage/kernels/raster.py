"""Scan polygons onto rasters, or into runs of cells."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from coveragekit.visibility.jit import kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["ADD", "MULTIPLY", "SET", "burn", "scan"]

ADD, MULTIPLY, SET = 0, 1, 2


@kernel
def _cross(
    coords: NDArray[np.float64],
    ring_ptr: NDArray[np.int64],
    ring_from: int,
    ring_to: int,
    minx: float,
    maxy: float,
    resolution: float,
    n_rows: int,
    count: NDArray[np.int64],
    across: NDArray[np.float64],
    down: NDArray[np.float64],
    crossings: NDArray[np.float64],
) -> tuple[int, int, NDArray[Any], NDArray[Any], NDArray[Any]]:
    """
    Give where a geometry's edges cross the rows of a raster, row by row.

    Parameters
    ----------
    coords, ring_ptr, minx, maxy, resolution
        As for :func:`burn`.
    ring_from, ring_to
        The geometry's rings.
    n_rows
        Rows of the raster.
    count
        Room for ``n_rows + 2`` numbers. After the call ``count[r - top + 1]`` is where
        the crossings of row ``r`` end, and those of the next begin.
    across, down, crossings
        Room for vertices and crossings; larger ones are given back where they are too
        small.

    Returns
    -------
    tuple
        First and last row that the geometry covers a centre of (the last before the
        first where there is none), and the three arrays; the crossings of each row are
        columns, ascending.
    """
    first, last = ring_ptr[ring_from], ring_ptr[ring_to]
    if first == last:
        return 0, -1, across, down, crossings
    if last - first > down.size:
        across = np.empty(2 * (last - first), dtype=np.float64)
        down = np.empty(2 * (last - first), dtype=np.float64)
    # Vertices in cells: the centre of row r, column c is at r, c.
    north, south = np.inf, -np.inf
    for vertex in range(first, last):
        across[vertex - first] = (coords[vertex, 0] - minx) / resolution - 0.5
        y = (maxy - coords[vertex, 1]) / resolution - 0.5
        down[vertex - first] = y
        north, south = min(north, y), max(south, y)
    top = max(int(np.floor(north)) + 1, 0)
    bottom = min(int(np.floor(south)), n_rows - 1)
    if bottom < top:
        return 0, -1, across, down, crossings
    for row in range(bottom - top + 3):
        count[row] = 0
    for ring in range(ring_from, ring_to):
        for vertex in range(ring_ptr[ring] - first, ring_ptr[ring + 1] - 1 - first):
            one, two = down[vertex], down[vertex + 1]
            begin = max(int(np.floor(min(one, two))) + 1, top)
            end = min(int(np.floor(max(one, two))), bottom)
            if begin <= end:
                count[begin - top + 1] += 1
                count[end - top + 2] -= 1
    # Counts of crossings by row become, in two sums, where each row's begin.
    running = 0
    total = 0
    for row in range(top, bottom + 1):
        running += count[row - top + 1]
        count[row - top + 1] = total
        total += running
    if total > crossings.size:
        crossings = np.empty(2 * total, dtype=np.float64)
    for ring in range(ring_from, ring_to):
        for vertex in range(ring_ptr[ring] - first, ring_ptr[ring + 1] - 1 - first):
            y_from, y_to = down[vertex], down[vertex + 1]
            x_from, x_to = across[vertex], across[vertex + 1]
            if y_from > y_to:
                y_from, y_to = y_to, y_from
                x_from, x_to = x_to, x_from
            begin = max(int(np.floor(y_from)) + 1, top)
            end = min(int(np.floor(y_to)), bottom)
            if begin > end:
                continue
            slope = (x_to - x_from) / (y_to - y_from)
            for row in range(begin, end + 1):
                at = count[row - top + 1]
                # From the southern end: it alone may lie on the row, and is exact.
                crossings[at] = x_to - (y_to - row) * slope
                count[row - top + 1] = at + 1
    # Each row's beginning has moved to its end, which is the next one's beginning.
    start = 0
    for row in range(top, bottom + 1):
        stop = count[row - top + 1]
        for i in range(start + 1, stop):
            moved = crossings[i]
            j = i - 1
            while j >= start and crossings[j] > moved:
                crossings[j + 1] = crossings[j]
                j -= 1
            crossings[j + 1] = moved
        start = stop
    return top, bottom, across, down, crossings


@kernel
def burn(
    out: NDArray[Any],
    coords: NDArray[np.float64],
    ring_ptr: NDArray[np.int64],
    geometry_ptr: NDArray[np.int64],
    values: NDArray[Any],
    order: NDArray[np.int64],
    minx: float,
    maxy: float,
    resolution: float,
    mode: int,
) -> None:
    """
    Add, multiply or set a value in every cell whose centre a geometry covers.

    Parameters
    ----------
    out
        Rows from north to south, columns from west to east; changed in place.
    coords
        Vertices, shape ``(n, 2)``, each ring closed.
    ring_ptr
        Ring ``i`` has the vertices ``ring_ptr[i]`` to ``ring_ptr[i + 1]``.
    geometry_ptr
        Geometry ``i`` has the rings ``geometry_ptr[i]`` to ``geometry_ptr[i + 1]``; a
        centre counts as covered within an odd number of them, so that holes and
        parts need no telling apart.
    values
        One for each geometry.
    order
        The order to take the geometries in: neighbours one after another find their
        cells in the processor's cache.
    minx, maxy
        The raster's north-west corner.
    resolution
        Side of a cell.
    mode
        ``ADD``, ``MULTIPLY`` or ``SET``.

    Notes
    -----
    Ties: a centre on an edge belongs to the side east of it, a centre on a level edge
    to the side north of it, so that of two polygons with a common edge exactly one
    has it. Crossings are computed from the southern end of an edge whichever way the
    ring runs, so that both polygons find the same one.
    """
    n_rows, n_cols = out.shape
    count = np.zeros(n_rows + 2, dtype=np.int64)
    crossings = np.empty(1024, dtype=np.float64)
    across = np.empty(1024, dtype=np.float64)
    down = np.empty(1024, dtype=np.float64)
    for geometry in order:
        value = values[geometry]
        if mode == MULTIPLY and value == 1.0:
            continue
        ring_from, ring_to = geometry_ptr[geometry], geometry_ptr[geometry + 1]
        top, bottom, across, down, crossings = _cross(
            coords,
            ring_ptr,
            ring_from,
            ring_to,
            minx,
            maxy,
            resolution,
            n_rows,
            count,
            across,
            down,
            crossings,
        )
        start = 0
        for row in range(top, bottom + 1):
            stop = count[row - top + 1]
            cells = out[row]
            for pair in range(start, stop - 1, 2):
                west = max(int(np.ceil(crossings[pair])), 0)
                east = min(int(np.ceil(crossings[pair + 1])), n_cols)
                if mode == ADD:
                    for column in range(west, east):
                        cells[column] += value
                elif mode == MULTIPLY:
                    for column in range(west, east):
                        cells[column] *= value
                else:
                    for column in range(west, east):
                        cells[column] = value
            start = stop


@kernel
def scan(
    coords: NDArray[np.float64],
    ring_ptr: NDArray[np.int64],
    geometry_ptr: NDArray[np.int64],
    order: NDArray[np.int64],
    minx: float,
    maxy: float,
    resolution: float,
    shape: tuple[int, int],
) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """
    Give the runs of cells whose centres geometries cover.

    Parameters
    ----------
    coords, ring_ptr, geometry_ptr, order, minx, maxy, resolution
        As for :func:`burn`.
    shape
        Rows and columns of the raster.

    Returns
    -------
    tuple of numpy.ndarray
        Row, first column and end column of each run, shape ``(n, 3)``; and where the
        runs of each geometry begin, in the order taken, shape ``(geometries + 1,)``.
    """
    n_rows, n_cols = shape
    count = np.zeros(n_rows + 2, dtype=np.int64)
    crossings = np.empty(1024, dtype=np.float64)
    across = np.empty(1024, dtype=np.float64)
    down = np.empty(1024, dtype=np.float64)
    runs = np.empty((4096, 3), dtype=np.int32)
    begin = np.zeros(order.size + 1, dtype=np.int64)
    n = 0
    for at in range(order.size):
        geometry = order[at]
        ring_from, ring_to = geometry_ptr[geometry], geometry_ptr[geometry + 1]
        top, bottom, across, down, crossings = _cross(
            coords,
            ring_ptr,
            ring_from,
            ring_to,
            minx,
            maxy,
            resolution,
            n_rows,
            count,
            across,
            down,
            crossings,
        )
        start = 0
        for row in range(top, bottom + 1):
            stop = count[row - top + 1]
            if n + (stop - start) // 2 > runs.shape[0]:
                more = np.empty((2 * runs.shape[0] + stop - start, 3), dtype=np.int32)
                more[:n] = runs[:n]
                runs = more
            for pair in range(start, stop - 1, 2):
                west = max(int(np.ceil(crossings[pair])), 0)
                east = min(int(np.ceil(crossings[pair + 1])), n_cols)
                if west < east:
                    runs[n, 0], runs[n, 1], runs[n, 2] = row, west, east
                    n += 1
            start = stop
        begin[at + 1] = n
    return runs[:n].copy(), begin
