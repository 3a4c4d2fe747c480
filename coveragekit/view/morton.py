"""Morton order: places near each other stand near each other, and a tile is a slice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from coveragekit.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["DEEPEST", "keys", "tile_slice"]

DEEPEST: Final = 32
_CELLS: Final = float(2**DEEPEST)
_SPREADS: Final = (
    (16, 0x0000FFFF0000FFFF),
    (8, 0x00FF00FF00FF00FF),
    (4, 0x0F0F0F0F0F0F0F0F),
    (2, 0x3333333333333333),
    (1, 0x5555555555555555),
)


def keys(merc: ArrayLike) -> NDArray[np.uint64]:
    """
    Give the Morton keys of places: their digits in turn, x in the lower bit.

    Parameters
    ----------
    merc
        Places in the unit square of Web Mercator, shape ``(n, 2)``; what lies outside
        is taken to its edge.

    Returns
    -------
    numpy.ndarray
        Shape ``(n,)``. Places sorted by them are in Morton order.

    Raises
    ------
    InputError
        A place is not finite.

    Examples
    --------
    >>> [hex(key) for key in keys([[0.0, 0.0], [0.5, 0.0], [0.0, 0.5]]).tolist()]
    ['0x0', '0x4000000000000000', '0x8000000000000000']
    """
    merc = np.asarray(merc, dtype=np.float64).reshape(-1, 2)
    if not np.isfinite(merc).all():
        row = int(np.argmin(np.isfinite(merc).all(axis=1)))
        message = f"row {row} is no place: {merc[row].tolist()}; allowed: finite"
        raise InputError(message)
    cells = np.clip(np.floor(merc * _CELLS), 0.0, _CELLS - 1.0).astype(np.uint64)
    return np.asarray(_spread(cells[:, 0]) | (_spread(cells[:, 1]) << np.uint64(1)))


def _spread(cell: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Put a zero between every two binary digits."""
    for shift, mask in _SPREADS:
        cell = (cell | (cell << np.uint64(shift))) & np.uint64(mask)
    return cell


def tile_slice(  # noqa: PLR0917 - z, x, y is how everybody names a tile
    key: NDArray[np.uint64], z: int, x: int, y: int
) -> slice:
    """
    Give the rows of a sorted table that lie in a tile.

    Parameters
    ----------
    key
        Keys in ascending order, shape ``(n,)``.
    z
        Zoom of the tile, 0 (the whole square) to 32.
    x, y
        Its column from the west and its row from the north.

    Returns
    -------
    slice
        From the first row in the tile to the last.

    Raises
    ------
    InputError
        There is no such tile.

    Examples
    --------
    >>> key = keys([[0.1, 0.1], [0.6, 0.1], [0.7, 0.1], [0.1, 0.6]])
    >>> tile_slice(key, 1, 1, 0)
    slice(1, 3, None)
    """
    if not (0 <= z <= DEEPEST and 0 <= x < 2**z and 0 <= y < 2**z):
        message = (
            f"there is no tile {z}/{x}/{y}; allowed: z from 0 to {DEEPEST}, x and y "
            "from 0 to 2**z - 1"
        )
        raise InputError(message)
    corner = keys([[x / 2**z, y / 2**z]])[0]
    last = corner + np.uint64(2 ** (2 * (DEEPEST - z)) - 1)
    first = int(np.searchsorted(key, corner, side="left"))
    return slice(first, int(np.searchsorted(key, last, side="right")))
