"""Answer for any choice: the numbers, what is left, the gaps and the series."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from coveragekit.dashboards.planner.alone import seen_alone
from coveragekit.dashboards.planner.figures import FilterCounts, Numbers
from coveragekit.dashboards.planner.filtered_figures import FigureDesk
from coveragekit.dashboards.planner.filtered_gaps import GapDesk
from coveragekit.dashboards.planner.leftover import empty_words, left_of, told_of
from coveragekit.dashboards.planner.series import Series, series_of
from coveragekit.dashboards.planner.stages import Stages
from coveragekit.dashboards.planner.terms import Terms

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

    from coveragekit.dashboards.planner.figures import GapRow, Rate
    from coveragekit.dashboards.planner.filters import Filters
    from coveragekit.view import Store

__all__ = ["Answers"]

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
        Counts below it, but for 0, are not told; 0 to tell all. Where it is more than
        1, events whose place could name a victim are also left out of areas, of gaps,
        of the map and of what a camera adds.

    Attributes
    ----------
    terms
        What can be chosen.
    stages
        What the answers are made of.
    figures
        The shares.

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
        self.terms = Terms.of(store)
        self.stages = Stages(store)
        self.least = least
        self.figures = FigureDesk(self.stages, summary, self.terms)
        self._gaps = GapDesk(self.stages)

    @property
    def least(self) -> int:
        """Counts below it, but for 0, are not told."""
        return self._least

    @least.setter
    def least(self, least: int) -> None:
        self._least = least
        self.stages.is_guarded = least > 1

    @property
    def left(self) -> frozenset[int]:
        """Rows of cameras that have left since the build."""
        return self.stages.left

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

    def event_mask(
        self, name: str, filters: Filters, *, near: bool = True
    ) -> NDArray[np.float32]:
        """
        Give how much of each event counts on the map, in gaps and for one camera.

        Parameters
        ----------
        name
            ``incidents`` or ``calls``.
        filters
            What is chosen; only area, time and category matter.
        near
            Whether those are left out that may not be told of a small place; headlines
            count them.

        Returns
        -------
        numpy.ndarray
            Float32, 0 to 1, one for each event; 0 for those in no headline; read-only.
        """
        return self.stages.event_mask(name, filters, near=near)

    def map_mask(
        self, name: str, filters: Filters
    ) -> NDArray[np.float32] | NDArray[np.bool_]:
        """
        Give what of each event is drawn, in as little room as that takes.

        Parameters
        ----------
        name
            ``incidents`` or ``calls``.
        filters
            What is chosen; only area, time and category matter.

        Returns
        -------
        numpy.ndarray
            As :meth:`event_mask` with what may be told of a small place; whether it
            is drawn where no hours are chosen, as each counts wholly or not at all.
        """
        mask = self.event_mask(name, filters)
        return mask if filters.hours is not None else mask > 0.0

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
            key: self.figures.figure(key, filters, least=self.least)
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
        return self._gaps.rows(filters, most=most, least=self.least)

    def gap_count(self, filters: Filters) -> int:
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
        return self._gaps.count(filters)

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
        return self._gaps.per_year(name, filters)

    def seen_alone(self, camera: int) -> Rate:
        """
        Give the incidents a year that nobody would see without a camera.

        Parameters
        ----------
        camera
            Its row.

        Returns
        -------
        Rate
            As the study has it; not told where it stands for too few of them.
        """
        return seen_alone(self.stages, camera, least=self.least)

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
            Sentences; empty where the gaps are those of the choice, and all is told.
        """
        return self._gaps.note(filters, self.terms, least=self.least)
