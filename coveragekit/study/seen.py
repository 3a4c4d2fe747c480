"""Steps that measure how much of the ground and of the streets is seen."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np

from coveragekit import coverage, optics
from coveragekit.study.cameras import (
    load_isovists,
    load_mounting,
    used_cameras,
    views_of,
)
from coveragekit.study.folder import file_key, write_geoparquet
from coveragekit.study.ground import load_area, local_table
from coveragekit.study.kept import kept
from coveragekit.study.looking import Onlooker, share_facts
from coveragekit.study.places import write_look
from coveragekit.study.shares import (
    COUNTED,
    WORKING,
    basis_words,
    fact,
    groups_in_service,
    rounded,
    share_json,
)

if TYPE_CHECKING:
    from pathlib import Path

    import geopandas as gpd
    from numpy.typing import NDArray

    from coveragekit.coverage import ByHour
    from coveragekit.study.folder import StudyFolder
    from coveragekit.study.places import Look
    from coveragekit.study.settings import Settings

__all__ = [
    "basis",
    "street_places",
    "study_place",
    "write_json",
    "write_raster",
    "write_streets",
]


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
    buildings = local_table(study, "buildings")
    cameras = used_cameras(study, folder)
    views = load_isovists(study, folder)
    groups = groups_in_service(cameras)
    members = groups[COUNTED]
    raster = coverage.multiplicity(
        views.geometry[members],
        views["probability"][members],
        resolution_m,
        area=area,
    )
    coverage.to_cog(raster, folder / "multiplicity.tif")
    del raster  # as large as the next one
    ground = coverage.Ground.of(area, buildings, resolution_m)

    def shares(
        shapes: gpd.GeoSeries, groups: dict[str, NDArray[np.bool_]]
    ) -> coverage.Share:
        return coverage.area_share(
            shapes,
            area,
            buildings,
            probability=views["probability"],
            resolution_m=resolution_m,
            groups=groups,
            units=views["camera_id"],
            ground=ground,
        )

    day = shares(views.geometry, groups)
    by_night = views_of(
        study, folder, cameras, mounting=load_mounting(views), light="night"
    )
    night = shares(by_night, {COUNTED: members, WORKING: groups[WORKING]})
    values = {name: rounded(value) for name, value in day.group_values.items()}
    facts = {
        "groups": values,
        "by_light": {
            "day": fact(values[COUNTED]),
            "night": fact(night.group_values[COUNTED]),
        },
        "working_now": fact(values[WORKING]),
        "working_by_night": fact(night.group_values[WORKING]),
    }
    words = f"ground without buildings, cells of {resolution_m:g} m"
    share = share_json(facts, basis(settings, words), total=day.total, unit=day.unit)
    write_json(folder / "area.json", share)


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
    samples = street_places(study, folder)
    onlooker = Onlooker.of(study, folder)
    length_m = samples["length_m"].to_numpy(dtype=np.float64)
    xy = np.column_stack([samples.geometry.x, samples.geometry.y])
    look = onlooker.look(xy, {"street_length": length_m})
    write_look(folder, "streets", look)
    facts = share_facts(
        onlooker,
        look,
        "street_length",
        total=float(length_m.sum()),
        turned_away=onlooker.turned_away(look),
    )
    facts["by_hour"] = _by_hour(study, onlooker, look)
    chance = onlooker.chance(look.day)
    samples["seen_m"] = chance * length_m
    by_street = samples.groupby("street", sort=False)[["length_m", "seen_m"]].sum()
    rows = streets.loc[by_street.index, ["street_id", "name", "highway", "geometry"]]
    rows["length_m"] = by_street["length_m"].round(3)
    rows["seen_m"] = np.minimum(by_street["seen_m"].round(3), rows["length_m"])
    write_geoparquet(rows, folder / "street_coverage.parquet")
    words = f"public streets, a line of sight every {spacing_m:g} m"
    share = share_json(
        facts, basis(settings, words), total=float(length_m.sum()), unit="m"
    )
    write_json(folder / "streets.json", share)


def street_places(study: StudyFolder, folder: Path) -> gpd.GeoDataFrame:
    """
    Give the places along the public streets of the study area.

    Parameters
    ----------
    study
        The study.
    folder
        Where the build writes.

    Returns
    -------
    geopandas.GeoDataFrame
        As :func:`coveragekit.coverage.street_samples` gives them, in metres.
    """
    spacing_m = study.settings.parameters.street_spacing_m

    def sample() -> gpd.GeoDataFrame:
        area, streets = load_area(study, folder), local_table(study, "streets")
        return coverage.street_samples(streets, area, spacing_m)

    return kept(("places", *file_key(folder / "area.parquet"), spacing_m), sample)


def _by_hour(study: StudyFolder, onlooker: Onlooker, look: Look) -> dict[str, Any]:
    """Give the share of street length seen in each local hour of the week."""
    settings = study.settings
    lon, lat = study_place(study)
    year = settings.as_of.year
    counted = onlooker.groups[COUNTED]
    found = coverage.hourly_share(
        look.day[:, counted],
        look.night[:, counted],
        onlooker.probability[counted],
        service=coverage.service(
            onlooker.cameras[counted],
            settings.time_zone,
            lon=lon,
            lat=lat,
            year=year,
            dated=False,
        ),
        darkness=coverage.darkness_by_hour(
            lon, lat, time_zone=settings.time_zone, year=year
        ),
        weights=look.weights["street_length"],
        units=onlooker.units[counted],
    )
    words = (
        "by the cameras of the study's time, by day or night as that hour is over its "
        "year, in their hours of recording"
    )
    return hours_json(found, words)


def hours_json(found: ByHour, basis: str) -> dict[str, Any]:
    """
    Give a share by hour of the week as the summary holds it.

    Parameters
    ----------
    found
        Share and weight of each local hour, Monday 00:00 first.
    basis
        What it rests on.

    Returns
    -------
    dict
        ``value`` (null of nothing) and ``weight``, 168 of each, and ``basis``.
    """
    return {
        "value": [
            None if np.isnan(value) else rounded(float(value)) for value in found.value
        ],
        "weight": [round(float(weight), 3) for weight in found.weight],
        "basis": basis,
    }


def study_place(study: StudyFolder) -> tuple[float, float]:
    """
    Give one place that stands for the study, for the sun's rise and set.

    Parameters
    ----------
    study
        The study.

    Returns
    -------
    tuple of float
        Longitude and latitude of the middle of its buildings or streets, degrees.
    """
    tables = (study.table(name) for name in ("buildings", "streets"))
    table = next(table for table in tables if len(table))
    minx, miny, maxx, maxy = table.total_bounds
    return float(minx + maxx) / 2.0, float(miny + maxy) / 2.0
