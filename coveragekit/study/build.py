"""The steps of a build, what each rests on, and the summary at the end."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from coveragekit import model, optics
from coveragekit.errors import StudyError
from coveragekit.study.events import CALLS, INCIDENTS, write_events
from coveragekit.study.folder import read_geoparquet, rejected_counts
from coveragekit.study.gaps import write_gaps
from coveragekit.study.ground import (
    write_area,
    write_cameras,
    write_isovists,
    write_obstacles,
)
from coveragekit.study.seen import write_json, write_raster, write_streets
from coveragekit.study.steps import Progress, Step, replace_text, run_steps

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from coveragekit.study.folder import StudyFolder

__all__ = ["build", "build_steps"]

# Raised when a step's method changes, so that studies built before compute it anew.
METHOD: Final = {
    "obstacles": 1,
    "area": 1,
    "cameras": 1,
    "isovists": 1,
    "raster": 1,
    "streets": 1,
    "incidents": 1,
    "calls": 1,
    "gaps": 1,
    "summary": 1,
}
TOP_GAPS: Final = 5


def build(study: StudyFolder, *, progress: Progress) -> Path:
    """
    Run the steps that are due and give the folder of the results.

    Parameters
    ----------
    study
        The study.
    progress
        Told of each step.

    Returns
    -------
    pathlib.Path
        The folder of the results in force.

    Raises
    ------
    StudyError
        There are neither buildings nor streets, or another build is running.
    SourceError
        A table cannot be read or the disk cannot be written.
    """
    from coveragekit.study.steps import results_folder

    if not any(len(study.table(name)) for name in ("buildings", "streets")):
        message = (
            f"{study.path} has neither buildings nor streets, so that there is nothing "
            "to look at; make it anew with --buildings, --streets or --osm"
        )
        raise StudyError(message)
    run_steps(study.path, build_steps(study), progress=progress, finish=_write_timings)
    folder = results_folder(study.path)
    if folder is None:
        message = f"{study.path} has no results after its build; build it again"
        raise StudyError(message)
    return folder


def _write_timings(folder: Path, seconds: Mapping[str, float]) -> None:
    path = folder / "summary.json"
    summary = json.loads(path.read_text("utf-8"))
    summary["timings_s"] = dict(seconds)
    replace_text(path, json.dumps(summary, indent=1) + "\n")


def build_steps(study: StudyFolder) -> list[Step]:
    """
    Give the steps of a build in order.

    Parameters
    ----------
    study
        The study.

    Returns
    -------
    list of Step
        Each with what it rests on.
    """
    digests = {name: study.table_digest(name) for name in model.table_names()}
    settings = study.settings
    parameters = settings.parameters
    purpose = {
        "purpose": settings.purpose,
        "edition": settings.edition,
        "as_of": settings.as_of.isoformat(),
    }

    def step(
        name: str,
        title: str,
        run: Callable[[StudyFolder, Path], None],
        *,
        files: tuple[str, ...],
        rests_on: tuple[str, ...] = (),
        tables: tuple[str, ...] = (),
        **inputs: object,
    ) -> Step:
        ground: dict[str, object] = {
            "method": METHOD[name],
            "crs": settings.crs,
            "tables": {table: digests[table] for table in tables},
            **inputs,
        }
        return Step(
            name, title, files, rests_on, ground, lambda folder: run(study, folder)
        )

    seeing = ("obstacles", "cameras", "isovists", "area")
    return [
        step(
            "obstacles",
            "index the walls",
            write_obstacles,
            files=("view/obstacles",),
            tables=("buildings",),
        ),
        step(
            "area",
            "draw the study area",
            write_area,
            files=("area.parquet",),
            tables=("buildings", "streets", "areas"),
            margin_m=parameters.margin_m,
        ),
        step(
            "cameras",
            "fill in the cameras",
            write_cameras,
            files=("cameras.parquet",),
            rests_on=("area",),
            tables=("cameras",),
            **purpose,
        ),
        step(
            "isovists",
            "compute what each camera sees",
            write_isovists,
            files=("isovists.parquet",),
            rests_on=("obstacles", "cameras"),
            chord_tolerance_m=parameters.chord_tolerance_m,
            mount_depth_m=parameters.mount_depth_m,
        ),
        step(
            "raster",
            "map how many cameras see each place",
            write_raster,
            files=("multiplicity.tif", "area.json"),
            rests_on=("area", "isovists"),
            tables=("buildings",),
            resolution_m=parameters.resolution_m,
        ),
        step(
            "streets",
            "look along the streets",
            write_streets,
            files=("street_coverage.parquet", "streets.json"),
            rests_on=seeing,
            tables=("streets",),
            spacing_m=parameters.street_spacing_m,
        ),
        *(
            step(
                events.table,
                f"look at the {events.table}",
                partial(write_events, events=events),
                files=(events.file, events.shares_file),
                rests_on=seeing,
                tables=(events.table, "buildings", "streets"),
            )
            for events in (INCIDENTS, CALLS)
        ),
        step(
            "gaps",
            "find the gaps and name them",
            write_gaps,
            files=("gaps.parquet", "gaps.json"),
            rests_on=("area", "cameras", "isovists", "incidents", "calls"),
            tables=("buildings", "streets", "places"),
            resolution_m=parameters.gap_resolution_m,
        ),
        step(
            "summary",
            "write the summary",
            write_summary,
            files=("summary.json",),
            rests_on=("raster", "streets", "incidents", "calls", "gaps"),
            tables=tuple(model.table_names()),
            settings=settings.to_toml(),
        ),
    ]


def write_summary(study: StudyFolder, folder: Path) -> None:
    """
    Write the headline numbers, each with its basis.

    Parameters
    ----------
    study
        The study.
    folder
        Where the build writes.
    """
    settings = study.settings
    read: dict[str, Any] = {
        name: json.loads((folder / f"{name}.json").read_text("utf-8"))
        for name in ("area", "streets", "incidents", "calls", "gaps")
    }
    cameras = read_geoparquet(folder / "cameras.parquet")
    tables = {name: study.table(name) for name in model.table_names()}
    counts = {name: len(table) for name, table in tables.items() if len(table)}
    shares = {"area": read["area"], "street_length": read["streets"]}
    shares |= read["incidents"]["shares"] | read["calls"]["shares"]
    summary = {
        "study": settings.name,
        "crs": settings.crs,
        "simulated": settings.simulated,
        "as_of": settings.as_of.isoformat(),
        "purpose": settings.purpose,
        "edition": settings.edition,
        "density_px_per_m": optics.band_density_px_per_m(
            settings.purpose, settings.edition
        ),
        "time_zone": settings.time_zone,
        "counts": counts,
        "outside": {
            "cameras": int((~cameras["inside"]).sum()),
            "incidents": read["incidents"]["outside"],
            "calls": read["calls"]["outside"],
        },
        "cameras": _camera_facts(cameras),
        "rejected": rejected_counts(study.rejected()),
        "shares": shares,
        "incidents": read["incidents"]["facts"],
        "calls": read["calls"]["facts"],
        "gaps": read["gaps"],
        "sources": [
            {
                "table": one.table,
                "file": one.file,
                "licence": one.licence,
                "attribution": one.attribution,
                "simulated": one.simulated,
            }
            for one in settings.inputs
        ],
    }
    write_json(folder / "summary.json", summary)


def _camera_facts(cameras: Any) -> dict[str, Any]:  # noqa: ANN401 - a GeoDataFrame
    used = cameras[cameras["used"]]
    return {
        "used": len(used),
        "not_active": int((~cameras["active"]).sum()),
        "unknown_bearing": int(used["bearing_deg"].isna().sum()),
        "by_access": {
            str(tier): int(count)
            for tier, count in used["access"].value_counts().sort_index().items()
        },
        "by_status": {
            str(state): int(count)
            for state, count in used["status"].value_counts().sort_index().items()
        },
    }
