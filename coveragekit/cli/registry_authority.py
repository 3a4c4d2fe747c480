"""The commands that say who may sign for a place, and until when."""

from __future__ import annotations

from datetime import date  # noqa: TC003 - typer reads it when it runs
from typing import Annotated, Any

import typer

from coveragekit.cli.moments import read_day
from coveragekit.cli.registry_app import (
    PurposeCode,
    RegistryUrl,
    RoleName,
    UserName,
    door_of,
    registry_app,
)
from coveragekit.cli.registry_paging import Sitting, all_rows
from coveragekit.cli.told import say, tell_entry
from coveragekit.errors import InputError

__all__ = ["add", "end", "list_"]

CAPACITIES = ("owner", "tenant", "manager", "chain")
Where = Annotated[
    str, typer.Argument(metavar="CAMERA|SITE", help="Id of a camera or of its site.")
]
authority_app = typer.Typer(
    no_args_is_help=True,
    help="Who may sign for a place: owner, tenant, manager, chain.",
)
registry_app.add_typer(authority_app, name="authority")


def _site_of(desk: Sitting, what: str) -> Any:  # noqa: ANN401 - the registry's row
    from coveragekit import access

    door, who, asked = desk.door, desk.who, desk.asked
    key = what
    if what.startswith("cam_"):
        camera = access.get_row(who, asked, "camera", key=what, registry=door)
        key = camera.site_id
        if key is None:
            message = (
                f"the camera {what} is at no site; add the site, then: coveragekit "
                f"registry change camera {what} site_id=SITE --revision "
                f"{camera.revision}"
            )
            raise InputError(message)
    return access.get_row(who, asked, "site", key=key, registry=door)


@authority_app.command()
def add(  # noqa: PLR0913 - who signs, as what, how long
    what: Where,
    *,
    signer: Annotated[str, typer.Option(help="Who may sign, by name.")],
    capacity: Annotated[
        str, typer.Option(help=f"One of: {', '.join(CAPACITIES)}.")
    ] = "owner",
    begin: Annotated[
        date | None,
        typer.Option("--from", parser=read_day, metavar="DAY", help="First day."),
    ] = None,
    end: Annotated[
        date | None,
        typer.Option(
            "--to", parser=read_day, metavar="DAY", help="Last day, as of a lease."
        ),
    ] = None,
    purpose: PurposeCode = "owner_request",
    registry: RegistryUrl = None,
    user: UserName = None,
    role: RoleName = None,
) -> None:
    """Write down who may sign for a site; consents end where nobody may any more."""
    from coveragekit import access

    if capacity not in CAPACITIES:
        message = f"--capacity {capacity!r}; allowed: {', '.join(CAPACITIES)}"
        raise InputError(message)
    asked = access.Purpose(purpose)
    with door_of(registry, user, role) as (door, who):
        site = _site_of(Sitting(door, who, asked), what)
        values = {
            "site_id": site.site_id,
            "owner_id": site.owner_id,
            "capacity": capacity,
            "signer": signer,
            "from_on": begin,
            "to_on": end,
        }
        row = access.add_row(who, asked, "authority", values=values, registry=door)
    until = f" until {end}" if end else ""
    say(f"{row.authority_id}: may sign for {site.site_id} as {capacity}{until}")


@authority_app.command(name="list")
def list_(
    what: Where,
    *,
    purpose: PurposeCode = "owner_request",
    registry: RegistryUrl = None,
    user: UserName = None,
    role: RoleName = None,
) -> None:
    """List who may sign for a camera's site."""
    from coveragekit import access

    asked = access.Purpose(purpose)
    with door_of(registry, user, role) as (door, who):
        site = _site_of(Sitting(door, who, asked), what)
        rows = list(
            all_rows(Sitting(door, who, asked), "authority", site_id=site.site_id)
        )
    for one in rows:
        begin = f"from {one.from_on} " if one.from_on else ""
        end = f"until {one.to_on}" if one.to_on else "without end"
        tell_entry(
            f"{one.authority_id}  {one.signer}",
            f"as {one.capacity}, {begin}{end}",
        )
    if not rows:
        say(f"nobody is listed who may sign for {site.site_id}")


@authority_app.command()
def end(
    authority: Annotated[str, typer.Argument(metavar="AUTHORITY", help="Its id.")],
    *,
    last_day: Annotated[
        date,
        typer.Option(
            "--last-day", parser=read_day, metavar="DAY", help="Such as 2026-12-31"
        ),
    ],
    purpose: PurposeCode = "owner_request",
    registry: RegistryUrl = None,
    user: UserName = None,
    role: RoleName = None,
) -> None:
    """Say until when somebody may sign; consents that rest on it end then."""
    from coveragekit import access

    asked = access.Purpose(purpose)
    with door_of(registry, user, role) as (door, who):
        seen = access.get_row(who, asked, "authority", key=authority, registry=door)
        access.change_row(
            who,
            asked,
            "authority",
            key=authority,
            values={"to_on": last_day},
            revision=seen.revision,
            registry=door,
        )
    say(f"{authority} ends on {last_day}")
