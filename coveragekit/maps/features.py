"""Turn the tables of a study into GeoJSON whose looks are named by CSS classes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from coveragekit.errors import CRSError
from coveragekit.maps.symbols import CAMERA_RADIUS_PX, camera_class

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import geopandas as gpd
    import pandas as pd

__all__ = [
    "FEATURE_LIMIT",
    "PANES",
    "Features",
    "camera_features",
    "collect",
    "gap_features",
    "isovist_features",
    "not_working",
    "plain_features",
    "street_features",
]

Features = dict[str, Any]
"""A GeoJSON FeatureCollection."""

FEATURE_LIMIT = 5000
"""Above this many features a browser chokes on GeoJSON; a picture is drawn instead."""

# From the ground up: what lies on what is decided here and nowhere else.
PANES = {
    "ck-water": {"zIndex": 290},
    "ck-ground": {"zIndex": 300},
    "ck-coverage": {"zIndex": 330},
    "ck-density": {"zIndex": 340},
    "ck-buildings": {"zIndex": 350},
    "ck-zones": {"zIndex": 360},
    "ck-isovists": {"zIndex": 410},
    "ck-gaps": {"zIndex": 420},
    "ck-rays": {"zIndex": 430},
    "ck-cameras": {"zIndex": 450},
    "ck-chosen": {"zIndex": 440},
}

_DIGITS = 6  # 0.11 m at most, finer than any position here is known
_MAJOR = frozenset(
    {"motorway", "trunk", "primary", "secondary", "tertiary"}
    | {f"{kind}_link" for kind in ("motorway", "trunk", "primary", "secondary")}
)
_PATHS = frozenset(
    {"footway", "path", "steps", "cycleway", "pedestrian", "bridleway", "corridor"}
)


def collect(
    geometry: gpd.GeoSeries,
    classes: Iterable[str],
    *,
    pane: str,
    keys: Iterable[object] | None = None,
    extra: dict[str, Any] | None = None,
) -> Features:
    """
    Give geometries as GeoJSON, each with a CSS class, a pane and a key.

    Parameters
    ----------
    geometry
        Geometries in EPSG:4326; missing and empty ones are left out.
    classes
        One text of CSS classes for each geometry.
    pane
        Name of the Leaflet pane, a key of ``PANES``.
    keys
        What a click on each one reports; without keys nothing can be clicked, so that
        a basemap costs no messages.
    extra
        More Leaflet path options, the same for all.

    Returns
    -------
    dict
        A GeoJSON FeatureCollection with coordinates rounded to six digits. A feature's
        properties hold ``style`` and, where there are keys, ``key``; no text of a
        source is among them.

    Raises
    ------
    CRSError
        The geometries are not in EPSG:4326.

    Examples
    --------
    >>> import geopandas as gpd
    >>> from shapely import Point
    >>> one = gpd.GeoSeries([Point(24.9, 60.2)], crs=4326)
    >>> made = collect(one, ["ck-camera"], pane="ck-cameras", keys=["a"])
    >>> made["features"][0]["properties"]["key"]
    'a'
    """
    if geometry.crs is None or geometry.crs.to_epsg() != 4326:
        message = (
            f"map layers need EPSG:4326; these geometries have {geometry.crs}: "
            "use to_crs(4326)"
        )
        raise CRSError(message)
    style = {"pane": pane, "interactive": keys is not None, **(extra or {})}
    if keys is not None:
        # Else a click on a camera would also be a click on the place behind it.
        style["bubblingMouseEvents"] = False
    names: Iterator[object] = iter(keys) if keys is not None else iter(())
    features = []
    for shape, css in zip(_rounded(geometry), classes, strict=True):
        key = next(names, None)
        if shape is None:
            continue
        properties: dict[str, Any] = {"style": {**style, "className": css}}
        if keys is not None:
            properties["key"] = str(key)
        features.append(
            {"type": "Feature", "properties": properties, "geometry": shape}
        )
    return {"type": "FeatureCollection", "features": features}


def _rounded(geometry: gpd.GeoSeries) -> Iterator[dict[str, Any] | None]:
    import shapely

    shapes = np.asarray(geometry.array, dtype=object)
    usable = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    rounded = shapely.transform(shapes, lambda xy: np.round(xy, _DIGITS))
    for shape, good in zip(rounded, usable, strict=True):
        yield dict(shape.__geo_interface__) if good else None


def not_working(cameras: pd.DataFrame, *, strict: bool = False) -> pd.Series[bool]:
    """
    Tell which cameras are drawn as not working.

    Parameters
    ----------
    cameras
        Rows of ``cameras.parquet``, of this version or of the one before it.
    strict
        Also those of whose state nothing is known: they are not counted as working.

    Returns
    -------
    pandas.Series
        A flag for each: offline, or not heard of for a day where it was ever heard of.

    Examples
    --------
    >>> import pandas as pd
    >>> states = pd.DataFrame({"status": ["online", "offline", "unknown"]})
    >>> not_working(states).tolist()
    [False, True, False]
    """
    offline = cameras["status"] == "offline"
    if "works_now" not in cameras:
        return offline
    idle = ~cameras["works_now"].astype(bool)
    return idle if strict else offline | (idle & cameras["last_seen_at"].notna())


def camera_features(cameras: gpd.GeoDataFrame, *, strict: bool = False) -> Features:
    """
    Give cameras as points with the symbol of their tier, state and knowledge.

    Parameters
    ----------
    cameras
        Rows of the cameras table in EPSG:4326.
    strict
        Draw as not working also those of whose state nothing is known.

    Returns
    -------
    dict
        A GeoJSON FeatureCollection; the key of each is its ``camera_id``.

    Raises
    ------
    CRSError
        The cameras are not in EPSG:4326.

    Examples
    --------
    >>> from coveragekit import model
    >>> camera_features(model.empty("cameras"))["features"]
    []
    """
    classes = [
        "ck-camera "
        + camera_class(str(access), offline=bool(idle), unknown=bool(unknown))
        for access, idle, unknown in zip(
            cameras["access"],
            not_working(cameras, strict=strict),
            cameras["bearing_deg"].isna(),
            strict=True,
        )
    ]
    return collect(
        cameras.geometry,
        classes,
        pane="ck-cameras",
        keys=cameras["camera_id"],
        extra={"radius": CAMERA_RADIUS_PX},
    )


def isovist_features(
    isovists: gpd.GeoDataFrame, *, unknown: pd.Series[bool]
) -> Features:
    """
    Give what each camera sees, dashed where its direction is unknown.

    Parameters
    ----------
    isovists
        Rows of ``isovists.parquet``, EPSG:4326.
    unknown
        Whether the direction is unknown, one truth value for each row, in order.

    Returns
    -------
    dict
        A GeoJSON FeatureCollection; nothing in it takes a click.

    Raises
    ------
    CRSError
        The isovists are not in EPSG:4326.

    Examples
    --------
    >>> import geopandas as gpd, pandas as pd
    >>> none = gpd.GeoDataFrame(geometry=[], crs=4326)
    >>> isovist_features(none, unknown=pd.Series([], dtype=bool))["features"]
    []
    """
    classes = [
        "ck-isovist ck-isovist-unknown" if flag else "ck-isovist" for flag in unknown
    ]
    return collect(isovists.geometry, classes, pane="ck-isovists")


def gap_features(gaps: gpd.GeoDataFrame) -> Features:
    """
    Give gaps, hatched.

    Parameters
    ----------
    gaps
        Rows of ``gaps.parquet``, EPSG:4326.

    Returns
    -------
    dict
        A GeoJSON FeatureCollection; the key of each is its ``gap_id``.

    Raises
    ------
    CRSError
        The gaps are not in EPSG:4326.

    Examples
    --------
    >>> import geopandas as gpd
    >>> none = gpd.GeoDataFrame({"gap_id": []}, geometry=[], crs=4326)
    >>> gap_features(none)["features"]
    []
    """
    return collect(
        gaps.geometry, ["ck-gap"] * len(gaps), pane="ck-gaps", keys=gaps["gap_id"]
    )


def street_features(streets: gpd.GeoDataFrame) -> Features:
    """
    Give streets for the basemap, main roads wide and paths thin and dotted.

    Parameters
    ----------
    streets
        Rows of the streets table, EPSG:4326.

    Returns
    -------
    dict
        A GeoJSON FeatureCollection; nothing in it takes a click.

    Raises
    ------
    CRSError
        The streets are not in EPSG:4326.

    Examples
    --------
    >>> from coveragekit import model
    >>> street_features(model.empty("streets"))["features"]
    []
    """
    return collect(
        streets.geometry,
        [f"ck-street {_street_class(kind)}".strip() for kind in streets["highway"]],
        pane="ck-ground",
    )


def _street_class(highway: object) -> str:
    kind = highway if isinstance(highway, str) else ""
    if kind in _PATHS:
        return "ck-street-path"
    return "" if kind in _MAJOR else "ck-street-minor"


def plain_features(frame: gpd.GeoDataFrame, css: str, *, pane: str) -> Features:
    """
    Give any table as shapes that look alike and take no click.

    Parameters
    ----------
    frame
        A table in EPSG:4326.
    css
        CSS class of every shape.
    pane
        Name of the Leaflet pane, a key of ``PANES``.

    Returns
    -------
    dict
        A GeoJSON FeatureCollection.

    Raises
    ------
    CRSError
        The table is not in EPSG:4326.

    Examples
    --------
    >>> from coveragekit import model
    >>> empty = model.empty("buildings")
    >>> plain_features(empty, "ck-building", pane="ck-buildings")["features"]
    []
    """
    return collect(frame.geometry, [css] * len(frame), pane=pane)
