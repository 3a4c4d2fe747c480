"""Hold the places where events may have happened, and measure over them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from coveragekit.coverage.frontages import unique_places
from coveragekit.coverage.shares import checked_weights
from coveragekit.errors import InputError

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import ArrayLike, NDArray
    from pyproj import CRS

__all__ = [
    "Supports",
    "check_probability",
    "covered_probability",
    "covered_variance",
    "shared_places",
]


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
        import shapely

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
        import pandas as pd

        events = np.bincount(self.support_of, minlength=len(self.basis))
        by_basis = pd.Series(events).groupby(self.basis).sum()
        ordered = by_basis.sort_values(ascending=False, kind="stable")
        return {str(basis): int(count) for basis, count in ordered.items() if count}

    def place_weights(
        self, event_weights: ArrayLike | None = None
    ) -> NDArray[np.float64]:
        """
        Give what each place counts for: of every event its part that may be there.

        Parameters
        ----------
        event_weights
            One for each event, 0 or more, or flags; 1 each where ``None``.

        Returns
        -------
        numpy.ndarray
            Shape ``(m,)``; the sum is that of the weights, less those of events in
            buildings without a front, which count nowhere.

        Raises
        ------
        InputError
            Another number of weights than of events, or one below 0 or not finite.
        """
        loads = checked_weights(event_weights, len(self))
        by_support = np.bincount(self.support_of, loads, minlength=len(self.basis))
        return np.asarray(self.weight * np.repeat(by_support, np.diff(self.ptr)))

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
    chances = check_probability(place_probability, supports)
    share = np.minimum(supports.measure(chances), 1.0)
    return np.asarray(share[supports.support_of])


def covered_variance(
    supports: Supports, place_probability: ArrayLike
) -> NDArray[np.float64]:
    """
    Give for each event the most that its covered share may vary, coverage uncertain.

    Parameters
    ----------
    supports
        The places of each event.
    place_probability
        How surely each place is seen, 0 to 1, shape ``(m,)``.

    Returns
    -------
    numpy.ndarray
        Shape ``(n,)``; 0 where every place is surely seen or surely not.

    Raises
    ------
    InputError
        Another number of probabilities than of places, or no probability.

    Notes
    -----
    The share seen of a support is the sum of weight times whether the place is seen.
    Whether a place is seen has the variance p (1 - p), and no covariance of two places
    is more than the product of their deviations, so that the share's variance is at
    most the square of the sum of weight times sqrt(p (1 - p)). It is that much where
    the places are seen or missed together, as the middle of a block by one camera of
    unknown bearing; scenes tell the rest.

    Examples
    --------
    >>> import numpy as np
    >>> from pyproj import CRS
    >>> two = Supports(np.array([[0.0, 0.0], [9.0, 0.0]]), np.array([0.5, 0.5]),
    ...     np.array([0, 2]), np.array([0]), np.array(["block"], dtype=object),
    ...     CRS("EPSG:32616"))
    >>> covered_variance(two, [0.5, 0.5]).tolist()
    [0.25]
    """
    chances = check_probability(place_probability, supports)
    most = supports.measure(np.sqrt(chances * (1.0 - chances))) ** 2
    mean = supports.measure(chances)
    # By rounding the first may pass the second, which no share can.
    most = np.minimum(most, np.maximum(mean * (1.0 - mean), 0.0))
    return np.asarray(most[supports.support_of])


def shared_places(
    events: gpd.GeoDataFrame | gpd.GeoSeries, *, limit: float = 0.10
) -> str | None:
    """
    Warn where many events share their exact point, so that the points are not exact.

    Parameters
    ----------
    events
        Incidents or calls, Points in any CRS.
    limit
        Share of events, 0 to 1, above which to warn.

    Returns
    -------
    str or None
        The share of events whose point another has too, and the most used point;
        ``None`` where the share is not above the limit.

    Raises
    ------
    InputError
        A row without a point, or a limit that is no share.

    Examples
    --------
    >>> import geopandas as gpd
    >>> from shapely import Point
    >>> shared_places(gpd.GeoSeries([Point(0, 0), Point(0, 0), Point(1, 0)]))[:53]
    '67 % of 3 events share their exact point with another'
    """
    import shapely

    if not 0.0 <= limit <= 1.0:
        message = f"limit is {limit:g}; allowed: 0 to 1, a share"
        raise InputError(message)
    geometry = np.asarray(events.geometry.array)
    wrong = (shapely.get_type_id(geometry) != 0) | shapely.is_empty(geometry)
    if wrong.any():
        from coveragekit.visibility.cameras import name_rows

        rows = name_rows(events.index[wrong])
        message = f"events: {rows} has no point; allowed: one Point in every row"
        raise InputError(message)
    places, _, place_of = unique_places(shapely.get_coordinates(geometry))
    uses = np.bincount(place_of, minlength=len(places))
    shared = int(uses[uses > 1].sum())
    if len(geometry) == 0 or shared <= limit * len(geometry):
        return None
    # Of several used as often the first from the west, whatever the order of rows.
    most = min(np.flatnonzero(uses == uses.max()), key=lambda one: tuple(places[one]))
    return (
        f"{shared / len(geometry):.0%} of {len(geometry):,} events share their exact "
        f"point with another (the most used: {uses[most]:,} events at "
        f"{_words_of(places[most], events.crs)}): points "
        "are snapped to addresses, blocks or crossings, not where events happened"
    ).replace("%", " %", 1)


def _words_of(place: NDArray[np.float64], crs: object) -> str:
    """Give a place as people look it up: by longitude and latitude where known."""
    import geopandas as gpd
    import shapely

    if crs is None:
        return f"x {place[0]:.10g}, y {place[1]:.10g}"
    there = gpd.GeoSeries(shapely.points(place[None]), crs=crs).to_crs("EPSG:4326")
    return f"lon {there.x.iloc[0]:.5f}, lat {there.y.iloc[0]:.5f}"


def check_probability(
    place_probability: ArrayLike, supports: Supports
) -> NDArray[np.float64]:
    """
    Give how surely places are seen, or refuse it.

    Parameters
    ----------
    place_probability
        One row for each place, 0 to 1.
    supports
        The places.

    Returns
    -------
    numpy.ndarray
        As given.

    Raises
    ------
    InputError
        Another number of rows than of places, or no probability.

    Examples
    --------
    >>> import numpy as np
    >>> from pyproj import CRS
    >>> none = Supports(np.empty((0, 2)), np.empty(0), np.array([0]),
    ...     np.empty(0, dtype=int), np.empty(0, dtype=object), CRS("EPSG:32616"))
    >>> check_probability([], none).tolist()
    []
    """
    chances = np.asarray(place_probability, dtype=np.float64)
    if len(chances) != len(supports.xy):
        message = (
            f"there are probabilities for {len(chances)} places; allowed: one for each "
            f"of the {len(supports.xy)} places of the supports"
        )
        raise InputError(message)
    wrong = ~((chances >= 0.0) & (chances <= 1.0))
    if wrong.any():
        message = f"a place is seen with {chances[wrong][0]:g}; allowed: 0 to 1"
        raise InputError(message)
    return chances
