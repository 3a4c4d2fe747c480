"""Why a place is seen or not: the reasons of each camera near it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, Literal
from zoneinfo import ZoneInfo

import numpy as np

from coveragekit.coverage import Explainer, Question
from coveragekit.crs import WGS84
from coveragekit.errors import InputError, StudyError
from coveragekit.optics import band_density_px_per_m
from coveragekit.study.cameras import footprints_of, mounting_of, turned
from coveragekit.study.folder import StudyFolder, read_geoparquet
from coveragekit.study.ground import load_area, load_obstacles, load_surface

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from pathlib import Path

    import geopandas as gpd
    import pandas as pd
    from numpy.typing import NDArray
    from shapely import Geometry, Point

    from coveragekit.study.folder import Results
    from coveragekit.study.settings import Settings
    from coveragekit.visibility import Obstacles, Surface

__all__ = ["Answer", "ask_place", "explain_place"]

FAR_M: Final = 2000.0
# Of a camera's row only this is kept in memory between two questions.
_COLUMNS: Final = (
    *("camera_id", "name", "kind", "access", "status", "active_from", "active_to"),
    *("recording_hours", "bearing_deg", "tilt_deg", "hfov_deg", "vfov_deg"),
    *("width_px", "mount_height_m", "range_m", "ir_range_m", "probability"),
    *("ptz_presets", "assumed", "geometry"),
)
# Settings that decide what is seen; results of others do not answer.
_DECIDING: Final = ("crs", "purpose", "edition", "relief", "ptz")
_SHOWN: Final = ("name", "kind", "access", "probability")


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """
    What is known of one place, with all that it was worked out from.

    Parameters
    ----------
    place
        The place, in the study's local CRS.
    reasons
        The table of :func:`coveragekit.coverage.explain`, local CRS.
    cameras
        The cameras of its rows, in the same order, local CRS.
    results
        The results that were asked.
    surface
        Ground and roofs, where walls and hills hide by their height.
    question
        What "sees" was to mean.
    building_id
        The building over the place, if any.
    lon, lat
        The place, degrees.
    """

    place: Point
    reasons: pd.DataFrame
    cameras: gpd.GeoDataFrame
    results: Results
    surface: Surface | None
    question: Question
    building_id: str | None
    lon: float
    lat: float

    def to_table(self) -> gpd.GeoDataFrame:
        """Give one row a camera at its place, EPSG:4326, those that see it first."""
        import geopandas as gpd

        rows = self.reasons.drop(columns=["x", "y", "mount", "turn_deg"])
        for column in _SHOWN:
            rows[column] = self.cameras[column].to_numpy()
        located = self.cameras.geometry.to_crs(WGS84)
        table = gpd.GeoDataFrame(rows, geometry=located.to_numpy(), crs=WGS84)
        return table.reset_index(drop=True)


def explain_place(
    study: StudyFolder,
    *,
    lon: float,
    lat: float,
    light: Literal["day", "night"] | None = None,
    when: datetime | None = None,
    purpose: str | None = None,
) -> gpd.GeoDataFrame:
    """
    Tell which cameras see a place, and why the others do not.

    Parameters
    ----------
    study
        A study that was built.
    lon, lat
        The place, degrees.
    light
        ``"day"`` or ``"night"``; ``None``: as it is ``when``, by day where no time is
        given.
    when
        The time asked about, with its zone; ``None``: the ``as_of`` of the study, any
        hour of recording.
    purpose
        Another band of the study's edition than its own, such as ``"identify"``.

    Returns
    -------
    geopandas.GeoDataFrame
        What :func:`coveragekit.coverage.explain` gives, with ``name``, ``kind``,
        ``access`` and ``probability`` of each camera, at the camera's place.

    Raises
    ------
    StudyError
        The study was never built, or its settings have changed since.
    InputError
        The place is not a longitude and latitude, or is far from the study; the light
        or the purpose is another word, or the time has no zone.
    """
    asked = ask_place(study, lon=lon, lat=lat, light=light, when=when, purpose=purpose)
    return asked.to_table()


def ask_place(
    study: StudyFolder,
    *,
    lon: float,
    lat: float,
    light: Literal["day", "night"] | None = None,
    when: datetime | None = None,
    purpose: str | None = None,
) -> Answer:
    """
    Tell which cameras see a place, with all that is needed to draw it.

    Parameters
    ----------
    study
        A study that was built.
    lon, lat
        The place, degrees.
    light
        As :func:`explain_place` takes it.
    when
        As :func:`explain_place` takes it.
    purpose
        As :func:`explain_place` takes it.

    Returns
    -------
    Answer
        The reasons and the cameras.

    Raises
    ------
    StudyError
        The study was never built, or its settings have changed since.
    InputError
        As :func:`explain_place`.
    """
    import geopandas as gpd
    from shapely import Point

    for words, value, limit in (("longitude", lon, 180.0), ("latitude", lat, 90.0)):
        if not (np.isfinite(value) and abs(value) <= limit):
            message = (
                f"{words} {value} is out of range; allowed: -{limit:g} to {limit:g}"
            )
            raise InputError(message)
    results = study.results()
    ready = _ready(study.path, study.settings, results, stamp=_stamp(results.path))
    there = gpd.GeoSeries([Point(lon, lat)], crs=WGS84).to_crs(study.settings.crs)
    distance_m = float(there.distance(ready.area).iloc[0])
    if not distance_m <= FAR_M:
        message = (
            f"{lon}, {lat} (longitude, latitude) is far from the study "
            f"({distance_m / 1000.0:,.0f} km); name a place in or near it"
        )
        raise InputError(message)
    question = _question(study, ready.built, lon=lon, lat=lat, light=light, when=when)
    explainer = ready.explainer
    if purpose is not None and purpose != study.settings.purpose:
        density = band_density_px_per_m(purpose, study.settings.edition)
        question = replace(question, density_px_per_m=density)
        explainer = _for_another(ready, study.settings, density)
    rows = explainer.ask(there.iloc[0], question)
    return Answer(
        place=there.iloc[0],
        reasons=rows,
        cameras=explainer.cameras.loc[rows.index],
        results=results,
        surface=explainer.surface,
        question=question,
        building_id=rows.attrs["building_id"],
        lon=lon,
        lat=lat,
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Ready:
    """What is read of a study's results once, and asked time after time."""

    built: Mapping[str, Any]
    area: Geometry
    explainer: Explainer


def _stamp(folder: Path) -> tuple[int, int]:
    """Give what changes when results are replaced, even under the same name."""
    found = (folder / "summary.json").stat()
    return found.st_ino, found.st_mtime_ns


# The page of one study asks again and again; a second one is for comparing two.
@lru_cache(maxsize=2)
def _ready(
    path: Path,
    settings: Settings,
    results: Results,
    *,
    stamp: tuple[int, int],  # noqa: ARG001 - only tells results from later ones
) -> _Ready:
    """Read what explaining needs from the results of a study."""
    study = StudyFolder(path, settings)
    built = results.summary
    _check_unchanged(study, built)
    everyone = read_geoparquet(results.path / "cameras.parquet").to_crs(settings.crs)
    obstacles = load_obstacles(study, results.path)
    hung = _mounting(study, results, everyone, obstacles=obstacles)
    kept = [column for column in _COLUMNS if column in everyone.columns]
    cameras = turned(everyone[kept], settings.ptz).reset_index(drop=True)
    by_height = settings.relief == "surface"
    explainer = Explainer(
        cameras,
        obstacles,
        footprints=footprints_of(cameras, settings),
        mounting=hung.loc[cameras["camera_id"]].set_axis(cameras.index),
        surface=load_surface(study, results.path) if by_height else None,
    )
    return _Ready(built, load_area(study, results.path), explainer)


# The bands of one edition, for a page whose purpose is changed to and fro.
@lru_cache(maxsize=8)
def _for_another(
    ready: _Ready, settings: Settings, density_px_per_m: float
) -> Explainer:
    """Give the explainer of a study for another purpose than its own."""
    own = ready.explainer
    return Explainer(
        own.cameras,
        own.obstacles,
        footprints=footprints_of(
            own.cameras, settings, density_px_per_m=density_px_per_m
        ),
        mounting=own.mounting,
        surface=own.surface,
    )


def _mounting(
    study: StudyFolder,
    results: Results,
    everyone: gpd.GeoDataFrame,
    *,
    obstacles: Obstacles,
) -> pd.DataFrame:
    """Give by camera_id where cameras hang, whichever way they look."""
    import pandas as pd

    from coveragekit.visibility import mount

    if "reaches" not in everyone.columns:
        message = (
            f"the results of {study.path} are of an earlier version; build it again: "
            f"coveragekit build {study.path}"
        )
        raise StudyError(message)
    reaches = everyone["reaches"].to_numpy(dtype=np.bool_)
    stored = mounting_of(results.path, everyone[reaches])
    depth_m = study.settings.parameters.mount_depth_m
    others = mount(everyone[~reaches], obstacles, mount_depth_m=depth_m)
    columns = list(others.columns)
    hung: pd.DataFrame = pd.concat([stored[columns], others]).loc[everyone.index]
    hung.index = pd.Index(everyone["camera_id"])
    return hung


def _question(
    study: StudyFolder,
    built: Mapping[str, Any],
    *,
    lon: float,
    lat: float,
    light: Literal["day", "night"] | None,
    when: datetime | None,
) -> Question:
    from coveragekit.coverage import is_dark

    if when is not None and when.tzinfo is None:
        message = f"when is {when}; allowed: a time with its zone"
        raise InputError(message)
    if light is None:
        is_night = when is not None and bool(is_dark([when], lon, lat)[0])
        light = "night" if is_night else "day"
    return Question(
        density_px_per_m=built["density_px_per_m"],
        edition=built["edition"],
        light=light,
        target_height_m=study.settings.parameters.target_height_m,
        as_of=study.settings.as_of if when is None else when,
        records=None if when is None else _Recording(study, when, lon, lat),
    )


@dataclass(frozen=True, slots=True)
class _Recording:
    """Tells of cameras which of them record at a time, in the study's zone."""

    study: StudyFolder
    when: datetime
    lon: float
    lat: float

    def __call__(self, near: gpd.GeoDataFrame) -> NDArray[np.bool_]:
        from coveragekit.coverage import hour_of_week, recording_week

        zone = self.study.settings.time_zone
        hour = int(hour_of_week([self.when], zone)[0])
        year = self.when.astimezone(ZoneInfo(zone)).year
        records = np.ones(len(near), dtype=np.bool_)
        told = near["recording_hours"]
        for row in np.flatnonzero(told.notna()):
            week = recording_week(
                told.iloc[row], zone, lon=self.lon, lat=self.lat, year=year
            )
            records[row] = week[hour] > 0.0
        return records


def _check_unchanged(study: StudyFolder, built: Mapping[str, Any]) -> None:
    settings = study.settings
    now = {name: getattr(settings, name) for name in _DECIDING}
    now["as_of"] = settings.as_of.isoformat()
    now["target_height_m"] = settings.parameters.target_height_m
    for name, value in now.items():
        if name in built and built[name] != value:
            message = (
                f"the study's {name} is now {value!r}, but its results are of "
                f"{built[name]!r}; build it again: coveragekit build {study.path}"
            )
            raise StudyError(message)
