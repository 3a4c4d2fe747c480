"""The commands that make a study: from files, and of a made-up city."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 - typer reads it when it runs
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape

from coveragekit.cli.app import Files, app, stoppable, utc
from coveragekit.cli.screen import err, out

__all__ = ["init", "synth"]


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
    zones: Annotated[
        str | None,
        typer.Option(
            metavar="FILE[,FILE...]",
            help="Privacy zones: places that no camera may look into.",
        ),
    ] = None,
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
        "privacy_zones": zones,
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
        "as_of": utc(as_of),
    }
    inputs = Inputs(files, aliases=_pairs(aliases), crs=_pairs(table_crs))
    with stoppable("no study was made"), err.status("reading files"):
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


@app.command()
def synth(  # noqa: PLR0913 - one option for each table
    folder: Annotated[Path, typer.Argument(metavar="STUDY", help="A new folder.")],
    *,
    cameras: Annotated[int, typer.Option(metavar="N", help="How many cameras.")],
    buildings: Annotated[int, typer.Option(metavar="N", help="How many buildings.")],
    incidents: Annotated[int, typer.Option(metavar="N", help="How many incidents.")],
    calls: Annotated[
        int | None,
        typer.Option(metavar="N", help="How many calls; half as many as incidents."),
    ] = None,
    places: Annotated[
        int | None,
        typer.Option(metavar="N", help="How many places; three for ten buildings."),
    ] = None,
    seed: Annotated[
        int, typer.Option(metavar="S", help="The same seed gives the same city.")
    ] = 0,
    name: Annotated[str | None, typer.Option(help="What to call it.")] = None,
) -> None:
    """
    Make a study of a made-up city of any size.

    Everything in it is simulated, and every page and file says so.
    """
    from coveragekit.sources import CitySize
    from coveragekit.study import create_city

    size = CitySize(buildings, cameras, incidents, calls=calls, places=places)
    with stoppable("no study was made"), err.status("making a city") as status:
        study = create_city(
            folder,
            size,
            seed=seed,
            name=name,
            say=lambda what: status.update(f"making a city: {what}"),
        )
    for one in study.settings.inputs:
        out.print(f"{one.table}: {one.kept:,} rows, simulated")
    out.print("all of it is made up; it says nothing about any place")
    _report_next(study)


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
    _report_next(study)


def _report_next(study: Any) -> None:  # noqa: ANN401 - Study, imported where used
    out.print(f"study made: {study.path}; next: coveragekit build {study.path}")


def _rows(kept: int, offered: int) -> str:
    if kept > offered:  # one row of the source became several: parts, blocks, sectors
        return f"{kept:,} rows out of {offered:,}"
    return f"{kept:,} of {offered:,} rows"
