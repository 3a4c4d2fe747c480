"""Lay the cells of rasters so that those of one study lie on each other."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from coveragekit.coverage.kernels.raster import SET, burn, scan
from coveragekit.errors import InputError

if TYPE_CHECKING:
    import xarray as xr
    from numpy.typing import NDArray
    from shapely.geometry.base import BaseGeometry

__all__ = ["Grid", "Rings", "rings_of"]

# A raster of this many cells takes 4 GB.
_MOST_CELLS = 1_000_000_000
_TILE = 128


@dataclass(frozen=True, slots=True)
class Rings:
    """
    Polygons as the kernels take them: vertices, rings, geometries.

    Parameters
    ----------
    coords
        Vertices, shape ``(n, 2)``, each ring closed.
    ring_ptr, geometry_ptr
        Where each ring begins in ``coords``, and each geometry in the rings.
    """

    coords: NDArray[np.float64]
    ring_ptr: NDArray[np.int64]
    geometry_ptr: NDArray[np.int64]


def rings_of(geometries: NDArray[np.object_]) -> Rings:
    """
    Give polygons as arrays of vertices, rings and geometries.

    Parameters
    ----------
    geometries
        Polygons and MultiPolygons; missing and empty ones have no rings.

    Returns
    -------
    Rings
        One entry of ``geometry_ptr`` more than there are geometries.

    Raises
    ------
    InputError
        A geometry is neither a Polygon nor a MultiPolygon.

    Examples
    --------
    >>> import numpy as np
    >>> from shapely import box
    >>> rings_of(np.array([box(0, 0, 1, 1), None], dtype=object)).ring_ptr
    array([0, 5])
    """
    import shapely

    kinds = shapely.get_type_id(geometries)
    wrong = ~np.isin(kinds, (-1, 3, 6)) & ~shapely.is_empty(geometries)
    if wrong.any():
        row = int(np.flatnonzero(wrong)[0])
        message = (
            f"geometry {row} is a {geometries[row].geom_type}; allowed: Polygon, "
            "MultiPolygon"
        )
        raise InputError(message)
    if (kinds == 3).all() and not shapely.get_num_interior_rings(geometries).any():
        # Nearly always; taking rings apart one by one would cost a third of the raster.
        coords, of = shapely.get_coordinates(geometries, return_index=True)
        every = np.arange(len(geometries) + 1)
        return Rings(coords, np.searchsorted(of, every).astype(np.int64), every)
    if (kinds == 3).all():
        parts, part_of = geometries, np.arange(len(geometries))
    else:
        parts, part_of = shapely.get_parts(geometries, return_index=True)
    rings, ring_of = shapely.get_rings(parts, return_index=True)
    coords, vertex_of = shapely.get_coordinates(rings, return_index=True)
    ring_ptr = np.searchsorted(vertex_of, np.arange(len(rings) + 1))
    geometry_ptr = np.searchsorted(part_of[ring_of], np.arange(len(geometries) + 1))
    return Rings(coords, ring_ptr.astype(np.int64), geometry_ptr.astype(np.int64))


@dataclass(frozen=True, slots=True)
class Grid:
    """
    The cells of a raster: where it begins, how many there are, how large they are.

    Parameters
    ----------
    minx, maxy
        North-west corner, metres, a multiple of the resolution.
    rows, columns
        Counts of cells, at least 1.
    resolution_m
        Side of a cell, metres.
    """

    minx: float
    maxy: float
    rows: int
    columns: int
    resolution_m: float

    @classmethod
    def covering(
        cls, bounds: tuple[float, float, float, float], resolution_m: float
    ) -> Self:
        """
        Give the smallest grid that covers a box and begins at a multiple of its cells.

        Parameters
        ----------
        bounds
            minx, miny, maxx and maxy, metres.
        resolution_m
            Side of a cell, metres, > 0.

        Returns
        -------
        Grid
            At 1 m its corners are whole metres, so that all grids of one study align.

        Raises
        ------
        InputError
            A resolution or box that cannot be, or more than 1,000,000,000 cells.

        Examples
        --------
        >>> Grid.covering((0.4, 0.4, 2.6, 1.6), 1.0)
        Grid(minx=0.0, maxy=2.0, rows=2, columns=3, resolution_m=1.0)
        """
        if not (np.isfinite(resolution_m) and resolution_m > 0.0):
            message = f"resolution_m is {resolution_m:g}; allowed: more than 0, finite"
            raise InputError(message)
        minx, miny, maxx, maxy = map(float, bounds)
        if not (np.isfinite([minx, miny, maxx, maxy]).all()) or (
            maxx < minx or maxy < miny
        ):
            message = (
                f"bounds are ({minx:g}, {miny:g}, {maxx:g}, {maxy:g}); allowed: finite "
                "minx <= maxx and miny <= maxy, metres"
            )
            raise InputError(message)
        west, south = np.floor(minx / resolution_m), np.floor(miny / resolution_m)
        columns = max(int(np.ceil(maxx / resolution_m) - west), 1)
        rows = max(int(np.ceil(maxy / resolution_m) - south), 1)
        if rows * columns > _MOST_CELLS:
            message = (
                f"a raster of {rows:,} x {columns:,} cells of {resolution_m:g} m is "
                f"asked for; allowed: {_MOST_CELLS:,} cells: use a coarser resolution "
                "or smaller bounds"
            )
            raise InputError(message)
        return cls(
            minx=float(west) * resolution_m,
            maxy=(float(south) + rows) * resolution_m,
            rows=rows,
            columns=columns,
            resolution_m=float(resolution_m),
        )

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.rows, self.columns

    @property
    def cell_m2(self) -> float:
        """Area of a cell, square metres."""
        return self.resolution_m**2

    def burn(
        self,
        out: NDArray[Any],
        rings: Rings,
        values: NDArray[Any],
        *,
        mode: int,
    ) -> None:
        """
        Add, multiply or set values where the centres of cells lie in polygons.

        Parameters
        ----------
        out
            A float32 or uint8 array of :attr:`shape`; changed in place.
        rings
            The polygons.
        values
            One for each polygon, of the same type.
        mode
            ``ADD``, ``MULTIPLY`` or ``SET`` of ``coverage.kernels.raster``.
        """
        burn(
            out,
            rings.coords,
            rings.ring_ptr,
            rings.geometry_ptr,
            values,
            self._by_tile(rings),
            self.minx,
            self.maxy,
            self.resolution_m,
            mode,
        )

    def scan(
        self, rings: Rings
    ) -> tuple[NDArray[np.int32], NDArray[np.int64], NDArray[np.int64]]:
        """
        Give the runs of cells whose centres lie in polygons.

        Parameters
        ----------
        rings
            The polygons.

        Returns
        -------
        tuple of numpy.ndarray
            Row, first and end column of each run; where the runs of each polygon begin;
            and the order in which the polygons were taken.
        """
        order = self._by_tile(rings)
        x, y, size = self.minx, self.maxy, self.resolution_m
        parts = rings.coords, rings.ring_ptr, rings.geometry_ptr
        return *scan(*parts, order, x, y, size, self.shape), order

    def window(
        self, bounds: tuple[float, float, float, float]
    ) -> tuple[tuple[slice, slice], Self]:
        """
        Give the part of the grid that holds a box.

        Parameters
        ----------
        bounds
            minx, miny, maxx, maxy of the box, metres.

        Returns
        -------
        tuple
            The rows and columns of it, for indexing; and that part as a grid. Of a box
            outside there remain the cells nearest to it.
        """
        minx, miny, maxx, maxy = bounds
        (top, bottom), (left, right) = self.cells_of(
            np.array([minx, maxx]), np.array([maxy, miny])
        )
        first = min(max(int(np.floor(top)), 0), self.rows - 1)
        last = min(max(int(np.ceil(bottom)), first + 1), self.rows)
        west = min(max(int(np.floor(left)), 0), self.columns - 1)
        east = min(max(int(np.ceil(right)), west + 1), self.columns)
        part = replace(
            self,
            minx=self.minx + west * self.resolution_m,
            maxy=self.maxy - first * self.resolution_m,
            rows=last - first,
            columns=east - west,
        )
        return (slice(first, last), slice(west, east)), part

    def _by_tile(self, rings: Rings) -> NDArray[np.int64]:
        """Give polygons tile by tile, so that neighbours come one after another."""
        if len(rings.coords) == 0:
            return np.empty(0, dtype=np.int64)
        first = rings.ring_ptr[rings.geometry_ptr[:-1]]
        x, y = rings.coords[np.minimum(first, len(rings.coords) - 1)].T
        tile = _TILE * self.resolution_m
        across = np.floor((x - self.minx) / tile)
        down = np.floor((self.maxy - y) / tile)
        return np.lexsort((across, down))

    def inside(
        self,
        area: BaseGeometry | None,
        buildings: NDArray[np.object_] | None = None,
    ) -> NDArray[np.uint8]:
        """
        Give 1 for the cells whose centre lies in an area and in no building.

        Parameters
        ----------
        area
            A Polygon or MultiPolygon in the grid's CRS; ``None`` for everywhere.
        buildings
            Polygons in the grid's CRS, or ``None``.

        Returns
        -------
        numpy.ndarray
            uint8 of :attr:`shape`.

        Raises
        ------
        InputError
            A geometry is neither a Polygon nor a MultiPolygon.
        """
        mask = np.full(self.shape, area is None, dtype=np.uint8)
        if area is not None:
            whole = rings_of(np.array([area], dtype=object))
            self.burn(mask, whole, np.ones(1, dtype=np.uint8), mode=SET)
        if buildings is not None and len(buildings):
            zeros = np.zeros(len(buildings), dtype=np.uint8)
            self.burn(mask, rings_of(buildings), zeros, mode=SET)
        return mask

    def cells_of(
        self, x: NDArray[np.float64], y: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """
        Give places as rows and columns, counted in cells from the north-west corner.

        Parameters
        ----------
        x, y
            Coordinates, metres.

        Returns
        -------
        tuple of numpy.ndarray
            Rows and columns; the centre of the first cell is at 0.5, 0.5.
        """
        return (self.maxy - y) / self.resolution_m, (x - self.minx) / self.resolution_m

    def to_array(
        self, values: NDArray[np.float32], name: str, crs: object
    ) -> xr.DataArray:
        """
        Give a raster its coordinates and CRS.

        Parameters
        ----------
        values
            An array of :attr:`shape`.
        name
            Name of what is in it.
        crs
            The CRS, in metres.

        Returns
        -------
        xarray.DataArray
            Dimensions y (falling) and x, the centres of cells in metres; not-a-number
            is declared as "no data".
        """
        import rioxarray  # noqa: F401 - gives arrays their accessor `rio`
        import xarray as xr
        from rasterio.transform import Affine

        steps = self.resolution_m
        y = self.maxy - (np.arange(self.rows) + 0.5) * steps
        x = self.minx + (np.arange(self.columns) + 0.5) * steps
        array = xr.DataArray(
            values, dims=("y", "x"), coords={"y": y, "x": x}, name=name
        )
        north_up = Affine(steps, 0.0, self.minx, 0.0, -steps, self.maxy)
        array = array.rio.write_crs(crs, inplace=True)
        array = array.rio.write_transform(north_up, inplace=True)
        return array.rio.write_nodata(np.nan, inplace=True)  # type: ignore[no-any-return]

    @classmethod
    def of_array(cls, array: xr.DataArray) -> Self:
        """
        Give the grid of a raster made by :meth:`to_array`, or read from a file.

        Parameters
        ----------
        array
            Dimensions y (falling) and x, with a transform.

        Returns
        -------
        Grid
            Its grid.

        Raises
        ------
        InputError
            The dimensions are others, or the cells are not square or not north-up.
        """
        if tuple(map(str, array.dims)) != ("y", "x"):
            message = f"the raster's dimensions are {array.dims}; allowed: y and x"
            raise InputError(message)
        import rioxarray  # noqa: F401 - gives arrays their accessor `rio`

        mapping = array.coords.get(array.rio.grid_mapping)
        written = "" if mapping is None else mapping.attrs.get("GeoTransform", "")
        west, step, skew_x, north, skew_y, fall = map(
            float, written.split() or [np.nan] * 6
        )
        if not (step > 0.0 and np.isclose(fall, -step)) or skew_x or skew_y:
            message = (
                f"the raster's transform is {written or 'missing'}; allowed: square "
                "cells, north up: use rasters of coverage.multiplicity or coverage.seen"
            )
            raise InputError(message)
        return cls(
            minx=west,
            maxy=north,
            rows=array.sizes["y"],
            columns=array.sizes["x"],
            resolution_m=step,
        )
