"""Tell which places and events pass what a reader has chosen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from coveragekit.visibility.jit import kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = [
    "IN_AREA",
    "IN_CATEGORY",
    "IN_DAYS",
    "IN_POLYGON",
    "WEEK_MIN",
    "edges_by_band",
    "fails_of_events",
    "hour_shares",
    "inside",
    "masks_of_events",
]

IN_AREA = 1
IN_POLYGON = 2
IN_DAYS = 4
IN_CATEGORY = 8
WEEK_MIN = 10080


@kernel
def edges_by_band(
    xy: NDArray[np.float64], bands: int, low: float, high: float
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """
    Sort the edges of a polygon into bands of y, so that a point asks few of them.

    Parameters
    ----------
    xy
        Corners, shape ``(k, 2)``; the last is joined to the first.
    bands
        How many bands there are between ``low`` and ``high``.
    low, high
        Least and greatest y of the corners.

    Returns
    -------
    tuple
        Where the edges of each band begin, and their numbers: edge ``e`` runs from
        corner ``e`` to the next.
    """
    count = xy.shape[0]
    step = bands / (high - low) if high > low else 0.0
    ptr = np.zeros(bands + 1, np.int64)
    edges = np.empty(0, np.int64)
    filled = np.empty(0, np.int64)
    for turn in range(2):
        if turn == 1:
            for band in range(bands):
                ptr[band + 1] += ptr[band]
            edges = np.empty(ptr[bands], np.int64)
            filled = ptr[:-1].copy()
        for edge in range(count):
            y0, y1 = xy[edge, 1], xy[(edge + 1) % count, 1]
            first = min(max(int((min(y0, y1) - low) * step), 0), bands - 1)
            last = min(max(int((max(y0, y1) - low) * step), 0), bands - 1)
            for band in range(first, last + 1):
                if turn == 0:
                    ptr[band + 1] += 1
                else:
                    edges[filled[band]] = edge
                    filled[band] += 1
    return ptr, edges


@kernel
def inside(
    points: NDArray[np.float64],
    xy: NDArray[np.float64],
    ptr: NDArray[np.int64],
    edges: NDArray[np.int64],
    box: NDArray[np.float64],
    out: NDArray[np.bool_],
) -> None:
    """
    Tell which points lie in a polygon, by the even-odd rule.

    Parameters
    ----------
    points
        Shape ``(n, 2)``.
    xy
        Corners of the polygon, shape ``(k, 2)``.
    ptr, edges
        What :func:`edges_by_band` gives for it.
    box
        Least x and y, greatest x and y of the corners.
    out
        One for each point.
    """
    bands = ptr.size - 1
    count = xy.shape[0]
    step = bands / (box[3] - box[1]) if box[3] > box[1] else 0.0
    for row in range(points.shape[0]):
        x, y = points[row, 0], points[row, 1]
        if x < box[0] or x > box[2] or y < box[1] or y > box[3]:
            out[row] = False
            continue
        band = min(max(int((y - box[1]) * step), 0), bands - 1)
        within = False
        for at in range(ptr[band], ptr[band + 1]):
            edge = edges[at]
            after = edge + 1 if edge + 1 < count else 0
            x0, y0 = xy[edge, 0], xy[edge, 1]
            x1, y1 = xy[after, 0], xy[after, 1]
            if (y0 > y) != (y1 > y) and x < (x1 - x0) * (y - y0) / (y1 - y0) + x0:
                within = not within
        out[row] = within


@kernel
def fails_of_events(
    from_min: NDArray[np.int32],
    category: NDArray[np.uint16],
    area: NDArray[np.int32],
    column: int,
    wanted_area: int,
    outside: NDArray[np.bool_],
    first_day: int,
    last_day: int,
    wanted: NDArray[np.bool_],
    out: NDArray[np.uint8],
) -> None:
    """
    Write for each event which parts of a filter it does not pass, as bits.

    Parameters
    ----------
    from_min
        When each began, minutes of local time since 1970; the least int32: unknown.
    category
        Its category.
    area, column, wanted_area
        The areas it lies in, the column to look at, and the area asked for; a column
        below 0 for any.
    outside
        Whether it lies outside the polygon asked for; empty where none is.
    first_day, last_day
        The days asked for, counted from 1970; ``first_day`` after ``last_day`` where
        none are. An event of unknown time is of no day.
    wanted
        One for each category; empty for all.
    out
        One for each event: the sum of the ``IN_`` bits that it fails.
    """
    by_polygon, by_category = outside.size > 0, wanted.size > 0
    by_day = first_day <= last_day
    for row in range(out.size):
        fails = 0
        if column >= 0 and area[row, column] != wanted_area:
            fails |= 1
        if by_polygon and outside[row]:
            fails |= 2
        if by_day:
            at = from_min[row]
            day = at // 1440
            if at == -2147483648 or day < first_day or day > last_day:
                fails |= 4
        if by_category and not wanted[category[row]]:
            fails |= 8
        out[row] = fails


@kernel
def hour_shares(
    from_min: NDArray[np.int32],
    to_min: NDArray[np.int32],
    upto: NDArray[np.int32],
    out: NDArray[np.float32],
) -> int:
    """
    Write for each event the share of its span that lies in chosen hours of the week.

    Parameters
    ----------
    from_min, to_min
        When each began and ended at the latest, minutes of local time since 1970.
    upto
        How many chosen minutes of the week, from Monday 00:00 on, come before each of
        them; one more entry at the end.
    out
        One for each event. A moment counts by its minute; a span of more than a week,
        and an unknown time, by the share of the week that is chosen.

    Returns
    -------
    int
        How many events have no time.
    """
    whole = upto[10080]
    unknown = 0
    for row in range(out.size):
        begin, end = from_min[row], to_min[row]
        if begin == -2147483648:
            begin = end
        if end == -2147483648:
            end = begin
        if begin == -2147483648:
            unknown += 1
            out[row] = whole / 10080.0
            continue
        if end < begin:
            begin, end = end, begin
        length = end - begin
        if length > 10080:
            out[row] = whole / 10080.0
            continue
        # Minute 0 of 1970 was on a Thursday; weeks begin on Monday.
        first = (begin + 4320) % 10080
        if length == 0:
            out[row] = float(upto[first + 1] - upto[first])
            continue
        last = first + length
        if last <= 10080:
            chosen = upto[last] - upto[first]
        else:
            chosen = whole - upto[first] + upto[last - 10080]
        out[row] = chosen / length
    return unknown


@kernel
def masks_of_events(
    fails: NDArray[np.uint8],
    share: NDArray[np.float32],
    counted: NDArray[np.bool_],
    out: NDArray[np.float32],
) -> None:
    """
    Write how much of each event passes a filter.

    Parameters
    ----------
    fails
        What :func:`fails_of_events` gives.
    share
        What :func:`hour_shares` gives; empty for 1 each.
    counted
        Whether each event counts at all; empty where all do.
    out
        One for each event, 0 to 1.
    """
    by_hour, by_flag = share.size > 0, counted.size > 0
    for row in range(out.size):
        passes = fails[row] == 0 and (not by_flag or counted[row])
        out[row] = (share[row] if by_hour else 1.0) if passes else 0.0
