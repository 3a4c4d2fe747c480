"""Draw lines with round ends and soft edges."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from coveragekit.maps.tiles.kernels.fills import SUB, corners
from coveragekit.visibility.jit import kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["cut_outlines", "stroke"]


@kernel
def _segment(
    out: NDArray[np.uint8],
    x0: float,
    y0: float,
    x1: float,
    y1: float,
    width: float,
    begun: float,
    dash: NDArray[np.float64],
) -> None:
    """Raise pixels near a segment to the part of them that its line covers."""
    height, columns = out.shape
    half = max(width, 1.0) / 2.0
    strength = 255.0 * min(width, 1.0)
    reach = half + 0.5
    top = max(int(np.floor(min(y0, y1) - reach)), 0)
    bottom = min(int(np.ceil(max(y0, y1) + reach)), height - 1)
    least, most = min(x0, x1) - reach, max(x0, x1) + reach
    if bottom < top or most < 0.0 or least > columns:
        return
    wide, high = x1 - x0, y1 - y0
    squared = wide * wide + high * high
    length = np.sqrt(squared)
    for row in range(top, bottom + 1):
        y = row + 0.5
        west, east = least, most
        if abs(high) > 1e-6 * length:
            middle = x0 + (y - y0) * wide / high
            slant = reach * length / abs(high)
            west, east = max(west, middle - slant), min(east, middle + slant)
            # Beyond its ends the line is round.
            if y < min(y0, y1) or y > max(y0, y1):
                west, east = least, most
        first, last = max(int(np.floor(west)), 0), min(int(np.ceil(east)), columns - 1)
        for column in range(first, last + 1):
            x = column + 0.5
            along = 0.0
            if squared > 0.0:
                along = ((x - x0) * wide + (y - y0) * high) / squared
                along = min(max(along, 0.0), 1.0)
            if dash[0] > 0.0 and (begun + along * length) % dash[1] > dash[0]:
                continue
            off_x, off_y = x - x0 - along * wide, y - y0 - along * high
            cover = reach - np.sqrt(off_x * off_x + off_y * off_y)
            if cover > 0.0:
                value = np.uint8(min(cover, 1.0) * strength + 0.5)
                out[row, column] = max(out[row, column], value)


@kernel
def stroke(
    out: NDArray[np.uint8],
    xy: NDArray[np.float64],
    ring_ptr: NDArray[np.int64],
    row_ptr: NDArray[np.int64],
    rows: NDArray[np.int64],
    widths: NDArray[np.float64],
    grid: NDArray[np.float64],
    dash: NDArray[np.float64],
) -> None:
    """
    Raise each pixel to the part of it that lines cover.

    Parameters
    ----------
    out
        Rows by columns, changed in place; 255: covered whole.
    xy, ring_ptr, row_ptr
        Lines, or rings whose last corner is their first.
    rows
        Which of them.
    widths
        One for each of ``rows``, pixels; a line thinner than a pixel is fainter.
    grid
        Steps per unit of the map, and the steps at the window's left and top.
    dash
        Length of a dash, and of a dash with its pause, pixels; 0 for a whole line.

    Notes
    -----
    Corners nearer than half a pixel to the last one drawn are left out; the greatest
    value stands where lines meet, so that joints do not show.
    """
    across = np.empty(256, dtype=np.float64)
    down = np.empty(256, dtype=np.float64)
    level = np.empty(256, dtype=np.int64)
    height = out.shape[0]
    for number in range(rows.size):
        across, down, level, ends, high, low = corners(
            xy, ring_ptr, row_ptr, rows[number], grid, across, down, level
        )
        margin = (widths[number] / 2.0 + 2.0) * SUB
        if not (high - margin <= height * SUB and low + margin >= 0.0):
            continue
        for ring in range(ends.size - 1):
            first, last = ends[ring], ends[ring + 1] - 1
            if last < first:
                continue
            x0, y0, begun = across[first] / SUB, down[first] / SUB, 0.0
            for corner in range(first + 1, last + 1):
                x1, y1 = across[corner] / SUB, down[corner] / SUB
                gone = np.sqrt((x1 - x0) * (x1 - x0) + (y1 - y0) * (y1 - y0))
                if gone < 0.5 and corner < last:
                    continue
                _segment(out, x0, y0, x1, y1, widths[number], begun, dash)
                begun += gone
                x0, y0 = x1, y1


@kernel
def _within(
    across: NDArray[np.float64],
    down: NDArray[np.float64],
    ends: NDArray[np.int64],
    x: float,
    y: float,
) -> bool:
    """Tell whether an odd number of rings goes round a place."""
    inside = False
    for ring in range(ends.size - 1):
        before = ends[ring + 1] - 1
        for corner in range(ends[ring], ends[ring + 1]):
            if (down[corner] > y) != (down[before] > y):
                slope = (across[before] - across[corner]) / (
                    down[before] - down[corner]
                )
                if x < across[corner] + (y - down[corner]) * slope:
                    inside = not inside
            before = corner
    return inside


@kernel
def cut_outlines(
    out: NDArray[np.uint8],
    xy: NDArray[np.float64],
    ring_ptr: NDArray[np.int64],
    row_ptr: NDArray[np.int64],
    rows: NDArray[np.int64],
    foot: NDArray[np.float64],
    bearing: NDArray[np.float32],
    radius: NDArray[np.float64],
    far: NDArray[np.float64],
    width: float,
    grid: NDArray[np.float64],
    dashes: NDArray[np.float64],
) -> None:
    """
    Draw the edges of views cut by a disc round their foot and a line across them.

    Parameters
    ----------
    out
        Rows by columns, changed in place; 255: covered whole.
    xy, ring_ptr, row_ptr
        The views uncut.
    rows
        Which of them.
    foot, bearing, radius, far
        As :func:`~coveragekit.maps.tiles.kernels.views.add_views` has them.
    width
        Of the lines, pixels.
    grid
        Steps per unit of the map, and the steps at the window's left and top.
    dashes
        As :func:`stroke` has it, for views whose direction is unknown.
    """
    across = np.empty(256, dtype=np.float64)
    down = np.empty(256, dtype=np.float64)
    level = np.empty(256, dtype=np.int64)
    whole = np.zeros(2)
    for row in rows:
        reach = radius[row] * grid[0]
        if not reach > 0.0:
            continue
        across, down, level, ends, high, low = corners(
            xy, ring_ptr, row_ptr, row, grid, across, down, level
        )
        if not high <= low:
            continue
        x0 = np.floor(foot[row, 0] * grid[0] + 0.5) - grid[1]
        y0 = np.floor(foot[row, 1] * grid[0] + 0.5) - grid[2]
        turned = np.radians(float(bearing[row]))
        known = np.isfinite(turned)
        dash = whole if known else dashes
        cut = known and np.isfinite(far[row])
        ahead_x = np.sin(turned) if cut else 0.0
        ahead_y = -np.cos(turned) if cut else 0.0
        limit = far[row] * grid[0] if cut else 2.0 * reach
        begun = 0.0
        for ring in range(ends.size - 1):
            before = ends[ring]
            for corner in range(ends[ring] + 1, ends[ring + 1]):
                one, two = before, corner
                near = max(abs(across[two] - across[one]), abs(down[two] - down[one]))
                if near < 0.4 * SUB and corner < ends[ring + 1] - 1:
                    continue
                before = corner
                # The part of the edge within the disc and before the line.
                ax, ay = across[one] - x0, down[one] - y0
                dx, dy = across[two] - across[one], down[two] - down[one]
                squared = dx * dx + dy * dy
                if squared == 0.0:
                    continue
                middle = -(ax * dx + ay * dy) / squared
                apart = ax * ax + ay * ay - middle * middle * squared
                # A little more, so that edges along the disc itself stay.
                room = (reach + 0.25 * SUB) ** 2 - apart
                if room <= 0.0:
                    continue
                half = np.sqrt(room / squared)
                start, stop = max(middle - half, 0.0), min(middle + half, 1.0)
                rise = dx * ahead_x + dy * ahead_y
                at = limit - (ax * ahead_x + ay * ahead_y)
                if rise > 0.0:
                    stop = min(stop, at / rise)
                elif rise < 0.0:
                    start = max(start, at / rise)
                elif at < 0.0:
                    continue
                if stop <= start:
                    continue
                _segment(
                    out,
                    (x0 + ax + start * dx) / SUB,
                    (y0 + ay + start * dy) / SUB,
                    (x0 + ax + stop * dx) / SUB,
                    (y0 + ay + stop * dy) / SUB,
                    width,
                    begun,
                    dash,
                )
                begun += (stop - start) * np.sqrt(squared) / SUB
        # The disc's edge, and the line, where they lie within the view.
        pieces = int(min(max(2.0 * reach / SUB, 12.0), 256.0))
        for piece in range(pieces):
            angle = 2.0 * np.pi * piece / pieces
            turn = np.pi / pieces
            px, py = reach * np.cos(angle + turn), reach * np.sin(angle + turn)
            if px * ahead_x + py * ahead_y > limit:
                continue
            # Just inside, so that a view that ends on the disc is not drawn twice.
            if _within(across, down, ends, x0 + 0.985 * px, y0 + 0.985 * py):
                ax, ay = reach * np.cos(angle), reach * np.sin(angle)
                bx = reach * np.cos(angle + 2.0 * turn)
                by = reach * np.sin(angle + 2.0 * turn)
                _segment(
                    out,
                    (x0 + ax) / SUB,
                    (y0 + ay) / SUB,
                    (x0 + bx) / SUB,
                    (y0 + by) / SUB,
                    width,
                    begun,
                    dash,
                )
            begun += 2.0 * turn * reach / SUB
        if not cut or not 0.0 < limit < reach:
            continue
        half = np.sqrt(reach * reach - limit * limit)
        pieces = int(min(max(half / SUB, 8.0), 64.0))
        for piece in range(pieces):
            off = half * (2.0 * piece + 1.0 - pieces) / pieces
            px = x0 + limit * ahead_x - off * ahead_y
            py = y0 + limit * ahead_y + off * ahead_x
            if _within(across, down, ends, px - 1e-3 * ahead_x, py - 1e-3 * ahead_y):
                side = half / pieces
                _segment(
                    out,
                    (px + side * ahead_y) / SUB,
                    (py - side * ahead_x) / SUB,
                    (px - side * ahead_y) / SUB,
                    (py + side * ahead_x) / SUB,
                    width,
                    0.0,
                    whole,
                )
