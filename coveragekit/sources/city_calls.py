"""Make up calls for service all over the made-up city."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely

from coveragekit.sources.city_moments import draw_days, draw_hours, to_utc
from coveragekit.sources.city_rules import city_rules, draw_index, draw_words
from coveragekit.sources.city_spots import draw_edges, draw_houses, draw_spots
from coveragekit.sources.synth_calls import add_handling
from coveragekit.sources.synth_draws import made_up

if TYPE_CHECKING:
    import geopandas as gpd

    from coveragekit.sources.city_town import Town

__all__ = ["ring_up"]

_SPOT = ("location_kind", "location_error_m", "location_score", "address")


def ring_up(
    town: Town,
    incidents: gpd.GeoDataFrame,
    count: int,
    *,
    rng: np.random.Generator,
) -> gpd.GeoDataFrame:
    """
    Give calls for service: some about incidents, some about other things.

    Parameters
    ----------
    town
        The city that was built.
    incidents
        Its incidents, as :func:`~coveragekit.sources.city_incidents.happen` gives them.
    count
        How many, at least 0.
    rng
        Generator of random numbers.

    Returns
    -------
    geopandas.GeoDataFrame
        Columns of the table ``calls``, in the town's CRS, ordered by ``received_at``.
    """
    import geopandas as gpd

    about = round(count * made_up()["call_times"]["incident_share"])
    about = min(about, len(incidents))
    one = _about_incidents(incidents, about, rng)
    two = _about_other_things(town, count - about, rng)
    calls = pd.concat([part for part in (one, two) if len(part)] or [two])
    calls = calls.sort_values("received_at", kind="stable", ignore_index=True)
    add_handling(calls, rng)
    calls["district"] = np.array(
        [f"Z{zone + 1}" for zone in range(int(town.edge_zone.max(initial=0)) + 1)],
        dtype=object,
    )[town.edge_zone[calls["edge"].to_numpy()]]
    calls["call_id"] = [f"simulated-call-{row:06d}" for row in range(1, count + 1)]
    points = shapely.points(calls[["x", "y"]].to_numpy())
    return gpd.GeoDataFrame(calls, geometry=points, crs=town.crs)


def _about_incidents(
    incidents: gpd.GeoDataFrame, count: int, rng: np.random.Generator
) -> pd.DataFrame:
    """Give one call for each of some incidents, received when it was reported."""
    kinds = made_up()["calls"]
    type_of = {code: kind["type"] for kind in kinds for code in kind["codes"]}
    priority_of = {kind["type"]: kind["priority"] for kind in kinds}
    rows = np.sort(rng.permutation(len(incidents))[:count])
    chosen = incidents.iloc[rows]
    calls = pd.DataFrame(chosen[["incident_id", *_SPOT, "edge"]]).reset_index(drop=True)
    xy = shapely.get_coordinates(np.asarray(chosen.geometry.array))
    calls["x"], calls["y"] = xy[:, 0], xy[:, 1]
    calls["received_at"] = chosen["reported_at"].reset_index(drop=True)
    types = chosen["offense_code"].map(type_of).fillna("DISTURBANCE")
    calls["call_type"] = types.to_numpy(dtype=object)
    calls["priority"] = types.map(priority_of).to_numpy(dtype=object)
    return calls


def _about_other_things(
    town: Town, count: int, rng: np.random.Generator
) -> pd.DataFrame:
    kinds = made_up()["calls"]
    kind = draw_index([one["weight"] for one in kinds], count, rng)
    edge = draw_edges(town, count, rng)
    day = draw_days((town.first, town.last), count, rng)
    hours = np.array([one["hours"] for one in kinds], dtype=object)[kind]
    times = to_utc(day, draw_hours(hours, rng), town.first)
    spots = draw_spots(
        town,
        edge,
        draw_houses(town, edge, rng),
        kinds=draw_words(city_rules()["incidents"]["location_kinds"], count, rng),
        rng=rng,
    )
    return pd.DataFrame(
        {
            "call_type": np.array([one["type"] for one in kinds], dtype=object)[kind],
            "priority": np.array([one["priority"] for one in kinds], dtype=object)[
                kind
            ],
            "received_at": times,
            "location_kind": spots.kinds,
            "location_error_m": spots.error_m,
            "location_score": spots.score,
            "address": spots.address,
            "edge": edge,
            "x": spots.points[:, 0] + town.origin[0],
            "y": spots.points[:, 1] + town.origin[1],
        }
    )
