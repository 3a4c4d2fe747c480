"""Texts and shapes of many rows as a few plain arrays, to be mapped into memory."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Self

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

__all__ = ["BOOL", "F4", "F8", "FREE", "I4", "I8", "U1", "U2", "U8", "Ragged", "Texts"]

# How each array lies on disk; the classes of a store name these for their fields.
BOOL: Final[Mapping[str, str]] = {"dtype": "|b1"}
U1: Final[Mapping[str, str]] = {"dtype": "|u1"}
U2: Final[Mapping[str, str]] = {"dtype": "<u2"}
U8: Final[Mapping[str, str]] = {"dtype": "<u8"}
I4: Final[Mapping[str, str]] = {"dtype": "<i4"}
I8: Final[Mapping[str, str]] = {"dtype": "<i8"}
F4: Final[Mapping[str, str]] = {"dtype": "<f4"}
F8: Final[Mapping[str, str]] = {"dtype": "<f8"}
# Of a column that has not one entry for each row of its table.
FREE: Final[Mapping[str, str]] = {"rows": "free"}


@dataclass(frozen=True, slots=True, eq=False)
class Texts:
    """
    Texts of many rows, read one at a time.

    Parameters
    ----------
    blob
        All texts one after another in UTF-8, bytes.
    offsets
        Where each begins, and where the last ends, shape ``(n + 1,)``.
    """

    blob: NDArray[np.uint8] = field(metadata=U1)
    offsets: NDArray[np.int64] = field(metadata=I8)

    @classmethod
    def of(cls, texts: Iterable[str | None]) -> Self:
        """
        Give texts as arrays.

        Parameters
        ----------
        texts
            The texts; ``None`` becomes an empty one.

        Returns
        -------
        Texts
            Those texts in their order.

        Examples
        --------
        >>> names = Texts.of(["Säule 4", None])
        >>> len(names), names[0], names[-1]
        (2, 'Säule 4', '')
        """
        parts = [(text or "").encode("utf-8", "replace") for text in texts]
        offsets = np.zeros(len(parts) + 1, np.int64)
        np.cumsum([len(part) for part in parts], out=offsets[1:])
        return cls(np.frombuffer(b"".join(parts), np.uint8), offsets)

    def __len__(self) -> int:
        """Give how many texts there are."""
        return len(self.offsets) - 1

    def __getitem__(self, row: int) -> str:
        """Give one text; rows below 0 count from the end."""
        count = len(self)
        if not -count <= row < count:
            message = f"there is no text {row}; there are {count}"
            raise IndexError(message)
        row %= count
        return bytes(self.blob[self.offsets[row] : self.offsets[row + 1]]).decode()

    def find(self, text: str) -> int:
        """
        Give the first row that holds a text.

        Parameters
        ----------
        text
            The whole text.

        Returns
        -------
        int
            Its row, or -1 where no row holds it.

        Examples
        --------
        >>> Texts.of(["a", "ab", "b"]).find("b"), Texts.of(["a", "ab"]).find("b")
        (2, -1)
        """
        sought = text.encode("utf-8", "replace")
        rows = np.flatnonzero(np.diff(self.offsets) == len(sought))
        start = self.offsets[rows]
        # From the end, where keys differ most, so that few rows are left at once.
        for place in reversed(range(len(sought))):
            alike = self.blob[start + place] == sought[place]
            rows, start = rows[alike], start[alike]
        return int(rows[0]) if len(rows) else -1


@dataclass(frozen=True, slots=True, eq=False)
class Ragged:
    """
    Polygons or lines of many rows.

    A polygon is what an odd number of its rings go round (so holes and several parts
    need no more words); rings of polygons are closed, their last point is their first.
    A line is a row of open rings.

    Parameters
    ----------
    xy
        Corners in the unit square of Web Mercator, shape ``(k, 2)``.
    ring_ptr
        Where each ring's corners begin, shape ``(rings + 1,)``.
    row_ptr
        Where each row's rings begin, shape ``(n + 1,)``.
    box
        Least x and y, greatest x and y of each row, shape ``(n, 4)``; NaN where a row
        has no corner.
    """

    xy: NDArray[np.float64] = field(metadata=F8)
    ring_ptr: NDArray[np.int64] = field(metadata=I8)
    row_ptr: NDArray[np.int64] = field(metadata=I8)
    box: NDArray[np.float64] = field(metadata=F8)

    @classmethod
    def of(cls, rows: Sequence[Sequence[NDArray[np.float64]]]) -> Self:
        """
        Give shapes as arrays.

        Parameters
        ----------
        rows
            For each row its rings, each an array of corners of shape ``(k, 2)``.

        Returns
        -------
        Ragged
            Those shapes in their order.

        Examples
        --------
        >>> square = np.array([[0.0, 0.0], [1, 0], [1, 1], [0, 1], [0, 0]])
        >>> shape = Ragged.of([[square], []])
        >>> len(shape), shape.box[0].tolist(), len(shape.rings(1))
        (2, [0.0, 0.0, 1.0, 1.0], 0)
        """
        rings = [np.asarray(ring, np.float64) for row in rows for ring in row]
        xy = np.concatenate([np.empty((0, 2)), *rings])
        ring_ptr = _starts([len(ring) for ring in rings])
        row_ptr = _starts([len(row) for row in rows])
        return cls.with_boxes(xy, ring_ptr, row_ptr)

    @classmethod
    def with_boxes(
        cls,
        xy: NDArray[np.float64],
        ring_ptr: NDArray[np.int64],
        row_ptr: NDArray[np.int64],
    ) -> Self:
        """
        Give shapes from their corners, with the boxes round them.

        Parameters
        ----------
        xy, ring_ptr, row_ptr
            As the class has them.

        Returns
        -------
        Ragged
            Those shapes.

        Examples
        --------
        >>> line = Ragged.with_boxes(np.eye(2), np.array([0, 2]), np.array([0, 1]))
        >>> line.box.tolist()
        [[0.0, 0.0, 1.0, 1.0]]
        """
        start = ring_ptr[row_ptr]
        some = np.diff(start) > 0
        box = np.full((len(some), 4), np.nan)
        if some.any():
            first = start[:-1][some]
            box[some, :2] = np.minimum.reduceat(xy, first, axis=0)
            box[some, 2:] = np.maximum.reduceat(xy, first, axis=0)
        return cls(xy, ring_ptr, row_ptr, box)

    def __len__(self) -> int:
        """Give how many rows there are."""
        return len(self.row_ptr) - 1

    def rings(self, row: int) -> list[NDArray[np.float64]]:
        """
        Give the rings of one row.

        Parameters
        ----------
        row
            Its number, 0 or more.

        Returns
        -------
        list of numpy.ndarray
            Corners of each ring, shape ``(k, 2)``.

        Examples
        --------
        >>> [len(ring) for ring in Ragged.of([[np.zeros((4, 2))]]).rings(0)]
        [4]
        """
        rings = range(int(self.row_ptr[row]), int(self.row_ptr[row + 1]))
        return [self.xy[self.ring_ptr[one] : self.ring_ptr[one + 1]] for one in rings]


def _starts(sizes: Sequence[int]) -> NDArray[np.int64]:
    starts = np.zeros(len(sizes) + 1, np.int64)
    np.cumsum(sizes, out=starts[1:])
    return starts
