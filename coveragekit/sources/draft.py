"""A table on its way: rows of the source, their shapes, and the columns made so far."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd
    from numpy.typing import NDArray

__all__ = ["Draft"]


@dataclass(slots=True)
class Draft:
    """
    Rows of a source that are still in the running for one table.

    Parameters
    ----------
    frame
        Columns of the source, index 0 to n-1.
    rows
        Row of the source of each row, counted from 1 after the header.
    geometry
        Shapes, EPSG:4326 once they are located.
    columns
        Columns of the table made so far, each a series on the index of ``frame``.
    assumed
        Column of the table to where we filled it in.
    """

    frame: pd.DataFrame
    rows: NDArray[np.int64]
    geometry: NDArray[np.object_]
    columns: dict[str, pd.Series[Any]] = field(default_factory=dict)
    assumed: dict[str, NDArray[np.bool_]] = field(default_factory=dict)

    def __len__(self) -> int:
        """Give the number of rows."""
        return len(self.rows)

    def take(self, which: NDArray[Any]) -> Draft:
        """
        Give some of the rows, as a new draft.

        Parameters
        ----------
        which
            A mask, or places of rows; a place may come several times.

        Returns
        -------
        Draft
            The rows in the order of ``which``.
        """
        places = np.flatnonzero(which) if which.dtype == bool else which
        if len(places) == len(self) and (places == np.arange(len(self))).all():
            return self
        return Draft(
            frame=self.frame.iloc[places].reset_index(drop=True),
            rows=self.rows[places],
            geometry=self.geometry[places],
            columns={
                name: series.iloc[places].reset_index(drop=True)
                for name, series in self.columns.items()
            },
            assumed={name: mask[places] for name, mask in self.assumed.items()},
        )

    def assume(self, column: str, mask: NDArray[np.bool_]) -> None:
        """
        Note where a column was filled in by us.

        Parameters
        ----------
        column
            Column of the table.
        mask
            Where.
        """
        if mask.any():
            before = self.assumed.get(column, np.zeros(len(self), dtype=bool))
            self.assumed[column] = before | mask

    def to_frame(self, *, with_assumed: bool) -> gpd.GeoDataFrame:
        """
        Give the columns made and the shapes as one frame, EPSG:4326.

        Parameters
        ----------
        with_assumed
            Whether the table has a column that lists what was filled in.

        Returns
        -------
        geopandas.GeoDataFrame
            A new frame, index 0 to n-1.
        """
        import geopandas as gpd
        import pandas as pd

        data = dict(self.columns)
        if with_assumed:
            data["assumed"] = self._assumed_lists()
        plain = pd.DataFrame(data, index=pd.RangeIndex(len(self)))
        return gpd.GeoDataFrame(plain, geometry=self.geometry, crs="EPSG:4326")

    def _assumed_lists(self) -> pd.Series[Any]:
        import pandas as pd

        from coveragekit.model import split_assumed

        names = sorted(self.assumed)
        given = self.columns.get("assumed")
        code = np.zeros(len(self), dtype=np.int64)
        for bit, name in enumerate(names):
            code |= self.assumed[name].astype(np.int64) << bit
        lists = {
            int(one): [name for bit, name in enumerate(names) if one >> bit & 1]
            for one in np.unique(code)
        }
        ours = [lists[int(one)] for one in code]
        if given is None:
            return pd.Series([list(one) for one in ours], dtype="object")
        both = [
            list(dict.fromkeys([*split_assumed(cell), *one]))
            for cell, one in zip(given, ours, strict=True)
        ]
        return pd.Series(both, dtype="object")
