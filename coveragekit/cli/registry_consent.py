"""The commands that record what owners agree to, and ask them for footage."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 - typer reads it when it runs
from typing import Annotated, Any

import typer

from coveragekit.cli.app import utc
from coveragekit.cli.registry_app import (
    PurposeCode,
    RegistryUrl,
    RoleName,
    UserName,
    door_of,
    registry_app,
)
from coveragekit.cli.screen import err, out
from coveragekit.errors import InputError

__all__ = ["consent", "request"]

_SCOPES = ("live", "recorded", "ptz")


@registry_app.command()
def consent(  # noqa: PLR0913 - one option for each thing that is written down
    camera: Annotated[str, typer.Argument(metavar="CAMERA", help="Id of the camera.")],
    state: Annotated[
        str,
        typer.Argument(
            metavar="STATE",
            help="invited, registered, offered, integrated, suspended, withdrawn or "
            "lapsed",
        ),
    ],
    *,
    by: Annotated[
        str, typer.Option(help="Whose will it is: owner, or agency.")
    ] = "owner",
    signer: Annotated[str | None, typer.Option(help="Who agreed, by name.")] = None,
    language: Annotated[
        str, typer.Option(help="Language of the consent text that was shown.")
    ] = "en",
    text: Annotated[
        str | None, typer.Option(help="Its version; the newest if not given.")
    ] = None,
    scope: Annotated[
        str | None,
        typer.Option(metavar="live,recorded,ptz", help="What was agreed to."),
    ] = None,
    hours: Annotated[
        str | None, typer.Option(help="When, in OpenStreetMap's opening-hours form.")
    ] = None,
    emergencies_only: Annotated[
        bool, typer.Option("--emergencies-only", help="Only in an emergency.")
    ] = False,
    expires: Annotated[
        datetime | None, typer.Option(help="When it ends (UTC).")
    ] = None,
    reason: Annotated[str | None, typer.Option(help="Why, in words.")] = None,
    purpose: PurposeCode = "owner_request",
    registry: RegistryUrl = None,
    user: UserName = None,
    role: RoleName = None,
) -> None:
    """Record what an owner agreed to, or that it is over, and print the receipt."""
    from coveragekit import access

    shown = None
    if by == "owner" and state in {"registered", "integrated"} and signer:
        kind = "integration" if state == "integrated" else "registration"
        shown = access.consent_text(kind, language, text)
    with door_of(registry, user, role) as (door, who):
        receipt = access.change_consent(
            who,
            access.Purpose(purpose),
            camera,
            to=state,
            side=by,
            reason=reason,
            signer=signer,
            text=shown,
            scope=_scope(scope, hours, emergencies_only=emergencies_only),
            expires_at=utc(expires),
            registry=door,
        )
    out.print(access.receipt_words(receipt, language=language), markup=False)


def _scope(given: str | None, hours: str | None, *, emergencies_only: bool) -> Any:  # noqa: ANN401 - access.Scope
    from coveragekit import access

    if given is None:
        if hours or emergencies_only:
            message = "hours and emergencies need a scope; give --scope live,recorded"
            raise InputError(message)
        return None
    words = {word.strip() for word in given.split(",") if word.strip()}
    unknown = sorted(words - set(_SCOPES))
    if unknown:
        message = f"{unknown[0]!r} is no scope; allowed: {', '.join(_SCOPES)}"
        raise InputError(message)
    flags = {word: word in words for word in _SCOPES}
    return access.Scope(**flags, hours=hours, emergencies_only=emergencies_only)


@registry_app.command()
def request(  # noqa: PLR0913 - what is asked for, of whom, and what for
    cameras: Annotated[
        str, typer.Argument(metavar="CAMERA[,CAMERA...]", help="Ids of cameras.")
    ],
    *,
    begin: Annotated[datetime, typer.Option("--from", help="From then on (UTC).")],
    end: Annotated[datetime, typer.Option("--to", help="Until then (UTC).")],
    case: Annotated[str, typer.Option(help="Case number.")],
    offence: Annotated[
        str | None, typer.Option(help="The offence: NIBRS code or name.")
    ] = None,
    place: Annotated[str | None, typer.Option(help="Where, in words.")] = None,
    purpose: PurposeCode = "investigation",
    registry: RegistryUrl = None,
    user: UserName = None,
    role: RoleName = None,
) -> None:
    """Draft requests for footage to the owners of cameras, the most urgent first."""
    from coveragekit import access

    since, until = utc(begin), utc(end)
    assert since is not None
    assert until is not None
    asked = access.Purpose(purpose, offence=offence, case_number=case)
    ask = access.Ask(
        from_at=since, to_at=until, place=place, case_number=case, offence=offence
    )
    ids = [one.strip() for one in cameras.split(",") if one.strip()]
    with door_of(registry, user, role) as (door, who):
        batch = access.request_footage(who, asked, ids, ask=ask, registry=door)
        now = door.registry.clock()
    for one in batch.requests:
        words = access.overwrite_words(one.deadline_at, now, "en")
        out.print(f"{one.request_id} camera {one.camera_id}: {words}", markup=False)
    for gone in batch.left_out:
        err.print(f"left out: {gone.camera_id}: {gone.reason}", markup=False)
    out.print(f"{len(batch.requests):,} requests drafted ({batch.batch_id})")
