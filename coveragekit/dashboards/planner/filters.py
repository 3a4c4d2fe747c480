"""What the numbers and the map of the page are of: area, time, category and cameras."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from datetime import date
from typing import TYPE_CHECKING, Any, Final, Self

from coveragekit.dashboards.planner.choice import COUNTED_TIER, Choice
from coveragekit.dashboards.planner.polygons import Corners, checked_polygon
from coveragekit.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from coveragekit.dashboards.planner.terms import Terms
    from coveragekit.optics import Light

__all__ = ["WEEK_HOURS", "Filters", "day_number", "days_of"]

WEEK_HOURS: Final = 168
_EPOCH: Final = date(1970, 1, 1)
_HEAVY: Final = ("band", "light", "tier", "state")
_CHOSEN: Final = ("light", "tier", "state")


@dataclass(frozen=True, slots=True)
class Filters:
    """
    What a reader has chosen; everything on the page is of that.

    Parameters
    ----------
    area
        Kind and row in the store of the area asked for; ``None`` for the whole city.
    polygon
        Longitude and latitude, degrees, of the corners of a drawn area, or ``None``.
    date_from, date_to
        First and last local day of incidents and calls; ``None`` where open. An event
        is of the day when it may first have happened.
    hours
        A flag for each local hour of the week, Monday 0 to 1 o'clock first; ``None``
        for all. An event counts by the share of its span that lies in them.
    categories
        Categories of incidents that count; ``None`` for all.
    call_types
        Kinds of calls that count; ``None`` for all.
    band
        Position of the pixel-density band, the loosest being 0; ``None`` for the
        study's own.
    light
        ``"day"`` or ``"night"``.
    tier
        Cameras of this tier and of those before it count.
    state
        ``"designed"``, every camera, or ``"now"``, those that work.

    Examples
    --------
    >>> some = Filters().changed({"light": "night", "dates": ["2025-01-01", None]})
    >>> some.light, some.date_from.isoformat(), some.is_filtered
    ('night', '2025-01-01', True)
    >>> some.cleared("dates") == Filters(light="night")
    True
    """

    area: tuple[str, int] | None = None
    polygon: Corners | None = None
    date_from: date | None = None
    date_to: date | None = None
    hours: tuple[bool, ...] | None = None
    categories: frozenset[str] | None = None
    call_types: frozenset[str] | None = None
    band: int | None = None
    light: Light = "day"
    tier: str = COUNTED_TIER
    state: str = "designed"

    @property
    def choice(self) -> Choice:
        """Light, tier and state alone."""
        return Choice(tier=self.tier, light=self.light, state=self.state)

    @property
    def has_place(self) -> bool:
        """Whether only a part of the city is asked for."""
        return self.area is not None or self.polygon is not None

    @property
    def has_time(self) -> bool:
        """Whether only some days or hours are asked for."""
        return self.has_days or self.hours is not None

    @property
    def has_days(self) -> bool:
        """Whether only some days are asked for."""
        return self.date_from is not None or self.date_to is not None

    @property
    def is_filtered(self) -> bool:
        """Whether anything but the cameras, the light and the band is chosen."""
        kinds = self.categories is not None or self.call_types is not None
        return self.has_place or self.has_time or kinds

    def heavy(self, old: Self) -> bool:
        """
        Whether other cameras, another light or another band are asked for.

        Parameters
        ----------
        old
            What was chosen before.

        Returns
        -------
        bool
            Then every place is asked anew who sees it; else it is a matter of sums.

        Examples
        --------
        >>> Filters(light="night").heavy(Filters())
        True
        """
        return any(getattr(self, one) != getattr(old, one) for one in _HEAVY)

    def changed(self, message: Mapping[str, Any], terms: Terms | None = None) -> Self:
        """
        Give the filters with the parts that a page sent.

        Parameters
        ----------
        message
            Any of ``area`` (``[kind, row]`` or ``{"kind": .., "key": ..}``),
            ``polygon`` (corners), ``dates`` (first and last day, each ISO or ``None``),
            ``hours`` (168 marks ``0`` or ``1``), ``categories``, ``call_types``
            (lists of words), ``band`` (word or position), ``light``, ``tier`` and
            ``state``; ``None`` takes a part back. What else it holds is ignored.
        terms
            What there is in the city; ``None`` to check the form alone.

        Returns
        -------
        Filters
            The new ones.

        Raises
        ------
        InputError
            A part that cannot be used, or that the city does not have.
        """
        parts: dict[str, Any] = {}
        for name, read in _READERS.items():
            if name in message:
                given = message[name]
                parts |= _taken_back(name) if given is None else read(given, terms)
        chosen = {name: message[name] for name in _CHOSEN if message.get(name)}
        if chosen:
            new = self.choice.changed(chosen)
            parts |= {"light": new.light, "tier": new.tier, "state": new.state}
        return replace(self, **parts)

    def cleared(self, part: str = "all") -> Self:
        """
        Take back one part, or all that narrows down what is counted.

        Parameters
        ----------
        part
            ``area``, ``polygon``, ``dates``, ``hours``, ``categories``, ``call_types``,
            ``all``, which leaves cameras, light and band as they are, or ``start``,
            which takes these back as well.

        Returns
        -------
        Filters
            The new ones.

        Raises
        ------
        InputError
            There is no such part.
        """
        narrowing = [name for name in _READERS if name != "band"]
        if part == "start":
            return type(self)()
        if part == "all":
            return replace(
                self, **{k: v for one in narrowing for k, v in _taken_back(one).items()}
            )
        if part not in narrowing:
            allowed = ", ".join(["all", "start", *narrowing])
            message = f"{part!r:.40} cannot be cleared; allowed: {allowed}"
            raise InputError(message)
        return replace(self, **_taken_back(part))


def day_number(day: date) -> int:
    """
    Give a day as it is counted from 1970.

    Parameters
    ----------
    day
        The day.

    Returns
    -------
    int
        Days since 1 January 1970.

    Examples
    --------
    >>> day_number(date(1970, 1, 3))
    2
    """
    return (day - _EPOCH).days


def days_of(filters: Filters) -> tuple[int, int]:
    """
    Give the first and the last day of a choice, as they are counted from 1970.

    Parameters
    ----------
    filters
        What is chosen.

    Returns
    -------
    tuple of int
        Backwards where all days are.

    Examples
    --------
    >>> days_of(Filters())
    (0, -1)
    """
    if not filters.has_days:
        return 0, -1
    first = filters.date_from or date.min
    last = filters.date_to or date.max
    return day_number(first), day_number(last)


def _taken_back(name: str) -> dict[str, Any]:
    if name == "dates":
        return {"date_from": None, "date_to": None}
    return {name: None}


def _area(given: object, terms: Terms | None) -> dict[str, Any]:
    kind, named = _named_area(given)
    found = None
    if isinstance(named, int):
        area = terms.area(named) if terms is not None else None
        if terms is None or (area is not None and area.kind == kind):
            found = (kind, named)
    elif terms is not None:
        area = terms.find_area(kind, named)
        found = (area.kind, area.row) if area is not None else None
    if found is None:
        message = f"there is no area {named!r:.40} of kind {kind!r:.40}"
        raise InputError(message)
    return {"area": found}


def _named_area(given: object) -> tuple[str, str | int]:
    """Give the kind of an area, and its key or its row."""
    if isinstance(given, dict):
        return str(given.get("kind")), str(given.get("key"))
    if isinstance(given, list | tuple) and len(given) == 2:
        kind, row = given
        if isinstance(row, int) and not isinstance(row, bool) and row >= 0:
            return str(kind), row
    message = f"the area is {given!r:.60}; allowed: its kind and its key or row"
    raise InputError(message)


def _polygon(given: object, _: Terms | None) -> dict[str, Any]:
    return {"polygon": checked_polygon(given)}


def _dates(given: object, _: Terms | None) -> dict[str, Any]:
    if not isinstance(given, list | tuple) or len(given) != 2:
        message = f"dates are {given!r:.60}; allowed: a first and a last day"
        raise InputError(message)
    first, last = (_day(one) for one in given)
    if first is not None and last is not None and first > last:
        message = (
            f"the dates run backwards, from {first} to {last}; allowed: the first day "
            "first; swap them"
        )
        raise InputError(message)
    return {"date_from": first, "date_to": last}


def _day(given: object) -> date | None:
    if given is None or given == "":
        return None
    if isinstance(given, date):
        return given
    try:
        return date.fromisoformat(str(given)[:10])
    except ValueError as error:
        message = f"{given!r:.40} is no day; allowed: a date such as 2025-01-31"
        raise InputError(message) from error


def _hours(given: object, _: Terms | None) -> dict[str, Any]:
    marks: object = list(given) if isinstance(given, str | tuple) else given
    if not isinstance(marks, list) or len(marks) != WEEK_HOURS:
        count = len(marks) if isinstance(marks, list) else 0
        message = f"there are marks for {count} hours; allowed: {WEEK_HOURS}, a week"
        raise InputError(message)
    if any(one not in ("0", "1", 0, 1) for one in marks):
        message = "a mark of an hour of the week is neither 0 nor 1"
        raise InputError(message)
    flags = tuple(str(int(one)) == "1" for one in marks)
    return {"hours": None if all(flags) else flags}


def _words_of(
    name: str, what: str, allowed: Callable[[Terms], tuple[str, ...]]
) -> Callable[[object, Terms | None], dict[str, Any]]:
    def read(given: object, terms: Terms | None) -> dict[str, Any]:
        if not isinstance(given, list | tuple | frozenset | set):
            message = f"{what} are {given!r:.60}; allowed: a list of names"
            raise InputError(message)
        words = frozenset(str(one) for one in given)
        if terms is None:
            return {name: words}
        unknown = words.difference(allowed(terms))
        if unknown:
            message = (
                f"there is no {what} {min(unknown)!r:.60}; allowed: those of the data"
            )
            raise InputError(message)
        return {name: None if words.issuperset(allowed(terms)) else words}

    return read


def _band(given: object, terms: Terms | None) -> dict[str, Any]:
    bands = terms.bands if terms is not None else ()
    position = None
    if isinstance(given, int) and not isinstance(given, bool):
        position = given if 0 <= given < (len(bands) or 100) else None
    elif isinstance(given, str) and given in bands:
        position = bands.index(given)
    if position is None:
        message = f"there is no purpose {given!r:.40}; allowed: {', '.join(bands)}"
        raise InputError(message)
    is_own = terms is not None and position == terms.band
    return {"band": None if is_own else position}


_READERS: Final[dict[str, Callable[[object, Any], dict[str, Any]]]] = {
    "area": _area,
    "polygon": _polygon,
    "dates": _dates,
    "hours": _hours,
    "categories": _words_of("categories", "category", lambda terms: terms.categories),
    "call_types": _words_of("call_types", "kind of call", lambda t: t.call_types),
    "band": _band,
}
assert {one.name for one in fields(Filters)} >= set(_HEAVY)
