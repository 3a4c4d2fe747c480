"""Steps that fill in the cameras and compute what each of them sees."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from coveragekit import coverage, model, optics
from coveragekit.study.folder import file_key, read_geoparquet, write_geoparquet
from coveragekit.study.ground import load_area, load_hides, load_obstacles
from coveragekit.study.kept import kept

if TYPE_CHECKING:
    from pathlib import Path

    import geopandas as gpd
    import pandas as pd

    from coveragekit.coverage.ptz import PtzMode
    from coveragekit.optics import Footprints, Light
    from coveragekit.study.folder import StudyFolder
    from coveragekit.study.settings import Settings

__all__ = [
    "densities_of",
    "footprints_of",
    "load_isovists",
    "load_mounting",
    "mounting_of",
    "reaching_cameras",
    "turned",
    "unturned_cameras",
    "used_cameras",
    "views_of",
    "write_cameras",
    "write_isovists",
]

MOUNTING: Final = ("x", "y", "mount", "mount_shift_m", "mount_building")
MOUNTS: Final = "view/mounting.parquet"
# So many standard deviations nearer to the study area a scene may draw a camera.
NEARER: Final = 2.0


def write_cameras(study: StudyFolder, folder: Path) -> None:
    """
    Write the cameras as they are used: filled in, with range, in reach or not.

    Parameters
    ----------
    study
        The study.
    folder
        Where the build writes.
    """
    import shapely

    settings = study.settings
    density = optics.band_density_px_per_m(settings.purpose, settings.edition)
    given = study.table("cameras")
    cameras = _with_hours(model.fill_camera_defaults(_with_angles(given)))
    cameras["effective_range_m"] = optics.effective_range_m(cameras, density)
    night = optics.night_range_m(cameras).to_numpy()
    cameras["range_night_m"] = np.minimum(night, cameras["effective_range_m"])
    cameras["probability"] = coverage.camera_probability(cameras)
    cameras = coverage.camera_errors(cameras)
    target_height_m = settings.parameters.target_height_m
    cameras["reach_m"] = coverage.reach_over_views(
        cameras, density, target_height_m=target_height_m
    )
    loosest = next(iter(densities_of(settings).values()))
    farthest_m = coverage.reach_over_views(
        cameras, loosest, target_height_m=target_height_m
    )
    area = load_area(study, folder)
    shapely.prepare(area)
    places = cameras.geometry.to_crs(settings.crs)
    distance_m = shapely.distance(places.to_numpy(), area)
    reach_m = cameras["reach_m"].to_numpy()
    cameras["inside"] = distance_m == 0.0
    cameras["active"] = coverage.in_service(cameras, settings.as_of)
    cameras["works_now"] = cameras["active"] & coverage.working_now(
        cameras, settings.as_of
    )
    cameras["used"] = cameras["active"] & (distance_m <= reach_m) & (reach_m > 0.0)
    # At the loosest band it may see what it does not at the study's.
    cameras["shows"] = cameras["active"] & (distance_m <= farthest_m) & (farthest_m > 0)
    # In a scene it may hang nearer than it is recorded, or reach farther.
    errors = cameras[["position_error_m", "range_error_m"]].fillna(0.0)
    slack_m = NEARER * np.hypot(*errors.to_numpy(dtype=np.float64).T)
    cameras["reaches"] = (distance_m <= reach_m + slack_m) & (reach_m > 0.0)
    write_geoparquet(cameras, folder / "cameras.parquet")


def _with_angles(given: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Give cameras with the field of view that their lens has, where none is given."""
    cameras = given.copy()
    from_lens = optics.hfov_from_lens(given).where(given["hfov_deg"].isna())
    cameras["hfov_deg"] = given["hfov_deg"].fillna(from_lens)
    cameras["assumed"] = [
        [*names, "hfov_deg"] if was_filled else names
        for names, was_filled in zip(given["assumed"], from_lens.notna(), strict=True)
    ]
    return cameras


def _with_hours(cameras: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Give cameras that say no hours of recording as recording always, marked so."""
    missing = cameras["recording_hours"].isna()
    cameras["recording_hours"] = cameras["recording_hours"].fillna("24/7")
    cameras["assumed"] = [
        [*names, "recording_hours"] if was_filled else names
        for names, was_filled in zip(cameras["assumed"], missing, strict=True)
    ]
    return cameras


def densities_of(settings: Settings) -> dict[str, float]:
    """
    Give the bands of pixel density of a study's edition.

    Parameters
    ----------
    settings
        The study's settings.

    Returns
    -------
    dict
        Name to pixels per metre, the loosest first.
    """
    bands = optics.bands(settings.edition)
    return dict(sorted(bands.items(), key=lambda band: band[1]))


def footprints_of(
    cameras: gpd.GeoDataFrame,
    settings: Settings,
    *,
    light: Light = "day",
    density_px_per_m: float | None = None,
) -> Footprints:
    """
    Give what the pictures of cameras show on open ground, for the study's purpose.

    Parameters
    ----------
    cameras
        Cameras with their defaults filled in.
    settings
        The study's settings.
    light
        ``day`` or ``night``.
    density_px_per_m
        Pixel density of another purpose.

    Returns
    -------
    Footprints
        One for each camera.
    """
    if density_px_per_m is None:
        density_px_per_m = optics.band_density_px_per_m(
            settings.purpose, settings.edition
        )
    return optics.footprints(
        cameras,
        density_px_per_m,
        target_height_m=settings.parameters.target_height_m,
        light=light,
    )


def reaching_cameras(study: StudyFolder, folder: Path) -> gpd.GeoDataFrame:
    """
    Give every camera that may see into the study area, in service today or not.

    Parameters
    ----------
    study
        The study.
    folder
        A results folder.

    Returns
    -------
    geopandas.GeoDataFrame
        In metres, index 0 to n-1; ``used`` tells which are in service at ``as_of`` and
        reach the area as recorded. A camera that turns is a row for each of its views,
        as the study's ``ptz`` says.
    """
    return turned(unturned_cameras(study, folder), study.settings.ptz)


def unturned_cameras(study: StudyFolder, folder: Path) -> gpd.GeoDataFrame:
    """
    Give every camera that may see into the study area, a row each.

    Parameters
    ----------
    study
        The study.
    folder
        A results folder.

    Returns
    -------
    geopandas.GeoDataFrame
        In metres, index 0 to n-1.
    """
    path, crs = folder / "cameras.parquet", study.settings.crs

    def read() -> gpd.GeoDataFrame:
        cameras = read_geoparquet(path)
        return cameras[cameras["reaches"]].reset_index(drop=True).to_crs(crs)

    return kept(("reaching", *file_key(path), crs), read) if path.exists() else read()


def turned(cameras: gpd.GeoDataFrame, ptz: PtzMode) -> gpd.GeoDataFrame:
    """
    Give cameras by their views: one that turns is a row for each way it looks.

    Parameters
    ----------
    cameras
        Cameras with their defaults filled in.
    ptz
        ``now``, ``preset`` or ``reach``.

    Returns
    -------
    geopandas.GeoDataFrame
        With ``probability`` as the views have it, index 0 to n-1.
    """
    if ptz == "now":
        return cameras
    views = coverage.ptz_views(cameras.drop(columns="probability"), ptz)
    views["probability"] = coverage.camera_probability(views)
    return views.reset_index(drop=True)


def used_cameras(study: StudyFolder, folder: Path) -> gpd.GeoDataFrame:
    """
    Give the cameras that take part, ready for the visibility functions.

    Parameters
    ----------
    study
        The study.
    folder
        A results folder.

    Returns
    -------
    geopandas.GeoDataFrame
        As :func:`reaching_cameras` gives them, those in service at ``as_of``, index 0
        to n-1.
    """
    cameras = reaching_cameras(study, folder)
    return cameras[cameras["used"]].reset_index(drop=True)


def write_isovists(study: StudyFolder, folder: Path) -> None:
    """
    Write what each camera sees past the buildings, and where it was taken to hang.

    Parameters
    ----------
    study
        The study.
    folder
        Where the build writes.
    """
    from coveragekit.visibility import mount

    unturned = unturned_cameras(study, folder)
    depth_m = study.settings.parameters.mount_depth_m
    hung = mount(unturned, load_obstacles(study, folder), mount_depth_m=depth_m)
    hung = hung[list(MOUNTING)].assign(camera_id=unturned["camera_id"])
    hung.to_parquet(folder / MOUNTS, index=False)
    cameras = turned(unturned, study.settings.ptz)
    mounting = mounting_of(folder, cameras)
    used = cameras["used"].to_numpy(dtype=np.bool_)
    mounting = mounting[used]
    views = views_of(study, folder, cameras[used], mounting=mounting)
    columns = ["camera_id", "kind", "access", "probability", "effective_range_m"]
    frame = cameras.loc[used, [*columns, "geometry"]].set_geometry(views)
    frame["area_m2"] = views.area
    for name in MOUNTING:
        column = f"mount_{name}" if name in ("x", "y") else name
        frame[column] = mounting[name].to_numpy()
    write_geoparquet(frame, folder / "isovists.parquet")


def views_of(
    study: StudyFolder,
    folder: Path,
    cameras: gpd.GeoDataFrame,
    *,
    mounting: pd.DataFrame,
    light: Light = "day",
) -> gpd.GeoSeries:
    """
    Give what cameras see of the ground.

    Parameters
    ----------
    study
        The study.
    folder
        A results folder.
    cameras
        Some of :func:`reaching_cameras`.
    mounting
        Where they hang.
    light
        ``day`` or ``night``.

    Returns
    -------
    geopandas.GeoSeries
        Polygons in metres on the index of the cameras.
    """
    from coveragekit.visibility import isovists

    parameters = study.settings.parameters
    return isovists(
        cameras,
        load_hides(study, folder),
        footprints=footprints_of(cameras, study.settings, light=light),
        target_height_m=parameters.target_height_m,
        chord_tolerance_m=parameters.chord_tolerance_m,
        mounting=mounting,
    )


def load_isovists(study: StudyFolder, folder: Path) -> gpd.GeoDataFrame:
    """
    Give the isovists in the local CRS, a row for each used camera, in their order.

    Parameters
    ----------
    study
        The study.
    folder
        A results folder.

    Returns
    -------
    geopandas.GeoDataFrame
        The isovists, in metres.
    """
    path, crs = folder / "isovists.parquet", study.settings.crs

    def read() -> gpd.GeoDataFrame:
        return read_geoparquet(path).to_crs(crs)

    return kept((*file_key(path), crs), read) if path.exists() else read()


def load_mounting(isovists: gpd.GeoDataFrame) -> pd.DataFrame:
    """
    Give where each used camera was taken to hang.

    Parameters
    ----------
    isovists
        As :func:`load_isovists` gives them.

    Returns
    -------
    pandas.DataFrame
        As :func:`coveragekit.visibility.mount` gives it.
    """
    import pandas as pd

    mounting = pd.DataFrame(isovists[["mount_x", "mount_y", *MOUNTING[2:]]])
    return mounting.rename(columns={"mount_x": "x", "mount_y": "y"})


def mounting_of(folder: Path, cameras: pd.DataFrame) -> pd.DataFrame:
    """
    Give where cameras were taken to hang, whichever way they look.

    Parameters
    ----------
    folder
        A results folder.
    cameras
        Some of :func:`reaching_cameras`.

    Returns
    -------
    pandas.DataFrame
        As :func:`coveragekit.visibility.mount` gives it, on the index of the cameras.
    """
    import pandas as pd

    table = pd.read_parquet(folder / MOUNTS).set_index("camera_id")
    return table.loc[cameras["camera_id"]].set_axis(cameras.index)
