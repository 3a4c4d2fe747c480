"""The command that erases an owner for good."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

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
from coveragekit.cli.told import ask_sure, count, say, tell_facts

if TYPE_CHECKING:
    from coveragekit.access import Erased

__all__ = ["erase"]


@registry_app.command()
def erase(  # noqa: PLR0913 - whom, how sure, and who says so
    owner: Annotated[str, typer.Argument(metavar="OWNER", help="Id of the owner.")],
    *,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would go, and do nothing.")
    ] = False,
    yes: Annotated[
        bool, typer.Option("--yes", help="Do not ask; it cannot be undone.")
    ] = False,
    language: Annotated[str, typer.Option(help="Of the receipts: en or es.")] = "en",
    purpose: PurposeCode = "owner_request",
    registry: RegistryUrl = None,
    user: UserName = None,
    role: RoleName = None,
) -> None:
    """Erase an owner's names, contacts and places; the audit log stays whole."""
    from coveragekit import access

    asked = access.Purpose(purpose)
    with door_of(registry, user, role) as (door, who):
        would = access.erase_owner(who, asked, owner, dry_run=True, registry=door)
        _tell(would)
        if dry_run:
            say("nothing was erased: this was a dry run")
            return
        ask_sure(f"Erase {owner} for good?", yes=yes)
        done = access.erase_owner(who, asked, owner, registry=door)
    say(f"erased: {owner}")
    if done.receipts:
        err.print("receipts for the owner; they are shown once:", markup=False)
    for receipt in done.receipts:
        out.print(access.receipt_words(receipt, language=language), markup=False)


def _tell(would: Erased) -> None:
    nothing = "none"
    tell_facts(
        [
            ("Owner", f"{would.owner_id}: its name goes"),
            ("Contacts", ", ".join(would.contact_ids) or nothing),
            ("Sites", ", ".join(would.site_ids) or nothing),
            ("Cameras", ", ".join(would.camera_ids) or nothing),
            ("Consents that end", count(len(would.receipts), "camera")),
            ("Forms emptied", count(would.submissions, "form")),
            ("What stays", "ids, states, times and outcomes, and the audit log"),
        ]
    )
