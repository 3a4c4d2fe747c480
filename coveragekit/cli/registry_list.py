"""The commands that look into the registry: lists of rows, and one row whole."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from coveragekit.cli.registry_app import (
    CaseNumber,
    Offence,
    PurposeCode,
    RegistryUrl,
    RoleName,
    UserName,
    door_of,
    registry_app,
)
from coveragekit.cli.registry_kinds import kind_of, lines_of, name_of, plain
from coveragekit.cli.screen import err, out

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from coveragekit.access import CameraLine, Event

__all__ = ["list_", "show"]

_LEFT_OUT = frozenset(
    {"revision", "made_at", "changed_at", "changed_by", "changed_what", "ring"}
)
_COMPASS = ("N", "NE", "E", "SE", "S", "SW", "W", "NW")
_FOR_CAMERAS = "--owner, --state, --street, --near and --words are for cameras"


@registry_app.command(name="list")
def list_(  # noqa: PLR0913 - which rows, how many, and in which form
    kind: Annotated[
        str, typer.Argument(help="cameras, owners, contacts, sites, users, zones, ...")
    ] = "cameras",
    *,
    owner: Annotated[
        str | None, typer.Option(help="Cameras of this owner: part of the name, or id.")
    ] = None,
    state: Annotated[
        list[str] | None,
        typer.Option(
            help="Cameras whose consent is registered, integrated, withdrawn, ... or "
            "none; may be given again."
        ),
    ] = None,
    street: Annotated[
        str | None, typer.Option(help="Cameras with this in their address.")
    ] = None,
    near: Annotated[
        str | None,
        typer.Option(metavar="LON,LAT", help="Cameras within 500 m, nearest first."),
    ] = None,
    words: Annotated[
        str | None, typer.Option(help="Cameras with this in name, address or owner.")
    ] = None,
    after: Annotated[str | None, typer.Option(help="Go on after this id.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many.")] = 20,
    as_json: Annotated[
        bool, typer.Option("--json", help="One line of JSON for each, for a program.")
    ] = False,
    as_csv: Annotated[
        bool, typer.Option("--csv", help="As CSV with every column, for a sheet.")
    ] = False,
    purpose: PurposeCode = "administration",
    offence: Offence = None,
    case: CaseNumber = None,
    registry: RegistryUrl = None,
    user: UserName = None,
    role: RoleName = None,
) -> None:
    """List rows of the registry, some at a time, under a heading."""
    from coveragekit import access

    wanted = kind_of(kind)
    asked = access.Purpose(purpose, offence, case)
    chosen = access.LineFilter(
        owner, tuple(state or ()), street, words, near=_place(near)
    )
    if wanted != "camera" and chosen != access.LineFilter():
        raise typer.BadParameter(_FOR_CAMERAS)
    with door_of(registry, user, role) as (door, who):
        page: Any
        if wanted == "camera":
            page = access.list_cameras(
                who, asked, wanted=chosen, after=after, limit=limit, registry=door
            )
        else:
            page = access.list_rows(
                who, asked, wanted, after=after, limit=limit, registry=door
            )
    rows = page.rows[:limit]
    if as_json or as_csv:
        _for_programs([asdict(row) for row in rows], as_json=as_json)
    elif rows:
        told = [_camera(row) if wanted == "camera" else _row(row) for row in rows]
        for line in lines_of(told):
            out.print(line, markup=False)
    else:
        _say_none(wanted, filtered=chosen != access.LineFilter())
    if page.after is not None:
        err.print(f"more: --after {page.after}", markup=False)


def _place(near: str | None) -> tuple[float, float] | None:
    if near is None:
        return None
    try:
        lon, lat = (float(part) for part in near.split(","))
    except ValueError:
        message = f"{near!r:.40} is no place; give LON,LAT such as -84.39,33.75"
        raise typer.BadParameter(message) from None
    return lon, lat


def _say_none(kind: str, *, filtered: bool) -> None:
    many = name_of(kind, many=True)
    where = "fit what you asked for" if filtered else "are in the registry"
    out.print(f"no {many} {where}", markup=False)


def _camera(line: CameraLine) -> dict[str, Any]:
    """Tell a camera in a line, under the words of a clerk."""
    looks = ""
    if line.bearing_deg is not None:
        point = _COMPASS[round(line.bearing_deg / 45.0) % 8]
        looks = f"{point} {line.bearing_deg:.0f}°"
    far = None if line.distance_m is None else f"{line.distance_m:,.0f} m"
    return {
        "camera": line.camera_id,
        "away": far,
        "consent": _consent(line),
        "name": line.name,
        "owner": line.owner or _unnamed(line),
        "address": line.address,
        "kind": line.kind,
        "looks": looks,
    }


def _consent(line: CameraLine) -> str:
    if line.planned:
        return "planned"
    is_own = line.owner_kind == "agency" and line.consent == "none"
    return "agency's own" if is_own else line.consent


def _unnamed(line: CameraLine) -> str | None:
    return "(a person)" if line.owner_kind == "person" else None


def _row(row: Any) -> dict[str, Any]:  # noqa: ANN401 - any of the registry's rows
    said = asdict(row)
    return {
        name.replace("_", " "): one
        for name, one in said.items()
        if name not in _LEFT_OUT
    }


def _for_programs(rows: Sequence[Mapping[str, Any]], *, as_json: bool) -> None:
    if as_json:
        for row in rows:
            typer.echo(json.dumps(row, ensure_ascii=False, default=_text))
        return
    import pandas as pd

    from coveragekit.study.export import safe_cells

    names = list(rows[0]) if rows else []
    cells = {name: [_cell(row[name]) for row in rows] for name in names}
    frame = safe_cells(pd.DataFrame(cells, columns=names))
    typer.echo(frame.to_csv(index=False, lineterminator="\n"), nl=False)


def _cell(value: object) -> object:
    """Leave numbers as they are, so that a sheet reckons with them."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return value if is_number or value is None else plain(value)


def _text(value: object) -> str:
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


@registry_app.command()
def show(  # noqa: PLR0913 - which row, and what for
    kind: Annotated[str, typer.Argument(help="camera, owner, site, contact, ...")],
    key: Annotated[str, typer.Argument(metavar="ID", help="Its id.")],
    *,
    as_json: Annotated[
        bool, typer.Option("--json", help="As JSON, for a program.")
    ] = False,
    purpose: PurposeCode = "administration",
    offence: Offence = None,
    case: CaseNumber = None,
    registry: RegistryUrl = None,
    user: UserName = None,
    role: RoleName = None,
) -> None:
    """Show one row of the registry; of a camera also its consent's history."""
    from coveragekit import access

    asked, wanted = access.Purpose(purpose, offence, case), kind_of(kind)
    with door_of(registry, user, role) as (door, who):
        row = access.get_row(who, asked, wanted, key=key, registry=door)
        events: Sequence[Any] = ()
        if wanted == "camera":
            events = access.consent_history(who, asked, key, registry=door)
    said = asdict(row)
    if as_json:
        told = [
            {
                "at": event.receipt.at,
                "from": event.receipt.origin,
                "to": event.receipt.to,
                "by": event.receipt.side,
                "reason": event.reason,
            }
            for event in events
        ]
        whole = {**said, "consent": told} if wanted == "camera" else said
        typer.echo(json.dumps(whole, ensure_ascii=False, indent=2, default=_text))
        return
    for name, value in said.items():
        if value is not None:
            out.print(f"{name}: {plain(value)}", markup=False)
    for event in events:
        out.print(_moved(event), markup=False)
    if wanted == "camera" and not events:
        out.print("consent: none; its owner was never asked", markup=False)


def _moved(event: Event) -> str:
    receipt = event.receipt
    because = f": {plain(event.reason)}" if event.reason else ""
    return (
        f"consent {plain(receipt.at)}: {receipt.origin} -> {receipt.to} by the "
        f"{receipt.side}{because}"
    )
