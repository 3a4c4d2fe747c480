"""The areas of the view store, and which of them each place lies in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Self

import numpy as np

from coveragekit import coverage
from coveragekit.study.ground import local_table
from coveragekit.study.view_shapes import ragged_of, texts_of
from coveragekit.view import Areas

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    from coveragekit.study.folder import StudyFolder

    Floats = NDArray[np.float64]

__all__ = ["AreaFinder"]

# What areas are called whose source says no kind, and where their people stand.
NO_KIND: Final = "area"
POPULATION: Final = "population"


@dataclass(frozen=True)
class AreaFinder:
    """
    The areas of a study, asked which of them holds a place.

    Parameters
    ----------
    table
        The areas by kind and name, metres, index 0 to n-1.
    kinds
        Their kinds in order.
    kind_of
        Number of each one's kind.
    """

    table: gpd.GeoDataFrame
    kinds: tuple[str, ...]
    kind_of: NDArray[np.intp]

    @classmethod
    def of(cls, study: StudyFolder) -> Self:
        """
        Open the areas of a study.

        Parameters
        ----------
        study
            The study.

        Returns
        -------
        AreaFinder
            Its areas.
        """
        areas = local_table(study, "areas")
        kind = areas["kind"].fillna(NO_KIND).astype(object)
        names = areas["name"].fillna(areas["area_id"]).astype(object)
        areas = areas.assign(kind=kind, name=names)
        areas = areas.sort_values(["kind", "name", "area_id"], kind="stable")
        areas = areas.reset_index(drop=True)
        kinds, kind_of = np.unique(
            areas["kind"].to_numpy(dtype=np.str_), return_inverse=True
        )
        return cls(areas, tuple(str(kind) for kind in kinds), kind_of)

    def of_places(self, xy: Floats) -> NDArray[np.int32]:
        """
        Give the areas that places lie in.

        Parameters
        ----------
        xy
            Metres in the local CRS, shape ``(n, 2)``.

        Returns
        -------
        numpy.ndarray
            For each kind the row of the smallest area that holds the place, the edge
            included, -1 for none, shape ``(n, kinds)``.
        """
        import shapely

        found = np.full((len(xy), len(self.kinds)), -1, np.int32)
        shapes = self.table.geometry.to_numpy()
        # The smallest first; of several alike the last.
        by_size = np.argsort(-shapely.area(shapes), kind="stable")[::-1]
        for kind in range(len(self.kinds)):
            rows = by_size[self.kind_of[by_size] == kind]
            held = coverage.first_holding(xy, shapes[rows])
            found[:, kind] = np.append(rows, -1)[held]
        return found

    def areas(self) -> Areas:
        """
        Give the table of areas.

        Returns
        -------
        Areas
            By kind and name.
        """
        import shapely

        table = self.table
        people: Any = (
            table[POPULATION].to_numpy(dtype=np.float64, na_value=np.nan)
            if POPULATION in table.columns
            else np.full(len(table), np.nan)
        )
        shapes = table.geometry.to_numpy()
        return Areas(
            area_id=texts_of(table["area_id"]),
            name=texts_of(table["name"]),
            kind=self.kind_of.astype(np.uint8),
            shape=ragged_of(shapes, crs=str(table.crs)),
            population=people,
            area_km2=shapely.area(shapes) / 1e6,
        )
