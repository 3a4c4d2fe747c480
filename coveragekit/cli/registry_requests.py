"""The commands that show footage requests, each with its overwrite clock."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

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
from coveragekit.cli.told import at, count, say, tell_entry, tell_facts
from coveragekit.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from coveragekit.access import FootageRequest
    from coveragekit.cli.registry_paging import Sitting

__all__ = [
    "FOLLOW_UP",
    "OPEN",
    "RequestId",
    "find_requests",
    "list_",
    "requests_app",
    "show",
    "tell_request",
]

FOLLOW_UP = "follow_up"
OPEN = ("drafted", "sent", "reminded", "answered", "received")
STATES = (*OPEN, "refused", "overdue", "closed")
RequestId = Annotated[str, typer.Argument(metavar="REQUEST", help="Its id.")]
requests_app = typer.Typer(
    no_args_is_help=True, help="Footage that owners were asked for, until its outcome."
)
registry_app.add_typer(requests_app, name="requests")


@requests_app.command(name="list")
def list_(  # noqa: PLR0913 - which ones
    *,
    state: Annotated[
        str | None, typer.Option(help=f"Only: {', '.join(STATES)}.")
    ] = None,
    every: Annotated[
        bool, typer.Option("--all", help="Those that are done too.")
    ] = False,
    batch: Annotated[str | None, typer.Option(help="Only those made together.")] = None,
    camera: Annotated[str | None, typer.Option(help="Only of this camera.")] = None,
    case: Annotated[
        str | None, typer.Option("--case", help="Only those of this case.")
    ] = None,
    offence: Offence = None,
    purpose: PurposeCode = FOLLOW_UP,
    registry: RegistryUrl = None,
    user: UserName = None,
    role: RoleName = None,
) -> None:
    """List requests, those whose footage is overwritten first at the top."""
    from coveragekit import access

    if state is not None and state not in STATES:
        message = f"--state {state!r} is no state; allowed: {', '.join(STATES)}"
        raise InputError(message)
    chosen = (state,) if state else () if every else OPEN
    with door_of(registry, user, role) as (door, who):
        found = access.list_requests(
            who,
            access.Purpose(purpose, offence, case),
            batch_id=batch,
            camera_id=camera,
            states=chosen,
            registry=door,
        )
        now = door.registry.clock()
    shown = [one for one in found if case in (None, one.ask.case_number)]
    for one in shown:
        tell_request(one, now)
    if not shown:
        say("there is no such request" if every or state else "no request is open")


def tell_request(one: FootageRequest, now: datetime) -> None:
    """
    Print one request of a list.

    Parameters
    ----------
    one
        The request.
    now
        The present.
    """
    from coveragekit import access

    clock = access.overwrite_words(one.deadline_at, now)
    is_gone = one.state in {"received", "refused", "closed"}
    case = f"case {one.ask.case_number}" if one.ask.case_number else "no case"
    state = f"{one.state}: {one.outcome}" if one.outcome else one.state
    tell_entry(
        f"{one.request_id}  {state}  {case}{'' if is_gone else f'  {clock}'}",
        f"{one.camera_id}, {at(one.ask.from_at)} to {at(one.ask.to_at)}",
        _asked_words(one),
    )


def _asked_words(one: FootageRequest) -> str:
    sent = f"sent {at(one.sent_at)}" if one.sent_at else "not sent"
    again = f", {count(one.reminders, 'reminder')}" if one.reminders else ""
    return f"{sent}{again}, batch {one.batch_id}"


@requests_app.command()
def show(  # noqa: PLR0913 - which ones, what for, and who
    request: RequestId,
    *,
    purpose: PurposeCode = FOLLOW_UP,
    offence: Offence = None,
    case: CaseNumber = None,
    registry: RegistryUrl = None,
    user: UserName = None,
    role: RoleName = None,
) -> None:
    """Show a request with each of its steps and the files that arrived."""
    from coveragekit import access

    with door_of(registry, user, role) as (door, who):
        asked = access.Purpose(purpose, offence, case)
        told = access.request_story(who, asked, request, registry=door)
        now = door.registry.clock()
    one, ask = told.request, told.request.ask
    rows = [
        ("Request", one.request_id),
        ("State", f"{one.state}: {one.outcome}" if one.outcome else one.state),
        ("Camera", one.camera_id),
        ("Footage", f"{at(ask.from_at)} to {at(ask.to_at)}"),
        ("Place", ask.place or ""),
        ("Case", ", ".join(filter(None, (ask.case_number, ask.offence)))),
        ("Overwritten", f"{at(one.deadline_at) or 'not known'}"),
        ("That is", access.overwrite_words(one.deadline_at, now)),
    ]
    tell_facts([row for row in rows if row[1]])
    for step in told.steps:
        why = f": {step.reason}" if step.reason else ""
        words = f"{step.origin} -> {step.to} by the {step.side} ({step.by_name}){why}"
        say(f"{at(step.at)}  {words}")
    for file in told.files:
        tell_entry(
            f"file {file.digest.name}  {file.digest.size_bytes:,} bytes  "
            f"{at(file.received_at)}",
            f"SHA-256 {file.digest.sha256}",
        )


def find_requests(
    desk: Sitting, ids: Sequence[str], *, among: Sequence[str]
) -> tuple[FootageRequest, ...]:
    """
    Give requests by their ids and those of their batches.

    Parameters
    ----------
    desk
        Who asks, and what for.
    ids
        Ids of requests and of batches.
    among
        States of which those of a batch are taken.

    Returns
    -------
    tuple of FootageRequest
        Each once, in that order.

    Raises
    ------
    InputError
        One is neither, or none of a batch is in these states.
    """
    from coveragekit import access

    door, who, asked = desk.door, desk.who, desk.asked
    found: dict[str, FootageRequest] = {}
    for one in ids:
        if one.startswith("req_"):
            story = access.request_story(who, asked, one, registry=door)
            found[one] = story.request
            continue
        batch = access.list_requests(who, asked, batch_id=one, registry=door)
        if not batch:
            message = f"{one!r} is no id of a request (req_...) or a batch"
            raise InputError(message)
        fits = [each for each in batch if each.state in among]
        if not fits:
            message = f"no request of {one} is {' or '.join(among)} any more"
            raise InputError(message)
        found |= {each.request_id: each for each in fits}
    return tuple(found.values())
