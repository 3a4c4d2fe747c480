"""The commands of prospects: businesses that might join."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from coveragekit.cli.registry_app import (
    PurposeCode,
    RegistryUrl,
    RoleName,
    UserName,
    door_of,
    registry_app,
)
from coveragekit.cli.screen import err
from coveragekit.cli.told import say, tell_entry
from coveragekit.errors import InputError

if TYPE_CHECKING:
    from coveragekit.cli.registry_paging import Where

__all__ = ["add", "list_", "never", "stage"]

STAGES = (
    *("prospect", "contacted", "visit booked", "registered", "agreement sent"),
    *("integrated", "declined", "lapsed", "withdrawn"),
)
ProspectId = Annotated[str, typer.Argument(metavar="PROSPECT", help="Its id.")]
prospects_app = typer.Typer(
    no_args_is_help=True, help="Businesses that might join, and how far talks are."
)
registry_app.add_typer(prospects_app, name="prospects")


def _check_stage(word: str) -> str:
    if word not in STAGES:
        message = f"{word!r} is no stage; allowed: {', '.join(STAGES)}"
        raise InputError(message)
    return word


@prospects_app.command()
def add(  # noqa: PLR0913 - what is known of a business
    name: Annotated[str, typer.Argument(help="What people call it.")],
    *,
    address: Annotated[str | None, typer.Option(help="Postal address.")] = None,
    place: Annotated[
        str | None, typer.Option(metavar="ID", help="Its place in the study.")
    ] = None,
    lon: Annotated[
        float | None, typer.Option(min=-180, max=180, help="Degrees east.")
    ] = None,
    lat: Annotated[
        float | None, typer.Option(min=-90, max=90, help="Degrees north.")
    ] = None,
    purpose: PurposeCode = "recruitment",
    registry: RegistryUrl = None,
    user: UserName = None,
    role: RoleName = None,
) -> None:
    """Write down a business to be asked."""
    from coveragekit import access

    told = {"address": address, "place_id": place, "lon": lon, "lat": lat}
    values: dict[str, object] = {"name": name, "stage": STAGES[0]}
    values |= {key: one for key, one in told.items() if one is not None}
    with door_of(registry, user, role) as (door, who):
        row = access.add_row(
            who, access.Purpose(purpose), "prospect", values=values, registry=door
        )
    say(f"added: {row.prospect_id}")


@prospects_app.command(name="list")
def list_(  # noqa: PLR0913 - which ones, and how many
    *,
    at_stage: Annotated[
        str | None, typer.Option("--stage", help="Only those at this stage.")
    ] = None,
    callable_: Annotated[
        bool, typer.Option("--may-call", help="Without those not to be contacted.")
    ] = False,
    after: Annotated[str | None, typer.Option(help="Go on after this id.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many.")] = 50,
    purpose: PurposeCode = "recruitment",
    registry: RegistryUrl = None,
    user: UserName = None,
    role: RoleName = None,
) -> None:
    """List prospects with their stage; who must not be called is marked."""
    from coveragekit import access

    equal: dict[str, object] = {}
    if at_stage is not None:
        equal["stage"] = _check_stage(at_stage)
    if callable_:
        equal["do_not_contact"] = False
    with door_of(registry, user, role) as (door, who):
        page = access.list_rows(
            who,
            access.Purpose(purpose),
            "prospect",
            after=after,
            limit=limit,
            registry=door,
            **equal,
        )
    for one in page.rows:
        mark = "  DO NOT CONTACT" if one.do_not_contact else ""
        tell_entry(f"{one.prospect_id}  {one.stage}{mark}", _place(one))
    if not page.rows:
        say("there are no such prospects")
    if page.after is not None:
        err.print(f"more: --after {page.after}", markup=False)


def _place(row: Any) -> str:  # noqa: ANN401 - the registry's row
    return ", ".join(filter(None, (row.name, row.address)))


@prospects_app.command()
def stage(
    prospect: ProspectId,
    to: Annotated[str, typer.Argument(metavar="STAGE", help=", ".join(STAGES))],
    *,
    purpose: PurposeCode = "recruitment",
    registry: RegistryUrl = None,
    user: UserName = None,
    role: RoleName = None,
) -> None:
    """Say how far talks have come."""
    where = (registry, user, role)
    seen = _change(prospect, {"stage": _check_stage(to)}, purpose=purpose, where=where)
    say(f"{prospect}: {seen.stage} -> {to}")
    if seen.do_not_contact:
        err.print("[yellow]note:[/] it is marked: do not contact")


@prospects_app.command(name="do-not-contact")
def never(
    prospect: ProspectId,
    *,
    undo: Annotated[
        bool, typer.Option("--undo", help="They may be contacted again.")
    ] = False,
    purpose: PurposeCode = "recruitment",
    registry: RegistryUrl = None,
    user: UserName = None,
    role: RoleName = None,
) -> None:
    """Mark a business that nobody may call or write to again."""
    where = (registry, user, role)
    _change(prospect, {"do_not_contact": not undo}, purpose=purpose, where=where)
    say(f"{prospect}: {'may be contacted again' if undo else 'do not contact'}")


def _change(key: str, values: dict[str, object], *, purpose: str, where: Where) -> Any:  # noqa: ANN401 - the registry's row
    from coveragekit import access

    asked = access.Purpose(purpose)
    with door_of(*where) as (door, who):
        seen = access.get_row(who, asked, "prospect", key=key, registry=door)
        access.change_row(
            who,
            asked,
            "prospect",
            key=key,
            values=values,
            revision=seen.revision,
            registry=door,
        )
    return seen
