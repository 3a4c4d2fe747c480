"""Words about one camera or gap as HTML in which no name can be anything but text."""

from __future__ import annotations

import math
from html import escape
from typing import TYPE_CHECKING, Any

from coveragekit.maps.symbols import symbol_svg
from coveragekit.maps.tokens import ACCESS

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["camera_popup", "gap_popup", "plain"]

_MOUNTS = {
    "facade": "on a wall",
    "corner": "on a corner",
    "inside": "inside a building: it sees its room only",
}


def plain(value: object) -> str:
    """
    Give a cell of a table as text, empty where it is missing.

    Parameters
    ----------
    value
        Any scalar, ``None`` and not-a-number included.

    Returns
    -------
    str
        The text, not escaped.

    Examples
    --------
    >>> plain("Wylie St"), plain(float("nan")), plain(None)
    ('Wylie St', '', '')
    """
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    text = str(value)
    return "" if text in {"<NA>", "NaT", "nan"} else text


def camera_popup(camera: Mapping[Any, Any]) -> str:
    """
    Give what is known of a camera, and what was assumed, as HTML.

    Parameters
    ----------
    camera
        One row of ``cameras.parquet``.

    Returns
    -------
    str
        HTML; every text of the row is escaped.

    Examples
    --------
    >>> "&lt;b&gt;" in camera_popup({"name": "<b>", "camera_id": "1"})
    True
    """
    tier = plain(camera.get("access"))
    working = plain(camera.get("works_now"))
    offline = plain(camera.get("status")) == "offline"
    unknown = not plain(camera.get("bearing_deg"))
    name = plain(camera.get("name")) or plain(camera.get("camera_id")) or "Camera"
    mark = symbol_svg(tier, offline=offline, unknown=unknown)
    facts = [
        ("Tier", ACCESS[tier].label if tier in ACCESS else tier or "unknown"),
        ("Kind", plain(camera.get("kind"))),
        ("State", plain(camera.get("status"))),
        ("Works now", {"True": "yes", "False": "not known to"}.get(working, "")),
        ("Looks to", _bearing(camera)),
        ("Useful range", _number(camera.get("effective_range_m"), " m")),
        ("By night", _night(camera.get("range_night_m"))),
        ("Mounted", _MOUNTS.get(plain(camera.get("mount")), "")),
        ("Moved by", _moved(camera.get("mount_shift_m"))),
        ("Seen by it alone", _alone(camera)),
        ("Assumed", _assumed(camera.get("assumed"))),
    ]
    return f'<div class="ck-popup"><h3>{mark}{escape(name)}</h3>{_facts(facts)}</div>'


def gap_popup(gap: Mapping[Any, Any]) -> str:
    """
    Give what is known of a gap as HTML.

    Parameters
    ----------
    gap
        One row of ``gaps.parquet``.

    Returns
    -------
    str
        HTML; every text of the row is escaped.

    Examples
    --------
    >>> "61 a year" in gap_popup({"name": "Wylie St", "incidents_per_year": 61.0})
    True
    """
    name = plain(gap.get("name")) or "Gap"
    nearest = plain(gap.get("nearest_camera_id"))
    away = _number(gap.get("nearest_camera_m"), " m")
    facts = [
        ("Rank", plain(gap.get("rank"))),
        ("Incidents", _incidents(gap)),
        ("Calls", _number(gap.get("calls_per_year"), " a year")),
        ("Street", _number(gap.get("street_m"), " m")),
        ("Area", _number(gap.get("area_m2"), " m²")),
        ("Nearest camera", f"{nearest}, {away}" if nearest and away else nearest),
    ]
    return f'<div class="ck-popup"><h3>{escape(name)}</h3>{_facts(facts)}</div>'


def _facts(facts: list[tuple[str, str]]) -> str:
    rows = "".join(
        f"<dt>{escape(label)}</dt><dd>{escape(text)}</dd>"
        for label, text in facts
        if text
    )
    return f"<dl>{rows}</dl>"


def _number(value: object, unit: str) -> str:
    text = plain(value)
    if not text:
        return ""
    number = float(text)
    return f"{number:,.0f}{unit}" if number >= 10 else f"{number:.1f}{unit}"


def _night(range_m: object) -> str:
    text = plain(range_m)
    if text and not float(text) > 0.0:
        return "sees nothing: no infrared lamp is known"
    return _number(range_m, " m")


def _incidents(gap: Mapping[Any, Any]) -> str:
    words = _number(gap.get("incidents_per_year"), " a year")
    low, high = gap.get("incidents_low"), gap.get("incidents_high")
    if not (words and plain(low) and plain(high)):
        return words
    return f"{words} ({_number(low, '')}-{_number(high, '')})"


def _alone(camera: Mapping[Any, Any]) -> str:
    """Give what nobody would see if this camera failed."""
    parts = (
        _number(camera.get("loss_street_m"), " m of street"),
        _number(camera.get("loss_incidents_per_year"), " incidents a year"),
    )
    return ", ".join(part for part in parts if part)


def _bearing(camera: Mapping[Any, Any]) -> str:
    text = plain(camera.get("bearing_deg"))
    return f"{float(text):.0f}°, clockwise from north" if text else "unknown"


def _moved(value: object) -> str:
    text = plain(value)
    return _number(value, " m, out of the wall") if text and float(text) > 0.0 else ""


def _assumed(value: object) -> str:
    if value is None or isinstance(value, float):
        return ""
    parts = value.split(";") if isinstance(value, str) else list(value)  # type: ignore[call-overload]
    return ", ".join(str(part) for part in parts)
