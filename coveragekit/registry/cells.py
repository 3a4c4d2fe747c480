"""Read the cells of a parsed file as the registry's columns need them."""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Boolean, Column, Date, Float, Integer

from coveragekit.errors import InputError
from coveragekit.registry.column_types import Json, UtcTime

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["FORMULA_STARTS", "is_missing", "read_cell"]

# A spreadsheet takes what begins so for a formula; exports put an apostrophe before.
FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r")
_YES: Final = frozenset({"true", "yes", "y", "1", "t"})
_NO: Final = frozenset({"false", "no", "n", "0", "f"})
_NUMBER: Final = re.compile(r"[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d{1,3})?")
_LONGEST_NUMBER: Final = 40
_LONGEST_LIST: Final = 200_000


def is_missing(value: object) -> bool:
    """
    Tell whether a cell holds nothing.

    Parameters
    ----------
    value
        The cell, as ``pandas``, ``openpyxl`` or ``csv`` give it.

    Returns
    -------
    bool
        Whether it is ``None``, not a number, no time, or blank text.

    Examples
    --------
    >>> [is_missing(cell) for cell in (None, float("nan"), " ", 0, "0")]
    [True, True, True, False, False]
    """
    if value is None or type(value).__name__ in {"NAType", "NaTType"}:
        return True
    if isinstance(value, str):
        return not value[:10_000].strip()
    return isinstance(value, float) and value != value  # noqa: PLR0124 - not a number


def read_cell(column: Column[Any], value: object) -> object:
    """
    Give a cell as its column needs it.

    Parameters
    ----------
    column
        Column of a table of the registry.
    value
        The cell: text, or what a reader made of it.

    Returns
    -------
    object
        The value; ``None`` where the cell holds nothing.

    Raises
    ------
    InputError
        The text is no number, no time, no date or neither yes nor no; the message says
        what is allowed.

    Examples
    --------
    >>> from coveragekit.registry.schema import camera
    >>> read_cell(camera.c.hfov_deg, "90.5"), read_cell(camera.c.indoor, "yes")
    (90.5, True)
    >>> read_cell(camera.c.name, "'=1+1"), read_cell(camera.c.source_id, 12.0)
    ('=1+1', '12')
    """
    if is_missing(value):
        return None
    given = getattr(value, "to_pydatetime", lambda: value)()
    if not isinstance(given, str | bytes | list | tuple | datetime | date):
        given = getattr(given, "item", lambda: given)()
    for kind, read in _READERS.items():
        if isinstance(column.type, kind):
            return read(given)
    return _text(given)


def _text(value: object) -> object:
    if isinstance(value, bool | int):
        return str(value)
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, str) and value.startswith("'"):
        return value[1:] if value[1:].startswith(FORMULA_STARTS) else value
    return value


def _number(value: object) -> object:
    if not isinstance(value, str):
        return value
    text = value.strip()[: _LONGEST_NUMBER + 1]
    if len(text) > _LONGEST_NUMBER or not _NUMBER.fullmatch(text):
        message = "a number with a point before its decimals, such as 12.5"
        raise InputError(message)
    return float(text)


def _whole(value: object) -> object:
    number = _number(value)
    is_whole = isinstance(number, float) and number.is_integer()
    return int(number) if is_whole else number  # type: ignore[call-overload]


def _flag(value: object) -> object:
    word = str(value).strip().lower() if isinstance(value, str | int | float) else ""
    word = word.removesuffix(".0")
    if isinstance(value, bool):
        return value
    if word in _YES:
        return True
    if word in _NO:
        return False
    message = "yes or no"
    raise InputError(message)


def _moment(value: object) -> object:
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value.strip()[:64])
        except ValueError:
            value = None
    if not isinstance(value, datetime) or value.tzinfo is None:
        message = "a time with its zone, such as 2026-11-22T18:05:00Z"
        raise InputError(message)
    return value.astimezone(UTC)


def _day(value: object) -> object:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, str):
        try:
            return date.fromisoformat(value.strip()[:10])
        except ValueError:
            message = "a date such as 2026-11-22"
            raise InputError(message) from None
    return value


def _list(value: object) -> object:
    if isinstance(value, str) and value.lstrip().startswith("["):
        return _json_list(value)
    if isinstance(value, str):
        value = [part.strip() for part in value.split(";") if part.strip()]
    elif isinstance(value, tuple):
        value = list(value)
    return value or None


def _json_list(text: str) -> object:
    try:
        value = json.loads(text[:_LONGEST_LIST])  # a longer one ends in the midst
    except (ValueError, RecursionError):
        message = "a list, such as a;b, or as JSON [[0, 0], [1, 0], [1, 1]]"
        raise InputError(message) from None
    return value or None


_READERS: Final[dict[type, Callable[[object], object]]] = {
    UtcTime: _moment,
    Json: _list,
    Boolean: _flag,
    Date: _day,
    Float: _number,
    Integer: _whole,
}
