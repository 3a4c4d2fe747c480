"""Lay all streets end to end, so that what is seen can be moved along them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray
    from scipy.sparse import csc_array

__all__ = ["StreetLine"]

# Streets are cut into stretches of about a block, and those laid one after another so
# that neighbours mostly stay neighbours.
_STRETCH_M = 100.0
# Numbers of one transform: large enough for speed, small enough for memory.
_NUMBERS_AT_ONCE = 1_000_000


@dataclass(frozen=True, slots=True)
class StreetLine:
    """
    All streets of a study end to end, closed to a ring, in cells of equal length.

    Parameters
    ----------
    seen
        How surely each cell is seen, 0 to 1, in the order of the line.
    cell_of
        Cell of each street sample the line was made of.
    length_m
        Length of all streets.
    seen_m
        Length of street that is seen, each part by its probability.
    """

    seen: NDArray[np.float64]
    cell_of: NDArray[np.int64]
    length_m: float
    seen_m: float

    @classmethod
    def of_samples(cls, samples: gpd.GeoDataFrame) -> StreetLine:
        """
        Lay street samples end to end.

        Parameters
        ----------
        samples
            ``street``, ``length_m``, ``seen_probability`` and Points, those of one
            street together and in their order along it, as
            :func:`coveragekit.coverage.street_samples` gives them.

        Returns
        -------
        StreetLine
            As many cells as samples, or the few more that make a length whose factors
            are small: moves along it are quick then.
        """
        from scipy.fft import next_fast_len

        length = samples["length_m"].to_numpy(dtype=np.float64)
        seen = samples["seen_probability"].to_numpy(dtype=np.float64)
        order = _order(samples, length)
        ends = length[order].cumsum()
        total = float(ends[-1]) if len(ends) else 0.0
        cells = next_fast_len(max(len(ends), 1), real=True)
        step = total / cells
        middles = (np.arange(cells if len(ends) else 0) + 0.5) * step
        at = np.minimum(np.searchsorted(ends, middles), max(len(ends) - 1, 0))
        begun = (ends - length[order] / 2.0) / (step if step > 0.0 else 1.0)
        cell_of = np.empty(len(order), dtype=np.int64)
        cell_of[order] = np.minimum(begun.astype(np.int64), cells - 1)
        return cls(seen[order][at], cell_of, total, float(length @ seen))

    @property
    def share(self) -> float:
        """The share of the streets' length that is seen; 0 where there are none."""
        return self.seen_m / self.length_m if self.length_m > 0.0 else 0.0

    def met(self, loads: csc_array, shifts: NDArray[np.int64]) -> NDArray[np.float64]:
        """
        Give how much of some loads would be seen, were all views moved along the line.

        Parameters
        ----------
        loads
            What lies in each cell, shape ``(cells, groups)``.
        shifts
            By how many cells to move the views, each 0 to less than all.

        Returns
        -------
        numpy.ndarray
            Sum of the loads, each by how surely it is seen, ``(groups, shifts)``.

        Notes
        -----
        The sums for every possible move are one circular cross-correlation, which
        Fourier transforms give at once, to some 1e-15 of the load: the cost does
        not grow with the number of moves, nor with that of the incidents.
        """
        from scipy.fft import irfft, rfft

        cells, groups = loads.shape
        views = rfft(self.seen)
        some = max(_NUMBERS_AT_ONCE // cells, 1)
        found = np.empty((groups, len(shifts)))
        for first in range(0, groups, some):
            load = loads[:, first : first + some].T.toarray()
            every = irfft(np.conj(rfft(load, axis=1)) * views, n=cells, axis=1)
            found[first : first + some] = every[:, shifts]
        return found


def _order(samples: gpd.GeoDataFrame, length: NDArray[np.float64]) -> NDArray[np.intp]:
    """Give samples stretch by stretch, stretches along a curve that fills the plane."""
    import geopandas as gpd
    import pandas as pd

    street = pd.factorize(samples["street"])[0]
    along = pd.Series(length).groupby(street).cumsum().to_numpy() - length
    block = (along // _STRETCH_M).astype(np.int64)
    blocks = int(block.max(initial=0)) + 1
    stretch = pd.factorize(street.astype(np.int64) * blocks + block)[0]
    count = np.bincount(stretch)
    middle = gpd.GeoSeries(
        gpd.points_from_xy(
            np.bincount(stretch, samples.geometry.x) / count,
            np.bincount(stretch, samples.geometry.y) / count,
        )
    )
    curve = (
        middle.hilbert_distance().to_numpy() if len(middle) else np.empty(0, np.int64)
    )
    return np.lexsort((stretch, curve[stretch]))
