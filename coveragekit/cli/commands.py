"""The commands, each a few lines that join rooms."""

from __future__ import annotations

import contextlib
import getpass
from collections.abc import Iterator  # noqa: TC003
from datetime import datetime  # noqa: TC003 - typer reads it when it runs
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape

from coveragekit.cli.screen import StepBar, err, out, print_summary, print_table

__all__ = ["app"]

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Map what a city's cameras can see, and find the blind spots.",
)


@contextlib.contextmanager
def _stoppable(words: str) -> Iterator[None]:
    try:
        yield
    except KeyboardInterrupt:
        err.print(f"[yellow]stopped:[/] {words}")
        raise typer.Exit(code=1) from None


GAP_COLUMNS = {
    "rank": "#",
    "name": "gap",
    "incidents_per_year": "incidents/yr",
    "calls_per_year": "calls/yr",
    "street_m": "street m",
    "nearest_camera_m": "camera m",
}

Files = Annotated[
    str | None,
    typer.Option(metavar="FILE[,FILE...]", help="One or more files, comma-separated."),
]
StudyFolder = Annotated[Path, typer.Argument(metavar="STUDY", help="The study folder.")]
OutFile = Annotated[
    Path | None,
    typer.Option("--out", metavar="FILE", help=".geojson .gpkg .parquet .csv .xlsx"),
]


@app.callback(invoke_without_command=True)
def _root(
    context: typer.Context,
    *,
    version: Annotated[
        bool, typer.Option("--version", help="Say the version.")
    ] = False,
) -> None:
    if version:
        from coveragekit import __version__

        out.print(f"coveragekit {__version__}")
        raise typer.Exit
    if context.invoked_subcommand is None:
        out.print(context.get_help())


@app.command()
def init(  # noqa: PLR0913 - one option for each table
    folder: Annotated[Path, typer.Argument(metavar="STUDY", help="A new folder.")],
    *,
    osm: Files = None,
    cameras: Files = None,
    buildings: Files = None,
    streets: Files = None,
    incidents: Files = None,
    calls: Files = None,
    places: Files = None,
    areas: Files = None,
    terrain: Annotated[
        str | None,
        typer.Option(
            metavar="FILE[,FILE...]",
            help="GeoTIFF of ground heights: walls and hills then hide by height.",
        ),
    ] = None,
    name: Annotated[str | None, typer.Option(help="What to call it.")] = None,
    crs: Annotated[
        str | None, typer.Option(help="Local CRS in metres; chosen if not given.")
    ] = None,
    time_zone: Annotated[
        str | None, typer.Option(help="IANA zone of times that have none.")
    ] = None,
    purpose: Annotated[
        str | None, typer.Option(help="Band that 'seen' means, such as observe.")
    ] = None,
    edition: Annotated[
        str | None, typer.Option(help="Edition of IEC 62676-4: 2014 or 2025.")
    ] = None,
    as_of: Annotated[
        datetime | None, typer.Option(help="Count the cameras of this time (UTC).")
    ] = None,
    aliases: Annotated[
        list[str] | None,
        typer.Option(metavar="TABLE=PRESET", help="Alias table to read a table with."),
    ] = None,
    table_crs: Annotated[
        list[str] | None,
        typer.Option(metavar="TABLE=CRS", help="CRS of a table's coordinates."),
    ] = None,
) -> None:
    """
    Make a study from files.

    At least buildings or streets are needed (or an OpenStreetMap file, which brings
    both, with places and cameras). Tables may reach far beyond the buildings.
    """
    from coveragekit.study import Inputs, create_study

    given = {
        "osm": osm,
        "cameras": cameras,
        "buildings": buildings,
        "streets": streets,
        "incidents": incidents,
        "calls": calls,
        "places": places,
        "areas": areas,
        "terrain": terrain,
    }
    files = {key: _split(value) for key, value in given.items() if value}
    if not files:
        message = "no input is named; give at least --osm or --buildings with a file"
        raise typer.BadParameter(message)
    settings = {
        "name": name,
        "crs": crs,
        "time_zone": time_zone,
        "purpose": purpose,
        "edition": edition,
        "as_of": _utc(as_of),
    }
    inputs = Inputs(files, aliases=_pairs(aliases), crs=_pairs(table_crs))
    with _stoppable("no study was made"), err.status("reading files"):
        study = create_study(
            folder, inputs, settings={k: v for k, v in settings.items() if v}
        )
    _report_new(study)


def _split(text: str) -> list[Path]:
    return [Path(part.strip()) for part in text.split(",") if part.strip()]


def _pairs(items: list[str] | None) -> dict[str, str]:
    pairs = {}
    for item in items or []:
        table, sign, value = item.partition("=")
        if not (sign and table and value):
            message = f"{item!r} is not of the form TABLE=VALUE, such as cameras=gdot"
            raise typer.BadParameter(message)
        pairs[table.strip()] = value.strip()
    return pairs


def _utc(moment: datetime | None) -> datetime | None:
    from datetime import UTC

    return moment.replace(tzinfo=UTC) if moment is not None else None


def _report_new(study: Any) -> None:  # noqa: ANN401 - Study, imported where used
    from coveragekit.study.folder import rejected_counts

    for one in study.settings.inputs:
        out.print(
            f"{one.table}: {_rows(one.kept, one.offered)} from {escape(one.file)}"
            + (f" (read as {one.preset})" if one.preset else ""),
        )
        for notice in one.notices:
            if "is read by the alias table" in notice:
                continue  # said in the line above
            err.print(f"  [yellow]note:[/] {escape(notice)}")
    for name, causes in rejected_counts(study.rejected()).items():
        for cause, count in causes.items():
            err.print(f"  [yellow]{name}:[/] {count:,} x {escape(cause)}")
    if len(study.rejected()):
        out.print(f"row by row: {study.path / 'rejected.csv'}")
    out.print(f"study made: {study.path}; next: coveragekit build {study.path}")


def _rows(kept: int, offered: int) -> str:
    if kept > offered:  # one row of the source became several: parts, blocks, sectors
        return f"{kept:,} rows out of {offered:,}"
    return f"{kept:,} of {offered:,} rows"


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
    with _stoppable("what was built before is as it was"), StepBar() as progress:
        study.build(progress=progress)
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

    print_summary(Study.open(folder), as_json=as_json)


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
    light: Annotated[str, typer.Option(help="day or night.")] = "day",
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
    at = _utc(when)
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
    if file is not None:
        write_frame(rows, file)
        out.print(f"{len(rows):,} cameras written to {file}")
        return
    print_table(
        rows[["camera_id", "name", "access", "verdict", "distance_m", "reason"]],
        title=f"cameras near {lon:.6f}, {lat:.6f}",
    )


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


@app.command()
def serve(
    folder: StudyFolder,
    *,
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="0 takes a free one.")
    ] = 8866,
    user: Annotated[str | None, typer.Option(help="Your name.")] = None,
    role: Annotated[str, typer.Option(help="Your role.")] = "analyst",
    open_browser: Annotated[
        bool, typer.Option("--open/--no-open", help="Open the browser.")
    ] = False,
) -> None:
    """Show a study's planner page on this machine."""
    from coveragekit.study import Study

    study = Study.open(folder)
    study.results()
    _serve(study.path, port=port, user=user, role=role, open_browser=open_browser)


def _serve(
    folder: Path, *, port: int, user: str | None, role: str, open_browser: bool
) -> None:
    from coveragekit.dashboards.serve import serve_planner

    with err.status("starting the dashboard"):
        served = serve_planner(
            folder,
            port=port,
            user=user or getpass.getuser(),
            role=role,
            open_browser=open_browser,
        )
    try:
        out.print(f"planner: {served.url}  (Ctrl-C stops it)")
        with contextlib.suppress(KeyboardInterrupt):
            served.wait()
    finally:
        served.stop()
    out.print("stopped")


@app.command()
def demo(
    folder: Annotated[
        Path, typer.Argument(metavar="STUDY", help="Where to keep the demo study.")
    ] = Path("demo-study"),
    *,
    open_browser: Annotated[
        bool, typer.Option("--open/--no-open", help="Open the browser.")
    ] = True,
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="0 takes a free one.")
    ] = 8866,
) -> None:
    """Build the demo study and open its planner page."""
    from coveragekit.study import Study, create_demo

    if (folder / "study.toml").is_file():
        study = Study.open(folder)
    else:
        with _stoppable("no study was made"), err.status("making the demo study"):
            study = create_demo(folder)
    with _stoppable("the former results are still in force"), StepBar() as progress:
        study.build(progress=progress)
    print_summary(study, as_json=False)
    _serve(study.path, port=port, user=None, role="analyst", open_browser=open_browser)


@app.command()
def doctor() -> None:
    """Say what is installed, what is missing, and how to get it."""
    from coveragekit.cli.doctor import examine

    findings = examine()
    for finding in findings:
        mark = "[green]ok[/]     " if finding.ok else "[red]missing[/]"
        out.print(f"{mark} {finding.part}: {finding.words}")
    if any(finding.needed and not finding.ok for finding in findings):
        raise typer.Exit(code=1)
