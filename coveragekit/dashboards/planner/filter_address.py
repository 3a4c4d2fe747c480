"""Write filters into the address of a page, and read them back."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, unquote

from coveragekit.dashboards.planner.filters import WEEK_HOURS, Filters
from coveragekit.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from coveragekit.dashboards.planner.polygons import Corners
    from coveragekit.dashboards.planner.terms import Terms

__all__ = ["from_address", "to_address"]

_STEPS: Final = 1_000_000
_LONGEST: Final = 20_000
_USUAL: Final = Filters()
_TITLES: Final = {
    "a": "area",
    "p": "drawn area",
    "d": "dates",
    "h": "hours of the week",
    "c": "categories",
    "k": "kinds of calls",
    "b": "purpose",
    "l": "light",
    "t": "consent tier",
    "s": "state of the cameras",
}


def to_address(filters: Filters, terms: Terms) -> str:
    """
    Write filters as text for the address of a page.

    Parameters
    ----------
    filters
        What is chosen.
    terms
        What there is in the city.

    Returns
    -------
    str
        Parts with ``;`` between, in letters, digits and ``-_.~:;,`` alone; nothing for
        what is as usual. It names what is chosen and holds none of the data.

    Examples
    --------
    >>> from datetime import date
    >>> from coveragekit.dashboards.planner.terms import Terms
    >>> to_address(Filters(light="night", date_from=date(2025, 1, 1)), Terms())
    'd:20250101-;l:night'
    """
    parts = {key: write(filters, terms) for key, write in _WRITERS.items()}
    return ";".join(f"{key}:{text}" for key, text in parts.items() if text is not None)


def from_address(text: str, terms: Terms) -> tuple[Filters, tuple[str, ...]]:
    """
    Read filters from the address of a page, as far as they fit this city.

    Parameters
    ----------
    text
        As :func:`to_address` writes it, perhaps by another version or of another study.
    terms
        What there is in the city.

    Returns
    -------
    tuple
        The filters, and a sentence for each part that cannot be used and is left out.

    Examples
    --------
    >>> from coveragekit.dashboards.planner.terms import Terms
    >>> filters, told = from_address("l:night;a:beat,b9;zz:1", Terms())
    >>> filters.light
    'night'
    >>> for sentence in told:
    ...     sentence
    "The area of the address is left out: there is no area 'b9' of kind 'beat'."
    'A part of the address is not known here and is left out: zz.'
    """
    if len(text) > _LONGEST:
        return Filters(), ("The address is too long and is left out.",)
    filters, told = Filters(), []
    for part in text.split(";"):
        key, _, value = part.partition(":")
        if not key:
            continue
        if key not in _TITLES:
            told.append(
                f"A part of the address is not known here and is left out: {key[:20]}."
            )
            continue
        try:
            message, lost = _READERS[key](value, terms)
            filters = filters.changed(message, terms)
        except (ValueError, binascii.Error) as error:
            reason = str(error) if isinstance(error, InputError) else "it is damaged"
            told.append(
                f"The {_TITLES[key]} of the address is left out: "
                f"{reason.partition(';')[0]}."
            )
        else:
            told += [f"Not in these data and left out: {one[:60]}." for one in lost]
    return filters, tuple(told)


def _write_area(filters: Filters, terms: Terms) -> str | None:
    area = terms.area(filters.area[1]) if filters.area is not None else None
    return None if area is None else _list((area.kind, area.key))


def _write_polygon(filters: Filters, _: Terms) -> str | None:
    return None if filters.polygon is None else _packed(filters.polygon)


def _write_dates(filters: Filters, _: Terms) -> str | None:
    if not filters.has_days:
        return None
    ends = (filters.date_from, filters.date_to)
    return "-".join(f"{day:%Y%m%d}" if day else "" for day in ends)


def _write_hours(filters: Filters, _: Terms) -> str | None:
    if filters.hours is None:
        return None
    return f"{sum(1 << at for at, flag in enumerate(filters.hours) if flag):x}"


def _write_words(
    name: str, allowed: Callable[[Terms], tuple[str, ...]]
) -> Callable[[Filters, Terms], str | None]:
    """Name those chosen, or behind ``!`` those that are not, whichever are fewer."""

    def write(filters: Filters, terms: Terms) -> str | None:
        chosen: frozenset[str] | None = getattr(filters, name)
        if chosen is None:
            return None
        named, others = sorted(chosen), sorted(set(allowed(terms)) - chosen)
        return "!" + _list(others) if len(others) < len(named) else _list(named)

    return write


def _write_band(filters: Filters, terms: Terms) -> str | None:
    if filters.band is None or filters.band >= len(terms.bands):
        return None
    return _escaped(terms.bands[filters.band])


def _write_word(name: str) -> Callable[[Filters, Terms], str | None]:
    def write(filters: Filters, _: Terms) -> str | None:
        value = str(getattr(filters, name))
        return None if value == getattr(_USUAL, name) else _escaped(value)

    return write


_WRITERS: Final[dict[str, Callable[[Filters, Any], str | None]]] = {
    "a": _write_area,
    "p": _write_polygon,
    "d": _write_dates,
    "h": _write_hours,
    "c": _write_words("categories", lambda terms: terms.categories),
    "k": _write_words("call_types", lambda terms: terms.call_types),
    "b": _write_band,
    "l": _write_word("light"),
    "t": _write_word("tier"),
    "s": _write_word("state"),
}


def _escaped(text: str) -> str:
    """Give a text in characters that no part of an address takes apart."""
    return quote(text, safe="").replace("~", "%7E").replace("%", "~")


def _plain(text: str) -> str:
    return unquote(text.replace("~", "%"), errors="strict")


def _list(words: Iterable[str]) -> str:
    return ",".join(_escaped(word) for word in words)


def _read_words(
    name: str, allowed: Callable[[Terms], tuple[str, ...]]
) -> Callable[[str, Terms], tuple[dict[str, Any], list[str]]]:
    def read(value: str, terms: Terms) -> tuple[dict[str, Any], list[str]]:
        every = set(allowed(terms))
        is_rest = value.startswith("!")
        named = [_plain(one) for one in value.removeprefix("!").split(",") if one]
        lost = [one for one in named if one not in every]
        kept = set(named) & every
        if lost and not kept:
            # Of nothing that is known nobody can tell what was meant.
            return {}, lost
        return {name: sorted(every - kept if is_rest else kept)}, lost

    return read


def _read_area(value: str, _: Terms) -> tuple[dict[str, Any], list[str]]:
    kind, key = (_plain(one) for one in value.split(","))
    return {"area": {"kind": kind, "key": key}}, []


def _read_polygon(value: str, _: Terms) -> tuple[dict[str, Any], list[str]]:
    return {"polygon": _unpacked(value)}, []


def _read_dates(value: str, _: Terms) -> tuple[dict[str, Any], list[str]]:
    first, last = (
        f"{one[:4]}-{one[4:6]}-{one[6:8]}" if one else None for one in value.split("-")
    )
    return {"dates": [first, last]}, []


def _read_hours(value: str, _: Terms) -> tuple[dict[str, Any], list[str]]:
    bits = int(value, 16)
    if not 0 <= bits < 1 << WEEK_HOURS:
        message = "it names more hours than a week has"
        raise InputError(message)
    return {"hours": [bits >> at & 1 for at in range(WEEK_HOURS)]}, []


def _read_word(name: str) -> Callable[[str, Terms], tuple[dict[str, Any], list[str]]]:
    return lambda value, _: ({name: _plain(value)}, [])


_READERS: Final[dict[str, Callable[[str, Any], tuple[dict[str, Any], list[str]]]]] = {
    "a": _read_area,
    "p": _read_polygon,
    "d": _read_dates,
    "h": _read_hours,
    "c": _read_words("categories", lambda terms: terms.categories),
    "k": _read_words("call_types", lambda terms: terms.call_types),
    "b": _read_word("band"),
    "l": _read_word("light"),
    "t": _read_word("tier"),
    "s": _read_word("state"),
}


def _packed(corners: Corners) -> str:
    """Give corners as steps from one to the next, seven bits to a byte, in base64."""
    out = bytearray()
    before = [0, 0]
    for corner in corners:
        for axis in (0, 1):
            at = round(corner[axis] * _STEPS)
            step = at - before[axis]
            before[axis] = at
            number = step << 1 if step >= 0 else -(step << 1) - 1
            while number > 127:
                out.append(number & 127 | 128)
                number >>= 7
            out.append(number)
    return base64.urlsafe_b64encode(bytes(out)).decode().rstrip("=")


def _unpacked(text: str) -> list[list[float]]:
    raw = base64.b64decode(text + "=" * (-len(text) % 4), b"-_", validate=True)
    numbers, number, shift = [], 0, 0
    for byte in raw:
        number |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            numbers.append(number >> 1 if number % 2 == 0 else -((number + 1) >> 1))
            number, shift = 0, 0
    if shift or len(numbers) % 2:
        message = "it is cut off"
        raise InputError(message)
    corners, at = [], [0, 0]
    for pair in zip(numbers[::2], numbers[1::2], strict=True):
        at = [at[0] + pair[0], at[1] + pair[1]]
        corners.append([at[0] / _STEPS, at[1] / _STEPS])
    return corners
