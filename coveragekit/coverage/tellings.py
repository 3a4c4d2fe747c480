"""Read what events were told about their place, each different telling once."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from coveragekit.coverage.frontages import unique_places
from coveragekit.errors import InputError

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd
    from numpy.typing import NDArray

    from coveragekit.visibility import Obstacles

__all__ = ["KINDS", "UNKNOWN", "Tellings", "read_tellings"]

KINDS = ("exact", "address", "block", "intersection", "area")
UNKNOWN = len(KINDS)


class Tellings(NamedTuple):
    """
    What events were told about their place, each different telling once.

    Parameters
    ----------
    xy
        The point, metres, shape ``(n, 2)``.
    kind
        Position of the kind in ``KINDS``, or ``UNKNOWN``.
    error_m
        Standard deviation, metres; not-a-number where none was told.
    address
        Text or ``None``; not read for areas.
    """

    xy: NDArray[np.float64]
    kind: NDArray[np.int64]
    error_m: NDArray[np.float64]
    address: NDArray[np.object_]


def read_tellings(
    events: gpd.GeoDataFrame | gpd.GeoSeries, obstacles: Obstacles
) -> tuple[Tellings, NDArray[np.int64]]:
    """
    Give what events were told, each different telling once, and which one each is.

    Parameters
    ----------
    events
        Incidents or calls, Points in a CRS in metres.
    obstacles
        The buildings, in the same CRS.

    Returns
    -------
    tuple
        The tellings in the order of their first event, and the telling of each event.

    Raises
    ------
    CRSError
        The events have no CRS, one that is not in metres, or another.
    InputError
        A row without a point, a kind that is none, or an error below 0 or not finite;
        the rows are named.

    Examples
    --------
    >>> import geopandas as gpd
    >>> from shapely import Point
    >>> from coveragekit.visibility import Obstacles
    >>> events = gpd.GeoDataFrame({"location_kind": ["exact", "block", "exact"]},
    ...     geometry=[Point(0, 0)] * 3, crs="EPSG:32616")
    >>> read_tellings(events, Obstacles.from_buildings(events.iloc[:0]))[1].tolist()
    [0, 1, 0]
    """
    import pandas as pd

    from coveragekit.visibility.cameras import check_points

    xy = check_points(events, obstacles, "events")
    columns = events if isinstance(events, pd.DataFrame) else pd.DataFrame()
    kind = _kinds(columns, len(xy))
    error_m = _errors(columns, len(xy))
    address = np.full(len(xy), None, dtype=object)
    by_street = kind != KINDS.index("area")
    if "address" in columns.columns and by_street.any():
        texts = columns["address"].astype(object)
        address[by_street] = texts.where(texts.notna(), None).to_numpy()[by_street]
    _, _, telling = unique_places(xy)
    # Numbered anew after each column, so that the product stays a small number.
    for column in (kind, error_m, address):
        code, values = pd.factorize(column, use_na_sentinel=True)
        telling = pd.factorize(telling * (len(values) + 1) + code + 1)[0]
    _, first = np.unique(telling, return_index=True)
    told = Tellings(xy[first], kind[first], error_m[first], address[first])
    return told, telling


def _kinds(columns: pd.DataFrame, count: int) -> NDArray[np.int64]:
    import pandas as pd

    if "location_kind" not in columns.columns:
        return np.full(count, UNKNOWN, dtype=np.int64)
    given = columns["location_kind"]
    codes = pd.Index(KINDS).get_indexer(pd.Index(given))
    wrong = (codes < 0) & given.notna().to_numpy()
    if wrong.any():
        from coveragekit.visibility.cameras import name_rows

        rows = name_rows(columns.index[wrong])
        message = (
            f"location_kind: {rows} has {given[wrong].iloc[0]!r}; allowed: "
            f"{', '.join(KINDS)}, or nothing"
        )
        raise InputError(message)
    return np.where(codes < 0, UNKNOWN, codes).astype(np.int64)


def _errors(columns: pd.DataFrame, count: int) -> NDArray[np.float64]:
    import pandas as pd

    if "location_error_m" not in columns.columns:
        return np.full(count, np.nan)
    given = pd.to_numeric(columns["location_error_m"], errors="coerce")
    error_m = given.to_numpy(dtype=np.float64, na_value=np.nan)
    missing = columns["location_error_m"].isna().to_numpy()
    wrong = ~missing & ~((error_m >= 0.0) & np.isfinite(error_m))
    if wrong.any():
        from coveragekit.visibility.cameras import name_rows

        rows = name_rows(columns.index[wrong])
        seen = columns["location_error_m"][wrong].iloc[0]
        message = (
            f"location_error_m: {rows} has {seen}; allowed: 0 or more, finite, or "
            "nothing"
        )
        raise InputError(message)
    return error_m
