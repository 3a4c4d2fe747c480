"""The command line's root, and what its commands share."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from coveragekit.cli.screen import err, out

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = [
    "Files",
    "OutFile",
    "StudyFolder",
    "app",
    "get_pages_ready",
    "stoppable",
    "utc",
]

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Map what a city's cameras can see, and find the blind spots.",
)

Files = Annotated[
    str | None,
    typer.Option(metavar="FILE[,FILE...]", help="One or more files, comma-separated."),
]
StudyFolder = Annotated[Path, typer.Argument(metavar="STUDY", help="The study folder.")]
OutFile = Annotated[
    Path | None,
    typer.Option("--out", metavar="FILE", help=".geojson .gpkg .parquet .csv .xlsx"),
]


@contextlib.contextmanager
def stoppable(words: str) -> Iterator[None]:
    """
    Say what is still true when a person stops what is being done.

    Parameters
    ----------
    words
        What is still true.

    Yields
    ------
    None
        Nothing; the work goes inside.
    """
    try:
        yield
    except KeyboardInterrupt:
        err.print(f"[yellow]stopped:[/] {words}")
        raise typer.Exit(code=1) from None


def get_pages_ready() -> None:
    """Compile what the pages draw with, so that nobody waits for it there."""
    from coveragekit.dashboards import warm

    if not warm.is_compiled():
        words = "getting the pages ready (once on this machine, about half a minute)"
        with stoppable("the study is built; its pages start slowly"), err.status(words):
            warm.warm_up()


def utc(moment: datetime | None) -> datetime | None:
    """
    Take a time from the command line as UTC.

    Parameters
    ----------
    moment
        A time without zone, if one was given.

    Returns
    -------
    datetime.datetime or None
        The same in UTC.
    """
    return moment.replace(tzinfo=UTC) if moment is not None else None


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
