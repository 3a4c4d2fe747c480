"""The rows of a file that says where cameras' pictures come from."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from coveragekit.errors import InputError
from coveragekit.sources.files import digest, open_source
from coveragekit.sources.loaded import Ledger
from coveragekit.sources.raw import MISSING_WORDS

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable

__all__ = ["FeedRows", "read_feed_rows"]

_FORMATS: Final = frozenset({"CSV", "XLSX"})


@dataclass(frozen=True, slots=True)
class FeedRows:
    """
    The rows of a file of feeds; what is in them is in no ``repr``.

    Parameters
    ----------
    rows
        One mapping for each row, from names of columns, in lower case, to text.
    columns
        The columns' names, as they stand in the file.
    lines
        Line of the file at which each row begins.
    digest
        SHA-256 of the file.
    rejected
        How many rows could not be read.
    """

    rows: tuple[dict[str, str], ...] = field(repr=False)
    columns: tuple[str, ...] = field(repr=False)
    lines: tuple[int, ...]
    digest: str
    rejected: int


def read_feed_rows(path: str | os.PathLike[str]) -> FeedRows:
    """
    Read the rows of a file of feeds, as text.

    Parameters
    ----------
    path
        CSV or XLSX.

    Returns
    -------
    FeedRows
        The rows, in the order of the file; empty cells are left out.

    Raises
    ------
    InputError
        Another format.
    SourceUnavailable
        There is no such file, or it is damaged.
    SourceChanged
        The file has no rows.
    """
    file = Path(path)
    ledger = Ledger("feeds", file.name)
    raw = open_source(file, ledger)
    kind = raw.facts.get("format")
    if kind not in _FORMATS or raw.lines is None:
        message = f"{file.name} is {kind}; feeds are read from CSV or XLSX"
        raise InputError(message)
    names = [str(name) for name in raw.frame.columns]
    columns = [name.strip().lower() for name in names]
    cells = raw.frame.itertuples(index=False, name=None)
    rows = tuple(dict(_said(columns, row)) for row in cells)
    lost = raw.offered - len(rows)
    lines = tuple(int(one) for one in raw.lines)
    return FeedRows(rows, tuple(names), lines, digest(file), lost)


def _said(columns: list[str], row: Iterable[Any]) -> Iterable[tuple[str, str]]:
    for name, cell in zip(columns, row, strict=True):
        text = "" if cell is None or cell != cell else str(cell).strip()  # noqa: PLR0124 - what is no number is not itself
        if text.lower() not in MISSING_WORDS:
            yield name, text
