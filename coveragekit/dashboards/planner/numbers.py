"""The headline numbers of a study in words, for what the reader has chosen."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

from coveragekit.dashboards.planner.choice import (
    ALL_COUNTED,
    COUNTED_TIER,
    LIGHTS,
    STATES,
    Choice,
    counted_tiers,
)
from coveragekit.maps.figures import (
    NO_INTERVAL,
    SHARE_TITLES,
    amount,
    figure_words,
    interval_words,
    percent,
    whole_words,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

__all__ = [
    "Headline",
    "announcement",
    "headline_states",
    "headlines",
    "other_table",
    "tier_tables",
]

_SHORT: Final = {
    "street_length": "Street",
    "incidents": "Incidents",
    "area": "Area",
    "calls": "Calls",
}
_NOMINAL_WORDS: Final = "Nominal: with every camera exactly as its source gives it."
_NAIVE_WORDS: Final = (
    "Naive: what a plain count of points in views would say, without asking whether "
    "the front of a geocoded building is seen."
)
_AT_THE_TIME_WORDS: Final = (
    "At the time: by the cameras that were active then, by day or night as it was."
)
_USUAL: Final = Choice()
# Whether a number has an interval depends on the choice, so it is said anew for each.
_SAID_OF_INTERVALS: Final = r";?\s*(?:no interval|median and [^;]*interval)[^;]*"


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
        The nominal and the naive figure, or nothing.
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
    at_the_time = share.get("at_the_time") if is_whole else None
    empty = "" if figure is None else "(no interval)"
    return Headline(
        key=key,
        title=SHARE_TITLES[key],
        value="not computed" if figure is None else percent(value),
        interval=interval_words(low, high) or empty,
        of=whole_words(key, share),
        beside=", ".join(f"{name} {percent(one)}" for name, one in beside.items()),
        also=f"at the time {figure_words(at_the_time)}" if at_the_time else "",
        basis=" ".join(
            [
                *_basis(key, share, choice),
                *([_NOMINAL_WORDS] if "nominal" in beside else []),
                *([_NAIVE_WORDS] if "naive" in beside else []),
                *([_AT_THE_TIME_WORDS] if at_the_time else []),
                *_interval_basis(
                    summary, choice, figure, has_interval=band is not None
                ),
            ]
        ),
        fill=f"{100.0 * (value or 0.0):.1f}%",
        band_from=band[0] if band else "",
        band_width=band[1] if band else "",
    )


def _band(low: float | None, high: float | None) -> tuple[str, str] | None:
    """Give where an interval starts on a bar, and how wide it is, in CSS."""
    if low is None or high is None:
        return None
    return f"{100.0 * low:.1f}%", f"{100.0 * (high - low):.1f}%"


def _beside(share: Mapping[str, Any]) -> dict[str, float]:
    """Give what stands beside a value: nominal where scenes moved it, and naive."""
    names = ("nominal", "naive") if share.get("low") is not None else ("naive",)
    return {name: share[name] for name in names if share.get(name) is not None}


def _basis(key: str, share: Mapping[str, Any], choice: Choice) -> list[str]:
    words = re.sub(_SAID_OF_INTERVALS, "", str(share["basis"])).rstrip(" .;")
    changes = (
        (ALL_COUNTED, " + ".join(counted_tiers(choice.tier))),
        (LIGHTS["day"], LIGHTS[choice.light]),
        (STATES["designed"], STATES[choice.state]),
    )
    for usual, chosen in changes:
        if chosen != usual:
            words = (
                words.replace(usual, chosen)
                if usual in words
                else f"{words}; here: {chosen}"
            )
    sentences = [f"{SHARE_TITLES[key]}: {words}."]
    expected = share.get("expected")
    if expected and choice == _USUAL:
        spread = amount(expected["standard_deviation"])
        sentences.append(
            f"Expected count {amount(expected['count'])}, standard deviation {spread}."
        )
    if key == "incidents":
        sentences.append(
            "Only offences and places that a street camera could see at all."
        )
    return sentences


def _interval_basis(
    summary: Mapping[str, Any],
    choice: Choice,
    figure: Mapping[str, Any] | None,
    *,
    has_interval: bool,
) -> list[str]:
    scenes = summary.get("scenes") or {}
    if figure is None:
        return [choice.missing(summary["shares"]) or "Not computed for this share."]
    if has_interval:
        words = (
            f"Median and, in brackets, {scenes.get('level', 0.9):.0%} interval in per "
            f"cent, of {scenes.get('count', 'many')} scenes drawn from the errors of "
            "the cameras."
        )
        return [words]
    if scenes and choice.tier != COUNTED_TIER:
        return [f"No interval here: scenes are of {ALL_COUNTED} together."]
    return [f"{NO_INTERVAL[0].upper()}{NO_INTERVAL[1:]}"]


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
        One table, or none where only the day as designed was computed.
    """
    shares = {
        key: summary["shares"][key]
        for key in SHARE_TITLES
        if summary["shares"].get(key) is not None
    }
    paths = {
        "By day, as designed": (),
        "By night": ("by_light", "night"),
        "Working now": ("working_now",),
        "At the time": ("at_the_time",),
        "Turning: as they stand": ("ptz", "now"),
        "Turning: presets": ("ptz", "preset"),
        "Turning: full reach": ("ptz", "reach"),
    }
    rows = []
    for label, path in paths.items():
        figures = [_follow(share, path) for share in shares.values()]
        if any(figures):
            cells = [figure_words(one) if one else "" for one in figures]
            rows.append([label, *cells])
    if len(rows) < 2:
        return []
    head = ["All counted tiers", *(_SHORT[key] for key in shares)]
    return [{"caption": "Light, state and time", "head": head, "rows": rows}]


def _follow(share: Mapping[str, Any], path: Iterable[str]) -> Mapping[str, Any] | None:
    found: Any = share
    for name in path:
        found = (found or {}).get(name)
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
