"""Join the pieces of a street to long lines, and find straight places on them."""

from __future__ import annotations

import math
from itertools import pairwise, starmap
from typing import TYPE_CHECKING, Final, NamedTuple, Self, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Line = NDArray[np.float64]

__all__ = ["joined", "straight_places"]

_Place: TypeAlias = tuple[float, float]

# A street goes on in a piece that turns less than so much.
_COSINE: Final = math.cos(math.radians(50.0))
# Ends of a name lie at least so far apart, as a part of its length.
_STRAIGHT: Final = 0.94


def joined(lines: Sequence[Line]) -> list[Line]:
    """
    Give lines joined where one goes on where another ends.

    Parameters
    ----------
    lines
        Each at least two corners, shape ``(k, 2)``.

    Returns
    -------
    list of numpy.ndarray
        Fewer and longer ones, the longest piece's line first.

    Examples
    --------
    >>> one, two = np.array([[0.0, 0], [1, 0]]), np.array([[2.0, 0], [1, 0]])
    >>> joined([one, two])[0].tolist()
    [[0.0, 0.0], [1.0, 0.0], [2.0, 0.0]]
    """
    ways = [_Ways.of(line) for line in lines]
    ends: dict[_Place, list[int]] = {}
    for number, way in enumerate(ways):
        for place in dict.fromkeys(way.place):
            ends.setdefault(place, []).append(number)
    left = set(range(len(lines)))
    chains = []
    for number in sorted(left, key=lambda one: -ways[one].long):
        if number not in left:
            continue
        left.discard(number)
        after = _going_on(ways, ends, left, start=(number, 1))
        before = _going_on(ways, ends, left, start=(number, 0))
        # Each piece with the end that the chain leaves it by.
        whole = [(piece, 1 - out) for piece, out in before[::-1]]
        whole += [(number, 1), *after]
        parts = [lines[piece][:: 1 if out else -1] for piece, out in whole]
        chains.append(np.concatenate([parts[0], *(part[1:] for part in parts[1:])]))
    return chains


class _Ways(NamedTuple):
    """Where a line begins and ends, and which way it goes in from there."""

    place: tuple[_Place, _Place]
    inward: tuple[_Place, _Place]
    long: float

    @classmethod
    def of(cls, line: Line) -> Self:
        corners = line.tolist()
        long = sum(starmap(math.dist, pairwise(corners)))
        first, last = corners[0], corners[-1]
        inward = _unit(first, corners[1]), _unit(last, corners[-2])
        return cls((_key(first), _key(last)), inward, long)


def _key(corner: list[float]) -> _Place:
    return round(corner[0], 3), round(corner[1], 3)


def _unit(one: list[float], two: list[float]) -> _Place:
    x, y = two[0] - one[0], two[1] - one[1]
    long = math.hypot(x, y) or 1.0
    return x / long, y / long


def _going_on(
    ways: Sequence[_Ways],
    ends: dict[_Place, list[int]],
    left: set[int],
    *,
    start: tuple[int, int],
) -> list[tuple[int, int]]:
    """Give the pieces that go on from an end, each with the end they are left by."""
    found: list[tuple[int, int]] = []
    number, out = start
    while True:
        place, inward = ways[number].place[out], ways[number].inward[out]
        best, going = _COSINE, None
        for other in ends[place]:
            if other in left:
                end = 0 if ways[other].place[0] == place else 1
                ahead = ways[other].inward[end]
                turn = -inward[0] * ahead[0] - inward[1] * ahead[1]
                if turn > best:
                    best, going = turn, (other, 1 - end)
        if going is None:
            return found
        number, out = going
        left.discard(number)
        found.append(going)


def straight_places(
    line: Line, length: float, *, spacing: float, off: float
) -> list[tuple[float, float, float]]:
    """
    Give places where a text of some length lies well on a line.

    Parameters
    ----------
    line
        Corners, y down, shape ``(k, 2)``.
    length
        Of the text, in the same unit.
    spacing
        Least distance of two places along the line.
    off
        How far the line may leave the text's base.

    Returns
    -------
    list of tuple
        x, y and angle in degrees, clockwise and above -90 to 90, from the middle of the
        line outwards.

    Examples
    --------
    >>> line = np.array([[0.0, 0.0], [100.0, 0.0]])
    >>> straight_places(line, 40.0, spacing=200.0, off=1.0)
    [(50.0, 0.0, 0.0)]
    """
    along = np.concatenate([[0.0], np.hypot(*np.diff(line, axis=0).T).cumsum()])
    total = float(along[-1])
    if total < length:
        return []
    half = np.arange(0.0, (total - length) / 2.0 + 1e-9, max(length / 3.0, 4.0))
    middle = total / 2.0 + np.stack([half, -half], axis=-1).ravel()[1:]
    ends = middle[:, None] + np.array([-0.5, 0.5]) * length
    chord = np.stack(
        [np.interp(ends, along, line[:, axis]) for axis in (0, 1)], axis=-1
    )
    apart = np.hypot(*(chord[:, 1] - chord[:, 0]).T)
    places: list[tuple[float, float, float]] = []
    taken: list[float] = []
    for number in np.flatnonzero(apart >= _STRAIGHT * length).tolist():
        here = float(middle[number])
        if any(abs(here - one) < spacing for one in taken):
            continue
        one, two = chord[number]
        inner = line[(along > ends[number, 0]) & (along < ends[number, 1])]
        side = np.array([one[1] - two[1], two[0] - one[0]]) / apart[number]
        if not len(inner) or np.abs((inner - one) @ side).max() <= off:
            taken.append(here)
            places.append(_upright(one, two))
    return places


def _upright(one: Line, two: Line) -> tuple[float, float, float]:
    (x0, y0), (x1, y1) = one.tolist(), two.tolist()
    angle = math.degrees(math.atan2(y1 - y0, x1 - x0))
    if angle > 90.0:
        angle -= 180.0
    elif angle <= -90.0:
        angle += 180.0
    return (x0 + x1) / 2.0, (y0 + y1) / 2.0, angle + 0.0
