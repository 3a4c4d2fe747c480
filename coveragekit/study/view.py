"""The step that writes the view store: one city as arrays for viewers."""

from __future__ import annotations

import json
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import numpy as np

from coveragekit.study.cameras import densities_of, reaching_cameras
from coveragekit.study.events import CALLS, INCIDENTS
from coveragekit.study.folder import Results
from coveragekit.study.looking import LIGHTS
from coveragekit.study.scenes import NOTED_GROUPS, SCENE_ROWS
from coveragekit.study.shares import TIERS
from coveragekit.study.view_areas import AreaFinder
from coveragekit.study.view_cameras import (
    KINDS,
    STATUSES,
    camera_table,
    seers_of,
    view_table,
)
from coveragekit.study.view_drawn import (
    building_table,
    gap_table,
    outline_table,
    street_table,
    water_table,
    zone_table,
)
from coveragekit.study.view_events import event_tables
from coveragekit.study.view_places import Placer, ground_table
from coveragekit.study.view_places import street_table as street_places
from coveragekit.view import Writer
from coveragekit.view.files import CITY

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from coveragekit.study.folder import StudyFolder
    from coveragekit.study.settings import Settings

__all__ = ["write_view"]


def write_view(study: StudyFolder, folder: Path) -> None:
    """
    Write the view store.

    Parameters
    ----------
    study
        The study.
    folder
        Where the build writes.
    """
    settings = study.settings
    writer = Writer(folder / CITY)
    finder = AreaFinder.of(study)
    seers = seers_of(study, folder)
    writer.add("cameras", camera_table(seers, folder, finder))
    writer.add("views", view_table(seers))
    placer = Placer(seers, finder, reaching_cameras(study, folder)["camera_id"])
    gaps = Results(folder).gaps().to_crs(settings.crs)
    streets, street_rows = street_places(placer, folder, gaps)
    ground = ground_table(placer, study, folder, gaps=gaps)
    totals = {}
    for name, table in {"streets": streets, "ground": ground}.items():
        writer.add(name, table)
        totals[name] = float(table.weight.sum())
    row_of = {"streets": street_rows}
    told: dict[str, Any] = {}
    for events in (INCIDENTS, CALLS):
        made = event_tables(study, folder, events, placer=placer)
        writer.add(f"{events.table.removesuffix('s')}_places", made.places)
        if made.events is not None:
            writer.add(events.table, made.events)
        told[events.table] = made.meta
        row_of[events.table] = made.row_of
    writer.add("gaps", gap_table(folder))
    writer.add("areas", finder.areas())
    writer.add("buildings", building_table(study))
    writer.add("street_lines", street_table(study))
    writer.add("water", water_table(study))
    writer.add("zones", zone_table(study))
    outline = outline_table(folder)
    writer.add("outline", outline)
    writer.close(
        _meta(settings)
        | told
        | {
            "area_kinds": list(finder.kinds),
            "totals": totals,
            "bounds_merc": outline.shape.box[0].tolist(),
            "scenes": _add_scenes(writer, folder, row_of),
        }
    )


def _add_scenes(
    writer: Writer, folder: Path, row_of: Mapping[str, NDArray[np.intp]]
) -> dict[str, Any] | None:
    """Write what scenes saw of single rows, where scenes were drawn."""
    if not (folder / SCENE_ROWS).is_dir():
        return None
    facts = json.loads((folder / "scenes.json").read_text("utf-8"))
    names = []
    for name, rows in row_of.items():
        path = folder / SCENE_ROWS / f"{name}-rows.npy"
        if path.exists():
            noted = np.load(path, allow_pickle=False)
            bits = np.load(path.with_name(f"{name}-bits.npy"), allow_pickle=False)
            writer.add_array(f"scenes.{name}.rows", rows[noted].astype(np.int32))
            writer.add_array(f"scenes.{name}.bits", bits)
            names.append(name)
    return {"count": facts["count"], "level": facts["level"], "names": names}


def _meta(settings: Settings) -> dict[str, Any]:
    densities = densities_of(settings)
    return {
        "version": version("coveragekit"),
        "study": settings.name,
        "simulated": settings.simulated,
        "crs": settings.crs,
        "time_zone": settings.time_zone,
        "as_of": settings.as_of.isoformat(),
        "purpose": settings.purpose,
        "edition": settings.edition,
        "target_height_m": settings.parameters.target_height_m,
        "mount_depth_m": settings.parameters.mount_depth_m,
        "chord_tolerance_m": settings.parameters.chord_tolerance_m,
        "ptz": settings.ptz,
        "relief": settings.relief,
        "bands": [
            {"name": name, "density_px_per_m": density}
            for name, density in densities.items()
        ],
        "band": list(densities).index(settings.purpose),
        "light_names": list(LIGHTS),
        "tiers": list(TIERS),
        "statuses": list(STATUSES),
        "kinds": list(KINDS),
        "scene_groups": list(NOTED_GROUPS.values()),
        "sources": _sources(settings),
        "inputs": [
            {"table": one.table, "file": one.file, "simulated": one.simulated}
            for one in settings.inputs
        ],
    }


def _sources(settings: Settings) -> list[str]:
    """Say whose data are used under which licence."""
    said = [
        f"{one.attribution or one.file}: {one.licence}."
        for one in settings.inputs
        if one.licence
    ]
    return list(dict.fromkeys(said))
