"""The commands that compute, show and explain, each a few lines that join rooms."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 - typer reads it when it runs
from pathlib import Path  # noqa: TC003 - typer reads it when it runs
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from coveragekit.cli.app import (
    OutFile,
    StudyFolder,
    app,
    get_pages_ready,
    stoppable,
    utc,
)
from coveragekit.cli.registry_left import departed_cameras
from coveragekit.cli.screen import (
    StepBar,
    err,
    out,
    print_reasons,
    print_summary,
    print_table,
)

__all__ = ["build", "columns", "explain", "gaps", "summary"]

GAP_COLUMNS = {
    "rank": "#",
    "name": "gap",
    "incidents_per_year": "incidents/yr",
    "calls_per_year": "calls/yr",
    "street_m": "street m",
    "nearest_camera_m": "camera m",
}


@app.command()
def build(
    folder: StudyFolder,
    *,
    scenes: Annotated[
        int | None,
        typer.Option(
            min=0,
            metavar="N",
            help="Draw N scenes from the cameras' errors, so that every number gets an "
            "interval (64 are good); kept for later builds, 0 ends it.",
        ),
    ] = None,
    relief: Annotated[
        str | None,
        typer.Option(help="flat: walls hide at any height; surface: by their height."),
    ] = None,
    ptz: Annotated[
        str | None,
        typer.Option(help="Cameras that turn: now, preset or reach."),
    ] = None,
) -> None:
    """Compute what is seen and what is not."""
    from coveragekit.study import Study

    study = Study.open(folder)
    given = {"scenes": scenes, "relief": relief, "ptz": ptz}
    changes = {name: value for name, value in given.items() if value is not None}
    if changes:
        study = study.with_settings(**changes)
    with stoppable("what was built before is as it was"), StepBar() as progress:
        study.build(progress=progress)
    get_pages_ready()
    print_summary(study, as_json=False)


@app.command()
def summary(
    folder: StudyFolder,
    *,
    as_json: Annotated[
        bool, typer.Option("--json", help="For a program to read.")
    ] = False,
) -> None:
    """Show the headline numbers, each with its basis."""
    from coveragekit.study import Study

    study = Study.open(folder)
    print_summary(study, as_json=as_json)
    departed_cameras(study)


@app.command()
def gaps(
    folder: StudyFolder,
    *,
    file: OutFile = None,
    top: Annotated[int, typer.Option(min=1, help="How many to print.")] = 20,
) -> None:
    """List the places that no camera sees, the most demanded first."""
    from coveragekit.study import Study
    from coveragekit.study.export import check_extension, write_frame

    if file is not None:
        check_extension(file)
    found = Study.open(folder).results().gaps()
    if file is not None:
        write_frame(found, file)
        out.print(f"{len(found):,} gaps written to {file}")
        return
    shown = found.head(top).rename(columns=GAP_COLUMNS)[list(GAP_COLUMNS.values())]
    empty = [name for name in shown.columns[2:] if not shown[name].fillna(0.0).any()]
    print_table(shown.drop(columns=empty), title=f"{len(found):,} gaps")


@app.command()
def explain(  # noqa: PLR0913 - one option for each part of the question
    folder: StudyFolder,
    *,
    lon: Annotated[float, typer.Option(help="Longitude, degrees.")],
    lat: Annotated[float, typer.Option(help="Latitude, degrees.")],
    light: Annotated[
        str | None, typer.Option(help="day or night; by the sun where --when is given.")
    ] = None,
    when: Annotated[
        datetime | None,
        typer.Option(help="Ask for this time (UTC): who recorded, was in service."),
    ] = None,
    camera: Annotated[
        str | None, typer.Option(help="Draw the proof of this camera.")
    ] = None,
    sheet: Annotated[str, typer.Option(help="a4, letter or narrow.")] = "a4",
    file: Annotated[
        Path | None,
        typer.Option(
            "--out",
            metavar="FILE",
            help=".geojson .gpkg .parquet .csv .xlsx for the table; .svg .png .pdf for "
            "the drawing that proves it",
        ),
    ] = None,
) -> None:
    """Tell which cameras see a place, and why the others do not."""
    from coveragekit.reports import PROOF_EXTENSIONS
    from coveragekit.study import Study

    study = Study.open(folder)
    at = utc(when)
    light = light or _light_of(at, lon=lon, lat=lat)
    if file is not None and file.suffix.lower() in PROOF_EXTENSIONS:
        _draw_proof(
            study,
            file,
            {"lon": lon, "lat": lat, "light": light, "when": at, "camera_id": camera},
            sheet=sheet,
        )
        return
    from coveragekit.study.export import check_extension, write_frame

    if file is not None:
        check_extension(file, also=PROOF_EXTENSIONS)
    asked: Any = light  # the library says what is allowed
    rows = study.explain(lon=lon, lat=lat, light=asked, when=at)
    gone = departed_cameras(study).ids
    rows = rows[~rows["camera_id"].isin(list(gone))]
    if file is not None:
        write_frame(rows, file)
        out.print(f"{len(rows):,} cameras written to {file}")
        return
    zone = ZoneInfo(study.settings.time_zone)
    time = "" if at is None else f", {at.astimezone(zone):%Y-%m-%d %H:%M} local time"
    print_reasons(rows, title=f"cameras near {lon:.6f}, {lat:.6f}, by {light}{time}")


def _light_of(at: datetime | None, *, lon: float, lat: float) -> str:
    """Say whether it is dark there at that time; day where no time is asked for."""
    from coveragekit.coverage import is_dark

    dark = at is not None and bool(is_dark([at], lon, lat)[0])
    return "night" if dark else "day"


def _draw_proof(
    study: Any,  # noqa: ANN401 - Study, imported where used
    file: Path,
    question: dict[str, Any],
    *,
    sheet: str,
) -> None:
    from coveragekit.reports import proof_of, write_proof

    with err.status("drawing"):
        proof = proof_of(study, **question)
        write_proof(proof, file, sheet=sheet)
    out.print(f"{proof.summary}\nproof drawn: {file}", markup=False)


@app.command()
def columns(
    file: Annotated[Path, typer.Argument(help="A file with rows.")],
    *,
    table: Annotated[
        str | None, typer.Option(help="Which table it is; guessed if not given.")
    ] = None,
) -> None:
    """Propose an alias table for an unknown file, with a preview."""
    from coveragekit.sources import propose_columns

    proposal = propose_columns(file, table)
    out.print(proposal.to_text(), markup=False)
