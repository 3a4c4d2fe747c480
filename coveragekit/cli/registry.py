"""The commands of the registry: make it, fill it, look at it, take it out."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - typer reads it when it runs
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape

from coveragekit.cli.app import app
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
from coveragekit.cli.screen import err, out

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "export",
    "import_",
    "init",
    "list_",
    "show",
    "study",
    "upgrade",
]

_SHOWN = 20
app.add_typer(registry_app, name="registry")


@registry_app.command()
def init(
    *,
    registry: RegistryUrl = None,
    user: UserName = None,
    policy: Annotated[
        Path | None, typer.Option(help="A policy file to check and to use.")
    ] = None,
) -> None:
    """Make a registry; who makes it is its first administrator."""
    from coveragekit import access

    who = access.local_user(user, "administrator")
    with access.create_registry(who, registry, policy=policy) as door:
        out.print(f"registry made: {escape(door.registry.place)}")
        out.print(f"{escape(who.name)} is its administrator")
    with access.open_door(registry, policy=policy) as door:
        keys = access.public_keys(door.registry)
    for key in keys:
        out.print(f"the audit log is signed with the key {key}", markup=False)
    out.print(
        "write that key down outside this machine: with it anyone can check the log, "
        "and nobody can forge it"
    )


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
            dry_run=dry_run,
            registry=door,
        )
    _tell(done, read.rejected)
    if report is not None:
        _write_report(done, report)
        out.print(f"row by row: {report}", markup=False)


def _tell(done: Any, unread: int) -> None:  # noqa: ANN401 - access.Imported
    would = "would be " if done.dry_run else ""
    out.print(
        f"{len(done.rows):,} rows: {done.added:,} {would}added, {done.changed:,} "
        f"{would}changed, {done.same:,} the same, {done.refused:,} refused"
    )
    if unread:
        err.print(f"[yellow]{unread:,} rows could not be read[/]")
    for notice in done.notices:
        err.print(f"[yellow]note:[/] {escape(notice)}")
    refused = [one for one in done.rows if one.faults]
    for one in refused[:_SHOWN]:
        for fault in one.faults:
            err.print(f"  [yellow]refused:[/] {escape(str(fault))}")
    if len(refused) > _SHOWN:
        err.print(f"  ... and {len(refused) - _SHOWN:,} more refused rows")


def _write_report(done: Any, path: Path) -> None:  # noqa: ANN401 - access.Imported
    import pandas as pd

    from coveragekit.study.export import safe_cells

    rows = [
        {
            "row": one.row,
            "what": one.what,
            "camera_id": one.camera_id or "",
            "columns": ";".join(one.columns),
            "faults": "; ".join(str(fault) for fault in one.faults),
        }
        for one in done.rows
    ]
    columns = ["row", "what", "camera_id", "columns", "faults"]
    safe_cells(pd.DataFrame(rows, columns=columns)).to_csv(path, index=False)


@registry_app.command()
def export(  # noqa: PLR0913 - the file, its form, and what stands in the log
    *,
    file: Annotated[
        Path,
        typer.Option(
            "--out", metavar="FILE", help=".geojson .gpkg .parquet .csv .xlsx"
        ),
    ],
    release: Annotated[
        str, typer.Option(help="internal, or public: coarse, and few left out.")
    ] = "public",
    recipient: Annotated[
        str | None, typer.Option(help="To whom it goes; stands in the audit log.")
    ] = None,
    purpose: PurposeCode = "public_record",
    case: Annotated[str | None, typer.Option(help="Case or request number.")] = None,
    registry: RegistryUrl = None,
    user: UserName = None,
    role: RoleName = None,
) -> None:
    """Take the cameras out, in one of two forms; neither holds a contact."""
    from coveragekit import access
    from coveragekit.study.export import check_extension, write_frame

    check_extension(file)
    asked = access.Purpose(purpose, case_number=case)
    with door_of(registry, user, role) as (door, who):
        released = access.export_cameras(
            who, asked, release, recipient=recipient, registry=door
        )
    write_frame(released.table, file)
    what = "cameras" if released.form == "exact" else "cells"
    out.print(f"{len(released.table):,} {what} written to {file}", markup=False)
    for note in released.notes:
        err.print(f"[yellow]note:[/] {escape(note)}")


@registry_app.command(name="list")
def list_(  # noqa: PLR0913 - which rows, and how many
    kind: Annotated[
        str, typer.Argument(help="camera, owner, site, share, privacy_zone, ...")
    ] = "camera",
    *,
    after: Annotated[str | None, typer.Option(help="Go on after this id.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many.")] = 20,
    purpose: PurposeCode = "administration",
    offence: Offence = None,
    case: CaseNumber = None,
    registry: RegistryUrl = None,
    user: UserName = None,
    role: RoleName = None,
) -> None:
    """List rows of the registry, some at a time."""
    from dataclasses import asdict

    from coveragekit import access

    kind = kind.removesuffix("s")  # people say cameras
    with door_of(registry, user, role) as (door, who):
        page = access.list_rows(
            who,
            access.Purpose(purpose, offence, case),
            kind,
            after=after,
            limit=limit,
            registry=door,
        )
    for row in page.rows:
        # An id that is cut short cannot be copied: no table.
        out.print(_short(asdict(row)), markup=False)
    if not page.rows:
        out.print(f"no {kind} is in the registry", markup=False)
    if page.after is not None:
        out.print(f"more: --after {page.after}", markup=False)


_LEFT_OUT = frozenset(
    {"revision", "made_at", "changed_at", "changed_by", "changed_what", "assumed"}
)
_FEW = 7


def _short(row: dict[str, Any]) -> str:
    """Give the first columns that say something; all of them are in ``show``."""
    told = [
        f"{name}={str(one)[:60]}"
        for name, one in list(row.items())[1:]
        if one is not None and name not in _LEFT_OUT
    ]
    key = next(iter(row.values()))
    return "  ".join([str(key), *told[:_FEW]])


@registry_app.command()
def show(  # noqa: PLR0913 - which row, and what for
    kind: Annotated[str, typer.Argument(help="camera, owner, site, contact, ...")],
    key: Annotated[str, typer.Argument(metavar="ID", help="Its id.")],
    *,
    purpose: PurposeCode = "administration",
    offence: Offence = None,
    case: CaseNumber = None,
    registry: RegistryUrl = None,
    user: UserName = None,
    role: RoleName = None,
) -> None:
    """Show one row of the registry; of a camera also its consent's history."""
    from dataclasses import asdict

    from coveragekit import access

    asked = access.Purpose(purpose, offence, case)
    with door_of(registry, user, role) as (door, who):
        row = access.get_row(who, asked, kind, key=key, registry=door)
        events: Sequence[Any] = ()
        if kind == "camera":
            events = access.consent_history(who, asked, key, registry=door)
    for name, value in asdict(row).items():
        if value is not None:
            out.print(f"{name}: {value}", markup=False)
    for event in events:
        receipt = event.receipt
        out.print(
            f"consent {receipt.at:%Y-%m-%d %H:%M} UTC: {receipt.origin} -> "
            f"{receipt.to} by the {receipt.side}",
            markup=False,
        )


@registry_app.command()
def study(
    folder: Annotated[Path, typer.Argument(metavar="STUDY", help="The study folder.")],
    *,
    purpose: PurposeCode = "planning",
    registry: RegistryUrl = None,
    user: UserName = None,
    role: RoleName = None,
) -> None:
    """Put the cameras and privacy zones of the registry into a study."""
    from coveragekit import access
    from coveragekit.study import Input, Study
    from coveragekit.study.replacing import replace_table

    opened = Study.open(folder)
    asked = access.Purpose(purpose)
    with door_of(registry, user, role) as (door, who):
        tables = {
            # Zones first: no camera is ever there without them.
            "privacy_zones": access.zones(who, asked, registry=door),
            "cameras": access.cameras(who, asked, registry=door),
        }
        # By its id a study knows its registry again, wherever that lies then.
        made_of = f"registry {door.registry.registry_id}"
    for name, frame in tables.items():
        told = Input(name, made_of, offered=len(frame), kept=len(frame))
        before = opened.table_rows(name)
        opened = replace_table(opened, name, frame, source=told)
        instead = f", in place of {before:,} that it had" if before else ""
        words = name.replace("_", " ")
        out.print(f"{len(frame):,} {words} of the registry taken in{instead}")
    out.print(f"next: coveragekit build {folder}", markup=False)


@registry_app.command()
def upgrade(
    *, registry: RegistryUrl = None, user: UserName = None, role: RoleName = None
) -> None:
    """Bring the registry to the version of this program; make a backup first."""
    from coveragekit import access

    who = access.local_user(user, role or "administrator")
    before, after = access.upgrade_registry(
        who, access.Purpose("administration"), registry
    )
    same = before == after
    words = (
        f"is of version {after} already" if same else f"went from {before} to {after}"
    )
    out.print(f"the registry {words}")
