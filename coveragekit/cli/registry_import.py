"""The command that brings cameras into the registry from a file."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - typer reads it when it runs
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from coveragekit.cli.registry_app import (
    RegistryUrl,
    RoleName,
    UserName,
    door_of,
    registry_app,
)
from coveragekit.cli.screen import counted, err, out

if TYPE_CHECKING:
    from collections.abc import Iterator

    from coveragekit.access import Imported, RowReport

__all__ = ["import_"]

_SHOWN = 20
_COLUMNS = ("what", "camera_id", "columns", "faults")


@registry_app.command(name="import")
def import_(  # noqa: PLR0913 - one option for each thing a file may leave unsaid
    file: Annotated[Path, typer.Argument(help=".csv .xlsx .geojson .gpkg .osm.pbf")],
    *,
    source: Annotated[
        str | None, typer.Option(help="What to call it; the file's name if not given.")
    ] = None,
    agency: Annotated[
        str | None,
        typer.Option(help="Owner of the cameras that the file calls public."),
    ] = None,
    aliases: Annotated[
        str | None, typer.Option(metavar="PRESET", help="Alias table to read it with.")
    ] = None,
    again: Annotated[
        bool,
        typer.Option("--again", help="Add rows that are just like cameras there, too."),
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be done, and do nothing.")
    ] = False,
    report: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write every row's fate: .csv")
    ] = None,
    registry: RegistryUrl = None,
    user: UserName = None,
    role: RoleName = None,
) -> None:
    """Add and change cameras by the rows of a file, and report on every row."""
    from coveragekit import access
    from coveragekit.sources.plain_rows import read_camera_rows

    read = read_camera_rows(file, aliases=aliases)
    for notice in read.notices:
        err.print(f"[yellow]note:[/] {escape(notice)}")
    with door_of(registry, user, role) as (door, who):
        done = access.import_rows(
            who,
            access.Purpose("administration"),
            read.rows,
            source=source or file.name,
            agency=agency,
            again=again,
            lines=read.lines,
            dry_run=dry_run,
            registry=door,
        )
    unit = "row" if read.lines is None else "line"
    _tell(done, unread=read.rejected, unit=unit)
    if report is not None:
        _write_report(done, report, unit=unit)
        out.print(f"row by row: {report}", markup=False)


def _tell(done: Imported, *, unread: int, unit: str) -> None:
    would = "would be " if done.dry_run else ""
    parts = [f"{done.added:,} {would}added", f"{done.changed:,} {would}changed"]
    parts.append(f"{done.same:,} the same")
    if done.doubles:
        parts.append(f"{done.doubles:,} {would}left out as doubles")
    parts.append(f"{done.refused:,} refused")
    out.print(f"{counted(len(done.rows), 'row')}: {', '.join(parts)}")
    if unread:
        err.print(f"[yellow]{counted(unread, 'row')} could not be read[/]")
    for notice in (*_of_doubles(done), *done.notices):
        err.print(f"[yellow]note:[/] {escape(notice)}")
    refused = [one for one in done.rows if one.faults]
    for one in refused[:_SHOWN]:
        for words in _faults(one, unit):
            err.print(f"  [yellow]refused:[/] {escape(words)}")
    if len(refused) > _SHOWN:
        more = counted(len(refused) - _SHOWN, "more refused row")
        err.print(f"  ... and {more}; --report FILE names each")


def _of_doubles(done: Imported) -> Iterator[str]:
    """Say that the file is perhaps one that was taken before, and what to type then."""
    if not done.doubles:
        return
    known = [source for source in done.like_sources if source][:1]
    are, cameras = ("is", "a camera") if done.doubles == 1 else ("are", "cameras")
    of = f" (source {known[0]})" if known else ""
    same = f' the same source? --source "{known[0]}";' if known else ""
    yield (
        f"{counted(done.doubles, 'row')} {are} just like {cameras} there already{of};"
        f"{same} to have them a second time: --again"
    )


def _faults(row: RowReport, unit: str) -> Iterator[str]:
    for one in row.faults:
        where = "whole column" if one.row is None else f"{unit} {one.row}"
        yield f"{where}, {one.column}: {one.value}; allowed: {one.allowed}"


def _write_report(done: Imported, path: Path, *, unit: str) -> None:
    import pandas as pd

    from coveragekit.study.export import safe_cells

    would = "would be " if done.dry_run else ""
    fates = {"added": f"{would}added", "changed": f"{would}changed"}
    fates["double"] = f"{would}left out: just like this camera"
    rows = [
        {
            unit: one.row,
            "what": fates.get(one.what, one.what),
            "camera_id": one.camera_id or "",
            "columns": ";".join(one.columns),
            "faults": "; ".join(
                f"{fault.column}: {fault.value}; allowed: {fault.allowed}"
                for fault in one.faults
            ),
        }
        for one in done.rows
    ]
    frame = pd.DataFrame(rows, columns=[unit, *_COLUMNS])
    safe_cells(frame).to_csv(path, index=False)
