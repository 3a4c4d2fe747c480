"""Gather all that the proof of one place is drawn from."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
import shapely

from coveragekit import optics
from coveragekit.crs import to_grid_bearing_deg
from coveragekit.errors import InputError
from coveragekit.reports.profile import Profile, profile_of
from coveragekit.reports.words import plain

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas as gpd
    from numpy.typing import NDArray

    from coveragekit.study import Study
    from coveragekit.study.explain import Answer
    from coveragekit.visibility import Profile as Relief

__all__ = ["Evidence", "Facts", "gather"]

# So far around the line of sight buildings and streets are looked for.
_AROUND_M: Final = 150.0
_NAMED: Final = 5
# So many cameras are drawn and listed; the others are counted.
_SHOWN: Final = 8


@dataclass(frozen=True, slots=True)
class Facts:
    """
    What the proof is of, in words.

    Parameters
    ----------
    study
        Name of the study.
    lon, lat
        The place, degrees.
    date
        The time whose cameras are looked at, in the study's zone.
    purpose
        Purpose with its pixels and the edition of the standard.
    light
        ``"day"`` or ``"night"``.
    target_height_m
        What is looked at, metres above the ground.
    simulated
        Whether any row of the study is made up.
    sources
        Whose data are used and under which licence, a sentence each.
    north_deg
        True north, clockwise from up on the sheet.
    """

    study: str
    lon: float
    lat: float
    date: str
    purpose: str
    light: str
    target_height_m: float
    simulated: bool
    sources: tuple[str, ...]
    north_deg: float


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """
    All that the proof of one place is drawn from, metres in the study's local CRS.

    Parameters
    ----------
    facts
        What it is of, in words.
    place
        x and y of the place.
    cameras
        A row for each camera, those that see the place first: what
        :func:`coveragekit.coverage.explain` gives, with ``label``, ``kind``,
        ``access``, ``status``, ``hfov_deg`` and ``has_bearing``; numbered from 0.
    chosen
        The row that the section is of; ``None`` where there is no camera.
    buildings
        Those around.
    streets
        Those around.
    zones
        Privacy zones around, into which no camera may look.
    view
        What the chosen camera sees, where that is known.
    profile
        The section from the chosen camera to the place.
    """

    facts: Facts
    place: tuple[float, float]
    cameras: pd.DataFrame
    chosen: int | None
    buildings: gpd.GeoDataFrame
    streets: gpd.GeoDataFrame
    zones: gpd.GeoDataFrame
    view: shapely.Geometry | None
    profile: Profile | None

    @property
    def shown(self) -> list[int]:
        """The rows that are drawn and listed: the chosen one and the first others."""
        others = [row for row in range(len(self.cameras)) if row != self.chosen]
        first = [] if self.chosen is None else [self.chosen]
        return sorted([*first, *others][:_SHOWN])

    @property
    def wall(self) -> str | None:
        """The building that keeps the chosen camera from the place."""
        if self.chosen is None:
            return None
        told = self.camera(self.chosen)["blocked_by"]
        return str(told) if isinstance(told, str) else None

    def camera(self, row: int) -> dict[str, Any]:
        """Give one camera's row."""
        return {str(name): self.cameras[name].iloc[row] for name in self.cameras}

    @property
    def seeing(self) -> pd.DataFrame:
        """The cameras that see the place."""
        return self.cameras[_sees(self.cameras)]

    def title(self, row: int) -> str:
        """Give a camera's name with its id, where that is another."""
        camera = self.camera(row)
        own = plain(camera["camera_id"])
        label = str(camera["label"])
        return label if label == own else f"{label} ({own})"

    @property
    def headline(self) -> str:
        """How many cameras see the place, in one sentence."""
        certain = int((self.cameras["verdict"] == "sees").sum())
        perhaps = len(self.seeing) - certain
        if not certain and not perhaps:
            return "No camera sees this place"
        said = f"{certain} camera{'' if certain == 1 else 's'}"
        if not certain:
            return f"Perhaps seen by {perhaps} camera{'' if perhaps == 1 else 's'}"
        return f"Seen by {said}" + (f", perhaps by {perhaps} more" if perhaps else "")


def gather(study: Study, answer: Answer, *, camera_id: str | None) -> Evidence:
    """
    Gather all that the proof of one place is drawn from.

    Parameters
    ----------
    study
        The study.
    answer
        What it says of the place.
    camera_id
        The camera that the section is of; ``None``: the one that matters.

    Returns
    -------
    Evidence
        Ready to be drawn.

    Raises
    ------
    InputError
        No camera near the place has that name.
    """
    cameras = _cameras(answer)
    chosen = _choose(cameras, camera_id)
    place = (float(answer.place.x), float(answer.place.y))
    here = cameras.loc[[] if chosen is None else [chosen], ["x", "y"]].to_numpy()
    around = shapely.MultiPoint([place, *here.tolist()]).envelope.buffer(_AROUND_M)
    buildings = _nearby(study, "buildings", around)
    profile = None
    if chosen is not None:
        profile = profile_of(
            cameras.iloc[chosen].to_dict(),
            place,
            buildings,
            parameters=study.settings.parameters,
            relief=_relief(answer, chosen),
        )
    return Evidence(
        facts=_facts(study, answer),
        place=place,
        cameras=cameras,
        chosen=chosen,
        buildings=buildings,
        streets=_nearby(study, "streets", around),
        zones=_nearby(study, "privacy_zones", around),
        view=None
        if chosen is None
        else _view(study, answer, cameras.iloc[chosen].to_dict()),
        profile=profile,
    )


def _relief(answer: Answer, row: int) -> Relief | None:
    """Give the heights along the line, where the study hides by height."""
    if answer.surface is None:
        return None
    from coveragekit.visibility import sight_profile

    return sight_profile(
        (answer.place.x, answer.place.y),
        answer.cameras.iloc[[row]].assign(range_m=1.0),
        answer.surface,
        target_height_m=answer.question.target_height_m,
        mounting=answer.reasons.iloc[[row]][["x", "y", "mount"]],
    )


def _cameras(answer: Answer) -> pd.DataFrame:
    rows = answer.reasons.reset_index(drop=True)
    given = answer.cameras.reset_index(drop=True)
    for column in ("kind", "access", "status", "tilt_deg", "hfov_deg", "vfov_deg"):
        rows[column] = given[column]
    rows["has_bearing"] = given["bearing_deg"].notna()
    rows["height_is_assumed"] = [
        "mount_height_m" in names or "tilt_deg" in names for names in given["assumed"]
    ]
    names = zip(given["name"], given["camera_id"], strict=True)
    rows["label"] = [plain(name) or plain(label) for name, label in names]
    return rows


def _sees(cameras: pd.DataFrame) -> NDArray[np.bool_]:
    return np.asarray(cameras["verdict"].str.startswith("sees"), dtype=np.bool_)


def _named(cameras: pd.DataFrame, asked: str) -> int:
    """Give the camera of an id, or of a name that one camera alone has."""
    ids = cameras["camera_id"].astype(str)
    found = np.flatnonzero(ids == asked)
    if len(found):
        return int(found[0])
    called = np.flatnonzero(cameras["label"] == plain(asked))
    if len(set(ids.iloc[called])) == 1:
        return int(called[0])
    words = dict(zip(ids, cameras["label"], strict=True))
    close = get_close_matches(asked, [*words, *words.values()], n=_NAMED, cutoff=0.4)
    first = [key for key, name in words.items() if key in close or name in close]
    told = [
        key if words[key] == key else f"{words[key]} ({key})"
        for key in list(dict.fromkeys([*first, *words]))[:_NAMED]
    ]
    near = f"near it are {', '.join(told)}" if told else "there is none near it"
    several = " alone" if len(called) else ""
    message = f"no camera near the place is called {asked!r}{several}; {near}"
    raise InputError(message)


def _choose(cameras: pd.DataFrame, camera_id: str | None) -> int | None:
    """Give the camera asked for, or the one that matters most for the place."""
    if camera_id is not None:
        return _named(cameras, camera_id)
    if len(cameras) == 0:
        return None
    if _sees(cameras).any():
        best = cameras[_sees(cameras)]
        best = best[best["verdict"] == best["verdict"].iloc[0]]
        sharpest = best["pixel_density_px_per_m"].fillna(0.0).to_numpy().argmax()
        return int(best.index[sharpest])
    almost = [*np.flatnonzero(cameras["would_see"]), *_held_up(cameras)]
    return int(almost[0]) if almost else 0


def _held_up(cameras: pd.DataFrame) -> list[int]:
    """Give the cameras that a wall alone keeps from the place, the nearest first."""
    return [int(row) for row in np.flatnonzero(cameras["verdict"] == "blocked")]


def _facts(study: Study, answer: Answer) -> Facts:
    from coveragekit.maps.credits import licences

    settings = study.settings
    here = shapely.Point(answer.lon, answer.lat)
    edition = optics.edition(settings.edition)
    density = optics.band_density_px_per_m(settings.purpose, settings.edition)
    when = answer.question.as_of or settings.as_of
    local = pd.Timestamp(when).tz_convert(settings.time_zone)
    draft = " (draft)" if edition.is_draft else ""
    return Facts(
        study=plain(settings.name),
        lon=here.x,
        lat=here.y,
        date=f"{local:%Y-%m-%d %H:%M} ({settings.time_zone})",
        purpose=(
            f"{settings.purpose}, {density:g} px/m, IEC 62676-4 edition "
            f"{edition.name}{draft}"
        ),
        light=answer.question.light,
        target_height_m=answer.question.target_height_m,
        simulated=settings.simulated,
        sources=tuple(plain(words) for words in licences(study)),
        north_deg=float(
            to_grid_bearing_deg(0.0, answer.place.x, answer.place.y, crs=settings.crs)
        ),
    )


def _nearby(study: Study, name: str, around: shapely.Geometry) -> gpd.GeoDataFrame:
    """Give the rows of a table that touch an area, in the local CRS."""
    import geopandas as gpd

    from coveragekit.crs import WGS84

    settings = study.settings
    box = gpd.GeoSeries([around], crs=settings.crs).to_crs(WGS84).total_bounds
    table = study.table(name)
    touched = shapely.intersects(table.geometry.to_numpy(), shapely.box(*box))
    return table[touched].to_crs(settings.crs).reset_index(drop=True)


def _view(study: Study, answer: Answer, camera: Mapping[Any, Any]) -> Any:  # noqa: ANN401 - a geometry
    """Give what the chosen camera sees by the study's own results, and by the light."""
    from coveragekit.study.folder import read_geoparquet

    views = read_geoparquet(answer.results.path / "isovists.parquet")
    own = views[views["camera_id"] == camera["camera_id"]]
    night_m = float(camera["night_range_m"])
    if len(own) == 0 or night_m <= 0.0:
        return None
    by_day = own.to_crs(study.settings.crs).geometry.union_all()
    if not np.isfinite(night_m):
        return by_day
    eye = shapely.Point(camera["x"], camera["y"])
    return by_day.intersection(eye.buffer(night_m, quad_segs=32))
