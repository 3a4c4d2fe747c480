"""The surface of a city: ground and roofs in square cells."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from coveragekit.crs import check_metric
from coveragekit.errors import CRSError, InputError
from coveragekit.visibility.cameras import name_rows
from coveragekit.visibility.obstacles import check_outlines

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas as gpd
    from numpy.typing import NDArray
    from pyproj import CRS

__all__ = ["Heights", "Surface"]

Box = tuple[float, float, float, float]

_MARGIN_M = 100.0
# Ground and roofs of this many cells take 2 GB.
_MOST_CELLS = 250_000_000
_HIGHEST_M = 1000.0
_NET = 32
_DTYPES = {
    "ground_m": np.float32,
    "top_m": np.float32,
    "frame": np.float64,
    "counts": np.int64,
}
_COUNTS = ("height_m", "levels", "assumed", "no_cell")


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

    @classmethod
    def from_buildings(
        cls,
        buildings: gpd.GeoDataFrame,
        terrain: Heights | None = None,
        *,
        bounds: Box | None = None,
        resolution_m: float = 1.0,
        storey_m: float = 3.0,
        default_height_m: float = 6.0,
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

        Returns
        -------
        Surface
            Of ``bounds``; ``height_counts`` says how many heights were assumed.

        Raises
        ------
        CRSError
            The CRS of the buildings is missing or not in metres, or that of the terrain
            is missing.
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
        heights, basis = _heights(buildings, storey_m, default_height_m)
        frame, shape = _frame(buildings, bounds, resolution_m)
        ground = _ground(terrain, crs, frame=frame, shape=shape)
        top, covered = _raised(buildings, heights, ground, frame=frame)
        counts = np.bincount(basis, minlength=3)[:3]
        return cls(
            crs=crs,
            ground_m=_frozen(ground),
            top_m=_frozen(top),
            frame=_frozen(frame),
            counts=_frozen(np.append(counts, (covered == 0).sum()).astype(np.int64)),
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
        >>> sorted(Surface.from_buildings(ground, bounds=(0, 0, 9, 9)).to_arrays())
        ['counts', 'frame', 'ground_m', 'top_m']
        """
        return {name: getattr(self, name) for name in _DTYPES}

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
        return cls(crs=parsed, **{name: _frozen(arrays[name]) for name in _DTYPES})

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


def _frozen(array: NDArray[Any]) -> NDArray[Any]:
    # Read-only throughout: kernels are compiled for read-only arrays alone, and a
    # memory map is one.
    view = np.ascontiguousarray(array).view(np.ndarray)
    view = view[...]
    view.setflags(write=False)
    return view


def _heights(
    buildings: gpd.GeoDataFrame, storey_m: float, default_height_m: float
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Give the height of each building, and its basis: a number into ``_COUNTS``."""
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
        rows = name_rows(buildings.index[wrong])
        message = (
            f"buildings: {column} is {values[wrong][0]:g} in {rows}; allowed: 0 to "
            f"{most:g} {unit}, or missing where unknown; mend or blank those cells"
        )
        raise InputError(message)
    return values


def _frame(
    buildings: gpd.GeoDataFrame, bounds: Box | None, resolution_m: float
) -> tuple[NDArray[np.float64], tuple[int, int]]:
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
        message = (
            f"a surface of {rows:,.0f} x {columns:,.0f} cells of {cell:g} m is asked "
            f"for ({rows * columns * 8 / 1e9:,.1f} GB); allowed: {_MOST_CELLS:,} cells:"
            " give smaller bounds= or a coarser resolution_m="
        )
        raise InputError(message)
    return np.array([west * cell, (south + rows) * cell, cell]), (
        int(rows),
        int(columns),
    )


def _raised(
    buildings: gpd.GeoDataFrame,
    heights: NDArray[np.float64],
    ground: NDArray[np.float32],
    *,
    frame: NDArray[np.float64],
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Give the ground with roofs on it, and how many cells each building covers."""
    from coveragekit.visibility.kernels.surface import burn_heights

    edges, ptr = _edges(buildings, frame)
    rise, covered, unknown = burn_heights(edges, ptr, heights, ground)
    if unknown.any():
        rows = name_rows(buildings.index[unknown > 0])
        message = (
            f"the terrain is unknown under the buildings in {rows} (it does not reach "
            "there, or has no data); give terrain that covers them, smaller bounds=, "
            "or leave those buildings out"
        )
        raise InputError(message)
    return ground + rise, covered


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


def _ground(
    terrain: Heights | None,
    crs: CRS,
    *,
    frame: NDArray[np.float64],
    shape: tuple[int, int],
) -> NDArray[np.float32]:
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
    heights = _frozen(np.asarray(terrain.heights_m, dtype=np.float32))
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
