"""Say which cameras were in service at a time, which record, and which work now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import numpy as np

from coveragekit.coverage.recording import Recording, recording
from coveragekit.coverage.times import seconds
from coveragekit.coverage.units import shared
from coveragekit.errors import InputError

if TYPE_CHECKING:
    from datetime import datetime

    import pandas as pd
    from numpy.typing import NDArray

    from coveragekit.coverage.times import Times

__all__ = ["Service", "active_at", "in_service", "service", "working_now"]

_FRESH = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Service:
    """
    When each camera is there, and in which hours it records.

    Parameters
    ----------
    active_from_s, active_to_s
        In service from, and until before, seconds since 1970 UTC; infinite where open.
    recording
        In which hours of the week.
    """

    active_from_s: NDArray[np.float64]
    active_to_s: NDArray[np.float64]
    recording: Recording

    def __len__(self) -> int:
        return int(self.active_from_s.size)

    def of_units(self, numbers: NDArray[np.int64] | None) -> Service:
        """
        Give the service of cameras from that of their views.

        Parameters
        ----------
        numbers
            The camera of each view, 0 to k - 1; ``None``: each view is one.

        Returns
        -------
        Service
            One for each camera.

        Raises
        ------
        InputError
            Views of one camera that are not in service, or do not record, together.
        """
        weeks, *of_views = self.recording
        begun, ended, *hours = shared(
            numbers, self.active_from_s, self.active_to_s, *of_views
        )
        return Service(begun, ended, Recording(weeks, *hours))


def in_service(cameras: pd.DataFrame, when: datetime) -> NDArray[np.bool_]:
    """
    Tell which cameras were in service at a time.

    Parameters
    ----------
    cameras
        Columns ``active_from`` and ``active_to``; missing means always so far, and
        until further notice.
    when
        The time, with a time zone.

    Returns
    -------
    numpy.ndarray
        True from ``active_from`` until before ``active_to``.

    Raises
    ------
    InputError
        A time without a zone, or a missing column.

    Examples
    --------
    >>> import pandas as pd
    >>> two = pd.DataFrame({
    ...     "active_from": pd.to_datetime([None, "2024-01-01T00:00Z"]),
    ...     "active_to": pd.to_datetime(["2024-01-01T00:00Z", None])})
    >>> in_service(two, pd.Timestamp("2024-01-01T00:00Z")).tolist()
    [False, True]
    """
    return np.asarray(active_at(cameras, [when])[0])


def active_at(cameras: pd.DataFrame, times: Times) -> NDArray[np.bool_]:
    """
    Tell which cameras were in service at each of some times.

    Parameters
    ----------
    cameras
        Columns ``active_from`` and ``active_to``; see :func:`in_service`.
    times
        Each with a time zone, or missing: then no camera was.

    Returns
    -------
    numpy.ndarray
        Shape ``(times, cameras)``, a byte for each pair: meant for months, not for
        every incident of a city; those go to :func:`seen_at_the_time`.

    Raises
    ------
    InputError
        Times without a zone, or a missing column.

    Examples
    --------
    >>> import pandas as pd
    >>> one = pd.DataFrame({"active_from": pd.to_datetime(["2024-01-01T00:00Z"]),
    ...                     "active_to": pd.to_datetime([None])})
    >>> active_at(one, pd.to_datetime(["2023-06-01T00:00Z", "2024-06-01T00:00Z"]))
    array([[False],
           [ True]])
    """
    begun, ended = _active_span(cameras)
    at = seconds(times)[:, None]
    return np.asarray((begun <= at) & (at < ended))


def working_now(cameras: pd.DataFrame, as_of: datetime) -> NDArray[np.bool_]:
    """
    Tell which cameras work now, as far as is known.

    Parameters
    ----------
    cameras
        Columns ``status`` (missing counts as ``unknown``) and ``last_seen_at``.
    as_of
        The time in question, with a time zone.

    Returns
    -------
    numpy.ndarray
        True where the status is ``online``, or ``unknown`` and the camera was last seen
        within the 24 hours before ``as_of``; a time after ``as_of`` does not count.
        Whether a camera is in service at all is told by :func:`in_service`.

    Raises
    ------
    InputError
        A time without a zone, or a missing column.

    Examples
    --------
    >>> import pandas as pd
    >>> cameras = pd.DataFrame({
    ...     "status": ["online", "offline", "unknown", "unknown"],
    ...     "last_seen_at": pd.to_datetime(
    ...         [None, "2024-05-01T11:00Z", "2024-05-01T11:00Z", "2024-04-01T11:00Z"])})
    >>> working_now(cameras, pd.Timestamp("2024-05-01T12:00Z")).tolist()
    [True, False, True, False]
    """
    status = _column(cameras, "status")
    age_s = seconds([as_of], "as_of") - _camera_times(cameras, "last_seen_at")
    fresh = (age_s >= 0.0) & (age_s <= _FRESH.total_seconds())
    unknown = status.isna() | (status == "unknown")
    online = (status == "online").to_numpy(dtype=np.bool_, na_value=False)
    return np.asarray(online | (unknown.to_numpy(dtype=np.bool_) & fresh))


def service(
    cameras: pd.DataFrame,
    time_zone: str,
    *,
    lon: float | None = None,
    lat: float | None = None,
    year: int = 2025,
    dated: bool = True,
) -> Service:
    """
    Give when each camera is there, and in which hours it records.

    Parameters
    ----------
    cameras
        Columns ``active_from``, ``active_to`` and ``recording_hours``; missing values
        mean always.
    time_zone
        Zone of the local clock, a name of the IANA data base.
    lon, lat
        The place, degrees east and north, EPSG:4326; needed for hours that go by the
        sun or by public holidays.
    year
        The year whose weeks are averaged for hours that change with the season.
    dated
        Whether ``active_from`` and ``active_to`` count; if not, each camera is taken as
        always there, such as for what today's cameras would see by hour.

    Returns
    -------
    Service
        For :func:`seen_at_the_time` and :func:`hourly_share`.

    Raises
    ------
    TableError
        Recording hours that cannot be read: every such camera, and its text.
    InputError
        A missing column, times without a zone, no zone of that name, or another year.

    Examples
    --------
    >>> import pandas as pd
    >>> one = pd.DataFrame({"active_from": pd.to_datetime(["2024-01-01T00:00Z"]),
    ...                     "active_to": pd.to_datetime([None]),
    ...                     "recording_hours": ["Mo-Fr 08:00-18:00"]})
    >>> service(one, "America/New_York").active_to_s.tolist()
    [inf]
    """
    begun, ended = _active_span(cameras)
    if not dated:
        begun, ended = np.full(begun.size, -np.inf), np.full(ended.size, np.inf)
    hours = recording(cameras, time_zone, lon=lon, lat=lat, year=year)
    return Service(begun, ended, hours)


def _column(cameras: pd.DataFrame, name: str) -> pd.Series[Any]:
    if name not in cameras.columns:
        message = (
            f"cameras have no column {name!r}; coveragekit.model.conform gives every "
            "column of the table"
        )
        raise InputError(message)
    return cameras[name]


def _camera_times(cameras: pd.DataFrame, name: str) -> NDArray[np.float64]:
    return seconds(_column(cameras, name), name)


def _active_span(
    cameras: pd.DataFrame,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    begun = _camera_times(cameras, "active_from")
    ended = _camera_times(cameras, "active_to")
    return np.nan_to_num(begun, nan=-np.inf), np.nan_to_num(ended, nan=np.inf)
