"""Make up incidents along the streets of a town, with the flaws of real ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from coveragekit.crs import check_same, local_crs
from coveragekit.errors import InputError
from coveragekit.model import conform, nibrs_codes
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
    from numpy.typing import NDArray

__all__ = ["simulate_incidents"]

_KERB_M = 5.0
_EXACT_ERROR_M = 5.0
_CROSSING_ERROR_M = 10.0


def simulate_incidents(
    streets: gpd.GeoDataFrame,
    buildings: gpd.GeoDataFrame,
    n: int,
    *,
    rng: int | np.random.Generator,
    start: datetime,
    end: datetime,
) -> gpd.GeoDataFrame:
    """
    Give made-up incidents along streets, a few blocks far hotter than the rest.

    Parameters
    ----------
    streets
        The table ``streets``, EPSG:4326.
    buildings
        The table ``buildings``, EPSG:4326; may be empty.
    n
        How many, at least 0.
    rng
        Seed or generator; the same seed gives the same incidents.
    start, end
        The period, with a zone; hours of the day are those of the zone of ``start``.

    Returns
    -------
    geopandas.GeoDataFrame
        The table ``incidents``, EPSG:4326, ordered by ``occurred_from``, each key
        beginning with ``simulated-``.

    Raises
    ------
    InputError
        A negative ``n``, no streets, a period without zone or running backwards.
    CRSError
        Streets and buildings in different CRS.

    Notes
    -----
    As in the data of real cities, somewhat over half of the points are the address of
    a building and lie inside its footprint, others are block middles and crossings,
    and the time of a theft nobody saw is a span. ``location_kind`` says which is which.

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
    >>> made = simulate_incidents(streets, model.empty("buildings"), 3, rng=0,
    ...     **period)
    >>> made["incident_id"].tolist()
    ['simulated-000001', 'simulated-000002', 'simulated-000003']
    """
    if n < 0:
        message = f"cannot make {n} incidents; allowed: 0 or more"
        raise InputError(message)
    if len(streets) == 0:
        message = "there are no streets to put incidents on; give at least one"
        raise InputError(message)
    check_period(start, end)
    check_same(streets.crs, buildings.crs, "streets and buildings")
    generator = as_rng(rng)
    offences = _draw_offences(n, generator)
    offences["occurred_from"] = draw_times(
        offences.pop("hours").tolist(), start, end, rng=generator
    )
    offences = offences.sort_values("occurred_from", kind="stable", ignore_index=True)
    _add_spans(offences, end, generator)
    placed = _place(offences, streets, buildings, rng=generator)
    placed["incident_id"] = [f"simulated-{row:06d}" for row in range(1, n + 1)]
    placed["report_id"] = _report_ids(n, generator)
    placed["weight"] = 1.0
    return conform("incidents", placed)


def _draw_offences(n: int, rng: np.random.Generator) -> pd.DataFrame:
    import pandas as pd

    rules = made_up()
    blocks = {block["code"]: block for block in rules["offences"]}
    codes = draw_keys({code: b["weight"] for code, b in blocks.items()}, n, rng)
    indoors = rng.random(n) < np.array([blocks[code]["indoors"] for code in codes])
    outside = draw_keys(rules["incidents"]["outdoor_places"], n, rng)
    inside = draw_keys(rules["incidents"]["indoor_places"], n, rng)
    names = nibrs_codes()
    clearance = draw_keys(rules["incidents"]["clearances"], n, rng)
    return pd.DataFrame(
        {
            "offense_code": codes,
            "category": [names[code]["name"] for code in codes],
            "location_type": np.where(indoors, inside, outside),
            "hours": [blocks[code]["hours"] for code in codes],
            "span_h": np.array([blocks[c]["span_h"] for c in codes], dtype=np.float64),
            "indoors": indoors,
            "clearance": [text or None for text in clearance],
        }
    )


def _add_spans(offences: pd.DataFrame, end: datetime, rng: np.random.Generator) -> None:
    import pandas as pd

    n = len(offences)
    latest = pd.Timestamp(end).tz_convert("UTC")
    span_s = (offences.pop("span_h").to_numpy() * rng.exponential(3600.0, n)).round()
    wait_s = rng.lognormal(np.log(900.0), 1.2, n).round()
    occurred_to = offences["occurred_from"] + pd.to_timedelta(span_s, unit="s")
    offences["occurred_to"] = occurred_to.where(occurred_to < latest, latest)
    reported = offences["occurred_to"] + pd.to_timedelta(wait_s, unit="s")
    offences["reported_at"] = reported.where(reported < latest, latest)


def _report_ids(n: int, rng: np.random.Generator) -> list[str]:
    """Give the report of each; now and then one holds the offence before as well."""
    share = made_up()["incidents"]["second_offence_share"]
    begins = rng.random(n) >= share
    begins[:1] = True
    return [f"simulated-report-{number:06d}" for number in np.cumsum(begins)]


def _place(
    offences: pd.DataFrame,
    streets: gpd.GeoDataFrame,
    buildings: gpd.GeoDataFrame,
    *,
    rng: np.random.Generator,
) -> gpd.GeoDataFrame:
    import geopandas as gpd
    import shapely

    n = len(offences)
    west, south, east, north = streets.total_bounds
    metric = local_crs(lon=(west + east) / 2.0, lat=(south + north) / 2.0)
    lines = streets.to_crs(metric)
    rows = draw_hot_streets(lines, n, rng)
    picked = np.asarray(lines.geometry.array)[rows]
    kinds = draw_keys(made_up()["incidents"]["location_kinds"], n, rng)
    kinds = np.where(offences.pop("indoors").to_numpy(), "address", kinds)
    share = rng.random(n)
    share = np.where(kinds == "intersection", np.round(share), share)
    points = shapely.line_interpolate_point(picked, share, normalized=True)
    offset = rng.uniform(-_KERB_M, _KERB_M, size=(n, 2))
    points = np.where(kinds == "exact", _moved(points, offset), points)
    points, kinds = _into_buildings(points, kinds, buildings.to_crs(metric))
    middles = shapely.line_interpolate_point(picked, 0.5, normalized=True)
    points = np.where(kinds == "block", middles, points)
    length_m = shapely.length(picked)
    error_m = np.select(
        [kinds == "exact", kinds == "intersection"],
        [_EXACT_ERROR_M, _CROSSING_ERROR_M],
        # Anywhere along the block is equally likely: a uniform law's deviation.
        length_m / np.sqrt(12.0),
    )
    placed = gpd.GeoDataFrame(offences, geometry=points, crs=metric)
    placed["location_kind"] = kinds
    placed["location_error_m"] = np.where(kinds == "address", np.nan, error_m)
    placed["address"] = streets["name"].to_numpy(dtype=object)[rows]
    return placed.to_crs(streets.crs)


def _moved(points: NDArray[np.object_], by: NDArray[np.float64]) -> NDArray[Any]:
    import shapely

    return np.asarray(shapely.points(shapely.get_coordinates(points) + by))


def _into_buildings(
    points: NDArray[np.object_], kinds: NDArray[np.object_], buildings: gpd.GeoDataFrame
) -> tuple[NDArray[np.object_], NDArray[np.object_]]:
    """Move each address into the nearest building, or call it a block without one."""
    import shapely

    reach_m = made_up()["incidents"]["address_reach_m"]
    mine = np.flatnonzero(kinds == "address")
    shapes = np.asarray(buildings.geometry.array)
    tree = shapely.STRtree(shapes)
    which, nearest = tree.query_nearest(
        points[mine], max_distance=reach_m, all_matches=False
    )
    moved, named = points.copy(), kinds.copy()
    named[mine] = "block"
    rows = mine[which]
    named[rows] = "address"
    moved[rows] = shapely.point_on_surface(shapes[nearest])
    return moved, named
