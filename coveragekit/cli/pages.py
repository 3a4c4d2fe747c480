"""The commands that show pages, and the one that says what is missing."""

from __future__ import annotations

import contextlib
import os
import signal
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from coveragekit.cli.app import StudyFolder, app, get_pages_ready, stoppable
from coveragekit.cli.form import serve_form
from coveragekit.cli.registry_left import departed_cameras
from coveragekit.cli.screen import StepBar, err, out, print_summary

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from coveragekit.dashboards.serving import Serving

__all__ = ["demo", "doctor", "serve"]


@app.command()
def serve(  # noqa: PLR0913 - options of a command
    folder: StudyFolder,
    *,
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="0 takes a free one.")
    ] = 8866,
    user: Annotated[str | None, typer.Option(help="Your name.")] = None,
    role: Annotated[
        str | None, typer.Option(help="Your role; analyst where none is given.")
    ] = None,
    settings: Annotated[
        Path | None,
        typer.Option(
            "--settings",
            metavar="FILE",
            help="Sign-on proxy, host names and limits, or [form], in TOML.",
        ),
    ] = None,
    most_viewers: Annotated[
        int | None, typer.Option(help="How many pages may be open at once.")
    ] = None,
    preheat: Annotated[
        int | None, typer.Option(help="How many pages are held ready for visitors.")
    ] = None,
    cull_after: Annotated[
        int | None,
        typer.Option(help="Seconds after which what a lost page holds is freed."),
    ] = None,
    open_browser: Annotated[
        bool, typer.Option("--open/--no-open", help="Open the browser.")
    ] = False,
    public: Annotated[
        bool, typer.Option("--public", help="The form for camera owners alone.")
    ] = False,
    desk: Annotated[
        bool, typer.Option("--desk", help="The registry desk: what owners sent.")
    ] = False,
    catalogue: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="With --public: your own camera models."),
    ] = None,
    registry: Annotated[
        str | None,
        typer.Option(metavar="URL", help="Which registry, for forms and pictures."),
    ] = None,
) -> None:
    """Show a study's planner page, the registry desk, or the form for owners."""
    from coveragekit.dashboards.serving import Serving, read_serving
    from coveragekit.study import Study

    _check_together(public=public, desk=desk, catalogue=catalogue)
    if public:
        _check_public(user, role, most_viewers, preheat, cull_after)
    study = Study.open(folder)
    study.results()
    departed_cameras(study)
    if public:
        with _stopped_by_terminate():
            serve_form(
                study.path,
                port=port,
                settings=settings,
                catalogue=catalogue,
                registry=registry,
            )
        return
    serving = Serving() if settings is None else read_serving(settings)
    serving = serving.changed(
        user=user,
        role=role,
        most_viewers=most_viewers,
        preheat=preheat,
        cull_after_s=cull_after,
    )
    _serve(
        study.path,
        port=port,
        serving=serving,
        open_browser=open_browser,
        desk=desk,
        registry=registry,
    )


def _check_together(*, public: bool, desk: bool, catalogue: Path | None) -> None:
    if public and desk:
        message = "--public and --desk are two servers; start each by itself"
        raise typer.BadParameter(message)
    if catalogue is not None and not public:
        message = "--catalogue belongs to --public; give it too"
        raise typer.BadParameter(message)


def _check_public(*of_pages: object) -> None:
    if any(one is not None for one in of_pages):
        message = (
            "--user, --role, --most-viewers, --preheat and --cull-after are for the "
            "staff's pages; the form of --public has neither users nor kernels"
        )
        raise typer.BadParameter(message)


def _serve(  # noqa: PLR0913 - how one page is served
    folder: Path,
    *,
    port: int,
    serving: Serving,
    open_browser: bool,
    desk: bool = False,
    registry: str | None = None,
    told: Mapping[str, str] | None = None,
) -> None:
    from coveragekit.dashboards import serve_planner, serve_registry_desk

    get_pages_ready()
    start = (
        partial(serve_registry_desk, registry=registry)
        if desk
        else partial(serve_planner, registry=registry, told=told)
    )
    if registry is not None and not desk and not os.environ.get("COVERAGEKIT_FEEDS"):
        err.print("no live pictures: COVERAGEKIT_FEEDS names no feed settings")
    with err.status("starting the dashboard"):
        served = start(folder, port=port, serving=serving, open_browser=open_browser)
    try:
        page = "registry desk" if desk else "planner"
        with contextlib.suppress(KeyboardInterrupt), _stopped_by_terminate():
            # An address that is broken in two cannot be clicked.
            out.print(f"{page}: {served.url}  (Ctrl-C stops it)", soft_wrap=True)
            served.wait()
            err.print(f"the server has ended by itself; see {served.log_path}")
            raise typer.Exit(code=1)
    finally:
        served.stop()
    out.print("stopped")


@contextlib.contextmanager
def _stopped_by_terminate() -> Iterator[None]:
    """Take the wish of a service manager to end for Ctrl-C."""
    former = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, former)


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
    role: Annotated[
        str, typer.Option(help="Your role in it; an analyst sees single incidents.")
    ] = "supervisor",
) -> None:
    """Build the demo study and open its planner page, with simulated cameras."""
    from coveragekit.cli.demo_cameras import simulated_cameras
    from coveragekit.dashboards.serving import Serving
    from coveragekit.study import Study, create_demo

    serving = Serving().changed(role=role)  # refused before anything is built
    if (folder / "study.toml").is_file():
        study = Study.open(folder)
    else:
        with stoppable("no study was made"), err.status("making the demo study"):
            study = create_demo(folder)
    with stoppable("the former results are still in force"), StepBar() as progress:
        study.build(progress=progress)
    print_summary(study, as_json=False)
    with simulated_cameras(study.path) as told:
        if told:
            words = "some cameras show simulated live pictures: choose one on the map"
            out.print(f"you are {role} here; {words}", soft_wrap=True)
        _serve(
            study.path,
            port=port,
            serving=serving,
            open_browser=open_browser,
            told=told,
        )


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
