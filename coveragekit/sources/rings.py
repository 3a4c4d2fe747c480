"""Read shapes from their binary form, and mend rings that others refuse."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from coveragekit.sources.loaded import Ledger

__all__ = ["to_shapes"]


def to_shapes(
    wkb: NDArray[np.object_], rows: NDArray[np.int64], ledger: Ledger
) -> tuple[NDArray[np.object_], NDArray[np.bool_]]:
    """
    Give shapes from their binary form, in two dimensions, and which are lost.

    Parameters
    ----------
    wkb
        One binary shape a row, or ``None``.
    rows
        Row of the source of each.
    ledger
        The book: a ring that is not closed is closed and written down, a ring or line
        with too few points costs the row (a hole of that kind only the hole).

    Returns
    -------
    shapes : numpy.ndarray
        Shapes; ``None`` where there is none.
    lost : numpy.ndarray of bool
        Where a shape was given but cannot be read.
    """
    import shapely

    given = np.array([cell is not None for cell in wkb], dtype=bool)
    shapes = np.asarray(shapely.from_wkb(wkb, on_invalid="ignore"), dtype=object)
    broken = given & np.array([shape is None for shape in shapes], dtype=bool)
    lost = np.zeros(len(wkb), dtype=bool)
    found: dict[tuple[str, str, str], list[int]] = {}
    for index in np.flatnonzero(broken):
        shape, cause, detail = _mend(bytes(wkb[index]))
        shapes[index] = shape
        lost[index] = shape is None
        action = "row left out" if shape is None else "repaired"
        found.setdefault((cause, detail, action), []).append(int(index))
    for (cause, detail, action), indices in found.items():
        ledger.add(
            rows[indices],
            cause=cause,
            column="geometry",
            values="",
            detail=detail,
            action="row left out" if action == "row left out" else "repaired",
        )
    return np.asarray(shapely.force_2d(shapes), dtype=object), lost


def _mend(wkb: bytes) -> tuple[Any, str, str]:
    import shapely

    try:
        polygons = _rings(wkb)
    except (struct.error, ValueError, IndexError):
        return None, "unreadable shape", "its coordinates cannot be read"
    if any(len(set(polygon[0])) < 3 for polygon in polygons if polygon):
        return None, "ring with two points", "a ring needs three corners"
    holes = sum(len(polygon) - 1 for polygon in polygons)
    kept = [
        (polygon[0], [hole for hole in polygon[1:] if len(set(hole)) >= 3])
        for polygon in polygons
        if polygon
    ]
    lost_holes = holes - sum(len(polygon[1]) for polygon in kept)
    made = [shapely.Polygon(shell, inner) for shell, inner in kept]
    shape = made[0] if len(made) == 1 else shapely.MultiPolygon(made)
    if lost_holes:
        return shape, "ring with two points", "a hole without area is left out"
    return shape, "unclosed ring", "closed by its first corner"


def _rings(wkb: bytes) -> list[list[list[tuple[float, float]]]]:
    """Give the rings of a (multi)polygon in well-known binary, as they stand."""
    kind, _, _ = _kind(wkb, 0)
    polygons = []
    if kind == 3:
        polygon, _ = _polygon(wkb, 0)
        polygons.append(polygon)
    elif kind == 6:
        order = "<" if wkb[0] == 1 else ">"
        (count,) = struct.unpack_from(order + "I", wkb, 5)
        place = 9
        for _ in range(count):
            polygon, place = _polygon(wkb, place)
            polygons.append(polygon)
    else:
        message = "not a polygon"
        raise ValueError(message)
    return polygons


def _kind(wkb: bytes, place: int) -> tuple[int, int, str]:
    order = "<" if wkb[place] == 1 else ">"
    (code,) = struct.unpack_from(order + "I", wkb, place + 1)
    dimensions = 2 + bool(code & 0x80000000) + bool(code & 0x40000000)
    plain = code & 0x0FFFFFFF
    dimensions += {0: 0, 1: 1, 2: 1, 3: 2}[plain // 1000]
    return plain % 1000, dimensions, order


def _polygon(wkb: bytes, place: int) -> tuple[list[list[tuple[float, float]]], int]:
    _, dimensions, order = _kind(wkb, place)
    (count,) = struct.unpack_from(order + "I", wkb, place + 5)
    place += 9
    rings = []
    for _ in range(count):
        (points,) = struct.unpack_from(order + "I", wkb, place)
        numbers = struct.unpack_from(f"{order}{points * dimensions}d", wkb, place + 4)
        ring = [
            (numbers[i], numbers[i + 1]) for i in range(0, len(numbers), dimensions)
        ]
        rings.append(ring)
        place += 4 + 8 * points * dimensions
    return rings, place
