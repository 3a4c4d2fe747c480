"""What the commands print: tables, progress and plain sentences."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import Progress as Bar
from rich.progress import SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from types import TracebackType
    from typing import Self

    import pandas as pd

    from coveragekit.study import Study

__all__ = [
    "StepBar",
    "counted",
    "err",
    "out",
    "print_reasons",
    "print_summary",
    "print_table",
]

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)


def counted(number: int, noun: str, many: str | None = None) -> str:
    """
    Give a number with its noun in the right form.

    Parameters
    ----------
    number
        How many.
    noun
        The noun for one of them.
    many
        Its plural, where that does not only end in s.

    Returns
    -------
    str
        Such as ``1 row`` or ``2,048 rows``.

    Examples
    --------
    >>> counted(1, "authority", "authorities"), counted(2, "row")
    ('1 authority', '2 rows')
    """
    return f"{number:,} {noun if number == 1 else many or f'{noun}s'}"


class StepBar:
    """Show the steps of a build as they run, on standard error."""

    def __init__(self) -> None:
        self._bar = Bar(
            SpinnerColumn(finished_text="[green]✓"),
            TextColumn("{task.description}"),
            TimeElapsedColumn(),
            console=err,
        )
        self._tasks: dict[str, Any] = {}

    def __enter__(self) -> Self:
        """Start to draw."""
        self._bar.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop drawing."""
        self._bar.__exit__(kind, error, trace)

    def __call__(self, step: str, state: str, seconds: float) -> None:
        """
        Take note of a step.

        Parameters
        ----------
        step
            What is being done, in words.
        state
            ``start``, ``done``, ``kept``, or how far it is.
        seconds
            Time that it took.
        """
        del seconds  # the bar keeps its own clock
        if step not in self._tasks:
            if not err.is_terminal and state == "start":
                # A bar is drawn at the end only where nobody sees it move.
                err.print(f"{escape(step)} ...")
            self._tasks[step] = self._bar.add_task(escape(step), total=1)
        if state == "kept":
            self._bar.update(
                self._tasks[step],
                completed=1,
                description=f"{escape(step)} [dim](unchanged)[/]",
            )
        elif state == "done":
            self._bar.update(self._tasks[step], completed=1, description=escape(step))
        elif state != "start":
            self._bar.update(
                self._tasks[step], description=f"{escape(step)} [dim]({state})[/]"
            )


def print_table(frame: pd.DataFrame, *, title: str = "") -> None:
    """
    Print a table of results.

    Parameters
    ----------
    frame
        Columns and rows, already rounded for people.
    title
        What it is.
    """
    table = Table(title=escape(title) if title else None, title_justify="left")
    for column in frame.columns:
        is_number = frame[column].dtype.kind in "fiu"
        table.add_column(escape(str(column)), justify="right" if is_number else "left")
    for row in frame.itertuples(index=False):
        table.add_row(*(_cell(value) for value in row))
    out.print(table, soft_wrap=False)


def print_reasons(rows: pd.DataFrame, *, title: str) -> None:
    """
    Print why cameras see a place or not, a line each.

    Parameters
    ----------
    rows
        As ``Study.explain`` gives them.
    title
        What they are of.
    """
    out.print(escape(title), style="bold")
    if rows.empty:
        out.print("  there is no camera near it")
    for row in rows.to_dict("records"):
        name = row["name"] if isinstance(row["name"], str) else row["camera_id"]
        sees = str(row["verdict"]).startswith("sees")
        mark = "[green]sees[/]  " if sees else "[dim]not[/]   "
        out.print(
            f"  {mark}{escape(str(name))} ({escape(str(row['access']))}, "
            f"{row['distance_m']:,.0f} m): {escape(str(row['reason']))}"
        )


def _cell(value: object) -> str:
    if value is None or value != value:  # noqa: PLR0124 - not-a-number differs from itself
        return ""
    if isinstance(value, float):
        return f"{value:,.1f}"
    return escape(str(value))


def print_summary(study: Study, *, as_json: bool) -> None:
    """
    Print the headline numbers of a study, each with its basis.

    Parameters
    ----------
    study
        A study that was built.
    as_json
        Whether a program reads it.
    """
    summary = study.results().summary
    if as_json:
        typer.echo(json.dumps(summary, indent=2))
        return
    label = " [yellow](simulated)[/]" if summary["simulated"] else ""
    out.print(f"[bold]{escape(summary['study'])}[/]{label}  {summary['crs']}")
    counts = ", ".join(f"{count:,} {name}" for name, count in summary["counts"].items())
    out.print(f"{counts}")
    out.print(_taking_part(summary))
    rests = {share["basis"].partition("; ")[2] for share in summary["shares"].values()}
    for name, share in summary["shares"].items():
        what, _, rest = share["basis"].partition("; ")
        out.print(_share_line(name, share))
        out.print(
            f"    [dim]of {escape(what if len(rests) == 1 else f'{what}; {rest}')}[/]"
        )
    if len(rests) == 1:
        out.print(f"[dim]all of them: {escape(rests.pop())}[/]")
    for note in (*_unknowns(summary), *summary.get("warnings", ())):
        out.print(f"[yellow]note:[/] {escape(note)}")
    for line in _worth_lines(summary):
        out.print(line)
    for name, causes in summary["rejected"].items():
        listed = "; ".join(f"{cause}: {count:,}" for cause, count in causes.items())
        out.print(f"[dim]{name}, set apart: {escape(listed)}[/]")
    gaps = summary["gaps"]
    demand = "incidents" in summary["shares"]
    out.print(f"{gaps['count']:,} gaps; the first:")
    for number, gap in enumerate(gaps["top"], start=1):
        rate = f"{gap['incidents_per_year']:.1f} incidents a year, " if demand else ""
        out.print(
            f"  {number}. {escape(str(gap['name']))}: {rate}"
            f"{gap['street_m']:.0f} m of street"
        )


def _unknowns(summary: Mapping[str, Any]) -> Iterator[str]:
    """Say what a figure of nothing may come from: what the camera list does not say."""
    facts = summary["cameras"]
    counted = facts["counted"]
    unknown = facts["by_status"].get("unknown", 0)
    if unknown:
        yield (
            f"the state of {unknown:,} of {counted:,} cameras is unknown; they count "
            "as working now only where they were heard of within 24 hours"
        )
    if facts.get("blind_at_night"):
        yield (
            f"of {facts['blind_at_night']:,} of {counted:,} cameras no infrared lamp "
            "is known; they see nothing by night"
        )
    if facts.get("turning") == 0 and summary.get("ptz") not in {None, "now"}:
        yield "no camera turns, so that the choice of --ptz changes nothing"


def _worth_lines(summary: Mapping[str, Any]) -> Iterator[str]:
    """Say whether cameras are where the harm is, and which matters most."""
    overall = (summary.get("concentration") or {}).get("overall")
    if overall and overall.get("value") is not None:
        yield (
            f"incidents are seen {overall['value']:.2f} times ({overall['low']:.2f}-"
            f"{overall['high']:.2f}) as often as street; cameras placed without regard "
            f"to them would come to {overall['chance_low']:.2f}-"
            f"{overall['chance_high']:.2f}: {overall['verdict']}"
        )
    for one in summary["cameras"].get("most_important", ())[:1]:
        name, loss = escape(str(one["name"] or one["camera_id"])), one["loss"]
        rate = loss["incidents"]
        incidents = "" if rate is None else f", {rate:.1f} incidents a year"
        yield (
            f"the outage that would cost most: {name} ({loss['street_m']:,.0f} m of "
            f"street{incidents})"
        )
    if summary.get("scenes") is None:
        advice = "no intervals yet; draw scenes: coveragekit build STUDY --scenes 64"
        yield f"[dim]{advice}[/]"


def _taking_part(summary: Mapping[str, Any]) -> str:
    """Say how much of each table counts in the study area, and what is assumed."""
    facts, counts = summary["cameras"], summary["counts"]
    cameras = f"{facts['used']:,} of {counts.get('cameras', 0):,} cameras"
    unknown = f"{facts['unknown_bearing']:,} of unknown direction count by chance"
    parts = [f"{cameras} reach the study area ({unknown})"]
    for name in ("incidents", "calls"):
        if counts.get(name):
            years = summary[name]["years"]
            parts.append(
                f"{summary[name]['inside']:,} of {counts[name]:,} {name} lie in it "
                f"({years:.1f} years)"
            )
    return "; ".join(parts)


SHARE_WORDS = {
    "area": "Area seen",
    "street_length": "Street seen",
    "incidents": "Incidents seen (street-visible)",
    "incidents_all": "Incidents seen (all)",
    "calls": "Calls seen",
}


def _share_line(name: str, share: Mapping[str, Any]) -> str:
    words = SHARE_WORDS.get(name, name)
    of = f"of {share['total']:,.0f} {share['unit']}"
    line = f"[bold]{words}[/]: {_range(share)} {of}"
    if share.get("naive") is not None:
        line += f" (naive: {100 * share['naive']:.1f} %)"
    beside = {
        "by night": share.get("by_light", {}).get("night"),
        "cameras that work now": share.get("working_now"),
    }
    # Beside the median of scenes stand figures of the cameras as they are recorded.
    drawn = share["low"] is not None
    given = {"by day": {"value": share["nominal"]} if drawn else None}
    given["when it happened"] = share.get("at_the_time")
    known = [f"{words} {_range(one)}" for words, one in beside.items() if one]
    as_given = [f"{words} {_range(one)}" for words, one in given.items() if one]
    if as_given:
        known.append(("as given: " if drawn else "") + ", ".join(as_given))
    return f"{line}\n    {'; '.join(known)}" if known else line


def _range(found: Mapping[str, Any]) -> str:
    """Give a share in per cent, with its interval where there is one."""
    if found["value"] is None:
        return "none"
    value = f"{100 * found['value']:.1f} %"
    if found.get("low") is None or found["low"] == found["high"]:
        return value
    return f"{value} ({100 * found['low']:.1f}-{100 * found['high']:.1f})"
