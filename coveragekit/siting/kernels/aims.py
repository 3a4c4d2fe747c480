"""Tell what cameras aimed one way after another show, and what that adds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from coveragekit.visibility.jit import kernel
from coveragekit.visibility.kernels.lines import in_sector

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Bytes = NDArray[np.uint8]

__all__ = [
    "aim_amounts",
    "aim_rows",
    "best_of_sites",
    "level_values_left",
    "site_chances",
    "site_spread",
]

# Opaque like this a camera sees nothing.
_BLIND = 2
# Gains and chances that differ by less are the same but for rounding.
_SAME = 1e-12


@kernel
def aim_amounts(
    eyes: Floats,
    opaque: Bytes,
    mounts: Ints,
    each: int,
    ptr: Ints,
    places: Ints,
    xy: Floats,
    amounts: Floats,
) -> Floats:
    """
    Give what the places that each aim shows amount to.

    Parameters
    ----------
    eyes, opaque
        Cameras by day and by night, ``each`` aims of one mounting place after another,
        shapes ``(2, n, 25)`` and ``(2, n)``.
    mounts
        Mounting place of each ``each`` aims.
    each
        Aims of one mounting place.
    ptr, places
        Places in sight all round of mounting place ``m`` are ``ptr[m]`` to
        ``ptr[m + 1]`` of ``places``.
    xy
        The places, shape ``(p, 2)``.
    amounts
        What each place counts for by day and by night, shape ``(2, p, k)``.

    Returns
    -------
    numpy.ndarray
        Sums over the places shown, shape ``(n, 2, k)``.
    """
    kinds = amounts.shape[2]
    out = np.zeros((eyes.shape[1], 2, kinds))
    for light in range(2):
        for row in range(len(mounts)):
            m = mounts[row]
            for at in range(ptr[m], ptr[m + 1]):
                p = places[at]
                counts = False
                for k in range(kinds):
                    counts = counts or amounts[light, p, k] != 0.0
                if not counts:
                    continue
                x, y = xy[p, 0], xy[p, 1]
                for aim in range(row * each, (row + 1) * each):
                    if opaque[light, aim] == _BLIND:
                        continue
                    dx, dy = x - eyes[light, aim, 0], y - eyes[light, aim, 1]
                    if in_sector(eyes[light], aim, dx, dy):
                        for k in range(kinds):
                            out[aim, light, k] += amounts[light, p, k]
    return out


@kernel
def aim_rows(
    eyes: Floats,
    opaque: Bytes,
    mounts: Ints,
    ptr: Ints,
    places: Ints,
    xy: Floats,
) -> tuple[Ints, NDArray[np.int32]]:
    """
    Give the rows of demand that each aim shows: a place by day, then by night.

    Parameters
    ----------
    eyes, opaque
        Cameras by day and by night, shapes ``(2, n, 25)`` and ``(2, n)``.
    mounts
        Mounting place of each.
    ptr, places, xy
        As :func:`aim_amounts` takes them.

    Returns
    -------
    tuple of numpy.ndarray
        Where the rows of each aim begin, with the end; and the rows, ascending.
    """
    count = 0
    starts = np.zeros(len(mounts) + 1, dtype=np.int64)
    rows = np.empty(0, dtype=np.int32)
    for filling in (False, True):
        if filling:
            rows = np.empty(count, dtype=np.int32)
            count = 0
        for aim in range(len(mounts)):
            for light in range(2):
                if opaque[light, aim] == _BLIND:
                    continue
                for at in range(ptr[mounts[aim]], ptr[mounts[aim] + 1]):
                    p = places[at]
                    dx = xy[p, 0] - eyes[light, aim, 0]
                    dy = xy[p, 1] - eyes[light, aim, 1]
                    if in_sector(eyes[light], aim, dx, dy):
                        if filling:
                            rows[count] = p + light * len(xy)
                        count += 1
            starts[aim + 1] = count
    return starts, rows


@kernel
def site_chances(
    eyes: Floats,
    opaque: Bytes,
    mounts: Ints,
    each: int,
    ptr: Ints,
    places: Ints,
    xy: Floats,
    chance: Floats,
    site_of: Ints,
    sites: int,
) -> tuple[Ints, NDArray[np.int32], Floats]:
    """
    Give how surely each site's camera shows each row of demand, however it is aimed.

    Parameters
    ----------
    eyes, opaque, mounts, each, ptr, places, xy
        As :func:`aim_amounts` takes them.
    chance
        How probable each aim is; those of one site add up to 1.
    site_of
        Site of each of ``mounts``, ascending, counted from 0.
    sites
        How many sites there are.

    Returns
    -------
    tuple of numpy.ndarray
        Where the rows of each site begin, with the end; the rows, ascending; and the
        chances.
    """
    size = 2 * len(xy)
    sums = np.zeros(size)
    met = np.full(size, -1, dtype=np.int64)
    starts = np.zeros(sites + 1, dtype=np.int64)
    rows = np.empty(1024, dtype=np.int32)
    chances = np.empty(1024)
    touched = np.empty(1024, dtype=np.int32)
    used = 0
    row = 0
    for site in range(sites):
        count = 0
        while row < len(mounts) and site_of[row] == site:
            m = mounts[row]
            for light in range(2):
                for at in range(ptr[m], ptr[m + 1]):
                    p = places[at]
                    key = p + light * len(xy)
                    total = 0.0
                    for aim in range(row * each, (row + 1) * each):
                        if opaque[light, aim] == _BLIND:
                            continue
                        dx = xy[p, 0] - eyes[light, aim, 0]
                        dy = xy[p, 1] - eyes[light, aim, 1]
                        if in_sector(eyes[light], aim, dx, dy):
                            total += chance[aim]
                    if total == 0.0:
                        continue
                    if met[key] != site:
                        met[key] = site
                        sums[key] = 0.0
                        if count == len(touched):
                            longer = np.empty(2 * count, dtype=np.int32)
                            longer[:count] = touched
                            touched = longer
                        touched[count] = key
                        count += 1
                    sums[key] += total
            row += 1
        while used + count > len(rows):
            more = np.empty(2 * len(rows), dtype=np.int32)
            more[:used] = rows[:used]
            rows = more
            most = np.empty(2 * len(chances))
            most[:used] = chances[:used]
            chances = most
        ordered = np.sort(touched[:count])
        for n in range(count):
            rows[used + n] = ordered[n]
            # What is sure may fall short of 1, or pass it, by rounding.
            sure = sums[ordered[n]] >= 1.0 - 1e-9
            chances[used + n] = 1.0 if sure else sums[ordered[n]]
        used += count
        starts[site + 1] = used
    return starts, rows[:used].copy(), chances[:used].copy()


@kernel
def best_of_sites(gain: Floats, chance: Floats, ptr: Ints) -> Ints:
    """Give the aim of each site that gains most; of several the most probable."""
    best = np.empty(len(ptr) - 1, dtype=np.int64)
    for site in range(len(ptr) - 1):
        best[site] = ptr[site]
        for aim in range(ptr[site], ptr[site + 1]):
            most, other = gain[best[site]], gain[aim]
            if other > most * (1.0 + _SAME) or (
                other >= most * (1.0 - _SAME)
                and chance[aim] > chance[best[site]] * (1.0 + _SAME)
            ):
                best[site] = aim
    return best


@kernel
def site_spread(gain: Floats, chance: Floats, ptr: Ints, levels: Floats) -> Floats:
    """
    Give what a camera of each site gains at most with each of some chances.

    Parameters
    ----------
    gain, chance
        What each aim gains, and how probable it is.
    ptr
        Where the aims of each site begin.
    levels
        Chances, ascending, 0 to 1.

    Returns
    -------
    numpy.ndarray
        The least gain that is not passed with at least that chance, one column for
        each level.
    """
    out = np.zeros((len(ptr) - 1, len(levels)))
    for site in range(len(ptr) - 1):
        order = np.argsort(gain[ptr[site] : ptr[site + 1]], kind="mergesort")
        total, level = 0.0, 0
        for n in range(len(order)):
            aim = ptr[site] + order[n]
            total += chance[aim]
            while level < len(levels) and (
                total >= levels[level] - 1e-12 or n == len(order) - 1
            ):
                out[site, level] = gain[aim]
                level += 1
    return out


@kernel
def level_values_left(
    row_ptr: Ints, chance: Floats, values: Floats, targets: Ints
) -> Floats:
    """
    Give what one more camera, and then another, is worth where some already look.

    Parameters
    ----------
    row_ptr, chance
        How surely each existing camera sees each row, as SciPy's CSR arrays hold it.
    values
        Worth of the first, second, ... camera.
    targets
        How many cameras count in each row at most.

    Returns
    -------
    numpy.ndarray
        Expected worth of the next, second next, ... camera, as many as ``values``.
    """
    most = len(values)
    out = np.zeros((len(row_ptr) - 1, most))
    # reached[k]: how surely exactly k cameras see the row; more than that are worth 0.
    reached = np.empty(most)
    for row in range(len(row_ptr) - 1):
        reached[:] = 0.0
        reached[0] = 1.0
        for at in range(row_ptr[row], row_ptr[row + 1]):
            p = chance[at]
            for k in range(most - 1, 0, -1):
                reached[k] = reached[k] * (1.0 - p) + reached[k - 1] * p
            reached[0] *= 1.0 - p
        for step in range(most):
            for k in range(most - step):
                if k + step < targets[row]:
                    out[row, step] += reached[k] * values[k + step]
    return out
