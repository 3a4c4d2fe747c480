"""What scenes look at: streets, ground, and events whose places are uncertain."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from coveragekit.coverage.grid import Grid
from coveragekit.errors import InputError

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import ArrayLike, NDArray
    from shapely.geometry.base import BaseGeometry

    from coveragekit.coverage.support_places import Supports

    Floats = NDArray[np.float64]
    Ints = NDArray[np.intp]

__all__ = ["Targets", "area_targets"]


@dataclass(frozen=True, slots=True, eq=False)
class Targets:
    """
    Something of which a share is seen: places with weights, or events with supports.

    Parameters
    ----------
    xy
        Places, metres, shape ``(m, 2)``.
    weight
        What each place counts, 0 or more; of events: how likely it is within its
        support.
    unit
        What the weights are: ``m``, ``m2`` or what is counted.
    crs
        CRS of the places, in metres.
    ptr
        Of events: support ``k`` has the places ``ptr[k]`` to ``ptr[k + 1]``.
    support_of
        Of events: the support of each.
    load
        Of events: what each counts, 0 or more.
    kept
        Of a sample: the rows of the targets it was taken from.
    events
        Of a sample: the events of the targets it was taken from.
    """

    xy: Floats
    weight: Floats
    unit: str
    crs: Any
    ptr: NDArray[np.int64] | None = None
    support_of: Ints | None = None
    load: Floats | None = None
    kept: Ints | None = None
    events: Ints | None = None

    @classmethod
    def of_points(
        cls, points: gpd.GeoSeries | gpd.GeoDataFrame, weights: ArrayLike, unit: str
    ) -> Self:
        """
        Give places that stand for a length, an area or a count.

        Parameters
        ----------
        points
            Points in a CRS in metres.
        weights
            What each counts, in ``unit``, 0 or more.
        unit
            ``m``, ``m2`` or what is counted.

        Returns
        -------
        Targets
            One place for each point.

        Raises
        ------
        InputError
            Weights of another length, or below 0.
        """
        import shapely

        xy = shapely.get_coordinates(points.geometry.to_numpy())
        return cls(xy, _checked(weights, len(points), "weights"), unit, points.crs)

    @classmethod
    def of_events(
        cls,
        supports: Supports,
        loads: ArrayLike | None = None,
        unit: str = "events",
    ) -> Self:
        """
        Give events, each somewhere in its support.

        Parameters
        ----------
        supports
            Their possible places.
        loads
            What each event counts, 0 or more; 1 each where ``None``.
        unit
            What is counted.

        Returns
        -------
        Targets
            One place for each possible place. An event whose support has no weight
            (in a building without a front) is never seen.

        Raises
        ------
        InputError
            Loads of another length, or below 0.
        """
        events = np.asarray(supports.support_of, dtype=np.intp)
        given = np.ones(len(events)) if loads is None else loads
        return cls(
            np.asarray(supports.xy, dtype=np.float64),
            _checked(supports.weight, len(supports.xy), "weights of the supports"),
            unit,
            supports.crs,
            ptr=np.asarray(supports.ptr, dtype=np.int64),
            support_of=events,
            load=_checked(given, len(events), "loads"),
        )

    def sampled(self, most: int, *, seed: int = 0) -> Self:
        """
        Give a sample of the events, each counting for those that were left out.

        Parameters
        ----------
        most
            How many events to keep at most, 1 or more.
        seed
            Seed of the sample, 0 or more: the same for all scenes.

        Returns
        -------
        Targets
            These targets where they are no events or few enough of them count. Else a
            random sample of those that count, whose loads are raised so that the total
            stays, with the places of their supports alone: rows ``kept`` of these.

        Raises
        ------
        InputError
            ``most`` is below 1.

        Notes
        -----
        The share of a sample is off by at most 0.5 / sqrt(``most``), one standard
        deviation: 0.16 percentage points of 100,000.
        """
        if most < 1:
            message = f"most is {most}; allowed: 1 or more events"
            raise InputError(message)
        if self.ptr is None or self.support_of is None or self.load is None:
            return self
        counting = np.flatnonzero(self.load > 0.0)
        if len(counting) <= most:
            return self
        rng = np.random.default_rng(seed)
        events = np.sort(rng.choice(counting, most, replace=False))
        used, support_of = np.unique(self.support_of[events], return_inverse=True)
        sizes = np.diff(self.ptr)[used]
        ptr = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
        kept = np.repeat(self.ptr[used] - ptr[:-1], sizes) + np.arange(ptr[-1])
        load = self.load[events]
        return replace(
            self,
            xy=self.xy[kept],
            weight=self.weight[kept],
            ptr=ptr,
            support_of=support_of,
            load=load * (self.total / load.sum()),
            kept=kept,
            events=events,
        )

    @property
    def total(self) -> float:
        """All that there is to see, in ``unit``."""
        return float((self.weight if self.load is None else self.load).sum())

    def place_weights(self) -> Floats:
        """
        Give what each place counts, in ``unit``.

        Returns
        -------
        numpy.ndarray
            Of events: the load of those that may be there, times how likely each is.
        """
        if self.ptr is None or self.support_of is None:
            return self.weight
        loads = np.bincount(self.support_of, self.load, len(self.ptr) - 1)
        return np.asarray(self.weight * np.repeat(loads, np.diff(self.ptr)))

    def draw_places(self, rng: np.random.Generator) -> Ints:
        """
        Draw where each event was.

        Parameters
        ----------
        rng
            Where the random numbers come from.

        Returns
        -------
        numpy.ndarray
            A row of ``xy`` for each event; -1 where its support has no weight.
        """
        if self.ptr is None or self.support_of is None:
            return np.empty(0, np.intp)
        below = np.concatenate([[0.0], np.cumsum(self.weight)])
        first, last = self.ptr[self.support_of], self.ptr[self.support_of + 1]
        within = below[last] - below[first]
        wanted = below[first] + rng.random(len(first)) * within
        # The first place whose share reaches past it: never one without weight.
        place = np.searchsorted(below, wanted, side="right") - 1
        place = np.clip(place, first, np.maximum(last - 1, first))
        return np.where((last > first) & (within > 0.0), place, -1)


def _checked(given: ArrayLike, count: int, what: str) -> Floats:
    values = np.asarray(given, dtype=np.float64)
    if values.shape != (count,):
        message = (
            f"{what} have the shape {values.shape}; allowed: one for each of {count}"
        )
        raise InputError(message)
    wrong = ~((values >= 0.0) & np.isfinite(values))
    if wrong.any():
        message = f"{what}: one is {values[wrong][0]:g}; allowed: 0 or more, finite"
        raise InputError(message)
    return values


def area_targets(
    area: BaseGeometry, buildings: gpd.GeoDataFrame, *, most: int = 100_000
) -> Targets:
    """
    Give an even grid of places on the public ground, each with the area it stands for.

    Parameters
    ----------
    area
        The study area, in the CRS of the buildings.
    buildings
        Footprints in a CRS in metres; they are no public ground.
    most
        How many places there may be, about, 1 or more.

    Returns
    -------
    Targets
        In square metres: centres of square cells of at least 1 m, as far apart as that
        count asks for.

    Raises
    ------
    CRSError
        The buildings have no CRS, or one that is not in metres.
    InputError
        ``most`` is below 1.

    Notes
    -----
    The share of an even grid's places that are seen is off by less than the share of
    as many random ones, whose error is at most 0.5 / sqrt(``most``): 0.16 percentage
    points.

    Examples
    --------
    >>> import geopandas as gpd
    >>> from shapely import box
    >>> house = gpd.GeoDataFrame(geometry=[box(0, 0, 2, 2)], crs="EPSG:32616")
    >>> ground = area_targets(box(0, 0, 10, 10), house)
    >>> len(ground.xy), ground.total
    (96, 96.0)
    """
    from coveragekit.crs import check_metric

    check_metric(buildings.crs, "buildings")
    if most < 1:
        message = f"most is {most}; allowed: 1 or more places"
        raise InputError(message)
    side = max(1.0, float(np.sqrt(area.area / most)))
    grid = Grid.covering(area.bounds, side)
    inside = grid.inside(area, buildings.geometry.to_numpy())
    row, column = np.nonzero(inside)
    x = grid.minx + (column + 0.5) * side
    y = grid.maxy - (row + 0.5) * side
    xy = np.stack([x, y], axis=1)
    return Targets(xy, np.full(len(x), grid.cell_m2), "m2", buildings.crs)
