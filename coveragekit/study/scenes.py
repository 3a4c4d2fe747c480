"""The step that draws whole scenes from the cameras' errors, for the intervals."""

from __future__ import annotations

import hashlib
import io
import json
import logging
import shutil
import zipfile
import zlib
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from coveragekit import coverage, optics
from coveragekit.study.events import CALLS, INCIDENTS, Events
from coveragekit.study.folder import file_digest, read_geoparquet
from coveragekit.study.gaps import GAP_OF
from coveragekit.study.ground import load_area, load_obstacles, local_table
from coveragekit.study.looking import Onlooker
from coveragekit.study.places import PLACES, read_look, read_supports
from coveragekit.study.rules import rules_digest
from coveragekit.study.seen import write_json
from coveragekit.study.shares import TIERS, WORKING, rounded
from coveragekit.study.steps import replace_bytes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    import pandas as pd
    from numpy.typing import NDArray

    from coveragekit.coverage import (
        Noted,
        SceneInputs,
        SceneResult,
        Scenes,
        Targets,
    )
    from coveragekit.study.folder import StudyFolder

__all__ = ["NOTED_GROUPS", "SCENE_FILES", "SCENE_ROWS", "write_scenes"]

log = logging.getLogger(__name__)

# What each scene saw of single events and street samples, for the view store.
SCENE_ROWS: Final = "view/scenes"
SCENE_FILES: Final = (
    "scenes.json",
    "seen_probability.tif",
    "gap_scenes.parquet",
    SCENE_ROWS,
)
STORE: Final = ".scenes"
# What a scene rests on; the same bytes give the same scene.
GROUND: Final = (
    "cameras.parquet",
    "area.parquet",
    "view/mounting.parquet",
    "view/obstacles",
    "view/surface",
    PLACES,
)
# Raised when a scene is drawn otherwise.
METHOD: Final = 4
# Of more events than this a fixed sample is looked at in each scene.
MOST_EVENTS: Final = 100_000
# So many street samples, drawn at random, are noted one by one.
MOST_SAMPLES: Final = 100_000
# Measures and groups that are noted row by row, and what the view store calls them.
NOTED: Final = {"street_length": "streets", "incidents": "incidents", "calls": "calls"}
NOTED_GROUPS: Final = {f"nested:{tier}": tier for tier in TIERS} | {WORKING: WORKING}


def write_scenes(
    study: StudyFolder, folder: Path, *, say: Callable[[str], None]
) -> None:
    """
    Compute every share anew in scenes drawn from the cameras' errors.

    Parameters
    ----------
    study
        The study.
    folder
        Where the build writes.
    say
        Told how far it is.

    Notes
    -----
    Each scene is kept as a file as soon as it is computed, so that a build that was
    stopped goes on where it was, and one that asks for more scenes draws only those.
    """
    onlooker = Onlooker.of(study, folder)
    inputs = _inputs(study, folder, onlooker)
    kept = study.path / STORE / _key(study, folder)
    _clear(study.path / STORE, keep=kept)
    kept.mkdir(parents=True, exist_ok=True)
    count = study.settings.scenes
    for number in range(count):
        path = kept / f"{number:05d}.npz"
        if not _is_whole(path):
            say(f"{number + 1} of {count}")
            result = coverage.scene_result(number, inputs, seed=study.settings.seed)
            replace_bytes(path, _packed(result))
    scenes = coverage.combine(_results(kept, count), inputs)
    _write_rows(folder / SCENE_ROWS, inputs, kept, count=count)
    write_json(folder / "scenes.json", _facts(study, folder, scenes, inputs=inputs))
    coverage.to_cog(scenes.seen_probability(), folder / "seen_probability.tif")
    _gap_intervals(study, folder, scenes).to_parquet(
        folder / "gap_scenes.parquet", index=False
    )


def _inputs(study: StudyFolder, folder: Path, onlooker: Onlooker) -> SceneInputs:
    from coveragekit.coverage import Looking
    from coveragekit.visibility import Surface

    settings = study.settings
    parameters = settings.parameters
    area, buildings = load_area(study, folder), local_table(study, "buildings")
    hides = onlooker.hides
    targets = _targets(study, folder)
    looking = Looking(
        density_px_per_m=optics.band_density_px_per_m(
            settings.purpose, settings.edition
        ),
        target_height_m=parameters.target_height_m,
        mount_depth_m=parameters.mount_depth_m,
        lights=("day", "night"),
        mounting=onlooker.mounting,
        hides=hides if isinstance(hides, Surface) else None,
    )
    return coverage.scene_inputs(
        onlooker.cameras,
        targets,
        load_obstacles(study, folder),
        looking=looking,
        groups=onlooker.groups,
        grid=(area, buildings, parameters.gap_resolution_m),
        noted=_noted(targets, seed=settings.seed),
    )


def _noted(targets: Mapping[str, Targets], *, seed: int) -> Noted:
    """Choose what is noted row by row: events that count, and street samples."""
    from coveragekit.coverage import Noted

    rows = {}
    for name in NOTED:
        if name not in targets:
            continue
        target = targets[name]
        rows[name] = np.arange(len(target.xy))
        if target.load is not None:
            rows[name] = np.flatnonzero(target.load > 0.0)
        elif len(target.xy) > MOST_SAMPLES:
            rng = np.random.default_rng(seed)
            chosen = rng.choice(len(target.xy), MOST_SAMPLES, replace=False)
            rows[name] = np.sort(chosen)
    return Noted(tuple(NOTED_GROUPS), rows)


def _write_rows(target: Path, inputs: SceneInputs, kept: Path, *, count: int) -> None:
    """Write the rows that were noted, and for each scene the bits of those seen."""
    target.mkdir(parents=True)
    bits: dict[str, list[NDArray[np.uint8]]] = {name: [] for name in inputs.noted.rows}
    for one in _results(kept, count):
        for name, found in bits.items():
            found.append(one.rows[name])
    for name, rows in inputs.noted.rows.items():
        events = inputs.targets[name].events
        given = rows if events is None else events[rows]
        path = target / f"{NOTED[name]}-rows.npy"
        np.save(path, given.astype(np.int64), allow_pickle=False)
        path = target / f"{NOTED[name]}-bits.npy"
        np.save(path, np.stack(bits[name]), allow_pickle=False)


def _targets(study: StudyFolder, folder: Path) -> dict[str, Targets]:
    """Give what is looked at in each scene."""
    import geopandas as gpd

    from coveragekit.coverage import Targets

    look = read_look(folder, "streets")
    found = {
        "street_length": Targets.of_points(
            gpd.GeoSeries(gpd.points_from_xy(*look.xy.T), crs=study.settings.crs),
            look.weights["street_length"],
            "m",
        ),
        "area": coverage.area_targets(
            load_area(study, folder), local_table(study, "buildings")
        ),
    }
    for events in (INCIDENTS, CALLS):
        supports, flags = read_supports(folder, events.table, crs=study.settings.crs)
        if not len(flags):
            continue
        seed = study.settings.seed
        found[events.table] = Targets.of_events(
            supports, flags.astype(np.float64), unit=events.unit
        ).sampled(MOST_EVENTS, seed=seed)
        if events is INCIDENTS:
            found["incidents_all"] = Targets.of_events(
                supports, unit=events.unit
            ).sampled(MOST_EVENTS, seed=seed)
    return found


def _key(study: StudyFolder, folder: Path) -> str:
    """Give the digest of all that a scene rests on."""
    from importlib.metadata import version

    settings = study.settings
    ground: list[object] = [
        METHOD,
        version("coveragekit"),
        rules_digest(),
        settings.seed,
        settings.purpose,
        settings.edition,
        settings.ptz,
        settings.relief,
        str(settings.parameters),
    ]
    for name in GROUND:
        path = folder / name
        files = sorted(path.rglob("*")) if path.is_dir() else [path]
        ground += [
            [str(one.relative_to(folder)), file_digest(one)]
            for one in files
            if one.is_file()
        ]
    return hashlib.sha256(json.dumps(ground).encode()).hexdigest()[:16]


def _clear(store: Path, *, keep: Path) -> None:
    if store.is_dir():
        for path in store.iterdir():
            if path != keep:
                shutil.rmtree(path)


def _is_whole(path: Path) -> bool:
    """Tell whether a scene is there and can be read; a power cut may have cut it."""
    from coveragekit.coverage import SceneResult

    if not path.exists():
        return False
    try:
        with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as arrays:
            SceneResult.from_arrays(dict(arrays))
    except (OSError, EOFError, ValueError, KeyError, zipfile.BadZipFile, zlib.error):
        log.warning("scene %s is damaged and is drawn again", path.name)
        return False
    return True


def _packed(result: SceneResult) -> bytes:
    buffer = io.BytesIO()
    arrays: dict[str, Any] = dict(result.to_arrays())
    np.savez_compressed(buffer, **arrays)
    return buffer.getvalue()


def _results(kept: Path, count: int) -> Iterator[SceneResult]:
    from coveragekit.coverage import SceneResult

    for number in range(count):
        with np.load(kept / f"{number:05d}.npz", allow_pickle=False) as arrays:
            yield SceneResult.from_arrays(dict(arrays))


def _facts(
    study: StudyFolder, folder: Path, scenes: Scenes, *, inputs: SceneInputs
) -> dict[str, Any]:
    """Give the interval of each measure, group and light."""
    del folder
    measures = {
        name: {
            light: {
                group: _interval(scenes, name, group=group, light=light)
                for group in inputs.groups
            }
            for light in ("day", "night")
        }
        for name in inputs.targets
    }
    return {
        "count": scenes.count,
        "seed": study.settings.seed,
        "level": scenes.level,
        "measures": measures,
        "sampled": {
            name: MOST_EVENTS
            for name, target in inputs.targets.items()
            if target.kept is not None
        },
    }


def _interval(
    scenes: Scenes, measure: str, *, group: str, light: str
) -> dict[str, float | None]:
    found = scenes.interval(measure, group=group, light=light)
    if found is None:
        return {"value": None, "low": None, "high": None}
    return {
        "value": rounded(found.value),
        "low": rounded(found.low),
        "high": rounded(found.high),
    }


def _gap_intervals(study: StudyFolder, folder: Path, scenes: Scenes) -> pd.DataFrame:
    """Give for each gap the interval of what nobody sees there in a year."""
    import pandas as pd

    table = pd.DataFrame({"gap_id": read_geoparquet(folder / "gaps.parquet")["gap_id"]})
    for events in (INCIDENTS, CALLS):
        facts = json.loads((folder / events.shares_file).read_text("utf-8"))["facts"]
        for name in ("low", "median", "high"):
            table[f"{events.table}_{name}"] = np.nan
        if not facts["inside"] or not facts["years"]:
            continue
        labels = np.load(folder / GAP_OF / f"{events.table}.npy", allow_pickle=False)
        kept = scenes.inputs.targets[events.table].kept
        found = scenes.unmet(events.table, labels if kept is None else labels[kept])
        rows = found.reindex(range(len(table))).fillna(0.0)
        hidden = _hidden(study, folder, events, labels=labels, count=len(table))
        for name, column in (("low", "low"), ("median", "value"), ("high", "high")):
            unmet = rows[column].to_numpy(dtype=np.float64) + hidden
            table[f"{events.table}_{name}"] = (unmet / facts["years"]).round(6)
    return table


def _hidden(
    study: StudyFolder,
    folder: Path,
    events: Events,
    *,
    labels: NDArray[np.int64],
    count: int,
) -> NDArray[np.float64]:
    """Count by gap the events in buildings without a front, which no scene shows."""
    supports, flags = read_supports(folder, events.table, crs=study.settings.crs)
    of_support = np.bincount(
        supports.support_of, flags.astype(np.float64), len(supports.ptr) - 1
    )
    load = np.repeat(of_support, np.diff(supports.ptr))
    lost = (supports.weight == 0.0) & (labels >= 0)
    found = np.bincount(labels[lost], weights=load[lost], minlength=count)
    return np.asarray(found, dtype=np.float64)
