"""Refuse cameras whose hours or presets cannot be read, while the file is at hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from coveragekit import coverage, model

if TYPE_CHECKING:
    import geopandas as gpd

    from coveragekit.study.settings import Settings

__all__ = ["check_habits"]


def check_habits(cameras: gpd.GeoDataFrame, settings: Settings) -> None:
    """
    Refuse cameras whose hours of recording or preset views cannot be read.

    Parameters
    ----------
    cameras
        The table ``cameras``.
    settings
        The study's settings.

    Raises
    ------
    TableError
        Hours or presets that cannot be read; the cameras are named.
    InputError
        A time zone or place that hours cannot be counted in.
    """
    if cameras.empty:
        return
    minx, miny, maxx, maxy = cameras.total_bounds
    coverage.recording(
        cameras,
        settings.time_zone,
        lon=float(minx + maxx) / 2.0,
        lat=float(miny + maxy) / 2.0,
        year=settings.as_of.year,
    )
    filled = model.fill_camera_defaults(cameras)
    coverage.ptz_views(filled, "preset")
