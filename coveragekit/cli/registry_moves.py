"""The commands that move footage requests on: sent, reminded, received, closed."""

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
)
from coveragekit.cli.registry_paging import Sitting, Where
from coveragekit.cli.registry_requests import (
    FOLLOW_UP,
    OPEN,
    RequestId,
    find_requests,
    requests_app,
    tell_request,
)
from coveragekit.cli.screen import err
from coveragekit.cli.told import say
from coveragekit.errors import CoverageKitError, InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from coveragekit.access import FootageRequest

__all__ = ["answered", "close", "outcome", "received", "refused", "remind", "sent"]

OUTCOMES = ("none", "useful", "arrest", "charge", "unknown")
# Which ones of a batch are meant by a step; a request that is named is always taken.
FITTING = {
    "sent": ("drafted",),
    "reminded": ("sent", "reminded", "answered"),
    "answered": ("sent", "reminded"),
    "refused": ("sent", "reminded", "answered"),
    "closed": (*OPEN, "refused", "overdue"),
}
RequestIds = Annotated[
    list[str],
    typer.Argument(
        metavar="REQUEST|BATCH...", help="Ids of requests, or of those made together."
    ),
]


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
