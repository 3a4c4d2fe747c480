"""Say how surely events were seen at their time, by its cameras and in its light."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

import numpy as np

from coveragekit.coverage.hours import (
    WEEK_HOURS,
    ByHour,
    Timing,
    checked_weights,
    shares_by_hour,
)
from coveragekit.coverage.kernels.hours import seen_in_hours
from coveragekit.coverage.kernels.points import miss_by_row
from coveragekit.coverage.raster import probabilities
from coveragekit.coverage.units import Sights, sights_of, unit_numbers
from coveragekit.errors import InputError

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import ArrayLike, NDArray
    from scipy.sparse import csr_array

    from coveragekit.coverage.active import Service

    Whole = NDArray[np.int64]
    Real = NDArray[np.float64]

__all__ = ["SeenThen", "WeightedPlaces", "hourly_share", "seen_at_the_time"]


class WeightedPlaces(Protocol):
    """Places that events may have happened at, as ``coverage.supports`` gives them."""

    @property
    def weight(self) -> NDArray[np.float64]:
        """How likely each place is, within its group."""

    @property
    def ptr(self) -> NDArray[np.int64]:
        """Where the places of each group begin, one more at the end."""

    @property
    def support_of(self) -> NDArray[np.int64]:
        """Which group each event belongs to."""


class SeenThen(NamedTuple):
    """
    How surely each event was seen by the cameras of its time.

    Parameters
    ----------
    probability
        One for each event, 0 to 1; not-a-number where the time is unknown.
    seen
        The part of each entry of ``hours`` that was seen.
    hours
        Share of each event in each local hour of the week, shape ``(n, 168)``.
    """

    probability: NDArray[np.float64]
    seen: NDArray[np.float64]
    hours: csr_array

    def by_hour(self, weights: ArrayLike | None = None) -> ByHour:
        """
        Give the share of events seen in each local hour of the week.

        Parameters
        ----------
        weights
            One for each event, 0 or more; 1 each where ``None``. 0 leaves one out.

        Returns
        -------
        ByHour
            The share, and the weight of events in the hour.

        Raises
        ------
        InputError
            Another length, or a weight below 0.
        """
        loads = checked_weights(weights, self.probability.size)
        return shares_by_hour(self.hours, self.seen, loads)


def seen_at_the_time(  # noqa: PLR0913 - keywords, each of which stands for itself
    sees_day: csr_array,
    sees_night: csr_array,
    probability: pd.Series[float] | ArrayLike,
    *,
    service: Service,
    timing: Timing,
    places: csr_array | Whole | WeightedPlaces | None = None,
    units: ArrayLike | None = None,
) -> SeenThen:
    """
    Give how surely each event was seen by the cameras of its time, in its light.

    Parameters
    ----------
    sees_day, sees_night
        Which camera sees which place by day and by night, bool, shape ``(places,
        cameras)``.
    probability
        One for each camera, 0 to 1.
    service
        When each camera was there, and its hours of recording.
    timing
        When each event may have happened, and in what light.
    places
        Where each event was: the number of its place, an array of ``n``; or how likely
        it was at each, a sparse matrix of ``(n, places)`` whose rows sum to 1; or
        ``coveragekit.coverage.supports``'s answer. Event ``i`` was at place ``i`` where
        ``None``.
    units
        A label for each camera, such as its ``camera_id``: those with the same one are
        views of one camera, which looks one way at a time, and share its service. Each
        by itself where ``None``.

    Returns
    -------
    SeenThen
        For each event the sum, over its places, its hours and the light, of their
        weight times 1 - prod(1 - p a r) over the cameras that see that place in that
        light: ``p`` of a camera is the sum over its views, at most 1, ``a`` the share
        of the event's span in which it was in service and ``r`` the share of the hour
        that it records.

    Raises
    ------
    InputError
        Sizes that do not fit together, no probability, or views of one camera that do
        not share its service.

    Notes
    -----
    Exact for cameras in service for all of a span or none of it, that record whole
    hours. Parts of an hour, and of a span, are taken as independent of each other.
    How long footage is kept is not considered.

    Examples
    --------
    >>> import pandas as pd
    >>> from scipy.sparse import csr_array
    >>> from coveragekit.coverage import service, timing
    >>> cameras = pd.DataFrame({"active_from": pd.to_datetime(["2024-01-01T00:00Z"]),
    ...     "active_to": pd.to_datetime([None]), "recording_hours": ["08:00-18:00"]})
    >>> begin = pd.to_datetime(["2023-06-01T15:00Z", "2024-06-01T20:00Z"])
    >>> when = timing(begin, begin + pd.Timedelta(hours=4), "America/New_York",
    ...               lon=-84.39, lat=33.75)
    >>> sees = csr_array(np.array([[True], [True]]))
    >>> seen_at_the_time(sees, sees, [1.0], timing=when,
    ...                  service=service(cameras, "America/New_York")).probability
    array([0. , 0.5])
    """
    chances = _fitting(sees_day, sees_night, probability, service=service)
    ptr, columns, weight, group_of = _places(places, len(timing), sees_day.shape[0])
    numbers = unit_numbers(units, len(service))
    service = service.of_units(numbers)
    day = sights_of(sees_day, chances, numbers)
    seen = seen_in_hours(
        *day[:3],
        *sights_of(sees_night, chances, numbers)[:3],
        day.probability,
        service.active_from_s,
        service.active_to_s,
        service.recording.weeks,
        service.recording.week_of,
        timing.begin_s,
        timing.end_s,
        timing.hours.indptr.astype(np.int64, copy=False),
        timing.hours.indices.astype(np.int64, copy=False),
        timing.hours.data,
        timing.dark,
        ptr,
        columns,
        weight,
        group_of,
    )
    total = np.minimum(timing.row_sums(seen), 1.0)
    total[np.isnan(timing.begin_s)] = np.nan
    return SeenThen(total, seen, timing.hours)


def hourly_share(  # noqa: PLR0913 - keywords, each of which stands for itself
    sees_day: csr_array,
    sees_night: csr_array,
    probability: pd.Series[float] | ArrayLike,
    *,
    service: Service,
    darkness: ArrayLike,
    weights: ArrayLike | None = None,
    units: ArrayLike | None = None,
) -> ByHour:
    """
    Give what share of places, such as street length, is seen in each hour of the week.

    Parameters
    ----------
    sees_day, sees_night
        Which camera sees which place by day and by night, bool, shape ``(places,
        cameras)``.
    probability
        One for each camera, 0 to 1; 0 leaves a camera out, such as one that is not in
        service.
    service
        The cameras' hours of recording; ``active_from`` and ``active_to`` do not count.
    darkness
        How often it is dark in each local hour of the day, shape ``(24,)``, as
        :func:`coveragekit.coverage.darkness_by_hour` gives it.
    weights
        One for each place, such as metres; 1 each where ``None``.
    units
        A label for each camera, such as its ``camera_id``: those with the same one are
        views of one camera, which looks one way at a time, and share its service. Each
        by itself where ``None``.

    Returns
    -------
    ByHour
        The share seen, by day and by night as often as it is; every hour has the
        weight of all places.

    Raises
    ------
    InputError
        Sizes that do not fit together, no probability, or views of one camera that do
        not share its service.

    Examples
    --------
    >>> import pandas as pd
    >>> from scipy.sparse import csr_array
    >>> from coveragekit.coverage import service
    >>> always = pd.DataFrame({"active_from": pd.to_datetime([None]),
    ...     "active_to": pd.to_datetime([None]), "recording_hours": [None]})
    >>> day = csr_array(np.array([[True], [True]]))
    >>> night = csr_array(np.array([[True], [False]]))
    >>> found = hourly_share(day, night, [1.0], darkness=[1.0] * 6 + [0.0] * 18,
    ...                      service=service(always, "UTC"))
    >>> found.value[[0, 12]].tolist()
    [0.5, 1.0]
    """
    chances = _fitting(sees_day, sees_night, probability, service=service)
    dark = np.asarray(darkness, dtype=np.float64)
    if dark.shape != (24,) or not ((dark >= 0.0) & (dark <= 1.0)).all():
        message = (
            f"darkness has the shape {dark.shape}; allowed: 24 shares of 0 to 1, as "
            "coveragekit.coverage.darkness_by_hour gives"
        )
        raise InputError(message)
    loads = checked_weights(weights, sees_day.shape[0])
    numbers = unit_numbers(units, len(service))
    weeks, week_of, _ = service.of_units(numbers).recording
    day = sights_of(sees_day, chances, numbers)
    night = sights_of(sees_night, chances, numbers)
    # Hours in which the same cameras record are counted once.
    kinds, kind_of = np.unique(weeks, axis=1, return_inverse=True)

    def seen(sights: Sights, recorded: Real) -> float:
        miss = miss_by_row(*sights[:3], sights.probability * recorded)
        return float(np.einsum("i,i", loads, 1.0 - miss))

    by_day = np.array([seen(day, kind[week_of]) for kind in kinds.T])
    by_night = np.array([seen(night, kind[week_of]) for kind in kinds.T])
    dark_of = np.tile(dark, 7)
    kind = kind_of.ravel()
    both = (1.0 - dark_of) * by_day[kind] + dark_of * by_night[kind]
    total = float(loads.sum())
    value = both / total if total > 0.0 else np.full(WEEK_HOURS, np.nan)
    return ByHour(np.minimum(value, 1.0), np.full(WEEK_HOURS, total))


def _fitting(
    sees_day: csr_array,
    sees_night: csr_array,
    probability: pd.Series[float] | ArrayLike,
    *,
    service: Service,
) -> Real:
    """Give the probabilities, once everything is for the same places and cameras."""
    import pandas as pd

    if sees_day.shape != sees_night.shape:
        message = (
            f"sees_day has the shape {sees_day.shape} and sees_night "
            f"{sees_night.shape}; allowed: the same places and cameras in both"
        )
        raise InputError(message)
    if isinstance(probability, pd.Series):
        chances = probabilities(probability, probability.index)
    else:
        given = np.asarray(probability, dtype=np.float64)
        chances = probabilities(given, pd.RangeIndex(given.size))
    count = sees_day.shape[1]
    if len(chances) != count or len(service) != count:
        message = (
            f"there are {len(chances)} probabilities and the service of "
            f"{len(service)} cameras for {count} columns; allowed: one for each"
        )
        raise InputError(message)
    return chances


def _places(
    places: csr_array | Whole | WeightedPlaces | None, events: int, count: int
) -> tuple[Whole, Whole, Real, Whole]:
    """Give groups of weighted places, and which group each event belongs to."""
    from scipy.sparse import issparse

    if places is None:
        places = np.arange(events, dtype=np.int64)
    if isinstance(places, np.ndarray):
        group_of = places.astype(np.int64, copy=False)
        ptr = np.arange(count + 1, dtype=np.int64)
        columns, weight = ptr[:-1], np.ones(count)
        fits = not group_of.size or 0 <= group_of.min() <= group_of.max() < count
    elif issparse(places):
        ptr, columns = places.indptr.astype(np.int64), places.indices.astype(np.int64)
        weight, group_of = places.data.astype(np.float64), np.arange(events)
        fits = places.shape == (events, count)
    else:
        ptr = np.asarray(places.ptr, dtype=np.int64)
        weight = np.asarray(places.weight, dtype=np.float64)
        columns = np.arange(weight.size, dtype=np.int64)
        group_of = np.asarray(places.support_of, dtype=np.int64)
        fits = weight.size == count
    if not fits or group_of.shape != (events,):
        message = (
            f"places do not fit {events} events and {count} places; allowed: a place "
            "number below that for each event, or weights of that shape"
        )
        raise InputError(message)
    return ptr, columns, weight, group_of
