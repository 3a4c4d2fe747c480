"""Cut privacy zones from the shapes of what cameras see, exactly."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from coveragekit.visibility.zones import Zones

    # Vertices, ring_ptr and row_ptr, as view_arrays gives them.
    Rings = tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.int64]]

__all__ = ["cut_rings", "cut_shapes"]

_POLYGON, _MULTIPOLYGON = 3, 6


def cut_shapes(shapes: NDArray[np.object_], zones: Zones) -> NDArray[np.object_]:
    """
    Take the ground of privacy zones from polygons.

    Parameters
    ----------
    shapes
        Valid Polygons and MultiPolygons, metres.
    zones
        The zones, in the same CRS.

    Returns
    -------
    numpy.ndarray
        What is left of each; the very same where no zone is near.

    Examples
    --------
    >>> from shapely import box
    >>> from coveragekit.visibility.zones import Zones
    >>> cut_shapes(np.array([box(0, 0, 2, 1)]), Zones.none())[0].area
    2.0
    """
    import shapely

    if len(zones) == 0 or len(shapes) == 0:
        return shapes
    outlines = zones.outlines()
    of_shape, zone = shapely.STRtree(outlines).query(shapes, predicate="intersects")
    order = np.argsort(of_shape, kind="stable")
    met, firsts = np.unique(of_shape[order], return_index=True)
    left = shapes.copy()
    for row, near in zip(met, np.split(order, firsts)[1:], strict=True):
        cutter = shapely.union_all(outlines[zone[near]])
        left[row] = _flat(shapely.difference(shapes[row], cutter))
    return left


def cut_rings(
    xy: NDArray[np.float64],
    ring_ptr: NDArray[np.int64],
    row_ptr: NDArray[np.int64],
    *,
    zones: Zones,
) -> Rings:
    """
    Take the ground of privacy zones from views that are rings.

    Parameters
    ----------
    xy, ring_ptr, row_ptr
        As :func:`coveragekit.visibility.isovist.view_arrays` gives them.
    zones
        The zones, in the same CRS.

    Returns
    -------
    tuple of numpy.ndarray
        The same form; the very same where no zone is near a view.

    Examples
    --------
    >>> from coveragekit.visibility.zones import Zones
    >>> nothing = np.empty((0, 2)), np.zeros(1, np.int64), np.zeros(1, np.int64)
    >>> len(cut_rings(*nothing, zones=Zones.none())[0])
    0
    """
    near = _near(xy, ring_ptr, row_ptr, zones=zones)
    if not near.any():
        return xy, ring_ptr, row_ptr
    corners: list[NDArray[np.float64]] = []
    rows = np.zeros(len(near) + 1, np.int64)
    for row, is_near in enumerate(near):
        own = [
            xy[ring_ptr[ring] : ring_ptr[ring + 1]]
            for ring in range(row_ptr[row], row_ptr[row + 1])
        ]
        kept = _cut_view(own, zones) if is_near else own
        corners += kept
        rows[row + 1] = rows[row] + len(kept)
    sizes = np.array([0, *(len(one) for one in corners)], np.int64)
    return np.concatenate([np.empty((0, 2)), *corners]), np.cumsum(sizes), rows


def _near(
    xy: NDArray[np.float64],
    ring_ptr: NDArray[np.int64],
    row_ptr: NDArray[np.int64],
    *,
    zones: Zones,
) -> NDArray[np.bool_]:
    """Tell whose box touches that of a zone."""
    near = np.zeros(len(row_ptr) - 1, np.bool_)
    if len(zones) == 0:
        return near
    boxes = zones.boxes()
    for row in range(len(near)):
        own = xy[ring_ptr[row_ptr[row]] : ring_ptr[row_ptr[row + 1]]]
        if len(own):
            low, high = own.min(axis=0), own.max(axis=0)
            meets = (boxes[:, :2] <= high) & (boxes[:, 2:] >= low)
            near[row] = bool(meets.all(axis=1).any())
    return near


def _cut_view(
    rings: list[NDArray[np.float64]], zones: Zones
) -> list[NDArray[np.float64]]:
    """Cut one view: inside is what an odd number of its rings go round."""
    import shapely

    lines = shapely.union_all([shapely.LineString(one) for one in rings])
    view = np.empty(1, dtype=object)
    view[0] = _flat(shapely.build_area(lines))
    left = cut_shapes(view, zones)[0]
    parts = shapely.get_parts(left)
    return [shapely.get_coordinates(ring) for ring in shapely.get_rings(parts)]


def _flat(shape: Any) -> Any:  # noqa: ANN401 - shapely geometries
    """Give the polygons of a shape: where edges ran along each other lines may stay."""
    import shapely

    if shapely.get_type_id(shape) in (_POLYGON, _MULTIPOLYGON):
        return shape
    parts = shapely.get_parts(shape)
    flat = parts[np.isin(shapely.get_type_id(parts), (_POLYGON, _MULTIPOLYGON))]
    return shapely.union_all(flat) if len(flat) else shapely.Polygon()
