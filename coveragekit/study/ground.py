"""Steps that prepare the ground: obstacles, study area, cameras, what each one sees."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from coveragekit import coverage, model, optics
from coveragekit.errors import InputError
from coveragekit.study.folder import read_geoparquet, write_geoparquet

if TYPE_CHECKING:
    from pathlib import Path

    import geopandas as gpd
    import pandas as pd
    from numpy.typing import NDArray

    from coveragekit.study.folder import StudyFolder
    from coveragekit.visibility import Obstacles

__all__ = [
    "load_isovists",
    "load_obstacles",
    "write_area",
    "write_cameras",
    "write_isovists",
    "write_obstacles",
]

OBSTACLES: Final = "view/obstacles"
MOUNTING: Final = ("x", "y", "mount", "mount_shift_m", "mount_building")


def local_table(study: StudyFolder, name: str) -> gpd.GeoDataFrame:
    """
    Give a table of the study in its local CRS.

    Parameters
    ----------
    study
        The study.
    name
        Name of the table.

    Returns
    -------
    geopandas.GeoDataFrame
        The table, in metres.
    """
    return study.table(name).to_crs(study.settings.crs)


def write_obstacles(study: StudyFolder, folder: Path) -> None:
    """
    Write the walls that hide, as arrays that open without being read.

    Parameters
    ----------
    study
        The study.
    folder
        Where the build writes.
    """
    from coveragekit.visibility import Obstacles

    obstacles = Obstacles.from_buildings(local_table(study, "buildings"))
    target = folder / OBSTACLES
    target.mkdir(parents=True)
    for name, array in obstacles.to_arrays().items():
        np.save(target / f"{name}.npy", array, allow_pickle=False)


def load_obstacles(study: StudyFolder, folder: Path) -> Obstacles:
    """
    Open the walls that a build has written.

    Parameters
    ----------
    study
        The study.
    folder
        A results folder.

    Returns
    -------
    Obstacles
        The walls.
    """
    from coveragekit.visibility import Obstacles

    arrays = {
        path.stem: np.load(path, allow_pickle=False)
        for path in sorted((folder / OBSTACLES).glob("*.npy"))
    }
    return Obstacles.from_arrays(arrays, crs=study.settings.crs)


def write_area(study: StudyFolder, folder: Path) -> None:
    """
    Write the study area as one row.

    Parameters
    ----------
    study
        The study.
    folder
        Where the build writes.

    Raises
    ------
    InputError
        There are neither buildings nor streets to draw it around.
    """
    import geopandas as gpd

    buildings = local_table(study, "buildings")
    streets = local_table(study, "streets")
    areas = local_table(study, "areas")
    outline = coverage.study_area(
        buildings, streets, areas, margin_m=study.settings.parameters.margin_m
    )
    if outline.is_empty:
        message = (
            "the study area is empty: none of the given areas touches the buildings "
            "(or streets) of the study; give areas that do, or leave them out"
        )
        raise InputError(message)
    row = gpd.GeoDataFrame(
        {"area_m2": [outline.area]}, geometry=[outline], crs=study.settings.crs
    )
    write_geoparquet(row, folder / "area.parquet")


def load_area(study: StudyFolder, folder: Path) -> Any:  # noqa: ANN401 - a shapely geometry
    """
    Give the study area in the local CRS.

    Parameters
    ----------
    study
        The study.
    folder
        A results folder.

    Returns
    -------
    shapely.Geometry
        The area, in metres.
    """
    row = read_geoparquet(folder / "area.parquet").to_crs(study.settings.crs)
    return row.geometry.iloc[0]


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
    from_lens = optics.hfov_from_lens(given).where(given["hfov_deg"].isna())
    given["hfov_deg"] = given["hfov_deg"].fillna(from_lens)
    given["assumed"] = [
        [*names, "hfov_deg"] if was_filled else names
        for names, was_filled in zip(given["assumed"], from_lens.notna(), strict=True)
    ]
    cameras = model.fill_camera_defaults(given)
    cameras["effective_range_m"] = optics.effective_range_m(cameras, density)
    cameras["probability"] = coverage.camera_probability(cameras)
    area = load_area(study, folder)
    shapely.prepare(area)
    places = cameras.geometry.to_crs(settings.crs)
    distance_m = shapely.distance(places.to_numpy(), area)
    cameras["inside"] = distance_m == 0.0
    cameras["active"] = _active(cameras, settings.as_of)
    reaches = distance_m <= cameras["effective_range_m"].to_numpy()
    has_range = cameras["effective_range_m"].to_numpy() > 0.0
    cameras["used"] = cameras["active"].to_numpy() & reaches & has_range
    write_geoparquet(cameras, folder / "cameras.parquet")


def _active(cameras: pd.DataFrame, as_of: object) -> NDArray[np.bool_]:
    begun = cameras["active_from"].isna() | (cameras["active_from"] <= as_of)
    not_ended = cameras["active_to"].isna() | (cameras["active_to"] > as_of)
    return (begun & not_ended).to_numpy(dtype=np.bool_)


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
        In metres, ``range_m`` being the range in force, index 0 to n-1.
    """
    cameras = read_geoparquet(folder / "cameras.parquet")
    used = cameras[cameras["used"]].reset_index(drop=True)
    used = used.to_crs(study.settings.crs)
    used["given_range_m"] = used["range_m"]
    used["range_m"] = used["effective_range_m"]
    return used


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
    import geopandas as gpd

    from coveragekit.visibility import isovists, mount

    parameters = study.settings.parameters
    cameras = used_cameras(study, folder)
    obstacles = load_obstacles(study, folder)
    mounting = mount(cameras, obstacles, mount_depth_m=parameters.mount_depth_m)
    views = isovists(
        cameras,
        obstacles,
        chord_tolerance_m=parameters.chord_tolerance_m,
        mounting=mounting,
    )
    columns = ["camera_id", "kind", "access", "probability", "effective_range_m"]
    frame = gpd.GeoDataFrame(
        cameras[columns].assign(area_m2=views.area),
        geometry=views.to_numpy(),
        crs=views.crs,
    )
    for name in MOUNTING:
        frame[f"mount_{name}" if name in ("x", "y") else name] = mounting[name]
    write_geoparquet(frame, folder / "isovists.parquet")


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
    return read_geoparquet(folder / "isovists.parquet").to_crs(study.settings.crs)


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
