"""Steps that measure which incidents and calls are seen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import shapely

from coveragekit import coverage, model
from coveragekit.study.folder import read_geoparquet, write_geoparquet
from coveragekit.study.ground import (
    load_area,
    load_isovists,
    load_mounting,
    load_obstacles,
    local_table,
    used_cameras,
)
from coveragekit.study.seen import basis, write_json
from coveragekit.study.shares import (
    COUNTED,
    camera_groups,
    event_times,
    observed_years,
    share_json,
)

if TYPE_CHECKING:
    from pathlib import Path

    import geopandas as gpd
    import pandas as pd
    from numpy.typing import NDArray

    from coveragekit.study.folder import StudyFolder

__all__ = ["CALLS", "INCIDENTS", "Events", "load_events", "write_events"]


@dataclass(frozen=True, slots=True)
class Events:
    """
    How one table of events is measured.

    Parameters
    ----------
    table
        Name of the table.
    unit
        What is counted.
    columns
        Columns that the result keeps.
    flag
        Column that tells whether a row is in the headline.
    """

    table: str
    unit: str
    columns: tuple[str, ...]
    flag: str

    @property
    def file(self) -> str:
        """The result's file."""
        return f"{self.table.removesuffix('s')}_coverage.parquet"

    @property
    def shares_file(self) -> str:
        """The file that holds the shares."""
        return f"{self.table}.json"


INCIDENTS: Final = Events(
    "incidents",
    "incidents",
    (
        "incident_id",
        "report_id",
        "category",
        "occurred_from",
        "location_kind",
        "weight",
    ),
    "street_visible",
)
CALLS: Final = Events(
    "calls",
    "calls",
    ("call_id", "call_type", "priority", "received_at", "location_kind"),
    "counted",
)


def write_events(study: StudyFolder, folder: Path, events: Events) -> None:
    """
    Write which events of the study area are seen, and their shares.

    Parameters
    ----------
    study
        The study.
    folder
        Where the build writes.
    events
        Incidents or calls.
    """
    table = local_table(study, events.table)
    area = load_area(study, folder)
    shapely.prepare(area)
    inside = table[shapely.intersects(area, table.geometry.to_numpy())]
    inside = inside.reset_index(drop=True)
    cameras = used_cameras(study, folder)
    groups = camera_groups(cameras)
    found = coverage.incident_coverage(
        inside.geometry,
        cameras,
        load_obstacles(study, folder),
        streets=local_table(study, "streets"),
        groups=groups,
        mounting=load_mounting(load_isovists(study, folder)),
    )
    rows = inside[[*events.columns, "geometry"]].copy()
    rows[events.flag] = _headline(events, inside)
    rows["seen_probability"] = found[f"seen_probability_{COUNTED}"]
    rows["seen_naive"] = found[f"naive_probability_{COUNTED}"] > 0.0
    rows["basis"] = found["basis"]
    rows["building_id"] = found["building_id"]
    rows["judged_x"], rows["judged_y"] = found.geometry.x, found.geometry.y
    write_geoparquet(rows, folder / events.file)
    facts = {
        "facts": _facts(
            events, inside, rows, years=observed_years(event_times(events.table, table))
        ),
        "outside": len(table) - len(inside),
        "shares": _shares(study, events, rows, found=found, groups=groups),
    }
    write_json(folder / events.shares_file, facts)


def _headline(events: Events, inside: pd.DataFrame) -> pd.Series[bool]:
    if events is CALLS:
        return model.counted_calls(inside)
    return model.street_visible(inside)


def _facts(
    events: Events, inside: pd.DataFrame, rows: pd.DataFrame, *, years: float
) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "inside": len(inside),
        "years": round(years, 9),
        "judged_by": {
            str(basis): int(count)
            for basis, count in rows["basis"].value_counts().sort_index().items()
        },
        events.flag: int(rows[events.flag].sum()),
    }
    if events is CALLS:
        reasons = model.call_set_apart(inside).value_counts().sort_index()
        facts["set_apart"] = {str(key): int(count) for key, count in reasons.items()}
    else:
        classes = model.classify_offences(inside)
        facts["not_classified"] = int((~classes["classified"]).sum())
    return facts


def _shares(
    study: StudyFolder,
    events: Events,
    rows: gpd.GeoDataFrame,
    *,
    found: gpd.GeoDataFrame,
    groups: dict[str, NDArray[np.bool_]],
) -> dict[str, Any]:
    if rows.empty:
        return {}
    counted = rows[events.flag].to_numpy(dtype=np.bool_)
    subsets = {events.table: counted}
    if events is INCIDENTS:
        subsets["incidents_all"] = np.ones(len(rows), dtype=np.bool_)
    what = {
        "incidents": "street-visible incidents",
        "incidents_all": "all incidents",
        "calls": "calls, without cancelled, duplicate and officer-initiated ones",
    }
    shares = {}
    for name, members in subsets.items():
        part = found[members]
        share = coverage.Share(
            float(part["seen_probability"].sum()),
            float(len(part)),
            events.unit,
            {group: float(part[f"seen_probability_{group}"].sum()) for group in groups},
        )
        naive = part[f"naive_probability_{COUNTED}"]
        words = f"{what[name]} in the study area, one in a building by its frontage"
        shares[name] = share_json(
            share,
            basis(study.settings, words),
            naive=float(naive.mean()) if len(naive) else None,
        )
    return shares


def load_events(study: StudyFolder, folder: Path, events: Events) -> gpd.GeoDataFrame:
    """
    Give the events of the study area at the places they were judged by.

    Parameters
    ----------
    study
        The study.
    folder
        A results folder.
    events
        Incidents or calls.

    Returns
    -------
    geopandas.GeoDataFrame
        As written, in metres, at the frontage for one in a building.
    """
    import geopandas as gpd

    rows = read_geoparquet(folder / events.file)
    places = gpd.points_from_xy(rows["judged_x"], rows["judged_y"])
    return rows.set_geometry(places).set_crs(study.settings.crs, allow_override=True)
