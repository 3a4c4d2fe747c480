"""Find places along lines by their distance from where the lines begin."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from coveragekit.coverage.kernels.along import walk
from coveragekit.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["places_along"]


def places_along(
    lines: NDArray[np.object_], line: ArrayLike, at_m: ArrayLike
) -> NDArray[np.float64]:
    """
    Give places along lines.

    Parameters
    ----------
    lines
        LineStrings, none of them empty.
    line
        Row of each place's line.
    at_m
        How far each place is from the beginning of its line, metres.

    Returns
    -------
    numpy.ndarray
        x and y, shape ``(places, 2)``; an end of the line for what is not on it.

    Raises
    ------
    InputError
        A line is no LineString, or an empty one.

    Notes
    -----
    What ``shapely.line_interpolate_point`` gives, to the last digit, without making a
    point of each: a city has millions.

    Examples
    --------
    >>> import numpy as np
    >>> from shapely import LineString
    >>> one = np.array([LineString([(0, 0), (4, 0), (4, 4)])], dtype=object)
    >>> places_along(one, [0, 0, 0], [1.0, 5.0, 9.0]).tolist()
    [[1.0, 0.0], [4.0, 1.0], [4.0, 4.0]]
    """
    import shapely

    wrong = (shapely.get_type_id(lines) != 1) | shapely.is_empty(lines)
    if wrong.any():
        row = int(np.argmax(wrong))
        message = f"line {row} is {lines[row]}; allowed: LineStrings that are not empty"
        raise InputError(message)
    xy, of = shapely.get_coordinates(lines, return_index=True)
    ptr = np.searchsorted(of, np.arange(len(lines) + 1)).astype(np.int64)
    return walk(
        np.ascontiguousarray(xy),
        ptr,
        np.ascontiguousarray(line, dtype=np.int64),
        np.ascontiguousarray(at_m, dtype=np.float64),
    )
