"""Turn the cells of a source into texts, numbers with units and allowed words."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING, Any

import numpy as np

from coveragekit.sources.osm_tags import parse_length_m, parse_speed_km_h
from coveragekit.sources.raw import distinct_cells, missing

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import pandas as pd
    from numpy.typing import NDArray

__all__ = ["UNITS", "as_choice", "as_number", "as_text", "plain"]

# What one unit of a source is in the unit of the model's column.
UNITS: Mapping[tuple[str, str], float] = {
    ("ft", "m"): 0.3048,
    ("cm", "m"): 0.01,
    ("km", "m"): 1000.0,
    ("mi", "m"): 1609.344,
    ("mph", "km/h"): 1.609344,
    ("in", "mm"): 25.4,
    ("hours", "days"): 1.0 / 24.0,
    ("weeks", "days"): 7.0,
    ("percent", ""): 0.01,
}
_THOUSANDS = re.compile(r"[-+]?[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?")
_DECIMAL_COMMA = re.compile(r"[-+]?[0-9]+,[0-9]+")
_NUMBER = re.compile(r"[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]{1,3})?")
_WITH_UNIT = re.compile(r"([-+]?[0-9]+(?:\.[0-9]+)?)\s*([a-z°º%\"]+)\.?")
_UNIT_WORDS: Mapping[str, Mapping[str, float]] = {
    "deg": {"°": 1.0, "º": 1.0, "deg": 1.0, "degree": 1.0, "degrees": 1.0},
    "mm": {"mm": 1.0, "cm": 10.0, '"': 25.4, "in": 25.4, "inch": 25.4},
    "px": {"px": 1.0, "pixel": 1.0, "pixels": 1.0},
    "days": {
        "d": 1.0,
        "day": 1.0,
        "days": 1.0,
        "week": 7.0,
        "weeks": 7.0,
        "h": 1 / 24,
        "hour": 1 / 24,
        "hours": 1 / 24,
        "hrs": 1 / 24,
        "month": 30.0,
        "months": 30.0,
        "year": 365.0,
        "years": 365.0,
    },
    "": {"%": 0.01, "percent": 0.01},
}


def plain(name: str) -> str:
    """
    Give a name in the form in which names are compared.

    Parameters
    ----------
    name
        Name of a column, or a word of a cell.

    Returns
    -------
    str
        Lower case, letters and digits only.

    Examples
    --------
    >>> plain("Report Number"), plain("camera:direction")
    ('reportnumber', 'cameradirection')
    """
    return re.sub(r"[\W_]+", "", name.lower())


def as_text(series: pd.Series[Any]) -> pd.Series[str]:
    r"""
    Give a column as text.

    Parameters
    ----------
    series
        A column of a source, of any type.

    Returns
    -------
    pandas.Series of str
        Stripped; lines of one cell are joined by ``", "``; a whole number has no
        decimals; missing where the cell says nothing.

    Examples
    --------
    >>> import pandas as pd
    >>> as_text(pd.Series(["1 Oak St\nAtlanta", "NULL", " x "])).tolist()
    ['1 Oak St, Atlanta', nan, 'x']
    """
    import pandas as pd

    blank = missing(series)
    if pd.api.types.is_string_dtype(series.dtype) and series.dtype != object:
        text = series.str.strip()
        lines = text.str.contains("[\r\n]", regex=True, na=False)
        if lines.any():
            joined = text[lines].str.replace(r"\s*[\r\n]+\s*", ", ", regex=True)
            text = text.where(~lines, joined)
        return text.mask(blank).astype("str")
    codes, distinct = distinct_cells(series)
    words = np.array([_word(cell) for cell in distinct] + [None], dtype=object)
    text = pd.Series(words[codes], index=series.index, dtype="str")
    return text.mask(blank)


def _word(cell: object) -> str:
    if isinstance(cell, str):
        return re.sub(r"\s*[\r\n]+\s*", ", ", cell.strip())
    if isinstance(cell, float | np.floating) and float(cell).is_integer():
        return str(int(cell))
    if isinstance(cell, dt.datetime | dt.date | dt.time):
        return cell.isoformat()
    if isinstance(cell, list | tuple | np.ndarray):
        return ";".join(str(part) for part in cell)
    return str(cell)


def as_number(
    series: pd.Series[Any], unit: str = "", source_unit: str | None = None
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """
    Give a column as numbers in a unit, and where a cell is none.

    Parameters
    ----------
    series
        A column of a source, of any type.
    unit
        Unit of the result, as in the table's layout (``m``, ``deg``, ``km/h`` ...).
    source_unit
        Unit of plain numbers of the source, one of :data:`UNITS`; ``None`` where it
        is the same.

    Returns
    -------
    values : numpy.ndarray of float
        Not-a-number where nothing is given or nothing can be read.
    unreadable : numpy.ndarray of bool
        True where a cell says something that is no number.

    Notes
    -----
    A number may carry its own unit (``40'``, ``12 m``, ``25 mph``, ``30 days``), which
    then counts. ``9,500`` is nine thousand and a half thousand; ``9,5`` has a decimal
    comma.

    Examples
    --------
    >>> import pandas as pd
    >>> values, unreadable = as_number(pd.Series(["12 m", "40'", "tall"]), "m")
    >>> values.round(3).tolist(), unreadable.tolist()
    ([12.0, 12.192, nan], [False, False, True])
    """
    import pandas as pd

    blank = missing(series)
    factor = 1.0 if source_unit is None else UNITS[source_unit, unit]
    if pd.api.types.is_bool_dtype(series.dtype):
        return np.full(len(series), np.nan), ~blank
    numbers = pd.to_numeric(series, errors="coerce").to_numpy(
        np.float64, na_value=np.nan
    )
    values = np.where(np.isfinite(numbers), numbers, np.nan) * factor
    values[blank] = np.nan
    open_cells = np.flatnonzero(np.isnan(values) & ~blank)
    if len(open_cells):
        codes, distinct = distinct_cells(as_text(series.iloc[open_cells]))
        read = _reader(unit)
        found = [read(str(word), factor) for word in distinct]
        table = np.array([np.nan if one is None else one for one in found] + [np.nan])
        values[open_cells] = table[codes]
    return values, np.isnan(values) & ~blank


def _reader(unit: str) -> Callable[[str, float], float | None]:
    def read(word: str, factor: float) -> float | None:
        text = word.replace("\u2212", "-").strip().lower()
        if _THOUSANDS.fullmatch(text):
            text = text.replace(",", "")
        elif _DECIMAL_COMMA.fullmatch(text):
            text = text.replace(",", ".")
        if _NUMBER.fullmatch(text):
            value = float(text)
            return value * factor if np.isfinite(value) else None
        if unit == "m":
            return parse_length_m(text)
        if unit == "km/h":
            return parse_speed_km_h(text)
        found = _WITH_UNIT.fullmatch(text)
        words = _UNIT_WORDS.get(unit, {})
        if found is None or found[2] not in words:
            return None
        return float(found[1]) * words[found[2]]

    return read


def as_choice(
    text: pd.Series[str],
    *,
    words: Mapping[str, str],
    allowed: tuple[str, ...] | None,
    otherwise: str | None = None,
) -> tuple[pd.Series[str], NDArray[np.bool_]]:
    """
    Give texts translated word by word, and where a word is not among those allowed.

    Parameters
    ----------
    text
        A column, as :func:`as_text` gives it.
    words
        Word of the source to word of the table; case and punctuation do not matter. An
        empty word of the table means "not known".
    allowed
        The only words allowed, or ``None`` for any.
    otherwise
        The word for those that ``words`` does not have; ``None`` keeps the source's.

    Returns
    -------
    words : pandas.Series of str
        Missing where not known or not allowed.
    refused : numpy.ndarray of bool
        True where the source says something that is not allowed.

    Examples
    --------
    >>> import pandas as pd
    >>> found, refused = as_choice(pd.Series(["Fixed", "dome", "?"]),
    ...     words={"fixed": "bullet"}, allowed=("bullet", "dome"))
    >>> found.tolist(), refused.tolist()
    (['bullet', 'dome', nan], [False, False, True])
    """
    import pandas as pd

    table = {plain(str(word)): target for word, target in words.items()}
    known = {plain(word): word for word in allowed or ()}
    codes, distinct = distinct_cells(text)
    found: list[str | None] = []
    refused: list[bool] = []
    for word in distinct:
        key = plain(str(word)) or str(word)
        target = table.get(key, known.get(key, otherwise))
        if target is None and allowed is None:
            target = str(word)
        found.append(target or None)
        refused.append(target is None)
    result = np.array([*found, None], dtype=object)[codes]
    wrong = np.array([*refused, False], dtype=bool)[codes]
    return pd.Series(result, index=text.index, dtype="str"), wrong
