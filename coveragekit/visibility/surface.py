"""The surface of a city: ground and roofs in square cells."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from coveragekit.crs import check_metric
from coveragekit.errors import InputError
from coveragekit.visibility.raising import (
    building_heights,
    cell_frame,
    frozen,
    raise_roofs,
    take_ground,
)
from coveragekit.visibility.zones import Zones

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas as gpd
    from numpy.typing import NDArray
    from pyproj import CRS
    from shapely.geometry.base import BaseGeometry

    from coveragekit.visibility.raising import Box, Heights

__all__ = ["Surface"]

_DTYPES = {
    "ground_m": np.float32,
    "top_m": np.float32,
    "frame": np.float64,
    "counts": np.int64,
}
_COUNTS = ("height_m", "levels", "assumed", "no_cell")


@dataclass(frozen=True, slots=True, eq=False)
class Surface:
    """
    Ground and roofs of a city in square cells, the north-west one first.

    Made by :meth:`from_buildings`, or by :meth:`from_arrays` from what
    :meth:`to_arrays` gave. All arrays are read-only and may be memory maps.

    Parameters
    ----------
    crs
        Projected CRS in metres.
    ground_m
        Height of the ground at the centre of each cell, metres, float32; rows run from
        north to south. Not-a-number where it is unknown.
    top_m
        Height of the roof where a building covers the centre, else of the ground.
    frame
        West and north edge and side of a cell, metres.
    counts
        Buildings whose height was given, came from storeys, was assumed; and those that
        cover no centre of a cell, so that they hide nothing.
    zones
        Privacy zones, which are seen by nobody.

    Examples
    --------
    >>> import geopandas as gpd
    >>> from shapely import box
    >>> house = gpd.GeoDataFrame(
    ...     {"levels": [2]}, geometry=[box(0, 0, 10, 8)], crs="EPSG:32616"
    ... )
    >>> surface = Surface.from_buildings(house)
    >>> float(surface.top_m.max()), surface.height_counts["levels"]
    (6.0, 1)
    """

    crs: CRS
    ground_m: NDArray[np.float32]
    top_m: NDArray[np.float32]
    frame: NDArray[np.float64]
    counts: NDArray[np.int64]
    zones: Zones

    @classmethod
    def from_buildings(  # noqa: PLR0913 - keywords, each of which stands for itself
        cls,
        buildings: gpd.GeoDataFrame,
        terrain: Heights | None = None,
        *,
        bounds: Box | None = None,
        resolution_m: float = 1.0,
        storey_m: float = 3.0,
        default_height_m: float = 6.0,
        zones: gpd.GeoDataFrame | None = None,
    ) -> Surface:
        """
        Give the surface of buildings on terrain, or on level ground at height 0.

        Parameters
        ----------
        buildings
            Polygons in a projected CRS in metres; ``height_m`` and ``levels`` are used
            where there are such columns. Where footprints overlap the highest counts.
        terrain
            Ground heights in any CRS, taken between their cells bilinearly; such as
            ``coveragekit.sources.read_terrain`` gives. ``None`` for level ground.
        bounds
            minx, miny, maxx, maxy to cover, metres; the box of the buildings and 100 m
            around it where ``None``. What a camera would see beyond is not known.
        resolution_m
            Side of a cell, metres, ``> 0``. Corners are multiples of it.
        storey_m
            Height of a storey, metres, ``> 0``.
        default_height_m
            Height of a building that says neither, metres, ``> 0``.
        zones
            Polygons that no camera may look into, in the CRS of the buildings.

        Returns
        -------
        Surface
            Of ``bounds``; ``height_counts`` says how many heights were assumed.

        Raises
        ------
        CRSError
            The CRS of the buildings is missing or not in metres, that of the terrain is
            missing, or the zones have another.
        InputError
            A height or number of storeys that cannot be, an outline that is none, a
            terrain that does not reach a building, or too many cells.

        Notes
        -----
        A roof lies its height above the ground of each cell. A building counts where it
        covers the centre of a cell, so that what is thinner than a cell may hide
        nothing; ``height_counts`` says how many cover no centre at all.

        Examples
        --------
        >>> import geopandas as gpd
        >>> from shapely import box
        >>> house = gpd.GeoDataFrame(geometry=[box(0, 0, 10, 8)], crs="EPSG:32616")
        >>> Surface.from_buildings(house, bounds=(-5, -5, 15, 15)).top_m.shape
        (20, 20)
        """
        crs = check_metric(buildings.crs, "buildings")
        for name, value in (
            ("resolution_m", resolution_m),
            ("storey_m", storey_m),
            ("default_height_m", default_height_m),
        ):
            if not (np.isfinite(value) and value > 0.0):
                message = f"{name} is {value}; allowed: metres, more than 0, finite"
                raise InputError(message)
        heights, basis = building_heights(buildings, storey_m, default_height_m)
        frame, shape = cell_frame(buildings, bounds, resolution_m)
        ground = take_ground(terrain, crs, frame=frame, shape=shape)
        top, covered = raise_roofs(buildings, heights, ground, frame=frame)
        counts = np.bincount(basis, minlength=3)[:3]
        return cls(
            crs=crs,
            ground_m=frozen(ground),
            top_m=frozen(top),
            frame=frozen(frame),
            counts=frozen(np.append(counts, (covered == 0).sum()).astype(np.int64)),
            zones=Zones.of(zones, crs=crs),
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
        >>> surface = Surface.from_buildings(ground, bounds=(0, 0, 9, 9))
        >>> sorted(surface.to_arrays())[:4]
        ['counts', 'frame', 'ground_m', 'top_m']
        """
        held = {name: getattr(self, name) for name in _DTYPES}
        return held | self.zones.to_arrays()

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]], *, crs: object) -> Surface:
        """
        Give a surface from the arrays of :meth:`to_arrays`, without copying them.

        Parameters
        ----------
        arrays
            Name to array; memory maps are welcome.
        crs
            The CRS they were made in.

        Returns
        -------
        Surface
            Equal to the one that the arrays came from.

        Raises
        ------
        CRSError
            The CRS is missing, geographic or not in metres.
        InputError
            An array is missing, or has another type or shape than :meth:`to_arrays`
            gives.

        Examples
        --------
        >>> import geopandas as gpd
        >>> ground = gpd.GeoDataFrame(geometry=[], crs="EPSG:32616")
        >>> arrays = Surface.from_buildings(ground, bounds=(0, 0, 9, 9)).to_arrays()
        >>> Surface.from_arrays(arrays, crs="EPSG:32616").bounds
        (0.0, 0.0, 9.0, 9.0)
        """
        parsed = check_metric(crs, "the stored surface")
        missing = [name for name in _DTYPES if name not in arrays]
        if missing:
            message = (
                f"the stored surface lacks the arrays {', '.join(missing)}; "
                "store all that Surface.to_arrays gives"
            )
            raise InputError(message)
        shape = arrays["ground_m"].shape
        shapes = {"ground_m": shape, "top_m": shape, "frame": (3,), "counts": (4,)}
        for name, dtype in _DTYPES.items():
            array = arrays[name]
            if array.dtype != dtype or array.shape != shapes[name] or len(shape) != 2:
                message = (
                    f"the stored surface: {name} is {array.dtype} of the shape "
                    f"{array.shape}, allowed: {np.dtype(dtype)} of "
                    f"{shapes[name] if len(shape) == 2 else 'two dimensions'}; store "
                    "what Surface.to_arrays gives"
                )
                raise InputError(message)
        zones = Zones.from_arrays(arrays, "surfaces")
        held = {name: frozen(arrays[name]) for name in _DTYPES}
        return cls(crs=parsed, zones=zones, **held)

    @property
    def cell_m(self) -> float:
        """Side of a cell, metres."""
        return float(self.frame[2])

    @property
    def bounds(self) -> Box:
        """West, south, east and north edge, metres."""
        west, north, cell = map(float, self.frame)
        rows, columns = self.ground_m.shape
        return west, north - rows * cell, west + columns * cell, north

    @property
    def height_counts(self) -> dict[str, int]:
        """Buildings by where their height came from, and those that cover no cell."""
        return dict(zip(_COUNTS, map(int, self.counts), strict=True))

    def is_known(self, xy: NDArray[np.float64]) -> NDArray[np.bool_]:
        """
        Tell where the ground is known, so that a camera or point may stand there.

        Parameters
        ----------
        xy
            Places in the CRS of the surface, shape ``(n, 2)``.

        Returns
        -------
        numpy.ndarray
            False off the surface, and between cells of which one is without data.

        Examples
        --------
        >>> import geopandas as gpd
        >>> ground = gpd.GeoDataFrame(geometry=[], crs="EPSG:32616")
        >>> surface = Surface.from_buildings(ground, bounds=(0, 0, 9, 9))
        >>> surface.is_known(np.array([[4.0, 4.0], [12.0, 4.0]])).tolist()
        [True, False]
        """
        from coveragekit.visibility.kernels.relief import target_heights

        places = self.cells_of(xy)
        rows, columns = self.ground_m.shape
        most = np.array([columns - 1.0, rows - 1.0])
        known = np.asarray(((places >= 0.0) & (places <= most)).all(axis=1))
        layers = (self.ground_m, self.top_m)
        known[known] = ~np.isnan(target_heights(*layers, places[known], 0.0))
        return known

    def unknown_area(self) -> BaseGeometry:
        """
        Give the cells without known ground, where nothing can be said.

        Returns
        -------
        shapely.Polygon or shapely.MultiPolygon
            Their exact outline in the CRS of the surface; empty where all is known.

        Examples
        --------
        >>> import geopandas as gpd
        >>> ground = gpd.GeoDataFrame(geometry=[], crs="EPSG:32616")
        >>> Surface.from_buildings(ground, bounds=(0, 0, 9, 9)).unknown_area().is_empty
        True
        """
        from coveragekit.visibility.windows import outline_cells

        unknown = np.isnan(self.ground_m)
        bits = np.packbits(unknown)
        rows, columns = unknown.shape if unknown.any() else (0, 0)
        made: BaseGeometry = outline_cells(
            np.array([[0, 0, rows, columns]]),
            np.array([0, len(bits)]),
            bits,
            frame=self.frame,
        )[0]
        return made

    def cells_of(self, xy: NDArray[np.float64]) -> NDArray[np.float64]:
        """
        Give places as columns and rows, counted from the centre of the first cell.

        Parameters
        ----------
        xy
            Places in the CRS of the surface, shape ``(n, 2)``.

        Returns
        -------
        numpy.ndarray
            Shape ``(n, 2)``: columns to the east, rows to the south.

        Examples
        --------
        >>> import geopandas as gpd
        >>> ground = gpd.GeoDataFrame(geometry=[], crs="EPSG:32616")
        >>> surface = Surface.from_buildings(ground, bounds=(0, 0, 9, 9))
        >>> surface.cells_of(np.array([[0.5, 8.5]])).tolist()
        [[0.0, 0.0]]
        """
        west, north, cell = self.frame
        places = np.asarray(xy, dtype=np.float64).reshape(-1, 2)
        columns, rows = (places[:, 0] - west) / cell, (north - places[:, 1]) / cell
        return np.stack([columns - 0.5, rows - 0.5], axis=1)

    def places_of(self, cells: NDArray[np.float64]) -> NDArray[np.float64]:
        """
        Give columns and rows as places: what :meth:`cells_of` takes.

        Parameters
        ----------
        cells
            Columns to the east, rows to the south, from the centre of the first cell,
            shape ``(n, 2)``.

        Returns
        -------
        numpy.ndarray
            x, y in metres, shape ``(n, 2)``.

        Examples
        --------
        >>> import geopandas as gpd
        >>> ground = gpd.GeoDataFrame(geometry=[], crs="EPSG:32616")
        >>> surface = Surface.from_buildings(ground, bounds=(0, 0, 9, 9))
        >>> surface.places_of(np.zeros((1, 2))).tolist()
        [[0.5, 8.5]]
        """
        west, north, cell = self.frame
        x, y = west + (cells[:, 0] + 0.5) * cell, north - (cells[:, 1] + 0.5) * cell
        return np.column_stack([x, y])
