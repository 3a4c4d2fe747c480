"""The commands for owners who wished to leave with another contact than on file."""

from __future__ import annotations

from typing import Annotated

import typer

from coveragekit.cli.registry_app import (
    PurposeCode,
    RegistryUrl,
    RoleName,
    UserName,
    door_of,
    registry_app,
)
from coveragekit.cli.screen import err, out
from coveragekit.cli.told import at, count, say, tell_entry
from coveragekit.errors import InputError

__all__ = ["list_", "settle"]

VERDICTS = ("withdrawn", "stays")
leaving_app = typer.Typer(
    no_args_is_help=True,
    help="Owners whose code was right and whose contact was not: reach them.",
)
registry_app.add_typer(leaving_app, name="leaving")


@leaving_app.command(name="list")
def list_(
    *,
    purpose: PurposeCode = "owner_request",
    registry: RegistryUrl = None,
    user: UserName = None,
    role: RoleName = None,
) -> None:
    """List the wishes to leave that somebody has to ask the owner about."""
    from coveragekit import access

    with door_of(registry, user, role) as (door, who):
        found = access.list_leaving(who, access.Purpose(purpose), registry=door)
    for one in found:
        mark = "OVERDUE  " if one.is_overdue else ""
        still = ", ".join(one.standing) or "nothing any more"
        tell_entry(
            f"{one.review_id}  {mark}came {at(one.at)}, reach them by {at(one.due_at)}",
            f"about {', '.join(one.ids)}",
            f"standing: {still}",
        )
    if not found:
        say("no wish to leave is open")


@leaving_app.command()
def settle(  # noqa: PLR0913 - which one, what was found, and who says so
    wish: Annotated[str, typer.Argument(metavar="WISH", help="Its id.")],
    verdict: Annotated[
        str, typer.Argument(metavar="withdrawn|stays", help="What the owner wishes.")
    ],
    *,
    note: Annotated[str, typer.Option(metavar="WORDS", help="How they were reached.")],
    language: Annotated[str, typer.Option(help="Of the receipts: en or es.")] = "en",
    purpose: PurposeCode = "owner_request",
    registry: RegistryUrl = None,
    user: UserName = None,
    role: RoleName = None,
) -> None:
    """Write down what the owner wishes; who leaves has left then."""
    from coveragekit import access

    if verdict not in VERDICTS:
        message = f"{verdict!r}; allowed: {', '.join(VERDICTS)}"
        raise InputError(message)
    asked = access.Purpose(purpose)
    with door_of(registry, user, role) as (door, who):
        listed = access.list_leaving(who, asked, registry=door)
        seen = next((one for one in listed if one.review_id == wish), None)
        if seen is None:
            message = f"no wish to leave {wish!r} is open; look at the list"
            raise InputError(message)
        done = access.settle_leaving(
            who,
            asked,
            wish,
            verdict=verdict,
            note=note,
            revision=seen.revision,
            registry=door,
        )
    if verdict == "stays":
        say(f"{wish}: the owner stays")
        return
    say(f"{wish}: {count(len(done), 'thing')} taken back")
    receipts = [one.receipt for one in done if one.receipt is not None]
    if receipts:
        err.print("hand these receipts to the owner:", markup=False)
    for receipt in receipts:
        out.print(access.receipt_words(receipt, language=language), markup=False)
