"""The step that finds the places no camera sees, and names them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from coveragekit import coverage
from coveragekit.study.cameras import load_isovists, used_cameras
from coveragekit.study.events import CALLS, INCIDENTS, Events
from coveragekit.study.folder import write_geoparquet
from coveragekit.study.ground import load_area, load_zones, local_table
from coveragekit.study.looking import Onlooker
from coveragekit.study.places import read_look, read_supports
from coveragekit.study.seen import write_json
from coveragekit.study.shares import COUNTED, camera_groups
from coveragekit.visibility.zone_cuts import cut_shapes

if TYPE_CHECKING:
    from pathlib import Path

    import geopandas as gpd
    import xarray as xr

    from coveragekit.coverage import Unmet
    from coveragekit.study.folder import StudyFolder
    from coveragekit.visibility.zones import Zones

__all__ = ["GAP_OF", "write_gaps"]

TOP: Final = 5
# The gap that each place of an event belongs to, for the scenes.
GAP_OF: Final = "view/gap_of"


def write_gaps(study: StudyFolder, folder: Path) -> None:
    """
    Write the places that no camera sees, the most demanded first.

    No camera may look into a privacy zone, so that no place in one is a gap.

    Parameters
    ----------
    study
        The study.
    folder
        Where the build writes.
    """
    area = load_area(study, folder)
    views = load_isovists(study, folder)
    members = camera_groups(views)[COUNTED]
    raster = coverage.seen(
        views.geometry[members],
        views["probability"][members],
        study.settings.parameters.gap_resolution_m,
        area=area,
        buildings=local_table(study, "buildings"),
        units=views["camera_id"][members],
    )
    zones = load_zones(study, folder)
    _leave_out(raster, zones)
    cameras = used_cameras(study, folder)
    onlooker = Onlooker.of(study, folder)
    unmet = {
        events.table: _unmet(study, folder, onlooker, events=events, zones=zones)
        for events in (INCIDENTS, CALLS)
    }
    found = coverage.gaps(
        raster,
        local_table(study, "streets"),
        incidents=unmet["incidents"],
        calls=unmet["calls"],
        places=local_table(study, "places"),
        cameras=cameras[camera_groups(cameras)[COUNTED]],
    )
    gap_of = found.attrs.pop("gap_of")
    # Outlines are simplified, so that they may run a little over the edge of a zone.
    found.geometry = cut_shapes(found.geometry.to_numpy(), zones)
    (folder / GAP_OF).mkdir(parents=True)
    for name, rows in unmet.items():
        labels = np.full(len(read_look(folder, name).xy), -1, dtype=np.int64)
        if rows is not None:
            labels[rows.place] = gap_of[name]
        np.save(folder / GAP_OF / f"{name}.npy", labels, allow_pickle=False)
    write_geoparquet(found, folder / "gaps.parquet")
    write_json(folder / "gaps.json", _facts(found))


def _leave_out(raster: xr.DataArray, zones: Zones) -> None:
    """Set the cells in privacy zones to not-a-number: neither seen nor a gap."""
    for minx, miny, maxx, maxy in zones.boxes():
        near = raster.sel(
            x=raster.x[(raster.x >= minx) & (raster.x <= maxx)],
            y=raster.y[(raster.y >= miny) & (raster.y <= maxy)],
        )
        x, y = np.meshgrid(near.x, near.y)
        hidden = zones.hide(np.column_stack([x.ravel(), y.ravel()]))
        values = np.where(hidden.reshape(x.shape), np.nan, near)
        raster.loc[{"x": near.x, "y": near.y}] = values


def _unmet(
    study: StudyFolder,
    folder: Path,
    onlooker: Onlooker,
    *,
    events: Events,
    zones: Zones,
) -> Unmet | None:
    """Give what of the events is not seen a year, where a camera may look."""
    facts = json.loads((folder / events.shares_file).read_text("utf-8"))["facts"]
    supports, flags = read_supports(folder, events.table, crs=study.settings.crs)
    if not facts["years"] or not flags.any():
        return None
    seen = onlooker.chance(read_look(folder, events.table).day)
    # not weighted by harm: the column says incidents per year
    unmet = coverage.unmet_at(
        supports, seen, flags.astype(np.float64), years=facts["years"]
    )
    allowed = ~zones.hide(unmet.xy)
    return unmet._replace(
        place=unmet.place[allowed],
        xy=unmet.xy[allowed],
        per_year=unmet.per_year[allowed],
    )


def _facts(found: gpd.GeoDataFrame) -> dict[str, Any]:
    columns = ["gap_id", "name", "incidents_per_year", "calls_per_year", "street_m"]
    top = found.head(TOP)
    return {
        "count": len(found),
        "area_m2": round(float(found["area_m2"].sum()), 1),
        "street_m": round(float(found["street_m"].sum()), 1),
        "left_out": {str(key): value for key, value in sorted(found.attrs.items())},
        "top": json.loads(top[columns].to_json(orient="records")),
    }
