"""Compile what the planner counts with ahead of need."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import numpy as np

from coveragekit.dashboards.planner import near_places
from coveragekit.dashboards.planner.kernels.masks import (
    fails_of_events,
    hour_shares,
    masks_of_events,
)
from coveragekit.dashboards.planner.kernels.tallies import (
    demand_by_gap,
    scene_sums,
    tally_events,
    tally_hours,
)
from coveragekit.dashboards.planner.polygons import Drawn
from coveragekit.visibility.jit import mark_compiled, was_compiled

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["is_compiled", "warm_up"]

Array = TypeVar("Array", bound="NDArray[Any]")

_KERNELS: Final = Path(__file__).parent / "kernels"


def is_compiled() -> bool:
    """
    Tell whether the planner's kernels lie compiled in the cache.

    Returns
    -------
    bool
        False on a fresh machine and after an update.

    Examples
    --------
    >>> warm_up()
    >>> is_compiled()
    True
    """
    return was_compiled(_KERNELS)


def warm_up() -> None:
    """
    Compile every kernel of the planner, or load it from the cache.

    Notes
    -----
    On one event, with arrays that cannot be written to, as those of a store are.
    """
    times = _fixed(np.zeros(1, np.int32))
    words = _fixed(np.zeros(1, np.uint16))
    area = _fixed(np.zeros((1, 1), np.int32))
    yes = _fixed(np.ones(1, np.bool_))
    sure = _fixed(np.ones(1, np.float32))
    none = np.empty(0, np.bool_)
    Drawn.of([(0.0, 0.0), (1.0, 0.0), (0.0, 1.0)]).holds(_fixed(np.zeros((1, 2))))
    fails = np.zeros(1, np.uint8)
    for outside in (none, yes):
        fails_of_events(times, words, area, 0, 0, outside, 0, -1, none, fails)
    share = np.zeros(1, np.float32)
    hour_shares(times, times, np.zeros(10_081, np.int32), share)
    fixed = _fixed(fails)
    for shares in (np.empty(0, np.float32), _fixed(share)):
        for counted in (none, yes):
            masks_of_events(fixed, shares, counted, np.empty(1, np.float32))
        tally_events(
            *(fixed, shares, yes, sure, words, area, 0, 0, times, 0),
            *(np.zeros((1, 2)), np.zeros((1, 2)), np.zeros((1, 3))),
        )
    tally_hours(fixed, yes, sure, times, times, np.zeros((168, 2)))
    ptr, one = _fixed(np.array([0, 1])), _fixed(np.ones(1))
    demand_by_gap(times, ptr, one, sure, np.ones(1), np.zeros(1))
    bits = _fixed(np.zeros((1, 1, 1, 1), np.uint8))
    scene_sums(bits, 0, 0, np.zeros(1, np.int64), np.ones(1))
    near_places.warm_up()
    mark_compiled(_KERNELS)


def _fixed(array: Array) -> Array:
    array.flags.writeable = False
    return array
