"""Intervals of shares from stored scenes, for any part of what they looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from coveragekit.dashboards.planner.choice import COUNTED_TIER
from coveragekit.dashboards.planner.kernels.tallies import scene_sums

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from coveragekit.dashboards.planner.filters import Filters
    from coveragekit.view import Scenes

__all__ = ["LEAST_SAMPLE", "Spread", "group_of", "spread_of"]

LEAST_SAMPLE: Final = 100
"""A sample has to hold so many events for an interval."""

_WORKING: Final = "working"


class Spread(NamedTuple):
    """
    A share over scenes.

    Parameters
    ----------
    value
        The median.
    low, high
        The interval of the scenes' level.
    sample
        How many events it rests on, where they are a sample; else 0.
    """

    value: float
    low: float
    high: float
    sample: int


def group_of(filters: Filters, scenes: Scenes, *, own_band: bool) -> str | None:
    """
    Give the group of cameras whose scenes are those of a choice.

    Parameters
    ----------
    filters
        The choice.
    scenes
        The stored scenes.
    own_band
        Whether the choice is of the study's own band.

    Returns
    -------
    str or None
        ``None`` where no scenes were drawn for it.
    """
    if not own_band:
        return None
    if filters.state == "now":
        group = _WORKING if filters.tier == COUNTED_TIER else ""
    else:
        group = filters.tier
    return group if group in scenes.groups else None


def spread_of(
    scenes: Scenes,
    name: str,
    where: tuple[str, str],
    *,
    weight: NDArray[np.float64],
    chance: NDArray[np.float32],
    total: float,
) -> Spread | None:
    """
    Give the median and the interval of a share over scenes.

    Parameters
    ----------
    scenes
        The stored scenes.
    name
        ``streets``, ``incidents`` or ``calls``.
    where
        Light and group of cameras.
    weight
        What each row of that table counts, 0 for what is left out.
    chance
        How surely each row is seen as given.
    total
        What the share is of, more than 0; the sum of the weights or more.

    Returns
    -------
    Spread or None
        ``None`` where the scenes looked at too few of the rows.

    Notes
    -----
    Where scenes looked at a sample alone, each gives the share as given plus what the
    sample differs from it on average: the rest of the rows tell nothing of a scene, but
    all of them tell the share as given. Ends of the interval are by ranks k / (n + 1),
    as in :func:`coveragekit.coverage.scenes`.
    """
    if name not in scenes.bits:
        return None
    light, group = where
    rows = scenes.rows[name]
    loads = weight[rows]
    positions = np.flatnonzero(loads > 0.0)
    kept = float(loads[positions].sum())
    whole = float(weight.sum())
    if not len(positions) or whole <= 0.0:
        return None
    seen = scene_sums(
        scenes.bits[name],
        scenes.lights.index(light),
        scenes.groups.index(group),
        positions,
        loads[positions],
    )
    sample = 0
    if kept < whole * (1.0 - 1e-9):
        sample = len(positions)
        if sample < LEAST_SAMPLE:
            return None
        as_given = float(weight @ chance)
        of_sample = float(loads[positions] @ chance[rows[positions]])
        seen = as_given + (seen - of_sample) * (whole / kept)
    shares = np.clip(seen / total, 0.0, 1.0)
    tail = (1.0 - scenes.level) / 2.0
    low, high = np.quantile(shares, [tail, 1.0 - tail], method="weibull").tolist()
    return Spread(float(np.median(shares)), low, high, sample)
