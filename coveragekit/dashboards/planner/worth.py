"""Whether the cameras are where the harm is, and which of them matter most."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from coveragekit.dashboards.planner.answer_words import few_words
from coveragekit.dashboards.planner.basis import (
    AS_GIVEN,
    BUILT_WITH,
    WANTED_LEVEL,
    part_sentence,
)
from coveragekit.dashboards.planner.chart_states import shown_counts
from coveragekit.maps.figures import amount, percent
from coveragekit.maps.popups import plain

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from coveragekit.dashboards.planner.figures import Rate

__all__ = ["warning_lines", "worth_state"]

_CAMERAS_LISTED: Final = 10
_NO_COST: Final = "nothing that another camera does not see"


def worth_state(
    summary: Mapping[str, Any],
    *,
    least: int = 0,
    alone: Callable[[str], Rate] | None = None,
    left: Collection[str] = (),
) -> dict[str, Any]:
    """
    Give what the panel about the worth of the cameras says.

    Parameters
    ----------
    summary
        The study's ``summary.json``.
    least
        Counts below it, but for 0, are not told.
    alone
        Gives, for the key of a camera, the incidents a year that nobody would see
        without it, as far as they may be told; where ``least`` is more than 1 and there
        is none, no incidents of a camera are told.
    left
        Keys of cameras that have left since the build, and are not listed.

    Returns
    -------
    dict
        ``sentence``, its ``basis`` and ``tables`` on concentration, ``cameras`` with
        the most important ones, ``cameras_note`` and ``cameras_basis``; empty where
        the study does not have them.

    Examples
    --------
    >>> worth_state({})["sentence"], worth_state({})["cameras"]
    ('', [])
    """
    found = summary.get("concentration") or {}
    facts = summary.get("cameras") or {}
    effective = facts.get("effective")
    counted = facts.get("counted")
    note = ""
    if effective and counted:
        note = (
            f"{counted:,} cameras see as much ground as {effective:,.1f} that overlap "
            "nowhere."
        )
    return {
        "sentence": _sentence(found.get("overall")),
        "basis": _basis(summary, found.get("overall"), left),
        "tables": _tables(found, least),
        "cameras": [
            _camera(one, least=least, alone=alone)
            for one in (facts.get("most_important") or ())[:_CAMERAS_LISTED]
            if str(one.get("camera_id")) not in left
        ],
        "cameras_note": note,
        "cameras_basis": _cameras_basis(summary, left),
    }


def warning_lines(summary: Mapping[str, Any], *, least: int = 1) -> list[str]:
    """
    Give what a reader of the numbers has to be warned of.

    Parameters
    ----------
    summary
        The study's ``summary.json``.
    least
        Fewest events that may be told of; above 1 no place of events is told either.

    Returns
    -------
    list of str
        Plain sentences.

    Examples
    --------
    >>> warning_lines({"warnings": ["12 % of incidents share coordinates."]})
    ['12 % of incidents share coordinates.']
    >>> warning_lines({"scenes": {"count": 4, "level": 0.6}})
    ['4 scenes are too few for an interval of 90 %; in brackets is one of 60 %.']
    """
    said = [plain(one) for one in summary.get("warnings") or () if plain(one)]
    scenes = summary.get("scenes") or {}
    if scenes.get("level", WANTED_LEVEL) < WANTED_LEVEL:
        said.append(
            f"{scenes['count']} scenes are too few for an interval of "
            f"{100 * WANTED_LEVEL:.0f} %; in brackets is one of "
            f"{100 * scenes['level']:.0f} %."
        )
    if least > 1:
        said = [re.sub(r" \(the most used: [^)]*\)", "", one) for one in said]
    return said


def _sentence(overall: Mapping[str, Any] | None) -> str:
    if not overall:
        return ""
    if overall.get("value") is None:
        reason = plain(overall.get("reason"))
        return f"Whether the cameras are where the harm is cannot be said: {reason}."
    chance = _range(overall, "chance_low", "chance_high")
    by_chance = (
        f"; cameras placed without regard to harm would come to {chance}"
        if chance
        else ""
    )
    return (
        f"Incidents are seen {_times(overall)} as often as street length{by_chance}: "
        f"{plain(overall.get('verdict'))}."
    )


def _times(figure: Mapping[str, Any], unit: str = " times") -> str:
    interval = _range(figure, "low", "high")
    return f"{figure['value']:.2f}{unit}{f' ({interval})' if interval else ''}"


def _range(figure: Mapping[str, Any], low: str, high: str) -> str:
    ends = figure.get(low), figure.get(high)
    if None in ends or ends[0] == ends[1]:
        return ""
    return f"{ends[0]:.2f}-{ends[1]:.2f}"


def _basis(
    summary: Mapping[str, Any],
    overall: Mapping[str, Any] | None,
    left: Collection[str],
) -> str:
    if not overall:
        return ""
    sentences = [part_sentence(summary, "concentration", title="Concentration")]
    if overall.get("at_street") is not None:
        sentences.append(
            "Chance is judged with each incident at the nearest place of the street: "
            f"{overall['at_street']:.2f} times there."
        )
    sentences.append(AS_GIVEN if summary.get("scenes") else "")
    sentences.append(BUILT_WITH if left else "")
    return " ".join(one for one in sentences if one)


def _cameras_basis(summary: Mapping[str, Any], left: Collection[str]) -> str:
    facts = summary.get("cameras") or {}
    sentences = []
    if facts.get("most_important"):
        sentences.append(part_sentence(summary, "cameras", title="Outages"))
    if facts.get("effective"):
        title = "Cameras that overlap nowhere"
        sentences.append(part_sentence(summary, "effective", title=title))
    if facts.get("most_important") and summary.get("scenes"):
        sentences.append(AS_GIVEN)
    sentences.append(BUILT_WITH if left and sentences else "")
    return " ".join(one for one in sentences if one)


def _tables(found: Mapping[str, Any], least: int) -> list[dict[str, Any]]:
    overall, everything = found.get("overall"), found.get("overall_all")
    whole = [
        {**row, "group": name}
        for name, row in (("Street-visible", overall), ("All offences", everything))
        if row
    ]
    named = (
        ("Category", [*whole, *(found.get("by_category") or ())]),
        ("Hour", found.get("by_hour") or ()),
    )
    return [
        {
            "caption": f"How often seen, against street and chance, by {head.lower()}",
            "head": [head, "Count", "Times (5-95 %)", "Chance", "Verdict"],
            "rows": _rows(rows, least),
        }
        for head, rows in named
        if rows
    ]


def _rows(rows: Sequence[Mapping[str, Any]], least: int) -> list[list[str]]:
    counts = np.array([one.get("incidents") or 0.0 for one in rows], np.float64)
    return [
        _row(one, least=0 if is_told else least)
        for one, is_told in zip(rows, shown_counts(counts, least), strict=True)
    ]


def _row(one: Mapping[str, Any], *, least: int) -> list[str]:
    """Give a row; one without a figure ends in the reason, which takes the room."""
    name = plain(one.get("group"))
    if least:
        return [name, "too few", few_words(least)]
    start = [name, f"{one.get('incidents') or 0:,.0f}"]
    if one.get("value") is None:
        return [*start, plain(one.get("reason"))]
    return [
        *start,
        _times(one, unit=""),
        _range(one, "chance_low", "chance_high"),
        plain(one.get("verdict")).removesuffix(" than chance"),
    ]


def _camera(
    one: Mapping[str, Any], *, least: int, alone: Callable[[str], Rate] | None
) -> dict[str, Any]:
    loss = one.get("loss") or {}
    key = plain(one.get("camera_id"))
    street = _cost(loss, "street", name="street_m", unit=" m of street")
    if least <= 1:
        unit = " incidents a year"
        incidents = _cost(loss, "incidents", name="incidents", unit=unit)
    else:
        incidents = "" if alone is None else _told_cost(alone(key))
    costs = [words for words in (street, incidents) if words]
    # Without dates there is no rate, and what is not told is not nothing.
    is_unknown = bool(loss.get("incidents_share"))
    return {
        "key": key,
        "name": plain(one.get("name")) or key,
        "cost": ", ".join(costs) or ("" if is_unknown else _NO_COST),
    }


def _told_cost(rate: Rate) -> str:
    if rate.value is None:
        return f"less than {amount(rate.below)} incidents a year"
    return f"{amount(rate.value)} incidents a year" if rate.value > 0.0 else ""


def _cost(loss: Mapping[str, Any], what: str, *, name: str, unit: str) -> str:
    lost = loss.get(name)
    if not lost:
        return ""
    share = loss.get(f"{what}_share")
    words = f"{amount(lost)}{unit}"
    return f"{words} ({percent(share)})" if share else words
