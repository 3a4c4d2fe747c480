"""Privacy zones on a map: the places that no camera may look into, by a texture."""

from __future__ import annotations

from typing import TYPE_CHECKING

from coveragekit.maps.features import FEATURE_LIMIT, plain_features
from coveragekit.maps.layers import MapLayer, geojson_layer

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = ["zones_layer"]


def zones_layer(zones: gpd.GeoDataFrame) -> MapLayer | None:
    """
    Give privacy zones, meshed.

    Parameters
    ----------
    zones
        The table of privacy zones, EPSG:4326.

    Returns
    -------
    MapLayer or None
        ``None`` where there are none. Above the limit of a browser only the first of
        them, and the note says so.

    Raises
    ------
    CRSError
        The table is not in EPSG:4326.

    Examples
    --------
    >>> from coveragekit import model
    >>> zones_layer(model.empty("privacy_zones")) is None
    True
    """
    if zones.empty:
        return None
    shown = zones.iloc[:FEATURE_LIMIT]
    title = "Privacy zones"
    note = ""
    if len(shown) < len(zones):
        note = f"Only the first {len(shown):,} of {len(zones):,} zones are drawn."
    drawn = plain_features(shown, "ck-zone", pane="ck-zones")
    return MapLayer("zones", title, geojson_layer(drawn, title), note)
