"""The command that says by a file which feed is which camera's."""

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
from coveragekit.errors import InputError

if TYPE_CHECKING:
    from coveragekit.access import FeedImport

__all__ = ["import_feeds"]

_SHOWN = 20


@registry_app.command(name="import-feeds")
def import_feeds(  # noqa: PLR0913 - one option for each way to take a file
    file: Annotated[Path, typer.Argument(help=".csv .xlsx")],
    *,
    keep_good: Annotated[
        bool,
        typer.Option("--keep-good", help="Keep good rows though others are refused."),
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
    """Say by the rows of a file where cameras' pictures come from."""
    from coveragekit import access
    from coveragekit.sources.feed_rows import read_feed_rows

    if report is not None and report.resolve() == file.resolve():
        message = f"the report would replace {file}; name another file for it"
        raise InputError(message)
    read = read_feed_rows(file)
    with door_of(registry, user, role) as (door, who):
        done = access.import_feeds(
            who,
            access.Purpose("administration"),
            read.rows,
            columns=read.columns,
            lines=read.lines,
            digest=read.digest,
            unread=read.rejected,
            keep_good=keep_good,
            dry_run=dry_run,
            registry=door,
        )
    _tell(done, dry_run=dry_run)
    if report is not None:
        _write_report(done, report)
        out.print(f"row by row: {report}", markup=False)
    if done.refused + done.unread and not (keep_good or dry_run):
        raise typer.Exit(code=1)


def _tell(done: FeedImport, *, dry_run: bool) -> None:
    would = "" if done.is_kept else "would be "
    parts = [f"{done.added:,} {would}added", f"{done.changed:,} {would}changed"]
    parts += [f"{done.same:,} the same", f"{done.refused:,} refused"]
    out.print(f"{counted(len(done.rows), 'row')}: {', '.join(parts)}")
    refused = [one for one in done.rows if one.what == "refused"]
    for one in refused[:_SHOWN]:
        err.print(f"  [yellow]refused:[/] line {one.line}: {escape(one.words)}")
    if len(refused) > _SHOWN:
        more = counted(len(refused) - _SHOWN, "more refused row")
        err.print(f"  ... and {more}; --report FILE names each")
    if done.unread:
        rows = counted(done.unread, "row")
        err.print(
            f"  [yellow]refused:[/] {rows} with more or fewer cells than the first line"
        )
    if (refused or done.unread) and not (done.is_kept or dry_run):
        err.print(
            "[yellow]nothing was kept:[/] mend these rows, or take the others alone "
            "with --keep-good"
        )


def _write_report(done: FeedImport, path: Path) -> None:
    import pandas as pd

    from coveragekit.study.export import safe_cells

    would = "" if done.is_kept else "would be "
    fates = {"added": f"{would}added", "changed": f"{would}changed"}
    rows = [
        {
            "line": one.line,
            "what": fates.get(one.what, one.what),
            "camera_id": one.camera_id or "",
            "feed": one.feed or "",
            "why": one.words,
        }
        for one in done.rows
    ]
    names = ["line", "what", "camera_id", "feed", "why"]
    safe_cells(pd.DataFrame(rows, columns=names)).to_csv(path, index=False)
