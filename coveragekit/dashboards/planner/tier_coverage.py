"""Draw the coverage of some tiers only, as the build draws that of all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from coveragekit.maps.pictures import Picture, raster_picture

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = ["tier_picture"]


def tier_picture(
    isovists: gpd.GeoDataFrame,
    area: gpd.GeoDataFrame,
    *,
    tiers: tuple[str, ...],
    resolution_m: float,
    crs: str,
    dark: bool = False,
) -> Picture:
    """
    Give how many cameras of some tiers see each place, as a picture.

    Parameters
    ----------
    isovists
        Rows of ``isovists.parquet``, EPSG:4326.
    area
        The study area, EPSG:4326.
    tiers
        The tiers whose cameras are counted.
    resolution_m
        Side of a cell, metres, > 0.
    crs
        The study's local CRS.
    dark
        For a map on a dark ground.

    Returns
    -------
    Picture
        Clear everywhere where no camera of those tiers sees anything.

    Raises
    ------
    CRSError
        The CRS is not in metres.
    """
    import shapely

    from coveragekit import coverage

    chosen = isovists[isovists["access"].isin(tiers)].to_crs(crs)
    ground = shapely.union_all(area.to_crs(crs).geometry.to_numpy())
    raster = coverage.multiplicity(
        chosen.geometry, chosen["probability"], resolution_m, area=ground
    )
    west, north = float(raster["x"][0]), float(raster["y"][0])
    half_m = resolution_m / 2.0
    return raster_picture(
        raster.to_numpy(),
        transform=(
            *(resolution_m, 0.0, west - half_m),
            *(0.0, -resolution_m, north + half_m),
        ),
        crs=crs,
        dark=dark,
    )
