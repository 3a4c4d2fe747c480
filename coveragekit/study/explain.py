"""Why a place is seen or not: the reasons of each camera near it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from coveragekit import coverage, optics
from coveragekit.crs import WGS84
from coveragekit.errors import InputError
from coveragekit.study.folder import read_geoparquet
from coveragekit.study.ground import (
    load_area,
    load_isovists,
    load_mounting,
    load_obstacles,
    used_cameras,
)

if TYPE_CHECKING:
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
        The study was never built.
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
    folder = study.results().path
    there = gpd.GeoSeries([Point(lon, lat)], crs=WGS84).to_crs(study.settings.crs)
    distance_m = float(there.distance(load_area(study, folder)).iloc[0])
    if not distance_m <= FAR_M:
        message = (
            f"{lon}, {lat} (longitude, latitude) is far from the study "
            f"({distance_m / 1000.0:,.0f} km); name a place in or near it"
        )
        raise InputError(message)
    settings = study.settings
    cameras = used_cameras(study, folder)
    rows = coverage.explain(
        there.iloc[0],
        cameras,
        load_obstacles(study, folder),
        density_px_per_m=optics.band_density_px_per_m(
            settings.purpose, settings.edition
        ),
        mounting=load_mounting(load_isovists(study, folder)),
    )
    everyone = read_geoparquet(folder / "cameras.parquet").set_index("camera_id")
    known = everyone.loc[rows["camera_id"]]
    for column in ("name", "kind", "access", "probability"):
        rows[column] = known[column].to_numpy()
    return gpd.GeoDataFrame(rows, geometry=known.geometry.to_numpy(), crs=WGS84)
