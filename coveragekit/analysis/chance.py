"""Find what luck would give: views moved along the streets, places drawn anew."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from coveragekit.analysis.events import summed

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd
    from numpy.typing import NDArray

    from coveragekit.analysis.events import Events
    from coveragekit.analysis.street_line import StreetLine

__all__ = ["by_drawing", "by_moving"]

_BOUNDS = (0.05, 0.95)
_NUMBERS_AT_ONCE = 2_000_000
# More places than these are drawn in so many lots, put together by chance.
LOTS: Final = 5_000
# Sums taken in another order differ in their last digits, and are still ties.
_TIE = 1e-8


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
        Cell of the line that each row of the incidents is nearest to.
    shifts
        By how many cells to move what is seen, one for each move.
    """
    total = rows["weight"].to_numpy()
    share = float(line.seen.mean())
    # Groups without incidents, and streets that nobody sees but in parts, are not told.
    scale = np.divide(
        1.0, total * share, out=np.full(len(total), np.nan), where=total * share > 0.0
    )
    observed = events.by_group(line.seen[cells]) * scale
    chance = np.concatenate(
        [
            line.met(summed(part, cells, len(line.seen)).tocsc(), shifts)
            for part in events.loads
        ]
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

    Notes
    -----
    More than 5,000 places are put into so many lots at random, and lots are drawn:
    their sums vary as those of places do, the width of the bounds differs by about one
    part in a hundred of what drawing places would give, and the cost no longer grows.
    """
    lots = min(events.places, LOTS)
    # Of one place each where there are few; else all of one size, as near as can be.
    lot = np.arange(events.places) % lots
    if events.places > lots:
        lot = generator.permutation(lot)
    lot_of = lot[events.place]
    total, seen = (
        np.concatenate(
            [
                summed(part, lot_of, lots, amounts=amounts).toarray().T
                for part in events.loads
            ]
        )
        for amounts in (None, events.chance)
    )
    shares = []
    for count in _draws(lots, times, generator):
        whole = total @ count
        nothing = np.full(whole.shape, np.nan)
        shares.append(np.divide(seen @ count, whole, out=nothing, where=whole > 0.0))
    every = np.concatenate(shares, axis=1)
    # A group may miss every draw: then all its shares are missing, and so it is told.
    every[np.isnan(every).all(axis=1)] = 0.0
    return np.asarray(np.nanquantile(every, _BOUNDS, axis=1))


def _draws(
    lots: int, times: int, generator: np.random.Generator
) -> Iterator[NDArray[np.float64]]:
    """Give how often each lot is drawn, some draws at once, one a column."""
    some = max(_NUMBERS_AT_ONCE // lots, 1)
    for first in range(0, times, some):
        count = np.empty((min(some, times - first), lots))
        for row in count:
            drawn = generator.integers(0, lots, lots, dtype=np.int32)
            row[:] = np.bincount(drawn, minlength=lots)
        yield np.ascontiguousarray(count.T)
