"""What the header, the gap table and the place panel say; no widgets here."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from coveragekit.dashboards.planner.choice import (
    ALL_COUNTED,
    LIGHTS,
    Choice,
    counted_tiers,
)
from coveragekit.maps.figures import amount, percent
from coveragekit.maps.popups import plain
from coveragekit.maps.symbols import symbol_svg

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

__all__ = [
    "choice_note",
    "counted_rows",
    "gap_rows",
    "gaps_note",
    "header_state",
    "jumps",
    "place_state",
    "sees",
    "user_words",
]

_REASONS_SHOWN: Final = 14
_IDLE: Final = frozenset({"offline", "not recording"})
_USUAL: Final = Choice()
_MAP_STAYS: Final = "Coverage and gaps on the map stay by day, as designed."
_ABOUT: Final = (
    "Each share is the part of a whole that at least one counted camera sees well "
    "enough for the purpose in force, past the buildings. A camera of unknown "
    "direction counts by the chance that it looks there. In brackets is how far the "
    "number may be off, given what is not known of the cameras and of the places. The "
    "(i) beside a number opens its basis."
)


def header_state(
    summary: Mapping[str, Any], *, time_zone: str, user: str, role: str
) -> dict[str, Any]:
    """
    Give what the header of the page says.

    Parameters
    ----------
    summary
        The study's ``summary.json``.
    time_zone
        IANA name of the study's zone, in which its date is shown.
    user
        Name of the user.
    role
        Role of the user.

    Returns
    -------
    dict
        ``study``, ``simulated``, ``facts``, ``user`` and ``about``.
    """
    as_of = datetime.fromisoformat(summary["as_of"]).astimezone(ZoneInfo(time_zone))
    purpose = f"{summary['purpose']} ({summary['edition']})"
    density = summary.get("density_px_per_m")
    per_metre = f"{density:g} pixels per metre, " if density else ""
    facts = [
        {
            "text": f"data {as_of:%Y-%m-%d}",
            "title": f"Cameras as of {as_of:%Y-%m-%d %H:%M} {time_zone}",
        },
        {
            "text": purpose,
            "title": f"Seen means: {per_metre}IEC 62676-4 edition {summary['edition']}",
        },
    ]
    return {
        "study": str(summary["study"]),
        "simulated": bool(summary["simulated"]),
        "facts": facts,
        "user": user_words(user, role),
        "about": _ABOUT,
    }


def user_words(user: str, role: str) -> str:
    """
    Give how the header names the user.

    Parameters
    ----------
    user
        Name of the user.
    role
        Role of the user.

    Returns
    -------
    str
        Both, or the role alone.

    Examples
    --------
    >>> user_words("Kim", "planner")
    'Kim, planner'
    """
    return f"{user}, {role}" if user else role


def gap_rows(gaps: Iterable[Mapping[Any, Any]]) -> list[dict[str, Any]]:
    """
    Give the rows of the gap table.

    Parameters
    ----------
    gaps
        Rows of ``gaps.parquet``, the most demanded first.

    Returns
    -------
    list of dict
        ``key``, ``rank``, ``name``, texts of ``incidents``, its ``range``, ``calls``
        and ``street``, and ``values`` to sort by.
    """
    rows = []
    for gap in gaps:
        values = {
            "incidents": _or_zero(gap["incidents_per_year"]),
            "calls": _or_zero(gap["calls_per_year"]),
            "street": _or_zero(gap["street_m"]),
        }
        rows.append(
            {
                "key": str(gap["gap_id"]),
                "rank": str(gap["rank"]),
                "name": plain(gap["name"]) or f"Gap {gap['rank']}",
                **{name: amount(value) for name, value in values.items()},
                "range": _gap_range(gap),
                "values": values,
            }
        )
    return rows


def _gap_range(gap: Mapping[Any, Any]) -> str:
    low, high = (plain(gap.get(f"incidents_{end}")) for end in ("low", "high"))
    if not (low and high) or float(low) == float(high):
        return ""
    return f"{amount(float(low))}-{amount(float(high))}"


def _or_zero(value: object) -> float:
    text = plain(value)
    return float(text) if text else 0.0


def jumps(hours: Mapping[str, Any], worth: Mapping[str, Any]) -> list[dict[str, str]]:
    """
    Give the links from the numbers to what stands below them.

    Parameters
    ----------
    hours, worth
        States of those panels.

    Returns
    -------
    list of dict
        ``part`` and ``label`` of each panel that has something to say.

    Examples
    --------
    >>> jumps({"series": []}, {"sentence": "", "cameras": []})
    []
    """
    found = (
        ("ck-hours", "By hour of the week", hours["series"]),
        ("ck-worth", "Where the harm is", worth["sentence"]),
        ("ck-worth", "Most important cameras", worth["cameras"]),
    )
    made = [{"part": part, "label": label} for part, label, has in found if has]
    is_twice = len({one["part"] for one in made}) < len(made)
    return [one for one in made if not (is_twice and "Most" in one["label"])]


def choice_note(summary: Mapping[str, Any], choice: Choice) -> str:
    """
    Give what has to be said beside the numbers of a choice.

    Parameters
    ----------
    summary
        The study's ``summary.json``.
    choice
        Tiers, light and state that the numbers are of.

    Returns
    -------
    str
        What the map still shows where light or state are not the usual ones, and that
        nothing was computed where that is so; else empty.
    """
    if choice.is_usual:
        return choice.missing(summary["shares"])
    sentences = (choice.missing(summary["shares"]), _MAP_STAYS)
    return " ".join(one for one in sentences if one)


def gaps_note(choice: Choice) -> str:
    """
    Give what has to be said beside the gaps when other cameras are counted.

    Parameters
    ----------
    choice
        Tiers, light and state that the numbers are of.

    Returns
    -------
    str
        Empty where the gaps are those of the chosen cameras.

    Examples
    --------
    >>> gaps_note(Choice())
    ''
    """
    if choice == Choice():
        return ""
    return f"Gaps are the places that no {ALL_COUNTED} camera sees by day, as designed."


def place_state(
    rows: Sequence[Mapping[Any, Any]],
    *,
    lon: float,
    lat: float,
    choice: Choice = _USUAL,
) -> dict[str, Any]:
    """
    Give which cameras see a place, and why the others do not.

    Parameters
    ----------
    rows
        Rows of ``Study.explain``, those that see the place first.
    lon, lat
        The place, degrees.
    choice
        Of the chosen tier; cameras of those after it are left out, and that is said.

    Returns
    -------
    dict
        State of the place panel: ``title``, ``words``, ``rows`` and ``more``.
    """
    counted = counted_rows(rows, choice.tier)
    seeing = [row for row in counted if sees(row)]
    others = [row for row in counted if not sees(row)]
    shown = [*seeing, *others[: max(3, _REASONS_SHOWN - len(seeing))]]
    certain = sum(1 for row in seeing if _or_zero(row.get("probability", 1.0)) >= 1.0)
    perhaps = len(seeing) - certain
    title = f"Seen by {certain} camera{'' if certain == 1 else 's'}"
    if perhaps:
        title += f", perhaps by {perhaps} more"
    if not seeing:
        title = "No camera sees this place"
    idle = sum(1 for row in others if _would_see(row))
    if idle:
        title += f"; {idle} more would if {'it' if idle == 1 else 'they'} worked"
    hidden, left_out = len(counted) - len(shown), len(rows) - len(counted)
    more = [f"{hidden:,} more cameras do not see it."] if hidden else []
    if left_out:
        more.append(f"{left_out:,} of tiers that are not counted now are left out.")
    return {
        "status": "done",
        "title": title,
        "words": f"{LIGHTS[choice.light].capitalize()}, at {lat:.5f}, {lon:.5f}",
        "rows": [_reason(row) for row in shown],
        "more": " ".join(more),
    }


def counted_rows(
    rows: Iterable[Mapping[Any, Any]], tier: str
) -> list[Mapping[Any, Any]]:
    """
    Give the rows of ``Study.explain`` whose cameras are counted.

    Parameters
    ----------
    rows
        The rows.
    tier
        The chosen tier.

    Returns
    -------
    list of mapping
        In the same order.
    """
    tiers = counted_tiers(tier)
    return [row for row in rows if row["access"] in tiers]


def sees(row: Mapping[Any, Any]) -> bool:
    """
    Whether a row of ``Study.explain`` is of a camera that sees the place.

    Parameters
    ----------
    row
        The row.

    Returns
    -------
    bool
        Also where it only may see it, its direction being unknown.

    Examples
    --------
    >>> sees({"verdict": "sees"}), sees({"verdict": "blocked"})
    (True, False)
    """
    return str(row["verdict"]).startswith("sees")


def _would_see(row: Mapping[Any, Any]) -> bool:
    """Whether only its state keeps a camera from seeing the place."""
    return row.get("would_see") is True and row["verdict"] in _IDLE


def _reason(row: Mapping[Any, Any]) -> dict[str, Any]:
    chance = _or_zero(row.get("probability", 1.0))
    if _would_see(row):
        verdict = "would see it"
    elif not sees(row):
        verdict = "no"
    elif chance >= 1.0:
        verdict = "sees it"
    else:
        verdict = f"perhaps ({percent(chance)})"
    return {
        "sees": sees(row),
        "key": plain(row.get("camera_id")),
        "svg": symbol_svg(
            plain(row.get("access")),
            offline=row["verdict"] == "offline",
            unknown=chance < 1.0,
        ),
        "name": plain(row.get("name")) or plain(row.get("camera_id")),
        "reason": plain(row.get("reason")),
        "verdict": verdict,
    }
