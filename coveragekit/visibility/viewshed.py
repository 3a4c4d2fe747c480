"""Viewsheds: the cells of a surface that each camera sees over ground and roofs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from coveragekit.errors import InputError
from coveragekit.visibility.lookouts import STANDS, look_over
from coveragekit.visibility.relief import check_target
from coveragekit.visibility.seen_cells import MODES, Mode, seen_cells
from coveragekit.visibility.windows import (
    chances,
    outline_cells,
    to_raster,
    window_extent,
)
from coveragekit.visibility.zone_cuts import cut_shapes

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd
    import xarray as xr
    from numpy.typing import ArrayLike, NDArray

    from coveragekit.optics import Footprints
    from coveragekit.visibility.cameras import North
    from coveragekit.visibility.lookouts import Lookouts
    from coveragekit.visibility.raising import Box
    from coveragekit.visibility.surface import Surface

__all__ = ["Viewsheds", "uncut_viewsheds", "viewsheds"]


@dataclass(frozen=True, slots=True, eq=False)
class Viewsheds:
    """
    The cells that each camera sees, each in a window of its own, as bits.

    Made by :func:`viewsheds`.

    Parameters
    ----------
    surface
        The surface that they are of.
    placed
        Where each camera stands, on the index of the cameras: ``x``, ``y``, ``eye_m``
        (height of the lens), ``mount`` (``open``, ``roof``, ``facade``, or ``inside``:
        it sees nothing) and ``mount_shift_m``.
    cut
        Per camera: whether its field of view runs over the edge of the surface, so that
        what it sees beyond is not known.
    windows
        Per camera: first row and column on the surface, rows and columns; shape
        ``(n, 4)``.
    ptr, bits
        Cells of camera ``i``: ``bits[ptr[i]:ptr[i + 1]]``, row by row, the first cell
        in the highest bit.
    """

    surface: Surface
    placed: pd.DataFrame
    cut: NDArray[np.bool_]
    windows: NDArray[np.int64]
    ptr: NDArray[np.int64]
    bits: NDArray[np.uint8]

    def __len__(self) -> int:
        """Give the number of cameras."""
        return len(self.windows)

    def __getitem__(self, place: int) -> xr.DataArray:
        """Give the cells of one camera's window: True where it sees."""
        row, column = self.windows[place, :2]
        seen = self.cells(place)
        return self._raster(seen, (int(row), int(column)), "viewshed")

    def cells(self, place: int) -> NDArray[np.bool_]:
        """
        Give the cells of one camera's window.

        Parameters
        ----------
        place
            Which camera, counted from 0 in the order of ``placed``.

        Returns
        -------
        numpy.ndarray
                True where it sees; the window holds all that it sees.
        """
        rows, columns = self.windows[place, 2:]
        packed = self.bits[self.ptr[place] : self.ptr[place + 1]]
        flat = np.unpackbits(packed, count=int(rows * columns))
        return flat.reshape(rows, columns).astype(np.bool_)

    def area_m2(self) -> pd.Series[float]:
        """
        Give how much each camera sees.

        Returns
        -------
        pandas.Series
            ``area_m2`` on the index of the cameras: cells times their area.
        """
        import pandas as pd

        ones = np.zeros(len(self.bits) + 1, np.int64)
        np.cumsum(np.bitwise_count(self.bits), out=ones[1:])
        cells = ones[self.ptr[1:]] - ones[self.ptr[:-1]]
        area = cells * self.surface.cell_m**2
        return pd.Series(area, index=self.placed.index, name="area_m2")

    def ground_only(self) -> Viewsheds:
        """
        Give the same viewsheds without roofs, as isovists have none.

        Returns
        -------
        Viewsheds
            Of the same cameras; cells that a building covers are not seen.
        """
        from coveragekit.visibility.kernels.viewshed import clear_roofs

        bits = self.bits.copy()
        layers = (self.surface.ground_m, self.surface.top_m, self.surface.cell_m)
        clear_roofs(layers, self.windows, self.ptr, bits)
        return replace(self, bits=bits)

    def without_zones(self) -> Viewsheds:
        """
        Give the same viewsheds without the cells whose centre a privacy zone covers.

        Returns
        -------
        Viewsheds
            Of the same cameras; the very same where there are no zones.
        """
        surface = self.surface
        if len(surface.zones) == 0:
            return self
        bits = self.bits.copy()
        for place, (row, column) in enumerate(self.windows[:, :2]):
            cells = self.cells(place)
            down, right = np.nonzero(cells)
            spots = np.column_stack([column + right, row + down]).astype(np.float64)
            hidden = surface.zones.hide(surface.places_of(spots))
            if hidden.any():
                cells[down[hidden], right[hidden]] = False
                bits[self.ptr[place] : self.ptr[place + 1]] = np.packbits(cells)
        return replace(self, bits=bits)

    def to_polygons(self) -> gpd.GeoSeries:
        """
        Give what each camera sees as polygons: the exact outlines of its cells.

        Returns
        -------
        geopandas.GeoSeries
            Valid Polygons or MultiPolygons named ``isovist`` on the index of the
            cameras, empty where a camera sees nothing. Cells that touch at a corner
            only are apart. What of a cell lies in a privacy zone is cut off.
        """
        import geopandas as gpd

        shapes = outline_cells(
            self.windows, self.ptr, self.bits, frame=self.surface.frame
        )
        shapes = cut_shapes(shapes, self.surface.zones)
        return gpd.GeoSeries(
            shapes, index=self.placed.index, crs=self.surface.crs, name="isovist"
        )

    def multiplicity(
        self,
        probability: pd.Series[float] | ArrayLike | None = None,
        *,
        bounds: Box | None = None,
    ) -> xr.DataArray:
        """
        Map how many cameras see each place: the sum of their probabilities.

        Parameters
        ----------
        probability
            One for each camera, 0 to 1, a Series on the same index or an array;
            ``None`` for 1 each.
        bounds
            minx, miny, maxx, maxy to cover, metres; the box of all that is seen where
            ``None``.

        Returns
        -------
        xarray.DataArray
            ``multiplicity``, float32, dimensions y (falling) and x in metres, with CRS
            and transform; on the cells of the surface, which are those of
            ``coveragekit.coverage.multiplicity`` at the same resolution.

        Raises
        ------
        InputError
            Probabilities out of range or of another index, or no extent.
        """
        from coveragekit.visibility.kernels.viewshed import add_windows

        values = chances(probability, self.placed.index)
        row, column, rows, columns = window_extent(
            self.windows, bounds, self.surface.frame
        )
        total = np.zeros((rows, columns), np.float32)
        add_windows(total, (row, column), self.windows, self.ptr, self.bits, values)
        return self._raster(total, (row, column), "multiplicity")

    def _raster(
        self, values: NDArray[Any], corner: tuple[int, int], name: str
    ) -> xr.DataArray:
        surface = self.surface
        return to_raster(values, corner, surface.frame, crs=surface.crs, name=name)


def viewsheds(  # noqa: PLR0913 - keywords, each of which stands for itself
    cameras: gpd.GeoDataFrame,
    surface: Surface,
    *,
    footprints: Footprints | None = None,
    target_height_m: float = 1.5,
    mode: Mode = "fast",
    north: North = "true",
    mounting: pd.DataFrame | None = None,
    threads: int | None = None,
) -> Viewsheds:
    """
    Give the cells of a surface that each camera sees over ground and roofs.

    Parameters
    ----------
    cameras
        Points in the CRS of the surface with ``mount_height_m`` (lens above the ground)
        and ``bearing_deg`` (degrees clockwise, missing where unknown: then all round),
        and without footprints ``hfov_deg`` (``0 < h <= 360``) and ``range_m``
        (metres, ``> 0``: the range to use).
    surface
        Ground and roofs.
    footprints
        Of ``coveragekit.optics.footprints`` for these cameras: what each picture shows
        of the level of its targets. Then the field of view is exactly that.
    target_height_m
        How far targets stand above the ground, metres, ``>= 0``. On a building the
        target is its roof, where that is higher.
    mode
        ``"fast"``: rays from the centre of the camera's cell to the rim of its reach.
        ``"accurate"``: a line of sight of its own for each cell.
    north
        What ``bearing_deg`` counts from: ``"true"`` or ``"grid"`` north.
    mounting
        What :func:`coveragekit.visibility.mount` gave for these cameras; worked out
        from the surface if ``None``.
    threads
        How many threads to use; ``None``: one per processor where it pays.

    Returns
    -------
    Viewsheds
        One window of cells per camera, in their order.

    Raises
    ------
    CRSError
        The CRS is missing, not in metres, or not that of the surface.
    InputError
        A camera off the surface or over unknown ground, or a value that cannot be
        used; the rows are named.

    Notes
    -----
    A cell counts by its centre. A lens above the roof where it is drawn stays there;
    one below it is moved out of the building (``placed`` says so). Cells of unknown
    height are never seen and hide nothing. The curve of the earth (1 cm at 400 m) is
    left out. A cell whose centre lies in a privacy zone is not seen. Both modes compare
    the surface, interpolated between two cells, with lines of sight; the fast one
    shares a ray among the cells along it.

    Examples
    --------
    >>> import geopandas as gpd
    >>> from shapely import Point, box
    >>> from coveragekit.visibility import Surface
    >>> wall = gpd.GeoDataFrame(
    ...     {"height_m": [9.0]}, geometry=[box(10, -90, 12, 90)], crs="EPSG:32616"
    ... )
    >>> camera = gpd.GeoDataFrame(
    ...     {"mount_height_m": [6.0], "bearing_deg": [90.0], "hfov_deg": [90.0],
    ...      "range_m": [50.0]}, geometry=[Point(0.5, 0.5)], crs="EPSG:32616",
    ... )
    >>> made = viewsheds(camera, Surface.from_buildings(wall), north="grid")
    >>> bool(made.to_polygons().total_bounds[2] <= 12.0)
    True
    """
    return uncut_viewsheds(
        cameras,
        surface,
        footprints=footprints,
        target_height_m=target_height_m,
        mode=mode,
        north=north,
        mounting=mounting,
        threads=threads,
    ).without_zones()


def uncut_viewsheds(  # noqa: PLR0913 - as viewsheds
    cameras: gpd.GeoDataFrame,
    surface: Surface,
    *,
    footprints: Footprints | None,
    target_height_m: float,
    mode: Mode,
    north: North,
    mounting: pd.DataFrame | None,
    threads: int | None,
) -> Viewsheds:
    """
    Give viewsheds whose cells no privacy zone is taken from yet.

    Parameters
    ----------
    cameras, surface, footprints, target_height_m, mode, north, mounting, threads
        As :func:`viewsheds` takes them.

    Returns
    -------
    Viewsheds
        Only for :meth:`Viewsheds.to_polygons`, which cuts the zones exactly, and
        :meth:`Viewsheds.without_zones`.

    Raises
    ------
    CRSError, InputError
        As :func:`viewsheds`.
    """
    if mode not in MODES:
        message = f"mode is {mode!r}; allowed: 'fast' or 'accurate'"
        raise InputError(message)
    target = check_target(target_height_m)
    lookouts = look_over(
        cameras, surface, footprints=footprints, north=north, mounting=mounting
    )
    cells, cut = seen_cells(lookouts, surface, target, mode=mode, threads=threads)
    return Viewsheds(surface, _placed(lookouts, surface, cameras), cut, *cells)


def _placed(
    lookouts: Lookouts, surface: Surface, cameras: gpd.GeoDataFrame
) -> pd.DataFrame:
    import pandas as pd

    west, north, cell = surface.frame
    return pd.DataFrame(
        {
            "x": west + (lookouts.views[:, 0] + 0.5) * cell,
            "y": north - (lookouts.views[:, 1] + 0.5) * cell,
            "eye_m": lookouts.views[:, 2],
            "mount": pd.Series(
                np.array(STANDS, dtype=object)[lookouts.stands], dtype="str"
            ).array,
            "mount_shift_m": lookouts.shift_m,
        },
        index=cameras.index,
    )
