"""Why a place is seen or not: the reasons of each camera near it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from coveragekit import coverage
from coveragekit.crs import WGS84
from coveragekit.errors import InputError, StudyError
from coveragekit.study.ground import (
    load_area,
    load_isovists,
    load_mounting,
    load_obstacles,
    used_cameras,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas as gpd

    from coveragekit.study.folder import StudyFolder

__all__ = ["explain_place"]

FAR_M: Final = 2000.0


def explain_place(study: StudyFolder, *, lon: float, lat: float) -> gpd.GeoDataFrame:
    """
    Tell which cameras see a place, and why the others do not.

    Parameters
    ----------
    study
        A study that was built.
    lon, lat
        The place, degrees.

    Returns
    -------
    geopandas.GeoDataFrame
        What :func:`coveragekit.coverage.explain` gives, with ``name``, ``kind``,
        ``access`` and ``probability`` of each camera, at the camera's place.

    Raises
    ------
    StudyError
        The study was never built, or its settings have changed since.
    InputError
        The place is not a longitude and latitude, or is far from the study.
    """
    import geopandas as gpd
    from shapely import Point

    for words, value, limit in (("longitude", lon, 180.0), ("latitude", lat, 90.0)):
        if not (np.isfinite(value) and abs(value) <= limit):
            message = (
                f"{words} {value} is out of range; allowed: -{limit:g} to {limit:g}"
            )
            raise InputError(message)
    results = study.results()
    built = results.summary
    there = gpd.GeoSeries([Point(lon, lat)], crs=WGS84).to_crs(study.settings.crs)
    _check_unchanged(study, built)
    distance_m = float(there.distance(load_area(study, results.path)).iloc[0])
    if not distance_m <= FAR_M:
        message = (
            f"{lon}, {lat} (longitude, latitude) is far from the study "
            f"({distance_m / 1000.0:,.0f} km); name a place in or near it"
        )
        raise InputError(message)
    rows = coverage.explain(
        there.iloc[0],
        used_cameras(study, results.path),
        load_obstacles(study, results.path),
        density_px_per_m=built["density_px_per_m"],
        mounting=load_mounting(load_isovists(study, results.path)),
    )
    everyone = results.cameras().set_index("camera_id")
    known = everyone.loc[rows["camera_id"]]
    for column in ("name", "kind", "access", "probability"):
        rows[column] = known[column].to_numpy()
    is_planned = rows["access"] == "planned"
    rows.loc[is_planned, "reason"] += "; planned, counted in no share"
    reasons = gpd.GeoDataFrame(rows, geometry=known.geometry.to_numpy(), crs=WGS84)
    unused = _unused_near(everyone, there, reach_m=_reach_m(rows))
    return pd.concat([reasons, unused], ignore_index=True) if len(unused) else reasons


def _check_unchanged(study: StudyFolder, built: Mapping[str, Any]) -> None:
    settings = study.settings
    for name in ("crs", "purpose", "edition"):
        if built[name] != getattr(settings, name):
            message = (
                f"the study's {name} is now {getattr(settings, name)!r}, but its "
                f"results are of {built[name]!r}; build it again: "
                f"coveragekit build {study.path}"
            )
            raise StudyError(message)


def _reach_m(rows: pd.DataFrame) -> float:
    """Give how far cameras that take no part are named: as far as the others."""
    return max(50.0, float(rows["distance_m"].max()) if len(rows) else 0.0)


def _unused_near(
    everyone: gpd.GeoDataFrame, there: gpd.GeoSeries, *, reach_m: float
) -> gpd.GeoDataFrame:
    """Name the cameras near a place that are not active or have no range."""
    unused = everyone[~everyone["used"]].reset_index()
    distance_m = unused.to_crs(there.crs).distance(there.iloc[0])
    near = unused[(distance_m <= reach_m).to_numpy()]
    columns = ["camera_id", "name", "kind", "access", "probability", "geometry"]
    found = near[columns].assign(distance_m=distance_m[near.index])
    is_active = near["active"].to_numpy(dtype=bool)
    has_range = near["effective_range_m"].to_numpy() > 0.0
    found["verdict"] = np.where(is_active, "out of range", "not in service")
    found["reason"] = np.where(
        ~is_active,
        "not in service at the time of the study",
        np.where(has_range, "out of range", "no range for this purpose"),
    )
    return found.sort_values("distance_m")
