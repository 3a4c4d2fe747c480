"""Hold the places where events may have happened, and measure over them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely

from coveragekit.errors import InputError

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import ArrayLike, NDArray
    from pyproj import CRS

__all__ = ["Supports", "covered_probability"]


@dataclass(frozen=True, slots=True, eq=False)
class Supports:
    """
    The places where each of some events may have happened.

    Made by :func:`supports`. Events that were told the same share one support.

    Parameters
    ----------
    xy
        Places, metres, shape ``(m, 2)``.
    weight
        How probable each place is within its support, shape ``(m,)``. Those of one
        support add up to 1; to 0 where its events lie in a building without a front,
        as such count as not seen.
    ptr
        Places of support ``k`` are ``ptr[k]`` to ``ptr[k + 1]``, at least one.
    support_of
        Support of each event, shape ``(n,)``.
    basis
        What each support was made from, a text: ``point``, ``gaussian``, ``frontage``,
        ``block``, ``intersection``, ``area`` or ``disc``, and after a colon why it is
        not what the event's kind asks for.
    crs
        CRS of the places, in metres.

    Examples
    --------
    >>> import numpy as np
    >>> from pyproj import CRS
    >>> two = Supports(np.array([[0.0, 0.0], [9.0, 0.0]]), np.array([0.5, 0.5]),
    ...     np.array([0, 2]), np.array([0, 0, 0]), np.array(["block"], dtype=object),
    ...     CRS("EPSG:32616"))
    >>> len(two), two.measure([1.0, 0.0]).tolist(), two.counts()
    (3, [0.5], {'block': 3})
    """

    xy: NDArray[np.float64]
    weight: NDArray[np.float64]
    ptr: NDArray[np.int64]
    support_of: NDArray[np.int64]
    basis: NDArray[np.object_]
    crs: CRS

    def __len__(self) -> int:
        """Give the number of events."""
        return len(self.support_of)

    @property
    def places(self) -> gpd.GeoSeries:
        """The places as Points, to be looked for by the cameras."""
        import geopandas as gpd

        return gpd.GeoSeries(shapely.points(self.xy), crs=self.crs)

    @property
    def event_basis(self) -> NDArray[np.object_]:
        """What the support of each event was made from."""
        return self.basis[self.support_of]

    def counts(self) -> dict[str, int]:
        """
        Give how many events each basis stands for, the most frequent first.

        Returns
        -------
        dict
            Basis to number of events.
        """
        events = np.bincount(self.support_of, minlength=len(self.basis))
        by_basis = pd.Series(events).groupby(self.basis).sum()
        ordered = by_basis.sort_values(ascending=False, kind="stable")
        return {str(basis): int(count) for basis, count in ordered.items() if count}

    def measure(self, values: ArrayLike) -> NDArray[np.float64]:
        """
        Give the weighted sum over the places of each support.

        Parameters
        ----------
        values
            One for each place, shape ``(m,)``, or several, ``(m, s)``.

        Returns
        -------
        numpy.ndarray
            Shape ``(supports,)`` or ``(supports, s)``.

        Raises
        ------
        InputError
            Another number of values than of places.
        """
        given = np.asarray(values, dtype=np.float64)
        if given.ndim not in {1, 2} or len(given) != len(self.xy):
            message = (
                f"values have the shape {given.shape}; allowed: one row for each of "
                f"the {len(self.xy)} places"
            )
            raise InputError(message)
        if len(self.xy) == 0:
            return np.empty((0, *given.shape[1:]))
        weight = self.weight.reshape(-1, *[1] * (given.ndim - 1))
        return np.asarray(np.add.reduceat(weight * given, self.ptr[:-1], axis=0))


def covered_probability(
    supports: Supports, place_probability: ArrayLike
) -> NDArray[np.float64]:
    """
    Give for each event how surely it was seen, over all places where it may have been.

    Parameters
    ----------
    supports
        The places of each event.
    place_probability
        How surely each place is seen, 0 to 1, shape ``(m,)``, or ``(m, s)`` for
        several scenes.

    Returns
    -------
    numpy.ndarray
        The sum of weight and P over the places of each event, shape ``(n,)`` or
        ``(n, s)``; 0 in a building without a front.

    Raises
    ------
    InputError
        Another number of probabilities than of places, or no probability.

    Examples
    --------
    >>> import numpy as np
    >>> from pyproj import CRS
    >>> two = Supports(np.array([[0.0, 0.0], [9.0, 0.0]]), np.array([0.25, 0.75]),
    ...     np.array([0, 2]), np.array([0, 0]), np.array(["block"], dtype=object),
    ...     CRS("EPSG:32616"))
    >>> covered_probability(two, [1.0, 0.0]).tolist()
    [0.25, 0.25]
    """
    chances = _checked(place_probability)
    share = np.minimum(supports.measure(chances), 1.0)
    return np.asarray(share[supports.support_of])


def _checked(place_probability: ArrayLike) -> NDArray[np.float64]:
    chances = np.asarray(place_probability, dtype=np.float64)
    wrong = ~((chances >= 0.0) & (chances <= 1.0))
    if wrong.any():
        message = f"a place is seen with {chances[wrong][0]:g}; allowed: 0 to 1"
        raise InputError(message)
    return chances
