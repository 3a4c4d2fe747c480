"""Judge a polygon that was drawn by hand."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["CORNER_LIMIT", "polygon_fault"]

CORNER_LIMIT = 500
"""A polygon drawn by hand has no more corners than this."""


def polygon_fault(ring: Sequence[tuple[float, float]]) -> str:
    """
    Say what is wrong with a drawn polygon.

    Parameters
    ----------
    ring
        Its corners, longitude and latitude in degrees, the first not repeated.

    Returns
    -------
    str
        One plain sentence; empty where nothing is wrong.

    Examples
    --------
    >>> polygon_fault([(0, 0), (1, 0), (0, 1)])
    ''
    >>> polygon_fault([(0, 0), (1, 1), (1, 0), (0, 1)])
    'The outline crosses itself; its sides must not cross.'
    """
    if len(ring) < 3:
        return f"An area needs at least 3 corners; this one has {len(ring)}."
    if len(ring) > CORNER_LIMIT:
        return f"An area may have {CORNER_LIMIT} corners; this one has {len(ring)}."
    if not all(
        math.isfinite(lon) and math.isfinite(lat) and abs(lon) <= 360 and abs(lat) <= 90
        for lon, lat in ring
    ):
        return "A corner of the area is no place on the map. Draw it again."
    corners = _distinct(np.asarray(ring, dtype=np.float64))
    if _is_flat(corners):
        return "The corners lie on one line, so that they enclose nothing."
    if _crosses(corners):
        return "The outline crosses itself; its sides must not cross."
    return ""


def _distinct(corners: NDArray[np.float64]) -> NDArray[np.float64]:
    """Leave out corners that repeat the one before."""
    differs = (corners != np.roll(corners, 1, axis=0)).any(axis=1)
    return np.asarray(corners[differs])


def _is_flat(corners: NDArray[np.float64]) -> bool:
    if len(corners) < 3:
        return True
    away = corners - corners[0]
    far = away[np.argmax((away**2).sum(axis=1))]
    return not (away[:, 0] * far[1] - away[:, 1] * far[0]).any()


def _crosses(corners: NDArray[np.float64]) -> bool:
    """Whether any two sides that are not neighbours meet."""
    start = corners - corners[0]
    end = np.roll(start, -1, axis=0)
    side = len(start)
    first, second = np.triu_indices(side, 2)
    apart = ~((first == 0) & (second == side - 1))
    first, second = first[apart], second[apart]
    a, b, c, d = start[first], end[first], start[second], end[second]
    meet = (_turn(a, b, c) * _turn(a, b, d) <= 0.0) & (
        _turn(c, d, a) * _turn(c, d, b) <= 0.0
    )
    boxes = (np.minimum(a, b) <= np.maximum(c, d)) & (
        np.minimum(c, d) <= np.maximum(a, b)
    )
    return bool((meet & boxes.all(axis=1)).any())


def _turn(
    a: NDArray[np.float64], b: NDArray[np.float64], c: NDArray[np.float64]
) -> NDArray[np.float64]:
    ab, ac = b - a, c - a
    return np.sign(ab[:, 0] * ac[:, 1] - ab[:, 1] * ac[:, 0])
