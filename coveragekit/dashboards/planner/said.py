"""What the parts of the page say, from the view store and the filters in force."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

from coveragekit.dashboards.planner.basis import part_sentence
from coveragekit.dashboards.planner.choice import LIGHTS, STATES
from coveragekit.dashboards.planner.page_state import LAYERS
from coveragekit.maps.figures import amount

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from coveragekit.dashboards.planner.filters import Filters
    from coveragekit.dashboards.planner.terms import Terms
    from coveragekit.maps.tiles import Entry
    from coveragekit.view import Store

__all__ = [
    "EMPTY",
    "choices",
    "gap_rows",
    "gaps_basis",
    "gaps_count",
    "layer_notes",
    "layer_rows",
    "tool_hint",
]

EMPTY: Final = (
    "Nothing is left by these filters: no street, incident or call lies in what they "
    "name."
)
_HINTS: Final = {
    "band": "Seen means: sharp enough for this purpose",
    "light": "By night a camera sees as far as its own infrared lamp lets it",
    "state": "Working now: online, or heard of within the day before the study's date",
}
_TOOL_HINTS: Final = {
    "draw": "Click the corners of an area; a double click or Enter closes it, Esc ends",
    "whatif": "Click the map to try a camera there, or a camera to change it",
    "compare": "Choose two scenarios on the right; drag the line over the map",
}
_GAPS_LISTED: Final = 200


def choices(filters: Filters, terms: Terms) -> list[dict[str, Any]]:
    """
    Give the selectors of purpose, light and state as the header takes them.

    Parameters
    ----------
    filters
        What is chosen now.
    terms
        The bands that there are.

    Returns
    -------
    list of dict
        ``key``, ``label``, ``hint``, ``value`` and ``options`` of each.

    Examples
    --------
    >>> from coveragekit.dashboards.planner.filters import Filters
    >>> from coveragekit.dashboards.planner.terms import Terms
    >>> terms = Terms(bands=("monitor", "observe"), band=1)
    >>> [one["value"] for one in choices(Filters(light="night"), terms)]
    ['observe', 'night', 'designed']
    """
    band = terms.band if filters.band is None else filters.band
    named = (
        ("band", "Purpose", terms.bands[band], {one: one for one in terms.bands}),
        ("light", "Light", filters.light, LIGHTS),
        ("state", "Cameras taken as", filters.state, STATES),
    )
    return [
        {
            "key": key,
            "label": label,
            "hint": _HINTS[key],
            "value": value,
            "options": [{"key": one, "label": words} for one, words in options.items()],
        }
        for key, label, value, options in named
    ]


def tool_hint(mode: str) -> str:
    """
    Give what to do in a mode of the map.

    Parameters
    ----------
    mode
        One of ``page_state.MODES``.

    Returns
    -------
    str
        A sentence; empty where nothing has to be said.

    Examples
    --------
    >>> tool_hint("explain")
    ''
    """
    return _TOOL_HINTS.get(mode, "")


def layer_rows(
    layers: Mapping[str, tuple[bool, float]],
    legends: Mapping[str, Sequence[Entry]],
    *,
    without: Iterable[str] = (),
) -> list[dict[str, Any]]:
    """
    Give the rows of the list of layers, the topmost first.

    Parameters
    ----------
    layers
        Key to ``(shown, opacity)``.
    legends
        Key to what its colours mean.
    without
        Layers that this study does not have.

    Returns
    -------
    list of dict
        ``key``, ``title``, ``shown``, ``opacity`` and ``legend`` of each.
    """
    missing = set(without)
    return [
        {
            "key": key,
            "title": LAYERS[key].title,
            "shown": shown,
            "opacity": opacity,
            "legend": [
                {"text": one.text, "svg": one.svg()} for one in legends.get(key, ())
            ],
        }
        for key, (shown, opacity) in reversed(list(layers.items()))
        if key not in missing
    ]


def layer_notes(meta: Mapping[str, Any]) -> list[str]:
    """
    Give what a reader has to know of the data on the map.

    Parameters
    ----------
    meta
        Of the view store.

    Returns
    -------
    list of str
        Plain sentences: what is simulated, and under which licence whose data are used.

    Examples
    --------
    >>> layer_notes({"simulated": True, "sources": ["OpenStreetMap: ODbL"]})
    ['Some of these data are simulated.', 'OpenStreetMap: ODbL']
    """
    notes = ["Some of these data are simulated."] if meta.get("simulated") else []
    return [*notes, *(str(one) for one in meta.get("sources") or ())]


def gap_rows(
    store: Store,
    rows: Sequence[int],
    demand: Mapping[str, Sequence[float]] | None = None,
) -> list[dict[str, Any]]:
    """
    Give the rows of the gap table.

    Parameters
    ----------
    store
        The city.
    rows
        Gaps in the order to list them, rows of the store; not more than a couple of
        hundred are listed.
    demand
        ``incidents``, ``calls`` and ``street`` of every gap of the store under the
        filters in force; ``None`` for those of the build.

    Returns
    -------
    list of dict
        ``key`` (the row), ``rank``, ``name``, texts of ``incidents``, its ``range``,
        ``calls`` and ``street``, and ``values`` to sort by.
    """
    gaps = store.gaps
    built = {
        "incidents": gaps.incidents_per_year,
        "calls": gaps.calls_per_year,
        "street": gaps.street_m,
    }
    columns = built if demand is None else demand
    listed = []
    for place, row in enumerate(rows[:_GAPS_LISTED], start=1):
        values = {name: _number(column[row]) for name, column in columns.items()}
        listed.append(
            {
                "key": str(row),
                "rank": str(place),
                "name": gaps.name[row] or f"Gap {int(gaps.rank[row])}",
                **{name: amount(value) for name, value in values.items()},
                "range": _range(store, row) if demand is None else "",
                "values": values,
            }
        )
    return listed


def gaps_count(shown: int, total: int) -> str:
    """
    Give how many gaps are listed, and of how many.

    Parameters
    ----------
    shown, total
        Numbers of gaps.

    Returns
    -------
    str
        Such as ``"200 of 1,204"``.

    Examples
    --------
    >>> gaps_count(5, 5), gaps_count(200, 1204)
    ('5', '200 of 1,204')
    """
    return f"{total:,}" if total == shown else f"{shown:,} of {total:,}"


def gaps_basis(summary: Mapping[str, Any], *, filtered: bool) -> str:
    """
    Give what the table of gaps rests on.

    Parameters
    ----------
    summary
        The study's ``summary.json``.
    filtered
        Whether what is missed is that of filters.

    Returns
    -------
    str
        A sentence or two.
    """
    basis = part_sentence(summary, "gaps", title="Gaps")
    more = "Places are those of the build; what is missed there is of the filters."
    return f"{basis} {more}".strip() if filtered else basis


def _number(value: float) -> float:
    number = float(value)
    return number if math.isfinite(number) else 0.0


def _range(store: Store, row: int) -> str:
    low = float(store.gaps.incidents_low[row])
    high = float(store.gaps.incidents_high[row])
    if not (math.isfinite(low) and math.isfinite(high)) or low == high:
        return ""
    return f"{amount(low)}-{amount(high)}"
