"""Make ipyleaflet layers of a study's tables, none of which asks any host."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from coveragekit.maps.features import (
    FEATURE_LIMIT,
    Features,
    camera_features,
    gap_features,
    isovist_features,
    plain_features,
    street_features,
)
from coveragekit.maps.pictures import (
    Picture,
    density_picture,
    multiplicity_picture,
    probability_picture,
    shapes_picture,
)
from coveragekit.maps.symbols import CAMERA_RADIUS_PX

if TYPE_CHECKING:
    from pathlib import Path

    import geopandas as gpd
    import ipyleaflet

__all__ = [
    "GAPS_DRAWN",
    "PLAIN_COLOURS",
    "MapLayer",
    "buildings_layer",
    "cameras_layer",
    "coverage_layer",
    "gaps_layer",
    "geojson_layer",
    "incidents_layer",
    "isovists_layer",
    "picture_layer",
    "probability_layer",
    "streets_layer",
    "water_layer",
]

# Greys that show on a light and on a dark ground, for what is drawn as a picture.
PLAIN_COLOURS = {
    "buildings": ("#8492a3", 0.32),
    "water": ("#8fb3d1", 0.35),
    "streets": ("#8492a3", 0.45),
    "incidents": ("#8f4cb8", 0.55),
    "isovists": ("#2f7fd0", 0.18),
    "zones": ("#5b6675", 0.5),
}


GAPS_DRAWN = 25
"""How many gaps a map shows where nothing else is asked for."""


@dataclass(frozen=True, slots=True)
class MapLayer:
    """
    One layer of a map, and what to say about it.

    Parameters
    ----------
    key
        Short name for programs, such as ``"gaps"``.
    title
        Name for people.
    layer
        The ipyleaflet layer.
    note
        What a reader has to know, such as that it is drawn as a picture; may be empty.
    """

    key: str
    title: str
    layer: ipyleaflet.Layer
    note: str = ""


def geojson_layer(features: Features, title: str) -> ipyleaflet.GeoJSON:
    """
    Give GeoJSON of :mod:`coveragekit.maps.features` as a layer.

    Parameters
    ----------
    features
        A FeatureCollection whose features carry their own style and pane.
    title
        Name for people.

    Returns
    -------
    ipyleaflet.GeoJSON
        The layer.

    Examples
    --------
    >>> geojson_layer({"type": "FeatureCollection", "features": []}, "Gaps").name
    'Gaps'
    """
    import ipyleaflet

    point_style = {"radius": CAMERA_RADIUS_PX, "fillOpacity": 0, "stroke": False}
    return ipyleaflet.GeoJSON(data=features, name=title, point_style=point_style)


def picture_layer(picture: Picture, title: str, *, pane: str) -> ipyleaflet.Layer:
    """
    Give a picture as a layer.

    Parameters
    ----------
    picture
        The picture and its box.
    title
        Name for people.
    pane
        Name of the Leaflet pane, a key of ``PANES``.

    Returns
    -------
    ipyleaflet.ImageOverlay
        The layer; the picture travels inside it.
    """
    import ipyleaflet

    return ipyleaflet.ImageOverlay(
        url=picture.url, bounds=picture.bounds, name=title, pane=pane
    )


def _shapes_layer(
    frame: gpd.GeoDataFrame,
    features: Features | None,
    *,
    key: str,
    title: str,
    pane: str,
) -> MapLayer | None:
    """Give features as GeoJSON, or the frame as a picture where there are too many."""
    if features is not None:
        return MapLayer(key, title, geojson_layer(features, title))
    colour, opacity = PLAIN_COLOURS[key]
    picture = shapes_picture(frame, colour, opacity=opacity)
    if picture is None:
        return None
    named = f"{title} ({len(frame):,}, as a picture)"
    note = (
        f"{title} are drawn as a picture, because {len(frame):,} of them are more than "
        f"the {FEATURE_LIMIT:,} that a browser draws one by one."
    )
    return MapLayer(key, named, picture_layer(picture, named, pane=pane), note)


def _fits(frame: gpd.GeoDataFrame) -> bool:
    return len(frame) <= FEATURE_LIMIT


def buildings_layer(buildings: gpd.GeoDataFrame) -> MapLayer | None:
    """
    Give building footprints for the basemap.

    Parameters
    ----------
    buildings
        The buildings table, EPSG:4326.

    Returns
    -------
    MapLayer or None
        ``None`` where there are none to draw as a picture.

    Raises
    ------
    CRSError
        The table is not in EPSG:4326.
    """
    drawn = (
        plain_features(buildings, "ck-building", pane="ck-buildings")
        if _fits(buildings)
        else None
    )
    return _shapes_layer(
        buildings, drawn, key="buildings", title="Buildings", pane="ck-buildings"
    )


def water_layer(water: gpd.GeoDataFrame) -> MapLayer | None:
    """
    Give water for the basemap.

    Parameters
    ----------
    water
        The water table, EPSG:4326.

    Returns
    -------
    MapLayer or None
        ``None`` where there is no water.

    Raises
    ------
    CRSError
        The table is not in EPSG:4326.
    """
    if water.empty:
        return None
    drawn = plain_features(water, "ck-water", pane="ck-water") if _fits(water) else None
    return _shapes_layer(water, drawn, key="water", title="Water", pane="ck-water")


def streets_layer(streets: gpd.GeoDataFrame) -> MapLayer | None:
    """
    Give streets for the basemap.

    Parameters
    ----------
    streets
        The streets table, EPSG:4326.

    Returns
    -------
    MapLayer or None
        ``None`` where there are none to draw as a picture.

    Raises
    ------
    CRSError
        The table is not in EPSG:4326.
    """
    drawn = street_features(streets) if _fits(streets) else None
    return _shapes_layer(
        streets, drawn, key="streets", title="Streets", pane="ck-ground"
    )


def cameras_layer(cameras: gpd.GeoDataFrame) -> MapLayer:
    """
    Give cameras by tier, state and knowledge; a click reports the ``camera_id``.

    Parameters
    ----------
    cameras
        Rows of ``cameras.parquet``, EPSG:4326.

    Returns
    -------
    MapLayer
        Above the limit of a browser only the first of them, and the note says so.

    Raises
    ------
    CRSError
        The table is not in EPSG:4326.
    """
    shown = cameras.iloc[:FEATURE_LIMIT]
    title = "Cameras"
    note = ""
    if len(shown) < len(cameras):
        title = f"Cameras (the first {len(shown):,} of {len(cameras):,})"
        note = f"{title}: more cannot be drawn one by one; all of them are counted."
    return MapLayer(
        "cameras", title, geojson_layer(camera_features(shown), title), note
    )


def isovists_layer(
    isovists: gpd.GeoDataFrame, cameras: gpd.GeoDataFrame
) -> MapLayer | None:
    """
    Give what each camera sees, dashed where its direction is unknown.

    Parameters
    ----------
    isovists
        Rows of ``isovists.parquet``, EPSG:4326.
    cameras
        Rows of ``cameras.parquet``, which know the directions.

    Returns
    -------
    MapLayer or None
        ``None`` where there are none to draw as a picture.

    Raises
    ------
    CRSError
        The isovists are not in EPSG:4326.
    """
    blind = set(cameras.loc[cameras["bearing_deg"].isna(), "camera_id"])
    drawn = (
        isovist_features(isovists, unknown=isovists["camera_id"].isin(blind))
        if _fits(isovists)
        else None
    )
    return _shapes_layer(
        isovists, drawn, key="isovists", title="Views", pane="ck-isovists"
    )


def gaps_layer(gaps: gpd.GeoDataFrame, *, most: int = GAPS_DRAWN) -> MapLayer:
    """
    Give the gaps with the most demand, hatched; a click reports the ``gap_id``.

    Parameters
    ----------
    gaps
        Rows of ``gaps.parquet``, EPSG:4326, the most demanded first.
    most
        Draw so many at most, 0 or more: hatching everything that no camera sees would
        hide the town, and what matters in it.

    Returns
    -------
    MapLayer
        Where there are more, the title and note say so.

    Raises
    ------
    CRSError
        The table is not in EPSG:4326.
    """
    shown = gaps.iloc[: min(most, FEATURE_LIMIT)]
    title = "Gaps"
    note = ""
    if len(shown) < len(gaps):
        title = f"Gaps (the first {len(shown):,} of {len(gaps):,})"
        note = f"{title}: those with the most unmet demand are drawn."
    return MapLayer("gaps", title, geojson_layer(gap_features(shown), title), note)


def incidents_layer(
    incidents: gpd.GeoDataFrame, *, points: bool = False
) -> MapLayer | None:
    """
    Give incidents as a smooth density, or one by one for those who may see them so.

    Parameters
    ----------
    incidents
        Points in EPSG:4326.
    points
        Draw each one; a picture where there are too many for a browser.

    Returns
    -------
    MapLayer or None
        ``None`` where there are no incidents.

    Raises
    ------
    CRSError
        The table is not in EPSG:4326.
    """
    if points:
        drawn = (
            plain_features(incidents, "ck-incident", pane="ck-density")
            if _fits(incidents)
            else None
        )
        return _shapes_layer(
            incidents, drawn, key="incidents", title="Incidents", pane="ck-density"
        )
    picture = density_picture(incidents.geometry)
    if picture is None:
        return None
    title = "Incident density"
    note = f"{title}: {len(incidents):,} incidents, smoothed over about 60 m."
    return MapLayer(
        "incidents", title, picture_layer(picture, title, pane="ck-density"), note
    )


def coverage_layer(path: Path) -> MapLayer:
    """
    Give the coverage raster as a layer.

    Parameters
    ----------
    path
        ``multiplicity.tif``.

    Returns
    -------
    MapLayer
        Clear where no camera sees.
    """
    title = "Coverage"
    layer = picture_layer(multiplicity_picture(path), title, pane="ck-coverage")
    return MapLayer("coverage", title, layer)


def probability_layer(path: Path | None) -> MapLayer | None:
    """
    Give how likely each place is seen as a layer.

    Parameters
    ----------
    path
        ``seen_probability.tif``, if there is one.

    Returns
    -------
    MapLayer or None
        ``None`` where no scenes were computed.
    """
    if path is None:
        return None
    title = "Probability of being seen"
    layer = picture_layer(probability_picture(path), title, pane="ck-coverage")
    return MapLayer("probability", title, layer)
