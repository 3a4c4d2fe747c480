"""Count the incidents that one camera alone sees, as far as they may be told."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from coveragekit.coverage.pairs import place_chance
from coveragekit.dashboards.planner.figures import Rate
from coveragekit.dashboards.planner.filters import Filters

if TYPE_CHECKING:
    from coveragekit.dashboards.planner.stages import Stages

__all__ = ["seen_alone"]

_NAME = "incidents"
_ROUNDING = 1e-6


def seen_alone(stages: Stages, camera: int, *, least: int) -> Rate:
    """
    Give the incidents a year that nobody would see without a camera.

    Parameters
    ----------
    stages
        What the counts are made of.
    camera
        Row of the camera.
    least
        A rate that stands for fewer is not told, nor that it is none.

    Returns
    -------
    Rate
        The study's own figure, but for what may not be told of a small place; NaN where
        nobody has weighed it.
    """
    rate = float(stages.store.cameras.loss_incidents[camera])
    told = stages.store.meta[_NAME]
    years = float(told["years"] or 0.0) if told else 0.0
    if least <= 1 or not math.isfinite(rate):
        return Rate(rate)
    if not years:
        return Rate(math.nan)
    if stages.withholds(_NAME):
        rate = _counted(stages, camera) / years
    below = least / years
    return Rate(None if rate < below * (1.0 - _ROUNDING) else rate, below)


def _counted(stages: Stages, camera: int) -> float:
    """Count, of what may be told, what is seen less without a camera."""
    store, usual = stages.store, Filters()
    views = np.flatnonzero(store.views.camera == camera)
    events = stages.events(_NAME)
    if events is None or not len(views):
        return 0.0
    places, band = stages.places("incident_places"), stages.band(usual)
    # Views of one camera stand together, so a range holds them all.
    pairs = np.flatnonzero((places.view >= views[0]) & (places.view <= views[-1]))
    pairs = pairs[places.day[pairs] > band]
    rows = np.unique(np.searchsorted(places.ptr, pairs, side="right") - 1)
    flags = np.array(stages.view_flags(usual))
    flags[views] = False
    left = place_chance(places, store.views, flags=flags, band=band, rows=rows)
    before = stages.place_chance("incident_places", usual)
    mask = stages.event_mask(_NAME, usual, near=True)
    load = np.bincount(
        events.support, weights=mask, minlength=len(events.support_ptr) - 1
    )
    support = np.searchsorted(events.support_ptr, rows, side="right") - 1
    lost = (before[rows] - left[rows]) * places.weight[rows] * load[support]
    return float(lost.sum())
