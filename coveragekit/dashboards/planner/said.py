"""What the parts of the page say, from the view store and the filters in force."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from coveragekit.dashboards.planner.basis import WANTED_LEVEL
from coveragekit.dashboards.planner.choice import LIGHTS, STATES, tier_options
from coveragekit.dashboards.planner.page_state import LAYERS
from coveragekit.maps.figures import amount

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from coveragekit.dashboards.planner.figures import GapRow
    from coveragekit.dashboards.planner.filters import Filters
    from coveragekit.dashboards.planner.terms import Terms
    from coveragekit.maps.tiles import Entry
    from coveragekit.view import Store

__all__ = [
    "TABLES_WITH",
    "choices",
    "gap_rows",
    "gap_title",
    "gaps_count",
    "layer_notes",
    "layer_rows",
    "left_words",
    "range_title",
    "tiers",
    "tool_hint",
]

_HINTS: Final = {
    "band": "Seen means sharp enough for this purpose, in pixels per metre",
    "light": "By night a camera sees as far as its own infrared lamp lets it",
    "state": "Working now: online, or heard of within the day before the study's date",
}
_FEW: Final = "too few"
_TOOL_HINTS: Final = {
    "whatif": "Click the map to try a camera there, or a camera to change it",
    "compare": "Choose two scenarios on the right; drag the line over the map",
}
TABLES_WITH: Final = (
    "Cameras have left since the study was built: the headline numbers are without "
    "them, the tables with them."
)
_OUT_OF: Final = (
    "They are left out of the map, the lists, the explanations, the numbers and charts "
    "that are counted here, and of every file. Still counted with them, until somebody "
    "runs coveragekit registry study and coveragekit build: intervals of scenes, the "
    "other figures and the tables by tier, the outlines of the gaps, when and where it "
    "is seen, and what single cameras are worth."
)
_REFUSED: Final = "Until it is known, no file with cameras is written."


def choices(
    filters: Filters, terms: Terms, meta: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """
    Give the selectors of purpose, light and state as the header takes them.

    Parameters
    ----------
    filters
        What is chosen now.
    terms
        The bands that there are.
    meta
        Of the view store: what the bands mean.

    Returns
    -------
    list of dict
        ``key``, ``label``, ``hint``, ``value`` and ``options`` of each.

    Examples
    --------
    >>> from coveragekit.dashboards.planner.filters import Filters
    >>> from coveragekit.dashboards.planner.terms import Terms
    >>> terms = Terms(bands=("monitor", "observe"), band=1)
    >>> meta = {"edition": "2014", "bands": []}
    >>> [one["value"] for one in choices(Filters(light="night"), terms, meta)]
    ['observe', 'night', 'designed']
    """
    band = terms.band if filters.band is None else filters.band
    named_bands = {one: f"{one} ({meta['edition']})" for one in terms.bands}
    densities = ", ".join(
        f"{one['name']} {one['density_px_per_m']:g}" for one in meta["bands"]
    )
    hints = {**_HINTS, "band": f"{_HINTS['band']}: {densities} ({meta['edition']})"}
    named = (
        ("band", "Purpose", terms.bands[band], named_bands),
        ("light", "Light", filters.light, LIGHTS),
        ("state", "Cameras taken as", filters.state, STATES),
    )
    return [
        {
            "key": key,
            "label": label,
            "hint": hints[key],
            "value": value,
            "options": [{"key": one, "label": words} for one, words in options.items()],
        }
        for key, label, value, options in named
    ]


def tiers(store: Store) -> list[dict[str, str]]:
    """
    Give the consent tiers as the tables name them.

    Parameters
    ----------
    store
        The city.

    Returns
    -------
    list of dict
        ``key``, ``label`` and ``hint`` of each; planned only where there are any.
    """
    counted = store.cameras.access[store.cameras.active]
    names = store.meta["tiers"]
    return tier_options(
        {name: int((counted == number).sum()) for number, name in enumerate(names)}
    )


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


def gap_rows(gaps: Iterable[GapRow]) -> list[dict[str, Any]]:
    """
    Give the rows of the gap table.

    Parameters
    ----------
    gaps
        The gaps in the order to list them.

    Returns
    -------
    list of dict
        ``key`` (its row in the store), ``rank``, ``name``, texts of ``incidents`` (the
        median of scenes where there are any), its ``range``, ``calls`` and ``street``,
        and ``values`` to sort by, ``None`` of a rate that is not told.
    """
    listed = []
    for gap in gaps:
        incidents = gap.incidents_median
        if incidents is None:
            incidents = gap.incidents_per_year
        values = {
            "incidents": incidents,
            "calls": gap.calls_per_year,
            "street": gap.street_m,
        }
        listed.append(
            {
                "key": str(gap.row),
                "rank": str(gap.rank),
                "name": gap.name or f"Gap {gap.gap_id}",
                "incidents": _rate(incidents),
                "calls": _rate(gap.calls_per_year),
                "street": amount(gap.street_m),
                "range": _range(gap.incidents_low, gap.incidents_high),
                "values": values,
            }
        )
    return listed


def range_title(summary: Mapping[str, Any]) -> str:
    """
    Give what the interval of a gap is.

    Parameters
    ----------
    summary
        The study's ``summary.json``.

    Returns
    -------
    str
        Such as ``"90 % interval of 64 scenes"``; empty where none were drawn.

    Examples
    --------
    >>> range_title({"scenes": {"count": 64, "level": 0.9}})
    '90 % interval of 64 scenes'
    >>> range_title({"scenes": {"count": 4, "level": 0.6}})
    '60 % interval of 4 scenes, which are too few for one of 90 %'
    """
    scenes = summary.get("scenes") or {}
    if not scenes:
        return ""
    level = float(scenes.get("level", WANTED_LEVEL))
    said = f"{100 * level:.0f} % interval of {scenes['count']} scenes"
    if level < WANTED_LEVEL:
        said += f", which are too few for one of {100 * WANTED_LEVEL:.0f} %"
    return said


def gap_title(row: Mapping[str, Any]) -> str:
    """
    Give which gap is explained.

    Parameters
    ----------
    row
        Its row of the table.

    Returns
    -------
    str
        Its rank, name and size.

    Examples
    --------
    >>> gap_title({"rank": "3", "name": "Wylie", "incidents": "61", "street": "140"})
    'Gap 3: Wylie; 61 incidents a year, 140 m of street'
    >>> few = {"rank": "4", "name": "Elm", "incidents": "too few", "street": "9"}
    >>> gap_title(few)
    'Gap 4: Elm; too few incidents to tell, 9 m of street'
    """
    often = "incidents to tell" if row["incidents"] == _FEW else "incidents a year"
    return (
        f"Gap {row['rank']}: {row['name']}; {row['incidents']} {often}, "
        f"{row['street']} m of street"
    )


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


def left_words(left: int, unknown: str) -> dict[str, str]:
    """
    Say across the page that cameras have left, or that it is not known.

    Parameters
    ----------
    left
        How many have left.
    unknown
        Why it is not known now, in words; empty where it is.

    Returns
    -------
    dict
        ``words``, and ``more`` for those who ask; both empty where nothing has to be
        said.

    Examples
    --------
    >>> left_words(2, "")["words"]
    '2 cameras have left since this study was built.'
    >>> left_words(0, "")
    {'words': '', 'more': ''}
    """
    words, more = [], []
    if left:
        are = "camera has" if left == 1 else "cameras have"
        words.append(f"{left:,} {are} left since this study was built.")
        more.append(_OUT_OF)
    if unknown:
        again = " more" if left else ""
        words.append(f"Whether{again} owners have left since is not known now.")
        more.append(f"{unknown[:1].upper()}{unknown[1:]}. {_REFUSED}")
    return {"words": " ".join(words), "more": " ".join(more)}


def _rate(value: float | None) -> str:
    return _FEW if value is None else amount(value)


def _range(low: float | None, high: float | None) -> str:
    if low is None or high is None or low == high:
        return ""
    return f"{amount(low)}-{amount(high)}"
