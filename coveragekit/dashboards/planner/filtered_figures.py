"""Count the shares of any choice, each with its interval and its basis."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from coveragekit.coverage.pairs import sums
from coveragekit.dashboards.planner.answer_words import (
    basis_words,
    few_words,
    interval_words,
    no_interval_words,
    title_of,
)
from coveragekit.dashboards.planner.basis import interval_sentence, share_sentence
from coveragekit.dashboards.planner.choice import Choice
from coveragekit.dashboards.planner.figures import Figure
from coveragekit.dashboards.planner.spread import Spread, group_of, spread_of
from coveragekit.maps.figures import SHARE_TITLES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from coveragekit.dashboards.planner.filters import Filters
    from coveragekit.dashboards.planner.stages import Stages
    from coveragekit.dashboards.planner.terms import Terms

__all__ = ["FigureDesk"]

_PLACES: Final = {"street_length": "streets", "area": "ground"}
_UNITS: Final = {"street_length": "m", "area": "m2", "calls": "calls"}
_EVENTS: Final = {
    "incidents": ("incidents", True),
    "incidents_all": ("incidents", False),
    "calls": ("calls", True),
}


class FigureDesk:
    """
    The shares of one city for whatever is chosen.

    Parameters
    ----------
    stages
        What the counts are made of.
    summary
        The study's ``summary.json``.
    terms
        What can be chosen.
    """

    def __init__(
        self, stages: Stages, summary: Mapping[str, Any], terms: Terms
    ) -> None:
        self._stages = stages
        self._summary = summary
        self._terms = terms

    def figure(self, key: str, filters: Filters, *, least: int = 0) -> Figure:
        """
        Give one share.

        Parameters
        ----------
        key
            Its name in the summary.
        filters
            What is chosen.
        least
            Counts below it, but for 0, are not told.

        Returns
        -------
        Figure
            The study's own where nothing that it depends on is filtered and the study
            has computed it, else counted from stored pairs.
        """
        share = self._summary["shares"][key]
        is_whole = not (_narrows(key, filters) or self._stages.misses)
        if is_whole and self._stages.has_own_band(filters):
            found = filters.choice.of(share)
            if found is not None and found.get("value") is not None:
                return self._of_study(key, filters, found)
        return self._counted(key, filters, least=least)

    def _of_study(self, key: str, filters: Filters, found: Mapping[str, Any]) -> Figure:
        share = self._summary["shares"][key]
        choice = filters.choice
        # The sentence of the street-visible ones fits all of them but for its title.
        titled = key if key in SHARE_TITLES else "incidents"
        said = share_sentence(titled, share, choice, figure=found)
        words = said.removeprefix(SHARE_TITLES[titled])
        interval = interval_sentence(self._summary, choice, found)
        basis = f"{title_of(key)}{words} {interval}"
        is_usual = choice == Choice()
        return Figure(
            key=key,
            value=found["value"],
            low=found.get("low"),
            high=found.get("high"),
            nominal=share.get("nominal") if is_usual else None,
            naive=share.get("naive") if is_usual else None,
            total=float(share["total"]),
            unit=str(share["unit"]),
            basis=basis,
            of_study=True,
        )

    def _counted(self, key: str, filters: Filters, *, least: int) -> Figure:
        seen, total = self.sums(key, filters)
        unit = _UNITS.get(key, "incidents")
        basis = basis_words(
            *(key, filters, self._terms),
            summary=self._summary,
            band=self._stages.band(filters),
        )
        is_few = key in _EVENTS and 0.0 < total < least
        if total <= 0.0 or is_few:
            why = few_words(least) if is_few else "Nothing of it is left."
            nothing = (None, None, None, None, None)
            return Figure(key, *nothing, total, unit, f"{basis} {why}", why)
        nominal = min(seen / total, 1.0)
        group = self._group(filters)
        spread = self._spread(key, filters, group=group, total=total)
        value, low, high = nominal, None, None
        why = ""
        if spread is None:
            why = no_interval_words(
                *(key, filters, self._terms),
                summary=self._summary,
                has_scenes=group is not None,
            )
            said = why
        else:
            value, low, high = spread[:3]
            said = interval_words(spread, self._summary)
        return Figure(
            key=key,
            value=value,
            low=low,
            high=high,
            nominal=nominal,
            naive=self.naive(key, filters, total=total),
            total=total,
            unit=unit,
            basis=f"{basis} {said}",
            why=why,
        )

    def sums(self, key: str, filters: Filters) -> tuple[float, float]:
        """
        Count from stored pairs what is seen of a measure, and the whole of it.

        Parameters
        ----------
        key
            Name of the share.
        filters
            What is chosen.

        Returns
        -------
        tuple of float
            Both in the unit of the measure.
        """
        if key in _EVENTS:
            name, counted = _EVENTS[key]
            mask = self._stages.event_mask(name, filters, counted=counted)
            return sums(self._stages.event_chance(name, filters), mask=mask)
        name = _PLACES[key]
        within = self._stages.place_mask(name, filters)
        seen, total = sums(
            self._stages.place_chance(name, filters),
            weight=self._stages.places(name).weight,
            mask=None if within is None else within.astype(np.float32),
        )
        # Some street can be seen from nowhere, and has no place.
        whole = float(self._stages.store.meta["totals"][name])
        return seen, total if within is not None else max(whole, total)

    def naive(self, key: str, filters: Filters, *, total: float) -> float | None:
        """
        Give what a plain count of points in views would say.

        Parameters
        ----------
        key
            Name of the share.
        filters
            What is chosen.
        total
            The whole of it.

        Returns
        -------
        float or None
            ``None`` but for events by day, as designed, at the study's own band, and
            where cameras have left that it was counted with.
        """
        is_usual = filters.choice == Choice() and self._stages.has_own_band(filters)
        if key not in _EVENTS or not is_usual or self._stages.misses:
            return None
        name, counted = _EVENTS[key]
        events = self._stages.events(name)
        if events is None:
            return None
        mask = self._stages.event_mask(name, filters, counted=counted)
        return min(sums(events.naive, mask=mask)[0] / total, 1.0)

    def _group(self, filters: Filters) -> str | None:
        scenes = self._stages.store.scenes
        if scenes is None or self._stages.misses:
            return None  # scenes were drawn with the cameras that have left
        return group_of(filters, scenes, own_band=self._stages.has_own_band(filters))

    def _spread(
        self, key: str, filters: Filters, *, group: str | None, total: float
    ) -> Spread | None:
        scenes = self._stages.store.scenes
        if scenes is None or group is None or key in {"area", "incidents_all"}:
            return None
        where = (filters.light, group)
        if key in _EVENTS:
            name = _EVENTS[key][0]
            mask = self._stages.event_mask(name, filters)
            chance = self._stages.event_chance(name, filters)
            weight = mask.astype(np.float64)
        else:
            name = _PLACES[key]
            within = self._stages.place_mask(name, filters)
            weight = self._stages.places(name).weight
            weight = weight if within is None else weight * within
            chance = self._stages.place_chance(name, filters)
        return spread_of(scenes, name, where, weight=weight, chance=chance, total=total)


def _narrows(key: str, filters: Filters) -> bool:
    """Whether a share is of a part alone; of streets and ground that is no time."""
    if filters.has_place:
        return True
    if key not in _EVENTS:
        return False
    kinds = filters.call_types if key == "calls" else filters.categories
    return filters.has_time or kinds is not None
