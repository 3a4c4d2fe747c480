"""Rank the gaps by what happens there unseen, of what a reader has chosen."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from coveragekit.dashboards.planner.answer_words import WITHHELD
from coveragekit.dashboards.planner.choice import ALL_COUNTED, Choice
from coveragekit.dashboards.planner.figures import GapRow
from coveragekit.dashboards.planner.kernels.tallies import demand_by_gap
from coveragekit.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from coveragekit.dashboards.planner.filters import Filters
    from coveragekit.dashboards.planner.stages import Stages
    from coveragekit.dashboards.planner.terms import Terms

__all__ = ["GapDesk"]

_PLACES_OF: Final = {"incidents": "incident_places", "calls": "call_places"}
_SHORTEST_DAYS: Final = 30.0
_YEAR_DAYS: Final = 365.25
_LEFT: Final = (
    "The outlines are of the build: what cameras that have left since saw is in none."
)
_NOTHING: Final = 1e-7  # less than that of anything comes of rounding


class GapDesk:
    """
    The gaps of one city for whatever is chosen.

    Parameters
    ----------
    stages
        What the counts are made of.
    """

    def __init__(self, stages: Stages) -> None:
        self._stages = stages

    def rows(self, filters: Filters, *, most: int, least: int = 0) -> list[GapRow]:
        """
        Give the first gaps, the most demanded first.

        Parameters
        ----------
        filters
            What is chosen.
        most
            How many at most.
        least
            Rates that stand for fewer events are not told, nor that there are none.

        Returns
        -------
        list of GapRow
            In the order of incidents a year, calls a year, metres of street and area,
            as a build ranks them; those whose rate is not told after those whose is.
        """
        gaps = self._stages.store.gaps
        is_built = self._is_usual(filters) and not filters.is_filtered
        is_built = is_built and not (self._stages.withholds() or self._stages.misses)
        if is_built:
            incidents = gaps.incidents_per_year.astype(np.float64)
            calls = gaps.calls_per_year.astype(np.float64)
        else:
            incidents, calls = (self.demand(name, filters) for name in _PLACES_OF)
        below = {
            name: least * self.per_year(name, filters) if least > 1 else 0.0
            for name in _PLACES_OF
        }
        few = _too_few(incidents, below["incidents"])
        few_calls = _too_few(calls, below["calls"])
        if is_built and least <= 1:
            order = np.argsort(gaps.rank, kind="stable")
        else:
            keys = (gaps.area_m2, gaps.street_m, _rank_by(calls, few_calls))
            order = np.lexsort((*keys, _rank_by(incidents, few)))[::-1]
        if filters.has_place:
            order = order[self._within(filters)[order]]
        has_interval = is_built & ~few
        has_interval &= ~_too_few(gaps.incidents_median, below["incidents"])
        return [
            GapRow(
                row=row,
                rank=at + 1,
                gap_id=gaps.gap_id[row],
                name=gaps.name[row],
                incidents_per_year=None if few[row] else float(incidents[row]),
                calls_per_year=None if few_calls[row] else float(calls[row]),
                incidents_low=_known(gaps.incidents_low, row, wanted=has_interval),
                incidents_median=_known(
                    gaps.incidents_median, row, wanted=has_interval
                ),
                incidents_high=_known(gaps.incidents_high, row, wanted=has_interval),
                street_m=float(gaps.street_m[row]),
                area_m2=float(gaps.area_m2[row]),
                incidents_below=below["incidents"],
                calls_below=below["calls"],
            )
            for at, row in enumerate(order[:most].tolist())
        ]

    def count(self, filters: Filters) -> int:
        """
        Give how many gaps there are in what is chosen.

        Parameters
        ----------
        filters
            What is chosen; only the area matters.

        Returns
        -------
        int
            The number.
        """
        if not filters.has_place:
            return len(self._stages.store.gaps)
        return int(np.count_nonzero(self._within(filters)))

    def demand(self, name: str, filters: Filters) -> NDArray[np.float64]:
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
            One for each gap.

        Raises
        ------
        InputError
            There is no such demand.
        """
        stages = self._stages
        found = np.zeros(len(stages.store.gaps))
        if name == "streets":
            places = stages.places(name)
            inside = places.gap >= 0
            within = stages.place_mask(name, filters)
            inside = inside if within is None else inside & within
            unseen = 1.0 - stages.place_chance(name, filters)[inside].astype(np.float64)
            weights = places.weight[inside] * unseen
            np.add.at(found, places.gap[inside], weights)
            return found
        if name not in _PLACES_OF:
            message = f"there is no demand {name!r}; allowed: incidents, calls, streets"
            raise InputError(message)
        events = stages.events(name)
        if events is None:
            return found
        mask = stages.event_mask(name, filters, near=True)
        supports = len(events.support_ptr) - 1
        load = np.bincount(events.support, weights=mask, minlength=supports).astype(
            np.float64
        )
        places = stages.places(_PLACES_OF[name])
        chance = stages.place_chance(_PLACES_OF[name], filters)
        demand_by_gap(
            places.gap, events.support_ptr, places.weight, chance, load, found
        )
        years = self.years(name, filters)
        return found / years if years else found * 0.0

    def note(self, filters: Filters, terms: Terms, *, least: int = 0) -> str:
        """
        Say what the gaps are of, where the choice is another.

        Parameters
        ----------
        filters
            What is chosen.
        terms
            What there is in the city.
        least
            Rates that stand for fewer events are not told.

        Returns
        -------
        str
            Sentences; empty where the gaps are those of the choice, and all is told.
        """
        said = []
        if not self._is_usual(filters):
            own = terms.bands[terms.band]
            said.append(
                f"The outlines are the places that no {ALL_COUNTED} camera sees for "
                f"{own}, by day, as designed; what happens there unseen is of your "
                "choice."
            )
        if self._stages.misses:
            said.append(_LEFT)
        if filters.is_filtered:
            said.append("Ranked by what the filter leaves, a year.")
        if least > 1:
            said.append(f"Rates of fewer than {least} events are not told.")
        if self._stages.withholds():
            said.append(WITHHELD)
            if np.isfinite(self._stages.store.gaps.incidents_low).any():
                said.append("The scenes count those too, so no interval is told.")
        return " ".join(said)

    def years(self, name: str, filters: Filters) -> float:
        """
        Give for how many years the events were kept, of the days chosen.

        Parameters
        ----------
        name
            ``incidents`` or ``calls``.
        filters
            What is chosen; only the days matter.

        Returns
        -------
        float
            At least thirty days' worth, so that a day is not blown up to a year; 0
            where the study has no such events.
        """
        told = self._stages.store.meta[name]
        if told is None:
            return 0.0
        years = float(told["years"])
        if not filters.has_days or not years:
            return years
        first = max(date.fromisoformat(told["from_day"]), filters.date_from or date.min)
        last = min(date.fromisoformat(told["to_day"]), filters.date_to or date.max)
        days = max(float((last - first).days + 1), _SHORTEST_DAYS)
        return min(days / _YEAR_DAYS, years)

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
        years = self.years(name, filters)
        return 1.0 / years if years else 0.0

    def _is_usual(self, filters: Filters) -> bool:
        """Whether the cameras, the light and the band are those of the gaps."""
        return filters.choice == Choice() and self._stages.has_own_band(filters)

    def _within(self, filters: Filters) -> NDArray[np.bool_]:
        """Tell which gaps have a place in the chosen area."""
        found = np.zeros(len(self._stages.store.gaps), np.bool_)
        for name in ("streets", "ground", *_PLACES_OF.values()):
            places = self._stages.places(name)
            mask = self._stages.place_mask(name, filters)
            if mask is not None:
                found[places.gap[mask & (places.gap >= 0)]] = True
        return found


def _too_few(rates: NDArray[np.floating[Any]], below: float) -> NDArray[np.bool_]:
    """Tell which rates stand for fewer events than may be told, none among them."""
    return rates < below * (1.0 - _NOTHING)


def _rank_by(rates: NDArray[np.float64], few: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Give what gaps are ranked by: nothing of a rate but that it is not told."""
    return np.where(few, 0.0, np.round(rates, 6))


def _known(
    values: NDArray[np.float32], row: int, *, wanted: NDArray[np.bool_]
) -> float | None:
    return float(values[row]) if wanted[row] and np.isfinite(values[row]) else None
