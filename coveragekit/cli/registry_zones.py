"""The commands of privacy zones: places that no camera may look into."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 - typer reads it when it runs
from pathlib import Path  # noqa: TC003 - typer reads it when it runs
from typing import Annotated, Any

import typer

from coveragekit.cli.moments import read_moment
from coveragekit.cli.registry_app import (
    PurposeCode,
    RegistryUrl,
    RoleName,
    UserName,
    door_of,
    registry_app,
)
from coveragekit.cli.registry_paging import Sitting, all_rows
from coveragekit.cli.screen import err
from coveragekit.cli.told import at, count, say, tell_entry
from coveragekit.errors import InputError

__all__ = ["end", "import_", "list_"]

zones_app = typer.Typer(
    no_args_is_help=True,
    help="Privacy zones: cut from what cameras see, masked in previews.",
)
registry_app.add_typer(zones_app, name="zones")


@zones_app.command(name="import")
def import_(
    file: Annotated[
        Path, typer.Argument(metavar="FILE.geojson", help="Areas, with name, from, to.")
    ],
    *,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Check it, and keep nothing.")
    ] = False,
    purpose: PurposeCode = "administration",
    registry: RegistryUrl = None,
    user: UserName = None,
    role: RoleName = None,
) -> None:
    """Take zones from a file, all of them or none; what is there is not doubled."""
    from coveragekit import access

    try:
        text = file.read_text("utf-8-sig")
    except UnicodeDecodeError:
        message = f"{file.name} is no UTF-8 text; zones come as GeoJSON"
        raise InputError(message) from None
    zones = access.parse_zones(text)
    with door_of(registry, user, role) as (door, who):
        done = access.import_zones(
            who, access.Purpose(purpose), zones, dry_run=dry_run, registry=door
        )
    would = "would be added" if dry_run else "added"
    say(f"{count(len(done.zone_ids), 'zone')} {would}, {done.same:,} there already")
    nameless = sum(1 for zone in zones if not zone["name"])
    if nameless:
        err.print(
            f"[yellow]note:[/] {count(nameless, 'zone')} without a name; a property "
            "called name gives it"
        )
    if not dry_run and done.zone_ids:
        words = "next: coveragekit registry study STUDY, then coveragekit build STUDY"
        err.print(words, markup=False)


@zones_app.command(name="list")
def list_(
    *,
    every: Annotated[
        bool, typer.Option("--all", help="Those that are over too.")
    ] = False,
    purpose: PurposeCode = "administration",
    registry: RegistryUrl = None,
    user: UserName = None,
    role: RoleName = None,
) -> None:
    """List the zones that hold now or will, each with its middle."""
    from coveragekit import access

    asked = access.Purpose(purpose)
    with door_of(registry, user, role) as (door, who):
        rows = list(all_rows(Sitting(door, who, asked), "privacy_zone"))
        now = door.registry.clock()
    shown = [one for one in rows if every or one.to_at is None or one.to_at > now]
    for one in shown:
        _tell(one, now)
    if not shown:
        say("no privacy zone holds")


def _tell(row: Any, now: datetime) -> None:  # noqa: ANN401 - the registry's row
    import shapely

    shape = shapely.Polygon(row.ring[0], row.ring[1:])
    middle = shape.representative_point()
    begin = f"from {at(row.from_at)}" if row.from_at else "from the beginning"
    end = f"until {at(row.to_at)}" if row.to_at else "without end"
    over = ", over" if row.to_at is not None and row.to_at <= now else ""
    yet = ", not yet" if row.from_at is not None and row.from_at > now else ""
    tell_entry(
        f"{row.zone_id}  {row.name or 'no name'}",
        f"{begin} {end}{over}{yet}; around {middle.y:.5f}, {middle.x:.5f}",
    )


@zones_app.command()
def end(
    zone: Annotated[str, typer.Argument(metavar="ZONE", help="Its id.")],
    *,
    when: Annotated[
        datetime | None,
        typer.Option("--at", parser=read_moment, metavar="TIME", help="Now, if not."),
    ] = None,
    purpose: PurposeCode = "administration",
    registry: RegistryUrl = None,
    user: UserName = None,
    role: RoleName = None,
) -> None:
    """End a zone: from then on cameras may look there again."""
    from coveragekit import access

    asked = access.Purpose(purpose)
    with door_of(registry, user, role) as (door, who):
        seen = access.get_row(who, asked, "privacy_zone", key=zone, registry=door)
        moment = when or door.registry.clock()
        if seen.to_at is not None and seen.to_at <= door.registry.clock():
            message = f"{zone} is over since {at(seen.to_at)}"
            raise InputError(message)
        access.change_row(
            who,
            asked,
            "privacy_zone",
            key=zone,
            values={"to_at": moment},
            revision=seen.revision,
            registry=door,
        )
    say(f"{zone} ends {at(moment)}")
