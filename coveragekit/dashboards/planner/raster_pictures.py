"""The pictures of the planner's rasters, each drawn once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from coveragekit.dashboards.planner.tier_coverage import tier_picture
from coveragekit.maps.pictures import multiplicity_picture, probability_picture

if TYPE_CHECKING:
    import geopandas as gpd

    from coveragekit.maps.pictures import Picture
    from coveragekit.study import Study

__all__ = ["COUNTED", "NO_PICTURE", "RasterPictures"]

COUNTED: Final = ("public", "integrated", "registered")
"""The tiers that the raster of a build counts."""

NO_PICTURE: Final = (
    "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"
)
"""One clear pixel."""


class RasterPictures:
    """
    Pictures of how many cameras see each place, and of how sure that is.

    Parameters
    ----------
    study
        A built study.
    isovists
        Its views, EPSG:4326.
    area
        The study area, EPSG:4326.
    """

    def __init__(
        self, study: Study, isovists: gpd.GeoDataFrame, area: gpd.GeoDataFrame
    ) -> None:
        self._study = study
        self._results = study.results()
        self._isovists = isovists
        self._area = area
        self._drawn: dict[tuple[tuple[str, ...], bool], Picture] = {}

    def is_ready(self, tiers: tuple[str, ...], *, dark: bool) -> bool:
        """
        Tell whether a picture is there at once.

        Parameters
        ----------
        tiers
            The tiers that are counted.
        dark
            For a map on a dark ground.

        Returns
        -------
        bool
            Whether it was drawn before.
        """
        return (tiers, dark) in self._drawn

    def coverage(self, tiers: tuple[str, ...], *, dark: bool) -> Picture:
        """
        Give how many cameras of some tiers see each place.

        Parameters
        ----------
        tiers
            The tiers that are counted.
        dark
            For a map on a dark ground.

        Returns
        -------
        Picture
            That of the build's raster, or for fewer tiers one made from the views.
        """
        key = tiers, dark
        if key not in self._drawn:
            settings = self._study.settings
            self._drawn[key] = (
                multiplicity_picture(self._results.multiplicity_path, dark=dark)
                if tiers == COUNTED
                else tier_picture(
                    self._isovists,
                    self._area,
                    tiers=tiers,
                    resolution_m=settings.parameters.resolution_m,
                    crs=settings.crs,
                    dark=dark,
                )
            )
        return self._drawn[key]

    def probability(self, *, dark: bool) -> Picture | None:
        """
        Give how likely it is that each place is seen.

        Parameters
        ----------
        dark
            For a map on a dark ground.

        Returns
        -------
        Picture or None
            More opaque where it is more sure; ``None`` where no scenes were computed.
        """
        path = self._results.seen_probability_path
        return None if path is None else probability_picture(path, dark=dark)
