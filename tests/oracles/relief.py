"""
What a camera sees over ground and roofs, worked out slowly, in ways plain to the eye.

Three answers, none of which shares code with the package:

* :func:`line_is_free` follows one sight line over a raster as the definition says:
  wherever it crosses a line of cell centres, the surface there, straight between two
  cells, must not stand over it. In exact fractions.
* :func:`clearance` looks at the raster every twentieth of a cell, bilinearly, and gives
  by how much the line clears it at its tightest.
* :func:`prism_is_free` knows no raster: buildings are prisms on level ground, and the
  sight line must clear the roof wherever it runs over a footprint.

Columns and rows are counted from the centre of the north-west cell.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np
import shapely

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from shapely.geometry.base import BaseGeometry

__all__ = ["clearance", "line_is_free", "margin", "prism_is_free"]

Place = tuple[float, float, float]


def margin(top: NDArray[np.float32], eye: Place, target: Place) -> Fraction | None:
    """
    Give by how much a line clears the surface at its tightest crossing, exactly.

    ``eye`` and ``target`` are column, row and height. ``None``: it crosses nothing.
    """
    start = [Fraction(value) for value in eye]
    end = [Fraction(value) for value in target]
    run = [b - a for a, b in zip(start, end, strict=True)]
    axis = 1 if abs(run[1]) > abs(run[0]) else 0
    if run[axis] == 0:
        return None
    half = Fraction(1, 2)
    first, last = math.floor(start[axis] + half), math.floor(end[axis] + half)
    tightest = None
    for line in range(min(first, last) + 1, max(first, last)):
        share = (line - start[axis]) / run[axis]
        across = start[1 - axis] + share * run[1 - axis]
        low = math.floor(across)
        weight = across - low

        def height(place: int, line: int = line) -> Fraction:
            cell = top[place, line] if axis == 0 else top[line, place]
            return Fraction(float(cell))

        surface = height(low)
        if weight:
            surface += weight * (height(low + 1) - surface)
        over = start[2] + share * run[2] - surface
        tightest = over if tightest is None else min(tightest, over)
    return tightest


def line_is_free(top: NDArray[np.float32], eye: Place, target: Place) -> bool:
    """Tell whether nothing stands over a line at any of its crossings."""
    tightest = margin(top, eye, target)
    return tightest is None or tightest >= 0


def clearance(top: NDArray[np.float32], eye: Place, target: Place) -> float:
    """Give by how much a line clears the surface, but for a cell at each end."""
    length = math.dist(eye[:2], target[:2])
    if length <= 2.0:
        return math.inf
    share = np.arange(1.0, length - 1.0, 0.05) / length
    column = eye[0] + share * (target[0] - eye[0])
    row = eye[1] + share * (target[1] - eye[1])
    i = np.clip(np.floor(column).astype(int), 0, top.shape[1] - 2)
    j = np.clip(np.floor(row).astype(int), 0, top.shape[0] - 2)
    u, v = column - i, row - j
    upper = top[j, i] * (1 - u) + top[j, i + 1] * u
    lower = top[j + 1, i] * (1 - u) + top[j + 1, i + 1] * u
    over = eye[2] + share * (target[2] - eye[2]) - (upper * (1 - v) + lower * v)
    return float(over.min())


def prism_is_free(
    footprints: Sequence[BaseGeometry],
    heights: Sequence[float],
    eye: Place,
    target: Place,
) -> bool:
    """Tell whether a line clears every prism; x, y and height above level ground."""
    line = shapely.LineString([eye[:2], target[:2]])
    for footprint, height in zip(footprints, heights, strict=True):
        inside = shapely.intersection(line, footprint)
        if inside.length <= 1e-9:
            continue
        for x, y in shapely.get_coordinates(inside):
            share = math.dist(eye[:2], (x, y)) / line.length
            if eye[2] + share * (target[2] - eye[2]) < height:
                return False
    return True
