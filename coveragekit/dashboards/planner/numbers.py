"""The headline numbers of a study in words, for what the reader has chosen."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

from coveragekit.dashboards.planner.basis import (
    AS_GIVEN,
    figure_sentence,
    interval_sentence,
    is_as_given,
    share_sentence,
    unknown_words,
)
from coveragekit.dashboards.planner.choice import COUNTED_TIER, Choice
from coveragekit.errors import StudyError
from coveragekit.maps.figures import (
    SHARE_TITLES,
    amount,
    figure_words,
    interval_words,
    percent,
    whole_words,
)
from coveragekit.maps.popups import plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from coveragekit.view import Store

__all__ = [
    "NAIVE_WORDS",
    "NOMINAL_WORDS",
    "Headline",
    "announcement",
    "headline_states",
    "headlines",
    "other_table",
    "read_summary",
    "tier_tables",
]

_SHORT: Final = {
    "street_length": "Street",
    "incidents": "Incidents",
    "area": "Area",
    "calls": "Calls",
}
NOMINAL_WORDS: Final = "Nominal: with every camera exactly as its source gives it."
NAIVE_WORDS: Final = (
    "Naive: what a plain count of points in views would say, without asking whether "
    "the front of a geocoded building is seen."
)
_AT_THE_TIME_WORDS: Final = (
    "by the cameras that were active then, by day or night as it was"
)
_USUAL: Final = Choice()
_TURNING: Final = {
    "now": "Turning: as they stand",
    "preset": "Turning: presets",
    "reach": "Turning: full reach",
}
_NOMINAL: Final = ("nominal",)
_PATHS: Final[dict[str, tuple[str, ...]]] = {
    "By day, as designed": (),
    "By day, nominal": _NOMINAL,
    "By night": ("by_light", "night"),
    "Working now": ("working_now",),
    "By night, working now": ("working_by_night",),
    "At the time": ("at_the_time",),
    **{label: ("ptz", mode) for mode, label in _TURNING.items()},
}
_WITHOUT_SCENES: Final = {("at_the_time",), ("ptz",)}
_ROW_CHOICES: Final = {
    "By night": Choice(light="night"),
    "Working now": Choice(state="now"),
    "By night, working now": Choice(light="night", state="now"),
}


def read_summary(store: Store) -> dict[str, Any]:
    """
    Read the summary that belongs to a view store.

    Parameters
    ----------
    store
        The store.

    Returns
    -------
    dict
        The ``summary.json`` of the same results.

    Raises
    ------
    StudyError
        It is missing or cannot be read.
    """
    path = store.folder / "summary.json"
    try:
        found = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        message = f"{path} cannot be read; build the study again: coveragekit build"
        raise StudyError(message) from error
    return dict(found)


@dataclass(frozen=True, slots=True)
class Headline:
    """
    One headline number, ready to be read.

    Parameters
    ----------
    key
        Name of the share in the summary.
    title
        What it is.
    value
        The share, such as ``"38 %"``.
    interval
        Its interval, or that there is none.
    of
        What it is a share of.
    beside
        The nominal and the naive figure, or what the figure owes to what is not known.
    also
        The figure by the cameras of that time, or nothing.
    basis
        What it rests on.
    fill
        CSS width of its bar, 0 to 100 %.
    band_from, band_width
        CSS place and width of its interval on the bar, or nothing.
    """

    key: str
    title: str
    value: str
    interval: str
    of: str
    beside: str
    also: str
    basis: str
    fill: str
    band_from: str
    band_width: str


def headlines(summary: Mapping[str, Any], choice: Choice = _USUAL) -> list[Headline]:
    """
    Give the headline numbers for what the reader has chosen.

    Parameters
    ----------
    summary
        The study's ``summary.json``, of this version or of the one before it.
    choice
        Tiers, light and state.

    Returns
    -------
    list of Headline
        Street, incidents, area and calls, as far as the study has them; a choice that
        was not computed says so instead of a value.
    """
    shares = summary["shares"]
    return [
        _headline(key, shares[key], choice, summary=summary)
        for key in SHARE_TITLES
        if shares.get(key) is not None
    ]


def _headline(
    key: str, share: Mapping[str, Any], choice: Choice, *, summary: Mapping[str, Any]
) -> Headline:
    figure = choice.of(share)
    value = figure["value"] if figure else None
    low, high = (figure.get("low"), figure.get("high")) if figure else (None, None)
    band = _band(low, high)
    is_whole = choice.tier == COUNTED_TIER
    beside = _beside(share) if is_whole and choice.is_usual else {}
    named = [f"{name} {percent(one)}" for name, one in beside.items()]
    at_the_time = share.get("at_the_time") if is_whole else None
    empty = "(no interval)" if figure is not None and low is None else ""
    return Headline(
        key=key,
        title=SHARE_TITLES[key],
        value="not computed" if figure is None else percent(value),
        interval=interval_words(low, high) or empty,
        of=whole_words(key, share),
        beside=", ".join([*named, *unknown_words(summary, figure, choice)]),
        also=_also(at_the_time, summary) if at_the_time else "",
        basis=" ".join(
            [
                share_sentence(key, share, choice, figure=figure),
                *_counted(key, share, choice, summary=summary),
                *([NOMINAL_WORDS] if "nominal" in beside else []),
                *([NAIVE_WORDS] if "naive" in beside else []),
                *(_then(at_the_time, summary) if at_the_time else []),
                interval_sentence(summary, choice, figure),
            ]
        ),
        fill=f"{100.0 * (value or 0.0):.1f}%",
        band_from=band[0] if band else "",
        band_width=band[1] if band else "",
    )


def _band(low: float | None, high: float | None) -> tuple[str, str] | None:
    """Give where an interval starts on a bar, and how wide it is, in CSS."""
    if low is None or high is None or low == high:
        return None
    return f"{100.0 * low:.1f}%", f"{100.0 * (high - low):.1f}%"


def _beside(share: Mapping[str, Any]) -> dict[str, float]:
    """Give what stands beside a value: nominal where scenes moved it, and naive."""
    names = ("nominal", "naive") if share.get("low") is not None else ("naive",)
    return {name: share[name] for name in names if share.get(name) is not None}


def _also(figure: Mapping[str, Any], summary: Mapping[str, Any]) -> str:
    """Give the figure by the cameras of that time."""
    return f"at the time {figure_words(figure)}{_as_given(summary, figure)}"


def _then(figure: Mapping[str, Any], summary: Mapping[str, Any]) -> list[str]:
    """Say what the figure by the cameras of that time rests on."""
    said = figure_sentence("At the time", figure, default=_AT_THE_TIME_WORDS)
    return [said, *([AS_GIVEN] if is_as_given(summary, figure) else [])]


def _counted(
    key: str, share: Mapping[str, Any], choice: Choice, *, summary: Mapping[str, Any]
) -> list[str]:
    """Say how many are expected to be seen, and which of them count at all."""
    sentences = []
    expected = share.get("expected")
    if expected and choice == _USUAL:
        spread = amount(expected["standard_deviation"])
        as_given = ", as given" if summary.get("scenes") else ""
        more = plain(expected.get("basis"))
        sentences.append(
            f"Expected count {amount(expected['count'])}{as_given}, standard deviation "
            f"{spread}{f' ({more})' if more else ''}."
        )
    if key == "incidents":
        sentences.append(
            "Only offences and places that a street camera could see at all."
        )
    return sentences


def announcement(shown: Iterable[Headline], choice: Choice) -> str:
    """
    Give one sentence that tells a screen reader of changed numbers.

    Parameters
    ----------
    shown
        The headlines now on the page.
    choice
        What they are of.

    Returns
    -------
    str
        The sentence.
    """
    numbers = ", ".join(f"{one.title} {one.value}" for one in shown)
    return f"Counting {choice.words}: {numbers}."


def tier_tables(
    summary: Mapping[str, Any], options: Sequence[Mapping[str, str]]
) -> list[dict[str, Any]]:
    """
    Give the numbers by tier, added up and alone, as two tables.

    Parameters
    ----------
    summary
        The study's ``summary.json``.
    options
        As :func:`tier_options` gives them.

    Returns
    -------
    list of dict
        ``caption``, ``head`` and ``rows`` of each.
    """
    keys = [key for key in SHARE_TITLES if summary["shares"].get(key) is not None]
    head = ["Tier", *(_SHORT[key] for key in keys)]

    def rows(part: str) -> list[list[str]]:
        return [
            [
                option["label"] if part == "nested" else option["key"].capitalize(),
                *(
                    percent(summary["shares"][key]["by_access"][option["key"]][part])
                    for key in keys
                ),
            ]
            for option in options
        ]

    return [
        {"caption": "Tiers added up", "head": head, "rows": rows("nested")},
        {"caption": "Each tier alone", "head": head, "rows": rows("alone")},
    ]


def other_table(summary: Mapping[str, Any]) -> list[dict[str, Any]]:
    """
    Give what was computed of light, outages, times and turning cameras, as a table.

    Parameters
    ----------
    summary
        The study's ``summary.json``.

    Returns
    -------
    list of dict
        One table with ``notes`` on what its rows rest on, or none where only the day
        as designed was computed.
    """
    shares = {
        key: summary["shares"][key]
        for key in SHARE_TITLES
        if summary["shares"].get(key) is not None
    }
    rows, notes = [], []
    for label, path in _PATHS.items():
        if path == _NOMINAL and not summary.get("scenes"):
            continue
        figures = [_follow(share, path) for share in shares.values()]
        found = [one for one in figures if one]
        if not found:
            continue
        cells = [figure_words(one) if one else "" for one in figures]
        rows.append([_row_label(label, path, found, summary=summary), *cells])
        notes.append(figure_sentence(label, found[0]) if path else "")
    if len(rows) < 2:
        return []
    if any(row[0].endswith("as given") for row in rows):
        notes.append(AS_GIVEN)
    return [
        {
            "caption": "Light, state and time",
            "head": ["All counted tiers", *(_SHORT[key] for key in shares)],
            "rows": rows,
            "notes": [one for one in notes if one],
        }
    ]


def _row_label(
    label: str,
    path: tuple[str, ...],
    figures: Sequence[Mapping[str, Any]],
    *,
    summary: Mapping[str, Any],
) -> str:
    """Say beside what a row is called if it is as given, and what it owes to what."""
    if path[:1] in _WITHOUT_SCENES:
        return f"{label}{_as_given(summary, *figures)}"
    choice = _ROW_CHOICES.get(label, _USUAL)
    nothing = {"value": max(one["value"] for one in figures)}
    unknown = unknown_words(summary, nothing, choice)
    return f"{label} ({', '.join(unknown)})" if unknown else label


def _as_given(summary: Mapping[str, Any], *figures: Mapping[str, Any]) -> str:
    return ", as given" if all(is_as_given(summary, one) for one in figures) else ""


def _follow(share: Mapping[str, Any], path: Iterable[str]) -> Mapping[str, Any] | None:
    found: Any = share
    for name in path:
        found = (found or {}).get(name)
    if path == _NOMINAL:
        found = {"value": found}
    return found if found and found.get("value") is not None else None


def headline_states(shown: Iterable[Headline]) -> list[dict[str, str]]:
    """
    Give headlines as the page takes them.

    Parameters
    ----------
    shown
        The headlines.

    Returns
    -------
    list of dict
        One a headline, its fields as texts.
    """
    return [asdict(one) for one in shown]
