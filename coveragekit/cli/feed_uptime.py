"""The command that tells how much of the time cameras work."""

from __future__ import annotations

import json
from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from coveragekit.cli.feed import feed_app
from coveragekit.cli.moments import read_moment
from coveragekit.cli.registry_app import (
    PurposeCode,
    RegistryUrl,
    RoleName,
    UserName,
    door_of,
)
from coveragekit.cli.registry_kinds import lines_of, plain
from coveragekit.cli.screen import out

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["uptime"]


@feed_app.command()
def uptime(  # noqa: PLR0913 - which stretch, by whom, and in which form
    *,
    since: Annotated[
        str | None, typer.Option(help="From when; 30 days ago if not given.")
    ] = None,
    until: Annotated[str | None, typer.Option(help="Until when; now if not.")] = None,
    by: Annotated[
        Literal["camera", "maintainer"],
        typer.Option(help="A line for each camera, or sums for each maintainer."),
    ] = "camera",
    as_json: Annotated[
        bool, typer.Option("--json", help="One line of JSON for each, for a program.")
    ] = False,
    as_csv: Annotated[
        bool, typer.Option("--csv", help="As CSV with every column, for a sheet.")
    ] = False,
    purpose: PurposeCode = "upkeep",
    registry: RegistryUrl = None,
    user: UserName = None,
    role: RoleName = None,
) -> None:
    """Tell how much of the time cameras worked, those that worked least first."""
    from coveragekit import access
    from coveragekit.access.health import uptime as uptime_of

    with door_of(registry, user, role) as (door, who):
        rows = uptime_of(
            who,
            access.Purpose(purpose),
            since=None if since is None else read_moment(since),
            until=None if until is None else read_moment(until),
            by=by,
            registry=door,
        )
    told = [asdict(row) for row in rows]
    if as_json:
        for one in told:
            typer.echo(json.dumps(one, ensure_ascii=False, default=_text))
    elif as_csv:
        from coveragekit.access.health import CameraUptime, MaintainerUptime

        kind = CameraUptime if by == "camera" else MaintainerUptime
        _say_csv(told, [one.name for one in fields(kind)])
    elif told:
        for line in lines_of([_row(one) for one in told]):
            out.print(line, markup=False)
    else:
        out.print(
            "no camera was looked at in that time; look with: coveragekit feed probe",
            markup=False,
        )


def _row(one: Mapping[str, Any]) -> dict[str, Any]:
    share = one["share"]
    first = (
        {"camera": one["camera_id"]}
        if "camera_id" in one
        else {"maintainer": one["maintainer"] or "(nobody is named)"}
    )
    told: dict[str, Any] = {
        **first,
        "worked": None if share is None else f"{100 * share:.1f} %",
        "hours": f"{one['online_h']:.1f}",
        "hours not": f"{one['offline_h']:.1f}",
        "hours unknown": f"{one['unknown_h']:.1f}",
    }
    if "camera_id" not in one:
        names = {"cameras": "cameras", "online_now": "now online"}
        names["offline_now"] = "now offline"
        return told | {words: one[name] for name, words in names.items()}
    return told | {
        "now": one["status"],
        "fault": None if one["fault"] is None else one["fault"].replace("_", " "),
        "since": one["since_at"],
        "maintainer": one["maintainer"],
        "name": one["name"],
    }


def _say_csv(told: Sequence[Mapping[str, Any]], names: Sequence[str]) -> None:
    import pandas as pd

    from coveragekit.study.export import safe_cells

    cells = {name: [_cell(row[name]) for row in told] for name in names}
    frame = safe_cells(pd.DataFrame(cells, columns=list(names)))
    typer.echo(frame.to_csv(index=False, lineterminator="\n"), nl=False)


def _cell(value: object) -> object:
    return value if isinstance(value, int | float) or value is None else plain(value)


def _text(value: object) -> str:
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
