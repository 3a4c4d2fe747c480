"""Check what is to be written into a row, before the database sees it."""

from __future__ import annotations

import math
import re
import tomllib
import unicodedata
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final, cast

from sqlalchemy import Boolean, Date, Float, Integer, Table

from coveragekit.errors import Fault, InputError, TableError
from coveragekit.model import roles
from coveragekit.model import table as model_table
from coveragekit.registry.column_types import Json, Money, UtcTime, canonical_json

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sqlalchemy import Column

__all__ = [
    "LONGEST_TEXT",
    "check_text",
    "checked",
    "counted",
    "rule",
    "shown",
    "writable",
]

LONGEST_TEXT: Final = 1000
_LONGEST_JSON: Final = 200_000
_LARGEST: Final = 2**31 - 1
_SHOWN: Final = 60
# Set by the registry itself, never by a caller.
_OWN: Final = frozenset(
    {"revision", "made_at", "changed_at", "changed_by", "changed_what", "camera_no"}
    # only by erasing and by the rules of retention, which empty the row as well
    | {"erased_at", "purged_at"}
)
# These turn the reading direction around and can make one name look like another.
_OVERRIDES: Final = frozenset("\u202d\u202e")
_BOUNDS: Final = ("low", "high", "above", "below", "allowed")


class _RefusedError(Exception):
    """A value that is not allowed, with the words for what is."""


@cache
def _words() -> dict[str, dict[str, dict[str, Any]]]:
    text = files("coveragekit.registry").joinpath("data/words.toml").read_text("utf-8")
    return tomllib.loads(text)


@cache
def rule(table: str, column: str) -> Mapping[str, Any]:
    """
    Give what a column may hold beyond its type.

    Parameters
    ----------
    table
        Name of a table of the registry.
    column
        Name of one of its columns.

    Returns
    -------
    dict
        Some of ``allowed``, ``low``, ``high``, ``above``, ``below``, ``longest``,
        ``pattern``, ``pattern_words`` and ``hidden``.

    Examples
    --------
    >>> rule("owner", "kind")["allowed"], rule("camera", "hfov_deg")["high"]
    (['person', 'business', 'agency'], 360)
    >>> rule("site", "lat")
    {'low': -90, 'high': 90}
    """
    named = _words().get(table, {}).get(column)
    if named is not None:
        return named
    if (table, column) in {("app_user", "role"), ("share", "to_role")}:
        return {"allowed": list(roles())}
    if column == "lon":
        return {"low": -180, "high": 180}
    if column == "lat":
        return {"low": -90, "high": 90}
    if table == "camera":
        known = model_table("cameras").columns.get(column)
        bounds = {name: getattr(known, name, None) for name in _BOUNDS}
        return {name: bound for name, bound in bounds.items() if bound is not None}
    return {}


@cache
def writable(table: Table) -> tuple[str, ...]:
    """
    Give the columns that a caller may write.

    Parameters
    ----------
    table
        A table of the registry.

    Returns
    -------
    tuple of str
        Names, in the order of the table.

    Examples
    --------
    >>> from coveragekit.registry import schema
    >>> writable(schema.owner)
    ('owner_id', 'name', 'kind', 'language')
    """
    return tuple(column.name for column in table.columns if column.name not in _OWN)


def checked(
    table: Table, values: Mapping[str, object], *, whole: bool
) -> dict[str, Any]:
    """
    Give values as they may be written, or all their faults at once.

    Parameters
    ----------
    table
        A table of the registry.
    values
        Values by the name of their column.
    whole
        Whether they are a whole row, so that nothing needed may be missing.

    Returns
    -------
    dict
        The values; text without space around it, empty text as ``None``.

    Raises
    ------
    TableError
        A column that there is not or that only the registry sets, a value of another
        type, out of range, too long or with letters that do not print, or one missing.

    Examples
    --------
    >>> from coveragekit.registry import schema
    >>> checked(schema.owner, {"name": " Corner Shop ", "kind": "business"}, whole=True)
    {'name': 'Corner Shop', 'kind': 'business'}
    """
    faults, good = [], {}
    names = writable(table)
    for name, value in values.items():
        if name not in names:
            allowed = f"one of {', '.join(names)}"
            faults.append(Fault(None, str(name)[:_SHOWN], "no such column", allowed))
            continue
        try:
            good[name] = _fit(table, table.columns[name], value)
        except _RefusedError as error:
            hidden = rule(table.name, name).get("hidden", False)
            seen = "(not shown)" if hidden else shown(value)
            faults.append(Fault(None, name, seen, str(error)))
    if whole:
        faults += [
            Fault(None, name, "missing", "a value is needed")
            for name in _needed(table)
            if name not in values
        ]
    if faults:
        raise TableError(table.name, faults)
    return good


@cache
def _needed(table: Table) -> tuple[str, ...]:
    keys = {f"{table.name}_id", *(column.name for column in table.primary_key)}
    names = set(writable(table)) - keys
    return tuple(
        column.name
        for column in table.columns
        if column.name in names
        and not column.nullable
        and column.server_default is None
    )


def shown(value: object) -> str:
    r"""
    Give a value as people read it in a message: short, and without what hides in it.

    Parameters
    ----------
    value
        What was seen.

    Returns
    -------
    str
        At most 60 letters; what does not print is a question mark.

    Examples
    --------
    >>> shown("nul\x00byte"), shown(370.0), shown(" ")
    ('"nul?byte"', '370', '" "')
    """
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bytes):
        value = value[: _SHOWN + 1].decode("utf-8", "replace")
    is_text = isinstance(value, str)
    text = str(value)
    text = "".join(one if one.isprintable() else "?" for one in text[: _SHOWN + 1])
    text = text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."
    return f'"{text}"' if is_text else text


def counted(number: int, noun: str) -> str:
    """
    Give a number with its noun in the right form.

    Parameters
    ----------
    number
        How many.
    noun
        The noun for one; its plural ends in s.

    Returns
    -------
    str
        Such as ``1 row`` or ``2,048 rows``.

    Examples
    --------
    >>> counted(1, "row"), counted(2048, "row")
    ('1 row', '2,048 rows')
    """
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def _fit(table: Table, column: Column[Any], value: object) -> object:
    bounds = rule(table.name, column.name)
    fitted = None if value is None else _KINDS[_kind(column)](value, bounds)
    if fitted is None and not column.nullable:
        message = "a value is needed"
        raise _RefusedError(message)
    if fitted is not None and "allowed" in bounds and fitted not in bounds["allowed"]:
        raise _RefusedError(", ".join(bounds["allowed"]))
    return fitted


def _kind(column: Column[Any]) -> str:
    for kind in (UtcTime, Json, Money, Boolean, Date, Float, Integer):
        if isinstance(column.type, kind):
            return kind.__name__
    return "Text"


def _number(value: object, bounds: Mapping[str, Any]) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _RefusedError(_range("a number", bounds))
    number = float(value)
    low, high = bounds.get("low", -math.inf), bounds.get("high", math.inf)
    above, below = bounds.get("above", -math.inf), bounds.get("below", math.inf)
    inside = low <= number <= high and above < number < below
    if not math.isfinite(number) or not inside:
        raise _RefusedError(_range("a number", bounds))
    return number


def _range(noun: str, bounds: Mapping[str, Any]) -> str:
    words = {
        "low": "from {}",
        "above": "above {}",
        "high": "up to {}",
        "below": "below {}",
    }
    said = [form.format(bounds[key]) for key, form in words.items() if key in bounds]
    return " ".join([noun, *said])


def _whole(value: object, bounds: Mapping[str, Any]) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise _RefusedError(_range("a whole number", bounds))
    if abs(value) > _LARGEST:
        raise _RefusedError(_range("a whole number", {"high": _LARGEST, **bounds}))
    _number(value, bounds)
    return value


def _flag(value: object, _: Mapping[str, Any]) -> bool:
    if not isinstance(value, bool):
        message = "True or False"
        raise _RefusedError(message)
    return value


def _moment(value: object, _: Mapping[str, Any]) -> datetime:
    if not isinstance(value, datetime) or value.tzinfo is None:
        message = "a time with its zone, such as datetime.now(UTC)"
        raise _RefusedError(message)
    return value


def _day(value: object, _: Mapping[str, Any]) -> date:
    if not isinstance(value, date) or isinstance(value, datetime):
        message = "a date"
        raise _RefusedError(message)
    return value


def _money(value: object, _: Mapping[str, Any]) -> Decimal:
    whole = isinstance(value, int) and not isinstance(value, bool)
    if not whole and not isinstance(value, Decimal):
        message = "an amount as Decimal, with at most two decimals"
        raise _RefusedError(message)
    return Decimal(cast("Decimal", value))


def _json(value: object, _: Mapping[str, Any]) -> object:
    try:
        text = canonical_json(value)
    except InputError as error:
        raise _RefusedError(str(error)) from None
    check = _unfit(text, _LONGEST_JSON)
    if check is not None:
        raise _RefusedError(check)
    return value


def _text(value: object, bounds: Mapping[str, Any]) -> str | None:
    if not isinstance(value, str):
        message = "text"
        raise _RefusedError(message)
    check = _unfit(value, int(bounds.get("longest", LONGEST_TEXT)))
    if check is not None:
        raise _RefusedError(check)
    fitted = value.strip()
    if fitted and "pattern" in bounds and not re.fullmatch(bounds["pattern"], fitted):
        raise _RefusedError(bounds["pattern_words"])
    return fitted or None


def _unfit(text: str, longest: int) -> str | None:
    """Give what would be allowed where a text is not."""
    if len(text) > longest:
        return f"at most {longest} letters (there are {len(text)})"
    if text.isascii() and text.isprintable():
        return None
    for letter in text:
        kind = unicodedata.category(letter)
        if (kind == "Cc" and letter not in "\n\t\r") or kind == "Cs":
            return f"letters that print (there is U+{ord(letter):04X})"
        if letter in _OVERRIDES:
            return f"text in its own direction (there is U+{ord(letter):04X})"
    return None


def check_text(value: str, what: str, *, longest: int = LONGEST_TEXT) -> str:
    """
    Give a text that may be written, without space around it.

    Parameters
    ----------
    value
        The text.
    what
        What it is, for the message.
    longest
        Most letters.

    Returns
    -------
    str
        The text; empty where nothing is left.

    Raises
    ------
    InputError
        It is too long, or has letters that do not print. The text is not repeated.

    Examples
    --------
    >>> check_text(" moved away ", "the reason")
    'moved away'
    """
    check = _unfit(value, longest)
    if check is not None:
        message = f"{what} cannot be kept; allowed: {check}"
        raise InputError(message)
    return value.strip()


_KINDS: Final[dict[str, Callable[[Any, Mapping[str, Any]], object]]] = {
    "UtcTime": _moment,
    "Json": _json,
    "Money": _money,
    "Boolean": _flag,
    "Date": _day,
    "Float": _number,
    "Integer": _whole,
    "Text": _text,
}
