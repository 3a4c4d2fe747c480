"""The steps of a build, what each rests on, and the summary at the end."""

from __future__ import annotations

import json
import time
from dataclasses import asdict, dataclass, fields
from functools import partial
from importlib.metadata import version
from typing import TYPE_CHECKING, Final

from coveragekit import model
from coveragekit.crs import check_metric
from coveragekit.errors import SourceUnavailable, StudyError
from coveragekit.study.cameras import write_cameras, write_isovists
from coveragekit.study.events import CALLS, INCIDENTS, Events, write_events
from coveragekit.study.gaps import GAP_OF, write_gaps
from coveragekit.study.ground import write_area, write_obstacles, write_surface
from coveragekit.study.kept import collecting_seldom, keeping
from coveragekit.study.places import PLACES
from coveragekit.study.rules import rules_digest
from coveragekit.study.scenes import SCENE_FILES, write_scenes
from coveragekit.study.seen import write_json, write_raster, write_streets
from coveragekit.study.settings import FILE_NAME, Settings
from coveragekit.study.steps import Progress, Step, replace_text, run_steps, silent
from coveragekit.study.summary import summarise
from coveragekit.study.view import write_view
from coveragekit.study.worth import write_worth
from coveragekit.view.files import CITY

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from coveragekit.study.folder import StudyFolder

__all__ = ["build", "build_steps"]


def always(settings: Settings) -> bool:
    """
    Have a step in every study.

    Parameters
    ----------
    settings
        The study's settings.

    Returns
    -------
    bool
        True.
    """
    del settings
    return True


@dataclass(frozen=True, slots=True)
class Plan:
    """
    What one step of every build does, and what it rests on.

    Parameters
    ----------
    name, title
        Short name, and what is done for people.
    run
        Called with the study and the folder to write into.
    files
        What it writes.
    rests_on
        Earlier steps whose files it reads.
    tables
        Tables of the study that it reads.
    settings
        Settings and parameters that it depends on.
    method
        Raised when the method changes, so that studies built before compute it anew.
    only
        Tells whether a study with these settings has the step at all.
    tells
        Whether ``run`` takes a ``say`` to be told how far it is.
    """

    name: str
    title: str
    run: Callable[..., None]
    files: tuple[str, ...]
    rests_on: tuple[str, ...] = ()
    tables: tuple[str, ...] = ()
    settings: tuple[str, ...] = ("crs",)
    method: int = 1
    only: Callable[[Settings], bool] = always
    tells: bool = False


def has_surface(settings: Settings) -> bool:
    """
    Tell whether walls and hills hide by their height.

    Parameters
    ----------
    settings
        The study's settings.

    Returns
    -------
    bool
        Whether they do.
    """
    return settings.relief == "surface"


def has_scenes(settings: Settings) -> bool:
    """
    Tell whether scenes are drawn.

    Parameters
    ----------
    settings
        The study's settings.

    Returns
    -------
    bool
        Whether any are.
    """
    return settings.scenes > 0


SEEING: Final = ("obstacles", "surface", "cameras", "isovists", "area")
VIEW: Final = ("crs", "purpose", "edition", "relief", "ptz", "target_height_m")


def _events_plan(events: Events) -> Plan:
    return Plan(
        events.table,
        f"look at the {events.table}",
        partial(write_events, events=events),
        files=(events.file, events.shares_file, f"{PLACES}/{events.table}"),
        rests_on=SEEING,
        tables=(events.table, "buildings", "streets", "areas"),
        settings=(*VIEW, "time_zone", "as_of"),
        method=5,
    )


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
    write_json(folder / "summary.json", summarise(study, folder))


PLANS: Final = (
    Plan(
        "obstacles",
        "index the walls",
        write_obstacles,
        files=("view/obstacles",),
        tables=("buildings", "privacy_zones"),
        method=2,
    ),
    Plan(
        "area",
        "draw the study area",
        write_area,
        files=("area.parquet",),
        tables=("buildings", "streets", "areas"),
        settings=("crs", "margin_m"),
    ),
    Plan(
        "cameras",
        "fill in the cameras",
        write_cameras,
        files=("cameras.parquet",),
        rests_on=("area",),
        tables=("cameras",),
        settings=("crs", "purpose", "edition", "target_height_m", "as_of"),
        method=3,
    ),
    Plan(
        "surface",
        "raise the ground and the roofs",
        write_surface,
        files=("view/surface",),
        rests_on=("area", "cameras"),
        tables=("buildings", "terrain", "privacy_zones"),
        settings=("crs", "storey_m", "default_height_m", "surface_resolution_m"),
        method=3,
        only=has_surface,
    ),
    Plan(
        "isovists",
        "compute what each camera sees",
        write_isovists,
        files=("isovists.parquet", "view/mounting.parquet"),
        rests_on=("obstacles", "surface", "cameras"),
        settings=(*VIEW, "chord_tolerance_m", "mount_depth_m"),
        method=3,
    ),
    Plan(
        "raster",
        "map how many cameras see each place",
        write_raster,
        files=("multiplicity.tif", "area.json"),
        rests_on=("area", "isovists"),
        tables=("buildings",),
        settings=(*VIEW, "as_of", "resolution_m", "chord_tolerance_m"),
        method=2,
    ),
    Plan(
        "streets",
        "look along the streets",
        write_streets,
        files=("street_coverage.parquet", "streets.json", f"{PLACES}/streets"),
        rests_on=SEEING,
        tables=("streets", "buildings"),
        settings=(*VIEW, "time_zone", "as_of", "street_spacing_m"),
        method=3,
    ),
    _events_plan(INCIDENTS),
    _events_plan(CALLS),
    Plan(
        "gaps",
        "find the gaps and name them",
        write_gaps,
        files=("gaps.parquet", "gaps.json", GAP_OF),
        rests_on=("area", "cameras", "obstacles", "isovists", "incidents", "calls"),
        tables=("buildings", "streets", "places"),
        settings=("crs", "gap_resolution_m"),
        method=5,
    ),
    Plan(
        "worth",
        "weigh what each camera is worth",
        write_worth,
        files=("worth.json", "camera_worth.parquet"),
        rests_on=("area", "isovists", "streets", "incidents"),
        tables=("streets",),
        settings=("crs", "time_zone", "as_of", "seed", "street_spacing_m"),
    ),
    Plan(
        "scenes",
        "draw scenes from the cameras' errors",
        write_scenes,
        files=SCENE_FILES,
        method=2,
        rests_on=(*SEEING, "streets", "incidents", "calls", "gaps"),
        tables=("buildings",),
        settings=("crs", "seed", "scenes", "gap_resolution_m", "mount_depth_m"),
        only=has_scenes,
        tells=True,
    ),
    Plan(
        "view",
        "lay out the view store",
        write_view,
        files=(CITY,),
        rests_on=(*SEEING, "streets", "incidents", "calls", "gaps", "worth", "scenes"),
        tables=model.table_names(),
        settings=tuple(
            one.name for one in fields(Settings) if one.name != "created_at"
        ),
        method=5,
    ),
    Plan(
        "summary",
        "write the summary",
        write_summary,
        files=("summary.json",),
        rests_on=("raster", "streets", "incidents", "calls", "gaps", "worth", "scenes"),
        tables=model.table_names(),
        settings=tuple(
            one.name for one in fields(Settings) if one.name != "created_at"
        ),
    ),
)


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

    if not any(study.table_rows(name) for name in ("buildings", "streets")):
        message = (
            f"{study.path} has neither buildings nor streets, so that there is nothing "
            "to look at; make it anew with --buildings, --streets or --osm"
        )
        raise StudyError(message)
    check_metric(study.settings.crs, f"the crs in {study.path / FILE_NAME}")
    _compile(progress)
    steps = build_steps(study, progress=progress)
    with keeping(), collecting_seldom():
        run_steps(study.path, steps, progress=progress, finish=_write_timings)
    folder = results_folder(study.path)
    if folder is None:
        message = f"{study.path} has no results after its build; build it again"
        raise StudyError(message)
    return folder


def _compile(progress: Progress) -> None:
    from coveragekit import coverage, visibility

    if visibility.is_compiled() and coverage.is_compiled():
        return
    title = "compile the kernels (once on this machine, about a minute)"
    progress(title, "start", 0.0)
    started = time.perf_counter()
    try:
        visibility.warm_up()
        coverage.warm_up()
    except OSError as error:
        message = (
            f"the compiled kernels cannot be written: {error.strerror or error}; make "
            "room in the user's cache folder, or name another in NUMBA_CACHE_DIR"
        )
        raise SourceUnavailable(message) from error
    progress(title, "done", time.perf_counter() - started)


def _write_timings(folder: Path, seconds: Mapping[str, float]) -> None:
    path = folder / "summary.json"
    summary = json.loads(path.read_text("utf-8"))
    summary["timings_s"] = dict(seconds)
    replace_text(path, json.dumps(summary, indent=1) + "\n")


def build_steps(study: StudyFolder, *, progress: Progress = silent) -> list[Step]:
    """
    Give the steps of a build in order.

    Parameters
    ----------
    study
        The study.
    progress
        Told how far a long step is.

    Returns
    -------
    list of Step
        Each with what it rests on.
    """
    settings = study.settings
    known = {one.name: getattr(settings, one.name) for one in fields(settings)}
    known |= asdict(settings.parameters)
    plans = [plan for plan in PLANS if plan.only(settings)]
    there = {plan.name for plan in plans}
    rules = rules_digest()
    return [
        Step(
            plan.name,
            plan.title,
            plan.files,
            tuple(name for name in plan.rests_on if name in there),
            {
                "method": plan.method,
                "version": version("coveragekit"),
                "rules": rules,
                "tables": {name: study.table_digest(name) for name in plan.tables},
                "settings": {name: str(known[name]) for name in plan.settings},
            },
            _runner(plan, study, progress),
        )
        for plan in plans
    ]


def _runner(
    plan: Plan, study: StudyFolder, progress: Progress
) -> Callable[[Path], None]:
    if not plan.tells:
        return partial(plan.run, study)

    def say(state: str) -> None:
        progress(plan.title, state, 0.0)

    return partial(plan.run, study, say=say)
