"""A small made city, its store, and the same city really built with a change."""

import json
import shutil

import geopandas as gpd
import numpy as np
import pandas as pd
from shapely import Point

from coveragekit.coverage.pairs import sums
from coveragekit.dashboards.planner.answers import Answers
from coveragekit.dashboards.planner.whatif import WhatIf
from coveragekit.sources import CitySize
from coveragekit.study import Study, create_city
from coveragekit.study.ghost import NUMBERS
from coveragekit.view import Store

SIZE = CitySize(buildings=60, cameras=40, incidents=150)


class Desk:
    """A store with what answers for it."""

    def __init__(self, study, **meta):
        self.store = Store.open(study)
        if meta:
            self.store.meta.update(meta)
        path = self.store.folder / "summary.json"
        self.answers = Answers(self.store, json.loads(path.read_text("utf-8")))
        self.engine = WhatIf(self.store, self.answers)

    def seen(self, name, filters):
        """What is seen of a measure, and the whole, by every pair of the store."""
        answers = self.answers
        if name in {"incidents", "calls"}:
            mask = answers.event_mask(name, filters)
            return sums(answers.event_chance(name, filters), mask=mask)
        within = answers.place_mask(name, filters)
        return sums(
            answers.place_chance(name, filters),
            weight=answers.stages.places(name).weight,
            mask=None if within is None else within.astype(np.float32),
        )


def make_city(folder, **settings):
    """Make and build the city."""
    create_city(folder, SIZE, seed=7)
    if settings:
        path = folder / "study.toml"
        text = path.read_text("utf-8")
        for name, value in settings.items():
            lines = [
                f'{name} = "{value}"' if line.startswith(f"{name} = ") else line
                for line in text.splitlines()
            ]
            text = "\n".join(lines) + "\n"
            assert f'{name} = "{value}"' in text
        path.write_text(text, "utf-8")
    Study.open(folder).build()
    return folder


def build_with(study, change, folder, *, presets=None, of=()):
    """
    Build a copy of the study in which the change is true.

    Ghosts of the numbers ``of`` get the presets; a table's own words for them.
    """
    shutil.copytree(study, folder, symlinks=True)
    path = folder / "cameras.parquet"
    table = gpd.read_parquet(path)
    table = table[~table["camera_id"].isin(change.removed)].reset_index(drop=True)
    for ghost in change.ghosts:
        table = _with(table, ghost)
    for number in of:
        ghost = change.ghosts[number]
        mine = table["camera_id"] == (ghost.of or ghost.key)
        table.loc[mine, "ptz_presets"] = presets
    table.to_parquet(path, index=False, schema_version="1.1.0")
    Study.open(folder).build()
    return Desk(folder)


def _with(table, ghost):
    said = {name: getattr(ghost, name) for name in (*NUMBERS, "kind", "access")}
    place = Point(ghost.lon, ghost.lat)
    if ghost.of:
        row = table.index[table["camera_id"] == ghost.of][0]
        for name, value in said.items():
            table.loc[row, name] = pd.NA if value is None else value
        table.loc[row, "geometry"] = place
        return table
    columns = {"camera_id": ghost.key, "status": "online", **said}
    row = gpd.GeoDataFrame([columns], geometry=[place], crs=table.crs)
    row = row.reindex(columns=table.columns)
    row["assumed"] = [[]]
    both = pd.concat([table, row.astype(table.dtypes.to_dict())], ignore_index=True)
    return gpd.GeoDataFrame(both, geometry="geometry", crs=table.crs)
