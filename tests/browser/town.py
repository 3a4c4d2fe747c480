"""A small simulated city, built as a user would, with names that mean harm."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd

from coveragekit.sources import CitySize
from coveragekit.study import Study, create_city
from coveragekit.study.folder import write_geoparquet
from tests.dashboards.fixture_summary import HOSTILE_IMAGE, HOSTILE_SCRIPT

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["HOSTILE_IMAGE", "HOSTILE_SCRIPT", "SIZE", "build_town"]

SIZE = CitySize(buildings=220, cameras=48, incidents=1200)
_SEED = 4


def build_town(folder: Path) -> Study:
    """Make and build it; a camera, an area and a street have hostile names."""
    made = create_city(folder, SIZE, seed=_SEED)
    for table, name in (
        ("cameras", HOSTILE_IMAGE),
        ("areas", f"{HOSTILE_SCRIPT} ward"),
        ("streets", f"{HOSTILE_SCRIPT} Street"),
    ):
        _rename_first(made.path / f"{table}.parquet", name)
    study = Study.open(folder)
    study.build()
    return study


def _rename_first(path: Path, name: str) -> None:
    frame = gpd.read_parquet(path)
    first = frame["name"].iloc[0]
    frame["name"] = frame["name"].where(frame["name"] != first, name)
    if frame["name"].iloc[0] != name:  # it had none
        frame.loc[frame.index[0], "name"] = name
    write_geoparquet(frame, path)
