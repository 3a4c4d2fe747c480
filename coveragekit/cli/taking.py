"""The command that takes tables out of a study."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - typer reads it when it runs
from typing import Annotated

import typer

from coveragekit.cli.app import StudyFolder, app
from coveragekit.cli.registry_left import without_departed
from coveragekit.cli.screen import err, out

__all__ = ["export"]


@app.command()
def export(
    folder: StudyFolder,
    tables: Annotated[
        str,
        typer.Argument(
            metavar="TABLE[,TABLE...]",
            help="cameras, isovists, gaps, street_coverage, incidents, calls, "
            "areas, study_area; several into .gpkg or .xlsx.",
        ),
    ],
    *,
    file: Annotated[
        Path,
        typer.Option(
            "--out",
            metavar="FILE",
            help=".geojson .gpkg .parquet .pmtiles .csv .xlsx",
        ),
    ],
    role: Annotated[
        str, typer.Option(help="For whom it is: what they may not have is left out.")
    ] = "analyst",
    even_so: Annotated[
        bool,
        typer.Option("--even-so", help="Though it is not known which owners left."),
    ] = False,
) -> None:
    """Take tables of a built study out, in the form that a role may have them in."""
    from coveragekit.study import Study
    from coveragekit.study.taking_out import take_out

    wanted = [name.strip() for name in tables.split(",") if name.strip()]
    study = Study.open(folder)
    gone = without_departed(study, wanted, even_so=even_so)
    taken = take_out(study, wanted, file, role=role, gone=gone)
    said = "; ".join(_rows(name, count) for name, count in taken.rows.items())
    out.print(f"{said} written to {taken.path}")
    for note in taken.notes:
        err.print(f"[yellow]note:[/] {note}")


def _rows(table: str, count: int) -> str:
    if table.endswith("_by_cell"):
        return f"{count:,} cells of {table.removesuffix('_by_cell')}"
    return f"{count:,} {table.replace('_', ' ')}"
