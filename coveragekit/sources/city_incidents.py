"""Make up incidents all over the made-up city, clustered as those of real ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely

from coveragekit.model import nibrs_codes
from coveragekit.sources.city_moments import draw_days, draw_hours, to_utc
from coveragekit.sources.city_rules import (
    blanked,
    city_rules,
    draw_index,
    draw_words,
)
from coveragekit.sources.city_spots import draw_edges, draw_houses, draw_spots
from coveragekit.sources.synth_draws import made_up

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    from coveragekit.sources.city_town import Town

__all__ = ["happen"]


def happen(town: Town, count: int, *, rng: np.random.Generator) -> gpd.GeoDataFrame:
    """
    Give the incidents of a city, in the order in which they happened.

    Parameters
    ----------
    town
        The city that was built.
    count
        How many, at least 0.
    rng
        Generator of random numbers.

    Returns
    -------
    geopandas.GeoDataFrame
        Columns of the table ``incidents``, in the town's CRS, and ``edge``, the row of
        the street. A few streets and buildings hold a large share, and some incidents
        follow an earlier one of their kind nearby within days.
    """
    import geopandas as gpd

    blocks = [*made_up()["offences"], *city_rules()["incidents"]["more"]]
    offence = draw_index([block["weight"] for block in blocks], count, rng)
    edge = draw_edges(town, count, rng)
    house = draw_houses(town, edge, rng)
    day = draw_days((town.first, town.last), count, rng)
    _repeat((offence, edge, house, day), town, rng)
    second = draw_hours(_of(blocks, "hours", offence), rng)
    order = np.argsort(day * 86400 + second, kind="stable")
    offence, edge, house = offence[order], edge[order], house[order]
    times = to_utc(day[order], second[order], town.first)
    table = _told(blocks, offence, times, end=town.last, rng=rng)
    indoors = table.pop("indoors")
    kinds = draw_words(city_rules()["incidents"]["location_kinds"], count, rng)
    kinds = np.where(indoors, "address", kinds)
    spots = draw_spots(town, edge, house, kinds=kinds, rng=rng)
    table["location_kind"] = spots.kinds
    table["location_error_m"] = spots.error_m
    table["location_score"] = spots.score
    table["address"] = spots.address
    table["edge"] = edge
    points = shapely.points(spots.points + town.origin)
    return gpd.GeoDataFrame(table, geometry=points, crs=town.crs)


def _of(
    blocks: list[dict[str, Any]], key: str, offence: NDArray[np.intp]
) -> NDArray[np.object_]:
    return np.array([block[key] for block in blocks], dtype=object)[offence]


def _repeat(
    drawn: tuple[NDArray[Any], ...], town: Town, rng: np.random.Generator
) -> None:
    """Let some incidents follow an earlier one: the same offence, near, days later."""
    rules = city_rules()["incidents"]
    offence, edge, house, day = drawn
    n = len(offence)
    again = np.flatnonzero(rng.random(n) < rules["repeat_share"])
    again = again[again > 0]
    before = (rng.random(len(again)) * again).astype(np.intp)
    later = (
        day[before]
        + 1
        + rng.exponential(rules["repeat_days"], len(again)).astype(np.int64)
    )
    kept = later < (town.last - town.first).days
    again, before, later = again[kept], before[kept], later[kept]
    offence[again], edge[again], day[again] = offence[before], edge[before], later
    same = rng.random(len(again)) < rules["repeat_same_place"]
    house[again] = np.where(same, house[before], draw_houses(town, edge[again], rng))


def _told(
    blocks: list[dict[str, Any]],
    offence: NDArray[np.intp],
    times: pd.DatetimeIndex,
    *,
    end: pd.Timestamp,
    rng: np.random.Generator,
) -> dict[str, Any]:
    """Give what a report says beside the place."""
    rules, n = made_up()["incidents"], len(offence)
    codes = nibrs_codes()
    names = np.array([codes[block["code"]]["name"] for block in blocks], dtype=object)
    indoors = rng.random(n) < _of(blocks, "indoors", offence).astype(np.float64)
    span_s = _of(blocks, "span_h", offence).astype(np.float64)
    span_s = np.round(span_s * rng.exponential(3600.0, n))
    wait_s = np.round(rng.lognormal(np.log(900.0), 1.2, n))
    until = times + pd.to_timedelta(span_s, unit="s")
    until = until.where(until < end, times)
    reported = until + pd.to_timedelta(wait_s, unit="s")
    reported = reported.where(reported < end, until)
    begins = rng.random(n) >= rules["second_offence_share"]
    begins[:1] = True
    clearance = draw_words(rules["clearances"], n, rng)
    outside = draw_words(rules["outdoor_places"], n, rng)
    inside = draw_words(rules["indoor_places"], n, rng)
    return {
        "incident_id": _numbered("simulated-", np.arange(1, n + 1)),
        "report_id": _numbered("simulated-report-", np.cumsum(begins)),
        "category": names[offence],
        "offense_code": _of(blocks, "code", offence),
        "location_type": np.where(indoors, inside, outside),
        "occurred_from": times,
        "occurred_to": until,
        "reported_at": reported,
        "clearance": blanked(clearance, clearance == ""),
        "weight": 1.0,
        "indoors": indoors,
    }


def _numbered(begin: str, numbers: NDArray[np.int64]) -> list[str]:
    return [f"{begin}{number:06d}" for number in numbers.tolist()]
