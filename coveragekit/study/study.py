"""A study as people hold it: open it, build it, ask it why."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Self

from coveragekit.study.build import build
from coveragekit.study.explain import explain_place
from coveragekit.study.folder import Results, StudyFolder, write_settings
from coveragekit.study.steps import Progress, silent

if TYPE_CHECKING:
    from datetime import datetime

    import geopandas as gpd

    from coveragekit.optics import Light

__all__ = ["Study"]


@dataclass(frozen=True, slots=True)
class Study(StudyFolder):
    """
    One city in one folder.

    Parameters
    ----------
    path
        The folder.
    settings
        What it is of, and by which parameters.
    """

    def build(self, *, progress: Progress = silent) -> Results:
        """
        Compute what is seen, and what is not, wherever an input has changed.

        Parameters
        ----------
        progress
            Told of each step.

        Returns
        -------
        Results
            The new results, which are now in force.

        Raises
        ------
        StudyError
            Another build is running, or there is nothing to compute from.
        SourceError
            A table cannot be read or the disk cannot be written.
        """
        return Results(build(self, progress=progress))

    def explain(
        self,
        *,
        lon: float,
        lat: float,
        light: Light | None = None,
        when: datetime | None = None,
        purpose: str | None = None,
    ) -> gpd.GeoDataFrame:
        """
        Tell which cameras see a place, and why the others do not.

        Parameters
        ----------
        lon, lat
            The place, degrees.
        light
            ``day`` or ``night``; ``None``: as it is at ``when``, else day.
        when
            A time with a zone, to ask as well which cameras were in service and
            recording then; ``None``: at the time of the study, at any hour.
        purpose
            Another band of the study's edition than its own, such as ``"identify"``.

        Returns
        -------
        geopandas.GeoDataFrame
            One row a camera, those that see the place first; see
            :func:`coveragekit.coverage.explain`.

        Raises
        ------
        StudyError
            The study was never built.
        InputError
            The place is not a longitude and latitude, or is far from the study; or
            there is no such light or purpose.
        """
        return explain_place(
            self, lon=lon, lat=lat, light=light, when=when, purpose=purpose
        )

    def with_settings(self, **changes: object) -> Self:
        """
        Change settings and write them down.

        Parameters
        ----------
        **changes
            Fields of :class:`Settings`, such as ``purpose="recognise"``.

        Returns
        -------
        Study
            The study with its new settings; build it again to see the effect.

        Raises
        ------
        InputError
            A value that is not allowed.
        """
        settings = replace(self.settings, **changes)  # type: ignore[arg-type]
        write_settings(self.path, settings)
        return replace(self, settings=settings)
