"""Find what luck would give: views moved along the streets, places drawn anew."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from coveragekit.analysis.events import summed

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd
    from numpy.typing import NDArray
    from scipy.sparse import csr_array

    from coveragekit.analysis.events import Events
    from coveragekit.analysis.street_line import StreetLine

__all__ = ["by_drawing", "by_moving"]

_BOUNDS = (0.05, 0.95)
_NUMBERS_AT_ONCE = 4_000_000
# A matrix this full multiplies faster with its zeros written out: up to 400 MB.
_FULL = 0.05
_MOST_FULL = 50_000_000
# Sums taken in another order differ in their last digits, and are still ties.
_TIE = 1e-9


def by_moving(
    rows: pd.DataFrame,
    events: Events,
    line: StreetLine,
    *,
    cells: NDArray[np.int64],
    shifts: NDArray[np.int64],
) -> None:
    """
    Fill in how concentrated incidents are at the street, and what chance gives there.

    Parameters
    ----------
    rows
        One row a group, with its ``weight``; changed: ``at_street``, ``chance_low``,
        ``chance_high``, ``p`` and ``p_less`` are written.
    events
        The incidents and their groups.
    line
        All streets end to end.
    cells
        Cell of the line that each place is nearest to.
    shifts
        By how many cells to move what is seen, one for each move.
    """
    occupied, at = np.unique(cells, return_inverse=True)
    loads = _by_group(summed(events.loads, at))
    total = rows["weight"].to_numpy()
    share = float(line.seen.mean())
    # Groups without incidents, and streets that nobody sees but in parts, are not told.
    scale = np.divide(
        1.0, total * share, out=np.full(len(total), np.nan), where=total * share > 0.0
    )
    observed = (loads @ line.seen[occupied]) * scale
    chance = np.concatenate(
        [loads @ part for part in line.moved(occupied, shifts)], axis=1
    )
    chance *= scale[:, None]
    slack = _TIE * np.maximum(observed, 1.0)
    as_much = (chance >= (observed - slack)[:, None]).sum(axis=1)
    as_little = (chance <= (observed + slack)[:, None]).sum(axis=1)
    rows["at_street"] = observed
    rows["chance_low"], rows["chance_high"] = np.quantile(chance, _BOUNDS, axis=1)
    rows["p"] = (1.0 + as_much) / (1.0 + len(shifts))
    rows["p_less"] = (1.0 + as_little) / (1.0 + len(shifts))


def by_drawing(
    events: Events, times: int, generator: np.random.Generator
) -> NDArray[np.float64]:
    """
    Give between what bounds each group's share lies when places are drawn anew.

    Parameters
    ----------
    events
        The incidents and their groups.
    times
        How often to draw as many places as there are, with replacement.
    generator
        Where chance comes from.

    Returns
    -------
    numpy.ndarray
        5th and 95th percentile of the share seen, shape ``(2, groups)``.
    """
    places = len(events.xy)
    total, seen = _by_group(events.loads), _by_group(events.seen)
    shares = []
    for count in _draws(places, times, generator):
        whole = total @ count
        nothing = np.full(whole.shape, np.nan)
        shares.append(np.divide(seen @ count, whole, out=nothing, where=whole > 0.0))
    every = np.concatenate(shares, axis=1)
    # A group may miss every draw: then all its shares are missing, and so it is told.
    every[np.isnan(every).all(axis=1)] = 0.0
    return np.asarray(np.nanquantile(every, _BOUNDS, axis=1))


def _draws(
    places: int, times: int, generator: np.random.Generator
) -> Iterator[NDArray[np.float64]]:
    """Give how often each place is drawn, some draws at once, one a column."""
    some = max(_NUMBERS_AT_ONCE // places, 1)
    for first in range(0, times, some):
        count = np.empty((min(some, times - first), places))
        for row in count:
            drawn = generator.integers(0, places, places, dtype=np.int32)
            row[:] = np.bincount(drawn, minlength=places)
        yield np.ascontiguousarray(count.T)


def _by_group(loads: csr_array) -> csr_array | NDArray[np.float64]:
    """Give a matrix by group, as whichever kind multiplies faster."""
    by_group = loads.T
    cells = by_group.shape[0] * by_group.shape[1]
    if loads.nnz > _FULL * cells and cells <= _MOST_FULL:
        return np.asarray(by_group.toarray())
    return by_group.tocsr()
