"""Tell which outline each of many places lies in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from coveragekit.coverage.kernels.lying import CLOSE, NONE, band_sides, first_around
from coveragekit.coverage.kernels.places import box_cells
from coveragekit.coverage.nearby import grid_over
from coveragekit.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["first_holding"]

# So many sides come into one band, about: fewer bands than that cost each place more.
_SIDES_A_BAND = 4.0


def first_holding(
    xy: NDArray[np.float64], shapes: NDArray[np.object_]
) -> NDArray[np.int32]:
    """
    Give the first of several shapes that holds each place, the edge included.

    Parameters
    ----------
    xy
        Places, metres, shape ``(n, 2)``.
    shapes
        Polygons and MultiPolygons, the one to prefer first; missing and empty ones hold
        nothing.

    Returns
    -------
    numpy.ndarray
        Row of the shape, -1 for none, shape ``(n,)``.

    Raises
    ------
    InputError
        A shape is neither a Polygon nor a MultiPolygon.

    Notes
    -----
    The very places that ``shapely.intersects`` finds: shapes are cut into bands, and a
    place crosses the sides in its band only; the few within a hundredth of a millimetre
    of a side are asked exactly.

    Examples
    --------
    >>> import numpy as np
    >>> from shapely import box
    >>> shapes = np.array([box(0, 0, 2, 2), box(1, 0, 9, 2)], dtype=object)
    >>> places = np.array([[1.5, 1.0], [2.0, 1.0], [4.0, 2.0], [4.0, 3.0]])
    >>> first_holding(places, shapes).tolist()
    [0, 0, 1, -1]
    """
    import shapely

    kinds = shapely.get_type_id(shapes)
    wrong = ~np.isin(kinds, (-1, 3, 6)) & ~shapely.is_empty(shapes)
    if wrong.any():
        odd = int(np.argmax(wrong))
        message = (
            f"shape {odd} is a {shapes[odd].geom_type}; allowed: Polygon, MultiPolygon"
        )
        raise InputError(message)
    sides, ptr = _sides(shapes)
    held = np.flatnonzero(np.diff(ptr))
    found = np.full(len(xy), NONE, dtype=np.int32)
    if len(held) == 0 or len(xy) == 0:
        return found
    places = np.ascontiguousarray(xy, dtype=np.float64)
    ptr = np.append(ptr[held], ptr[-1])
    boxes = shapely.bounds(shapes[held])
    bands = np.ceil(np.diff(ptr) / _SIDES_A_BAND).astype(np.int64)
    frame, shape = grid_over(boxes)
    row = first_around(
        places,
        sides,
        boxes,
        *band_sides(sides, ptr, boxes, bands),
        *box_cells(boxes, frame, shape),
        frame,
        shape,
    )
    found[row >= 0] = held[row[row >= 0]]
    close = np.flatnonzero(row == CLOSE)
    if len(close):
        tree = shapely.STRtree(shapes)
        place, at = tree.query(shapely.points(places[close]), predicate="intersects")
        first = np.full(len(close), len(shapes), dtype=np.int64)
        np.minimum.at(first, place, at)
        found[close] = np.where(first < len(shapes), first, NONE)
    return found


def _sides(
    shapes: NDArray[np.object_],
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Give the sides of all rings, and where those of each shape begin."""
    import shapely

    parts, part_of = shapely.get_parts(shapes, return_index=True)
    rings, ring_of = shapely.get_rings(parts, return_index=True)
    xy, vertex_of = shapely.get_coordinates(rings, return_index=True)
    joined = vertex_of[1:] == vertex_of[:-1]
    sides = np.hstack([xy[:-1], xy[1:]])[joined]
    owner = part_of[ring_of[vertex_of[1:][joined]]]
    return sides, np.searchsorted(owner, np.arange(len(shapes) + 1)).astype(np.int64)
