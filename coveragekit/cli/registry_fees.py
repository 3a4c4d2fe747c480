"""The commands of fee plans: what integrating costs, and since when."""

from __future__ import annotations

from datetime import date  # noqa: TC003 - typer reads it when it runs
from itertools import pairwise
from pathlib import Path  # noqa: TC003 - typer reads it when it runs
from typing import TYPE_CHECKING, Annotated, Any

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
from coveragekit.cli.screen import err, out
from coveragekit.cli.told import count, say, tell_entry
from coveragekit.errors import InputError

if TYPE_CHECKING:
    from coveragekit.access import KeptPlan, Plan

__all__ = ["add", "example", "list_", "quote", "retire"]

fees_app = typer.Typer(
    no_args_is_help=True, help="Fee plans: what integrating a camera costs."
)
registry_app.add_typer(fees_app, name="fees")


@fees_app.command()
def example() -> None:
    """Print an example of a plan's file, to be changed into your own."""
    from coveragekit import access

    typer.echo(access.example_text(), nl=False)


@fees_app.command()
def add(  # noqa: PLR0913 - what a sheet of prices leaves unsaid
    file: Annotated[Path, typer.Argument(metavar="FILE", help=".toml, or .csv")],
    *,
    name: Annotated[
        str | None, typer.Option(help="With .csv: the plan's name.")
    ] = None,
    currency: Annotated[
        str | None, typer.Option(help="With .csv: three letters, such as USD.")
    ] = None,
    begin: Annotated[
        date | None,
        typer.Option(
            "--from", parser=read_day, metavar="DAY", help="With .csv: its first day."
        ),
    ] = None,
    end: Annotated[
        date | None,
        typer.Option(
            "--to", parser=read_day, metavar="DAY", help="With .csv: its last day."
        ),
    ] = None,
    first_year_included: Annotated[
        bool,
        typer.Option(
            "--first-year-included",
            help="With .csv: what is paid once covers the first year.",
        ),
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Check it, and keep nothing.")
    ] = False,
    purpose: PurposeCode = "administration",
    registry: RegistryUrl = None,
    user: UserName = None,
    role: RoleName = None,
) -> None:
    """Take a fee plan from a file; owners are quoted by it from its first day."""
    from coveragekit import access

    told = {
        "name": name,
        "currency": currency,
        "effective_from": begin,
        "effective_to": end,
        "first_year_included": first_year_included or None,
    }
    plan = _read(file, {key: one for key, one in told.items() if one is not None})
    with door_of(registry, user, role) as (door, who):
        plan_id = access.add_fee_plan(
            who, access.Purpose(purpose), plan, dry_run=dry_run, registry=door
        )
    _tell(plan, "would be added" if dry_run else plan_id)
    for note in _notes(plan):
        err.print(f"[yellow]note:[/] {note}")


def _read(file: Path, told: dict[str, Any]) -> Plan:
    from coveragekit import access

    try:
        text = file.read_text("utf-8-sig")
    except UnicodeDecodeError:
        message = f"{file.name} is no UTF-8 text; save it as .toml, or as CSV UTF-8"
        raise InputError(message) from None
    kind = file.suffix.lower()
    if kind == ".toml":
        if told:
            options = "--name, --currency, --from, --to and --first-year-included"
            message = f"{options} are for .csv; a .toml says all of it itself"
            raise InputError(message)
        return access.parse_plan(text)
    if kind != ".csv":
        message = f"{file.name}: allowed: .toml, .csv"
        raise InputError(message)
    given = {"name": "--name", "currency": "--currency", "effective_from": "--from"}
    missing = [option for key, option in given.items() if key not in told]
    if missing:
        message = f"{file.name} holds prices alone; give {', '.join(missing)} as well"
        raise InputError(message)
    return access.parse_plan_sheet(text, told)


def _notes(plan: Plan) -> list[str]:
    """Say what a plan allows that its author may not have meant."""
    notes = []
    if plan.example:
        notes.append("it is marked as an example: owners are told that it is no offer")
    first = plan.tiers[0]
    if first.cameras_from > 1 or min(tier.days_from for tier in plan.tiers) > 0:
        notes.append(
            f"it has no price below {count(first.cameras_from, 'camera')} and "
            f"{count(first.days_from, 'day')}: such owners see no price"
        )
    ladder = [tier for tier in plan.tiers if tier.yearly is not None]
    for before, after in pairwise(ladder):
        is_same_days = before.days_from == after.days_from
        if is_same_days and (after.yearly or 0) < (before.yearly or 0):
            notes.append(
                f"{after.cameras_from} cameras cost less a year than "
                f"{before.cameras_from} do; prices are for all cameras together"
            )
    return notes


def _tell(plan: Plan, head: str) -> None:
    end = plan.effective_to or "further notice"
    once = ", the first year with it" if plan.first_year_included else ""
    lines = [
        f"from {count(tier.cameras_from, 'camera')}, {count(tier.days_from, 'day')}: "
        + _price(tier, f" {plan.currency}", once)
        for tier in plan.tiers
    ]
    tell_entry(f"{head}  {plan.name}", f"from {plan.effective_from} to {end}", *lines)


def _price(tier: Any, unit: str, once: str) -> str:  # noqa: ANN401 - one of the plan's
    if tier.one_off is None or tier.yearly is None:
        return "on request"
    return f"{tier.one_off:,.2f}{unit} once{once}, {tier.yearly:,.2f}{unit} a year"


@fees_app.command(name="list")
def list_(
    *,
    purpose: PurposeCode = "administration",
    registry: RegistryUrl = None,
    user: UserName = None,
    role: RoleName = None,
) -> None:
    """List the fee plans, and say which one holds today."""
    from coveragekit import access

    with door_of(registry, user, role) as (door, who):
        plans = access.list_fee_plans(who, access.Purpose(purpose), registry=door)
        today = door.registry.clock().date()
    for one in plans:
        _tell(one.plan, f"{one.plan_id}  {_standing(one, today)}")
    if not plans:
        say("there is no fee plan; enter one with: coveragekit registry fees add FILE")


def _standing(kept: KeptPlan, today: date) -> str:
    if kept.plan.holds(today):
        return "holds today "
    return "not yet     " if kept.plan.effective_from > today else "over        "


@fees_app.command()
def quote(
    *,
    cameras: Annotated[int, typer.Option(min=1, help="How many cameras.")],
    days: Annotated[float, typer.Option(min=0, help="Days of pictures stored.")],
    language: Annotated[str, typer.Option(help="en or es.")] = "en",
    registry: RegistryUrl = None,
) -> None:
    """Say what integrating would cost today, in the words that the owner is told."""
    from coveragekit import access

    found = access.fee_quote(cameras=cameras, days=days, registry=registry)
    if found is None:
        message = (
            "no fee plan holds today; enter one with: coveragekit registry fees add "
            "FILE"
        )
        raise InputError(message)
    out.print(found.words(language), markup=False)


@fees_app.command()
def retire(
    plan: Annotated[str, typer.Argument(metavar="PLAN", help="Its id.")],
    *,
    last_day: Annotated[
        date,
        typer.Option(
            "--last-day", parser=read_day, metavar="DAY", help="Such as 2026-12-31"
        ),
    ],
    purpose: PurposeCode = "administration",
    registry: RegistryUrl = None,
    user: UserName = None,
    role: RoleName = None,
) -> None:
    """End a fee plan; the next one may begin on the day after."""
    from coveragekit import access

    with door_of(registry, user, role) as (door, who):
        access.end_fee_plan(
            who, access.Purpose(purpose), plan, last_day=last_day, registry=door
        )
    say(f"{plan} holds until {last_day} and no longer")
