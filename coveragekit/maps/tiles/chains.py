"""Join the pieces of a street to long lines, and find straight places on them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Line = NDArray[np.float64]

__all__ = ["joined", "straight_places"]

# A street goes on in a piece that turns less than so much.
_COSINE: Final = float(np.cos(np.radians(50.0)))


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
    ends: dict[tuple[float, float], list[int]] = {}
    for number, line in enumerate(lines):
        for corner in (line[0], line[-1]):
            ends.setdefault(_key(corner), []).append(number)
    left = set(range(len(lines)))
    order = sorted(left, key=lambda number: -_length(lines[number]))
    chains = []
    for number in order:
        if number not in left:
            continue
        left.discard(number)
        chain = lines[number]
        for _ in range(2):
            chain = _grown(chain, lines, ends=ends, left=left)[::-1]
        chains.append(chain)
    return chains


def _key(corner: Line) -> tuple[float, float]:
    return round(float(corner[0]), 3), round(float(corner[1]), 3)


def _length(line: Line) -> float:
    return float(np.hypot(*np.diff(line, axis=0).T).sum())


def _grown(
    chain: Line,
    lines: Sequence[Line],
    *,
    ends: dict[tuple[float, float], list[int]],
    left: set[int],
) -> Line:
    """Give a line with what goes on from its end."""
    parts = [chain]
    while True:
        last = parts[-1]
        ahead = _unit(last[-1] - last[-2])
        best, number = _COSINE, -1
        for other in ends.get(_key(last[-1]), ()):
            if other in left:
                turn = float(
                    ahead @ _unit(np.diff(_away(lines[other], last[-1])[:2], axis=0)[0])
                )
                if turn > best:
                    best, number = turn, other
        if number < 0:
            return np.concatenate([parts[0], *(part[1:] for part in parts[1:])])
        left.discard(number)
        parts.append(_away(lines[number], last[-1]))


def _away(line: Line, corner: Line) -> Line:
    """Give a line so that it begins at a corner."""
    return line if _key(line[0]) == _key(corner) else line[::-1]


def _unit(step: Line) -> Line:
    return step / max(float(np.hypot(*step)), 1e-12)


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
    places: list[tuple[float, float, float]] = []
    taken: list[float] = []
    step = max(length / 4.0, 4.0)
    tries = np.arange(0.0, (total - length) / 2.0 + 1e-9, step)
    for shift in (sign * one for one in tries for sign in (1.0, -1.0)):
        middle = total / 2.0 + float(shift)
        if any(abs(middle - one) < spacing for one in taken):
            continue
        found = _chord(line, along, middle, length=length, off=off)
        if found is not None:
            taken.append(middle)
            places.append(found)
    return places


def _chord(
    line: Line, along: Line, middle: float, *, length: float, off: float
) -> tuple[float, float, float] | None:
    start, stop = middle - length / 2.0, middle + length / 2.0
    one, two = (
        np.array([np.interp(at, along, line[:, axis]) for axis in (0, 1)])
        for at in (start, stop)
    )
    step = two - one
    apart = float(np.hypot(*step))
    if apart < 0.94 * length:
        return None
    inner = line[(along > start) & (along < stop)]
    away = np.abs((inner - one) @ np.array([-step[1], step[0]])) / apart
    if len(away) and float(away.max()) > off:
        return None
    angle = float(np.degrees(np.arctan2(step[1], step[0])))
    angle = (
        angle - 180.0 if angle > 90.0 else angle + 180.0 if angle <= -90.0 else angle
    )
    x, y = ((one + two) / 2.0).tolist()
    return x, y, angle + 0.0
