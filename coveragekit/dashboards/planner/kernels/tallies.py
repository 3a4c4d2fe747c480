"""Add up what passes a filter: by hour, day, category, area, gap and scene."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from coveragekit.dashboards.planner.kernels.masks import IN_CATEGORY, IN_DAYS
from coveragekit.visibility.jit import kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["demand_by_gap", "scene_sums", "tally_events", "tally_hours"]


@kernel
def tally_events(
    fails: NDArray[np.uint8],
    share: NDArray[np.float32],
    counted: NDArray[np.bool_],
    chance: NDArray[np.float32],
    category: NDArray[np.uint16],
    area: NDArray[np.int32],
    column: int,
    forgiven: int,
    from_min: NDArray[np.int32],
    first_day: int,
    by_category: NDArray[np.float64],
    by_area: NDArray[np.float64],
    by_day: NDArray[np.float64],
) -> None:
    """
    Add up events by category, area and day, each but for the filter of that very part.

    Parameters
    ----------
    fails, share
        What :func:`fails_of_events` and :func:`hour_shares` give; ``share`` empty for
        1 each.
    counted
        Whether each event counts at all.
    chance
        How surely each is seen.
    category, area, column
        Its category, and the areas it lies in with the column to go by, below 0 for
        none.
    forgiven
        ``IN_AREA`` where areas of the filter's own kind are added up, else 0.
    from_min
        When each began, minutes of local time since 1970; the least int32: unknown.
    first_day
        The first of the days added up, counted from 1970; others are passed over.
    by_category, by_area
        Filled: what there is and what is seen of it, shape ``(k, 2)``.
    by_day
        The same, and what there is on the day whatever is filtered, shape ``(k, 3)``.
    """
    by_hour = share.size > 0
    for row in range(fails.size):
        if not counted[row]:
            continue
        load = float(share[row]) if by_hour else 1.0
        seen = load * float(chance[row])
        failed = fails[row]
        if failed & ~IN_CATEGORY == 0:
            by_category[category[row], 0] += load
            by_category[category[row], 1] += seen
        if column >= 0 and failed & ~forgiven == 0:
            one = area[row, column]
            if one >= 0:
                by_area[one, 0] += load
                by_area[one, 1] += seen
        at = from_min[row]
        if at == -2147483648:
            continue
        day = at // 1440 - first_day
        if day < 0 or day >= by_day.shape[0]:
            continue
        by_day[day, 2] += 1.0
        if failed & ~IN_DAYS == 0:
            by_day[day, 0] += load
            by_day[day, 1] += seen


@kernel
def tally_hours(
    fails: NDArray[np.uint8],
    counted: NDArray[np.bool_],
    chance: NDArray[np.float32],
    from_min: NDArray[np.int32],
    to_min: NDArray[np.int32],
    out: NDArray[np.float64],
) -> float:
    """
    Add up events by hour of the week, each spread over the hours it may have taken.

    Parameters
    ----------
    fails
        What :func:`fails_of_events` gives: hours are no part of it.
    counted
        Whether each event counts at all.
    chance
        How surely each is seen.
    from_min, to_min
        When each began and ended at the latest, minutes of local time since 1970.
    out
        Filled: what there is and what is seen of it, shape ``(168, 2)``.

    Returns
    -------
    float
        How many events that pass have no time, and are in no hour.
    """
    # A span adds its rate from its first minute on and takes it away after its last.
    rates = np.zeros((10081, 2), np.float64)
    moments = np.zeros((168, 2), np.float64)
    spread = np.zeros(2, np.float64)
    unknown = 0.0
    for row in range(fails.size):
        if fails[row] != 0 or not counted[row]:
            continue
        begin, end = from_min[row], to_min[row]
        if begin == -2147483648:
            begin = end
        if end == -2147483648:
            end = begin
        if begin == -2147483648:
            unknown += 1.0
            continue
        if end < begin:
            begin, end = end, begin
        length = end - begin
        surely = float(chance[row])
        first = (begin + 4320) % 10080
        if length > 10080:
            spread[0] += 1.0
            spread[1] += surely
        elif length == 0:
            moments[first // 60, 0] += 1.0
            moments[first // 60, 1] += surely
        else:
            rate = 1.0 / length
            last = first + length
            rates[first, 0] += rate
            rates[first, 1] += rate * surely
            rates[min(last, 10080), 0] -= rate
            rates[min(last, 10080), 1] -= rate * surely
            if last > 10080:
                rates[0, 0] += rate
                rates[0, 1] += rate * surely
                rates[last - 10080, 0] -= rate
                rates[last - 10080, 1] -= rate * surely
    for side in range(2):
        level = 0.0
        for hour in range(168):
            total = moments[hour, side] + spread[side] / 168.0
            for minute in range(hour * 60, hour * 60 + 60):
                level += rates[minute, side]
                total += level
            # What rounding leaves of a rate that was taken away again is none.
            out[hour, side] = total if total > 1e-9 else 0.0
    return unknown


@kernel
def demand_by_gap(
    gap: NDArray[np.int32],
    ptr: NDArray[np.int64],
    weight: NDArray[np.float64],
    chance: NDArray[np.float32],
    load: NDArray[np.float64],
    out: NDArray[np.float64],
) -> None:
    """
    Add up by gap what is not seen of events, over the places where they may be.

    Parameters
    ----------
    gap
        The gap that each place lies in, below 0 for none.
    ptr
        Where the places of each support begin.
    weight, chance
        How likely an event is at each place of its support, and how surely the place is
        seen. Places without weight are in a building without a front: what happens
        there counts whole.
    load
        How many events have each support.
    out
        One for each gap; added to.
    """
    for support in range(ptr.size - 1):
        here = load[support]
        if here <= 0.0:
            continue
        for at in range(ptr[support], ptr[support + 1]):
            one = gap[at]
            if one < 0:
                continue
            if weight[at] == 0.0:
                out[one] += here
            else:
                out[one] += here * weight[at] * (1.0 - float(chance[at]))


@kernel
def scene_sums(
    bits: NDArray[np.uint8],
    light: int,
    group: int,
    rows: NDArray[np.int64],
    weight: NDArray[np.float64],
) -> NDArray[np.float64]:
    """
    Give what is seen in each scene, of some of the kept rows.

    Parameters
    ----------
    bits
        A bit for each kept row, the first the highest of its byte, shape ``(scenes,
        lights, groups, bytes)``.
    light, group
        Which of the lights and groups.
    rows, weight
        Positions among the kept rows, and what each counts.

    Returns
    -------
    numpy.ndarray
        The weight of those seen, one for each scene.
    """
    out = np.zeros(bits.shape[0], np.float64)
    for scene in range(bits.shape[0]):
        total = 0.0
        for at in range(rows.size):
            row = rows[at]
            if (bits[scene, light, group, row >> 3] >> (7 - (row & 7))) & 1:
                total += weight[at]
        out[scene] = total
    return out
