"""Raise a surface: the ground of terrain, and the roofs of buildings on it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from coveragekit.errors import CRSError, InputError
from coveragekit.visibility.cameras import name_keys
from coveragekit.visibility.obstacles import check_outlines

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray
    from pyproj import CRS

__all__ = [
    "Box",
    "Heights",
    "building_heights",
    "cell_frame",
    "frozen",
    "raise_roofs",
    "take_ground",
]

Box = tuple[float, float, float, float]

_MARGIN_M = 100.0
# Ground and roofs of this many cells take 2.4 GB: 30 by 40 km at 2 m.
_MOST_CELLS = 300_000_000
_HIGHEST_M = 1000.0
_NET = 32


class Heights(Protocol):
    """Terrain heights in cells, as ``coveragekit.sources.read_terrain`` gives them."""

    @property
    def heights_m(self) -> NDArray[np.float32]:
        """Metres, not-a-number where unknown."""

    @property
    def transform(self) -> tuple[float, float, float, float, float, float]:
        """``a, b, c, d, e, f``: x = a * column + b * row + c, y = d * ... + f."""

    @property
    def crs(self) -> object:
        """CRS of the transform."""


def frozen(array: NDArray[Any]) -> NDArray[Any]:
    """
    Give an array that cannot be written, without copying it.

    Parameters
    ----------
    array
        An array or memory map.

    Returns
    -------
    numpy.ndarray
        A plain view in C order.

    Examples
    --------
    >>> frozen(np.zeros(2)).flags.writeable
    False
    """
    # Read-only throughout: kernels are compiled for read-only arrays alone, and a
    # memory map is one.
    view = np.ascontiguousarray(array).view(np.ndarray)
    view = view[...]
    view.setflags(write=False)
    return view


def building_heights(
    buildings: gpd.GeoDataFrame, storey_m: float, default_height_m: float
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """
    Give the height of each building, and what it comes from.

    Parameters
    ----------
    buildings
        Table with ``height_m`` and ``levels``, or without.
    storey_m, default_height_m
        As ``Surface.from_buildings`` takes them.

    Returns
    -------
    tuple of numpy.ndarray
        Metres; and 0 given, 1 from storeys, 2 assumed.

    Raises
    ------
    InputError
        A height or number of storeys that cannot be; the rows are named.
    """
    given = _numbers(buildings, "height_m", most=_HIGHEST_M, unit="metres")
    levels = _numbers(buildings, "levels", most=_HIGHEST_M / storey_m, unit="storeys")
    basis = np.where(~np.isnan(given), 0, np.where(~np.isnan(levels), 1, 2))
    choices = (given, levels * storey_m, np.full(len(given), default_height_m))
    return np.choose(basis, choices), basis


def _numbers(
    buildings: gpd.GeoDataFrame, column: str, *, most: float, unit: str
) -> NDArray[np.float64]:
    if column not in buildings.columns:
        return np.full(len(buildings), np.nan)
    try:
        given = buildings[column].to_numpy(dtype=np.float64, na_value=np.nan)
    except (TypeError, ValueError) as error:
        message = f"buildings: {column} holds what is no number: {error}"
        raise InputError(message) from error
    values = np.asarray(given, dtype=np.float64)
    wrong = ~np.isnan(values) & ~((values >= 0.0) & (values <= most))
    if wrong.any():
        rows = name_keys(buildings, wrong)
        message = (
            f"buildings: {column} is {values[wrong][0]:g} in {rows}; allowed: 0 to "
            f"{most:g} {unit}, or missing where unknown; mend or blank those cells"
        )
        raise InputError(message)
    return values


def cell_frame(
    buildings: gpd.GeoDataFrame, bounds: Box | None, resolution_m: float
) -> tuple[NDArray[np.float64], tuple[int, int]]:
    """
    Give where the cells of a surface begin, and how many there are.

    Parameters
    ----------
    buildings, bounds, resolution_m
        As ``Surface.from_buildings`` takes them.

    Returns
    -------
    tuple
        West and north edge and side of a cell; rows and columns.

    Raises
    ------
    InputError
        Bounds that are no box, or too many cells.
    """
    box = bounds
    if box is None:
        low_x, low_y, high_x, high_y = buildings.total_bounds
        box = (
            low_x - _MARGIN_M,
            low_y - _MARGIN_M,
            high_x + _MARGIN_M,
            high_y + _MARGIN_M,
        )
    minx, miny, maxx, maxy = map(float, box)
    if not (np.isfinite([minx, miny, maxx, maxy]).all() and minx < maxx < np.inf) or (
        miny >= maxy
    ):
        message = (
            f"bounds are ({minx:g}, {miny:g}, {maxx:g}, {maxy:g}); allowed: finite "
            "minx < maxx and miny < maxy, metres"
            + ("" if bounds else "; there are no buildings: give bounds=")
        )
        raise InputError(message)
    cell = float(resolution_m)
    west, south = np.floor(minx / cell), np.floor(miny / cell)
    columns, rows = np.ceil(maxx / cell) - west, np.ceil(maxy / cell) - south
    if rows * columns > _MOST_CELLS:
        fits = np.ceil(20.0 * cell * np.sqrt(rows * columns / _MOST_CELLS)) / 20.0
        message = (
            f"a surface of {rows:,.0f} x {columns:,.0f} cells of {cell:g} m is asked "
            f"for ({rows * columns * 8 / 1e9:,.1f} GB); allowed: {_MOST_CELLS:,} cells:"
            f" cells of {fits:g} m would do (resolution_m=, in a study "
            "surface_resolution_m), or smaller bounds="
        )
        raise InputError(message)
    return np.array([west * cell, (south + rows) * cell, cell]), (
        int(rows),
        int(columns),
    )


def raise_roofs(
    buildings: gpd.GeoDataFrame,
    heights: NDArray[np.float64],
    ground: NDArray[np.float32],
    *,
    frame: NDArray[np.float64],
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """
    Give the ground with roofs on it, and how many cells each building covers.

    Parameters
    ----------
    buildings
        Polygons.
    heights
        Metres above the ground.
    ground
        Height of the ground in each cell.
    frame
        West and north edge and side of a cell.

    Returns
    -------
    tuple of numpy.ndarray
        Heights of the top, float32; cells per building.

    Raises
    ------
    InputError
        An outline that is none, or unknown ground under a building; rows are named.
    """
    from coveragekit.visibility.kernels.surface import burn_heights

    edges, ptr = _edges(buildings, frame)
    rise, covered, unknown = burn_heights(edges, ptr, heights, ground)
    if unknown.any():
        rows = name_keys(buildings, unknown > 0)
        message = (
            f"the terrain is unknown under the buildings in {rows} (it does not reach "
            "there, or has no data); give terrain that covers them (several files for "
            "--terrain lie side by side), or leave those buildings out"
        )
        raise InputError(message)
    np.add(ground, rise, out=rise)
    return rise, covered


def _edges(
    buildings: gpd.GeoDataFrame, frame: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Give the edges of outlines in cells, and where those of each building start."""
    import shapely

    check_outlines(buildings)
    shapes = shapely.force_2d(np.asarray(buildings.geometry.array))
    crossed = ~shapely.is_valid(shapes)
    if crossed.any():
        shapes = shapes.copy()
        shapes[crossed] = shapely.make_valid(shapes[crossed])
    parts, row = shapely.get_parts(shapes, return_index=True)
    # Mending may leave lines beside polygons; those hide nothing.
    flat = shapely.get_type_id(parts) == 3
    parts, row = parts[flat], row[flat]
    rings, part = shapely.get_rings(parts, return_index=True)
    corners, ring = shapely.get_coordinates(rings, return_index=True)
    corners = (corners - frame[:2]) / (frame[2], -frame[2]) - 0.5
    same = ring[1:] == ring[:-1]
    edges = np.hstack([corners[:-1], corners[1:]])[same]
    owner = row[part[ring[1:]]][same] if len(ring) else np.empty(0, np.int64)
    ptr = np.searchsorted(owner, np.arange(len(shapes) + 1)).astype(np.int64)
    return edges, ptr


def take_ground(
    terrain: Heights | None,
    crs: CRS,
    *,
    frame: NDArray[np.float64],
    shape: tuple[int, int],
) -> NDArray[np.float32]:
    """
    Give the ground in each cell, between the cells of the terrain.

    Parameters
    ----------
    terrain
        Heights, or ``None`` for level ground at 0.
    crs
        CRS of the surface.
    frame
        West and north edge and side of a cell.
    shape
        Rows and columns.

    Returns
    -------
    numpy.ndarray
        Metres, float32, not-a-number where unknown.

    Raises
    ------
    CRSError
        The terrain has no CRS.
    InputError
        The terrain does not reach the place.
    """
    if terrain is None:
        return np.zeros(shape, np.float32)
    from pyproj import Transformer

    from coveragekit.visibility.kernels.surface import resample

    if terrain.crs is None:
        message = "the terrain has no CRS; read it with coveragekit.sources"
        raise CRSError(message)
    # The projection is followed exactly every so many cells, and evenly between them:
    # over 32 m that is right within a tenth of a millimetre.
    rows = np.arange(-(-shape[0] // _NET) + 2) * _NET + 0.5
    columns = np.arange(-(-shape[1] // _NET) + 2) * _NET + 0.5
    x, y = np.meshgrid(frame[0] + columns * frame[2], frame[1] - rows * frame[2])
    turn = Transformer.from_crs(crs, terrain.crs, always_xy=True)
    east, north = map(np.asarray, turn.transform(x, y))
    a, b, c, d, e, f = terrain.transform
    area = a * e - b * d
    column = (e * (east - c) - b * (north - f)) / area
    row = (a * (north - f) - d * (east - c)) / area
    net = np.stack([column - 0.5, row - 0.5], axis=2)
    heights = frozen(np.asarray(terrain.heights_m, dtype=np.float32))
    ground = resample(heights, net, _NET, shape)
    if np.isnan(ground).all():
        reach = turn.transform(frame[0], frame[1])
        message = (
            "the terrain does not reach the place asked for: its north-west corner is "
            f"{frame[0]:.0f}, {frame[1]:.0f} ({reach[0]:.6g}, {reach[1]:.6g} in the "
            f"CRS of the terrain, which starts at {c:.6g}, {f:.6g}); give the terrain "
            "of this place, or the right CRS"
        )
        raise InputError(message)
    return ground
