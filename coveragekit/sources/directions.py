"""Read OpenStreetMap's direction grammar: numbers, names, ranges and lists of them."""

from __future__ import annotations

import re

from coveragekit.errors import InputError

__all__ = ["parse_directions"]

# OpenStreetMap's own limit on a value; a longer text is not a direction.
_LONGEST_TEXT = 255
_FULL_CIRCLE_DEG = 360.0
_ALLOWED = (
    "degrees clockwise from true north (-360 to 360), one of 16 compass names, a "
    "clockwise range of two of these such as 55-125, or several joined by ;"
)

_POINTS = ("north", "east", "south", "west")
_SHORT = (
    *("N", "NNE", "NE", "ENE", "E", "ESE", "SE", "SSE"),
    *("S", "SSW", "SW", "WSW", "W", "WNW", "NW", "NNW"),
)
_WORD_OF = dict(zip("NESW", _POINTS, strict=True))


def _long_names(short: str) -> set[str]:
    words = [_WORD_OF[letter] for letter in short]
    if len(words) < 3:
        return {"".join(words), "-".join(words), " ".join(words)}
    pair = "".join(words[1:])
    spaced = {f"{words[0]}-{pair}", f"{words[0]} {pair}", f"{words[0]}{pair}"}
    return spaced | {"-".join(words), " ".join(words)}


_NAMES = {
    name: 22.5 * index
    for index, short in enumerate(_SHORT)
    for name in {short.lower()} | _long_names(short)
}

_UNIT = r"(?:\s*(?:°|º|degrees?|deg))?"
_NUMBER = rf"[+-]?[0-9]{{1,3}}(?:\.[0-9]{{1,12}})?{_UNIT}"
_NAME = "|".join(re.escape(name) for name in sorted(_NAMES, key=len, reverse=True))
_ONE = re.compile(rf"(?:{_NUMBER}|{_NAME})")
_RANGE = re.compile(rf"({_NUMBER}|{_NAME})\s*[-\u2013]\s*({_NUMBER}|{_NAME})")
# A bare comma between digits may be a decimal comma, so it separates nothing.
_SEPARATOR = re.compile(r"\s*(?:;|,(?=\s)|,(?=[a-z])|(?<=[a-z]),)\s*")


def parse_directions(text: str) -> list[tuple[float, float | None]]:
    """
    Give every direction of a text as its bearing and, for a range, its width.

    Parameters
    ----------
    text
        The value of a ``direction`` or ``camera:direction`` tag: degrees clockwise
        from true north (``90``, ``-118``, ``12.5°``), one of the 16 compass names in
        any case (``NW``, ``north``), a clockwise range of two of these (``55-125``,
        ``350-10``, ``E-W``), or several of all this joined by ``;`` (or by a comma that
        cannot be a decimal comma).

    Returns
    -------
    list of tuple
        ``(bearing_deg, width_deg)`` in the order of the text: the bearing
        0 <= b < 360 (the middle of a range), the width 0 < w <= 360 of a range or
        ``None`` where only a direction is given. Never empty.

    Raises
    ------
    InputError
        Any part of the text is not a direction (``forward``, ``90,5``, ``90-90``, an
        empty text); nothing is guessed and no part is dropped.

    Notes
    -----
    A range turns clockwise from its first to its second end. A full circle has no
    middle: its bearing is its first end. ``0-359`` means a full circle too, as
    OpenStreetMap's own text on the tag says. ``north-east`` is a name, ``N-E`` a range.

    References
    ----------
    OpenStreetMap wiki, Key:camera:direction and Key:direction.

    Examples
    --------
    >>> parse_directions("90;180")
    [(90.0, None), (180.0, None)]
    >>> parse_directions("NW; 350-10")
    [(315.0, None), (0.0, 20.0)]
    """
    if len(text) > _LONGEST_TEXT:
        raise _refused(text[:40] + "...", f"it has {len(text)} characters")
    parts = [part for part in _SEPARATOR.split(text.strip().lower()) if part]
    if not parts:
        raise _refused(text, "it is empty")
    return [_parse_part(part, text) for part in parts]


def _parse_part(part: str, text: str) -> tuple[float, float | None]:
    if _ONE.fullmatch(part):
        return _wrapped(_degrees(part, text)), None
    ends = _RANGE.fullmatch(part)
    if ends is None:
        raise _refused(text, f"{part!r} cannot be read")
    start, end = _degrees(ends[1], text), _degrees(ends[2], text)
    if end - start == _FULL_CIRCLE_DEG or (start, end) == (0.0, 359.0):
        return _wrapped(start), _FULL_CIRCLE_DEG
    width = _wrapped(end - start)
    if width == 0.0:
        raise _refused(text, f"the range {part!r} has no width")
    return _wrapped(start + width / 2.0), width


def _degrees(one: str, text: str) -> float:
    if one in _NAMES:
        return _NAMES[one]
    value = float(one.rstrip("degrs°º "))
    if abs(value) > _FULL_CIRCLE_DEG:
        raise _refused(text, f"{value:g} is out of range")
    return value


def _wrapped(angle_deg: float) -> float:
    turned = angle_deg % _FULL_CIRCLE_DEG
    # A tiny negative angle is rounded up to 360 itself by the remainder.
    return 0.0 if turned == _FULL_CIRCLE_DEG else turned


def _refused(text: str, why: str) -> InputError:
    message = f"{text!r} is not a direction: {why}; allowed: {_ALLOWED}"
    return InputError(message)
