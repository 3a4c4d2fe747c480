"""How many events a filter leaves, and why none."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from coveragekit.dashboards.planner.answer_words import WITHHELD
from coveragekit.dashboards.planner.figures import Left
from coveragekit.dashboards.planner.filter_words import parts
from coveragekit.dashboards.planner.kernels.masks import (
    IN_AREA,
    IN_CATEGORY,
    IN_DAYS,
    IN_POLYGON,
)
from coveragekit.dashboards.planner.stages import EVENTS

if TYPE_CHECKING:
    from coveragekit.dashboards.planner.filters import Filters
    from coveragekit.dashboards.planner.stages import Stages
    from coveragekit.dashboards.planner.terms import Terms

__all__ = ["empty_words", "left_of", "told_of"]

_UNKNOWN_MIN = int(np.iinfo(np.int32).min)


def left_of(stages: Stages, name: str, filters: Filters) -> Left | None:
    """
    Give how many events of the headlines a filter leaves.

    Parameters
    ----------
    stages
        What the counts are made of.
    name
        ``incidents`` or ``calls``.
    filters
        What is chosen.

    Returns
    -------
    Left or None
        ``None`` where the study has no such events.
    """
    events = stages.events(name)
    if events is None:
        return None
    fails = stages.event_fails(name, filters)
    share = stages.hour_share(name, filters)[0]
    but_category = events.counted & ((fails & ~np.uint8(IN_CATEGORY)) == 0)
    words = [str(one) for one in stages.store.meta[name]["categories"]]
    counts = np.bincount(
        events.category[but_category],
        weights=share[but_category] if len(share) else None,
        minlength=len(words),
    )
    timed = (events.from_min != _UNKNOWN_MIN) | (events.to_min != _UNKNOWN_MIN)
    return Left(
        left=float(stages.event_mask(name, filters).sum(dtype=np.float64)),
        total=int(np.count_nonzero(events.counted)),
        untimed=int(np.count_nonzero(events.counted & ~timed)),
        by_category=dict(zip(words, counts.tolist(), strict=True)),
    )


def told_of(stages: Stages, filters: Filters) -> tuple[str, ...]:
    """
    Give what has to be said of events that are not counted as a reader may think.

    Parameters
    ----------
    stages
        What the counts are made of.
    filters
        What is chosen.

    Returns
    -------
    tuple of str
        Sentences.
    """
    told = []
    if filters.has_place and stages.withholds():
        told.append(WITHHELD)
    for name in EVENTS:
        events = stages.events(name)
        if events is None or not filters.has_time:
            continue
        unknown = events.counted & (events.from_min == _UNKNOWN_MIN)
        count = int(np.count_nonzero(unknown))
        if not count:
            continue
        if filters.has_days:
            told.append(f"{count:,} {name} without a known begin are of no day.")
        elif filters.hours is not None:
            share = sum(filters.hours) / len(filters.hours)
            told.append(
                f"{count:,} {name} without a known begin count by {share:.0%}, the "
                "share of the week that is chosen, where their end is not known either."
            )
    return tuple(told)


def empty_words(stages: Stages, filters: Filters, terms: Terms) -> str:
    """
    Say why a filter leaves nothing.

    Parameters
    ----------
    stages
        What the counts are made of.
    filters
        What is chosen.
    terms
        What there is in the city.

    Returns
    -------
    str
        A sentence; empty where something is left, or where nothing is chosen.
    """
    known = [name for name in EVENTS if stages.events(name) is not None]
    if not filters.is_filtered or not known:
        return ""
    if any(stages.event_mask(name, filters).any() for name in known):
        return ""
    named = dict(parts(filters, terms))
    nouns = " or ".join(known)
    for part, bit, how in (
        ("area", IN_AREA, "are in "),
        ("polygon", IN_POLYGON, "are in the "),
        ("dates", IN_DAYS, "are dated "),
    ):
        if part in named and all(
            _all_fail(stages, one, filters, bit=bit) for one in known
        ):
            return f"Nothing is left: no {nouns} {how}{named[part]}."
    if filters.hours is not None and not any(filters.hours):
        return "Nothing is left: no hour of the week is chosen."
    chosen = ", ".join(named.values())
    return f"Nothing is left: no {nouns} are of all that is chosen: {chosen}."


def _all_fail(stages: Stages, name: str, filters: Filters, *, bit: int) -> bool:
    events = stages.events(name)
    if events is None:
        return True
    fails = stages.event_fails(name, filters)
    return bool(((fails & bit != 0) | ~events.counted).all())
