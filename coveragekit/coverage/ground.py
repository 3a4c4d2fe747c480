"""Lay cells over the public ground of a study."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from coveragekit.coverage.grid import Grid

if TYPE_CHECKING:
    import geopandas as gpd
    import numpy as np
    from numpy.typing import NDArray
    from shapely.geometry.base import BaseGeometry

__all__ = ["Ground"]


@dataclass(frozen=True, slots=True)
class Ground:
    """
    The cells of public ground, made once for several shares of it.

    Parameters
    ----------
    grid
        The cells.
    inside
        Not 0 where a cell counts, uint8 of the grid's shape.
    """

    grid: Grid
    inside: NDArray[np.uint8]

    @classmethod
    def of(
        cls, area: BaseGeometry, buildings: gpd.GeoDataFrame, resolution_m: float = 1.0
    ) -> Self:
        """
        Lay cells over an area and take out its buildings.

        Parameters
        ----------
        area
            The study area.
        buildings
            Footprints in the same CRS, in metres.
        resolution_m
            Side of the cells, metres, > 0.

        Returns
        -------
        Ground
            Ready for :func:`area_share`.

        Raises
        ------
        InputError
            A resolution that cannot be.

        Examples
        --------
        >>> import geopandas as gpd
        >>> from shapely import box
        >>> house = gpd.GeoDataFrame(geometry=[box(0, 0, 1, 1)], crs="EPSG:32616")
        >>> Ground.of(box(0, 0, 3, 1), house).inside.tolist()
        [[0, 1, 1]]
        """
        grid = Grid.covering(area.bounds, resolution_m)
        return cls(grid, grid.inside(area, buildings.geometry.to_numpy()))
