"""A small simulated city whose cameras are of a registry, with a privacy zone."""

from __future__ import annotations

import math
import shutil
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from coveragekit import access
from coveragekit.access import Purpose, User, left
from coveragekit.registry import consent
from coveragekit.registry.consent_rules import Act
from coveragekit.sources import CitySize
from coveragekit.study import Input, Study, create_city
from coveragekit.study.origin import made_of_registry
from coveragekit.study.replacing import replace_table
from tests.access.scene import Scene

if TYPE_CHECKING:
    import geopandas as gpd
    import pytest

__all__ = ["ZONE", "Registered", "apart", "register_town", "settings_of"]

ZONE = "Maple School"
_SIZE = CitySize(buildings=120, cameras=30, incidents=500)
_TAKEN = (
    *("name", "kind", "bearing_deg", "hfov_deg", "width_px", "height_px"),
    *("mount_height_m", "range_m", "status", "ptz_presets"),
)
_BOSS = User("kim", "administrator")
_OFFICE = Purpose("administration")
_PLANNING = Purpose("planning")
_METRES = 111_320.0


@dataclass(frozen=True)
class Registered:
    """The city, its registry, and the camera that looks at the zone."""

    study: Study
    url: str
    looks_at_zone: str

    def withdraw(self, camera_id: str) -> None:
        """Let the owner of a camera leave."""
        act = Act(side="owner", name="owner", role="owner")
        with (
            access.open_door(self.url, sign=False) as door,
            door.registry.write() as connection,
        ):
            consent.move(connection, camera_id, "withdrawn", act=act)

    def ids(self) -> list[str]:
        """Give the ids of the cameras that the build has used, from west to east."""
        cameras = self.study.results().cameras()
        used = cameras.loc[cameras.geometry.x.argsort()]
        return [str(one) for one in used.loc[used["used"], "camera_id"]]


def settings_of(folder: Path) -> dict[str, str]:
    """Give the environment in which a registry of a test lies apart from the user's."""
    return {
        "COVERAGEKIT_REGISTRY": str(folder / "private" / "registry.sqlite"),
        "COVERAGEKIT_CHECKPOINTS": str(folder / "checkpoints"),
        "COVERAGEKIT_AUDIT_KEY": str(folder / "keys" / "audit.pem"),
    }


def apart(
    town: Registered, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> Registered:
    """Give the city with a copy of its registry that a test may change, and name it."""
    told = settings_of(folder)
    for name, value in told.items():
        monkeypatch.setenv(name, value)
    path = Path(told["COVERAGEKIT_REGISTRY"])
    path.parent.mkdir(parents=True)
    path.touch(mode=0o600)
    shutil.copyfile(town.url, path)
    monkeypatch.setattr(left, "_ANSWERS", {})
    return replace(town, url=str(path))


def register_town(folder: Path) -> Registered:
    """Make the city and its registry, take the cameras from there, and build it."""
    url = settings_of(folder)["COVERAGEKIT_REGISTRY"]
    made = create_city(folder / "city", _SIZE, seed=7)
    given = made.table("cameras")
    with access.open_door(url, create=True, sign=False) as door:
        scene = Scene(door)
        ids = [scene.registered(**_values(row)) for _, row in given.iterrows()]
        looks = _ahead(given)
        ring = _ring(given.geometry.iloc[looks], given["bearing_deg"].iloc[looks])
        values = {"ring": [ring], "name": ZONE}
        access.add_row(_BOSS, _OFFICE, "privacy_zone", values=values, registry=door)
        tables = {
            "privacy_zones": access.zones(_BOSS, _PLANNING, registry=door),
            "cameras": access.cameras(_BOSS, _PLANNING, registry=door),
        }
        source = made_of_registry(door.registry.registry_id)
    study = Study.open(made.path)
    for name, frame in tables.items():
        told = Input(name, source, offered=len(frame), kept=len(frame))
        study = replace_table(study, name, frame, source=told)
    study.build()
    return Registered(study, url, ids[looks])


def _values(row: pd.Series[Any]) -> dict[str, Any]:
    told = {name: row[name] for name in _TAKEN if _is_there(row[name])}
    plain = {
        name: one.item() if hasattr(one, "item") else one for name, one in told.items()
    }
    return {**plain, "lon": row.geometry.x, "lat": row.geometry.y}


def _is_there(value: object) -> bool:
    return not pd.api.types.is_scalar(value) or not pd.isna(value)


def _ahead(cameras: gpd.GeoDataFrame) -> int:
    """Give a camera that looks one way, the nearest to the middle of the city."""
    metric = cameras.geometry.to_crs(cameras.estimate_utm_crs())
    away = metric.distance(metric.union_all().centroid)
    plain = cameras["bearing_deg"].notna() & (cameras["kind"] == "bullet")
    return int(away.where(plain).argmin())


def _ring(point: Any, bearing_deg: float) -> list[list[float]]:
    """Give a square of 16 m, its middle 10 m ahead of a camera."""
    east, north = (
        math.sin(math.radians(bearing_deg)),
        math.cos(math.radians(bearing_deg)),
    )
    wide = _METRES * math.cos(math.radians(point.y))
    lon, lat = point.x + 10.0 * east / wide, point.y + 10.0 * north / _METRES
    dx, dy = 8.0 / wide, 8.0 / _METRES
    corners = ((-dx, -dy), (dx, -dy), (dx, dy), (-dx, dy), (-dx, -dy))
    return [[lon + x, lat + y] for x, y in corners]
