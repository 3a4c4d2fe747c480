"""What the what-if panel shows, as plain values and finished words."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

from coveragekit.dashboards.planner.ghosts import KIND_WORDS, bounds_of, ghost_title
from coveragekit.dashboards.planner.whatif_parts import Line
from coveragekit.dashboards.planner.whatif_words import in_steps, whole_steps
from coveragekit.maps.figures import amount, percent, quantity
from coveragekit.maps.tokens import ACCESS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from coveragekit.dashboards.planner.whatif_parts import GapStep, Step
    from coveragekit.study.change import Change
    from coveragekit.study.ghost import Ghost
    from coveragekit.study.scenarios import Listed
    from coveragekit.view import Store

__all__ = [
    "change_rows",
    "compare_rows",
    "form_state",
    "gap_rows",
    "line_rows",
    "scenario_rows",
    "spoken",
]

TITLES: Final = {
    "streets": "Street seen",
    "incidents": "Incidents seen",
    "ground": "Ground seen",
    "calls": "Calls seen",
}
UNITS: Final = {"streets": "m", "ground": "m2", "incidents": "", "calls": ""}
# Of each number of a camera: its label, its unit, where its slider begins and ends,
# and the step of both.
FIELDS: Final = (
    ("bearing_deg", "Bearing", "°", 0.0, 359.0, 1.0),
    ("tilt_deg", "Tilt below the horizon", "°", -10.0, 90.0, 1.0),
    ("hfov_deg", "Lens angle", "°", 5.0, 180.0, 1.0),
    ("mount_height_m", "Height", "m", 1.0, 20.0, 0.1),
    ("ir_range_m", "Night range by data sheet", "m", 0.0, 150.0, 1.0),
)
SIZES: Final = (
    (1280, 720, "1280 x 720 (720p)"),
    (1920, 1080, "1920 x 1080 (1080p)"),
    (2688, 1520, "2688 x 1520 (4 MP)"),
    (2592, 1944, "2592 x 1944 (5 MP)"),
    (3840, 2160, "3840 x 2160 (8 MP, 4K)"),
    (3000, 3000, "3000 x 3000 (fisheye)"),
    (4000, 3000, "4000 x 3000 (12 MP)"),
)
_MOST_GAPS: Final = 8
_SEEN_AT_ALL: Final = 5e-10
_ROUNDING: Final = 1e-6


def form_state(ghost: Ghost, words: Sequence[str], *, counts: bool) -> dict[str, Any]:
    """
    Give the form of one tried camera.

    Parameters
    ----------
    ghost
        The camera.
    words
        What happened to it when it was hung.
    counts
        Whether it counts under the filters.

    Returns
    -------
    dict
        Title, kinds, tiers, sizes and numbers with what is chosen of each.
    """
    assumed = set(ghost.assumed)
    size = (int(ghost.width_px), int(ghost.height_px))
    sizes = [*SIZES]
    if size not in {one[:2] for one in SIZES}:
        sizes.insert(0, (*size, f"{size[0]} x {size[1]}"))
    notes = [f"{one[0].upper()}{one[1:]}." for one in words]
    if not counts:
        notes.append("Not counted under the present filters.")
    return {
        "key": ghost.key,
        "title": ghost_title(ghost),
        "is_new": not ghost.of,
        "kind": ghost.kind,
        "kinds": [{"key": key, "label": label} for key, label in KIND_WORDS.items()],
        "access": ghost.access,
        "tiers": [{"key": key, "label": one.label} for key, one in ACCESS.items()],
        "size": f"{size[0]}x{size[1]}",
        "sizes": [{"key": f"{w}x{h}", "label": label} for w, h, label in sizes],
        "size_assumed": "width_px" in assumed,
        "fields": [_field(ghost, one, assumed) for one in FIELDS],
        "notes": notes,
        "assumed": _assumed_words(assumed),
    }


def _field(
    ghost: Ghost, about: tuple[str, str, str, float, float, float], assumed: set[str]
) -> dict[str, Any]:
    name, label, unit, low, high, step = about
    value = getattr(ghost, name)
    if name == "hfov_deg" and ghost.kind == "fisheye":
        high = 360.0
    return {
        "name": name,
        "label": label,
        "unit": unit,
        "value": None if value is None else round(float(value), 1),
        "low": low,
        "high": high,
        "step": step,
        "bounds": bounds_of(name),
        "may_lack": name == "bearing_deg",
        "assumed": name in assumed,
    }


def _assumed_words(assumed: set[str]) -> str:
    named = {name: label for name, label, *_ in FIELDS}
    named |= {"width_px": "Resolution"}
    said = [label.lower() for name, label in named.items() if name in assumed]
    return f"Assumed by its kind: {', '.join(said)}." if said else ""


def change_rows(change: Change, title_of: Callable[[str], str]) -> list[dict[str, str]]:
    """
    Give what is changed as a list.

    Parameters
    ----------
    change
        What is tried.
    title_of
        Gives what a camera of the study is called, by its id.

    Returns
    -------
    list of dict
        ``key``, ``title`` and ``what``: ``new``, ``changed`` or ``taken away``.
    """
    rows = [
        {
            "key": one.key,
            "title": ghost_title(one),
            "what": f"changed, {KIND_WORDS[one.kind].lower()}"
            if one.of
            else f"new, {KIND_WORDS[one.kind].lower()}",
        }
        for one in change.ghosts
    ]
    return rows + [
        {"key": name, "title": title_of(name), "what": "taken away"}
        for name in change.removed
    ]


def line_rows(lines: Iterable[Line], *, least: int) -> list[dict[str, Any]]:
    """
    Give the numbers before and after in words.

    Parameters
    ----------
    lines
        The numbers.
    least
        Smaller counts than this are not told; 0 or 1: all are.

    Returns
    -------
    list of dict
        ``name``, ``title``, ``before``, ``after``, ``difference`` and ``sign``.
    """
    return [_line(one, least) for one in lines]


def _line(line: Line, least: int) -> dict[str, Any]:
    sign = 0 if abs(line.gained) < _SEEN_AT_ALL else 1 if line.gained > 0.0 else -1
    said = {
        "name": line.name,
        "title": TITLES[line.name],
        "before": percent(line.before),
        "after": percent(line.after),
        "difference": "no change",
        "sign": sign,
        "of": _whole(line, least),
    }
    if line.before is None or line.after is None:
        return {**said, "difference": "", "sign": 0}
    unit = UNITS[line.name]
    few = not unit and least > 1
    if few and abs(line.gained) < least:
        # Even whether there is one would tell of single events, wherever it is tried.
        words = f"less than {least} either way"
        return {**said, "after": said["before"], "difference": words, "sign": 0}
    if sign:
        told = in_steps(line, least, counts=not unit)
        said["before"], said["after"] = _apart(line.before, told.after or 0.0)
        said["difference"] = _difference(told, unit)
    return said


def _whole(line: Line, least: int) -> str:
    unit = UNITS[line.name]
    words = {"incidents": " incidents", "calls": " calls"}
    if not unit and 0.0 < line.total < least:
        return f"of fewer than {least}{words.get(line.name, '')}"
    return f"of {quantity(line.total, unit)}{words.get(line.name, '')}"


def _apart(before: float, after: float) -> tuple[str, str]:
    """Give two shares as finely as it takes to tell them apart."""
    shown = percent(before), percent(after)
    for digits in (1, 2, 3, 4):
        if shown[0] != shown[1]:
            break
        shown = f"{100.0 * before:.{digits}f} %", f"{100.0 * after:.{digits}f} %"
    return shown


def _difference(line: Line, unit: str) -> str:
    size, sign = abs(line.gained), "+" if line.gained > 0.0 else "\N{MINUS SIGN}"
    points = 100.0 * size / line.total if line.total > 0.0 else 0.0
    amount = _amount(size, unit)
    if points < 0.05:
        return f"{sign}{amount}"
    return f"{sign}{points:.1f} points, {sign}{amount}"


def _amount(size: float, unit: str) -> str:
    if unit == "m" and size >= 10_000.0:
        return f"{size / 1000.0:,.1f} km"
    digits = 1 if size < 9.95 else 0
    shown = f"{size:,.{digits}f}" if size >= 0.05 else "under 0.1"
    return f"{shown} {'m²' if unit == 'm2' else unit}".rstrip()


def gap_rows(
    step: Step, store: Store, *, least: int, per_year: Callable[[str], float]
) -> list[dict[str, Any]]:
    """
    Give the gaps that shrink or grow in words, the most changed first.

    Parameters
    ----------
    step
        What the change does.
    store
        The study's view store.
    least
        Smaller counts than this are not told; 0 or 1: all are.
    per_year
        Gives what one event counts a year, by ``incidents`` or ``calls``.

    Returns
    -------
    list of dict
        ``row``, ``name`` and ``parts``: sentences such as ``incidents a year 12 → 9``.
    """
    rows = []
    for one in step.gaps[:_MOST_GAPS]:
        parts = [
            _gap_part(label, getattr(one, name), one_counts=counted, least=least)
            for name, label, counted in (
                ("incidents", "incidents a year", per_year("incidents")),
                ("calls", "calls a year", per_year("calls")),
                ("street_m", "m of street unseen", 0.0),
            )
        ]
        known = [part for part in parts if part]
        if known:
            rows.append({"row": one.row, "name": _gap_name(one, store), "parts": known})
    return rows


def _gap_name(one: GapStep, store: Store) -> str:
    if one.row < 0:
        return "Newly unseen, outside the gaps"
    return store.gaps.name[one.row]


def _gap_part(
    label: str, pair: tuple[float, float], *, one_counts: float, least: int
) -> str:
    before, after = pair
    if abs(after - before) < 0.005:
        return ""
    below = 0.0
    if least > 1 and one_counts > 0.0:
        below = least * one_counts * (1.0 - _ROUNDING)
        steps = whole_steps((after - before) / one_counts, least) * one_counts
        if not steps:
            return ""
        after = max(before + math.copysign(steps, after - before), 0.0)
    shown = [f"{one:,.0f}" if one >= 99.5 else f"{one:.1f}" for one in (before, after)]
    if shown[0] == shown[1]:
        shown = [f"{one:,.2f}" for one in (before, after)]
    few = f"<{amount(least * one_counts)}"
    shown = [
        few if _ROUNDING < one < below else text
        for one, text in zip((before, after), shown, strict=True)
    ]
    return f"{label} {shown[0]} → {shown[1]}"


def scenario_rows(
    listed: Iterable[Listed], *, opened: str | None, build_id: str
) -> list[dict[str, Any]]:
    """
    Give the saved scenarios.

    Parameters
    ----------
    listed
        The scenarios.
    opened
        Key of the one that is open.
    build_id
        The build in force.

    Returns
    -------
    list of dict
        ``key``, ``name``, ``note``, ``when`` (ISO), ``user``, ``count``, ``told``,
        ``fault`` and ``is_open``.
    """
    rows: list[dict[str, Any]] = []
    for one in listed:
        kept = one.scenario
        if kept is None:
            rows.append({"key": one.key, "name": one.key, "fault": one.fault})
            continue
        count = len(kept.change)
        rows.append(
            {
                "key": one.key,
                "name": kept.name,
                "note": kept.note,
                "when": kept.made_at.date().isoformat(),
                "user": kept.user,
                "count": f"{count} camera{'' if count == 1 else 's'} changed",
                "told": kept.told(build_id),
                "fault": "",
                "is_open": one.key == opened,
            }
        )
    return rows


def spoken(rows: Sequence[dict[str, Any]]) -> str:
    """
    Give the numbers as one sentence for a screen reader.

    Parameters
    ----------
    rows
        Of :func:`line_rows`.

    Returns
    -------
    str
        Such as ``Street seen 38 % before, 39 % after.``

    Examples
    --------
    >>> spoken([{"title": "Street seen", "before": "38 %", "after": "39 %", "sign": 1}])
    'Street seen 38 % before, 39 % after.'
    """
    said = [
        f"{one['title']} {one['before']} before, {one['after']} after."
        for one in rows
        if one["sign"]
    ]
    few = any(one.get("difference", "").endswith("either way") for one in rows)
    return " ".join(said) or f"No number changes{' by much' if few else ''}."


def compare_rows(
    left: Sequence[Line], right: Sequence[Line], *, least: int
) -> list[dict[str, Any]]:
    """
    Give the numbers of two changes side by side.

    Parameters
    ----------
    left, right
        What each does to today's numbers.
    least
        Smaller counts than this are not told; 0 or 1: all are.

    Returns
    -------
    list of dict
        As :func:`line_rows` gives them: ``before`` is of the left one, ``after`` of the
        right one, ``difference`` what the right one sees more.
    """
    between = [
        Line(
            name=one.name,
            before=in_steps(one, least, counts=not UNITS[one.name]).after,
            after=other.after,
            gained=other.gained - one.gained,
            total=one.total,
        )
        for one, other in zip(left, right, strict=True)
    ]
    return line_rows(between, least=least)
