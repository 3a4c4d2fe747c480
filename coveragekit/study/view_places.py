"""The places of the view store, and at how many bands each view shows each."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from coveragekit import coverage
from coveragekit.study.ground import load_area, local_table
from coveragekit.study.looking import look_at_bands
from coveragekit.study.places import read_look
from coveragekit.study.view_shapes import local_to_merc
from coveragekit.view import Places, morton

if TYPE_CHECKING:
    from pathlib import Path

    import geopandas as gpd
    import pandas as pd
    from numpy.typing import NDArray
    from scipy.sparse import csr_array

    from coveragekit.study.folder import StudyFolder
    from coveragekit.study.looking import Onlooker
    from coveragekit.study.places import Look
    from coveragekit.study.view_areas import AreaFinder
    from coveragekit.study.view_cameras import Seers

    Floats = NDArray[np.float64]

__all__ = ["MOST_GROUND", "Placer", "ground_table", "street_table"]

MOST_GROUND = 400_000
# A pair holds both its numbers of bands in one byte while it is sorted.
_NIGHT_BITS = 4


@dataclass(frozen=True)
class Placer:
    """
    Bring places that a build looked at into the store.

    Parameters
    ----------
    seers
        The cameras of the store.
    finder
        Knows which area a place lies in.
    looked
        Key of the camera of each column of the build's looks.
    """

    seers: Seers
    finder: AreaFinder
    looked: pd.Series[str]

    @cached_property
    def _view_of(self) -> NDArray[np.int64]:
        """Give the view of the store that each column of a look is, -1 for none."""
        import pandas as pd

        def named(ids: pd.Series[str]) -> pd.MultiIndex:
            return pd.MultiIndex.from_arrays([ids, ids.groupby(ids).cumcount()])

        views = named(self.seers.onlooker.cameras["camera_id"])
        return np.asarray(views.get_indexer(named(self.looked)), np.int64)

    @cached_property
    def _rest(self) -> tuple[NDArray[np.intp], Onlooker]:
        """Give the views that no step looked with: too far for the study's purpose."""
        count = len(self.seers.onlooker.cameras)
        rows = np.setdiff1d(np.arange(count), self._view_of)
        onlooker = self.seers.onlooker
        return rows, replace(
            onlooker,
            cameras=onlooker.cameras.iloc[rows].reset_index(drop=True),
            mounting=onlooker.mounting.iloc[rows].reset_index(drop=True),
        )

    def pairs_of(self, look: Look) -> csr_array:
        """
        Give the pairs of places and the store's views.

        Parameters
        ----------
        look
            What a build's step saw.

        Returns
        -------
        scipy.sparse.csr_array
            Places by views, both numbers of bands packed into one byte.
        """
        count = len(self.seers.onlooker.cameras)
        pairs = packed(look.by_day, look.by_night, self._view_of, count=count)
        rows, onlooker = self._rest
        if len(rows):
            seen = look_at_bands(onlooker, look.xy)
            pairs = pairs + packed(*seen, rows, count=count)
        return pairs

    def table(  # noqa: PLR0913 - keywords, each of which stands for itself
        self,
        xy: Floats,
        weight: Floats,
        pairs: csr_array,
        *,
        merc: Floats | None = None,
        order: NDArray[np.intp] | None = None,
        gap: NDArray[Any] | None = None,
        gaps: gpd.GeoDataFrame | None = None,
    ) -> Places:
        """
        Give a table of places.

        Parameters
        ----------
        xy
            The places, metres, shape ``(n, 2)``.
        weight
            What each stands for.
        pairs
            As :meth:`pairs_of` gives them.
        merc
            The places in the unit square of Web Mercator; worked out where ``None``.
        order
            Their order in the store; the Morton order where ``None``.
        gap
            Row of each one's gap, -1 for none; looked for where ``None``.
        gaps
            The gaps, metres.

        Returns
        -------
        Places
            The table.
        """
        if merc is None:
            merc = local_to_merc(xy, self.seers.onlooker.settings.crs)
        if order is None:
            order = np.argsort(morton.keys(merc), kind="stable")
        sorted_pairs = pairs[order]
        sorted_pairs.sort_indices()
        local = xy[order]
        lying = _gaps_at(local, gaps) if gap is None else gap[order]
        columns: dict[str, Any] = {
            "ptr": sorted_pairs.indptr,
            "view": sorted_pairs.indices,
            "day": sorted_pairs.data >> np.uint8(_NIGHT_BITS),
            "night": sorted_pairs.data & np.uint8((1 << _NIGHT_BITS) - 1),
            "gap": lying,
        }
        return Places(
            local=local,
            merc=merc[order],
            weight=np.asarray(weight)[order],
            area=self.finder.of_places(local),
            **columns,
        )


def packed(
    by_day: csr_array, by_night: csr_array, view_of: NDArray[Any], *, count: int
) -> csr_array:
    """
    Give pairs by the store's views.

    Parameters
    ----------
    by_day, by_night
        Numbers of bands, places by columns, stored for the same pairs.
    view_of
        The view of each column, -1 for one that the store leaves out.
    count
        How many views the store has.

    Returns
    -------
    scipy.sparse.csr_array
        Places by views, both numbers packed into one byte, columns ascending.
    """
    from scipy.sparse import csr_array

    columns = view_of[by_day.indices]
    kept = (columns >= 0) & (by_day.data > 0)
    before = np.zeros(len(kept) + 1, np.int64)
    np.cumsum(kept, out=before[1:])
    values = (by_day.data[kept] << np.uint8(_NIGHT_BITS)) | by_night.data[kept]
    pairs = csr_array(
        (values, columns[kept].astype(np.int32), before[by_day.indptr]),
        shape=(by_day.shape[0], count),
    )
    pairs.sort_indices()
    return pairs


def _gaps_at(xy: Floats, gaps: gpd.GeoDataFrame | None) -> NDArray[np.int32]:
    """Give the row of the gap that each place lies in, -1 for none."""
    if gaps is None or gaps.empty:
        return np.full(len(xy), -1, np.int32)
    # The worse gap keeps a place on the edge of two.
    return coverage.first_holding(xy, gaps.geometry.to_numpy())


def street_table(
    placer: Placer, folder: Path, gaps: gpd.GeoDataFrame
) -> tuple[Places, NDArray[np.intp]]:
    """
    Give the samples along the streets.

    Parameters
    ----------
    placer
        Brings places into the store.
    folder
        A results folder.
    gaps
        The gaps, metres.

    Returns
    -------
    tuple
        The samples in Morton order, weights in metres; and the row in the store of
        each sample of the results.
    """
    look = read_look(folder, "streets")
    weight = look.weights["street_length"]
    merc = local_to_merc(look.xy, placer.seers.onlooker.settings.crs)
    order = np.argsort(morton.keys(merc), kind="stable")
    pairs = placer.pairs_of(look)
    table = placer.table(look.xy, weight, pairs, merc=merc, order=order, gaps=gaps)
    row_of = np.empty(len(order), np.intp)
    row_of[order] = np.arange(len(order))
    return table, row_of


def ground_table(
    placer: Placer, study: StudyFolder, folder: Path, *, gaps: gpd.GeoDataFrame
) -> Places:
    """
    Give a lattice over the public ground, looked at by every view.

    Parameters
    ----------
    placer
        Brings places into the store.
    study
        The study.
    folder
        A results folder.
    gaps
        The gaps, metres.

    Returns
    -------
    Places
        In Morton order, weights in square metres.
    """
    buildings = local_table(study, "buildings")
    area = load_area(study, folder)
    targets = coverage.area_targets(area, buildings, most=MOST_GROUND)
    onlooker = placer.seers.onlooker
    everyone = np.arange(len(onlooker.cameras))
    seen = look_at_bands(onlooker, targets.xy)
    pairs = packed(*seen, everyone, count=len(everyone))
    return placer.table(targets.xy, targets.weight, pairs, gaps=gaps)
