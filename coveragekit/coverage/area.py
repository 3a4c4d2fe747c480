"""Say which ground counts: the study area, and the public part of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from coveragekit.crs import check_metric, check_same
from coveragekit.errors import InputError

if TYPE_CHECKING:
    import geopandas as gpd
    from shapely.geometry.base import BaseGeometry

__all__ = ["public_area", "study_area"]

MARGIN_M = 50.0


def study_area(
    buildings: gpd.GeoDataFrame,
    streets: gpd.GeoDataFrame | None = None,
    areas: gpd.GeoDataFrame | None = None,
    *,
    margin_m: float = MARGIN_M,
) -> BaseGeometry:
    """
    Give the ground that every raster, share and gap of a study is about.

    Parameters
    ----------
    buildings
        Footprints in a CRS in metres; may have no rows.
    streets
        Centre lines in the same CRS, used where there are no buildings.
    areas
        Areas in the same CRS; where there are any, their union cuts the rest off.
    margin_m
        How far the area reaches beyond the hull, metres, 0 or more.

    Returns
    -------
    shapely.Polygon or shapely.MultiPolygon
        The convex hull of the buildings, else of the streets, buffered by the margin
        and cut by the union of the areas, in the CRS of ``buildings``.

    Raises
    ------
    CRSError
        A table has no CRS, one that is not in metres, or another than the rest.
    InputError
        Neither buildings nor streets, a negative margin, or areas elsewhere.

    Examples
    --------
    >>> import geopandas as gpd
    >>> from shapely import box
    >>> one = gpd.GeoDataFrame(geometry=[box(0, 0, 100, 100)], crs="EPSG:32616")
    >>> study_area(one).bounds
    (-50.0, -50.0, 150.0, 150.0)
    """
    import shapely

    check_metric(buildings.crs, "buildings")
    if not (np.isfinite(margin_m) and margin_m >= 0.0):
        message = f"margin_m is {margin_m:g}; allowed: 0 or more, finite"
        raise InputError(message)
    basis = buildings
    if streets is not None:
        check_same(buildings.crs, streets.crs, "buildings and streets")
        basis = buildings if len(buildings) else streets
    coords = shapely.get_coordinates(basis.geometry.to_numpy())
    if len(coords) == 0:
        message = (
            "there is neither a building nor a street, so that the study area is "
            "unknown; give at least one of them"
        )
        raise InputError(message)
    hull = shapely.MultiPoint(coords).convex_hull
    area: BaseGeometry = hull.buffer(margin_m)
    if areas is not None and len(areas):
        check_same(buildings.crs, areas.crs, "buildings and areas")
        area = _polygons(area.intersection(areas.union_all()))
    if area.is_empty:
        message = (
            "the study area is empty: the areas given do not touch the buildings "
            "(or streets), or a single street has no margin; check the areas' CRS"
        )
        raise InputError(message)
    return area


def _polygons(geometry: BaseGeometry) -> BaseGeometry:
    """Drop the lines and points that a cut leaves where edges merely touch."""
    import shapely

    if geometry.geom_type in {"Polygon", "MultiPolygon"}:
        return geometry
    parts = shapely.get_parts(shapely.get_parts(geometry))
    polygons = parts[shapely.get_type_id(parts) == shapely.GeometryType.POLYGON.value]
    return shapely.MultiPolygon(list(polygons))


def public_area(area: BaseGeometry, buildings: gpd.GeoDataFrame) -> BaseGeometry:
    """
    Give the part of the study area on which no building stands.

    Parameters
    ----------
    area
        The study area, as :func:`study_area` gives it.
    buildings
        Footprints in the area's CRS, in metres.

    Returns
    -------
    shapely.Polygon or shapely.MultiPolygon
        The area without the footprints; courtyards remain.

    Raises
    ------
    CRSError
        The buildings have no CRS, or one that is not in metres.

    Notes
    -----
    Exact, and slow for a whole city; the shares count cells instead.

    Examples
    --------
    >>> import geopandas as gpd
    >>> from shapely import box
    >>> house = gpd.GeoDataFrame(geometry=[box(0, 0, 2, 1)], crs="EPSG:32616")
    >>> public_area(box(0, 0, 2, 2), house).area
    2.0
    """
    import shapely

    check_metric(buildings.crs, "buildings")
    footprints = buildings.geometry.to_numpy()
    near = footprints[shapely.intersects(footprints, area)]
    return _polygons(area.difference(shapely.union_all(near)))
