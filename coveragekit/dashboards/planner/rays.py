"""Draw the lines from one place to the cameras near it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from coveragekit.maps.features import Features, collect

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas as gpd

__all__ = ["RAYS_SHOWN", "ray_features"]

RAYS_SHOWN = 24
_SPOT_PX = 6


def ray_features(
    cameras: gpd.GeoDataFrame, seeing: Mapping[str, bool], *, lon: float, lat: float
) -> Features:
    """
    Give a line from each camera to a place, solid where it sees it, and the place.

    Parameters
    ----------
    cameras
        Cameras with ``camera_id``, EPSG:4326.
    seeing
        Camera to whether it sees the place, in the order of interest.
    lon, lat
        The place, degrees.

    Returns
    -------
    dict
        A GeoJSON FeatureCollection; at most ``RAYS_SHOWN`` lines, those that see
        first, then the spot itself.

    Raises
    ------
    CRSError
        The cameras are not in EPSG:4326.
    """
    import geopandas as gpd
    import shapely

    ordered = sorted(seeing.items(), key=lambda item: not item[1])[:RAYS_SHOWN]
    eyes = cameras.set_index("camera_id").geometry
    here = shapely.Point(lon, lat)
    known = [(eyes[key], sees) for key, sees in ordered if key in eyes.index]
    lines = [shapely.LineString([eye, here]) for eye, _ in known]
    classes = ["ck-sees" if sees else "ck-sees-not" for _, sees in known]
    return collect(
        gpd.GeoSeries([*lines, here], crs=cameras.crs),
        [*classes, "ck-spot"],
        pane="ck-rays",
        extra={"radius": _SPOT_PX},
    )
