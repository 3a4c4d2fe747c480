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

_ASSUMED = {
    "kind": "kind",
    "access": "tier",
    "status": "state",
    "bearing_deg": "direction",
    "tilt_deg": "tilt",
    "hfov_deg": "width of view",
    "vfov_deg": "height of view",
    "width_px": "picture width",
    "height_px": "picture height",
    "focal_length_mm": "focal length",
    "sensor_width_mm": "sensor width",
    "mount_height_m": "mounting height",
    "range_m": "range",
    "ir_range_m": "infrared lamp",
    "position_error_m": "error of position",
    "bearing_error_deg": "error of direction",
    "hfov_error_deg": "error of width of view",
    "height_error_m": "error of mounting height",
    "range_error_m": "error of range",
}
_CLOCKWISE = ", clockwise from north"
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
        _reach(camera),
        ("By night", _night(camera.get("range_night_m"))),
        ("Mounted", _MOUNTS.get(plain(camera.get("mount")), "")),
        ("Moved by", _moved(camera.get("mount_shift_m"))),
        ("Seen by it alone", _alone(camera)),
        ("Assumed", _assumed(camera)),
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
        ("Incidents", _demand(gap, "incidents")),
        ("Calls", _demand(gap, "calls")),
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


def _reach(camera: Mapping[Any, Any]) -> tuple[str, str]:
    """Give how far it sees: a ceiling fisheye farther than on its middle line."""
    reach = _number(camera.get("reach_m"), " m")
    if reach:
        return "Sees as far as", reach
    return "Useful range", _number(camera.get("effective_range_m"), " m")


def _demand(gap: Mapping[Any, Any], what: str) -> str:
    """Give what is not seen there in a year, and where scenes put it."""
    words = _number(gap.get(f"{what}_per_year"), " a year")
    low, median, high = (
        _number(gap.get(f"{what}_{name}"), "") for name in ("low", "median", "high")
    )
    if not (words and low and high) or gap[f"{what}_low"] == gap[f"{what}_high"]:
        return words
    if not median:
        return f"{words} ({low}-{high})"
    return f"{words}, as given; over the scenes {median} ({low}-{high})"


def _alone(camera: Mapping[Any, Any]) -> str:
    """Give what nobody would see if this camera failed."""
    parts = (
        _number(camera.get("loss_street_m"), " m of street"),
        _number(camera.get("loss_incidents_per_year"), " incidents a year"),
    )
    return ", ".join(part for part in parts if part)


def _bearing(camera: Mapping[Any, Any]) -> str:
    text = plain(camera.get("bearing_deg"))
    if not text:
        return "unknown"
    is_assumed = "bearing_deg" in _assumed_columns(camera)
    return f"{float(text):.0f}°{' (assumed)' if is_assumed else _CLOCKWISE}"


def _moved(value: object) -> str:
    text = plain(value)
    return _number(value, " m, out of the wall") if text and float(text) > 0.0 else ""


def _assumed(camera: Mapping[Any, Any]) -> str:
    return ", ".join(_ASSUMED.get(one, one) for one in _assumed_columns(camera))


def _assumed_columns(camera: Mapping[Any, Any]) -> list[str]:
    cell = camera.get("assumed")
    if cell is None or isinstance(cell, float):
        return []
    parts = cell.split(";") if isinstance(cell, str) else list(cell)
    return [str(part) for part in parts]
