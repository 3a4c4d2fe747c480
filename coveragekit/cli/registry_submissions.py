"""The commands by which the agency decides what owners sent in by the form."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer

from coveragekit.cli.registry_app import (
    PurposeCode,
    RegistryUrl,
    RoleName,
    UserName,
    door_of,
    registry_app,
)
from coveragekit.cli.registry_paging import Sitting, Where
from coveragekit.cli.screen import err, out
from coveragekit.cli.told import at, count, say, tell_entry, tell_facts
from coveragekit.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from coveragekit.access import Nearby, Submission

__all__ = ["accept", "contact", "duplicate", "list_", "refuse", "show"]

STATES = {
    "waiting": "waiting",
    "accepted": "accepted",
    "refused": "rejected",
    "duplicate": "duplicate",
    "withdrawn": "withdrawn",
}
_UTC = ZoneInfo("UTC")
_NEAR_M = 50.0
SubmissionId = Annotated[
    str, typer.Argument(metavar="SUBMISSION", help="Its id, as list gives it.")
]
submissions_app = typer.Typer(
    no_args_is_help=True, help="What owners sent in by the form: look at it, decide it."
)
registry_app.add_typer(submissions_app, name="submissions")


@submissions_app.command(name="list")
def list_(  # noqa: PLR0913 - which ones, and how many
    *,
    state: Annotated[
        str, typer.Option(help=f"One of: {', '.join(STATES)}.")
    ] = "waiting",
    after: Annotated[str | None, typer.Option(help="Go on after this id.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many.")] = 20,
    purpose: PurposeCode = "recruitment",
    registry: RegistryUrl = None,
    user: UserName = None,
    role: RoleName = None,
) -> None:
    """List what owners sent in, with what to look at before it is accepted."""
    from coveragekit import access

    if state not in STATES:
        message = f"--state {state!r} is no state; allowed: {', '.join(STATES)}"
        raise InputError(message)
    asked = access.Purpose(purpose)
    with door_of(registry, user, role) as (door, who):
        page = access.list_submissions(
            who, asked, state=STATES[state], after=after, limit=limit, registry=door
        )
        ids = [one.submission_id for one in page.rows if one.state == "waiting"]
        near = access.submissions_near(who, asked, ids, registry=door) if ids else {}
    for one in page.rows:
        twins = 0 if state != "waiting" else _count_twins(one, page.rows)
        _tell_row(one, near.get(one.submission_id), twins)
    if not page.rows:
        say(f"nothing is {state}")
    if page.after is not None:
        err.print(f"more: --after {page.after}", markup=False)


def _near(desk: Sitting, sent: Submission) -> tuple[Sequence[Nearby], ...]:
    """Give the neighbours of each camera; only of what waits does it matter."""
    from coveragekit import access

    if sent.state != "waiting":
        return ()
    return access.submission_neighbours(
        desk.who, desk.asked, sent.submission_id, registry=desk.door
    )


def _count_twins(sent: Submission, rows: Sequence[Submission]) -> int:
    """Count the others of the list that are as near: somebody may have sent twice."""
    from pyproj import Geod

    globe, mine = Geod(ellps="WGS84"), _places(sent)
    return sum(
        any(
            globe.inv(*here, *there)[2] <= _NEAR_M
            for here in mine
            for there in _places(one)
        )
        for one in rows
        if one.submission_id != sent.submission_id
    )


def _places(sent: Submission) -> list[tuple[float, float]]:
    return [(one["lon"], one["lat"]) for one in (sent.payload or {})["cameras"]]


def _tell_row(sent: Submission, near: float | None, twins: int) -> None:
    from coveragekit.dashboards.registry_desk.queue_words import flags_of

    payload = sent.payload or {}
    site, listed = payload.get("site", {}), payload.get("cameras", [])
    # Of what was refused or withdrawn nothing is kept.
    cameras = count(len(listed), "camera") if listed else ""
    beside = f"a camera of the registry {near:.0f} m away" if near is not None else ""
    again = f"{count(twins, 'other')} of this list within 50 m" if twins else ""
    flags = [*flags_of(payload), *filter(None, [beside, again])]
    place = ", ".join(filter(None, map(site.get, ("address", "name", "kind"))))
    decided = f"{sent.state} {at(sent.decided_at)} by {sent.decided_by}"
    tell_entry(
        f"{sent.submission_id}  sent {at(sent.submitted_at)}  {cameras}  "
        f"{sent.language or ''}",
        place,
        f"look at: {'; '.join(flags)}" if flags else "",
        "" if sent.state == "waiting" else decided,
        f"because: {sent.reason}" if sent.reason else "",
    )


@submissions_app.command()
def show(
    submission: SubmissionId,
    *,
    purpose: PurposeCode = "recruitment",
    registry: RegistryUrl = None,
    user: UserName = None,
    role: RoleName = None,
) -> None:
    """Show what one owner sent in: the place and the cameras, and nobody's name."""
    from coveragekit import access
    from coveragekit.dashboards.registry_desk.queue_words import (
        camera_facts,
        flags_of,
        near_words,
        submission_facts,
    )

    asked = access.Purpose(purpose)
    with door_of(registry, user, role) as (door, who):
        sent = access.get_submission(who, asked, submission, registry=door)
        near = _near(Sitting(door, who, asked), sent)
    payload = sent.payload or {}
    tell_facts([("Submission", sent.submission_id), ("State", sent.state)])
    tell_facts(submission_facts(sent, _UTC))
    flags = flags_of(payload)
    if flags:
        tell_facts([("Look at", "; ".join(flags))])
    for number, camera in enumerate(payload.get("cameras", []), start=1):
        say(f"camera {number}")
        tell_facts(camera_facts(camera), indent=2)
        found = near[number - 1] if near else ()
        for one, told in zip(found, near_words(found), strict=True):
            words = f"{told['words']} {one.camera.camera_id}"
            tell_facts([("Near", words)], indent=2)
    if sent.state == "waiting":
        word = f"coveragekit registry submissions accept {sent.submission_id}"
        err.print(f"who sent it: {word.replace('accept', 'contact')}", markup=False)
        err.print(f"to accept it: {word}", markup=False)
    elif sent.reason:
        tell_facts([("Because", sent.reason)])


@submissions_app.command()
def contact(
    submission: SubmissionId,
    *,
    purpose: PurposeCode = "recruitment",
    registry: RegistryUrl = None,
    user: UserName = None,
    role: RoleName = None,
) -> None:
    """Show who sent it and how to reach them; that is a line of the log by its id."""
    from coveragekit import access
    from coveragekit.dashboards.registry_desk.queue_words import contact_facts

    with door_of(registry, user, role) as (door, who):
        people = access.submission_contact(
            who, access.Purpose(purpose), submission, registry=door
        )
    if people:
        tell_facts(contact_facts(people))
    else:
        say("it was decided or withdrawn: who sent it is not kept with it any more")


@submissions_app.command()
def accept(
    submission: SubmissionId,
    *,
    purpose: PurposeCode = "recruitment",
    registry: RegistryUrl = None,
    user: UserName = None,
    role: RoleName = None,
) -> None:
    """Accept it: its cameras are registered. Prints the receipts for the owner."""
    from coveragekit import access

    asked = access.Purpose(purpose)
    with door_of(registry, user, role) as (door, who):
        seen = access.get_submission(who, asked, submission, registry=door)
        done = access.accept_submission(
            who, asked, submission, revision=seen.revision, registry=door
        )
    language = done.submission.language or "en"
    err.print(
        f"accepted: owner {done.owner_id}, site {done.site_id}, "
        f"{count(len(done.camera_ids), 'camera')} registered",
        markup=False,
    )
    err.print("hand these receipts to the owner; they are shown once:", markup=False)
    for receipt in done.receipts:
        out.print(access.receipt_words(receipt, language=language), markup=False)


@submissions_app.command()
def refuse(
    submission: SubmissionId,
    *,
    reason: Annotated[
        str, typer.Option(metavar="WORDS", help="Why; the owner may be told.")
    ],
    purpose: PurposeCode = "recruitment",
    registry: RegistryUrl = None,
    user: UserName = None,
    role: RoleName = None,
) -> None:
    """Refuse it, with a reason that the owner may be told."""
    where = (registry, user, role)
    _refuse(submission, reason, purpose=purpose, where=where)
    say(f"refused: {submission}")


@submissions_app.command()
def duplicate(
    submission: SubmissionId,
    *,
    of: Annotated[
        str | None, typer.Option(metavar="CAMERA", help="The camera that is there.")
    ] = None,
    purpose: PurposeCode = "recruitment",
    registry: RegistryUrl = None,
    user: UserName = None,
    role: RoleName = None,
) -> None:
    """Set it aside because the registry has these cameras already."""
    known = f" ({of})" if of else ""
    words = f"these cameras are registered already{known}"
    where = (registry, user, role)
    _refuse(submission, words, purpose=purpose, where=where, duplicate=True)
    say(f"set aside as a duplicate: {submission}")


def _refuse(
    submission: str, reason: str, *, purpose: str, where: Where, duplicate: bool = False
) -> None:
    from coveragekit import access

    asked = access.Purpose(purpose)
    with door_of(*where) as (door, who):
        seen = access.get_submission(who, asked, submission, registry=door)
        access.refuse_submission(
            who,
            asked,
            submission,
            reason=reason,
            revision=seen.revision,
            duplicate=duplicate,
            registry=door,
        )
