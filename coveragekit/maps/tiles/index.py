"""Find the rows of a table that lie in a window without looking at the others."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from coveragekit.maps.tiles.kernels.boxes import GROUP, meeting
from coveragekit.view import morton

if TYPE_CHECKING:
    from numpy.typing import DTypeLike, NDArray

    from coveragekit.view import Ragged

__all__ = ["BoxIndex", "Drawn", "frozen", "slices_in"]


def frozen(array: NDArray[Any], dtype: DTypeLike | None = None) -> NDArray[Any]:
    """
    Give an array as kernels take it: in one piece, and not to be written to.

    Parameters
    ----------
    array
        Any array.
    dtype
        The type to give it.

    Returns
    -------
    numpy.ndarray
        The same memory where that is possible.

    Examples
    --------
    >>> frozen(np.arange(3)).flags.writeable
    False
    """
    view = np.ascontiguousarray(array, dtype).view()
    view.flags.writeable = False
    return view


@dataclass(frozen=True, slots=True)
class BoxIndex:
    """
    Boxes round rows, round groups of rows, and round groups of those.

    Parameters
    ----------
    box, groups, blocks
        As :func:`~coveragekit.maps.tiles.kernels.boxes.meeting` takes them.
    """

    box: NDArray[np.float64]
    groups: NDArray[np.float64]
    blocks: NDArray[np.float64]

    @classmethod
    def of(cls, box: NDArray[np.float64]) -> Self:
        """
        Give the index of boxes; it is quick where neighbours stand together.

        Parameters
        ----------
        box
            Least x and y, greatest x and y of each row, shape ``(n, 4)``; NaN for a
            row that lies nowhere.

        Returns
        -------
        BoxIndex
            Of those rows.

        Examples
        --------
        >>> index = BoxIndex.of(np.array([[0.0, 0.0, 1, 1], [5, 5, 6, 6]]))
        >>> index.rows(np.array([4.0, 4.0, 9.0, 9.0])).tolist()
        [1]
        """
        groups = _around(box)
        return cls(frozen(box), frozen(groups), frozen(_around(groups)))

    def rows(self, window: NDArray[np.float64]) -> NDArray[np.int64]:
        """
        Give the rows whose box meets a window.

        Parameters
        ----------
        window
            Least x and y, greatest x and y.

        Returns
        -------
        numpy.ndarray
            Ascending.
        """
        return meeting(self.box, self.groups, self.blocks, window)


def _around(box: NDArray[np.float64]) -> NDArray[np.float64]:
    if len(box) == 0:
        return np.empty((0, 4))
    start = np.arange(0, len(box), GROUP)
    out = np.empty((len(start), 4))
    out[:, :2] = np.fmin.reduceat(box[:, :2], start, axis=0)
    out[:, 2:] = np.fmax.reduceat(box[:, 2:], start, axis=0)
    return out


@dataclass(frozen=True, slots=True)
class Drawn:
    """
    Shapes as kernels take them, with their index.

    Parameters
    ----------
    xy, ring_ptr, row_ptr
        As ``view.Ragged`` has them.
    index
        Of their boxes.
    """

    xy: NDArray[np.float64]
    ring_ptr: NDArray[np.int64]
    row_ptr: NDArray[np.int64]
    index: BoxIndex

    @classmethod
    def of(cls, shape: Ragged) -> Self:
        """
        Give shapes ready to be drawn.

        Parameters
        ----------
        shape
            Polygons or lines in the unit square of Web Mercator.

        Returns
        -------
        Drawn
            The same corners.
        """
        return cls(
            frozen(shape.xy, np.float64),
            frozen(shape.ring_ptr, np.int64),
            frozen(shape.row_ptr, np.int64),
            BoxIndex.of(np.asarray(shape.box)),
        )

    @property
    def arrays(
        self,
    ) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.int64]]:
        """Give corners, rings and rows in the order that kernels take them."""
        return self.xy, self.ring_ptr, self.row_ptr

    def __len__(self) -> int:
        """Give how many rows there are."""
        return len(self.row_ptr) - 1


def slices_in(
    key: NDArray[np.uint64], window: NDArray[np.float64]
) -> NDArray[np.int64]:
    """
    Give the slices of a Morton-sorted table that hold every point of a window.

    Parameters
    ----------
    key
        Morton keys, ascending.
    window
        Least x and y, greatest x and y.

    Returns
    -------
    numpy.ndarray
        First row and the row after the last, shape ``(k, 2)``, ascending; they hold
        some points around the window too.

    Examples
    --------
    >>> key = morton.keys([[0.1, 0.1], [0.6, 0.1], [0.7, 0.1]])
    >>> slices_in(key, np.array([0.5, 0.0, 0.99, 0.49])).tolist()
    [[1, 3]]
    """
    west, north, east, south = np.clip(window, 0.0, 1.0 - 2.0**-40).tolist()
    if not (window[0] < 1.0 and window[1] < 1.0 and window[2] > 0.0 and window[3] > 0):
        return np.empty((0, 2), np.int64)
    side = max(east - west, south - north, 2.0**-28)
    zoom = min(max(math.ceil(-math.log2(side)) + 2, 0), 30)
    tiles = 2**zoom
    columns = np.arange(math.floor(west * tiles), math.floor(east * tiles) + 1)
    rows = np.arange(math.floor(north * tiles), math.floor(south * tiles) + 1)
    corners = np.stack(np.meshgrid(columns, rows), axis=-1).reshape(-1, 2) / tiles
    first = np.sort(morton.keys(corners))
    last = first + np.uint64(2 ** (2 * (morton.DEEPEST - zoom)) - 1)
    start = np.searchsorted(key, first, side="left")
    stop = np.searchsorted(key, last, side="right")
    some = start < stop
    start, stop = start[some], stop[some]
    # What ends where the next begins is one slice.
    new = np.ones(len(start), np.bool_)
    new[1:] = start[1:] != stop[:-1]
    last = np.append(new[1:], True)[: len(stop)]
    return np.stack([start[new], stop[last]], axis=1).astype(np.int64)
