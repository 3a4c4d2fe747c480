"""The commands that follow footage requests: from the list to the outcome."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - typer reads it when it runs
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
from coveragekit.cli.registry_paging import Sitting, Where
from coveragekit.cli.screen import err
from coveragekit.cli.told import at, count, say, tell_entry, tell_facts
from coveragekit.errors import CoverageKitError, InputError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from coveragekit.access import FootageRequest

__all__ = [
    "answered",
    "close",
    "find_requests",
    "list_",
    "outcome",
    "received",
    "refused",
    "remind",
    "requests_app",
    "sent",
    "show",
]

FOLLOW_UP = "follow_up"
OPEN = ("drafted", "sent", "reminded", "answered", "received")
STATES = (*OPEN, "refused", "overdue", "closed")
OUTCOMES = ("none", "useful", "arrest", "charge", "unknown")
# Which ones of a batch are meant by a step; a request that is named is always taken.
FITTING = {
    "sent": ("drafted",),
    "reminded": ("sent", "reminded", "answered"),
    "answered": ("sent", "reminded"),
    "refused": ("sent", "reminded", "answered"),
    "closed": (*OPEN, "refused", "overdue"),
}
RequestId = Annotated[str, typer.Argument(metavar="REQUEST", help="Its id.")]
RequestIds = Annotated[
    list[str],
    typer.Argument(
        metavar="REQUEST|BATCH...", help="Ids of requests, or of those made together."
    ),
]
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


def _move_all(  # noqa: PLR0913 - which ones, where to, and what was said
    ids: Sequence[str],
    to: str,
    asked: tuple[str, str | None, str | None],
    *,
    where: Where,
    side: str = "agency",
    reason: str | None = None,
    outcome: str | None = None,
    again: bool = True,
) -> None:
    """Move requests one by one: what one owner said stops nobody else's."""
    from coveragekit import access

    faults: list[str] = []
    with door_of(*where) as (door, who):
        purpose = access.Purpose(*asked)
        desk = Sitting(door, who, purpose)
        for one in find_requests(desk, ids, among=FITTING[to]):
            try:
                _check_open(one, again=again)
                moved = access.move_request(
                    who,
                    purpose,
                    one.request_id,
                    to=to,
                    side=side,
                    revision=one.revision,
                    registry=door,
                    reason=reason,
                    outcome=outcome,
                )
            except CoverageKitError as error:
                if len(ids) == 1 and one.request_id == ids[0]:
                    raise
                faults.append(f"{one.request_id}: {error}")
            else:
                result = f": {moved.outcome}" if moved.outcome else ""
                say(f"{moved.request_id} {moved.state}{result}")
    for fault in faults:
        err.print(f"not moved: {fault}", markup=False)
    if faults:
        raise typer.Exit(code=1)


def _check_open(one: FootageRequest, *, again: bool) -> None:
    """Leave the outcome that somebody noted, unless another one is told."""
    if one.state == "closed" and not again:
        message = f"{one.request_id} is closed already: {one.outcome}"
        raise InputError(message)


@requests_app.command()
def sent(  # noqa: PLR0913 - which ones, what for, and who
    requests: RequestIds,
    *,
    purpose: PurposeCode = FOLLOW_UP,
    offence: Offence = None,
    case: CaseNumber = None,
    registry: RegistryUrl = None,
    user: UserName = None,
    role: RoleName = None,
) -> None:
    """Note that requests went out."""
    asked, where = (purpose, offence, case), (registry, user, role)
    _move_all(requests, "sent", asked, where=where)


@requests_app.command()
def remind(  # noqa: PLR0913 - which ones, and what for
    requests: Annotated[
        list[str] | None,
        typer.Argument(metavar="[REQUEST|BATCH...]", help="None: list what is due."),
    ] = None,
    *,
    purpose: PurposeCode = FOLLOW_UP,
    offence: Offence = None,
    case: CaseNumber = None,
    registry: RegistryUrl = None,
    user: UserName = None,
    role: RoleName = None,
) -> None:
    """List the owners to be asked again; with ids, note that they were."""
    from coveragekit import access

    asked, where = (purpose, offence, case), (registry, user, role)
    if requests:
        _move_all(requests, "reminded", asked, where=where)
        return
    with door_of(*where) as (door, who):
        found = access.due_reminders(who, access.Purpose(*asked), registry=door)
        now = door.registry.clock()
    for one in found:
        tell_request(one, now)
    if found:
        words = "write to them: coveragekit registry requests letters --due --to FOLDER"
        err.print(words, markup=False)
    else:
        say("nobody is to be asked again now")


@requests_app.command()
def answered(  # noqa: PLR0913 - which ones, what for, and who
    requests: RequestIds,
    *,
    purpose: PurposeCode = FOLLOW_UP,
    offence: Offence = None,
    case: CaseNumber = None,
    registry: RegistryUrl = None,
    user: UserName = None,
    role: RoleName = None,
) -> None:
    """Note that an owner says that footage will come."""
    asked, where = (purpose, offence, case), (registry, user, role)
    _move_all(requests, "answered", asked, where=where, side="owner")


@requests_app.command()
def refused(  # noqa: PLR0913 - which ones, and why
    requests: RequestIds,
    *,
    reason: Annotated[
        str | None, typer.Option(metavar="WORDS", help="What the owner said.")
    ] = None,
    purpose: PurposeCode = FOLLOW_UP,
    offence: Offence = None,
    case: CaseNumber = None,
    registry: RegistryUrl = None,
    user: UserName = None,
    role: RoleName = None,
) -> None:
    """Note that an owner says no, which is the owner's right."""
    asked, where = (purpose, offence, case), (registry, user, role)
    _move_all(requests, "refused", asked, where=where, side="owner", reason=reason)


@requests_app.command()
def received(  # noqa: PLR0913 - which ones, what for, and who
    request: RequestId,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="What the owner gave.")],
    *,
    purpose: PurposeCode = FOLLOW_UP,
    offence: Offence = None,
    case: CaseNumber = None,
    registry: RegistryUrl = None,
    user: UserName = None,
    role: RoleName = None,
) -> None:
    """Note a file that arrived, by its SHA-256; the file itself is not kept."""
    from coveragekit import access

    with door_of(registry, user, role) as (door, who):
        asked = access.Purpose(purpose, offence, case)
        access.receive_file(who, asked, request, file=file, registry=door)
        told = access.request_story(who, asked, request, registry=door)
    last = told.files[-1].digest
    say(f"{request} received: {last.name}, {last.size_bytes:,} bytes")
    say(f"SHA-256 {last.sha256}")


@requests_app.command()
def outcome(  # noqa: PLR0913 - which ones, what for, and who
    request: RequestId,
    word: Annotated[str, typer.Argument(metavar="WORD", help=", ".join(OUTCOMES))],
    *,
    purpose: PurposeCode = FOLLOW_UP,
    offence: Offence = None,
    case: CaseNumber = None,
    registry: RegistryUrl = None,
    user: UserName = None,
    role: RoleName = None,
) -> None:
    """Note what came of a request, which closes it; a later charge can follow."""
    asked, where = (purpose, offence, case), (registry, user, role)
    _check_outcome(word)
    _move_all([request], "closed", asked, where=where, outcome=word)


@requests_app.command()
def close(  # noqa: PLR0913 - which ones, how and why
    requests: RequestIds,
    *,
    word: Annotated[
        str | None,
        typer.Option("--outcome", help=f"{', '.join(OUTCOMES)}; unknown if none."),
    ] = None,
    reason: Annotated[str | None, typer.Option(metavar="WORDS", help="Why.")] = None,
    purpose: PurposeCode = FOLLOW_UP,
    offence: Offence = None,
    case: CaseNumber = None,
    registry: RegistryUrl = None,
    user: UserName = None,
    role: RoleName = None,
) -> None:
    """Close requests that nobody waits for any more."""
    asked, where = (purpose, offence, case), (registry, user, role)
    told = _check_outcome(word or "unknown")
    _move_all(
        requests,
        "closed",
        asked,
        where=where,
        outcome=told,
        reason=reason,
        again=word is not None,
    )


def _check_outcome(word: str) -> str:
    if word not in OUTCOMES:
        message = f"{word!r} is no outcome; allowed: {', '.join(OUTCOMES)}"
        raise InputError(message)
    return word
