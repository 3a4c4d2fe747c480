"""Whether the cameras are where the harm is, and which of them matter most."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from coveragekit.maps.figures import amount, percent
from coveragekit.maps.popups import plain

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["warning_lines", "worth_state"]

_CAMERAS_LISTED: Final = 10


def worth_state(summary: Mapping[str, Any]) -> dict[str, Any]:
    """
    Give what the panel about the worth of the cameras says.

    Parameters
    ----------
    summary
        The study's ``summary.json``.

    Returns
    -------
    dict
        ``sentence`` and ``tables`` on concentration, ``cameras`` with the most
        important ones and ``cameras_note``; empty where the study does not have them.

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
        "tables": _tables(found),
        "cameras": [_camera(one) for one in facts.get("most_important") or ()][
            :_CAMERAS_LISTED
        ],
        "cameras_note": note,
    }


def warning_lines(summary: Mapping[str, Any]) -> list[str]:
    """
    Give what a reader of the numbers has to be warned of.

    Parameters
    ----------
    summary
        The study's ``summary.json``.

    Returns
    -------
    list of str
        Plain sentences.

    Examples
    --------
    >>> warning_lines({"warnings": ["12 % of incidents share coordinates."]})
    ['12 % of incidents share coordinates.']
    """
    return [plain(one) for one in summary.get("warnings") or () if plain(one)]


def _sentence(overall: Mapping[str, Any] | None) -> str:
    if not overall:
        return ""
    if overall.get("value") is None:
        reason = plain(overall.get("reason"))
        return f"Whether the cameras are where the harm is cannot be said: {reason}."
    interval = f" ({words})" if (words := _range(overall)) else ""
    return (
        f"Incidents are seen {overall['value']:.1f} times{interval} as often as street "
        f"length: {plain(overall.get('verdict'))}."
    )


def _range(figure: Mapping[str, Any]) -> str:
    if figure.get("low") is None or figure.get("high") is None:
        return ""
    return f"{figure['low']:.1f}-{figure['high']:.1f}"


def _tables(found: Mapping[str, Any]) -> list[dict[str, Any]]:
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
            "caption": f"How often seen, against street length, by {head.lower()}",
            "head": [head, "Count", "Times", "5-95 %", "Verdict"],
            "rows": [_row(one) for one in rows],
        }
        for head, rows in named
        if rows
    ]


def _row(one: Mapping[str, Any]) -> list[str]:
    value = one.get("value")
    return [
        plain(one.get("group")),
        f"{one.get('incidents') or 0:,.0f}",
        "" if value is None else f"{value:.1f}",
        _range(one),
        plain(one.get("reason") if value is None else one.get("verdict")),
    ]


def _camera(one: Mapping[str, Any]) -> dict[str, Any]:
    loss = one.get("loss") or {}
    costs = [
        words
        for words in (
            _cost(loss, "street", name="street_m", unit=" m of street"),
            _cost(loss, "incidents", name="incidents", unit=" incidents a year"),
        )
        if words
    ]
    return {
        "key": plain(one.get("camera_id")),
        "name": plain(one.get("name")) or plain(one.get("camera_id")),
        "cost": ", ".join(costs) or "nothing that another camera does not see",
    }


def _cost(loss: Mapping[str, Any], what: str, *, name: str, unit: str) -> str:
    lost = loss.get(name)
    if not lost:
        return ""
    share = loss.get(f"{what}_share")
    words = f"{amount(lost)}{unit}"
    return f"{words} ({percent(share)})" if share else words
