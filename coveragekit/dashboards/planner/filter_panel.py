"""The panel in which a reader chooses area, days, hours, categories and tier."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import traitlets

from coveragekit.dashboards.components import Component, script
from coveragekit.dashboards.planner.choice import counted_tiers, tier_options
from coveragekit.dashboards.planner.filter_words import parts
from coveragekit.dashboards.planner.terms import Terms
from coveragekit.errors import InputError
from coveragekit.maps.figures import amount

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from coveragekit.dashboards.faults import FaultDesk
    from coveragekit.dashboards.planner.figures import FilterCounts, Left
    from coveragekit.dashboards.planner.filters import Filters
    from coveragekit.dashboards.planner.page_state import PageState
    from coveragekit.view import Store

__all__ = [
    "FilterPicker",
    "FiltersPanel",
    "count_words",
    "picker_state",
    "picker_terms",
]

_EVENTS_OF: Final = {"categories": "incidents", "call_types": "calls"}
# What stands beside a kind of which nothing is ever counted, and why.
_UNSEEN_SHORT: Final = {"categories": "not on streets", "call_types": "not counted"}
_UNSEEN_WORDS: Final = {
    "categories": (
        "Not on streets: they happen, but no street camera could see any of these; "
        "they are in no number of this page but \u201call offences\u201d."
    ),
    "call_types": (
        "Not counted: all of these were cancelled, duplicates or begun by officers."
    ),
}
_MONTH_DAYS: Final = 28
_YEAR_DAYS: Final = 365


class FilterPicker(Component):
    """
    Area, days, hours of the week, categories and tier to choose from.

    Parameters
    ----------
    terms
        What there is to choose from, sent once.
    """

    _esm = script("filters")

    terms = traitlets.Dict().tag(sync=True)


class FiltersPanel:
    """
    The filters of a page, and how much they leave.

    Parameters
    ----------
    state
        What the page shows.
    store
        The city.
    desk
        Where faults go.

    Attributes
    ----------
    widget
        To be shown.
    """

    def __init__(self, state: PageState, *, store: Store, desk: FaultDesk) -> None:
        self._state = state
        self._terms = terms = Terms.of(store)
        tiers = tier_options(_cameras_by_tier(store))
        self._counts: FilterCounts | None = None
        self._heard = 0
        self.widget = FilterPicker(
            terms=picker_terms(terms, tiers, unseen=_never_counted(store)),
            state=picker_state(state.filters, terms),
        )
        self.widget.on_msg(self._received)
        self._take = desk.guard("change the filter")(self._changed)
        state.observe(self._refresh, "filters")

    def show(self, counts: FilterCounts) -> None:
        """
        Show how much the filters leave.

        Parameters
        ----------
        counts
            As ``Answers.counts`` gives them; those of former filters are passed over.
        """
        if counts.filters == self._state.filters:
            self._counts = counts
            self._refresh()

    def _received(self, _: object, content: object, __: object) -> None:
        if isinstance(content, dict) and content.get("event") in {"filter", "clear"}:
            self._heard += 1
            self._take(content)
            # A wish that was refused takes the controls back to what is in force.
            self._refresh()

    def _changed(self, message: dict[str, Any]) -> None:
        filters: Filters = self._state.filters
        if message["event"] == "clear":
            self._state.filters = filters.cleared(str(message.get("part", "all")))
            return
        wish = message.get("parts")
        if not isinstance(wish, dict):
            found = f"the page sent {wish!r:.60}; allowed: parts of a filter"
            raise InputError(found)
        self._state.filters = filters.changed(wish, self._terms)

    def _refresh(self, _: object = None) -> None:
        filters = self._state.filters
        counts = self._counts
        is_fresh = counts is not None and counts.filters == filters
        self.widget.state = {
            **picker_state(filters, self._terms, counts),
            "stale": not is_fresh,
            "heard": self._heard,
        }


def picker_terms(
    terms: Terms,
    tiers: Sequence[Mapping[str, str]] = (),
    *,
    unseen: Mapping[str, Sequence[str]] | None = None,
) -> dict[str, Any]:
    """
    Give what there is to choose from, as the page takes it.

    Parameters
    ----------
    terms
        What there is in the city.
    tiers
        As :func:`tier_options` gives them.
    unseen
        Of ``categories`` and ``call_types`` those of which nothing is ever counted.

    Returns
    -------
    dict
        ``areas`` (kind to pairs of key and name), ``categories``, ``call_types``,
        ``first`` and ``last`` day, ``presets`` of days, ``tiers`` and ``unseen`` with
        what to say of it.

    Examples
    --------
    >>> from datetime import date
    >>> from coveragekit.dashboards.planner.terms import Terms
    >>> days = Terms(first_day=date(2025, 1, 1), last_day=date(2025, 12, 31))
    >>> [one["label"] for one in picker_terms(days)["presets"]]
    ['Last 28 days', 'Last year', 'All']
    """
    areas: dict[str, list[list[str]]] = {kind: [] for kind in terms.area_kinds}
    for one in terms.areas:
        areas[one.kind].append([one.key, one.name or one.key])
    for rows in areas.values():
        rows.sort(key=lambda pair: _natural(pair[1]))
    return {
        "areas": {kind: rows for kind, rows in areas.items() if rows},
        "categories": list(terms.categories),
        "call_types": list(terms.call_types),
        "first": terms.first_day.isoformat() if terms.first_day else None,
        "last": terms.last_day.isoformat() if terms.last_day else None,
        "presets": _presets(terms),
        "tiers": [dict(one) for one in tiers],
        "unseen": {part: list(words) for part, words in (unseen or {}).items()},
        "unseen_short": _UNSEEN_SHORT,
        "unseen_words": _UNSEEN_WORDS,
    }


def picker_state(
    filters: Filters, terms: Terms, counts: FilterCounts | None = None
) -> dict[str, Any]:
    """
    Give what is chosen and what it leaves, as the page takes it.

    Parameters
    ----------
    filters
        What is chosen.
    terms
        What there is in the city.
    counts
        What it leaves, or ``None`` while that is being counted.

    Returns
    -------
    dict
        The chosen ``area``, ``dates``, ``hours``, ``categories``, ``call_types`` and
        ``tier``; ``chips``; ``is_start``, whether nothing at all is chosen; and
        ``left``, ``counts``, ``empty`` and ``told``.
    """
    area = terms.area(filters.area[1]) if filters.area is not None else None
    ends = (filters.date_from, filters.date_to)
    hours = filters.hours
    state: dict[str, Any] = {
        "area": {"kind": area.kind, "key": area.key, "name": area.name or area.key}
        if area is not None
        else None,
        "dates": [day.isoformat() if day else None for day in ends],
        "hours": None if hours is None else "".join("01"[one] for one in hours),
        "categories": _listed(filters.categories),
        "call_types": _listed(filters.call_types),
        "tier": filters.tier,
        "tiers": " + ".join(counted_tiers(filters.tier)),
        "chips": [
            {"part": part, "words": words} for part, words in parts(filters, terms)
        ],
        "is_start": filters == type(filters)(),
        "left": [],
        "counts": {},
        "empty": "",
        "told": [],
    }
    if counts is None:
        return state
    found = {"incidents": counts.incidents, "calls": counts.calls}
    known = {noun: one for noun, one in found.items() if one is not None}
    return {
        **state,
        "left": [_left_words(noun, one, counts) for noun, one in known.items()],
        "counts": {
            part: [
                count_words(found.by_category.get(word, 0.0), counts.least)
                for word in words
            ]
            for part, words, found in (
                ("categories", terms.categories, counts.incidents),
                ("call_types", terms.call_types, counts.calls),
            )
            if found is not None
        },
        "empty": counts.empty,
        "told": list(counts.told),
    }


def count_words(count: float, least: int = 0) -> str:
    """
    Give a count in words, and a small one not at all.

    Parameters
    ----------
    count
        The count, 0 or more.
    least
        Counts below it, but for 0, are not told.

    Returns
    -------
    str
        Such as ``"1,240"`` or ``"<5"``.

    Examples
    --------
    >>> count_words(1240), count_words(3, 5), count_words(0, 5), count_words(2.5)
    ('1,240', '<5', '0', '2.5')
    """
    if 0.0 < count < least:
        return f"<{least}"
    return amount(count) if count % 1.0 else f"{count:,.0f}"


def _cameras_by_tier(store: Store) -> dict[str, int]:
    tiers = list(store.meta["tiers"])
    counts = np.bincount(store.cameras.access, minlength=len(tiers))
    return dict(zip(tiers, counts.tolist(), strict=True))


def _never_counted(store: Store) -> dict[str, list[str]]:
    """Give the kinds of events of which none is ever counted, such as fraud."""
    found = {}
    for part, name in _EVENTS_OF.items():
        events = getattr(store, name)
        if events is None:
            continue
        words = [str(one) for one in store.meta[name]["categories"]]
        counts = np.bincount(events.category[events.counted], minlength=len(words))
        found[part] = [words[at] for at in np.flatnonzero(counts == 0)]
    return found


def _left_words(noun: str, left: Left, counts: FilterCounts) -> dict[str, str]:
    is_all = left.left >= left.total
    whole = count_words(left.total, counts.least)
    some = count_words(left.left, counts.least)
    return {
        "noun": noun,
        "words": f"{whole} {noun}" if is_all else f"{some} of {whole} {noun}",
    }


def _listed(words: frozenset[str] | None) -> list[str] | None:
    return None if words is None else sorted(words)


def _natural(name: str) -> tuple[tuple[int, str], ...]:
    """Give a key by which Beat 2 comes before Beat 10."""
    runs: list[str] = []
    for letter in name.casefold():
        is_number = letter.isdecimal()
        if runs and runs[-1][-1].isdecimal() == is_number:
            runs[-1] += letter
        else:
            runs.append(letter)
    return tuple(
        (int(run) if run[0].isdecimal() else -1, "" if run[0].isdecimal() else run)
        for run in runs
    )


def _presets(terms: Terms) -> list[dict[str, Any]]:
    if terms.last_day is None or terms.first_day is None:
        return []
    last = terms.last_day
    made: list[dict[str, Any]] = [
        {
            "label": label,
            "dates": [(last - timedelta(days=days - 1)).isoformat(), last.isoformat()],
        }
        for label, days in (("Last 28 days", _MONTH_DAYS), ("Last year", _YEAR_DAYS))
    ]
    return [*made, {"label": "All", "dates": None}]
