"""Walk spans of time hour by hour, and combine what cameras recorded in each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from coveragekit.visibility.jit import kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["seen_in_hours", "spread_hours"]

# Spans of more than a week say nothing of the hour. 1 January 1970 was a Thursday.
_WEEK_HOURS = 168
_WEEK_S = 604_800.0
_THURSDAY = 72


@kernel
def _piece(start_s: NDArray[np.float64], at: float) -> int:
    """Give the last piece that has begun, or the first of all."""
    return max(int(np.searchsorted(start_s, at, side="right")) - 1, 0)


@kernel
def _room_for(
    begin: float,
    end: float,
    start_s: NDArray[np.float64],
    ahead_s: NDArray[np.float64],
) -> int:
    """Give at least as many hours of the week as a span touches."""
    if np.isnan(begin):
        return 0
    if end - begin > _WEEK_S:
        return _WEEK_HOURS
    first = _piece(start_s, begin)
    last = _piece(start_s, end)
    room = (
        np.floor((end + ahead_s[last]) / 3600.0)
        - np.floor((begin + ahead_s[first]) / 3600.0)
        + 1.0
    )
    # Where the clocks change on the way, hours may be met that neither end shows.
    if first != last:
        room = max(room, (end - begin) / 3600.0 + 2.0) + 2.0 * (last - first)
    return min(_WEEK_HOURS, int(room))


@kernel
def spread_hours(
    begin_s: NDArray[np.float64],
    end_s: NDArray[np.float64],
    start_s: NDArray[np.float64],
    ahead_s: NDArray[np.float64],
    turns_s: NDArray[np.float64],
) -> tuple[
    NDArray[np.int64], NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]
]:
    """
    Give the share of each span that lies in each local hour of the week.

    Parameters
    ----------
    begin_s, end_s
        The spans, seconds since 1970 UTC; not-a-number: nothing is known.
    start_s, ahead_s
        When the zone's clocks change, and what to add to UTC from then on.
    turns_s
        Dusk, dawn, dusk and so on, seconds since 1970 UTC, not falling.

    Returns
    -------
    tuple
        Row pointer, hour of the week (rising in each row), share of the span, and the
        part of that share that is dark.
    """
    count = begin_s.size
    room = 0
    for row in range(count):
        room += _room_for(begin_s[row], end_s[row], start_s, ahead_s)
    row_ptr = np.zeros(count + 1, dtype=np.int64)
    hours = np.empty(room, dtype=np.int64)
    shares = np.empty(room, dtype=np.float64)
    darks = np.empty(room, dtype=np.float64)
    total = np.zeros(_WEEK_HOURS, dtype=np.float64)
    dark = np.zeros(_WEEK_HOURS, dtype=np.float64)
    hit = np.zeros(_WEEK_HOURS, dtype=np.bool_)
    touched = np.empty(_WEEK_HOURS, dtype=np.int64)
    used = 0
    for row in range(count):
        begin, end = begin_s[row], end_s[row]
        if np.isnan(begin):
            row_ptr[row + 1] = used
            continue
        piece = _piece(start_s, begin)
        turn = np.searchsorted(turns_s, begin, side="right")
        n_touched = 0
        now = begin
        while True:
            local = now + ahead_s[piece]
            number = np.floor(local / 3600.0)
            hour = int((int(number) + _THURSDAY) % _WEEK_HOURS)
            after = min((number + 1.0) * 3600.0 - ahead_s[piece], end)
            if piece + 1 < start_s.size:
                after = min(after, start_s[piece + 1])
            if not hit[hour]:
                hit[hour] = True
                touched[n_touched] = hour
                n_touched += 1
            if begin == end:
                total[hour] = 1.0
                dark[hour] = float(turn % 2)
                break
            total[hour] += after - now
            since = now
            while turn < turns_s.size and turns_s[turn] <= after:
                if turn % 2 == 1:
                    dark[hour] += turns_s[turn] - since
                since = turns_s[turn]
                turn += 1
            if turn % 2 == 1:
                dark[hour] += after - since
            now = after
            while piece + 1 < start_s.size and start_s[piece + 1] <= now:
                piece += 1
            if now >= end:
                break
        if end - begin > _WEEK_S:
            whole_dark = dark.sum() / total.sum()
            for hour in range(_WEEK_HOURS):
                part = dark[hour] / total[hour] if total[hour] > 0.0 else whole_dark
                hours[used] = hour
                shares[used] = 1.0 / _WEEK_HOURS
                darks[used] = part / _WEEK_HOURS
                used += 1
        else:
            length = 1.0 if begin == end else end - begin
            rising = np.sort(touched[:n_touched])
            for at in range(n_touched):
                hour = rising[at]
                hours[used] = hour
                shares[used] = total[hour] / length
                darks[used] = min(dark[hour], total[hour]) / length
                used += 1
        for at in range(n_touched):
            hour = touched[at]
            total[hour] = 0.0
            dark[hour] = 0.0
            hit[hour] = False
        row_ptr[row + 1] = used
    return row_ptr, hours[:used].copy(), shares[:used].copy(), darks[:used].copy()


@kernel
def _in_service(
    begin: float, end: float, active_from: float, active_to: float
) -> float:
    """Give the share of a span in which a camera was in service."""
    if begin == end:
        return 1.0 if active_from <= begin < active_to else 0.0
    overlap = min(end, active_to) - max(begin, active_from)
    return max(overlap, 0.0) / (end - begin)


@kernel
def seen_in_hours(
    day_ptr: NDArray[np.int64],
    day_cameras: NDArray[np.int64],
    day_sees: NDArray[np.bool_] | NDArray[np.float64],
    night_ptr: NDArray[np.int64],
    night_cameras: NDArray[np.int64],
    night_sees: NDArray[np.bool_] | NDArray[np.float64],
    probability: NDArray[np.float64],
    active_from_s: NDArray[np.float64],
    active_to_s: NDArray[np.float64],
    weeks: NDArray[np.float64],
    week_of: NDArray[np.int64],
    begin_s: NDArray[np.float64],
    end_s: NDArray[np.float64],
    hour_ptr: NDArray[np.int64],
    hours: NDArray[np.int64],
    shares: NDArray[np.float64],
    darks: NDArray[np.float64],
    place_ptr: NDArray[np.int64],
    places: NDArray[np.int64],
    place_weights: NDArray[np.float64],
    group_of: NDArray[np.int64],
) -> NDArray[np.float64]:
    """
    Give for each event and hour how much of that hour's share was seen.

    Parameters
    ----------
    day_ptr, day_cameras, day_sees
        Which camera sees which place by day, as SciPy's CSR arrays hold it; whether it
        does, or what share of its probability.
    night_ptr, night_cameras, night_sees
        The same by night.
    probability
        One for each camera.
    active_from_s, active_to_s
        When each camera was in service, seconds since 1970 UTC, infinite where open.
    weeks, week_of
        Share of each hour of the week recorded, a row for each pattern, and which
        pattern each camera has.
    begin_s, end_s
        The spans of the events.
    hour_ptr, hours, shares, darks
        What :func:`spread_hours` gives for them.
    place_ptr, places, place_weights
        Groups of places that events may have been at, and how likely.
    group_of
        Which group each event belongs to.

    Returns
    -------
    numpy.ndarray
        One for each entry of ``hours``, 0 to its share.
    """
    seen = np.zeros(hours.size, dtype=np.float64)
    always = np.empty(weeks.shape[0], dtype=np.bool_)
    for week in range(weeks.shape[0]):
        always[week] = weeks[week].min() >= 1.0
    most = 0
    for place in range(day_ptr.size - 1):
        most = max(most, day_ptr[place + 1] - day_ptr[place])
        most = max(most, night_ptr[place + 1] - night_ptr[place])
    chances = np.empty(most, dtype=np.float64)
    patterns = np.empty(most, dtype=np.int64)
    for event in range(hour_ptr.size - 1):
        first, last = hour_ptr[event], hour_ptr[event + 1]
        if first == last:
            continue
        night_share = darks[first:last].sum()
        day_share = shares[first:last].sum() - night_share
        group = group_of[event]
        for at in range(place_ptr[group], place_ptr[group + 1]):
            place, weight = places[at], place_weights[at]
            for light in range(2):
                if light == 0:
                    ptr, cameras, sees = day_ptr, day_cameras, day_sees
                    if day_share <= 0.0:
                        continue
                else:
                    ptr, cameras, sees = night_ptr, night_cameras, night_sees
                    if night_share <= 0.0:
                        continue
                steady_miss = 1.0
                n_part = 0
                for entry in range(ptr[place], ptr[place + 1]):
                    if not sees[entry]:
                        continue
                    camera = cameras[entry]
                    chance = probability[camera] * sees[entry]
                    chance *= _in_service(
                        begin_s[event],
                        end_s[event],
                        active_from_s[camera],
                        active_to_s[camera],
                    )
                    if chance <= 0.0:
                        continue
                    if always[week_of[camera]]:
                        steady_miss *= 1.0 - chance
                    else:
                        chances[n_part] = chance
                        patterns[n_part] = week_of[camera]
                        n_part += 1
                if steady_miss >= 1.0 and n_part == 0:
                    continue
                for entry in range(first, last):
                    miss = steady_miss
                    for part in range(n_part):
                        miss *= (
                            1.0 - chances[part] * weeks[patterns[part], hours[entry]]
                        )
                    lit = darks[entry] if light == 1 else shares[entry] - darks[entry]
                    seen[entry] += weight * lit * (1.0 - miss)
    return seen
