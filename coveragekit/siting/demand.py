"""Say what should be seen: metres of street, and events where they may have been."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from coveragekit.coverage.frontages import unique_places
from coveragekit.crs import check_metric, check_same
from coveragekit.errors import InputError
from coveragekit.siting.rules import worth as worth_of_data

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas as gpd
    from numpy.typing import ArrayLike, NDArray
    from pyproj import CRS

    from coveragekit.coverage import Supports

    Floats = NDArray[np.float64]

__all__ = ["Demand", "event_demand", "join_demand", "street_demand"]

STREET = "street_m"


@dataclass(frozen=True, slots=True, eq=False)
class Demand:
    """
    Places that should be seen, and what each counts for, by day and by night.

    Row ``i`` of whatever is made from it stands for place ``i`` by day, row
    ``len(demand) + i`` for the same place by night, as cameras see less far then.

    Parameters
    ----------
    xy
        The places, metres, shape ``(m, 2)``.
    day, night
        What is measured (such as ``street_m`` or ``incidents_per_year``) to the amount
        at each place, 0 or more; both have the same names.
    crs
        CRS of the places, in metres.

    Raises
    ------
    InputError
        Amounts of another length, below 0 or not finite, or names that differ.
    """

    xy: Floats
    day: Mapping[str, Floats]
    night: Mapping[str, Floats]
    crs: CRS

    def __post_init__(self) -> None:
        if list(self.day) != list(self.night) or not self.day:
            message = (
                f"demand has {sorted(self.day)} by day and {sorted(self.night)} by "
                "night; allowed: the same names, at least one"
            )
            raise InputError(message)
        for held in (self.day, self.night):
            for name, amount in held.items():
                if amount.shape != (len(self.xy),):
                    message = (
                        f"demand: {name} has the shape {amount.shape}; allowed: one "
                        f"for each of the {len(self.xy)} places"
                    )
                    raise InputError(message)
                wrong = ~((amount >= 0.0) & np.isfinite(amount))
                if wrong.any():
                    message = (
                        f"demand: {name} is {amount[wrong][0]:g} at place "
                        f"{int(np.argmax(wrong))}; allowed: 0 or more, finite"
                    )
                    raise InputError(message)

    def __len__(self) -> int:
        """Give the number of places; there are twice as many rows."""
        return len(self.xy)

    @property
    def measures(self) -> tuple[str, ...]:
        """Names of what is measured."""
        return tuple(self.day)

    def amounts(self) -> Floats:
        """
        Give what each row counts for.

        Returns
        -------
        numpy.ndarray
            One column for each of ``measures``, shape ``(2 m, k)``.
        """
        return np.concatenate(
            [
                np.column_stack([held[name] for name in self.measures])
                for held in (self.day, self.night)
            ]
        )

    def weights(self, worth: Mapping[str, float] | None = None) -> Floats:
        """
        Give what each row is worth in all.

        Parameters
        ----------
        worth
            What one unit of each measure is worth, 0 or more; those not named count
            for nothing. Those of the data file where ``None``.

        Returns
        -------
        numpy.ndarray
            Shape ``(2 m,)``.

        Raises
        ------
        InputError
            A name that is not measured, or a worth below 0 or not finite.
        """
        given = worth_of_data() if worth is None else worth
        unknown = sorted(set(given) - set(self.measures))
        if unknown and worth is not None:
            message = f"worth names {unknown[0]!r}; allowed: {', '.join(self.measures)}"
            raise InputError(message)
        for name, one in given.items():
            if not (one >= 0.0 and np.isfinite(one)):
                message = f"worth of {name} is {one}; allowed: 0 or more, finite"
                raise InputError(message)
        each = np.array([given.get(name, 0.0) for name in self.measures])
        return np.asarray(self.amounts() @ each)


def street_demand(samples: gpd.GeoDataFrame) -> Demand:
    """
    Give metres of street as demand by day.

    Parameters
    ----------
    samples
        Points of :func:`coveragekit.coverage.street_samples`.

    Returns
    -------
    Demand
        ``street_m``; nothing by night, as shares of street length are by day.

    Raises
    ------
    CRSError
        The CRS is missing or not in metres.

    Examples
    --------
    >>> import geopandas as gpd
    >>> from shapely import Point
    >>> one = gpd.GeoDataFrame({"length_m": [2.0]},
    ...     geometry=[Point(500000, 0)], crs="EPSG:32616")
    >>> street_demand(one).amounts().tolist()
    [[2.0], [0.0]]
    """
    import shapely

    crs = check_metric(samples.crs, "street samples")
    length = samples["length_m"].to_numpy(dtype=np.float64)
    xy = shapely.get_coordinates(samples.geometry.to_numpy())
    return Demand(xy, {STREET: length}, {STREET: np.zeros(len(length))}, crs)


def event_demand(
    supports: Supports,
    *,
    years: float,
    weights: ArrayLike | None = None,
    dark: ArrayLike | None = None,
    measure: str = "incidents_per_year",
) -> Demand:
    """
    Give events a year as demand, over the places where each may have been.

    Parameters
    ----------
    supports
        Of :func:`coveragekit.coverage.supports`.
    years
        How long a time the events were gathered in, more than 0.
    weights
        One for each event, 0 or more; 1 each where ``None``. 0 for those that do not
        count, such as ones that no street camera could see.
    dark
        How surely it was dark at each, 0 to 1, such as
        :func:`coveragekit.coverage.dark_share` gives; not-a-number where no time is
        known: then half a day. ``None``: all by day.
    measure
        What the amounts are called.

    Returns
    -------
    Demand
        At each place events a year by day, and by night. Events in buildings without a
        front count nowhere.

    Raises
    ------
    InputError
        No time at all, or weights or shares that cannot be.

    Examples
    --------
    >>> import numpy as np
    >>> from pyproj import CRS
    >>> from coveragekit.coverage import Supports
    >>> one = Supports(np.array([[0.0, 0.0], [9.0, 0.0]]), np.array([0.5, 0.5]),
    ...     np.array([0, 2]), np.array([0]), np.array(["block"], dtype=object),
    ...     CRS("EPSG:32616"))
    >>> event_demand(one, years=2.0, dark=[0.25]).amounts().ravel().tolist()
    [0.1875, 0.1875, 0.0625, 0.0625]
    """
    if not (years > 0.0 and np.isfinite(years)):
        message = f"years is {years}; allowed: more than 0, finite"
        raise InputError(message)
    count = len(supports)
    loads = np.ones(count) if weights is None else np.asarray(weights, np.float64)
    night = np.zeros(count) if dark is None else np.asarray(dark, np.float64)
    night = np.where(np.isnan(night), 0.5, night)
    if night.shape != (count,) or ((night < 0.0) | (night > 1.0)).any():
        message = (
            f"dark has the shape {night.shape} and values from "
            f"{night.min(initial=0.0):g} to {night.max(initial=0.0):g}; allowed: 0 to "
            f"1, one for each of the {count} events"
        )
        raise InputError(message)
    by_day = supports.place_weights(loads * (1.0 - night)) / years
    by_night = supports.place_weights(loads * night) / years
    return Demand(supports.xy, {measure: by_day}, {measure: by_night}, supports.crs)


def join_demand(*parts: Demand) -> Demand:
    """
    Put demand of several kinds together.

    Parameters
    ----------
    *parts
        At least one, all in one CRS.

    Returns
    -------
    Demand
        Every measure of any part; places that are the same become one, and those that
        count for nothing are dropped.

    Raises
    ------
    CRSError
        Their CRS differ.
    InputError
        No part.

    Examples
    --------
    >>> import numpy as np
    >>> from pyproj import CRS
    >>> here, crs = np.array([[5e5, 0.0]]), CRS("EPSG:32616")
    >>> def one(name):
    ...     return Demand(here, {name: np.ones(1)}, {name: np.zeros(1)}, crs)
    >>> both = join_demand(one("street_m"), one("incidents_per_year"))
    >>> len(both), both.measures
    (1, ('street_m', 'incidents_per_year'))
    """
    if not parts:
        message = "there is no demand to join; give streets, events or both"
        raise InputError(message)
    for part in parts[1:]:
        check_same(parts[0].crs, part.crs, "two parts of the demand")
    names = list(dict.fromkeys(name for part in parts for name in part.measures))
    places, _, place_of = unique_places(np.concatenate([part.xy for part in parts]))
    sums: list[dict[str, Floats]] = []
    for light in ("day", "night"):
        held: dict[str, Floats] = {}
        for name in names:
            amounts = [
                getattr(part, light).get(name, np.zeros(len(part))) for part in parts
            ]
            total = np.bincount(
                place_of, np.concatenate(amounts), minlength=len(places)
            )
            held[name] = total.astype(np.float64)
        sums.append(held)
    counts = np.zeros(len(places), np.bool_)
    for held in sums:
        for amount in held.values():
            counts |= amount > 0.0
    day, night = ({name: one[counts] for name, one in held.items()} for held in sums)
    return Demand(places[counts], day, night, parts[0].crs)
