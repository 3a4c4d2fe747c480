"""Steps that measure how much of the ground and of the streets is seen."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np

from coveragekit import coverage, optics
from coveragekit.study.folder import write_geoparquet
from coveragekit.study.ground import (
    load_area,
    load_isovists,
    load_mounting,
    load_obstacles,
    local_table,
    used_cameras,
)
from coveragekit.study.shares import COUNTED, basis_words, camera_groups, share_json

if TYPE_CHECKING:
    from pathlib import Path

    import geopandas as gpd
    from scipy.sparse import csr_array

    from coveragekit.study.folder import StudyFolder
    from coveragekit.study.settings import Settings

__all__ = ["basis", "sees", "write_json", "write_raster", "write_streets"]


def basis(settings: Settings, what: str) -> str:
    """
    Give in words what one share rests on.

    Parameters
    ----------
    settings
        The study's settings.
    what
        What it is a share of, and how it was measured.

    Returns
    -------
    str
        One line.
    """
    density = optics.band_density_px_per_m(settings.purpose, settings.edition)
    return f"{what}; {basis_words(settings, density)}"


def write_json(path: Path, content: Any) -> None:  # noqa: ANN401 - whatever JSON holds
    """
    Write what JSON can hold, the same bytes for the same content.

    Parameters
    ----------
    path
        The file.
    content
        What to write.
    """
    path.write_text(json.dumps(content, indent=1, allow_nan=False) + "\n", "utf-8")


def write_raster(study: StudyFolder, folder: Path) -> None:
    """
    Write how many cameras see each place, and the share of public ground seen.

    Parameters
    ----------
    study
        The study.
    folder
        Where the build writes.
    """
    settings = study.settings
    resolution_m = settings.parameters.resolution_m
    area = load_area(study, folder)
    views = load_isovists(study, folder)
    groups = camera_groups(views)
    members = groups[COUNTED]
    raster = coverage.multiplicity(
        views.geometry[members],
        views["probability"][members],
        resolution_m,
        area=area,
    )
    coverage.to_cog(raster, folder / "multiplicity.tif")
    share = coverage.area_share(
        views.geometry,
        area,
        local_table(study, "buildings"),
        probability=views["probability"],
        resolution_m=resolution_m,
        groups=groups,
    )
    words = f"ground without buildings, cells of {resolution_m:g} m"
    write_json(folder / "area.json", share_json(share, basis(settings, words)))


def sees(study: StudyFolder, folder: Path, points: gpd.GeoSeries) -> csr_array:
    """
    Tell which used camera sees which point, from where each camera hangs.

    Parameters
    ----------
    study
        The study.
    folder
        A results folder with obstacles, cameras and isovists.
    points
        Points in the local CRS.

    Returns
    -------
    scipy.sparse.csr_array
        Bool, points by used cameras.
    """
    from coveragekit.visibility import who_sees

    return who_sees(
        points,
        used_cameras(study, folder),
        load_obstacles(study, folder),
        mounting=load_mounting(load_isovists(study, folder)),
    )


def write_streets(study: StudyFolder, folder: Path) -> None:
    """
    Write how much of each public street is seen, and the share of street length.

    Parameters
    ----------
    study
        The study.
    folder
        Where the build writes.
    """
    settings = study.settings
    spacing_m = settings.parameters.street_spacing_m
    streets = local_table(study, "streets")
    samples = coverage.street_samples(streets, load_area(study, folder), spacing_m)
    seen_by = sees(study, folder, samples.geometry)
    cameras = used_cameras(study, folder)
    groups = camera_groups(cameras)
    length_m = samples["length_m"].to_numpy()
    share = coverage.point_share(
        seen_by, cameras["probability"], weights=length_m, unit="m", groups=groups
    )
    chance = coverage.point_probability(
        seen_by, cameras["probability"], groups[COUNTED]
    )
    samples["seen_m"] = chance * length_m
    by_street = samples.groupby("street", sort=False)[["length_m", "seen_m"]].sum()
    rows = streets.loc[by_street.index, ["street_id", "name", "highway", "geometry"]]
    rows["length_m"] = by_street["length_m"].round(3)
    rows["seen_m"] = np.minimum(by_street["seen_m"].round(3), rows["length_m"])
    write_geoparquet(rows, folder / "street_coverage.parquet")
    words = f"public streets, a line of sight every {spacing_m:g} m"
    write_json(folder / "streets.json", share_json(share, basis(settings, words)))
