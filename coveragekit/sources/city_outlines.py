"""Outlines of buildings on their plots: boxes, ells, tees and courts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["outlines"]

# Corners as shares of the frame, the street below; a and b are drawn for each building.
_WING = (0.34, 0.55)
_COURT = (0.26, 0.34)


def outlines(
    frame: NDArray[np.float64],
    kinds: NDArray[np.object_],
    turned: NDArray[np.bool_],
    *,
    rng: np.random.Generator,
) -> NDArray[np.object_]:
    """
    Give the outline of each building in the frame of its plot.

    Parameters
    ----------
    frame
        Low x, low y, high x and high y of each, metres, shape ``(n, 4)``.
    kinds
        ``box``, ``ell``, ``tee`` or ``court`` of each.
    turned
        Whether the street is above rather than below.
    rng
        Generator of random numbers.

    Returns
    -------
    numpy.ndarray
        Polygons, shape ``(n,)``.

    Examples
    --------
    >>> plot, kind = np.array([[0.0, 0.0, 9.0, 5.0]]), np.array(["box"], dtype=object)
    >>> one = outlines(plot, kind, np.array([False]), rng=np.random.default_rng(0))
    >>> float(one[0].area)
    45.0
    """
    made = np.empty(len(frame), dtype=object)
    share = rng.uniform(*_WING, (len(frame), 2))
    mirrored = rng.random(len(frame)) < 0.5
    for kind in sorted(set(kinds)):
        rows = np.flatnonzero(kinds == kind)
        unit = _unit_corners(kind, share[rows])
        made[rows] = shapely.polygons(
            _scaled(unit, frame[rows], (mirrored[rows], turned[rows]))
        )
    courts = np.flatnonzero(kinds == "court")
    if len(courts):
        made[courts] = _with_court(made[courts], frame[courts], rng)
    return made


def _unit_corners(kind: str, share: NDArray[np.float64]) -> NDArray[np.float64]:
    a, b = share[:, 0], share[:, 1]
    low, high = np.zeros(len(a)), np.ones(len(a))
    if kind == "ell":
        corners = [(low, low), (high, low), (high, b), (a, b), (a, high), (low, high)]
    elif kind == "tee":
        right = 1.0 - 0.5 * a
        corners = [
            *((low, low), (high, low), (high, b), (right, b)),
            *((right, high), (0.5 * a, high), (0.5 * a, b), (low, b)),
        ]
    else:
        corners = [(low, low), (high, low), (high, high), (low, high)]
    return np.stack([np.stack(corner, axis=-1) for corner in corners], axis=1)


def _scaled(
    unit: NDArray[np.float64],
    frame: NDArray[np.float64],
    flips: tuple[NDArray[np.bool_], NDArray[np.bool_]],
) -> NDArray[np.float64]:
    """Bring corners of the unit square into frames, mirrored where asked for."""
    ends = []
    for axis, flip in enumerate(flips):
        share = np.where(flip[:, None], 1.0 - unit[..., axis], unit[..., axis])
        low, high = frame[:, axis, None], frame[:, axis + 2, None]
        # Written so that 0 and 1 give the frame's own numbers, which neighbours share.
        ends.append(np.where(share == 1.0, high, low + share * (high - low)))
    return np.stack(ends, axis=-1)


def _with_court(
    shells: NDArray[np.object_],
    frame: NDArray[np.float64],
    rng: np.random.Generator,
) -> NDArray[np.object_]:
    sides = frame[:, 2:] - frame[:, :2]
    inset = sides * rng.uniform(*_COURT, sides.shape)
    low, high = frame[:, :2] + inset, frame[:, 2:] - inset
    corners = [(low, low), (high, low), (high, high), (low, high)]
    hole = np.stack([np.stack([x[:, 0], y[:, 1]], axis=-1) for x, y in corners], axis=1)
    return np.asarray(shapely.difference(shells, shapely.polygons(hole)))
