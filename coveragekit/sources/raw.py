"""A source as it stands in its file: columns, shapes, and where each row stood."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

__all__ = ["MISSING_WORDS", "Raw", "distinct_cells", "missing", "unique_names"]

# Words that exports write where nothing is known, compared in lower case.
MISSING_WORDS = frozenset(
    {"", "null", "<null>", "(null)", "na", "n/a", "#n/a", "nan", "none", "nat", "\\n"}
)


@dataclass(slots=True)
class Raw:
    """
    The rows of one file or layer, not yet understood.

    Parameters
    ----------
    frame
        The columns as they are called in the file, index 0 to n-1. Text stays text.
    rows
        Row of the source of each row, counted from 1 after the header.
    offered
        Rows that the source has, those that could not be read included.
    geometry
        Shapes, ``None`` where missing; ``None`` altogether for a file without shapes.
    crs
        CRS of the shapes as the file states it, or ``None``.
    facts
        What is worth keeping of the origin: format, layer, encoding, delimiter.
    lines
        Line of the file at which each row begins, as an editor or a spreadsheet counts
        them; ``None`` for a file without lines.
    """

    frame: pd.DataFrame
    rows: NDArray[np.int64]
    offered: int
    geometry: NDArray[np.object_] | None = None
    crs: Any = None
    facts: dict[str, Any] = field(default_factory=dict)
    lines: NDArray[np.int64] | None = None


def missing(series: pd.Series[Any]) -> NDArray[np.bool_]:
    """
    Tell for each cell whether it says nothing.

    Parameters
    ----------
    series
        A column of a source.

    Returns
    -------
    numpy.ndarray of bool
        True where the cell is empty or holds a word for "not known" such as ``NULL``.

    Examples
    --------
    >>> import pandas as pd
    >>> missing(pd.Series(["12 Oak St", "NULL", " ", None])).tolist()
    [False, True, True, True]
    """
    absent = np.asarray(series.isna(), dtype=bool)
    if str(series.dtype) == "str":
        words = series.str.strip().str.lower().isin(MISSING_WORDS)
        return np.asarray(absent | np.asarray(words, dtype=bool), dtype=bool)
    if series.dtype != object:
        return np.asarray(absent, dtype=bool)
    codes, distinct = distinct_cells(series)
    empty = np.array(
        [
            isinstance(word, str) and word.strip().lower() in MISSING_WORDS
            for word in distinct
        ],
        dtype=bool,
    )
    if not empty.any():
        return absent
    return np.asarray(absent | np.append(empty, False)[codes], dtype=bool)


def distinct_cells(
    series: pd.Series[Any],
) -> tuple[NDArray[np.intp], NDArray[np.object_]]:
    """
    Give the distinct cells of a column, so that each is understood only once.

    Parameters
    ----------
    series
        A column.

    Returns
    -------
    codes : numpy.ndarray of int
        Place of each row's cell among the distinct ones, -1 where it is missing.
    distinct : numpy.ndarray
        The distinct cells as Python objects, in order of first appearance.

    Examples
    --------
    >>> import pandas as pd
    >>> codes, distinct = distinct_cells(pd.Series(["b", None, "b", "a"]))
    >>> codes.tolist(), distinct.tolist()
    ([0, -1, 0, 1], ['b', 'a'])
    """
    import pandas as pd

    codes, distinct = pd.factorize(series)
    return np.asarray(codes), np.asarray(distinct, dtype=object)


def unique_names(names: list[str]) -> list[str]:
    """
    Give names of columns of which none is empty and none stands twice.

    Parameters
    ----------
    names
        The names in the file.

    Returns
    -------
    list of str
        The same, stripped; a repeated one gets ``.2``, ``.3``, an empty one
        ``column 4`` by its place.

    Examples
    --------
    >>> unique_names(["id", "", "id"])
    ['id', 'column 2', 'id.2']
    """
    seen: dict[str, int] = {}
    result = []
    for place, given in enumerate(names, start=1):
        name = given.strip().lstrip("\ufeff") or f"column {place}"
        seen[name] = seen.get(name, 0) + 1
        result.append(name if seen[name] == 1 else f"{name}.{seen[name]}")
    return result
