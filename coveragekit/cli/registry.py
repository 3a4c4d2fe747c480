"""The commands of the registry: make it, fill it, look at it, take it out."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - typer reads it when it runs
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from coveragekit.cli.app import app
from coveragekit.cli.registry_app import (
    PurposeCode,
    RegistryUrl,
    RoleName,
    UserName,
    door_of,
    registry_app,
)
from coveragekit.cli.screen import counted, err, out
from coveragekit.errors import InputError

if TYPE_CHECKING:
    from geopandas import GeoDataFrame

    from coveragekit.study import Study

__all__ = ["export", "init", "study", "upgrade"]

_NOTHING_PUBLIC = (
    "there is nothing to publish yet: no cell has cameras of enough owners who agreed, "
    "so that the file holds a heading only"
)
_NOTHING_AGREED = "no camera's owner has agreed yet, so that the file is empty"
# about a kilometre: a camera this far from all of a study can still look into it
_BESIDE_DEG = 0.01
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
    what = "camera" if released.form == "exact" else "cell"
    out.print(f"{counted(len(released.table), what)} written to {file}", markup=False)
    if not len(released.table):
        none = _NOTHING_PUBLIC if release == "public" else _NOTHING_AGREED
        err.print(f"[yellow]note:[/] {none}")
    for note in released.notes:
        err.print(f"[yellow]note:[/] {escape(note)}")


@registry_app.command()
def study(
    folder: Annotated[Path, typer.Argument(metavar="STUDY", help="The study folder.")],
    *,
    replace: Annotated[
        bool,
        typer.Option("--replace", help="Also in place of those from other sources."),
    ] = False,
    purpose: PurposeCode = "planning",
    registry: RegistryUrl = None,
    user: UserName = None,
    role: RoleName = None,
) -> None:
    """Put the cameras and privacy zones of the registry into a study."""
    from coveragekit import access
    from coveragekit.study import Input, Study
    from coveragekit.study.origin import made_of_registry
    from coveragekit.study.replacing import keep_former, replace_table

    opened = Study.open(folder)
    others = [] if replace else _of_other_sources(opened)
    if others:
        message = (
            f"{folder} has {' and '.join(others)}, not of the registry; to put the "
            "registry's in their place give --replace: the former ones are kept in its "
            "folder former"
        )
        raise InputError(message)
    asked = access.Purpose(purpose)
    with door_of(registry, user, role) as (door, who):
        tables = {
            # Zones first: no camera is ever there without them.
            "privacy_zones": access.zones(who, asked, registry=door),
            "cameras": access.cameras(who, asked, registry=door),
        }
        # By its id a study knows its registry again, wherever that lies then.
        made_of = made_of_registry(door.registry.registry_id)
    for name, frame in tables.items():
        told = Input(name, made_of, offered=len(frame), kept=len(frame))
        instead = _instead_of(opened, name)
        kept = None if _is_of_registry(opened, name) else keep_former(opened, name)
        opened = replace_table(opened, name, frame, source=told)
        noun = name.removesuffix("s").replace("_", " ")
        out.print(f"{counted(len(frame), noun)} of the registry taken in{instead}")
        if kept is not None:
            out.print(f"the former {name.replace('_', ' ')}: {kept}", markup=False)
    _note_far(opened, tables["cameras"])
    out.print(f"next: coveragekit build {folder}", markup=False)


def _note_far(study: Study, cameras: GeoDataFrame) -> None:
    """Say how many cameras lie where the study has neither buildings nor streets."""
    named = [one for one in ("buildings", "streets") if study.table_rows(one)]
    if not named or cameras.empty:
        return
    boxes = [study.table(one).total_bounds for one in named]
    west, south = (min(box[side] for box in boxes) - _BESIDE_DEG for side in (0, 1))
    east, north = (max(box[side] for box in boxes) + _BESIDE_DEG for side in (2, 3))
    lon, lat = cameras.geometry.x, cameras.geometry.y
    far = int((~(lon.between(west, east) & lat.between(south, north))).sum())
    if far == len(cameras):
        words = f"none of them is near {study.settings.name}: is this the right study?"
        err.print(f"[yellow]note:[/] {escape(words)}")
    elif far:
        are = "lies" if far == 1 else "lie"
        words = f"{counted(far, 'camera')} {are} far from the buildings and streets"
        err.print(f"[yellow]note:[/] {words}; they count for nothing here")


def _is_of_registry(study: Study, table: str) -> bool:
    """Whether a table of a study came from a registry, or is not there at all."""
    from coveragekit.study.origin import made_of_registry

    made_of = [one.file for one in study.settings.inputs if one.table == table]
    return not study.table_rows(table) or any(
        one.startswith(made_of_registry("")) for one in made_of
    )


def _of_other_sources(study: Study) -> list[str]:
    """Say which tables that a registry brings the study has from elsewhere."""
    return [
        _rows_of(study, name)
        for name in ("cameras", "privacy_zones")
        if not _is_of_registry(study, name)
    ]


def _rows_of(study: Study, table: str) -> str:
    source = next((one.file for one in study.settings.inputs if one.table == table), "")
    noun = table.removesuffix("s").replace("_", " ")
    of = f' of "{source}"' if source else ""
    return f"{counted(study.table_rows(table), noun)}{of}"


def _instead_of(study: Study, table: str) -> str:
    if not study.table_rows(table):
        return ""
    if _is_of_registry(study, table):
        return f", in place of {study.table_rows(table):,} that it had of a registry"
    return f", in place of {_rows_of(study, table)}"


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
