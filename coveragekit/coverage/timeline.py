"""Follow what is seen from month to month, as cameras come and go."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from coveragekit.coverage.kernels.worth import seen_after
from coveragekit.coverage.units import shared, unit_numbers
from coveragekit.coverage.worth import Views, views_of
from coveragekit.errors import InputError

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import ArrayLike, NDArray
    from scipy.sparse import csr_array

__all__ = ["by_month"]

# Before and after everything: cameras without a date are always, or still, there.
_EVER = np.iinfo(np.int64).min
_STILL = np.iinfo(np.int64).max
# Years 1 and 9999 are how registers write "open": only between these is a change known.
_KNOWN_FROM = int(np.datetime64("1678-01-01", "us").astype(np.int64))
_KNOWN_TO = int(np.datetime64("2262-01-01", "us").astype(np.int64))


def by_month(  # noqa: PLR0913 - keywords, each of which stands for itself
    cameras: pd.DataFrame,
    sees: csr_array,
    weights: ArrayLike | None = None,
    *,
    time_zone: str,
    probability: pd.Series[float] | ArrayLike | None = None,
    span: tuple[pd.Timestamp | str | None, pd.Timestamp | str | None] = (None, None),
    units: ArrayLike | None = None,
) -> pd.DataFrame:
    """
    Give month by month how many cameras were in service, and what they saw.

    Parameters
    ----------
    cameras
        Columns ``active_from`` and ``active_to``, times with a zone, missing where
        unknown; one row for each column of ``sees``. Times before 1678 and from 2262
        on, such as the year 9999, count as open.
    sees
        Which camera sees which point, bool, shape ``(points, cameras)``.
    weights
        One for each point, 0 or more, such as metres of street; 1 each where ``None``.
    time_zone
        Whose months they are, such as ``America/New_York``.
    probability
        One for each camera, 0 to 1; ``None`` for 1 each.
    span
        Any time or date in the first and in the last month; where ``None``, the months
        of the first and the last known change, no later than a given end and no earlier
        than a given start. Changes after the last month are left out. A time without a
        zone is local.
    units
        A label for each camera, such as its ``camera_id``: those with the same one are
        views of one camera, which looks one way at a time, and share its service. Each
        by itself where ``None``.

    Returns
    -------
    pandas.DataFrame
        ``month`` (text, ``2022-03``), ``cameras`` (mean number in service over the
        month), ``seen_share`` (mean share seen over the month, 0 to 1; missing where
        the weights are nothing in all), one row a month without holes. No row where no
        change is known and no span is given; one row, the month of the span, where
        only one end of it is given and no change is known there. ``attrs`` says how
        many cameras have no ``active_from`` and count as in service since ever
        (``always_active``), and how many have no ``active_to`` and count as still there
        (``without_end``).

    Raises
    ------
    InputError
        A column is missing or has no time zone, a camera ends before it begins, a
        span runs backwards, numbers or labels of another length or out of range, or
        views of one camera that are not in service together.

    Notes
    -----
    A camera is in service from ``active_from`` up to, not including, ``active_to``.
    Both means weigh each moment alike: a camera put up in the middle of a month
    counts half in it. Only points that a camera coming or going sees are looked at
    again, so that months without a change cost nothing.

    Examples
    --------
    >>> import numpy as np
    >>> import pandas as pd
    >>> from scipy.sparse import csr_array
    >>> one = pd.DataFrame({
    ...     "active_from": pd.to_datetime(["2022-04-16T00:00Z"]),
    ...     "active_to": pd.to_datetime([None], utc=True)})
    >>> sees = csr_array(np.array([[True], [False]]))
    >>> table = by_month(one, sees, time_zone="UTC", span=(None, "2022-05"))
    >>> table.values.tolist()
    [['2022-04', 0.5, 0.25], ['2022-05', 1.0, 0.5]]
    """
    import pandas as pd

    if len(cameras) != sees.shape[1]:
        message = (
            f"there are {len(cameras)} cameras and {sees.shape[1]} columns of the "
            "matrix; allowed: one column for each camera"
        )
        raise InputError(message)
    views = views_of(sees, probability, weights, units=units)
    since, until = shared(unit_numbers(units, len(cameras)), *_service(cameras))
    edges = _months(since, until, time_zone=time_zone, span=span)
    bounds = edges.as_unit("us").asi8
    times, counts, seen = _steps(views, (since, until))
    total = float(views.weights.sum())
    names = pd.Series(edges[:-1].strftime("%Y-%m"), dtype=object)
    share = np.minimum(seen / total, 1.0) if total > 0.0 else np.full(len(seen), np.nan)
    table = pd.DataFrame(
        {
            "month": names,
            "cameras": _means(times, counts, bounds),
            "seen_share": _means(times, share, bounds),
        }
    )
    table.attrs = {
        "always_active": int(np.count_nonzero((since == _EVER) & (until > since))),
        "without_end": int(np.count_nonzero(until == _STILL)),
    }
    return table


def _service(cameras: pd.DataFrame) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Give since when and until when each camera is there, microseconds since 1970."""
    import pandas as pd

    spans = []
    for name, missing in (("active_from", _EVER), ("active_to", _STILL)):
        if name not in cameras.columns:
            message = (
                f"cameras have no column {name!r}; coveragekit.model.conform gives "
                "every column of the table"
            )
            raise InputError(message)
        column = cameras[name]
        if not isinstance(column.dtype, pd.DatetimeTZDtype):
            message = (
                f"{name!r} is of type {column.dtype}; allowed: times with a zone, as "
                "coveragekit.model.conform gives them"
            )
            raise InputError(message)
        ticks = pd.DatetimeIndex(column).as_unit("us").asi8
        spans.append(np.where(column.isna().to_numpy(), missing, ticks))
    since, until = spans
    backwards = until < since
    if backwards.any():
        at = int(np.flatnonzero(backwards)[0])
        row = cameras.iloc[at]
        message = (
            f"camera {row.get('camera_id', cameras.index[at])} is active from "
            f"{row['active_from']} to {row['active_to']}; allowed: an end that is not "
            "before the beginning"
        )
        raise InputError(message)
    return _open_ended(since), _open_ended(until)


def _open_ended(ticks: NDArray[np.int64]) -> NDArray[np.int64]:
    """Give times with those out of what can be known as before or after everything."""
    opened = np.where(ticks < _KNOWN_FROM, _EVER, ticks)
    return np.where(ticks >= _KNOWN_TO, _STILL, opened)


def _months(
    since: NDArray[np.int64],
    until: NDArray[np.int64],
    *,
    time_zone: str,
    span: tuple[pd.Timestamp | str | None, pd.Timestamp | str | None],
) -> pd.DatetimeIndex:
    """Give the first moments of the months, and of the one after the last."""
    import pandas as pd

    changes = np.concatenate([since, until])
    changes = changes[(changes != _EVER) & (changes != _STILL)]
    known = (
        [_local(change, time_zone) for change in (changes.min(), changes.max())]
        if changes.size
        else []
    )
    start, end = (None if one is None else _local(one, time_zone) for one in span)
    given = [one for one in (start, end) if one is not None]
    if not known and not given:
        return pd.DatetimeIndex([], tz=time_zone)
    first = min([*known[:1], *given]) if start is None else start
    last = max([*known[1:], *given]) if end is None else end
    if last < first:
        message = (
            f"the months run from {first:%Y-%m} to {last:%Y-%m}; allowed: an end that "
            "is not before the start"
        )
        raise InputError(message)
    months = pd.period_range(first.to_period("M"), last.to_period("M") + 1)
    return months.to_timestamp().tz_localize(
        time_zone, ambiguous=np.ones(len(months), bool), nonexistent="shift_forward"
    )


def _local(when: pd.Timestamp | str | np.int64, time_zone: str) -> pd.Timestamp:
    """Give a moment as the clocks of a zone show it, without the zone."""
    import pandas as pd

    if isinstance(when, np.int64):
        moment = pd.Timestamp(int(when), unit="us", tz="UTC")
    else:
        moment = pd.Timestamp(when)
    if moment.tzinfo is not None:
        moment = moment.tz_convert(time_zone).tz_localize(None)
    return moment


def _steps(
    views: Views, service: tuple[NDArray[np.int64], NDArray[np.int64]]
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
    """Give the moments of change, and what is active and seen from each on."""
    from scipy.sparse import csr_array

    since, until = service
    by_column = csr_array(
        (views.chance, views.columns, views.row_ptr),
        shape=(len(views.weights), views.cameras),
    ).tocsc()
    ends = np.flatnonzero(until != _STILL)
    when = np.concatenate([since, until[ends]])
    camera = np.concatenate([np.arange(len(since)), ends])
    turned_on = np.arange(len(when)) < len(since)
    order = np.argsort(when, kind="stable")
    when, camera, turned_on = when[order], camera[order], turned_on[order]
    seen = seen_after(
        views.row_ptr,
        views.columns,
        by_column.indptr.astype(np.int64),
        by_column.indices.astype(np.int64),
        views.chance,
        views.weights,
        camera,
        turned_on,
    )
    count = np.cumsum(np.where(turned_on, 1.0, -1.0))
    # Of changes at one moment only the last counts; before the first there is nothing.
    last = np.append(when[1:] != when[:-1], True)[: len(when)]
    never = np.zeros(1)
    return (
        np.concatenate([[_EVER], when[last]]),
        np.concatenate([never, count[last]]),
        np.concatenate([never, seen[last]]),
    )


def _means(
    times: NDArray[np.int64], values: NDArray[np.float64], bounds: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Give the mean between neighbouring bounds of a value that jumps at some times."""
    if len(bounds) == 0:
        return np.empty(0)
    inside = times[(times > bounds[0]) & (times < bounds[-1])]
    cuts = np.unique(np.concatenate([bounds, inside]))
    value = values[np.searchsorted(times, cuts[:-1], side="right") - 1]
    # From the first bound on, so that no time is too long for exact arithmetic.
    spans = np.diff(cuts).astype(np.float64)
    month = np.searchsorted(bounds, cuts[:-1], side="right") - 1
    lengths = np.diff(bounds).astype(np.float64)
    whole = np.bincount(month, weights=spans * value, minlength=len(lengths))
    return np.asarray(whole / lengths)
