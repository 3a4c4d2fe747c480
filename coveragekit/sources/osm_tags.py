"""Read the values of OpenStreetMap tags: heights, speeds, one-way, addresses, dates."""

from __future__ import annotations

import re
import tomllib
from datetime import UTC, date, datetime
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "classes",
    "is_underground",
    "parse_address",
    "parse_date",
    "parse_length_m",
    "parse_number",
    "parse_speed_km_h",
    "states_no_number",
]

_FOOT_M = 0.3048
_INCH_M = 0.0254
_MILE_KM = 1.609344
_KNOT_KM_H = 1.852
_HIGHEST_SPEED_KM_H = 200.0

_NUMBER = re.compile(r"[+-]?[0-9]{1,6}(?:\.[0-9]{1,12})?")
_METRES = re.compile(
    rf"({_NUMBER.pattern})\s*(m|metres?|meters?|ft|feet|foot|km|cm)?", re.IGNORECASE
)
_FEET_INCHES = re.compile(
    r"([0-9]{1,5}(?:\.[0-9]{1,6})?)\s*['\u2032\u2019]\s*"
    r"(?:([0-9]{1,2}(?:\.[0-9]{1,6})?)\s*(?:[\"\u2033\u201d]|''))?"
)
_UNIT_M = {
    "m": 1.0,
    "me": 1.0,
    "km": 1000.0,
    "cm": 0.01,
    "ft": _FOOT_M,
    "fe": _FOOT_M,
    "fo": _FOOT_M,
}
_SPEED = re.compile(
    r"([0-9]{1,3}(?:\.[0-9]{1,3})?)\s*(mph|km/h|kmh|kph|knots)?", re.IGNORECASE
)
# Limits that depend on the country, the pace of people or a changing sign.
_SPEED_WORD = re.compile(
    r"none|walk|signals|variable|implicit|national|[A-Z]{2}(?:-[A-Z]+)?[:-][a-z_0-9:]+"
)
_SPEED_KM_H = {"mph": _MILE_KM, "knots": _KNOT_KM_H}


@cache
def classes(table: str) -> dict[str, Any]:
    """
    Give the rules of one table: which tags make a row and which do not.

    Parameters
    ----------
    table
        ``buildings``, ``streets``, ``places``, ``cameras`` or ``water``.

    Returns
    -------
    dict
        The block of that name in the data file, unchanged; not to be changed.

    Examples
    --------
    >>> "roof" in classes("buildings")["without_walls"]
    True
    """
    text = files("coveragekit.sources").joinpath("data/osm_classes.toml")
    block: dict[str, Any] = tomllib.loads(text.read_text("utf-8"))[table]
    return block


def parse_number(text: str | None) -> float | None:
    """
    Give a plain number, or nothing where the text is anything else.

    Parameters
    ----------
    text
        The value of a tag such as ``building:levels``, or ``None``.

    Returns
    -------
    float or None
        The number; a decimal comma, a list or a word is not one.

    Examples
    --------
    >>> parse_number(" 2.5 "), parse_number("3;4"), parse_number(None)
    (2.5, None, None)
    """
    if text is None or _NUMBER.fullmatch(text.strip()) is None:
        return None
    return float(text.strip())


def parse_length_m(text: str | None) -> float | None:
    r"""
    Give a height or length in metres, or nothing where the text is not one.

    Parameters
    ----------
    text
        Metres (``12``, ``12.5 m``), feet (``40 ft``), feet and inches (``40'6"``) or
        ``None``.

    Returns
    -------
    float or None
        Metres; ``None`` for a text that names no single length.

    Notes
    -----
    OpenStreetMap's default unit for lengths is the metre.

    Examples
    --------
    >>> parse_length_m("12 m"), round(parse_length_m("40'6\""), 4)
    (12.0, 12.3444)
    >>> parse_length_m("about 12") is None
    True
    """
    if text is None:
        return None
    plain = text.strip()
    imperial = _FEET_INCHES.fullmatch(plain)
    if imperial is not None:
        return float(imperial[1]) * _FOOT_M + float(imperial[2] or 0.0) * _INCH_M
    metric = _METRES.fullmatch(plain)
    if metric is None:
        return None
    # The first two letters tell metres, feet, kilometres and centimetres apart.
    unit = (metric[2] or "m").lower()[:2]
    return float(metric[1]) * _UNIT_M[unit]


def parse_speed_km_h(text: str | None) -> float | None:
    """
    Give a speed limit in kilometres an hour, or nothing where none is stated.

    Parameters
    ----------
    text
        The value of ``maxspeed``: ``50``, ``25 mph``, or a word such as ``walk``,
        ``none`` or ``RO:urban``, which states no number.

    Returns
    -------
    float or None
        Kilometres an hour, more than 0 and at most 200.

    Examples
    --------
    >>> parse_speed_km_h("50"), round(parse_speed_km_h("25 mph"), 3)
    (50.0, 40.234)
    >>> parse_speed_km_h("walk") is None
    True
    """
    found = None if text is None else _SPEED.fullmatch(text.strip())
    if found is None:
        return None
    speed = float(found[1]) * _SPEED_KM_H.get((found[2] or "").lower(), 1.0)
    return speed if 0.0 < speed <= _HIGHEST_SPEED_KM_H else None


def states_no_number(maxspeed: str) -> bool:
    """
    Say whether a speed limit is one of the words that state no number.

    Parameters
    ----------
    maxspeed
        The value of ``maxspeed``.

    Returns
    -------
    bool
        True for ``none``, ``walk``, ``signals`` and codes such as ``RO:urban``.

    Examples
    --------
    >>> states_no_number("RO:urban"), states_no_number("fast")
    (True, False)
    """
    return _SPEED_WORD.fullmatch(maxspeed.strip()) is not None


def parse_address(tags: Mapping[str, str]) -> str | None:
    """
    Give the postal address of an object in one line.

    Parameters
    ----------
    tags
        The object's tags.

    Returns
    -------
    str or None
        ``addr:full`` where given, else street and number, then town; ``None`` where
        neither a street (or place) nor a number is tagged.

    Notes
    -----
    With ``addr:state`` the line follows the American order, number first.

    Examples
    --------
    >>> parse_address({"addr:street": "Kluuvikatu", "addr:housenumber": "3"})
    'Kluuvikatu 3'
    """
    if tags.get("addr:full"):
        return tags["addr:full"].strip()
    street = tags.get("addr:street") or tags.get("addr:place") or ""
    number = tags.get("addr:housenumber") or tags.get("addr:housename") or ""
    if not street and not number:
        return None
    city, postcode = tags.get("addr:city", ""), tags.get("addr:postcode", "")
    state = tags.get("addr:state", "")
    if state:
        region = " ".join(part for part in (state, postcode) if part)
        lines = [f"{number} {street}".strip(), city, region]
    else:
        town = " ".join(part for part in (postcode, city) if part)
        lines = [f"{street} {number}".strip(), town]
    return ", ".join(line for line in lines if line)


def parse_date(text: str | None) -> datetime | None:
    """
    Give a full date as midnight UTC, or nothing where it is not full.

    Parameters
    ----------
    text
        The value of a tag such as ``check_date``, or ``None``.

    Returns
    -------
    datetime.datetime or None
        Midnight UTC of ``YYYY-MM-DD``; a year alone names no day.

    Examples
    --------
    >>> parse_date("2024-05-01").isoformat(), parse_date("2024")
    ('2024-05-01T00:00:00+00:00', None)
    """
    if text is None or re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text) is None:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def is_underground(tags: Mapping[str, str]) -> bool:
    """
    Say whether an object lies below the ground.

    Parameters
    ----------
    tags
        The object's tags.

    Returns
    -------
    bool
        Whether it says so by ``location`` or by a ``layer`` below 0.

    Examples
    --------
    >>> is_underground({"layer": "-1"}), is_underground({})
    (True, False)
    """
    layer = parse_number(tags.get("layer"))
    return tags.get("location") == "underground" or (layer is not None and layer < 0)
