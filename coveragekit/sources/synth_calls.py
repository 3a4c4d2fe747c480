"""Make up calls for service: some about made-up incidents, some about other things."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from coveragekit.crs import check_same, local_crs
from coveragekit.errors import InputError
from coveragekit.model import conform
from coveragekit.sources.synth_draws import (
    as_rng,
    check_period,
    draw_hot_streets,
    draw_keys,
    draw_times,
    made_up,
)

if TYPE_CHECKING:
    from datetime import datetime

    import geopandas as gpd
    import pandas as pd

__all__ = ["add_handling", "simulate_calls"]

_BLOCK = "block"


def simulate_calls(
    incidents: gpd.GeoDataFrame,
    streets: gpd.GeoDataFrame,
    n: int,
    *,
    rng: int | np.random.Generator,
    start: datetime,
    end: datetime,
) -> gpd.GeoDataFrame:
    """
    Give made-up calls for service with the times of their handling.

    Parameters
    ----------
    incidents
        The table ``incidents``, EPSG:4326; some calls are about one of them. May be
        empty.
    streets
        The table ``streets``, EPSG:4326, for the calls that are not.
    n
        How many, at least 0.
    rng
        Seed or generator; the same seed gives the same calls.
    start, end
        The period, with a zone; hours of the day are those of the zone of ``start``.

    Returns
    -------
    geopandas.GeoDataFrame
        The table ``calls``, EPSG:4326, ordered by ``received_at``, each key beginning
        with ``simulated-``. Cancelled calls have no arrival; some are duplicates and
        some were begun by an officer, as their origin and disposition say.

    Raises
    ------
    InputError
        A negative ``n``, no streets, a period without zone or running backwards.
    CRSError
        Incidents and streets in different CRS.

    Examples
    --------
    >>> import geopandas as gpd
    >>> from datetime import UTC, datetime
    >>> from shapely import LineString
    >>> from coveragekit import model
    >>> line = LineString([(24.94, 60.17), (24.95, 60.17)])
    >>> one = gpd.GeoDataFrame({"street_id": ["a"], "highway": ["residential"]},
    ...     geometry=[line], crs=4326)
    >>> streets = model.conform("streets", one)
    >>> period = {"start": datetime(2024, 1, 1, tzinfo=UTC),
    ...     "end": datetime(2025, 1, 1, tzinfo=UTC)}
    >>> made = simulate_calls(model.empty("incidents"), streets, 2, rng=0,
    ...     **period)
    >>> made["call_id"].tolist()
    ['simulated-call-000001', 'simulated-call-000002']
    """
    if n < 0:
        message = f"cannot make {n} calls; allowed: 0 or more"
        raise InputError(message)
    if len(streets) == 0:
        message = "there are no streets to put calls on; give at least one"
        raise InputError(message)
    check_period(start, end)
    check_same(incidents.crs, streets.crs, "incidents and streets")
    generator = as_rng(rng)
    about = round(n * made_up()["call_times"]["incident_share"])
    about = min(about, len(incidents))
    linked = _about_incidents(incidents, about, generator)
    others = _about_other_things(streets, n - about, period=(start, end), rng=generator)
    calls = _joined(linked, others)
    calls = calls.sort_values("received_at", kind="stable", ignore_index=True)
    add_handling(calls, generator)
    _add_district(calls)
    calls["call_id"] = [f"simulated-call-{row:06d}" for row in range(1, n + 1)]
    return conform("calls", calls)


def _about_incidents(
    incidents: gpd.GeoDataFrame, count: int, rng: np.random.Generator
) -> gpd.GeoDataFrame:
    """Give one call for each of some incidents, received when it was reported."""
    kinds = made_up()["calls"]
    type_of = {code: kind["type"] for kind in kinds for code in kind["codes"]}
    priority_of = {kind["type"]: kind["priority"] for kind in kinds}
    rows = np.sort(rng.permutation(len(incidents))[:count])
    chosen = incidents.iloc[rows].reset_index(drop=True)
    columns = ["incident_id", "address", "location_kind", "location_error_m"]
    calls = chosen[[*columns, chosen.geometry.name]].copy()
    calls["received_at"] = chosen["reported_at"]
    calls["call_type"] = chosen["offense_code"].map(type_of).fillna("DISTURBANCE")
    calls["priority"] = calls["call_type"].map(priority_of)
    return calls


def _about_other_things(
    streets: gpd.GeoDataFrame,
    count: int,
    *,
    period: tuple[datetime, datetime],
    rng: np.random.Generator,
) -> gpd.GeoDataFrame:
    import geopandas as gpd
    import shapely

    kinds = {kind["type"]: kind for kind in made_up()["calls"]}
    types = draw_keys({name: k["weight"] for name, k in kinds.items()}, count, rng)
    west, south, east, north = streets.total_bounds
    metric = local_crs(lon=(west + east) / 2.0, lat=(south + north) / 2.0)
    lines = streets.to_crs(metric)
    rows = draw_hot_streets(lines, count, rng)
    picked = np.asarray(lines.geometry.array)[rows]
    middles = shapely.line_interpolate_point(picked, 0.5, normalized=True)
    calls = gpd.GeoDataFrame(
        {
            "call_type": types,
            "priority": [kinds[name]["priority"] for name in types],
            "address": streets["name"].to_numpy(dtype=object)[rows],
            "location_kind": _BLOCK,
            "location_error_m": shapely.length(picked) / np.sqrt(12.0),
            "received_at": draw_times(
                [kinds[name]["hours"] for name in types], *period, rng=rng
            ),
        },
        geometry=middles,
        crs=metric,
    )
    return calls.to_crs(streets.crs)


def _joined(linked: gpd.GeoDataFrame, others: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    import geopandas as gpd
    import pandas as pd

    parts = [part for part in (linked, others) if len(part) > 0]
    if not parts:
        return others
    return gpd.GeoDataFrame(pd.concat(parts, ignore_index=True), crs=others.crs)


def add_handling(calls: pd.DataFrame, rng: np.random.Generator) -> None:
    """
    Add when each call was sent out, arrived at and closed, and how it ended.

    Parameters
    ----------
    calls
        Calls with ``received_at`` and ``priority``; the columns are added to it.
    rng
        Generator of random numbers.

    Examples
    --------
    >>> import pandas as pd
    >>> one = pd.DataFrame({"received_at": pd.to_datetime(["2024-01-01"], utc=True),
    ...     "priority": ["1"]})
    >>> add_handling(one, as_rng(0))
    >>> bool(one["closed_at"][0] > one["received_at"][0])
    True
    """
    import pandas as pd

    rules = made_up()["call_times"]
    n = len(calls)
    calls["origin"] = draw_keys(rules["origins"], n, rng)
    calls["disposition"] = draw_keys(rules["dispositions"], n, rng)
    calls["unit"] = [f"U{number:02d}" for number in rng.integers(1, 40, size=n)]
    moment = calls["received_at"]
    for column in ("dispatched", "arrived", "closed"):
        median_min = calls["priority"].map(rules[f"{column}_min"]).to_numpy(np.float64)
        took_s = (60.0 * median_min * rng.lognormal(0.0, rules["spread"], n)).round()
        moment = moment + pd.to_timedelta(took_s, unit="s")
        calls[f"{column}_at"] = moment
    own = calls["origin"] == "OFFICER INITIATED"
    for column in ("dispatched_at", "arrived_at"):
        calls[column] = calls[column].mask(own, calls["received_at"])
    never = _ended_early(calls["disposition"])
    calls["arrived_at"] = calls["arrived_at"].mask(never)
    calls["unit"] = calls["unit"].mask(never)


def _ended_early(disposition: pd.Series[str]) -> pd.Series[bool]:
    return disposition.isin(["CANCELLED BY CALLER", "DUPLICATE CALL"])


def _add_district(calls: gpd.GeoDataFrame) -> None:
    """Divide the calls into four districts by their middle."""
    x, y = calls.geometry.x.to_numpy(), calls.geometry.y.to_numpy()
    if len(calls) == 0:
        calls["district"] = []
        return
    quarter = 1 + (x > np.median(x)) + 2 * (y > np.median(y))
    calls["district"] = [f"D{number}" for number in quarter]
