"""The commands that record what owners agree to, and ask them for footage."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from coveragekit.cli.moments import read_moment
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
from coveragekit.cli.registry_share import read_scope
from coveragekit.cli.screen import err, out
from coveragekit.cli.told import count
from coveragekit.errors import CoverageKitError, InputError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from coveragekit.access import Door, Scope, User

__all__ = ["consent", "request"]

_STATES = (
    *("invited", "registered", "offered", "integrated"),
    *("suspended", "withdrawn", "lapsed"),
)
_SIDES = ("owner", "agency")


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
        str | None,
        typer.Option(
            help="Language of the consent text that was shown; en if not given. The "
            "receipt is in the owner's."
        ),
    ] = None,
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
        datetime | None,
        typer.Option(parser=read_moment, metavar="TIME", help="When it ends."),
    ] = None,
    reason: Annotated[str | None, typer.Option(help="Why, in words.")] = None,
    purpose: PurposeCode = "owner_request",
    registry: RegistryUrl = None,
    user: UserName = None,
    role: RoleName = None,
) -> None:
    """Record what an owner agreed to, or that it is over, and print the receipt."""
    from coveragekit import access

    agreed = _Agreed(by, state, scope, hours, emergencies_only, expires)
    terms = agreed.terms()
    shown = None
    if by == "owner" and state in {"registered", "integrated"} and signer:
        kind = "integration" if state == "integrated" else "registration"
        shown = access.consent_text(kind, language or "en", text)
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
            scope=terms,
            expires_at=expires,
            registry=door,
        )
        told_in = language or receipt.language
        if told_in is None:
            told_in = _language_of(door, who, camera, purpose=purpose)
    if shown is not None and language is None:
        err.print(
            "[yellow]note:[/] the text is on record as shown in English; where it was "
            "another language, have the owner agree anew with --language"
        )
    out.print(access.receipt_words(receipt, language=told_in), markup=False)


def _language_of(door: Door, who: User, camera: str, *, purpose: str) -> str:
    """Give the language in which the owner of a camera was shown a text last."""
    from coveragekit import access

    asked = access.Purpose(purpose)
    events = access.consent_history(who, asked, camera, registry=door)
    spoken = [one.receipt.language for one in events if one.receipt.language]
    return spoken[-1] if spoken else "en"


@dataclass(frozen=True, slots=True)
class _Agreed:
    """What was typed of an agreement; all that is wrong with it is told at once."""

    by: str
    state: str
    scope: str | None
    hours: str | None
    emergencies_only: bool
    expires: datetime | None

    def terms(self) -> Scope | None:
        from coveragekit import access

        words, unknown = read_scope(self.scope or "")
        if self.scope is not None and not (words or unknown):
            unknown = [self.scope]
        faults = [*self._faults(), *map(_scope_words, unknown)]
        if self.scope is None and (self.hours or self.emergencies_only):
            faults.append("hours and emergencies need a scope; give --scope live")
        if faults:
            raise InputError("\n  ".join(faults))
        if self.scope is None:
            return None
        flags = {word: word in words for word in ("live", "recorded", "ptz")}
        return access.Scope(
            **flags, hours=self.hours, emergencies_only=self.emergencies_only
        )

    def _faults(self) -> Iterator[str]:
        from coveragekit import access

        if self.state not in _STATES:
            yield f"{self.state!r} is no state; allowed: {', '.join(_STATES)}"
        if self.by not in _SIDES:
            yield f"--by {self.by!r}; allowed: {', '.join(_SIDES)}"
        if self.expires is not None and self.expires <= datetime.now(UTC):
            yield f"--expires: {self.expires:%Y-%m-%d} is past; give a day to come"
        try:
            access.check_hours(self.hours)
        except CoverageKitError as error:
            yield f"--hours: {error}"


def _scope_words(word: str) -> str:
    return f"--scope: {word!r} is no scope; allowed: live, recorded, ptz"


@registry_app.command()
def request(  # noqa: PLR0913 - what is asked for, of whom, and what for
    cameras: Annotated[
        str, typer.Argument(metavar="CAMERA[,CAMERA...]", help="Ids of cameras.")
    ],
    *,
    begin: Annotated[
        datetime,
        typer.Option("--from", parser=read_moment, metavar="TIME", help="From then."),
    ],
    end: Annotated[
        datetime,
        typer.Option("--to", parser=read_moment, metavar="TIME", help="Until then."),
    ],
    case: CaseNumber = None,
    offence: Offence = None,
    place: Annotated[str | None, typer.Option(help="Where, in words.")] = None,
    purpose: PurposeCode = "investigation",
    registry: RegistryUrl = None,
    user: UserName = None,
    role: RoleName = None,
) -> None:
    """Draft requests for footage to the owners of cameras, the most urgent first."""
    from coveragekit import access

    asked = access.Purpose(purpose, offence=offence, case_number=case)
    ask = access.Ask(
        from_at=begin, to_at=end, place=place, case_number=case, offence=offence
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
    out.print(f"{count(len(batch.requests), 'request')} drafted ({batch.batch_id})")
    if batch.requests:
        words = f"next: coveragekit registry requests letters {batch.batch_id} "
        err.print(words + "--to FOLDER --sender FILE.toml", markup=False)
