"""The commands that show pages, and the one that says what is missing."""

from __future__ import annotations

import contextlib
import getpass
from pathlib import Path
from typing import Annotated

import typer

from coveragekit.cli.app import StudyFolder, app, stoppable
from coveragekit.cli.screen import StepBar, err, out, print_summary

__all__ = ["demo", "doctor", "serve"]


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
        # An address that is broken in two cannot be clicked.
        out.print(f"planner: {served.url}  (Ctrl-C stops it)", soft_wrap=True)
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
        with stoppable("no study was made"), err.status("making the demo study"):
            study = create_demo(folder)
    with stoppable("the former results are still in force"), StepBar() as progress:
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
