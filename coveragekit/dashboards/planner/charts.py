"""The linked charts: what is seen and unseen, and a click on a bar that filters."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final

from coveragekit.dashboards.components import Component, script
from coveragekit.dashboards.planner.chart_states import AS_GIVEN_BARS, chart_states
from coveragekit.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from coveragekit.dashboards.faults import FaultDesk
    from coveragekit.dashboards.planner.answers import Answers
    from coveragekit.dashboards.planner.filters import Filters
    from coveragekit.dashboards.planner.page_state import PageState
    from coveragekit.dashboards.planner.series import Series

__all__ = ["Charts", "ChartsPanel", "clicked"]

_NAMES: Final = {"incidents": "Incidents", "calls": "Calls"}
_DAYS: Final = 7
_HOURS: Final = 24


class Charts(Component):
    """What is seen and unseen, part by part."""

    _esm = script("charts")


class ChartsPanel:
    """
    The linked charts of a page.

    Parameters
    ----------
    state
        What the page shows.
    answers
        The answers of the city.
    desk
        Where faults go.
    again
        Told when other series are wanted; where ``None`` they are counted at once.

    Attributes
    ----------
    widget
        To be shown.
    wanted
        Name of the events and kind of the areas that are to be shown.
    """

    def __init__(
        self,
        state: PageState,
        *,
        answers: Answers,
        desk: FaultDesk,
        again: Callable[[], None] | None = None,
    ) -> None:
        self._state = state
        self._answers = answers
        self.again = again
        self._names = [name for name in _NAMES if getattr(answers.store, name)]
        self._kinds = [
            kind
            for kind in answers.terms.area_kinds
            if any(one.kind == kind for one in answers.terms.areas)
        ]
        name = self._names[0] if self._names else "incidents"
        self.wanted: tuple[str, str | None] = (name, next(iter(self._kinds), None))
        self._series: Series | None = None
        self.widget = Charts(state=self._said([]))
        self.widget.on_msg(self._received)
        self._take = desk.guard("take up the chart")(self._taken)

    def show(self, series: Series | None) -> None:
        """
        Draw series.

        Parameters
        ----------
        series
            As ``Answers.series`` gives them; ``None`` where there are none.
        """
        self._series = series
        made = (
            []
            if series is None
            else chart_states(series, self._answers.terms, least=self._answers.least)
        )
        self.widget.state = self._said(made)

    def _said(self, charts: list[dict[str, Any]]) -> dict[str, Any]:
        name, kind = self.wanted
        return {
            "names": [{"key": one, "label": _NAMES[one]} for one in self._names],
            "name": name,
            "kinds": self._kinds,
            "kind": kind,
            "charts": charts,
            "basis": AS_GIVEN_BARS if self._answers.store.scenes is not None else "",
            "empty": ""
            if charts or self._series is None
            else "Nothing is left to draw.",
        }

    def _received(self, _: object, content: object, __: object) -> None:
        if isinstance(content, dict) and content.get("event") in {"bar", "of"}:
            self._take(content)

    def _taken(self, message: dict[str, Any]) -> None:
        if message["event"] == "bar":
            wish = clicked(message, self._state.filters, name=self.wanted[0])
            filters = self._state.filters.changed(wish, self._answers.terms)
            self._state.filters = filters
            return
        name, kind = self.wanted
        name, kind = message.get("name", name), message.get("kind", kind)
        if name not in self._names or (kind not in self._kinds and kind is not None):
            found = f"there are no charts of {name!r:.40} by {kind!r:.40}"
            raise InputError(found)
        self.wanted = (name, kind)
        if self.again is not None:
            self.again()
            return
        self.show(self._answers.series(self._state.filters, name=name, area_kind=kind))


def clicked(
    message: Mapping[str, Any], filters: Filters, *, name: str
) -> dict[str, Any]:
    """
    Give what a click on a bar changes: that bar alone, or all again.

    Parameters
    ----------
    message
        ``chart``, ``key`` and, of a category, ``label`` of the bar.
    filters
        What is chosen.
    name
        ``incidents`` or ``calls``.

    Returns
    -------
    dict
        For ``Filters.changed``.

    Raises
    ------
    InputError
        There is no such bar.

    Examples
    --------
    >>> from coveragekit.dashboards.planner.filters import Filters
    >>> clicked({"chart": "months", "key": "2025-02-01"}, Filters(), name="incidents")
    {'dates': ['2025-02-01', '2025-02-28']}
    """
    chart, key = str(message.get("chart")), str(message.get("key"))
    try:
        if chart in {"hours", "weekdays"}:
            return {"hours": _hours(chart, int(key), filters)}
        if chart == "months":
            return {"dates": _month(date.fromisoformat(key), filters)}
        if chart == "areas":
            kind, row = str(message.get("kind")), int(key)
            return {"area": None if filters.area == (kind, row) else [kind, row]}
    except (ValueError, IndexError) as error:
        found = f"there is no bar {key!r:.40} in the chart {chart!r:.40}"
        raise InputError(found) from error
    if chart == "categories":
        part = "call_types" if name == "calls" else "categories"
        word = str(message.get("label"))
        return {part: None if getattr(filters, part) == {word} else [word]}
    found = f"there is no chart {chart!r:.40}; allowed: hours, weekdays, months, areas"
    raise InputError(found)


def _hours(chart: str, at: int, filters: Filters) -> list[int] | None:
    """Give an hour of the chosen days, or a day of the chosen hours; or all again."""
    flags = filters.hours or (True,) * (_DAYS * _HOURS)
    days = {day for day in range(_DAYS) if any(flags[day * _HOURS :][:_HOURS])}
    hours = {hour for hour in range(_HOURS) if any(flags[hour::_HOURS])}
    every = set(range(_HOURS if chart == "hours" else _DAYS))
    if at not in every:
        raise IndexError(at)
    chosen = hours if chart == "hours" else days
    new = every if chosen == {at} else {at}
    days, hours = (days, new) if chart == "hours" else (new, hours)
    if len(days) * len(hours) == _DAYS * _HOURS:
        return None
    return [
        int(day in days and hour in hours)
        for day in range(_DAYS)
        for hour in range(_HOURS)
    ]


def _month(first: date, filters: Filters) -> list[str] | None:
    after = (first.replace(day=1) + timedelta(days=31)).replace(day=1)
    days = (first.replace(day=1), after - timedelta(days=1))
    if (filters.date_from, filters.date_to) == days:
        return None
    return [day.isoformat() for day in days]
