"""Read tables of text and of cells: CSV in its many forms, and XLSX."""

from __future__ import annotations

import csv
import io
import re
import warnings
import zipfile
import zlib
from typing import TYPE_CHECKING, Any

import numpy as np

from coveragekit.errors import SourceChanged, SourceUnavailable
from coveragekit.sources.dates import parse_moment
from coveragekit.sources.raw import Raw, unique_names

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from coveragekit.sources.loaded import Ledger

__all__ = ["read_csv", "read_xlsx"]

_DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
_SAMPLE_ROWS = 40
_LONGEST_CELL = 2**31 - 1
_MOST_COLUMNS = 16_384
_BOMS = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
# What openpyxl raises on the many ways in which a workbook can be damaged.
_UNREADABLE = (
    *(ValueError, KeyError, TypeError, AttributeError, IndexError, SyntaxError),
    *(OSError, EOFError, zipfile.BadZipFile, zlib.error),
)
_GUESSED = (
    "read as {}, which is a guess: look whether letters with accents came out right, "
    "or save it as UTF-8"
)
_ENCODED = {
    "cp1252": _GUESSED.format("Windows-1252"),
    "latin-1": _GUESSED.format("Latin-1"),
    "utf-16": "read as UTF-16, as it says itself",
    "utf-32": "read as UTF-32, as it says itself",
    "utf-16-le": "read as UTF-16",
    "utf-16-be": "read as UTF-16",
}
_NUMBER = re.compile(r"\s*[-+]?[0-9]+(?:[.,][0-9]+)?\s*")


def read_csv(data: bytes, name: str, ledger: Ledger) -> Raw:
    """
    Give the rows of a table of text.

    Parameters
    ----------
    data
        The whole file, uncompressed.
    name
        Its name, for messages.
    ledger
        The book for rows that cannot be read.

    Returns
    -------
    Raw
        Every column as text.

    Raises
    ------
    SourceChanged
        The file is empty, is not a table of text, or has no header.
    SourceUnavailable
        A quoted cell does not end.

    Notes
    -----
    The encoding is that of the byte order mark, else UTF-8, else UTF-16 without a mark,
    else Windows-1252, which fits any bytes and is therefore announced. The delimiter is
    the one that cuts the first rows into the most even number of cells. Quoted cells
    may hold line ends. A row with too many cells is left out; in one with too few the
    last cells are left empty.
    """
    text, encoding = _decode(data, name)
    if encoding not in {"utf-8", "utf-8-sig"}:
        ledger.notice(f"{name} is not UTF-8; {_ENCODED.get(encoding, encoding)}")
    delimiter = _delimiter(text)
    facts = {"encoding": encoding, "delimiter": _DELIMITERS[delimiter]}
    header, frame, rows, offered = _cells(text, name, delimiter, ledger=ledger)
    _check_header(header, name)
    frame.columns = unique_names(header)
    if offered == 0:
        message = f"{name} has a header but no rows; give a file with rows"
        raise SourceChanged(message)
    begins = _first_lines(text, delimiter)
    lines = begins[rows] if len(begins) > offered else None
    return Raw(frame, rows, offered, facts=facts, lines=lines)


def _first_lines(text: str, delimiter: str) -> NDArray[np.int64]:
    """Give the line at which each record begins; a quoted cell may hold line ends."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    usual = csv.field_size_limit(_LONGEST_CELL)
    lines, begins = [], 1
    try:
        for record in reader:
            if record:
                lines.append(begins)
            begins = reader.line_num + 1
    except csv.Error:
        lines = []  # the rows were read all the same: they only have no lines
    finally:
        csv.field_size_limit(usual)
    return np.array(lines, dtype=np.int64)


def _decode(data: bytes, name: str) -> tuple[str, str]:
    if not data.strip():
        message = f"{name} is empty; give a file with a header and rows"
        raise SourceChanged(message)
    encodings = [encoding for mark, encoding in _BOMS if data.startswith(mark)]
    head = data[:4096]
    if not encodings and b"\x00" in head:
        # In UTF-16 every second byte of Western text is zero; elsewhere zeros mean
        # that the file is no text at all.
        if head[1::2].count(0) > len(head) // 3:
            encodings = ["utf-16-le"]
        elif head[::2].count(0) > len(head) // 3:
            encodings = ["utf-16-be"]
        else:
            message = f"{name} is not a table of text: it holds binary data"
            raise SourceChanged(message)
    encodings = encodings or ["utf-8", "cp1252", "latin-1"]
    for encoding in encodings:
        try:
            return data.decode(encoding), encoding
        except UnicodeDecodeError:
            continue
    message = f"{name} says it is {encodings[0]} but cannot be read as such: damaged"
    raise SourceUnavailable(message)


def _delimiter(text: str) -> str:
    sample = text[:200_000]
    best, best_score = ",", (0.0, 0)
    for delimiter in _DELIMITERS:
        reader = csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter)
        widths = []
        try:
            for row in reader:
                if row:
                    widths.append(len(row))
                if len(widths) >= _SAMPLE_ROWS:
                    break
        except csv.Error:
            continue
        if not widths or widths[0] < 2:
            continue
        even = sum(width == widths[0] for width in widths) / len(widths)
        if (even, widths[0]) > best_score:
            best, best_score = delimiter, (even, widths[0])
    return best


def _cells(
    text: str, name: str, delimiter: str, *, ledger: Ledger
) -> tuple[list[str], pd.DataFrame, Any, int]:
    import pyarrow as pa
    import pyarrow.csv as pa_csv

    options = pa_csv.ParseOptions(delimiter=delimiter, newlines_in_values=True)
    width = _width(text, name, delimiter)
    if text.count('"') % 2:
        # A quoted cell may not end: the quick reader would take all below for its text.
        return _cells_one_by_one(text, name, delimiter, ledger=ledger)
    names = [str(place) for place in range(width)]
    try:
        table = pa_csv.read_csv(
            pa.py_buffer(text.encode("utf-8")),
            read_options=pa_csv.ReadOptions(column_names=names, block_size=1 << 24),
            parse_options=options,
            convert_options=pa_csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.large_string()),
                strings_can_be_null=False,
            ),
        )
    except (pa.ArrowInvalid, pa.ArrowCapacityError):
        # Rows of uneven width, or cells longer than a block: read one by one instead.
        return _cells_one_by_one(text, name, delimiter, ledger=ledger)
    frame = table.to_pandas()
    header = [str(cell) for cell in frame.iloc[0]]
    frame = frame.iloc[1:].reset_index(drop=True)
    count = len(frame)
    return header, frame, np.arange(1, count + 1, dtype=np.int64), count


def _width(text: str, name: str, delimiter: str) -> int:
    """Give how many columns the header names; a file of ever more fills the memory."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    usual = csv.field_size_limit(_LONGEST_CELL)
    try:
        width = len(next(reader))
    finally:
        csv.field_size_limit(usual)
    if width > _MOST_COLUMNS:
        message = (
            f"{name} has {width:,} columns, and no table needs more than "
            f"{_MOST_COLUMNS:,}; look whether rows and columns are turned round"
        )
        raise SourceChanged(message)
    return width


def _cells_one_by_one(
    text: str, name: str, delimiter: str, *, ledger: Ledger
) -> tuple[list[str], pd.DataFrame, Any, int]:
    import pandas as pd

    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    # one huge cell is a fault of its row, not of the file
    usual = csv.field_size_limit(_LONGEST_CELL)
    try:
        lines = [line for line in reader if line]
    except csv.Error as error:
        message = (
            f"{name} cannot be read to its end: {error} (line {reader.line_num}); "
            "it is damaged or cut off: fetch it again"
        )
        raise SourceUnavailable(message) from error
    finally:
        csv.field_size_limit(usual)
    header, body = lines[0], lines[1:]
    width = len(header)
    short, long, kept, rows = [], [], [], []
    for number, line in enumerate(body, start=1):
        if any(cell.strip() for cell in line[width:]):
            long.append((number, len(line)))
            continue
        if len(line) < width:
            short.append((number, len(line)))
        kept.append(line[:width] + [""] * (width - len(line)))
        rows.append(number)
    for found, cause, action in (
        (long, "too many cells", "row left out"),
        (short, "too few cells", "cell left empty"),
    ):
        ledger.add(
            np.array([number for number, _ in found], dtype=np.int64),
            cause=cause,
            column="(row)",
            values=[f"{count} cells" for _, count in found],
            detail=f"the header has {width} cells",
            action="row left out" if action == "row left out" else "cell left empty",
        )
    frame = pd.DataFrame(kept, columns=[str(i) for i in range(width)], dtype="str")
    return header, frame, np.array(rows, dtype=np.int64), len(body)


def _check_header(header: list[str], name: str) -> None:
    filled = [cell for cell in header if cell.strip()]
    numbers = [cell for cell in filled if _NUMBER.fullmatch(cell)]
    if numbers and all(cell in numbers or parse_moment(cell) for cell in filled):
        message = (
            f"{name} has no header: its first row holds only numbers and dates "
            f"({', '.join(filled[:4])}); add a first row that names the columns"
        )
        raise SourceChanged(message)
    if not filled:
        message = f"{name} has no header: its first row is empty"
        raise SourceChanged(message)


def read_xlsx(data: bytes, name: str, layer: str | None) -> Raw:
    """
    Give the rows of one sheet of a workbook.

    Parameters
    ----------
    data
        The whole file.
    name
        Its name, for messages.
    layer
        Name of the sheet; may be ``None`` where only one sheet holds rows.

    Returns
    -------
    Raw
        Cells as the workbook holds them: texts, numbers, times.

    Raises
    ------
    SourceChanged
        No sheet of that name, several sheets with rows and none named, or no rows.
    SourceUnavailable
        The workbook is damaged or locked with a password.
    """
    sheets = _sheets(data, name)
    if layer is not None and layer not in sheets:
        message = f"{name} has no sheet {layer!r}; it has: {', '.join(sheets)}"
        raise SourceChanged(message)
    if layer is not None:
        sheets = {layer: sheets[layer]}
    filled = {title: sheet for title, sheet in sheets.items() if len(sheet) > 1}
    if len(filled) > 1:
        message = (
            f"{name} has several sheets with rows: {', '.join(filled)}; "
            "name one as the layer"
        )
        raise SourceChanged(message)
    if not filled:
        message = f"{name} has no rows; give a workbook with a header and rows"
        raise SourceChanged(message)
    title, sheet = next(iter(filled.items()))
    header = ["" if cell is None else str(cell) for cell in sheet.iloc[0]]
    _check_header(header, name)
    body = sheet.iloc[1:].reset_index(drop=True)
    body.columns = unique_names(header)
    filled_rows = np.array(
        [any(str(cell).strip() for cell in row) for row in body.to_numpy()], dtype=bool
    )
    rows = np.flatnonzero(filled_rows).astype(np.int64) + 1
    frame = body[filled_rows].reset_index(drop=True)
    return Raw(frame, rows, len(frame), facts={"layer": title}, lines=rows + 1)


def _sheets(data: bytes, name: str) -> dict[str, pd.DataFrame]:
    import pandas as pd
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        with warnings.catch_warnings():
            # Styles and print areas, which openpyxl warns about, are not read.
            warnings.simplefilter("ignore", UserWarning)
            sheets = pd.read_excel(
                io.BytesIO(data),
                sheet_name=None,
                header=None,
                dtype=object,
                keep_default_na=False,
                engine="openpyxl",
            )
    except (*_UNREADABLE, InvalidFileException) as error:
        message = (
            f"{name} cannot be read as a workbook: {error}; save it again as .xlsx, "
            "without a password"
        )
        raise SourceUnavailable(message) from error
    return {str(title): sheet for title, sheet in sheets.items()}
