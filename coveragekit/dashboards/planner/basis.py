"""What each figure of the page rests on, in words."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from coveragekit.dashboards.planner.choice import (
    ALL_COUNTED,
    COUNTED_TIER,
    LIGHTS,
    STATES,
    counted_tiers,
)
from coveragekit.maps.figures import NO_INTERVAL, SHARE_TITLES
from coveragekit.maps.popups import plain

if TYPE_CHECKING:
    from collections.abc import Mapping

    from coveragekit.dashboards.planner.choice import Choice

__all__ = [
    "AS_GIVEN",
    "BUILT_WITH",
    "WANTED_LEVEL",
    "figure_sentence",
    "interval_sentence",
    "is_as_given",
    "part_sentence",
    "share_sentence",
    "unknown_words",
]

BUILT_WITH: Final = (
    "Counted when the study was built, with cameras that have left since."
)
AS_GIVEN: Final = (
    "As given: with every camera exactly as its source gives it, while the headline is "
    "the median of scenes."
)
"""What "as given" means beside headlines of scenes."""

WANTED_LEVEL: Final = 0.9
"""The level of an interval, where there are scenes enough for it."""

# Whether a number has an interval depends on the choice, so it is said anew for each.
_SAID_OF_INTERVALS: Final = (
    r"(?:[;,]?\s*as given,)?[;,]?\s*(?:no interval|median and [^;,]*interval)[^;,]*"
)
_USUAL_WORDS: Final = f"{LIGHTS['day']}, {STATES['designed']}"


def share_sentence(
    key: str,
    share: Mapping[str, Any],
    choice: Choice,
    *,
    figure: Mapping[str, Any] | None,
) -> str:
    """
    Give what a share rests on for what the reader has chosen.

    Parameters
    ----------
    key
        Name of the share in the summary.
    share
        Its entry there.
    choice
        Tiers, light and state.
    figure
        The figure that is shown; its own ``basis`` goes before that of the share.

    Returns
    -------
    str
        A sentence that says nothing of intervals.

    Examples
    --------
    >>> from coveragekit.dashboards.planner.choice import Choice
    >>> share = {"basis": "monitor, by day, as designed; no interval"}
    >>> night = {"value": 0.1, "basis": "by night, as designed: as far as its lamp"}
    >>> share_sentence("area", share, Choice(light="night"), figure=night)
    'Ground seen: by night, as designed: as far as its lamp; monitor.'
    """
    words = _bare(share["basis"])
    tiers = " + ".join(counted_tiers(choice.tier))
    if choice.tier != COUNTED_TIER:
        words = _changed(words, ALL_COUNTED, tiers)
    own = _bare(figure.get("basis")) if figure is not None and figure != share else ""
    if own and not choice.is_usual:
        rest = re.sub(rf",?\s*{_USUAL_WORDS}", "", words).strip(" ,;")
        return f"{SHARE_TITLES[key]}: {own}; {rest}."
    if choice.light != "day":
        words = _changed(words, LIGHTS["day"], LIGHTS[choice.light])
    if choice.state != "designed":
        words = _changed(words, STATES["designed"], STATES[choice.state])
    return f"{SHARE_TITLES[key]}: {words}."


def figure_sentence(title: str, figure: Mapping[str, Any], *, default: str = "") -> str:
    """
    Give what a figure beside the headlines rests on.

    Parameters
    ----------
    title
        What the figure is called.
    figure
        The figure, with a ``basis`` of its own where the study wrote one.
    default
        What to say where it did not.

    Returns
    -------
    str
        A sentence; empty where nothing is known.

    Examples
    --------
    >>> figure_sentence("At the time", {"basis": "by the cameras then; no interval"})
    'At the time: by the cameras then.'
    """
    words = _bare(figure.get("basis")) or default
    if words.startswith(title.lower()):
        return f"{words[0].upper()}{words[1:]}."
    return f"{title}: {words}." if words else ""


def part_sentence(summary: Mapping[str, Any], part: str, *, title: str) -> str:
    """
    Give what a part of the page rests on that no share is told by.

    Parameters
    ----------
    summary
        The study's ``summary.json``.
    part
        A key of its ``bases``.
    title
        What the part is called.

    Returns
    -------
    str
        A sentence; empty where the study says nothing.

    Examples
    --------
    >>> part_sentence({"bases": {"gaps": "as seen; as given, no interval"}}, "gaps",
    ...               title="Gaps")
    'Gaps: as seen; as given, no interval.'
    """
    words = plain((summary.get("bases") or {}).get(part)).rstrip(" .;")
    return f"{title}: {words}." if words else ""


def is_as_given(summary: Mapping[str, Any], figure: Mapping[str, Any]) -> bool:
    """
    Whether a figure is as given, beside headlines that are medians of scenes.

    Parameters
    ----------
    summary
        The study's ``summary.json``.
    figure
        A figure in it.

    Returns
    -------
    bool
        Also where the figure says nothing of an interval.

    Examples
    --------
    >>> is_as_given({"scenes": {"count": 64}}, {"value": 0.3, "low": None})
    True
    """
    return bool(summary.get("scenes")) and figure.get("low") is None


def interval_sentence(
    summary: Mapping[str, Any], choice: Choice, figure: Mapping[str, Any] | None
) -> str:
    """
    Give what the interval of a figure is, or why it has none.

    Parameters
    ----------
    summary
        The study's ``summary.json``.
    choice
        Tiers, light and state.
    figure
        The figure shown; ``None`` where nobody computed it.

    Returns
    -------
    str
        A sentence.

    Examples
    --------
    >>> from coveragekit.dashboards.planner.choice import Choice
    >>> summary = {"scenes": {"count": 64, "level": 0.9}, "shares": {}}
    >>> interval_sentence(summary, Choice(), {"value": 0.0, "low": 0.0, "high": 0.0})
    'Each of 64 scenes drawn from the errors of the cameras gives the same.'
    """
    if figure is None:
        return choice.missing(summary["shares"]) or "Not computed for this share."
    scenes = summary.get("scenes") or {}
    low, high = figure.get("low"), figure.get("high")
    drawn = f"{scenes.get('count', 'many')} scenes drawn from the errors of the cameras"
    if low is not None and high is not None:
        if low == high:
            return f"Each of {drawn} gives the same."
        level = scenes.get("level", 0.9)
        return f"Median and, in brackets, {level:.0%} interval in per cent, of {drawn}."
    if scenes and choice.tier != COUNTED_TIER:
        return f"No interval here: scenes are of {ALL_COUNTED} together."
    return f"{NO_INTERVAL[0].upper()}{NO_INTERVAL[1:]}"


def unknown_words(
    summary: Mapping[str, Any], figure: Mapping[str, Any] | None, choice: Choice
) -> tuple[str, ...]:
    """
    Give what the camera list does not say, where a figure comes from that alone.

    Parameters
    ----------
    summary
        The study's ``summary.json``.
    figure
        The figure shown, or ``None``.
    choice
        Light and state that it is of.

    Returns
    -------
    tuple of str
        Of lamps by night and of states for working now; empty where some are known.

    Examples
    --------
    >>> from coveragekit.dashboards.planner.choice import Choice
    >>> summary = {"cameras": {"counted": 8, "blind_at_night": 8}}
    >>> unknown_words(summary, {"value": 0.0}, Choice(light="night"))
    ('no lamp is known',)
    """
    facts = summary.get("cameras") or {}
    counted = facts.get("counted")
    if figure is None or not counted:
        return ()
    found = []
    is_dark = choice.light == "night" and not figure.get("value")
    if is_dark and facts.get("blind_at_night") == counted:
        found.append("no lamp is known")
    states = facts.get("by_status") or {}
    if choice.state == "now" and states.get("unknown") == counted:
        found.append("state unknown for all")
    return tuple(found)


def _bare(basis: object) -> str:
    return re.sub(_SAID_OF_INTERVALS, "", plain(basis)).strip(" .;,")


def _changed(words: str, usual: str, chosen: str) -> str:
    if usual in words:
        return words.replace(usual, chosen)
    return f"{words}; here: {chosen}"
