"""What a reader hands over: the table, and every row that was not taken as it stood."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas as gpd
    import pandas as pd
    from numpy.typing import NDArray

__all__ = [
    "ACTIONS",
    "REJECTED_COLUMNS",
    "Action",
    "Ledger",
    "Loaded",
    "counted",
    "mask_secrets",
]

Action = Literal["row left out", "cell left empty", "repaired"]
ACTIONS: tuple[Action, ...] = ("row left out", "cell left empty", "repaired")

REJECTED_COLUMNS = (
    *("table", "source", "row", "cause", "column", "value", "detail", "action"),
)

_LOUD_SHARE = 0.2
_VALUE_LENGTH = 120
_FEED = re.compile(r"\b(?:rtsps?|rtmpt?s?|rtp|mms|srt|udp|onvif)://\S*", re.IGNORECASE)
_STREAM = re.compile(
    r"\bhttps?://\S*(?:\.m3u8|\.mpd|\.mjpe?g|\.sdp|/video|/stream)\S*", re.IGNORECASE
)
_USER = re.compile(r"\b([a-z][a-z0-9+.-]*://)[^/\s@]*@\S*", re.IGNORECASE)
_TOKEN = re.compile(
    r"\b(https?://[^\s?]*)\?\S*(?:key|token|pass|pwd|sig|auth)\S*", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Loaded:
    """
    One table as read from one source, with its losses and its origin.

    Parameters
    ----------
    table
        The table, conformed and checked, EPSG:4326.
    rejected
        One row for each fault: ``table``, ``source``, ``row`` (of the source, counted
        from 1 after the header), ``cause``, ``column``, ``value``, ``detail`` and
        ``action``: ``row left out``, ``cell left empty`` or ``repaired``.
    notices
        Sentences for people about the source as a whole.
    provenance
        Where the table came from: name, digest, rows offered and kept, preset, licence.
    """

    table: gpd.GeoDataFrame
    rejected: pd.DataFrame
    notices: tuple[str, ...] = ()
    provenance: Mapping[str, Any] = field(default_factory=dict)

    def rows_left_out(self) -> int:
        """
        Give the number of rows of the source that are not in the table for a fault.

        Returns
        -------
        int
            Rows, each counted once.
        """
        gone = self.rejected[self.rejected["action"] == "row left out"]
        return int(gone["row"].nunique())


def mask_secrets(text: str) -> str:
    """
    Give a text without feed addresses and without what opens them.

    Parameters
    ----------
    text
        Any text of a source.

    Returns
    -------
    str
        The text; addresses of feeds, and addresses with a user name, a password or a
        key in them, are replaced by words that say so.

    Examples
    --------
    >>> mask_secrets("see rtsp://admin:1234@10.0.0.9/live"), mask_secrets("12 Oak St")
    ('see (feed address hidden)', '12 Oak St')
    """
    masked = _FEED.sub("(feed address hidden)", text)
    masked = _USER.sub(r"\1(hidden)", masked)
    masked = _STREAM.sub("(feed address hidden)", masked)
    return _TOKEN.sub(r"\1?(hidden)", masked)


def counted(number: int, noun: str) -> str:
    """
    Give a number with its noun in the right form.

    Parameters
    ----------
    number
        How many.
    noun
        The noun for one of them; its plural ends in s.

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


@dataclass(slots=True)
class Ledger:
    """
    The book in which a reader writes each fault as it is found.

    Parameters
    ----------
    table
        Name of the table.
    source
        Name of the file.
    notices
        Sentences about the source as a whole, in the order found.
    """

    table: str
    source: str
    notices: list[str] = field(default_factory=list)
    _parts: list[dict[str, Any]] = field(default_factory=list)

    def add(
        self,
        rows: NDArray[np.int64],
        *,
        cause: str,
        column: str,
        values: Any,  # noqa: ANN401 - one value, or one a row
        detail: str,
        action: Action,
    ) -> None:
        """
        Write one fault of one or more rows.

        Parameters
        ----------
        rows
            Rows of the source, counted from 1 after the header.
        cause
            The kind of fault, in a few words that stay the same from file to file.
        column
            Column of the source, or of the table where it has none.
        values
            What was seen: one value, or an array of the length of ``rows``.
        detail
            What it means or what was done.
        action
            ``row left out``, ``cell left empty`` or ``repaired``.
        """
        if len(rows) == 0:
            return
        self._parts.append(
            {
                "row": np.asarray(rows, dtype=np.int64),
                "cause": cause,
                "column": column,
                "value": _texts(values, len(rows)),
                "detail": detail,
                "action": action,
            }
        )

    def notice(self, sentence: str) -> None:
        """
        Write a sentence about the source as a whole, once.

        Parameters
        ----------
        sentence
            The sentence.
        """
        if sentence not in self.notices:
            self.notices.append(sentence)

    def frame(self) -> pd.DataFrame:
        """
        Give the book as a frame, by row of the source.

        Returns
        -------
        pandas.DataFrame
            The columns of :data:`REJECTED_COLUMNS`.
        """
        import pandas as pd

        if not self._parts:
            blank = {name: pd.Series(dtype="str") for name in REJECTED_COLUMNS}
            blank["row"] = pd.Series(dtype="int64")
            return pd.DataFrame(blank)
        frame = pd.concat([pd.DataFrame(part) for part in self._parts])
        frame = frame.assign(table=self.table, source=self.source)
        frame = frame.sort_values("row", kind="stable", ignore_index=True)
        texts = {name: "str" for name in REJECTED_COLUMNS if name != "row"}
        return frame[list(REJECTED_COLUMNS)].astype(texts)

    def announce_losses(self, offered: int) -> None:
        """
        Add a loud notice where many of the rows offered are left out.

        Parameters
        ----------
        offered
            Rows of the source that are meant for this table.
        """
        gone = {
            int(row)
            for part in self._parts
            if part["action"] == "row left out"
            for row in part["row"]
        }
        if offered and len(gone) > _LOUD_SHARE * offered:
            self.notices.insert(
                0,
                f"ATTENTION: {len(gone):,} of {offered:,} rows of {self.source} "
                f"({len(gone) / offered:.0%}) are left out; see the causes before "
                "using the rest",
            )


def _texts(values: Any, count: int) -> list[str]:  # noqa: ANN401
    if isinstance(values, str) or not hasattr(values, "__len__"):
        return [_text(values)] * count
    return [_text(value) for value in values]


def _text(value: object) -> str:
    if value is None or (isinstance(value, float) and np.isnan(value)):
        return ""
    text = mask_secrets(str(value))
    return text if len(text) <= _VALUE_LENGTH else text[: _VALUE_LENGTH - 3] + "..."
