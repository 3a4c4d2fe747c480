"""Answer for any choice: the numbers, what is left, the gaps and the series."""

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
from coveragekit.dashboards.planner.figures import Figure, FilterCounts, Numbers
from coveragekit.dashboards.planner.filtered_gaps import GapDesk
from coveragekit.dashboards.planner.leftover import empty_words, left_of, told_of
from coveragekit.dashboards.planner.series import Series, series_of
from coveragekit.dashboards.planner.spread import Spread, group_of, spread_of
from coveragekit.dashboards.planner.stages import Stages
from coveragekit.dashboards.planner.terms import Terms
from coveragekit.maps.figures import SHARE_TITLES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from coveragekit.dashboards.planner.figures import GapRow
    from coveragekit.dashboards.planner.filters import Filters
    from coveragekit.view import Store

__all__ = ["Answers"]

_PLACES: Final = {"street_length": "streets", "area": "ground"}
_TOTALS: Final = {"streets": "streets", "ground": "ground"}
_UNITS: Final = {"street_length": "m", "area": "m2", "calls": "calls"}
_EVENTS: Final = {
    "incidents": ("incidents", True),
    "incidents_all": ("incidents", False),
    "calls": ("calls", True),
}
_KEYS: Final = ("street_length", "incidents", "incidents_all", "area", "calls")


class Answers:
    """
    Answers of one city for whatever is chosen.

    Parameters
    ----------
    store
        The city.
    summary
        The ``summary.json`` of the same results.
    least
        Counts below it, but for 0, are not told; 0 to tell all.

    Attributes
    ----------
    terms
        What can be chosen.
    stages
        What the answers are made of.

    Notes
    -----
    Where nothing is filtered and the study has computed the figure, it is that figure.
    All of it may be asked from several threads.
    """

    def __init__(
        self, store: Store, summary: Mapping[str, Any], *, least: int = 0
    ) -> None:
        self.store = store
        self.summary = summary
        self.least = least
        self.terms = Terms.of(store)
        self.stages = Stages(store)
        self._gaps = GapDesk(self.stages)

    def view_flags(self, filters: Filters) -> NDArray[np.bool_]:
        """
        Give which views count.

        Parameters
        ----------
        filters
            What is chosen.

        Returns
        -------
        numpy.ndarray
            Bool, one for each view of the store; read-only.
        """
        return self.stages.view_flags(filters)

    def place_chance(self, name: str, filters: Filters) -> NDArray[np.float32]:
        """
        Give how surely each place is seen.

        Parameters
        ----------
        name
            ``streets``, ``ground``, ``incident_places`` or ``call_places``.
        filters
            What is chosen; only cameras, light and band matter.

        Returns
        -------
        numpy.ndarray
            Float32, one for each place; read-only.
        """
        return self.stages.place_chance(name, filters)

    def event_chance(self, name: str, filters: Filters) -> NDArray[np.float32]:
        """
        Give how surely each event is seen.

        Parameters
        ----------
        name
            ``incidents`` or ``calls``.
        filters
            What is chosen; only cameras, light and band matter.

        Returns
        -------
        numpy.ndarray
            Float32, one for each event; read-only.
        """
        return self.stages.event_chance(name, filters)

    def event_mask(self, name: str, filters: Filters) -> NDArray[np.float32]:
        """
        Give how much of each event the headline numbers count.

        Parameters
        ----------
        name
            ``incidents`` or ``calls``.
        filters
            What is chosen; only area, time and category matter.

        Returns
        -------
        numpy.ndarray
            Float32, 0 to 1, one for each event; 0 for those in no headline; read-only.
        """
        return self.stages.event_mask(name, filters)

    def place_mask(self, name: str, filters: Filters) -> NDArray[np.bool_] | None:
        """
        Give which places lie in the chosen area.

        Parameters
        ----------
        name
            ``streets`` or ``ground``.
        filters
            What is chosen; only the area matters.

        Returns
        -------
        numpy.ndarray or None
            Bool, one for each place, read-only; ``None`` where all of them do.
        """
        return self.stages.place_mask(name, filters)

    def numbers(self, filters: Filters) -> Numbers:
        """
        Give the numbers of a choice.

        Parameters
        ----------
        filters
            What is chosen.

        Returns
        -------
        Numbers
            A figure for each share that the study has, and what has to be said.
        """
        figures = {
            key: self._figure(key, filters)
            for key in _KEYS
            if self.summary["shares"].get(key) is not None
        }
        return Numbers(filters, figures, told_of(self.stages, filters))

    def counts(self, filters: Filters) -> FilterCounts:
        """
        Give how many events a filter leaves.

        Parameters
        ----------
        filters
            What is chosen.

        Returns
        -------
        FilterCounts
            How many of the incidents and calls, and why where none.
        """
        incidents, calls = (
            left_of(self.stages, name, filters) for name in ("incidents", "calls")
        )
        return FilterCounts(
            filters,
            incidents,
            calls,
            empty_words(self.stages, filters, self.terms),
            told_of(self.stages, filters),
            self.least,
        )

    def series(
        self, filters: Filters, *, name: str = "incidents", area_kind: str | None = None
    ) -> Series | None:
        """
        Give what is seen and unseen by hour, category, area and day.

        Parameters
        ----------
        filters
            What is chosen; each of the series leaves out the filter of its own part.
        name
            ``incidents`` or ``calls``.
        area_kind
            The kind of areas to add up by; the first where ``None``.

        Returns
        -------
        Series or None
            ``None`` where the study has no such events.
        """
        return series_of(
            self.stages, filters, self.terms, name=name, area_kind=area_kind
        )

    def gaps(self, filters: Filters, *, most: int = 200) -> list[GapRow]:
        """
        Give the gaps in the order of what happens there unseen, of what is chosen.

        Parameters
        ----------
        filters
            What is chosen.
        most
            How many to give at most.

        Returns
        -------
        list of GapRow
            The most demanded first; where an area is chosen those in it alone.
        """
        return self._gaps.rows(filters, most=most)

    def gap_demand(self, name: str, filters: Filters) -> NDArray[np.float64]:
        """
        Give what is not seen in each gap.

        Parameters
        ----------
        name
            ``incidents`` or ``calls`` (how many a year) or ``streets`` (metres).
        filters
            What is chosen.

        Returns
        -------
        numpy.ndarray
            One for each gap of the store.
        """
        return self._gaps.demand(name, filters)

    def per_year(self, name: str, filters: Filters) -> float:
        """
        Give what one event among those that pass counts a year.

        Parameters
        ----------
        name
            ``incidents`` or ``calls``.
        filters
            What is chosen; only the days matter.

        Returns
        -------
        float
            One over the years of the days chosen; 0 where there are none.
        """
        years = self._gaps.years(name, filters)
        return 1.0 / years if years else 0.0

    def gaps_note(self, filters: Filters) -> str:
        """
        Say what the gaps are of, where the choice is another.

        Parameters
        ----------
        filters
            What is chosen.

        Returns
        -------
        str
            A sentence; empty where the gaps are those of the choice.
        """
        return self._gaps.note(filters, self.terms)

    def _figure(self, key: str, filters: Filters) -> Figure:
        share = self.summary["shares"][key]
        if not _narrows(key, filters) and self.stages.has_own_band(filters):
            found = filters.choice.of(share)
            if found is not None and found.get("value") is not None:
                return self._of_study(key, filters, found)
        return self._counted(key, filters)

    def _of_study(self, key: str, filters: Filters, found: Mapping[str, Any]) -> Figure:
        share = self.summary["shares"][key]
        choice = filters.choice
        # The sentence of the street-visible ones fits all of them but for its title.
        titled = key if key in SHARE_TITLES else "incidents"
        said = share_sentence(titled, share, choice, figure=found)
        words = said.removeprefix(SHARE_TITLES[titled])
        interval = interval_sentence(self.summary, choice, found)
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

    def _counted(self, key: str, filters: Filters) -> Figure:
        seen, total = self._sums(key, filters)
        unit = _UNITS.get(key, "incidents")
        basis = basis_words(
            *(key, filters, self.terms),
            summary=self.summary,
            band=self.stages.band(filters),
        )
        is_few = key in _EVENTS and 0.0 < total < self.least
        if total <= 0.0 or is_few:
            why = few_words(self.least) if is_few else "Nothing of it is left."
            nothing = (None, None, None, None, None)
            return Figure(key, *nothing, total, unit, f"{basis} {why}", why)
        nominal = min(seen / total, 1.0)
        group = self._group(filters)
        spread = self._spread(key, filters, group=group, total=total)
        value, low, high = nominal, None, None
        why = ""
        if spread is None:
            why = no_interval_words(
                *(key, filters, self.terms),
                summary=self.summary,
                has_scenes=group is not None,
            )
            said = why
        else:
            value, low, high = spread[:3]
            said = interval_words(spread, self.summary)
        return Figure(
            key=key,
            value=value,
            low=low,
            high=high,
            nominal=nominal,
            naive=self._naive(key, filters, total=total),
            total=total,
            unit=unit,
            basis=f"{basis} {said}",
            why=why,
        )

    def _sums(self, key: str, filters: Filters) -> tuple[float, float]:
        """Give what is seen of a measure, and the whole of it."""
        if key in _EVENTS:
            name, counted = _EVENTS[key]
            mask = self.stages.event_mask(name, filters, counted=counted)
            return sums(self.stages.event_chance(name, filters), mask=mask)
        name = _PLACES[key]
        within = self.stages.place_mask(name, filters)
        seen, total = sums(
            self.stages.place_chance(name, filters),
            weight=self.stages.places(name).weight,
            mask=None if within is None else within.astype(np.float32),
        )
        # Some street can be seen from nowhere, and has no place.
        whole = float(self.store.meta["totals"][name])
        return seen, total if within is not None else max(whole, total)

    def _naive(self, key: str, filters: Filters, *, total: float) -> float | None:
        """Give the naive share, which is there as designed, by day alone."""
        is_usual = filters.choice == Choice() and self.stages.has_own_band(filters)
        if key not in _EVENTS or not is_usual:
            return None
        name, counted = _EVENTS[key]
        events = self.stages.events(name)
        if events is None:
            return None
        mask = self.stages.event_mask(name, filters, counted=counted)
        return min(sums(events.naive, mask=mask)[0] / total, 1.0)

    def _group(self, filters: Filters) -> str | None:
        scenes = self.store.scenes
        if scenes is None:
            return None
        return group_of(filters, scenes, own_band=self.stages.has_own_band(filters))

    def _spread(
        self, key: str, filters: Filters, *, group: str | None, total: float
    ) -> Spread | None:
        scenes = self.store.scenes
        if scenes is None or group is None or key in {"area", "incidents_all"}:
            return None
        where = (filters.light, group)
        if key in _EVENTS:
            name = _EVENTS[key][0]
            mask = self.stages.event_mask(name, filters)
            chance = self.stages.event_chance(name, filters)
            weight = mask.astype(np.float64)
        else:
            name = _PLACES[key]
            within = self.stages.place_mask(name, filters)
            weight = self.stages.places(name).weight
            weight = weight if within is None else weight * within
            chance = self.stages.place_chance(name, filters)
        return spread_of(scenes, name, where, weight=weight, chance=chance, total=total)


def _narrows(key: str, filters: Filters) -> bool:
    """Whether a share is of a part alone; of streets and ground that is no time."""
    if filters.has_place:
        return True
    if key not in _EVENTS:
        return False
    kinds = filters.call_types if key == "calls" else filters.categories
    return filters.has_time or kinds is not None
