"""Buildings as oriented walls in a grid: built once, then asked many times."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from coveragekit.crs import check_metric
from coveragekit.errors import InputError
from coveragekit.visibility.zones import Zones

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas as gpd
    import pandas as pd
    from numpy.typing import NDArray
    from pyproj import CRS

    from coveragekit.visibility.kernels.grid import Index

__all__ = ["Obstacles", "check_outlines", "z_order"]

_CELL_M = 24.0
_CELLS_MOST = 4_000_000
_ROWS_NAMED = 8
_DTYPES = {
    "walls": np.float64,
    "owner": np.int32,
    "rank": np.int32,
    "frame": np.float64,
    "shape": np.int64,
    "ptr": np.int32,
    "idx": np.int32,
    "wound": np.int16,
    "pyramid": np.uint8,
    "level_at": np.int64,
}


@dataclass(frozen=True, slots=False, eq=False)
class Obstacles:
    """
    The walls of buildings, the grid that finds them, and where nobody may look.

    Made by :meth:`from_buildings`, or by :meth:`from_arrays` of :meth:`to_arrays`. All
    arrays are read-only and may be memory maps.

    Parameters
    ----------
    crs
        Projected CRS in metres.
    walls
        Ends ``ax, ay, bx, by`` of each wall, metres; the building is on its right.
    owner
        Row of the building that each wall belongs to, counted from 0.
    building_ids
        Id of each building, text.
    repaired
        Rows of buildings whose outline crossed itself and was mended, or that have no
        area and so hide nothing.
    rank
        Place of each building in the order of the ids.
    frame
        Lower left corner of the grid and side of a cell, metres.
    shape
        Rows and columns of the grid.
    ptr, idx
        Walls of cell ``k``, counted row by row from below:
        ``idx[ptr[k]:ptr[k + 1]]``.
    wound
        How many footprints lie over a reference point of each cell.
    pyramid, level_at
        Which blocks of cells hold any wall, level by level.
    zones
        Privacy zones: nobody sees into them; they hide nothing behind them.

    Examples
    --------
    >>> import geopandas as gpd
    >>> from shapely import box
    >>> house = gpd.GeoDataFrame(geometry=[box(0, 0, 10, 8)], crs="EPSG:32616")
    >>> len(Obstacles.from_buildings(house))
    4
    >>> len(Obstacles.from_buildings(house.iloc[:0]))
    0
    """

    crs: CRS
    walls: NDArray[np.float64]
    owner: NDArray[np.int32]
    building_ids: NDArray[np.str_]
    repaired: NDArray[np.int64]
    rank: NDArray[np.int32]
    frame: NDArray[np.float64]
    shape: NDArray[np.int64]
    ptr: NDArray[np.int32]
    idx: NDArray[np.int32]
    wound: NDArray[np.int16]
    pyramid: NDArray[np.uint8]
    level_at: NDArray[np.int64]
    zones: Zones

    def __len__(self) -> int:
        """Give the number of walls."""
        return len(self.walls)

    @classmethod
    def from_buildings(
        cls, buildings: gpd.GeoDataFrame, zones: gpd.GeoDataFrame | None = None
    ) -> Obstacles:
        """
        Give the walls of building footprints.

        Parameters
        ----------
        buildings
            Polygons (or several in one row) in a projected CRS in metres; holes are
            courtyards. Ids are taken from ``building_id``, or else from the index.
            Footprints may touch, overlap and repeat, rings may run either way. No
            rows at all is open ground.
        zones
            Polygons that no camera may look into, in the same CRS; ``None`` for none.

        Returns
        -------
        Obstacles
            Ready to be asked; independent of the frame given.

        Raises
        ------
        CRSError
            The CRS is missing, geographic or not in metres, or the zones have another.
        InputError
            A geometry is missing, empty, no polygon, or not finite; the rows are named.

        Notes
        -----
        Rings are turned one way, repeated corners dropped. An outline that crosses
        itself is mended (``shapely.make_valid``) and its row listed in ``repaired``.

        Examples
        --------
        >>> import geopandas as gpd
        >>> from shapely import box
        >>> frame = gpd.GeoDataFrame(geometry=[box(0, 0, 10, 8)], crs="EPSG:32616")
        >>> Obstacles.from_buildings(frame).building_ids
        array(['0'], dtype='<U1')
        """
        crs = check_metric(buildings.crs, "buildings")
        check_outlines(buildings)
        walls, owner, repaired = _walls(buildings.geometry)
        labels = buildings.get("building_id", default=buildings.index)
        ids = np.asarray([str(label) for label in labels], dtype=np.str_)
        return cls(
            crs=crs,
            building_ids=_frozen(ids),
            repaired=_frozen(repaired),
            zones=Zones.of(zones, crs=crs),
            **_gridded(walls, owner, _ranks(ids)),
        )

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """
        Give everything but the CRS as named arrays, to be stored and mapped again.

        Returns
        -------
        dict
            Name to array; the arrays are read-only and not copied.

        Examples
        --------
        >>> import geopandas as gpd
        >>> ground = gpd.GeoDataFrame(geometry=[], crs="EPSG:32616")
        >>> sorted(Obstacles.from_buildings(ground).to_arrays())[:3]
        ['building_ids', 'frame', 'idx']
        """
        names = [*_DTYPES, "building_ids", "repaired"]
        return {name: getattr(self, name) for name in names} | self.zones.to_arrays()

    @classmethod
    def from_arrays(
        cls, arrays: Mapping[str, NDArray[Any]], *, crs: object
    ) -> Obstacles:
        """
        Give obstacles from the arrays of :meth:`to_arrays`, without copying them.

        Parameters
        ----------
        arrays
            Name to array; memory maps are welcome.
        crs
            The CRS they were made in.

        Returns
        -------
        Obstacles
            Equal to the ones that the arrays came from.

        Raises
        ------
        CRSError
            The CRS is missing, geographic or not in metres.
        InputError
            An array is missing, or has another type than :meth:`to_arrays` gives.

        Examples
        --------
        >>> import geopandas as gpd
        >>> ground = gpd.GeoDataFrame(geometry=[], crs="EPSG:32616")
        >>> arrays = Obstacles.from_buildings(ground).to_arrays()
        >>> len(Obstacles.from_arrays(arrays, crs="EPSG:32616"))
        0
        """
        parsed = check_metric(crs, "stored obstacles")
        names = [*_DTYPES, "building_ids", "repaired"]
        missing = [name for name in names if name not in arrays]
        if missing:
            message = (
                f"stored obstacles lack the arrays {', '.join(missing)}; "
                "store all that Obstacles.to_arrays gives"
            )
            raise InputError(message)
        for name, dtype in _DTYPES.items():
            if arrays[name].dtype != dtype:
                message = (
                    f"stored obstacles: {name} is {arrays[name].dtype}, "
                    f"allowed: {np.dtype(dtype)}; store what Obstacles.to_arrays gives"
                )
                raise InputError(message)
        held = {name: _frozen(arrays[name]) for name in names}
        return cls(parsed, **held, zones=Zones.from_arrays(arrays, "obstacles"))

    @cached_property
    def index(self) -> Index:
        """Walls and grid as the kernels take them."""
        from coveragekit.visibility.kernels.grid import Index

        return Index(
            x0=float(self.frame[0]),
            y0=float(self.frame[1]),
            cell=float(self.frame[2]),
            nx=int(self.shape[1]),
            ny=int(self.shape[0]),
            walls=self.walls,
            owner=self.owner,
            rank=self.rank,
            ptr=self.ptr,
            idx=self.idx,
            wound=self.wound,
            pyramid=self.pyramid,
            level_at=self.level_at,
        )


def _frozen(array: NDArray[Any]) -> NDArray[Any]:
    # Read-only throughout: kernels are compiled for read-only arrays alone, and a
    # memory map is one.
    view = np.ascontiguousarray(array).view(np.ndarray)
    view = view[...]
    view.setflags(write=False)
    return view


def check_outlines(buildings: gpd.GeoDataFrame) -> None:
    """
    Refuse buildings that are no polygons.

    Parameters
    ----------
    buildings
        Table with a geometry in every row.

    Raises
    ------
    InputError
        A geometry is missing, empty, no polygon, or not finite; the rows are named.

    Examples
    --------
    >>> import geopandas as gpd
    >>> from shapely import box
    >>> check_outlines(gpd.GeoDataFrame(geometry=[box(0, 0, 10, 8)]))
    """
    import shapely

    geometry = np.asarray(buildings.geometry.array)
    kinds = shapely.get_type_id(geometry)
    corners, row = shapely.get_coordinates(geometry, return_index=True)
    endless = np.zeros(len(geometry), np.bool_)
    endless[row[~np.isfinite(corners).all(axis=1)]] = True
    faults = {
        "no geometry": kinds < 0,
        "an empty geometry": (kinds >= 0) & shapely.is_empty(geometry),
        "a geometry that is no polygon": (kinds >= 0) & ~np.isin(kinds, (3, 6)),
        "coordinates that are not finite": endless,
    }
    for what, wrong in faults.items():
        if wrong.any():
            rows = _name_rows(buildings.index[wrong])
            message = (
                f"buildings have {what} in {rows}; allowed: polygons with area; "
                "leave those rows out or mend them"
            )
            raise InputError(message)


def _name_rows(labels: pd.Index[Any]) -> str:
    shown = ", ".join(str(label) for label in labels[:_ROWS_NAMED])
    more = len(labels) - _ROWS_NAMED
    return f"row {shown}" + (f" and {more} more" if more > 0 else "")


def _walls(
    geometry: gpd.GeoSeries,
) -> tuple[NDArray[np.float64], NDArray[np.int32], NDArray[np.int64]]:
    """Give oriented walls, the row of each, and the rows that were repaired."""
    import shapely

    shapes = shapely.force_2d(np.asarray(geometry.array))
    sound = shapely.is_valid(shapes)
    repaired = np.flatnonzero(~sound)
    if len(repaired):
        shapes = shapes.copy()
        shapes[repaired] = shapely.make_valid(shapes[repaired])
    parts, row = shapely.get_parts(shapes, return_index=True)
    # Mending may leave lines beside polygons; those hide nothing.
    flat = shapely.get_type_id(parts) == 3
    parts, row = shapely.orient_polygons(parts[flat]), row[flat]
    rings, part = shapely.get_rings(parts, return_index=True)
    corners, ring = shapely.get_coordinates(rings, return_index=True)
    same = ring[1:] == ring[:-1]
    # Outer rings run counter-clockwise: taken backwards, the building is on the right.
    walls = np.hstack([corners[1:], corners[:-1]])[same]
    owner = row[part[ring[1:]]][same] if len(ring) else np.empty(0, np.int64)
    length = np.any(walls[:, :2] != walls[:, 2:], axis=1)
    return walls[length], owner[length].astype(np.int32), repaired


def _ranks(ids: NDArray[np.str_]) -> NDArray[np.int32]:
    rank = np.empty(len(ids), np.int32)
    rank[np.argsort(ids, kind="stable")] = np.arange(len(ids), dtype=np.int32)
    return rank


def _gridded(
    walls: NDArray[np.float64], owner: NDArray[np.int32], rank: NDArray[np.int32]
) -> dict[str, NDArray[Any]]:
    """Give the arrays of the grid over walls, the walls sorted by place."""
    from coveragekit.visibility.kernels import grid

    if len(walls):
        low = np.minimum(walls[:, :2], walls[:, 2:]).min(axis=0) - 1.0
        high = np.maximum(walls[:, :2], walls[:, 2:]).max(axis=0) + 1.0
    else:
        low, high = np.zeros(2), np.ones(2)
    extent = high - low
    cell = max(_CELL_M, float(np.sqrt(extent.prod() / _CELLS_MOST)))
    nx, ny = (int(side // cell) + 1 for side in extent)
    middle = 0.5 * (walls[:, :2] + walls[:, 2:])
    order = z_order(middle, np.array([*low, cell]))
    walls, owner = _frozen(walls[order]), _frozen(owner[order])
    levels = max(nx - 1, ny - 1).bit_length() + 1
    counts = [
        (((nx - 1) >> level) + 1) * (((ny - 1) >> level) + 1) for level in range(levels)
    ]
    level_at = _frozen(np.concatenate([[0], np.cumsum(counts)]).astype(np.int64))
    x0, y0, shape = float(low[0]), float(low[1]), (ny, nx)
    ptr = grid.count_cells(walls, x0, y0, cell, shape)
    idx = grid.fill_cells(walls, x0, y0, cell, shape, ptr)
    return {
        "walls": walls,
        "owner": owner,
        "rank": _frozen(rank),
        "frame": _frozen(np.array([x0, y0, cell])),
        "shape": _frozen(np.array(shape, dtype=np.int64)),
        "ptr": _frozen(ptr),
        "idx": _frozen(idx),
        "wound": _frozen(grid.wind_cells(walls, x0, y0, cell, shape)),
        "pyramid": _frozen(grid.fill_pyramid(ptr, shape, level_at)),
        "level_at": level_at,
    }


def z_order(
    places: NDArray[np.float64], frame: NDArray[np.float64]
) -> NDArray[np.int64]:
    """
    Give an order in which places that are close mostly come close together.

    Parameters
    ----------
    places
        x, y in metres, shape ``(n, 2)``.
    frame
        Lower left corner and side of a cell, metres; what lies below or to the left of
        it counts as in the first cell.

    Returns
    -------
    numpy.ndarray
        Row numbers, along a Z-shaped curve through the cells.

    Examples
    --------
    >>> z_order(np.array([[9.0, 9.0], [1.0, 1.0]]), np.array([0.0, 0.0, 4.0]))
    array([1, 0])
    """
    code = np.zeros(len(places), np.uint64)
    for axis in range(2):
        cells = (places[:, axis] - frame[axis]) / frame[2]
        place = np.clip(cells, 0.0, 65535.0).astype(np.uint64)
        for bit in range(16):
            at = np.uint64(bit)
            code |= ((place >> at) & np.uint64(1)) << np.uint64(2 * bit + axis)
    return np.lexsort((places[:, 1], places[:, 0], code))
