"""Steps that prepare the ground: walls and privacy zones, the surface, the area."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from coveragekit import coverage
from coveragekit.errors import InputError
from coveragekit.study.folder import (
    ASKED_AGAIN,
    file_key,
    read_geoparquet,
    write_geoparquet,
)
from coveragekit.study.hides import (
    OBSTACLES,
    SURFACE,
    open_obstacles,
    open_surface,
)
from coveragekit.study.kept import kept

if TYPE_CHECKING:
    from pathlib import Path

    import geopandas as gpd

    from coveragekit.study.folder import StudyFolder
    from coveragekit.visibility import Obstacles, Surface
    from coveragekit.visibility.zones import Zones

__all__ = [
    "load_area",
    "load_hides",
    "load_obstacles",
    "load_surface",
    "load_zones",
    "local_table",
    "write_area",
    "write_obstacles",
    "write_surface",
]

UNKNOWN: Final = f"{SURFACE}/unknown.parquet"
SURFACE_FACTS: Final = f"{SURFACE}/facts.json"
SURFACE_MARGIN_M: Final = 10.0
# A scene may draw a camera this many standard deviations from where it is recorded.
FARTHEST_DRAW: Final = 5.0


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
    crs = study.settings.crs
    path = study.table_path(name)
    if name not in ASKED_AGAIN or not path.exists():
        return study.table(name).to_crs(crs)
    return kept((*file_key(path), crs), lambda: study.table(name).to_crs(crs))


def write_obstacles(study: StudyFolder, folder: Path) -> None:
    """
    Write the walls that hide, and the privacy zones, as arrays that open unread.

    Parameters
    ----------
    study
        The study.
    folder
        Where the build writes.
    """
    from coveragekit.visibility import Obstacles

    obstacles = Obstacles.from_buildings(
        local_table(study, "buildings"), local_table(study, "privacy_zones")
    )
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
    return open_obstacles(folder, study.settings.crs)


def write_surface(study: StudyFolder, folder: Path) -> None:
    """
    Write the ground and the roofs on it, as arrays that open without being read.

    Parameters
    ----------
    study
        The study.
    folder
        Where the build writes.
    """
    import geopandas as gpd

    from coveragekit.sources import read_terrain
    from coveragekit.visibility import Surface

    settings = study.settings
    parameters = settings.parameters
    cameras = read_geoparquet(folder / "cameras.parquet")
    # Those too that show the area only at a looser band than the study's.
    standing = cameras["reaches"] | cameras["shows"]
    places = cameras.loc[standing, "geometry"].to_crs(settings.crs)
    # All that is looked at, and all that may stand between it and a camera.
    minx, miny, maxx, maxy = (
        load_area(study, folder).union(places.union_all().envelope).bounds
    )
    errors = cameras.loc[cameras["reaches"], "position_error_m"].to_numpy()
    margin = SURFACE_MARGIN_M + FARTHEST_DRAW * float(np.max(errors, initial=0.0))
    path = study.terrain_path
    surface = Surface.from_buildings(
        local_table(study, "buildings"),
        read_terrain(path) if path.exists() else None,
        bounds=(minx - margin, miny - margin, maxx + margin, maxy + margin),
        resolution_m=parameters.surface_resolution_m,
        storey_m=parameters.storey_m,
        default_height_m=parameters.default_height_m,
        zones=local_table(study, "privacy_zones"),
    )
    target = folder / SURFACE
    target.mkdir(parents=True)
    for name, array in surface.to_arrays().items():
        np.save(target / f"{name}.npy", array, allow_pickle=False)
    area = load_area(study, folder)
    unknown = surface.unknown_area().intersection(area)
    row = gpd.GeoDataFrame(
        {"area_m2": [unknown.area]}, geometry=[unknown], crs=settings.crs
    )
    write_geoparquet(row, folder / UNKNOWN)
    facts = {
        "building_heights": surface.height_counts,
        "has_terrain": path.exists(),
        "unknown_m2": round(unknown.area, 1),
    }
    (folder / SURFACE_FACTS).write_text(json.dumps(facts, indent=1) + "\n", "utf-8")


def load_surface(study: StudyFolder, folder: Path) -> Surface:
    """
    Open the ground and the roofs that a build has written.

    Parameters
    ----------
    study
        The study.
    folder
        A results folder.

    Returns
    -------
    Surface
        The surface.
    """
    return open_surface(folder, study.settings.crs)


def load_zones(study: StudyFolder, folder: Path) -> Zones:
    """
    Open the places that no camera may look into.

    Parameters
    ----------
    study
        The study.
    folder
        A results folder.

    Returns
    -------
    Zones
        Those that every look of the build obeys.
    """
    return load_obstacles(study, folder).zones


def load_hides(study: StudyFolder, folder: Path) -> Obstacles | Surface:
    """
    Open what hides in this study: walls of any height, or the surface.

    Parameters
    ----------
    study
        The study.
    folder
        A results folder.

    Returns
    -------
    Obstacles or Surface
        As the study's ``relief`` says.
    """
    if study.settings.relief == "surface":
        return load_surface(study, folder)
    return load_obstacles(study, folder)


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
        The area, in metres; where things hide by height without the ground whose
        height is not known.
    """
    crs = study.settings.crs
    area = read_geoparquet(folder / "area.parquet").to_crs(crs).geometry.iloc[0]
    path = folder / UNKNOWN
    if not path.exists():
        return area
    return area.difference(read_geoparquet(path).to_crs(crs).geometry.iloc[0])
